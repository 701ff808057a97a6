"""Which implementation the door takes: Triton on a GPU where the kernel can, else PyTorch's own, or the plain twin.

    auto        Triton for tensors on a GPU of compute capability 8.0 or above, else PyTorch
    triton      Triton; on a CPU only under Triton's interpreter (TRITON_INTERPRET=1 before triton is imported)
    torch       PyTorch's own fused kernels
    reference   the plain twins of reference.py

A GPU where Triton can't compile (no C compiler) counts as one without; a launch of the smallest kernel tells, once.
What a kernel cannot do falls back to PyTorch, and the log says so once for each reason.
"""

import importlib.util
import logging
import math
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Literal, get_args

import torch
from torch import Tensor

Backend = Literal["auto", "triton", "torch", "reference"]
FLOATS = (torch.bfloat16, torch.float16, torch.float32)
_LEAST = (8, 0)  # the first GPUs with bf16 matrix units and asynchronous copies
_HAS_TRITON = importlib.util.find_spec("triton") is not None
_log = logging.getLogger(__name__)


class _Forced(threading.local):
    """What a thread has pinned. (torch.compile can look into this, but not into a ContextVar.)"""

    backend: Backend = "auto"


_forced = _Forced()


@contextmanager
def force(backend: Backend) -> Iterator[None]:
    """Pin the implementation inside the block, for this thread.

    "triton" on a tensor it can't run on at all (no triton, a CPU without the interpreter, an old GPU) raises a
    ValueError when the operation is called; a shape or dtype that a kernel can't do falls back as always.
    """
    if backend not in get_args(Backend):
        raise ValueError(f"backend: {backend!r} is not one of {', '.join(get_args(Backend))}")
    before = _forced.backend
    _forced.backend = backend
    try:
        yield
    finally:
        _forced.backend = before


def forced() -> Backend:
    """What this thread has pinned, "auto" if nothing."""
    return _forced.backend


def takes(operation: str, x: Tensor, unsupported: Callable[..., str | None] | None = None, *of: Any) -> bool:
    """Whether Triton computes an operation of `x`; where it could not, the reason is logged once.

    Args:
        unsupported: says of `of` in words why the kernel can't, or None.

    Raises:
        ValueError: "triton" is forced where it can't run.
    """
    backend = _forced.backend
    if not (backend == "triton" or (backend == "auto" and x.is_cuda)):
        return False
    why = _missing(x)
    if why is not None and backend == "triton":
        raise ValueError(f"backend: triton is forced, but {why}")
    if why is None:
        interpreted_double = x.dtype == torch.float64 and not x.is_cuda
        if x.dtype not in FLOATS and not interpreted_double:
            why = f"numbers are {x.dtype}"
        elif unsupported is not None:
            why = unsupported(*of)
    if why is None:
        return True
    if not torch.compiler.is_compiling():
        _say(operation, why)
    return False


def trained(*tensors: Tensor | None) -> bool:
    """Whether a gradient of one of them may be asked for."""
    return torch.is_grad_enabled() and any(tensor is not None and tensor.requires_grad for tensor in tensors)


def traced(*tensors: Tensor | None) -> bool:
    """Whether an operation has to go through its PyTorch operator: under torch.compile, or for gradients. Otherwise its
    launcher is called as it is, which saves some 20 us of Python."""
    return torch.compiler.is_compiling() or trained(*tensors)


def check_finite(name: str, number: float | None) -> None:
    """Raise a ValueError that names a number that isn't finite."""
    if number is not None and not math.isfinite(number):
        raise ValueError(f"{name}: {number} is not finite")


def _missing(x: Tensor) -> str | None:
    """Why no Triton kernel can run on this tensor's device, or None."""
    if not _HAS_TRITON:
        return "triton is not installed"
    if x.is_cuda:
        capability = torch.cuda.get_device_capability(x.device)
        if capability < _LEAST:
            return f"the GPU's compute capability is {capability[0]}.{capability[1]}"
        if torch.compiler.is_compiling():  # which needs a C compiler itself, and can't trace a launch
            return None
        from kernels.probe import obstacle

        return obstacle(x.device)
    if x.device.type != "cpu":
        return f"tensors lie on {x.device.type}"
    return None if os.environ.get("TRITON_INTERPRET") == "1" else "the CPU has no Triton but its interpreter"


@cache
def _say(operation: str, why: str) -> None:
    _log.warning("%s: PyTorch's own kernels are used, %s", operation, why)

"""On what models are computed: the processor, or a CUDA GPU where one is there and chosen."""

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import torch

from kernels.arithmetic import ARITHMETICS, Arithmetic
from kernels.errors import UserError

Device = Literal["cpu", "cuda"]
DEVICES: tuple[Device, ...] = get_args(Device)
CPU = torch.device("cpu")
_LEAST = (8, 0)  # bf16 and asynchronous copies, as kernels/backends.py


@dataclass(frozen=True)
class Gpu:
    """The GPU that PyTorch sees first.

    Attributes:
        kernels: whether the project's own kernels run on it; else PyTorch's do.
        memory: bytes.
    """

    name: str
    memory: int
    kernels: bool


def gpu() -> Gpu | None:
    """What is there; None without a CUDA GPU."""
    if not torch.cuda.is_available():
        return None
    found = torch.cuda.get_device_properties(0)
    fits = (found.major, found.minor) >= _LEAST and importlib.util.find_spec("triton") is not None
    return Gpu(found.name, found.total_memory, fits)


def choose(wanted: str) -> torch.device:
    """The device of this name.

    Raises:
        UserError: it isn't there.
        ValueError: `wanted` is not one of DEVICES.
    """
    if wanted not in DEVICES:
        raise ValueError(f"wanted: {wanted!r} is not one of {', '.join(DEVICES)}")
    if wanted == "cuda" and gpu() is None:
        raise UserError("PyTorch sees no CUDA GPU here.", "Set device = cpu, or look at the GPU's driver.")
    return torch.device(wanted)


def arithmetic_on_gpu(wanted: str) -> Arithmetic:
    """The arithmetic of language models on a GPU: bfloat16 unless another is asked for. Raises ValueError."""
    named = next((arithmetic for arithmetic in ARITHMETICS if arithmetic == wanted), None)
    if named is None and wanted != "auto":
        raise ValueError(f"wanted: {wanted!r} is not auto or one of {', '.join(ARITHMETICS)}")
    return named or "bfloat16"


def keep_compiled(folder: Path) -> None:
    """Have Triton keep the kernels that it compiles in a private folder, so that only the first start compiles them.

    Does nothing where TRITON_CACHE_DIR says another place. To be called before a kernel is launched.
    """
    if "TRITON_CACHE_DIR" not in os.environ:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.environ["TRITON_CACHE_DIR"] = str(folder)

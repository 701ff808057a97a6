"""What the launchers of Triton kernels share: the device, the accumulator's type, sizes of tiles."""

from contextlib import AbstractContextManager, nullcontext
from functools import cache

import torch
import triton
import triton.language as tl
from torch import Tensor

TYPES = {torch.bfloat16: "bf16", torch.float16: "fp16", torch.float32: "fp32", torch.float64: "fp64"}
"""Triton's name of each dtype that a fused kernel reads."""


def guard(tensor: Tensor) -> AbstractContextManager[object]:
    """Launches inside go to the tensor's GPU; nothing on a CPU, where the interpreter runs them."""
    return torch.cuda.device(tensor.device) if tensor.is_cuda else nullcontext()


def wide(dtype: torch.dtype) -> tl.dtype:
    """What a kernel computes in: float32, or float64 where the tensor has it."""
    return tl.float64 if dtype == torch.float64 else tl.float32


@cache
def processors(device: torch.device) -> int:
    """Multiprocessors of a GPU; on a CPU a few, so that the interpreter takes every path."""
    return torch.cuda.get_device_properties(device).multi_processor_count if device.type == "cuda" else 3


def rows_of(x: Tensor) -> Tensor:
    """A tensor as rows (R, D) whose last axis is contiguous: a view wherever strides allow one."""
    rows = x.reshape(-1, x.shape[-1])
    return rows if rows.stride(1) == 1 or rows.shape[1] == 1 else rows.contiguous()


def power(number: int, least: int = 1) -> int:
    """The next power of two, at least `least`."""
    return max(least, triton.next_power_of_2(number))

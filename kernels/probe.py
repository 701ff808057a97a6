"""Whether Triton can launch anything on a GPU: its launchers are compiled here, which takes a C compiler."""

import subprocess
from functools import cache

import torch
import triton
import triton.language as tl
from triton.errors import TritonError


@triton.jit
def _one(out) -> None:  # type: ignore[no-untyped-def]  # a kernel's argument has a type only once it is compiled
    tl.store(out, 1)


@cache
def obstacle(device: torch.device) -> str | None:
    """Why the smallest kernel can't be compiled and launched, in one line; None where it can. Tried once a process."""
    out = torch.zeros(1, dtype=torch.int32, device=device)
    try:
        with torch.cuda.device_of(out):
            _one[(1,)](out)
    except (RuntimeError, OSError, ImportError, subprocess.SubprocessError, TritonError) as error:
        return f"Triton can compile no kernel: {' '.join(str(error).split())[:200]}"
    return None

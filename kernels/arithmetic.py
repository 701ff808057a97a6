"""In which numbers language models are computed: chosen once, when one is loaded, by what the processor has.

A quick arithmetic that the processor lacks is emulated and slower than float32, so "auto" never takes one.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

import torch

Arithmetic = Literal["float32", "bfloat16", "int8", "int4"]
ARITHMETICS: tuple[Arithmetic, ...] = get_args(Arithmetic)
BITS = {"float32": 32.0, "bfloat16": 16.0, "int8": 8.5, "int4": 5.0}
"""Bits of a weight at most, scales included."""


@dataclass(frozen=True)
class Processor:
    """What this processor multiplies quickly: bfloat16 (AMX, AVX512_BF16, ARM's bf16) and int8 (AVX2, VNNI)."""

    bfloat16: bool
    int8: bool


@dataclass(frozen=True)
class Choice:
    """An arithmetic and, in words, why it was taken; `slow` where this processor only emulates it."""

    arithmetic: Arithmetic
    why: str
    slow: bool = False


@cache
def processor() -> Processor:
    """The processor this runs on, looked at once."""
    bfloat16 = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported() or "bf16" in _flags()
    engine = {"x86", "fbgemm"} & set(torch.backends.quantized.supported_engines)  # those that decoder/quantize.py uses
    return Processor(bool(bfloat16), bool(engine) and torch.cpu._is_avx2_supported())


def choose(wanted: str, there: Processor | None = None) -> Choice:
    """The arithmetic for language models.

    Args:
        wanted: "auto", or one of ARITHMETICS, which is taken as it is.
        there: another processor than this one.

    Raises:
        ValueError: `wanted` is neither.
    """
    there = processor() if there is None else there
    if wanted != "auto":
        named = next((arithmetic for arithmetic in ARITHMETICS if arithmetic == wanted), None)
        if named is None:
            raise ValueError(f"wanted: {wanted!r} is not auto or one of {', '.join(ARITHMETICS)}")
        if named == "bfloat16" and not there.bfloat16:
            return Choice(named, "asked for, though this processor has no bfloat16", slow=True)
        return Choice(named, "asked for")
    if there.int8:
        return Choice("int8", "this processor multiplies 8-bit integers, and the texts stay as good")
    if there.bfloat16:
        return Choice("bfloat16", "this processor multiplies bfloat16, but not 8-bit integers")
    return Choice("float32", "this processor has nothing quicker")


def _flags() -> set[str]:
    """What Linux calls the processor's abilities; empty elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return set()
    return {word for line in lines if line.startswith(("flags", "Features")) for word in line.split()}

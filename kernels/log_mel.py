"""Log-mel features of sound in one kernel (Triton): framing, window, spectrum, power, mel bands, logarithm.

    samples ─► frames of 400, every 160, mirrored at both ends ─► window ─► |DFT|^2 ─► mel bands ─► log10 (─► scale)

The spectrum is a matrix product on the tensor cores, not a fast Fourier transform. A window of 400 needs 201 bins: as
a product that is 3,000 x 400 x 402 x 2 = 1 GFLOP for 30 s of sound, 0.5 once the window's symmetry is used (below),
some 10 us even at three products for one. An FFT does it in 0.03 GFLOP, but 400 is no power of two, its butterflies
don't fit the matrix units, and a library's FFT is a kernel of its own: frames of 4.8 MB are written for it, its 4.8 MB
of complex numbers are written and read again, then come power, product, clamp and logarithm, a dozen launches of some
4 us. Here 1.9 MB of samples are read and 1 MB of features is written. Each program reads all cosines and sines, 0.4 MB,
from the L2 cache: 80 MB for 30 s of sound, some 15 us. Programs of 32 frames would halve that, but their sums don't
fit the registers (7 KB of spills a thread), so 16 it is, which also gives every multiprocessor a program.

Symmetry: a Hann window weighs samples n and N - n alike, so the real part needs their sum alone and the imaginary part
their difference: 201 products instead of 400 for each.

Precision: features reach 80 dB below the loudest sound, where plain tf32 products (11 bits, -66 dB of a frame's loudest
bin) would drown quiet bins. `tf32x3` makes three products of the halves of each number and keeps 21 bits.
Source of the features: Radford et al. 2022, section 2.2.
"""

# mypy: disable-error-code="no-untyped-def"
# (what a kernel is given has a type only once it is compiled)

import math
from collections.abc import Iterator
from functools import lru_cache

import torch
import triton
import triton.language as tl
from torch import Tensor

from kernels.ahead import Case
from kernels.launching import guard, power

_LOG10_2 = tl.constexpr(math.log10(2.0))
_FRAMES, _STEP, _BANDS = 16, 32, 32
MOST_WINDOW = 1024


@triton.jit
def _sample(samples, place_FK, length, whole, inside_FK):
    """Samples at places that are mirrored at both ends of `whole`; zero behind `length`."""
    place_FK = tl.where(place_FK < 0, -place_FK, place_FK)
    place_FK = tl.where(place_FK >= whole, 2 * (whole - 1) - place_FK, place_FK)
    return tl.load(samples + place_FK, inside_FK & (place_FK >= 0) & (place_FK < length), 0.0)


@triton.jit
def _frames(
    samples,  # (batch, length), rows samples_step apart
    cosines, sines,  # (window / 2 + 1 rounded up to STEP, BINS): windowed, zero where there is neither sample nor bin
    filters,  # (BINS, bands rounded up to BANDS)
    out,  # (batch, bands, frames) contiguous
    loudest,  # (batch,), the greatest number of `out` so far
    length, whole, frames, bands, samples_step, hop,
    WINDOW: tl.constexpr, FRAMES: tl.constexpr, BINS: tl.constexpr, STEP: tl.constexpr, BANDS: tl.constexpr,
    ROUNDED: tl.constexpr, FLOOR: tl.constexpr,
):  # fmt: skip
    batch = tl.program_id(1).to(tl.int64)
    frame_F = tl.program_id(0) * FRAMES + tl.arange(0, FRAMES)
    bin_M = tl.arange(0, BINS)
    real_FM = tl.zeros((FRAMES, BINS), tl.float32)
    imaginary_FM = tl.zeros((FRAMES, BINS), tl.float32)
    row = samples + batch * samples_step
    middle_F1 = (frame_F * hop)[:, None]
    for first in range(0, WINDOW // 2 + 1, STEP):
        n_K = first + tl.arange(0, STEP)
        inside_FK = (frame_F < frames)[:, None] & (n_K <= WINDOW // 2)[None, :]
        early_FK = _sample(row, middle_F1 + (n_K - WINDOW // 2)[None, :], length, whole, inside_FK)
        late_FK = _sample(row, middle_F1 + (WINDOW // 2 - n_K)[None, :], length, whole, inside_FK)
        table_KM = n_K[:, None] * BINS + bin_M[None, :]
        real_FM = tl.dot(early_FK + late_FK, tl.load(cosines + table_KM), real_FM, input_precision="tf32x3")
        imaginary_FM = tl.dot(early_FK - late_FK, tl.load(sines + table_KM), imaginary_FM, input_precision="tf32x3")
    power_FM = real_FM * real_FM + imaginary_FM * imaginary_FM
    top = tl.full((), FLOOR, tl.float32)
    for first in range(0, ROUNDED, BANDS):
        band_B = first + tl.arange(0, BANDS)
        filters_MB = tl.load(filters + bin_M[:, None] * ROUNDED + band_B[None, :])
        energy_FB = tl.dot(power_FM, filters_MB, input_precision="tf32x3")
        log_FB = tl.maximum(tl.log2(tl.maximum(energy_FB, 1e-30)) * _LOG10_2, FLOOR)
        inside_FB = (frame_F < frames)[:, None] & (band_B < bands)[None, :]
        tl.store(out + (batch * bands + band_B[None, :]) * frames + frame_F[:, None], log_FB, inside_FB)
        top = tl.maximum(top, tl.max(tl.where(inside_FB, log_FB, FLOOR)))
    tl.atomic_max(loudest + batch, top)


@triton.jit
def _scale(features, loudest, size, span, BLOCK: tl.constexpr):
    """Cut to `span` below the loudest and bring to about -1 to 1, in place."""
    place = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    at = features + tl.program_id(1).to(tl.int64) * size + place
    x = tl.load(at, place < size, 0.0)
    least = tl.load(loudest + tl.program_id(1)) - span
    tl.store(at, (tl.maximum(x, least) + 4.0) / 4.0, place < size)


@lru_cache(maxsize=8)
def tables(window: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Cosines and sines of a window's bins times its Hann weights, (window / 2 + 1, window / 2 + 1), zero-padded."""
    half = window // 2
    n = torch.arange(half + 1, dtype=torch.float64)
    weight = 0.5 - 0.5 * torch.cos(2 * math.pi * n / window)
    weight[half] /= 2  # the middle is its own partner, and is added to itself
    turns = (n[:, None] * torch.arange(half + 1) % window) * (2 * math.pi / window)
    rows, bins = -(-(half + 1) // _STEP) * _STEP, power(half + 1, 16)
    padding = (0, bins - half - 1, 0, rows - half - 1)
    cosines, sines = (torch.nn.functional.pad(part * weight[:, None], padding) for part in (turns.cos(), -turns.sin()))
    return cosines.float().to(device), sines.float().to(device)


def unsupported(samples_BS: Tensor, window: int) -> str | None:
    """Why features can't be made here, in words; None when they can."""
    if samples_BS.dtype != torch.float32:
        return f"samples are {samples_BS.dtype}"
    return None if window % 2 == 0 and 32 <= window <= MOST_WINDOW else f"a window of {window} samples"


def forward(samples_BS: Tensor, filters_MK: Tensor, window: int, hop: int, floor: float, span: float | None) -> Tensor:
    """Log10 energies (B, M, S // hop + 1) in mel bands; see `reference.log_mel`."""
    samples = samples_BS if samples_BS.stride(1) == 1 else samples_BS.contiguous()
    batch, length = samples.shape
    heard = max(length, window // 2 + 1)
    bands, frames = filters_MK.shape[0], heard // hop + 1
    cosines, sines = tables(window, samples.device)
    rounded = -(-bands // _BANDS) * _BANDS
    filters = torch.nn.functional.pad(
        filters_MK.float(), (0, cosines.shape[1] - filters_MK.shape[1], 0, rounded - bands)
    )
    out = torch.empty(batch, bands, frames, dtype=torch.float32, device=samples.device)
    loudest = torch.full((batch,), floor, dtype=torch.float32, device=samples.device)
    with guard(samples):
        _frames[(triton.cdiv(frames, _FRAMES), batch)](
            samples, cosines, sines, filters.T.contiguous(), out, loudest, length, heard + hop, frames, bands,
            samples.stride(0), hop, WINDOW=window, FRAMES=_FRAMES, BINS=cosines.shape[1], STEP=_STEP, BANDS=_BANDS,
            ROUNDED=rounded, FLOOR=floor, num_warps=8, num_stages=2,
        )  # fmt: skip
        if span is not None:
            _scale[(triton.cdiv(bands * frames, 1024), batch)](out, loudest, bands * frames, span, BLOCK=1024)
    return out


def ahead_cases() -> Iterator[Case]:
    """Whisper's window, and the scaling."""
    types = dict.fromkeys(("samples", "cosines", "sines", "filters", "out", "loudest"), "*fp32:16")
    types |= dict.fromkeys(("length", "whole", "samples_step", "hop"), "i32:16") | {"frames": "i32", "bands": "i32"}
    constants = {"WINDOW": 400, "FRAMES": _FRAMES, "BINS": 256, "STEP": _STEP, "BANDS": _BANDS, "ROUNDED": 128}
    yield Case("log-mel", _frames, types, constants | {"FLOOR": -10.0}, 8, 2)
    types = {"features": "*fp32:16", "loudest": "*fp32:16", "size": "i32", "span": "fp32"}
    yield Case("log-mel, scale", _scale, types, {"BLOCK": 1024})

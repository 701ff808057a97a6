"""Codes of weights and of cached tokens: numbers kept in 8 or 4 bits, each times a scale. Plain PyTorch, any device.

A weight is code * scale + offset in groups along a row (`reference.quantized_matmul`). Codes of 4 bits, -8 to 7, are
packed eight to an int32 word, each with 8 added. 64 codes of a row are eight words: bits 4 * (r + 4 * h) of word w and
the three above hold code 16 * r + 2 * w + h, with r of 0 to 3 and h of 0 or 1. So one shift and one mask bring two
neighbours into the two halves of a register, where a pair of 16-bit floats wants them, and the eight words' pairs of
one shift are the 16 codes that one step of the matrix unit takes.
"""

from typing import Literal

import torch
from torch import Tensor

PACK, WORDS = 64, 8
"""Codes that are packed together, and into how many words."""

CACHE_CODES = {torch.int8: 127.0, torch.float8_e4m3fn: 448.0}
"""Dtypes of a quantised cache, and the largest code of each."""


def pack_int4(codes_NK: Tensor) -> Tensor:
    """Codes -8 to 7 (N, K) int8, K a multiple of 64, as int32 words (N, K / 8). Raises ValueError for others."""
    if codes_NK.dim() != 2 or codes_NK.shape[1] % PACK or codes_NK.dtype != torch.int8:
        raise ValueError(
            f"codes: expected int8 (N, K) with K a multiple of {PACK}, got {codes_NK.dtype} {tuple(codes_NK.shape)}"
        )
    if codes_NK.numel() and not -8 <= int(codes_NK.min()) <= int(codes_NK.max()) <= 7:
        raise ValueError(f"codes: expected -8 to 7, got {int(codes_NK.min())} to {int(codes_NK.max())}")
    places_NJRWH = (codes_NK.to(torch.int64) + 8).unflatten(1, (-1, 4, WORDS, 2))
    words_NJW = (places_NJRWH << _shifts(codes_NK.device)).sum((2, 4))
    return torch.where(words_NJW >= 1 << 31, words_NJW - (1 << 32), words_NJW).to(torch.int32).flatten(1)


def unpack_int4(words: Tensor) -> Tensor:
    """Words (N, K / 8) int32 of `pack_int4` as codes (N, K) int8."""
    places_NJRWH = (words.unflatten(1, (-1, 1, WORDS, 1)) >> _shifts(words.device)) & 15
    return (places_NJRWH - 8).to(torch.int8).flatten(1)


def _shifts(device: torch.device) -> Tensor:
    """Where in its word each code of a pack begins: (4, 1, 2) for run, word and half."""
    return 4 * (torch.arange(4, device=device)[:, None, None] + 4 * torch.arange(2, device=device))


def quantize(
    weight_NK: Tensor, bits: Literal[4, 8], group: int | None = None, *, offsets: bool = False
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Round a weight to codes: int8 (N, K), or packed int32 (N, K / 8); float16 scales (N, J); offsets (N, J) or None.

    Args:
        group: weights that share a scale, a divisor of K; a whole row when left out.
        offsets: groups need not lie around 0.

    Raises:
        ValueError: the group doesn't divide the row, or a weight isn't finite.
    """
    n, k = weight_NK.shape
    group = k if group is None else group
    if group <= 0 or k % group:
        raise ValueError(f"group: {group} does not divide rows of {k}")
    parts = weight_NK.float().view(n, k // group, group)
    if not bool(parts.isfinite().all()):
        raise ValueError("weight: holds numbers that are not finite")
    lowest, highest = (-8, 7) if bits == 4 else (-127, 127)
    if offsets:
        low, high = parts.amin(2), parts.amax(2)
        scales = ((high - low) / (highest - lowest)).half()
        shifts: Tensor | None = (low - lowest * scales.float()).half()
    else:
        widest = parts.gather(2, parts.abs().argmax(2, keepdim=True))[..., 0]
        scales = (widest / lowest).half()  # of either sign: the widest weight gets the code -8, and loses nothing
        shifts = None
    rest = parts if shifts is None else parts - shifts.float()[..., None]
    steps = scales.float()
    steps = steps.masked_fill(steps == 0, 1.0)
    codes = (rest / steps[..., None]).round_().clamp_(lowest, highest).to(torch.int8)
    codes = codes.view(n, k)
    return (pack_int4(codes) if bits == 4 else codes), scales, shifts


def quantize_tokens(x_BGTD: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Keys or values of new tokens as codes of 8 bits for a cache, with a scale a token and head (B, G, T) float32.

    Args:
        dtype: torch.int8 or torch.float8_e4m3fn.
    """
    if dtype not in CACHE_CODES:
        raise ValueError(f"dtype: {dtype} is not one of {', '.join(map(str, CACHE_CODES))}")
    scales = x_BGTD.abs().amax(-1).float() / CACHE_CODES[dtype]
    codes = x_BGTD.float() / scales.clamp_min(1e-30)[..., None]
    return (codes.round() if dtype == torch.int8 else codes).to(dtype), scales

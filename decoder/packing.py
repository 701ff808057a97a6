"""Weights for the processor's compiled kernels (kernels/cpu): taken over from GGUF code by code, or quantised here.

A GGUF matrix of 4-bit codes (Q4_0, Q4_1, Q4_K) stays what it is, with scales rounded to float16; so does Q8_0.
Everything else becomes 8 bits in groups of 32, or 4 bits where int4 is asked for.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from decoder.blocks import Bytes, Format, q4_k_scales
from decoder.gguf import GGUF
from kernels.checkpoints import Rule
from kernels.cpu import matrices
from kernels.cpu.matrices import Bits, PackedMatrix

FOUR_BITS = ("Q4_0", "Q4_1", "Q4_K")
_WEIGHTS = 1 << 23
"""Weights that are held as float32 at once while a matrix is quantised."""


class PackedLinear(nn.Module):
    """A linear layer from packed codes, float32 in and out."""

    def __init__(self, matrix: PackedMatrix) -> None:
        super().__init__()
        self.matrix = matrix
        self.out_features, self.in_features = matrix.rows, matrix.columns

    def forward(self, x: Tensor) -> Tensor:
        """(..., K) to (..., N)."""
        return matrices.matmul(x, self.matrix)


def take_over(file: GGUF, rule: Rule, bits: Bits) -> PackedMatrix | None:
    """A matrix packed from the codes in the file, or None where it has to be quantised anew.

    Args:
        bits: 8 keeps codes of 4 and of 8 bits, 4 keeps only those of 4.
    """
    entries = [file.entries[name] for name in rule.sources]
    form = entries[0].form
    if any(entry.form.name != form.name or len(entry.shape) != 2 for entry in entries):
        return None
    if len({entry.shape[1] for entry in entries}) > 1 or form.name not in (
        *FOUR_BITS,
        *(["Q8_0"] if bits == 8 else []),
    ):
        return None
    raw = np.concatenate([file.raw(name) for name in rule.sources])
    order = _row_order(rule, [entry.shape[0] for entry in entries])
    if order is not None:
        raw = raw[order]
    words, scales = _words(form, raw)
    return matrices.pack_words(words, scales, entries[0].shape[1])


def quantize_rows(rows: Callable[[Tensor], Tensor], shape: Sequence[int], bits: Bits) -> PackedMatrix:
    """A matrix (N, K) that `rows` looks up by row numbers, as codes of so many bits, a stretch of rows at a time: as
    float32 it may be larger than the whole model."""
    step = max(matrices.BLOCK, _WEIGHTS // shape[1] // matrices.BLOCK * matrices.BLOCK)
    starts = range(0, shape[0], step)
    parts = [matrices.quantize(rows(torch.arange(start, min(start + step, shape[0]))), bits) for start in starts]
    return parts[0] if len(parts) == 1 else matrices.join(parts)


def _row_order(rule: Rule, rows: Sequence[int]) -> Tensor | None:
    """Which row of the stacked sources each row of the result is, found by passing row numbers through the rule."""
    if rule.make is None:
        return None
    starts = np.cumsum([0, *rows])
    numbers = [torch.arange(start, start + count)[:, None] for start, count in zip(starts, rows, strict=False)]
    order = rule.make(*numbers).flatten()
    return None if bool((order == torch.arange(len(order))).all()) else order


def _words(form: Format, raw: Bytes) -> tuple[Tensor, Tensor]:
    """Codes as int32 words (N, J, 4 or 8) and float16 scales (N, J, 1 or 2) of rows (N, blocks, bytes)."""
    if form.name == "Q4_K":
        return _words_q4_k(raw)
    head = 4 if form.name == "Q4_1" else 2
    scales = torch.from_numpy(np.ascontiguousarray(raw[..., :head]).view(np.float16))
    words = torch.from_numpy(np.ascontiguousarray(raw[..., head:]).view(np.int32))
    if form.name == "Q8_0":
        return words ^ -2139062144, scales  # 0x80808080: signed codes plus 128
    return words, scales if form.name == "Q4_1" else torch.cat((scales, -8 * scales), dim=2)


def _words_q4_k(raw: Bytes) -> tuple[Tensor, Tensor]:
    """Its 32 bytes hold two groups: the first in the low halves, the second in the high ones."""
    rows, blocks, _ = raw.shape
    scales, minima = (torch.from_numpy(part).flatten(1).half() for part in q4_k_scales(raw))
    pairs = torch.from_numpy(np.ascontiguousarray(raw[..., 16:])).view(rows, blocks * 4, 2, 16)
    front, back = pairs[:, :, 0], pairs[:, :, 1]
    groups = torch.stack(((front & 15) | (back << 4), (front >> 4) | (back & 240)), dim=2)
    return groups.view(torch.int32).flatten(1, 2), torch.stack((scales, minima), dim=2)

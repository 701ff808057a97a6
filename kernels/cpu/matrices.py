"""Quantised weights as the processor's compiled kernels read them, and the matmul with them.

A weight is code * scale + offset, in groups of 32 along a row: codes of 4 bits with a scale and an offset, or codes of
8 bits (signed) with a scale. Inputs are cut to 8 bits, one scale for each token and 32 values, so a product is summed
in integers. The plain twin is `kernels.reference.quantized_matmul`.

Layout: rows in blocks of 16, zeros up to the next. For each block and group 4-bit codes are 4 x (16 rows, 4 bytes),
byte b of place q holding codes 4q + b (low half) and 16 + 4q + b; 8-bit codes are 8 x (16 rows, 4 bytes) plus 128.
Scales are float16: 16 for each block and group, followed by 16 offsets where codes have 4 bits.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Literal

import torch
from torch import Tensor

from kernels.cpu import fields as f

GROUP, BLOCK = 32, 16
Bits = Literal[4, 8]


@cache
def available() -> bool:
    """Whether the compiled kernels can run here; compiles them if that has not happened yet."""
    if find_spec("llvmlite") is None:
        return False
    from kernels.cpu.team import team

    try:
        team()
    except (ImportError, OSError, RuntimeError) as error:
        logging.getLogger(__name__).warning("Going on with torch's slower kernels: %s", error)
        return False
    return True


@dataclass(frozen=True)
class PackedMatrix:
    """A quantised weight (rows, columns) in the kernels' layout; see the module's docstring.

    Attributes:
        codes: uint8 (blocks, groups, 64 * bits).
        scales: float16 (blocks, groups, 1 or 2, 16).
        bias: float32 (16 * blocks), zeros where there is none.
    """

    codes: Tensor
    scales: Tensor
    bias: Tensor
    rows: int
    columns: int
    bits: Bits

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        return self.codes.nbytes + self.scales.nbytes + self.bias.nbytes

    @property
    def fields(self) -> list[int]:
        """As `kernels.cpu.fields` lays a matrix out; good as long as this object lives."""
        blocks, groups = self.codes.shape[:2]
        addresses = [tensor.data_ptr() for tensor in (self.codes, self.scales, self.bias)]
        return [*addresses, blocks, groups, self.bits, self.rows]

    def with_bias(self, bias_N: Tensor) -> "PackedMatrix":
        """The same with a bias."""
        bias = torch.zeros_like(self.bias)
        bias[: self.rows] = bias_N
        return PackedMatrix(self.codes, self.scales, bias, self.rows, self.columns, self.bits)

    def dequantize(self) -> Tensor:
        """The weights (rows, columns) in float32."""
        blocks, groups = self.codes.shape[:2]
        if self.bits == 4:
            quads = self.codes.view(blocks, groups, 4, BLOCK, 4)
            codes = torch.cat((quads & 15, quads >> 4), 2).float()
        else:
            codes = self.codes.view(blocks, groups, 8, BLOCK, 4).float() - 128
        scales = self.scales.float()
        weights = codes.permute(0, 3, 1, 2, 4).flatten(3) * scales[:, :, 0].transpose(1, 2)[..., None]
        if self.bits == 4:
            weights += scales[:, :, 1].transpose(1, 2)[..., None]
        return weights.flatten(2).flatten(0, 1)[: self.rows, : self.columns]


def pack(codes_NK: Tensor, scales_NJ: Tensor, offsets_NJ: Tensor | None, columns: int | None = None) -> PackedMatrix:
    """Codes and their scales in the kernels' layout.

    Args:
        codes_NK: uint8 0 to 15 if there are offsets, else int8; K is a multiple of 32.
        scales_NJ, offsets_NJ: J = K / 32; rounded to float16.
        columns: how many of the K there really are; the rest stands for zeros.
    """
    rows, k = codes_NK.shape
    if k % GROUP or scales_NJ.shape != (rows, k // GROUP):
        raise ValueError(f"scales: {tuple(scales_NJ.shape)} does not fit codes {tuple(codes_NK.shape)}")
    groups = k // GROUP
    if offsets_NJ is not None:
        parts = codes_NK.view(rows, groups, 2, 16)
        words = (parts[:, :, 0] | (parts[:, :, 1] << 4)).view(torch.int32)
    else:
        words = (codes_NK.view(torch.uint8) ^ 128).view(torch.int32).view(rows, groups, 8)
    kinds = [scales_NJ] if offsets_NJ is None else [scales_NJ, offsets_NJ]
    return pack_words(words, torch.stack(kinds, 2).half(), k if columns is None else columns)


def pack_words(words_NJQ: Tensor, scales_NJC: Tensor, columns: int) -> PackedMatrix:
    """As `pack`, from codes already packed row by row.

    Args:
        words_NJQ: int32, four bytes each: for a group of 8-bit codes 8, for one of 4-bit codes 4.
        scales_NJC: float16 scales, and offsets where codes have 4 bits.
    """
    rows, groups, quads = words_NJQ.shape
    blocks = -(-rows // BLOCK)
    codes = aligned_empty((blocks, groups, quads, BLOCK), torch.int32)
    scales = aligned_empty((blocks, groups, scales_NJC.shape[2], BLOCK), torch.float16)
    for target, source in ((codes, words_NJQ), (scales, scales_NJC)):
        whole = rows // BLOCK
        target[:whole] = source[: whole * BLOCK].unflatten(0, (whole, BLOCK)).permute(0, 2, 3, 1)
        if whole < blocks:
            target[whole] = 0
            target[whole, ..., : rows % BLOCK] = source[whole * BLOCK :].permute(1, 2, 0)
    bits: Bits = 4 if quads == 4 else 8
    return PackedMatrix(
        codes.view(torch.uint8).flatten(2), scales, torch.zeros(blocks * BLOCK), rows, columns, bits
    )  # fmt: skip


def aligned_empty(shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
    """An uninitialised tensor that begins on a cache line."""
    size = dtype.itemsize
    for axis in shape:
        size *= axis
    room = torch.empty(size + 64, dtype=torch.uint8)
    start = -room.data_ptr() % 64
    return room[start : start + size].view(dtype).view(shape)


def quantize(weight_NK: Tensor, bits: Bits) -> PackedMatrix:
    """Weights (N, K) in floating point as codes of 4 or 8 bits; K is filled up with zeros to a multiple of 32."""
    columns = weight_NK.shape[1]
    groups_NJG = torch.nn.functional.pad(weight_NK.float(), (0, -columns % GROUP)).unflatten(1, (-1, GROUP))
    if bits == 8:
        scales_NJ = (groups_NJG.abs().amax(2) / 127).half().float()
        codes = (groups_NJG / scales_NJ.clamp_min(1e-8)[..., None]).round_().clamp_(-127, 127)
        return pack(codes.to(torch.int8).flatten(1), scales_NJ, None, columns)
    scales_NJ, offsets_NJ = _fitted_range(groups_NJG)
    codes = ((groups_NJG - offsets_NJ[..., None]) / scales_NJ.clamp_min(1e-8)[..., None]).round_().clamp_(0, 15)
    return pack(codes.to(torch.uint8).flatten(1), scales_NJ, offsets_NJ, columns)


def _fitted_range(groups_NJG: Tensor) -> tuple[Tensor, Tensor]:
    """Scales and offsets (N, J) of 4-bit codes with the least squared error among ranges cut at both ends a little.

    The largest weights of a group are rare: cutting them by some percent leaves finer steps for the rest.
    """
    low, high = groups_NJG.amin(2), groups_NJG.amax(2)
    least = torch.full_like(low, torch.inf)
    best = (low, low)
    for cut in (0.0, 0.03, 0.06, 0.1, 0.15):
        offsets = (low + cut * (high - low) / 2).half().float()
        scales = ((high - low) * (1 - cut) / 15).half().float()
        codes = ((groups_NJG - offsets[..., None]) / scales.clamp_min(1e-8)[..., None]).round_().clamp_(0, 15)
        error = (codes * scales[..., None] + offsets[..., None] - groups_NJG).square_().sum(2)
        better = error < least
        least = torch.where(better, error, least)
        best = (torch.where(better, scales, best[0]), torch.where(better, offsets, best[1]))
    return best


def join(parts: Sequence[PackedMatrix]) -> PackedMatrix:
    """Matrices of the same columns under each other; all but the last have a multiple of 16 rows."""
    first = parts[0]
    codes = aligned_empty((sum(len(part.codes) for part in parts), *first.codes.shape[1:]), torch.uint8)
    torch.cat([part.codes for part in parts], out=codes)
    scales, bias = torch.cat([part.scales for part in parts]), torch.cat([part.bias for part in parts])
    return PackedMatrix(codes, scales, bias, sum(part.rows for part in parts), first.columns, first.bits)


def matmul(x: Tensor, matrix: PackedMatrix, norm_K: Tensor | None = None, eps: float = 0.0) -> Tensor:
    """x @ matrix.T + bias, (..., K) to (..., N) float32; x goes through RMS norm first if its weight is given.

    Raises:
        ValueError: x's last axis is not the matrix's.
    """
    from kernels.cpu.team import team

    if x.shape[-1] != matrix.columns:
        raise ValueError(f"x: last axis {x.shape[-1]} does not fit the matrix's {matrix.columns} columns")
    rows = x.reshape(-1, matrix.columns).float().contiguous()
    tokens, groups = len(rows), matrix.codes.shape[1]
    out = torch.empty(tokens, len(matrix.bias))
    if tokens == 0:
        return out[:, : matrix.rows].view(*x.shape[:-1], matrix.rows)
    linear = torch.tensor(matrix.fields)
    numbers = torch.tensor([eps, 1.0])
    crew = team()
    with crew.lock:
        step = 4 * (GROUP * groups + BLOCK)
        crew.run(
            {
                f.KIND: f.KIND_LINEAR, f.TOKENS: tokens, f.WIDTH: matrix.columns, f.NUMBERS: numbers.data_ptr(),
                f.CODES: crew.room("codes", tokens * groups * GROUP), f.META: crew.room("meta", tokens * groups * 8),
                f.SCRATCH: crew.room("scratch", crew.threads * step), f.SCRATCH_STEP: step,
                f.LINEAR_AT: linear.data_ptr(), f.NORM: 0 if norm_K is None else norm_K.data_ptr(),
                f.IN: rows.data_ptr(), f.IN_STEP: 4 * matrix.columns, f.OUT: out.data_ptr(),
                f.OUT_STEP: 4 * out.shape[1],
            },
            f.LAYER_PHASES,
            (linear, numbers),
        )  # fmt: skip
    return out[:, : matrix.rows].view(*x.shape[:-1], matrix.rows)

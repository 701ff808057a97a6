"""Matmul with weights of 8 or 4 bits (Triton): a few tokens as fast as the weights can be read, and prompts.

    one token     x . codes in float32 registers; a row of weights never leaves its warp
    2 to 64       (codes @ x.T) . scale, codes as the matrix unit's left side; K cut into parts, then summed
    a prompt      the same with tiles of 128 tokens

For a few tokens the work is to read the weights once, N * K * bits / 8 bytes: at 3 TB/s a multiprocessor of an H100
gets 27 codes of 4 bits a cycle, for each of which it can do some four instructions. So codes are turned into numbers by
putting their bits into the mantissa of a constant (for two codes one mask and one subtraction, no conversion), the
packed layout (packed.py) leaves pairs where the matrix unit wants them, and scales are applied to a group's sum, not to
its weights: products are exact and summed in float32.
Sources: Frantar et al. 2024 (MARLIN) for the layout's idea; Kim et al. 2022 for bits in the mantissa.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
import triton
from torch import Tensor

from kernels import quantized_kernels
from kernels.ahead import Case
from kernels.launching import guard, processors
from kernels.packed import PACK
from kernels.splitting import split_count

DTYPES = {torch.bfloat16: "bf16", torch.float16: "fp16"}
WHOLE = 0x4B000000
"""2 ** 23 as a float32: numbers below it, put into its mantissa, add themselves."""


@dataclass(frozen=True)
class Tiling:
    """How one shape is computed.

    Attributes:
        tokens, rows: of one tile; one token where a row is summed by itself.
        chunk: codes along a row in a step, 16 bytes each thread in the vector kernel.
        splits: parts of a row.
    """

    tokens: int
    rows: int
    chunk: int
    warps: int
    stages: int
    splits: int


def tiling(tokens: int, rows: int, columns: int, bits: int, group: int, units: int) -> Tiling:
    """The tiling for so many tokens, a weight (rows, columns), codes that share a scale, and multiprocessors."""
    if tokens == 1:
        block = next((block for block in (32, 16) if rows >= 2 * block * units), 8)
        return Tiling(1, block, 64 * 32 // bits, 4, 1, 1)
    chunk = next(chunk for chunk in (128, 64, 32) if columns % chunk == 0 and (group % chunk == 0 or chunk == 32))
    if bits == 4:
        chunk = max(chunk, PACK)
    block = next((block for block in (16, 32, 64) if tokens <= block), 128)
    warps, stages = 8 if block >= 64 else 4, 3 if block == 128 else 4
    programs = -(-rows // 128) * -(-tokens // block)
    splits = split_count(programs, min(16, columns // (4 * chunk)), (1 if block == 128 else 3) * units)
    return Tiling(block, 128, chunk, warps, stages, splits)


def unsupported(x: Tensor, codes: Tensor, scales_NJ: Tensor, offsets_NJ: Tensor | None = None) -> str | None:
    """Why these can't be multiplied here, in words; None when they can."""
    if x.dtype not in DTYPES:
        return f"inputs are {x.dtype}"
    if codes.dtype not in (torch.int8, torch.int32):
        return f"codes are {codes.dtype}"
    columns, groups = x.shape[-1], scales_NJ.shape[1]
    group = columns // max(groups, 1)
    if codes.dtype == torch.int32 and (columns % PACK or (groups > 1 and group != 32 and group % PACK)):
        return f"4-bit codes of {columns} in groups of {group}"
    if columns == 0 or columns % 32 or (groups > 1 and group % 32):
        return f"codes of {columns} in groups of {group} are not multiples of 32"
    if x.requires_grad:
        return "a gradient is asked for"
    return None


def matmul(x_MK: Tensor, codes: Tensor, scales_NJ: Tensor, offsets_NJ: Tensor | None = None) -> Tensor:
    """x @ weight.T as `reference.quantized_matmul`, in x's dtype.

    Args:
        x_MK: any leading shape, bfloat16 or float16.
        codes: int8 (N, K), or packed.pack_int4's words int32 (N, K / 8).
        scales_NJ, offsets_NJ: floating point, one a group of K / J = 32, 64, 128 ... codes; J may be 1.

    Raises:
        ValueError: an argument doesn't fit, named.
    """
    _check(x_MK, codes, scales_NJ, offsets_NJ)
    rows, columns = codes.shape[0], x_MK.shape[-1]
    x = x_MK.reshape(-1, columns)
    x = x if x.stride(1) == 1 else x.contiguous()
    out = torch.empty(*x_MK.shape[:-1], rows, dtype=x.dtype, device=x.device)
    if not out.numel():
        return out
    bits = 8 if codes.dtype == torch.int8 else 4
    groups = scales_NJ.shape[1]
    group = 0 if groups == 1 else columns // groups
    tile = tiling(x.shape[0], rows, columns, bits, group, processors(x.device))
    codes, scales = codes.contiguous(), scales_NJ.contiguous()
    offsets = None if offsets_NJ is None else offsets_NJ.contiguous()
    with guard(x):
        if tile.tokens == 1:
            quantized_kernels.vector[(triton.cdiv(rows, tile.rows),)](
                x, codes.view(torch.int32), scales, offsets, out, rows, columns * bits // 128, groups, WHOLE,
                BITS=bits, GROUP=group, BLOCK_N=tile.rows, BLOCK_W=tile.chunk * bits // 32, num_warps=tile.warps,
            )  # fmt: skip
        else:
            _tiles(x, codes, scales, offsets, out.view(-1, rows), tile, group)
    return out


def _tiles(
    x: Tensor, codes: Tensor, scales: Tensor, offsets: Tensor | None, out_MN: Tensor, tile: Tiling, group: int
) -> None:
    tokens, rows = out_MN.shape
    parts = out_MN
    if tile.splits > 1:  # through torch, so that a CUDA graph that is captured keeps it
        parts = torch.empty(tile.splits, tokens, rows, dtype=torch.float32, device=x.device)
    grid = (triton.cdiv(rows, tile.rows), triton.cdiv(tokens, tile.tokens), tile.splits)
    quantized_kernels.tile[grid](
        x, codes, scales, offsets, parts, tokens, rows, x.shape[1] // 32, scales.shape[1], x.stride(0), tile.splits,
        BITS=8 if codes.dtype == torch.int8 else 4, GROUP=group, CHUNK=tile.chunk,
        BLOCK_M=tile.tokens, BLOCK_N=tile.rows, num_warps=tile.warps, num_stages=tile.stages,
    )  # fmt: skip
    if tile.splits > 1:
        quantized_kernels.add[(triton.cdiv(out_MN.numel(), 1024),)](
            parts, out_MN, out_MN.numel(), tile.splits, BLOCK=1024, num_warps=4
        )


def _check(x: Tensor, codes: Tensor, scales: Tensor, offsets: Tensor | None) -> None:
    for name, tensor in (("codes", codes), ("scales", scales), ("offsets", offsets)):
        if tensor is not None and tensor.device != x.device:
            raise ValueError(f"{name}: expected on {x.device} as x, got {tensor.device}")
        if tensor is not None and tensor.dim() != 2:
            raise ValueError(f"{name}: expected 2 axes, got {tuple(tensor.shape)}")
    if x.dim() == 0:
        raise ValueError("x: expected at least 1 axis, got ()")
    columns = x.shape[-1]
    wide = codes.shape[1] * (8 if codes.dtype == torch.int32 else 1)
    if wide != columns:
        raise ValueError(f"codes: {tuple(codes.shape)} {codes.dtype} does not fit x's last axis {columns}")
    if scales.shape[0] != codes.shape[0] or scales.shape[1] == 0 or columns % scales.shape[1]:
        raise ValueError(f"scales: {tuple(scales.shape)} does not fit codes {tuple(codes.shape)}")
    if offsets is not None and offsets.shape != scales.shape:
        raise ValueError(f"offsets: expected {tuple(scales.shape)}, got {tuple(offsets.shape)}")
    for name, tensor in (("scales", scales), ("offsets", offsets)):
        if tensor is not None and not tensor.is_floating_point():
            raise ValueError(f"{name}: expected floating point, got {tensor.dtype}")
        if tensor is not None and tensor.device.type == "cpu" and not bool(tensor.isfinite().all()):
            raise ValueError(f"{name}: expected finite numbers")
    if (why := unsupported(x, codes, scales, offsets)) is not None:
        raise ValueError(f"{'x' if why.startswith('inputs') else 'codes'}: {why}")


def ahead_cases() -> Iterator[Case]:
    """Every tile and kind of codes, and the sum of parts."""
    for bits, words in ((4, "*i32:16"), (8, "*i8:16")):
        for group in (32, 64, 128, 0):
            given = {"x": "*bf16:16", "words": words, "scales": "*fp16:16", "offsets": "*fp16:16", "out": "*bf16:16"}
            for tokens in (1, 16, 32, 64, 128):
                for biased in (False, True):
                    kind = f"{bits} bits, groups of {group or 'a row'}{', offsets' if biased else ''}"
                    constants: dict[str, Any] = {"BITS": bits, "GROUP": group} | ({} if biased else {"offsets": None})
                    own = {name: of for name, of in given.items() if biased or name != "offsets"}
                    tile = tiling(tokens, 16384, 4096, bits, group or 4096, 132)
                    yield _case(f"{kind}, {tokens} tokens", tile, own, constants)
    given = {"parts": "*fp32:16", "out": "*bf16:16", "size": "i32", "splits": "i32"}
    yield Case("sum of parts", quantized_kernels.add, given, {"BLOCK": 1024})


def _case(name: str, tile: Tiling, given: dict[str, str], constants: dict[str, Any]) -> Case:
    if tile.tokens == 1:
        given = given | {"words": "*i32:16"} | dict.fromkeys(("rows", "quads", "groups", "whole"), "i32")
        constants |= {"BLOCK_N": tile.rows, "BLOCK_W": tile.chunk * constants["BITS"] // 32}
        return Case(name, quantized_kernels.vector, given, constants, tile.warps, tile.stages)
    given = given | dict.fromkeys(("tokens", "rows", "spans", "groups", "splits"), "i32") | {"x_step": "i32:16"}
    constants |= {"CHUNK": tile.chunk, "BLOCK_M": tile.tokens, "BLOCK_N": tile.rows}
    return Case(name, quantized_kernels.tile, given, constants, tile.warps, tile.stages)

"""Pieces of a transformer layer on bare memory, compiled by numba: norm, rotary positions, attention, matmul.

Addresses are int64 integers, everything is float32 unless said, rows are contiguous. `kernels.cpu.native` strings the
pieces together and shares them out among threads; the plain twins are in `kernels.reference`.
"""

from typing import Any

import numpy as np
from numba import njit

from kernels.cpu import fields as f
from kernels.cpu import rows as lines
from kernels.cpu import tiles
from kernels.cpu.fields import KEYS, QUERIES, TILE
from kernels.cpu.ir import load_f16, load_f32, load_i64, power_of_two, store_f32


def compiled(integers: int, floats: int = 0, result: str = "void", *, fast: bool = False) -> Any:
    """A decorator that compiles a function of so many int64 and then float32 arguments, once.

    `fast` lets LLVM reorder sums: only where no two callers have to agree to the last bit.
    """
    signature = f"{result}({', '.join(['int64'] * integers + ['float32'] * floats)})"
    return njit(signature, error_model="numpy", fastmath=fast and {"nsz", "arcp", "contract", "afn", "reassoc"})


_zero, _half, _one = np.float32(0), np.float32(0.5), np.float32(1)
_log2e, _low, _high = np.float32(1.4426950408889634), np.float32(-126), np.float32(126)
_exp2 = tuple(np.float32(np.log(2) ** n / factorial) for n, factorial in enumerate((1, 1, 2, 6, 24, 120, 720)))
_c0, _c1, _c2, _c3, _c4, _c5, _c6 = _exp2


@compiled(0, 1, "float32", fast=True)
def exponential(x: float) -> float:
    """e ** x, to 2e-7 of its value; at most 2 ** 126."""
    t = min(max(x * _log2e, _low), _high)
    whole = np.floor(t + _half)
    x = t - whole
    value = _c0 + x * (_c1 + x * (_c2 + x * (_c3 + x * (_c4 + x * (_c5 + x * _c6)))))
    return value * power_of_two(np.int32(whole))


@compiled(4, 1, fast=True)
def rms_norm(x: int, weight: int, out: int, width: int, eps: float) -> None:
    """out = x / sqrt(mean(x ** 2) + eps) * weight, `width` values; out may be x."""
    total = _zero
    for i in range(width):
        total += load_f32(x, i) * load_f32(x, i)
    factor = _one / np.sqrt(total / np.float32(width) + np.float32(eps))
    for i in range(width):
        store_f32(out, i, load_f32(x, i) * factor * load_f32(weight, i))


@compiled(3, fast=True)
def gate(gate_up: int, out: int, hidden: int) -> None:
    """out = silu(gate) * up, `hidden` values each, from a row that holds both one after the other."""
    up = gate_up + 4 * hidden
    for i in range(hidden):
        g = load_f32(gate_up, i)
        store_f32(out, i, g / (_one + exponential(-g)) * load_f32(up, i))


@compiled(3)
def clear(x: int, start: int, end: int) -> None:
    """Zeros from float32 number `start` up to `end`."""
    for i in range(start, end):
        store_f32(x, i, _zero)


@compiled(6, 1)
def quantize_row(x: int, row: int, rows: int, groups: int, codes: int, meta: int, weight: float) -> None:
    """Row `row` of `rows` of a matmul's input, 32 * groups values at x, as the tile that will read it wants it."""
    tile = row // TILE * TILE
    size = TILE if tile + TILE <= rows else 1
    first = tile if size == TILE else row
    place = row - first
    codes_at, meta_at = codes + first * groups * 32 + 4 * place, meta + first * groups * 8 + 8 * place
    for j in range(groups):
        at = j * 32 * size
        lines.quantize_group(x + 128 * j, codes_at + at, 4 * size, meta_at + 8 * j * size, np.float32(weight))


def matmul(vnni: bool) -> Any:
    """The compiled matmul for a processor with or without VNNI's dot products."""
    one_4, many_4 = (tiles.dot_tile(tokens, 4, True, vnni) for tokens in (1, TILE))
    one_8, many_8 = (tiles.dot_tile(tokens, 8, False, vnni) for tokens in (1, TILE))

    @compiled(10)
    def multiply(
        linear: int, first: int, last: int, tokens: int, codes: int, meta: int, start: int, start_step: int, out: int,
        out_step: int,
    ) -> None:  # fmt: skip
        """Rows 16 * first up to 16 * last of a matrix times all tokens; steps are bytes between tokens."""
        groups, bits = load_i64(linear, f.KGROUPS), load_i64(linear, f.BITS)
        whole = tokens // TILE * TILE
        for block in range(first, last):
            w = load_i64(linear, f.CODES_AT) + block * groups * 64 * bits
            s = load_i64(linear, f.SCALES_AT) + block * groups * (64 if bits == 4 else 32)
            for t in range(0, whole, TILE):
                x, m, a, o = codes + t * groups * 32, meta + t * groups * 8, start + t * start_step, out + t * out_step
                if bits == 4:
                    many_4(w, s, groups, x, m, a + 64 * block, start_step, o + 64 * block, out_step)
                else:
                    many_8(w, s, groups, x, m, a + 64 * block, start_step, o + 64 * block, out_step)
            for t in range(whole, tokens):
                x, m, a, o = codes + t * groups * 32, meta + t * groups * 8, start + t * start_step, out + t * out_step
                if bits == 4:
                    one_4(w, s, groups, x, m, a + 64 * block, 0, o + 64 * block, 0)
                else:
                    one_8(w, s, groups, x, m, a + 64 * block, 0, o + 64 * block, 0)

    return multiply


@compiled(6, 2)
def rotate(x: int, out: int, width: int, cos: int, sin: int, norm: int, eps: float, scale: float) -> None:
    """One head turned to its position, (0, width/2) (1, width/2 + 1) ... being pairs; normed first if norm is not 0,
    and multiplied by scale."""
    if norm != 0:
        rms_norm(x, norm, out, width, eps)
        x = out
    half = width // 2
    s = np.float32(scale)
    for i in range(half):
        a, b, c, d = load_f32(x, i) * s, load_f32(x, half + i) * s, load_f32(cos, i), load_f32(sin, i)
        store_f32(out, i, a * c - b * d)
        store_f32(out, half + i, b * c + a * d)


@compiled(3)
def copy(source: int, out: int, count: int) -> None:
    """`count` values."""
    for i in range(count):
        store_f32(out, i, load_f32(source, i))


_scores, _score = (tiles.gemm_tile(rows, KEYS // 16, half=False) for rows in (QUERIES, 1))
_wide, _narrow = (tiles.gemm_tile(QUERIES, columns, half=True) for columns in (4, 1))
_strip, _thin = (tiles.gemm_tile(1, columns, half=True) for columns in (4, 1))
_one_sum, _sums = lines.row_sums(1), lines.row_sums(QUERIES)
_LEAST = np.float32(-3e38)


@compiled(4)
def turn_keys(keys: int, count: int, width: int, out: int) -> None:
    """Up to KEYS keys, float16, as columns: (width, KEYS), zeros where there are none."""
    whole = count // 16 * 16
    for s in range(0, whole, 16):
        for i in range(0, width, 16):
            lines.transpose_block(keys + 2 * (s * width + i), 2 * width, out + 4 * (i * KEYS + s), 4 * KEYS)
    for s in range(whole, KEYS):
        for i in range(width):
            store_f32(out, i * KEYS + s, load_f16(keys, s * width + i) if s < count else _zero)


@compiled(6)
def score(queries: int, heads: int, columns: int, width: int, out: int, step: int) -> None:
    """Scores of single queries of several heads against a tile of keys as columns."""
    for h in range(heads):
        _score(queries + 4 * h * width, 0, columns, 4 * KEYS, out + h * step, 0, width)


@compiled(3)
def weigh(row: int, own: int, seen: int) -> None:
    """A row of scores to exponentials below its largest, 0 from value `own` up to `seen`, a multiple of 16."""
    for s in range(own, seen):
        store_f32(row, s, _LEAST)
    lines.exponentials(row, seen // 16)


@compiled(3)
def settle(row: int, own: int, mass: int) -> None:
    """Divide a row of exponentials by their sum."""
    share = _one / load_f32(mass, 0)
    for s in range(own):
        store_f32(row, s, load_f32(row, s) * share)


@compiled(6)
def attend_one(scores: int, seen: int, values: int, width: int, mass: int, out: int) -> None:
    """One query's scores (room for a multiple of KEYS) to the weighted sum of `seen` values (seen, width), float16.

    The order of every sum is that of `attend_many`, so a text read token by token or at once gives the same bits.
    """
    weigh(scores, seen, (seen + KEYS - 1) // KEYS * KEYS)
    _one_sum(scores, 0, seen, mass)
    settle(scores, seen, mass)
    at = 0
    while at + 64 <= width:
        _strip(scores, 0, values + 2 * at, 2 * width, out + 4 * at, 0, seen)
        at += 64
    while at < width:
        _thin(scores, 0, values + 2 * at, 2 * width, out + 4 * at, 0, seen)
        at += 16


@compiled(9)
def attend_many(queries: int, columns: int, values: int, past: int, count: int, width: int, scores: int, masses: int,
                out: int) -> None:  # fmt: skip
    """QUERIES query rows (scaled; `count` of them real) that stand at past, past + 1 ..., each seeing the keys up to
    its own.

    Args:
        columns: keys as `turn_keys` lays them out, tile after tile.
        values: (keys, width), float16.
        scores: room for QUERIES rows of past + QUERIES values, rounded up to KEYS.
        masses: room for QUERIES values.
        out: (QUERIES, width).
    """
    seen = past + count
    tiles = (seen + KEYS - 1) // KEYS
    step = 4 * KEYS * tiles
    for tile in range(tiles):
        _scores(queries, 4 * width, columns + 4 * tile * KEYS * width, 4 * KEYS, scores + 4 * KEYS * tile, step, width)
    for row in range(QUERIES):
        weigh(scores + row * step, min(past + row + 1, seen), tiles * KEYS)
    _sums(scores, step, seen, masses)
    for row in range(QUERIES):
        settle(scores + row * step, seen, masses + 4 * row)
    at = 0
    while at + 64 <= width:
        _wide(scores, step, values + 2 * at, 2 * width, out + 4 * at, 4 * width, seen)
        at += 64
    while at < width:
        _narrow(scores, step, values + 2 * at, 2 * width, out + 4 * at, 4 * width, seen)
        at += 16

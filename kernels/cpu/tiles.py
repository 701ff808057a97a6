"""Tiles of matrix products in vector registers, as numba intrinsics: quantised with quantised, and float32."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from kernels.cpu.emit import F16, F32, GROUP, I8, I32, I64, LANES, Emit, Value


def dot_tile(tokens: int, bits: int, affine: bool, vnni: bool) -> Any:
    """A tile of a quantised matmul: 16 rows of a weight times `tokens` rows of quantised input.

    The intrinsic's arguments, all int64:
        codes: of 16 rows, as `kernels.cpu.pack` lays them out.
        scales: float16, for each group 16 scales, then 16 offsets if `affine`.
        groups: of a row (K / 32).
        x: int8 codes of the input: for each group and each four of its weights, four bytes a token.
        meta: float32 pairs (scale, weighted sum): for each group, one a token.
        start, start_step: 16 float32 a token that the sums begin with, and the bytes to the next token's.
        out, out_step: where 16 float32 a token go, and the bytes to the next token's.
    """

    @intrinsic
    def tile(
        typing: Any, codes: Any, scales: Any, groups: Any, x: Any, meta: Any, start: Any, start_step: Any, out: Any,
        out_step: Any,
    ) -> Any:  # fmt: skip
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            _emit_dot_tile(Emit(builder), tokens, bits, affine, vnni, arguments)
            return context.get_dummy_value()

        return types.void(*(types.int64,) * 9), generate

    return tile


def _emit_dot_tile(e: Emit, tokens: int, bits: int, affine: bool, vnni: bool, arguments: Any) -> None:
    codes, scales, groups, x, meta, start, start_step, out, out_step = arguments
    floats = ir.VectorType(F32, LANES)
    places = [I64(m) for m in range(tokens)]
    sums = [e.load(e.add(start, e.b.mul(m, start_step)), floats) for m in places]
    scale_bytes = 2 * LANES * (2 if affine else 1)

    def group(j: Value, carried: list[Value]) -> list[Value]:
        code_at = e.add(codes, e.b.mul(j, I64(GROUP * LANES * bits // 8)))
        scale_at = e.add(scales, e.b.mul(j, I64(scale_bytes)))
        meta_at = e.add(meta, e.b.mul(j, I64(8 * tokens)))
        totals = _integer_dots(e, bits, vnni, code_at, e.add(x, e.b.mul(j, I64(GROUP * tokens))), tokens)
        halves = ir.VectorType(F16, LANES)
        scale = e.b.fpext(e.load(scale_at, halves), floats)
        offset = e.b.fpext(e.load(e.add(scale_at, 2 * LANES), halves), floats) if affine else None
        result = []
        for m, (total, carry) in enumerate(zip(totals, carried, strict=True)):
            x_scale, x_sum = (e.splat(e.load(e.add(meta_at, 8 * m + at), F32, 4)) for at in (0, 4))
            exact = e.b.sitofp(total, floats)
            if offset is None:
                result.append(e.fma(e.fma(exact, x_scale, x_sum), scale, carry))
            else:
                result.append(e.fma(e.b.fmul(exact, x_scale), scale, e.fma(x_sum, offset, carry)))
        return result

    for m, total in zip(places, e.loop(groups, sums, group), strict=True):
        e.store(total, e.add(out, e.b.mul(m, out_step)), 4)


def _integer_dots(e: Emit, bits: int, vnni: bool, code_at: Value, x_at: Value, tokens: int) -> list[Value]:
    """For each token the 16 integer dot products of one group with the weight's codes (0 to 2**bits - 1)."""
    zero = ir.Constant(ir.VectorType(I32, LANES), [0] * LANES)
    chains = 2 if tokens < 4 else 1  # a single sum would wait for itself
    totals = [[zero] * chains for _ in range(tokens)]
    for quad, weights in enumerate(_unpacked(e, bits, code_at)):
        order = quad if bits == 8 else quad // 2 + 4 * (quad % 2)
        for m in range(tokens):
            four = e.splat(e.load(e.add(x_at, 4 * (order * tokens + m)), I32, 4))
            totals[m][quad % chains] = _dot_four(e, totals[m][quad % chains], weights, four, vnni)
    return [e.b.add(*chain) if chains == 2 else chain[0] for chain in totals]


def _unpacked(e: Emit, bits: int, code_at: Value) -> list[Value]:
    """The 8 registers of a group's codes, as 16 lanes of four bytes; for 4 bits low and high halves alternate."""
    words = ir.VectorType(I32, LANES)
    if bits == 8:
        return [e.load(e.add(code_at, 64 * quad), words, 64) for quad in range(8)]
    low, four = (ir.Constant(words, [value] * LANES) for value in (0x0F0F0F0F, 4))
    found = []
    for index in range(4):
        packed = e.load(e.add(code_at, 64 * index), words, 64)
        found += [e.b.and_(packed, low), e.b.and_(e.b.lshr(packed, four), low)]
    return found


def _dot_four(e: Emit, total: Value, weights: Value, x: Value, vnni: bool) -> Value:
    """total + the dot products of four unsigned bytes of `weights` with four signed ones of `x`, lane by lane."""
    words, octets = ir.VectorType(I32, LANES), ir.VectorType(I8, 4 * LANES)
    if vnni:
        bytes_of = [e.b.bitcast(value, octets) for value in (weights, x)]
        return e.call("llvm.x86.avx512.vpdpbusd.512", words, total, *bytes_of)
    for byte in range(4):
        shift, up, down = (ir.Constant(words, [value] * LANES) for value in (8 * byte, 24 - 8 * byte, 24))
        w = e.b.and_(e.b.lshr(weights, shift), ir.Constant(words, [255] * LANES))
        total = e.b.add(total, e.b.mul(w, e.b.ashr(e.b.shl(x, up), down)))
    return total


def gemm_tile(rows: int, columns: int, *, half: bool) -> Any:
    """A tile of a float32 matmul, C = A @ B: `rows` rows of A times 16 * `columns` columns of B, B in float16 if half.

    The intrinsic's arguments, all int64: a, bytes to A's next row; b, bytes to B's next row; c, bytes to C's next
    row; the inner size (at least 1).
    """

    @intrinsic
    def tile(typing: Any, a: Any, a_step: Any, b: Any, b_step: Any, c: Any, c_step: Any, inner: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            _emit_gemm_tile(Emit(builder), rows, columns, half, arguments)
            return context.get_dummy_value()

        return types.void(*(types.int64,) * 7), generate

    return tile


def _emit_gemm_tile(e: Emit, rows: int, columns: int, half: bool, arguments: Any) -> None:
    a, a_step, b, b_step, c, c_step, inner = arguments
    floats = ir.VectorType(F32, LANES)
    zero = ir.Constant(floats, [0.0] * LANES)
    a_rows = [e.add(a, e.b.mul(I64(row), a_step)) for row in range(rows)]

    def turn(k: Value, carried: list[Value]) -> list[Value]:
        line = e.add(b, e.b.mul(k, b_step))
        if half:
            parts = [e.load(e.add(line, 32 * column), ir.VectorType(F16, LANES), 2) for column in range(columns)]
            right = [e.b.fpext(part, floats) for part in parts]
        else:
            right = [e.load(e.add(line, 64 * column), floats, 4) for column in range(columns)]
        result = []
        for row, at in enumerate(a_rows):
            left = e.splat(e.load(e.add(at, e.b.mul(k, I64(4))), F32, 4))
            result += [e.fma(left, right[n], carried[row * columns + n]) for n in range(columns)]
        return result

    totals = e.loop(inner, [zero] * (rows * columns), turn)
    for row in range(rows):
        for column in range(columns):
            at = e.add(c, e.b.add(e.b.mul(I64(row), c_step), I64(64 * column)))
            e.store(totals[row * columns + column], at, 4)

"""Rows of numbers in vector registers, as numba intrinsics: quantise, transpose, exponentials, sums, float16."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from kernels.cpu.emit import F16, F32, I8, I32, I64, LANES, Emit, Value


@intrinsic
def quantize_group(typing: Any, source: Any, target: Any, step: Any, meta: Any, weight: Any) -> Any:
    """32 float32 at `source` to int8 codes and their scale, largest magnitude / 127.

    Args: all int64 addresses but the last. Four codes go to each of target, target + step ...; meta gets two float32,
    the scale and `weight` (float32) times the sum of what the codes stand for.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _emit_quantize_group(Emit(builder), arguments)
        return context.get_dummy_value()

    return types.void(*(types.int64,) * 4, types.float32), generate


def _emit_quantize_group(e: Emit, arguments: Any) -> None:
    source, target, step, meta, weight = arguments
    floats, words, octets = (ir.VectorType(kind, LANES) for kind in (F32, I32, I8))
    parts = [e.load(e.add(source, at), floats, 4) for at in (0, 4 * LANES)]
    largest = [e.call("llvm.fabs.v16f32", floats, part) for part in parts]
    peak = e.call("llvm.vector.reduce.fmax.v16f32", F32, e.call("llvm.maxnum.v16f32", floats, *largest))
    scale = e.b.fdiv(peak, F32(127.0))
    positive = e.b.fcmp_ordered(">", peak, F32(1e-30))
    inverse = e.splat(e.b.select(positive, e.b.fdiv(F32(127.0), peak), F32(0.0)))
    rounded = [e.b.fptosi(e.call("llvm.rint.v16f32", floats, e.b.fmul(part, inverse)), words) for part in parts]
    total = e.call("llvm.vector.reduce.add.v16i32", I32, e.b.add(*rounded))
    quads = [e.b.bitcast(e.b.trunc(part, octets), ir.VectorType(I32, 4)) for part in rounded]
    for index in range(8):
        quad = e.b.extract_element(quads[index // 4], I32(index % 4))
        e.store(quad, e.add(target, e.b.mul(step, I64(index))), 4)
    e.store(scale, meta, 4)
    e.store(e.b.fmul(weight, e.b.fmul(scale, e.b.sitofp(total, F32))), e.add(meta, 4), 4)


@intrinsic
def store_halves(typing: Any, source: Any, target: Any, blocks: Any) -> Any:
    """16 * blocks float32 as float16."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        e = Emit(builder)
        source, target, blocks = arguments

        def turn(n: Value, carried: list[Value]) -> list[Value]:
            block = e.load(e.add(source, e.b.mul(n, I64(64))), ir.VectorType(F32, LANES), 4)
            e.store(e.b.fptrunc(block, ir.VectorType(F16, LANES)), e.add(target, e.b.mul(n, I64(32))), 2)
            return []

        e.loop(blocks, [], turn)
        return context.get_dummy_value()

    return types.void(*(types.int64,) * 3), generate


@intrinsic
def transpose_block(typing: Any, source: Any, source_step: Any, target: Any, target_step: Any) -> Any:
    """16 rows of 16 float16 become columns of float32; steps are bytes between rows."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        e = Emit(builder)
        kind, half = ir.VectorType(F32, LANES), ir.VectorType(F16, LANES)
        starts = [e.add(arguments[0], e.b.mul(I64(n), arguments[1])) for n in range(LANES)]
        rows = [e.b.fpext(e.load(start, half, 2), kind) for start in starts]
        for span in (1, 2, 4, 8):  # swap the off-diagonal halves of ever larger squares
            low = [n for lane in range(LANES) for n in [lane if not lane & span else LANES + lane - span]]
            high = [n for lane in range(LANES) for n in [lane + span if not lane & span else LANES + lane]]
            for n in range(LANES):
                if not n & span:
                    pair = rows[n], rows[n + span]
                    rows[n], rows[n + span] = (e.shuffle(*pair, order) for order in (low, high))
        for n, row in enumerate(rows):
            e.store(row, e.add(arguments[2], e.b.mul(I64(n), arguments[3])), 4)
        return context.get_dummy_value()

    return types.void(*(types.int64,) * 4), generate


@intrinsic
def exponentials(typing: Any, row: Any, blocks: Any) -> Any:
    """exp(x - largest) of 16 * blocks float32, in place; what is far below the largest becomes 0."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        e = Emit(builder)
        row, blocks = arguments
        kind = ir.VectorType(F32, LANES)
        lowest = ir.Constant(kind, [-3e38] * LANES)

        def higher(n: Value, carried: list[Value]) -> list[Value]:
            return [e.call("llvm.maxnum.v16f32", kind, carried[0], e.load(e.add(row, e.b.mul(n, I64(64))), kind, 4))]

        (peaks,) = e.loop(blocks, [lowest], higher)
        peak = e.splat(e.call("llvm.vector.reduce.fmax.v16f32", F32, peaks))

        def turn(n: Value, carried: list[Value]) -> list[Value]:
            at = e.add(row, e.b.mul(n, I64(64)))
            e.store(e.exp(e.b.fsub(e.load(at, kind, 4), peak)), at, 4)
            return []

        e.loop(blocks, [], turn)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


def row_sums(rows: int) -> Any:
    """Sums of `rows` rows of float32, one after the other from the left, so that zeros anywhere change no bit.

    The intrinsic's arguments, all int64: the first row, bytes to the next, values of each (at least one), and where
    the sums go.
    """

    @intrinsic
    def sums(typing: Any, first: Any, step: Any, count: Any, out: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            e = Emit(builder)
            first, step, count, out = arguments
            starts = [e.add(first, e.b.mul(I64(n), step)) for n in range(rows)]

            def turn(n: Value, carried: list[Value]) -> list[Value]:
                place = e.b.mul(n, I64(4))
                values = [e.load(e.add(start, place), F32, 4) for start in starts]
                return [e.b.fadd(total, value) for total, value in zip(carried, values, strict=True)]

            for n, total in enumerate(e.loop(count, [F32(0.0)] * rows, turn)):
                e.store(total, e.add(out, 4 * n), 4)
            return context.get_dummy_value()

        return types.void(*(types.int64,) * 4), generate

    return sums

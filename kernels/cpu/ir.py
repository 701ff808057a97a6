"""Machine-near building blocks of the processor's kernels, as numba intrinsics: bare memory, atomics, vector tiles.

Everything is addressed by plain integers, as in C: `kernels.cpu.native` composes these into whole operations. Needs
numba, so it is imported only when a kernel has to be compiled.
"""

import math
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 16
"""Rows of a weight that a tile multiplies at once: 16 sums of 32 bits fill a 512-bit register."""
GROUP = 32
"""Weights of a row that share a scale."""
Value = Any
_I8, _I32, _I64, _F16, _F32 = ir.IntType(8), ir.IntType(32), ir.IntType(64), ir.HalfType(), ir.FloatType()
_TYPES = {"i8": (_I8, types.int8), "i32": (_I32, types.int32), "i64": (_I64, types.int64), "f32": (_F32, types.float32)}


class Emit:
    """A thin layer over llvmlite's builder: addresses are 64-bit integers, vectors have 16 lanes unless said."""

    def __init__(self, builder: Any) -> None:
        self.b = builder

    def at(self, address: Value, kind: Any) -> Value:
        """A pointer to `kind` at an address."""
        return self.b.inttoptr(address, ir.PointerType(kind))

    def load(self, address: Value, kind: Any, align: int = 1) -> Value:
        """A value of type `kind`."""
        return self.b.load(self.at(address, kind), align=align)

    def store(self, value: Value, address: Value, align: int = 1) -> None:
        """Write a value."""
        self.b.store(value, self.at(address, value.type), align=align)

    def add(self, address: Value, offset: int | Value) -> Value:
        """address + offset bytes."""
        return self.b.add(address, _I64(offset) if isinstance(offset, int) else offset)

    def splat(self, scalar: Value, lanes: int = LANES) -> Value:
        """All lanes the same."""
        kind = ir.VectorType(scalar.type, lanes)
        one = self.b.insert_element(ir.Constant(kind, ir.Undefined), scalar, _I32(0))
        mask = ir.Constant(ir.VectorType(_I32, lanes), [0] * lanes)
        return self.b.shuffle_vector(one, ir.Constant(kind, ir.Undefined), mask)

    def fma(self, a: Value, b: Value, c: Value) -> Value:
        """a * b + c on 16 float32 lanes, rounded once."""
        return self.call("llvm.fma.v16f32", a.type, a, b, c)

    def call(self, name: str, result: Any, *arguments: Value) -> Value:
        """One of LLVM's intrinsic functions."""
        kind = ir.FunctionType(result, [argument.type for argument in arguments])
        return self.b.call(cgutils.get_or_insert_function(self.b.module, kind, name), arguments)

    def shuffle(self, a: Value, b: Value, order: list[int]) -> Value:
        """Lanes of a (below 16) and b in another order."""
        return self.b.shuffle_vector(a, b, ir.Constant(ir.VectorType(_I32, len(order)), order))

    def exp(self, x: Value) -> Value:
        """e ** x for x up to 0, to 2e-7 of its value; 0 below 2 ** -126."""
        kind, words = x.type, ir.VectorType(_I32, LANES)

        def const(value: float) -> Value:
            return ir.Constant(kind, [value] * LANES)

        t = self.b.fmul(x, const(1 / math.log(2)))
        kept = self.call("llvm.maxnum.v16f32", kind, t, const(-126.0))
        whole = self.call("llvm.rint.v16f32", kind, kept)
        rest, value = self.b.fsub(kept, whole), const(math.log(2) ** 6 / 720)
        for n in range(5, -1, -1):
            value = self.fma(value, rest, const(math.log(2) ** n / math.factorial(n)))
        bits = self.b.shl(self.b.add(self.b.fptosi(whole, words), words([127] * LANES)), words([23] * LANES))
        small = self.b.fcmp_ordered("<", t, const(-126.0))
        return self.b.select(small, const(0.0), self.b.fmul(value, self.b.bitcast(bits, kind)))

    def loop(self, count: Value, start: list[Value], body: Callable[[Value, list[Value]], list[Value]]) -> list[Value]:
        """`count` turns (at least one) of body(index, carried) -> carried; the carried values after the last."""
        before, inside = self.b.block, self.b.append_basic_block("turn")
        after = self.b.append_basic_block("done")
        self.b.branch(inside)
        self.b.position_at_end(inside)
        index = self.b.phi(_I64)
        index.add_incoming(_I64(0), before)
        carried = []
        for value in start:
            phi = self.b.phi(value.type)
            phi.add_incoming(value, before)
            carried.append(phi)
        results = body(index, carried)
        following = self.b.add(index, _I64(1))
        index.add_incoming(following, self.b.block)
        for phi, value in zip(carried, results, strict=True):
            phi.add_incoming(value, self.b.block)
        self.b.cbranch(self.b.icmp_signed("<", following, count), inside, after)
        self.b.position_at_end(after)
        return results


def _loader(name: str) -> Any:
    kind, numba_type = _TYPES[name]

    @intrinsic
    def load(typing: Any, address: Any, index: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            pointer = builder.inttoptr(arguments[0], ir.PointerType(kind))
            return builder.load(builder.gep(pointer, [arguments[1]]))

        return numba_type(types.int64, types.int64), generate

    return load


def _storer(name: str) -> Any:
    kind, numba_type = _TYPES[name]

    @intrinsic
    def store(typing: Any, address: Any, index: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            pointer = builder.inttoptr(arguments[0], ir.PointerType(kind))
            builder.store(arguments[2], builder.gep(pointer, [arguments[1]]))
            return context.get_dummy_value()

        return types.void(types.int64, types.int64, numba_type), generate

    return store


load_f32, load_i64, load_i32 = _loader("f32"), _loader("i64"), _loader("i32")
store_f32, store_i8, store_i64 = _storer("f32"), _storer("i8"), _storer("i64")


@intrinsic
def fetch_add(typing: Any, address: Any, amount: Any) -> Any:
    """Add to a 64-bit integer that threads share; gives what it was."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], ir.PointerType(_I64))
        return builder.atomic_rmw("add", pointer, arguments[1], "acq_rel")

    return types.int64(types.int64, types.int64), generate


@intrinsic
def load_acquire(typing: Any, address: Any) -> Any:
    """A 64-bit integer that another thread writes; what it wrote before is visible after."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load_atomic(builder.inttoptr(arguments[0], ir.PointerType(_I64)), "acquire", 8)

    return types.int64(types.int64), generate


@intrinsic
def exchange_if(typing: Any, address: Any, expected: Any, new: Any) -> Any:
    """Compare and exchange a 64-bit integer; 1 where it was as expected and is now new, else 0."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], ir.PointerType(_I64))
        pair = builder.cmpxchg(pointer, arguments[1], arguments[2], "acq_rel", "acquire")
        return builder.zext(builder.extract_value(pair, 1), _I64)

    return types.int64(types.int64, types.int64, types.int64), generate


@intrinsic
def power_of_two(typing: Any, exponent: Any) -> Any:
    """2 ** exponent as float32 for an int32 exponent in -126 to 127, by its bits."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        bits = builder.shl(builder.add(arguments[0], _I32(127)), _I32(23))
        return builder.bitcast(bits, _F32)

    return types.float32(types.int32), generate


def relax(spin: str, give_way: str) -> tuple[Any, Any]:
    """Two functions without arguments for a waiting loop: the processor's hint `spin` (an LLVM intrinsic or "" for
    none), and the system's call `give_way` that lets another thread run."""

    def caller(name: str, result: Any) -> Any:
        @intrinsic
        def call(typing: Any) -> Any:
            def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
                if name:
                    kind = ir.FunctionType(result, ())
                    builder.call(cgutils.get_or_insert_function(builder.module, kind, name), ())
                return context.get_dummy_value()

            return types.void(), generate

        return call

    return caller(spin, ir.VoidType()), caller(give_way, _I32)


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
    floats = ir.VectorType(_F32, LANES)
    places = [_I64(m) for m in range(tokens)]
    sums = [e.load(e.add(start, e.b.mul(m, start_step)), floats) for m in places]
    scale_bytes = 2 * LANES * (2 if affine else 1)

    def group(j: Value, carried: list[Value]) -> list[Value]:
        code_at = e.add(codes, e.b.mul(j, _I64(GROUP * LANES * bits // 8)))
        scale_at = e.add(scales, e.b.mul(j, _I64(scale_bytes)))
        meta_at = e.add(meta, e.b.mul(j, _I64(8 * tokens)))
        totals = _integer_dots(e, bits, vnni, code_at, e.add(x, e.b.mul(j, _I64(GROUP * tokens))), tokens)
        halves = ir.VectorType(_F16, LANES)
        scale = e.b.fpext(e.load(scale_at, halves), floats)
        offset = e.b.fpext(e.load(e.add(scale_at, 2 * LANES), halves), floats) if affine else None
        result = []
        for m, (total, carry) in enumerate(zip(totals, carried, strict=True)):
            x_scale, x_sum = (e.splat(e.load(e.add(meta_at, 8 * m + at), _F32, 4)) for at in (0, 4))
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
    zero = ir.Constant(ir.VectorType(_I32, LANES), [0] * LANES)
    chains = 2 if tokens < 4 else 1  # a single sum would wait for itself
    totals = [[zero] * chains for _ in range(tokens)]
    for quad, weights in enumerate(_unpacked(e, bits, code_at)):
        order = quad if bits == 8 else quad // 2 + 4 * (quad % 2)
        for m in range(tokens):
            four = e.splat(e.load(e.add(x_at, 4 * (order * tokens + m)), _I32, 4))
            totals[m][quad % chains] = _dot_four(e, totals[m][quad % chains], weights, four, vnni)
    return [e.b.add(*chain) if chains == 2 else chain[0] for chain in totals]


def _unpacked(e: Emit, bits: int, code_at: Value) -> list[Value]:
    """The 8 registers of a group's codes, as 16 lanes of four bytes; for 4 bits low and high halves alternate."""
    words = ir.VectorType(_I32, LANES)
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
    words, octets = ir.VectorType(_I32, LANES), ir.VectorType(_I8, 4 * LANES)
    if vnni:
        bytes_of = [e.b.bitcast(value, octets) for value in (weights, x)]
        return e.call("llvm.x86.avx512.vpdpbusd.512", words, total, *bytes_of)
    for byte in range(4):
        shift, up, down = (ir.Constant(words, [value] * LANES) for value in (8 * byte, 24 - 8 * byte, 24))
        w = e.b.and_(e.b.lshr(weights, shift), ir.Constant(words, [255] * LANES))
        total = e.b.add(total, e.b.mul(w, e.b.ashr(e.b.shl(x, up), down)))
    return total


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
    floats, words, octets = (ir.VectorType(kind, LANES) for kind in (_F32, _I32, _I8))
    parts = [e.load(e.add(source, at), floats, 4) for at in (0, 4 * LANES)]
    largest = [e.call("llvm.fabs.v16f32", floats, part) for part in parts]
    peak = e.call("llvm.vector.reduce.fmax.v16f32", _F32, e.call("llvm.maxnum.v16f32", floats, *largest))
    scale = e.b.fdiv(peak, _F32(127.0))
    positive = e.b.fcmp_ordered(">", peak, _F32(1e-30))
    inverse = e.splat(e.b.select(positive, e.b.fdiv(_F32(127.0), peak), _F32(0.0)))
    rounded = [e.b.fptosi(e.call("llvm.rint.v16f32", floats, e.b.fmul(part, inverse)), words) for part in parts]
    total = e.call("llvm.vector.reduce.add.v16i32", _I32, e.b.add(*rounded))
    quads = [e.b.bitcast(e.b.trunc(part, octets), ir.VectorType(_I32, 4)) for part in rounded]
    for index in range(8):
        quad = e.b.extract_element(quads[index // 4], _I32(index % 4))
        e.store(quad, e.add(target, e.b.mul(step, _I64(index))), 4)
    e.store(scale, meta, 4)
    e.store(e.b.fmul(weight, e.b.fmul(scale, e.b.sitofp(total, _F32))), e.add(meta, 4), 4)


@intrinsic
def load_f16(typing: Any, address: Any, index: Any) -> Any:
    """A float16 as float32."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], ir.PointerType(_F16))
        return builder.fpext(builder.load(builder.gep(pointer, [arguments[1]])), _F32)

    return types.float32(types.int64, types.int64), generate


@intrinsic
def store_halves(typing: Any, source: Any, target: Any, blocks: Any) -> Any:
    """16 * blocks float32 as float16."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        e = Emit(builder)
        source, target, blocks = arguments

        def turn(n: Value, carried: list[Value]) -> list[Value]:
            block = e.load(e.add(source, e.b.mul(n, _I64(64))), ir.VectorType(_F32, LANES), 4)
            e.store(e.b.fptrunc(block, ir.VectorType(_F16, LANES)), e.add(target, e.b.mul(n, _I64(32))), 2)
            return []

        e.loop(blocks, [], turn)
        return context.get_dummy_value()

    return types.void(*(types.int64,) * 3), generate


@intrinsic
def transpose_block(typing: Any, source: Any, source_step: Any, target: Any, target_step: Any) -> Any:
    """16 rows of 16 float16 become columns of float32; steps are bytes between rows."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        e = Emit(builder)
        kind, half = ir.VectorType(_F32, LANES), ir.VectorType(_F16, LANES)
        starts = [e.add(arguments[0], e.b.mul(_I64(n), arguments[1])) for n in range(LANES)]
        rows = [e.b.fpext(e.load(start, half, 2), kind) for start in starts]
        for span in (1, 2, 4, 8):  # swap the off-diagonal halves of ever larger squares
            low = [n for lane in range(LANES) for n in [lane if not lane & span else LANES + lane - span]]
            high = [n for lane in range(LANES) for n in [lane + span if not lane & span else LANES + lane]]
            for n in range(LANES):
                if not n & span:
                    pair = rows[n], rows[n + span]
                    rows[n], rows[n + span] = (e.shuffle(*pair, order) for order in (low, high))
        for n, row in enumerate(rows):
            e.store(row, e.add(arguments[2], e.b.mul(_I64(n), arguments[3])), 4)
        return context.get_dummy_value()

    return types.void(*(types.int64,) * 4), generate


@intrinsic
def exponentials(typing: Any, row: Any, blocks: Any) -> Any:
    """exp(x - largest) of 16 * blocks float32, in place; what is far below the largest becomes 0."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        e = Emit(builder)
        row, blocks = arguments
        kind = ir.VectorType(_F32, LANES)
        lowest = ir.Constant(kind, [-3e38] * LANES)

        def higher(n: Value, carried: list[Value]) -> list[Value]:
            return [e.call("llvm.maxnum.v16f32", kind, carried[0], e.load(e.add(row, e.b.mul(n, _I64(64))), kind, 4))]

        (peaks,) = e.loop(blocks, [lowest], higher)
        peak = e.splat(e.call("llvm.vector.reduce.fmax.v16f32", _F32, peaks))

        def turn(n: Value, carried: list[Value]) -> list[Value]:
            at = e.add(row, e.b.mul(n, _I64(64)))
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
            starts = [e.add(first, e.b.mul(_I64(n), step)) for n in range(rows)]

            def turn(n: Value, carried: list[Value]) -> list[Value]:
                place = e.b.mul(n, _I64(4))
                values = [e.load(e.add(start, place), _F32, 4) for start in starts]
                return [e.b.fadd(total, value) for total, value in zip(carried, values, strict=True)]

            for n, total in enumerate(e.loop(count, [_F32(0.0)] * rows, turn)):
                e.store(total, e.add(out, 4 * n), 4)
            return context.get_dummy_value()

        return types.void(*(types.int64,) * 4), generate

    return sums


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
    floats = ir.VectorType(_F32, LANES)
    zero = ir.Constant(floats, [0.0] * LANES)
    a_rows = [e.add(a, e.b.mul(_I64(row), a_step)) for row in range(rows)]

    def turn(k: Value, carried: list[Value]) -> list[Value]:
        line = e.add(b, e.b.mul(k, b_step))
        if half:
            parts = [e.load(e.add(line, 32 * column), ir.VectorType(_F16, LANES), 2) for column in range(columns)]
            right = [e.b.fpext(part, floats) for part in parts]
        else:
            right = [e.load(e.add(line, 64 * column), floats, 4) for column in range(columns)]
        result = []
        for row, at in enumerate(a_rows):
            left = e.splat(e.load(e.add(at, e.b.mul(k, _I64(4))), _F32, 4))
            result += [e.fma(left, right[n], carried[row * columns + n]) for n in range(columns)]
        return result

    totals = e.loop(inner, [zero] * (rows * columns), turn)
    for row in range(rows):
        for column in range(columns):
            at = e.add(c, e.b.add(e.b.mul(_I64(row), c_step), _I64(64 * column)))
            e.store(totals[row * columns + column], at, 4)

"""A thin layer over llvmlite's builder of LLVM code: addresses are 64-bit integers, vectors have 16 lanes."""

import math
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils

LANES = 16
"""Rows of a weight that a tile multiplies at once: 16 sums of 32 bits fill a 512-bit register."""
GROUP = 32
"""Weights of a row that share a scale."""
Value = Any
I8, I32, I64, F16, F32 = ir.IntType(8), ir.IntType(32), ir.IntType(64), ir.HalfType(), ir.FloatType()


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
        return self.b.add(address, I64(offset) if isinstance(offset, int) else offset)

    def splat(self, scalar: Value, lanes: int = LANES) -> Value:
        """All lanes the same."""
        kind = ir.VectorType(scalar.type, lanes)
        one = self.b.insert_element(ir.Constant(kind, ir.Undefined), scalar, I32(0))
        mask = ir.Constant(ir.VectorType(I32, lanes), [0] * lanes)
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
        return self.b.shuffle_vector(a, b, ir.Constant(ir.VectorType(I32, len(order)), order))

    def exp(self, x: Value) -> Value:
        """e ** x for x up to 0, to 2e-7 of its value; 0 below 2 ** -126."""
        kind, words = x.type, ir.VectorType(I32, LANES)

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
        index = self.b.phi(I64)
        index.add_incoming(I64(0), before)
        carried = []
        for value in start:
            phi = self.b.phi(value.type)
            phi.add_incoming(value, before)
            carried.append(phi)
        results = body(index, carried)
        following = self.b.add(index, I64(1))
        index.add_incoming(following, self.b.block)
        for phi, value in zip(carried, results, strict=True):
            phi.add_incoming(value, self.b.block)
        self.b.cbranch(self.b.icmp_signed("<", following, count), inside, after)
        self.b.position_at_end(after)
        return results

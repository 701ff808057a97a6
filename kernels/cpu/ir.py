"""Bare memory and atomics as numba intrinsics: everything is addressed by plain integers, as in C.

`kernels.cpu.native` composes these and `kernels.cpu.tiles` into whole operations. Needs numba, so it is imported only
where a kernel is compiled.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from kernels.cpu.emit import F16, F32, I8, I32, I64

_TYPES = {"i8": (I8, types.int8), "i32": (I32, types.int32), "i64": (I64, types.int64), "f32": (F32, types.float32)}


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
        pointer = builder.inttoptr(arguments[0], ir.PointerType(I64))
        return builder.atomic_rmw("add", pointer, arguments[1], "acq_rel")

    return types.int64(types.int64, types.int64), generate


@intrinsic
def load_acquire(typing: Any, address: Any) -> Any:
    """A 64-bit integer that another thread writes; what it wrote before is visible after."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load_atomic(builder.inttoptr(arguments[0], ir.PointerType(I64)), "acquire", 8)

    return types.int64(types.int64), generate


@intrinsic
def exchange_if(typing: Any, address: Any, expected: Any, new: Any) -> Any:
    """Compare and exchange a 64-bit integer; 1 where it was as expected and is now new, else 0."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], ir.PointerType(I64))
        pair = builder.cmpxchg(pointer, arguments[1], arguments[2], "acq_rel", "acquire")
        return builder.zext(builder.extract_value(pair, 1), I64)

    return types.int64(types.int64, types.int64, types.int64), generate


@intrinsic
def power_of_two(typing: Any, exponent: Any) -> Any:
    """2 ** exponent as float32 for an int32 exponent in -126 to 127, by its bits."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        bits = builder.shl(builder.add(arguments[0], I32(127)), I32(23))
        return builder.bitcast(bits, F32)

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

    return caller(spin, ir.VoidType()), caller(give_way, I32)


@intrinsic
def load_f16(typing: Any, address: Any, index: Any) -> Any:
    """A float16 as float32."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], ir.PointerType(F16))
        return builder.fpext(builder.load(builder.gep(pointer, [arguments[1]])), F32)

    return types.float32(types.int64, types.int64), generate

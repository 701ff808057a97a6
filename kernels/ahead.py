"""Compiles Triton kernels for a GPU that isn't here, and reads what they would take of it.

    python -P -m kernels.ahead attention norm        a table of every configuration those modules ship

Registers, spills and shared memory come from the finished machine code, so a configuration that doesn't fit the chip
is found where it is written. A module takes part by a function `ahead_cases()` that yields a `Case` for each of its
configurations. Not under TRITON_INTERPRET: kernels are plain Python functions there.
"""

import argparse
import importlib
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HOPPER = 90
# Bytes of shared memory that one block may ask for (CUDA C++ Programming Guide, table of compute capabilities).
SHARED_LIMIT = {80: 163 * 1024, 86: 99 * 1024, 89: 99 * 1024, 90: 227 * 1024}
SPILL_LIMIT = 64


@dataclass(frozen=True)
class Case:
    """One configuration of one kernel.

    Attributes:
        name: what the table calls it.
        kernel: a function decorated with triton.jit.
        types: Triton's type of each run-time argument: "*bf16", "i32", "fp32", "tensordesc<bf16[128, 64]>". ":16" after
            it promises that the pointer or number is a multiple of 16, which the launcher finds out by itself at run
            time and without which no load is wider than one element.
        constants: value of each constexpr argument; None for a pointer that isn't given.
        warps, stages: as at launch.
        registers: the launch's `maxnreg`, None for no limit.
    """

    name: str
    kernel: Any
    types: Mapping[str, str]
    constants: Mapping[str, Any] = field(default_factory=dict)
    warps: int = 4
    stages: int = 2
    registers: int | None = None


@dataclass(frozen=True)
class Resources:
    """What one compiled kernel takes: registers a thread, bytes of local memory a thread (spills), bytes of shared
    memory a block; and which instructions its machine code holds.

    Attributes:
        sass: the machine code as text.
        ttgir: Triton's last own form of it, in which pipelining and layouts can be read.
    """

    name: str
    registers: int
    spills: int
    shared: int
    warps: int
    stages: int
    capability: int
    sass: str = field(repr=False)
    ttgir: str = field(repr=False)

    @property
    def fits(self) -> bool:
        """Whether a launch would succeed and nothing worth naming is spilled."""
        return self.shared <= SHARED_LIMIT.get(self.capability, 0) and self.spills <= SPILL_LIMIT

    def count(self, instruction: str) -> int:
        """How often an instruction such as "HGMMA" (Hopper's matrix unit), "HMMA", "UTMALDG" (bulk tensor load) or
        "LDG.E.128" stands in the machine code."""
        return len(re.findall(rf"\b{re.escape(instruction)}\b", self.sass))


def compile_ahead(case: Case, capability: int = HOPPER) -> Resources:
    """Compile one case for a compute capability (90: H100 and H200, 80: A100).

    Raises:
        ValueError: an argument of the kernel is neither in `types` nor in `constants`, or the interpreter is on.
    """
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    if not isinstance(case.kernel, triton.JITFunction):
        raise ValueError(f"kernel: {case.name} is no compiled function; is TRITON_INTERPRET set?")
    missing = [name for name in case.kernel.arg_names if name not in case.types and name not in case.constants]
    if missing:
        raise ValueError(f"types: {case.name} says nothing of {', '.join(missing)}")
    types: dict[str, str] = {}
    divisible: dict[tuple[int], list[list[object]]] = {}
    for index, name in enumerate(case.kernel.arg_names):
        kind, _, multiple = case.types.get(name, "constexpr").partition(":")
        types[name] = kind
        if multiple:
            divisible[index,] = [["tt.divisibility", int(multiple)]]
    source = ASTSource(case.kernel, types, {name: case.constants[name] for name in case.constants}, divisible)
    options: dict[str, Any] = {"num_warps": case.warps, "num_stages": case.stages}
    if case.registers is not None:
        options["maxnreg"] = case.registers
    compiled = triton.compile(source, target=GPUTarget("cuda", capability, 32), options=options)
    registers, spills, sass = _machine_code(compiled.asm["cubin"])
    return Resources(
        case.name, registers, spills, compiled.metadata.shared, case.warps, case.stages, capability, sass,
        str(compiled.asm["ttgir"]),
    )  # fmt: skip


def _machine_code(cubin: bytes) -> tuple[int, int, str]:
    """Registers, bytes of local memory, and disassembly, by the tools in Triton's own wheel."""
    import triton

    tool = str(Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / "cuobjdump")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kernel.cubin"
        path.write_bytes(cubin)
        usage, sass = (
            subprocess.run([tool, option, str(path)], capture_output=True, text=True, check=True).stdout
            for option in ("-res-usage", "-sass")
        )
    found = re.findall(r"REG:(\d+) STACK:(\d+) SHARED:\d+ LOCAL:(\d+)", usage)
    if not found:
        raise ValueError("cubin: no resource usage in it")
    registers, stack, local = (max(int(row[column]) for row in found) for column in range(3))
    return registers, max(stack, local), sass


def report(cases: Iterable[Case], capability: int = HOPPER) -> list[Resources]:
    """Compile all, print a line for each as it is done, and return them."""
    heads = f"{'warps':>5} {'stages':>6} {'regs':>5} {'spills':>6} {'shared':>7}  matrix unit, bulk loads"
    print(f"{'configuration':58} {heads}")
    done = []
    for case in cases:
        it = compile_ahead(case, capability)
        done.append(it)
        units = [f"{unit} {it.count(unit)}" for unit in ("HGMMA", "HMMA", "UTMALDG") if it.count(unit)]
        note = "" if it.fits else "  DOES NOT FIT"
        print(
            f"{it.name:58} {it.warps:5} {it.stages:6} {it.registers:5} {it.spills:6} {it.shared:7}  "
            f"{', '.join(units)}{note}",
            flush=True,
        )
    return done


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table of the modules named; 1 when a configuration does not fit."""
    parser = argparse.ArgumentParser(description="Compile the project's Triton kernels for a GPU that isn't here.")
    parser.add_argument("modules", nargs="+", help="modules of kernels/, such as attention")
    parser.add_argument("--capability", type=int, default=HOPPER, help="90 for an H100, 80 for an A100")
    parser.add_argument("--only", default="", help="configurations whose name holds this")
    options = parser.parse_args(arguments)
    fits = True
    for name in options.modules:
        if not name.isidentifier():
            parser.error(f"{name!r} is not a module's name")
        cases = importlib.import_module(f"kernels.{name}").ahead_cases()
        done = report((case for case in cases if options.only in case.name), options.capability)
        fits = fits and all(resources.fits for resources in done)
    return 0 if fits else 1


if __name__ == "__main__":
    raise SystemExit(main())

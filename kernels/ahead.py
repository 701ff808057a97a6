"""Compiles Triton kernels for a GPU that isn't here, and reads what they would take of it.

    python -P -m kernels.ahead attention norm        a table of every configuration those modules ship

Registers, spills and shared memory come from the finished machine code, so a configuration that doesn't fit the chip
is found where it is written; of the main loop it says how many instructions it takes and how often it waits for the
matrix unit. A module takes part by a function `ahead_cases()` that yields a `Case` for each of its configurations; it
takes the compute capability where they differ by it. Not under TRITON_INTERPRET: kernels are plain Python functions
there.
"""

import argparse
import importlib
import inspect
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HOPPER = 90
# Bytes of shared memory that one block may ask for (CUDA C++ Programming Guide, table of compute capabilities).
SHARED_LIMIT = {80: 163 * 1024, 86: 99 * 1024, 89: 99 * 1024, 90: 227 * 1024, 100: 227 * 1024, 120: 99 * 1024}
SPILL_LIMIT = 64
LOOP_LIMIT = 8
"""What spills may be: bytes a thread in all, or instructions of the main loop, which takes some hundreds."""


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
        """Whether a launch would succeed, with no spills worth naming: few in all or in the main loop."""
        spilled = self.spills > SPILL_LIMIT and (not self.loop or self.spills_in_loop > LOOP_LIMIT)
        return self.shared <= SHARED_LIMIT.get(self.capability, 0) and not spilled

    @property
    def resident(self) -> int:
        """How many programs a multiprocessor holds at once: registers, shared memory and warps allow so many."""
        by_registers = 65536 // (self.warps * 32 * -(-self.registers // 8) * 8)
        by_shared = (SHARED_LIMIT.get(self.capability, 0) + 1024) // (self.shared + 1024)
        return min(by_registers, by_shared, 64 // self.warps)

    @property
    def spills_in_loop(self) -> int:
        """Instructions of the main loop that store or load a spilled register."""
        return self.count("STL", loop=True) + self.count("LDL", loop=True)

    @property
    def loop(self) -> list[str]:
        """Instructions of the main loop: the shortest that multiplies matrices, which is the one without masks."""
        found = re.findall(r"^\s*/\*([0-9a-f]{4,})\*/\s+(.*?);", self.sass, re.MULTILINE)
        addresses = {int(address, 16): index for index, (address, _) in enumerate(found)}
        loops = []
        for end, (address, text) in enumerate(found):
            # with a condition: without one it is the way back from where a program waits, out of line
            jump = re.match(r"@!?U?P\d+ BRA\b.*?\b0x([0-9a-f]+)", text)
            if jump and int(jump[1], 16) < int(address, 16) and int(jump[1], 16) in addresses:
                body = [instruction for _, instruction in found[addresses[int(jump[1], 16)] : end + 1]]
                if any("HGMMA" in instruction or "HMMA" in instruction for instruction in body):
                    loops.append(body)
        return min(loops, key=len, default=[])

    def count(self, instruction: str, *, loop: bool = False) -> int:
        """How often an instruction such as "HGMMA" (Hopper's matrix unit), "HMMA", "UTMALDG" (bulk tensor load),
        "LDG.E.128" or "WARPGROUP.DEPBAR" (wait for the matrix unit) stands in the machine code, or its main loop."""
        where = "\n".join(self.loop) if loop else self.sass
        return len(re.findall(rf"\b{re.escape(instruction)}\b", where))


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
    heads = "warps stages  regs spills  shared resident | main loop: instructions, matrix, waits, spills"
    print(f"{'configuration':44} {heads}")
    done = []
    for case in cases:
        it = compile_ahead(case, capability)
        done.append(it)
        unit = "HGMMA" if it.count("HGMMA") else "HMMA"
        loop = (len(it.loop), it.count(unit, loop=True), it.count("WARPGROUP.DEPBAR", loop=True))
        print(
            f"{it.name:44} {it.warps:5} {it.stages:6} {it.registers:5} {it.spills:6} {it.shared:7} {it.resident:8} | "
            f"{loop[0]:5} {loop[1]:3} {unit} {loop[2]:3} {it.spills_in_loop:3}"
            f"{', bulk loads' if it.count('UTMALDG') else ''}{'' if it.fits else '  DOES NOT FIT'}",
            flush=True,
        )
    return done


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table of the modules named; 1 when a configuration does not fit."""
    parser = argparse.ArgumentParser(description="Compile the project's Triton kernels for a GPU that isn't here.")
    parser.add_argument("modules", nargs="+", help="modules of kernels/, such as attention")
    parser.add_argument(
        "--capability", type=int, default=HOPPER, help="90 for an H100, 80 for an A100, 120 for an RTX 50"
    )
    parser.add_argument("--only", default="", help="configurations whose name holds this")
    options = parser.parse_args(arguments)
    fits = True
    for name in options.modules:
        if not name.isidentifier():
            parser.error(f"{name!r} is not a module's name")
        listed = importlib.import_module(f"kernels.{name}").ahead_cases
        # most modules launch the same on every chip
        cases = listed(options.capability) if inspect.signature(listed).parameters else listed()
        done = report((case for case in cases if options.only in case.name), options.capability)
        fits = fits and all(resources.fits for resources in done)
    return 0 if fits else 1


if __name__ == "__main__":
    raise SystemExit(main())

"""Compiles the processor's kernels once a machine, and loads them from then on without their compiler.

A child process runs this file: numba turns `kernels.cpu.native` into LLVM's intermediate code, llvmlite optimises that
and makes an object file of it. It is kept in the environment, beside Python's own compiled files (or in the user's
cache folder where that is read-only), under a name made of the sources, the tools and the processor. Loading it takes
llvmlite alone and some hundredths of a second.
"""

import ctypes
import hashlib
import os
import platform
import subprocess
import sys
import tempfile
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from kernels.cpu import fields

_SOURCES = ("build.py", "emit.py", "fields.py", "ir.py", "native.py", "parts.py", "rows.py", "sharing.py", "tiles.py")
_ENTRY = "antigone_enter"
_DIGEST = 32
_LONGEST_S = 600


class Kernels:
    """The compiled engine; what it is given is laid out in `kernels.cpu.fields`."""

    def __init__(self, code: bytes) -> None:
        import llvmlite.binding as llvm

        # One block for all sections: apart they may land further from each other than a 32-bit offset reaches, which
        # LLVM answers by aborting the process.
        together = True if sys.platform == "linux" else None
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine(), use_lmm=together)
        self._object = llvm.ObjectFileRef.from_data(code)
        self._engine.add_object_file(self._object)
        self._engine.finalize_object()
        address, whole = self._engine.get_function_address(_ENTRY), ctypes.c_int64
        arguments = (ctypes.c_void_p, ctypes.c_void_p, whole, whole, whole)
        self._long = ctypes.CFUNCTYPE(ctypes.c_int, *arguments)(address)
        self._short = ctypes.PYFUNCTYPE(ctypes.c_int, *arguments)(address)

    def run(self, job: int, number: int) -> None:
        """A job, as thread `number`; other Python threads run meanwhile."""
        self._call(self._long, fields.RUN, job, number)

    def serve(self, worker: int) -> None:
        """Help with jobs until none has come for a while; other Python threads run meanwhile."""
        self._call(self._long, fields.SERVE, worker, 0)

    def post(self, worker: int, job: int) -> int:
        """Give a helping thread a job: 0 it is busy, 1 it takes it, 2 it has to be woken."""
        return self._call(self._short, fields.POST, worker, job)

    def _call(self, function: Any, call: int, a: int, b: int) -> int:
        result, error = ctypes.c_int64(), ctypes.c_void_p()
        if function(ctypes.byref(result), ctypes.byref(error), call, a, b):
            raise RuntimeError("the compiled kernels ended with an error")
        return result.value


@cache
def kernels() -> Kernels:
    """The kernels for this processor, compiled first if that has not happened yet.

    Raises:
        ImportError: llvmlite is not installed.
        OSError: they could not be compiled; the message says why.
    """
    name = f"kernels-{_key()}.o"
    for folder in _folders():
        with suppress(OSError):
            kept = _trusted(folder / name)
            if hashlib.sha256(kept[_DIGEST:]).digest() == kept[:_DIGEST]:
                return Kernels(kept[_DIGEST:])
    code = _compiled_elsewhere()
    for folder in _folders():
        with suppress(OSError):
            _write(folder / name, hashlib.sha256(code).digest() + code)
            break
    return Kernels(code)


def compile_kernels() -> bytes:
    """The object file, compiled anew in this process: some seconds."""
    import llvmlite.binding as llvm

    from kernels.cpu import native

    (compiled,) = native.enter.overloads.values()
    module = llvm.parse_assembly(compiled.library.get_llvm_str())
    for function in module.functions:
        if function.name == compiled.fndesc.llvm_func_name:
            function.name = _ENTRY
        elif not function.is_declaration:
            function.linkage = "internal"  # numba's wrappers, which need numba at run time, fall away unused
    machine = _machine()
    tuning = llvm.create_pipeline_tuning_options(3)
    tuning.loop_vectorization = tuning.slp_vectorization = True
    builder = llvm.create_pass_builder(machine, tuning)
    builder.getModulePassManager().run(module, builder)
    code: bytes = machine.emit_object(module)
    return code


def _compiled_elsewhere() -> bytes:
    """As `compile_kernels`, in a child process: numba's own optimiser is off there, and its memory is given back."""
    root = Path(__file__).resolve().parent.parent.parent
    environment = os.environ | {"NUMBA_OPT": "0", "PYTHONPATH": str(root)}
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "kernels.o"
        command = [sys.executable, "-P", "-m", "kernels.cpu.build", str(target)]
        try:
            done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_LONGEST_S)
        except subprocess.TimeoutExpired:
            raise OSError(f"the kernels were not compiled within {_LONGEST_S} seconds") from None
        if done.returncode:
            raise OSError(f"the kernels could not be compiled: {done.stderr.strip()[-300:]}")
        return target.read_bytes()


def _machine() -> Any:
    """LLVM's view of this processor."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    features = llvm.get_host_cpu_features().flatten()
    return target.create_target_machine(
        llvm.get_host_cpu_name(), features, opt=3, reloc="pic", codemodel="small", jit=True
    )


def has(feature: str) -> bool:
    """Whether this processor has what LLVM calls so."""
    import llvmlite.binding as llvm

    return bool(llvm.get_host_cpu_features().get(feature, False))


def waiting() -> tuple[str, str]:
    """What a waiting loop calls: LLVM's name of the processor's pause, and the system's way to let others run."""
    pause = "llvm.x86.sse2.pause" if platform.machine().lower() in ("x86_64", "amd64") else ""
    return pause, "SwitchToThread" if sys.platform == "win32" else "sched_yield"


def _key() -> str:
    """Changes with everything that the object file depends on."""
    import llvmlite.binding as llvm

    key = hashlib.sha256(repr([llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()]).encode())
    key.update(repr([llvm.get_process_triple(), llvm.llvm_version_info, version("llvmlite")]).encode())
    for name in _SOURCES:
        key.update((Path(__file__).parent / name).read_bytes())
    return key.hexdigest()[:24]


def _folders() -> list[Path]:
    """Where the object file is looked for and kept: the environment, else the user's cache."""
    user = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return [Path(sys.prefix) / "antigone-kernels", Path(user) / "antigone"]


def _trusted(path: Path) -> bytes:
    """A file's content, if nobody but the user, the environment's owner or root can have written it: it is run as code.

    Raises:
        OSError: it cannot be read, or somebody else could have written it.
    """
    with path.open("rb") as file:
        if hasattr(os, "getuid"):
            about, owners = os.fstat(file.fileno()), {0, os.getuid(), os.stat(__file__).st_uid}
            if about.st_uid not in owners or about.st_mode & 0o022:
                raise PermissionError(f"{path} may have been written by others")
        return file.read()


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    os.replace(file.name, path)


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(compile_kernels())

"""compute-sanitizer over every kernel at small shapes: memcheck finds accesses out of bounds, racecheck races.

What runs are the kernels' own tests (tests/interpreted), compiled, and the checks of the benchmark; where pytest or the
tests are missing, the checks alone. Every tensor is an allocation of its own meanwhile: in PyTorch's pool an access
behind one tensor lands in another, and nobody sees it.
"""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from kernels.errors import UserError

ROOT = Path(__file__).parents[1]
TOOLS = ("memcheck", "racecheck")
NO_POOL = "PYTORCH_NO_CUDA_MEMORY_CACHING"
_SECONDS = 1800  # of each tool and each kind of work: a sanitized kernel is up to a hundred times slower
_FOUND = 9


def command(tool: str, work: list[str]) -> list[str]:
    """What runs `work` under one of the tools; a finding makes the exit code 9."""
    return ["compute-sanitizer", "--tool", tool, "--error-exitcode", str(_FOUND), "--print-limit", "20", *work]


def works() -> list[list[str]]:
    """What Python is to run: the benchmark's checks, and the tests of every kernel where they are at hand."""
    tests = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests/interpreted").glob("[!_c]*.py"))
    given = [["-P", "-m", "benchmarks.gpu_sanitize"]]
    if tests and find_spec("pytest") is not None:
        given.append(["-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests])
    return given


def environment() -> dict[str, str]:
    """This process's, kernels compiled, each tensor an allocation of its own."""
    kept = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    return kept | {"PYTHONPATH": str(ROOT), NO_POOL: "1"}


def sanitize() -> None:
    """Run both tools, and print what they say.

    Raises:
        UserError: compute-sanitizer or a GPU is missing, and how to do it elsewhere; or something was found.
    """
    import torch

    if shutil.which("compute-sanitizer") is None or not torch.cuda.is_available():
        missing = "compute-sanitizer" if torch.cuda.is_available() else "a CUDA GPU"
        lines = "; ".join(
            f"{NO_POOL}=1 PYTHONPATH=. {' '.join(command(tool, ['python', *work]))}"
            for tool in TOOLS
            for work in works()
        )
        raise UserError(f"The kernels cannot be sanitized here: there is no {missing}.", f"Elsewhere: {lines}")
    failed = [f"{tool} of {work[2]}" for tool in TOOLS for work in works() if not _clean(tool, work)]
    if failed:
        raise UserError(f"Not clean: {', '.join(failed)}.", "The reports stand above.")


def _clean(tool: str, work: list[str]) -> bool:
    """Whether a tool found nothing and the work ended well and in time; what it was is printed."""
    try:
        whole = command(tool, [sys.executable, *work])
        code = subprocess.run(whole, cwd=ROOT, env=environment(), timeout=_SECONDS, check=False).returncode
    except subprocess.TimeoutExpired:
        print(f"{tool} of {work[2]}: not done within {_SECONDS} s", flush=True)
        return False
    said = {0: "nothing found", _FOUND: "something found"}.get(code, f"exit code {code}: the work itself failed")
    print(f"{tool} of {work[2]}: {said}", flush=True)
    return code == 0


def _checks() -> int:
    """Each kernel once on small shapes; 1 where one is wrong."""
    import time

    import torch

    from benchmarks.gpu_checks import checks
    from benchmarks.gpu_timing import Bench

    bench = Bench(torch.device("cuda"), True, time.monotonic() + _SECONDS)
    for row in checks(bench):
        print(row["name"], row["suite"], row["value"], flush=True)
    return int(bool(bench.wrong))


if __name__ == "__main__":
    raise SystemExit(_checks())

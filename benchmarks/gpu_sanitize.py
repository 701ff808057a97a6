"""compute-sanitizer over the kernels' small shapes: memcheck finds accesses out of bounds, racecheck races."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from kernels.errors import UserError

ROOT = Path(__file__).parents[1]
TOOLS = ("memcheck", "racecheck")
_SECONDS = 240


def command(tool: str, work: list[str]) -> list[str]:
    """What runs `work` under one of the tools; a finding makes the exit code 9."""
    return ["compute-sanitizer", "--tool", tool, "--error-exitcode", "9", "--print-limit", "20", *work]


def work() -> list[str]:
    """The checks of every kernel, on small shapes."""
    return [sys.executable, "-P", "-m", "benchmarks.gpu_sanitize"]


def sanitize() -> None:
    """Run both tools, and print what they say.

    Raises:
        UserError: compute-sanitizer or a GPU is missing, and how to do it elsewhere; or something was found.
    """
    import torch

    if shutil.which("compute-sanitizer") is None or not torch.cuda.is_available():
        missing = "compute-sanitizer" if torch.cuda.is_available() else "a CUDA GPU"
        lines = "; ".join("PYTHONPATH=. " + " ".join(command(tool, ["python", *work()[1:]])) for tool in TOOLS)
        raise UserError(f"The kernels cannot be sanitized here: there is no {missing}.", f"Elsewhere: {lines}")
    found = []
    for tool in TOOLS:
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(command(tool, work()), cwd=ROOT, env=environment, timeout=_SECONDS, check=False)
        print(f"{tool}: {'nothing found' if done.returncode == 0 else f'exit code {done.returncode}'}", flush=True)
        if done.returncode:
            found.append(tool)
    if found:
        raise UserError(f"{' and '.join(found)} found something.", "Its report stands above.")


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

"""`antigone test`: the checks and the tests, which lie in the program's folder beside its packages."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from kernels.errors import UserError

ROOT = Path(__file__).resolve().parents[2]


def run(arguments: Sequence[str]) -> None:
    """Run them in a process of their own and end with its exit code.

    Raises:
        UserError: this copy of the program came without its tests.
    """
    if not (ROOT / "tests" / "run.py").exists():
        raise UserError("This copy of Antigone came without its tests.", "Run ./antigone test in a checkout of it.")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    raise SystemExit(subprocess.run([sys.executable, "-P", "-m", "tests.run", *arguments], env=environment).returncode)

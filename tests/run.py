"""Everything that must hold before a change is good: style, types, layers, tests. `antigone test` runs this.

Arguments go to pytest; with any, the checks of style, types and layers are left out. One plain line a step and one
summary at the end; exit code 1 if anything failed.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOOLS = Path(sys.executable).parent
CHECKS: dict[str, list[str]] = {
    "style": ["ruff", "check", "--quiet", "."],
    "layout": ["ruff", "format", "--check", "--quiet", "."],
    "types": ["mypy", "--no-error-summary"],
    "layers": ["lint-imports", "--no-cache"],
}

QUICK = ("style", "layout")  # a second each; the others run beside the tests


def main(arguments: Sequence[str]) -> int:
    """Run the checks and pytest; print what failed and how many tests passed."""
    # a shell starts what runs behind it deaf to Control C, and children inherit that: tests press Control C
    signal.signal(signal.SIGINT, signal.default_int_handler)
    given = [_absolute(argument) for argument in arguments]
    failed = [] if given else [name for name in QUICK if not _report(name, *_check(CHECKS[name]))]
    with ThreadPoolExecutor(1) as beside:
        slower = {} if given else {name: beside.submit(_check, CHECKS[name]) for name in CHECKS if name not in QUICK}
        counts = [_tests(phase, threads) for phase, threads in ([(given, 2)] if given else _phases())]
        failed += [name for name, check in slower.items() if not _report(name, *check.result())]
    if not all(fine for fine, *_ in counts):
        failed.append("tests")
    passed, broken, skipped = (sum(column) for column in zip(*(numbers for _, *numbers in counts), strict=True))
    print(f"Failed: {', '.join(failed)}." if failed else "Everything passed.")
    print(f"tests: {passed} passed, {broken} failed, {skipped} skipped", flush=True)
    return 1 if failed else 0


def _phases() -> list[tuple[list[str], int]]:
    """Arguments of pytest and threads of each process: what two workers share, then what wants the machine for itself,
    such as a browser's microphone.
    """
    alone = [str(file) for file in sorted((ROOT / "tests").rglob("test_*.py")) if "mark.alone" in file.read_text()]
    together = (["-m", "not alone", "-n", "2", "--dist", "loadfile"], 1)
    return [together, (["-m", "alone", *alone], 2)] if alone else [together]


def _tests(arguments: Sequence[str], threads: int) -> tuple[bool, int, int, int]:
    """Run pytest: whether it went well, then how many tests passed, failed and were skipped."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", f"--junitxml={report}", f"--rootdir={ROOT}", "--color=no", "-q"]
        code = subprocess.run([*command, *arguments], cwd=ROOT, env=_environment(threads)).returncode
        return code in (0, 5), *_counts(report)  # 5: no test was selected


def _check(command: Sequence[str]) -> tuple[float, str]:
    """Run a check: the seconds it took, and what it said where it failed."""
    started = time.monotonic()
    done = subprocess.run(
        [TOOLS / command[0], *command[1:]], cwd=ROOT, env=_environment(), capture_output=True, text=True
    )
    said = done.stdout + done.stderr or f"It ended with {done.returncode}." if done.returncode else ""
    return time.monotonic() - started, said


def _report(name: str, seconds: float, complaint: str) -> bool:
    """Print how a check went; True when it passed."""
    print(f"{name}: {'FAILED' if complaint else 'passed'} after {seconds:.0f} seconds", flush=True)
    if complaint:
        print(complaint, flush=True)
    return not complaint


def _environment(threads: int = 2) -> dict[str, str]:
    """As many threads as the smallest machine has cores for, no hub, no colours."""
    return {
        "OMP_NUM_THREADS": str(threads),
        **os.environ,
        "NO_COLOR": "1",
        "HF_HUB_OFFLINE": "1",
        "PYTHONPATH": str(ROOT),
    }


def _absolute(argument: str) -> str:
    """A path as seen from where the user is; pytest itself runs in the project's folder."""
    path, mark, rest = argument.partition("::")
    return str(Path(path).absolute()) + mark + rest if not path.startswith("-") and Path(path).exists() else argument


def _counts(report: Path) -> tuple[int, int, int]:
    if not report.exists():
        return 0, 0, 0
    suites = ET.parse(report).getroot().iter("testsuite")
    total, broken, skipped = 0, 0, 0
    for suite in suites:
        total += int(suite.get("tests", 0))
        broken += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped += int(suite.get("skipped", 0))
    return max(0, total - broken - skipped), broken, skipped


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

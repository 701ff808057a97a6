"""The kernels and whole models on this machine's GPU, beside the best that PyTorch can call.

    antigone bench gpu [--only WORD] [--seconds N] [--out FOLDER] [--json] [--dry [--peers] | --sanitize]
    PYTHONPATH=. python -P -m benchmarks.gpu          the same with PyTorch and Triton alone

In this order: each kernel beside float64; the ceilings (a large product, a large copy); every row of the table, our
side and its peers taking turns, medians by CUDA's events with the L2 cache flushed, share_of_limit by those ceilings. A
row that fails is named and the rest goes on; a peer that is missing is named. A CSV and plots go to --out.
--dry runs every row once on the processor in Triton's interpreter, with tiny shapes: it times nothing.
--sanitize runs the checks and the kernels' own tests under compute-sanitizer (memcheck, racecheck), or says how.
"""

import argparse
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kernels.errors import UserError

if TYPE_CHECKING:
    from benchmarks.gpu_timing import Bench

Row = dict[str, Any]
# Rows in the order in which time is given to them: the module and function of each group.
GROUPS = {
    "prefill": "gpu_attention", "pictures": "gpu_attention", "memories": "gpu_attention", "decoding": "gpu_attention",
    "norms": "gpu_fusions", "rotations": "gpu_fusions", "gates": "gpu_fusions", "products": "gpu_fusions",
    "backward": "gpu_attention", "sound": "gpu_models", "picture": "gpu_picture", "decode_loops": "gpu_models",
    "others": "gpu_fusions",
}  # fmt: skip


def main(arguments: list[str]) -> None:
    """Measure, print, and keep; see the module's docstring for the arguments.

    Raises:
        UserError: there is no GPU here.
    """
    parser = argparse.ArgumentParser(prog="antigone bench gpu", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--only", default="", help=f"one group of rows: {', '.join(GROUPS)}")
    parser.add_argument("--seconds", type=float, default=480.0, help="after which no further row begins")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results", help="folder for CSV and plots")
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    parser.add_argument("--dry", action="store_true", help="every row once on the processor; no times")
    parser.add_argument("--peers", action="store_true", help="with --dry: transformers and flex_attention too")
    parser.add_argument("--sanitize", action="store_true", help="memcheck and racecheck on small shapes")
    options = parser.parse_args(arguments)
    if options.only and options.only not in GROUPS:
        parser.error(f"--only: {options.only!r} is not one of {', '.join(GROUPS)}")
    if options.sanitize:
        from benchmarks.gpu_sanitize import sanitize

        sanitize()
        return
    bench = _bench(options.dry, options.seconds, options.peers or not options.dry)
    _run(bench, options)


def _bench(dry: bool, seconds: float, peers: bool) -> "Bench":
    """Where it is measured. Raises UserError where there is no GPU, and it is no dry run."""
    if dry:
        os.environ["TRITON_INTERPRET"] = "1"  # before triton is imported
    import torch

    from benchmarks.gpu_timing import Bench

    if dry:
        _prepare_interpreter()
    elif not torch.cuda.is_available():
        raise UserError(
            "There is no CUDA GPU here, so its kernels cannot be timed.",
            "Run this on a machine with one, or try every row once on the processor: antigone bench gpu --dry",
        )
    return Bench(torch.device("cpu" if dry else "cuda"), dry, time.monotonic() + seconds, peers=peers)


def _prepare_interpreter() -> None:
    """Mend what the tests mend, where they are at hand."""
    try:
        mend = import_module("tests.kernel_support").mend_interpreter
    except ImportError:
        return
    mend()


def _run(bench: "Bench", options: argparse.Namespace) -> None:
    device = _device(bench)
    if not options.json:
        print(f"On {device}")
        print(f"{'what':52} {'ours':>9} {'peer':>9} {'ratio':>6} {'limit':>6}  unit, peer")
    kept = []
    for row in rows(bench, options.only):
        row["device"] = device
        kept.append(row)
        print(json.dumps(row) if options.json else line(row), flush=True)
    failed = sum(row.get("suite") == "WRONG" or row.get("value") == "failed" for row in kept)
    if not bench.dry:
        from benchmarks.gpu_report import save

        made = save(kept, options.out, device)
        if not options.json:
            met = [row["met"] for row in kept if row.get("met") is not None]
            print(
                f"{sum(met)} of {len(met)} goals are met; {failed} checks failed. Written: {', '.join(map(str, made))}"
            )
    if failed:
        raise UserError(f"{failed} kernels are wrong on {device}.", "Look at the rows that say WRONG or failed.")


def rows(bench: "Bench", only: str = "") -> Iterator[Row]:
    """Checks, ceilings, and the rows of every group, or of one."""
    from benchmarks.gpu_checks import checks
    from benchmarks.gpu_timing import ceilings

    with _door(bench, "checks"):
        yield from checks(bench, only)
        yield from ceilings(bench)
    for group, module in GROUPS.items():
        if only in ("", group):
            with _door(bench, group):
                yield from _guarded(bench, group, getattr(import_module(f"benchmarks.{module}"), group))


def _door(bench: "Bench", group: str) -> Any:
    """The door takes Triton's kernels also on the processor of a dry run; of whole models those would take minutes."""
    from kernels import dispatch

    whole = GROUPS.get(group) in ("gpu_models", "gpu_picture")
    return dispatch.force("auto" if not bench.dry else "torch" if whole else "triton")


def _guarded(bench: "Bench", group: str, work: Callable[["Bench"], Iterator[Row]]) -> Iterator[Row]:
    """A group's rows, or why there are none: one that fails doesn't cost the others."""
    if group in bench.wrong:
        yield {"name": group, "missing": "its results are wrong, so it is not timed"}
    elif bench.left < 0:
        yield {"name": group, "missing": "no time is left"}
    else:
        try:
            for row in work(bench):
                yield row
                if bench.left < -20:
                    yield {"name": f"{group}, the rest", "missing": "no time is left"}
                    return
        except Exception as error:
            logging.getLogger(__name__).info("%s failed", group, exc_info=True)
            yield {
                "name": group,
                "missing": f"it failed ({type(error).__name__}: {' '.join(str(error).split())[:200]})",
            }
        finally:
            import_module("benchmarks.gpu_models").release()


def _device(bench: "Bench") -> str:
    if bench.dry:
        return "no GPU: a dry run, whose times mean nothing"
    import torch
    import triton

    return f"{torch.cuda.get_device_name(0)}, torch {torch.__version__}, triton {triton.__version__}"


def line(row: Row) -> str:
    """A row as a line of the table."""
    if "missing" in row:
        return f"{row['name']:52} not compared: {row['missing']}"
    if "peer" in row:
        share = row.get("share_of_limit")
        numbers = f"{row['ours']:>9} {row['peer']:>9} {row['ratio'] or '':>6} {'' if share is None else share:>6}"
        goal = "" if row.get("met") is None else f"  {'met' if row['met'] else 'NOT MET'} ({row['reach']})"
        return f"{row['name']:52} {numbers}  {row['unit']}, {row['peer_name']}{goal}"
    return f"{row['name']:52} {row['value']:>9} {'':24}  {row.get('unit', '')} {row['suite']}"


def alone(arguments: Sequence[str]) -> int:
    """As `main`, for a machine with PyTorch alone: errors become two sentences and an exit code."""
    try:
        main(list(arguments))
    except UserError as error:
        print(f"{error.text} {error.remedy}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(alone(sys.argv[1:]))

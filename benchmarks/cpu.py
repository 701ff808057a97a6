"""Transcription and language model on this processor, beside the best free engines with the same weights.

    antigone bench cpu [--speech FOLDER] [--variations] [--runs N] [--threads N] [--only hearing|language]
                        [--model NAME] [--json]

Both sides in one run, interleaved, medians after a warm-up, another gain each time so that no input is seen twice. The
ceilings (matmul, copy) are read first; share_of_limit is the time that they allow over the time taken. --speech names a
folder with recordings and transcripts.tsv (file name, tab, words); without it sentences spoken by the program's own
voice are used. --variations counts words misheard on both, each also quieter, louder, slower, faster, with noise and
between silences, and how often the exact way (transcribe --exact) says something else; nothing is timed then. Peers are
optional: faster-whisper, llama-cpp-python, transformers.
"""

import argparse
import importlib
import importlib.util
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

from benchmarks import cpu_hearing

Row = dict[str, Any]


def main(arguments: list[str]) -> None:
    """Measure and print; see the module's docstring for the arguments."""
    parser = argparse.ArgumentParser(prog="antigone bench cpu", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--speech", type=Path, help="folder of recordings with transcripts.tsv")
    parser.add_argument("--variations", action="store_true", help="accuracy on many variations of the clips; untimed")
    parser.add_argument("--model", choices=cpu_hearing.RECOGNISERS, help="one recogniser in place of all")
    parser.add_argument("--runs", type=int, default=5, help="timed runs of each side")
    parser.add_argument("--threads", type=int, default=2, help="threads of each side")
    parser.add_argument("--only", choices=("hearing", "language"), help="one half of the benchmark")
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    device = f"{processor()}, {options.threads} threads"
    if not options.json:
        print(f"On {device}")
        print(f"{'what':44} {'ours':>9} {'peer':>9} {'ratio':>6} {'limit':>6}  unit, peer")
    for row in rows(options):
        row["device"] = device
        print(json.dumps(row) if options.json else line(row), flush=True)


def rows(options: argparse.Namespace) -> Iterator[Row]:
    """All rows of both halves, as they are measured."""
    ceiling = ceilings()
    yield {"name": "matmul float32", "suite": "ceiling", "value": round(ceiling["flops"] / 1e9), "n": 5,
           "unit": "GFLOP/s"}  # fmt: skip
    yield {"name": "copy", "suite": "ceiling", "value": round(ceiling["bytes"] / 1e9, 1), "n": 5, "unit": "GB/s"}
    if options.only != "language":
        yield from cpu_hearing.rows(options, ceiling)
    if options.only != "hearing":
        if importlib.util.find_spec("benchmarks.cpu_language") is None:
            yield {"name": "language model", "missing": "benchmarks/cpu_language.py"}
        else:
            yield from importlib.import_module("benchmarks.cpu_language").rows(options.runs, options.threads)


def ceilings() -> dict[str, float]:
    """What the processor can do now: float32 matmul in operations a second, copying in bytes a second."""
    a = torch.randn(1536, 1536)
    copied = torch.empty(32 << 20)
    source = torch.randn(32 << 20)
    return {
        "flops": 2 * 1536**3 / best(lambda: a @ a),
        "bytes": 2 * source.nbytes / best(lambda: copied.copy_(source)),
    }


def best(work: Callable[[], object], times: int = 5) -> float:
    """The shortest time of several, after one to warm up."""
    work()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def processor() -> str:
    """The processor's name."""
    import platform

    table = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.+)", table.read_text()) if table.exists() else None
    return found[1] if found else platform.processor() or platform.machine()


def line(row: Row) -> str:
    """A row as a line of the table."""
    if "missing" in row:
        return f"{row['name']:44} not compared: {row['missing']} is not installed"
    if "peer" in row:
        share = row.get("share_of_limit")
        numbers = f"{row['ours']:>9} {row['peer']:>9} {row['ratio']:>6} {'' if share is None else share:>6}"
        return f"{row['name']:44} {numbers}  {row['unit']}, {row['peer_name']}"
    return f"{row['name']:44} {row['value']:>9} {'':24}  {row.get('unit', '')} {row['suite']}"

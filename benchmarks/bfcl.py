"""How well does a brain call functions that no training of ours knows? The Berkeley Function Calling Leaderboard.

    antigone bench bfcl --brain tuned|MODEL [--category NAME] [--sample N] [--part I/N] [--data FOLDER] [--keep FILE]
    antigone bench bfcl --gather FILE [--results FILE]

simple_python and multiple: the one call is right by the leaderboard's own AST check (name, types, possible values).
irrelevance: no call is proposed. multi_turn_base: each turn after the true calls of the turns before it; the first
call proposed is one of the turn's functions ("function"), and is the turn's first true call exactly ("call"). That is
NOT the leaderboard's score of it, which executes whole conversations and compares what they changed; it is easier.
--brain MODEL is any language model of the table, zero-shot under a grammar; tuned is the one that ships with the tuned
adapter. --sample takes N cases of each category, the same ones for every brain (seed 20).
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.agent_tables import percentile, wilson
from benchmarks.bfcl_check import plain, wrong
from benchmarks.bfcl_data import CATEGORIES, Case, cases, folder, shown_name, tool_of
from benchmarks.cpu import processor
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.brains.base import Call, Caller

SEED = 20
Kept = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print; see the module's docstring for the arguments."""
    parser = argparse.ArgumentParser(prog="antigone bench bfcl", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--brain", default="tuned", metavar="tuned|MODEL", help="what proposes the calls")
    parser.add_argument("--category", choices=[*CATEGORIES, "all"], default="all")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="N cases of each category; 0 is all")
    parser.add_argument("--part", default="1/1", metavar="I/N", help="the I-th of N parts of the cases")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="an unpacked copy of bfcl-eval")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="add what was right to this file")
    parser.add_argument("--gather", type=Path, metavar="FILE", help="measure nothing: the table of what was kept")
    parser.add_argument("--results", type=Path, metavar="FILE", help="add the table to this file as JSON rows")
    parser.add_argument("--seconds", type=float, default=0, help="begin no case after this long; 0 is no limit")
    options = parser.parse_args(arguments)
    if options.gather is not None:
        kept = [json.loads(line) for line in options.gather.read_text(encoding="utf-8").splitlines()]
        kept = list({(one["brain"], one["id"]): one for one in kept}.values())
    else:
        kept = list(_measure(options))
    rows = list(table(kept))
    for row in rows:
        print(f"{row['name']:28} {row['brain']:22} {row['value']:6.1%}  ({row['low']:.1%} to {row['high']:.1%})  "
              f"of {row['n']}, {row['seconds']:.2f} s a call")  # fmt: skip
    if options.results is not None:
        with options.results.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)


def _measure(options: argparse.Namespace) -> Iterator[Kept]:
    data, caller = folder(options.data), load(options.brain)
    index, parts = (int(number) for number in options.part.split("/"))
    started = time.monotonic()
    known = _known(options.keep, options.brain)
    for category in CATEGORIES if options.category == "all" else [options.category]:
        for case in sampled(cases(data, category), options.sample)[index - 1 :: parts]:
            if case.id in known or (options.seconds and time.monotonic() - started > options.seconds):
                continue
            one = {"brain": options.brain, "sample": options.sample, **judged(case, caller)}
            if options.keep is not None:
                with options.keep.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(one) + "\n")
            yield one


def _known(keep: Path | None, brain: str) -> set[str]:
    """The cases that an earlier run has kept: a stopped run goes on where it was."""
    if keep is None or not keep.exists():
        return set()
    kept = (json.loads(line) for line in keep.read_text(encoding="utf-8").splitlines())
    return {one["id"] for one in kept if one["brain"] == brain}


def load(brain: str) -> "Caller":
    """What proposes the calls.

    Raises:
        UserError: there is no such model here.
    """
    if brain == "tuned":
        from assistant.brains import tuned

        model = tuned.load()
        return tuned.TunedBrain(lambda: model)
    from assistant.brains.local import LocalBrain

    return LocalBrain.load(brain)


def sampled(found: Sequence[Case], count: int) -> list[Case]:
    """All cases, or the same `count` of them for everybody, shuffled: what a stopped run has done is a sample too."""
    places = list(range(len(found)))
    if count:
        random.Random(SEED).shuffle(places)
    return [found[place] for place in places[: count or None]]


def judged(case: Case, caller: "Caller") -> Kept:
    """What is kept of one case: whether its call was right, how confident it was, how long it took."""
    tools = [tool_of(function) for function in case.functions]
    started = time.perf_counter()
    why, call = "", None
    try:
        call = caller.call(case.words, tools, case.history)  # type: ignore[arg-type]
    except (UserError, ValueError) as error:  # no usable answer, or a schema that no grammar can enforce: not right
        why = str(error)
    seconds = time.perf_counter() - started
    marks = marks_of(case, call) if not why else dict.fromkeys(marks_of(case, None), False)
    return {"id": case.id, "category": case.category, **marks, "failed": why[:80],
            "confidence": call.confidence if call else None, "seconds": round(seconds, 3)}  # fmt: skip


def marks_of(case: Case, call: "Call | None") -> dict[str, bool]:
    """ "function" and "call": see the module's docstring."""
    if case.category == "irrelevance":
        return {"call": call is None}
    if not case.answers:  # a turn in which nothing is to be called
        return {"function": call is None, "call": call is None}
    if call is None:
        return {"function": False, "call": False}
    truths = case.answers if case.category == "multi_turn_base" else case.answers[:1]
    functions = {shown_name(name) for answer in truths for name in answer}
    return {"function": call.name in functions, "call": _exact(case, call)}


def _exact(case: Case, call: "Call") -> bool:
    first = case.answers[0]
    name = next(iter(first))
    if call.name != shown_name(name):
        return False
    if case.category != "multi_turn_base":
        function = next(one for one in case.functions if one["name"] == name)
        return not wrong(function, name, call.arguments, first)
    return _same(dict(call.arguments), first[name])


def _same(given: Any, true: Any) -> bool:
    """Equal, where strings are compared as the leaderboard does."""
    if isinstance(given, str) and isinstance(true, str):
        return plain(given) == plain(true)
    if isinstance(given, dict) and isinstance(true, dict):
        return given.keys() == true.keys() and all(_same(given[name], true[name]) for name in true)
    if isinstance(given, list) and isinstance(true, list):
        return len(given) == len(true) and all(_same(one, other) for one, other in zip(given, true, strict=True))
    return bool(given == true) and isinstance(given, bool) == isinstance(true, bool)


def table(kept: Sequence[Kept]) -> Iterator[Kept]:
    """One row a brain, category and measure."""
    device = f"{processor()}, 2 threads"
    for brain in dict.fromkeys(one["brain"] for one in kept):
        for category in CATEGORIES:
            chosen = [one for one in kept if (one["brain"], one["category"]) == (brain, category)]
            measures = ("function", "call") if category == "multi_turn_base" else ("call",)
            for measure in measures if chosen else ():
                right = sum(one[measure] for one in chosen)
                low, high = wilson(right, len(chosen))
                name = f"{category}, first {measure}" if len(measures) > 1 else category
                yield {"name": name, "suite": "BFCL v4", "brain": brain, "value": round(right / len(chosen), 4),
                       "low": round(low, 4), "high": round(high, 4), "n": len(chosen), "unit": "share",
                       "seconds": percentile([one["seconds"] for one in chosen], 50), "device": device,
                       "date": date.today().isoformat()}  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])

"""Is the agent right? Runs written requests through the real agent and counts right tools, arguments and answers.

    antigone bench agent [--suite NAME] [--json] [--show] [--chooser both|fitted]

Suites are the files of tests/requests/ (its README gives the format): "tuned" is what the author of the step chooser
looked at, "untouched" was written by somebody else and is only ever run. Pictures are drawn here and read by OCR.
"""

import argparse
import json
import platform
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from assistant import language, tools
from assistant.agent import Agent
from assistant.memory import Store
from assistant.messages import Answer, ConsentAsked, Failed, Request, ToolCalled, ToolReturned
from assistant.session import Lazy, _load_encoder
from assistant.settings import Settings
from assistant.steps.close_calls import CloseCallChooser
from assistant.steps.planning import FittedChooser, StepChooser
from assistant.tools.base import ToolContext
from benchmarks.drawing import draw

REQUESTS = Path(__file__).parents[1] / "tests" / "requests"
SUITES = {"tuned": ("tuned.jsonl", "tuned_pictures.jsonl"), "untouched": ("untouched.jsonl",)}
MEASURES = ("tools", "arguments", "results", "answer", "success")


@dataclass
class Seen:
    """What the agent did in the judged turn."""

    calls: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    results: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    answer: str = ""


@dataclass(frozen=True)
class Judged:
    """Each measure is True, False, or None where the row says nothing about it."""

    row: Mapping[str, Any]
    seen: Seen
    marks: Mapping[str, bool | None]


def rows_of(suite: str) -> list[dict[str, Any]]:
    """The requests of a suite; a file that is not there counts as empty."""
    found = []
    for name in SUITES[suite]:
        path = REQUESTS / name
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        found += [json.loads(line) for line in lines if line.strip()]
    return found


class Bench:
    """Runs rows, each with a store of its own; the models are loaded once."""

    def __init__(self, chooser: StepChooser | None = None) -> None:
        encoder = Lazy(_load_encoder)
        self.encode = lambda texts: encoder().encode(texts)
        self.chooser = chooser or FittedChooser(self.encode)
        self.tools = tools.load()

    def run(self, row: Mapping[str, Any]) -> Judged | None:
        """One request; None where its picture is not on this machine."""
        with tempfile.TemporaryDirectory() as folder:
            picture = draw(row["picture"], Path(folder)) if row.get("picture") else None
            if row.get("picture") and picture is None:
                return None
            store = Store(Path(folder) / "home", self.encode)
            try:
                seen = self._turns(row, store, Settings(home=Path(folder) / "home"), picture)
            finally:
                store.close()
        return Judged(row, seen, judge(row["expect"], seen))

    def _turns(self, row: Mapping[str, Any], store: Store, settings: Settings, picture: Path | None) -> Seen:
        moment = datetime.fromisoformat(row["now"]).astimezone()
        agent = Agent(settings, store, self.tools, self.chooser, self.encode, None, lambda: moment)
        pictures = (picture,) if picture else ()
        for call in row.get("setup", ()):
            context = ToolContext(settings, store, lambda: moment, "", pictures)
            self.tools[call["name"]](context, **call["arguments"])
        words = row["request"] if isinstance(row["request"], list) else [row["request"]]
        seen = Seen()
        for turn in words:
            seen = Seen()
            for event in agent.turn(Request(turn, None, pictures, bool(row.get("consent")))):
                _note(event, seen)
        return seen


def _note(event: object, seen: Seen) -> None:
    match event:
        case ToolCalled(name=name, arguments=arguments) | ConsentAsked(name=name, arguments=arguments):
            seen.calls.append((name, arguments))
        case ToolReturned(name=name, result=result) if isinstance(result, Mapping):
            seen.results[name] = result
        case Answer(text=text):
            seen.answer = text
        case Failed(text=text, remedy=remedy):
            seen.answer = f"{text} {remedy}"


def judge(expect: Mapping[str, Any], seen: Seen) -> dict[str, bool | None]:
    """Each measure of tests/requests/README.md for what was seen; "success" is all that apply."""
    names = [name for name, _ in seen.calls]
    wanted = [expect["tools"], *expect.get("or_tools", [])]
    marks: dict[str, bool | None] = {
        "tools": any(_same(sequence, names) for sequence in wanted),
        "arguments": _fields(expect.get("arguments"), dict(seen.calls)),
        "results": _fields(expect.get("results"), seen.results),
        "answer": all(re.search(pattern, seen.answer, re.I) for pattern in expect.get("answer", ()))
        and not any(re.search(pattern, seen.answer, re.I) for pattern in expect.get("not_answer", ())),
    }
    return {**marks, "success": all(mark is not False for mark in marks.values())}


def _same(wanted: Sequence[str], names: Sequence[str]) -> bool:
    return len(wanted) == len(names) and all(name in want.split("|") for want, name in zip(wanted, names, strict=True))


def _fields(wanted: Mapping[str, Mapping[str, Any]] | None, found: Mapping[str, Mapping[str, Any]]) -> bool | None:
    if not wanted:
        return None
    return all(
        name in found and all(_equal(value, found[name].get(key)) for key, value in fields.items())
        for name, fields in wanted.items()
    )


def _equal(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, str):
        return value is not None and re.search(wanted, str(value), re.I) is not None
    if isinstance(wanted, int | float) and not isinstance(wanted, bool):
        try:
            return abs(float(value) - wanted) < 1e-9 + 1e-6 * abs(wanted)
        except (TypeError, ValueError):
            return False
    return bool(wanted == value)


def score(judged: Sequence[Judged]) -> dict[str, tuple[float, int]]:
    """measure -> (share right, rows it applies to)."""
    table = {}
    for measure in MEASURES:
        marks = [one.marks[measure] for one in judged if one.marks[measure] is not None]
        table[measure] = (sum(map(bool, marks)) / len(marks) if marks else 0.0, len(marks))
    return table


def confusions(judged: Sequence[Judged]) -> list[tuple[str, int]]:
    """Wrong tool sequences as "wanted -> chosen", the most frequent first."""
    wrong = Counter(
        f"{'+'.join(one.row['expect']['tools']) or 'none'} -> {'+'.join(name for name, _ in one.seen.calls) or 'none'}"
        for one in judged
        if not one.marks["tools"]
    )
    return wrong.most_common(12)


def failures(judged: Sequence[Judged]) -> Iterator[str]:
    """What went wrong, a line a row; for the suite that may be looked at."""
    for one in judged:
        if not one.marks["success"]:
            bad = ",".join(name for name in MEASURES[:-1] if one.marks[name] is False)
            calls = "; ".join(f"{name}{dict(arguments)}" for name, arguments in one.seen.calls)
            said = f"{calls or 'none'}\n    {one.seen.answer[:200]!r}"
            yield f"{one.row['id']} [{bad}] {one.row['request']!r}\n    {said}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="antigone bench agent", description="Is the agent right?")
    parser.add_argument("--suite", choices=[*SUITES, "all"], default="all")
    parser.add_argument("--json", action="store_true", help="one object a row")
    parser.add_argument("--show", action="store_true", help="list what failed (never for the untouched suite)")
    parser.add_argument("--chooser", choices=["both", "fitted"], default="fitted", help="both: the language model too")
    parser.add_argument("--only", default="", help="rows whose id begins so")
    options = parser.parse_args(arguments)
    bench = Bench()
    if options.chooser == "both":
        bench.chooser = CloseCallChooser(bench.chooser, Lazy(language.load))
    for suite in SUITES if options.suite == "all" else [options.suite]:
        started = time.monotonic()
        rows = [row for row in rows_of(suite) if str(row["id"]).startswith(options.only)]
        found = [bench.run(row) for row in rows]
        judged = [one for one in found if one is not None]
        took = (time.monotonic() - started) / max(1, len(judged))
        _print(suite, judged, len(found) - len(judged), took, options.json)
        if options.show and suite != "untouched":
            print("\n".join(failures(judged)))


def _print(suite: str, judged: Sequence[Judged], skipped: int, seconds: float, as_json: bool) -> None:
    device = platform.processor() or platform.machine()
    table = score(judged)
    if as_json:
        for measure, (value, count) in table.items():
            print(
                json.dumps(
                    {"name": f"agent {measure}", "suite": suite, "value": round(value, 4), "n": count, "device": device}
                )
            )
        return
    print(
        f"{suite}: {len(judged)} requests, {skipped} skipped (picture not here), {seconds:.2f} s a request on {device}"
    )
    for measure, (value, count) in table.items():
        print(f"  {measure:10} {value:6.1%}  of {count}")
    for line, times in confusions(judged) if suite != "untouched" else ():
        print(f"  {times} x {line}")


if __name__ == "__main__":
    main(sys.argv[1:])

"""Hands-free, from the last sound of a request to the first sound of its answer: where the time goes, beside peers.

    antigone bench voice [--only turns|barge|ready|pipecat] [--part I/N] [--pipecat PYTHON] [--keep FILE] [--json]
    antigone bench voice --gather FILE [--plot PICTURE] [--json]

Requests spoken by several voices (benchmarks/voice_requests.py) reach the real voice loop as from a microphone, in
real time; what it plays is noted sample by sample. After each one the same request goes through the same parts one
after the other: a fixed silence of 0.8 s, faster-whisper, llama.cpp with the same weights that names the tool under a
grammar, the tool, Piper on the whole answer (needs faster-whisper and llama-cpp-python). With --pipecat, a Python that
has pipecat-ai and llama-cpp-python's server runs Pipecat's own pipeline on the same clips. All seconds begin at the
last voiced sample of the request. --part does one of N parts, so that a run stays short; --keep adds what was measured
to a file, --gather makes the table of it.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.cpu import line, processor
from benchmarks.plotting import Chart, draw
from benchmarks.voice_requests import INTERRUPTIONS, LONG_ANSWER, ONE_TOOL, TWO_TOOLS, clips
from benchmarks.voice_turns import conversation, middle

Row = dict[str, Any]
KINDS = ("turns", "barge", "ready", "pipecat")
STAGES = {"decided": "end of turn decided", "said": "text known", "answer": "answer's first words known",
          "sound": "first sound"}  # fmt: skip
SIDES = {"ours": "this program", "sequence": "one part after the other", "pipecat": "Pipecat's defaults"}
BARGES = 12


def main(arguments: list[str]) -> None:
    """Measure and print; see the module's docstring for the arguments."""
    parser = argparse.ArgumentParser(prog="antigone bench voice", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--only", choices=KINDS, help="one of the measurements; all but pipecat unless given")
    parser.add_argument("--part", default="1/1", metavar="I/N", help="the I-th of N parts of the requests")
    parser.add_argument("--pipecat", type=Path, metavar="PYTHON", help="a Python that has pipecat-ai")
    parser.add_argument("--threads", type=int, default=2, help="threads of each of the peers' parts")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="add what was measured to this file")
    parser.add_argument("--gather", type=Path, metavar="FILE", help="measure nothing: the table of what was kept")
    parser.add_argument("--plot", type=Path, metavar="PICTURE", help="draw the stages")
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="antigone-bench-") as home:  # nothing is noted among the user's own
        os.environ["ANTIGONE_HOME"] = home
        _run(options)


def _run(options: argparse.Namespace) -> None:
    device = f"{processor()}, 2 threads"
    if options.gather is not None:
        found = [json.loads(text) for text in options.gather.read_text(encoding="utf-8").splitlines()]
    else:
        found = []
        for record in measure(options):
            found.append(record | {"device": device})
            if options.keep is not None:
                with options.keep.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(found[-1]) + "\n")
    if not options.json:
        print(f"On {found[0]['device'] if found else device}")
    for row in rows(found):
        print(json.dumps(row) if options.json else line(row), flush=True)
    if options.plot is not None:
        plot(found, found[0]["device"]).save(options.plot)


def measure(options: argparse.Namespace) -> Iterator[Row]:
    """What was asked for, record by record."""
    part, _, parts = options.part.partition("/")
    own = slice(int(part) - 1, None, int(parts))
    kinds = (options.only,) if options.only else ("ready", "turns", "barge")
    if "ready" in kinds:
        from benchmarks.voice_ready import fresh_processes

        for record in fresh_processes():
            yield record | {"kind": "ready", "side": "ours"}
    if "turns" in kinds:
        yield from turns(own, options.threads)
    if "barge" in kinds:
        yield from barges(own)
    if "pipecat" in kinds:
        from benchmarks.voice_peers import pipecat

        for record in pipecat(options.pipecat, list(clips(ONE_TOOL))[own]):
            yield record | {"kind": "turn", "side": "pipecat", "tools": 1}


def turns(own: slice, threads: int) -> Iterator[Row]:
    """Requests to the loop and, where they are installed, to the peers' parts, by turns."""
    from assistant.session import open_session
    from benchmarks import voice_peers

    asked = [*list(clips(ONE_TOOL))[own], *list(clips(TWO_TOOLS, len(ONE_TOOL)))[own]]
    absent = voice_peers.missing()
    for name in absent:
        yield {"kind": "missing", "side": "sequence", "name": name}
    with open_session() as other, conversation() as talk:
        peers = None if absent else voice_peers.Sequence(other, threads)
        warm = next(clips(ONE_TOOL[5:6]))
        talk.ask(warm)
        if peers is not None:
            peers.ask(warm)
        for clip in asked:
            about = {"kind": "turn", "tools": len(clip.tools.split())}
            yield talk.ask(clip) | about | {"side": "ours"}
            if peers is not None:
                yield peers.ask(clip) | about | {"side": "sequence"}
        if peers is not None:
            peers.close()


def barges(own: slice) -> Iterator[Row]:
    """Words spoken into a long answer, at different places of it."""
    wanted = [(INTERRUPTIONS[number % len(INTERRUPTIONS)], "") for number in range(BARGES)]
    words, (question,) = list(clips(wanted)), clips([LONG_ANSWER])
    with conversation() as talk:
        for number, clip in list(enumerate(words))[own]:
            yield talk.interrupt(question, clip, 0.6 + 0.17 * number) | {"kind": "barge", "side": "ours"}


def rows(found: list[Row]) -> Iterator[Row]:
    """The table of what was measured."""
    device = found[0]["device"] if found else ""
    for row in _rows(found):
        yield row | {"device": device}


def _rows(found: list[Row]) -> Iterator[Row]:
    turn = {side: [r for r in found if r["kind"] == "turn" and r["side"] == side and r["tools"] == 1] for side in SIDES}
    two = [r for r in found if r["kind"] == "turn" and r["side"] == "ours" and r["tools"] > 1]
    for side, records in turn.items():
        for stage, name in STAGES.items():
            yield from _spread(f"{name} after the end of speech", SIDES[side], [r.get(stage) for r in records])
        yield from _words(SIDES[side], records)
    yield from _spread("first sound after the end of speech, two tools", SIDES["ours"], [r["sound"] for r in two])
    yield from _ratios(turn)
    early = [r for r in [*turn["ours"], *two] if r["early"] or r["turns"] != 1]
    if turn["ours"]:
        yield {"name": "turns ended early or cut in two", "suite": SIDES["ours"], "value": len(early),
               "n": len(turn["ours"]) + len(two), "unit": "turns"}  # fmt: skip
    barge = [r["silent"] for r in found if r["kind"] == "barge"]
    yield from _spread("barge-in: voice to silence", SIDES["ours"], barge)
    measured: dict[tuple[str, str], list[float]] = {}
    for record in (r for r in found if r["kind"] == "ready"):
        measured.setdefault((record["name"], record["unit"]), []).append(record["value"])
    for (name, unit), values in measured.items():
        yield {"name": name, "suite": SIDES["ours"], "value": middle(values, 0.5), "n": len(values), "unit": unit}
    for record in (r for r in found if r["kind"] == "missing"):
        yield {"name": SIDES[record["side"]], "missing": record["name"]}


def _spread(name: str, suite: str, values: list[float | None]) -> Iterator[Row]:
    """Median and 95th percentile; what never came is told."""
    there = [value for value in values if value is not None]
    if there:
        for label, share in (("p50", 0.5), ("p95", 0.95)):
            yield {"name": f"{name}, {label}", "suite": suite, "value": round(middle(there, share), 3), "n": len(there),
                   "unit": "s"}  # fmt: skip
    if len(there) < len(values):
        yield {
            "name": f"{name}: never",
            "suite": suite,
            "value": len(values) - len(there),
            "n": len(values),
            "unit": "",
        }


def _words(suite: str, records: list[Row]) -> Iterator[Row]:
    spoken = sum(r.get("count", 0) for r in records)
    if spoken:
        wrong = sum(r["wrong"] for r in records)
        yield {"name": "words misheard", "suite": suite, "value": round(wrong / spoken, 4), "n": spoken, "unit": ""}
    named = [r["right"] for r in records if "right" in r]
    if named:
        yield {"name": "right tool", "suite": suite, "value": round(sum(named) / len(named), 3), "n": len(named),
               "unit": ""}  # fmt: skip


def _ratios(turn: dict[str, list[Row]]) -> Iterator[Row]:
    """First sound beside each peer's on the same requests, counted from the end of speech and from the decision."""
    for side, records in turn.items():
        theirs = {(r["text"], r["voice"]): r for r in records if r.get("sound") and r.get("decided")}
        ours = {(r["text"], r["voice"]): r for r in turn["ours"] if r["sound"] and r["decided"]}
        both = sorted(theirs.keys() & ours.keys())
        if side == "ours" or not both:
            continue
        for label, base in (("", ""), (", counted from the decided end of turn", "decided")):
            mine, other = (
                middle([some[key]["sound"] - (some[key][base] if base else 0.0) for key in both], 0.5)
                for some in (ours, theirs)
            )
            yield {"name": f"first sound of {len(both)} requests, p50{label}", "ours": round(mine, 3),
                   "peer": round(other, 3), "peer_name": SIDES[side], "ratio": round(other / mine, 2), "unit": "s",
                   "share_of_limit": None}  # fmt: skip


def plot(found: list[Row], device: str) -> Any:
    """Every request's stages, each sorted; then the first sound of all sides."""
    turn = [r for r in found if r["kind"] == "turn" and r["tools"] == 1]

    def sort(side: str, stage: str) -> list[tuple[float, float]]:
        values = sorted(r[stage] for r in turn if r["side"] == side and r.get(stage) is not None)
        return [(100 * (place + 1) / len(values), value) for place, value in enumerate(values)]

    across, up = "share of the requests, %", "seconds after the end of speech, at most"
    return draw(
        [
            Chart("Stages of this program", across, up, {name: sort("ours", stage) for stage, name in STAGES.items()}),
            Chart("First sound of the answer", across, up, {name: sort(side, "sound") for side, name in SIDES.items()}),
        ],
        f"Spoken requests that need one tool. {device}",
    )


if __name__ == "__main__":
    main(sys.argv[1:])

"""Is the agent right? Runs written requests through the real agent and counts right tools, arguments and answers.

    antigone bench agent [--suite NAME] [--brain on|off] [--chooser both|fitted] [--part I/N] [--keep FILE] [--kinds]
    antigone bench agent --gather FILE [--results FILE] [--plot PICTURE] [--kinds]

Suites are the files of tests/requests/ (its README gives the format and who has read which): "untouched" and
"final_six" are only ever run: of these only sums are printed. Pictures are drawn here and read by OCR.
--brain off is the fitted chooser without the tuned model beside it, --brain MODEL any other language model, zero-shot;
--chooser none leaves the brain alone. --part runs one of N parts, so that a run stays
short; --keep adds what was right (never a row's words) to a file, and what is there already is not run again; --gather
makes the tables of it, --results adds them to a file of JSON rows, --plot draws how well the confidence of a choice
says whether it is right. Times are of this process: a picture that was read for an earlier row is not read again.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.agent_judge import MEASURES, OLDER, Judged
from benchmarks.agent_rows import SUITES, UNSEEN, rows_of, sampled
from benchmarks.agent_tables import by_tool, measures, outcome, results, table
from benchmarks.calibration import BINS, Pair, area_under_risk, at_threshold, calibration_error, reliability
from benchmarks.cpu import processor
from benchmarks.plotting import Chart, draw


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print; see the module's docstring for the arguments."""
    parser = argparse.ArgumentParser(prog="antigone bench agent", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--suite", choices=[*SUITES, "all"], default="written")
    parser.add_argument("--brain", default="on", metavar="on|off|MODEL", help="the language model that plans too")
    parser.add_argument(
        "--chooser",
        choices=["both", "fitted", "none"],
        default="fitted",
        help="both: close steps weighed by the language model that is not tuned; none: the brain alone",
    )
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="N rows without pictures, always the same")
    parser.add_argument("--part", default="1/1", metavar="I/N", help="the I-th of N parts of the rows")
    parser.add_argument("--only", default="", help="rows whose id begins so")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="add what was right to this file")
    parser.add_argument("--seconds", type=float, default=0, help="begin no row after this long; 0 is no limit")
    parser.add_argument("--gather", type=Path, metavar="FILE", help="measure nothing: the tables of what was kept")
    parser.add_argument("--results", type=Path, metavar="FILE", help="add the tables to this file as JSON rows")
    parser.add_argument("--plot", type=Path, metavar="PICTURE", help="draw the calibration")
    parser.add_argument("--kinds", action="store_true", help="count by expected tool")
    parser.add_argument("--show", action="store_true", help="list what failed (never of untouched and final_six)")
    parser.add_argument("--json", action="store_true", help="one object a row of the tables")
    options = parser.parse_args(arguments)
    if options.gather is not None:
        kept = [json.loads(line) for line in options.gather.read_text(encoding="utf-8").splitlines()]
        run = _runs(options.results) + 1  # the same for all settings that are gathered together
        for suite, setup in sorted({(one["suite"], one["setup"]) for one in kept}):
            chosen = {one["id"]: one for one in kept if (one["suite"], one["setup"]) == (suite, setup)}
            _report(list(chosen.values()), 0, options, run)
        return
    for suite in SUITES if options.suite == "all" else [options.suite]:
        _measure(suite, options)


def _measure(suite: str, options: argparse.Namespace) -> None:
    bench = _bench(suite, options)
    setup = f"brain {options.brain}" + {"both": ", weighed", "none": " alone"}.get(options.chooser, "")
    started, judged, kept, skipped = time.monotonic(), [], [], 0
    known = _known(options.keep, suite, setup)
    for row in sampled(rows_of(suite, options.only, options.part), options.sample):
        if row["id"] in known or (options.seconds and time.monotonic() - started > options.seconds):
            continue
        one = bench.run(row)
        if one is None:
            skipped += 1
            continue
        judged.append(one)
        kept.append(outcome(one, suite, setup))
        if options.keep is not None:
            with options.keep.open("a", encoding="utf-8") as file:
                file.write(json.dumps(kept[-1]) + "\n")
    if kept:
        _report(kept, skipped, options, _runs(options.results) + 1)
    if options.show and suite not in UNSEEN:
        print("\n".join(failures(judged)))
        for line, times in confusions(judged):
            print(f"  {times} x {line}")


def _known(keep: Path | None, suite: str, setup: str) -> set[str]:
    """The rows that an earlier run has kept: a stopped run goes on where it was."""
    if keep is None or not keep.exists():
        return set()
    kept = (json.loads(line) for line in keep.read_text(encoding="utf-8").splitlines())
    return {one["id"] for one in kept if (one["suite"], one["setup"]) == (suite, setup)}


def _bench(suite: str, options: argparse.Namespace) -> Any:
    from assistant import language
    from assistant.session import Lazy
    from assistant.steps.close_calls import CloseCallChooser
    from benchmarks.agent_brains import Blank
    from benchmarks.agent_run import Bench

    bench = Bench(Blank() if options.chooser == "none" else None, older=suite in OLDER, brain=options.brain)
    if options.chooser == "both":
        model = Lazy(language.load)
        model()  # before a row's own home is in force
        bench.chooser = CloseCallChooser(bench.chooser, model)
    return bench


def _report(kept: Sequence[dict[str, Any]], skipped: int, options: argparse.Namespace, run: int) -> None:
    device = f"{processor()}, 2 threads"
    pairs = [(one["choice"], bool(one["tools"])) for one in kept if one["choice"] is not None]
    rows = results(kept, device, run if kept[0]["suite"] == "held_out" and options.results else 0)
    rows += [{**rows[0], **row} for row in _calibration_rows(pairs)] if pairs else []
    if options.results is not None:
        with options.results.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(_plain(row)) + "\n" for row in rows)
    if options.json:
        print("\n".join(json.dumps(_plain(row)) for row in rows))
        return
    print("\n".join([*table(kept, skipped, device), *measures(kept)]))
    if pairs:
        print("\n".join(_calibration(pairs)))
    if options.kinds:
        print("\n".join(by_tool(kept)))
    if options.plot is not None and pairs:
        _plot(pairs, f"{kept[0]['suite']}, {kept[0]['setup']}").save(options.plot)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


def _runs(file: Path | None) -> int:
    """How many whole runs of the held-out suite the results already hold."""
    if file is None or not file.exists():
        return 0
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return max((int(row.get("run", 0)) for row in rows if row.get("suite") == "held_out"), default=0)


def _calibration_rows(pairs: Sequence[Pair]) -> Iterator[dict[str, Any]]:
    plain = {"low": None, "high": None, "n": len(pairs)}
    yield {"name": "confidence of the choice, ECE", "value": round(calibration_error(pairs), 4), **plain}
    yield {"name": "confidence of the choice, AURC", "value": round(area_under_risk(pairs), 4), **plain}


def _calibration(pairs: Sequence[Pair]) -> Iterator[str]:
    ece, aurc = calibration_error(pairs), area_under_risk(pairs)
    yield f"  confidence of the choice: ECE {ece:.3f}, AURC {aurc:.3f}, n {len(pairs)}"
    for one in reliability(pairs):
        yield f"    {one.confidence:5.2f} said, {one.right:5.2f} right, {one.count:4} choices"
    for threshold in (0.5, 0.7, 0.9):
        point = at_threshold(pairs, threshold)
        yield f"    at {threshold}: {point.coverage:.1%} answered, {point.accuracy:.1%} of them right"


def _plot(pairs: Sequence[Pair], which: str) -> Any:
    bins = reliability(pairs, BINS)
    charts = [
        Chart("Reliability of the choice", "confidence said", "share right",
              {"measured": [(one.confidence, one.right) for one in bins], "as said": [(0.0, 0.0), (1.0, 1.0)]}),
        Chart("How often each confidence was said", "confidence said", "choices",
              {"choices": [(one.confidence, float(one.count)) for one in bins]}),
    ]  # fmt: skip
    return draw(charts, f"Confidence of the chosen steps: {which}, ECE {calibration_error(pairs):.3f}")


def confusions(judged: Sequence[Judged]) -> list[tuple[str, int]]:
    """Wrong tool sequences as "wanted -> chosen", the most frequent first."""
    wrong = Counter(
        f"{'+'.join(one.row['expect']['tools']) or 'none'} -> {'+'.join(name for name, _ in one.seen.calls) or 'none'}"
        for one in judged
        if not one.marks["tools"]
    )
    return wrong.most_common(20)


def failures(judged: Sequence[Judged]) -> Iterator[str]:
    """What went wrong, a line a row; for the suites that may be looked at."""
    for one in judged:
        if not one.marks["success"]:
            bad = ",".join(name for name in MEASURES[:-1] if one.marks[name] is False)
            calls = "; ".join(f"{name}{dict(arguments)}" for name, arguments in one.seen.calls)
            said = f"{calls or 'none'}\n    {one.seen.answer[:200]!r}"
            yield f"{one.row['id']} [{bad}] {one.row['request']!r}\n    {said}"


if __name__ == "__main__":
    main(sys.argv[1:])

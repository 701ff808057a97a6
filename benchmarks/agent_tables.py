"""The tables of benchmarks/agent.py: shares with their intervals, by kind, by tool, and how long a turn takes.

What is kept of a judged row is an outcome: its id, its kind and what was right, never its words.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from benchmarks.agent_judge import MEASURES, Judged
from benchmarks.agent_rows import KINDS, half_of, kind_of, of_kind, tools_of

Outcome = Mapping[str, Any]
SHARES = {"tools": "right tools", "called": "right tools and arguments", "success": "all right"}


def outcome(judged: Judged, suite: str, setup: str) -> dict[str, Any]:
    """What is kept of a judged row. `setup` says which agent it was ("brain on")."""
    marks, seen, row = judged.marks, judged.seen, judged.row
    called = bool(marks["tools"]) and marks["arguments"] is not False and marks["results"] is not False
    return {
        "id": row["id"], "suite": suite, "setup": setup, "kind": kind_of(row["expect"]),
        "half": half_of(str(row["id"])), "expected": tools_of(row["expect"]), **marks, "called": called,
        "choice": seen.choice, "source": seen.source, "confidence": seen.confidence, "sure": seen.sure,
        "steps": len(seen.calls), "picture": bool(row.get("picture") or row.get("camera") or row.get("screen")),
        "seconds": round(seen.seconds, 4), "fresh": seen.fresh,
    }  # fmt: skip


def wilson(right: int, total: int, z: float = 1.959964) -> tuple[float, float]:
    """The Wilson score interval of a share, 95% unless `z` says otherwise (Wilson 1927); (0, 1) of nothing."""
    if total == 0:
        return 0.0, 1.0
    share, spread = right / total, z * z / total
    middle = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / total + spread / (4 * total)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def percentile(values: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile; 0 of nothing."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(len(ranked) * percent / 100) - 1)] if ranked else 0.0


def results(outcomes: Sequence[Outcome], device: str, run: int = 0) -> list[dict[str, Any]]:
    """The rows for benchmarks/results/agent.jsonl: shares by kind with their intervals, then the time a turn takes."""
    first = outcomes[0]
    about = {"suite": first["suite"], "setup": first["setup"], "device": device, "date": date.today().isoformat()}
    about |= {"run": run} if run else {}
    rows = []
    for kind in (*KINDS, "all"):
        chosen = of_kind(kind, outcomes)
        for measure, said in SHARES.items() if chosen else ():
            right = sum(bool(one[measure]) for one in chosen)
            low, high = wilson(right, len(chosen))
            rows.append({"name": f"{kind}, {said}", "value": round(right / len(chosen), 4), "low": round(low, 4),
                         "high": round(high, 4), "n": len(chosen), "unit": "share", **about})  # fmt: skip
    for half in "ab":
        chosen = [one for one in outcomes if one["half"] == half]
        right = sum(bool(one["called"]) for one in chosen)
        if chosen:
            rows.append({"name": f"half {half}, {SHARES['called']}", "value": round(right / len(chosen), 4),
                         "n": len(chosen), "unit": "share", **about})  # fmt: skip
    return rows + [{**row, **about} for row in _times(outcomes)]


def _times(outcomes: Sequence[Outcome]) -> Iterator[dict[str, Any]]:
    groups = {
        "any turn": [one["seconds"] for one in outcomes],
        "turn of one tool, no picture": [
            one["seconds"] for one in outcomes if one["steps"] == 1 and not one["picture"]
        ],
        "turn of one tool, new picture": [one["seconds"] for one in outcomes if one["steps"] == 1 and one["fresh"]],
    }
    for name, seconds in groups.items():
        for percent in (50, 95) if seconds else ():
            value = round(percentile(seconds, percent), 3)
            yield {"name": f"{name}, p{percent}", "value": value, "n": len(seconds), "unit": "s"}


def table(outcomes: Sequence[Outcome], skipped: int, device: str) -> Iterator[str]:
    """The results of one suite as text, a line at a time."""
    first = outcomes[0]
    left_out = f", {skipped} skipped (picture not here)" if skipped else ""
    yield f"{first['suite']}, {first['setup']}: {len(outcomes)} requests{left_out}; {date.today()}, {device}"
    yield f"  {'':12} {'n':>4}   " + "   ".join(f"{said:^26}" for said in SHARES.values())
    for kind in (*KINDS, "all"):
        chosen = of_kind(kind, outcomes)
        if not chosen:
            continue
        cells = []
        for measure in SHARES:
            right = sum(bool(one[measure]) for one in chosen)
            low, high = wilson(right, len(chosen))
            cells.append(f"{right / len(chosen):6.1%} ({low:6.1%} to {high:6.1%})")
        yield f"  {kind:12} {len(chosen):4}   " + "   ".join(f"{cell:^26}" for cell in cells)
    for row in _times(outcomes):
        yield f"  {row['name']:34} {row['value']:7.3f} s  of {row['n']}"


def by_tool(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """How often a row that expects a tool was right, tool by tool: counts alone, so that no row can be told."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for one in outcomes:
        for name in one["expected"]:
            for place, mark in enumerate((True, one["tools"], one["called"], one["success"])):
                counts[name][place] += bool(mark)
    yield f"  {'expected in the row':28} {'rows':>5} {'tools':>6} {'called':>7} {'all':>5}"
    for name, (rows, right, called, all_right) in sorted(counts.items()):
        yield f"  {name:28} {rows:5} {right:6} {called:7} {all_right:5}"


def measures(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Each measure of tests/requests/README.md on its own, over the rows that say something about it."""
    for measure in MEASURES:
        marks = [one[measure] for one in outcomes if one[measure] is not None]
        share = sum(map(bool, marks)) / len(marks) if marks else 0.0
        yield f"  {measure:10} {share:6.1%}  of {len(marks)}"

"""The suites of written requests: which files, which rows, of which kind."""

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

REQUESTS = Path(__file__).parents[1] / "tests" / "requests"
SUITES = {
    "tuned": ("tuned.jsonl", "tuned_pictures.jsonl"),
    "written": ("written.jsonl",),
    "written_two": ("written_two.jsonl",),
    "untouched": ("untouched.jsonl",),
    "held_out": ("held_out.jsonl",),
    "final": ("final.jsonl",),
    "final_two": ("final_two_a.jsonl", "final_two_b.jsonl"),
    "final_three": ("final_three_a.jsonl", "final_three_b.jsonl"),
    "final_four": ("final_four_a.jsonl", "final_four_b.jsonl"),
    "final_five": ("final_five_a.jsonl", "final_five_b.jsonl"),
    "final_six": ("final_six_a.jsonl", "final_six_b.jsonl"),
    "dense_sums": ("dense_sums.jsonl",),
    "dense_times": ("dense_times.jsonl",),
    "dense_kept": ("dense_kept.jsonl",),
    "dense_several": ("dense_several.jsonl",),
    "dense_singles": ("dense_singles.jsonl",),
    "ordinary": ("ordinary_a.jsonl", "ordinary_b.jsonl"),
}
UNSEEN = ("untouched", "final_six")  # of these only sums are ever printed
KINDS = ("single-step", "multi-step", "none due")

Row = Mapping[str, Any]


def rows_of(suite: str, only: str = "", part: str = "1/1") -> list[Row]:
    """The requests of a suite; a file that is not there counts as empty.

    Args:
        only: rows whose id begins so.
        part: "I/N", the I-th of N parts that follow each other: neighbours often share a picture, which is read once.

    Raises:
        ValueError: the part is no "I/N" with 1 <= I <= N.
    """
    found: list[Row] = []
    for name in SUITES[suite]:
        path = REQUESTS / name
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        found += [json.loads(line) for line in lines if line.strip()]
    index, parts = (int(number) for number in part.split("/"))
    if not 1 <= index <= parts:
        raise ValueError(f"there is no part {part}")
    chosen = [row for row in found if str(row["id"]).startswith(only)]
    return chosen[len(chosen) * (index - 1) // parts : len(chosen) * index // parts]


def sampled(rows: Sequence[Row], count: int) -> list[Row]:
    """All rows, or the same `count` of those without pictures for everybody (seed 20), in their order."""
    if not count:
        return list(rows)
    plain = [row for row in rows if not (row.get("picture") or row.get("camera") or row.get("screen"))]
    places = sorted(random.Random(20).sample(range(len(plain)), min(count, len(plain))))
    return [plain[place] for place in places]


def kind_of(expect: Row) -> str:
    """By the first expected sequence: "single-step", "multi-step" (two tools or more), "none due"."""
    return KINDS[min(len(expect["tools"]), 2) - 1] if expect["tools"] else "none due"


def half_of(row_id: str) -> str:
    """ "a" or "b": a split of a suite in two that nobody chose, by the id's SHA-256."""
    return "ab"[hashlib.sha256(row_id.encode()).digest()[0] % 2]


def tools_of(expect: Row) -> list[str]:
    """The expected tools of a row for counting: each once, "none" where none is due."""
    return sorted(set(expect["tools"])) or ["none"]


def of_kind(kind: str, rows: Sequence[Row]) -> list[Row]:
    """The kept outcomes (see agent_tables) of one kind; all of them for "all"."""
    return [row for row in rows if kind in ("all", row["kind"])]

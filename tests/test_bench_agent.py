"""Judging is judged: what counts as right in written requests, shares with their intervals, calibration."""

import json
import math
import re
from itertools import chain

import pytest

from assistant import tools
from benchmarks.agent_judge import Seen, judge
from benchmarks.agent_rows import KINDS, SUITES, half_of, kind_of, rows_of
from benchmarks.agent_tables import by_tool, outcome, percentile, results, table, wilson
from benchmarks.calibration import area_under_risk, at_threshold, calibration_error, coverage_curve, reliability


def _marks(expect: dict, calls: list, answer: str = "", results: dict | None = None, *, older: bool = False) -> dict:
    return judge({"answer": [], **expect}, Seen(calls, results or {}, answer), older=older)


def test_tools_count_in_their_order_and_number() -> None:
    expect = {"tools": ["read_text", "set_reminder"]}
    assert _marks(expect, [("read_text", {}), ("set_reminder", {})])["success"]
    for calls in ([("set_reminder", {}), ("read_text", {})], [("read_text", {})], [("read_text", {})] * 3, []):
        assert not _marks(expect, calls)["tools"]


def test_either_tool_and_another_sequence_are_as_good() -> None:
    expect = {"tools": ["delete_note|edit_note"], "or_tools": [["undo", "add_note"]]}
    assert _marks(expect, [("edit_note", {})])["tools"]
    assert _marks(expect, [("undo", {}), ("add_note", {})])["tools"]
    assert not _marks(expect, [("undo", {})])["tools"]


def test_arguments_are_searched_and_numbers_must_be_equal() -> None:
    expect = {"tools": ["start_timer"], "arguments": {"start_timer": {"duration": "five"}},
              "results": {"start_timer": {"seconds": 300}}}  # fmt: skip
    good = _marks(expect, [("start_timer", {"duration": "FIVE minutes"})], results={"start_timer": {"seconds": 300.0}})
    assert good["success"]
    late = _marks(expect, [("start_timer", {"duration": "five"})], results={"start_timer": {"seconds": 301}})
    assert late["arguments"] and late["results"] is False and not late["success"]
    assert _marks(expect, [("start_timer", {})])["arguments"] is False


def test_arguments_of_a_tool_that_the_accepted_sequence_does_without_are_not_looked_at() -> None:
    expect = {"tools": ["start_timer"], "or_tools": [["set_reminder"]], "results": {"start_timer": {"seconds": 900}}}
    assert _marks(expect, [("set_reminder", {})])["success"]
    assert not _marks(expect, [("set_reminder", {})], older=True)["success"]  # as it always was in the older suites


def test_what_must_and_must_not_be_said() -> None:
    expect = {"tools": [], "answer": ["can't|cannot"], "not_answer": ["mongolia"]}
    assert _marks(expect, [], "I can't know that.")["success"]
    assert not _marks(expect, [], "I can't know Mongolia.")["success"]
    assert not _marks(expect, [], "It is so.")["success"]


def test_newer_tools_meet_rows_that_were_written_before_them_and_only_those() -> None:
    date, helped = {"tools": ["tell_time"], "answer": ["Monday"]}, {"tools": [], "answer": ["read"]}
    assert _marks(date, [("tell_date", {})], "Monday", older=True)["success"]
    assert not _marks(date, [("tell_date", {})], "Monday")["tools"]
    assert _marks(helped, [("help", {})], "I can read.", older=True)["success"]
    assert not _marks(helped, [("help", {})], "I can read.")["tools"]
    assert not _marks(helped, [("help", {})], "Hello.", older=True)["tools"]  # what had to be said was not
    assert not _marks(helped, [("add_note", {})], "I can read.", older=True)["tools"]
    assert not _marks({"tools": []}, [("help", {})], "", older=True)["tools"]  # nothing says that help was meant


def test_every_row_of_every_suite_can_be_judged() -> None:
    """Ids are unique, tools and arguments exist, patterns compile, pictures fit turns; a bad row is named by its id."""
    known = tools.load()
    seen: set[str] = set()
    for row in chain.from_iterable(rows_of(suite) for suite in SUITES):
        expect, where = row["expect"], row["id"]
        assert where not in seen, where
        seen.add(where)
        names = {name for sequence in [expect["tools"], *expect.get("or_tools", ())]
                 for want in sequence for name in want.split("|")}  # fmt: skip
        names |= {call["name"] for call in row["setup"]} | set(expect.get("results", ()))
        assert names <= set(known), where
        for name, fields in expect.get("arguments", {}).items():
            assert set(fields) <= set(known[name].parameters["properties"]), where
        for pattern in [*expect["answer"], *expect.get("not_answer", ())]:
            assert re.compile(pattern), where
        if isinstance(row["picture"], list):
            assert len(row["picture"]) == (len(row["request"]) if isinstance(row["request"], list) else 1), where


def test_the_suites_hold_what_is_said_of_them() -> None:
    kinds = {suite: [kind_of(row["expect"]) for row in rows_of(suite)] for suite in ("written", "held_out")}
    held = kinds["held_out"]
    assert len(held) >= 330 and held.count(KINDS[1]) >= 110 and held.count(KINDS[2]) >= 70
    assert kinds["written"].count(KINDS[1]) >= 60 and kinds["written"].count(KINDS[2]) >= 30


def test_parts_make_the_whole_and_a_wrong_part_is_refused() -> None:
    parts = [row["id"] for part in ("1/3", "2/3", "3/3") for row in rows_of("written", part=part)]
    assert sorted(parts) == sorted(row["id"] for row in rows_of("written"))
    with pytest.raises(ValueError, match="no part 4/3"):
        rows_of("written", part="4/3")


@pytest.mark.parametrize(("right", "total", "low", "high"), [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0),
                                                            (50, 100, 0.4038, 0.5962), (0, 0, 0.0, 1.0)])  # fmt: skip
def test_wilson_interval(right: int, total: int, low: float, high: float) -> None:
    assert wilson(right, total) == pytest.approx((low, high), abs=1e-4)


def test_what_is_kept_and_printed_holds_no_words_of_a_row() -> None:
    from benchmarks.agent_judge import Judged

    row = {"id": "x1", "request": "SECRET WORDS", "setup": [], "picture": None,
           "expect": {"tools": ["tell_time"], "answer": ["SECRET"]}}  # fmt: skip
    seen = Seen([("tell_time", {"place": "SECRET"})], {}, "SECRET", 0.8, "both", seconds=0.5)
    kept = outcome(Judged(row, seen, judge(row["expect"], seen)), "held_out", "brain on")
    said = [json.dumps(kept), *table([kept], 0, "here"), *by_tool([kept]), json.dumps(results([kept], "here", 2))]
    assert "SECRET" not in "".join(said) and "tell_time" in "".join(said)
    assert kept["half"] == half_of("x1") and kept["called"] and kept["success"]


def test_percentile_is_a_value_that_was_measured() -> None:
    assert percentile([3.0, 1.0, 2.0], 50) == 2.0 and percentile([1.0, 2.0], 95) == 2.0 and percentile([], 50) == 0.0


def test_calibration_of_one_that_knows_and_one_that_boasts() -> None:
    knows = [(0.8, number % 5 != 0) for number in range(100)]
    boasts = [(0.95, number % 2 == 0) for number in range(100)]
    assert calibration_error(knows) == pytest.approx(0.0, abs=1e-9)
    assert calibration_error(boasts) == pytest.approx(0.45)
    assert [one.count for one in reliability([(1.0, True), (0.0, False), (0.31, True)])] == [1, 1, 1]
    assert calibration_error([]) == 0.0


def test_risk_and_coverage() -> None:
    pairs = [(0.9, True), (0.8, True), (0.7, False), (0.6, True)]
    assert [(round(p.coverage, 2), round(p.accuracy, 2)) for p in coverage_curve(pairs)] == [
        (0.25, 1.0), (0.5, 1.0), (0.75, 0.67), (1.0, 0.75)]  # fmt: skip
    assert area_under_risk(pairs) == pytest.approx((0 + 0 + 1 / 3 + 1 / 4) / 4)
    same = [(0.5, True), (0.5, False)]
    assert area_under_risk(same) == area_under_risk(same[::-1]) == pytest.approx(0.5)
    point = at_threshold(pairs, 0.75)
    assert math.isclose(point.coverage, 0.5) and point.accuracy == 1.0
    assert at_threshold(pairs, 1.1).coverage == 0.0

"""The leaderboard's AST check, and how its data become tools and turns; data and callers are scripted."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from assistant.brains.base import Call
from benchmarks import bfcl
from benchmarks.bfcl_check import wrong
from benchmarks.bfcl_data import Case, cases, folder, tool_of
from kernels.errors import UserError


def _function(required: list[str], **types: dict | str) -> dict:
    properties = {name: {"type": kind} if isinstance(kind, str) else kind for name, kind in types.items()}
    return {"name": "geo.area", "description": "An area.",
            "parameters": {"type": "dict", "properties": properties, "required": required}}  # fmt: skip


AREA = _function(["base"], base="integer", unit="string", scale="float")
ANSWER = {"geo.area": {"base": [10, 12], "unit": ["square metres", ""], "scale": ["", 1.5]}}


@pytest.mark.parametrize("given", [
    {"base": 10}, {"base": 12, "unit": "Square-Metres"}, {"base": 10, "scale": 1.5}, {"base": 10, "unit": ""},
])  # fmt: skip
def test_right_calls(given: dict) -> None:
    assert wrong(AREA, "geo.area", given, ANSWER) == ""


@pytest.mark.parametrize(("given", "why"), [
    ({}, "base is missing"), ({"base": 11}, "base is wrong"), ({"base": "10"}, "base is wrong"),
    ({"base": 10.0}, "base is wrong"), ({"base": True}, "base is wrong"),
    ({"base": 10, "depth": 1}, "depth is unexpected"),
    ({"base": 10, "unit": "acres"}, "unit is wrong"), ({"base": 10, "scale": 2}, "scale is wrong"),
])  # fmt: skip
def test_wrong_calls(given: dict, why: str) -> None:
    assert wrong(AREA, "geo.area", given, ANSWER) == why


def test_wrong_function_and_an_argument_that_may_not_be_left_out() -> None:
    assert wrong(AREA, "geo_area", {"base": 10}, ANSWER) == "wrong function"
    assert wrong(AREA, "geo.area", {"base": 10}, {"geo.area": {"base": [10], "unit": ["m"]}}) == "unit is left out"


def test_lists_dicts_and_numbers() -> None:
    about = _function(["points"], points={"type": "array", "items": {"type": "float"}}, options="dict",
                      steps={"type": "array", "items": {"type": "dict"}}, size="float",
                      corner={"type": "tuple", "items": {"type": "integer"}})  # fmt: skip
    answer = {"geo.area": {"points": [[1.0, 2.0]], "options": [{"kind": ["flat", "plain"], "deep": ["", 1]}, ""],
                           "steps": [[{"by": [1]}], ""], "size": [2.0, ""], "corner": [[1, 2], ""]}}  # fmt: skip
    right = ({"points": [1.0, 2.0]}, {"points": [1.0, 2.0], "size": 2}, {"points": [1.0, 2.0], "corner": (1, 2)},
             {"points": [1.0, 2.0], "options": {"kind": "Flat"}},
             {"points": [1.0, 2.0], "steps": [{"by": 1}]})  # fmt: skip
    for given in right:
        assert wrong(about, "geo.area", given, answer) == "", given
    bad = ({"points": [1, 2.0]}, {"points": [2.0, 1.0]}, {"points": [1.0, 2.0], "options": {"deep": 1}},
           {"points": [1.0, 2.0], "options": {"kind": "flat", "new": 1}},
           {"points": [1.0, 2.0], "steps": [{"by": 1}, {"by": 1}]})  # fmt: skip
    for given in bad:
        assert wrong(about, "geo.area", given, answer), given


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two small categories and a conversation, as the distribution has them."""
    place = tmp_path_factory.mktemp("bfcl") / "data"
    conversation = {"id": "multi_turn_base_0", "involved_classes": ["MathAPI"], "excluded_function": ["mean"],
                    "question": [[{"role": "user", "content": "Add 1 and 2"}], [{"role": "user", "content": "Thanks"}],
                                 [{"role": "user", "content": "Now 3 and 4, then the mean"}]]}  # fmt: skip
    add = _function(["a", "b"], a="float", b="float") | {"name": "add"}
    area, hello = ([[{"role": "user", "content": words}]] for words in ("Area?", "Hello"))
    files = {
        "BFCL_v4_simple_python": [{"id": "s0", "question": area, "function": [AREA]}],
        "possible_answer/BFCL_v4_simple_python": [{"id": "s0", "ground_truth": [ANSWER]}],
        "BFCL_v4_irrelevance": [{"id": "i0", "question": hello, "function": [AREA]}],
        "BFCL_v4_multi_turn_base": [conversation],
        "possible_answer/BFCL_v4_multi_turn_base": [
            {"id": "multi_turn_base_0", "ground_truth": [["add(1, b=2)"], [], ["add(a=3,b=4)"]]}],
        "multi_turn_func_doc/math_api": [add, add | {"name": "mean"}],
    }  # fmt: skip
    others = ("gorilla_file_system", "message_api", "posting_api", "ticket_api", "trading_bot", "travel_booking",
              "vehicle_control")  # fmt: skip
    for name, rows in (files | {f"multi_turn_func_doc/{name}": [] for name in others}).items():
        path = place / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return place


class Scripted:
    """A caller that knows its answers by the words."""

    def __init__(self, calls: dict[str, Call | None]) -> None:
        self._calls = calls
        self.asked: list[tuple[str, list[str], int]] = []

    def call(self, words: str, tools: Sequence, history: Sequence = ()) -> Call | None:
        self.asked.append((words, [tool["name"] for tool in tools], len(history)))
        if words not in self._calls:
            raise UserError("It is silent.", "Ask another.")
        return self._calls[words]


def test_single_calls_and_none(data: Path) -> None:
    (simple,), (irrelevant,) = cases(data, "simple_python"), cases(data, "irrelevance")
    caller = Scripted({"Area?": Call("geo_area", {"base": 10}, 0.9), "Hello": None})
    found = bfcl.judged(simple, caller)
    assert (found["function"], found["call"], found["confidence"]) == (True, True, 0.9)
    assert bfcl.judged(irrelevant, caller)["call"]
    assert not bfcl.judged(irrelevant, Scripted({"Hello": Call("geo_area", {"base": 1})}))["call"]
    silent = bfcl.judged(simple, Scripted({}))
    assert not silent["call"] and "silent" in silent["failed"]
    assert not bfcl.judged(irrelevant, Scripted({}))["call"]  # no answer at all is no right "none"


def test_turns_come_after_the_true_calls_of_those_before(data: Path) -> None:
    turns = cases(data, "multi_turn_base")
    assert [turn.answers for turn in turns] == [[{"add": {"a": 1, "b": 2}}], [], [{"add": {"a": 3, "b": 4}}]]
    assert turns[2].history[1] == {"role": "assistant", "content": "add(1, b=2)"}
    caller = Scripted({"Add 1 and 2": Call("add", {"a": 1, "b": 2}), "Thanks": None,
                       "Now 3 and 4, then the mean": Call("add", {"a": 3, "b": 5})})  # fmt: skip
    found = [bfcl.judged(turn, caller) for turn in turns]
    assert [(one["function"], one["call"]) for one in found] == [(True, True), (True, True), (True, False)]
    assert caller.asked[-1] == ("Now 3 and 4, then the mean", ["add"], 4)  # the excluded function is not shown


def test_schemas_are_json_schemas_and_names_have_no_dots() -> None:
    tool = tool_of(_function(["a"], a={"type": "tuple", "items": {"type": "float"}, "description": "Where."}, b="any"))
    assert tool["name"] == "geo_area"
    assert tool["parameters"]["type"] == "object" and tool["parameters"]["required"] == ["a"]
    assert tool["parameters"]["properties"]["a"] == {
        "type": "array",
        "items": {"type": "number"},
        "description": "Where.",
    }
    assert tool["parameters"]["properties"]["b"]["type"] == "string"


def test_a_sample_is_the_same_for_everybody_and_data_that_are_not_there_are_said(data: Path, tmp_path: Path) -> None:
    many = [Case(str(number), "multiple", "", [], []) for number in range(50)]
    once, again = bfcl.sampled(many, 7), bfcl.sampled(many, 7)
    assert once == again and len(once) == 7 and bfcl.sampled(many, 0) == many
    assert folder(data) == data == folder(data.parent)
    with pytest.raises(UserError, match="no BFCL data"):
        folder(tmp_path)


def test_a_stopped_run_goes_on_and_the_table_counts_each_case_once(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    caller = Scripted({"Area?": Call("geo_area", {"base": 12}), "Hello": None})
    monkeypatch.setattr(bfcl, "load", lambda brain: caller)
    keep, results = tmp_path / "kept.jsonl", tmp_path / "results.jsonl"
    for _ in range(2):
        bfcl.main(["--data", str(data), "--category", "simple_python", "--keep", str(keep)])
    assert len(caller.asked) == 1 and len(keep.read_text().splitlines()) == 1
    capsys.readouterr()
    bfcl.main(["--gather", str(keep), "--results", str(results)])
    row = json.loads(results.read_text())
    assert (row["name"], row["value"], row["n"]) == ("simple_python", 1.0, 1) and "100.0%" in capsys.readouterr().out

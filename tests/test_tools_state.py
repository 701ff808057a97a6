"""The tools that keep, find, spell, repeat, undo and tell the time: what a person says, and what they hear."""

from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assistant.memory import Store
from assistant.permissions import Tier
from assistant.phrases.spelling import spell_out
from assistant.phrases.time_zones import find_zone
from assistant.tools import load
from assistant.tools.base import REGISTRY, ToolContext, ToolResult, tool
from kernels.errors import UserError

NOW = datetime(2026, 11, 21, 10, 0).astimezone()  # a Saturday
TOOLS = load()


@pytest.fixture
def context(tmp_path: Path) -> ToolContext:
    settings: Any = SimpleNamespace(day_first=True)
    return ToolContext(settings, Store(tmp_path), lambda: NOW)


def say(context: ToolContext, tool_name: str, /, **arguments: str) -> str:
    return TOOLS[tool_name](context, **arguments).text


def test_the_names_arguments_and_tiers_are_what_the_agent_builds_on() -> None:
    assert {
        name: (int(made.tier), list(made.parameters["properties"]))
        for name, made in TOOLS.items()
        if not made.needs_picture
    }.items() >= {
        "calculate": (0, ["expression"]),
        "convert_units": (0, ["quantity", "unit"]),
        "tell_time": (0, ["place", "day"]),
        "set_reminder": (1, ["text", "when"]),
        "list_reminders": (0, ["when"]),
        "cancel_reminder": (2, ["which"]),
        "start_timer": (1, ["duration", "name"]),
        "remember": (1, ["fact"]),
        "recall": (0, ["question"]),
        "add_note": (1, ["text"]),
        "search_notes": (0, ["query"]),
        "spell": (0, ["what"]),
        "repeat": (0, []),
        "undo": (1, []),
    }.items()
    for made in TOOLS.values():
        assert made.description and all(one["description"] for one in made.parameters["properties"].values())


def test_a_tools_argument_may_be_described_on_two_lines() -> None:
    @tool(tier=Tier.LOOK)
    def wrapped_for_a_test(context: ToolContext, word: str) -> ToolResult:
        """Do something.

        Args:
            word: the first half and
                the second half.
        """
        return ToolResult(word)

    try:
        assert (
            wrapped_for_a_test.parameters["properties"]["word"]["description"] == "the first half and the second half."
        )
    finally:
        del REGISTRY["wrapped_for_a_test"]


def test_facts_are_remembered_and_recalled(context: ToolContext) -> None:
    assert (
        say(context, "remember", fact="please remember that my blood type is O negative")
        == "I'll remember: my blood type is O negative."
    )
    say(context, "remember", fact="the spare key is under the mat")
    assert say(context, "recall", question="what's my blood type?") == "You told me: my blood type is O negative."
    assert say(context, "recall", question="where is the spare key") == "You told me: the spare key is under the mat."
    missing = TOOLS["recall"](context, question="what is my shoe size")
    assert not missing.found and missing.text == "I don't remember anything about that."
    assert say(context, "undo") == "Undone: I no longer remember: the spare key is under the mat."


def test_notes_are_added_and_found(context: ToolContext) -> None:
    assert not TOOLS["search_notes"](context).found
    assert say(context, "add_note", text="call the plumber about the tap") == "Noted: call the plumber about the tap."
    say(context, "add_note", text="buy milk and bread. " * 60)
    assert say(context, "search_notes", query="plumber") == "call the plumber about the tap."
    assert say(context, "search_notes").startswith("2 notes. The latest: buy milk")
    long = TOOLS["search_notes"](context, query="milk")
    assert len(long.text) < 330 and len(long.more) > 1000
    assert say(context, "search_notes", query="elephant") == "I found no note about elephant."
    with pytest.raises(UserError, match="empty"):
        say(context, "add_note", text=" ")


@pytest.mark.parametrize(
    ("what", "spelled"),
    [
        ("Marsh", "capital M, A, R, S, H."),
        ("spell the word cat", "C, A, T."),
        ("can you spell crème", "C, R, E with grave, M, E."),
        ("a.b@c-d_1", "A, dot, B, at, C, hyphen, D, underscore, 1."),
        ("cab with code words", "C as in Charlie, A as in Alfa, B as in Bravo."),
        ("how do you spell necessary", "N, E, C, E, S, S, A, R, Y."),
    ],
)
def test_spelling(context: ToolContext, what: str, spelled: str) -> None:
    assert say(context, "spell", what=what) == spelled


def test_spelling_that_spells_what_was_said_last(context: ToolContext) -> None:
    with pytest.raises(UserError, match="not said anything"):
        say(context, "spell")
    context.store.add_turn("who wrote it", "Doctor Marsh", NOW)
    assert say(context, "spell", what="that").endswith("capital M, A, R, S, H.")
    assert say(context, "spell", what="the last word") == "capital M, A, R, S, H."
    context.results.append(("read_text", ToolResult("Smith")))
    assert say(context, "spell", what="it") == "capital S, M, I, T, H."


def test_a_long_text_is_spelled_in_part() -> None:
    text, more = spell_out("a" * 100)
    assert text.endswith("and more.") and more.count("A") == 40
    with pytest.raises(UserError):
        spell_out("  ")


def test_repeat_says_the_last_answer_again(context: ToolContext) -> None:
    with pytest.raises(UserError, match="not said anything"):
        say(context, "repeat")
    context.store.add_turn("what time is it", "It is 10 am.", NOW, more="Saturday.")
    result = TOOLS["repeat"](context)
    assert (result.text, result.more) == ("It is 10 am.", "Saturday.")


def test_undo_says_its_effect_and_when_there_is_none(context: ToolContext) -> None:
    assert say(context, "undo") == "There is nothing to undo."
    say(context, "add_note", text="buy milk")
    assert TOOLS["undo"].say_effect(context) == "Undo the last change, so that the note is gone: buy milk"
    assert say(context, "undo") == "Undone: the note is gone: buy milk."


@pytest.mark.parametrize(
    ("request_words", "arguments", "said"),
    [
        ("what time is it", {}, "It is 10 am."),
        ("what day is it", {}, "It is Saturday 21 November 2026."),
        ("what year is it", {}, "It is 2026."),
        ("how many days until christmas", {}, "34 days until Friday 25 December."),
        ("how many days until christmas", {"day": "christmas"}, "34 days until Friday 25 December."),
        ("how many weeks until christmas", {"day": "christmas"}, "4 weeks and 6 days until Friday 25 December."),
        ("what day is 3 March 2027", {"day": "3 March 2027"}, "Wednesday 3 March 2027, in 102 days."),
        ("when is easter", {"day": "easter"}, "Sunday 28 March 2027, in 127 days."),
        ("what day was 1 January 2020", {"day": "1 January 2020"}, "Wednesday 1 January 2020, 2516 days ago."),
        ("what's tomorrow's date", {"day": "tomorrow"}, "Sunday 22 November, in 1 day."),
    ],
)
def test_time_and_days(context: ToolContext, request_words: str, arguments: dict[str, str], said: str) -> None:
    context.request = request_words
    assert say(context, "tell_time", **arguments) == said


def test_the_time_elsewhere(context: ToolContext) -> None:
    result = TOOLS["tell_time"](context, place="Tokyo")
    there = datetime.fromisoformat(result.data["time"])
    assert there == NOW and there.utcoffset() == timedelta(hours=9) and "in Tokyo" in result.text
    for place in (
        "New York",
        "in new york right now",
        "India",
        "Mumbai",
        "california",
        "the UK",
        "Tokyo, Japan",
        "San Francisco",
    ):
        assert find_zone(place) is not None, place
    assert find_zone("the dentist") is None and find_zone("") is None
    assert say(context, "tell_time", place="Atlantis") == "I don't know the time in Atlantis."
    assert say(context, "tell_time", place="here") == "It is 10 am."
    assert say(context, "tell_time", place="christmas").startswith("Friday 25 December")
    assert say(context, "tell_time", day="gibberish").endswith("Which day do you mean?")


def test_a_sum_on_the_bill_that_was_read(context: ToolContext) -> None:
    bill = "THE HARBOUR CAFE\nFish and chips 12.50\nSubtotal 19.00\nTOTAL $21.00\nThank you"
    context.results.append(("read_text", ToolResult(bill, {"text": bill})))
    assert (
        say(context, "calculate", expression="20 percent tip on this") == "A 20% tip on $21.00 is $4.20; $25.20 in all."
    )
    context.results.append(("calculate", TOOLS["calculate"](context, expression="21 plus 4")))
    assert say(context, "calculate", expression="divide that by 5") == "25 divided by 5 is 5."


def test_conversion_is_a_tool(context: ToolContext) -> None:
    result = TOOLS["convert_units"](context, quantity="3 cups", unit="millilitres")
    assert result.text == "3 cups is about 710 millilitres." and result.data["unit"] == "milliliter"

"""The tools that keep, find, spell, repeat, undo and tell the time: what a person says, and what they hear."""

from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assistant.memory import Store
from assistant.permissions import Tier
from assistant.spelling import spell_out
from assistant.time_zones import find_zone
from assistant.tools import load
from assistant.tools.base import REGISTRY, Tool, ToolContext, ToolResult, tool
from kernels.errors import UserError

NOW = datetime(2026, 11, 21, 10, 0).astimezone()  # a Saturday
TOOLS = load()
LETTER = """Riverside Surgery
18 November 2026
Your appointment is on Tuesday 8 December 2026
at 10:30 am."""


def local(iso: str) -> datetime:
    return datetime.fromisoformat(iso).astimezone()


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


def test_a_reminder_is_set_and_said_in_full_words(context: ToolContext) -> None:
    result = TOOLS["set_reminder"](context, text="remind me to call the dentist", when="7 December at noon")
    assert result.text == "Reminder set: call the dentist, Monday 7 December at 12 noon."
    assert result.data == {"id": 1, "text": "call the dentist", "when": local("2026-12-07T12:00").isoformat()}
    assert context.store.reminders()[0].when == local("2026-12-07T12:00")


def test_a_letter_read_in_the_same_turn_is_what_the_day_before_counts_from(context: ToolContext) -> None:
    context.results.append(("read_text", ToolResult(LETTER, {"text": LETTER})))
    context.request = "read this and remind me the day before at noon"
    assert say(context, "set_reminder", text="appointment", when="the day before at noon").startswith(
        "Reminder set: appointment, Monday 7 December at 12 noon."
    )
    context.results.append(
        ("read_text", ToolResult("A page.", {"lines": [{"text": line} for line in LETTER.splitlines()]}))
    )
    assert "Tuesday 8 December at 9:30 am" in say(context, "set_reminder", text="leave", when="an hour before")


def test_a_letter_read_in_the_last_turn_counts_for_an_hour(context: ToolContext) -> None:
    results = {"results": [["read_text", {"text": LETTER, "data": {"text": LETTER}}]]}
    context.store.add_turn("read this", "A letter.", NOW - timedelta(minutes=5), data=results)
    assert "7 December" in say(context, "set_reminder", text="visit", when="the day before at noon")
    later = ToolContext(context.settings, context.store, lambda: NOW + timedelta(hours=3))
    assert later.store.undo(NOW) and "no date to count from" in say(
        later, "set_reminder", text="x", when="the day before at noon"
    )


def test_a_best_before_date_is_counted_from_when_the_question_is_about_food(context: ToolContext) -> None:
    label = "MILK\nPacked 19/11/2026\nBEST BEFORE 03 DEC 26"
    context.results.append(("read_text", ToolResult(label, {"text": label})))
    context.request = "remind me the day before it expires"
    assert "Wednesday 2 December at 9 am" in say(context, "set_reminder", text="milk", when="the day before it expires")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (
            "Your appointment with Dr Marsh is on Tuesday, 8 December 2026 at 10:30 am.",
            "Your appointment with Dr Marsh",
        ),
        ("please remind me to call the dentist", "call the dentist"),
        ("8 December 2026", "8 December 2026"),
        ("", "reminder"),
    ],
)
def test_what_a_reminder_is_about_names_no_other_moment(context: ToolContext, text: str, kept: str) -> None:
    assert TOOLS["set_reminder"](context, text=text, when="tomorrow at noon").data["text"] == kept


def test_a_reminder_that_was_missed_is_called_overdue(context: ToolContext) -> None:
    context.store.add_reminder("pills", NOW - timedelta(hours=1), NOW)
    assert say(context, "list_reminders") == "You have 1 reminder: pills, overdue since today at 9 am."


def test_a_reminder_can_count_from_another(context: ToolContext) -> None:
    say(context, "set_reminder", text="dentist", when="Thursday at 3 pm")
    assert "Thursday 26 November at 2 pm" in say(
        context, "set_reminder", text="leave", when="an hour before the dentist"
    )


@pytest.mark.parametrize("when", ["yesterday", "soon", "dentist", "the day before", "31 February", ""])
def test_a_time_that_cannot_be_is_asked_back_and_nothing_is_kept(context: ToolContext, when: str) -> None:
    result = TOOLS["set_reminder"](context, text="dentist", when=when)
    assert not result.found and result.data == {"needs": "when"} and result.text.endswith("?")
    assert context.store.reminders() == []


def test_reminders_are_listed_all_or_for_a_day(context: ToolContext) -> None:
    assert say(context, "list_reminders") == "You have no reminders."
    say(context, "set_reminder", text="dentist", when="tomorrow at noon")
    say(context, "set_reminder", text="bins", when="Thursday at 7 pm")
    say(context, "start_timer", duration="10 minutes", name="the eggs")
    listed = say(context, "list_reminders")
    assert listed == (
        "You have 2 reminders and 1 timer: dentist, tomorrow, Sunday 22 November, at 12 noon; "
        "bins, Thursday 26 November at 7 pm; timer for eggs, 10 minutes left."
    )
    assert "bins" not in say(context, "list_reminders", when="tomorrow") and "dentist" in say(
        context, "list_reminders", when="tomorrow"
    )
    assert "bins" in say(context, "list_reminders", when="next week") and "no reminders" in say(
        context, "list_reminders", when="on Monday"
    )


def test_cancelling_says_the_exact_effect_first_and_can_be_undone(context: ToolContext) -> None:
    say(context, "set_reminder", text="dentist", when="7 December at noon")
    say(context, "set_reminder", text="bins", when="Thursday at 7 pm")
    cancel = TOOLS["cancel_reminder"]
    assert cancel.say_effect(context, which="the dentist reminder") == (
        "Delete the reminder 'dentist' on Monday 7 December at 12 noon"
    )
    assert len(context.store.reminders()) == 2
    assert (
        cancel(context, which="the dentist reminder").text
        == "Deleted: the reminder 'dentist' on Monday 7 December at 12 noon."
    )
    assert [one.text for one in context.store.reminders()] == ["bins"]
    assert say(context, "undo") == "Undone: the reminder 'dentist' on Monday 7 December at 12 noon is back."
    assert len(context.store.reminders()) == 2


@pytest.mark.parametrize(
    ("which", "gone"),
    [
        ("dentist", {"dentist"}),
        ("the one on Thursday", {"bins"}),
        ("Thursday at 7 pm", {"bins"}),
        ("all my reminders", {"dentist", "bins", "pills"}),
        ("the last one", {"pills"}),
        ("the next one", {"pills"}),
        ("my reminder about taking the bins out", {"bins"}),
    ],
)
def test_which_one_is_meant(context: ToolContext, which: str, gone: set[str]) -> None:
    for text, when in (("dentist", "7 December at noon"), ("bins", "Thursday at 7 pm"), ("pills", "today at 6 pm")):
        say(context, "set_reminder", text=text, when=when)
    result = TOOLS["cancel_reminder"](context, which=which)
    assert {one["text"] for one in result.data["deleted"]} == gone


@pytest.mark.parametrize("which", ["the", "bicycle", "", "on Friday", "it"])
def test_when_it_is_not_clear_which_nothing_is_deleted(context: ToolContext, which: str) -> None:
    for text in ("dentist in town", "dentist at home"):
        say(context, "set_reminder", text=text, when="7 December at noon")
    result = TOOLS["cancel_reminder"](context, which=which)
    assert not result.found and len(context.store.reminders()) == 2
    with pytest.raises(UserError):
        TOOLS["cancel_reminder"].say_effect(context, which="dentist")


def test_with_nothing_to_cancel_it_says_so(context: ToolContext) -> None:
    assert say(context, "cancel_reminder", which="dentist") == "You have no reminders. There is nothing to cancel."


def test_timers(context: ToolContext) -> None:
    result = TOOLS["start_timer"](context, duration="an hour and a half", name="the roast")
    assert result.text == "Timer started: 1 hour and 30 minutes for roast."
    assert result.data["ends"] == (NOW + timedelta(minutes=90)).isoformat()
    assert (
        TOOLS["cancel_reminder"].say_effect(context, which="the timer")
        == "Delete the timer of 1 hour and 30 minutes for roast"
    )
    assert not TOOLS["start_timer"](context, duration="eggs").found
    with pytest.raises(UserError, match="longer than a week"):
        say(context, "start_timer", duration="90 days")
    assert say(context, "undo") == "Undone: the timer of 1 hour and 30 minutes for roast is stopped."


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
    assert not TOOLS["tell_time"](context, place="Atlantis").found


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


def test_every_effect_is_said_without_doing_anything(context: ToolContext) -> None:
    for name, arguments in (
        ("set_reminder", {"text": "x", "when": "tomorrow at noon"}),
        ("start_timer", {"duration": "5 minutes"}),
        ("remember", {"fact": "f"}),
        ("add_note", {"text": "n"}),
        ("undo", {}),
    ):
        made: Tool = TOOLS[name]
        assert made.say_effect(context, **arguments)
    assert context.store.reminders() == [] and context.store.timers() == [] and context.store.entries() == []

"""Reminders and timers: what a person says, and what they hear."""

from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assistant.memory import Store
from assistant.tools import load
from assistant.tools.base import Tool, ToolContext, ToolResult
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


def test_an_hour_before_it_counts_from_the_letter_not_from_the_reminder_that_was_set(context: ToolContext) -> None:
    context.results.append(("read_text", ToolResult(LETTER, {"text": LETTER})))
    set_reminder = TOOLS["set_reminder"]
    context.results.append(("set_reminder", set_reminder(context, text="visit", when="the day before at noon")))
    assert say(context, "set_reminder", text="too", when="an hour before it") == (
        "Reminder set: visit, Tuesday 8 December at 9:30 am."
    )


def test_a_reminder_without_words_of_its_own_is_about_what_was_read(context: ToolContext) -> None:
    label = "SKIMMED MILK\nBEST BEFORE 03 DEC 26"
    context.results.append(("read_text", ToolResult(label, {"text": label})))
    assert "SKIMMED MILK, Wednesday 2 December" in say(
        context, "set_reminder", text="expires", when="the day before it expires"
    )


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


def test_every_effect_is_said_without_doing_anything(context: ToolContext) -> None:
    for name, arguments in (
        ("set_reminder", {"text": "x", "when": "tomorrow at noon"}),
        ("start_timer", {"duration": "5 minutes"}),
        ("remember", {"fact": "f"}),
        ("add_note", {"text": "n"}),
    ):
        made: Tool = TOOLS[name]
        assert made.say_effect(context, **arguments)
    with pytest.raises(UserError, match="nothing to undo"):
        TOOLS["undo"].say_effect(context)
    assert context.store.reminders() == [] and context.store.timers() == [] and context.store.entries() == []

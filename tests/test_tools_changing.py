"""Notes deleted and edited, facts forgotten: what is meant, what is asked first, and that undo brings it back."""

from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assistant.memory import FORGET_LASTS, Store
from assistant.phrases.spans import Unclear
from assistant.tools import load
from assistant.tools.base import ToolContext, ToolResult

NOW = datetime(2026, 11, 21, 10, 0).astimezone()
TOOLS = load()
NOTES = (
    "call the plumber about the tap",
    "Shopping list: milk",
    "Shopping list: eggs, bread and butter",
    "buy milk for the cat",
    "the dentist said to come back in May",
)
FACTS = (
    "my sister's number is 555 1234",
    "my name is Ana",
    "my sister's birthday is in May",
    "I am allergic to nuts",
)


@pytest.fixture
def context(tmp_path: Path) -> ToolContext:
    settings: Any = SimpleNamespace(day_first=True)
    made = ToolContext(settings, Store(tmp_path), lambda: NOW)
    for note in NOTES:
        made.store.add_entry("note", note, NOW)
    for fact in FACTS:
        made.store.add_entry("fact", fact, NOW)
    return made


def run(context: ToolContext, name: str, /, **arguments: str) -> ToolResult:
    return TOOLS[name](context, **arguments)


def effect(context: ToolContext, name: str, /, **arguments: str) -> str:
    return TOOLS[name].say_effect(context, **arguments)


def notes(context: ToolContext) -> set[str]:
    return {one.text for one in context.store.entries(("note",), 50)}


def facts(context: ToolContext) -> set[str]:
    return {one.text for one in context.store.entries(("fact",), 50)}


@pytest.mark.parametrize(
    ("which", "gone"),
    [
        ("the plumber", {NOTES[0]}),
        ("delete the note about the plumber please", {NOTES[0]}),
        ("the last note", {NOTES[4]}),
        ("the oldest note", {NOTES[0]}),
        ("milk off my shopping list", {NOTES[1]}),
        ("the second one about milk", {NOTES[1]}),
        ("my shopping list", {NOTES[1], NOTES[2]}),
        ("all my notes", set(NOTES)),
    ],
)
def test_the_note_that_is_meant_goes_and_undo_brings_it_back(context: ToolContext, which: str, gone: set[str]) -> None:
    said = effect(context, "delete_note", which=which)
    assert said.startswith("Delete ") and notes(context) == set(NOTES)
    assert any(note in said for note in gone)
    assert run(context, "delete_note", which=which).found
    assert notes(context) == set(NOTES) - gone
    run(context, "undo")
    assert notes(context) == set(NOTES)


def test_one_item_comes_off_a_list_of_several(context: ToolContext) -> None:
    assert effect(context, "delete_note", which="take bread off my shopping list") == (
        "Take bread off the note 'Shopping list: eggs, bread and butter'"
    )
    result = run(context, "delete_note", which="take bread off my shopping list")
    assert result.text == "Took bread off your shopping list. Left: eggs and butter."
    assert "Shopping list: eggs, butter" in notes(context)
    run(context, "undo")
    assert notes(context) == set(NOTES)


def test_where_several_notes_fit_it_asks_which_and_deletes_none(context: ToolContext) -> None:
    result = run(context, "delete_note", which="milk")
    assert not result.found and result.data["needs"] == "which"
    assert result.text == "2 notes fit. Which one: 'buy milk for the cat' or 'Shopping list: milk'?"
    with pytest.raises(Unclear):
        effect(context, "delete_note", which="milk")
    assert notes(context) == set(NOTES)


def test_what_is_not_there_is_said_with_what_is(context: ToolContext, tmp_path: Path) -> None:
    result = run(context, "delete_note", which="zebra")
    assert not result.found and "no note about 'zebra'" in result.text and "the dentist said" in result.text
    empty = ToolContext(context.settings, Store(tmp_path / "empty"), lambda: NOW)
    assert run(empty, "delete_note", which="milk").text == "You have no notes."
    assert run(empty, "forget", what="my name").text == "You have told me nothing yet."


def test_that_note_is_the_one_this_conversation_named(context: ToolContext) -> None:
    found = run(context, "search_notes", query="plumber")
    context.store.add_turn("find the plumber", found.text, NOW, data={"results": [{"data": dict(found.data)}]})
    assert effect(context, "delete_note", which="that note") == f"Delete the note '{NOTES[0]}'"


def test_a_note_gets_other_words_more_words_or_another_item(context: ToolContext) -> None:
    arguments = {"which": "the plumber", "text": "call the plumber on Friday"}
    assert effect(context, "edit_note", **arguments) == (
        f"Change the note '{NOTES[0]}' to 'call the plumber on Friday'"
    )
    assert run(context, "edit_note", **arguments).text == "The note now says: call the plumber on Friday."
    run(context, "undo")
    assert notes(context) == set(NOTES)
    assert run(context, "edit_note", which="plumber", text="+ and the boiler").text.endswith("the tap, and the boiler.")
    assert run(context, "edit_note", which="eggs on my shopping list", text="six eggs").text == (
        "The note now says: Shopping list: six eggs, bread, butter."
    )


def test_a_note_may_be_meant_by_its_day(context: ToolContext) -> None:
    context.store.add_entry("note", "water the plants", NOW - timedelta(days=1))
    assert effect(context, "delete_note", which="the note I made yesterday") == "Delete the note 'water the plants'"
    changed = effect(context, "edit_note", which="yesterday's note", text="to say: water the roses")
    assert changed == "Change the note 'water the plants' to 'water the roses'"


def test_an_edit_without_words_or_of_several_notes_asks(context: ToolContext) -> None:
    assert run(context, "edit_note", which="plumber", text=" ").data["needs"] == "text"
    assert run(context, "edit_note", which="milk", text="oat milk").data["needs"] == "which"
    assert notes(context) == set(NOTES)


def test_an_edited_note_is_found_by_its_new_words_alone(context: ToolContext) -> None:
    run(context, "edit_note", which="dentist", text="the optician said June")
    assert run(context, "search_notes", query="optician").found
    assert not run(context, "search_notes", query="dentist").found


def test_a_fact_is_forgotten_undone_and_in_the_end_gone(context: ToolContext) -> None:
    assert effect(context, "forget", what="my sister's number") == f"Forget '{FACTS[0]}'"
    said = run(context, "forget", what="my sister's number").text
    assert said.startswith(f"Forgotten: '{FACTS[0]}'. Undo brings it back for 10 minutes")
    assert facts(context) == set(FACTS[1:])
    run(context, "undo")
    assert facts(context) == set(FACTS)
    run(context, "forget", what="my sister's number")
    context.store.purge(NOW + FORGET_LASTS + timedelta(seconds=1))
    assert b"555 1234" not in context.store.database.path.read_bytes()


def test_forgetting_for_good_leaves_nothing_to_undo(context: ToolContext) -> None:
    assert "undo can't bring it back" in effect(context, "forget", what="my sister's number for good")
    assert run(context, "forget", what="my sister's number for good").text.endswith("It is gone for good.")
    assert FACTS[0] not in facts(context)
    assert b"555 1234" not in context.store.database.path.read_bytes()


def test_two_facts_that_fit_are_asked_about_and_all_can_go(context: ToolContext) -> None:
    asked = run(context, "forget", what="my sister")
    assert not asked.found and asked.text.startswith("2 things you told me fit. Which one:")
    missing = run(context, "forget", what="my shoe size")
    assert missing.text == "You told me nothing about 'my shoe size'."  # other facts are nobody's business
    assert effect(context, "forget", what="everything").startswith("Forget 4 things: ")
    run(context, "forget", what="everything")
    assert not facts(context) and notes(context) == set(NOTES)


def test_who_am_i_tells_what_is_known_and_what_is_not(context: ToolContext, tmp_path: Path) -> None:
    result = run(context, "who_am_i")
    assert result.text.startswith("You are Ana.") and "5 notes" in result.text
    assert "allergic to nuts" in result.text + result.more and result.data["name"] == "Ana"
    nobody = ToolContext(context.settings, Store(tmp_path / "empty"), lambda: NOW)
    unknown = run(nobody, "who_am_i")
    assert not unknown.found and "I know nothing about you yet." in unknown.text and "remember that" in unknown.text


def test_running_timers_are_told(context: ToolContext) -> None:
    assert run(context, "list_timers").text == "No timer is running."
    run(context, "start_timer", duration="10 minutes", name="eggs")
    assert run(context, "list_timers").text == "One timer for eggs, 10 minutes left."
    run(context, "start_timer", duration="1 hour")
    assert run(context, "list_timers").text == "2 timers: timer for eggs, 10 minutes left; timer, 1 hour left."


@pytest.mark.parametrize(
    ("what", "for_good"),
    [
        ("that really old address", False),
        ("the completely old address", False),
        ("my address for good", True),
        ("my address forever", True),
        ("really my address", True),
        ("my address permanently", True),
    ],
)
def test_only_what_is_said_of_the_forgetting_leaves_no_undo(context: ToolContext, what: str, for_good: bool) -> None:
    context.store.keep_fact("my old address is 4 Mill Lane", context.now(), said="it is gone")
    assert ("for good" in effect(context, "forget", what=what)) is for_good

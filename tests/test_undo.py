"""Undo of whatever was kept or changed: rows, settings, documents, several steps back, and what can't be undone."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from assistant import settings
from assistant.memory import Store
from assistant.tools import load
from assistant.tools.base import ToolContext
from kernels.errors import UserError

NOW = datetime(2026, 11, 21, 10, 0).astimezone()
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def store(home: Path) -> Store:
    return Store(home)


def everything(store: Store) -> dict[str, Any]:
    """What a user would notice."""
    return {
        "entries": [(one.kind, one.text, one.at, one.source) for one in store.entries()],
        "reminders": store.reminders(),
        "timers": [(one.name, one.seconds, one.ends) for one in store.timers()],
        "habits": [(one.first, one.next, one.state) for one in store.habits()],
    }


def test_undoing_as_often_as_something_was_done_leads_back_step_by_step(store: Store) -> None:
    """The states in between are those that were there, in the other order; the last undo finds nothing left."""
    habit = store.offer_habit("tell_date", "list_reminders", -1, NOW)
    actions = [
        lambda: store.add_entry("note", "buy milk", NOW),
        lambda: store.keep_fact("the key is under the mat", NOW),
        lambda: store.keep_fact("the key is in the drawer", NOW),
        lambda: store.edit(store.search("milk")[0], "buy oat milk", NOW, "the note is as before"),
        lambda: store.add_reminder("pills", LATER, NOW),
        lambda: store.add_timer("tea", 60, NOW),
        lambda: store.remove([*store.reminders(), *store.timers()], NOW, "both are back"),
        lambda: store.set_habit(habit.id, "accepted", NOW, "I no longer do that"),
        lambda: store.forget(store.meant("the key", NOW), NOW, "I remember it again"),
    ]
    states = [everything(store)]
    for act in actions:
        act()
        states.append(everything(store))
    assert all(one != two for one, two in pairwise(states)), "each action changes something that shows"
    for state in reversed(states[:-1]):
        assert store.undo(NOW) is not None
        assert everything(store) == state
    assert store.undo(NOW) is None and store.audit_break() is None
    assert not store.purge(LATER), "what was brought back is not forgotten"


def test_a_setting_changed_by_voice_is_put_back_into_the_file(store: Store) -> None:
    from assistant import settings_file

    settings_file.put("speech_rate_wpm", 200)
    settings_file.put("speech_rate_wpm", 300)
    store.journal(NOW, "I speak as before", [{"do": "setting", "name": "speech_rate_wpm", "value": 200}])
    settings_file.put("verbosity", "brief")
    store.journal(NOW, "I say as much as before", [{"do": "setting", "name": "verbosity", "value": None}])
    assert store.undo(NOW) == "I say as much as before" and settings.load().verbosity == "normal"
    assert store.undo(NOW) == "I speak as before" and settings.load().speech_rate_wpm == 200


def test_a_document_is_taken_away_and_brought_back(store: Store, tmp_path: Path) -> None:
    text = tmp_path / "lease.txt"
    text.write_text("The notice period is three months.\n" * 3)
    options = settings.load()
    context = ToolContext(options, store, lambda: NOW, "keep this document", (text,))
    tools = load()
    tools["add_document"](context)
    assert len(store.library.all()) == 1
    store.undo(NOW)
    assert store.library.all() == [] and store.undo(NOW) is None


def test_steps_are_undone_last_first_and_all_or_none(store: Store) -> None:
    done: list[str] = []

    def lamp(step: Mapping[str, Any]) -> None:
        if step["to"] == "broken":
            raise UserError("The lamp does not answer.", "Plug it in.")
        done.append(step["to"])

    store.can_reverse("lamp", lamp)
    store.journal(NOW, "the lamp is as before", [{"do": "lamp", "to": "off"}, {"do": "lamp", "to": "red"}])
    assert store.undo(NOW) == "the lamp is as before" and done == ["red", "off"]
    note = store.add_entry("note", "x", NOW, said="the note is gone")
    steps = [{"do": "lamp", "to": "broken"}, {"do": "delete", "table": "entries", "id": note.id}]
    store.journal(NOW, "both are as before", steps)
    with pytest.raises(UserError, match="does not answer"):
        store.undo(NOW)
    assert store.entry(note.id) is not None, "what was undone before the failure is done again"
    assert store.last_action() == "both are as before", "it can be tried again"


def test_a_kind_that_nothing_here_can_reverse_is_said(store: Store) -> None:
    store.add_entry("note", "x", NOW, said="the note is gone")
    store.journal(NOW, "the door is shut again", [{"do": "door", "to": "shut"}])
    with pytest.raises(UserError, match="'door'"):
        store.undo(NOW)
    assert store.last_action() == "the door is shut again" and len(store.entries()) == 1


def test_a_journal_from_before_facts_had_a_source_still_works(store: Store) -> None:
    row = {"id": 7, "kind": "fact", "text": "an old fact", "created_at": NOW.isoformat()}
    with store.database.write() as connection:
        connection.execute(
            "INSERT INTO undo_journal (at, said, steps) VALUES (?, 'it is back', ?)",
            (NOW.isoformat(), json.dumps([{"do": "insert", "table": "entries", "row": row}])),
        )
    assert store.undo(NOW) == "it is back"
    assert [(one.text, one.source) for one in store.search("old fact")] == [("an old fact", "said")]


def test_undoing_twice_by_voice_undoes_two(store: Store) -> None:
    context = ToolContext(settings.load(), store, lambda: NOW, "")
    tools = load()
    tools["remember"](context, fact="my sister's number is 555")
    told = tools["remember"](context, fact="my sister's number is now 777")
    assert told.text == (
        "I'll remember: my sister's number is now 777. That takes the place of: my sister's number is 555."
    )
    assert tools["undo"](context).text.endswith("I remember again: my sister's number is 555.")
    assert tools["undo"](context).text == "Undone: I no longer remember: my sister's number is 555."
    assert tools["undo"](context).text == "There is nothing to undo." and store.entries() == []
    assert tools["remember"](context, fact="call me Ana").text == "All right, I'll call you Ana."

"""What was kept in a stretch of time: "what did I note last week", "yesterday's note"."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from assistant.memory import Store
from assistant.phrases.periods import find_period

NOW = datetime(2026, 11, 21, 10, 0).astimezone()  # a Saturday


@pytest.mark.parametrize(
    ("words", "since", "until", "rest"),
    [
        ("what did I note last week", "2026-11-09 00", "2026-11-16 00", "what did i note"),
        ("yesterday's note", "2026-11-20 00", "2026-11-21 00", "note"),
        ("the note from yesterday evening", "2026-11-20 17", "2026-11-21 00", "the note"),
        ("the day before yesterday", "2026-11-19 00", "2026-11-20 00", ""),
        ("notes of this morning", "2026-11-21 00", "2026-11-21 12", "notes"),
        ("what did I write on Monday", "2026-11-16 00", "2026-11-17 00", "what did i write"),
        ("last Saturday", "2026-11-14 00", "2026-11-15 00", ""),
        ("two days ago about milk", "2026-11-19 00", "2026-11-20 00", "about milk"),
        ("on the 12th", "2026-11-12 00", "2026-11-13 00", ""),
        ("in March", "2026-03-01 00", "2026-04-01 00", ""),
        ("25 December", "2025-12-25 00", "2025-12-26 00", ""),
        ("last month", "2026-10-01 00", "2026-11-01 00", ""),
        ("last year", "2025-01-01 00", "2026-01-01 00", ""),
        ("last weekend", "2026-11-14 00", "2026-11-16 00", ""),
        ("since Thursday", "2026-11-19 00", "2026-11-21 10", ""),
        ("the last 3 days", "2026-11-18 10", "2026-11-21 10", ""),
        ("2026-11-03", "2026-11-03 00", "2026-11-04 00", ""),
    ],
)
def test_stretches_of_the_past_are_understood(words: str, since: str, until: str, rest: str) -> None:
    found = find_period(words, NOW)
    assert found is not None
    assert (f"{found.since:%Y-%m-%d %H}", f"{found.until:%Y-%m-%d %H}", found.rest) == (since, until, rest)


@pytest.mark.parametrize(
    "words", ["may I hear my notes", "the sun is out", "next week", "note about Monday", "plumber", "", "31 February"]
)
def test_what_is_no_past_time_or_what_a_note_is_about_restricts_nothing(words: str) -> None:
    assert find_period(words, NOW) is None


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path)
    for days, text in (
        (40, "paint the fence"),
        (9, "call the plumber"),
        (8, "buy milk"),
        (1, "milk is in"),
        (0, "tea"),
    ):
        store.add_entry("note", text, NOW - timedelta(days=days))
    return store


def texts(store: Store, question: str) -> list[str]:
    return [one.text for one in store.find(question, ("note",), 5, NOW)]


def test_notes_of_a_time_are_found_with_and_without_other_words(store: Store) -> None:
    assert texts(store, "what did I note last week") == ["buy milk", "call the plumber"]
    assert texts(store, "yesterday's note") == ["milk is in"]
    assert texts(store, "what did I note about milk last week") == ["buy milk"]
    assert texts(store, "what did I write in October") == ["paint the fence"]
    assert sorted(texts(store, "milk")) == ["buy milk", "milk is in"]


def test_a_time_that_the_note_itself_speaks_of_is_no_obstacle(store: Store) -> None:
    store.add_entry("note", "dentist on Monday", NOW)
    assert texts(store, "dentist on Monday") == ["dentist on Monday"]
    assert texts(store, "when is the dentist, on Monday?") == ["dentist on Monday"]
    assert texts(store, "what did I note on Monday") == ["dentist on Monday"]
    assert texts(store, "what did I note on Tuesday") == []


def test_an_edited_note_keeps_its_time_and_is_found_by_its_new_words(store: Store) -> None:
    note = store.search("plumber")[0]
    edited = store.edit(note, "call the electrician", NOW, "the note is as before")
    assert edited.at == note.at and store.search("plumber") == []
    assert texts(store, "what did I note last week") == ["call the electrician", "buy milk"]
    assert store.undo(NOW) == "the note is as before" and store.search("plumber")[0].text == "call the plumber"
    assert store.search("electrician") == []

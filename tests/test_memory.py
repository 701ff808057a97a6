"""The store: what is kept, found, undone, exported and deleted, and what it says when the disk or the file fails."""

import json
import os
import stat
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.memory import FILE_NAME, Store, as_json
from kernels.errors import UserError

NOW = datetime(2026, 11, 21, 10, 0).astimezone()
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def letters(texts: list[str]) -> np.ndarray:
    """A stand-in encoder whose vectors count letters: close texts share them. (B, 384)"""
    vectors = np.zeros((len(texts), 384), np.float32)
    for row, text in enumerate(texts):
        for one, two in zip(text.lower(), text.lower()[1:], strict=False):
            vectors[row, (ord(one) * 31 + ord(two)) % 384] += 1
    return vectors - 0.02


def test_everything_survives_closing_and_opening(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.add_reminder("dentist", LATER, NOW)
    store.add_timer("eggs", 600, NOW)
    store.add_entry("note", "buy milk", NOW)
    store.add_entry("fact", "my blood type is O negative", NOW)
    store.add_turn("what time is it", "10 am", NOW, more="Saturday", data={"results": []})
    store.close()
    again = Store(tmp_path)
    assert [(one.text, one.when) for one in again.reminders()] == [("dentist", LATER)]
    assert [(one.name, one.seconds) for one in again.timers()] == [("eggs", 600)]
    assert [one.text for one in again.entries()] == ["my blood type is O negative", "buy milk"]
    assert (again.turns()[0].answer, again.turns()[0].more) == ("10 am", "Saturday")
    assert again.audit_break() is None


def test_the_database_is_set_up_to_survive_a_crash(store: Store) -> None:
    values = {
        name: store.database.rows(f"PRAGMA {name}")[0][0] for name in ("journal_mode", "synchronous", "foreign_keys")
    }
    assert values == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    Store(tmp_path / "new")
    assert stat.S_IMODE((tmp_path / "new" / FILE_NAME).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_what_is_due_is_said_once(store: Store) -> None:
    reminder = store.add_reminder("pills", NOW + timedelta(minutes=5), NOW)
    timer = store.add_timer("tea", 60, NOW)
    assert store.due(NOW) == []
    assert store.due(LATER) == [reminder, timer]
    for item in store.due(LATER):
        store.mark_said(item, LATER)
    assert store.due(LATER) == [] and store.reminders() == [] and store.timers() == []


def test_undo_reverses_the_last_action_first_even_in_another_program(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.add_reminder("dentist", LATER, NOW, said="the reminder is gone")
    store.add_entry("note", "buy milk", NOW, said="the note is gone")
    kept = store.reminders()
    store.remove(kept, NOW, "the reminder is back")
    store.close()
    again = Store(tmp_path)
    assert again.last_action() == "the reminder is back"
    assert again.undo(NOW) == "the reminder is back" and again.reminders() == kept
    assert again.undo(NOW) == "the note is gone" and again.entries() == []
    assert again.undo(NOW) == "the reminder is gone" and again.reminders() == []
    assert again.undo(NOW) is None and again.audit_break() is None


def test_one_undo_brings_back_all_that_one_action_removed(store: Store) -> None:
    items = [store.add_reminder(f"thing {number}", LATER, NOW) for number in range(3)]
    timer = store.add_timer("tea", 60, NOW)
    store.remove([*items, timer], NOW, "all are back")
    assert store.reminders() == [] and store.timers() == []
    store.undo(NOW)
    assert store.reminders() == items and store.timers() == [timer]


def test_search_by_words_stems_ignores_accents_and_prefers_what_holds_all_words(store: Store) -> None:
    for text in (
        "The plumber comes on Monday",
        "Café in the rue de Rivoli",
        "my sister's birthday is in May",
        "plumbing is dear",
    ):
        store.add_entry("note", text, NOW)
    assert store.search("when does the plumber come")[0].text == "The plumber comes on Monday"
    assert store.search("cafe")[0].text.startswith("Café")
    assert store.search("birthdays of my sisters")[0].text.startswith("my sister")
    assert store.search("elephants") == [] and store.search("") == []
    assert store.search('"; DROP TABLE entries; --') == []
    assert store.search("NEAR(* AND OR ^") == []


def test_facts_and_notes_are_kept_apart(store: Store) -> None:
    store.add_entry("note", "green paint", NOW)
    store.add_entry("fact", "green is my favourite colour", NOW)
    assert [one.kind for one in store.search("green", ("fact",))] == ["fact"]
    assert [one.text for one in store.entries(("note",))] == ["green paint"]


def test_search_by_meaning_finds_what_shares_no_word(tmp_path: Path) -> None:
    store = Store(tmp_path, letters)
    store.add_entry("note", "the automobile needs petrol", NOW)
    store.add_entry("note", "zzz qqq xxx", NOW)
    assert [one.text for one in store.search("automobiles need petroleum")] == ["the automobile needs petrol"]


def test_notes_from_before_the_encoder_get_their_vectors_and_others_are_seen(tmp_path: Path) -> None:
    plain = Store(tmp_path)
    for number in range(50):
        plain.add_entry("note", f"filler {number * 7919}", NOW)
    plain.add_entry("note", "automobile", NOW)
    store = Store(tmp_path, letters)
    assert store.search("automobiles")
    for _ in range(3):
        store.search("automobiles")
    assert store.database.rows("SELECT count(DISTINCT entry) AS n FROM vectors")[0]["n"] == 51
    other = Store(tmp_path, letters)
    other.add_entry("note", "locomotive", NOW)
    assert [one.text for one in store.search("locomotives")][:1] == ["locomotive"]


def test_the_real_sentence_encoder_finds_a_paraphrase(tmp_path: Path) -> None:
    try:
        from assistant import models
        from encoders.text import SentenceEncoder

        encoder = SentenceEncoder.load(models.files("minilm"))
    except (ImportError, UserError):
        pytest.skip("the sentence encoder's weights are not here")
    store = Store(tmp_path, encoder.encode)
    store.add_entry("fact", "the spare key is under the flower pot", NOW)
    store.add_entry("fact", "my shoe size is 42", NOW)
    store.add_entry("note", "call the plumber about the tap", NOW)
    store.add_entry("note", "the bins go out on Thursday night", NOW)
    assert store.search("when is the rubbish collected")[0].text.startswith("the bins")
    assert store.search("who won the world cup in 1966") == []


def test_unicode_and_ten_thousand_words_are_kept_as_they_are(store: Store) -> None:
    text = "日本語のメモ 🎉 e\u0301 العربية " + "word " * 10_000 + "needle"
    entry = store.add_entry("note", text, NOW)
    assert store.entries()[0].text == text.strip() and store.search("needle")[0].id == entry.id
    assert store.search("日本語")[0].id == entry.id
    broken = store.add_entry("note", "half \ud800 pair and \0 nul", NOW)
    assert "\0" not in store.entries()[0].text and store.search("nul")[0].id == broken.id


@given(
    st.text(min_size=1, max_size=200).filter(
        lambda text: text.strip("\0 \t\r\n\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029")
    )
)
@settings(max_examples=25, deadline=None)
def test_any_text_can_be_kept_and_searched(text: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        try:
            store.add_entry("note", text, NOW)
        except UserError as error:
            assert "empty" in error.text
        store.search(text)
        store.close()


def test_export_holds_everything_and_overwrites_nothing(store: Store, tmp_path: Path) -> None:
    store.add_entry("note", "buy milk 🥛", NOW)
    store.add_reminder("dentist", LATER, NOW)
    target = tmp_path / "mine.json"
    assert store.export(target) == 6
    data: Any = json.loads(target.read_text("utf-8"))
    assert data["entries"][0]["text"] == "buy milk 🥛" and data["reminders"][0]["due_at"] == LATER.isoformat()
    with pytest.raises(UserError, match="exists already"):
        store.export(target)
    with pytest.raises(UserError, match="can't write"):
        store.export(tmp_path / "no" / "folder.json")


def test_delete_all_leaves_no_trace_in_the_file(tmp_path: Path) -> None:
    store = Store(tmp_path, letters)
    store.add_entry("note", "a secret word: xylophone", NOW)
    store.add_turn("xylophone", "xylophone", NOW)
    assert store.search("xylophone")
    store.delete_all(NOW)
    assert store.search("xylophone") == [] and store.turns() == [] and store.undo(NOW) is None
    assert store.audit_break() is None
    for file in tmp_path.iterdir():
        assert b"xylophone" not in file.read_bytes()
    other = Store(tmp_path)
    other.database._connection.execute("BEGIN")
    other.turns()  # a reader that keeps the file open
    store.database._connection.execute("PRAGMA busy_timeout = 50")
    with pytest.raises(UserError, match="Everything is deleted, but"):
        store.delete_all(NOW)
    other.close()
    store.delete_all(NOW)
    store.add_entry("note", "life goes on", NOW)
    assert store.audit_break() is None and store.search("life")


def test_records_are_json(store: Store) -> None:
    assert as_json(store.add_reminder("dentist", LATER, NOW)) == {"id": 1, "text": "dentist", "when": LATER.isoformat()}


def test_a_deleted_note_comes_back_and_is_found_again(store: Store) -> None:
    kept = store.add_entry("note", "the plumber is called Rossi", NOW)
    store.remove([kept], NOW, "the note is back")
    assert store.entries() == [] and store.search("plumber") == []
    assert store.undo(NOW, only="something else") is None, "another page has changed something since"
    assert store.undo(NOW, only="the note is back") == "the note is back"
    assert [one.text for one in store.search("plumber")] == ["the plumber is called Rossi"]
    assert store.audit_break() is None

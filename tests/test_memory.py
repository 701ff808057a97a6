"""The store: what is kept, found, undone, exported and deleted, and what it says when the disk or the file fails."""

import json
import os
import sqlite3
import stat
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant import migrations
from assistant.database import Database
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


def test_an_undo_journal_that_was_tampered_with_reaches_no_other_table(store: Store) -> None:
    store.add_entry("note", "x", NOW)
    with store.database.write() as connection:
        connection.execute('UPDATE undo_journal SET steps = \'[{"do": "delete", "table": "audit", "id": 1}]\'')
    with pytest.raises(ValueError, match="audit"):
        store.undo(NOW)
    assert store.audit_break() is None


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


def test_limits_are_said(store: Store) -> None:
    with pytest.raises(UserError, match=r"longer|characters long"):
        store.add_entry("note", "x" * 200_001, NOW)
    with pytest.raises(UserError, match="empty"):
        store.add_entry("fact", "  \n", NOW)
    with pytest.raises(UserError, match="characters long"):
        store.add_reminder("x" * 2_001, LATER, NOW)
    store.add_turn("a" * 300_000, "b" * 300_000, NOW, data={"big": "c" * 300_000})
    assert len(store.turns()[0].answer) == 200_000


def test_the_audit_chain_shows_what_was_changed_removed_or_cut_off(store: Store) -> None:
    for number in range(6):
        store.record("consent asked", {"text": f"Delete {number}?"}, NOW)
    assert store.audit_break() is None
    path = store.database.path
    for damage, where in (
        ("UPDATE audit SET detail = '{}' WHERE id = 3", 3),
        ("DELETE FROM audit WHERE id = 4", 5),
        ("DELETE FROM audit WHERE id >= 5", 5),
        ("UPDATE audit SET at = '2020-01-01' WHERE id = 1", 1),
    ):
        raw = sqlite3.connect(path, isolation_level=None)
        raw.execute("BEGIN")
        raw.execute(damage)
        from assistant import audit

        assert audit.first_break(raw) == where
        raw.execute("ROLLBACK")
        raw.close()
    assert store.audit_break() is None


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
    store.add_entry("note", "life goes on", NOW)
    assert store.audit_break() is None and store.search("life")


def test_a_damaged_file_is_set_aside_and_kept(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    path.write_bytes(b"this is no database " * 500)
    with pytest.raises(UserError, match="damaged") as caught:
        Store(tmp_path)
    kept = [file for file in tmp_path.iterdir() if "damaged" in file.name]
    assert len(kept) == 1 and kept[0].read_bytes() == b"this is no database " * 500
    assert kept[0].name in caught.value.text
    Store(tmp_path).add_entry("note", "a new start", NOW)


def test_a_file_damaged_in_the_middle_is_said_and_kept(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for number in range(300):
        store.add_entry("note", f"note {number} " * 20, NOW)
    store.close()
    path = tmp_path / FILE_NAME
    whole = bytearray(path.read_bytes())
    whole[4096 : len(whole)] = os.urandom(len(whole) - 4096)
    path.write_bytes(whole)
    with pytest.raises(UserError, match="damaged"):
        again = Store(tmp_path)
        again.entries(limit=1000)
        again.search("note")
    assert any(file.stat().st_size == len(whole) for file in tmp_path.iterdir())


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    Store(tmp_path).close()
    raw = sqlite3.connect(tmp_path / FILE_NAME)
    raw.execute(f"PRAGMA user_version = {len(migrations.MIGRATIONS) + 1}")
    raw.close()
    with pytest.raises(UserError, match="newer"):
        Store(tmp_path)


def test_a_locked_database_is_said_and_nothing_changes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.database._connection.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(store.database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(UserError, match="in use by another program"):
        store.add_entry("note", "x", NOW)
    other.execute("ROLLBACK")
    other.close()
    store.add_entry("note", "y", NOW)
    assert [one.text for one in store.entries()] == ["y"]


def test_a_full_disk_is_said_and_what_was_kept_stays(store: Store) -> None:
    store.add_entry("note", "before", NOW)
    pages = store.database.rows("PRAGMA page_count")[0][0]
    store.database.rows(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(UserError, match="disk is full"):
        for _ in range(50):
            store.add_entry("note", "x " * 20_000, NOW)
    store.database.rows("PRAGMA max_page_count = 1000000")
    assert "before" in [one.text for one in store.entries()] and store.audit_break() is None
    store.add_entry("note", "after", NOW)


def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match=r"can't use my memory folder|can't open"):
        Store(tmp_path / "file" / "below")
    (tmp_path / "dir" / FILE_NAME).mkdir(parents=True)
    with pytest.raises(UserError, match=r"can't open|can't use"):
        Store(tmp_path / "dir")


def test_a_read_only_database_is_said(store: Store) -> None:
    store.database.rows("PRAGMA query_only = ON")
    with pytest.raises(UserError, match="read-only"):
        store.add_entry("note", "x", NOW)


def test_threads_and_programs_share_it(tmp_path: Path) -> None:
    stores = [Store(tmp_path), Store(tmp_path)]

    def work(number: int) -> None:
        for step in range(10):
            stores[number % 2].add_entry("note", f"note {number} {step}", NOW)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stores[0].entries(limit=100)) == 40 and stores[0].audit_break() is None


def test_a_failing_step_leaves_nothing_of_its_transaction(store: Store) -> None:
    with pytest.raises(RuntimeError), store.database.write() as connection:
        connection.execute("INSERT INTO entries (kind, text, created_at) VALUES ('note', 'half', '')")
        raise RuntimeError("power cut")
    assert store.entries() == []


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    store.add_entry("note", "old", NOW)
    store.close()
    monkeypatch.setattr(
        migrations, "MIGRATIONS", (*migrations.MIGRATIONS, "CREATE TABLE extra (id);\nINSERT INTO nowhere VALUES (1);")
    )
    with pytest.raises(UserError):
        Store(tmp_path)
    monkeypatch.undo()
    assert [one.text for one in Store(tmp_path).entries()] == ["old"]


def test_records_are_json(store: Store) -> None:
    assert as_json(store.add_reminder("dentist", LATER, NOW)) == {"id": 1, "text": "dentist", "when": LATER.isoformat()}


def test_database_rows_after_closing_is_a_programming_error(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.sqlite3")
    database.close()
    with pytest.raises(sqlite3.ProgrammingError):
        database.rows("SELECT 1")

"""What the store says and keeps when a file is damaged, locked or full, and when somebody tampers."""

import os
import sqlite3
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from assistant.memory import FILE_NAME, Store
from assistant.state import migrations
from assistant.state.database import Database
from kernels.errors import UserError

NOW = datetime(2026, 11, 21, 10, 0).astimezone()
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def test_an_undo_journal_that_was_tampered_with_reaches_no_other_table(store: Store) -> None:
    store.add_entry("note", "x", NOW)
    with store.database.write() as connection:
        connection.execute('UPDATE undo_journal SET steps = \'[{"do": "delete", "table": "audit", "id": 1}]\'')
    with pytest.raises(ValueError, match="audit"):
        store.undo(NOW)
    assert store.audit_break() is None


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
        from assistant.state import audit

        found = audit.check(raw)
        assert found is not None and found.id == where
        raw.execute("ROLLBACK")
        raw.close()
    assert store.audit_break() is None


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


def test_database_rows_after_closing_is_a_programming_error(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.sqlite3")
    database.close()
    with pytest.raises(sqlite3.ProgrammingError):
        database.rows("SELECT 1")


def test_an_old_database_is_brought_up_to_date_with_all_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = migrations.MIGRATIONS
    monkeypatch.setattr(migrations, "MIGRATIONS", newest[:1])
    old = Database(tmp_path / FILE_NAME)
    with old.write() as connection:
        connection.execute("INSERT INTO entries (kind, text, created_at) VALUES ('note', 'old', ?)", (NOW.isoformat(),))
        connection.execute(
            "INSERT INTO vectors (entry, part, vector, code) VALUES (1, 0, ?, ?)", (bytes(768), bytes(48))
        )
    old.close()
    monkeypatch.setattr(migrations, "MIGRATIONS", newest)
    store = Store(tmp_path)
    assert [one.text for one in store.search("old")] == ["old"]
    assert store.database.rows("SELECT code FROM codes")[0]["code"] == bytes(48)
    assert store.database.rows("PRAGMA user_version")[0][0] == len(newest)

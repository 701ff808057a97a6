"""The database's history: an append-only list. Never edit an entry that has shipped; add one below it."""

import sqlite3
from collections.abc import Sequence

from kernels.errors import UserError

MIGRATIONS: tuple[str, ...] = (
    # 1: what is remembered, what is due, what was said, how to undo it, and who agreed to it
    """
    CREATE TABLE reminders (
        id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL, due_at TEXT NOT NULL,
        created_at TEXT NOT NULL, done_at TEXT);
    CREATE INDEX reminders_due ON reminders (done_at, due_at);
    CREATE TABLE timers (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, seconds REAL NOT NULL,
        ends_at TEXT NOT NULL, created_at TEXT NOT NULL, done_at TEXT);
    CREATE TABLE entries (
        id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL CHECK (kind IN ('note', 'fact')),
        text TEXT NOT NULL, created_at TEXT NOT NULL);
    CREATE INDEX entries_kind ON entries (kind, id);
    CREATE VIRTUAL TABLE entries_words USING fts5 (
        text, content = 'entries', content_rowid = 'id', tokenize = 'porter unicode61 remove_diacritics 2');
    CREATE TRIGGER entries_added AFTER INSERT ON entries BEGIN
        INSERT INTO entries_words (rowid, text) VALUES (new.id, new.text); END;
    CREATE TRIGGER entries_removed AFTER DELETE ON entries BEGIN
        INSERT INTO entries_words (entries_words, rowid, text) VALUES ('delete', old.id, old.text); END;
    CREATE TABLE vectors (
        entry INTEGER NOT NULL REFERENCES entries (id) ON DELETE CASCADE, part INTEGER NOT NULL,
        vector BLOB NOT NULL, code BLOB NOT NULL, PRIMARY KEY (entry, part)) WITHOUT ROWID;
    CREATE TABLE turns (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, request TEXT NOT NULL, answer TEXT NOT NULL,
        more TEXT NOT NULL, data TEXT NOT NULL);
    CREATE TABLE undo_journal (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, said TEXT NOT NULL, steps TEXT NOT NULL,
        undone_at TEXT);
    CREATE TABLE audit (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL,
        previous TEXT NOT NULL, hash TEXT NOT NULL);
    """,
    # 2: the codes apart from the vectors, so that all of them are read at a start without reading every vector
    """
    CREATE TABLE codes (
        entry INTEGER NOT NULL REFERENCES entries (id) ON DELETE CASCADE, part INTEGER NOT NULL,
        code BLOB NOT NULL, PRIMARY KEY (entry, part)) WITHOUT ROWID;
    INSERT INTO codes SELECT entry, part, code FROM vectors;
    ALTER TABLE vectors DROP COLUMN code;
    """,
    # 3: where a fact comes from and what it is about, what is to vanish for good, what was shown, habits, small values
    """
    ALTER TABLE entries ADD COLUMN source TEXT NOT NULL DEFAULT 'said';
    ALTER TABLE entries ADD COLUMN subject TEXT NOT NULL DEFAULT '';
    CREATE INDEX entries_subject ON entries (subject) WHERE subject != '';
    CREATE INDEX entries_time ON entries (created_at);
    CREATE TRIGGER entries_changed AFTER UPDATE OF text ON entries BEGIN
        INSERT INTO entries_words (entries_words, rowid, text) VALUES ('delete', old.id, old.text);
        INSERT INTO entries_words (rowid, text) VALUES (new.id, new.text); END;
    ALTER TABLE turns ADD COLUMN tools TEXT NOT NULL DEFAULT '[]';
    CREATE TABLE forgotten (
        id INTEGER PRIMARY KEY AUTOINCREMENT, until TEXT NOT NULL, action INTEGER NOT NULL, items TEXT NOT NULL);
    CREATE TABLE shown (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, name TEXT NOT NULL, file TEXT NOT NULL);
    CREATE TABLE routines (
        id INTEGER PRIMARY KEY AUTOINCREMENT, first TEXT NOT NULL, next TEXT NOT NULL, hour INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('offered', 'declined', 'accepted')), at TEXT NOT NULL,
        done_on TEXT NOT NULL DEFAULT '', UNIQUE (first, next, hour));
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    """,
)


def migrate(connection: sqlite3.Connection, history: Sequence[str] | None = None, what: str = "memory") -> None:
    """Bring a database to its newest version, all steps in one transaction; safe when two programs start at once.

    Args:
        history: every migration from the first on; None for the memory's.
        what: what the database holds, in a word for the user.

    Raises:
        UserError: the file was written by a newer Antigone.
    """
    history = MIGRATIONS if history is None else history
    if _version(connection) == len(history):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection)  # again: another program may have been faster
        if version > len(history):
            raise UserError(
                f"The {what} was written by a newer Antigone than this one.",
                "Start the newer version, or update this one.",
            )
        for script in history[version:]:
            for statement in _statements(script):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(history)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _statements(script: str) -> list[str]:
    """Single statements, because executescript() would commit between them."""
    statements, open_text = [], ""
    for line in script.splitlines(keepends=True):
        open_text += line
        if sqlite3.complete_statement(open_text):
            statements.append(open_text)
            open_text = ""
    return statements

"""The undo journal: for each action, the steps that reverse it, kept in the action's own transaction."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

REVERSIBLE: Mapping[str, tuple[str, ...]] = {  # tables and columns that a step may name
    "reminders": ("id", "text", "due_at", "created_at", "done_at"),
    "timers": ("id", "name", "seconds", "ends_at", "created_at", "done_at"),
    "entries": ("id", "kind", "text", "created_at"),
}


def added(table: str, identity: int) -> dict[str, Any]:
    """The step that takes an added row away again."""
    return {"do": "delete", "table": table, "id": identity}


def removed(table: str, row: sqlite3.Row) -> dict[str, Any]:
    """The step that puts a removed row back."""
    return {"do": "insert", "table": table, "row": {column: row[column] for column in REVERSIBLE[table]}}


def write(connection: sqlite3.Connection, at: datetime, said: str, steps: Sequence[Mapping[str, Any]]) -> None:
    """Journal one action; `said` completes the sentence "Undone: ..."."""
    connection.execute(
        "INSERT INTO undo_journal (at, said, steps) VALUES (?, ?, ?)",
        (at.isoformat(), said, json.dumps(list(steps), ensure_ascii=False)),
    )


def latest(connection: sqlite3.Connection) -> sqlite3.Row | None:
    """The newest action that has not been undone."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT id, said, steps FROM undo_journal WHERE undone_at IS NULL ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return row


def reverse(connection: sqlite3.Connection, entry: sqlite3.Row, at: datetime) -> None:
    """Carry out an entry's steps, last first, and mark it undone.

    Raises:
        ValueError: a step names a table or an operation that can't be reversed.
    """
    for step in reversed(json.loads(entry["steps"])):
        table = step["table"]
        if table not in REVERSIBLE:
            raise ValueError(f"the undo journal names the table {table!r}")
        if step["do"] == "delete":
            connection.execute(f"DELETE FROM {table} WHERE id = ?", (step["id"],))
        elif step["do"] == "insert":
            columns = REVERSIBLE[table]
            marks = ", ".join("?" * len(columns))
            connection.execute(
                f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({marks})",
                tuple(step["row"][column] for column in columns),
            )
        else:
            raise ValueError(f"the undo journal asks for {step['do']!r}")
    connection.execute("UPDATE undo_journal SET undone_at = ? WHERE id = ?", (at.isoformat(), entry["id"]))

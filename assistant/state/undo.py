"""The undo journal: for each action, the steps that reverse it, kept in the action's own transaction.

A step is a mapping whose "do" says what kind it is: "delete", "insert" and "update" act on a row of this database;
any other kind ("setting", "document") is carried out by the reverser that the store was given for it.
"""

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from kernels.errors import UserError

Reverser = Callable[[Mapping[str, Any]], None]  # carries out one step; doing it twice must do no harm

REVERSIBLE: Mapping[str, tuple[str, ...]] = {  # tables and columns that a step may name
    "reminders": ("id", "text", "due_at", "created_at", "done_at"),
    "timers": ("id", "name", "seconds", "ends_at", "created_at", "done_at"),
    "entries": ("id", "kind", "text", "created_at", "source", "subject"),
    "routines": ("id", "first", "next", "hour", "state", "at", "done_on"),
}
FINAL = "final"  # the kind of step that nothing can reverse any more


def added(table: str, identity: int) -> dict[str, Any]:
    """The step that takes an added row away again."""
    return {"do": "delete", "table": table, "id": identity}


def removed(table: str, row: sqlite3.Row) -> dict[str, Any]:
    """The step that puts a removed row back."""
    return {"do": "insert", "table": table, "row": {column: row[column] for column in REVERSIBLE[table]}}


def changed(table: str, row: sqlite3.Row) -> dict[str, Any]:
    """The step that gives a changed row the values it had before."""
    return {**removed(table, row), "do": "update"}


def write(connection: sqlite3.Connection, at: datetime, said: str, steps: Sequence[Mapping[str, Any]]) -> int:
    """Journal one action; `said` completes the sentence "Undone: ...". Its number."""
    done = connection.execute(
        "INSERT INTO undo_journal (at, said, steps) VALUES (?, ?, ?)",
        (at.isoformat(), said, json.dumps(list(steps), ensure_ascii=False)),
    )
    return int(done.lastrowid or 0)


def latest(connection: sqlite3.Connection) -> sqlite3.Row | None:
    """The newest action that has not been undone."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT id, said, steps FROM undo_journal WHERE undone_at IS NULL ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return row


def is_final(entry: sqlite3.Row) -> bool:
    """Whether the action was made final: what it removed is gone for good."""
    return any(step.get("do") == FINAL for step in json.loads(entry["steps"]))


def mark(connection: sqlite3.Connection, identity: int, at: datetime) -> None:
    """The action counts as undone."""
    connection.execute("UPDATE undo_journal SET undone_at = ? WHERE id = ?", (at.isoformat(), identity))


def make_final(connection: sqlite3.Connection, identity: int) -> None:
    """Drop what the action would need to be undone, if it was not; undoing it then says that it can't be."""
    steps = json.dumps([{"do": FINAL}])
    connection.execute(
        "UPDATE undo_journal SET said = '', steps = ? WHERE id = ? AND undone_at IS NULL", (steps, identity)
    )


def reverse(
    connection: sqlite3.Connection, entry: sqlite3.Row, at: datetime, reversers: Mapping[str, Reverser]
) -> None:
    """Carry out an entry's steps, last first, and mark it undone.

    Raises:
        ValueError: a step names a table that can't be reversed.
        UserError: a step is of a kind that nothing here can reverse, or its reverser could not.
    """
    for step in reversed(json.loads(entry["steps"])):
        kind = str(step.get("do"))
        if kind in _ROWS:
            table = step["table"]
            if table not in REVERSIBLE:
                raise ValueError(f"the undo journal names the table {table!r}")
            _ROWS[kind](connection, table, step)
        elif kind in reversers:
            reversers[kind](step)
        else:
            raise UserError(
                f"I don't know how to take back a change of the kind {kind!r}.",
                "It was made by a part of the program that is not here now; start it with that part, or leave it.",
            )
    mark(connection, entry["id"], at)


def _delete(connection: sqlite3.Connection, table: str, step: Mapping[str, Any]) -> None:
    connection.execute(f"DELETE FROM {table} WHERE id = ?", (step["id"],))


def _insert(connection: sqlite3.Connection, table: str, step: Mapping[str, Any]) -> None:
    columns, values = _columns(table, step)
    marks = ", ".join("?" * len(columns))
    connection.execute(f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({marks})", values)


def _update(connection: sqlite3.Connection, table: str, step: Mapping[str, Any]) -> None:
    columns, values = _columns(table, step)
    names = ", ".join(f"{column} = ?" for column in columns)
    connection.execute(f"UPDATE {table} SET {names} WHERE id = ?", (*values, step["row"]["id"]))


def _columns(table: str, step: Mapping[str, Any]) -> tuple[list[str], list[Any]]:
    """The columns that the step holds; one from an older program holds fewer."""
    columns = [column for column in REVERSIBLE[table] if column in step["row"]]
    return columns, [step["row"][column] for column in columns]


_ROWS = {"delete": _delete, "insert": _insert, "update": _update}

"""The audit log: who asked, who agreed, what was done. Each entry carries the hash of the one before it."""

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

FIRST = "0" * 64  # what stands before the first entry


def append(connection: sqlite3.Connection, at: datetime, kind: str, detail: Mapping[str, Any]) -> None:
    """Add an entry, inside the caller's transaction (so that an action and its record live or die together)."""
    last = connection.execute("SELECT hash FROM audit ORDER BY id DESC LIMIT 1").fetchone()
    previous = last[0] if last else FIRST
    text = json.dumps(detail, sort_keys=True, ensure_ascii=False, default=str)
    connection.execute(
        "INSERT INTO audit (at, kind, detail, previous, hash) VALUES (?, ?, ?, ?, ?)",
        (at.isoformat(), kind, text, previous, _digest(previous, at.isoformat(), kind, text)),
    )


def first_break(connection: sqlite3.Connection) -> int | None:
    """The id of the first entry that was altered, reordered or follows a removed one; None when the chain is whole.

    A removed tail shows too: SQLite remembers the last id it gave out.
    """
    previous, last = FIRST, 0
    for row in connection.execute("SELECT id, at, kind, detail, previous, hash FROM audit ORDER BY id"):
        identity, at, kind, detail, before, digest = row
        if before != previous or digest != _digest(previous, at, kind, detail):
            return int(identity)
        previous, last = digest, int(identity)
    given = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'audit'").fetchone()
    return last + 1 if given and int(given[0]) > last else None


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()

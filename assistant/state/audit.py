"""The audit log: who asked, who agreed, what was done. Each entry carries the hash of the one before it.

Words of the user's are private: unless the setting `audit_text` is on, an entry holds only how long they were and a
keyed digest of them (HMAC-SHA-256 under a salt of this database alone), so that equal words can be seen to be equal and
nothing can be read. When something is forgotten for good, the entries that hold it are emptied: their hashes stay in
the chain, and a later entry of the kind FORGOTTEN names them, so that emptying one unseen is still found out. Each
entry with private words has a salt of its own, which goes with them: the hash that stays tells nothing.
"""

import hashlib
import hmac
import json
import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

FIRST = "0" * 64  # what stands before the first entry
FORGOTTEN = "forgotten for good"
EMPTIED = '{"emptied": true}'
PRIVATE = frozenset(("answer", "arguments", "effect", "name", "question", "request", "said", "text"))
_DIGITS = 32  # of a digest: 128 bits


@dataclass(frozen=True)
class Break:
    """Where the chain stops being whole, and in what way."""

    id: int
    why: str


def append(
    connection: sqlite3.Connection, at: datetime, kind: str, detail: Mapping[str, Any], *, with_text: bool = False
) -> None:
    """Add an entry, inside the caller's transaction (so that an action and its record live or die together).

    Args:
        at, kind: when, and what happened.
        detail: JSON values; those under the names in PRIVATE are kept as length and digest.
        with_text: keep them as they are (the setting `audit_text`).
    """
    last = connection.execute("SELECT hash FROM audit ORDER BY id DESC LIMIT 1").fetchone()
    previous = last[0] if last else FIRST
    kept = dict(detail)
    if PRIVATE & kept.keys():
        kept["salt"] = secrets.token_hex(16)
        if not with_text:
            key = salt(connection)
            kept.update({name: _closed(kept[name], key) for name in PRIVATE & kept.keys()})
    text = json.dumps(kept, sort_keys=True, ensure_ascii=False, default=str)
    connection.execute(
        "INSERT INTO audit (at, kind, detail, previous, hash) VALUES (?, ?, ?, ?, ?)",
        (at.isoformat(), kind, text, previous, _digest(previous, at.isoformat(), kind, text)),
    )


def salt(connection: sqlite3.Connection) -> bytes:
    """The key of this database's digests; made when it is first needed."""
    row = connection.execute("SELECT value FROM meta WHERE name = 'audit salt'").fetchone()
    if row is None:
        made = secrets.token_hex(32)
        connection.execute("INSERT INTO meta (name, value) VALUES ('audit salt', ?)", (made,))
        return bytes.fromhex(made)
    return bytes.fromhex(row[0])


def digest_of(text: str, key: bytes) -> str:
    """What stands for a private text."""
    return hmac.new(key, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:_DIGITS]


def _closed(value: Any, key: bytes) -> Any:
    if isinstance(value, Mapping):  # arguments: their names and lengths are enough
        return {name: {"characters": len(str(one))} for name, one in value.items()}
    return {"characters": len(str(value)), "digest": digest_of(str(value), key)}


def check(connection: sqlite3.Connection) -> Break | None:
    """The first entry that was altered, moved, emptied unseen, or follows a removed one; None when the chain is whole.

    A removed tail shows too: SQLite remembers the last id it gave out. Whoever can write the file can also compute a
    whole new chain; against that, note the last hash elsewhere and ask for it again (`head`, `holds`).
    """
    previous, last = FIRST, 0
    emptied: dict[int, tuple[str, str]] = {}
    named: dict[int, tuple[str, str]] = {}
    for row in connection.execute("SELECT id, at, kind, detail, previous, hash FROM audit ORDER BY id"):
        identity, at, kind, detail, before, digest = row
        if before != previous:
            return Break(min([int(identity), *emptied]), "the one before it was changed, moved or taken out")
        if detail == EMPTIED:
            emptied[int(identity)] = (at, kind)
        elif digest != _digest(previous, at, kind, detail):
            return Break(min([int(identity), *emptied]), "it was changed")
        elif kind == FORGOTTEN:
            named.update({one: (then, what) for one, then, what in json.loads(detail)["entries"]})
        previous, last = digest, int(identity)
    for identity, what_is_left in emptied.items():
        if named.get(identity) != what_is_left:
            return Break(identity, "it was emptied, and nothing says that you asked for that")
    given = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'audit'").fetchone()
    return Break(last + 1, "it and what followed were cut off") if given and int(given[0]) > last else None


def head(connection: sqlite3.Connection) -> tuple[int, str]:
    """How many entries there are, and the hash of the last."""
    count = connection.execute("SELECT count(*) FROM audit").fetchone()[0]
    last = connection.execute("SELECT hash FROM audit ORDER BY id DESC LIMIT 1").fetchone()
    return int(count), last[0] if last else FIRST


def holds(connection: sqlite3.Connection, digest: str) -> bool:
    """Whether an entry has this hash, or its beginning (at least 8 digits)."""
    if not 8 <= len(digest) <= 64 or not set(digest) <= set("0123456789abcdef"):
        return False
    found = connection.execute("SELECT 1 FROM audit WHERE substr(hash, 1, ?) = ?", (len(digest), digest)).fetchone()
    return found is not None


def empty(connection: sqlite3.Connection, at: datetime, entries: Sequence[int], things: int) -> None:
    """Empty these entries and record that it was done, for `things` that were forgotten."""
    chosen = json.dumps(list(entries))  # one value: SQLite limits how many a statement may have
    which = "id IN (SELECT value FROM json_each(?))"
    rows = connection.execute(f"SELECT id, at, kind FROM audit WHERE {which}", (chosen,)).fetchall()
    connection.execute(f"UPDATE audit SET detail = ? WHERE {which}", (EMPTIED, chosen))
    append(connection, at, FORGOTTEN, {"things": things, "entries": [list(row) for row in rows]})


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()

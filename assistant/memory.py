"""What the assistant remembers: reminders, timers, notes, facts, the conversation, how to undo, and who agreed to what.

Every change is one transaction that holds the change, its undo entry and its audit entry together.
"""

import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from assistant.state import audit, undo
from assistant.state.database import Database
from assistant.state.records import (
    NOTE_LIMIT,
    SHORT_LIMIT,
    Entry,
    Kind,
    Reminder,
    Timer,
    Turn,
    as_json,
    clean_text,
    scrub,
)
from assistant.state.similar import Encode, Similar
from kernels.errors import UserError

__all__ = ["Entry", "Kind", "Reminder", "Store", "Timer", "Turn", "as_json"]

FILE_NAME = "memory.sqlite3"
ACTIVE_LIMIT = 5_000  # reminders and timers waiting at one time
SIMILAR_ENOUGH = 0.33  # cosine of MiniLM from which an entry answers a question
WORDS_ENOUGH = 0.5  # share of the question's content words from which an entry answers it
_TABLES: Mapping[type, str] = {Reminder: "reminders", Timer: "timers", Entry: "entries"}
DATA_TABLES = ("reminders", "timers", "entries", "turns", "undo_journal", "audit")


class Store:
    """All state, in one SQLite file under `home`.

    Args:
        home: the data folder; made if missing.
        encode: texts -> (B, 384) sentence vectors; without it search goes by words alone.

    Raises:
        UserError: from any method, when the file is locked, read-only, damaged or the disk is full; nothing is lost.
    """

    def __init__(self, home: Path, encode: Encode | None = None) -> None:
        self.database = Database(Path(home) / FILE_NAME)
        self._similar = Similar(self.database, encode)

    def close(self) -> None:
        self.database.close()

    # reminders and timers

    def add_reminder(self, text: str, when: datetime, now: datetime, said: str = "") -> Reminder:
        """Keep a reminder; `said` is what undoing it will say."""
        text = clean_text(text, SHORT_LIMIT, "reminder")
        with self.database.write() as connection:
            self._make_room("reminders")
            added = connection.execute(
                "INSERT INTO reminders (text, due_at, created_at) VALUES (?, ?, ?)",
                (text, when.isoformat(), now.isoformat()),
            )
            identity = int(added.lastrowid or 0)
            undo.write(connection, now, said or f"the reminder {text!r} is gone", [undo.added("reminders", identity)])
            audit.append(connection, now, "reminder set", {"id": identity, "text": text, "when": when.isoformat()})
        return Reminder(identity, text, when)

    def reminders(self) -> list[Reminder]:
        """Those still to come or not yet said, soonest first."""
        rows = self.database.rows("SELECT id, text, due_at FROM reminders WHERE done_at IS NULL")
        found = [Reminder(row["id"], row["text"], datetime.fromisoformat(row["due_at"])) for row in rows]
        return sorted(found, key=lambda one: (one.when, one.id))

    def add_timer(self, name: str, seconds: float, now: datetime, said: str = "") -> Timer:
        """Start a countdown."""
        name = clean_text(name, SHORT_LIMIT, "timer's name", empty=True)
        ends = now + timedelta(seconds=seconds)
        with self.database.write() as connection:
            self._make_room("timers")
            added = connection.execute(
                "INSERT INTO timers (name, seconds, ends_at, created_at) VALUES (?, ?, ?, ?)",
                (name, seconds, ends.isoformat(), now.isoformat()),
            )
            identity = int(added.lastrowid or 0)
            undo.write(connection, now, said or "the timer is stopped", [undo.added("timers", identity)])
            audit.append(connection, now, "timer started", {"id": identity, "name": name, "seconds": seconds})
        return Timer(identity, name, seconds, ends)

    def timers(self) -> list[Timer]:
        """Those still running or not yet announced, soonest first."""
        rows = self.database.rows("SELECT id, name, seconds, ends_at FROM timers WHERE done_at IS NULL")
        found = [Timer(row["id"], row["name"], row["seconds"], datetime.fromisoformat(row["ends_at"])) for row in rows]
        return sorted(found, key=lambda one: (one.ends, one.id))

    def remove(self, items: Sequence[Reminder | Timer | Entry], now: datetime, said: str) -> None:
        """Delete reminders, timers, notes and facts; one undo brings all of them back."""
        with self.database.write() as connection:
            steps = []
            for item in items:
                table = _TABLES[type(item)]
                row = connection.execute(f"SELECT * FROM {table} WHERE id = ?", (item.id,)).fetchone()
                if row is None:
                    continue
                steps.append(undo.removed(table, row))
                connection.execute(f"DELETE FROM {table} WHERE id = ?", (item.id,))
            if steps:
                undo.write(connection, now, said, steps)
                audit.append(connection, now, "deleted", {"items": steps})

    def due(self, now: datetime) -> list[Reminder | Timer]:
        """What is to be said now: reminders and timers whose moment has come."""
        reminders: list[Reminder | Timer] = [one for one in self.reminders() if one.when <= now]
        return reminders + [one for one in self.timers() if one.ends <= now]

    def mark_said(self, item: Reminder | Timer, now: datetime) -> None:
        """A due reminder or timer was announced; it will not be announced again."""
        table = _TABLES[type(item)]
        with self.database.write() as connection:
            connection.execute(f"UPDATE {table} SET done_at = ? WHERE id = ?", (now.isoformat(), item.id))

    def _make_room(self, table: str) -> None:
        waiting = self.database.rows(f"SELECT count(*) AS n FROM {table} WHERE done_at IS NULL")[0]["n"]
        if waiting >= ACTIVE_LIMIT:
            raise UserError(f"There are {waiting:,} {table} already.", "Cancel some that you no longer need.")

    # notes and facts

    def add_entry(self, kind: Kind, text: str, now: datetime, said: str = "") -> Entry:
        """Keep a note or a fact."""
        text = clean_text(text, NOTE_LIMIT if kind == "note" else SHORT_LIMIT, kind)
        with self.database.write() as connection:
            added = connection.execute(
                "INSERT INTO entries (kind, text, created_at) VALUES (?, ?, ?)", (kind, text, now.isoformat())
            )
            identity = int(added.lastrowid or 0)
            self._similar.index(connection, identity, text)
            undo.write(connection, now, said or f"the {kind} is gone", [undo.added("entries", identity)])
            audit.append(connection, now, f"{kind} kept", {"id": identity, "characters": len(text)})
        return Entry(identity, kind, text, now)

    def entries(self, kinds: Sequence[Kind] = ("note", "fact"), limit: int = 50) -> list[Entry]:
        """The newest notes or facts, newest first."""
        marks = ",".join("?" * len(kinds))
        rows = self.database.rows(
            f"SELECT * FROM entries WHERE kind IN ({marks}) ORDER BY id DESC LIMIT ?", *kinds, limit
        )
        return [_entry(row) for row in rows]

    def entry(self, identity: int) -> Entry | None:
        """One note or fact, or None."""
        rows = self.database.rows("SELECT * FROM entries WHERE id = ?", identity)
        return _entry(rows[0]) if rows else None

    def search(self, query: str, kinds: Sequence[Kind] = ("note", "fact"), limit: int = 5) -> list[Entry]:
        """What answers the query, best first; empty when nothing does. Words and meaning each vote by rank."""
        words = [pair for pair in self._similar.by_words(query, kinds, limit * 4) if pair[1] >= WORDS_ENOUGH]
        meaning = [pair for pair in self._similar.by_meaning(query, kinds, limit * 4) if pair[1] >= SIMILAR_ENOUGH]
        votes: dict[int, float] = {}
        strength: dict[int, float] = {}
        for ranking in (words, meaning):
            for rank, (identity, score) in enumerate(ranking):
                votes[identity] = votes.get(identity, 0.0) + 1 / (10 + rank)  # reciprocal rank fusion (Cormack 2009)
                strength[identity] = max(score, strength.get(identity, 0.0))
        best = sorted(votes, key=lambda identity: (-votes[identity], -identity))[:limit]
        marks = ",".join("?" * len(best))
        rows = {row["id"]: row for row in self.database.rows(f"SELECT * FROM entries WHERE id IN ({marks})", *best)}
        return [_entry(rows[identity], min(1.0, strength[identity])) for identity in best if identity in rows]

    # the conversation

    def add_turn(
        self, request: str, answer: str, now: datetime, more: str = "", data: Mapping[str, Any] | None = None
    ) -> None:
        """Record a finished turn; `data` is JSON values, and is what a later "the day before" or "spell that" refers
        to."""
        kept = json.dumps(data or {}, ensure_ascii=False, default=str)
        if len(kept) > NOTE_LIMIT:
            kept = "{}"
        values = (now.isoformat(), scrub(request)[:NOTE_LIMIT], scrub(answer)[:NOTE_LIMIT], scrub(more)[:NOTE_LIMIT])
        with self.database.write() as connection:
            connection.execute(
                "INSERT INTO turns (at, request, answer, more, data) VALUES (?, ?, ?, ?, ?)", (*values, scrub(kept))
            )

    def turns(self, limit: int = 10) -> list[Turn]:
        """The latest turns, newest first."""
        rows = self.database.rows("SELECT * FROM turns ORDER BY id DESC LIMIT ?", limit)
        return [
            Turn(
                row["id"],
                row["request"],
                row["answer"],
                row["more"],
                datetime.fromisoformat(row["at"]),
                json.loads(row["data"]),
            )
            for row in rows
        ]

    # undo, audit, export, delete

    def undo(self, now: datetime, only: str | None = None) -> str | None:
        """Reverse the last action that was not undone yet, of this program or an earlier one; what was undone, or
        None. With `only`, nothing else than the action whose undoing says so."""
        with self.database.write() as connection:
            entry = undo.latest(connection)
            if entry is None or only not in (None, entry["said"]):
                return None
            undo.reverse(connection, entry, now)
            self._similar.look_again()
            audit.append(connection, now, "undone", {"said": entry["said"]})
            return str(entry["said"])

    def last_action(self) -> str | None:
        """What undo() would say, without doing it."""
        with self.database.write() as connection:
            entry = undo.latest(connection)
        return str(entry["said"]) if entry else None

    def record(self, kind: str, detail: Mapping[str, Any], now: datetime) -> None:
        """Add to the audit log, such as ("consent asked", {"text": ...}) and ("consent given", {...})."""
        with self.database.write() as connection:
            audit.append(connection, now, kind, detail)

    def audit_break(self) -> int | None:
        """The first audit entry that was tampered with; None when the chain is whole."""
        with self.database.write() as connection:
            return audit.first_break(connection)

    def export(self, path: Path) -> int:
        """Write everything that is remembered to a new JSON file; the number of records in it.

        Raises:
            UserError: the file exists already or can't be written.
        """
        tables = {table: [dict(row) for row in self.database.rows(f"SELECT * FROM {table}")] for table in DATA_TABLES}
        text = json.dumps({"antigone": 1, **tables}, ensure_ascii=False, indent=1)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        except FileExistsError:
            raise UserError(
                f"{path} exists already; it was left as it is.", "Choose a name that is not taken."
            ) from None
        except OSError as error:
            raise UserError(f"I can't write {path}: {error.strerror or error}.", "Choose another folder.") from error
        return sum(len(rows) for rows in tables.values())

    def delete_all(self, now: datetime) -> None:
        """Forget everything, and overwrite it in the file. It can't be undone."""
        with self.database.write() as connection:
            connection.execute("DELETE FROM vectors")
            connection.execute("DELETE FROM codes")
            for table in DATA_TABLES:
                connection.execute(f"DELETE FROM {table}")
            connection.execute(
                "INSERT INTO entries_words (entries_words) VALUES ('rebuild')"
            )  # its segments keep words
            connection.execute("DELETE FROM sqlite_sequence WHERE name = 'audit'")
            audit.append(connection, now, "everything deleted", {})
        self._similar.forget()
        try:
            self.database.compact()
        except UserError as error:
            raise UserError(
                "Everything is deleted, but another program keeps the file open, so traces may remain in it.",
                "Close the other program and delete everything again.",
            ) from error


def _entry(row: Any, score: float = 1.0) -> Entry:
    return Entry(row["id"], row["kind"], row["text"], datetime.fromisoformat(row["created_at"]), score)

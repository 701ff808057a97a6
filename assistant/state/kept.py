"""What is kept in the user's words: notes and facts; how they are found, changed, and taken out again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from assistant.state import facts, undo
from assistant.state.base import Base
from assistant.state.records import (
    NOTE_LIMIT,
    SHORT_LIMIT,
    Entry,
    KeptFact,
    Kind,
    Reminder,
    Timer,
    clean_text,
)
from assistant.state.similar import EVERYTHING
from kernels.errors import UserError

SIMILAR_ENOUGH = 0.33  # cosine of MiniLM from which an entry answers a question
WORDS_ENOUGH = 0.5  # share of the question's content words from which an entry answers it
_TABLES = {Reminder: "reminders", Timer: "timers", Entry: "entries"}


class Kept(Base):
    """The store's room of notes and facts."""

    def add_entry(self, kind: Kind, text: str, now: datetime, said: str = "", source: str = "said") -> Entry:
        """Keep a note or a fact as it is; `keep_fact` also sees to what it contradicts."""
        with self.database.write() as connection:
            entry = self._add(connection, kind, text, now, source)
            undo.write(connection, now, said or f"the {kind} is gone", [undo.added("entries", entry.id)])
            self._record(connection, now, f"{kind} kept", {"id": entry.id, "characters": len(entry.text)})
        return entry

    def keep_fact(self, text: str, now: datetime, said: str = "", source: str = "said") -> KeptFact:
        """Keep a fact in the place of what it contradicts: an earlier value of the same thing. One undo takes it back.

        Args:
            text: the fact in the user's words.
            said: what undoing it will say; what comes back then is added.
            source: "said", "document NAME" or "setting".
        """
        about = facts.subject(clean_text(text, SHORT_LIMIT, "fact"))
        with self.database.write() as connection:
            query = "SELECT * FROM entries WHERE kind = 'fact' AND subject = ? AND subject != '' ORDER BY id"
            old = connection.execute(query, (about,)).fetchall()
            entry = self._add(connection, "fact", text, now, source)
            connection.executemany("DELETE FROM entries WHERE id = ?", [(row["id"],) for row in old])
            steps = [*(undo.removed("entries", row) for row in old), undo.added("entries", entry.id)]
            different = [row for row in old if row["text"].casefold() != entry.text.casefold()]
            back = "; ".join(row["text"].rstrip(". ") for row in different)
            said = (said or "the fact is gone").rstrip(". ")
            undo.write(connection, now, f"{said}; I remember again: {back}" if back else said, steps)
            detail = {"id": entry.id, "characters": len(entry.text), "replaced": [row["id"] for row in old]}
            self._record(connection, now, "fact kept", detail)
        return KeptFact(entry, tuple(_entry(row) for row in different))

    def edit(self, entry: Entry, text: str, now: datetime, said: str) -> Entry:
        """Give a note or fact other words; its time stays. It gets a new number, so that every index knows at once.

        Raises:
            UserError: it is not there any more, or the text can't be kept.
        """
        with self.database.write() as connection:
            row = connection.execute("SELECT * FROM entries WHERE id = ?", (entry.id,)).fetchone()
            if row is None:
                raise UserError(f"The {entry.kind} is not there any more.", "Look at your notes again.")
            edited = self._add(connection, row["kind"], text, datetime.fromisoformat(row["created_at"]), row["source"])
            connection.execute("DELETE FROM entries WHERE id = ?", (entry.id,))
            undo.write(connection, now, said, [undo.removed("entries", row), undo.added("entries", edited.id)])
            detail = {"id": edited.id, "before": entry.id, "characters": len(edited.text)}
            self._record(connection, now, f"{entry.kind} edited", detail)
        return edited

    def remove(self, items: Sequence[Reminder | Timer | Entry], now: datetime, said: str) -> None:
        """Delete reminders, timers, notes and facts; one undo brings all of them back."""
        with self.database.write() as connection:
            self._remove(connection, items, now, said)

    def _remove(self, connection: Any, items: Sequence[Reminder | Timer | Entry], now: datetime, said: str) -> int:
        """Delete, with journal and audit; the number of the journal's entry, 0 where nothing was there."""
        steps = []
        for item in items:
            table = _TABLES[type(item)]
            row = connection.execute(f"SELECT * FROM {table} WHERE id = ?", (item.id,)).fetchone()
            if row is None:
                continue
            steps.append(undo.removed(table, row))
            connection.execute(f"DELETE FROM {table} WHERE id = ?", (item.id,))
        if not steps:
            return 0
        detail = {"items": [{"table": step["table"], "id": step["row"]["id"]} for step in steps]}
        self._record(connection, now, "deleted", detail)
        return undo.write(connection, now, said, steps)

    def _add(self, connection: Any, kind: Kind, text: str, at: datetime, source: str) -> Entry:
        text = clean_text(text, NOTE_LIMIT if kind == "note" else SHORT_LIMIT, kind)
        about = facts.subject(text) if kind == "fact" else ""
        added = connection.execute(
            "INSERT INTO entries (kind, text, created_at, source, subject) VALUES (?, ?, ?, ?, ?)",
            (kind, text, at.isoformat(), source, about),
        )
        identity = int(added.lastrowid or 0)
        self._similar.index(connection, identity, text)
        return Entry(identity, kind, text, at, source=source)

    # finding

    def entries(
        self,
        kinds: Sequence[Kind] = ("note", "fact"),
        limit: int = 50,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Entry]:
        """The newest notes or facts, newest first (-1: all); kept from `since` to before `until` where these are
        given."""
        marks = ",".join("?" * len(kinds))
        timed = since is not None or until is not None
        rows = self.database.rows(
            f"SELECT * FROM entries WHERE kind IN ({marks}) AND id BETWEEN ? AND ? ORDER BY id DESC LIMIT ?",
            *kinds,
            *(self._numbers(since, until) if timed else EVERYTHING),
            -1 if timed else limit,
        )
        return [one for one in map(_entry, rows) if _within(one, since, until)][: limit if limit >= 0 else None]

    def entry(self, identity: int) -> Entry | None:
        """One note or fact, or None."""
        rows = self.database.rows("SELECT * FROM entries WHERE id = ?", identity)
        return _entry(rows[0]) if rows else None

    def search(
        self,
        query: str,
        kinds: Sequence[Kind] = ("note", "fact"),
        limit: int = 5,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Entry]:
        """What answers the query, best first; empty when nothing does. Words and meaning each vote by rank."""
        among = self._numbers(since, until) if since or until else None
        by_words = self._similar.by_words(query, kinds, limit * 4, among)
        by_meaning = self._similar.by_meaning(query, kinds, limit * 4, among)
        words = [pair for pair in by_words if pair[1] >= WORDS_ENOUGH]
        meaning = [pair for pair in by_meaning if pair[1] >= SIMILAR_ENOUGH]
        votes: dict[int, float] = {}
        strength: dict[int, float] = {}
        for ranking in (words, meaning):
            for rank, (identity, score) in enumerate(ranking):
                votes[identity] = votes.get(identity, 0.0) + 1 / (10 + rank)  # reciprocal rank fusion (Cormack 2009)
                strength[identity] = max(score, strength.get(identity, 0.0))
        best = sorted(votes, key=lambda identity: (-votes[identity], -identity))[: limit if among is None else None]
        marks = ",".join("?" * len(best))
        rows = {row["id"]: row for row in self.database.rows(f"SELECT * FROM entries WHERE id IN ({marks})", *best)}
        found = [_entry(rows[identity], min(1.0, strength[identity])) for identity in best if identity in rows]
        return [one for one in found if _within(one, since, until)][:limit]

    def _numbers(self, since: datetime | None, until: datetime | None) -> tuple[int, int]:
        """The lowest and highest number of what was kept about that time: a day more at both ends, because the texts
        of moments in different time zones compare only roughly."""
        low = (since - timedelta(days=1)).isoformat() if since else ""
        high = (until + timedelta(days=1)).isoformat() if until else "9999"
        row = self.database.rows(
            "SELECT min(id) AS low, max(id) AS high FROM entries WHERE created_at BETWEEN ? AND ?", low, high
        )[0]
        return (row["low"], row["high"]) if row["low"] is not None else (1, 0)


def _entry(row: Any, score: float = 1.0) -> Entry:
    at = datetime.fromisoformat(row["created_at"])
    return Entry(row["id"], row["kind"], row["text"], at, score, row["source"])


def _within(entry: Entry, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or entry.at >= since) and (until is None or entry.at < until)

"""Forgetting for good: out of the notes, the index, the conversation, the undo journal, the audit log, and the file.

What was forgotten can be brought back for FORGET_LASTS. Then `purge` takes it out of everything that holds it. A turn,
a step or an audit entry holds it when it has its words in a row, all of its words that carry meaning, or one of its
longer numbers, however these are spaced: whole words and whole numbers, in what was said and in the values that were
kept of it, not in times, digests and the names of fields. Last the file is rewritten and its log emptied, so that no
byte of it is left in them; what a disk itself keeps of blocks that were written over is beyond a program.
"""

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from assistant.state import audit, undo
from assistant.state.similar import content_words

FORGET_LASTS = timedelta(minutes=10)
DIGITS = 4  # a number of so many digits is taken for the same number wherever it stands
_NUMBER = re.compile(r"\d(?:[\s.,()/-]{0,2}\d)*")
_YEAR = re.compile(
    r"\b((?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}(?: \d{1,2}(?:st|nd|rd|th)?)?,?) (?:19|20)\d\d\b"
)
_STRUCTURE = frozenset((  # fields that hold no words of the user's
    *("at", "when", "until", "created_at", "due_at", "ends_at", "done_at", "done_on", "salt", "digest", "hash"),
    *("do", "table", "kind", "source", "state", "status", "tool", "tier", "id", "entries", "items", "characters"),
    "seconds",
))  # fmt: skip
_GROUPS = 40  # of digits that are tried as one number
GONE = "This was forgotten."


class Trace:
    """Recognises texts that hold one of the forgotten entries."""

    def __init__(self, texts: Sequence[str], numbers: Sequence[int]) -> None:
        self._texts = [flat for text in texts if (flat := _flat(text)).strip()]
        self._words = [words for text in texts if len(words := set(content_words(text))) > 1]
        self._numbers = {
            number for text in texts for groups in _digits(text) if len(number := "".join(groups)) >= DIGITS
        }
        self._entries = set(numbers)

    def is_in(self, *texts: str) -> bool:
        """Whether one of these texts holds one of the entries."""
        for text in texts:
            flat = _flat(text)
            if any(one in flat for one in self._texts):
                return True
            if any(self._holds_number(groups) for groups in _digits(text)):
                return True
            words = set(re.findall(r"\w+", text.casefold()))
            if any(own <= words for own in self._words):
                return True
        return False

    def is_in_values(self, kept: str) -> bool:
        """Whether a value of this JSON does."""
        return self.is_in(*_texts(json.loads(kept)))

    def _holds_number(self, groups: Sequence[str]) -> bool:
        """Whether some groups of digits in a row make one of the numbers, neither more nor less."""
        for start in range(len(groups) if self._numbers else 0):
            joined = ""
            for group in groups[start : start + _GROUPS]:
                joined += group
                if joined in self._numbers:
                    return True
        return False

    def touches(self, text: str) -> bool:
        """Whether a text shares a word that carries meaning with one of the entries: not a bare "yes"."""
        words = set(re.findall(r"\w+", text.casefold()))
        return any(not own.isdisjoint(words) for own in self._words) or self.is_in(text)

    def names_entry(self, steps: Sequence[Mapping[str, Any]]) -> bool:
        """Whether a step of the undo journal acts on one of the entries."""
        rows = ((step.get("id") or step.get("row", {}).get("id")) for step in steps if step.get("table") == "entries")
        return any(row in self._entries for row in rows)


def _flat(text: str) -> str:
    """The words in a row, each between two spaces."""
    words = " ".join(re.findall(r"\w+", text.casefold()))
    return f" {words} "


def _digits(text: str) -> list[list[str]]:
    """The groups of digits of each number; the year of a date is shared by too much to be one."""
    plain = _YEAR.sub(r"\1", text.casefold())
    return [re.findall(r"\d+", match[0]) for match in _NUMBER.finditer(plain)]


def _texts(kept: Any) -> Iterator[str]:
    """The texts and numbers in JSON values; a list of texts is also read as one ("0", "9", "5", "8")."""
    if isinstance(kept, str):
        yield kept
    elif isinstance(kept, int | float) and not isinstance(kept, bool):
        yield str(kept)
    elif isinstance(kept, Mapping):
        for name, one in kept.items():
            if name not in _STRUCTURE:
                yield from _texts(one)
    elif isinstance(kept, list):
        texts = [one for one in kept if isinstance(one, str)]
        if len(texts) > 1:
            yield " ".join(texts)
        for one in kept:
            yield from _texts(one)


def note(connection: sqlite3.Connection, until: datetime, action: int, items: Sequence[tuple[int, str]]) -> None:
    """Remember what is to vanish after `until`: the journal's number of the forgetting, and (number, text) of each."""
    connection.execute(
        "INSERT INTO forgotten (until, action, items) VALUES (?, ?, ?)",
        (until.isoformat(), action, json.dumps(items, ensure_ascii=False)),
    )


def due(connection: sqlite3.Connection, now: datetime) -> list[sqlite3.Row]:
    """What is to vanish by now."""
    rows = connection.execute("SELECT * FROM forgotten ORDER BY id").fetchall()
    return [row for row in rows if datetime.fromisoformat(row["until"]) <= now]


def vanish(connection: sqlite3.Connection, row: sqlite3.Row, now: datetime) -> bool:
    """Take one forgetting's entries out of every table, inside the caller's transaction; False where it was undone."""
    connection.execute("DELETE FROM forgotten WHERE id = ?", (row["id"],))
    query = "SELECT undone_at, steps FROM undo_journal WHERE id = ?"
    action = connection.execute(query, (row["action"],)).fetchone()
    if action is not None and action["undone_at"] is not None and not undo.is_final(action):
        return False
    items = json.loads(row["items"])
    trace = Trace([text for _, text in items], [number for number, _ in items])
    said = _from_turns(connection, trace)
    _from_journal(connection, trace, int(row["action"]))
    _from_audit(connection, trace, [*said, *(text for _, text in items)], now, len(items))
    return True


def _from_turns(connection: sqlite3.Connection, trace: Trace) -> list[str]:
    """Empty the turns that hold it; the requests they had, and the effects they asked about."""
    texts: list[str] = []
    found: list[int] = []
    for row in connection.execute("SELECT id, request, answer, more, data FROM turns"):
        if trace.is_in(row["request"], row["answer"], row["more"]) or trace.is_in_values(row["data"]):
            found.append(row["id"])
            pending = json.loads(row["data"]).get("pending")
            texts.append(row["request"])
            if isinstance(pending, Mapping):
                texts.append(str(pending.get("effect", "")))
    for identity in found:  # the names of the tools stay: they tell nothing of it
        connection.execute(
            "UPDATE turns SET request = ?, answer = ?, more = '', data = '{}' WHERE id = ?", (GONE, GONE, identity)
        )
    return texts


def _from_journal(connection: sqlite3.Connection, trace: Trace, action: int) -> None:
    undo.make_final(connection, action)
    for row in connection.execute("SELECT id, said, steps FROM undo_journal WHERE id != ?", (action,)).fetchall():
        steps = json.loads(row["steps"])
        if trace.names_entry(steps) or trace.is_in(row["said"]) or trace.is_in_values(row["steps"]):
            connection.execute("DELETE FROM undo_journal WHERE id = ?", (row["id"],))


def _from_audit(connection: sqlite3.Connection, trace: Trace, texts: Sequence[str], now: datetime, things: int) -> None:
    """Empty the entries that hold it in words, or as the digest of a text that held it."""
    key = audit.salt(connection)
    held = {text for text in texts if text and trace.touches(text)}
    held |= {audit.digest_of(text, key) for text in held}
    found = []
    for row in connection.execute("SELECT id, detail FROM audit WHERE kind != ?", (audit.FORGOTTEN,)):
        if held & set(_values(json.loads(row["detail"]))) or trace.is_in_values(row["detail"]):
            found.append(row["id"])
    audit.empty(connection, now, found, things)


def _values(detail: Any) -> Iterator[str]:
    """All texts in an entry, digests among them."""
    if isinstance(detail, str):
        yield detail
    elif isinstance(detail, Mapping):
        for one in detail.values():
            yield from _values(one)
    elif isinstance(detail, list):
        for one in detail:
            yield from _values(one)


def trim(connection: sqlite3.Connection, before: datetime) -> int:
    """Drop what can't be undone any more because it is so old; how many actions that were."""
    done = connection.execute("DELETE FROM undo_journal WHERE at < ?", (before.isoformat(),))
    return int(done.rowcount)

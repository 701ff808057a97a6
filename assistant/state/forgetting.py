"""Forgetting for good: out of the notes, the index, the conversation, the undo journal, the audit log, and the file.

What was forgotten can be brought back for FORGET_LASTS. Then `purge` takes it out of everything that holds it. A turn,
a step or an audit entry holds it when it has its words in a row, all of its words that carry meaning, or one of its
longer numbers, however these are spaced. Last the file is rewritten and its log emptied, so that no byte of it is left
in them; what a disk itself keeps of blocks that were written over is beyond a program.
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
GONE = "This was forgotten."


class Trace:
    """Recognises texts that hold one of the forgotten entries."""

    def __init__(self, texts: Sequence[str], numbers: Sequence[int]) -> None:
        self._texts = [" ".join(text.casefold().split()) for text in texts]
        self._words = [words for text in texts if len(words := set(content_words(text))) > 1]
        self._numbers = {number for text in texts for number in _digits(text) if len(number) >= DIGITS}
        self._entries = set(numbers)

    def is_in(self, *texts: str) -> bool:
        """Whether one of these texts holds one of the entries."""
        for text in texts:
            flat = " ".join(text.casefold().split())
            if any(one in flat for one in self._texts):
                return True
            if any(number in digits for number in self._numbers for digits in _digits(flat)):
                return True
            words = set(re.findall(r"\w+", flat))
            if any(own <= words for own in self._words):
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


def _digits(text: str) -> list[str]:
    return [re.sub(r"\D", "", match[0]) for match in _NUMBER.finditer(text)]


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
        if trace.is_in(row["request"], row["answer"], row["more"], row["data"]):
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
        if trace.names_entry(steps) or trace.is_in(row["said"], row["steps"]):
            connection.execute("DELETE FROM undo_journal WHERE id = ?", (row["id"],))


def _from_audit(connection: sqlite3.Connection, trace: Trace, texts: Sequence[str], now: datetime, things: int) -> None:
    """Empty the entries that hold it in words, or as the digest of a text that held it."""
    key = audit.salt(connection)
    held = {text for text in texts if text and trace.touches(text)}
    held |= {audit.digest_of(text, key) for text in held}
    found = []
    for row in connection.execute("SELECT id, detail FROM audit WHERE kind != ?", (audit.FORGOTTEN,)):
        if held & set(_values(json.loads(row["detail"]))) or trace.is_in(_without_hex(row["detail"])):
            found.append(row["id"])
    audit.empty(connection, now, found, things)


def _values(detail: Any) -> Iterator[str]:
    """All texts in an entry, digests among them."""
    if isinstance(detail, str):
        yield detail
    elif isinstance(detail, Mapping):
        for one in detail.values():
            yield from _values(one)


def _without_hex(detail: str) -> str:
    """An entry without its salt, digests and times, in whose digits a short number could be found by chance."""
    return re.sub(
        r'"(?:salt|digest|when|until|at)": "[^"]*"|"(?:id|entries|items|characters|seconds)": [^,}]*', "", detail
    )


def trim(connection: sqlite3.Connection, before: datetime) -> int:
    """Drop what can't be undone any more because it is so old; how many actions that were."""
    done = connection.execute("DELETE FROM undo_journal WHERE at < ?", (before.isoformat(),))
    return int(done.rowcount)

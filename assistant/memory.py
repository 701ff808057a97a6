"""What the assistant remembers: reminders, timers, notes, facts, the conversation, how to undo, and who agreed to what.

Every change is one transaction that holds the change, its undo entry and its audit entry together.
"""

import json
import os
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from assistant.documents import Library
from assistant.phrases.periods import find_period
from assistant.sight import shots
from assistant.state import audit, forgetting, profile, undo
from assistant.state.base import FILE_NAME, UNDO_LASTS
from assistant.state.forgetting import FORGET_LASTS
from assistant.state.habits import Habits
from assistant.state.kept import Kept
from assistant.state.profile import Profile
from assistant.state.records import Entry, KeptFact, Kind, Reminder, Shown, Timer, Turn, as_json
from assistant.state.similar import STOP_WORDS, Encode, content_words
from assistant.state.talk import SHOWN_LASTS, Talk
from assistant.state.waiting import Waiting
from kernels.errors import UserError

__all__ = [
    "FILE_NAME",
    "FORGET_LASTS",
    "Entry",
    "KeptFact",
    "Kind",
    "Profile",
    "Reminder",
    "Shown",
    "Store",
    "Timer",
    "Turn",
    "as_json",
]

MEANT_LASTS = timedelta(minutes=10)  # "forget that" is about what was said in this time
LIBRARY_EVERY_S = 3600.0  # how often the documents are looked through
PURGE_EVERY_S = 60.0  # how often a file that somebody else holds open is tried again
DATA_TABLES = ("reminders", "timers", "entries", "turns", "undo_journal", "forgotten", "shown", "routines", "audit")
_NO_SUBJECT = STOP_WORDS | {
    *("wrote", "write", "written", "noted", "jot", "jotted", "down", "keep", "kept", "told", "add", "added", "first"),
    *("anything", "something", "everything", "latest", "last", "read", "out", "list", "thing", "things", "know"),
    *("remembered", "forget", "put", "made", "taken", "took"),
}
_THAT = re.compile(
    r"(?:it|that|this|them|(?:that|this|the last|the latest) (?:one|thing|note|fact)|what i (?:just )?said)"
)
_EVERYTHING = re.compile(
    r"(?:everything|all|anything)(?: (?:that )?(?:you know|i told you|there is))? about (?P<what>.+)"
)


class Store(Waiting, Kept, Talk, Habits):
    """All state, in one SQLite file under `home`.

    Args:
        home: the data folder; made if missing.
        encode: texts -> (B, 384) sentence vectors; without it search goes by words alone.
        audit_text: keep the words of requests and arguments in the audit log (the setting of that name).

    Attributes:
        library: the documents that are kept, in a file of their own.

    Raises:
        UserError: from any method, when the file is locked, read-only, damaged or the disk is full; nothing is lost.
    """

    def __init__(self, home: Path, encode: Encode | None = None, *, audit_text: bool = False) -> None:
        super().__init__(home, encode, audit_text=audit_text)
        self.library = Library(self.home, encode)
        self.can_reverse("setting", _put_back)
        self.can_reverse("document", self.library.reverse)
        self._purged_at = 0.0
        self._library_purged_at = time.monotonic()  # it purges itself when it is opened

    def close(self) -> None:
        """Close both files."""
        self.library.close()
        super().close()

    # what is known, and what is meant

    def profile(self, now: datetime) -> Profile:
        """Everything that is known about the user, in groups; `assistant.state.profile.say` puts it into words."""
        counts = [
            ("notes", self._count("entries WHERE kind = 'note'")),
            ("reminders", len(self.reminders())),
            ("timers", len(self.timers())),
            ("routines", len(self.habits("accepted"))),
        ]
        return profile.make(self.entries(("fact",), -1), counts)

    def find(self, question: str, kinds: Sequence[Kind], limit: int, now: datetime) -> list[Entry]:
        """What answers a question in which a time may be named: "what did I note about the tap last week"."""
        period = find_period(question, now)
        if period is None:
            return self.search(question, kinds, limit)
        if not all(word in _NO_SUBJECT for word in content_words(period.rest)):
            found = self.search(period.rest, kinds, limit, period.since, period.until)
            return found or self.search(question, kinds, limit)  # the note itself may speak of that time
        found = self.entries(kinds, limit, period.since, period.until)
        named = set(content_words(question)) - _NO_SUBJECT
        return found or [one for one in self.search(question, kinds, limit) if named & set(content_words(one.text))]

    def meant(self, what: str, now: datetime) -> list[Entry]:
        """The facts and notes that "that", "my sister's number" or "everything about my sister" mean; [] if none."""
        what = " ".join(what.lower().split()).strip(" .,!?")
        if not what or _THAT.fullmatch(what):
            return self._last_told(now)
        every = _EVERYTHING.fullmatch(what)
        subject = every["what"] if every else what
        if every and subject in ("me", "myself", "us"):
            return self.entries(("fact",), -1)
        wanted = set(content_words(subject))
        near = self.search(subject, ("fact",), 200 if every else 5) or self.search(subject, ("note",), 5)
        if every:
            return [one for one in near if one.score >= 0.99 and wanted]
        return near[:1]

    def _last_told(self, now: datetime) -> list[Entry]:
        """The entry that the latest turn which spoke of one was about."""
        for turn in self.turns(3):
            if now - turn.at > MEANT_LASTS:
                break
            records = turn.data.get("results")
            for record in reversed(records if isinstance(records, list) else []):
                told = record.get("data") if isinstance(record, Mapping) else None
                if isinstance(told, Mapping) and told.get("kind") in ("note", "fact"):
                    entry = self.entry(int(told.get("id", 0)))
                    if entry is not None:
                        return [entry]
        return []

    # forgetting

    def forget(self, entries: Sequence[Entry], now: datetime, said: str, *, for_good: bool = False) -> None:
        """Take facts and notes out; undo brings them back for FORGET_LASTS, then `purge` removes every trace.

        Args:
            entries: what to forget; others with the same words go too.
            said: what undoing it will say.
            for_good: without a way back, with the next `purge`, which comes at the end of the turn.
        """
        with self.database.write() as connection:
            same = [
                one
                for entry in entries
                for row in connection.execute("SELECT id FROM entries WHERE text = ?", (entry.text,))
                if (one := self.entry(row["id"])) is not None
            ]
            every = list({one.id: one for one in [*entries, *same]}.values())
            action = self._remove(connection, every, now, said)
            if action:
                until = now if for_good else now + FORGET_LASTS
                forgetting.note(connection, until, action, [(one.id, one.text) for one in every])
            if action and for_good:
                undo.make_final(connection, action)

    def _after_turn(self, now: datetime) -> None:
        """The turn that asked to forget for good is over and written down: what it said goes too."""
        with suppress(UserError):  # tried again after the next turn, and when the program ends
            self.purge(now)

    def purge(self, now: datetime) -> bool:
        """Take out for good what was forgotten and can't be brought back any more; whether there was something.

        Cheap when there is nothing to do; called after a turn and while the program is idle. A file that another
        program holds open is rewritten at a later call. Removed documents go too, looked for about once an hour. Not
        within a transaction.
        """
        if time.monotonic() - self._library_purged_at > LIBRARY_EVERY_S:
            self._library_purged_at = time.monotonic()
            with suppress(UserError):  # tried again in an hour
                self.library.purge(now)
        if not self._to_purge(now):
            return False
        with self.database.write() as connection:
            rows = forgetting.due(connection, now)
            gone = [forgetting.vanish(connection, row, now) for row in rows]
            trimmed = forgetting.trim(connection, now - UNDO_LASTS)
            if any(gone) or trimmed:
                connection.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('to rewrite', '1')")
        if self.database.rows("SELECT 1 FROM meta WHERE name = 'to rewrite'"):
            self._rewrite()
        self.drop_shown(now)
        return any(gone)

    def undo(self, now: datetime, only: str | None = None) -> str | None:
        """As `Base.undo`; what was forgotten too long ago can't be brought back, whether or not it was purged yet."""
        with self.database.write() as connection:
            for row in forgetting.due(connection, now):
                undo.make_final(connection, row["action"])
        return super().undo(now, only)

    def _to_purge(self, now: datetime) -> bool:
        waits = self.database.rows("SELECT until FROM forgotten ORDER BY id LIMIT 20")
        if any(datetime.fromisoformat(row["until"]) <= now for row in waits):
            return True
        old_action, old_picture = (now - UNDO_LASTS).isoformat(), (now - SHOWN_LASTS).isoformat()
        if self.database.rows("SELECT 1 FROM undo_journal WHERE at < ? LIMIT 1", old_action):
            return True
        if self.database.rows("SELECT 1 FROM shown WHERE at < ? LIMIT 1", old_picture):
            return True
        due = time.monotonic() - self._purged_at > PURGE_EVERY_S
        return due and bool(self.database.rows("SELECT 1 FROM meta WHERE name = 'to rewrite'"))

    def _rewrite(self) -> None:
        """Rewrite the index and the file without what was taken out; tried again later where that can't be done now."""
        self._purged_at = time.monotonic()
        with suppress(UserError):
            with self.database.write() as connection:  # the index keeps deleted words until its parts are merged
                connection.execute("INSERT INTO entries_words (entries_words) VALUES ('optimize')")
            self.database.compact()
            with self.database.write() as connection:
                connection.execute("DELETE FROM meta WHERE name = 'to rewrite'")

    # export and delete

    def export(self, path: Path) -> int:
        """Write everything that is remembered to a new JSON file; the number of records in it.

        Raises:
            UserError: the file exists already or can't be written.
        """
        tables = {table: [dict(row) for row in self.database.rows(f"SELECT * FROM {table}")] for table in DATA_TABLES}
        tables["documents"] = self.library.export()
        write_new(path, json.dumps({"antigone": 1, **tables}, ensure_ascii=False, indent=1))
        return sum(len(rows) for rows in tables.values())

    def delete_all(self, now: datetime) -> None:
        """Forget everything: what is in this file and the documents', pictures that were shown or taken, damaged files
        that were set aside, and what went wrong last. It can't be undone."""
        with self.database.write() as connection:
            connection.execute("DELETE FROM vectors")
            connection.execute("DELETE FROM codes")
            connection.execute("DELETE FROM meta")
            for table in DATA_TABLES:
                connection.execute(f"DELETE FROM {table}")
            connection.execute(
                "INSERT INTO entries_words (entries_words) VALUES ('rebuild')"
            )  # its segments keep words
            connection.execute("DELETE FROM sqlite_sequence WHERE name = 'audit'")
            audit.append(connection, now, "everything deleted", {})
        self._similar.forget()
        self.drop_shown(now, everything=True)
        shots.discard(self.home)
        for left in (*self.home.glob("*-damaged-*.sqlite3*"), self.home / "last-error.txt"):
            left.unlink(missing_ok=True)
        try:
            self.library.delete_all()
            self.database.compact()
        except UserError as error:
            raise UserError(
                "Everything is deleted, but another program keeps the file open, so traces may remain in it.",
                "Close the other program and delete everything again.",
            ) from error

    def _count(self, what: str) -> int:
        return int(self.database.rows(f"SELECT count(*) AS n FROM {what}")[0]["n"])


def write_new(path: Path, text: str) -> None:
    """Write a file that does not exist yet, for its owner alone, and see it on the disk.

    Raises:
        UserError: the file exists already or can't be written.
    """
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UserError(f"{path} exists already; it was left as it is.", "Choose a name that is not taken.") from None
    except OSError as error:
        raise UserError(f"I can't write {path}: {error.strerror or error}.", "Choose another folder.") from error
    try:
        with os.fdopen(made, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)  # half a copy is none
        raise UserError(f"I can't write {path}: {error.strerror or error}.", "Choose another folder.") from error


def _put_back(step: Mapping[str, Any]) -> None:
    from assistant import settings_file

    settings_file.put(str(step["name"]), step["value"])

"""The conversation: its turns, and the pictures and documents that were shown in it."""

import json
import os
import secrets
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from assistant.state.base import Base
from assistant.state.records import NOTE_LIMIT, Shown, Turn, scrub
from kernels.errors import UserError

SHOWN_LASTS = timedelta(days=1)
SHOWN_MOST = 6  # pictures and documents that stay askable
SHOWN_BYTES = 64 << 20  # of one of them
FOLDER = "shown"


class Talk(Base):
    """The store's room of what was said and shown."""

    def add_turn(
        self,
        request: str,
        answer: str,
        now: datetime,
        more: str = "",
        data: Mapping[str, Any] | None = None,
        calls: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """Record a finished turn, with its request and tool calls in the audit log.

        Args:
            data: JSON values: what a later "the day before" or "spell that" refers to.
            calls: what was called: {"tool", "tier", "status": "done" | "nothing" | "failed" | "refused", "arguments"}.
        """
        kept = json.dumps(data or {}, ensure_ascii=False, default=str)
        if len(kept) > NOTE_LIMIT:
            kept = "{}"
        request = scrub(request)[:NOTE_LIMIT]
        tools = json.dumps(_names(data or {}, calls))
        values = (now.isoformat(), request, scrub(answer)[:NOTE_LIMIT], scrub(more)[:NOTE_LIMIT], scrub(kept), tools)
        with self.database.write() as connection:
            connection.execute(
                "INSERT INTO turns (at, request, answer, more, data, tools) VALUES (?, ?, ?, ?, ?, ?)", values
            )
            self.audit_turn(request, calls, now)
        self._after_turn(now)

    def _after_turn(self, now: datetime) -> None:
        """What the store does when a turn was written down; nothing in this room."""

    def audit_turn(self, request: str, calls: Sequence[Mapping[str, Any]], now: datetime) -> None:
        """Write a turn's request and calls into the audit log, for one that is not kept itself."""
        with self.database.write() as connection:
            self._record(connection, now, "request", {"text": request})
            for call in calls:
                self._record(connection, now, "tool", call)

    def turns(self, limit: int = 10) -> list[Turn]:
        """The latest turns, newest first."""
        return [_turn(row) for row in self.database.rows("SELECT * FROM turns ORDER BY id DESC LIMIT ?", limit)]

    def used(self, since: datetime) -> list[Turn]:
        """When which tools were used, oldest first: turns without their words, which stay unread."""
        rows = self.database.rows("SELECT id, at, tools FROM turns WHERE at >= ? ORDER BY id", since.isoformat())
        return [
            Turn(row["id"], "", "", "", datetime.fromisoformat(row["at"]), {}, tuple(json.loads(row["tools"])))
            for row in rows
        ]

    # pictures and documents

    def keep_shown(self, paths: Sequence[Path], now: datetime) -> None:
        """Keep copies of what was shown, so that it can be asked about in later turns; the oldest make room.

        Raises:
            UserError: a file can't be read, or the copy not written.
        """
        folder = self._shown_folder()
        for path in paths:
            copy = folder / f"{secrets.token_hex(8)}{path.suffix.lower()[:8]}"
            values = (now.isoformat(), scrub(path.name), copy.name)
            try:
                if path.parent == folder or path.stat().st_size > SHOWN_BYTES:
                    continue
                with self.database.write() as connection:  # first the row: a file without one is thrown away
                    connection.execute("INSERT INTO shown (at, name, file) VALUES (?, ?, ?)", values)
                with open(path, "rb") as source, open(copy, "xb", opener=_privately) as target:
                    shutil.copyfileobj(source, target)
            except OSError as error:
                copy.unlink(missing_ok=True)
                raise UserError(f"I can't keep a copy of {path.name}: {error.strerror}.", "Show it again.") from error
        self.drop_shown(now)

    def shown(self, now: datetime, limit: int = 2) -> list[Shown]:
        """What was shown last, newest first; nothing older than a day."""
        rows = self.database.rows("SELECT * FROM shown ORDER BY id DESC LIMIT ?", limit)
        folder = self.home / FOLDER
        found = [Shown(row["id"], folder / row["file"], row["name"], datetime.fromisoformat(row["at"])) for row in rows]
        return [one for one in found if now - one.at <= SHOWN_LASTS and one.path.is_file()]

    def drop_shown(self, now: datetime, everything: bool = False) -> None:
        """Delete the copies that are too old or too many, or all of them, and files that nothing names."""
        rows = self.database.rows("SELECT * FROM shown ORDER BY id DESC")
        fresh = [row for row in rows[:SHOWN_MOST] if now - datetime.fromisoformat(row["at"]) <= SHOWN_LASTS]
        kept = [] if everything else fresh
        if len(kept) < len(rows):
            marks = ",".join("?" * len(kept))
            with self.database.write() as connection:
                connection.execute(f"DELETE FROM shown WHERE id NOT IN ({marks})", [row["id"] for row in kept])
        names = {row["file"] for row in kept}
        folder = self.home / FOLDER
        for file in folder.iterdir() if folder.is_dir() else ():
            if file.name not in names:
                file.unlink(missing_ok=True)

    def _shown_folder(self) -> Path:
        folder = self.home / FOLDER
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise UserError(f"I can't use the folder {folder}: {error.strerror}.", "Make it writable.") from error
        return folder


def _names(data: Mapping[str, Any], calls: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names of the tools that did something in a turn, in order."""
    if calls:
        return [str(call.get("tool")) for call in calls if call.get("status") in ("done", "nothing")]
    records = data.get("results")
    found = [one.get("name") for one in records if isinstance(one, Mapping)] if isinstance(records, list) else []
    return [name for name in found if isinstance(name, str)]


def _turn(row: Any) -> Turn:
    return Turn(
        row["id"],
        row["request"],
        row["answer"],
        row["more"],
        datetime.fromisoformat(row["at"]),
        json.loads(row["data"]),
        tuple(json.loads(row["tools"])),
    )


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)

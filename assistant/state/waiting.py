"""What waits for its moment: reminders and timers."""

from datetime import datetime, timedelta

from assistant.state import undo
from assistant.state.base import Base
from assistant.state.records import SHORT_LIMIT, Reminder, Timer, clean_text
from kernels.errors import UserError

ACTIVE_LIMIT = 5_000  # reminders and timers waiting at one time


class Waiting(Base):
    """The store's room of reminders and timers."""

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
            detail = {"id": identity, "text": text, "when": when.isoformat()}
            self._record(connection, now, "reminder set", detail)
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
            self._record(connection, now, "timer started", {"id": identity, "name": name, "seconds": seconds})
        return Timer(identity, name, seconds, ends)

    def timers(self) -> list[Timer]:
        """Those still running or not yet announced, soonest first."""
        rows = self.database.rows("SELECT id, name, seconds, ends_at FROM timers WHERE done_at IS NULL")
        found = [Timer(row["id"], row["name"], row["seconds"], datetime.fromisoformat(row["ends_at"])) for row in rows]
        return sorted(found, key=lambda one: (one.ends, one.id))

    def due(self, now: datetime) -> list[Reminder | Timer]:
        """What is to be said now: reminders and timers whose moment has come."""
        reminders: list[Reminder | Timer] = [one for one in self.reminders() if one.when <= now]
        return reminders + [one for one in self.timers() if one.ends <= now]

    def mark_said(self, item: Reminder | Timer, now: datetime) -> None:
        """A due reminder or timer was announced; it will not be announced again."""
        table = "reminders" if isinstance(item, Reminder) else "timers"
        with self.database.write() as connection:
            connection.execute(f"UPDATE {table} SET done_at = ? WHERE id = ?", (now.isoformat(), item.id))

    def _make_room(self, table: str) -> None:
        waiting = self.database.rows(f"SELECT count(*) AS n FROM {table} WHERE done_at IS NULL")[0]["n"]
        if waiting >= ACTIVE_LIMIT:
            raise UserError(f"There are {waiting:,} {table} already.", "Cancel some that you no longer need.")

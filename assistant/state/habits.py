"""What became of the routines that were noticed: offered, declined or accepted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from assistant.state import undo
from assistant.state.base import Base

State = Literal["offered", "declined", "accepted"]


@dataclass(frozen=True)
class Habit:
    """A routine and what the user said to it.

    Attributes:
        first: the tool that comes before; "" for a routine of an hour.
        next: the tool that follows.
        hour: around which hour, 0 to 23; -1 for a routine that follows a tool.
        state, at: what became of the offer, and when.
        done_on: the day on which a routine of an hour was done last, as ISO date; "" if never.
    """

    id: int
    first: str
    next: str
    hour: int
    state: State
    at: datetime
    done_on: str = ""


class Habits(Base):
    """The store's room of routines."""

    def habits(self, state: State | None = None) -> list[Habit]:
        """Those in a state, or all that were ever offered, oldest first."""
        rows = self.database.rows("SELECT * FROM routines ORDER BY id")
        found = [
            Habit(one["id"], one["first"], one["next"], one["hour"], one["state"],
                  datetime.fromisoformat(one["at"]), one["done_on"])
            for one in rows
        ]  # fmt: skip
        return [one for one in found if state in (None, one.state)]

    def offer_habit(self, first: str, following: str, hour: int, now: datetime) -> Habit:
        """Note that a routine is being offered now."""
        with self.database.write() as connection:
            connection.execute(
                "INSERT INTO routines (first, next, hour, state, at) VALUES (?, ?, ?, 'offered', ?) "
                "ON CONFLICT (first, next, hour) DO UPDATE SET state = 'offered', at = excluded.at",
                (first, following, hour, now.isoformat()),
            )
            row = self._habit_row(connection, "first = ? AND next = ? AND hour = ?", first, following, hour)
            self._record(connection, now, "routine offered", {"id": row["id"]})
        return Habit(row["id"], first, following, hour, "offered", now, row["done_on"])

    def set_habit(self, identity: int, state: State, now: datetime, said: str) -> bool:
        """The user accepted or declined a routine, or no longer wants it; False when it is not there. One undo takes it
        back; `said` is what that says."""
        with self.database.write() as connection:
            row = self._habit_row(connection, "id = ?", identity)
            if row is None:
                return False
            connection.execute("UPDATE routines SET state = ?, at = ? WHERE id = ?", (state, now.isoformat(), identity))
            undo.write(connection, now, said, [undo.changed("routines", row)])
            self._record(connection, now, f"routine {state}", {"id": identity})
        return True

    def did_habit(self, identity: int, now: datetime) -> None:
        """A routine of an hour was done; it is done once a day."""
        with self.database.write() as connection:
            connection.execute("UPDATE routines SET done_on = ? WHERE id = ?", (now.date().isoformat(), identity))

    def _habit_row(self, connection: Any, where: str, *values: Any) -> Any:
        return connection.execute(f"SELECT * FROM routines WHERE {where}", values).fetchone()

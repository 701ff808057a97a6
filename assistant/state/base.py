"""What every room of the store stands on: the database, what makes vectors, the undo journal and the audit log."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from assistant.state import audit, undo
from assistant.state.audit_words import AuditEntry
from assistant.state.database import Database
from assistant.state.similar import Encode, Similar
from assistant.state.undo import Reverser
from kernels.errors import UserError

FILE_NAME = "memory.sqlite3"
UNDO_LASTS = timedelta(days=30)  # a change can be taken back for so long; then what it removed is gone


class Base:
    """A database under `home`, with undo and audit.

    Args:
        home: the data folder; made if missing.
        encode: texts -> (B, 384) sentence vectors; without it search goes by words alone.
        audit_text: keep the words of requests and arguments in the audit log (the setting of that name).
    """

    def __init__(self, home: Path, encode: Encode | None = None, *, audit_text: bool = False) -> None:
        self.home = Path(home)
        self.database = Database(self.home / FILE_NAME)
        self._similar = Similar(self.database, encode)
        self._audit_text = audit_text
        self._reversers: dict[str, Reverser] = {}

    def close(self) -> None:
        self.database.close()

    # undo

    def can_reverse(self, kind: str, reverser: Reverser) -> None:
        """From now on steps {"do": kind, ...} are undone by `reverser`, which may be called twice for one step."""
        self._reversers[kind] = reverser

    def journal(
        self,
        now: datetime,
        said: str,
        steps: Sequence[Mapping[str, Any]],
        what: str = "changed",
        *,
        act: Callable[[], object] | None = None,
    ) -> None:
        """Note how to take back an action; a tool calls it for what is not in this database.

        Args:
            now: when.
            said: completes the sentence "Undone: ...".
            steps: JSON values, done last first; see assistant.state.undo.
            what: the kind of entry in the audit log.
            act: does it, once the way back is written; what can't be written is not done, and what can't be done is
                not kept here. None where it was just done.
        """
        with self.database.write() as connection:
            undo.write(connection, now, said, steps)
            self._record(connection, now, what, {"steps": [str(step.get("do")) for step in steps]})
            if act is not None:
                act()

    def undo(self, now: datetime, only: str | None = None) -> str | None:
        """Reverse the last action that was not undone yet, of this program or an earlier one; what was undone, or
        None. With `only`, nothing else than the action whose undoing says so.

        Raises:
            UserError: it was made final, or nothing here knows how to reverse it.
        """
        with self.database.write() as connection:
            entry = undo.latest(connection)
            if entry is None or only not in (None, entry["said"]):
                return None
            final = undo.is_final(entry)
            if final:
                undo.mark(connection, entry["id"], now)  # so that the next undo reaches what came before
            else:
                undo.reverse(connection, entry, now, self._reversers)
                self._similar.look_again()
                self._record(connection, now, "undone", {"said": entry["said"]})
        if final:
            raise _gone()
        return str(entry["said"])

    def last_action(self) -> str | None:
        """What undo() would say, without doing it. Raises UserError where the last action was made final."""
        with self.database.write() as connection:
            entry = undo.latest(connection)
        if entry is not None and undo.is_final(entry):
            raise _gone()
        return str(entry["said"]) if entry else None

    # audit

    def record(self, kind: str, detail: Mapping[str, Any], now: datetime) -> None:
        """Add to the audit log, such as ("consent asked", {"effect": ...}), ("outside", {"tool": ..., "host": ...}).

        Values under the names in `audit.PRIVATE` are kept as lengths and digests unless the user chose otherwise.
        """
        with self.database.write() as connection:
            self._record(connection, now, kind, detail)

    def _record(self, connection: Any, now: datetime, kind: str, detail: Mapping[str, Any]) -> None:
        audit.append(connection, now, kind, detail, with_text=self._audit_text)

    def audit_check(self) -> audit.Break | None:
        """Where the audit log was tampered with; None when it is whole."""
        with self.database.write() as connection:
            return audit.check(connection)

    def audit_head(self) -> tuple[int, str]:
        """How many entries the audit log has, and the hash of the last: whoever notes it elsewhere can see later that
        nothing was cut off or replaced (`audit_holds`)."""
        with self.database.write() as connection:
            return audit.head(connection)

    def audit_holds(self, digest: str) -> bool:
        """Whether an entry has this hash, or one that begins so."""
        with self.database.write() as connection:
            return audit.holds(connection, digest)

    def audit_kinds(self) -> list[str]:
        """The kinds of entries that there are."""
        return [row["kind"] for row in self.database.rows("SELECT DISTINCT kind FROM audit ORDER BY kind")]

    def audit_entries(
        self, limit: int, kind: str = "", since: datetime | None = None, until: datetime | None = None
    ) -> list[AuditEntry]:
        """The latest entries, newest first (-1: all); of kinds that begin with `kind`, from `since` to before
        `until`."""
        timed = since is not None or until is not None
        rows = self.database.rows(
            "SELECT * FROM audit WHERE substr(kind, 1, ?) = ? ORDER BY id DESC LIMIT ?",
            len(kind),
            kind,
            -1 if timed else limit,
        )
        found = [AuditEntry.of(row) for row in rows]
        if timed:
            found = [one for one in found if (not since or one.at >= since) and (not until or one.at < until)]
        return found[: limit if limit >= 0 else None]

    def audit_break(self) -> int | None:
        """The number of the first entry that was tampered with; None when the log is whole."""
        found = self.audit_check()
        return found.id if found else None


def _gone() -> UserError:
    return UserError(
        "What you asked me to forget is gone for good, so I can't bring it back.",
        "Tell me again what I should remember; undo once more takes back what came before.",
    )

"""One SQLite file, opened so that what was acknowledged survives a crash, and whose faults are said in plain words."""

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from assistant.state.migrations import migrate
from kernels.errors import UserError

BUSY_SECONDS = 5.0


class Database:
    """One connection guarded by one lock: any thread may use it, one at a time.

    WAL with synchronous=FULL syncs the log at each commit, so a commit that returned is on the disk.

    Args:
        path: the database file; its folder is made, readable by its owner alone.
        history: its migrations, an append-only list; None for the memory's.
        what: what is kept in it, as the sentences about its faults call it.

    Raises:
        UserError: the folder or file can't be used, or the file is damaged (it is set aside, never deleted).
    """

    def __init__(self, path: Path, history: Sequence[str] | None = None, what: str = "memory") -> None:
        self.path = path
        self.what = what
        self._lock = threading.RLock()
        with _plain_faults(path, what):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                self._connection = _open(path, history, what)
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):
                    raise
                raise _set_aside(path, what) from None

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction: everything in the block is kept, or nothing of it."""
        with self._lock, _plain_faults(self.path, self.what):
            if self._connection.in_transaction:  # a block inside a block belongs to the outer one
                yield self._connection
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """All rows of a query."""
        with self._lock, _plain_faults(self.path, self.what):
            return self._connection.execute(query, values).fetchall()

    def compact(self) -> None:
        """Rewrite the file without what was deleted, and empty the log.

        Raises:
            UserError: another program reads the file, so that the log could not be emptied.
        """
        with self._lock, _plain_faults(self.path, self.what):
            self._connection.execute("VACUUM")
            busy = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise UserError(f"Another program is reading the {self.what}.", "Close the other program and try again.")

    def close(self) -> None:
        with self._lock:
            self._connection.close()


def _open(path: Path, history: Sequence[str] | None, what: str) -> sqlite3.Connection:
    if not path.exists():
        path.touch(mode=0o600)
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA cache_size = -16000")  # KiB
        migrate(connection, history, what)
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _set_aside(path: Path, what: str) -> UserError:
    """Rename the damaged file and its log out of the way; the next start begins with an empty one."""
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S-%f")
    aside = path.with_name(f"{path.stem}-damaged-{stamp}{path.suffix}")
    for ending in ("-wal", "-shm", ""):
        source = path.with_name(path.name + ending)
        if source.exists():
            os.replace(source, aside.with_name(aside.name + ending))
    return UserError(
        f"The {what} file was damaged. I kept it as {aside.name} beside the new one and deleted nothing.",
        f"Ask again to go on with an empty {what}, or put a backup in its place first.",
    )


@contextmanager
def _plain_faults(path: Path, what: str) -> Iterator[None]:
    """Turn what SQLite and the system say into a sentence and a remedy."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
            raise
        raise _explain(error, path, what) from error
    except OSError as error:
        raise UserError(
            f"I can't use my {what} folder {path.parent}: {error.strerror or error}.",
            "Make the folder writable, or set ANTIGONE_HOME to another folder.",
        ) from error


def _explain(error: sqlite3.DatabaseError, path: Path, what: str) -> UserError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return UserError(
            f"The {what} is in use by another program. Nothing was changed.", "Wait a moment and try again."
        )
    if code == sqlite3.SQLITE_FULL:
        return UserError("The disk is full, so nothing was saved.", "Free some space and ask again.")
    if code == sqlite3.SQLITE_READONLY:
        return UserError(
            f"The {what} file {path} is read-only, so nothing was saved.",
            "Make it writable, or set ANTIGONE_HOME to another folder.",
        )
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
        return UserError(
            f"I can't open the {what} file {path}.", "Check its permissions, or set ANTIGONE_HOME to another folder."
        )
    if _is_damage(error):
        return UserError(
            f"The {what} file is damaged; nothing was deleted.",
            f"Start Antigone again: it sets the file aside and goes on with an empty {what}.",
        )
    return UserError(f"The {what} could not be used: {error}.", "Check the disk, then try again.")

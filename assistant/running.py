"""That one Antigone runs on a data folder: a lock that the system frees when its holder dies, even by kill -9, and a
record beside it that tells others which process holds it and where its page is.
"""

import contextlib
import errno
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

import filelock
import psutil

from kernels.errors import UserError

LOCK, RECORD = "running.lock", "running.json"


@dataclass(frozen=True)
class Instance:
    """A program that runs, as its record tells.

    Attributes:
        pid: its process.
        port: where its page is on loopback; 0 until it has one.
        token: what a request must carry to be taken for one from this account.
        ready: whether the page is served already.
    """

    pid: int
    port: int
    token: str
    ready: bool

    @property
    def page(self) -> str:
        """The page's address."""
        return f"http://127.0.0.1:{self.port}"


class Claim:
    """The right to run on a data folder, held until `release` or until the process ends."""

    def __init__(self, home: Path, lock: filelock.BaseFileLock) -> None:
        self._home = home
        self._lock = lock
        self.token = secrets.token_urlsafe(32)

    def record(self, port: int, ready: bool) -> None:
        """Tell other starts where this one is.

        Raises:
            UserError: the record cannot be written.
        """
        whole = json.dumps(asdict(Instance(os.getpid(), port, self.token, ready)))
        draft = self._home / f"{RECORD}.new"
        try:
            with open(draft, "w", encoding="utf-8", opener=_privately) as file:
                file.write(whole)
            draft.replace(self._home / RECORD)
        except OSError as error:
            with contextlib.suppress(OSError):
                draft.unlink()
            raise unwritable(self._home, error) from None

    def release(self) -> None:
        """Let another start have the folder."""
        with contextlib.suppress(OSError):
            (self._home / RECORD).unlink()
        self._lock.release()


def claim(home: Path) -> Claim | None:
    """The right to run on this data folder, or None while another process has it.

    Raises:
        UserError: the folder cannot be written to.
    """
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = filelock.FileLock(home / LOCK, timeout=0, mode=0o600, thread_local=False)
        lock.acquire()
    except filelock.Timeout:
        return None
    except OSError as error:
        raise unwritable(home, error) from None
    except NotImplementedError:  # a network's file system without locks
        raise UserError(
            f"The folder {home} is on a disk without locks, so two programs could spoil it.",
            "Set ANTIGONE_HOME to a folder on this computer's own disk.",
        ) from None
    held = Claim(home, lock)
    try:
        held.record(0, ready=False)  # at once: the record of one that was killed must not mislead the next start
    except UserError:
        held.release()
        raise
    return held


def instance(home: Path) -> Instance | None:
    """What the record tells, or None where there is none or its process has gone."""
    try:
        told = Instance(**json.loads((home / RECORD).read_text(encoding="utf-8")))
        alive = psutil.pid_exists(int(told.pid))
        return told if alive and 0 <= int(told.port) <= 65535 and isinstance(told.token, str) else None
    except (OSError, ValueError, TypeError):  # half a record, or none of ours
        return None


def unwritable(folder: Path, error: OSError) -> UserError:
    """What keeps the data folder from being written to, with what to do about it."""
    full = error.errno in _FULL
    remedy = "Free some space on that disk" if full else "Make the folder yours"
    reason = error.strerror or type(error).__name__
    return UserError(
        f"The data folder {folder} cannot be written to: {reason}.",
        f"{remedy}, or set ANTIGONE_HOME to another folder.",
    )


_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


def _privately(path: str, flags: int) -> int:
    """Opens a file for its owner alone: the token opens the door to the running program."""
    return os.open(path, flags, 0o600)

"""What happened, in a file of the data folder: for the time when nobody watched a terminal, and for the makers.

The file is the owner's alone, stays under half a megabyte and leaves one older file behind. It never holds what the
user said or showed: of an error its kind and the places in the program are written, not its message, and of other
libraries' records only where they come from.
"""

import contextlib
import faulthandler
import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog

LIMIT_BYTES = 500_000
LOOK_EVERY_S = 30.0  # how often what others write to standard error is held to the limit
TEXT_LIMIT = 300  # letters of one value


def path(home: Path) -> Path:
    """Where the page's log lies; the older part has `.1` at its end."""
    return home / "logs" / "page.log"


class LogFile:
    """Lines at the end of a private file of bounded size. A full disk costs lines, never the program.

    Args:
        path: the file; its folder is made.
        standard: let the process's standard output and error, its libraries' too, end in this file as well.

    Raises:
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path, standard: bool = False) -> None:
        self._path = path
        self._standard = standard
        self._lock = threading.Lock()
        for folder in (path.parent.parent, path.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = self._open()
        self._closed = threading.Event()
        if standard:
            threading.Thread(target=self._watch, name="log size", daemon=True).start()

    def write(self, text: str) -> None:
        """Add text (whole lines)."""
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._bound()
            os.write(self._file, text.encode("utf-8", "replace"))

    def flush(self) -> None:
        """Nothing waits: each write goes to the system at once."""

    def close(self) -> None:
        """Stop watching the size. The file stays open where standard error goes to it."""
        self._closed.set()

    def _open(self) -> int:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with contextlib.suppress(OSError):
            os.chmod(self._path, 0o600)  # one that lay there before
        if self._standard:
            for stream in (1, 2):
                os.dup2(descriptor, stream)
        faulthandler.enable(descriptor)  # a crash inside a library leaves its place in the program
        return descriptor

    def _bound(self) -> None:
        """Begin a new file when this one is full, or when another process began one."""
        try:
            there = os.stat(self._path)
        except OSError:
            there = None
        mine = os.fstat(self._file)
        moved = there is None or (there.st_dev, there.st_ino) != (mine.st_dev, mine.st_ino)
        if not moved and mine.st_size < LIMIT_BYTES:
            return
        if not moved and not self._set_aside():
            os.ftruncate(self._file, 0)
            return
        old, self._file = self._file, self._open()
        os.close(old)

    def _set_aside(self) -> bool:
        """Keep what is full as the older part; Windows moves no file that is open."""
        try:
            os.replace(self._path, f"{self._path}.1")
        except OSError:
            return False
        return True

    def _watch(self) -> None:
        while not self._closed.wait(LOOK_EVERY_S):
            with self._lock, contextlib.suppress(OSError):
                self._bound()


def begin(home: Path, standard: bool = False) -> LogFile | None:
    """Let all records of this process go to the log of this data folder; None where it cannot be written.

    Args:
        home: the data folder.
        standard: what is printed goes there too (no terminal is there to show it).
    """
    try:
        file = LogFile(path(home), standard)
    except OSError:  # what is kept needs the folder too, and says so with its remedy
        return None
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_words,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=file),  # type: ignore[arg-type]
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Elsewhere(logging.WARNING)]
    threading.excepthook = _thread_failed
    sys.excepthook = _failed
    return file


def places(error: BaseException) -> str:
    """Where an error came from, innermost last: file, line and function of up to eight steps."""
    steps = traceback.extract_tb(error.__traceback__)[-8:]
    return " > ".join(f"{Path(step.filename).name}:{step.lineno} {step.name}" for step in steps)


class _Elsewhere(logging.Handler):
    """Records of other libraries: who, where and the kind of error. Their words may be the user's."""

    def emit(self, record: logging.LogRecord) -> None:
        place = f"{Path(record.pathname).name}:{record.lineno} {record.funcName}"
        more = {}
        if record.exc_info and record.exc_info[1] is not None:
            more = {"kind": type(record.exc_info[1]).__name__, "places": places(record.exc_info[1])}
        log = structlog.get_logger()
        (log.error if record.levelno >= logging.ERROR else log.warning)(
            "a library reports", library=record.name, at=place, **more
        )


def _without_words(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Of an error its kind and places; long values cut."""
    error = entry.pop("exc_info", None)
    error = sys.exc_info()[1] if error is True else error[1] if isinstance(error, tuple) else error
    if isinstance(error, BaseException):
        entry["kind"], entry["places"] = type(error).__name__, places(error)
    for name in ("exception", "stack", "stack_info"):
        entry.pop(name, None)
    return {name: _short(value) for name, value in entry.items()}


def _short(value: Any) -> Any:
    return value if isinstance(value, bool | int | float) else " ".join(str(value).split())[:TEXT_LIMIT]


def _failed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    structlog.get_logger().error("stopped by a mistake", kind=kind.__name__, places=places(error.with_traceback(trace)))
    print(f"Something went wrong inside Antigone ({kind.__name__}). The log says where.", file=sys.stderr)


def _thread_failed(failure: threading.ExceptHookArgs) -> None:
    if failure.exc_value is not None and not issubclass(failure.exc_type, SystemExit):
        thread = failure.thread.name if failure.thread is not None else "?"
        structlog.get_logger().error(
            "a thread failed", thread=thread, kind=failure.exc_type.__name__, places=places(failure.exc_value)
        )


def last_start(home: Path) -> float | None:
    """When the log was written to last (seconds since 1970); None where there is none."""
    try:
        return min(path(home).stat().st_mtime, time.time())
    except OSError:
        return None

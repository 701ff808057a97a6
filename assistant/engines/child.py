"""A speech engine's process as our side sees it: started when needed, restarted when it dies, never orphaned."""

import contextlib
import os
import queue
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.engines import protocol

if TYPE_CHECKING:  # numpy takes longer to import than a child to start
    from assistant.engines.level import Samples

ROOT = Path(__file__).parents[2]
START_S = 60.0  # a cold disk and a busy machine; a child that cannot start says so at once
REPLY_S = 60.0  # the longest clause takes 2 s, some 20 s where ten programs want the processor
POLL_S = 0.01  # how soon a cancel is noticed


class EngineFailed(Exception):
    """The engine died twice on one request, hangs, cannot start, or refused the request; the text says which."""


class Child:
    """A child process that turns requests into int16 PCM, one at a time.

    Args:
        module: its Python module, run with -m.
        start_s: seconds that it may take to be ready.
    """

    def __init__(self, module: str, start_s: float = START_S) -> None:
        self.rate_hz = 0
        self._start_s = start_s
        self._command = [sys.executable, "-P", "-m", module]  # -P: no module from the folder we are in
        self._load: dict[str, Any] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._replies: queue.Queue[tuple[dict[str, Any], bytes] | None] = queue.Queue()
        self._ready = False
        self._number = 0
        self._turn = threading.Lock()  # one request at a time
        self._closed = threading.Event()
        self._finalizer: weakref.finalize[..., Child] | None = None

    @property
    def pid(self) -> int | None:
        """The process's id while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> None:
        """Start the process without waiting until it is ready, so that loading overlaps with other work.

        Raises:
            EngineFailed: the system starts no process.
        """
        with self._turn:
            self._start()

    def load(self, what: dict[str, Any]) -> None:
        """Say once what the engine is to load; a process that runs already has imported its libraries meanwhile."""
        with self._turn:
            self._load = what
            if self.pid is not None:
                self._tell(what)

    def say(self, request: dict[str, Any], cancelled: Callable[[], bool] = lambda: False) -> "Samples | None":
        """The sound of a request as (F,) int16 at `rate_hz`, or None when it was cancelled or the child is closed.

        Raises:
            EngineFailed: see there. A process that died is restarted once before that.
        """
        with self._turn:
            for attempt in (1, 2):
                if self._closed.is_set():
                    break
                try:
                    self._start()
                    return self._request(request, cancelled)
                except protocol.Broken as error:
                    self._end()
                    if attempt == 2:
                        raise EngineFailed(f"it stopped twice: {error}") from None
        return None

    def close(self) -> None:
        """End the process for good and wait until it has gone; a request that is being worked on ends as cancelled."""
        self._closed.set()
        with self._turn:
            self._end()

    def _start(self) -> None:
        if self.pid is not None:
            return
        self._end()
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        # Ctrl-C reaches the whole foreground group: the child is put outside it and leaves when its input ends.
        group: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
        try:
            process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, env=environment, **group)  # fmt: skip
        except OSError as error:
            raise EngineFailed(f"it cannot be started: {error}") from None
        self._process, self._ready, self._replies = process, False, queue.Queue()
        self._finalizer = weakref.finalize(self, _stop, process)
        threading.Thread(target=_collect, args=(process, self._replies), daemon=True).start()
        if self._load is not None:
            self._tell(self._load)

    def _tell(self, what: dict[str, Any]) -> None:
        assert self._process is not None and self._process.stdin is not None
        with contextlib.suppress(protocol.Broken):  # it died already: the first request notices and starts it anew
            protocol.write(self._process.stdin, {**what, "do": "load"})

    def _request(self, request: dict[str, Any], cancelled: Callable[[], bool]) -> "Samples | None":
        import numpy as np

        assert self._process is not None and self._process.stdin is not None
        stdin = self._process.stdin
        while not self._ready:
            header, _ = self._reply(self._start_s, cancelled)
            if header is None:
                return None
            if header["is"] == "error":
                self._end()
                raise EngineFailed(f"it cannot start: {header['text']}")
            self.rate_hz, self._ready = int(header["rate_hz"]), True
        self._number += 1
        protocol.write(stdin, {**request, "do": "say", "id": self._number})
        while True:
            header, payload = self._reply(REPLY_S, cancelled)
            if header is None:
                with contextlib.suppress(protocol.Broken):
                    protocol.write(stdin, {"do": "cancel", "id": self._number})
                return None
            if header.get("id") != self._number:
                continue  # the rest of an earlier request that was cancelled
            if header["is"] == "error":
                raise EngineFailed(header["text"])
            return np.frombuffer(payload, dtype="<i2").astype(np.int16)

    def _reply(self, limit_s: float, cancelled: Callable[[], bool]) -> tuple[dict[str, Any] | None, bytes]:
        """The next message; a None header when the request was cancelled while waiting."""
        end = time.monotonic() + limit_s
        while not cancelled() and not self._closed.is_set():
            try:
                reply = self._replies.get(timeout=POLL_S)
            except queue.Empty:
                if time.monotonic() > end:
                    raise protocol.Broken(f"no answer within {limit_s:.0f} s") from None
                continue
            if reply is None:
                raise protocol.Broken("the process ended")
            return reply
        return None, b""

    def _end(self) -> None:
        if self._finalizer is not None:
            self._finalizer()
        self._process = None


def _collect(process: subprocess.Popen[bytes], replies: "queue.Queue[tuple[dict[str, Any], bytes] | None]") -> None:
    assert process.stdout is not None
    with process.stdout, contextlib.suppress(protocol.Broken):
        while True:
            replies.put(protocol.read(process.stdout))
    replies.put(None)
    process.wait()  # reaps it however it ended: no zombie


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a process gently (its input ends), then by force; also runs at interpreter exit."""
    with contextlib.suppress(OSError, ValueError):
        assert process.stdin is not None
        process.stdin.close()
    try:
        process.wait(timeout=0.5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

"""How far a download is, in lines that a screen reader can follow, or as JSON events.

A line comes at each tenth, but not more often than every two seconds, and whenever nothing was said for five.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

SIGN_OF_LIFE_S = 5.0
_STEP, _PAUSE_S = 10, 2.0

Say = Callable[[str], None]


class Progress:
    """Bytes of all files of one pull. Use it in a `with` statement: a thread gives signs of life meanwhile."""

    def __init__(self, say: Say, as_json: bool = False, every_s: float = SIGN_OF_LIFE_S) -> None:
        """
        Args:
            say: takes each line.
            as_json: lines are JSON objects with "event" and, where there is something to say, "text".
            every_s: seconds of silence after which something is said.
        """
        self._say, self._json, self._every_s = say, as_json, every_s
        self._lock, self._ended = threading.RLock(), threading.Event()
        self._thread: threading.Thread | None = None
        self._started = self._last = time.monotonic()
        self.total = self.done = self._before = self._told = 0
        self._doing = "Asking the hub"

    def __enter__(self) -> "Progress":
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def tell(self, event: str, text: str, **data: Any) -> None:
        """Say something, whatever the time."""
        with self._lock:
            self._last = time.monotonic()
            self._say(json.dumps({"event": event, "text": text, **data}, ensure_ascii=False) if self._json else text)

    @contextmanager
    def silence(self) -> Iterator[None]:
        """No signs of life while a question waits for its answer."""
        with self._lock:
            yield
            self._last = time.monotonic()

    def begin(self, total: int, have: int) -> None:
        """From now on `total` bytes are wanted, of which `have` are there from before."""
        with self._lock:
            self.total, self.done, self._before, self._started = total, have, have, time.monotonic()
            self._told = self.percent // _STEP * _STEP

    def doing(self, what: str) -> None:
        """What signs of life say is going on: "Fetching model.safetensors"."""
        with self._lock:
            self._doing = what

    def add(self, count: int) -> None:
        """More bytes came; fewer than nothing where some were given up."""
        with self._lock:
            self.done += count
            step = self.percent // _STEP * _STEP
            if step < self._told:
                self._told = step
            full = self.done >= self.total > 0
            if step > self._told and (full or time.monotonic() - self._last >= _PAUSE_S):
                self._told = step
                self._report()

    @property
    def percent(self) -> int:
        """0 to 100, rounded down."""
        return min(100, 100 * self.done // self.total) if self.total else 0

    def _report(self) -> None:
        text = f"{self.percent} percent, {megabytes(self.done)} of {megabytes(self.total)}{self._left()}."
        self.tell("Progress", text, percent=self.percent, bytes=self.done, of=self.total)

    def _left(self) -> str:
        spent, came = time.monotonic() - self._started, self.done - self._before
        if spent < 3 or came <= 0 or self.done >= self.total:
            return ""
        return f", about {duration((self.total - self.done) * spent / came)} left"

    def _watch(self) -> None:
        while not self._ended.wait(self._every_s / 10):
            with self._lock:
                if time.monotonic() - self._last < self._every_s:
                    continue
                far = (
                    f": {self.percent} percent, {megabytes(self.done)} of {megabytes(self.total)}" if self.total else ""
                )
                text = f"Still at work. {self._doing}{far}."
                self.tell("Progress", text, percent=self.percent, bytes=self.done, of=self.total)


def megabytes(count: int) -> str:
    """Bytes in words: "3 MB", "1.2 GB"."""
    if count >= 1_000_000_000:
        return f"{count / 1e9:.1f} GB"
    return f"{count / 1e6:.0f} MB" if count >= 1_000_000 else f"{-(-count // 1000)} kB"


def duration(seconds: float) -> str:
    """Seconds in words, roughly: "40 seconds", "3 minutes", "2 hours"."""
    for unit, size, plural in (("hour", 3600, "hours"), ("minute", 60, "minutes")):
        if seconds >= 1.5 * size:
            return f"{round(seconds / size)} {plural}"
        if seconds >= size:
            return f"1 {unit}"
    return f"{max(1, round(seconds))} second{'s' if round(seconds) > 1 else ''}"

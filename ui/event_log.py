"""A conversation's events in order, kept for pages that come late or come back."""

import itertools
import threading
from typing import Any

from assistant.messages import Event

LOG_LIMIT = 2000  # entries kept for a page that comes back


class EventLog:
    """Numbered entries. Safe to use from any thread.

    Args:
        changed: notified with each entry; who holds it sees the log stand still.
    """

    def __init__(self, changed: threading.Condition) -> None:
        self._changed = changed
        self._entries: list[dict[str, Any]] = []
        self._ids = itertools.count(1)
        self._closed = False

    def note(self, event: Event, **extra: Any) -> None:
        """Add an event and what belongs to it."""
        with self._changed:
            self._entries.append({"id": next(self._ids), **event.as_json(), **extra})
            del self._entries[:-LOG_LIMIT]
            self._changed.notify_all()

    def since(self, last: int, wait_s: float) -> list[dict[str, Any]]:
        """Entries after `last`; waits up to `wait_s` seconds for the first one."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or bool(self._after(last)), timeout=wait_s)
            return self._after(last)

    def entry(self, number: int) -> dict[str, Any] | None:
        """One entry, or None."""
        with self._changed:
            return next((entry for entry in self._entries if entry["id"] == number), None)

    def close(self) -> None:
        """Let those go who wait for an entry."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _after(self, last: int) -> list[dict[str, Any]]:
        return [entry for entry in self._entries if entry["id"] > last]


class HeldBack:
    """Entries of a turn that may turn out not to be one: they wait until it is certain that they belong to the log."""

    def __init__(self, log: EventLog, changed: threading.Condition) -> None:
        self._log, self._changed = log, changed
        self._waiting: list[tuple[Event, dict[str, Any]]] = []
        self.certain = False

    def note(self, event: Event, **extra: Any) -> None:
        """As the log's, now or later."""
        with self._changed:
            if self.certain:
                self._log.note(event, **extra)
            else:
                self._waiting.append((event, extra))

    def release(self) -> None:
        """They do; so do those to come."""
        with self._changed:
            self.certain = True
            for event, extra in self._waiting:
                self._log.note(event, **extra)
            self._waiting.clear()

"""Runs a tool under its time limit, with a sign of life while it works; what comes after the limit can do no harm."""

import json
import logging
import queue
import threading
import time
from collections.abc import Generator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from assistant.messages import Thinking
from assistant.tools.base import Tool, ToolContext, ToolResult
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.memory import Store

SIGN_OF_LIFE_S = 5.0
WRITING_S = 6.0  # a write that has begun is waited for: longer than the database waits for its lock
LONGEST_TEXT = 100_000  # characters of a result that are kept; a tool that returns more has gone wrong
LARGEST_DATA = 2_000_000  # characters of its data as JSON
_LOG = logging.getLogger("antigone.agent")
_KEEPING = ("add_reminder", "add_timer", "add_entry", "keep_fact", "edit", "remove", "journal")  # each can be undone


def run_limited(
    tool: Tool, context: ToolContext, arguments: Mapping[str, Any]
) -> Generator[Thinking, None, ToolResult]:
    """The tool's result; yields a `Thinking` every five seconds until it is there.

    A tool that overruns is left behind in its own thread: its result, if it ever comes, goes nowhere, what it kept
    before is taken back, and the store takes nothing more from it. One that changes something elsewhere has to look at
    `context.over`.

    Raises:
        UserError: the tool says what went wrong, overran its limit, or broke (the sentence names both).
    """
    done: queue.Queue[ToolResult | BaseException] = queue.Queue(1)
    fence = Fence(context.store)
    inner = replace(context, store=cast("Store", fence), over=threading.Event())

    def work() -> None:
        try:
            done.put(tool(inner, **arguments))
        except BaseException as error:  # carried to the caller, which decides
            done.put(error)

    threading.Thread(target=work, name=f"tool-{tool.name}", daemon=True).start()
    spoken = tool.name.replace("_", " ")
    finished = False
    try:
        outcome = yield from _wait(done, tool.time_limit_s, spoken)
        finished = True
    finally:
        if not finished:  # too late, or the turn was closed: nothing it does from here on counts
            inner.over.set()
            fence.close(context)
    context.pictures = inner.pictures
    if isinstance(outcome, UserError):
        raise outcome
    if isinstance(outcome, BaseException):
        _LOG.debug("%s failed", tool.name, exc_info=outcome)
        raise UserError(
            f"I could not {spoken} ({type(outcome).__name__}).", "Try again, or ask in other words."
        ) from outcome
    return _sound(outcome, spoken)


def _wait(
    done: "queue.Queue[ToolResult | BaseException]", limit_s: float, spoken: str
) -> Generator[Thinking, None, ToolResult | BaseException]:
    end = time.monotonic() + limit_s
    while True:
        left = end - time.monotonic()
        try:
            return done.get(timeout=max(0.0, min(SIGN_OF_LIFE_S, left)))
        except queue.Empty:
            if time.monotonic() >= end:
                limit = f"{limit_s:g} seconds"
                raise UserError(
                    f"To {spoken} took longer than {limit}, so I stopped waiting and kept nothing of it.", "Try again."
                ) from None
            yield Thinking(f"Still working: {spoken}.")


class Fence:
    """The store as a tool sees it: as it is until the fence is closed, then nothing more goes through.

    Args:
        store: behind the fence.
    """

    def __init__(self, store: "Store") -> None:
        self._store = store
        self._lock = threading.RLock()
        self._closed = False
        self._kept: list[str] = []

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if not callable(found):
            return found

        def call(*values: Any, **named: Any) -> Any:
            with self._lock:
                if self._closed:
                    raise UserError("The tool's time was over, so nothing was kept.", "Try again.")
                result = found(*values, **named)
                if name in _KEEPING and (said := self._store.last_action()):
                    self._kept.append(said)
                return result

        return call

    def close(self, context: ToolContext) -> None:
        """Let nothing more through and take back what was kept; a write that has begun is waited for."""
        held = self._lock.acquire(timeout=WRITING_S)
        self._closed = True
        try:
            for said in reversed(self._kept):
                self._store.undo(context.now(), only=said)
        except UserError:
            _LOG.warning("what a tool kept before its time was over could not be taken back", exc_info=True)
        finally:
            if held:
                self._lock.release()


def _sound(outcome: Any, spoken: str) -> ToolResult:
    """The result, cut to what can be said and kept.

    Raises:
        UserError: what came back is no result.
    """
    if not isinstance(outcome, ToolResult) or not isinstance(outcome.text, str) or not isinstance(outcome.more, str):
        raise UserError(f"I could not {spoken}: what came back is no answer.", "Try again, or ask in other words.")
    kept = replace(outcome, text=outcome.text[:LONGEST_TEXT], more=outcome.more[:LONGEST_TEXT])
    try:
        fits = len(json.dumps(dict(outcome.data), default=str)) <= LARGEST_DATA
    except (TypeError, ValueError, RecursionError):
        fits = False
    if not fits:
        _LOG.warning("the data of %s is too large or no JSON", spoken)
    return kept if fits else replace(kept, data={})

"""Runs a tool under its time limit, with a sign of life while it works."""

import logging
import queue
import threading
import time
from collections.abc import Generator, Mapping
from typing import Any

from assistant.messages import Thinking
from assistant.tools.base import Tool, ToolContext, ToolResult
from kernels.errors import UserError

SIGN_OF_LIFE_S = 5.0
_LOG = logging.getLogger("antigone.agent")


def run_limited(
    tool: Tool, context: ToolContext, arguments: Mapping[str, Any]
) -> Generator[Thinking, None, ToolResult]:
    """The tool's result; yields a `Thinking` every five seconds until it is there.

    A tool that overruns is left behind in its own thread: its result, if it ever comes, goes nowhere.

    Raises:
        UserError: the tool says what went wrong, overran its limit, or broke (the sentence names both).
    """
    done: queue.Queue[ToolResult | BaseException] = queue.Queue(1)

    def work() -> None:
        try:
            done.put(tool(context, **arguments))
        except BaseException as error:  # carried to the caller, which decides
            done.put(error)

    threading.Thread(target=work, name=f"tool-{tool.name}", daemon=True).start()
    spoken = tool.name.replace("_", " ")
    end = time.monotonic() + tool.time_limit_s
    while True:
        left = end - time.monotonic()
        try:
            outcome = done.get(timeout=max(0.0, min(SIGN_OF_LIFE_S, left)))
            break
        except queue.Empty:
            if time.monotonic() >= end:
                limit = f"{tool.time_limit_s:g} seconds"
                raise UserError(f"To {spoken} took longer than {limit}, so I stopped waiting.", "Try again.") from None
            yield Thinking(f"Still working: {spoken}.")
    if isinstance(outcome, UserError):
        raise outcome
    if isinstance(outcome, BaseException):
        _LOG.debug("%s failed", tool.name, exc_info=outcome)
        raise UserError(
            f"I could not {spoken} ({type(outcome).__name__}).", "Try again, or ask in other words."
        ) from outcome
    return outcome

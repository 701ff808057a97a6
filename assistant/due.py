"""What is due: reminders and timers told once, to somebody who is there to hear them; what is over is thrown away."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from assistant import clock
from assistant.memory import Reminder, Store, Timer
from assistant.sight import shots
from kernels.errors import UserError

LOOK_EVERY_S = 1.0
TIDY_EVERY_S = 60.0  # pictures whose time is over go, also where nobody asks for anything


def watch(home: Path, tell: Callable[[str], bool], ended: threading.Event) -> None:
    """Look for what is due, about once a second, until `ended` is set; throw away pictures whose time is over.

    Args:
        home: the data folder.
        tell: says a text to the user; False when nobody is there to hear it, and it is told again.
    """
    try:
        store = Store(home)
    except UserError:
        return  # the first turn says why and what to do
    tidied = time.monotonic() - TIDY_EVERY_S
    while not ended.wait(LOOK_EVERY_S):
        try:
            say_what_is_due(store, tell)
            store.purge(clock.now())
            if time.monotonic() - tidied >= TIDY_EVERY_S:
                tidied = time.monotonic()
                shots.tidy(home)
        except Exception as error:  # a traceback may hold the reminder's words
            structlog.get_logger().error("looking for reminders failed", kind=type(error).__name__)
    store.close()


def say_what_is_due(store: Store, tell: Callable[[str], bool]) -> None:
    """Tell each reminder and timer whose moment has come, once; what nobody heard is told when somebody is there."""
    now = clock.now()
    for item in store.due(now):
        if tell(due_text(item)):
            store.mark_said(item, now)


def due_text(item: Reminder | Timer) -> str:
    """What is said of a reminder or timer that is due."""
    if isinstance(item, Reminder):
        return f"Reminder: {item.text}"
    return f"The timer {item.name} is over." if item.name else "The timer is over."

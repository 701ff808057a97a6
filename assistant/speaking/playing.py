"""One message on its way to the loudspeaker: its clauses are made ahead by a thread of their own."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import TYPE_CHECKING

from assistant.speaking.output import BLOCK_S
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.speech import Sound

AHEAD = 2  # clauses made before they are needed

MakeSounds = Callable[[Callable[[], bool]], "Iterator[Sound]"]


class Priority(IntEnum):
    """When a message is said: in its turn, right after what is being said, or at once."""

    NORMAL = 0
    NEXT = 1
    NOW = 2


class Playing:
    """One message on its way.

    Attributes:
        error: why it could not be said.
        began_s: when its first sample is heard, seconds of `time.monotonic()`; None before.
        ended_s: when its last sample is heard, once it was said to its end or stopped; None before.
        held: it waits until a pause is over.
    """

    def __init__(self, make: MakeSounds, priority: Priority) -> None:
        self.priority = priority
        self.error: UserError | None = None
        self.began_s: float | None = None
        self.ended_s: float | None = None
        self.held = False
        self._make = make
        self._ended = threading.Event()
        self._cancelled = threading.Event()
        self._ready: queue.Queue[Sound | UserError | None] = queue.Queue(maxsize=AHEAD)
        self._begun = False
        self._cut: Sound | None = None  # the clause that was interrupted

    @property
    def cancelled(self) -> bool:
        """Whether no more of it is to be said."""
        return self._cancelled.is_set()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until it was said, failed or was stopped; False when the time is over first."""
        return self._ended.wait(timeout_s)

    def cancel(self) -> None:
        """Say no more of it."""
        self._cancelled.set()

    def end(self) -> None:
        """Nothing more comes of it: lets its thread and those who wait for it go."""
        self._cancelled.set()
        if self.ended_s is None and self.began_s is not None:
            self.ended_s = time.monotonic()
        self._ended.set()

    def sounds(self) -> "Iterator[Sound | None]":
        """The sounds not yet played, the cut one again first; None, some 50 times a second, while there is none.

        Raises:
            UserError: the next one could not be made.
        """
        if not self._begun:
            self._begun = True
            threading.Thread(target=self._prepare, daemon=True).start()
        if self._cut is not None:
            yield self._cut
            self._cut = None
        while not self.cancelled:
            try:
                sound = self._ready.get(timeout=BLOCK_S)
            except queue.Empty:
                yield None
                continue
            if isinstance(sound, UserError):
                raise sound
            if sound is None:
                return
            self._cut = sound
            yield sound
            self._cut = None

    def _prepare(self) -> None:
        end: UserError | None = None
        try:
            for sound in self._make(self._cancelled.is_set):
                if not self._put(sound):
                    return
        except UserError as error:
            end = error
        except Exception as error:  # the text came from a generator of somebody else's: its failure mustn't hang us
            end = UserError(f"The answer broke off: {error}.", "Ask again.")
        self._put(end)

    def _put(self, item: "Sound | UserError | None") -> bool:
        while not self.cancelled:
            try:
                self._ready.put(item, timeout=BLOCK_S)
                return True
            except queue.Full:
                continue
        return False

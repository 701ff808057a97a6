"""The microphone at the other end of a voice socket, as the voice loop's source of sound."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

import numpy as np

from assistant.listening.microphone import Block
from assistant.messages import Event, Request
from ui.socket_limits import MICROPHONE_HZ

BLOCK = 512  # samples
BLOCK_S = BLOCK / MICROPHONE_HZ
KEPT_S = 4.0  # of sound that the loop has not taken yet; beyond it the oldest is lost
PATIENCE_S = 0.5  # without sound from the page, after which silence stands in for it


class SocketSource:
    """Blocks of what the page's microphone hears, and events and requests among them.

    Where no sound comes there is silence, at the pace of real time: the loop goes on while its page is away.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sound = bytearray()
        self._told: deque[Event | Request] = deque()
        self._changed = threading.Condition()
        self._came_at = clock()
        self._silent_at = self._came_at + PATIENCE_S
        self._closed = False

    def push(self, sound: bytes) -> None:
        """Take what the microphone heard just now: 16-bit little-endian samples at 16 kHz."""
        with self._changed:
            self._sound += sound
            del self._sound[: -int(2 * KEPT_S * MICROPHONE_HZ)]
            self._came_at = self._clock()
            self._changed.notify()

    def tell(self, item: Event | Request) -> None:
        """Put an event or a request into its place in time."""
        with self._changed:
            self._told.append(item)
            self._changed.notify()

    def close(self) -> None:
        """End the iterator, from any thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def __iter__(self) -> Iterator[Block | Event | Request]:
        while (item := self._next()) is not None:
            yield item

    def _next(self) -> Block | Event | Request | None:
        with self._changed:
            while not self._closed:
                if self._told:
                    return self._told.popleft()
                if len(self._sound) >= 2 * BLOCK:
                    return self._heard()
                late_s = self._clock() - self._silent_at
                if late_s >= 0:
                    self._silent_at += BLOCK_S if late_s < PATIENCE_S else late_s
                    return Block(np.zeros(BLOCK, np.float32), self._clock() - BLOCK_S)
                self._changed.wait(-late_s)
            return None

    def _heard(self) -> Block:
        waiting_s = len(self._sound) / 2 / MICROPHONE_HZ
        samples_S = np.frombuffer(bytes(self._sound[: 2 * BLOCK]), "<i2").astype(np.float32) / np.float32(32768)
        del self._sound[: 2 * BLOCK]
        self._silent_at = self._clock() + PATIENCE_S
        return Block(samples_S, self._came_at - waiting_s)

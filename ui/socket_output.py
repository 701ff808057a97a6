"""The loudspeaker at the other end of a voice socket, as the Player's output.

A frame is its number and the place of its first sample in the whole talk, both 32-bit little-endian, then 16-bit
samples: RTP's sequence number and timestamp (RFC 3550, section 5.1). The page reports how far it has played. What it
has not played is kept, and sent again to a page that comes back; on "silence" the page drops it and says where.
"""

import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from assistant.engines.level import Samples
from assistant.speaking.output import OutputLost
from ui.socket_limits import VOICE_HZ

HEADER = struct.Struct("<II")
AHEAD_S = 0.3  # of sound on its way and in the page, so that a busy machine does not stutter: a sentence's pause
WAIT_S = 0.1  # for room, after which a little more is taken in any case: the Player must see that it is to be silent
STEP_S = 0.01  # at which room is looked for
STALL_S = 3.0  # without the page playing anything, after which the loudspeaker counts as gone
REPORT_S = 0.2  # for the page to say where it fell silent
_GONE = ("The page plays no sound now.", "Speech goes on where it was when the page is back.")


class Wire(Protocol):
    """Takes messages to the page, in order, from any thread."""

    def send(self, message: bytes | dict[str, Any]) -> None: ...


@dataclass(frozen=True)
class Frame:
    """A piece of sound on its way: `end` is the place of the first sample after it."""

    sequence: int
    end: int
    data: bytes


class SocketOutput:
    """Sound for whichever page is there. One talk has one of these; its Player opens and closes it as it likes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._wire: Wire | None = None
        self._sequence = 0  # of the last frame
        self._written = 0  # samples in all
        self._played = 0  # of these, those that have sounded or will never
        self._played_at = clock()
        self._dropped = 0  # samples that were written and never heard
        self._unheard: deque[Frame] = deque()
        self._silenced = 0  # the frame up to which the page has confirmed its silence
        self._ended = False

    # -- the Player's side ----------------------------------------------------------------------------------------

    def open(self, rate_hz: int) -> "SocketOutput":
        """The output for a Player. Raises OutputLost while the page is away."""
        if rate_hz != VOICE_HZ:
            raise ValueError(f"the page plays {VOICE_HZ} samples a second, not {rate_hz}")
        with self._changed:
            if not self._changed.wait_for(lambda: self._wire is not None or self._ended, STALL_S):
                raise OutputLost(*_GONE)
        return self

    def write(self, samples_F: Samples) -> float:
        """As `Output.write`: (F,) int16 samples; returns the time at which the first of them is heard."""
        with self._changed:
            if self._played == self._written:
                self._played_at = self._clock()
            until = self._clock() + WAIT_S
            while not (self._ended or self._has_room()) and self._clock() < until:
                self._changed.wait(STEP_S)
            if self._ended or self._clock() - self._played_at > STALL_S:
                raise OutputLost(*_GONE)
            first, self._written = self._written, self._written + len(samples_F)
            self._sequence += 1
            data = HEADER.pack(self._sequence, first) + samples_F.astype("<i2").tobytes()
            self._unheard.append(Frame(self._sequence, self._written, data))
            if self._wire is not None:
                self._wire.send(data)
            return max(self._clock(), self._played_at + (first - self._played) / VOICE_HZ)

    def drain(self) -> None:
        """Wait until all is heard, or the page plays no more."""
        with self._changed:
            most_s = STALL_S + (self._written - self._played) / VOICE_HZ
            self._changed.wait_for(lambda: self._ended or self._played >= self._written, most_s)

    def silence(self) -> None:
        """The page drops what has not sounded; returns once it says so, or after 0.2 s."""
        with self._changed:
            upto = self._sequence + 1
            self._unheard.clear()
            if self._wire is not None:
                self._wire.send({"event": "silence", "sequence": upto})
                self._changed.wait_for(lambda: self._ended or self._silenced >= upto, REPORT_S)
            self._dropped += self._written - self._played
            self._played = self._written
            self._played_at = self._clock()

    def close(self) -> None:
        """Nothing is to be given back: the page keeps its loudspeaker for the whole talk."""

    # -- the page's side ------------------------------------------------------------------------------------------

    def attach(self, wire: Wire, sequence: int, played: int) -> None:
        """A page is there: send it what it has not had.

        Args:
            sequence, played: the last frame it received and the samples it played; 0 for a page that is new.
        """
        with self._changed:
            self._wire = wire
            self.heard(played)
            for frame in self._unheard:
                if frame.sequence > sequence:
                    wire.send(frame.data)
            self._changed.notify_all()

    def detach(self, wire: Wire) -> None:
        """That page has gone."""
        with self._changed:
            if self._wire is wire:
                self._wire = None

    def heard(self, played: int) -> None:
        """The page has played so far; what it cannot have played counts for nothing."""
        with self._changed:
            if self._played < played <= self._written:
                self._played, self._played_at = played, self._clock()
                while self._unheard and self._unheard[0].end <= played:
                    self._unheard.popleft()
            self._changed.notify_all()

    def silenced(self, sequence: int, played: int) -> None:
        """The page has dropped all before that frame, having played so far."""
        with self._changed:
            self.heard(played)
            self._silenced = max(self._silenced, min(sequence, self._sequence + 1))
            self._changed.notify_all()

    def end(self) -> None:
        """The talk is over."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    @property
    def dropped(self) -> int:
        """Samples that were written and never heard, because there was to be silence."""
        with self._changed:
            return self._dropped

    def _has_room(self) -> bool:
        """Whether less than AHEAD_S lies unheard; between two reports the page is taken to play on."""
        since_s = min(self._clock() - self._played_at, WAIT_S)
        return self._wire is not None and self._written - self._played < (AHEAD_S + since_s) * VOICE_HZ


def samples_of(frame: bytes) -> tuple[int, int, Samples]:
    """A frame's number, the place of its first sample, and its samples (F,) int16."""
    sequence, first = HEADER.unpack_from(frame)
    return sequence, first, np.frombuffer(frame, "<i2", offset=HEADER.size)

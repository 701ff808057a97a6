"""A room for the benchmark of the voice loop: a microphone that hears what it is told, in real time, and a loudspeaker
whose every sample has a moment.
"""

import threading
import time
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from assistant.engines.level import Samples
from assistant.listening.microphone import BLOCK, Block
from assistant.speaking.output import LATENCY_S
from benchmarks.voice_requests import NOISE
from encoders.audio_input import SAMPLE_RATE

AUDIBLE = 0.01 * 32768  # quieter samples are no sound


class Told:
    """In the place of a microphone: the noise of a quiet room, and what it is told to hear."""

    def __init__(self) -> None:
        self.begin_s = 0.0  # when the first sample was taken, seconds of time.monotonic()
        self._noise = np.random.default_rng(0)
        self._said: list[tuple[int, npt.NDArray[np.float32]]] = []  # number of the first sample, samples
        self._given = 0  # samples
        self._closed = threading.Event()
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[Block]:
        """Blocks when a microphone would give them."""
        self.begin_s = time.monotonic()
        while not self._closed.is_set():
            end_s = self.begin_s + (self._given + BLOCK) / SAMPLE_RATE
            self._closed.wait(max(0.0, end_s - time.monotonic()))
            yield Block(self._next(), end_s - BLOCK / SAMPLE_RATE)

    def say(self, samples_S: npt.NDArray[np.float32]) -> float:
        """Hear this from the next block on; the moment of its first sample."""
        with self._lock:
            first = self._given + BLOCK
            self._said.append((first, samples_S))
            return self.begin_s + first / SAMPLE_RATE

    def close(self) -> None:
        """As `BlockSource.close`."""
        self._closed.set()

    def _next(self) -> npt.NDArray[np.float32]:
        block_S = self._noise.normal(0, NOISE, BLOCK).astype(np.float32)
        with self._lock:
            for first, samples_S in self._said:
                at = self._given - first
                heard_S = samples_S[max(at, 0) : max(at + BLOCK, 0)]
                block_S[max(-at, 0) : max(-at, 0) + len(heard_S)] += heard_S
            self._given += BLOCK
            self._said = [one for one in self._said if self._given < one[0] + len(one[1])]
        return block_S


class Noted:
    """In the place of a loudspeaker: takes sound as fast as one plays it, and knows what was heard when."""

    def __init__(self) -> None:
        self.silenced: list[float] = []  # when it was told to be silent
        self._played: list[tuple[float, Samples]] = []
        self._end_s = 0.0  # when what was written last has been heard
        self._rate_hz = 0
        self._lock = threading.Lock()

    def open(self, rate_hz: int) -> "Noted":
        """What a Player opens."""
        self._rate_hz = rate_hz
        return self

    def write(self, samples_F: Samples) -> float:
        """As `Output.write`."""
        ahead_s = self._end_s - time.monotonic()
        if ahead_s > LATENCY_S:
            time.sleep(ahead_s - LATENCY_S)
        heard_s = max(self._end_s, time.monotonic())
        with self._lock:
            self._played.append((heard_s, samples_F.copy()))
        self._end_s = heard_s + len(samples_F) / self._rate_hz
        return heard_s

    def drain(self) -> None:
        """As `Output.drain`."""
        time.sleep(max(0.0, self._end_s - time.monotonic()))

    def silence(self) -> None:
        """As `Output.silence`."""
        now_s = time.monotonic()
        with self._lock:
            self.silenced.append(now_s)
            self._end_s = min(self._end_s, now_s)
            self._played = [
                (at_s, samples_F[: max(0, round((now_s - at_s) * self._rate_hz))]) for at_s, samples_F in self._played
            ]

    def close(self) -> None:
        """As `Output.close`."""

    def first_sound(self, from_s: float) -> float | None:
        """When the first audible sample from then on was heard."""
        with self._lock:
            for at_s, samples_F in self._played:
                times = at_s + np.flatnonzero(np.abs(samples_F.astype(np.int32)) > AUDIBLE) / self._rate_hz
                if len(times) and times[-1] >= from_s:
                    return float(times[times >= from_s][0])
        return None


def audible_s(samples_F: Samples, rate_hz: int) -> float:
    """Seconds of silence before a sound is heard."""
    return int(np.argmax(np.abs(samples_F.astype(np.int32)) > AUDIBLE)) / rate_hz

"""A WAV file in the place of a loudspeaker: what is played lies in it when it would have been heard."""

import contextlib
import time
import wave
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

from assistant.speaking.output import LATENCY_S
from assistant.speaking.sound_file import check_writable, new_file

if TYPE_CHECKING:
    from assistant.engines.level import Samples

LONGEST_S = 6 * 3600.0  # a forgotten program must not fill the disk; what is played later is not recorded
_SILENCE_S = 10.0  # silence written at a time


class FileOutput:
    """Records in real time from its making on: 16-bit mono, whole or not at all.

        with FileOutput(Path("talk.wav"), 22050) as file:
            player = Player(22050, file.open)
            ...
            player.close()

    Args:
        path: takes its name when the `with` block ends without an error or by Control C.
        rate_hz: of the samples.
        clock: seconds; `time.monotonic` for real time.
        sleep: waits so many seconds by that clock.

    Raises:
        UserError: the path cannot be written.
    """

    def __init__(
        self,
        path: Path,
        rate_hz: int,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        check_writable(path)
        self._rate_hz, self._clock, self._sleep = rate_hz, clock, sleep
        self._stack = contextlib.ExitStack()
        temporary = self._stack.enter_context(new_file(path))
        self._file = self._stack.enter_context(wave.Wave_write(str(temporary)))
        self._file.setnchannels(1)
        self._file.setsampwidth(2)
        self._file.setframerate(rate_hz)
        self.begin_s = clock()
        self._written = 0  # samples that are in the file
        self._queued: list[Samples] = []  # not heard yet

    def __enter__(self) -> "FileOutput":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if kind is None or issubclass(kind, (KeyboardInterrupt, GeneratorExit)):
            self._settle(self._clock())
            kind = error = None
        self._stack.__exit__(kind, error, None)

    def open(self, rate_hz: int) -> "FileOutput":
        """What `Player` opens, as often as it likes. Raises ValueError for another sample rate."""
        if rate_hz != self._rate_hz:
            raise ValueError(f"the file holds {self._rate_hz} samples a second, not {rate_hz}")
        return self

    def write(self, samples_F: "Samples") -> float:
        """As `Output.write`."""
        now_s = self._clock()
        ahead_s = self._end_s() - now_s
        if ahead_s > LATENCY_S:
            self._sleep(ahead_s - LATENCY_S)
            now_s = self._clock()
        while self._queued and self.begin_s + (self._written + len(self._queued[0])) / self._rate_hz <= now_s:
            self._put(self._queued.pop(0))
        if not self._queued:
            self._settle(now_s)
        heard_s = self._end_s()
        self._queued.append(samples_F.copy())
        return heard_s

    def drain(self) -> None:
        """As `Output.drain`."""
        self._sleep(max(0.0, self._end_s() - self._clock()))
        self._settle(self._clock())

    def silence(self) -> None:
        """As `Output.silence`."""
        self._settle(self._clock())

    def close(self) -> None:
        """Nothing: the recording goes on until the `with` block ends."""

    def _end_s(self) -> float:
        return self.begin_s + (self._written + sum(map(len, self._queued))) / self._rate_hz

    def _settle(self, now_s: float) -> None:
        """Write what was heard until now, and silence where nothing was; drop what was not heard."""
        due = round((min(now_s, self.begin_s + LONGEST_S) - self.begin_s) * self._rate_hz) - self._written
        for samples_F in self._queued:
            self._put(samples_F[: max(due, 0)])
            due -= len(samples_F)
        self._queued.clear()
        while due > 0:
            silence_F = np.zeros(min(due, int(_SILENCE_S * self._rate_hz)), np.int16)
            self._put(silence_F)
            due -= len(silence_F)

    def _put(self, samples_F: "Samples") -> None:
        self._file.writeframes(samples_F.astype("<i2").tobytes())
        self._written += len(samples_F)

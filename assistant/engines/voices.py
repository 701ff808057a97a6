"""Piper and espeak-ng as voices of one kind: the same rate, pitch and level mean the same with both.

The tables below are measurements (benchmarks/speech.py --rates prints them anew): words a minute over four passages of
ordinary prose, pauses included, and how many words Whisper base then mishears.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from assistant.engines import level
from assistant.engines.child import Child, EngineFailed
from assistant.engines.level import Samples

SLOWEST_WPM, FASTEST_WPM = 80, 500
# Words a minute: length_scale of the voice. Each sound lasts at least one frame: below 0.3 little is won.
PIPER_RATE = ((80.0, 3.2), (128.0, 2.2), (169.0, 1.6), (219.0, 1.2), (241.0, 1.0), (330.0, 0.65), (365.0, 0.55))
PIPER_FASTEST_WPM = 365.0  # by itself; beyond that its sound is hurried
ESPEAK_RATE = ((80.0, 80.0), (500.0, 500.0))  # words a minute: what espeak-ng calls words a minute
PIPER_GAIN, ESPEAK_GAIN = 1.5, 1.0


class Voice(Protocol):
    """A voice in a child process."""

    @property
    def rate_hz(self) -> int:
        """Sample rate; 0 until its first sound."""

    def start(self) -> None:
        """Begin loading without waiting."""

    def say(self, text: str, wpm: int, semitones: int, cancelled: Callable[[], bool]) -> Samples | None:
        """The sound of a clause, trimmed and levelled; None when cancelled. Raises EngineFailed."""

    def close(self) -> None:
        """End the process."""


class Piper:
    """A VITS voice in Piper's format.

    Args:
        weights: its ONNX file.
        config: the JSON beside it.
        threads: processor threads; 0 for as many as there are cores, at most 4.
    """

    def __init__(self, weights: Path, config: Path, threads: int = 0) -> None:
        threads = threads or min(4, os.cpu_count() or 1)
        self._child = Child("assistant.engines.piper_child", str(weights), str(config), str(threads))

    @property
    def rate_hz(self) -> int:
        return self._child.rate_hz

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._child.pid

    def start(self) -> None:
        self._child.start()

    def say(self, text: str, wpm: int, semitones: int, cancelled: Callable[[], bool] = lambda: False) -> Samples | None:
        ratio = 2.0 ** (semitones / 12)
        own_wpm = min(float(wpm), PIPER_FASTEST_WPM)
        scale = interpolate(own_wpm, PIPER_RATE) * ratio  # slower by what the shift of pitch hurries
        steady = wpm > 250  # little variation of length where every sound is short
        request = {"text": text, "length_scale": scale, "noise": 0.667, "noise_width": 0.4 if steady else 0.8}
        samples_F = self._child.say(request, cancelled)
        if samples_F is None:
            return None
        samples_F = level.shift(level.trim(samples_F, self.rate_hz), self.rate_hz, ratio)
        return level.amplify(level.hurry(samples_F, self.rate_hz, wpm / own_wpm), PIPER_GAIN, 1.0)

    def close(self) -> None:
        self._child.close()


class Espeak:
    """espeak-ng's formant voice, in any of its languages.

    Args:
        voice: espeak-ng's name of it, such as en-us, en-gb or de.
    """

    def __init__(self, voice: str = "en-us") -> None:
        self.voice = voice
        self._child = Child("assistant.engines.espeak_child")

    @property
    def rate_hz(self) -> int:
        return self._child.rate_hz

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._child.pid

    def start(self) -> None:
        self._child.start()

    def say(self, text: str, wpm: int, semitones: int, cancelled: Callable[[], bool] = lambda: False) -> Samples | None:
        pitch = float(np.clip(50 + semitones * 4, 0, 99))  # espeak-ng's 0 to 99 spans about two octaves
        request = {"text": text, "voice": self.voice, "wpm": interpolate(wpm, ESPEAK_RATE), "pitch": pitch}
        samples_F = self._child.say(request, cancelled)
        if samples_F is None:
            return None
        return level.amplify(level.trim(samples_F, self.rate_hz), ESPEAK_GAIN, 1.0)

    def close(self) -> None:
        self._child.close()


def interpolate(value: float, table: Sequence[tuple[float, float]]) -> float:
    """The table's second column at `value` of its rising first column, straight lines in between, held at the ends."""
    known, wanted = zip(*table, strict=True)
    return float(np.interp(value, known, wanted))


__all__ = ["EngineFailed", "Espeak", "Piper", "Voice"]

"""Piper and espeak-ng as voices of one kind: the same rate, pitch and level mean the same with both.

Rates come from the measured tables of rates.py; the gains below are measurements too.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from assistant.engines import level
from assistant.engines.child import Child, EngineFailed
from assistant.engines.level import Samples
from assistant.engines.rates import ESPEAK_RATE, PIPER_RATE, PIPER_STEADY_WPM, interpolate, within

PIPER_MODULE = "assistant.engines.piper_child"
ESPEAK_SEMITONES = 8  # up and down: its pitch of 0 to 99, where 6 make a semitone
PIPER_GAIN, ESPEAK_GAIN = 1.5, 1.0  # both to about -20 dB of full scale where there is voice


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
        child: a process of PIPER_MODULE that was started before the rest was known.
    """

    def __init__(self, weights: Path, config: Path, threads: int = 0, child: Child | None = None) -> None:
        self._child = child or Child(PIPER_MODULE)
        threads = threads or min(4, os.cpu_count() or 1)
        self._child.load({"weights": str(weights), "config": str(config), "threads": threads})

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
        own_wpm = within(wpm, PIPER_RATE)
        scale = interpolate(own_wpm, PIPER_RATE) * ratio  # slower by what the shift of pitch hurries
        width = 0.4 if wpm >= PIPER_STEADY_WPM else 0.8
        request = {"text": text, "length_scale": scale, "noise": 0.667, "noise_width": width}
        samples_F = self._child.say(request, cancelled)
        if samples_F is None:
            return None
        samples_F = level.shift(level.trim(samples_F, self.rate_hz), self.rate_hz, ratio)
        return level.amplify(level.hurry(samples_F, self.rate_hz, wpm / own_wpm), PIPER_GAIN)

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
        self._child.load({})

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
        own = min(max(semitones, -ESPEAK_SEMITONES), ESPEAK_SEMITONES)
        ratio = 2.0 ** ((semitones - own) / 12)  # what its own pitch doesn't reach
        own_wpm = within(wpm / ratio, ESPEAK_RATE)
        request = {"text": text, "voice": self.voice, "wpm": interpolate(own_wpm, ESPEAK_RATE), "pitch": 50 + 6 * own}
        samples_F = self._child.say(request, cancelled)
        if samples_F is None:
            return None
        samples_F = level.shift(level.trim(samples_F, self.rate_hz), self.rate_hz, ratio)
        return level.amplify(level.hurry(samples_F, self.rate_hz, wpm / own_wpm / ratio), ESPEAK_GAIN)

    def close(self) -> None:
        self._child.close()


__all__ = ["EngineFailed", "Espeak", "Piper", "Voice"]

"""The answers as sound for the page: clause by clause for speed, whole for the player's controls."""

import io
import threading
import wave
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

READINGS_KEPT = 24
Clause = tuple[np.ndarray, int]  # samples (F,) float32 in [-1, 1] or int16, and samples a second


@dataclass(frozen=True)
class Manner:
    """How a text is said: words a minute, the language's code, semitones above the voice's own pitch."""

    rate: int
    language: str = "en"
    pitch: int = 0


Speak = Callable[[str, Manner], Iterator[Clause]]  # a text and how it is said -> clauses


@dataclass
class _Reading:
    """One text at one rate: the clauses made so far and where the rest comes from."""

    rest: Iterator[Clause]
    clauses: list[Clause] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def upto(self, number: int | None) -> list[Clause]:
        """Make clauses until `number` exists (None: all of them)."""
        with self.lock:
            while number is None or len(self.clauses) <= number:
                clause = next(self.rest, None)
                if clause is None:
                    break
                self.clauses.append(clause)
            return self.clauses


class Sounds:
    """Makes each clause once, when it is first asked for, and keeps the latest texts."""

    def __init__(self, speak: Speak) -> None:
        self._speak = speak
        self._readings: OrderedDict[tuple[str, Manner], _Reading] = OrderedDict()
        self._lock = threading.Lock()

    def clause(self, text: str, manner: Manner, number: int) -> bytes | None:
        """The `number`-th clause as a WAV file; None after the last."""
        clauses = self._reading(text, manner).upto(number)
        return _wav([clauses[number]]) if number < len(clauses) else None

    def whole(self, text: str, manner: Manner) -> bytes | None:
        """The text as one WAV file; None when there is nothing to say."""
        clauses = self._reading(text, manner).upto(None)
        return _wav(clauses) if clauses else None

    def _reading(self, text: str, manner: Manner) -> _Reading:
        with self._lock:
            key = (text, manner)
            if key not in self._readings:
                self._readings[key] = _Reading(self._speak(text, manner))
            self._readings.move_to_end(key)
            while len(self._readings) > READINGS_KEPT:
                self._readings.popitem(last=False)
            return self._readings[key]


def _wav(clauses: list[Clause]) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(clauses[0][1])
        for samples, _ in clauses:
            if samples.dtype != np.int16:
                samples = (np.clip(samples, -1.0, 1.0) * 32767).astype(np.int16)
            file.writeframes(samples.astype("<i2").tobytes())
    return out.getvalue()

"""One turn while it is heard: its sound, what is known of its words, and whether it may be over."""

from collections import deque
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from assistant.hearing_windows import VOICE_SAMPLES
from assistant.listening.turn_end import SECONDS
from assistant.listening.turn_text import Spoken, TurnText
from encoders.audio_input import SAMPLE_RATE

_TAIL_STEPS = 3  # in which the end of the last word may still sound
_KEPT_STEPS = SECONDS * SAMPLE_RATE // VOICE_SAMPLES


@dataclass(eq=False)
class Turn:
    """A turn from its first sound until its words are known.

    Attributes:
        text: reads it.
        began_s: when the voice was first heard, seconds of the sample clock.
        heard_s: when the voice was last heard.
        voiced: steps of 32 ms with a voice.
        asked: whether the present pause was asked about.
        finished: the chance that the speaker has finished, as of this pause; None until known.
        spoken: what was read up to this pause; None until known.
        latest: the newest reading's words, whichever sound it covers.
        read_s: when it was read last.
        decided_s: when it was decided that the turn is over; None while it goes on.
    """

    text: TurnText
    began_s: float
    heard_s: float = 0.0
    voiced: int = 0
    asked: bool = False
    finished: float | None = None
    spoken: Spoken | None = None
    latest: str = ""
    read_s: float = 0.0
    decided_s: float | None = None
    _last: deque[np.ndarray] = field(default_factory=lambda: deque(maxlen=_KEPT_STEPS))
    _unread: list[tuple[np.ndarray, float]] = field(default_factory=list)

    def add(self, block: np.ndarray, chance: float) -> None:
        """Take a step of sound (512,) and its chance of speech."""
        self._last.append(block)
        self._unread.append((block, chance))

    def last_seconds(self) -> np.ndarray:
        """The samples (S,) by which the end of a turn is told."""
        return np.concatenate(self._last)

    def quiet_end(self, steps: int) -> list[tuple[np.ndarray, float]]:
        """The last steps, in which the voice was silent, as they were added."""
        return [(block, 0.0) for block in islice(reversed(self._last), max(0, steps - _TAIL_STEPS))][::-1]

    def take_unread(self) -> tuple[np.ndarray, np.ndarray]:
        """Samples (S,) and chances (steps,) that `text` has not had."""
        blocks, self._unread = self._unread, []
        if not blocks:
            return np.zeros(0, np.float32), np.zeros(0, np.float32)
        return np.concatenate([block for block, _ in blocks]), np.array([chance for _, chance in blocks], np.float32)

    def voice(self, heard_s: float) -> None:
        """The voice is there until `heard_s`: what was asked about a pause is out of date."""
        self.heard_s, self.voiced, self.asked = heard_s, self.voiced + 1, False
        self.finished = self.spoken = None

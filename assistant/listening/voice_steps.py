"""When somebody begins to speak and falls silent, from the chances of speech in steps of 32 ms."""

from collections import deque

from assistant.hearing_windows import VOICE, VOICE_SAMPLES
from encoders.audio_input import SAMPLE_RATE

STEP_S = VOICE_SAMPLES / SAMPLE_RATE  # 0.032
_STAYS = 0.35  # a voice that is there counts as silent only below this: it must not flicker
_ONSET_STEPS, _ONSET = 4, 1.6  # within so many steps, chances above VOICE must add up to more than this: no click does


class VoiceSteps:
    """Onset and silence with hysteresis.

    Attributes:
        silent: steps since the voice was last heard.
    """

    def __init__(self) -> None:
        self.silent = 0
        self._recent: deque[float] = deque(maxlen=_ONSET_STEPS)

    @property
    def suspected(self) -> int:
        """How many steps ago a voice may have begun; 0 where there is no sign of one."""
        return next((len(self._recent) - i for i, chance in enumerate(self._recent) if chance), 0)

    def onset(self, chance: float) -> bool:
        """Take a step while nobody spoke; whether somebody does now."""
        self._recent.append(chance if chance >= VOICE else 0.0)
        self.silent = 0
        return sum(self._recent) >= _ONSET

    def follow(self, chance: float) -> bool:
        """Take a step of a turn; whether the voice is in it."""
        voice = chance >= (VOICE if self.silent else _STAYS)
        self.silent = 0 if voice else self.silent + 1
        return voice

    def rest(self) -> None:
        """The turn is over."""
        self._recent.clear()
        self.silent = 0

    @property
    def silent_s(self) -> float:
        """Seconds since the voice was last heard."""
        return self.silent * STEP_S

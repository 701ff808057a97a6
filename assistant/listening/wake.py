"""The wake word, by pymicro-wakeword (Apache-2.0), an extra: nothing of it is imported before it is asked for."""

from typing import Any

import numpy as np

from kernels.errors import UserError

WORDS = {"okay_nabu": "Okay Nabu", "hey_jarvis": "Hey Jarvis", "alexa": "Alexa", "hey_mycroft": "Hey Mycroft"}
_REMEDY = 'Install it with: .venv/bin/uv pip install pymicro-wakeword. Or listen always: wake_word = "".'


class WakeWord:
    """Listens for one wake word. For one thread at a time."""

    def __init__(self, name: str) -> None:
        """Load its model.

        Args:
            name: one of WORDS.

        Raises:
            UserError: there is no such word, or the extra isn't installed or doesn't work here.
        """
        if name not in WORDS:
            raise UserError(f"There is no wake word named {name}.", f"Use one of these: {', '.join(WORDS)}.")
        self.name = name
        self._model, self._features = _load(name)

    def push(self, samples: np.ndarray) -> bool:
        """Take samples (S,) of 16 kHz; whether the word has just been said."""
        waves = (np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()
        heard = False
        for frame in self._features.process_streaming(waves):
            if self._model.process_streaming(frame):
                heard = True
        if heard:
            self._model.reset()  # the same word is not heard twice
        return heard


def load(name: str) -> WakeWord:
    """The wake word of this name. Raises as WakeWord."""
    return WakeWord(name)


def _load(name: str) -> tuple[Any, Any]:
    try:
        from pymicro_wakeword import MicroWakeWord, MicroWakeWordFeatures, Model

        return MicroWakeWord.from_builtin(Model(name)), MicroWakeWordFeatures()
    except (ImportError, OSError, ValueError) as error:
        raise UserError(f"The wake word cannot be used here ({type(error).__name__}).", _REMEDY) from None

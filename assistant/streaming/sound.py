"""Sound that still arrives, as windows of log-mel frames and chances of speech."""

import numpy as np
from torch import Tensor

from assistant.hearing_windows import SoundWindows, VoiceActivity
from encoders.audio_input import FLOOR, HOP, normalise


class ArrivingSound(SoundWindows):
    """SoundWindows whose blocks are pushed."""

    def __init__(self, voice: VoiceActivity, frames: int, mels: int) -> None:
        super().__init__(lambda: iter(()), voice, frames, mels, look_ahead=False)

    @property
    def frames(self) -> int:
        """How many frames have arrived since the beginning."""
        return self._first + self._frames.shape[1]

    @property
    def kept(self) -> int:
        """How many frames are held in memory."""
        return self._frames.shape[1]

    def push(self, block: np.ndarray) -> np.ndarray:
        """Take samples (S,); returns the chances of speech (steps,) that are complete now."""
        before = len(self._chances)
        self._append(self._mel.push(block), self._voice.push(block))
        return self._chances[before:]

    def finish(self) -> None:
        """There is no more sound."""
        self._finish()

    def ready(self, seek: int) -> bool:
        """Whether the window at `seek` is all that it will be."""
        return self._ended or self.frames > seek + self._size

    def since(self, start: int) -> Tensor | None:
        """Normalised log-mel (1, mels, F) of what arrived from frame `start` on, at most a window; or None."""
        recent_MF = self._frames[:, max(0, start - self._first) :][:, : self._size]
        if not recent_MF.shape[1]:
            return None
        return normalise(recent_MF, max(self._loudest or FLOOR, float(recent_MF.max())))[None]

    def release(self, seek: int) -> None:
        """Forget what lies before frame `seek`; it is not asked for again."""
        if seek > self._first:
            self._forget(min(seek, self.frames))


def frames_of(samples: int) -> int:
    """Whole frames in a number of samples."""
    return samples // HOP

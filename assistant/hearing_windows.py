"""A recording as windows of log-mel frames and chances of speech, read as far as is needed and no further."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from encoders.audio_input import FLOOR, HOP, SAMPLE_RATE, LogMelStream, normalise

VOICE_SAMPLES = 512  # one step of Silero VAD
_CONTEXT = 64  # samples of the step before that it wants to see
VOICE = 0.5  # the chance from which on it is speech
_LOOK_SAMPLES = 600 * SAMPLE_RATE  # how far ahead the loudest frame is looked for
_STEPS = 512  # steps at once, about 16 s: bounds memory


class VoiceActivity:
    """Silero VAD over blocks: the chance of speech in each 32 ms, the same whether it comes whole or in pieces."""

    def __init__(self, weights: Path) -> None:
        self._session = _session(weights)
        self._state = [np.zeros((1, 1, 128), np.float32), np.zeros((1, 1, 128), np.float32)]
        self._context = np.zeros(_CONTEXT, np.float32)
        self._pending = np.zeros(0, np.float32)

    def push(self, samples: np.ndarray) -> np.ndarray:
        """Take samples (S,) of 16 kHz and return the chances (steps,) that are complete now."""
        samples = np.concatenate((self._pending, samples))
        whole = len(samples) // VOICE_SAMPLES
        self._pending = samples[whole * VOICE_SAMPLES :]
        chances = [self._run(samples[: whole * VOICE_SAMPLES].reshape(whole, -1)[at : at + _STEPS])
                   for at in range(0, whole, _STEPS)]  # fmt: skip
        return np.concatenate(chances) if chances else np.zeros(0, np.float32)

    def finish(self) -> np.ndarray:
        """The chance for the last samples, filled up with silence."""
        missing = -len(self._pending) % VOICE_SAMPLES
        return self.push(np.zeros(missing, np.float32)) if missing else np.zeros(0, np.float32)

    def _run(self, steps: np.ndarray) -> np.ndarray:
        before = np.concatenate((self._context[None], steps[:-1, -_CONTEXT:]))
        self._context = steps[-1, -_CONTEXT:]
        feed = {"input": np.concatenate((before, steps), axis=1), "h": self._state[0], "c": self._state[1]}
        chances, *self._state = self._session.run(["speech_probs", "hn", "cn"], feed)
        return np.asarray(chances, np.float32).reshape(-1)


@lru_cache(maxsize=2)
def _session(weights: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # its steps are small and follow each other
    return onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])


class SoundWindows:
    """Windows of a recording from any frame on; what lies before the last window asked for is forgotten.

    Frames count 10 ms. As Whisper's own code does, features are scaled by the loudest frame of the recording; it is
    looked for in the first ten minutes, and raised when something louder comes later. Without `look_ahead` it is the
    loudest until the window's end, so that sound which still arrives makes the same windows.
    """

    def __init__(
        self, open_blocks: Callable[[], Iterator[np.ndarray]], voice: VoiceActivity, frames: int, mels: int,
        *, look_ahead: bool = True,
    ) -> None:  # fmt: skip
        self._open, self._blocks = open_blocks, open_blocks()
        self._mel, self._voice = LogMelStream(mels), voice
        self._size, self._mels = frames, mels
        self._frames, self._first = torch.empty(mels, 0), 0  # frames kept, and the number of the first of them
        self._chances, self._first_chance = np.zeros(0, np.float32), 0
        self._loudest: float | None = None if look_ahead else FLOOR
        self._ended = False

    def window(self, seek: int) -> Tensor | None:
        """Normalised log-mel (1, mels, F) of the frames from `seek` on, at most a window; None past the end.

        Raises:
            UserError: the recording turns out to be damaged.
        """
        while not self._ended and self._first + self._frames.shape[1] <= seek + self._size:
            self._read()
        last = self._first + self._frames.shape[1] - 1  # it only closes the one before
        end = min(last, seek + self._size)
        if seek >= end:
            return None
        self._forget(seek)
        if self._loudest is None:
            self._loudest = self._find_loudest()
        self._loudest = max(self._loudest, float(self._frames[:, : end - seek].max()))
        return normalise(self._frames[:, : end - seek], self._loudest)[None]

    def voiced(self, start: int, end: int, least: int) -> bool:
        """Whether speech is likely in at least `least` of the 32 ms steps between two frames that are kept."""
        first = max(start, 0) * HOP // VOICE_SAMPLES - self._first_chance
        last = -(-end * HOP // VOICE_SAMPLES) - self._first_chance
        return int((self._chances[max(first, 0) : max(last, 0)] >= VOICE).sum()) >= least

    def _read(self) -> None:
        block = next(self._blocks, None)
        if block is None:
            self._finish()
        else:
            self._append(self._mel.push(block), self._voice.push(block))

    def _finish(self) -> None:
        self._ended = True
        self._append(self._mel.finish(), self._voice.finish())

    def _append(self, frames_MF: Tensor, chances: np.ndarray) -> None:
        self._frames = torch.cat((self._frames, frames_MF), dim=1)
        self._chances = np.concatenate((self._chances, chances))

    def _forget(self, seek: int) -> None:
        self._frames, self._first = self._frames[:, seek - self._first :].clone(), seek
        spare = max(0, seek * HOP // VOICE_SAMPLES - 32) - self._first_chance  # a second is kept for times a little off
        if spare > 0:
            self._chances, self._first_chance = self._chances[spare:], self._first_chance + spare

    def _find_loudest(self) -> float:
        if self._ended:
            return float(self._frames.max())
        stream, loudest, seen = LogMelStream(self._mels), FLOOR, 0
        for block in self._open():
            frames = stream.push(block)
            loudest = max(loudest, float(frames.max())) if frames.numel() else loudest
            seen += len(block)
            if seen >= _LOOK_SAMPLES:
                break
        return loudest

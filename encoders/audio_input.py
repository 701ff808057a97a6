"""Samples -> log-mel frames. (Recordings become samples in sound_files.py.)

The features are Whisper's (Radford et al. 2022, section 2.2): 25 ms Hann windows every 10 ms, 80 Slaney bands, log10.
"""

import math
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from encoders.sound_files import SAMPLE_RATE, check_samples, check_sound, read_sound, sound_blocks

__all__ = [
    "HOP", "SAMPLE_RATE", "LogMelStream", "check_samples", "check_sound", "log_mel", "mel_filters", "normalise",
    "read_sound", "sound_blocks",
]  # fmt: skip

HOP = 160
WINDOW = 400
MELS = 80
FLOOR = -10.0  # log10 of the least power told apart
RANGE = 8.0  # powers of ten kept below the loudest frame


@lru_cache(maxsize=4)
def mel_filters(mels: int = MELS) -> Tensor:
    """Triangular filters (mels, WINDOW // 2 + 1) of equal area on Slaney's scale: linear to 1 kHz, then logarithmic."""
    linear, corner, step = 200.0 / 3, 15.0, math.log(6.4) / 27.0  # Hz a mel; mels at 1 kHz; log-Hz a mel above
    top = corner + math.log(SAMPLE_RATE / 2 / 1000.0) / step
    points = np.linspace(0.0, top, mels + 2)
    edges = np.where(points < corner, points * linear, 1000.0 * np.exp(step * (points - corner)))
    bins = np.linspace(0.0, SAMPLE_RATE / 2, WINDOW // 2 + 1)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    height = 2.0 / (edges[2:] - edges[:-2])
    return torch.from_numpy(np.maximum(0.0, np.minimum(rising, falling)) * height[:, None]).float()


class LogMelStream:
    """Log-mel frames of samples that come in blocks; equal to those of the whole at once.

    Frame i is centred on sample 160 i; the beginning and the end are mirrored as torch.stft does. One hop of silence
    follows the last sample, so N samples make N // 160 + 1 frames.
    """

    def __init__(self, mels: int = MELS) -> None:
        self._filters = mel_filters(mels)
        self._window = torch.hann_window(WINDOW)
        self._pending: Tensor | None = None  # samples not yet left behind by a window

    def push(self, samples: np.ndarray) -> Tensor:
        """Take samples (S,) and return the frames that are complete now, (mels, F), F from 0 on."""
        fresh = torch.from_numpy(np.ascontiguousarray(samples, dtype=np.float32))
        if self._pending is None:
            self._pending = fresh.new_empty(0)
            self._started = False
        self._pending = torch.cat((self._pending, fresh))
        if not self._started:
            if len(self._pending) <= WINDOW // 2:
                return self._none()
            self._pending = torch.cat((self._pending[1 : WINDOW // 2 + 1].flip(0), self._pending))
            self._started = True
        return self._take()

    def finish(self) -> Tensor:
        """The last frames, (mels, F): none before this were left out."""
        if self._pending is None or (not self._started and not len(self._pending)):
            return self._none()
        early = self._none()
        if not self._started:  # shorter than half a window: silence makes up for it
            early = self.push(np.zeros(WINDOW // 2 + 1 - len(self._pending), np.float32))
        padded = torch.cat((self._pending, self._pending.new_zeros(HOP)))
        mirrored = padded[-WINDOW // 2 - 1 : -1].flip(0)
        self._pending = torch.cat((padded, mirrored))
        frames = torch.cat((early, self._take()), dim=1)
        return frames[:, :-1]  # torch.stft's last frame is one too many, as in openai/whisper

    def _take(self) -> Tensor:
        assert self._pending is not None
        count = (len(self._pending) - WINDOW) // HOP + 1
        if count <= 0:
            return self._none()
        used = self._pending[: (count - 1) * HOP + WINDOW]
        spectrum = torch.stft(used, WINDOW, HOP, window=self._window, center=False, return_complex=True)
        self._pending = self._pending[count * HOP :]
        return (self._filters @ spectrum.abs().square()).clamp_(min=10**FLOOR).log10_()

    def _none(self) -> Tensor:
        return torch.empty(len(self._filters), 0)


def log_mel(samples: np.ndarray, mels: int = MELS) -> Tensor:
    """Normalised log-mel features (1, mels, S // 160 + 1) of 16 kHz samples (S,), as the audio encoder wants them."""
    stream = LogMelStream(mels)
    frames = torch.cat((stream.push(samples), stream.finish()), dim=1)
    return normalise(frames, float(frames.max()) if frames.numel() else FLOOR)[None]


def normalise(frames: Tensor, loudest: float) -> Tensor:
    """Log-mel frames cut to RANGE below the loudest value of the recording, and scaled to about -1..1."""
    return (frames.clamp(min=loudest - RANGE) + 4.0) / 4.0

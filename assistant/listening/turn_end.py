"""Whether a speaker has finished, by what they said and how: Smart Turn, where silence alone cannot tell.

Smart Turn v3.2 (Daily, 2025, BSD-2-Clause) is Whisper tiny's encoder with a head that was trained on the ends of
turns: intonation, hesitation and grammar in 23 languages. It is an ONNX file of 8.7 MB, computed on one thread.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from encoders.audio_input import FLOOR, HOP, SAMPLE_RATE, WINDOW, check_samples, mel_filters, normalise

SECONDS = 8  # the last of a turn: all that the model sees
_SAMPLES = SECONDS * SAMPLE_RATE
_LEAST_VARIANCE = 1e-7


class TurnEnd:
    """The model of turn ends, loaded. Safe to use from several threads: nothing is kept between calls."""

    def __init__(self, weights: Path) -> None:
        """Load the model.

        Args:
            weights: the ONNX file, as `models.files("smart-turn")["weights"]`.
        """
        self._session = _session(weights)

    def finished(self, samples: np.ndarray) -> float:
        """The chance, 0 to 1, that the speaker has finished.

        Args:
            samples: (S,) 16 kHz, the turn so far with the silence that follows it; the last 8 s count.

        Raises:
            UserError: samples that are no sound.
        """
        feed = {"input_features": features(check_samples(samples))}
        (chance,) = self._session.run(None, feed)
        return float(np.asarray(chance).reshape(-1)[0])


def features(samples: np.ndarray) -> np.ndarray:
    """Whisper's log-mel (1, 80, 800) of the last 8 s of samples (S,): silence in front, mean 0 and variance 1.

    In float64, as the model was trained: in float32 the silence in front is not as silent, which moves chances by 0.3.
    """
    window = np.zeros(_SAMPLES, np.float32)
    last = samples[-_SAMPLES:]
    window[_SAMPLES - len(last) :] = last
    window = (window - window.mean()) / np.sqrt(window.var() + _LEAST_VARIANCE)
    hann = torch.hann_window(WINDOW, dtype=torch.float64)
    waves = torch.from_numpy(window).double()
    spectrum = torch.stft(waves, WINDOW, HOP, window=hann, center=True, pad_mode="reflect", return_complex=True)
    power_MF = mel_filters().double() @ spectrum[:, :-1].abs().square()
    frames = power_MF.clamp(min=10**FLOOR).log10()
    return normalise(frames, float(frames.max())).float()[None].numpy()


def load() -> TurnEnd:
    """The packaged model.

    Raises:
        UserError: its file is missing or damaged.
    """
    from assistant import models

    return TurnEnd(models.files("smart-turn")["weights"])


@lru_cache(maxsize=1)
def _session(weights: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # beside it the words are recognised
    return onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])

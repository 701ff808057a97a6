"""What the loudspeaker plays and when: what an echo canceller takes away from the microphone.

A ring buffer on the clock of `time.monotonic()`, filled by the Player, read by the echo canceller.
"""

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from assistant.engines.level import Samples

RATE_HZ = 16_000
KEPT_S = 16.0  # a microphone's reader that was held up this long still finds its reference
SEAM_S = 0.030  # blocks that are said to begin this near to the last one's end follow it without a seam


class Reference:
    """The last seconds that were played, at 16 kHz.

    Args:
        rate_hz: sample rate of what is played.
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._ring_S = np.zeros(int(KEPT_S * RATE_HZ), dtype=np.float32)
        self._head = 0  # index of the sample after the last one
        self._next_s = -1.0  # when that sample is heard, by what was said of its forerunners
        self._lock = threading.Lock()
        self._resampler: Any = None

    @staticmethod
    def index(at_s: float) -> int:
        """The number of the sample that is heard at `at_s` (seconds of `time.monotonic()`)."""
        return round(at_s * RATE_HZ)

    def add(self, samples_F: "Samples", at_s: float) -> None:
        """Note (F,) int16 samples, the first of which is heard at `at_s`; what was noted for later gives way."""
        with self._lock:
            if self._resampler is None or abs(at_s - self._next_s) > SEAM_S:
                self._begin(at_s)
            self._append(self._resampler.resample_chunk(samples_F.astype(np.float32) / 32768))
            self._next_s += len(samples_F) / self._rate_hz

    def cut(self, at_s: float) -> None:
        """What was to be heard after `at_s` was thrown away."""
        with self._lock:
            self._resampler = None
            last = max(self.index(at_s), self._head - len(self._ring_S))
            if last < self._head:
                self._ring_S[np.arange(last, self._head) % len(self._ring_S)] = 0
                self._head = last

    def read(self, first: int, count: int) -> npt.NDArray[np.float32]:
        """(count,) float32 samples from number `first` (`index`) on; zeros where nothing was played."""
        samples_S = np.zeros(count, dtype=np.float32)
        with self._lock:
            start, end = max(first, self._head - len(self._ring_S)), min(first + count, self._head)
            if start < end:
                samples_S[start - first : end - first] = self._ring_S[np.arange(start, end) % len(self._ring_S)]
        return samples_S

    def _begin(self, at_s: float) -> None:
        """Go on at another time, silence between."""
        import soxr

        self._resampler = soxr.ResampleStream(self._rate_hz, RATE_HZ, 1, dtype="float32", quality="MQ")
        self._next_s = at_s
        first, length = self.index(at_s), len(self._ring_S)
        if first > self._head:
            self._ring_S[np.arange(max(self._head, first - length), first) % length] = 0
        self._head = first

    def _append(self, samples_S: npt.NDArray[np.float32]) -> None:
        kept_S = samples_S[-len(self._ring_S) :]
        self._head += len(samples_S)
        self._ring_S[np.arange(self._head - len(kept_S), self._head) % len(self._ring_S)] = kept_S

"""Keeps the reference in step with the echo, to a fraction of a sample.

Loudspeaker and microphone may run on different clocks, some tens of millionths apart, and a device misstates by some
milliseconds when a new message begins. An adaptive filter follows neither fast enough. So the echo that it expects is
compared with the one that comes (generalised cross-correlation, Knapp and Carter 1976, smoothed coherence transform),
and the reference is read that much sooner or later, and as much faster or slower as that goes on.
"""

import numpy as np
import numpy.typing as npt

from assistant.listening.adaptive_filter import HOP, Signal
from assistant.speaking.reference import Reference

REACH = 32  # samples on either side that go into one between two
WINDOW = 2048  # samples, 128 ms: what is compared at a time
MEMORY = 0.5  # of the spectra, from look to look
LOW, HIGH = 24, 640  # bins, 190 to 5,000 Hz: where voices are
FARTHEST = 800  # samples, 50 ms
CLEAR = 0.3  # of a perfect likeness; chance gives 0.12 in one window
SETTLED_HOPS = 8  # from the first sound on, until the window is full of it
NEAR = 1.5  # samples; beyond, it leaps
EVERY = 3  # hops between two looks
NUDGE, BEND = 0.15, 6e-7  # of the deviation made up for at a look; of the pace per sample of deviation
FASTEST = 3e-4  # clocks of sound cards are within 100 millionths


class EchoClock:
    """Where the reference is read, and how fast.

    Attributes:
        position: the reference's sample that the next hop begins with.
        pace: samples of the reference to one of the microphone, less 1.
    """

    def __init__(self) -> None:
        self.position = 0.0
        self.pace = 0.0
        self._window_F = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
        self._frames_2F = np.zeros((2, WINDOW), np.float32)
        self._cross_K = np.zeros(WINDOW // 2 + 1, np.complex128)
        self._powers_2K = np.zeros((2, WINDOW // 2 + 1))
        self._rest = 0

    def read(self, reference: Reference) -> Signal:
        """The next (256,) samples of the reference."""
        samples_S = self._between(reference, self.position, HOP)
        self.position += HOP * (1 + self.pace)
        return samples_S

    def past(self, reference: Reference, count: int) -> Signal:
        """The `count` samples before those that are read next, as they lie now."""
        return self._between(reference, self.position - count, count)

    @staticmethod
    def _between(reference: Reference, position: float, count: int) -> Signal:
        whole = int(np.floor(position))
        samples_S = reference.read(whole - REACH + 1, count + 2 * REACH - 1)
        if not samples_S.any():
            return np.zeros(count, np.float32)
        offsets_T = np.arange(-REACH + 1, REACH + 1) - (position - whole)
        taps_T = np.sinc(offsets_T) * (0.5 + 0.5 * np.cos(np.pi * offsets_T / (REACH + 1)))
        return np.convolve(samples_S, taps_T[::-1], mode="valid").astype(np.float32)

    def steer(self, echo_H: Signal, microphone_H: Signal) -> bool:
        """Compare the (256,) samples of echo that were expected with the microphone's.

        Returns:
            Whether it leapt: what was read before lies elsewhere now (`past`).
        """
        self._frames_2F = np.concatenate([self._frames_2F[:, HOP:], np.stack([echo_H, microphone_H])], axis=1)
        if not echo_H.any():
            self._forget()
            return False
        self._rest -= 1
        if self._rest > 0:
            return False
        self._rest = EVERY
        echo_K, microphone_K = np.fft.rfft(self._frames_2F * self._window_F, axis=1)
        self._cross_K = MEMORY * self._cross_K + (1 - MEMORY) * echo_K.conj() * microphone_K
        now_2K = np.abs(np.stack([echo_K, microphone_K])) ** 2
        self._powers_2K = MEMORY * self._powers_2K + (1 - MEMORY) * now_2K
        lag, likeness = self._lag()
        if likeness < CLEAR:
            return False
        if abs(lag) > NEAR:
            self.position -= lag
            self._forget()
            return True
        self.position -= NUDGE * lag
        self.pace = float(np.clip(self.pace - BEND * lag, -FASTEST, FASTEST))
        return False

    def _forget(self) -> None:
        """Begin to compare anew."""
        self._cross_K[:], self._powers_2K[:], self._rest = 0, 0, SETTLED_HOPS

    def _lag(self) -> tuple[float, float]:
        """By how many samples the microphone's echo is later than expected, and how alike they are (0 to 1)."""
        alike_K: npt.NDArray[np.complex128] = np.zeros(WINDOW // 2 + 1, np.complex128)
        band = slice(LOW, HIGH)
        alike_K[band] = self._cross_K[band] / (np.sqrt(self._powers_2K.prod(axis=0)[band]) + 1e-12)
        curve_F = np.fft.irfft(alike_K) * WINDOW / (2 * (HIGH - LOW))
        curve_T = np.concatenate([curve_F[-FARTHEST:], curve_F[: FARTHEST + 1]])
        top = int(np.clip(np.argmax(curve_T), 1, len(curve_T) - 2))
        before, here, after = curve_T[top - 1 : top + 2]
        bend = before - 2 * here + after
        between = 0.5 * (before - after) / bend if bend < 0 else 0.0
        return top - FARTHEST + float(np.clip(between, -0.5, 0.5)), float(here)

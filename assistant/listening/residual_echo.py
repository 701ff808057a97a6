"""What the adaptive filter leaves of the echo is taken away, and nothing else.

A loudspeaker distorts, and a room rings longer than the filter: some echo is always left, and a recogniser hears it
however quiet it is. So its power is estimated in each band from the echo that was found. Where the microphone holds
clearly more than that, somebody speaks, and the bands pass in which they are louder (a Wiener filter); where it
doesn't, there is silence.
"""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from assistant.listening.adaptive_filter import BINS, HOP, Signal
from encoders.sound_files import SAMPLE_RATE

EDGES_HZ = (200, 600, 1200, 2000, 3000, 4500, 7800)
QUANTILE, PACE = 0.7, 0.08  # the share of echo that is left is held so that it is seldom more; nepers a hop
SPREAD = 0.05  # of the echo's mean power that a distorting loudspeaker puts into every band
RINGS = 0.85  # of the echo's power that is left a hop later
BELOW = 4.0  # noise times this must be exceeded by the echo, for its share to be told
EXCESS = 3.0  # times the estimate: what is left of the echo varies about it
NOISE_EXCESS = 1.5
OPENS, OPENS_BAND = 2.0, 4.0  # times the above, over all bands or in one: somebody speaks
YOUNG, YOUNG_HOPS = 3.0, 90  # how much more it must be at first, while the filter learns
HOLD = 12  # hops, 0.2 s: a voice has gaps
AFRESH = 14  # hops from where echo sets in after silence: all of it may be left, as devices misstate when they begin
PAUSE = 20  # hops without echo that are such a silence
NOISE_RISE = 1.002  # a hop

Powers = npt.NDArray[np.float64]


class ResidualEcho:
    """A gate and a filter for the microphone's sound after the adaptive filter. Its output is 16 ms late."""

    def __init__(self) -> None:
        self._window_F = np.sqrt(np.hanning(2 * HOP + 1)[:-1]).astype(np.float32)
        self._sound_F = np.zeros(2 * HOP, np.float32)
        self._echo_F = np.zeros(2 * HOP, np.float32)
        self._overlap_H = np.zeros(HOP, np.float32)
        self._sound_K, self._found_K, self._ringing_K = np.zeros(BINS), np.zeros(BINS), np.zeros(BINS)
        self._noise_K = np.full(BINS, 1e-4)
        self._leak_K = np.full(BINS, 0.5)
        self._hops = self._open = self._sounding = 0
        self._quiet = PAUSE
        width = SAMPLE_RATE / (2 * HOP)
        places = [round(hertz / width) for hertz in EDGES_HZ]
        self._bands = [slice(low, high) for low, high in pairwise(places)]
        self._voice = slice(places[0], places[-2])

    def step(self, sound_H: Signal, echo_H: Signal, doubt_K: Signal, playing: bool) -> Signal:
        """Take (256,) samples of the microphone without the echo that was found, and of that echo.

        Args:
            sound_H: what the adaptive filter left.
            echo_H: what it took away.
            doubt_K: (257,) power that it may have missed.
            playing: whether what was played can still be heard.

        Returns:
            (256,) samples, those of a hop ago.
        """
        self._sound_F = np.concatenate([self._sound_F[HOP:], sound_H])
        self._echo_F = np.concatenate([self._echo_F[HOP:], echo_H])
        spectrum_K = np.fft.rfft(self._sound_F * self._window_F)
        self._follow(np.abs(spectrum_K) ** 2, np.abs(np.fft.rfft(self._echo_F * self._window_F)) ** 2)
        if playing:
            spectrum_K = spectrum_K * self._gain_K(doubt_K)
        result_F = np.fft.irfft(spectrum_K).astype(np.float32) * self._window_F
        done_H = result_F[:HOP] + self._overlap_H
        self._overlap_H = result_F[HOP:]
        return done_H

    def _follow(self, sound_K: Powers, echo_K: Powers) -> None:
        """Keep the powers of sound, echo and noise, and the share of the echo that is left."""
        self._sound_K = 0.6 * self._sound_K + 0.4 * sound_K
        echo_K = echo_K + SPREAD * echo_K[self._voice].mean()
        self._found_K = 0.6 * self._found_K + 0.4 * echo_K
        self._note_pauses(echo_K.sum() > BELOW * self._noise_K.sum())
        self._ringing_K = np.maximum(self._found_K, RINGS * self._ringing_K)
        lower_K = 0.9 * self._noise_K + 0.1 * self._sound_K
        self._noise_K = np.where(self._sound_K < self._noise_K, lower_K, self._noise_K * NOISE_RISE)
        share_K = np.clip((self._sound_K - self._noise_K) / (self._found_K + 1e-9), 1e-3, 1.0)
        pace = PACE * (1 + YOUNG * np.exp(-self._hops / YOUNG_HOPS))
        factor_K = np.where(share_K > self._leak_K, np.exp(pace * QUANTILE), np.exp(-pace * (1 - QUANTILE)))
        leak_K = np.clip(self._leak_K * factor_K, 1e-3, 1.0)
        self._leak_K = np.where(self._found_K > BELOW * self._noise_K, leak_K, self._leak_K)

    def _note_pauses(self, sounding: bool) -> None:
        """Count the hops of echo since the last silence."""
        if sounding:
            self._sounding = 1 if self._quiet >= PAUSE else self._sounding + 1
            self._quiet = 0
        else:
            self._quiet += 1

    def _gain_K(self, doubt_K: Signal) -> Powers:
        leak_K = np.ones(BINS) if self._sounding < AFRESH else self._leak_K
        left_K = EXCESS * (leak_K * self._ringing_K + 0.25 * doubt_K)
        if self._somebody_speaks(left_K + NOISE_EXCESS * self._noise_K):
            self._open = HOLD
        elif self._open:
            self._open -= 1
        if not self._open:
            return np.zeros(BINS)
        return np.clip(1 - left_K / (self._sound_K + 1e-12), 0.0, 1.0)

    def _somebody_speaks(self, expected_K: Powers) -> bool:
        self._hops += 1
        strict = 1 + YOUNG * np.exp(-self._hops / YOUNG_HOPS)
        whole = self._excess(expected_K, self._voice) / OPENS
        band = max(self._excess(expected_K, band) for band in self._bands) / OPENS_BAND
        return max(whole, band) > strict

    def _excess(self, expected_K: Powers, band: slice) -> float:
        return float(self._sound_K[band].sum() / (expected_K[band].sum() + 1e-9))

"""The way from loudspeaker to microphone, learned while the program speaks: a Kalman filter in the frequency domain.

G. Enzner, P. Vary, Frequency-domain adaptive Kalman filter for acoustic echo control in hands-free telephones, Signal
Processing 86 (2006); in partitions, so that the delay is short: F. Kuech, E. Mabande, G. Enzner, State-space
architecture of the partitioned-block-based acoustic echo controller, ICASSP 2014. Its step size falls by itself while
somebody else speaks, so nothing has to decide when to learn.
"""

import numpy as np
import numpy.typing as npt

HOP = 256  # samples, 16 ms: what is taken at a time, and the length of a partition
BINS = HOP + 1
PARTITIONS = 32  # 0.5 s: 0.3 s of delay and the room's echo after it
PAST = (PARTITIONS + 1) * HOP  # samples that are in its windows

STAYS = 0.9998  # of the room from hop to hop: people move, doors open
PRIOR_DECAY = 10.0  # partitions over which the power that is expected of the path falls to 1/e
NEAR_MEMORY = 0.9  # of the estimate of what isn't echo, from hop to hop
_QUIET = 1e-2  # energy of the reference's spectra below which there is nothing to learn from

Signal = npt.NDArray[np.float32]


class AdaptiveFilter:
    """Tells the echo in the microphone from what was played.

    Attributes:
        doubt_K: (257,) power of the echo that the filter cannot know yet, on the scale of `rfft` over 512 samples.
    """

    def __init__(self) -> None:
        self.doubt_K = np.zeros(BINS, np.float32)
        self._path_PK = np.zeros((PARTITIONS, BINS), np.complex64)
        prior_P = np.exp(-np.arange(PARTITIONS, dtype=np.float32) / PRIOR_DECAY)
        self._variance_PK = np.repeat(prior_P[:, None], BINS, axis=1)
        self._played_PK = np.zeros((PARTITIONS, BINS), np.complex64)
        self._before_H = np.zeros(HOP, np.float32)
        self._near_K = np.zeros(BINS, np.float32)
        self._hops = 0

    @property
    def resting(self) -> bool:
        """Whether nothing that was played can still be heard."""
        return not self._played_PK.any()

    def step(self, played_H: Signal, microphone_H: Signal) -> tuple[Signal, Signal]:
        """Take (256,) samples of both; the microphone without the echo, and the echo."""
        window_F = np.concatenate([self._before_H, played_H])
        self._before_H = played_H
        self._played_PK = np.roll(self._played_PK, 1, axis=0)
        self._played_PK[0] = np.fft.rfft(window_F) if window_F.any() else 0
        if self.resting:
            self.doubt_K = np.zeros(BINS, np.float32)
            return microphone_H, np.zeros(HOP, np.float32)
        echo_H = np.fft.irfft((self._played_PK * self._path_PK).sum(axis=0))[HOP:].astype(np.float32)
        error_H = microphone_H - echo_H
        self._learn(error_H)
        return error_H, echo_H

    def replay(self, played_T: Signal) -> None:
        """What was played until now, in another place than it was taken: (`PAST`,) samples."""
        starts = np.arange(PARTITIONS) * HOP
        windows_PF = np.stack([played_T[start : start + 2 * HOP] for start in starts[::-1]])
        self._played_PK = np.fft.rfft(windows_PF, axis=1).astype(np.complex64)
        self._before_H = played_T[-HOP:]

    def _learn(self, error_H: Signal) -> None:
        error_K = np.fft.rfft(np.concatenate([np.zeros(HOP, np.float32), error_H])).astype(np.complex64)
        power_PK = _power(self._played_PK)
        self._near_K = NEAR_MEMORY * self._near_K + (1 - NEAR_MEMORY) * _power(error_K)
        self.doubt_K = (power_PK * self._variance_PK).sum(axis=0)
        if power_PK.sum() < _QUIET:
            return
        gain_PK = self._variance_PK / (self.doubt_K + 2 * self._near_K + np.float32(1e-6))
        self._path_PK += gain_PK * self._played_PK.conj() * error_K
        self._constrain()
        moves = np.float32(1 - STAYS**2)
        self._variance_PK *= np.float32(STAYS**2) * (1 - 0.5 * gain_PK * power_PK)
        self._variance_PK += moves * _power(self._path_PK) + np.float32(1e-9)

    def _constrain(self) -> None:
        """Keep each partition's response within its length; every fourth partition at a time, which is as good."""
        self._hops += 1
        some = slice(self._hops % 4, None, 4)
        taps_PF = np.fft.irfft(self._path_PK[some], axis=1)
        taps_PF[:, HOP:] = 0
        self._path_PK[some] = np.fft.rfft(taps_PF, axis=1)


def _power(spectrum: npt.NDArray[np.complex64]) -> Signal:
    return spectrum.real**2 + spectrum.imag**2

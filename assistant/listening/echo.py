"""The microphone without the program's own voice, so that it never hears itself and can be interrupted.

Measured against WebRTC's AEC3 and Speex (benchmarks/echo.py): those let parts of the first sentence through, and
notice an interruption later.
"""

from typing import TYPE_CHECKING, Literal

import numpy as np

from assistant.listening.adaptive_filter import HOP, AdaptiveFilter, Signal
from assistant.listening.own_words import is_own_words
from assistant.listening.residual_echo import ResidualEcho
from assistant.speaking.reference import Reference

if TYPE_CHECKING:
    from assistant.listening.microphone import Block

__all__ = ["EchoCanceller", "is_own_words"]

LEAD_S = 0.032  # so much sooner than a device says its sound may be heard
DRIFT = 16  # samples, 1 ms: two clocks have drifted apart, which is put right
JUMP = 160  # samples, 10 ms: more than this is no drift; samples were lost


class EchoCanceller:
    """Takes what the loudspeaker plays out of the microphone's sound.

    Args:
        reference: what is played and when.
        mode: "headphones" leaves the microphone as it is: nothing of what is played reaches it.
    """

    def __init__(self, reference: Reference | None, mode: Literal["auto", "headphones"] = "auto") -> None:
        self._reference = reference if mode == "auto" else None
        self._filter, self._residual = AdaptiveFilter(), ResidualEcho()
        self._next = 0  # the reference's sample that belongs to the next block's first

    def process(self, block: "Block") -> Signal:
        """The block's (512,) samples without echo, 16 ms late; untouched where there is no reference."""
        if self._reference is None:
            return block.samples_S
        self._align(Reference.index(block.at_s + LEAD_S))
        count = len(block.samples_S)
        played_S = self._reference.read(self._next, count)
        self._next += count
        return np.concatenate(
            [self._hop(played_S[at : at + HOP], block.samples_S[at : at + HOP]) for at in range(0, count, HOP)]
        )

    def _hop(self, played_H: Signal, microphone_H: Signal) -> Signal:
        sound_H, echo_H = self._filter.step(played_H, microphone_H)
        return self._residual.step(sound_H, echo_H, self._filter.doubt_K, playing=not self._filter.resting)

    def _align(self, wanted: int) -> None:
        """Read the reference where the clock says. A drift has been learned by the filter, so it moves along."""
        off = wanted - self._next
        if abs(off) <= DRIFT:
            return
        if abs(off) <= JUMP:
            self._filter.move(off)
        self._next = wanted

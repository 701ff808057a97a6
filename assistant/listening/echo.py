"""The microphone without the program's own voice, so that it never hears itself and can be interrupted.

Measured beside WebRTC's AEC3 (benchmarks/echo.py): that lets parts of the first sentence through, and notices an
interruption later.
"""

from typing import TYPE_CHECKING, Literal

import numpy as np

from assistant.listening.adaptive_filter import HOP, PAST, AdaptiveFilter, Signal
from assistant.listening.echo_clock import EchoClock
from assistant.listening.own_words import is_own_words
from assistant.listening.residual_echo import ResidualEcho
from assistant.speaking.reference import Reference

if TYPE_CHECKING:
    from assistant.listening.microphone import Block

__all__ = ["EchoCanceller", "is_own_words"]

LEAD_S = 0.032  # so much sooner than a device says its sound may be heard
JUMP = 1600  # samples, 100 ms: more than this is no drift; samples were lost


class EchoCanceller:
    """Takes what the loudspeaker plays out of the microphone's sound.

    Args:
        reference: what is played and when.
        mode: "headphones" leaves the microphone as it is: nothing of what is played reaches it.
    """

    def __init__(self, reference: Reference | None, mode: Literal["auto", "headphones"] = "auto") -> None:
        self._reference = reference if mode == "auto" else None
        self._filter, self._residual, self._clock = AdaptiveFilter(), ResidualEcho(), EchoClock()

    def process(self, block: "Block") -> Signal:
        """The block's (512,) samples without echo, 16 ms late; untouched where there is no reference."""
        if self._reference is None:
            return block.samples_S
        self._align(block.at_s)
        hops = [self._hop(self._reference, microphone_H) for microphone_H in block.samples_S.reshape(-1, HOP)]
        return np.concatenate(hops)

    def _hop(self, reference: Reference, microphone_H: Signal) -> Signal:
        played_H = self._clock.read(reference)
        sound_H, echo_H = self._filter.step(played_H, microphone_H)
        if self._clock.steer(echo_H, microphone_H):
            self._filter.replay(self._clock.past(reference, PAST))
        return self._residual.step(sound_H, echo_H, self._filter.doubt_K, playing=not self._filter.resting)

    def _align(self, at_s: float) -> None:
        """Read the reference where the clocks say, give or take what was seen to be better."""
        wanted = Reference.index(at_s + LEAD_S)
        if abs(wanted - self._clock.position) > JUMP:
            self._clock.position = float(wanted)

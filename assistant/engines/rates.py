"""Words a minute: which can be asked for, and what each engine must be told to speak at that rate.

The tables are measurements over four passages of ordinary prose (178 words, pauses included); what comes of them is
measured by `antigone bench speech --rates`.
"""

from collections.abc import Sequence
from itertools import pairwise

from kernels.errors import UserError

SLOWEST_WPM, FASTEST_WPM = 80, 500
# Words a minute: the voice's length_scale. Below 0.55 it swallows sounds, so from there its speech is hurried instead:
# Whisper base mishears 7% of the words at 0.55 hurried to 537 a minute, but 15% at 0.35 hurried to 505. Of espeak-ng's
# it mishears more at every rate (25% against 10% at 300, 51% against 12% at 400): it is a fallback, not the fast voice.
PIPER_RATE = ((80.0, 3.2), (85.0, 3.0), (113.0, 2.2), (148.0, 1.6), (192.0, 1.2), (213.0, 1.0), (242.0, 0.8),
              (299.0, 0.65), (330.0, 0.55))  # fmt: skip
PIPER_STEADY_WPM = 225  # from here on sounds are short: the network may vary their length less
# Words a minute: what espeak-ng calls words a minute; it goes no slower than 80, so below that its speech is slowed.
ESPEAK_RATE = ((102.0, 80.0), (144.0, 120.0), (190.0, 160.0), (235.0, 200.0), (286.0, 250.0), (334.0, 300.0),
               (384.0, 350.0), (430.0, 400.0), (496.0, 450.0), (552.0, 500.0))  # fmt: skip


def checked_rate(rate_wpm: int) -> int:
    """The rate if it can be spoken. Raises UserError outside 80 to 500 words a minute."""
    if not SLOWEST_WPM <= rate_wpm <= FASTEST_WPM:
        raise UserError(
            f"A rate of {rate_wpm} words a minute cannot be spoken.", f"Give one from {SLOWEST_WPM} to {FASTEST_WPM}."
        )
    return rate_wpm


def interpolate(value: float, table: Sequence[tuple[float, float]]) -> float:
    """The table's second column at `value` of its rising first column, straight lines in between, held at the ends."""
    value = within(value, table)
    for (low, at_low), (high, at_high) in pairwise(table):
        if value <= high:
            return at_low + (at_high - at_low) * (value - low) / (high - low)
    return table[-1][1]


def within(value: float, table: Sequence[tuple[float, float]]) -> float:
    """The nearest value that the table's first column spans."""
    return min(max(float(value), table[0][0]), table[-1][0])

"""Risk tiers and the rule each one carries: what runs, what is said, what asks, what is off."""

from enum import IntEnum


class Tier(IntEnum):
    """How much harm a tool call could do; a higher tier includes the caution of every lower one."""

    LOOK = 0  # reads, describes, calculates: runs
    KEEP = 1  # remembers, notes, reminds: runs, is said, can be undone
    CHANGE = 2  # deletes, overwrites, opens: reads back the exact effect and asks; no answer means no
    OUTSIDE = 3  # leaves the machine: off until turned on in settings, then as CHANGE

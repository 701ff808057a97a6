"""Into how many parts a long sum is cut, so that a launch with few programs still fills a chip."""

import math
from functools import lru_cache


@lru_cache(4096)  # asked at every launch, of few shapes
def split_count(programs: int, most: int, slots: int) -> int:
    """The fewest parts that fill the slots nearly (85%) as evenly as any number up to `most` would.

    (The rule of FlashAttention's num_splits_heuristic.)

    Args:
        programs: of the launch when nothing is cut.
        most: parts that are still worth a program.
        slots: programs that the chip holds at once.
    """
    if programs >= 0.8 * slots:
        return 1
    even = [programs * count / slots / math.ceil(programs * count / slots) for count in range(1, max(1, most) + 1)]
    return next(count for count, share in enumerate(even, 1) if share >= 0.85 * max(even))

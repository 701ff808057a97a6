"""Type for signs, charts and pages: fonts that are found on most systems, else the one inside Pillow."""

import functools
import random
from typing import TypeAlias

from PIL import ImageFont

SANS = ("DejaVuSans.ttf", "LiberationSans-Regular.ttf", "DejaVuSansCondensed.ttf", "LiberationSansNarrow-Regular.ttf")
BOLD = ("DejaVuSans-Bold.ttf", "LiberationSans-Bold.ttf", "DejaVuSansCondensed-Bold.ttf")
SERIF = ("DejaVuSerif.ttf", "LiberationSerif-Regular.ttf", "LiberationMono-Regular.ttf")
Font: TypeAlias = "ImageFont.FreeTypeFont | ImageFont.ImageFont"
_WORDS = tuple(
    """the a of and to in is was for on that with as it at by from are this be or an which not have had were
people house water time garden morning letter window street river table summer winter market paper train bread music
school doctor village money office country evening children picture mountain kitchen station weather question answer
opened walked carried waited found always never every under between before after through without small large old new
long early quiet bright heavy open green several further however although therefore council report account meeting
service number please return contact within payment address order delivery product customer details section""".split()  # noqa: SIM905 - a list of words, one a line, says no more
)


@functools.lru_cache(maxsize=256)
def font(name: str, size: int) -> Font:
    """The font of that file name, or Pillow's own where it is not installed."""
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return ImageFont.load_default(size)


def words(rng: random.Random, count: int) -> str:
    """That many plain English words; they say nothing."""
    return " ".join(rng.choices(_WORDS, k=count))


def sentence(rng: random.Random, least: int = 4, most: int = 14) -> str:
    """Words with a capital and a full stop."""
    return words(rng, rng.randint(least, most)).capitalize() + "."

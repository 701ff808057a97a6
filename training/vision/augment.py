"""Random views of a picture, as a hand-held camera, a screenshot or another renderer would have made them.

What may be changed depends on the kind of picture: writing is never mirrored, and a fruit's colour is part of its name.
"""

import random
from dataclasses import dataclass

from PIL import Image, ImageEnhance, ImageFilter

SIDE = 260  # pixels of the stem's square input


@dataclass(frozen=True)
class Changes:
    """How much a kind of picture may change.

    Attributes:
        area: the smallest share of the picture that a crop keeps.
        stretch: the largest change of aspect, as a ratio.
        turn: largest rotation in degrees.
        mirror: whether left and right may be swapped.
        light, colour: largest relative change of brightness and contrast, and of saturation.
        blur: chance of a slight blur.
        shrink: chance that the picture is made small first, as thumbnails are.
    """

    area: float
    stretch: float
    turn: float
    mirror: bool
    light: float
    colour: float
    blur: float
    shrink: float


PHOTO = Changes(0.35, 1.45, 20, True, 0.3, 0.25, 0.15, 0.0)
PACKAGE = Changes(0.35, 1.45, 12, False, 0.3, 0.25, 0.15, 0.0)
DRAWN = Changes(0.75, 1.12, 6, False, 0.25, 0.4, 0.1, 0.3)
WHOLE = Changes(0.9, 1.05, 0, False, 0.1, 0.1, 0.05, 0.0)
_KINDS = {"product": PACKAGE, "fruit": PHOTO, "photo": PHOTO, "chart": WHOLE, "screen": WHOLE, "sign": DRAWN}


def changes(kind: str) -> Changes:
    """What may be done to a picture of this kind; drawings' changes where it is not known."""
    return _KINDS.get(kind, DRAWN)


def view(picture: Image.Image, kind: str, rng: random.Random) -> Image.Image:
    """A random view, SIDE by SIDE pixels."""
    allowed = changes(kind)
    if allowed.turn and rng.random() < 0.7:
        ground = picture.getpixel((0, 0))
        picture = picture.rotate(rng.uniform(-allowed.turn, allowed.turn), Image.Resampling.BILINEAR, fillcolor=ground)
    if rng.random() < allowed.shrink:
        small = rng.choice((24, 32, 48, 64, 96))
        picture = picture.resize((small, small), Image.Resampling.LANCZOS)
    cut = picture.resize((SIDE, SIDE), Image.Resampling.BICUBIC, box=_box(picture.size, allowed, rng), reducing_gap=3.0)
    if allowed.mirror and rng.random() < 0.5:
        cut = cut.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    for enhance, most in (
        (ImageEnhance.Brightness, allowed.light), (ImageEnhance.Contrast, allowed.light),
        (ImageEnhance.Color, allowed.colour),
    ):  # fmt: skip
        cut = enhance(cut).enhance(1 + rng.uniform(-most, most))
    return cut.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 1.5))) if rng.random() < allowed.blur else cut


def _box(size: tuple[int, int], allowed: Changes, rng: random.Random) -> tuple[float, float, float, float]:
    """A crop of random area, aspect and place, in pixels."""
    width, height = size
    share = rng.uniform(allowed.area, 1.0)
    aspect = allowed.stretch ** rng.uniform(-1, 1)
    wide = min(width, (share * width * height * aspect) ** 0.5)
    high = min(height, (share * width * height / aspect) ** 0.5)
    left, top = rng.uniform(0, width - wide), rng.uniform(0, height - high)
    return left, top, left + wide, top + high

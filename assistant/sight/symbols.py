"""Icons in a picture of a screen: where something small stands apart that is no print, and what the eyes call it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.sight.eyes import eyes
from assistant.sight.objects import POSSIBLE, hedge
from assistant.sight.places import say_place

if TYPE_CHECKING:
    from PIL import Image

MOST = 24  # candidates that are named, at some 40 ms each
LEAST_SIDE, MOST_SHARE = 12, 0.25  # pixels of a symbol's longer side; of the picture's shorter side
ASPECT = 2.2
STEP = 18  # of grey from pixel to pixel that an outline makes
GAP = 3  # pixels between the parts of one symbol
MARGIN = 0.3  # of a symbol's side, around it
PRINT_OVERLAP = 0.3  # of a candidate under print that makes it a letter
_KIND = re.compile(r"\s*\b(icons?|buttons?|symbols?|signs?|emojis?|logos?)$", re.I)

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Symbol:
    """A small drawing, its box (left, top, right, bottom) in pixels, its name and how probable that is."""

    name: str
    probability: float
    box: Box

    def middle(self, size: tuple[int, int]) -> tuple[float, float]:
        """Its middle as shares of the picture's size."""
        return (self.box[0] + self.box[2]) / 2 / size[0], (self.box[1] + self.box[3]) / 2 / size[1]


def bare_name(wanted: str) -> str:
    """What a symbol is called without its kind: "search icon" is "search"."""
    return _KIND.sub("", " ".join(wanted.split())).strip() or wanted


def symbols(image: "Image.Image", printed: Iterable[Box]) -> list[Symbol]:
    """Every symbol that has a name, surest first.

    Args:
        image: an RGB picture.
        printed: boxes of print in its pixels, which is not looked at.
    """
    boxes = candidates(image, list(printed))
    named = eyes().symbols([image.crop(_with_margin(box, image.size)) for box in boxes])
    found = [Symbol(name, chance, box) for box, (name, chance) in zip(boxes, named, strict=True) if chance >= POSSIBLE]
    return sorted(found, key=lambda one: -one.probability)


def listed(there: Sequence[Symbol], size: tuple[int, int]) -> tuple[str, str, dict[str, Any]]:
    """All symbols as what to say first, what "more" adds, and the same as data."""
    places = [say_place(*one.middle(size)) for one in there]
    data = {"icons": [{"name": one.name, "where": where, "probability": round(one.probability, 3)}
                      for one, where in zip(there, places, strict=True)]}  # fmt: skip
    if not there:
        return "I see no icon that I know.", "", data
    said = [f"{hedge(one.probability)}{one.name}, {where}" for one, where in zip(there, places, strict=True)]
    many = f"{len(said)} icons" if len(said) > 1 else "One icon"
    return f"{many} that I know: {'; '.join(said[:6])}.", "; ".join(said[6:]), data


def candidates(image: "Image.Image", printed: Sequence[Box]) -> list[Box]:
    """Boxes of what may be a symbol, the squarest first; at most MOST."""
    import cv2

    grey = np.asarray(image.convert("L"), np.int16)
    edges = np.zeros(grey.shape, np.uint8)
    edges[:, 1:] |= (np.abs(np.diff(grey, axis=1)) > STEP).astype(np.uint8)
    edges[1:] |= (np.abs(np.diff(grey, axis=0)) > STEP).astype(np.uint8)
    grown = cv2.dilate(edges, np.ones((GAP, GAP), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(grown, connectivity=8)
    most = MOST_SHARE * min(image.size)
    found: list[Box] = []
    for left, top, width, height, area in stats[1:].tolist():
        longer, shorter = max(width, height), min(width, height)
        box = (left, top, left + width, top + height)
        if (
            LEAST_SIDE <= longer <= most
            and longer <= ASPECT * shorter
            and area >= longer
            and not _is_print(box, printed)
        ):
            found.append(box)
    return sorted(found, key=_oblong)[:MOST]


def _is_print(box: Box, printed: Sequence[Box]) -> bool:
    area = (box[2] - box[0]) * (box[3] - box[1])
    return any(_overlap(box, other) > PRINT_OVERLAP * area for other in printed)


def _overlap(one: Box, other: Box) -> int:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return max(0, across) * max(0, down)


def _oblong(box: Box) -> float:
    width, height = box[2] - box[0], box[3] - box[1]
    return max(width, height) / min(width, height)


def _with_margin(box: Box, size: tuple[int, int]) -> Box:
    """A square around the box, inside the picture."""
    side = round(max(box[2] - box[0], box[3] - box[1]) * (1 + 2 * MARGIN))
    side = min(side, *size)
    left = min(max(0, (box[0] + box[2] - side) // 2), size[0] - side)
    top = min(max(0, (box[1] + box[3] - side) // 2), size[1] - side)
    return left, top, left + side, top + side

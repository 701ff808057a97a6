"""What a chart says: its title, and a label and a value for each bar, point or slice.

The kind is known already. The numbers along an axis give the scale, a bar's end or a line's place is measured in
pixels against it, and a number printed at a bar goes before what was measured there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.sight.boxes import slant, turn
from assistant.sight.ocr import SURE_ENOUGH, Piece
from assistant.sight.scales import Mark, Print, axis_of, labels_below, mark_at, number

if TYPE_CHECKING:
    from PIL import Image

TITLE = 0.9  # confidence of a title that is said
TILTED = (1.0, 30.0)  # degrees between which a photographed chart is set upright
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True)
class Reading:
    """A chart that was read.

    Attributes:
        title: "" where there is none.
        marks: from the left or from the top; empty where they cannot be told.
        unit: "%" for slices, else "".
        step: that measured values are rounded to.
    """

    title: str
    marks: tuple[Mark, ...]
    unit: str = ""
    step: float = 0.0

    def value(self, mark: Mark) -> str:
        """ "178", "about 180"."""
        if mark.printed or not self.step:
            return f"{mark.value:g}{self.unit}"
        return f"about {round(mark.value / self.step) * self.step:.6g}{self.unit}"

    def sentence(self, phrase: str) -> str:
        """The chart in one sentence, without its stop.

        Args:
            phrase: how it looks to the eyes, "a bar chart of five bars, the first largest, the last smallest".
        """
        kind, _, shape = phrase.partition(":")
        kind = re.split(r" of |,", kind)[0]
        title = f', "{self.title}"' if self.title else ""
        if len(self.marks) < 2:
            rest = phrase[len(kind) :].strip(" ,:")
            return f"{kind}{title}, {rest}" if title and rest else phrase if rest else f"{kind}{title}"
        high = max(self.marks, key=lambda mark: mark.value)
        low = min(self.marks, key=lambda mark: mark.value)
        if "pie" in kind:
            return f"{kind}{title}: {len(self.marks)} slices, the largest {high.label} at {self.value(high)}"
        if self.value(high) == self.value(low):
            return f"{kind}{title}: all of {len(self.marks)} at {self.value(high)}"
        extremes = f"the highest is {high.label} at {self.value(high)}, the lowest {low.label} at {self.value(low)}"
        if "line" in kind:
            way = f"{shape.strip()}, " if shape.strip() else ""
            return f"{kind}{title}: {way}from {self.marks[0].label} to {self.marks[-1].label}; {extremes}"
        return f"{kind}{title}: {len(self.marks)} bars, {extremes}"

    def every_value(self) -> str:
        """ "Mon about 180, Tue 204."; "" where none is known."""
        return ", ".join(f"{mark.label} {self.value(mark)}" for mark in self.marks) + "." if self.marks else ""

    def as_json(self) -> dict[str, Any]:
        """The same as JSON values."""
        marks = [{"label": one.label, "value": round(one.value, 3), "printed": one.printed} for one in self.marks]
        return {"title": self.title, "unit": self.unit, "marks": marks}

    def contradicts(self, phrase: str) -> bool:
        """Whether the eyes count otherwise, or take another bar for the largest."""
        counted = re.search(r"\bof (\w+) (?:bars|slices)", phrase)
        if not self.marks or counted is None:
            return False
        if counted[1] in _COUNTS and _COUNTS.index(counted[1]) != len(self.marks):
            return True
        largest = re.search(r"\bthe (\w+) largest", phrase)
        if largest is None:
            return False
        order = sorted(range(len(self.marks)), key=lambda at: -self.marks[at].value)
        word = largest[1]
        place = (0 if word == "top" else len(self.marks) - 1 if word in ("last", "bottom")
                 else _ORDINALS.index(word) if word in _ORDINALS else order[0])  # fmt: skip
        return place != order[0]


def read_chart(kind: str, image: "Image.Image", pieces: Sequence[Piece], angle: float = 0.0) -> Reading:
    """What is printed in a chart and measured of it.

    Args:
        kind: "bar chart", "sideways bar chart", "line chart" or "pie chart".
        image: RGB.
        pieces: its print.
        angle: of its writing, in degrees clockwise from level; a chart that stands askew is set upright first.
    """
    image, pieces = _upright(image, pieces, angle)
    good = [piece for piece in pieces if piece.confidence >= SURE_ENOUGH]
    titled = _title(good, image.size)
    title, rest = titled.text if titled else "", [piece for piece in good if piece is not titled]
    pixels = np.asarray(image, np.float32)
    if "pie" in kind:
        from assistant.sight.pies import slices

        return Reading(title, tuple(slices(pixels, [(piece.text, *_middle(piece)) for piece in rest])), "%", 1.0)
    sideways = "sideways" in kind or "horizontal" in kind
    prints = [_turned(piece, image.width if sideways else None) for piece in rest]
    unread = [_turned(piece, image.width if sideways else None) for piece in pieces if piece not in good]
    if sideways:
        pixels = np.ascontiguousarray(np.rot90(pixels))
    axis = axis_of(prints, pixels.shape[1])
    if axis is None:
        return Reading(title, ())
    labels = labels_below(prints, axis, pixels.shape[0])
    marks = [mark_at(pixels, axis, label, prints, "line" in kind) for label in labels]
    known = tuple(mark for mark in marks if mark is not None)
    printed = sum(mark.printed for mark in known)
    lost = any(abs(one.y - labels[0].y) < 0.03 * pixels.shape[0] for one in unread if labels)
    sure = not lost and len(known) == len(labels) and (printed == len(known) or 2 * printed < len(known))
    return Reading(title, known if sure else (), "", axis.step)  # all of them, told in one way; else none is sure


def _upright(image: "Image.Image", pieces: Sequence[Piece], angle: float) -> tuple["Image.Image", Sequence[Piece]]:
    """A photographed chart turned so that its print runs level, and its print where it stands then."""
    from PIL import Image

    angle = slant(angle)
    if not TILTED[0] < abs(angle) < TILTED[1]:
        return image, pieces
    level = image.rotate(angle, Image.Resampling.BICUBIC, fillcolor=image.getpixel((0, 0)))
    centre = (image.width / 2, image.height / 2)
    boxes = [[turn(point, -angle, centre) for point in piece.box] for piece in pieces]
    return level, [replace(piece, box=(a, b, c, d)) for piece, (a, b, c, d) in zip(pieces, boxes, strict=True)]


def _title(pieces: Sequence[Piece], size: tuple[int, int]) -> Piece | None:
    """The topmost words in the picture's upper part, if no number and nearer to its middle than to its edges."""
    words = [
        piece for piece in pieces
        if piece.confidence >= TITLE and number(piece.text) is None and _middle(piece)[1] < 0.2 * size[1]
        and 0.25 * size[0] < _middle(piece)[0] < 0.8 * size[0] and len(piece.text) > 2
    ]  # fmt: skip
    return min(words, key=lambda piece: _middle(piece)[1], default=None)


def _middle(piece: Piece) -> tuple[float, float]:
    return sum(x for x, _ in piece.box) / 4, sum(y for _, y in piece.box) / 4


def _turned(piece: Piece, width: int | None) -> Print:
    """A piece's place, with the picture a quarter to the left where its width is given."""
    x, y = _middle(piece)
    text = re.sub(r"\s+[-–—]$", "", piece.text)  # an axis' stroke beside a label
    xs, ys = [x for x, _ in piece.box], [y for _, y in piece.box]
    if width is None:
        return Print(text, x, y, min(ys), max(xs) - min(xs))
    return Print(text, y, width - x, width - max(xs), max(ys) - min(ys))

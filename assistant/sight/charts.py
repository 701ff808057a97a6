"""What a chart says: its title, and a label and a value for each bar, point or slice.

The kind is known already. The numbers along an axis give the scale, a bar's end or a line's place is measured in
pixels against it, and a number printed at a bar goes before what was measured there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.sight.ocr import SURE_ENOUGH, Piece

if TYPE_CHECKING:
    from PIL import Image

ALIGNED = 0.06  # of the picture's width that the numbers of an axis may stand apart sideways
OFF_LINE = 0.03  # of the axis' span that a number may lie beside its place
TITLE = 0.9  # confidence of a title that is said
APART = 60.0  # sum of differences in red, green and blue from which two colours differ
PRINTED_NEAR = 0.1  # of the picture's height between a bar's end and the number printed there
_NUMBER = re.compile(r"[-−]?\d[\d,. ]*[kKM%]?")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True)
class Mark:
    """A bar, a point of a line or a slice of a pie: its label, its value, and whether the value is printed there."""

    label: str
    value: float
    printed: bool = False


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


@dataclass(frozen=True)
class _Print:
    """A piece of print, turned so that values grow upwards: its middle and its upper edge, in pixels."""

    text: str
    x: float
    y: float
    top: float

    @property
    def number(self) -> float | None:
        return number(self.text)


@dataclass(frozen=True)
class _Axis:
    """Values of rows of pixels, value = slope * y + start; and the numbers that it was read from."""

    slope: float
    start: float
    told: tuple[_Print, ...]

    def value(self, y: float) -> float:
        return self.slope * y + self.start

    @property
    def base(self) -> float:
        """The row of the value 0, or of the lowest number where the axis does not reach down to 0."""
        lowest = min(self.told, key=lambda one: one.number or 0.0)
        tick = (max(one.number or 0.0 for one in self.told) - (lowest.number or 0.0)) / (len(self.told) - 1)
        return -self.start / self.slope if (lowest.number or 0.0) <= 1.1 * tick else lowest.y

    @property
    def top(self) -> int:
        """The row up to which values are looked for: somewhat above the highest number."""
        highest = min(one.y for one in self.told)
        return max(0, round(highest - 0.2 * (self.base - highest)))

    @property
    def step(self) -> float:
        """What can be told apart along it: half of a hundredth of its largest number's power of ten."""
        top = max(abs(one.number or 0.0) for one in self.told)
        return float(5 * 10.0 ** (np.floor(np.log10(top)) - 2)) if top > 0 else 0.0


def read_chart(kind: str, image: "Image.Image", pieces: Sequence[Piece]) -> Reading:
    """What is printed in a chart and measured of it.

    Args:
        kind: "bar chart", "sideways bar chart", "line chart" or "pie chart".
        image: RGB.
        pieces: its print.
    """
    good = [piece for piece in pieces if piece.confidence >= SURE_ENOUGH]
    titled = _title(good, image.size)
    title, rest = titled.text if titled else "", [piece for piece in good if piece is not titled]
    pixels = np.asarray(image, np.float32)
    if "pie" in kind:
        from assistant.sight.pies import slices

        return Reading(title, tuple(slices(pixels, [(piece.text, *_middle(piece)) for piece in rest])), "%", 1.0)
    sideways = "sideways" in kind or "horizontal" in kind
    prints = [_turned(piece, image.width if sideways else None) for piece in rest]
    if sideways:
        pixels = np.ascontiguousarray(np.rot90(pixels))
    axis = _axis(prints, pixels.shape[1])
    if axis is None:
        return Reading(title, ())
    labels = _labels(prints, axis, pixels.shape[0])
    marks = [_mark(pixels, axis, label, prints, "line" in kind) for label in labels]
    return Reading(title, tuple(mark for mark in marks if mark is not None), "", axis.step)


def number(text: str) -> float | None:
    """A printed number's value; None for what is none."""
    bare = re.sub(r"\s*[-–—_|]$|^[|_]\s*", "", text.strip())  # the axis' own little strokes
    if not _NUMBER.fullmatch(bare):
        return None
    times = {"k": 1e3, "K": 1e3, "M": 1e6}.get(bare[-1], 1.0)
    bare = re.sub(r"[kKM%\s]", "", bare).replace("−", "-")
    bare = re.sub(r",(?=\d{3}\b)", "", bare).replace(",", ".").rstrip(".")
    return float(bare) * times if bare.count(".") <= 1 else None


def _title(pieces: Sequence[Piece], size: tuple[int, int]) -> Piece | None:
    """The topmost words in the picture's upper part, if no number and nearer to its middle than to its edges."""
    words = [
        piece for piece in pieces
        if piece.confidence >= TITLE and number(piece.text) is None and _middle(piece)[1] < 0.2 * size[1]
        and 0.25 * size[0] < _middle(piece)[0] < 0.8 * size[0] and len(piece.text) > 2
    ]  # fmt: skip
    return min(words, key=lambda piece: _middle(piece)[1], default=None)


def _axis(prints: Sequence[_Print], width: int) -> _Axis | None:
    """The scale that most numbers above each other agree on; None without three."""
    best: _Axis | None = None
    numbers = [(one, one.number) for one in prints if one.number is not None]
    for (one, first), (two, second) in combinations(numbers, 2):
        if abs(one.x - two.x) > ALIGNED * width or first is None or second is None or one.y == two.y:
            continue
        slope = (second - first) / (two.y - one.y)
        if slope >= 0:  # values grow upwards
            continue
        start = first - slope * one.y
        near = [(other, value) for other, value in numbers if abs(other.x - one.x) <= ALIGNED * width]
        told = [(other, value) for other, value in near if value is not None]
        span = max(value for _, value in told) - min(value for _, value in told)
        agree = tuple(other for other, value in told if abs(slope * other.y + start - value) <= OFF_LINE * span)
        if len(agree) >= 3 and (best is None or len(agree) > len(best.told)):
            fitted = np.polyfit([other.y for other in agree], [other.number or 0.0 for other in agree], 1)
            best = _Axis(float(fitted[0]), float(fitted[1]), agree)
    return best


def _labels(prints: Sequence[_Print], axis: _Axis, height: int) -> list[_Print]:
    """What stands in a row below the base, from the left."""
    below = [one for one in prints if one not in axis.told and one.y > axis.base + 2]
    if not below:
        return []
    nearest = min(one.top for one in below)
    return sorted((one for one in below if one.top - nearest < ALIGNED * height), key=lambda one: one.x)


def _mark(pixels: np.ndarray, axis: _Axis, label: _Print, prints: Sequence[_Print], line: bool) -> Mark | None:
    x = round(label.x)
    column = pixels[axis.top : round(axis.base), max(0, x - 2) : x + 3]
    if column.shape[0] < 12 or not column.shape[1]:
        return None
    end = _line_at(column, pixels) if line else _bar_end(column)
    end = None if end is None else end + axis.top
    near = PRINTED_NEAR * pixels.shape[0]
    wide = ALIGNED * pixels.shape[1] / 2
    told = [one for one in prints if one.number is not None and one not in axis.told and one is not label
            and abs(one.x - label.x) < wide and end is not None and abs(one.y - end) < near]  # fmt: skip
    if told and end is not None:
        printed = told[0].number or 0.0
        if abs(printed - axis.value(end)) <= 3 * OFF_LINE * abs(axis.value(0) - axis.value(axis.base)):
            return Mark(label.text, printed, printed=True)
    return None if end is None else Mark(label.text, axis.value(end))


def _bar_end(column: np.ndarray) -> float | None:
    """The row where a bar that stands on the column's lower end stops; None where nothing stops."""
    colours = np.median(column, axis=1)
    foot = np.median(colours[-8:-3], axis=0)
    differs = np.abs(colours - foot).sum(axis=1) > APART
    rows = np.flatnonzero(differs[1:-3] & differs[:-4])  # two rows that differ: no speck, no thin line
    return float(rows[-1] + 2) if len(rows) else None


def _line_at(column: np.ndarray, pixels: np.ndarray) -> float | None:
    """The row of the strongest stroke in a column; of coloured ones where there are any, for frames are grey."""
    colours, ground = np.median(column, axis=1), _ground(pixels)
    away = np.abs(colours - ground).sum(axis=1)
    vivid = np.abs(np.ptp(colours, axis=1) - np.ptp(ground))
    if vivid[2:-4].max() >= APART:
        away = 3 * vivid
    away[:2] = 0
    away[-4:] = 0  # the axis itself
    if away.max() < APART:
        return None
    first = int(np.flatnonzero(away >= 0.75 * away.max())[0])
    run = first
    while run + 1 < len(away) and away[run + 1] >= 0.6 * away.max():
        run += 1
    return (first + min(run, first + 12)) / 2


def _ground(pixels: np.ndarray) -> np.ndarray:
    """The colour that most of the picture's middle has."""
    height, width = pixels.shape[:2]
    inner = pixels[height // 8 : -height // 8 : 3, width // 5 : -width // 10 : 3].reshape(-1, 3)
    coarse = (inner // 16).astype(np.int64) @ np.array([256, 16, 1])
    most = np.bincount(coarse, minlength=4096).argmax()
    return np.asarray(np.median(inner[coarse == most], axis=0))


def _middle(piece: Piece) -> tuple[float, float]:
    return sum(x for x, _ in piece.box) / 4, sum(y for _, y in piece.box) / 4


def _turned(piece: Piece, width: int | None) -> _Print:
    """A piece's place, with the picture a quarter to the left where its width is given."""
    x, y = _middle(piece)
    text = re.sub(r"\s+[-–—]$", "", piece.text)  # an axis' stroke beside a label
    if width is None:
        return _Print(text, x, y, min(y for _, y in piece.box))
    return _Print(text, y, width - x, width - max(x for x, _ in piece.box))

"""The scale of a chart's axis, and the values of bars and points that are measured against it in pixels.

Values grow upwards here: a chart whose bars lie on their side is turned before.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

ALIGNED = 0.06  # of the picture's width that the numbers of an axis may stand apart sideways
OFF_LINE = 0.03  # of the axis' span that a number may lie beside its place
AGREEING = 0.6  # share of an axis' numbers that have to lie at their place; else many were misread
APART = 60.0  # sum of differences in red, green and blue from which two colours differ
PRINTED_NEAR = 0.1  # of the picture's height between a bar's end and the number printed there
LETTER = 0.5  # of a line's height: a letter's usual width
UNEVEN, ROUGHLY = 0.2, 0.3  # of the distance of two labels that another may stand off; where words' places are a guess
MOST_JOINED = 6  # pieces of print that may be several labels each
_NUMBER = re.compile(r"[-−]?\d[\d,. ]*[kKM%]?")


@dataclass(frozen=True)
class Mark:
    """A bar, a point of a line or a slice of a pie: its label, its value, and whether the value is printed there."""

    label: str
    value: float
    printed: bool = False


@dataclass(frozen=True)
class Print:
    """A piece of print, turned so that values grow upwards: its middle, its upper edge and its width, in pixels."""

    text: str
    x: float
    y: float
    top: float
    width: float = 0.0

    @property
    def number(self) -> float | None:
        return number(self.text)

    def words(self) -> "list[Print]":
        """Its words, each where it stands if letters are as wide as usual and the spaces alike."""
        said, letter = self.text.split(), 2 * LETTER * (self.y - self.top)
        letters = sum(map(len, said))
        letter = min(letter, self.width / (letters + len(said) - 1))
        gap = (self.width - letter * letters) / max(1, len(said) - 1)
        left, found = self.x - self.width / 2, []
        for word in said:
            wide = letter * len(word)
            found.append(Print(word, left + wide / 2, self.y, self.top, wide))
            left += wide + gap
        return found


@dataclass(frozen=True)
class Axis:
    """Values of rows of pixels, value = slope * y + start; and the numbers that it was read from."""

    slope: float
    start: float
    told: tuple[Print, ...]

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


def number(text: str) -> float | None:
    """A printed number's value; None for what is none."""
    bare = re.sub(r"\s*[-–—_|]$|^[|_]\s*", "", text.strip())  # the axis' own little strokes
    if not _NUMBER.fullmatch(bare):
        return None
    times = {"k": 1e3, "K": 1e3, "M": 1e6}.get(bare[-1], 1.0)
    bare = re.sub(r"[kKM%\s]", "", bare).replace("−", "-")
    bare = re.sub(r",(?=\d{3}\b)", "", bare).replace(",", ".").rstrip(".")
    return float(bare) * times if bare.count(".") <= 1 else None


def axis_of(prints: Sequence[Print], width: int) -> Axis | None:
    """The scale that most numbers above each other agree on; None without three, or where many were misread."""
    best: Axis | None = None
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
        enough = len(agree) >= max(3, AGREEING * len(told))
        if enough and (best is None or len(agree) > len(best.told)):
            fitted = np.polyfit([other.y for other in agree], [other.number or 0.0 for other in agree], 1)
            best = Axis(float(fitted[0]), float(fitted[1]), agree)
    return best


def labels_below(prints: Sequence[Print], axis: Axis, height: int) -> list[Print]:
    """What stands in a row below the base, from the left: words apart where only that spaces them evenly.

    The recogniser often takes neighbouring labels for one piece. Empty where they stand unevenly either way.
    """
    below = [one for one in prints if one not in axis.told and one.y > axis.base + 2]
    if not below:
        return []
    nearest = min(one.top for one in below)
    row = sorted((one for one in below if one.top - nearest < ALIGNED * height), key=lambda one: one.x)
    joined = [at for at, one in enumerate(row) if len(one.text.split()) > 1][:MOST_JOINED]
    for count in range(len(joined), -1, -1):
        for cut in combinations(joined, count):
            parts = [part for at, one in enumerate(row) for part in (one.words() if at in cut else [one])]
            if places := _evenly(parts, UNEVEN if not cut else ROUGHLY):
                return [replace(part, x=x) for part, x in zip(parts, places, strict=True)] if cut else parts
    return []


def _evenly(row: Sequence[Print], most: float) -> list[float]:
    """Where several labels should stand, at equal distances or at whole multiples where one was not read; [] where one
    stands more than that share of a distance off.
    """
    steps = np.diff([one.x for one in row])
    if not len(steps) or steps.min() < 1:
        return []
    times = np.round(steps / steps.min())
    if (np.abs(steps / steps.min() - times) > most).any() or (len(steps) > 1 and (times > 1).all()):
        return []
    places = np.concatenate(([0.0], np.cumsum(times)))
    slope, start = np.polyfit(places, [one.x for one in row], 1)
    return [float(start + slope * place) for place in places]


def mark_at(pixels: np.ndarray, axis: Axis, label: Print, prints: Sequence[Print], line: bool) -> Mark | None:
    """The value above a label; None where nothing is measured, or where a printed number says otherwise."""
    x = round(label.x)
    column = pixels[axis.top : round(axis.base), max(0, x - 2) : x + 3]
    if column.shape[0] < 12 or not column.shape[1]:
        return None
    end = _line_at(column, _ground(pixels, axis), _frame(pixels, axis)) if line else _bar_end(column)
    if end is None:
        return None
    end += axis.top
    near = PRINTED_NEAR * pixels.shape[0]
    wide = ALIGNED * pixels.shape[1] / 2
    told = [one.number for one in prints if one.number is not None and one not in axis.told and one is not label
            and abs(one.x - label.x) < wide and abs(one.y - end) < near]  # fmt: skip
    if not told:
        return Mark(label.text, axis.value(end))
    off = abs(told[0] - axis.value(end))
    fits = off <= 3 * OFF_LINE * abs(axis.value(axis.top) - axis.value(axis.base))
    return Mark(label.text, told[0], printed=True) if fits else None


def _bar_end(column: np.ndarray) -> float | None:
    """The row where a bar that stands on the column's lower end stops; None where nothing stops."""
    colours = np.median(column, axis=1)
    foot = np.median(colours[-8:-3], axis=0)
    differs = np.abs(colours - foot).sum(axis=1) > APART
    rows = np.flatnonzero(differs[1:-3] & differs[:-4])  # two rows that differ: no speck, no thin line
    return float(rows[-1] + 2) if len(rows) else None


def _frame(pixels: np.ndarray, axis: Axis) -> np.ndarray:
    """Which rows between the axis' top and base are a frame's or a grid's: one stroke from side to side."""
    rows = pixels[axis.top : round(axis.base), pixels.shape[1] // 4 : -pixels.shape[1] // 8]
    away = np.abs(rows - _ground(pixels, axis)).sum(axis=2) > APART / 2
    whole = away.mean(axis=1) > 0.9
    thin = np.convolve(whole, np.ones(9), "same") <= 5  # a filled area is thicker
    return np.asarray(np.convolve(whole & thin, np.ones(3), "same") > 0)


def _line_at(column: np.ndarray, ground: np.ndarray, frame: np.ndarray) -> float | None:
    """The row of the strongest stroke in a column; of coloured ones where there are any, for frames are grey."""
    colours = np.median(column, axis=1)
    away = np.abs(colours - ground).sum(axis=1)
    vivid = np.abs(np.ptp(colours, axis=1) - np.ptp(ground))
    if vivid[2:-4].max() >= APART:
        away = 3 * vivid
    else:
        away[frame] = 0
    away[:2] = 0
    away[-4:] = 0  # the axis itself
    if away.max() < APART:
        return None
    first = int(np.flatnonzero(away >= 0.75 * away.max())[0])
    run = first
    while run + 1 < len(away) and away[run + 1] >= 0.6 * away.max():
        run += 1
    return (first + min(run, first + 12)) / 2


def _ground(pixels: np.ndarray, axis: Axis) -> np.ndarray:
    """The colour that most of the plot's upper third has: below a line it may be filled."""
    wide, high = pixels.shape[1], round(axis.base) - axis.top
    inner = pixels[axis.top : axis.top + max(1, high // 3), wide // 5 : -wide // 10 : 2].reshape(-1, 3)
    coarse = (inner // 16).astype(np.int64) @ np.array([256, 16, 1])
    most = np.bincount(coarse, minlength=4096).argmax()
    return np.asarray(np.median(inner[coarse == most], axis=0))

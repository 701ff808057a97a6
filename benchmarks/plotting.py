"""Line charts drawn with Pillow alone: a few series over one axis, named where they end."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

_WIDTH, _HEIGHT = 820, 430
_LEFT, _RIGHT, _TOP, _BOTTOM = 78, 190, 56, 58
_COLOURS = ((0, 82, 155), (196, 78, 0), (0, 120, 80), (120, 60, 140))  # told apart by most eyes, and on grey paper
_INK, _GRID = (30, 30, 30), (222, 222, 222)


@dataclass(frozen=True)
class Chart:
    """What one chart shows.

    Attributes:
        title: above it.
        across, up: what the axes count.
        series: name -> points (x, y), in order of x.
    """

    title: str
    across: str
    up: str
    series: Mapping[str, Sequence[tuple[float, float]]]


def draw(charts: Sequence[Chart], heading: str) -> Image.Image:
    """The charts below each other, under a heading."""
    image = Image.new("RGB", (_WIDTH, 46 + _HEIGHT * len(charts)), "white")
    pen = ImageDraw.Draw(image)
    pen.text((16, 14), heading, fill=_INK, font=ImageFont.load_default(17))
    for row, chart in enumerate(charts):
        _draw_one(pen, chart, 46 + row * _HEIGHT)
    return image


def _draw_one(pen: ImageDraw.ImageDraw, chart: Chart, top: int) -> None:
    font = ImageFont.load_default(14)
    points = [point for line in chart.series.values() for point in line]
    most_x, step_x = _scale(max((x for x, _ in points), default=1) or 1)
    most_y, step_y = _scale(max((y for _, y in points), default=1) or 1)  # all of them 0: an empty chart
    wide, high = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    base = top + _TOP + high

    def at(x: float, y: float) -> tuple[float, float]:
        return _LEFT + wide * x / most_x, base - high * y / most_y

    pen.text((_LEFT, top + 10), chart.title, fill=_INK, font=ImageFont.load_default(16))
    pen.text((_LEFT, top + 32), chart.up, fill=_INK, font=font)
    for number in range(round(most_y / step_y) + 1):
        y = number * step_y
        pen.line([at(0, y), at(most_x, y)], fill=_GRID)
        pen.text((at(0, y)[0] - 8, at(0, y)[1]), f"{y:g}", fill=_INK, font=font, anchor="rm")
    for number in range(round(most_x / step_x) + 1):
        x = number * step_x
        pen.text((at(x, 0)[0], base + 8), f"{x:g}", fill=_INK, font=font, anchor="ma")
    pen.text((_LEFT + wide / 2, base + 30), chart.across, fill=_INK, font=font, anchor="ma")
    _draw_lines(pen, chart, at)


def _draw_lines(pen: ImageDraw.ImageDraw, chart: Chart, at: Callable[[float, float], tuple[float, float]]) -> None:
    taken: list[float] = []
    for (name, line), colour in zip(chart.series.items(), _COLOURS, strict=False):
        if not line:
            continue
        pen.line([at(x, y) for x, y in line], fill=colour, width=3)
        x, y = at(*line[-1])
        while any(abs(y - other) < 18 for other in taken):  # names don't lie on each other
            y -= 18
        taken.append(y)
        pen.text((x + 8, y), name, fill=colour, font=ImageFont.load_default(14), anchor="lm")


def _scale(most: float) -> tuple[float, float]:
    """A round end of an axis that holds `most`, and the distance of its marks."""
    rough = max(most, 1e-9) / 5
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough)
    return step * math.ceil(most / step - 1e-9), step

"""Symbols of signs, drawn from the lines, polygons and discs of sign_symbols.txt."""

import functools
from collections.abc import Sequence
from pathlib import Path

from PIL import ImageDraw

from training.vision.data import lettering

Box = tuple[float, float, float, float]
Colour = tuple[int, int, int]
TABLE = Path(__file__).with_name("sign_symbols.txt")


@functools.cache
def symbols(path: Path = TABLE) -> dict[str, tuple[tuple[str, tuple[float, ...]], ...]]:
    """The parts of each symbol: what it is and its numbers."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            name, _, parts = line.partition(": ")
            split = [part.split() for part in parts.split("; ")]
            found[name] = tuple((words[0], tuple(map(float, words[1:]))) for words in split)
    return found


def draw(pen: ImageDraw.ImageDraw, symbol: str, box: Box, ink: Colour, ground: Colour) -> None:
    """Draw a symbol, or a letter ("letter-P"), as large as the square in the middle of the box allows."""
    side = min(box[2] - box[0], box[3] - box[1])
    left, top = (box[0] + box[2] - side) / 2, (box[1] + box[3] - side) / 2
    if symbol.startswith("letter-"):
        font = lettering.font(lettering.BOLD[0], max(8, round(side * 0.9)))
        pen.text((left + side / 2, top + side / 2), symbol.removeprefix("letter-"), ink, font, anchor="mm")
        return
    scale = side / 100
    for kind, numbers in symbols()[symbol]:
        _part(pen, kind, numbers, scale, (left, top), ink, ground)


def _part(pen: ImageDraw.ImageDraw, kind: str, numbers: Sequence[float], scale: float, corner: tuple[float, float],
          ink: Colour, ground: Colour) -> None:  # fmt: skip
    if kind in ("disc", "hole", "ring"):
        x, y, radius = corner[0] + numbers[0] * scale, corner[1] + numbers[1] * scale, numbers[2] * scale
        circle = (x - radius, y - radius, x + radius, y + radius)
        if kind == "ring":
            pen.ellipse(circle, outline=ink, width=max(1, round(numbers[3] * scale)))
        else:
            pen.ellipse(circle, fill=ink if kind == "disc" else ground)
        return
    flat = numbers[1:] if kind == "line" else numbers
    points = [(corner[0] + x * scale, corner[1] + y * scale) for x, y in zip(flat[::2], flat[1::2], strict=True)]
    if kind == "line":
        pen.line(points, fill=ink, width=max(1, round(numbers[0] * scale)), joint="curve")
    else:
        pen.polygon(points, fill=ground if kind == "holes" else ink)

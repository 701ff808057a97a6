"""Corners, boxes and angles of pieces of print. x runs to the right, y downwards, angles clockwise in degrees."""

import math
from collections.abc import Sequence

from assistant.sight.layout import Box

Point = tuple[float, float]
Polygon = tuple[Point, ...]


def slant(angle: float) -> float:
    """The same direction from -180 up to 180 degrees."""
    return (angle + 180) % 360 - 180


def turn(point: Point, degrees: float, centre: Point = (0.0, 0.0)) -> Point:
    """A point turned clockwise about another."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    x, y = point[0] - centre[0], point[1] - centre[1]
    return centre[0] + x * cosine - y * sine, centre[1] + x * sine + y * cosine


def around(boxes: Sequence[Sequence[float]]) -> Box:
    """The smallest box that holds these: each (left, top, right, bottom)."""
    return (
        min(box[0] for box in boxes), min(box[1] for box in boxes),
        max(box[2] for box in boxes), max(box[3] for box in boxes),
    )  # fmt: skip


def corners(box: Box) -> Polygon:
    """Its four corners from the top left, clockwise."""
    left, top, right, bottom = box
    return (left, top), (right, top), (right, bottom), (left, bottom)

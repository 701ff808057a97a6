"""The slices of a pie chart: their shares measured along a circle, their labels by where they stand around it."""

import math
import re
from collections.abc import Sequence

import numpy as np

from assistant.sight.scales import APART, Mark, number

RING = 0.78  # of the radius, at which colours are compared: a ring (donut) has them there too
STEPS = 720
LEAST = 6  # steps that a slice takes at least: thinner are the lines between slices
_Text = tuple[str, float, float]


def slices(pixels: np.ndarray, texts: Sequence[_Text]) -> list[Mark]:
    """Labels and shares in percent, the largest first.

    Args:
        pixels: (H, W, 3), float.
        texts: (text, x, y) of each piece of print but the title.
    """
    circle = _circle(pixels)
    if circle is None:
        return []
    x0, y0, radius = circle
    told = [(text, math.atan2(y - y0, x - x0), math.hypot(x - x0, y - y0) / radius) for text, x, y in texts]
    labels = [(text, angle) for text, angle, far in told if far > 0.9 and not _is_percent(text)]
    percents = [(number(text), angle) for text, angle, far in told if _is_percent(text)]
    found: list[Mark] = []
    for begin, length in _runs(pixels, x0, y0, radius):
        middle = (begin + length / 2) / STEPS * 2 * math.pi
        label = min(labels, key=lambda one: _turn(one[1], middle), default=None)
        if label is None or _turn(label[1], middle) > max(0.35, length / STEPS * math.pi):
            continue
        share = 100 * length / STEPS
        printed = [value for value, angle in percents if _turn(angle, middle) < length / STEPS * math.pi]
        exact = len(printed) == 1 and printed[0] is not None and abs(printed[0] - share) < 4
        found.append(Mark(label[0], float(printed[0] or 0) if exact else share, exact))
    names = [mark.label for mark in found]
    return sorted(found, key=lambda mark: -mark.value) if len(set(names)) == len(names) else []


def _circle(pixels: np.ndarray) -> tuple[float, float, float] | None:
    """Middle and radius of the largest round patch of colour; None where it is not round."""
    import cv2

    ground = np.median(np.concatenate((pixels[:4].reshape(-1, 3), pixels[-4:].reshape(-1, 3))), axis=0)
    mask = (np.abs(pixels - ground).sum(axis=2) > APART).astype(np.uint8)
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(closed)
    if len(stats) < 2:
        return None
    left, top, width, height, _ = max(stats[1:].tolist(), key=lambda one: one[4])
    if not 0.85 < width / height < 1.18 or min(width, height) < 40:
        return None
    return left + width / 2, top + height / 2, (width + height) / 4


def _runs(pixels: np.ndarray, x0: float, y0: float, radius: float) -> list[tuple[int, int]]:
    """Where along the circle each colour begins and how many steps it takes; the lines between are shared out."""
    angles = np.arange(STEPS) / STEPS * 2 * math.pi
    rows = np.clip(np.round(y0 + RING * radius * np.sin(angles)).astype(int), 0, pixels.shape[0] - 1)
    columns = np.clip(np.round(x0 + RING * radius * np.cos(angles)).astype(int), 0, pixels.shape[1] - 1)
    colours = pixels[rows, columns]
    jumps = np.flatnonzero(np.abs(colours - np.roll(colours, 1, axis=0)).sum(axis=1) > APART / 2)
    if not len(jumps):
        return []
    stretches = [(int(at), int((following - at - 1) % STEPS) + 1)
                 for at, following in zip(jumps, np.roll(jumps, -1), strict=True)]  # fmt: skip
    kept = [stretch for stretch in stretches if stretch[1] >= LEAST]
    joined: list[tuple[int, int]] = []
    for begin, length in kept:
        if joined and np.abs(_colour(colours, begin, length) - _colour(colours, *joined[-1])).sum() < APART / 2:
            joined[-1] = (joined[-1][0], (begin + length - joined[-1][0]) % STEPS)
        else:
            joined.append((begin, length))
    whole = sum(length for _, length in joined)
    return [(begin, round(length * STEPS / whole)) for begin, length in joined] if whole else []


def _colour(colours: np.ndarray, begin: int, length: int) -> np.ndarray:
    return np.asarray(np.median(np.roll(colours, -begin, axis=0)[:length], axis=0))


def _turn(one: float, two: float) -> float:
    """Between two directions, 0 to pi."""
    return abs((one - two + math.pi) % (2 * math.pi) - math.pi)


def _is_percent(text: str) -> bool:
    return re.fullmatch(r"\d+(?:[.,]\d+)?\s?%", text.strip()) is not None

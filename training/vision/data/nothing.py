"""Pictures with nothing to name: blank, dark, blurred, noise, pages of text, shapes, and drawings nobody taught.

The answer says what it is like where that can be seen ("a page of text: read it"), else that it is unknown.
"""

import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from training.vision.data import concepts, families, lettering, place
from training.vision.data.families import Family
from training.vision.data.names import drawer
from training.vision.data.table import SIDE, Job, Row, dice

AMOUNTS = {"train": 1, "valid": 0.25, "test": 0.25}
Draw = Callable[[random.Random], Image.Image]
UNKNOWN = "something I do not know"


def jobs(sources: Path | None, seed: int, share: float = 1.0) -> Iterator[Job]:
    """A job for each picture; without sources only those that need no drawings of others."""
    plan: list[tuple[str, str, int, Draw]] = [
        ("blank", "a blank picture", 100, blank),
        ("noise", "only noise", 100, noise),
        ("page of text", "a page of text: read it", 260, page),
        ("shapes", UNKNOWN, 160, shapes),
    ]
    for name, answer, count, draw in plan:
        for split, part in AMOUNTS.items():
            for number in range(max(1, round(count * part * share))):
                yield Job(_row(name, answer, split, number), draw)
    if sources:
        yield from _of_drawings(sources, seed, share)


def _row(name: str, answer: str, split: str, number: int, family: Family | None = None) -> Row:
    kind = name.replace(" ", "_")
    file = f"{kind}/{split}-{family.prefix + '-' if family else ''}{number}.png"
    if family:
        return Row(file, split, "nothing", family.prefix, name, answer, (), "", family.source, family.licence)
    return Row(file, split, "nothing", kind, name, answer)


def _of_drawings(sources: Path, seed: int, share: float) -> Iterator[Job]:
    """Dark and blurred drawings, and drawings whose every word is foreign to the table of concepts."""
    known = {word for concept in concepts.read() for raw in concept.raw for word in raw.split("-")}
    for split, prefixes in families.ICONS.items():
        found = [families.load(sources, prefix) for prefix in prefixes[:12]]
        rng = dice(seed, "nothing", split)
        for name, answer, count in (("too dark", "too dark to tell", 120), ("too blurred", "too blurred to tell", 140),
                                    ("unknown", UNKNOWN, 420)):  # fmt: skip
            for number in range(max(1, round(count * AMOUNTS[split] * share))):
                family = rng.choice(found)
                drawings = sorted(family.bodies)
                if name == "unknown":
                    drawings = [each for each in drawings if not known & set(each.split("-"))]
                if not drawings:
                    continue
                draw = {"too dark": dark, "too blurred": blurred, "unknown": unknown}[name]
                yield Job(_row(name, answer, split, number, family), partial(draw, family, rng.choice(drawings)))


def blank(rng: random.Random) -> Image.Image:
    """One colour, a gradient at most, as of a wall, a covered lens or an empty sheet."""
    one, other = (np.array([rng.randint(0, 255) for _ in range(3)], np.float32) for _ in range(2))
    other = one + (other - one) * rng.uniform(0, 0.15)
    slope = np.linspace(0, 1, SIDE)[:, None, None] * np.ones((1, SIDE, 1))
    grain = np.random.default_rng(rng.getrandbits(64)).normal(0, rng.uniform(0, 5), (SIDE, SIDE, 3))
    return _image(one * (1 - slope) + other * slope + grain).rotate(rng.choice((0, 90, 180, 270)))


def noise(rng: random.Random) -> Image.Image:
    """Random pixels, fine or coarse, coloured or grey."""
    side = rng.choice((16, 32, 65, 130, 260))
    maker = np.random.default_rng(rng.getrandbits(64))
    channels = rng.choice((1, 3))
    pixels = maker.normal(rng.uniform(80, 170), rng.uniform(25, 90), (side, side, channels)).repeat(3 // channels, 2)
    return _image(pixels).resize((SIDE, SIDE), rng.choice((Image.Resampling.NEAREST, Image.Resampling.BICUBIC)))


def page(rng: random.Random) -> Image.Image:
    """Running text in one or two columns, printed or photographed."""
    ground, ink = place.theme(rng) if rng.random() < 0.3 else ((rng.randint(235, 255),) * 3, (rng.randint(0, 60),) * 3)
    canvas = Image.new("RGB", (2 * SIDE, 2 * SIDE), ground)
    pen = ImageDraw.Draw(canvas)
    size, columns = rng.randint(12, 30), rng.choice((1, 1, 1, 2))
    font = lettering.font(rng.choice(lettering.SANS + lettering.SERIF), size)
    margin, y = rng.randint(8, 60), rng.randint(8, 60)
    if rng.random() < 0.4:
        heading = lettering.font(rng.choice(lettering.BOLD), round(size * 1.6))
        pen.text((margin, y), lettering.words(rng, 3).capitalize(), ink, heading)
        y += round(size * 2.6)
    width = (2 * SIDE - margin) // columns
    for column in range(columns):
        _column(pen, (margin + column * width, y), width - margin, rng, font, size, ink)
    small = canvas.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    return place.photographed(small, rng) if rng.random() < 0.5 else small


def _column(pen: ImageDraw.ImageDraw, corner: tuple[int, int], width: int, rng: random.Random, font: lettering.Font,
            size: int, ink: place.Colour) -> None:  # fmt: skip
    x, y = corner
    while y < 2 * SIDE - size * 2:
        if rng.random() < 0.12:
            y += size
        line = lettering.words(rng, 16)
        while pen.textlength(line, font) > width and " " in line:
            line = line.rsplit(" ", 1)[0]
        if rng.random() < 0.12:
            line = line[: len(line) // 2]
        pen.text((x, y), line, ink, font)
        y += round(size * 1.4)


def shapes(rng: random.Random) -> Image.Image:
    """Lines, blots and blocks that mean nothing."""
    ground, ink = place.theme(rng)
    canvas = Image.new("RGB", (SIDE, SIDE), ground)
    pen = ImageDraw.Draw(canvas)
    for _ in range(rng.randint(4, 16)):
        points = [(rng.randint(-20, SIDE + 20), rng.randint(-20, SIDE + 20)) for _ in range(rng.randint(3, 7))]
        colour = ink if rng.random() < 0.5 else tuple(rng.randint(0, 255) for _ in range(3))
        if rng.random() < 0.5:
            pen.line(points, fill=colour, width=rng.randint(1, 14), joint="curve")
        else:
            pen.polygon(points, fill=colour)
    return place.compressed(canvas, rng)


def dark(family: Family, name: str, rng: random.Random) -> Image.Image:
    """A drawing with hardly any light on it."""
    seen = place.photographed(place.compose(drawer(family, name), [], "plain", rng), rng)
    grain = np.random.default_rng(rng.getrandbits(64)).normal(0, rng.uniform(1, 6), (SIDE, SIDE, 3))
    return _image(np.asarray(seen, np.float32) * rng.uniform(0.0, 0.05) + grain + 4)


def blurred(family: Family, name: str, rng: random.Random) -> Image.Image:
    """A drawing out of focus or shaken until nobody can tell what it is."""
    seen = place.compose(drawer(family, name), [], rng.choice(("plain", "button")), rng)
    if rng.random() < 0.5:
        return place.compressed(seen.filter(ImageFilter.GaussianBlur(rng.uniform(24, 45))), rng)
    pixels, reach = np.asarray(seen, np.float32), rng.randint(90, 150)
    shaken = sum((np.roll(pixels, step, axis=1) for step in range(-reach // 2, reach // 2)), np.zeros_like(pixels))
    turned = _image(shaken / reach).filter(ImageFilter.GaussianBlur(4)).rotate(rng.choice((0, 90)))
    return place.compressed(turned, rng)


def unknown(family: Family, name: str, rng: random.Random) -> Image.Image:
    """A drawing that the table of concepts has no word for."""
    return place.compose(drawer(family, name), [], rng.choice(("plain", "button", "photo")), rng)


def _image(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))

"""Puts a drawing where people meet one: on a plain ground, on a button, in a row with others, on photographed paper."""

import random
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from training.vision.data.table import SIDE

Colour = tuple[int, int, int]
Drawer = Callable[[int, Colour], Image.Image]  # longest side in pixels, colour of what has none of its own -> RGBA
STYLES = (("plain", 0.42), ("button", 0.22), ("row", 0.16), ("photo", 0.2))
_ACCENTS = ((0, 95, 204), (196, 43, 28), (16, 124, 16), (230, 126, 34), (142, 68, 173), (0, 128, 128), (211, 47, 109),
            (84, 58, 183), (255, 193, 7), (96, 125, 139))  # fmt: skip


def luminance(colour: Colour) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2)."""
    parts = [part / 255 for part in colour]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Colour, other: Colour) -> float:
    """Contrast ratio, 1 to 21 (WCAG 2.2)."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def theme(rng: random.Random) -> tuple[Colour, Colour]:
    """A ground and an ink that can be told apart: light, dark, tinted or loud."""
    kind = rng.choices(("light", "dark", "tinted", "loud"), (4, 3, 2, 2))[0]
    while True:
        ground, ink = _pair(kind, rng)
        if contrast(ground, ink) >= (2.0 if rng.random() < 0.15 else 3.5):
            return ground, ink


def _pair(kind: str, rng: random.Random) -> tuple[Colour, Colour]:
    if kind == "light":
        return _grey(rng, 225, 255), rng.choice([_grey(rng, 0, 90), rng.choice(_ACCENTS)])
    if kind == "dark":
        return _grey(rng, 0, 60), rng.choice([_grey(rng, 170, 255), rng.choice(_ACCENTS)])
    if kind == "tinted":
        tint = tuple(rng.randint(170, 250) for _ in range(3))
        return (tint[0], tint[1], tint[2]), _grey(rng, 0, 80)
    return rng.choice(_ACCENTS), rng.choice([(255, 255, 255), (0, 0, 0)])


def _grey(rng: random.Random, low: int, high: int) -> Colour:
    level = rng.randint(low, high)
    red, green, blue = (min(255, max(0, level + rng.randint(-8, 8))) for _ in range(3))
    return red, green, blue


def compose(draw: Drawer, others: Sequence[Drawer], style: str, rng: random.Random) -> Image.Image:
    """A picture of SIDE x SIDE with the drawing in the middle; `others` are its neighbours in a row."""
    ground, ink = theme(rng)
    canvas = Image.new("RGB", (SIDE, SIDE), ground)
    size = rng.randint(96, 236) if style == "plain" else rng.randint(96, 170)
    if style in ("button", "photo") and rng.random() < (1.0 if style == "button" else 0.4):
        ink = _button(canvas, size, ink, ground, rng)
    if style == "row":
        _row(canvas, others, size, ink, rng)
    icon = _drawn(draw, size, ink, rng)
    shift = max(4, (SIDE - size) // 5) if style in ("plain", "photo") else 5
    where = (
        (SIDE - icon.width) // 2 + rng.randint(-shift, shift),
        (SIDE - icon.height) // 2 + rng.randint(-shift, shift),
    )
    canvas.paste(icon, where, icon)
    if style == "photo":
        return photographed(canvas, rng)
    return compressed(canvas, rng) if rng.random() < 0.3 else canvas


def _drawn(draw: Drawer, size: int, ink: Colour, rng: random.Random) -> Image.Image:
    """The drawing, in one of three as small as on a screen and then enlarged."""
    if rng.random() < 0.33:
        small = draw(rng.choice((20, 24, 32, 40, 48)), ink)
        factor = size / max(small.size)
        how = rng.choice((Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS))
        return small.resize((max(1, round(small.width * factor)), max(1, round(small.height * factor))), how)
    return draw(size, ink)


def _button(canvas: Image.Image, size: int, ink: Colour, ground: Colour, rng: random.Random) -> Colour:
    """A filled or outlined shape behind the drawing; returns the ink that can be read on it."""
    half = min(SIDE // 2 - 4, round(size * rng.uniform(0.62, 0.85)))
    middle = SIDE // 2
    box = (middle - half, middle - half, middle + half, middle + half)
    radius = rng.choice((half, half // 2, half // 4, 4))
    pen = ImageDraw.Draw(canvas)
    if rng.random() < 0.35:
        pen.rounded_rectangle(box, radius, outline=ink, width=rng.randint(1, 4))
        return ink
    fill = rng.choice(_ACCENTS) if rng.random() < 0.6 else ink
    pen.rounded_rectangle(box, radius, fill=fill)
    return max(((255, 255, 255), (20, 20, 20), ground), key=lambda colour: contrast(colour, fill))


def _row(canvas: Image.Image, others: Sequence[Drawer], size: int, ink: Colour, rng: random.Random) -> None:
    """Neighbours that the edges cut off, and lines like those of text."""
    upright = rng.random() < 0.4
    for side, draw in zip((-1, 1), others, strict=False):
        icon = draw(size, ink)
        seen = rng.uniform(0.05, 0.35)
        along = round(SIDE - size * seen) if side > 0 else round(size * seen - size)
        across = (SIDE - size) // 2
        canvas.paste(icon, (across, along) if upright else (along, across), icon)
    pen = ImageDraw.Draw(canvas)
    for _ in range(rng.randint(0, 2)):
        y, width = rng.choice((rng.randint(4, 26), rng.randint(SIDE - 30, SIDE - 12))), rng.randint(40, 160)
        x = rng.randint(0, SIDE - width)
        for start in range(x, x + width, 14):
            pen.rectangle((start, y, start + rng.randint(4, 11), y + rng.randint(4, 8)), fill=ink)


def compressed(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Through JPEG, and in one of two a little blurred."""
    import io

    if rng.random() < 0.5:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.3)))
    held = io.BytesIO()
    picture.save(held, "JPEG", quality=rng.randint(35, 85))
    return Image.open(held).convert("RGB")


def photographed(picture: Image.Image, rng: random.Random) -> Image.Image:
    """As a phone sees a screen or a print: turned, in perspective, unevenly lit, blurred, with noise."""
    width, height = picture.size
    ground = picture.resize((1, 1)).getpixel((0, 0))
    pad = round(0.12 * max(width, height))
    wide = Image.new("RGB", (width + 2 * pad, height + 2 * pad), tuple(max(0, part - 30) for part in ground))
    wide.paste(picture, (pad, pad))
    wide = wide.rotate(rng.uniform(-12, 12), Image.Resampling.BICUBIC, fillcolor=ground)
    reach = 0.09
    corners = [(x * wide.width + rng.uniform(-reach, reach) * width + (pad * (1 - 2 * x)) * 0.6,
                y * wide.height + rng.uniform(-reach, reach) * height + (pad * (1 - 2 * y)) * 0.6)
               for x, y in ((0, 0), (0, 1), (1, 1), (1, 0))]  # fmt: skip
    flat = [part for corner in corners for part in corner]
    seen = wide.transform((width, height), Image.Transform.QUAD, flat, Image.Resampling.BICUBIC, fillcolor=ground)
    seen = seen.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 1.8) * width / SIDE))
    return compressed(_lit(seen, rng), rng)


def _lit(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Light from one side, a cast of colour, and the sensor's noise."""
    pixels = np.asarray(picture, np.float32)
    height, width = pixels.shape[:2]
    noise = np.random.default_rng(rng.getrandbits(64))
    across, along = rng.uniform(-0.3, 0.3), rng.uniform(-0.3, 0.3)
    light = (1 + across * np.linspace(-1, 1, width)[None, :] + along * np.linspace(-1, 1, height)[:, None])[..., None]
    cast = np.array([rng.uniform(0.88, 1.06) for _ in range(3)], np.float32)
    grainy = pixels * light * cast * rng.uniform(0.65, 1.1) + noise.normal(0, rng.uniform(1, 9), pixels.shape)
    return Image.fromarray(np.clip(grainy, 0, 255).astype(np.uint8))

"""Signs and labels: safety signs in the manner of ISO 7010, doors, toilets, roads; drawn from words and shapes."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from PIL import Image, ImageDraw

from training.vision.data import lettering, place, sign_symbols
from training.vision.data.sign_symbols import Box, Colour
from training.vision.data.table import SIDE, Job, Row

WIDE = 2 * SIDE  # drawn at twice the size and reduced
AMOUNTS = {"train": 14, "valid": 3, "test": 5}
RED, YELLOW, GREEN, BLUE = (190, 20, 30), (250, 200, 0), (0, 130, 70), (0, 80, 165)
WHITE, BLACK = (255, 255, 255), (15, 15, 15)
# name: answer, other names, shape, words that may stand on it, symbols that may stand on it
SIGNS: dict[str, tuple[str, str, str, str, str]] = {
    "exit": (
        "an exit sign",
        "way out, emergency exit",
        "green board",
        "EXIT|WAY OUT|FIRE EXIT|EMERGENCY EXIT",
        "runner",
    ),
    "no entry": ("a no entry sign", "do not enter", "bar", "NO ENTRY|DO NOT ENTER|NO ADMITTANCE", ""),
    "stop": ("a stop sign", "", "octagon", "STOP", ""),
    "give way": ("a give way sign", "yield", "inverted", "GIVE WAY|YIELD", ""),
    "no smoking": ("a no smoking sign", "", "prohibition", "NO SMOKING", "cigarette"),
    "no phones": ("a no phones sign", "no mobile phones", "prohibition", "NO PHONES|NO MOBILE PHONES", "mobile"),
    "no dogs": ("a no dogs sign", "", "prohibition", "NO DOGS|NO DOGS ALLOWED", "dog"),
    "no food or drink": ("a no food or drink sign", "", "prohibition", "NO FOOD OR DRINK|NO EATING", "cup"),
    "no swimming": ("a no swimming sign", "", "prohibition", "NO SWIMMING", "swimmer"),
    "no photography": ("a no photography sign", "no cameras", "prohibition", "NO PHOTOGRAPHY|NO PHOTOS", "camera"),
    "no running": ("a no running sign", "", "prohibition", "NO RUNNING", "runner"),
    "do not touch": ("a do not touch sign", "", "prohibition", "DO NOT TOUCH", "hand"),
    "no drinking water": ("a sign: not drinking water", "do not drink", "prohibition", "NOT DRINKING WATER", "tap"),
    "warning": ("a warning sign", "caution, danger", "triangle", "WARNING|CAUTION|DANGER|ATTENTION", "exclamation"),
    "danger, electricity": ("a sign: danger, electricity", "high voltage", "triangle", "HIGH VOLTAGE|DANGER", "bolt"),
    "wet floor": ("a wet floor sign", "slippery floor, caution wet floor", "triangle", "WET FLOOR|SLIPPERY", "slip"),
    "hot surface": ("a hot surface sign", "caution hot", "triangle", "HOT SURFACE|CAUTION HOT", "heat"),
    "mind the step": ("a mind the step sign", "watch your step", "triangle", "MIND THE STEP|WATCH YOUR STEP", "step"),
    "flammable": ("a flammable sign", "fire hazard", "triangle", "FLAMMABLE|FIRE HAZARD", "flame"),
    "poison": ("a poison sign", "toxic", "triangle", "POISON|TOXIC", "skull"),
    "toilets": ("a toilet sign", "toilet, restroom, wc", "blue board", "TOILETS|WC|RESTROOM", "man woman"),
    "men's toilet": ("a men's toilet sign", "men, gents", "blue board", "MEN|GENTS|GENTLEMEN", "man"),
    "women's toilet": ("a women's toilet sign", "women, ladies", "blue board", "WOMEN|LADIES", "woman"),
    "accessible": ("an accessible facilities sign", "wheelchair access", "blue board", "ACCESSIBLE", "wheelchair"),
    "first aid": ("a first aid sign", "", "green board", "FIRST AID", "cross"),
    "fire extinguisher": ("a fire extinguisher sign", "", "red board", "FIRE EXTINGUISHER", "extinguisher"),
    "fire alarm": ("a fire alarm sign", "fire alarm call point", "red board", "FIRE ALARM|BREAK GLASS", "press"),
    "lift": ("a lift sign", "elevator", "blue board", "LIFT|LIFTS|ELEVATOR", "lift"),
    "stairs": ("a stairs sign", "staircase", "blue board", "STAIRS", "stairs"),
    "parking": ("a parking sign", "car park", "blue board", "PARKING|CAR PARK", "letter-P"),
    "information": ("an information sign", "", "blue board", "INFORMATION|INFO", "letter-i"),
    "telephone": ("a telephone sign", "phone", "blue board", "TELEPHONE|PHONE", "phone"),
    "left": ("a sign pointing left", "arrow to the left", "blue board", "", "arrow-left"),
    "right": ("a sign pointing right", "arrow to the right", "blue board", "", "arrow-right"),
    "push": ("a push sign on a door", "push the door", "plate", "PUSH", ""),
    "pull": ("a pull sign on a door", "pull the door", "plate", "PULL", ""),
    "open": ("an open sign", "we are open", "plate", "OPEN|WE ARE OPEN|COME IN, WE'RE OPEN", ""),
    "closed": ("a closed sign", "we are closed", "plate", "CLOSED|SORRY, WE'RE CLOSED", ""),
    "out of order": ("an out of order sign", "not working", "plate", "OUT OF ORDER|NOT IN USE", ""),
    "private": ("a private sign", "staff only", "plate", "PRIVATE|STAFF ONLY|NO PUBLIC ACCESS", ""),
    "wash your hands": ("a wash your hands sign", "", "mandatory", "WASH YOUR HANDS|NOW WASH YOUR HANDS", "tap"),
    "wear a mask": ("a wear a mask sign", "mask required", "mandatory", "WEAR A MASK|MASK REQUIRED", "mask"),
    "keep shut": (
        "a keep shut sign",
        "fire door keep shut",
        "mandatory",
        "FIRE DOOR KEEP SHUT|KEEP SHUT",
        "exclamation",
    ),
}


def jobs(share: float = 1.0) -> Iterator[Job]:
    """A job for each sign picture. The test's own: fonts and cut of the board that training does not use."""
    for name, (answer, also, shape, texts, symbols) in SIGNS.items():
        others = tuple(word.strip() for word in also.split(",") if word.strip())
        for split, count in AMOUNTS.items():
            for number in range(max(1, round(count * share))):
                file = f"{name.replace(' ', '_').replace(',', '').replace(chr(39), '')}/{split}-{number}.png"
                row = Row(file, split, "sign", shape.replace(" ", "_"), name, answer, others, "sign",
                          facts={"words": texts.split("|")})  # fmt: skip
                yield Job(row, partial(sign, shape, texts, symbols, split))


@dataclass(frozen=True)
class Board:
    """A painted sign: where its symbol and its words go, their inks, and the ground below the symbol."""

    inside: Box
    beside: Box
    ink: Colour
    ink_beside: Colour
    ground: Colour


def sign(shape: str, texts: str, symbols: str, split: str, rng: random.Random) -> Image.Image:
    """One sign on a wall."""
    level, tint = rng.randint(70, 235), rng.choice((6, 12, 40))
    red, green, blue = (min(255, level + rng.randint(-tint, tint)) for _ in range(3))
    wall = (red, green, blue)
    canvas = Image.new("RGB", (WIDE, WIDE), wall)
    pen = ImageDraw.Draw(canvas)
    drawn = symbols.split()
    text = rng.choice(texts.split("|")) if texts else ""
    inner = shape in ("octagon", "inverted", "plate")  # the words stand inside
    if not inner and drawn and rng.random() < 0.45:
        text = ""
    fonts = lettering.BOLD[:1] if split == "test" else lettering.BOLD[1:]
    board = _board(pen, shape, bool(text) and not inner, rng)
    if inner:
        _words(pen, text, board.inside, board.ink, rng.choice(fonts))
    else:
        _symbols(pen, drawn, board)
        _words(pen, text, board.beside, board.ink_beside, rng.choice(fonts))
    if shape == "prohibition":
        _strike(pen, board.inside)
    small = canvas.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    return place.photographed(small, rng) if rng.random() < 0.6 else place.compressed(small, rng)


def _board(pen: ImageDraw.ImageDraw, shape: str, worded: bool, rng: random.Random) -> Board:
    """Paint the sign; returns where things go on it."""
    side = rng.uniform(0.6, 0.96) * WIDE
    left, top = (WIDE - side) / 2, (WIDE - side) / 2
    if shape in _PANELS:
        return _panel(pen, (left, top, side), _PANELS[shape], worded, rng)
    if shape == "plate":
        ground, ink = rng.choice(((WHITE, BLACK), (BLACK, WHITE), (BLUE, WHITE), (RED, WHITE), (WHITE, RED),
                                  ((200, 200, 205), BLACK), (GREEN, WHITE), ((212, 175, 90), BLACK)))  # fmt: skip
        height = side * rng.uniform(0.35, 0.75)
        box = (left, (WIDE - height) / 2, left + side, (WIDE + height) / 2)
        pen.rounded_rectangle(box, rng.choice((0, 12, 30)), fill=ground, outline=ink, width=rng.choice((0, 5, 9)))
        return Board(_inset(box, 0.1), box, ink, ink, ground)
    backed = worded or rng.random() < 0.4
    if backed:
        pen.rounded_rectangle((left, top, left + side, top + side), 14, fill=WHITE)
    share = 0.7 if worded else 0.92
    small = side * share
    box = ((WIDE - small) / 2, top + side * 0.03, (WIDE + small) / 2, top + side * 0.03 + small)
    beside = (left + side * 0.04, top + side * 0.76, left + side * 0.96, top + side * 0.97)
    inside, ink, ground = _shape(pen, shape, box)
    return Board(inside, beside, ink, BLACK, ground)


_PANELS = {"green board": GREEN, "blue board": BLUE, "red board": RED}


def _panel(
    pen: ImageDraw.ImageDraw, place_: tuple[float, float, float], ground: Colour, worded: bool, rng: random.Random
) -> Board:
    """A coloured board: symbol above or left, words below or right."""
    left, top, side = place_
    if not worded:
        box = (left, top, left + side, top + side)
        pen.rounded_rectangle(box, 20, fill=ground)
        return Board(_inset(box, 0.14), box, WHITE, WHITE, ground)
    if rng.random() < 0.5:
        height = side * 0.42
        box = (left, (WIDE - height) / 2, left + side, (WIDE + height) / 2)
        pen.rounded_rectangle(box, 14, fill=ground)
        middle = box[0] + height
        return Board(_inset((box[0], box[1], middle, box[3]), 0.1), _inset((middle, box[1], box[2], box[3]), 0.06),
                     WHITE, WHITE, ground)  # fmt: skip
    box = (left, top, left + side, top + side)
    pen.rounded_rectangle(box, 20, fill=ground)
    inside = (left + side * 0.2, top + side * 0.08, left + side * 0.8, top + side * 0.68)
    beside = (left + side * 0.06, top + side * 0.74, left + side * 0.94, top + side * 0.95)
    return Board(inside, beside, WHITE, WHITE, ground)


def _shape(pen: ImageDraw.ImageDraw, shape: str, box: Box) -> tuple[Box, Colour, Colour]:
    """Paint one of the standard shapes; returns the room inside, the ink for it, and the ground there."""
    x0, y0, x1, y1 = box
    width, middle = x1 - x0, (x0 + x1) / 2
    if shape == "octagon":
        pen.regular_polygon((middle, (y0 + y1) / 2, width / 2), 8, 22.5, fill=WHITE)
        pen.regular_polygon((middle, (y0 + y1) / 2, width / 2 - 10), 8, 22.5, fill=RED)
        return _inset(box, 0.14), WHITE, RED
    if shape == "inverted":
        pen.polygon([(x0, y0 + width * 0.05), (x1, y0 + width * 0.05), (middle, y1)], fill=RED)
        pen.polygon([(x0 + width * 0.16, y0 + width * 0.14), (x1 - width * 0.16, y0 + width * 0.14),
                     (middle, y1 - width * 0.2)], fill=WHITE)  # fmt: skip
        return (x0 + width * 0.26, y0 + width * 0.16, x1 - width * 0.26, y0 + width * 0.42), BLACK, WHITE
    if shape == "triangle":
        pen.polygon([(middle, y0), (x1, y1 - width * 0.06), (x0, y1 - width * 0.06)], fill=BLACK)
        pen.polygon([(middle, y0 + width * 0.08), (x1 - width * 0.07, y1 - width * 0.1),
                     (x0 + width * 0.07, y1 - width * 0.1)], fill=YELLOW)  # fmt: skip
        return (x0 + width * 0.29, y0 + width * 0.4, x1 - width * 0.29, y1 - width * 0.14), BLACK, YELLOW
    if shape == "mandatory":
        pen.ellipse(box, fill=BLUE)
        return _inset(box, 0.2), WHITE, BLUE
    pen.ellipse(box, fill=RED)
    if shape == "bar":
        pen.rectangle((x0 + width * 0.16, y0 + width * 0.41, x1 - width * 0.16, y0 + width * 0.59), fill=WHITE)
        return box, WHITE, RED
    pen.ellipse(_inset(box, 0.1), fill=WHITE)
    return _inset(box, 0.24), BLACK, WHITE


def _strike(pen: ImageDraw.ImageDraw, inside: Box) -> None:
    """The bar of a prohibition, from above left to below right."""
    pad = (inside[2] - inside[0]) * 0.17
    pen.line((inside[0] - pad, inside[1] - pad, inside[2] + pad, inside[3] + pad), RED, round(pad * 0.95))


def _symbols(pen: ImageDraw.ImageDraw, symbols: list[str], board: Board) -> None:
    """Symbols side by side."""
    x0, y0, x1, y1 = board.inside
    step = (x1 - x0) / max(1, len(symbols))
    for number, symbol in enumerate(symbols):
        box = (x0 + number * step, y0, x0 + (number + 1) * step, y1)
        sign_symbols.draw(pen, symbol, box, board.ink, board.ground)


def _words(pen: ImageDraw.ImageDraw, text: str, box: Box, ink: Colour, font: str) -> None:
    """Words as large as the box allows, on two lines when they are many."""
    parts = text.split()
    half = (len(parts) + 1) // 2
    lines = [" ".join(parts[:half]), " ".join(parts[half:])] if len(text) > 13 and len(parts) > 1 else [text]
    room, height = box[2] - box[0], (box[3] - box[1]) / len(lines)
    size = max(10, round(height * 0.8))
    while size > 10 and max(pen.textlength(line, lettering.font(font, size)) for line in lines) > room:
        size = round(size * 0.92)
    for number, line in enumerate(lines):
        where = ((box[0] + box[2]) / 2, box[1] + height * (number + 0.5))
        pen.text(where, line, ink, lettering.font(font, size), anchor="mm")


def _inset(box: Box, share: float) -> Box:
    pad = (box[2] - box[0]) * share, (box[3] - box[1]) * share
    return box[0] + pad[0], box[1] + pad[1], box[2] - pad[0], box[3] - pad[1]

"""A part of a picture that words name: by its place ("top left", "3 o'clock"), by its line ("the second line"), by what
is there ("around the barcode", "where it says total", "the price"), or by its size ("the small print").
"""

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.sight.places import Region, say_place
from assistant.sight.reading import Line, Page
from assistant.sight.seeing import find

if TYPE_CHECKING:
    from assistant.perception import Perception

HALF, REACHES = 0.45, 0.1  # shares of a line that lie in a part
_HOURS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_BESIDE = re.compile(
    r"\b(?P<how>around|near|next to|beside|by|close to|at|on|under|underneath|below|beneath|above|over|left of|"
    r"right of|where it says|that says|saying|the words?|the line|with)\b\s*(?:the |a |an |my )?(?P<what>.+?)[\s?.!]*$",
    re.I,
)
_WHOLE = re.compile(r"\b(?:whole|everything|entire|all of it)\b", re.I)
_LINE = re.compile(
    r"\b(?:(?P<nth>first|second|third|fourth|fifth|sixth|last|\d{1,2}(?:st|nd|rd|th))\s+(?:line|row)|"
    r"(?:line|row)\s+(?:number )?(?P<number>\d{1,2}))\b"
)
_ORDER = ("first", "second", "third", "fourth", "fifth", "sixth")
_FACTS = (  # what may be asked for by its kind: words for it, how it looks in print
    (r"prices?|costs?|totals?|amounts? due", re.compile(r"[£$€]\s?\d|\d[.,]\d{2}\b")),
    (
        r"dates?|best before|expir\w+|use by",
        re.compile(r"\b\d{1,2}[/.-]\d{1,4}|\b(?:19|20)\d\d\b|best before", re.I),
    ),
    (r"weights?|size|volume|contents?", re.compile(r"\d\s?(?:kg|g|ml|cl|l|oz|lb)\b", re.I)),
    (r"(?:tele)?phone(?: number)?|number", re.compile(r"(?:\d[\s-]?){6,}")),
    (r"e?-?mail(?: address)?|web ?(?:site|address)", re.compile(r"@|www\.|\.(?:com|org|co|net)\b", re.I)),
)
_SMALL = re.compile(r"\b(?:small|fine|tiny|smallest) (?:print|letters?|text|writing)\b", re.I)


@dataclass(frozen=True)
class Part:
    """A part of a picture and how it is said: "at the top left", "around the barcode"."""

    region: Region
    said: str


def find_part(senses: "Perception", path: Path, where: str) -> Part | None:
    """The part of the picture that words name, by its place or by what is there; None where neither is known."""
    words = " ".join(where.lower().replace("-", " ").split())
    if _WHOLE.search(words):
        return Part((0.0, 0.0, 1.0, 1.0), "in the whole picture")
    if _SMALL.search(words):
        return _small_print(senses, path)
    if numbered := _LINE.search(words):
        return _numbered(senses.read(path).pages[0], numbered)
    beside = _BESIDE.search(words)
    if beside and (region := _of_thing(senses, path, beside["what"], beside["how"])):
        return Part(region, f"{_joint(beside['how'])} the {beside['what']}")
    named = area(words)
    if named is not None:
        return named
    thing = re.sub(r"^(?:the|a|an|my|this|that)\s+", "", words).strip(" ?.!")
    region = _of_thing(senses, path, thing, "around") if thing else None
    return Part(region, f"around the {thing}") if region else None


def area(words: str) -> Part | None:
    """A half, corner, strip or hour of the picture: "top left", "the bottom", "the left side", "4 o'clock"."""
    hour = re.search(rf"\b(\d{{1,2}}|{'|'.join(_HOURS)})\s*o\W?\s*clock", words)
    if hour:
        number = int(hour[1]) if hour[1].isdigit() else _HOURS.index(hour[1]) + 1
        turn = math.radians(number * 30)
        x, y = 0.5 + 0.3 * math.sin(turn), 0.5 - 0.3 * math.cos(turn)
        return Part(_around(x, y, 0.25, 0.25), f"at {number} o'clock") if 1 <= number <= 12 else None
    row = _side(words, r"top|upper|above|head", r"bottom|lower|below|foot|end")
    column = _side(words, r"left", r"right")
    middle = re.search(r"\b(?:cent(?:er|re)|middle)\b", words)
    if row == 0 and column == 0 and not middle:
        return None
    across = (0.0, 1.0) if column == 0 and row else (0.0, 0.5) if column < 0 else (0.5, 1.0) if column else (0.25, 0.75)
    down = (0.0, 1.0) if row == 0 and column else (0.0, 0.45) if row < 0 else (0.55, 1.0) if row else (0.25, 0.75)
    region = (across[0], down[0], across[1], down[1])
    return Part(region, say_place(0.5 + column / 3, 0.5 + row / 3))


def lines_in(page: Page, region: Region) -> list[Line]:
    """The lines of which at least half lies in a part; where there are none, those that reach into it."""
    shares = [(_overlap(share(line, page), region), line) for line in page.lines]
    return [line for part, line in shares if part >= HALF] or [line for part, line in shares if part >= REACHES]


def _overlap(box: Region, region: Region) -> float:
    """The share of a box that lies in a region."""
    across = min(box[2], region[2]) - max(box[0], region[0])
    down = min(box[3], region[3]) - max(box[1], region[1])
    whole = (box[2] - box[0]) * (box[3] - box[1])
    return max(0.0, across) * max(0.0, down) / whole if whole > 0 else 0.0


def share(line: Line, page: Page) -> Region:
    """A line's upright box as shares of the picture."""
    across = [x / page.size[0] for x, _ in line.box]
    down = [y / page.size[1] for _, y in line.box]
    return min(across), min(down), max(across), max(down)


def _of_thing(senses: "Perception", path: Path, thing: str, how: str) -> Region | None:
    """The surroundings of a barcode, of print, or of something that is seen."""
    down = 0.2 if re.match(r"under|below|beneath", how) else -0.2 if re.match(r"above|over", how) else 0.0
    aside = -0.3 if how == "left of" else 0.3 if how == "right of" else 0.0
    if re.search(r"\b(?:bar ?code|qr|code)\b", thing):
        codes = senses.barcodes(path)
        return _around(codes[0].centre[0] + aside, codes[0].centre[1] + down, 0.35, 0.2) if codes else None
    page = senses.read(path).pages[0]
    bare = thing.strip(" \"'“”")
    lines = [line for line in page.lines if re.search(rf"(?<!\w){re.escape(bare)}", line.text, re.I)]
    if not lines:
        shape = next((shape for kind, shape in _FACTS if re.fullmatch(kind, bare)), None)
        lines = [line for line in page.lines if shape is not None and shape.search(line.text)]
    if lines:
        left, top, right, bottom = share(lines[0], page)
        tall = max(bottom - top, 0.02)
        reach = (0.0, 1.0) if not aside else (0.0, left) if aside < 0 else (right, 1.0)
        return reach[0], max(0.0, top - 0.7 * tall + down / 2), reach[1], min(1.0, bottom + 0.7 * tall + down / 2)
    seen = find(senses, path, bare)
    named = area(str(seen.data.get("where", ""))) if seen.found else None
    return named.region if named else None


def _numbered(page: Page, asked: re.Match[str]) -> Part | None:
    """ "The second line", "line 4", "the last line"."""
    word = asked["nth"] or asked["number"]
    number = -1 if word == "last" else _ORDER.index(word) if word in _ORDER else int(re.sub(r"\D", "", word)) - 1
    if not page.lines or number >= len(page.lines):
        return None
    left, top, right, bottom = share(page.lines[number], page)
    said = "in the last line" if number == -1 else f"in line {number + 1}"
    return Part((max(0.0, left - 0.01), top, min(1.0, right + 0.01), bottom), said)


def _small_print(senses: "Perception", path: Path) -> Part | None:
    page = senses.read(path).pages[0]
    if not page.lines:
        return None
    boxes = sorted((share(line, page) for line in page.lines), key=lambda box: box[3] - box[1])
    small = [box for box in boxes if box[3] - box[1] <= 1.25 * (boxes[0][3] - boxes[0][1])]
    region = (max(0.0, min(box[0] for box in small) - 0.02), max(0.0, min(box[1] for box in small) - 0.02),
              min(1.0, max(box[2] for box in small) + 0.02), min(1.0, max(box[3] for box in small) + 0.02))  # fmt: skip
    return Part(region, "in the small print")


def _around(x: float, y: float, half_width: float, half_height: float) -> Region:
    return max(0.0, x - half_width), max(0.0, y - half_height), min(1.0, x + half_width), min(1.0, y + half_height)


def _side(words: str, low: str, high: str) -> int:
    return -1 if re.search(rf"\b(?:{low})\b", words) else 1 if re.search(rf"\b(?:{high})\b", words) else 0


def _joint(how: str) -> str:
    return "around" if re.search(r"says?|saying|word|line|with|^(?:at|on|by)$", how) else how

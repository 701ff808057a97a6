"""A second, closer look at a part of a picture: the part that words name is cut out, enlarged, and read or described
again. Where the two readings of the same print differ, both are said and the answer is unsure.
"""

import difflib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.sight.colours import main_colours, say_colours
from assistant.sight.looking import look_at
from assistant.sight.places import Region, say_place
from assistant.sight.reading import Line, Page, is_pdf, read_image
from assistant.sight.seeing import Sight, find
from encoders.image_input import check_file
from kernels.errors import UserError

if TYPE_CHECKING:
    from PIL import Image

    from assistant.perception import Perception

LONG_SIDE = 1600  # pixels that a part is enlarged to
MOST_ENLARGED = 4.0
LEAST_PIXELS = 12  # of a part's shorter side
SAME_LINE = 0.5  # likeness from which two readings are of the same line
DOUBT = 0.55  # confidence of an answer whose two readings differ
_HOURS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_BESIDE = re.compile(
    r"\b(?P<how>around|near|next to|beside|by|close to|at|on|under|underneath|below|beneath|above|over|left of|"
    r"right of|where it says|that says|saying|the words?|the line|with)\b\s*(?:the |a |an |my )?(?P<what>.+?)[\s?.!]*$",
    re.I,
)
_WHOLE = re.compile(r"\b(?:whole|everything|entire|all of it)\b", re.I)
_SMALL = re.compile(r"\b(?:small|fine|tiny|smallest) (?:print|letters?|text|writing)\b", re.I)


@dataclass(frozen=True)
class Part:
    """A part of a picture and how it is said: "at the top left", "around the barcode"."""

    region: Region
    said: str


def look_at_part(senses: "Perception", path: Path, where: str, question: str = "") -> Sight:
    """Read or describe a part of a picture anew.

    Args:
        where: "top left", "the bottom", "3 o'clock", "around the barcode", "where it says total", "the small print".
        question: what is asked about it; colours are named, else print is read, else what is seen is described.

    Raises:
        UserError: the file cannot be opened, is no picture, or the part is too small.
    """
    check_file(path, "picture or document")
    if is_pdf(path):
        raise UserError("That is a document, not a picture.", "Ask me to read one of its pages.")
    part = find_part(senses, path, where)
    if part is None:
        text = f"I don't know where {where.strip()[:60]!r} is. Say for example top left, the bottom, or 3 o'clock."
        return Sight(text, data={"needs": "where", "where": where}, found=False)
    crop = _cut(senses.picture(path), part.region)
    data: dict[str, object] = {"where": part.said, "region": [round(edge, 3) for edge in part.region]}
    if re.search(r"\bcolou?rs?\b", question, re.I):
        colours = main_colours(crop, least=0.15)
        data["colours"] = [{"name": one.name, "share": one.share} for one in colours]
        return Sight(f"{say_colours(colours).capitalize()}, {part.said}.", data=data)
    page = read_image(crop)
    if not page.lines:
        return _described(crop, part, data)
    return _read_again(page, _lines_in(senses.read(path).pages[0], part.region), part, data)


def find_part(senses: "Perception", path: Path, where: str) -> Part | None:
    """The part of the picture that words name, by its place or by what is there; None where neither is known."""
    words = " ".join(where.lower().replace("-", " ").split())
    if _WHOLE.search(words):
        return Part((0.0, 0.0, 1.0, 1.0), "in the whole picture")
    if _SMALL.search(words):
        return _small_print(senses, path)
    beside = _BESIDE.search(words)
    if beside and (region := _of_thing(senses, path, beside["what"], beside["how"])):
        return Part(region, f"{_joint(beside['how'])} {beside['what']}")
    named = area(words)
    if named is not None:
        return named
    thing = re.sub(r"^(?:the|a|an|my|this|that)\s+", "", words).strip(" ?.!")
    region = _of_thing(senses, path, thing, "around") if thing else None
    return Part(region, f"around {thing}") if region else None


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


def differences(first: Sequence[str], second: Sequence[str]) -> list[tuple[str, str]]:
    """Lines that were read twice and are not the same: (then, now), the second in its order."""
    found = []
    for text in second:
        likeness = [(difflib.SequenceMatcher(None, _plain(one), _plain(text)).ratio(), one) for one in first]
        best = max(likeness, default=(0.0, ""))
        if best[0] >= SAME_LINE and _plain(best[1]) != _plain(text):
            found.append((best[1], text))
    return found


def _read_again(page: Page, before: Sequence[Line], part: Part, data: dict[str, object]) -> Sight:
    """What the part says now, and where that is not what was read the first time."""
    now = [line.text for line in page.lines]
    differ = differences([line.text for line in before], now)
    confidence = sum(line.confidence * len(line.text) for line in page.lines) / sum(map(len, now))
    text = (
        f"{part.said[:1].upper()}{part.said[1:]} it says: " + "; ".join(now[:4]) + ("." if now[0][-1:] != "." else "")
    )
    data |= {"text": "\n".join(now), "lines": [{"text": one.text, "confidence": one.confidence} for one in page.lines]}
    if differ:
        first, second = differ[0]
        text += f" I am not sure: the first time I read {first!r}, now {second!r}."
        data |= {"doubt": "two readings of it differ", "differences": [list(pair) for pair in differ]}
        confidence = min(confidence, DOUBT)
    elif unsure := [line.text for line in page.lines if line.uncertain]:
        text += f" I am not sure of: {'; '.join(unsure[:2])}."
        data["doubt"] = "the print is weak"
    return Sight(text, "\n".join(now[4:]), confidence, data)


def _described(crop: "Image.Image", part: Part, data: dict[str, object]) -> Sight:
    seen = look_at(crop)
    data["hints"] = list(seen.quality.hints)
    return Sight(
        f"{part.said[:1].upper()}{part.said[1:]}, no print. {seen.sentence()}", seen.more(), seen.confidence, data
    )


def _cut(image: "Image.Image", region: Region) -> "Image.Image":
    box = tuple(round(edge * size) for edge, size in zip(region, (*image.size, *image.size), strict=True))
    crop = image.crop((box[0], box[1], box[2], box[3]))
    if min(crop.size) < LEAST_PIXELS:
        raise UserError("That part of the picture is too small to look at.", "Take a picture from closer by.")
    scale = min(MOST_ENLARGED, LONG_SIDE / max(crop.size))
    if scale > 1:
        crop = crop.resize((round(crop.width * scale), round(crop.height * scale)), resample=1)  # Lanczos
    return crop


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
    if lines:
        left, top, right, bottom = _share(lines[0], page)
        tall = max(bottom - top, 0.02)
        reach = (0.0, 1.0) if not aside else (0.0, left) if aside < 0 else (right, 1.0)
        return reach[0], max(0.0, top - 1.5 * tall + down / 2), reach[1], min(1.0, bottom + 1.5 * tall + down / 2)
    seen = find(senses, path, bare)
    named = area(str(seen.data.get("where", ""))) if seen.found else None
    return named.region if named else None


def _small_print(senses: "Perception", path: Path) -> Part | None:
    page = senses.read(path).pages[0]
    if not page.lines:
        return None
    boxes = sorted((_share(line, page) for line in page.lines), key=lambda box: box[3] - box[1])
    small = [box for box in boxes if box[3] - box[1] <= 1.25 * (boxes[0][3] - boxes[0][1])]
    region = (max(0.0, min(box[0] for box in small) - 0.02), max(0.0, min(box[1] for box in small) - 0.02),
              min(1.0, max(box[2] for box in small) + 0.02), min(1.0, max(box[3] for box in small) + 0.02))  # fmt: skip
    return Part(region, "in the small print")


def _lines_in(page: Page, region: Region) -> list[Line]:
    """The lines of the whole picture's reading whose middle lies in the part."""
    inside = []
    for line in page.lines:
        left, top, right, bottom = _share(line, page)
        x, y = (left + right) / 2, (top + bottom) / 2
        if (
            region[0] <= x <= region[2]
            and region[1] <= y <= region[3]
            and left >= region[0] - 0.01
            and right <= region[2] + 0.01
        ):
            inside.append(line)
    return inside


def _share(line: Line, page: Page) -> Region:
    """A line's upright box as shares of the picture."""
    across = [x / page.size[0] for x, _ in line.box]
    down = [y / page.size[1] for _, y in line.box]
    return min(across), min(down), max(across), max(down)


def _around(x: float, y: float, half_width: float, half_height: float) -> Region:
    return max(0.0, x - half_width), max(0.0, y - half_height), min(1.0, x + half_width), min(1.0, y + half_height)


def _side(words: str, low: str, high: str) -> int:
    return -1 if re.search(rf"\b(?:{low})\b", words) else 1 if re.search(rf"\b(?:{high})\b", words) else 0


def _joint(how: str) -> str:
    return "around" if re.search(r"says?|saying|word|line|with|^(?:at|on|by)$", how) else how


def _plain(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()

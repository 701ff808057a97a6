"""A second, closer look at a part of a picture: the part that words name is cut out, enlarged, and read or described
again. Where the two readings of the same print differ, both are said and the answer is unsure.
"""

import difflib
import math
import re
import statistics
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.sight.colours import main_colours, say_colours
from assistant.sight.looking import look_at
from assistant.sight.parts import Part, find_part, lines_in, share
from assistant.sight.places import Region
from assistant.sight.reading import Line, Page, is_pdf, read_image
from assistant.sight.seeing import Sight
from encoders.image_input import check_file
from kernels.errors import UserError

if TYPE_CHECKING:
    from PIL import Image

    from assistant.perception import Perception

PART_PIXELS = 700_000  # at which print is looked for in a part: half as many as in a whole picture
READING_HEIGHT = 40.0  # pixels that known lines are enlarged to
MOST_ENLARGED = 3.0
LONG_SIDE = 1600  # pixels that a part without known lines is enlarged to
LEAST_SHARE = 0.3  # of the picture's sides that is cut out at least: a thin strip reads badly
MARGIN = 0.04  # around what is cut out, so that no line is cut through
LEAST_PIXELS = 12  # of a part's shorter side
SAME_LINE = 0.5  # likeness from which two readings are of the same line
DOUBT = 0.55  # confidence of an answer whose two readings differ


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
    image = senses.picture(path)
    data: dict[str, object] = {"where": part.said, "region": [round(edge, 3) for edge in part.region]}
    if re.search(r"\bcolou?rs?\b", question, re.I):
        colours = main_colours(image, part.region, least=0.15)
        data["colours"] = [{"name": one.name, "share": one.share} for one in colours]
        return Sight(f"{say_colours(colours).capitalize()}, {part.said}.", data=data)
    page = senses.read(path).pages[0]
    before = lines_in(page, part.region)
    now = _read_part(image, page, part.region, before)
    if now or before:
        return _two_readings(before, now, part, data)
    return _described(senses, path, image, part, data)


def differences(read: Sequence[str], said: Sequence[str]) -> list[tuple[str, str]]:
    """Readings that are not the same as what is said of their line: (read, said)."""
    found = []
    for one in dict.fromkeys(read):
        best = max(said, key=lambda text: _likeness(one, text), default="")
        if SAME_LINE <= _likeness(one, best) < 1:
            found.append((one, best))
    return found


def _likeness(first: str, second: str) -> float:
    """1 where two readings have the same letters and figures, whatever their spaces and marks."""
    return difflib.SequenceMatcher(None, _plain(first), _plain(second)).ratio()


def _read_part(image: "Image.Image", page: Page, region: Region, before: Sequence[Line]) -> list[Line]:
    """A second reading, of the part cut out with a margin and enlarged; only lines that are of the part."""
    boxes = [region, *(share(line, page) for line in before)]
    wide = _widened((min(box[0] for box in boxes), min(box[1] for box in boxes),
                     max(box[2] for box in boxes), max(box[3] for box in boxes)))  # fmt: skip
    heights = [_height(line) * image.height / page.size[1] for line in before]
    crop = _cut(image, wide, READING_HEIGHT / statistics.median(heights) if heights else 0.0)
    read = read_image(crop, pixels=PART_PIXELS)
    inner = _inside(region, wide)
    return [line for line in lines_in(replace(read, size=crop.size), inner) if not _is_cut(line, crop.size, wide)]


def _two_readings(before: Sequence[Line], now: Sequence[Line], part: Part, data: dict[str, object]) -> Sight:
    """What the part says, each line by the surer of two readings; and where they are not the same."""
    best = _surest(before, now)
    texts = [line.text for line in best]
    read = [line.text for line in (*before, *now)]
    differ = [pair for pair in differences(read, texts) if pair[0] not in texts]
    confidence = _sureness(best)
    said = "; ".join(texts[:4])
    text = f"{part.said[:1].upper()}{part.said[1:]} it says: {said}{'' if said[-1:] in '.!?' else '.'}"
    data |= {"text": "\n".join(texts), "lines": [{"text": one.text, "confidence": one.confidence} for one in best]}
    if differ:
        text += f" I am not sure: I also read {differ[0][0]!r} for {differ[0][1]!r}."
        data |= {"doubt": "two readings of it differ", "differences": [list(pair) for pair in differ]}
        confidence = min(confidence, DOUBT)
    elif unsure := [line.text for line in best if line.uncertain]:
        text += f" I am not sure of: {'; '.join(unsure[:2])}."
        data["doubt"] = "the print is weak"
    return Sight(text, "\n".join(texts[4:]), confidence, data)


def _surest(before: Sequence[Line], now: Sequence[Line]) -> list[Line]:
    """Of each line the surer reading, in the order of the reading that found more; then what the other alone found."""
    more, other = (now, list(before)) if len(now) > len(before) else (before, list(now))
    chosen = []
    for line in more:
        twin = max(other, key=lambda one: _likeness(one.text, line.text), default=None)
        if twin is None or _likeness(twin.text, line.text) < SAME_LINE:
            chosen.append(line)
            continue
        other.remove(twin)
        chosen.append(twin if twin.confidence > line.confidence else line)
    return chosen + [line for line in other if not line.uncertain]


def _described(senses: "Perception", path: Path, image: "Image.Image", part: Part, data: dict[str, object]) -> Sight:
    """A part without print that can be read: what is seen there, and how to take a better picture."""
    seen = look_at(_cut(image, part.region, 0.0))
    hints = [hint for hint in senses.look(path).quality.hints if hint not in seen.sentence()]
    data["hints"] = hints
    text = f"{part.said[:1].upper()}{part.said[1:]}, no print that I can read. {seen.sentence()}"
    return Sight(" ".join([text, *hints]), seen.more(), seen.confidence, data)


def _cut(image: "Image.Image", region: Region, scale: float) -> "Image.Image":
    """The part, enlarged by `scale`; by what its size bears where that is 0."""
    box = tuple(round(edge * size) for edge, size in zip(region, (*image.size, *image.size), strict=True))
    crop = image.crop((box[0], box[1], box[2], box[3]))
    if min(crop.size) < LEAST_PIXELS:
        raise UserError("That part of the picture is too small to look at.", "Take a picture from closer by.")
    scale = min(MOST_ENLARGED, scale or LONG_SIDE / max(crop.size))
    if scale > 1:
        crop = crop.resize((round(crop.width * scale), round(crop.height * scale)), resample=1)  # Lanczos
    return crop


def _widened(region: Region) -> Region:
    """With a margin, and at least LEAST_SHARE of the picture each way."""
    edges = []
    for low, high in ((region[0], region[2]), (region[1], region[3])):
        add = max(MARGIN, (LEAST_SHARE - (high - low)) / 2)
        edges.append((max(0.0, low - add), min(1.0, high + add)))
    return edges[0][0], edges[1][0], edges[0][1], edges[1][1]


def _inside(region: Region, outer: Region) -> Region:
    """A region of the picture as shares of a larger one that was cut out."""
    width, height = outer[2] - outer[0], outer[3] - outer[1]
    return ((region[0] - outer[0]) / width, (region[1] - outer[1]) / height,
            (region[2] - outer[0]) / width, (region[3] - outer[1]) / height)  # fmt: skip


def _is_cut(line: Line, size: tuple[int, int], wide: Region) -> bool:
    """Whether a line runs out of what was cut out, where the picture goes on."""
    across, down = [x for x, _ in line.box], [y for _, y in line.box]
    return (
        (min(across) <= 2 and wide[0] > 0) or (max(across) >= size[0] - 2 and wide[2] < 1)
        or (min(down) <= 2 and wide[1] > 0) or (max(down) >= size[1] - 2 and wide[3] < 1)
    )  # fmt: skip


def _sureness(lines: Sequence[Line]) -> float:
    letters = sum(len(line.text) for line in lines)
    return sum(line.confidence * len(line.text) for line in lines) / letters if letters else 0.0


def _height(line: Line) -> float:
    """Of its letters, in the units of its box."""
    return math.dist(line.box[0], line.box[3])


def _plain(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()

"""What a picture shows, in one short sentence that states only what was detected, and says how sure it is."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from assistant.sight.barcodes import Barcode, scan
from assistant.sight.charts import Reading, read_chart
from assistant.sight.colours import Colour, main_colours, say_colours
from assistant.sight.eyes import DRAWN, NOISE, NOTHING, PAGE, Sighting, eyes, together
from assistant.sight.layout import arrange
from assistant.sight.objects import PROBABLE, SURE, Thing, hedge, namer
from assistant.sight.ocr import Found, ocr
from assistant.sight.quality import Quality, judge
from assistant.sight.sandbox import sandbox

if TYPE_CHECKING:
    from PIL import Image

FIRST = 125  # characters said first; the rest waits for "more"
PRINT_PIXELS = 600_000  # enough to see that there is print and to read its largest lines
LARGEST = 4  # pieces of print that are read at once
PAGE_PIECES, PAGE_SHARE = 6, 0.06  # this much print makes a page of text
PAGE_LETTERS = 8  # in a line, on average
READABLE = 0.9
DOUBT = 0.55  # at most, where two ways of looking contradict each other

Verbosity = Literal["brief", "normal", "full"]


@dataclass(frozen=True)
class Look:
    """What was detected in a picture.

    Attributes:
        things: surest first; empty when nothing is sure enough to be said.
        words: the largest print, verbatim, in reading order.
        print_count: pieces of print that were found, read or not.
        page: whether it is a page of text rather than a scene.
        colours: largest first.
        quality: light, sharpness, emptiness, hints for a better picture.
        barcodes: their kind and text.
        size: (width, height) of the upright picture in pixels.
        seen: what the eyes take the picture for; None where they were not asked.
        differ: the eyes and the namer contradict each other, and both are in `things`; or the eyes and what was
            measured of a chart.
        chart: its title and values; None for what is no chart.
    """

    things: tuple[Thing, ...]
    words: tuple[str, ...]
    print_count: int
    page: bool
    colours: tuple[Colour, ...]
    quality: Quality
    barcodes: tuple[Barcode, ...]
    size: tuple[int, int]
    seen: Sighting | None = None
    differ: bool = False
    chart: Reading | None = None

    def sentence(self, verbosity: Verbosity = "normal") -> str:
        """What to say: hazards, then the thing, colours and print; "full" says everything."""
        clauses = list(self._clauses())
        if verbosity == "full":
            return " ".join(clauses + list(self._details()))
        if verbosity == "brief":
            return clauses[0]
        said = clauses[0]
        for clause in clauses[1:]:
            if len(said) + 1 + len(clause) > FIRST and not clause.startswith("The picture is"):
                break
            said += f" {clause}"
        hints = [hint for hint in self.quality.hints if hint not in said]
        return " ".join([said, *hints])

    def more(self) -> str:
        """What `sentence()` leaves out."""
        said = self.sentence()
        rest = [clause for clause in (*self._clauses(), *self._details()) if clause not in said]
        return " ".join(rest)

    @property
    def confidence(self) -> float:
        """Of the main statement: the first thing's probability; 1 where only measured facts are stated."""
        if not self.things or (self.page and not self._drawn):
            return 1.0
        return min(self.things[0].probability, DOUBT) if self.differ else self.things[0].probability

    @property
    def _drawn(self) -> bool:
        """A screen, a chart or the like, which is more than its print."""
        return self.seen is not None and self.seen.spoken and self.seen.kind in DRAWN

    def _clauses(self) -> Iterator[str]:
        if self.quality.blank or self.quality.light == "black":
            yield _first_upper(self._empty())
            yield from self.quality.hints[1:]
            return
        if self.page and not self._drawn:
            yield self._page()
        else:
            yield self._scene()
            words = self.words[1:] if self._headed else self.words
            if words and self.chart is None:
                verb = "reads" if self.print_count <= len(self.words) else "begins"
                yield f"Print {verb}: {_quote(words)}."
        for code in self.barcodes:
            yield f"{_article(code.spoken_kind)}."
        yield from self.quality.hints

    @property
    def _headed(self) -> bool:
        """A screen whose first large print is its title."""
        return self._drawn and not self.differ and self.seen is not None and self.seen.kind == "screen"

    def _empty(self) -> str:
        if self.quality.light == "black":
            return self.quality.hints[0]
        return f"a blank picture, all {self.colours[0].name}. {self.quality.hints[0]}"

    def _page(self) -> str:
        first = f', beginning "{self.words[0]}"' if self.words else ""
        return f"A page of text, about {self.print_count} lines{first}. Say read it to hear it all."

    def _scene(self) -> str:
        careful = "Careful: " if any(thing.hazard for thing in self.things) else ""
        ordered = sorted(self.things, key=lambda thing: not thing.hazard)
        seen = "; ".join(thing.say() for thing in ordered)
        if self.chart is not None and self.seen is not None:
            doubt = ", but two ways of looking at it differ" if self.differ else ""
            return _first_upper(f"{hedge(self.things[0].probability)}{self.chart.sentence(self.seen.phrase)}{doubt}.")
        if self.differ:
            either = " or ".join(thing.say() for thing in ordered)
            return _first_upper(f"{careful}{either}: two ways of looking at it differ.")
        if self._drawn:
            title = f', "{self.words[0]}"' if self._headed and self.words else ""
            return _first_upper(f"{careful}{seen}{title}.")
        if not seen and (unknown := self._unknown()):
            return unknown
        colours = say_colours(self.colours)
        if not seen and self.print_count:
            return f"Something with print on it; the colours are {colours}."
        if not seen:
            return f"I cannot tell what this is. The colours are {colours}."
        return _first_upper(f"{careful}{seen}. Colours: {colours}.")

    def _unknown(self) -> str:
        """Of a picture without a thing that is named: that it looks like noise, or like print too small to be read."""
        if self.seen is None or self.seen.kind != NOTHING or self.seen.probability < PROBABLE:
            return ""
        if self.seen.phrase == NOISE and not self.print_count:
            return "I cannot tell what this is: it looks like mere noise."
        if self.seen.phrase == PAGE:
            page = _first_upper(f"{hedge(self.seen.probability)}a page of text")
            advice = "Say read it to hear it all." if self.print_count else "I cannot make out its lines: go closer."
            return f"{page}. {advice}"
        return ""

    def _details(self) -> Iterator[str]:
        if self.chart is not None and self.chart.marks:
            yield f"Values: {self.chart.every_value()}"
        if self._drawn and self.seen is not None and self.seen.kind == "screen":
            yield "Ask me what icons there are, or where a button is."
        if not self.page and not self.words and not self.quality.blank:
            yield "No print that I can read."
        if self.print_count > len(self.words) and not self.page:
            yield f"{self.print_count - len(self.words)} more pieces of print: say read it."
        for code in self.barcodes:
            yield f"The {code.spoken_kind} says {code.text}."
        shares = ", ".join(f"{colour.name} {round(colour.share * 100)} percent" for colour in self.colours)
        yield f"Colours: {shares}."
        lights = {"good": "The light is good.", "bright": "It is very bright.", "dark": "It is dark.", "black": ""}
        yield lights[self.quality.light]


def look(path: Path | str) -> Look:
    """Describe a picture file.

    Raises:
        UserError: it cannot be opened.
    """
    return look_at(sandbox().picture(Path(path)))


def look_at(image: "Image.Image") -> Look:
    """Describe an open RGB picture."""
    quality = judge(image)
    size = image.info.get("original_size", image.size)
    colours = main_colours(image)
    if quality.blank or quality.light == "black":
        return Look((), (), 0, False, colours, quality, (), size)
    found = ocr().find(image, PRINT_PIXELS)
    words, unreadable = _largest_print(image, found)
    count = max(0, len(found.boxes) - unreadable)
    page = count >= PAGE_PIECES and _covered(found, image) >= PAGE_SHARE
    if page:
        first, _ = _largest_print(image, _first_lines(found))
        page = len(first) >= 2 and sum(map(len, first)) >= PAGE_LETTERS * len(first)  # shelves are full of short labels
        words = first if page else words
    seen, things, differ = _named(image, page)
    chart = None
    if seen is not None and seen.spoken and seen.kind == "chart" and not differ:
        chart = read_chart(seen.name, image, *ocr().read(image))  # small print is found better with all its pixels
        differ = seen.detail >= PROBABLE and chart.contradicts(seen.phrase)
    return Look(things, words, count, page, colours, quality, scan(image), size, seen, differ, chart)


def _named(image: "Image.Image", page: bool) -> tuple[Sighting | None, tuple[Thing, ...], bool]:
    """What the eyes take it for, what is said of it, and whether eyes and namer differ. Of a page of print only a
    screen or a chart is told: anything else that is seen in one is chance."""
    seen = eyes().sighting(image)
    if not page:
        return seen, *together(seen, namer().things(image))
    if seen.kind in ("screen", "chart") and seen.probability >= SURE:
        return seen, (seen.thing,), False
    return None, (), False


def _largest_print(image: "Image.Image", found: Found) -> tuple[tuple[str, ...], int]:
    """The largest lines in reading order where they are well readable, and how many of those tried were no print."""
    if not len(found.boxes):
        return (), 0
    pieces, _ = ocr().read(image, found, most=LARGEST)
    good = [piece for piece in pieces if piece.confidence >= READABLE and any(sign.isalnum() for sign in piece.text)]
    boxes = [(min(x for x, _ in piece.box), min(y for _, y in piece.box), max(x for x, _ in piece.box),
              max(y for _, y in piece.box)) for piece in good]  # fmt: skip
    rows = arrange([piece.text for piece in good], boxes)
    tried = min(LARGEST, len(found.boxes))
    return tuple(" ".join(good[index].text for index in row.pieces) for row in rows), tried - len(good)


def _first_lines(found: Found) -> Found:
    """The pieces of print that come first along the writing's own direction downwards."""
    turn = math.radians(found.angle)
    depth = found.boxes.mean(axis=1) @ np.array([-math.sin(turn), math.cos(turn)])
    return Found(found.boxes[np.argsort(depth, kind="stable")[:LARGEST]], found.angle)


def _covered(found: Found, image: "Image.Image") -> float:
    across = np.linalg.norm(found.boxes[:, 1] - found.boxes[:, 0], axis=1)
    down = np.linalg.norm(found.boxes[:, 3] - found.boxes[:, 0], axis=1)
    return float((across * down).sum() / (image.width * image.height))


def _quote(words: tuple[str, ...]) -> str:
    return ", ".join(f'"{text}"' for text in words)


def _article(noun: str) -> str:
    return f"{'An' if noun[0] in 'AEIOaeio' else 'A'} {noun}"


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]

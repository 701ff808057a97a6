"""What a picture shows, in one short sentence that states only what was detected, and says how sure it is."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from assistant.sight.barcodes import Barcode, scan
from assistant.sight.colours import Colour, main_colours, say_colours
from assistant.sight.layout import arrange
from assistant.sight.objects import Thing, namer
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
    """

    things: tuple[Thing, ...]
    words: tuple[str, ...]
    print_count: int
    page: bool
    colours: tuple[Colour, ...]
    quality: Quality
    barcodes: tuple[Barcode, ...]
    size: tuple[int, int]

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
        return self.things[0].probability if self.things and not self.page else 1.0

    def _clauses(self) -> Iterator[str]:
        if self.quality.blank or self.quality.light == "black":
            yield _first_upper(self._empty())
            yield from self.quality.hints[1:]
            return
        if self.page:
            yield self._page()
        else:
            yield self._scene()
            if self.words:
                verb = "reads" if self.print_count <= len(self.words) else "begins"
                yield f"Print {verb}: {_quote(self.words)}."
        for code in self.barcodes:
            yield f"{_article(code.spoken_kind)}."
        yield from self.quality.hints

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
        colours = say_colours(self.colours)
        if not seen and self.print_count:
            return f"Something with print on it; the colours are {colours}."
        if not seen:
            return f"I cannot tell what this is. The colours are {colours}."
        return _first_upper(f"{careful}{seen}. Colours: {colours}.")

    def _details(self) -> Iterator[str]:
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
    things = () if page else namer().things(image)
    return Look(things, words, count, page, colours, quality, scan(image), size)


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

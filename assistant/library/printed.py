"""Printed lines with their places become blocks: what is set larger, numbered or in capitals is a heading."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from statistics import median

from assistant.library.pieces import Block, Kind
from assistant.sight.reading import Line, Page

LARGER = 1.18  # of the page's usual height of letters: a heading's
MUCH_LARGER = 1.6
HEADING_LETTERS = 90
HEADING_WORDS = 12

_ITEM = re.compile(r"(?:[•◦▪‣●○·–*-]|\(?(?:\d{1,2}|[a-z])[.)])\s+(?=\S)")
_NUMBERED = re.compile(
    r"(?:§ ?\d+|(?:chapter|section|article|part|appendix) [\dIVX]+|\d{1,2}(?:\.\d{1,2})*\.?)[.: ]", re.I
)
_ENDS = re.compile(r"[.!?;,]$")


def blocks_of(page: Page) -> tuple[Block, ...]:
    """A page's blocks in reading order; its lines' letters are kept as they are."""
    lines = [line for line in page.lines if line.text.strip()]
    if not lines:
        return ()
    usual = median(height for line in lines for height in [_height(line)] * len(line.text))
    found: list[Block] = []
    for _, group in groupby(lines, key=lambda line: (line.column, line.paragraph)):
        found += _paragraph(list(group), usual)
    return tuple(found)


def _paragraph(lines: Sequence[Line], usual: float) -> Iterator[Block]:
    """One printed paragraph: the headings in it, its items, and its running text."""
    open_lines: list[Line] = []
    kind: Kind = "paragraph"
    for index, line in enumerate(lines):
        level = _level(line, usual, alone=len(lines) == 1, first=index == 0)
        item = not level and _ITEM.match(line.text) is not None
        if open_lines and (level or item):
            yield _block(kind, open_lines)
            open_lines, kind = [], "paragraph"
        if level:
            yield Block("heading", line.text, level, line.confidence)
            continue
        if item:
            kind = "item"
        open_lines.append(line)
    if open_lines:
        yield _block(kind, open_lines)


def _block(kind: Kind, lines: Sequence[Line]) -> Block:
    letters = sum(len(line.text) for line in lines)
    confidence = sum(line.confidence * len(line.text) for line in lines) / max(letters, 1)
    return Block(kind, "\n".join(line.text for line in lines), 0, round(confidence, 3))


def _level(line: Line, usual: float, *, alone: bool, first: bool) -> int:
    """1 to 3 for a heading, 0 for anything else."""
    text = line.text.strip()
    words = text.split()
    if len(text) > HEADING_LETTERS or len(words) > HEADING_WORDS or not re.search(r"[^\W\d_]{2}", text):
        return 0
    size = _height(line) / usual if usual else 1.0
    if size >= LARGER and not re.search(r"[.;,]$", text):
        return 1 if size >= MUCH_LARGER else 2
    if _ENDS.search(text) or not (alone or first):
        return 0
    capitals = text.isupper() and len(re.findall(r"[^\W\d_]", text)) > 3
    titled = _NUMBERED.match(text) is not None and words[-1][0].isalpha() and not text.endswith(":")
    named = titled and text[_NUMBERED.match(text).end() :].strip()[:1].isupper()  # type: ignore[union-attr]
    return 3 if (capitals and len(words) > 1 and alone) or (named and (alone or len(words) <= 6)) else 0


def _height(line: Line) -> float:
    """Of the letters; 0 where the box is flat."""
    (left, top), _, _, (x, y) = line.box
    return float(((x - left) ** 2 + (y - top) ** 2) ** 0.5)

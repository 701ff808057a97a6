"""A page cut into the pieces that are searched: along its headings, paragraphs, list items and table rows.

A page's chunks follow each other without gap or overlap: joined they are the page's text, letter for letter.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.library.pieces import Block

TARGET = 600  # letters: some 130 tokens, of which the sentence encoder reads 256
LONGEST = 900
HEADINGS = 3  # of the headings above a chunk, how many from the innermost one are kept
HEADING_LETTERS = 120

_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)\]]*\s+")


@dataclass(frozen=True)
class Chunk:
    """A piece of a page.

    Attributes:
        text: verbatim, with the line ends that follow it.
        kind: of its first block that is no heading.
        heading: the headings it stands under, outermost first, with " > " between.
        start, end: where it stands in the page's text.
        confidence: 0 to 1, of its letters' mean.
    """

    text: str
    kind: str
    heading: str
    start: int
    end: int
    confidence: float = 1.0


@dataclass(frozen=True)
class Outline:
    """The headings that are open where a page ends: (level, text), outermost first. They go on on the next page."""

    open: tuple[tuple[int, str], ...] = ()

    def under(self, block: Block) -> "Outline":
        """The outline below a heading."""
        text = " ".join(block.text.split())[:HEADING_LETTERS]
        return Outline((*(one for one in self.open if one[0] < block.level), (block.level, text)))

    def __str__(self) -> str:
        return " > ".join(text for _, text in self.open[-HEADINGS:])


def page_text(blocks: Sequence[Block]) -> str:
    """A page as text: an empty line between blocks, none between the items of a list."""
    return "".join(block.text + gap for block, gap in _with_gaps(blocks))


def cut(blocks: Sequence[Block], outline: Outline) -> tuple[list[Chunk], Outline]:
    """A page's chunks in order, and the headings that are still open at its end.

    Args:
        blocks: of one page.
        outline: the headings open at the end of the page before.
    """
    chunks: list[Chunk] = []
    group: list[tuple[Block, str]] = []
    at = 0

    def close() -> None:
        nonlocal at
        if group:
            chunks.extend(_split(group, str(outline), at))
            at = chunks[-1].end
            group.clear()

    for block, gap in _with_gaps(blocks):
        if _parts_from(group, block):
            close()
        if block.kind == "heading":
            outline = outline.under(block)
        group.append((block, gap))
    close()
    return chunks, outline


def _parts_from(group: Sequence[tuple[Block, str]], block: Block) -> bool:
    """Whether a block begins a chunk of its own."""
    if not group or all(one.kind == "heading" for one, _ in group):
        return False  # a heading is never parted from what it heads
    last = group[-1][0]
    if block.kind == "heading" or "table" in (block.kind, last.kind):
        return True
    return sum(len(one.text) + len(gap) for one, gap in group) + len(block.text) > TARGET


def _with_gaps(blocks: Sequence[Block]) -> Iterator[tuple[Block, str]]:
    for index, block in enumerate(blocks):
        if index + 1 == len(blocks):
            yield block, ""
        else:
            yield block, "\n" if block.kind == blocks[index + 1].kind == "item" else "\n\n"


def _split(group: Sequence[tuple[Block, str]], heading: str, at: int) -> Iterator[Chunk]:
    """One chunk, or several of equal length where a block is too long for one."""
    text = "".join(block.text + gap for block, gap in group)
    kind = next((block.kind for block, _ in group if block.kind != "heading"), "heading")
    letters = sum(len(block.text) for block, _ in group)
    confidence = sum(block.confidence * len(block.text) for block, _ in group) / letters if letters else 1.0
    for piece in _pieces(text, table=kind == "table"):
        yield Chunk(piece, kind, heading, at, at + len(piece), round(confidence, 3))
        at += len(piece)


def _pieces(text: str, table: bool) -> Iterator[str]:
    while len(text) > LONGEST:
        end = _end(text, table)
        yield text[:end]
        text = text[end:]
    yield text


def _end(text: str, table: bool) -> int:
    """Where to cut: after the last row or sentence that fits, else after a word, else anywhere."""
    rows = text.rfind("\n", 1, LONGEST) + 1
    if table and rows > 1:
        return rows
    sentences = [match.end() for match in _SENTENCE_END.finditer(text[:LONGEST]) if match.end() > TARGET // 3]
    if sentences:
        return sentences[-1]
    word = max(text.rfind(" ", 1, LONGEST), text.rfind("\n", 1, LONGEST)) + 1
    return word if word > 1 else LONGEST

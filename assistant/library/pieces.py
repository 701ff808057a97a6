"""What a document is made of, whatever file it came from: headings, paragraphs, list items and tables, page by page."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["heading", "paragraph", "item", "table"]
KINDS: tuple[Kind, ...] = ("heading", "paragraph", "item", "table")

PAGE_LETTERS = 2_500  # of a document without pages of its own count as one, as in assistant/sight/plain_text.py


@dataclass(frozen=True)
class Block:
    """One piece of structure.

    Attributes:
        kind: what it is; a table's rows stand on lines of their own.
        text: verbatim, without the marks that only made it a heading or an item.
        level: of a heading, from 1.
        confidence: 0 to 1, how surely it was read; 1 where it was not recognised from a picture.
    """

    kind: Kind
    text: str
    level: int = 0
    confidence: float = 1.0


@dataclass(frozen=True)
class Sheet:
    """One page: its number from 1, how many there are, and its blocks in reading order."""

    number: int
    of: int
    blocks: tuple[Block, ...]


def as_row(cells: Iterable[str]) -> str:
    """A table's row as it can be listened to: "Deposit: 1,200 euros" of two cells, else with commas between."""
    kept = [" ".join(cell.split()) for cell in cells]
    kept = [cell for cell in kept if cell]
    return (": " if len(kept) == 2 else ", ").join(kept)


def in_sheets(pages: Iterable[Iterable[Block]]) -> list[Sheet]:
    """Numbered pages of what has real pages; one that would be far too long to read out is cut."""
    cut = [sheet for page in pages for sheet in _cut(page)]
    return [Sheet(number, len(cut), tuple(blocks)) for number, blocks in enumerate(cut, start=1)]


def _cut(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    page: list[Block] = []
    letters = 0
    for block in (part for whole in blocks for part in _parts(whole)):
        starts = block.kind == "heading" and letters > PAGE_LETTERS * 0.7  # better at a heading than just after it
        if page and (letters + len(block.text) > PAGE_LETTERS or starts):
            yield page
            page, letters = [], 0
        page.append(block)
        letters += len(block.text)
    if page:
        yield page


def _parts(block: Block) -> Iterator[Block]:
    """The block, or pieces of one that is longer than a page, ended where a line or a word ends."""
    text = block.text
    while len(text) > PAGE_LETTERS:
        end = max(text.rfind("\n", 1, PAGE_LETTERS), text.rfind(" ", 1, PAGE_LETTERS)) + 1 or PAGE_LETTERS
        yield replace(block, text=text[:end].rstrip())
        text = text[end:]
    if text.strip():
        yield replace(block, text=text)

"""Word for word what is printed in a picture or PDF, in reading order, with the place and the sureness of every line.

A PDF's own text is taken where it has any; a page without is drawn and recognised. Texts, Word and web documents are
read as they stand.
Nothing is corrected or summarised.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from assistant.sight.boxes import Polygon, around, corners, slant, turn
from assistant.sight.layout import Box, arrange
from assistant.sight.ocr import SURE_ENOUGH, Piece, ocr
from assistant.sight.plain_text import is_text, text_pages
from assistant.sight.quality import judge
from assistant.sight.sandbox import sandbox
from encoders.image_input import check_file
from kernels.errors import UserError

if TYPE_CHECKING:
    from PIL import Image

UNSURE = 0.85  # benchmarks/reading.py: of lines above it, fewer than one in fifty has a wrong letter
PAGES_AT_ONCE = 20
SCANNED = 0.5  # a page covered by pictures to this share, with hardly any text of its own, is a scan
HARDLY_ANY = 120  # letters


@dataclass(frozen=True)
class Line:
    """One line of print.

    Attributes:
        text: verbatim.
        box: four corners from the writing's own top left, clockwise; pixels of the upright picture, or points from
            the top left of a PDF's page.
        confidence: 0 to 1, of its least sure piece; 1 for a PDF's own text.
        page, column, paragraph: from 1; paragraphs are counted through the page.
    """

    text: str
    box: Polygon
    confidence: float
    page: int = 1
    column: int = 1
    paragraph: int = 1

    @property
    def uncertain(self) -> bool:
        """Whether the line may hold wrong letters."""
        return self.confidence < UNSURE


@dataclass(frozen=True)
class Page:
    """One page or picture. `size` is (width, height) in the boxes' units, `angle` the slant in degrees clockwise."""

    number: int
    lines: tuple[Line, ...]
    size: tuple[float, float]
    angle: float = 0.0
    from_text_layer: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """All that was read. `page_count` is how many pages the document has, `pages` what was read of it."""

    pages: tuple[Page, ...]
    page_count: int = 1
    warnings: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every line of every page in reading order."""
        return tuple(line for page in self.pages for line in page.lines)

    @property
    def text(self) -> str:
        """The lines verbatim; an empty line between paragraphs, columns and pages."""
        return "\n".join(_with_breaks(self.lines))

    @property
    def confidence(self) -> float:
        """Mean over letters of their lines' confidence; 1 where nothing was found to doubt."""
        letters = sum(len(line.text) for line in self.lines)
        return sum(line.confidence * len(line.text) for line in self.lines) / letters if letters else 1.0


def read(path: Path | str, *, pages: Collection[int] | None = None) -> Reading:
    """Read a picture or PDF.

    Args:
        path: the file.
        pages: which pages of a PDF, from 1; by default the first twenty.

    Raises:
        UserError: the file cannot be opened, is locked or damaged, or has no such page.
    """
    path = Path(path)
    count = page_count(path)
    wanted = sorted(pages) if pages is not None else list(range(1, min(count, PAGES_AT_ONCE) + 1))
    found = tuple(read_pages(path, pages=wanted))
    warnings = [warning for page in found for warning in page.warnings]
    if pages is None and count > len(wanted):
        warnings.insert(
            0, f"This document has {count} pages; pages 1 to {len(wanted)} were read. Ask for others by number."
        )
    return Reading(found, count, tuple(dict.fromkeys(warnings)))


def page_count(path: Path | str) -> int:
    """How many pages a PDF or text has; 1 for a picture. Raises UserError as `read` does."""
    path = Path(path)
    check_file(path, "picture or document")
    if is_written(path):
        return len(_written_pages(path))
    return sandbox().pdf_pages(path) if is_pdf(path) else 1


def read_pages(path: Path | str, *, pages: Collection[int] | None = None) -> Iterator[Page]:
    """Read page by page, yielding each as soon as it is read; closing the iterator stops the work.

    Raises:
        UserError: as `read`.
    """
    path = Path(path)
    count = page_count(path)
    wanted = sorted(pages) if pages is not None else range(1, count + 1)
    for number in wanted:
        if not 1 <= number <= count:
            raise UserError(f"{path.name} has no page {number}.", f"Ask for a page from 1 to {count}.")
    texts = _written_pages(path) if is_written(path) else None
    for number in wanted:
        if texts is not None:
            yield _as_page(texts[number - 1], number)
        else:
            yield _read_pdf_page(path, number) if is_pdf(path) else read_image(sandbox().picture(path))


def is_document(path: Path) -> bool:
    """Whether a file is read page by page, and not looked at as a picture."""
    return is_pdf(path) or is_written(path)


def is_written(path: Path) -> bool:
    """Whether a file holds letters and no print: a text, a Word or a web document."""
    return is_text(path) or _marked(path) is not None


def _marked(path: Path) -> Literal["docx", "html"] | None:
    from assistant.library.formats import kind_of

    kind = kind_of(path)
    return kind if kind in ("docx", "html") else None


def _written_pages(path: Path) -> list[list[str]]:
    """The lines of each page; empty ones part paragraphs."""
    kind = _marked(path)
    if kind is None:
        return text_pages(path)
    from assistant.library.chunks import page_text
    from assistant.library.formats import marked_sheets

    pages = [page_text(sheet.blocks).splitlines() for sheet in marked_sheets(path, kind)]
    if not pages:
        raise UserError(f"There is no text in {path.name}.", "Choose another file.")
    return pages


def is_pdf(path: Path) -> bool:
    """Whether the file says of itself that it is a PDF; up to 1 kB of junk may come first."""
    with open(path, "rb") as file:
        return b"%PDF-" in file.read(1024)


def read_image(image: "Image.Image", number: int = 1, pixels: int = 0) -> Page:
    """Read a picture that is open already (RGB; `info["original_size"]` scales the boxes back).

    Args:
        pixels: at how many print is looked for; 0 leaves that to the reader. Fewer are quicker, and enough for a part.
    """
    pieces, angle = ocr().read(image, ocr().find(image, pixels) if pixels else None)
    width, height = image.info.get("original_size", image.size)
    readable = [piece for piece in pieces if piece.confidence >= SURE_ENOUGH]
    scale = (width / image.width, height / image.height)
    lines = _lines(readable, angle, number, scale)
    warnings = list(judge(image).hints) if len(readable) < 2 or _any_unsure(lines) else []
    warnings += _cut_off(readable, image.size)
    if len(readable) < len(pieces):
        missed = len(pieces) - len(readable)
        warnings.append(f"{missed} more piece{'s' if missed > 1 else ''} of what may be print could not be read.")
    return Page(number, tuple(lines), (width, height), round(slant(angle), 1), False, tuple(warnings))


def _as_page(texts: Sequence[str], number: int) -> Page:
    """A page of a text file; its lines stand in rows of height 1."""
    lines, paragraph = [], 1
    for row, text in enumerate(texts):
        if text.strip():
            box = corners((0.0, float(row), float(len(text)), row + 1.0))
            lines.append(Line(text, box, 1.0, number, paragraph=paragraph))
        else:
            paragraph += 1
    size = (float(max(map(len, texts))), float(len(texts)))
    return Page(number, tuple(lines), size, from_text_layer=True)


def _read_pdf_page(path: Path, number: int) -> Page:
    layer = sandbox().pdf_lines(path, number - 1)
    texts = [text for text, *_ in layer["lines"]]
    letters = sum(len(text) for text in texts)
    if letters == 0 or _garbled(texts) or (layer["picture_share"] > SCANNED and letters < HARDLY_ANY):
        page = read_image(sandbox().pdf_picture(path, number - 1), number)
        if page.lines or letters == 0:
            return page
    boxes: list[Box] = [(left, top, right, bottom) for _, left, top, right, bottom in layer["lines"]]
    lines = []
    for row in arrange(texts, boxes):
        box = around([boxes[piece] for piece in row.pieces])
        text = " ".join(texts[piece] for piece in row.pieces)
        lines.append(Line(text, corners(box), 1.0, number, row.column, row.paragraph))
    return Page(number, tuple(lines), (layer["size"][0], layer["size"][1]), 0.0, True)


def _lines(pieces: Sequence[Piece], angle: float, number: int, scale: tuple[float, float]) -> list[Line]:
    """Order pieces in a frame where the writing is level, then turn the rows' boxes back into the picture."""
    level = [around([turn(corner, -angle) * 2 for corner in piece.box]) for piece in pieces]
    lines = []
    for row in arrange([piece.text for piece in pieces], level):
        members = [pieces[index] for index in row.pieces]
        whole = corners(around([level[index] for index in row.pieces]))
        box = members[0].box if len(members) == 1 else tuple(turn(corner, angle) for corner in whole)
        lines.append(Line(
            " ".join(member.text for member in members),
            tuple((round(x * scale[0], 1), round(y * scale[1], 1)) for x, y in box),
            round(min(member.confidence for member in members), 3),
            number, row.column, row.paragraph,
        ))  # fmt: skip
    return lines


def _with_breaks(lines: Sequence[Line]) -> Iterator[str]:
    before: Line | None = None
    for line in lines:
        if before and (before.page, before.column, before.paragraph) != (line.page, line.column, line.paragraph):
            yield ""
        yield line.text
        before = line


def _any_unsure(lines: Sequence[Line]) -> bool:
    return any(line.uncertain for line in lines)


def _cut_off(pieces: Sequence[Piece], size: tuple[int, int]) -> list[str]:
    """A hint for each side at which several pieces of print run into the edge."""
    width, height = size
    near_x, near_y = width * 0.004 + 1, height * 0.004 + 1
    sides = {
        "left": sum(min(x for x, _ in piece.box) <= near_x for piece in pieces),
        "right": sum(max(x for x, _ in piece.box) >= width - near_x for piece in pieces),
        "top": sum(min(y for _, y in piece.box) <= near_y for piece in pieces),
        "bottom": sum(max(y for _, y in piece.box) >= height - near_y for piece in pieces),
    }
    least = {"left": 2, "right": 2, "top": 1, "bottom": 1}
    moves = {"left": "to the left", "right": "to the right", "top": "up", "bottom": "down"}
    return [
        f"Print is cut off at the {side}: move the camera {moves[side]} or farther away."
        for side, count in sides.items()
        if count >= least[side] and len(pieces) > 1
    ]


def _garbled(texts: Sequence[str]) -> bool:
    """A text layer without a usable table of letters: replacement marks and private-use signs."""
    letters = "".join(texts)
    strange = sum(letter == "\ufffd" or "\ue000" <= letter <= "\uf8ff" for letter in letters)
    return strange > 0.2 * len(letters)

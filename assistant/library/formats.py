"""Which kind of file a document is, and its sheets. Strangers' files are opened in the limited child only.

What a file is, is read from its first bytes; its name decides among texts alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from assistant.library import markdown
from assistant.library.pieces import KINDS, Block, Kind, Sheet, in_sheets
from encoders.image_input import check_file
from kernels.errors import UserError

Format = Literal["pdf", "docx", "html", "markdown", "text", "picture"]

SUFFIXES = (".pdf", ".docx", ".html", ".htm", ".xhtml", ".md", ".markdown", ".txt", ".csv",
            ".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")  # fmt: skip
MOST_PAGES = 5_000
_HEAD = 4096


@dataclass(frozen=True)
class Source:
    """A file that can be read: what it is and how many pages it has."""

    path: Path
    kind: Format
    pages: int
    sheets: tuple[Sheet, ...] | None = None  # of what is taken apart in one go; None where pages are read one by one

    def read(self, first: int = 1) -> Iterator[Sheet]:
        """Sheets from page `first` on, each as it is read; closing the iterator stops the work.

        Raises:
            UserError: a page cannot be read.
        """
        if self.sheets is not None:
            yield from self.sheets[first - 1 :]
            return
        from assistant.library.printed import blocks_of
        from assistant.sight.reading import read_pages

        if first <= self.pages:
            for page in read_pages(self.path, pages=range(first, self.pages + 1)):
                yield Sheet(page.number, self.pages, blocks_of(page))


def kind_of(path: Path) -> Format:
    """What a file is.

    Raises:
        UserError: it cannot be opened.
    """
    from assistant.sight.plain_text import is_text

    check_file(path, "document")
    with open(path, "rb") as file:
        head = file.read(_HEAD)
    suffix = path.suffix.lower()
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if suffix == ".docx" or (head[:4] == b"PK\x03\x04" and (b"word/" in head or b"[Content_Types].xml" in head)):
        return "docx"
    if suffix in (".html", ".htm", ".xhtml") and b"\0" not in head:
        return "html"
    if suffix in (".md", ".markdown") and b"\0" not in head:
        return "markdown"
    if is_text(path):
        return "text"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    return "html" if start.startswith((b"<!doctype html", b"<html")) else "picture"


def open_source(path: Path) -> Source:
    """Open a document and count its pages.

    Raises:
        UserError: of a kind that cannot be read, damaged, locked, empty, or with too many pages.
    """
    kind = kind_of(path)
    source = _open(path, kind)
    if source.pages > MOST_PAGES:
        raise UserError(
            f"{path.name} has {source.pages:,} pages; {MOST_PAGES:,} is the most I keep of one document.",
            "Split it into parts.",
        )
    return source


def _open(path: Path, kind: Format) -> Source:
    from assistant.sight.sandbox import sandbox

    if kind in ("docx", "html"):
        sheets = marked_sheets(path, "docx" if kind == "docx" else "html")
    elif kind == "markdown":
        from assistant.sight.plain_text import whole_text

        sheets = in_sheets([markdown.blocks_of(whole_text(path))])
    else:
        from assistant.sight.reading import page_count

        count = page_count(path)
        if kind == "picture":
            sandbox().picture(path)  # a file that is no picture is refused before anything is kept of it
        return Source(path, kind, count)
    if not sheets:
        raise UserError(f"There is no text in {path.name}.", "Choose another file.")
    return Source(path, kind, len(sheets), tuple(sheets))


def marked_sheets(path: Path, kind: Literal["docx", "html"]) -> list[Sheet]:
    """The pages of a Word or web document. Raises UserError as `open_source`."""
    from assistant.sight.sandbox import sandbox

    pages: dict[int, list[Block]] = {}
    for name, level, text, page in sandbox().marked_blocks(path, kind):
        found: Kind = next((known for known in KINDS if known == name), "paragraph")
        pages.setdefault(int(page), []).append(Block(found, str(text), int(level)))
    return in_sheets(pages[number] for number in sorted(pages))

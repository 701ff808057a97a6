"""Plain text files, read the way a printed document is: page by page, line by line, verbatim."""

import codecs
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from kernels.errors import UserError

SUFFIXES = (".txt", ".md", ".csv")
LARGEST_BYTES = 5_000_000
PAGE_LETTERS = 2_500  # of a text file count as a page, ended where a line ends
_HEAD = 4096
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def is_text(path: Path) -> bool:
    """Whether the file is named as a text and begins like one."""
    if path.suffix.lower() not in SUFFIXES:
        return False
    with open(path, "rb") as file:
        return looks_like_text(file.read(_HEAD))


def looks_like_text(head: bytes) -> bool:
    """Whether a file's first bytes are letters: a byte-order mark, or no control signs but tabs and line ends."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    return bool(head) and not any(byte < 32 and byte not in (9, 10, 12, 13) for byte in head)


def text_pages(path: Path) -> list[list[str]]:
    """The lines of each page, line ends and empty lines at a page's edges left out.

    Raises:
        UserError: larger than 5 MB, or empty.
    """
    pages = [page for page in _cut(whole_text(path).splitlines()) if any(page)]
    if not pages:
        raise UserError(f"There is no text in {path.name}.", "Choose another file.")
    return pages


def whole_text(path: Path) -> str:
    """A text file's letters, whatever they are encoded as. Raises UserError: larger than 5 MB."""
    if path.stat().st_size > LARGEST_BYTES:
        raise UserError(f"{path.name} is larger than {LARGEST_BYTES // 10**6} megabytes.", "Choose a shorter text.")
    return _decoded(path.read_bytes())


def _decoded(data: bytes) -> str:
    """UTF-8, UTF-16 with its mark, or else Windows' western letters, which any byte is one of."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _cut(lines: list[str]) -> Iterator[list[str]]:
    page: list[str] = []
    letters = 0
    for line in lines:
        clean = "".join(sign for sign in line if sign == "\t" or unicodedata.category(sign) != "Cc").rstrip()
        for start in range(0, len(clean) or 1, PAGE_LETTERS):
            piece = clean[start : start + PAGE_LETTERS]
            if letters + len(piece) > PAGE_LETTERS and page:
                yield page
                page, letters = [], 0
            page.append(piece)
            letters += len(piece) + 1
    if page:
        yield page

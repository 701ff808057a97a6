"""What the limited child does with a PDF: count pages, take the text layer, draw a page. Boxes are in points."""

import os
from typing import Any

from kernels.errors import UserError

COLUMN_GAP = 1.6  # of the letters' height: a wider gap in a row separates two cells or columns
_open: dict[tuple[str, int, int], Any] = {}  # the document last used: pages are asked for one by one


def pdf_info(path: str) -> tuple[dict[str, Any], bytes]:
    """Number of pages."""
    return {"pages": len(_document(path))}, b""


def pdf_lines(path: str, index: int) -> tuple[dict[str, Any], bytes]:
    """The text layer of one page (from 0), a row's pieces apart where a wide gap parts them.

    Returns:
        lines [[text, left, top, right, bottom], ...] in points from the top left, size (width, height) in points,
        picture_share: how much of the page is covered by pictures, 0 to 1.
    """
    page = _page(path, index)
    width, height = page.get_size()
    try:
        pieces = _pieces(page.get_textpage(), height, page.get_bbox()[0], page.get_bbox()[1])
        covered = sum(_area(item, width, height) for item in page.get_objects(filter=(3,), max_depth=3))
    finally:
        page.close()
    return {"lines": pieces, "size": [width, height], "picture_share": min(1.0, covered / (width * height))}, b""


def pdf_picture(path: str, index: int, max_side: int) -> tuple[dict[str, Any], bytes]:
    """One page drawn as RGB at about 200 dots an inch, its longer side at most `max_side` pixels."""
    page = _page(path, index)
    try:
        width, height = page.get_size()
        scale = min(200 / 72, max_side / max(width, height))
        image = page.render(scale=scale, may_draw_forms=True).to_pil().convert("RGB")
    finally:
        page.close()
    return {"size": image.size, "original_size": [width, height]}, image.tobytes()


def _document(path: str) -> Any:
    import pypdfium2 as pdfium

    found = os.stat(path)
    key = (path, found.st_mtime_ns, found.st_size)
    if key in _open:
        return _open[key]
    for old in _open.values():
        old.close()
    _open.clear()
    name = os.path.basename(path)
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise UserError(f"{name} is locked with a password.", "Save a copy without the password first.") from None
        raise UserError(f"{name} is damaged or not a PDF.", "Fetch or save the document again.") from None
    if len(document) == 0:
        raise UserError(f"{name} has no pages.", "Fetch or save the document again.")
    _open[key] = document
    return document


def _page(path: str, index: int) -> Any:
    import pypdfium2 as pdfium

    document = _document(path)
    try:
        page = document[index]
        width, height = page.get_size()
    except (pdfium.PdfiumError, IndexError):
        raise UserError(
            f"Page {index + 1} of {os.path.basename(path)} cannot be read.", "Ask for another page."
        ) from None
    if not (0 < width < 20_000 and 0 < height < 20_000):
        raise UserError(f"Page {index + 1} of {os.path.basename(path)} has no usable size.", "Ask for another page.")
    return page


def _area(item: Any, width: float, height: float) -> float:
    left, bottom, right, top = item.get_bounds()
    return max(0.0, min(right, width) - max(left, 0.0)) * max(0.0, min(top, height) - max(bottom, 0.0))


def _pieces(textpage: Any, height: float, origin_x: float, origin_y: float) -> list[list[Any]]:
    """Letters grouped into pieces of a row: a new piece at each line break and at each wide gap."""
    from pypdfium2 import raw

    pieces: list[list[Any]] = []
    text, box = "", None
    for index in range(min(textpage.count_chars(), 200_000)):
        letter = chr(raw.FPDFText_GetUnicode(textpage, index))
        if letter in "\r\n":
            _close(pieces, text, box, height, origin_x, origin_y)
            text, box = "", None
            continue
        if letter == "\x02":  # pdfium's mark for a hyphen that divides a word at a line's end
            letter = "-"
        if letter.isspace() or not letter.isprintable():
            text += " " if letter.isspace() else ""
            continue
        left, bottom, right, top = textpage.get_charbox(index, loose=True)
        if box is not None and (left - box[2] > COLUMN_GAP * max(box[3] - box[1], 1) or right < box[0]):
            _close(pieces, text, box, height, origin_x, origin_y)
            text, box = "", None
        text += letter
        box = [left, bottom, right, top] if box is None else [
            min(box[0], left), min(box[1], bottom), max(box[2], right), max(box[3], top)]  # fmt: skip
    _close(pieces, text, box, height, origin_x, origin_y)
    return pieces


def _close(pieces: list[list[Any]], text: str, box: Any, height: float, origin_x: float, origin_y: float) -> None:
    if text.strip() and box is not None:
        left, bottom, right, top = box
        pieces.append([" ".join(text.split()), left - origin_x, height - (top - origin_y), right - origin_x,
                       height - (bottom - origin_y)])  # fmt: skip

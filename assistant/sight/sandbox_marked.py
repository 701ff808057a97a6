"""What the limited child does with Word and web documents: takes their structure apart, and nothing else of them.

Blocks travel back as [kind, level, text, page]. Scripts, styles, comments, metadata and what a reader would not see
are left out; what stays is data.
"""

import contextlib
import os
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from kernels.errors import UserError

UNPACKED_BYTES = 100_000_000  # of a Word document's parts together: a zip bomb says so in its directory
PARTS = 5_000
MOST_BLOCKS = 60_000
MOST_LETTERS = 8_000_000
DEEPEST = 400  # elements within each other

_LEFT_OUT = ("script", "style", "noscript", "template", "head", "svg", "math", "object", "embed", "iframe", "canvas",
             "audio", "video", "select", "datalist", "input", "textarea", "button", "dialog")  # fmt: skip
_OWN = ("p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "pre", "blockquote", "dt", "dd", "figcaption",
        "caption", "div", "section", "article", "main", "header", "footer", "nav", "aside", "ul", "ol", "dl", "body",
        "form", "fieldset", "address", "figure", "details", "summary", "hr")  # fmt: skip
_UNSEEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0*\.?0+(?:[;\s!]|$)|"
    r"font-size\s*:\s*(?:0*\.?0+(?:px|pt|em|rem|%)?|[01](?:\.\d+)?px)\s*(?:[;!]|$)|"
    r"(?:text-indent|left|top|margin-left)\s*:\s*-\d{3,}|clip-path\s*:\s*inset\(\s*(?:50|100)%|"
    r"(?:^|[;\s])(?:width|height)\s*:\s*[01](?:px)?\s*(?:[;!]|$)|content-visibility\s*:\s*hidden",
    re.I,
)
_INK = re.compile(r"(?<![-\w])color\s*:\s*([^;!]+)", re.I)
_GROUND = re.compile(r"background(?:-color)?\s*:\s*([^;!]+)", re.I)
_WHITE = ("white", "#fff", "#ffffff", "transparent", "rgb(255,255,255)", "rgba(0,0,0,0)")
_BREAK = "\ue000"  # stands for <br> while white space is tidied
_OWN_SELECTOR = ", ".join(_OWN)
_RULE = re.compile(r"([^{}]{1,300})\{([^{}]{0,2000})\}")


def docx_blocks(path: str) -> tuple[dict[str, Any], bytes]:
    """Blocks of a Word document: headings by their style, items, tables; pages where it was last laid out as such.

    Returns:
        blocks [[kind, level, text, page], ...] with pages from 1.

    Raises:
        UserError: not a Word document, locked, damaged, or far larger than it seems.
    """
    name = os.path.basename(path)
    _check_package(path, name)
    import docx
    from docx.opc.exceptions import PackageNotFoundError

    try:
        document = docx.Document(path)
    except (PackageNotFoundError, KeyError, ValueError) as error:
        raise UserError(f"{name} is damaged or not a Word document.", "Save it again as DOCX or PDF.") from error
    return {"blocks": _within(_docx(document))}, b""


def html_blocks(path: str) -> tuple[dict[str, Any], bytes]:
    """Blocks of a web document as a reader sees it, all on page 0, which means that it has none."""
    from selectolax.lexbor import LexborHTMLParser

    with open(path, "rb") as file:
        tree = LexborHTMLParser(file.read())
    _drop_unseen(tree)
    if tree.body is None:
        return {"blocks": []}, b""
    for line_break in tree.css("br"):
        line_break.replace_with(_BREAK)
    return {"blocks": _within(_html(tree.body))}, b""


def _within(blocks: Iterator[list[Any]]) -> list[list[Any]]:
    """Those blocks that hold letters, up to the limits."""
    kept: list[list[Any]] = []
    letters = 0
    for block in blocks:
        if not block[2].strip():
            continue
        letters += len(block[2])
        if len(kept) >= MOST_BLOCKS or letters > MOST_LETTERS:
            raise UserError("The document is longer than what can be kept in one.", "Split it into parts.")
        kept.append(block)
    return kept


# Word


def _check_package(path: str, name: str) -> None:
    with open(path, "rb") as file:
        if file.read(8) == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
            raise UserError(f"{name} is an old or a locked Word document.", "Save it as DOCX without a password.")
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError):
        raise UserError(f"{name} is damaged or not a Word document.", "Save it again as DOCX or PDF.") from None
    if len(parts) > PARTS or sum(part.file_size for part in parts) > UNPACKED_BYTES:
        raise UserError(f"{name} would unpack to far more than a document holds.", "Save it again as DOCX or PDF.")
    if not any(part.filename == "[Content_Types].xml" for part in parts):
        raise UserError(f"{name} is not a Word document.", "Save it as DOCX or PDF.")


def _docx(document: Any) -> Iterator[list[Any]]:
    from docx.table import Table

    page = 1
    for part in document.iter_inner_content():
        if isinstance(part, Table):
            yield ["table", 0, _rows(part), page]
            continue
        text, breaks, breaks_first = _paragraph(part)
        page += breaks if breaks_first else 0
        kind, level = _style(part)
        yield [kind, level, text, page]
        page += 0 if breaks_first else breaks


def _rows(table: Any) -> str:
    from assistant.library.pieces import as_row

    rows = []
    for row in table.rows:
        cells: list[str] = []
        seen: list[Any] = []
        for cell in row.cells:  # a merged cell is given once for each column it spans
            if cell._tc not in seen:
                seen.append(cell._tc)
                cells.append(cell.text)
        rows.append(as_row(cells))
    return "\n".join(row for row in rows if row)


def _paragraph(part: Any) -> tuple[str, int, bool]:
    """Text without hidden runs, how many pages end within, and whether they do so before its first letter."""
    text, breaks, first = "", 0, True
    space = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    for run in part._p.iter(f"{space}r"):
        style = run.find(f"{space}rPr")
        if style is not None and any(style.find(f"{space}{tag}") is not None for tag in ("vanish", "webHidden")):
            continue
        for node in run:
            tag = node.tag.removeprefix(space) if isinstance(node.tag, str) else ""
            if tag == "lastRenderedPageBreak" or (tag == "br" and node.get(f"{space}type") == "page"):
                first = not text.strip() if not breaks else first
                breaks += 1
            elif tag == "t":
                text += node.text or ""
            elif tag in ("tab", "br", "cr"):
                text += " " if tag == "tab" else "\n"
            elif tag == "noBreakHyphen":
                text += "-"
    return text.strip(), breaks, first


def _style(part: Any) -> tuple[str, int]:
    name = ""
    with contextlib.suppress(AttributeError, KeyError, ValueError):
        name = str(part.style.name or "").lower()
    if name == "title":
        return "heading", 1
    if found := re.fullmatch(r"heading (\d)", name):
        return "heading", int(found[1]) + 1  # below the title
    listed = name.startswith("list") or (part._p.pPr is not None and part._p.pPr.numPr is not None)
    return ("item", 0) if listed else ("paragraph", 0)


# the web's


def _drop_unseen(tree: Any) -> None:
    """Take out what no reader sees: by its element, its own style, or a plain rule of the document's style sheet."""
    unseen = []
    for sheet in tree.css("style")[:50]:
        for selector, rules in _RULE.findall(re.sub(r"/\*.*?\*/", "", sheet.text(deep=True)[:200_000], flags=re.S)):
            if "@" not in selector and _is_unseen(rules):
                unseen.append(selector.strip())
    tree.strip_tags(list(_LEFT_OUT), recursive=True)
    for selector in unseen[:200]:
        with contextlib.suppress(Exception):  # a selector that the parser does not know hides nothing for us
            for node in tree.css(selector):
                node.decompose()
    for node in tree.css("[hidden], [aria-hidden=true]"):
        node.decompose()
    for node in tree.css("[style]"):
        if _is_unseen(node.attributes.get("style") or ""):
            node.decompose()


def _is_unseen(style: str) -> bool:
    if _UNSEEN.search(style):
        return True
    ink, ground = (_plain(found[1]) if found else "" for found in (_INK.search(style), _GROUND.search(style)))
    return bool(ink) and (ink in (ground, "transparent") or (ink in _WHITE and ground in _WHITE))


def _plain(colour: str) -> str:
    return re.sub(r"\s+", "", colour.lower())


def _html(node: Any, depth: int = 0) -> Iterator[list[Any]]:
    """Blocks of an element's children: text between elements of their own is a paragraph."""
    loose = ""
    for child in node.iter(include_text=True):
        own = child.tag in _OWN
        if depth < DEEPEST and (own or (child.tag != "-text" and child.css_first(_OWN_SELECTOR) is not None)):
            if loose.strip():
                yield ["paragraph", 0, _tidy(loose), 0]
            loose = ""
            yield from _element(child, depth) if own else _html(child, depth + 1)
        elif depth < DEEPEST:
            loose += child.text(deep=True)
    if loose.strip():
        yield ["paragraph", 0, _tidy(loose), 0]


def _element(node: Any, depth: int) -> Iterator[list[Any]]:
    tag = node.tag
    if tag[0] == "h" and tag[1:].isdigit():
        yield ["heading", int(tag[1:]), " ".join(node.text(deep=True).replace(_BREAK, " ").split()), 0]
    elif tag == "table" and node.css_first("table table") is None:
        yield ["table", 0, _html_rows(node), 0]
    elif tag == "pre":
        yield ["paragraph", 0, node.text(deep=True).replace(_BREAK, "\n").strip("\n"), 0]
    elif tag in ("li", "dt", "dd"):
        inner = list(_html(node, depth + 1))
        yield from ([["item", 0, *block[2:]] if block[0] == "paragraph" else block for block in inner])
    else:
        yield from _html(node, depth + 1)


def _html_rows(table: Any) -> str:
    from assistant.library.pieces import as_row

    rows = [as_row(cell.text(deep=True, separator=" ") for cell in row.css("td, th")) for row in table.css("tr")]
    return "\n".join(row for row in rows if row)


def _tidy(text: str) -> str:
    """Runs of white space are one space, as a browser shows them; a line break stays."""
    return "\n".join(line for line in (" ".join(line.split()) for line in text.split(_BREAK)) if line)

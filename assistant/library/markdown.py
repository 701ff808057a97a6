"""Markdown as blocks: what a reader of the rendered page would see, without its marks. CommonMark's commonest forms.

A file may be a stranger's, and long: each pattern's time grows with the length, not with its square.
"""

import re
from collections.abc import Iterator, Sequence

from assistant.library.pieces import Block, as_row

_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_HEADING = re.compile(r" {0,3}(#{1,6})\s+(.*)$")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})\s*$")
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s+(?:\[[ xX]\]\s+)?")
_RULE = re.compile(r" {0,3}(?:(?:\*\s*){3,}|(?:-\s*){3,}|(?:_\s*){3,})$")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\([^()\s]{0,500}(?:\s+\"[^\"\n]{0,300}\")?\)")
_BOLD = re.compile(r"(\*\*|__)(?=\S)([^*_\n]{1,500}?)(?<=\S)\1")
_SLANTED = re.compile(r"(?<![\w*])([*_])(?=\S)([^*_\n]{1,500}?)(?<=\S)\1(?![\w*])")
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9-]{0,20}(?:\s[^<>\n]{0,300})?/?>")


def blocks_of(text: str) -> Iterator[Block]:
    """The blocks of a text in Markdown, in order; comments and the front matter are left out."""
    lines = _COMMENT.sub("", _without_front_matter(text)).expandtabs(4).splitlines()
    at = 0
    while at < len(lines):
        block, at = _next(lines, at)
        if block is not None and block.text.strip():
            yield block


def _next(lines: Sequence[str], at: int) -> tuple[Block | None, int]:
    """The block that begins at a line, if one does, and the line after it."""
    line = lines[at]
    if not line.strip() or _RULE.match(line):
        return None, at + 1
    if fence := _FENCE.match(line):
        return _code(lines, at + 1, fence[1])
    if heading := _HEADING.match(line):
        return Block("heading", plain(heading[2].rstrip().rstrip("#").rstrip()), len(heading[1])), at + 1
    if "|" in line and at + 1 < len(lines) and _under_columns(lines[at + 1]):
        return _table(lines, at)
    if item := _ITEM.match(line):
        return _gathered("item", lines, at, line[item.end() :])
    return _gathered("paragraph", lines, at, line.lstrip("> "))


def _gathered(kind: str, lines: Sequence[str], at: int, first: str) -> tuple[Block, int]:
    """An item or paragraph with the lines that go on with it; an underlined one is a heading."""
    gathered = [first.strip()]
    at += 1
    while at < len(lines) and lines[at].strip():
        line = lines[at]
        if kind == "paragraph" and (underline := _UNDERLINE.match(line)):
            return Block("heading", plain(" ".join(gathered)), 1 if "=" in underline[1] else 2), at + 1
        if _ITEM.match(line) or _HEADING.match(line) or _FENCE.match(line) or _RULE.match(line):
            break
        gathered.append(line.lstrip("> ").strip())
        at += 1
    text = plain("\n".join(gathered))
    return (Block("item", text) if kind == "item" else Block("paragraph", text)), at


def _code(lines: Sequence[str], at: int, fence: str) -> tuple[Block, int]:
    kept: list[str] = []
    while at < len(lines) and not lines[at].lstrip().startswith(fence):
        kept.append(lines[at])
        at += 1
    return Block("paragraph", "\n".join(kept).strip("\n")), at + 1


def _table(lines: Sequence[str], at: int) -> tuple[Block, int]:
    rows = []
    start = at
    while at < len(lines) and "|" in lines[at]:
        if at != start + 1:
            rows.append(as_row(plain(cell) for cell in lines[at].strip().strip("|").split("|")))
        at += 1
    return Block("table", "\n".join(rows)), at


def plain(text: str) -> str:
    """A text without the marks of links, emphasis, code and tags; its words are as they were."""
    text = _TAG.sub("", _LINK.sub(r"\1", text))
    for _ in range(2):  # slanted within bold
        text = _SLANTED.sub(r"\2", _BOLD.sub(r"\2", text))
    return re.sub(r"`([^`\n]+)`", r"\1", re.sub(r"\\([\\`*_{}\[\]()#+.!|>-])", r"\1", text))


def _under_columns(line: str) -> bool:
    return "-" in line and not line.strip("|:- \t")


def _without_front_matter(text: str) -> str:
    lines = text.splitlines(keepends=True)
    if not lines or lines[0].rstrip() != "---":
        return text
    ends = (number for number, line in enumerate(lines[1:], start=2) if line.rstrip() in ("---", "..."))
    return "".join(lines[next(ends, 0) :])

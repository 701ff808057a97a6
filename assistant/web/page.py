"""A page's text: its title, then headings, paragraphs, items and tables in order, as a reader would see them.

Taken apart in the limited child that opens strangers' documents (assistant.sight.sandbox): a page that is built to
break its reader breaks that child alone. What is hidden, and scripts, are left out there.
"""

import codecs
import html
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.web.fetch import Fetched
from kernels.errors import UserError

MOST_CHARACTERS = 200_000
_CHARSETS = re.compile(  # by the codecs' own names: others (punycode, unicode_escape, utf-7) are slow or mislead
    r"utf-8(?:-sig)?|utf-16(?:-[lb]e)?|ascii|iso8859-\d+|cp\d+|koi8-[rtu]|mac-\w+|big5(?:hkscs)?|gb\w+|hz|euc_\w+|"
    r"shift_jis\w*|iso2022_\w+|tis-620|johab"
)


@dataclass(frozen=True)
class Page:
    """A page as text."""

    url: str
    title: str
    text: str


def read(fetched: Fetched) -> Page:
    """The text of what was fetched.

    Raises:
        UserError: there is no text in it, or it is built to break readers.
    """
    source = _decoded(fetched)
    if fetched.kind == "text/plain":
        page = Page(fetched.url, "", _tidy(source))
    else:
        found = re.search(r"<title[^>]{0,200}>([^<]{1,1000})<", source[:100_000], re.I)
        title = " ".join(html.unescape(found[1]).split())[:200] if found else ""
        page = Page(fetched.url, title, _tidy("\n".join(_story(_blocks(source)))))
    if not re.search(r"\w", page.text):
        raise UserError("There is no text on that page.", "It may need a browser that runs its scripts.")
    return page


def _blocks(source: str) -> Sequence[Sequence[object]]:
    from assistant.sight.sandbox import sandbox

    with tempfile.TemporaryDirectory(prefix="antigone-page-") as folder:
        path = Path(folder) / "the page.html"
        path.write_text(source, encoding="utf-8", errors="replace")
        try:
            return sandbox().marked_blocks(path, "html")
        except UserError:
            raise UserError("That page is built too strangely to be read.", "Try another page.") from None


def _story(blocks: Sequence[Sequence[object]]) -> list[str]:
    """The texts from the page's main heading on: what stands before it is its menus."""
    starts = [number for number, block in enumerate(blocks) if block[0] == "heading" and block[1] == 1]
    return [str(block[2]) for block in blocks[starts[0] if starts else 0 :]]


def _tidy(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)[:MOST_CHARACTERS]


def _decoded(fetched: Fetched) -> str:
    charset = fetched.charset
    if not charset:
        found = re.search(rb"""<meta[^>]{0,200}charset=["']?([A-Za-z0-9_-]{2,40})""", fetched.data[:4096])
        charset = found[1].decode("ascii") if found else "utf-8"
    try:
        known = bool(_CHARSETS.fullmatch(codecs.lookup(charset).name))
        return fetched.data.decode(charset if known else "utf-8", "replace")
    except (LookupError, ValueError):
        return fetched.data.decode("utf-8", "replace")

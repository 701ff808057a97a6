"""The parts of a printed name: the surname of who signed, the first name of the doctor."""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence

TITLE = r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Doctor|Prof(?:essor)?|Nurse|Sister|Rev(?:erend)?|Sir|Lady)\.?"
_WORD = r"[A-Z\u00c0-\u00de][\w'\u2019-]+"
_ALONE = re.compile(rf"(?:{TITLE} )?(?:{_WORD} |[A-Z]\.? ){{0,3}}{_WORD}")
_TITLED = re.compile(rf"\b{TITLE} (?:(?:{_WORD}|[A-Z]\.?) ){{0,2}}{_WORD}")
_LABELLED = re.compile(rf"\b(?i:name|patient|passenger|holder|customer|tenant|account holder|member|guest|pupil|child|student|visitor|contact|manager|teacher|driver|consultant|lecturer|tutor|landlord|landlady|owner|secretary|signed|signature)(?i: is)?:? ((?:{TITLE} )?(?:{_WORD} ){{1,3}}{_WORD}|(?:{TITLE} )?{_WORD} {_WORD})")  # fmt: skip
_SIGNED = re.compile(r"(?:yours|(?:kind|best|warm) (?:regards|wishes)|regards|sincerely|signed|love)\b", re.I)
_LAST = re.compile(r"\b(?:sur|second |last |family )names?\b", re.I)
_FIRST = re.compile(r"\b(?:first|christian|given|fore) ?names?\b", re.I)


def name_part(words: str, quote: str, lines: Sequence[str]) -> str:
    """The surname or the first name that the words ask for: of the name that was quoted, else of the one that print has.

    "" where they ask for neither, or where print has no name or more than one.
    """
    if not (_LAST.search(words) or _FIRST.search(words)):
        return ""
    name = _in(quote) or _signed(lines) or _only(lines)
    parts = re.sub(rf"^{TITLE} ", "", name).split()
    if not parts:
        return ""
    return parts[-1] if _LAST.search(words) else parts[0] if len(parts) > 1 else ""


def _in(quote: str) -> str:
    text = quote.strip(" .,")
    titled = _TITLED.search(text) or _LABELLED.search(text)
    if titled:
        return titled[1] if titled.re is _LABELLED else titled[0]
    return text if _ALONE.fullmatch(text) and " " in text else ""


def _signed(lines: Sequence[str]) -> str:
    """The name under "Yours sincerely"."""
    kept = [line.strip(" .,") for line in lines if line.strip()]
    for at, line in enumerate(kept[:-1]):
        if _SIGNED.match(line) and _ALONE.fullmatch(kept[at + 1]):
            return kept[at + 1]
    return ""


def _only(lines: Sequence[str]) -> str:
    """The one name with a title or a label."""
    found = {_in(line) for line in lines if _TITLED.search(line) or _LABELLED.search(line)} - {""}
    return found.pop() if len(found) == 1 else ""

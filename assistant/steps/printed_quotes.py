"""Lines of print that a question means beyond doubt: the number to be quoted, the one number of him or her whose card it is."""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence

from assistant.steps.printed import Value

_QUOTE = re.compile(r"\b(?:quote|quoting|mention|have (?:ready|to hand))\b", re.I)
_PERSONS = re.compile(
    r"\b(?:his|her|their) (?:(?:new|work|mobile|phone|other|direct) )?number\b|\b(?:number|phone) (?:for|of) (?:him|her|them)\b", re.I
)  # fmt: skip
_PHONE = re.compile(r"(?<![\d.,£$€-])(?:\+\d[\d ()-]{6,}\d|\(?0\d[\d ()-]{6,}\d|\d{3}[ -]\d{3}[ -]\d{4})(?![\d-])")


def meant_value(passages: Sequence[str], question: str) -> Value | None:
    """What is asked for on the one line that has it: "they want me to quote a number when i ring", "get his number off it"."""
    if _QUOTE.search(question):
        return _only([one for one in passages if _QUOTE.search(one) and re.search(r"\d", one)], r"\b(?:[A-Z]{1,6}[- ]?)?\d.*\d", "reference")  # fmt: skip
    return _only([one for one in passages if _PHONE.search(one)], _PHONE.pattern, "phone") if _PERSONS.search(question) else None  # fmt: skip


def _only(lines: Sequence[str], looks: str, kind: str) -> Value | None:
    found = re.search(looks, lines[0]) if len(lines) == 1 else None
    return Value(found[0], lines[0], kind) if found else None

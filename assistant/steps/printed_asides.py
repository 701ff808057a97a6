"""Amounts of print that a sum means without naming them: what is left as a tip on it, and what was asked for just before.

"I want to leave fifteen percent on this, what would that be on top" is a tip on the total; of "read the wage slip for the
take home, then tell me what that is times twelve" the sum is on the take home pay.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence

from assistant.phrases.arithmetic_words import clean
from assistant.steps.printed import value_for
from assistant.steps.printed_sums import at_rate, total_of
from assistant.steps.slots_units import UNIT, quantity_for, same_unit

_LEAVES = re.compile(r"\bleav(?:e|ing) (?:(?:an?|them|him|her|the [a-z]+|about|say) )*(?P<share>\d[\d.]*) ?%")
_ON_TOP = re.compile(r"\b(?:that|it|tip)\b(?!.*\d)")
_POINTS = re.compile(r"\b(?:that|it|this)\b", re.I)
_MONEY = re.compile(r"[£$€₦₹]? ?(?P<amount>\d[\d,]*\.\d\d)")


def at_once(text: str, request: str, passages: Sequence[str]) -> str:
    """The sum on print that needs no reading of its amounts: how long a box lasts at a told rate, a tip left on the total."""
    return at_rate(text, passages) or _tip(text, request, passages)


def _tip(text: str, request: str, passages: Sequence[str]) -> str:
    leaves = _LEAVES.search(clean(request))
    whole = total_of(passages) if leaves else ""
    if leaves is None or not whole or re.search(r"\b(?:split|each|between|ways|deposit)\b", request, re.I):
        return ""
    asked = _LEAVES.search(clean(text)) or _ON_TOP.search(text.lower())
    return f"{leaves['share']} percent tip on {whole}" if asked else ""


def with_named(text: str, request: str, passages: Sequence[str]) -> str:
    """The sum with the printed amount that the request named before it in the place of "that"; as it is where it named none."""
    at = request.lower().find(text.lower().strip(" ,.?!"))
    pointed = _POINTS.search(text)
    if at <= 0 or pointed is None or not re.search(r"\d", clean(text)):
        return text
    named = value_for(passages, request[:at])
    money = _MONEY.fullmatch(named.value.strip()) if named is not None and named.kind in ("price", "total", "field") else None  # fmt: skip
    return f"{text[: pointed.start()]}{money['amount'].replace(',', '')}{text[pointed.end() :]}" if money else text


_INTO = re.compile(rf"\b(?:in|into|to) (?P<unit>(?!an?\b){UNIT})(?![\w'-])", re.I)
_ASKS = re.compile(r"\b(?:what|what's|how|tell me|convert|please|can you|could you|i need|i want)\b|\?", re.I)
_MEASURE = re.compile(r"\b(?:weight|weighs?|heavy|much|many|big|long|tall|wide|far|hot|temperature|size|height|length|width|volume|hold|amount|what's (?:this|that|it)|what is (?:this|that|it))\b", re.I)  # fmt: skip


def asks_conversion(words: str, passages: Sequence[str]) -> bool:
    """Whether a question about print is for a printed quantity in another unit: "what weight is this in grams"."""
    units = [match["unit"] for match in _INTO.finditer(words)]
    if len(units) != 1 or not (_MEASURE.search(words) and _ASKS.search(words)) or re.search(r"\d", clean(words)):
        return False
    printed = [match[0] for one in passages for match in re.finditer(rf"(?<=\d)[ -]?{UNIT}(?!\w)", one, re.I)]
    own = any(same_unit(one.strip(" -"), units[0]) for one in printed)
    return not own and bool(quantity_for("\n".join(passages), units[0]))

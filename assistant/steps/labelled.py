"""Printed fields by their labels: "Key: fern-copper-88", "Departs 07:42", "Coach C Seat 31".

A field answers where its whole label was asked for, in its own words or in those that people use for it ("the wifi password",
"when does it leave"). What stands beside a label is returned verbatim.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LONGEST = 400  # characters of words that are looked at
_VALUE = r"(?:[£$€] ?)?(?:[A-Z]{1,4}[- ]?)?\d[\w:.,/-]*(?:[ -]\d[\w/-]*)*(?: ?(?:am|pm|AM|PM|mg|ml|kg|g|cm|mm|m|minutes?|mins?|hours?|days?|weeks?|months?|kWh|kcal|[CF])\b)?|[A-Z]\b(?!\.)"
_COLON = re.compile(r"^(?P<label>[A-Z][\w'/ -]{1,30}?) ?:(?!\d\d\b) ?(?P<value>\S.*)$")
_BESIDE = re.compile(
    rf"\b(?P<label>(?!(?:Dr|Mr|Mrs|Ms|Miss|Dear|The|Your|On|At|Is|In|To)\b)[A-Z][a-z]{{2,}}(?: (?!(?:at|on|in|of|for|to|is|the|one|with|from|per|and)\b)[a-z]{{2,}}){{0,2}}|[A-Z]{{4,}}) (?P<value>{_VALUE})"
)
_DATED = re.compile(
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*$|\w+day$", re.I
)  # no label, but part of a date
_SAID: Sequence[tuple[str, str]] = (  # (what people say, what print says)
    (r"\bwi-?fi\b|\bpassword\b|\bpass ?code\b|\binternet\b", "key password passphrase wifi"),
    (r"\bleav(?:e|es|ing)\b|\bgo(?:es|ing)?\b|\bset(?:s|ting)? off\b|\bpulls? out\b|\bdeparture\b", "depart departs departure leaves dep"),
    (r"\barriv\w*|\bget(?:s)? (?:there|in)\b|\bdue in\b", "arrives arrival arr arrive"),
    (r"\b(?:bin|throw|chuck|get rid)\b", "discard dispose"),
    (r"\bshade\b|\bcolou?r\b", "colour color shade"),
    (r"\bfeeds?\b|\bserves?\b|\bportions?\b|\bhow many people\b", "serves feeds portions servings"),
    (r"\b(?:wear|dress(?:ed)?|clothes|outfit)\b", "dress"),
    (r"\bsit(?:ting)?\b|\bseats?\b", "seat"),
    (r"\bcarriage\b|\bcoach\b", "coach carriage"),
    (r"\bcovers?\b|\bgo(?:es)? (?:as )?far\b|\bmuch wall\b", "covers coverage"),
    (r"\b(?:another|second|next) coat\b|\brecoat\b", "recoat"),
    (r"\bturn up\b|\bopens?\b|\bget in\b|\blet (?:me|us|you) in\b", "doors opens open"),
    (r"\btake[- ]home\b|\bafter (?:tax|deductions|stoppages)\b|\bin my hand\b|\bclear(?:ed|ing)?\b", "net pay"),
    (r"\bcreds?\b", "credits credit"),
    (r"\btemp\b", "temperature"),
    (r"\bdob\b|\bborn\b|\bbirthday\b", "birth date dob"),
    (r"\bcosts?\b|\bprice\b|\bcharge\b", "price cost costs fee charge"),
    (r"\b(?:refund|bring (?:it|them) back|take (?:it|them) back|returns?)\b", "refunds returns return"),
)  # fmt: skip
_HOW_MANY = re.compile(r"\bhow (?:many|much) ([a-z]{3,})\b(?<!money)(?<!time)")
_EMPTY = frozenset(
    ["the", "a", "an", "of", "for", "your", "my", "no", "our", "and", "or", "number", "name", "code", "please"]
)


@dataclass(frozen=True)
class Field:
    """A printed field: its label, its value and the passage that both stand in, verbatim."""

    label: str
    value: str
    passage: str


def fields_of(passages: Sequence[str]) -> Iterator[Field]:
    """Every labelled value of a text, in its order."""
    for passage in passages:
        whole = _COLON.match(passage)
        if whole:
            yield Field(whole["label"], whole["value"].strip(" ."), passage)
        for match in _BESIDE.finditer(passage):
            if not _DATED.search(match["label"]) and not (
                whole and match.start("label") >= whole.start("value") and len(passage) > 60
            ):
                yield Field(match["label"], match["value"].strip(" .,"), passage)


def field_for(passages: Sequence[str], words: str, literal: bool = False) -> Field | None:
    """The field whose whole label the words have; of several that with the longest label, then the first.

    Args:
        literal: only a label in its own words counts.
    """
    text = words[:LONGEST].lower()
    counted = None if literal else _HOW_MANY.search(text)
    if counted and counted[1] != text and (field := field_for(passages, counted[1])):
        return field  # "how many credits is this module": the credits, not the module
    asked = {stem(word) for word in re.findall(r"[a-z']{2,}", text)} if literal else _asked(text)
    best: tuple[int, Field] | None = None
    for field in fields_of(passages):
        label = {stem(word) for word in re.findall(r"[a-z']{2,}", field.label.lower()) if word not in _EMPTY}
        if label and label <= asked and (best is None or len(label) > best[0]):
            best = len(label), field
    return best[1] if best else None


def _asked(words: str) -> set[str]:
    """Stems of the words, and of what print calls the same things."""
    said = {stem(word) for word in re.findall(r"[a-z']{2,}", words)}
    for pattern, printed in _SAID:
        if re.search(pattern, words):
            said |= {stem(word) for word in printed.split()}
    return said


def stem(word: str) -> str:
    """A word without its common endings, so that "departs" and "departure" are one."""
    return re.sub(r"(?:'s|ies|ures?|es|s|ing|ed|e|y)$", "", word.lower())[:7]

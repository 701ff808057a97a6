"""What one of several comes to, on print: the whole among who shares it, a stock by a rate, a pack by what is in it."""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.phrases.told_amounts import Amount
from assistant.phrases.told_makers import CERTAIN, HALVES, ONE_ASKED, PLAIN, SPAN, Proposal, sharers, spans_asked
from assistant.steps.labelled import stem
from assistant.steps.printed_amounts import Printed

MAKES = re.compile(r"\b(?:serves?|serving|feeds?|makes?)\b")
_TIMES_NOUN = re.compile(r"\b(?:times|double|twice|triple|half) (?:of )?(?:the|that) (?P<what>[a-z]+)\b")
_HALF = re.compile(
    r"\b(?:my|our|a|1|his|her|their|what|other) half\b|\bhalf (?:of |on |off )?(?:it|that|this|the (?:total|bill|price|lot))\b"
)
_ASKED_NOUN = re.compile(r"\bhow (?:much|many) (?P<what>[a-z]+)\b")


@dataclass(frozen=True)
class Asked:
    """What is asked of print: the words, said plainly, their amounts, the printed amounts, and what print comes to ("")."""

    text: str
    said: Sequence[Amount]
    printed: Sequence[Printed]
    whole: str

    @property
    def noun(self) -> str:
        """What "how much flour", "three times the rice" ask for; "" for none."""
        found = _ASKED_NOUN.search(self.text) or _TIMES_NOUN.search(self.text)
        return stem(found["what"]) if found else ""


def for_one(text: str, unit: str) -> bool:
    """ "There's six bales on it, what's that a bale": asked for one of what is counted."""
    return bool(unit) and re.search(rf"\b(?:an?|per|each|every|1|by the) {re.escape(unit)}\b", text) is not None


def shared(asked: Asked) -> Proposal | None:
    said = [one for one in asked.said if one.value != "1"]
    counts = [one for one in asked.printed if not one.amount.money and not one.amount.per]
    if len(said) == 1 and said[0].per and said[0].per != "each":
        return _lasting(asked, said[0], counts)
    rates = [one.amount for one in asked.printed if one.amount.per and not one.amount.money]
    if len(said) == 1 and len(rates) == 1 and said[0].unit and stem(said[0].unit) == stem(rates[0].unit):
        return f"{said[0].value} / {rates[0].value}", CERTAIN
    if said:
        ways, more = sharers(asked.text, said)
        count = str(int(ways.value) + more) if ways else said[0].value
        others = [
            one for one in said if one is not ways and str(int(float(one.value)) + 1) != count and one.value != count
        ]
        lines = [one for one in counts if asked.noun and asked.noun in one.names]
        whole = lines[0].amount.value if len(lines) == 1 else "" if lines else asked.whole
        if (
            not whole
            and not lines
            and len(counts) == 1
            and counts[0].amount.value != "1"
            and re.search(r"\bhow many\b", asked.text)
        ):
            whole = counts[0].amount.value
        rated = {"each", "head", "person", *(one.unit for one in said if one.unit)}
        each = [one for one in asked.printed if one.amount.per in rated and one.amount.value == whole]
        if others or each or not whole or (not ways and (len(said) > 1 or said[0].money or "." in count)):
            return None
        of_one = (not ways and ONE_ASKED.search(asked.text) is not None) or any(
            for_one(asked.text, one.unit) for one in said
        )
        return f"{whole} / {count}", CERTAIN if of_one else 1.0 if ways or lines else PLAIN
    if HALVES.search(asked.text) or _HALF.search(asked.text):
        return (f"{asked.whole} / 2", CERTAIN) if asked.whole else None
    return _of_printed_count(asked, counts)


def _lasting(asked: Asked, rate: Amount, counts: Sequence[Printed]) -> Proposal | None:
    """How long what print counts lasts at a rate that is told."""
    stocks = [
        one
        for one in counts
        if not MAKES.search(one.label)
        and one.amount.value != "1"
        and one.amount.unit not in ("week", "day", "month", "g", "ml", "kg")
    ]
    money = [one for one in asked.printed if one.amount.money]
    if any(one.amount.unit == rate.per for one in counts):
        return None
    if rate.money or "." in rate.value or not stocks:
        stocks = money
    return (f"{stocks[0].amount.value} / {rate.value}", 1.0) if len(stocks) == 1 else None


def _of_printed_count(asked: Asked, counts: Sequence[Printed]) -> Proposal | None:
    """The whole by a printed count: "what's that a bale", "how many doses are in it", "price of one" of a set."""
    text = asked.text
    sizes = [one.amount for one in counts if one.amount.unit and one.amount.value != "1"]
    if len(sizes) == 2 and sizes[0].unit == sizes[1].unit and re.search(r"\bhow many\b", text):
        high, low = sorted(sizes, key=lambda one: float(one.value), reverse=True)
        dose = [one for one in counts if asked.noun and asked.noun in one.names and one.amount.value == low.value]
        return f"{high.value} / {low.value}", CERTAIN if dose else 1.0
    for one in counts:
        if (
            one.amount.unit
            and asked.whole
            and re.search(rf"\b(?:an?|per|each|every|1|by the) {re.escape(one.amount.unit)}\b", text)
        ):
            return f"{asked.whole} / {one.amount.value}", 1.0
    sets = [one for one in counts if re.search(r"\b(?:set|pack|box|bag|case|tray) of $|^(?:set|pack)\b", one.label)]
    if len(sets) == 1 and asked.whole and re.search(r"\b(?:each|1|a single|apiece)\b", text):
        return f"{asked.whole} / {sets[0].amount.value}", PLAIN
    rates = [one.amount for one in asked.printed if one.amount.per in ("year", "quarter", "month", "week", "fortnight")]
    spans = [(rates[0].per, one) for one in spans_asked(text) if (one, rates[0].per) in SPAN] if len(rates) == 1 else []
    return (f"{rates[0].value} / {SPAN[spans[0][1], spans[0][0]]}", 1.0) if len(spans) == 1 else None


_LEFT_OUT = re.compile(
    r"\b(?:not|isn't|aren't|wasn't|weren't|don't|didn't|without|except|apart from|leav(?:e|ing) out|never mind|ignor\w+|skip|forget)\b"
)
_OF_IT = re.compile(r"(?:'s|\b(?:is|are|was|were|i|do|did|am|we|you)) $|^\W*$")


def wanted(text: str) -> str:
    """The words without what is said not to count: "the bread and the milk, the beer's not mine"."""
    kept = []
    for piece in re.split(r"[,.;]+ |\bbut ", text):
        out = _LEFT_OUT.search(piece)
        before = piece[: out.start()] if out else piece
        kept.append("" if out and (_OF_IT.search(before) or out[0].endswith("n't")) else before)
    return ", ".join(kept)

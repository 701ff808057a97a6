"""The amounts on a print, each with its line: what it is called, what it is for each of, whether it is money."""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assistant.phrases.told_amounts import PERIODS, Amount, amounts_in, plainly, singular
from assistant.steps.labelled import stem

if TYPE_CHECKING:
    from assistant.steps.printed_reading import Asked

_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)(?:uary|ruary|ch|il|ust|ember|ober|tember)?"
_NO_AMOUNT = re.compile(  # dates, years, telephones, clock times, percentages, references
    rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}\b(?:,? \d{{4}})?|\b{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?\b(?![.]\d)(?:,? \d{{4}})?|\b\d{{1,4}}[/-]\d{{1,2}}(?:[/-]\d{{2,4}})?\b|\b{_MONTH} \d{{4}}\b|"
    r"\b(?:19|20)\d\d\b(?![.\d])|\b0\d{2,}[\d ]*|\b\d{1,2}:\d\d\b|\b\d+(?:\.\d+)? ?(?:%|percent)|\b\d{1,2}(?:\.\d\d)? ?[ap]m\b|\b(?:no|number|ref|reference|account|unit|flat|room|ward|ending|invoice|quotation)\.? (?:no\.? )?\w*\d\w*|\b\d+ ?(?:mg|mcg|kwh|kcal)\b|\b\d+ to \d+\b"
)
_SUMS = re.compile(r"\b(?:sub ?-?totals?|totals?|balance|amount|to pay|cash|card|change|paid|visa)\b")
_PER_LABEL = re.compile(
    r"\b(?P<adverb>hourly|daily|nightly|weekly|monthly|yearly|annual)\b|\b(?:per|each|every|an?) (?P<one>hour|day|night|week|month|year|person|head|kilo|kg|metre|litre|visit|session|ticket)\b"
)

_EACH_LABEL = re.compile(r"\b(?P<what>[a-z]+) (?:per|for each|for every|in each|to a) (?P<per>[a-z]+) ?:? *\d")


@dataclass(frozen=True)
class Printed:
    """An amount, the words of its line before it, and the stems of all its words."""

    amount: Amount
    label: str
    names: frozenset[str]

    def own(self, others: Sequence["Printed"]) -> frozenset[str]:
        """The stems that no other line has."""
        return self.names.difference(*(one.names for one in others if one.names != self.names))

    @property
    def sums_up(self) -> bool:
        """Whether it is a total, or what was paid."""
        return _SUMS.search(self.label) is not None


def printed_amounts(passages: Sequence[str]) -> list[Printed]:
    """Every amount, in the order of print."""
    found = []
    for passage in passages:
        text = _NO_AMOUNT.sub(" ", plainly(re.sub(r"\bsquare (?=met|f|y)", "", passage, flags=re.I)))
        names = frozenset(stem(word) for word in re.findall(r"[a-z'-]{3,}", text))
        amounts = amounts_in(" ".join(text.split()))
        label = _PER_LABEL.search(text)
        for one in amounts:
            if not one.per and len(amounts) == 1 and (each := _EACH_LABEL.search(text)):
                one = replace(one, unit="" if one.money else singular(each["what"]), per=singular(each["per"]))
            elif one.money and not one.per and label and len(amounts) == 1:
                one = replace(one, per=PERIODS.get(label["adverb"] or "", label["one"] or ""))
            found.append(Printed(one, one.before, names))
    return found


def sole(printed: Sequence[Printed]) -> Printed | None:
    """The only amount of money; None where there are several or none."""
    money = [one for one in printed if one.amount.money]
    return money[0] if len(money) == 1 else None


def named(one: Amount | None, asked: "Asked") -> Printed | None:
    """The priced line that a told amount counts ("two adults"), or that the words name where none is given."""
    money = [line for line in asked.printed if line.amount.money]
    words = asked.text[one.start : one.end] if one is not None else asked.text
    said = {stem(word) for word in re.findall(r"[a-z'-]{3,}", words)}
    fit = [line for line in money if line.own(money) & said]
    if one is not None and not fit:
        fit = [line for line in money if line.names & said]
    return fit[0] if len(fit) == 1 and (one is None or one.unit) else None

"""Sums on single printed lines: an amount for each month, a measure for each kilo, two lines that are named and compared.

Each is worked out only where one line alone can be meant; else "" is returned, and the other rules go on or ask.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence

from assistant.phrases.amounts import find_amounts
from assistant.phrases.arithmetic_words import clean
from assistant.steps.labelled import stem
from assistant.steps.slots_amounts import ASKED_FOR, TIMES, TOLD_FOR, unit_of

_N = r"\d[\d,]*(?:\.\d+)?"
_MEASURES = {
    "kg": "kg", "kgs": "kg", "kilo": "kg", "kilos": "kg", "kilogram": "kg", "kilograms": "kg", "g": "g", "gram": "g", "grams": "g",
    "l": "l", "litre": "l", "litres": "l", "liter": "l", "liters": "l", "ml": "ml", "mls": "ml", "millilitre": "ml", "millilitres": "ml",
    "m": "m", "metre": "m", "metres": "m", "meter": "m", "meters": "m", "mile": "mile", "miles": "mile", "km": "km", "acre": "acre", "acres": "acre",
    "hectare": "hectare", "hectares": "hectare", "tonne": "tonne", "tonnes": "tonne", "gallon": "gallon", "gallons": "gallon", "pound": "lb", "pounds": "lb", "lb": "lb",
}  # fmt: skip
_MEASURE = "|".join(sorted(_MEASURES, key=len, reverse=True))
_PER = re.compile(rf"(?<![\w.,])(?P<much>{_N}) ?(?P<of>[a-z]+)? ?(?:per|for (?:each|every)|to (?:each|every)|in each|/|a|each) ?(?P<by>{_N})? ?(?P<unit>{_MEASURE})\b", re.I)  # fmt: skip
_HAS = re.compile(rf"(?<![\w.,])(?P<count>{_N})[ -]?(?P<unit>{_MEASURE})\b", re.I)
_WANTS = re.compile(r"\b(?:what|how (?:much|many)|gets?|needs?|takes?|dose|for)\b", re.I)


def of_lines(text: str, passages: Sequence[str]) -> str:
    """The sum on one printed line, or on two that are named; "" for none."""
    return over_time(text, passages) or for_measure(text, passages) or apart(text, passages)


def over_time(text: str, passages: Sequence[str]) -> str:
    """ "What will it come to for one full year", where print says so much every month."""
    asked = ASKED_FOR.search(re.sub(r"\bone\b", "1", text, flags=re.I))
    if asked is None or re.search(r"\d|%", clean(re.sub(r"\b(?:one|1)\b", " ", text, flags=re.I))):
        return ""
    told = [
        (amounts[0], unit_of(match))
        for one in passages
        if (match := TOLD_FOR.search(one)) and len(amounts := find_amounts(one)) == 1
    ]
    if len(told) != 1:
        return ""
    amount, each = told[0]
    rate = TIMES.get((each, unit_of(asked)), "")
    return f"{amount.value} {rate}" if rate else ""


def for_measure(text: str, passages: Sequence[str]) -> str:
    """ "What does a forty kilo lamb get", where print says 1 ml per 5 kg; nothing where print has two rates, or the words two amounts."""
    numbers = clean(re.sub(r"\bpounds?\b", "lb", text, flags=re.I))
    rates = [(one, match) for one in passages for match in _PER.finditer(one)]
    said = list(_HAS.finditer(numbers))
    if len(rates) != 1 or len(said) != 1 or len(re.findall(_N, numbers)) != 1 or not _WANTS.search(text):
        return ""
    often = (
        r"\b(?:times|twice|thrice|daily|every|max(?:imum)?|exceed|divided doses|(?:per|a|each) (?:day|week|hour))\b|%"
    )
    if any(re.search(often, one, re.I) for one in (numbers, *passages)):
        return ""  # how often is another matter, and a wrong dose does harm
    rate, count = rates[0][1], said[0]
    if _MEASURES[rate["unit"].lower()] != _MEASURES[count["unit"].lower()]:
        return ""
    by = f" divided by {_plain(rate['by'])}" if rate["by"] and rate["by"] != "1" else ""
    return f"{count['count']} times {_plain(rate['much'])}{by}"


_LINE = re.compile(rf"^(?P<name>[A-Za-z][A-Za-z' -]{{1,30}}?)[ :.]+(?P<much>{_N}) ?(?P<unit>[A-Za-z]{{0,6}})$")
_NAMED = r"(?:the |my |that )?(?P<{}>[a-z][a-z-]*(?: [a-z-]+){{0,2}}?)(?: (?:one|weight|figure|number|reading|amount|price))?"
_LESS = tuple(
    re.compile(pattern.format(a=_NAMED.format("less"), b=_NAMED.format("whole")) + r"(?=$|[,.?!]| and\b| then\b| to\b| so\b)", re.I)
    for pattern in (
        r"\b(?:take|taking|subtract(?:ing)?|deduct(?:ing)?|knock|minus) (?:away )?{a} (?:away )?(?:off|from|out of) {b}",
        r"(?:^|\b(?:what(?:'s| is)|do|work out|give me|tell me|calculate) ){b} (?:minus|less|take away|without) {a}",
        r"\b(?:difference|gap) between {b} and {a}",
        r"\bhow much (?:more|bigger|heavier|higher) is {b} than {a}",
    )
)  # fmt: skip


def apart(text: str, passages: Sequence[str]) -> str:
    """ "Take the empty off the full", where each of the two names is that of one printed line with one number."""
    for pattern in _LESS:
        found = pattern.search(text)
        if found is None:
            continue
        whole, less = (_line(found[name], passages) for name in ("whole", "less"))
        if whole and less and whole[1] == less[1] and whole != less:
            high, low = whole[0], less[0]
            if "difference" in found[0].lower() or "gap" in found[0].lower():
                high, low = sorted((high, low), key=float, reverse=True)
            return f"{high} minus {low}"
    return ""


def _line(name: str, passages: Sequence[str]) -> tuple[str, str] | None:
    """The number and the unit of the one line that has all the words of a name."""
    said = {stem(word) for word in name.lower().split()}
    lines = [
        (_plain(match["much"]), match["unit"].lower())
        for one in passages
        if (match := _LINE.match(re.sub(r"(?<=\d), (?=\d{3}\b)", ",", one).strip(" .")))  # a gap that OCR saw
        and said <= {stem(word) for word in re.findall(r"[a-z'-]+", match["name"].lower())}
    ]
    return lines[0] if len(lines) == 1 else None


_REDUCED = re.compile(
    rf"\b(?:remov\w*|tak(?:e|es|ing)|took|knock\w*|drop\w*|cut\w*|reduc\w*|deduct\w*|give me|gives me|with|get|got|less|minus|discount of)\b(?: (?:off|away|it|the price|by|me|an?|another))* (?P<much>{_N}) ?%"
    rf"|(?P<off>{_N}) ?% (?:off|discount|reduction|less|cheaper|is (?:removed|taken off|off))"
)
_PAYS = re.compile(r"\b(?:pay|cost|price|come to|comes to|be|owe|left|now|hand over|spend|give)\b")


def reduced(numbers: str, whole: str) -> str:
    """ "If they remove 15 % how much will I pay", on the one price or the total; `numbers` is the cleaned question."""
    found = _REDUCED.search(numbers)
    more = re.search(r"\b(?:tip|vat|tax|service|on top|extra|added|add|save|saving|plus)\b", numbers)
    if found is None or more or not _PAYS.search(numbers) or len(re.findall(_N, numbers)) != 1:
        return ""
    if (
        found["much"]
        and re.match(r"with|get|got|give", found[0])
        and not re.search(r"%(?: \w+)? (?:off|discount|less|reduction)\b", numbers)
    ):
        return ""
    return f"{found['much'] or found['off']}% off {whole}"


def _plain(number: str) -> str:
    return number.replace(",", "")

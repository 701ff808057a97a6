"""What each operation makes of told amounts, and how surely the amounts themselves speak for it.

Each maker gives the sum in signs, or None where the amounts do not fit: a product wants a rate and a count of it, a share
what is shared and among how many, a difference two of a kind.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from assistant.phrases.told_amounts import PERIODS, Amount, N, singular

PLAIN, WEAK, NAMED, CERTAIN = (
    0.6,
    0.35,
    0.8,
    1.5,
)  # how surely amounts speak for a sum: beside 1.0, where they leave no other reading
Proposal = tuple[str, float]  # the sum, how surely the amounts speak for it

CLOCK = re.compile(
    r"\b\d{1,2}:\d\d\b|\b\d{1,2} ?[ap]m\b|o'clock|\b(?:half|quarter|5|10|20|25) (?:past|to) (?:[1-9]|1[0-2])\b|%|\bper ?cent\b"
)
UNSURE = re.compile(
    r"\b(?:other|alternate|except|skip\w*|miss\w*|forg[eo]t\w*|up to|extra|sometimes|morning and|and (?:\d|a) at)\b"
)
TWO_WAYS = re.compile(
    r"\bthere and back\b|\beach way\b.*\b(?:both ways|return|back)\b|\bboth ways\b|\b(?:there|in) .* and .* back\b"
)
FACTORS = (
    (re.compile(r"\b(?:double|doubling|doubled|twice|both of)\b"), "2"),
    (re.compile(r"\b(?:treble|triple|tripling|trebling|thrice)\b"), "3"),
)
HALVES = re.compile(
    r"\b(?:halved?|halves|half each|down the middle|fifty fifty|50 50)\b|\b(?:split|sharing|share|shared)\b.*\b(?:with|between me and) (?:my |our )?[a-z]+\b(?! and)"
)
SPAN: Mapping[tuple[str, str], str] = {  # how many of the first are in the second
    ("month", "year"): "12", ("week", "year"): "52", ("day", "week"): "7", ("fortnight", "year"): "26", ("quarter", "year"): "4", ("day", "year"): "365",
    ("day", "fortnight"): "14", ("week", "fortnight"): "2", ("month", "quarter"): "3", ("night", "week"): "7", ("hour", "day"): "24",
}  # fmt: skip
_SPAN = re.compile(
    r"\b(?:(?:an?|the|per|each|every|1|one|by the|whole|full|over a|in a) )(?:whole |full )?(?P<one>day|night|week|fortnight|month|quarter|year)\b|\b(?P<adverb>weekly|monthly|yearly|annually|daily)\b"
)
PEOPLE = frozenset(["person", "lad", "lass", "mate", "pal", "friend", "sister", "brother", "guest", "adult", "cousin", "neighbour", "flatmate", "grandkid", "grandchild", "child", "colleague", "girl", "boy", "pupil", "lady", "chap", "fella"])  # fmt: skip
SLICES = frozenset(["way", "part", "piece", "bit", "portion", "share", "instalment", "installment", "payment", "slice", "go", "split"])  # fmt: skip
_SHARERS = re.compile(r"\b(?:me and|myself and|us and|between me and) (?:(?:the|my|our) )?(?:other )?$")
ONE_ASKED = re.compile(
    r"\b(?:each|apiece|a head|(?:one|1|single))(?: (?:one|1|of (?:them|those|these)))?(?: (?:is|was|cost|costs|comes?|came|worked|works?|would|will|did|does)\b.*)?(?:[ ?.!]*$|\?)|\b(?:what|how much)(?: is|'s| was| does| did| would)? (?:each|one|1)\b"
)
_EACH_ASKED = re.compile(
    r"\b(?:each|apiece|a head|per head|(?:one|1|single|a piece)|my (?:bit|share|part|cut)|mine)\b|\b(?:an?|per) [a-z]+(?: (?:that )?is| it's| was| comes?.*| works? out.*|)[ ?.]*$"
)


def spans_asked(text: str) -> set[str]:
    """The stretches of time that the words name: "a month", "yearly"."""
    return {match["one"] or PERIODS[match["adverb"]] for match in _SPAN.finditer(text)}


def times(text: str, amounts: Sequence[Amount]) -> Proposal | None:
    twice = (
        "2"
        if TWO_WAYS.search(text) or (re.search(r"\beach way\b", text) and re.search(r"\bback|return\b", text))
        else ""
    )
    factor = twice or next((value for pattern, value in FACTORS if pattern.search(text)), "")
    rates = [one for one in amounts if one.per]
    product = " * ".join([*(one.value for one in amounts), *([factor] if factor else [])])
    if len(amounts) == 1:
        spans = spans_asked(text) - {amounts[0].per}
        count = {SPAN[amounts[0].per, one] for one in spans if (amounts[0].per, one) in SPAN}
        if len(count) == 1:
            return f"{amounts[0].value} * {count.pop()}", 1.0
        counted = not amounts[0].money and amounts[0].unit in ("", "day", "night", "week", "month", "year", *PEOPLE)
        return (product, PLAIN) if factor and not counted else None
    if len(amounts) > 3 or (factor and len(amounts) > 2):
        return None
    asked = {singular(match[1]) for match in re.finditer(r"\bhow many ([a-z]+)", text)}
    linked = [rate for rate in rates if any(rate.per == one.unit for one in amounts if one is not rate)]
    if linked or twice:
        return product, 1.0 if len(amounts) == 2 or (len(rates) > 1 and len(amounts) == 3) else WEAK
    if rates and {rate.per for rate in rates} & asked:
        return None
    each = any(rate.per in ("each", "head", "person", "time", "go") for rate in rates)
    if each and len(amounts) == 2:
        return product, 1.0
    other = [one for one in amounts if one not in rates]
    if rates and other and not any(one.money for one in other):
        same = any(rate.unit and rate.unit == one.unit for rate in rates for one in other)
        return product, WEAK if same else PLAIN
    if re.search(r"\b\d+(?:\.\d+)? times (?:the|that|this|as|of|my|over)\b", text) and len(amounts) == 2:
        return product, PLAIN
    if ONE_ASKED.search(text):
        return None
    priced = sum(one.money for one in amounts)
    return (product, PLAIN if priced == 1 and len(amounts) == 2 else WEAK) if priced < 2 else None


def share(text: str, amounts: Sequence[Amount]) -> Proposal | None:
    amounts = _with_rest(aligned(amounts), text)
    if len(amounts) == 1:
        return _share_of_one(text, amounts[0])
    if (packs := PACKS.search(text)) and len(amounts) == 2:
        return f"{packs['all']} / {packs['of']}", CERTAIN
    rates = [one for one in amounts if one.per and one.per != "each"]
    if len(amounts) == 2 and len(rates) == 1:
        stock = amounts[0] if amounts[1] is rates[0] else amounts[1]
        if stock.unit and stock.unit == rates[0].per:
            return None
        asked = re.search(rf"\bhow (?:many {re.escape(rates[0].per)}s?|long)\b", text)
        same = (stock.unit and stock.unit == rates[0].unit) or (stock.money and rates[0].money)
        return f"{stock.value} / {rates[0].value}", 1.0 if asked or same else PLAIN
    ways, more = sharers(text, amounts)
    if ways is not None:
        rest = [one for one in amounts if one is not ways and not _repeats(one, ways, text)]
        if len(rest) > 1 and (any(one.per for one in rest) or len({one.unit for one in rest if not one.money}) > 1):
            return None
        whole = " + ".join(one.value for one in rest)
        count = str(int(ways.value) + more) if more else ways.value
        return (f"({whole}) / {count}" if "*" in whole or "+" in whole else f"{whole} / {count}"), 1.0 if rest else 0.0
    if re.search(HALVES, text):
        whole = " + ".join(one.value for one in amounts)
        return f"({whole}) / 2", CERTAIN
    if len(amounts) != 2 or rates:
        return None
    first, second = amounts
    if first.money != second.money:
        price, many = (first, second) if first.money else (second, first)
        if ONE_ASKED.search(text):
            return f"{price.value} / {many.value}", CERTAIN
        return f"{price.value} / {many.value}", 1.0 if _EACH_ASKED.search(text) else PLAIN
    if timed := [one for one in amounts if one.unit in _TIMES]:
        other = second if timed[0] is first else first
        asks = re.search(rf"\bspeed\b|\brate\b|\b(?:an?|per|each|every|by the) {timed[0].unit}\b", text)
        return (f"{other.value} / {timed[0].value}", 1.0) if asks and other not in timed else None
    big, small = sorted(amounts, key=_size, reverse=True)
    measured = first.unit and first.unit == second.unit
    if len({_MEASURES[one.unit][0] for one in amounts if one.unit in _MEASURES}) > 1:
        return None
    if re.search(r"\bhow many\b", text) or measured:
        return f"{big.value} / {small.value}", PLAIN
    return (f"{big.value} / {small.value}", WEAK) if "." not in small.value else None


PACKS = re.compile(rf"\bhow many (?P<of>{N}) (?!of\b)(?:[a-z]+ ){{1,4}}(?:in|out of|from|make|go into|goes into|fit in(?:to)?|for|to make) (?:a |an |the )?(?P<all>{N})\b")  # fmt: skip
_TIMES = frozenset({"hour", "minute", "day", "week", "month", "year"})
_MEASURES: Mapping[str, tuple[str, int]] = {  # (what is measured, how many of the smallest)
    "kilo": ("weight", 1000), "kilogram": ("weight", 1000), "kg": ("weight", 1000), "gram": ("weight", 1), "g": ("weight", 1),
    "litre": ("volume", 1000), "liter": ("volume", 1000), "ml": ("volume", 1), "mil": ("volume", 1), "millilitre": ("volume", 1), "cl": ("volume", 10),
    "metre": ("length", 1000), "meter": ("length", 1000), "cm": ("length", 10), "centimetre": ("length", 10), "mm": ("length", 1), "millimetre": ("length", 1),
    "hour": ("time", 60), "minute": ("time", 1),
}  # fmt: skip


def aligned(amounts: Sequence[Amount]) -> list[Amount]:
    """The amounts with those of one measure in its smallest unit: 2 litres and 250 ml are 2000 and 250."""
    kinds = {_MEASURES[one.unit][0]: {other.unit for other in amounts if _MEASURES.get(other.unit, ("",))[0] == _MEASURES[one.unit][0]} for one in amounts if one.unit in _MEASURES}  # fmt: skip
    return [
        replace(one, value=f"{float(one.value) * _MEASURES[one.unit][1]:g}", unit=_MEASURES[one.unit][0])
        if one.unit in _MEASURES and len(kinds[_MEASURES[one.unit][0]]) > 1 and "*" not in one.value
        else one
        for one in amounts
    ]


def _with_rest(amounts: Sequence[Amount], text: str) -> list[Amount]:
    """ "180 of 300 pages, 24 a night": of what is done by now only the rest counts."""
    if len(amounts) != 3 or not re.search(r"\b(?:left|more|still|to go|remain\w*|finish|will|it'll)\b", text):
        return list(amounts)
    done, whole, rate = amounts
    of = re.match(r"(?: [a-z]+)? (?:of|out of) (?:the |its |my )?$", text[done.start + len(done.value) : whole.start])
    if not of or not rate.per or _size(done) >= _size(whole):
        return list(amounts)
    return [replace(whole, value=f"({whole.value} - {done.value})"), rate]


def _share_of_one(text: str, amount: Amount) -> Proposal | None:
    whole = {match[1] for match in re.finditer(r"\b(?:for|in|of|over|per|an?|the|each|every) (?:the |an? |1 |whole |full )*(year|quarter|month|fortnight|week)\b", text[amount.end - 1 : amount.end + 30])}  # fmt: skip
    told = {amount.per} if amount.per else whole
    pairs = [(one, span) for span in told for one in spans_asked(text) if (one, span) in SPAN]
    if len(pairs) == 1:
        return f"{amount.value} / {SPAN[pairs[0]]}", 1.0
    return (f"{amount.value} / 2", PLAIN) if HALVES.search(text) else None


def sharers(text: str, amounts: Sequence[Amount]) -> tuple[Amount | None, int]:
    """The amount that says into how many something goes, and how many more there are ("me and the two lads": one)."""
    counts = [one for one in amounts if "." not in one.value and "*" not in one.value and not one.money]
    for one in counts:
        if re.match(r" (?:of us|of them|of you|ways|way)\b", text[one.start + len(one.value) :]):
            return one, 0
    for one in counts:
        if _SHARERS.search(one.before) and one.unit:
            return one, 1
    for one in counts:
        split = re.search(
            r"\b(?:into|between|among|amongst|over|by|across|out of it|with) (?:the |all |all the )?$", one.before
        )
        if split and (one.unit not in PEOPLE or re.search(r"(?:into|between|among|amongst|by|over|across)", split[0])):
            return one, 0
    for one in counts:
        if one.unit in PEOPLE or one.unit in SLICES or re.search(r"\bequal\b", text[one.start : one.end + 8]):
            return one, 0
    return None, 0


def _repeats(one: Amount, ways: Amount, text: str) -> bool:
    """ "Me and the two lads split it three ways", "three of us, so three ways": said once more, and no amount."""
    extra = 1 if _SHARERS.search(one.before) else 0
    people = (
        extra
        or one.unit in PEOPLE
        or one.unit in SLICES
        or re.match(r" (?:of us|ways)\b", text[one.start + len(one.value) :])
    )
    return bool(people) and "*" not in one.value and float(one.value) + extra == float(ways.value)


def less(text: str, amounts: Sequence[Amount]) -> Proposal | None:
    if len(amounts) < 2:
        return None
    if aligned(amounts) != list(amounts):
        return None
    rates = [one for one in amounts if one.per in {key[0] for key in SPAN}]
    many = [one for one in amounts if rates and one.unit == rates[0].per and one not in rates]
    rest = [one for one in amounts if one not in many]
    if len(many) > 1 or len(rest) < 2:
        return None
    high, *gone = rest
    try:
        if len(rest) == 2:
            high, low = sorted(rest, key=_size, reverse=True)
            gone = [low]
        elif _size(high) < sum(map(_size, gone)):
            return None
    except ValueError:
        return None
    terms = " - ".join(f"({one.value})" if "*" in one.value else one.value for one in (high, *gone))
    terms = re.sub(r"- -(?=\d)", "+ ", terms)
    spans = {SPAN[rates[0].per, one] for one in spans_asked(text) if (rates[0].per, one) in SPAN} if rates else set()
    count = many[0].value if many else spans.pop() if len(spans) == 1 else ""
    units = {one.unit for one in rest if one.unit}
    sure = (
        1.0
        if len(rest) == 2 and (len(units) == 1 and all(one.unit for one in rest))
        else PLAIN
        if len(units) < 3
        else WEAK
    )
    sure = max(sure, NAMED) if all(one.money for one in rest) else sure
    sure = sure if _TAKES.search(text) else WEAK
    return (f"({terms}) * {count}" if count else terms), sure


_TAKES = re.compile(
    r"\b(?:left|leaves?|leave|remain\w*|change|back|short|shy|behind|to go|to find|off|under|over|differen\w*|more|less|fewer|extra|dropped|drop|lost|lose|down|up|sav\w+|still|ow(?:e|es|ed|ing)|need\w*|"
    r"g[ai]ven?|spent|spend|paid|pay|took|take|used|broke|between|minus|knock\w*|gap|now|had|gone|went|was|target|goal|remaining|spare|missing|profit|born|balance|outstanding|[a-z]{3,}er|wants?|voucher|discount)\b"
)


def _size(one: Amount) -> float:
    value = 1.0
    for part in one.value.split(" * "):
        value *= float(part)
    return value


def plus(text: str, amounts: Sequence[Amount]) -> Proposal | None:
    if len(amounts) < 2 or any(one.per for one in amounts):
        return None
    if aligned(amounts) != list(amounts):
        return None
    units = {one.unit for one in amounts if one.unit}
    whole = " + ".join(one.value for one in amounts)
    return whole, 1.0 if all(one.money for one in amounts) else PLAIN if len(units) < 2 or len(amounts) > 2 else WEAK


def mean(text: str, amounts: Sequence[Amount]) -> Proposal | None:
    if len(amounts) < 2 or not re.search(r"\b(?:average|averag\w+|mean)\b", text):
        return None
    plain = [one for one in amounts if not one.per]
    return (f"({' + '.join(one.value for one in plain)}) / {len(plain)}", 1.0) if len(plain) > 1 else None

"""A sum on print read by its amounts: rates and counts, the whole and what is paid of it, two prices that are compared.

It comes where the patterns of printed_sums find none. The amounts of print and of words are read alike
(phrases/told_amounts.py); which operation is meant is given as probabilities (told_operation.py). A sum is made only
where print has one amount of the role that the operation needs.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence

from assistant.phrases.told_amounts import Amount, amounts_in, plainly
from assistant.phrases.told_checks import is_dosage
from assistant.phrases.told_makers import (
    CERTAIN,
    CLOCK,
    FACTORS,
    HALVES,
    NAMED,
    ONE_ASKED,
    PEOPLE,
    PLAIN,
    SPAN,
    UNSURE,
    Proposal,
    spans_asked,
)
from assistant.phrases.told_reading import Operations, best, collapsed, without_ones
from assistant.steps.labelled import stem
from assistant.steps.printed_amounts import Printed, named, printed_amounts, sole
from assistant.steps.printed_shares import MAKES, Asked, for_one, shared, wanted

_ELSEWHERE = re.compile(
    r"\b(?:remind\w*|nudge|alarm|timer|notes?|jot|write|o'clock|tomorrow|tonight|(?:mon|tues|wednes|thurs|fri|satur|sun)day|noon|at \d+)\b|\d:\d\d|\d ?[ap]m\b"
)
_SUMS = re.compile(
    r"\b(?:how (?:much|many|long|far|short)|ow(?:e|es|ing)|change|left|remain\w*|comes? to|cost|pay|total|shar\w+|split\w*|each|half|halves|third|quarter|difference|times|altogether|"
    r"an? (?:day|week|month|year|night|hour)|per|by the|monthly|weekly|yearly|back|short|more|less|extra|between|sav(?:e|ing)|add\w*|sum|tot|work out|double|doubl\w+)\b",
    re.I,
)
_NO_SUM = re.compile(
    r"\b(?:names?|who|when|where|phone|number to|address|which (?:one|is|this)|expir\w*|best before)\b", re.I
)
_QUESTION = re.compile(r"\b(?:what|how|work|total|share|split|times|add|change|left|so)\b")
_PIECE = re.compile(
    r"[.?!;,]+\s+|\s+and (?=(?:then |please |can you |could you )?(?:remind|nudge|put|note|pop|jot|set|leave|keep|write|add|make|i want|i'd like)\b)"
)
_COMPARES = re.compile(
    r"\b(?:differ\w*|more|less|extra|between|up|cheaper|dearer|apart|gap|took|taken|take|save|saving|gone|used|increase|rise|minus)\b"
)
_ADDED_UP = re.compile(r"\b(?:add\w*|tot\w*|sum\w*)(?: (?:it|them|these|those))? up\b")
_OFTEN = re.compile(
    r"\b(?:(?P<how>once|twice)|(?P<count>\d+) times) (?:an?|per|each|every) (?P<each>day|week|fortnight|month)\b"
)
_ENDS = re.compile(r"\bfirst (?:1 |one )?and (?:the )?last\b")
_RISEN = re.compile(
    r"\b(?:up|more|extra|differ\w*|rise|rose|increase\w*|jump\w*|dearer|cheaper|less|down|dropped|saving?|off)\b"
)
_BEFORE = re.compile(r"\b(?:old|last|was|previous|before|currently?|rrp|now)\b")
_AFTER = re.compile(r"\b(?:new|this|now|present|current|latest|from)\b")
_CHANGE = re.compile(r"\b(?:change|back)\b")
_ADDS = re.compile(r"\b(?:add\w*|tot|totted|sum|plus|together|altogether|both|all|lot)\b")


def read(
    text: str, told: str, passages: Sequence[str], whole: str, operations: Operations, certain: bool = False
) -> str:
    """The sum that is asked for, in signs; "" where none is sure enough.

    Args:
        text: the clause.
        told: the clause with what is told beside it, in which a count may stand that it leans on.
        whole: what print comes to in all; "" where it has no total.
        certain: whether only a sum is taken that print and words leave no other reading of.
    """
    words = plainly(text)
    said = without_ones(amounts_in(words), words)
    if not said or not _QUESTION.search(words):
        words = plainly(told)
        said = without_ones(amounts_in(words), words)
    said = list({(one.value, one.unit): one for one in said}.values())
    if re.search(_COMPARES, words) and re.search(r"\b(?:the|these|those|them) 2\b|\b2 (?:[a-z]+ )?[a-z]+s\b", words):
        said = [one for one in said if one.value != "2"]  # "there's two tariffs on this": which are compared
    printed = printed_amounts(passages)
    money = [one for one in printed if one.amount.money]
    whole = whole or (money[0].amount.value if len(money) == 1 else "")
    if CLOCK.search(words) or not printed or len(said) > 3 or _is_unsure(words, passages, said, printed):
        return ""
    asked = Asked(words, said, printed, whole)
    made = {"times": _times(asked), "share": shared(asked), "less": _less(asked), "plus": _plus(asked)}
    found = {name: one for name, one in made.items() if one is not None and one[0]}
    if HALVES.search(words) and "share" in found:
        found = {"share": found["share"]}
    if certain:
        found = {name: one for name, one in found.items() if one[1] >= CERTAIN}
    return best(found, operations)


def beside(text: str, request: str, before: bool = False) -> str:
    """The clause with what the request tells beside it: neither its other wishes nor their times.

    Args:
        before: whether only what stands before the clause is taken; what comes after it may be a sum of its own.
    """
    if before:
        at = request.lower().find(text.lower().strip(" ,.?!"))
        request = request[: at + len(text)] if at >= 0 else text
    pieces = [piece.strip(" ,.?!") for piece in _PIECE.split(request)]
    told = [one for one in pieces if one and not _ELSEWHERE.search(plainly(one)) and one.lower() not in text.lower()]
    return ", ".join([*(one for one in told if text.lower().strip(" ,.?!") not in one.lower()), text]) if told else text


def _is_unsure(words: str, passages: Sequence[str], said: Sequence[Amount], printed: Sequence[Printed]) -> bool:
    """Whether it is about doses that are not one plain rate."""
    if not is_dosage(f"{words} {plainly(' '.join(passages))}"):
        return False
    return UNSURE.search(words) is not None or len(said) != 1 or any(one.amount.per for one in printed)


def asks_sum(words: str) -> bool:
    """Whether a question about print can be for a sum at all."""
    return _SUMS.search(words) is not None and not _NO_SUM.search(words)


def _times(asked: Asked) -> Proposal | None:
    said, rates = asked.said, [one for one in asked.printed if one.amount.per]
    if scaled := _scaled(asked):
        return scaled
    if items := _items(asked):
        return items, 1.0
    said = list({one.value: one for one in said if one.value != "1"}.values())
    rate = rates[0] if len(rates) == 1 else _rate_named(asked, rates)
    if often := _often(asked):
        return often
    stock = [one for one in asked.printed if len(said) == 1 and said[0].per and one.amount.unit == said[0].per]
    if len(stock) == 1:
        return f"{said[0].value} * {stock[0].amount.value}", 1.0
    if not said:
        spans = spans_asked(asked.text) - {rate.amount.per} if rate else set()
        counts = {SPAN[rate.amount.per, one] for one in spans if (rate.amount.per, one) in SPAN} if rate else set()
        return (f"{rate.amount.value} * {counts.pop()}", 1.0) if rate and len(counts) == 1 else None
    if len(said) != 1 or said[0].money or (said[0].per and not (rate and said[0].per in ("day", "week"))):
        return None
    if rate:
        count, per = said[0], rate.amount.per
        if count.unit and count.unit == rate.amount.unit and not rate.amount.money:
            return None
        fits = (
            count.unit == per
            or per in ("each", "head", "person", "ticket", "visit", "night")
            or stem(count.unit) == stem(per)
        )
        same = count.unit == per and rate.amount.money
        return f"{count.value} * {rate.amount.value}", CERTAIN if same else 1.0 if fits else PLAIN
    price = named(None, asked) or sole(asked.printed)
    if ONE_ASKED.search(asked.text) or for_one(asked.text, said[0].unit):
        return None
    if price is None or not price.amount.money:
        return None
    return f"{said[0].value} * {price.amount.value}", PLAIN if price == sole(asked.printed) else NAMED


def _often(asked: Asked) -> Proposal | None:
    """ "He comes once a month, so the year comes to", where print has one price."""
    found = _OFTEN.search(asked.text)
    price = sole(asked.printed)
    spans = (
        [SPAN[found["each"], one] for one in spans_asked(asked.text) if (found["each"], one) in SPAN] if found else []
    )
    if found is None or price is None or len(spans) != 1 or any(one.value != found["count"] for one in asked.said):
        return None
    count = {"once": "1", "twice": "2"}.get(found["how"] or "", found["count"])
    return f"{count} * {spans[0]} * {price.amount.value}" if count != "1" else f"{spans[0]} * {price.amount.value}", 1.0


def _items(asked: Asked) -> str:
    """ "Two adults and one concession", each by its own printed price; "" where one has none."""
    counted = [one for one in amounts_in(asked.text) if one.value != "1" or named(one, asked)]
    items = [named(one, asked) for one in counted]
    if not counted or not all(items) or len({one.names for one in items if one}) < len(items):
        return ""
    return " + ".join(f"{one.value} * {item.amount.value}" for one, item in zip(counted, items, strict=True) if item)


def _scaled(asked: Asked) -> Proposal | None:
    """ "There's eight coming, how much sugar", where print says for how many it is; "double the flour"."""
    lines = [one for one in asked.printed if asked.noun and asked.noun in one.names and not MAKES.search(one.label)]
    if len(lines) != 1 or lines[0].amount.money:
        return None
    amount = lines[0].amount.value
    serves = [one.amount.value for one in asked.printed if MAKES.search(one.label)]
    heads = [one.value for one in asked.said if one.value not in serves]
    if len(serves) == 1 and len(heads) == 1 and not re.search(rf"\b{re.escape(heads[0])} times\b", asked.text):
        return f"{amount} * {heads[0]} / {serves[0]}", 1.0
    times = re.search(r"\b(\d+(?:\.\d+)?) (?:times|batches|lots|loaves|cakes)\b", asked.text)
    factor = times[1] if times else next((value for pattern, value in FACTORS if pattern.search(asked.text)), "")
    if not factor and re.search(r"\bhalf\b", asked.text):
        return f"{amount} / 2", 1.0
    return (f"{factor} * {amount}", 1.0) if factor and len(asked.said) <= (1 if times else 0) else None


def _rate_named(asked: Asked, rates: Sequence[Printed]) -> Printed | None:
    """The one of several rates that the words name, or whose unit they count."""
    units = {one.unit for one in asked.said}
    fit = [one for one in rates if one.amount.per in units] or [
        one for one in rates if one.own(asked.printed) & asked_stems(asked.text)
    ]
    return fit[0] if len(fit) == 1 else None


def asked_stems(text: str) -> set[str]:
    """The stems of the words."""
    return {stem(word) for word in re.findall(r"[a-z'-]{3,}", text)}


def _less(asked: Asked) -> Proposal | None:
    if asked.said:
        terms = collapsed(asked.said, asked.text)
        if (
            len(terms) != 1
            or not asked.whole
            or terms[0].per
            or "*" in terms[0].value
            or terms[0].unit in (PEOPLE | {"week", "month", "day", "year", "hour"})
        ):
            return None
        told, whole = float(terms[0].value), float(asked.whole)
        if _CHANGE.search(asked.text) and told < whole:
            return None
        high, low = (terms[0].value, asked.whole) if told > whole else (asked.whole, terms[0].value)
        return f"{high} - {low}", NAMED
    pair = _pair(asked)
    if pair is None or not _COMPARES.search(_ADDED_UP.sub(" ", asked.text)):
        return None
    more, less = sorted((one.amount for one in pair), key=lambda one: float(one.value), reverse=True)
    spans = (
        {SPAN[more.per, one] for one in spans_asked(asked.text) if (more.per, one) in SPAN}
        if more.per == less.per
        else set()
    )
    sum_of = f"{more.value} - {less.value}"
    then, now = pair
    changed = _RISEN.search(asked.text) and _BEFORE.search(then.label) and _AFTER.search(now.label)
    return (f"({sum_of}) * {spans.pop()}" if len(spans) == 1 else sum_of), CERTAIN if changed else 1.0


def _pair(asked: Asked) -> Sequence[Printed] | None:
    """The two printed amounts that are compared: both that are named, else the only two of a kind."""
    money = [one for one in asked.printed if one.amount.money]
    stems = asked_stems(asked.text)
    called = [one for one in money if one.own(money) & stems]
    for some in (called, money, [one for one in asked.printed if one.amount.per and one.amount.money]):
        if len(some) == 2 and some[0].amount.value != some[1].amount.value:
            return some
    counts = [one for one in asked.printed if not one.amount.money]
    return counts if not money and len(counts) == 2 and counts[0].amount.unit == counts[1].amount.unit else None


def _plus(asked: Asked) -> Proposal | None:
    money = [one for one in asked.printed if one.amount.money and not one.sums_up]
    listed = len([one for one in money if one.own(money) & asked_stems(wanted(asked.text))]) > 1
    if (
        asked.said
        and not listed
        and not re.search(
            r"\b(?:first|last|top|bottom|these|those|the|them|all) \d\b|\b\d (?:charges|prices|amounts|fees|figures|items|of)\b",
            asked.text,
        )
    ):
        return None
    if not _ADDS.search(asked.text):
        return None
    if _ENDS.search(asked.text) and len(money) > 1:
        return f"{money[0].amount.value} + {money[-1].amount.value}", 1.0
    few = re.search(r"\b(?P<end>first|top|last|bottom) (?P<count>[2-9])\b", asked.text)
    if few and len(money) >= int(few["count"]):
        count = int(few["count"])
        some = money[:count] if few["end"] in ("first", "top") else money[-count:]
    elif len(called := [one for one in money if one.own(money) & asked_stems(wanted(asked.text))]) > 1:
        some = called
    elif asked.said:
        some = money if len(money) == int(float(asked.said[0].value)) else []
    else:
        some = (
            money
            if len(money) == 2 or re.search(r"\ball (?:of )?(?:these|them|those|the)\b|\beverything\b", asked.text)
            else []
        )
    return (" + ".join(one.amount.value for one in some), 1.0) if len(some) > 1 else None

"""Sums about rates that are told as a story: a price for each, so much a week, a recipe for more people, a tax put on.

Each reader gives a plain sum, or None, from words whose numbers are digits already (arithmetic_words.clean).
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Callable, Sequence

N = r"\d+(?:\.\d+)?"
_NUMBER = re.compile(rf"(?<![\d.]){N}(?![\d.]*\d)")
_RATE = re.compile(rf"\b(?P<rate>{N}) (?:[a-z]+ )?(?:an?|per|every|each|the) (?P<unit>[a-z]{{2,}})\b")
_GROUPS = {
    "twos": 2,
    "pairs": 2,
    "threes": 3,
    "fours": 4,
    "fives": 5,
    "sixes": 6,
    "sevens": 7,
    "eights": 8,
    "nines": 9,
    "tens": 10,
    "twelves": 12,
    "dozens": 12,
    "dozen": 12,
    "score": 20,
}


def numbers_in(words: str) -> list[str]:
    """Every number, as digits, in order."""
    return _NUMBER.findall(words)


def without(words: str, *spans: tuple[int, int]) -> str:
    """The words without what stands in the spans."""
    for start, end in sorted(spans, reverse=True):
        words = f"{words[:start]} {words[end:]}"
    return words


def _multiplied_heads(words: str) -> str | None:
    """ "12.50 a head for 8": a price for each, and how many pay it."""
    found = re.search(rf"\b({N})(?: [a-z]+)? (?:each|apiece|a head|per head|a person|per person|a ticket)\b", words)
    if not found:
        return None
    rest = without(words, found.span())
    numbers = numbers_in(rest)
    return f"{numbers[0]} * {found[1]}" if len(numbers) == 1 and "%" not in words else None


def _rate(words: str) -> str | None:
    """A rate and how many of its unit: "0.15 a minute and i was on for 40 minutes"; how long a stock lasts."""
    times = re.search(r"\b(\d+)(?: [a-z]+)? (\d+) times (?:a|per|each) (day|week)\b.*\b(\d+) \3s?\b", words)
    if times:
        return f"{times[1]} * {times[2]} * {times[4]}"
    for rate in _RATE.finditer(words):
        rest = without(words, rate.span())
        unit = re.sub(r"(?:es|s)$", "", rate["unit"])
        said = (
            r"(?:visit|time|trip|session|go|turn|lesson)"
            if unit in ("go", "time", "visit", "session", "trip")
            else re.escape(unit)
        )
        count = re.search(rf"\b({N}) (?:[a-z]+ )?{said}(?:e?s)?\b", rest)
        if count:
            return f"{rate['rate']} * {count[1]}"
        lasts = re.search(
            r"\b(?:last|lasts|run out|do me|keep me going|how many (?:days|weeks|months)|how long)\b", words
        )
        stock = numbers_in(rest)
        if lasts and len(stock) == 1 and unit in ("day", "week", "month", "time", "go", "night", "morning"):
            return f"{stock[0]} / {rate['rate']}"
        dozen = re.search(r"\b(?:for|in) (?:an? |the )?(?:whole )?(year|week|fortnight|day)\b", rest)
        many = {
            ("year", "month"): 12,
            ("year", "week"): 52,
            ("week", "day"): 7,
            ("fortnight", "day"): 14,
            ("day", "hour"): 24,
            ("year", "day"): 365,
        }
        if dozen and (dozen[1], unit) in many and not stock:
            return f"{rate['rate']} * {many[dozen[1], unit]}"
    return None


def _single(words: str) -> str | None:
    """What one costs: "6 for 3.30, how much is 1", "it's 4.50 for 3, so what's 1"."""
    asked = re.search(
        r"[\s,]*\b(?:how much|what)\b[a-z' ]*?\b(?:each|apiece|1|a single)(?: [a-z]+)?(?: (?:each|cost|then))*$", words
    )
    found = re.search(
        rf"\b({N})(?: (?!for\b|at\b)[a-z'-]+){{0,4}} (?:for|cost|costs|are|is|were|come to|came to|comes to) ({N})\b",
        words[: asked.start()] if asked else "",
    )
    if not found:
        return None
    paid = re.search(
        r"\b(?:paid|pays?|gave|cost) (?:me |us |them )?$",
        words[: found.start()],
    )
    priced = paid is not None and re.match(r" for \d", words[found.end(1) :]) is not None  # "it was 37 for 20"
    first = priced or ("." in found[1] and "." not in found[2])
    count, price = (found[2], found[1]) if first else (found[1], found[2])
    return f"{price} / {count}"


def _offer(words: str) -> str | None:
    """An offer, and more of it: "2 for 3 pounds, so how much for 8"."""
    found = re.search(
        rf"(?<![\d.])(\d+) for (?:an? )?({N})\b(?! (?:people|of us))[a-z ,']*\b(?:how much|what)\b[a-z ']*? (\d+)\b[a-z ]*$",
        words,
    )
    if not found or len(numbers_in(words)) != 3:
        return None
    paid_first = re.search(r"\b(?:paid|pay|spent|charged|cost)\b[a-z ]*$", words[: found.start()])
    price, count = (found[1], found[2]) if paid_first else (found[2], found[1])
    return f"{found[3]} * {price} / {count}"


def _of_one(words: str) -> str | None:
    """A price of one, and how many: "a stamp is 1.35, how much are 6"."""
    words = re.sub(r"\b1 (?=[a-z])", "a ", words)
    found = re.search(
        rf"\b(?:an?|the|1|each|every)? ?[a-z'-]+ (?:is|are|costs?|'s|at) ({N})(?: [a-z]+)?(?: each)?\b.*?\b(?:how much (?:are|is|for|would|will)|what(?:'s| is| are| about| would| do)?|i (?:want|need|got|bought|get|have)|for|if i (?:get|buy|want|need)|and)\b[a-z' ]{{0,20}}? (\d+)\b(?![.%])[a-z' ]*$",
        words,
    )
    if re.search(r"\b(?:gave|given|paid|short|owe|owing|spent|back|change|saved|left|grant|loan)\b", words):
        return None  # what is told second is money too
    return f"{found[2]} * {found[1]}" if found and len(numbers_in(words)) == 2 and "%" not in words else None


def _spread(words: str) -> str | None:
    """A sum for a long time, and what that is for a shorter one: "960 a year, so a month is"."""
    found = re.search(
        rf"\b({N})(?: [a-z]+)? (?:an?|per|every|each) (year|month|week|fortnight|day)\b.*\b(?:an?|per|each|every|1) (month|week|day|fortnight|hour|year)\b",
        words,
    )
    if not found or len(numbers_in(words)) != 1:
        return None
    parts = {("year", "month"): 12, ("year", "week"): 52, ("week", "day"): 7, ("fortnight", "day"): 14, ("fortnight", "week"): 2,
             ("month", "week"): 4, ("day", "hour"): 24, ("year", "day"): 365}  # fmt: skip
    count = parts.get((found[2], found[3]))
    if count is None:
        back = parts.get((found[3], found[2]))
        return f"{found[1]} * {back}" if back else None
    return f"{found[1]} / {count}"


_HELD = r"(?:(?:it|they|that|he|she|i|we) )?(?:is|are|am|pays?|gives?|gets?|earns?|costs?|charges?|makes?)(?: me| us)?"
_FOR_ONE = re.compile(  # "for 1 hour is 12.60", "every hour they pay 12.60"
    rf"\b(?:for|in) (?:an?|1|each|every|the) (?P<unit>[a-z]{{2,}}),? {_HELD} (?P<rate>{N})\b|\b(?:each|every|1|an?|per) (?P<unit2>[a-z]{{2,}}),? {_HELD} (?P<rate2>{N})\b"
)


def _for_one(words: str) -> str | None:
    """What is told for one of a unit, and how many there are: "i work 37.5 hours and for 1 hour is 12.60"."""
    found = _FOR_ONE.search(words)
    if found is None or "%" in words:
        return None
    rest = without(words, found.span())
    unit = re.escape(re.sub(r"(?:es|s)$", "", found["unit"] or found["unit2"]))
    count = re.search(rf"\b({N}) (?:[a-z]+ )?{unit}(?:e?s)?\b", rest)
    asked = re.search(r"\b(?:together|altogether|in all|in total|total|how much|what)\b", rest)
    return f"{count[1]} * {found['rate'] or found['rate2']}" if count and asked and len(numbers_in(rest)) == 1 else None


_TAX = r"(?:vat|tax|gst|interest|commission|duty|service charge|deposit|levy)"
_ONLY = re.compile(  # the tax and not what it makes
    rf"\bhow much is the {_TAX}\b|\b(?:how much|what)(?: is| does| would| will)? (?:that|it|this|the {_TAX}|{_TAX})\b[a-z ]*\b(?:alone|on its own|by itself|itself|only)\b|\b(?:just|only) the {_TAX}\b"
)


def _tax_alone(words: str) -> str | None:
    """The tax itself: "7.5 % vat on 240000, how much is that alone"; with what it is on where all of it is asked for."""
    found = re.search(rf"\b({N}) ?% (?:of )?{_TAX} (?:on|of|for|from) (?:an? |my |the )?({N})\b", words)
    if found is None or len(numbers_in(words)) != 2:
        return None
    whole = re.search(
        r"\b(?:plus|with|add\w*|including|includ\w*|in all|altogether|total|in total|come to|comes to|pay)\b", words
    )
    if whole and not _ONLY.search(words):
        return f"{found[2]} + {found[1]}%" if re.search(r"\bvat|tax|gst|levy|service", found[0]) else None
    return f"{found[1]}% of {found[2]}"


def _grouped(words: str) -> str | None:
    """ "How many sixes in 90", "how many dozen is 96"."""
    found = re.search(
        rf"\bhow many ({'|'.join(_GROUPS)})\b(?: (?:are|is))?(?: there)?(?: in| make| go into| does it take for)? ({N})\b",
        words,
    )
    return f"{found[2]} / {_GROUPS[found[1]]}" if found else None


def _with_tax(words: str) -> str | None:
    """An amount with so many percent put on: "plus VAT at 20 % on 50", "50 and 10 % service"."""
    percent = re.search(rf"({N}) ?%", words)
    rest = numbers_in(without(words, percent.span())) if percent else []
    added = re.search(
        r"\b(?:plus|with|and|add(?:ed|ing)?|put(?:ting)?|on top|extra|more|up by|gone up|went up|goes up|going up|rise|rises|increase[ds]?)\b",
        words,
    )
    if (
        not percent
        or len(rest) != 1
        or not added
        or re.search(r"\b(?:tip|gratuity|off|less|discount|what (?:%|percent))\b", words)
    ):
        return None
    only = _ONLY.search(words) or re.search(r"\bhow much is the (?:service|increase|rise)\b", words)
    return f"{percent[1]}% of {rest[0]}" if only else f"{rest[0]} + {percent[1]}%"


def _scaled(words: str) -> str | None:
    """A recipe for some, made for others: 250 grams for 4, cooking for 6."""
    heads = list(
        re.finditer(
            r"\b(?:for|serves|feeds|makes|feed|serving|feeding) (\d+)\b(?: (?:people|of us|persons|guests|portions|servings))?(?! ?(?:minutes|hours|pounds|grams|g\b|ml|pence|%))|\b(\d+) (?:people|guests|portions|servings|of us)\b",
            words,
        )
    )
    if len(heads) != 2:
        return None
    amounts = numbers_in(without(words, *[one.span() for one in heads]))
    first, second = (one[1] or one[2] for one in heads)
    return f"{amounts[0]} * {second} / {first}" if len(amounts) == 1 else None


READERS: Sequence[Callable[[str], str | None]] = (
    _rate,
    _spread,
    _single,
    _of_one,
    _for_one,
    _multiplied_heads,
    _with_tax,
)
FIRST: Sequence[Callable[[str], str | None]] = (
    _tax_alone,
    _grouped,
    _offer,
    _scaled,
)  # their numbers would be taken for other roles

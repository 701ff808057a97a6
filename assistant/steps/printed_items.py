"""Sums on what print lists: the items that the words name, what is missing to a total, a share of it, how long a box lasts.

Each is worked out only where print and words leave one reading; else "" is returned, and the other rules go on or ask.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.phrases.arithmetic_words import clean
from assistant.phrases.number_words import to_digits
from assistant.steps.labelled import stem

_AMOUNT = re.compile(r"(?<![\d:])\d[\d,]*\.\d{2}(?!\d| ?(?:kg|g|ml|l)\b)")
_SUMS = re.compile(r"\b(?:sub ?-?totals?|totals?|balance|amount|to pay|cash|card|change|paid|visa)\b", re.I)
_MANY = re.compile(r"^\s*(?:[2-9]|\d\d)\s*(?:[x\u00d7]\s*)?(?=[A-Za-z])")
_NO_NAME = frozenset(
    ["the", "and", "for", "with", "per", "set", "box", "bag", "each", "used", "item", "charge", "price"]
)
_ALL_OF = re.compile(r"\b(?:the|them|those|these|all|just) (?:two|three|2|3)(?: of (?:them|those|these))?\b|\bboth(?: of (?:them|those|these))?\b", re.I)  # fmt: skip
_NOT_SUM = re.compile(r"%|\b(?:percent|per cent|split|shared?|between us|each|tip|half|third|quarter|without|minus|less|except|not counting|leaving out|apart from|take|taking|leave|leaving|drop|skip|knock|lose|cancel|return|send back|times|every|a week|a month|a year)\b", re.I)  # fmt: skip
_COMPARED = re.compile(r"\b(?:difference|dearer|cheaper|(?:more|less) (?:is|are|was|were|does|do|did|expensive|for)\b.*\bthan)\b", re.I)  # fmt: skip


@dataclass(frozen=True)
class Item:
    """A printed line with one price: the stems of its name, the amount as digits, and whether it is the price of several."""

    names: frozenset[str]
    amount: str
    several: bool


def items_of(passages: Sequence[str]) -> list[Item]:
    """The priced lines of a bill, without those that sum up."""
    found = []
    for passage in passages:
        amounts = _AMOUNT.findall(passage)
        name = _AMOUNT.split(passage)[0]
        words = frozenset(stem(word) for word in re.findall(r"[a-z'-]{3,}", name.lower()))
        if len(amounts) == 1 and words and not _SUMS.search(name):
            found.append(Item(words, amounts[0].replace(",", ""), _MANY.match(passage) is not None))
    return found


def named_items(text: str, passages: Sequence[str]) -> list[Item]:
    """The items that the words name, each by a word that no other item has, or by all of its words."""
    items = items_of(passages)
    said = {stem(word) for word in re.findall(r"[a-z'-]{3,}", text.lower())}
    found = []
    for item in items:
        others = frozenset().union(*(other.names for other in items if other is not item))
        own = {name for name in item.names - others if name not in _NO_NAME}
        if own & said or (item.names - _NO_NAME and item.names <= said):
            found.append(item)
    return found


def named_sum(text: str, request: str, passages: Sequence[str]) -> str:
    """What several named items come to, or by how much they differ: "labour and parts together" -> "270.00 plus 82.50"."""
    whole = _ALL_OF.search(text)
    items = named_items(text, passages)
    if len(items) < 2 and whole:
        items = named_items(request, passages)
    rest = clean(_ALL_OF.sub(" ", text))
    if len(items) < 2 or any(item.several for item in items):
        return ""
    if _COMPARED.search(text) and len(items) == 2:
        high, low = sorted((item.amount for item in items), key=float, reverse=True)
        return f"{high} minus {low}"
    if _NOT_SUM.search(rest) or re.search(r"\d", rest):
        return ""
    return " plus ".join(item.amount for item in items)


_SHORT = re.compile(r"\b(?:(?:how|what) (?:much )?(?:am i|will i be|would i be|are we|i am|i'm) (?:\w+ )?(?:short|shy|missing)|(?:how much|what) more (?:do|will|would|must|should) (?:i|we) (?:need|have to|want)|how much (?:do|have) (?:i|we) (?:still|yet) (?:need|have|got)?|(?:left|still|need|have) to (?:find|make up|come up with|scrape)|how (?:much )?short|make up the difference|still (?:short|need|owe|want))\b", re.I)  # fmt: skip
_SPARE = re.compile(r"\b(?:left over|have over|to spare|have left|be left|over after|spare)\b", re.I)
_PUT_BY = re.compile(r"\b(?:i|we)(?:'ve|'d| have| had)?(?: only| just)?(?: got)? (?:£ ?)?(?P<much>\d+(?:\.\d+)?)\b(?! ?(?:%|percent|people|kids|of us|days|weeks|months|minutes))|\b(?:with|out of|from) (?:my |the |a )?(?:£ ?)?(?P<other>\d+(?:\.\d+)?)\b(?! ?(?:%|percent))", re.I)  # fmt: skip


def against_total(text: str, request: str, whole: str) -> str:
    """What is missing to the total, or left of what is put by: "i've ninety put by, how much am i short"."""
    missing, spare = _SHORT.search(text), _SPARE.search(text)
    if not whole or not (missing or spare):
        return ""
    for words in (clean(text), clean(request)):
        numbers = re.findall(r"\d+(?:\.\d+)?", words)
        if len(numbers) == 1 and (had := _PUT_BY.search(words)):
            much = had["much"] or had["other"]
            return f"{whole} minus {much}" if missing else f"{much} minus {whole}"
        if numbers:
            return ""
    return ""


_PART = re.compile(
    r"^(?:(?:and|so|then|tell me|say) )*(?:what(?:'s| is| would| will| does)? )?(?:my |a |one |the )?(?P<part>half|third|quarter|fifth|tenth)(?: (?:share|part))?(?: (?:of )?(?:it|that|this|the (?:total|bill|lot|amount)))?(?: (?:is|be|are|comes? to|would be|will be|would come to|then|each|now|alone))*$",
    re.I,
)
_SHARE = re.compile(r"\b(?:my (?:share|part|bit|whack|end)|(?:we|they) each (?:owe|pay|put in|have to pay)|each of us|a head|per head|apiece|owe each|pay each)\b", re.I)  # fmt: skip
_SHARERS = re.compile(r"\b(\d{1,2}) of (?:us|them)\b|\b(?:between|among|amongst) (?:the )?(\d{1,2})\b|\b(\d{1,2}) (?:people|ways|flatmates|housemates|lodgers|sharing|in the house|at the table)\b", re.I)  # fmt: skip


def part_of_total(text: str, whole: str) -> str:
    """ "My third", "what half of it is"."""
    part = _PART.match(text.strip(" ?.!,")) if whole else None
    return f"{'' if part['part'].lower() == 'half' else 'a '}{part['part'].lower()} of {whole}" if part else ""


def share_of_total(text: str, request: str, whole: str) -> str:
    """A named part of the total, or the share of one where the request says how many there are."""
    if not whole:
        return ""
    if part := part_of_total(text, whole):
        return part
    if not _SHARE.search(text) or re.search(r"\d|%", clean(text)):
        return ""
    counts = {next(filter(None, match.groups())) for match in _SHARERS.finditer(clean(request))}
    return f"split {whole} between {counts.pop()}" if len(counts) == 1 else ""


_LASTS = re.compile(r"\b(?:how (?:long|many (?:days|weeks)(?:'s?)?)|(?:when|until when)\b.*\brun out)\b.*\b(?:do me|do us|last|keep me going|worth|supply|get (?:me )?(?:out of|from)|see me|run out|is (?:this|that|it) (?:for|good for)|in (?:this|the|a) (?:box|packet|pack|bottle|strip))\b", re.I)  # fmt: skip
_STOCK = re.compile(r"^(?:contains |contents:? )?(?P<count>\d{1,4})(?: x)? (?:[a-z-]+ ){0,2}?(?P<what>tablets?|capsules?|caplets?|pills?|sachets?|patches|lozenges|pastilles|doses|pads)\b", re.I)  # fmt: skip
_COUNT = r"(?P<count>\d{1,2})"
_DOSE = re.compile(
    rf"^(?:(?:please )?(?:take|use|swallow|chew|apply|suck) )?{_COUNT}(?: (?P<what>[a-z]+))?(?: (?:to be taken|by mouth|with (?:food|water|a meal|meals)))*,? (?P<often>once|twice|thrice|\d times|three times) (?:a|per|each|every) day(?: (?:with|after|before) (?:food|meals?|water))?[ .]*$"
    rf"|^(?:(?:please )?(?:take|use|swallow|chew|apply|suck) )?(?P<count2>\d{{1,2}})(?: (?P<what2>[a-z]+))?(?: (?:to be taken|by mouth))?,? (?:a day|daily|each day|every day|(?:each|every|in the|at) (?:morning|evening|night|bedtime|noon)|at (?:night|bedtime))(?: (?:with|after|before) (?:food|meals?|water|breakfast))?[ .]*$",
    re.I,
)
_RATES = re.compile(r"\b(?:daily|(?:a|per|each|every) (?:day|week|hour|\d)|times|morning|night|bedtime|hours|as needed|needed|required)\b", re.I)  # fmt: skip


def supply(text: str, passages: Sequence[str]) -> str:
    """How many days a box lasts by its own label: 28 capsules, one twice a day -> "28 divided by 2".

    Only where one line gives the count, one line the dose, and nothing else on it speaks of how often.
    """
    asked = _LASTS.search(text)
    if not asked or re.search(r"\d", clean(text)):
        return ""
    stock = [found for one in passages if (found := _STOCK.match(one.strip()))]
    rates = [one for one in passages if _RATES.search(one)]
    dose = _DOSE.match(" ".join(to_digits(rates[0].lower()).split())) if len(rates) == 1 else None
    if len(stock) != 1 or dose is None:
        return ""
    what = dose["what"] or dose["what2"] or ""
    if what and stem(what) != stem(stock[0]["what"]):
        return ""
    often = dose["often"] or "once"
    times = {"once": 1, "twice": 2, "thrice": 3, "three times": 3}.get(often) or int(often.split()[0])
    daily = times * int(dose["count"] or dose["count2"])
    weeks = re.search(r"\bhow many weeks\b", text, re.I)
    return f"{stock[0]['count']} divided by {daily}{' divided by 7' if weeks else ''}" if daily else ""


_N = r"\d+(?:\.\d+)?"
_NUMBERS = re.compile(rf"(?<![\d.]){_N}(?![\d.]*\d)")
_AT_RATE = re.compile(rf"\b(?P<rate>{_N}) (?:of (?:them|these|those) |(?!percent\b)[a-z]+ )?(?:(?:a|per|each|every) (?P<unit>day|night|morning|evening|week)|(?P<daily>daily|nightly|weekly))\b", re.I)  # fmt: skip
_FOR_HOW_LONG = re.compile(r"\b(?:how long|how many (?:days|weeks|nights)|run(?:s|ning)? out|when (?:will|do|am) i (?:need|be out|out)|lasts?|do me|keep me going|how soon)\b", re.I)  # fmt: skip
_YES_NO = re.compile(r"^(?:and |so )*(?:will|is|are|does|do|would|have)\b.*\b(?:a|one|the) (?:week|month|fortnight|year)\b|\benough\b", re.I)  # fmt: skip
_TAKEN = re.compile(r"\b(?:take|takes|taken|use|apply|chew|swallow|times|daily|a day|per day|every|each|mg|dose|maximum|more than)\b", re.I)  # fmt: skip
_THINGS = r"(?:tablets?|capsules?|caplets?|pills?|sachets?|patches|lozenges|pastilles|doses|pads|pouches|tins|bags|teabags|wipes|nappies|rolls|eggs|pieces|biscuits|bars|sticks|pods|strips|lancets|needles|pens|vials|ampoules|portions|servings|meals)"
_COUNTED = re.compile(rf"\b(?:box|packs?|packet|bottle|tub|bag|tin|strip|contains|contents:?|quantity:?|qty:?) (?:of )?(?P<of>\d{{1,4}})\b(?! ?(?:mg|mcg|g|ml|kg|l|%)\b)|\b(?P<count>\d{{1,4}})(?: x)? (?:[a-z-]+ ){{0,2}}?{_THINGS}\b", re.I)  # fmt: skip
_OFTEN = re.compile(
    r"\b(?:once|twice|thrice|times|half|every other|alternate)\b"
)  # a wrong count of medicine does harm


def lasting(text: str, lines: Sequence[str]) -> str:
    """How long a counted stock lasts at a rate that the words tell: "at three a day how many days is that" -> "84 divided by 3".

    Args:
        lines: what was read or told; it has to give one count of things, beside the doses that it tells.
    """
    plain = clean(text)
    rate = _AT_RATE.search(plain) if not _OFTEN.search(plain) else None
    if rate is None or not _FOR_HOW_LONG.search(plain) or _YES_NO.search(plain) or len(_NUMBERS.findall(plain)) != 1:
        return ""
    counts = {
        match["of"] or match["count"] for one in lines if not _TAKEN.search(one) for match in _COUNTED.finditer(one)
    }
    if len(counts) != 1:
        return ""
    weekly = "week" in (rate["unit"], (rate["daily"] or "")[:4])
    weeks = re.search(r"\bhow many weeks\b", plain) and not weekly
    return f"{counts.pop()} divided by {rate['rate']}{' divided by 7' if weeks else ''}"

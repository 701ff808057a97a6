"""Sums on an amount that was told a moment ago: "what's that over a year", "with vat on", "divide it into four payments".

The amount is the only one of what was said last. Where it is not plain which is meant, or by how much it is to be multiplied,
nothing is worked out: a wrong sum that is told surely does more harm than a question.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Mapping

from assistant.phrases.number_words import to_digits
from assistant.phrases.told_amounts import plainly, spread
from assistant.steps.slots import Filled, Material, Missing
from assistant.steps.slots_earlier import amount_of

_THAT = re.compile(r"\b(?:that|it|this|the (?:result|answer|amount|lot|quote|figure|price|rent|cost|deposit|bill|total))\b", re.I)  # fmt: skip
_N = r"\d[\d,]*(?:\.\d+)?"
_PARTS = r"(?:(?:equal|even|separate|monthly|weekly) )*(?:payments?|instal?ments?|ways|parts|shares|portions|pieces|people|of us|persons|friends|months|weeks|goes|lots|households|flats|families|kids|children|sisters|brothers)"
_SPLIT = re.compile(rf"\b(?:split|shar\w*|divid\w*|spread\w*|pay(?:ing)?|break\w*)\b.*?\b(?:(?:up )?(?:in|into|over|by|between|among|amongst|across) (?:the |all )?)?(?P<ways>{_N}) {_PARTS}\b|\b(?:split|shar\w*|divid\w*)\b.*?\b(?:by|between|among|amongst) (?:the |all )?(?P<by>{_N})\b(?! ?%)", re.I)  # fmt: skip
_PERCENT = re.compile(rf"\b(?P<pre>with|plus|adding|including|add|and|after|less|minus|take|taking|knock|knocking) (?P<n>{_N}) ?(?:%|percent|per cent)(?P<rest>(?: [a-z]+){{0,4}})", re.I)  # fmt: skip
TIMES: Mapping[tuple[str, str], str] = {  # (told for one, asked for one) -> what is done with it
    ("month", "year"): "times 12", ("week", "year"): "times 52", ("fortnight", "year"): "times 26", ("quarter", "year"): "times 4",
    ("day", "week"): "times 7", ("day", "year"): "times 365", ("day", "fortnight"): "times 14", ("week", "fortnight"): "times 2",
    ("month", "quarter"): "times 3", ("year", "month"): "divided by 12", ("year", "week"): "divided by 52", ("week", "day"): "divided by 7",
    ("quarter", "month"): "divided by 3", ("year", "quarter"): "divided by 4",
}  # fmt: skip
_UNITS = {"daily": "day", "weekly": "week", "fortnightly": "fortnight", "monthly": "month", "quarterly": "quarter", "yearly": "year", "annually": "year",
          "annual": "year", "annum": "year", "pcm": "month", "pw": "week", "pa": "year", "nightly": "day", "night": "day"}  # fmt: skip
_UNIT = r"day|night|week|fortnight|month|quarter|year|annum"
TOLD_FOR = re.compile(rf"\b(?:an?|per|each|every|of (?:each|the|every)) (?:calendar )?(?P<one>{_UNIT})\b|\b(?P<adverb>daily|nightly|weekly|fortnightly|monthly|quarterly|yearly|annual(?:ly)?|pcm|pw|pa)\b", re.I)  # fmt: skip
ASKED_FOR = re.compile(rf"\b(?:over|in|for|across|per|each|every|by|a|an) (?:(?:a|an|the|one|1|each|every) )?(?:whole |full |calendar )?(?P<one>{_UNIT})\b|\b(?P<adverb>daily|weekly|fortnightly|monthly|quarterly|yearly|annually|per annum|pa|pcm)\b", re.I)  # fmt: skip
_ASKED_MANY = re.compile(rf"\b(?:over|in|for|across|after) (?:the next )?(?P<count>{_N}) (?P<many>{_UNIT})s\b", re.I)
_EACH_ONE = re.compile(r"\b(?:per|each|a|every) (?:child|person|head|adult|ticket|kid|seat|night|passenger|pupil|guest|player|tin|bag|box|bottle|pack|metre|roll|plant|visit|session|lesson|class|one)\b|\bapiece\b|\beach[.!]?$", re.I)  # fmt: skip
_FOR_MANY = re.compile(rf"\b(?:for|if there(?:'s| are| were)|with|buy|want|need) (?:the |both |all )*(?P<count>{_N})(?: (?:of (?:us|them|those|these)|[a-z]+))?[ ?.!]*$", re.I)  # fmt: skip
_SOME = re.compile(rf"\b(?P<count>{_N})(?: more)? (?:lots )?of (?:those|these|them|that)\b", re.I)
_MANY_NAMED = re.compile(rf"\b(?P<count>{_N}) (?P<what>[a-z]{{3,}})\b(?! (?:percent|per cent))", re.I)
UNPLAIN = "Which numbers should I work with? Say the whole sum."


def on_told(words: str, material: Material) -> Filled | None:
    """The sum on what was told last, or a question where it leans on that and is not plain; None where it does not lean on it."""
    text = " ".join(to_digits(words, ordinals=False).split()).strip(" ?.!,")
    value, passage = amount_of(material.earlier)
    if not value or not (
        _THAT.search(text)
        or ASKED_FOR.search(text)
        or _FOR_MANY.search(text)
        or _SOME.search(text)
        or _MANY_NAMED.search(text)
    ):
        return None
    if parted := spread(plainly(words), value, {unit_of(match) for match in TOLD_FOR.finditer(passage)}):
        return {"expression": parted}
    if _ASKED_MANY.search(text) and not _SPLIT.search(text) and (_THAT.search(text) or TOLD_FOR.search(passage)):
        return _over(text, value, passage)
    if expression := _split(text, value) or _with_percent(text, value) or _for_many(text, value, passage):
        return {"expression": expression}
    if some := _SOME.search(text):
        several = re.match(
            r"(?:[2-9]|\d\d)\b ?(?:x\b|\u00d7)? ?[a-z]", passage, re.I
        )  # "2 x soup 11.00" is the price of two
        return Missing(UNPLAIN, "expression") if several else {"expression": f"{some['count']} times {value}"}
    return _over(text, value, passage) if not re.search(r"\d", text) and ASKED_FOR.search(text) else None


def _split(text: str, value: str) -> str:
    found = _SPLIT.search(text)
    numbers = {number.replace(",", "") for number in re.findall(_N, text)}
    ways = (found["ways"] or found["by"]).replace(",", "") if found else ""
    return f"{value} divided by {ways}" if ways and numbers == {ways} else ""


def _with_percent(text: str, value: str) -> str:
    found = _PERCENT.search(text)
    if found is None or len(re.findall(_N, text)) != 1 or re.search(r"\btip\b", text, re.I):
        return ""
    less = re.search(r"\b(?:off|discount|less|reduction|down|taken off|knocked off)\b", found["rest"], re.I)
    more = re.search(r"\b(?:vat|tax|service|interest|on|on top|added|extra|more|to|up)\b", found["rest"], re.I)
    taken = found["pre"].lower() in ("less", "minus", "take", "taking", "knock", "knocking")
    if less or (taken and not more):
        return f"{value} minus {found['n']} percent"
    adds = found["pre"].lower() in ("plus", "adding", "add") or more
    return f"{value} plus {found['n']} percent" if adds and not taken else ""


def _for_many(text: str, value: str, passage: str) -> str:
    found = _FOR_MANY.search(text)
    named = _MANY_NAMED.search(text)
    if named and len(re.findall(_N, text)) == 1 and not _SPLIT.search(text):  # "55 an hour", "3 hours"
        one = re.sub(r"(?<=[^s])s$", "", named["what"].lower())
        if re.search(rf"\b(?:an?|per|each|every) {re.escape(one)}\b|\b{re.escape(one)}ly\b", passage, re.I):
            return f"{named['count']} times {value}"
    each = _EACH_ONE.search(passage) and len(re.findall(_N, text)) == 1
    return f"{found['count']} times {value}" if found and each and not _SPLIT.search(text) else ""


def _over(text: str, value: str, passage: str) -> Filled:
    told = {unit_of(match) for match in TOLD_FOR.finditer(passage)}
    many, asked = _ASKED_MANY.search(text), ASKED_FOR.search(text)
    if len(told) != 1:
        return Missing(f"How often is it {value}? Say the whole sum, such as: 12 times {value}.", "expression")
    each = told.pop()
    if many and len(re.findall(_N, text)) == 1:
        if many["many"].lower() == each:
            return {"expression": f"{value} times {many['count']}"}
        rate = TIMES.get((each, many["many"].lower()), "")
        return {"expression": f"{value} {rate} times {many['count']}"} if rate.startswith("times") else Missing(UNPLAIN, "expression")  # fmt: skip
    wanted = unit_of(asked) if asked else ""
    rate = TIMES.get((each, wanted), "")
    return {"expression": f"{value} {rate}"} if rate else Missing(UNPLAIN, "expression")


def unit_of(match: re.Match[str]) -> str:
    """The unit of time that TOLD_FOR or ASKED_FOR found."""
    said = (match["one"] or match["adverb"]).lower()
    return _UNITS.get(said.replace("per ", ""), said)


_OF_LAST = re.compile(r"\b(?:half|halve|double|treble|triple|root|squared?|cubed|total|bill)\b", re.I)


def is_on_nothing(text: str, material: Material) -> bool:
    """Whether nothing was read, told or worked out that a sum without numbers of its own may be on."""
    before = material.document or material.last_value or material.quote or material.last_text or material.earlier
    return not before and _OF_LAST.search(text) is None

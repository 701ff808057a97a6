"""Questions about print that sound like something else: "what do the soup and the tart come to" is a sum, "what time's pick up" is printed."""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.phrases.arithmetic_words import clean
from assistant.phrases.time_zones import find_named
from assistant.phrases.told_amounts import amounts_in, plainly
from assistant.phrases.told_checks import is_dosage
from assistant.phrases.told_reading import proposals, without_ones
from assistant.steps.clause import Clause
from assistant.steps.planning import Intent
from assistant.steps.printed_asides import asks_conversion
from assistant.steps.printed_lines import apart
from assistant.steps.printed_sums import asked_sum
from assistant.steps.printed_times import PUT_IN
from assistant.steps.slots import Material
from assistant.steps.slots_units import UNIT, names_system, quantity_and_unit, quantity_for, same_kind, same_unit
from assistant.steps.sum_reading import SURE, printed_sum, told_sum

_TIME_OF = re.compile(  # of something, not of the day
    r"\b(?:what|which) time(?:'s|s| is| was| are| does| do| did| will| should| must)? (?!now\b|in\b|over\b|here\b|there\b|is it\b|do you\b|zone\b|you (?:have|got|make)\b|(?:have|ha'e) you\b|have we(?: got)?(?: now| there)?$|(?:are )?we (?:at|on)\b|it(?:'s| is)?\b(?! (?:starts?|begins?|opens?|closes?|ends?|finish|leaves?|goes|go|departs?|arrives?|due|on\b)))[a-z]",
    re.I,
)

_ADDS_UP = re.compile(r"^(?:(?:please|can you|could you|and|then|so|just) )*(?:(?:add|tot|total) up|add together) (?:the |my |both )?[a-z]", re.I)  # fmt: skip
_WHERE_ON = re.compile(  # where it stands on the sheet, not what it says
    r"\b(?:where(?:abouts)?|which (?:part|side|corner|end|half|bit)) (?:(?:roughly|exactly|about) )?(?:on|of|in) (?:it|this|here|(?:the|this|that) (?:sheet|page|paper|letter|bill|form|card|picture|photo|label|packet|slip|receipt))\b(?! says?\b)"
    r"(?:,? (?:is|are|does|do|would|can) )?.*\b(?:is|are|it|stands?|sits?|written|printed|find|are)\b",
    re.I,
)
_LOOKS = ("look_closer", "find_in_picture", "describe_picture")


def of_print(intent: Intent, shows_picture: bool, answered: bool = False) -> Intent:
    """The step as the picture at hand makes it plain: a time asked for of something in it is a question about print; where
    a thing stands, asked before anything was answered, is a search of it.
    """
    words = intent.clause.words
    if intent.label == "where_that" and shows_picture and not answered:
        return replace(intent, label="find_in_picture")
    if intent.label == "ask_text" and shows_picture and _WHERE_ON.search(words):
        return replace(intent, label="find_in_picture")
    if (
        intent.label in (*_LOOKS, "list_reminders", "ask_text", "add_document")
        and shows_picture
        and PUT_IN.search(words)
    ):
        return replace(intent, label="set_reminder")
    if intent.label in _LOOKS and shows_picture and _ADDS_UP.search(words):
        return replace(intent, label="calculate")
    if shows_picture and _of_prices(intent):
        return replace(intent, label="ask_text", others=(_FOR_SUM, *intent.others))
    if shows_picture and (_lacks_print(intent) or (intent.label in _LOOKS and _of_amounts(words))):
        return replace(intent, label="ask_text", others=(_FOR_SUM, *intent.others))
    printed = intent.label == "tell_time" and shows_picture and _TIME_OF.search(words) and not find_named(words)
    return replace(intent, label="ask_text") if printed else intent


_FOR_SUM = ("calculate", 1.0)  # the step is read for, and is a sum after that
_COMPLETE = re.compile(
    r"%|\b(?:percent|per cent|half|double|treble|triple|squared?|cubed|root|factorial|twice|third of|quarter of)\b",
    re.I,
)
_OF_AMOUNTS = re.compile(
    r"\b(?:remains?|left|owe|owing|change|still to pay|more to pay|altogether|come to|comes to)\b", re.I
)


_PRICES = re.compile(r"\b(?:price|cost|bill|total|amount|figure|rent|rate|premium|charge|fee)s?\b", re.I)


def _of_prices(intent: Intent) -> bool:
    """Whether prices are compared, not pictures, or a conversion is into what is measured otherwise, which print has to tell:
    "how many litres for thirty six square metres".
    """
    words = intent.clause.words
    if intent.label == "compare_pictures":
        return (
            _PRICES.search(words) is not None
            and re.search(r"\b(?:differen\w*|more|less|dearer|cheaper|up)\b", words, re.I) is not None
        )
    plain = quantity_and_unit(words) if intent.label == "convert_units" else None
    return plain is not None and not same_kind(plain[0], plain[1])


def _lacks_print(intent: Intent) -> bool:
    """Whether a sum has too few amounts of its own, so that the rest must be printed: "four chairs for the price there"."""
    text = plainly(intent.clause.words)
    few = len(without_ones(amounts_in(text), text)) < 2
    return intent.label == "calculate" and few and not _COMPLETE.search(text) and re.search(r"\d", text) is not None


def _of_amounts(words: str) -> bool:
    text = plainly(words)
    return bool(without_ones(amounts_in(text), text)) and _OF_AMOUNTS.search(words) is not None


def as_sum(intent: Intent, request: str, material: Material) -> Intent:
    """The step, with the label of a sum where print and words leave no doubt that it is one."""
    passages = material.document.passages if material.document else ()
    if intent.others[:1] == (_FOR_SUM,):
        return replace(intent, label="calculate")
    if intent.label == "convert_units":
        return replace(intent, label="calculate") if _only_told(intent.clause.words, material) else intent
    asked = intent.label == "ask_text" and asks_conversion(intent.clause.words, passages)
    if asked or _converts(intent, material):
        return replace(intent, label="convert_units")
    if intent.label != "ask_text":  # "take the empty off the full" sounds like much else, but both are printed
        return replace(intent, label="calculate") if apart(intent.clause.words, passages) else intent
    if asked_sum(intent.clause.words, request, passages):
        return replace(intent, label="calculate")
    reckoned = any(one.step == "calculate" and one.now for one in material.earlier)
    sums = not reckoned and printed_sum(intent.clause.words, material, least=SURE)
    return replace(intent, label="calculate") if sums else intent


_IN_UNIT = re.compile(rf"\b(?:in|into|as) (?P<unit>{UNIT})(?![\w'])", re.I)


def _converts(intent: Intent, material: Material) -> bool:
    """Whether a conversion was taken for a sum ("minus twelve outside, what is that in American"), or for a question about
    print that gives it in another unit ("what weight is this in grams" of 24 oz)."""
    words = intent.clause.words
    if intent.label == "calculate":
        return names_system(words) and quantity_and_unit(words) is not None
    unit = _IN_UNIT.search(words) if intent.label == "ask_text" and material.document is not None else None
    return unit is not None and bool(quantity_for(material.document.text if material.document else "", unit["unit"]))


def _only_told(words: str, material: Material) -> bool:
    """Whether a conversion into nothing is a sum: "it says 225 grams and i'm making two and a half times the amount"."""
    text = plainly(words)
    if _into_same(words):
        return bool(told_sum(words, material))
    if not re.search(r"\btimes (?:the|that|this|as)\b|\b(?:double|doubling|half|triple|treble|twice)\b", text):
        return False
    return quantity_and_unit(words) is None and len(amounts_in(text)) > 1 and bool(told_sum(words, material))


def _into_same(words: str) -> bool:
    """Whether what is told is wanted in the unit that it has: "a 2.4 metre plank cut into six, how long is one in metres"."""
    plain = quantity_and_unit(words)
    many = len(amounts_in(plainly(words))) > 1
    return many and plain is not None and same_unit(re.sub(r"^[\d.,/ ]+", "", plain[0]), plain[1])


_ASKS = re.compile(
    r"\b(?:what|how|which|work (?:it |this |that )?out|calculate|add|total|split|divide|share|plus|minus|times|multiply|percent|per cent|take|sum|convert|tell|give|each|between|half of)\b|[%+*/=]",
    re.I,
)
_QUESTION = re.compile(r"\b(?:what|how (?:much|many|long)|altogether|together|in all)\b", re.I)


_TOLD_ON = ("calculate", "tell_date", "tell_time", "convert_units", "ask_text")
_COUNTS = re.compile(r"\bhow (?:many|long|much)\b", re.I)


def _asked_of(before: Intent, intent: Intent) -> bool:
    """Whether a step only asks about the amounts that were told before it: "i put by 40 a week, it's 960. | how many weeks"."""
    if before.label != "calculate" or intent.label not in _TOLD_ON or _QUESTION.search(before.clause.words):
        return False
    if not _COUNTS.search(intent.clause.words) or not amounts_in(plainly(before.clause.words)):
        return False
    text = plainly(f"{before.clause.words}, {intent.clause.words}")
    made = proposals(text, without_ones(amounts_in(text), text)) if not is_dosage(text) or "a day" in text else {}
    return any(made[name][1] == 1.0 for name in ("share", "times") if name in made)


def _only_names(before: Intent) -> bool:
    """Whether a step only names what the next sum is on: "pack price on the front, | how much is that for each"."""
    words = before.clause.words
    asks = _ASKS.search(words) or _QUESTION.search(words)
    return before.label == "calculate" and not asks and not amounts_in(plainly(words))


def _told_after(before: Intent, intent: Intent) -> bool:
    """Whether a step only tells the amount that the sum before it needs: "what's that a bale, | there's six bales on it"."""
    if (
        before.label not in ("calculate", "ask_text")
        or intent.label != "calculate"
        or _ASKS.search(intent.clause.words)
    ):
        return False
    asked, told = (amounts_in(plainly(one.clause.words)) for one in (before, intent))
    asks = _ASKS.search(before.clause.words) or _QUESTION.search(before.clause.words)
    return bool(asks) and len(told) == 1 and not [one for one in asked if one.value != "1"]


_WORK_OUT = re.compile(
    r"(?:(?:and|so|then|please|just|can you|could you) )*(?:(?:multiply|work|figure|reckon|add|tot|total|sum|divide) (?:it|that|them|this|those|the lot)(?: all)?(?: (?:out|up|together))?|do the sum|what(?:'s| is|s) (?:it|that|the lot)(?: come to| all together| altogether)?)(?: (?:for me|please))*",
    re.I,
)
_RATE_TOLD = ("day", "week", "night", "month")


def _worked_out(before: Intent, intent: Intent) -> bool:
    """Whether a step only says that what was told before it is to be worked out: "four visits, a stay each. | multiply it
    out", "i use 3.65 a day, it's on the slip. | how many days have i got".
    """
    words = before.clause.words
    told = amounts_in(plainly(words))
    if (
        not told
        or before.label not in ("calculate", "ask_text")
        or re.search(r"\bhow (?:many|much|long)\b|\?", words, re.I)
    ):
        return False
    if intent.label == "calculate" and not re.search(r"[+*/]|\b(?:what|plus|times|minus|add|divid\w+)\b", words, re.I):
        return _WORK_OUT.fullmatch(intent.clause.plain) is not None
    per = {one.per for one in told} & set(_RATE_TOLD)
    asked = re.search(r"\bhow (?:many (?P<unit>day|week|night|month)s|long)\b", intent.clause.words, re.I)
    timed = before.label == "calculate" and intent.label == "tell_date" and asked is not None
    return timed and len(per) == 1 and asked is not None and asked["unit"] in (None, *per)


def with_told(intents: Sequence[Intent]) -> tuple[Intent, ...]:
    """The steps, amounts that are only told as a part of the sum that comes next: "i work 30 hours, | an hour is 12, how much"."""
    found: list[Intent] = []
    for intent in intents:
        before = found[-1] if found else None
        told = (
            before is not None
            and before.label == intent.label == "calculate"
            and not _ASKS.search(before.clause.words)
            and len(re.findall(r"\d+(?:\.\d+)?", clean(before.clause.words))) == 1
            and _QUESTION.search(intent.clause.words)
            and re.search(r"\d", clean(intent.clause.words))
        ) or (before is not None and _worked_out(before, intent))
        if before is not None and _only_names(before) and intent.label == "calculate":
            words = f"{before.clause.words.rstrip(' ,;.?')}, {intent.clause.words}"
            found[-1] = replace(intent, clause=Clause(words, intent.clause.hints))
        elif before is not None and _told_after(before, intent):
            words = f"{before.clause.words.rstrip(' ,;.?')}, {intent.clause.words}"
            found[-1] = replace(before, label="calculate", clause=Clause(words, before.clause.hints))
        elif before is not None and (told or _asked_of(before, intent)):
            joint = "" if re.match(r"(?:and|but|so)\b", intent.clause.words, re.I) else " and"
            words = f"{before.clause.words.rstrip(' ,;.')}{joint} {intent.clause.words}"
            found[-1] = replace(intent, label="calculate", clause=Clause(words, intent.clause.hints))
        else:
            found.append(intent)
    return tuple(found)

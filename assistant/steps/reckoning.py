"""Questions about print that sound like something else: "what do the soup and the tart come to" is a sum, "what time's pick up" is printed."""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.phrases.arithmetic_words import clean
from assistant.phrases.time_zones import find_named
from assistant.steps.clause import Clause
from assistant.steps.planning import Intent
from assistant.steps.printed_lines import apart
from assistant.steps.printed_sums import asked_sum
from assistant.steps.slots import Material

_TIME_OF = re.compile(  # of something, not of the day
    r"\b(?:what|which) time(?:'s|s| is| was| are| does| do| did| will| should| must)? (?!now\b|in\b|over\b|here\b|there\b|is it\b|do you\b|zone\b|it(?:'s| is)?\b(?! (?:starts?|begins?|opens?|closes?|ends?|finish|leaves?|goes|go|departs?|arrives?|due|on\b)))[a-z]",
    re.I,
)

_ADDS_UP = re.compile(r"^(?:(?:please|can you|could you|and|then|so|just) )*(?:(?:add|tot|total) up|add together) (?:the |my |both )?[a-z]", re.I)  # fmt: skip
_LOOKS = ("look_closer", "find_in_picture", "describe_picture")


def of_print(intent: Intent, shows_picture: bool, answered: bool = False) -> Intent:
    """The step as the picture at hand makes it plain: a time asked for of something in it is a question about print; where
    a thing stands, asked before anything was answered, is a search of it.
    """
    words = intent.clause.words
    if intent.label == "where_that" and shows_picture and not answered:
        return replace(intent, label="find_in_picture")
    if intent.label in _LOOKS and shows_picture and _ADDS_UP.search(words):
        return replace(intent, label="calculate")
    printed = intent.label == "tell_time" and shows_picture and _TIME_OF.search(words) and not find_named(words)
    return replace(intent, label="ask_text") if printed else intent


def as_sum(intent: Intent, request: str, material: Material) -> Intent:
    """The step, with the label of a sum where print and words leave no doubt that it is one."""
    passages = material.document.passages if material.document else ()
    if intent.label != "ask_text":  # "take the empty off the full" sounds like much else, but both are printed
        return replace(intent, label="calculate") if apart(intent.clause.words, passages) else intent
    return replace(intent, label="calculate") if asked_sum(intent.clause.words, request, passages) else intent


_ASKS = re.compile(
    r"\b(?:what|how|which|work (?:it |this |that )?out|calculate|add|total|split|divide|share|plus|minus|times|multiply|percent|per cent|take|sum|convert|tell|give|each|between|half of)\b|[%+*/=]",
    re.I,
)
_QUESTION = re.compile(r"\b(?:what|how (?:much|many|long)|altogether|together|in all)\b", re.I)


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
        )
        if before is not None and told:
            joint = "" if re.match(r"(?:and|but|so)\b", intent.clause.words, re.I) else " and"
            words = f"{before.clause.words.rstrip(' ,;.')}{joint} {intent.clause.words}"
            found[-1] = replace(intent, clause=Clause(words, intent.clause.hints))
        else:
            found.append(intent)
    return tuple(found)

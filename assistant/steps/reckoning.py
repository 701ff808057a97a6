"""Questions about print that sound like something else: "what do the soup and the tart come to" is a sum, "what time's pick up" is printed."""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from dataclasses import replace

from assistant.phrases.time_zones import find_named
from assistant.steps.planning import Intent
from assistant.steps.printed_sums import asked_sum
from assistant.steps.slots import Material

_TIME_OF = re.compile(  # of something, not of the day
    r"\b(?:what|which) time(?:'s|s| is| was| are| does| do| did| will| should| must)? (?!now\b|in\b|over\b|here\b|there\b|is it\b|do you\b|zone\b|it(?:'s| is)?\b(?! (?:starts?|begins?|opens?|closes?|ends?|finish|leaves?|goes|go|departs?|arrives?|due|on\b)))[a-z]",
    re.I,
)


def of_print(intent: Intent, shows_picture: bool) -> Intent:
    """The step, a time that is asked for of something in the picture as the question about print that it is."""
    words = intent.clause.words
    printed = intent.label == "tell_time" and shows_picture and _TIME_OF.search(words) and not find_named(words)
    return replace(intent, label="ask_text") if printed else intent


def as_sum(intent: Intent, request: str, material: Material) -> Intent:
    """The step, with the label of a sum where print and words leave no doubt that it is one."""
    passages = material.document.passages if material.document and intent.label == "ask_text" else ()
    return replace(intent, label="calculate") if asked_sum(intent.clause.words, request, passages) else intent

"""Lengths of time in words, and the error that asks back."""

import re
from datetime import timedelta

from assistant.phrases.date_words import normalise
from kernels.errors import UserError

LONGEST = 400  # characters of spoken words that are looked at
FARTHEST = timedelta(days=366 * 50)
LONGEST_AGO = timedelta(days=366 * 150)  # a birth, a wedding, a war: what is asked about is over


class Unclear(UserError):
    """What was said is not one moment: `text` says why, `remedy` is the one question to ask back."""


_SPAN = re.compile(
    r"(\d+(?:\.\d+)?|3 quarters of an?|half an?|half|a quarter of an?|quarter of an?|an?|a couple of|a few|"
    r"(?=hour and))\s*"
    r"\b(seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|fortnights?)\b( and a half| and a quarter)?"
)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "f": 1209600}
_COUNTS = {"half": 0.5, "quarter": 0.25, "3 quarters": 0.75, "a couple": 2, "a few": 3}


def parse_span(text: str) -> timedelta:
    """A length of time in words: "an hour and a half", "1 hour 20", "90 seconds".

    Raises:
        Unclear: there is none, or it is zero.
    """
    words = re.sub(r"(\d)(h|hrs?|m|mins?|s|secs?)(?=\d|\b)", r"\1 \2 ", normalise(text[:LONGEST]))
    words = re.sub(r"\bh\b", "hours", re.sub(r"\bm\b", "minutes", re.sub(r"\bs\b", "seconds", words)))
    words = re.sub(r"\b(?<!\d )(?<!an )(?<!a )(?=hours? (?:and )?\d)", "1 ", words)  # "hour and twenty"
    words = re.sub(r"((?:\d+|an?) hours?) +(?:and )?(\d+)\s*$", r"\1 \2 minutes", words)
    words = re.sub(r"(\d+ min(?:ute)?s?) (?:and )?(\d+)\s*$", r"\1 \2 seconds", words)
    words = re.sub(r"(\d)-(?=[a-z])", r"\1 ", words)
    seconds = 0.0
    for count, unit, tail in _SPAN.findall(words):
        known = next((value for word, value in _COUNTS.items() if count.startswith((word, f"a {word}"))), None)
        number = known if known is not None else float(count) if count[:1].isdigit() else 1.0
        number += {" and a half": 0.5, " and a quarter": 0.25}.get(tail, 0.0)
        seconds += number * _SECONDS[unit[0]]
    if not 0 < seconds <= FARTHEST.total_seconds():
        raise Unclear(f"I did not understand '{text.strip()[:80]}' as a length of time.", "How long should it be?")
    return timedelta(seconds=seconds)

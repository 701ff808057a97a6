"""A reminder at two times: "remind me to take my drops at eight in the morning and at ten at night" is two reminders."""

# ruff: noqa: E501 - a pattern reads better on one line

import re

from assistant.phrases.time_words import find_times

_ASKS = re.compile(
    r"^(?P<ask>(?:(?:please|can you|could you|would you|will you|i need you to|i'd like you to) )*(?:remind (?:me|us)|nudge me|prompt me|ping me|alert me|give me a (?:nudge|shout|reminder)|set (?:me )?(?:a |an )?(?:reminder|reminders)))\b(?P<rest>.+)$",
    re.I,
)
_JOINT = re.compile(r",? (?:and|then)(?: (?:then|again|also|once more))* (?=(?:at|by|around|about) \S|(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half|quarter|noon|midday|midnight|tonight|tomorrow|lunchtime|bedtime|teatime)\b)", re.I)  # fmt: skip
_CLOCK = re.compile(r"\b(?:at|by|around|past|to|o ?'?clock|noon|midday|midnight|am|pm|lunch ?time|bed ?time|tea ?time|breakfast|dinner ?time)\b|\d[:.]\d\d|\d ?[ap]m\b", re.I)  # fmt: skip
_DAY = re.compile(r"\b(?:tomorrow|today|tonight|(?:on |next |this )*(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:on )?the \d{1,2}(?:st|nd|rd|th)(?: of \w+)?)\b", re.I)  # fmt: skip


def said_twice(words: str) -> str:
    """The wish said out for each of its two times; as it is where it has one."""
    asked = _ASKS.match(words.strip(" .!?"))
    if asked is None or len(words) > 300:
        return words
    rest = asked["rest"]
    for joint in _JOINT.finditer(rest):
        left, right = rest[: joint.start()], rest[joint.end() :]
        before = [one for one in find_times(left) if not re.search(r"\w", left[one.end :])]
        said = right if re.match(r"(?:at|by|around|about|tonight|tomorrow)\b", right, re.I) else f"at {right}"
        after = find_times(said)
        if (
            not before
            or not after
            or after[0].start
            or not (_CLOCK.search(before[0].words) and _CLOCK.search(after[0].words))
        ):
            continue
        lead, tail = left[: before[0].start].strip(" ,"), said[after[0].end :].strip(" ,")
        if tail and (lead or not re.match(r"(?:to|about|that|for)\b", tail, re.I)):
            continue
        if not re.search(r"\w", f"{lead}{tail}") or len(find_times(lead)) or len(after) > 1:
            continue
        day = _DAY.search(before[0].words)
        second = after[0].words if _DAY.search(after[0].words) or not day else f"{after[0].words} {day[0]}"
        parts = [f"{asked['ask']} {lead or tail} {time.strip()}" for time in (before[0].words, second)]
        return ", then ".join(" ".join(part.split()) for part in parts)
    return words

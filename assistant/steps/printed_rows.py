"""Which time of a printed timetable is meant: "the first one after noon", "the earliest", the line that a name stands in.

Where the words fit more than one time none is taken.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence

from assistant.phrases.date_words import Clock, find_clock, normalise
from assistant.phrases.time_words import find_times
from assistant.steps.labelled import stem
from assistant.steps.slots import Material

CLOCK = re.compile(
    r"(?<![\d£$€.])\d{1,2}:\d{2}(?: ?[ap]\.?m\b)?|(?<![\d£$€.])\d{1,2}(?:\.\d{2})? ?[ap]\.?m\b|\b(?:noon|midday)\b",
    re.I,
)
_GOES = r"(?: (?:one|bus|train|boat|ferry|service|sailing|departure|crossing|flight|coach|tram|showing|film|class|tour|slot|there|back|out|home|in|of (?:them|the day)|to [a-z]+|that goes|going))*"
_FIRST_AFTER = re.compile(
    rf"\b(?:first|next|earliest|soonest|one){_GOES}(?: (?:just|any time))? after (?P<clock>.+)", re.I
)
_LAST_BEFORE = re.compile(rf"\b(?:last|latest|one){_GOES}(?: (?:just|any time))? before (?P<clock>.+)", re.I)
_FIRST = re.compile(r"\b(?:the )?(?:very )?(?:earliest|first)(?= (?:one|bus|train|boat|ferry|service|sailing|departure|crossing|flight|coach|tram|showing|film|class|tour|slot|of (?:them|the day))\b)|\bthe (?:earliest|first)(?=\s*(?:[,.;?!]|$))", re.I)  # fmt: skip
_LAST = re.compile(r"\b(?:the )?(?:very )?(?:latest|last)(?= (?:one|bus|train|boat|ferry|service|sailing|departure|crossing|flight|coach|tram|showing|film|class|tour|slot|of (?:them|the day))\b)|\bthe (?:latest|last)(?=\s*(?:[,.;?!]|$))", re.I)  # fmt: skip
_BEFORE_NAME = re.compile(
    r"\b(?P<length>(?:minutes?|mins?|hours?) before) (?P<name>(?!it\b|that\b|this\b|the\b|my\b|our\b|i\b|we\b|they\b|he\b|she\b|noon\b|midday\b|midnight\b|tomorrow\b|tea|lunch|dinner|bed)[a-z]{3,}(?: (?!tomorrow\b|today\b|tonight\b|on\b|at\b)[a-z]{3,})?)(?= (?:tomorrow|today|tonight|on|at)\b|[\s,.]*$)",
    re.I,
)


def time_meant(material: Material) -> str:
    """The printed time of day that the request picks out of several; "" where it picks none."""
    passages = material.document.passages if material.document else ()
    printed = [match[0] for one in passages for match in CLOCK.finditer(one)]
    if len(set(printed)) < 2:
        return ""
    first, last = _FIRST_AFTER.search(material.request), _LAST_BEFORE.search(material.request)
    timed = sorted((minute, one) for one in printed if (minute := _minute(one)) is not None)
    if first and (bound := _said(first["clock"])) is not None:
        return next((one for minute, one in timed if minute > bound), "")
    if last and (bound := _said(last["clock"])) is not None:
        return next((one for minute, one in reversed(timed) if minute < bound), "")
    if named := _named(passages, material.request):
        return named
    ends = [bool(form.search(material.request)) for form in (_FIRST, _LAST)]
    return timed[0 if ends[0] else -1][1] if timed and sum(ends) == 1 else ""


def _minute(printed: str) -> int | None:
    try:
        clock, _ = find_clock(normalise(printed))
    except ValueError:
        return None
    return clock.hour * 60 + clock.minute if clock else None


def _said(words: str) -> int | None:
    """The minute of the day that the words begin with; an hour below seven is one of the afternoon, for then people travel."""
    for lead in ("", "at "):
        times = find_times(lead + words)
        if times and times[0].start == 0:
            clock: Clock | None = find_clock(normalise(times[0].words))[0]
            if clock is None:
                return None
            return (clock.hour + (12 if not clock.sure and clock.hour < 7 else 0)) * 60 + clock.minute
    return None


def _named(passages: Sequence[str], request: str) -> str:
    """The time of the one line whose every name the request says: "10.20 am Clara Whitfield"; "" for none or several."""
    said = {stem(word.removesuffix("'s")) for word in re.findall(r"[a-z'-]{3,}", request.lower())}
    such = []
    for one in passages:
        clocks = CLOCK.findall(one)
        names = {stem(word) for word in re.findall(r"[a-z'-]{3,}", CLOCK.sub(" ", one).lower())}
        if len(clocks) == 1 and names and names <= said:
            such.append(clocks[0])
    return such[0] if len(such) == 1 else ""


def before_named(words: str, material: Material) -> str:
    """ "Ten minutes before maths tomorrow" with the time of its line in print, and what it is said once more at the end."""
    match = _BEFORE_NAME.search(words)
    passages = material.document.passages if material.document else ()
    clock = _named(passages, match["name"]) if match else ""
    if match is None or not clock:
        return words
    return f"{words[: match.end('length')]} {clock}{words[match.end() :].rstrip(' .!')} about {match['name']}"

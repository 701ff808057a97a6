"""Corrections inside what is said: "at quarter to six this evening no sorry quarter past six" is quarter past six this evening.

What was said last counts where both sides are times, lengths of time or numbers; of a time the day is kept that the new one leaves out.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re

from assistant.phrases.number_words import to_digits
from assistant.phrases.time_words import Words, find_spans, find_times

_BACK = re.compile(
    r"[\s,.;-]*\b(?:(?:oh |er+m? |um |ah )*(?:no|nope|sorry|wait|actually|i mean|make (?:it|that)|or rather|rather|scratch that|hang on|hold on|correction|i tell a lie|let(?:'s| us) (?:say|make it)|change that to|better make (?:it|that))"
    r"(?:[\s,.]+(?=(?:no|sorry|wait|actually|i mean|make (?:it|that)|or rather|rather|scratch that|say|not|on second thoughts?|hang on|it's|it is|that's|at|for|on|to)\b))?)+"
    r"[\s,.]+(?:(?:not that|say|it's|it is|that's|better|i meant)[\s,]+)*",
    re.I,
)
_CLOCK = re.compile(r"\b(?:past|to|o ?'?clock|noon|midday|midnight|am|pm|half)\b|\d[:.]\d\d|\d ?[ap]m\b", re.I)
_DAY_OR_PART = re.compile(
    r"\b(?:(?:this|in the|tomorrow) (?:morning|afternoon|evening|night)|tonight|today|tomorrow|(?:on |next |this )*(?:mon|tues|wednes|thurs|fri|satur|sun)day(?: (?:morning|afternoon|evening|night))?|at night|(?:on )?the \d{1,2}(?:st|nd|rd|th)(?: of \w+)?)\b",
    re.I,
)
_REMINDS = re.compile(
    r"(?:(?:please|can you|could you|ok|so) )*(?:remind|wake|nudge|ping|alert|prompt|set|give me|warn|tell me)\b", re.I
)
_DONE = re.compile(r"[\s,.!?]*(?:please|instead|rather|thanks|then|better)?[\s,.!?]*", re.I)
_HOUR = r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"


_BARE = re.compile(rf"(?:{_HOUR}|half|a? ?quarter|five|ten|twenty|noon|midday|midnight)\b", re.I)
_HOURS = re.compile(rf"\b(?:at|by|for|around|about) {_HOUR}\b|^{_HOUR}(?:[ -](?:thirty|fifteen|ten|twenty(?:[ -]five)?|forty(?:[ -]five)?|fifty(?:[ -]five)?|five|oh [a-z]+|\d\d))?$", re.I)  # fmt: skip


def corrected(words: str) -> str:
    """The words with what was said last in the place of what it corrects; as they are where nothing plainly is corrected."""
    for match in list(_BACK.finditer(words))[:3]:
        left, right = words[: match.start()], words[match.end() :]
        mended = _times(left, right) or _lengths(left, right) or _afterwards(left, right)
        if mended:
            return corrected(mended)
    return words


def _times(left: str, right: str) -> str:
    old, new = _last(find_times(left), left), _first(right)
    if old is None or new is None:
        return ""
    kept = [part[0] for part in _DAY_OR_PART.finditer(old.words)]
    clocked = _CLOCK.search(new.words) or _HOURS.search(new.words)
    if not clocked and not _DAY_OR_PART.search(new.words):
        return ""
    said = new.words
    if clocked:  # "tomorrow at six, no, seven": the day holds
        said = f"{said} {' '.join(one for one in kept if not _DAY_OR_PART.search(said))}".strip()
        said = f"at {said}" if _BARE.match(said) else said
    elif clock := _clock_of(old.words):  # "on monday at six, i mean tuesday": the hour holds
        said = f"{said} {clock}"
    return " ".join(f"{left[: old.start]} {said} {right[new.end :]}".split())


def _afterwards(left: str, right: str) -> str:
    """ "Remind me at seven to put the oven on, no, half past seven": the wish has one time, and nothing but a time follows."""
    times, new = find_times(left), _first(right)
    if not _REMINDS.match(left) or len(times) != 1 or new is None or not _DONE.fullmatch(right[new.end :]):
        return ""
    mended = _times(left[: times[0].end], right[: new.end])
    return f"{mended}{left[times[0].end :]}" if mended else ""


def _clock_of(words: str) -> str:
    rest = " ".join(_DAY_OR_PART.sub(" ", words).split())
    return rest if _CLOCK.search(rest) or re.fullmatch(rf"(?:at|by) {_HOUR}", rest, re.I) else ""


def _last(found: list[Words], left: str) -> Words | None:
    """The last time, if nothing but an hour's bare end follows it."""
    if found and not re.search(r"\w", left[found[-1].end :]):
        return found[-1]
    return None


def _first(right: str) -> Words | None:
    """The time that the words begin with; a bare hour is one too."""
    bare = re.match(rf"{_HOUR}(?=[\s,.]|$)(?! (?:minutes?|hours?|seconds?|days?|weeks?|months?|people|of|percent|past|to|o'?clock|am|pm|thirty|fifteen|forty|twenty)\b)", right, re.I)  # fmt: skip
    for lead in ("", "at "):
        found = find_times(lead + right)
        if found and found[0].start == 0:
            end = found[0].end - len(lead)
            return Words(right[:end], 0, end) if end > 0 else None
    return Words(bare[0], 0, bare.end()) if bare else None


def _lengths(left: str, right: str) -> str:
    """ "Ten minutes, no sorry, twelve minutes"; "ten minutes, make that twelve"."""
    old, new = find_spans(left), find_spans(right)
    if not old or re.search(r"\w", left[old[-1].end :]):
        return ""
    if new and new[0].start == 0:
        return " ".join(f"{left[: old[-1].start]} {new[0].words} {right[new[0].end :]}".split())
    number = re.match(r"(\d+)(?=[\s,.]|$)", to_digits(right))
    unit = re.search(r"[a-z]+$", old[-1].words, re.I)
    if number is None or unit is None:
        return ""
    said = re.match(r"(?:[a-z]+[ -])?[a-z]+|\d+", right, re.I)
    words = next((right[:end] for end in (said.end(), len(right.split()[0])) if to_digits(right[:end]).strip() == number[1]), "") if said else ""  # fmt: skip
    return " ".join(f"{left[: old[-1].start]} {number[1]} {unit[0]} {right[len(words) :]}".split()) if words else ""

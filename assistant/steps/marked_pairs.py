"""One clause with several reminders or timers, told apart by its marks: "the nurse at ten, the vet at three"."""

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.steps.marked import ENOUGH, HOUR
from assistant.steps.planning import Intent
from assistant.steps.several_timers import several
from assistant.steps.tagging import Mark

_DAY = re.compile(
    r"\b(?:(?:on |next |this )?(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|tomorrow|tonight|"
    r"(?:the )?\d{1,2}(?:st|nd|rd|th)(?: of \w+)?)\b",
    re.I,
)
_SAME = re.compile(r"\bsame (?:time|hour|o'?clock)\b|\bat the same\b", re.I)
_CLOCK = re.compile(
    r"\b(?:past|to|half|quarter|noon|midday|o'?clock|[ap]m)\b|\d[:.]\d\d|\d ?[ap]m\b|"
    r"\b(?:at|by) (?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b",
    re.I,
)
_TODAY = re.compile(r"(?:both |all )?(?:today|tonight|the day|the night|the nicht|this (?:afternoon|evening))", re.I)
IN_TURN = 0.25  # probability of a mark where what and when take turns and every hour is beyond doubt
_POINTS = re.compile(r"(?:it|that|this|them|both|one)\b", re.I)


def parted(intents: Sequence[Intent]) -> list[Intent]:
    """The steps, a clause whose marks are those of several reminders or timers as so many steps."""
    return [part for intent in several(intents) for part in _parted(intent)]


def _parted(intent: Intent) -> list[Intent]:
    kinds = {"set_reminder": ("text", "when"), "start_timer": ("name", "duration")}.get(intent.label)
    if kinds is None or any(mark.chance < IN_TURN for mark in intent.marks):
        return [intent]
    what, when = kinds
    marks = [mark for mark in intent.marks if mark.kind in kinds]
    common = ""
    if what == "text" and len(marks) > 4 and marks[0].kind == when and not HOUR.search(marks[0].words):
        common, marks = marks[0].words, marks[1:]  # "tomorrow: the nurse at ten and the vet at three"
    if what == "text" and len(marks) > 4 and len(marks) % 2 and _TODAY.fullmatch(marks[-1].words):
        common, marks = "tonight" if "n" in marks[-1].words[-3:] else "today", marks[:-1]  # "both the day"
    if any(mark.chance < ENOUGH for mark in intent.marks) and not all(
        _CLOCK.search(mark.words) for mark in marks if mark.kind == when
    ):
        return [intent]
    pairs: list[Sequence[Mark]] = [marks[at : at + 2] for at in range(0, len(marks), 2)]
    order = [mark.kind for mark in pairs[0]] if pairs else []
    if len(pairs) < 2 or sorted(order) != sorted(kinds) or any([one.kind for one in pair] != order for pair in pairs):
        return [intent]
    if what == "text":
        pairs = _same_hours(pairs)
    if what == "text" and not all(_is_whole(pair) for pair in pairs):
        return [intent]
    found, day = [], common
    for pair in pairs:
        said = {mark.kind: mark.words for mark in pair}
        own = _DAY.search(said[when])
        day = own[0] if own else day
        if what == "text":
            hour = said[when] if own or not day else f"{day} {said[when]}"
            words = f"remind me {hour} to {said[what]}"
            marked = tuple(replace(mark, words=hour) if mark.kind == when else mark for mark in pair)
        else:
            words, marked = f"set a timer for {said[when]} called {said[what]}", tuple(pair)
        found.append(replace(intent, clause=replace(intent.clause, words=words), marks=marked, arguments={}))
    return found


def _same_hours(pairs: Sequence[Sequence[Mark]]) -> list[Sequence[Mark]]:
    """The pairs, "friday same time" with the hour of the one before it."""
    found: list[Sequence[Mark]] = []
    hour = ""
    for pair in pairs:
        when = next(mark for mark in pair if mark.kind == "when")
        day, same = _DAY.search(when.words), _SAME.search(when.words)
        if day and same and hour:
            said = f"{day[0]} {hour}"
            pair = [replace(mark, words=said) if mark is when else mark for mark in pair]
        else:
            rest = " ".join(_DAY.sub(" ", when.words).split())
            hour = "" if same else rest if re.match(r"(?:at|by|half|quarter)\b", rest) else f"at {rest}"
        found.append(pair)
    return found


def _is_whole(pair: Sequence[Mark]) -> bool:
    """Whether both what and when are said, so that a reminder needs nothing else."""
    said = {mark.kind: mark.words for mark in pair}
    return HOUR.search(said["when"]) is not None and _POINTS.match(said["text"]) is None

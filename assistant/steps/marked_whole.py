"""Marks made whole: an amount of which half was marked, a reminder's words out of the middle of what they say.

The tagger marks word by word. "Thirty | five minutes from" is thirty five minutes; of "midwife wants a ring back" the ring
alone reminds nobody of anything; and a word of a time is no text.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.phrases.time_words import Words, find_spans, find_times
from assistant.steps.asking import parts_of
from assistant.steps.planning import Intent
from assistant.steps.reminder_words import HOURS, REMIND, with_particle
from assistant.steps.tagging import Mark

SURE = 0.75  # probability from which a reminder's words are left as they are marked
_ENDS = re.compile(r"(?:[\s,]+(?:on|at|by|for|to|in|of|the|a|an|and|is|are|'s))+$|^(?:(?:and|so|but|then|to|that)[\s,]+)+", re.I)  # fmt: skip
_NUMBERED = re.compile(rf"(?P<number>{HOURS})\s+(?=(?:at|by) (?:half|(?:a )?quarter|noon|midday|midnight|{HOURS})\b)", re.I)  # fmt: skip
_MEAL = re.compile(r"breakfast|(?:tea|supper|lunch|dinner) ?time", re.I)
_POINTS = re.compile(
    r"(?:it|him|her|them|that|this|one|that one|the new one|a new one|another|both|both of them)", re.I
)


def made_whole(intent: Intent) -> tuple[Mark, ...]:
    """The marks of a step that sets a reminder or a timer, each a whole amount, time or saying."""
    words = intent.clause.words
    placed = _with_numbers(words, _placed(words, intent.marks))
    if intent.label == "start_timer":
        return tuple(mark for mark, _ in _amounts(placed, find_spans(words)))
    if intent.label != "set_reminder":
        return intent.marks
    found: list[Mark] = []
    times = find_times(words)
    for mark, at in placed:
        if mark.kind != "text" or at < 0:
            found.append(mark)
        elif (said := _said(words, mark, at, times)) and said not in [one.words for one in found]:
            found.append(replace(mark, words=said))
    texts = [one for one in found if one.kind == "text"]
    firm = [one for one in texts if not _POINTS.fullmatch(one.words)]
    return tuple(one for one in found if one.kind != "text" or one in (firm or texts))


def _placed(words: str, marks: Sequence[Mark]) -> list[tuple[Mark, int]]:
    """Each mark and where it stands in the words; -1 where they were said in another way since."""
    found, at = [], 0
    for mark in marks:
        match = re.compile(rf"(?<!\w){re.escape(mark.words.lower())}(?!\w)").search(words.lower(), at)
        found.append((mark, match.start() if match else -1))
        at = match.end() if match else at
    return found


def _with_numbers(words: str, placed: Sequence[tuple[Mark, int]]) -> list[tuple[Mark, int]]:
    """The marks, a number before another hour with what it numbers: of "bed | nine at seven" the hour is seven."""
    found: list[tuple[Mark, int]] = []
    for mark, at in placed:
        number = _NUMBERED.match(mark.words) if mark.kind == "when" and at > 0 else None
        if number is None or re.search(r"\b(?:at|by|for|from|around|about|on)\s+$", words[:at], re.I):
            found.append((mark, at))
            continue
        for place, (text, start) in enumerate(found):
            if text.kind == "text" and start >= 0 and words[start + len(text.words) : at].isspace():
                found[place] = replace(text, words=words[start : at + len(number["number"])]), start
        found.append((replace(mark, words=mark.words[number.end() :]), at + number.end()))
    return found


def _amounts(placed: Sequence[tuple[Mark, int]], spans: Sequence[Words]) -> list[tuple[Mark, int]]:
    """The marks, those that are pieces of one amount as that amount."""
    found: list[tuple[Mark, int]] = []
    for mark, at in placed:
        end = at + len(mark.words)
        whole = next((one for one in spans if at >= 0 and at < one.end and one.start < end), None)
        if whole is None or mark.kind not in ("duration", "when"):
            found.append((mark, at))
        elif all(other.words != whole.words for other, _ in found):
            inside = whole.start <= at and end <= whole.end
            found.append((replace(mark, kind="duration", words=whole.words if inside or mark.kind == "when" else mark.words), at))  # fmt: skip
    return found


def _said(words: str, mark: Mark, at: int, times: Sequence[Words]) -> str:
    """What a reminder is for, without times at its ends; the whole part that it stands in where it is a guess."""
    end = at + len(mark.words)
    if any(time.start <= at and end <= time.end for time in times):
        return ""
    part = next((one for one in parts_of(words) if one.start <= at < one.end), None)
    grows = mark.chance < SURE and part is not None and end <= part.end and not REMIND.search(part.words)
    start, end = (part.start, part.end) if grows and part is not None else (at, end)
    for time in reversed(times):
        if _MEAL.fullmatch(time.words):
            continue  # "no breakfast for him"
        if start < time.end and time.start < end:
            inner = max(time.start, start), min(time.end, end)
            words = f"{words[: inner[0]]} {words[inner[1] :]}"
            end -= inner[1] - inner[0] - 1
    said = " ".join(words[start:end].split()).strip(" ,.;:!?")
    return with_particle(said, _ENDS.sub("", _ENDS.sub("", said)))

"""Several timers in one breath, each with its thing: "tatties twenty, peas four, both from now".

What is named at the end is named in order: "call them harris and julie".
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.phrases.number_words import to_digits
from assistant.phrases.time_words import SPAN, find_spans
from assistant.steps.clause import Clause
from assistant.steps.planning import Intent
from assistant.steps.reminder_words import COUNT, HOUR_AND

_AMOUNT = rf"(?:{SPAN}|{COUNT}(?: and a (?:half|quarter))?)(?![\w-])"
_THING = rf"(?:(?:the|my|our|her|his|them) )?(?P<name>(?!(?:and|then|for|in|on|it|that|this|one|both|another|set|start|give|gimme|put|do|let|run|need|want|timer|a|an|i|you|we)\b)(?!{COUNT}\b)[a-z][a-z']*(?: (?!{COUNT}\b)(?!(?:in|on|for|wants?|needs?|gets?|takes?|at|under|and|it|to|is|are)\b)[a-z][a-z']*){{0,2}})"
_HAS = r"(?: (?:in|on|under(?: the)? [a-z]+|out))?(?:,? (?:for|wants?|needs?|gets?|takes?|has|have|give (?:it|them|that one)|is|are|at|on for|in for))?"
_PART = (  # "peas four", "the rice wants twelve minutes", "twelve on for the rice", "ten minutes rice"
    re.compile(rf"(?:(?:and|then|plus|also|with|so) )*{_THING}{_HAS} (?P<amount>{_AMOUNT})(?: (?:minutes|mins))?(?: (?:from now|please|then|too|as well))*", re.I),
    re.compile(rf"(?:(?:and|then|plus|also|put|set|start|do|give (?:me|us)|a timer (?:of|for)|timers? for|timer|one (?:of|for)) )*(?P<amount>{_AMOUNT})(?: (?:on|in|for|of|with))+ {_THING}(?: (?:please|then|too|as well|from now))*", re.I),
)  # fmt: skip
_JOINT = re.compile(r"\s*[,.;]+\s+(?:and\s+|then\s+)?|\s+(?:and|then)\s+(?!a (?:half|quarter)\b|(?:a )?(?:half|quarter)\b)", re.I)  # fmt: skip
_UNIT = re.compile(r"\b(?:hours?|minutes?|mins?|seconds?|secs?)\b", re.I)
_COUNTS = re.compile(rf"\b{COUNT}\b", re.I)
_CALL_THEM = re.compile(r"\b(?:call|name|label) (?:them|these|those|the (?:two|both|three)|the (?:two|both|three) of them|each)(?: of them)? (?P<names>[a-z][\w']*(?:(?:, | and |, and )[a-z][\w']*)+)", re.I)  # fmt: skip


def several(intents: Sequence[Intent]) -> list[Intent]:
    """The steps, a clause that tells several timers as so many, and those that are named together each with its name."""
    found = [part for intent in _also_timed(intents) for part in _told(intent)]
    timers = [at for at, one in enumerate(found) if one.label == "start_timer"]
    named = next((match for at in timers if (match := _CALL_THEM.search(found[at].clause.words))), None)
    names = re.split(r",? and |, ", named["names"]) if named else []
    if len(names) != len(timers) or len(names) < 2:
        return found
    for at, name in zip(timers, names, strict=True):
        words = _CALL_THEM.sub("", found[at].clause.words).rstrip(" ,")
        found[at] = replace(found[at], clause=replace(found[at].clause, words=f"{words}, call it {name}"))
    return found


_ALSO = re.compile(rf"(?:(?:and|then|plus|also|with|so) )*{_THING}{_HAS} (?P<amount>{COUNT}(?: and a (?:half|quarter))?)(?: (?:minutes|mins))?", re.I)  # fmt: skip
_DOES = re.compile(
    r"(?:add|note|buy|get|put|write|need|order|call|ring|tell|read|what|how|set|take|delete|remove)\b", re.I
)


def unit_for(count: str, unit: str) -> str:
    """The unit of a bare count beside one that has a unit; of "an hour for the ham and twenty for the veg" minutes."""
    many = unit.lower().startswith("hour") and len(to_digits(count)) > 1
    return "minutes" if many else f"{unit.rstrip('s')}s"


def _also_timed(intents: Sequence[Intent]) -> list[Intent]:
    """The steps, a thing and a bare number after a timer as a timer: "pasta nine minutes | and also garlic bread fourteen"."""
    found: list[Intent] = []
    for intent in intents:
        before = found[-1] if found else None
        words = intent.clause.words.strip(" ,.;!?")
        also = _ALSO.fullmatch(words)
        told = before is not None and before.label == "start_timer" and _PART[0].fullmatch(before.clause.words.strip(" ,.;!?"))  # fmt: skip
        if (
            also
            and told
            and intent.label in ("add_note", "set_reminder", "remember", "start_timer")
            and not _DOES.match(words)
        ):
            units = _UNIT.findall(before.clause.words) if before else []
            said = f"set a timer for {also['amount']} {unit_for(also['amount'], units[-1] if units else 'minutes')} called {also['name']}"
            intent = replace(
                intent, label="start_timer", clause=Clause(said, {"start_timer": 0.0}), marks=(), arguments={}
            )
        found.append(intent)
    return found


def _apart(words: str) -> list[str]:
    """The words at each joint that is not within a length of time: "an hour and twenty minutes on the brisket" is one part."""
    spans, parts, start = find_spans(words), [], 0
    for joint in _JOINT.finditer(words):
        if any(span.start < joint.start() < span.end for span in spans):
            continue
        parts.append(words[start : joint.start()])
        start = joint.end()
    return [part.strip(" ,.;!?") for part in (*parts, words[start:])]


def _told(intent: Intent) -> list[Intent]:
    """A clause as the timers that it tells, each with a thing and an amount of its own."""
    if intent.label != "start_timer":
        return [intent]
    parts = _apart(HOUR_AND.sub(r"\g<0> minutes", intent.clause.words))
    told = [next((match for form in _PART if (match := form.fullmatch(part))), None) for part in parts]
    pairs = [one for one in told if one is not None]
    left = [part for part, one in zip(parts, told, strict=True) if one is None and _COUNTS.search(part)]
    if len(pairs) < 2 or any(not re.fullmatch(r"(?:both|all|the lot|each)\b.*|.*\b(?:both|two|three|lot) of them\b.*", part, re.I) for part in left):  # fmt: skip
        return [intent]
    unit = next((found[-1] for one in pairs if (found := _UNIT.findall(one["amount"]))), "minutes")
    made = []
    for one in pairs:
        amount = one["amount"] if _UNIT.search(one["amount"]) else f"{one['amount']} {unit_for(one['amount'], unit)}"
        words = f"set a timer for {amount} called {one['name']}"
        made.append(replace(intent, clause=Clause(words, intent.clause.hints), marks=(), arguments={}))
    return made

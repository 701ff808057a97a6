"""The brain's calls as steps: each gets the clause of the request that it is about."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.phrases.time_words import find_spans
from assistant.steps.clause import Clause
from assistant.steps.labels import LABELS
from assistant.steps.planning import Intent
from assistant.steps.utterance import strip_manners, tidy

if TYPE_CHECKING:
    from assistant.brains.base import Call, Plan

SURE = 0.7  # probability of each of the brain's steps
SPLIT = " ... "  # joins the two pieces of a span that the request parts


def intents_of(plan: "Plan", fitted: Sequence[Intent], words: str) -> list[Intent]:
    """The steps of a plan.

    Args:
        plan: the brain's calls, arguments as spans of the request.
        fitted: the steps of the chooser; where both saw as many, the clauses are the same.
        words: the request.
    """
    calls = [call for call in plan.calls if call.name in LABELS]
    text = strip_manners(tidy(words))
    clauses = [one.clause for one in fitted]
    if len(calls) == 1:
        chosen = [_one(calls[0], clauses, text)]
    elif len(calls) == len(fitted):
        chosen = clauses
    else:
        chosen = _cut(calls, clauses, text)
    intents = [
        Intent(call.name, clause, call.confidence, (), _spans(call)) for call, clause in zip(calls, chosen, strict=True)
    ]
    for before, after in itertools.pairwise(range(len(intents))):
        intents[after] = _with_unit(intents[after], intents[before])
    lengths = [one for one in intents if find_spans(one.arguments.get("duration", ""))]
    # "two timers, ten minutes and ...": a number that is no length of time, beside others that are, only counts them
    return [one for one in intents if not (lengths and one.arguments.get("duration") and one not in lengths)]


def goes_further(theirs: Sequence[Intent], fitted: Sequence[Intent]) -> bool:
    """Whether the brain sees the chooser's steps and one of them again: "two timers, ten minutes and eight minutes".

    The chooser takes no clause apart that asks twice for the same without saying so; the brain, reading it whole, does.
    """
    own, other = [one.label for one in fitted], [one.label for one in theirs]
    spans = [tuple(one.arguments.items()) for one in theirs]
    again = len(other) > len(own) and set(own) == set(other) and len(set(spans)) == len(spans) and () not in spans
    return again and min(one.confidence for one in theirs) >= SURE


def _with_unit(intent: Intent, before: Intent) -> Intent:
    """ "ten minutes for the eggs and four for the peas": the four are minutes too."""
    duration = intent.arguments.get("duration", "")
    unit = re.search(r"\b(?:seconds?|minutes?|hours?)\b", before.arguments.get("duration", ""), re.I)
    if intent.label != before.label or not duration or not unit or find_spans(duration):
        return intent
    whole = f"{duration} {unit[0]}"
    words = re.sub(rf"\b{re.escape(duration)}\b", whole, intent.clause.words, count=1)
    return replace(intent, clause=Clause(words), arguments={**intent.arguments, "duration": whole})


def _one(call: "Call", clauses: Sequence[Clause], text: str) -> Clause:
    """The whole request, as one call is all that is asked for."""
    return clauses[0] if len(clauses) == 1 else Clause(text)


def _cut(calls: Sequence["Call"], clauses: Sequence[Clause], text: str) -> list[Clause]:
    """A clause for each call: that which holds its spans, else a piece of the request cut where the spans lie."""
    ends: list[int] = []
    at = 0
    for call in calls:
        at = max([at, *(_end_of(value, text, at) for value in _spans(call).values())])
        ends.append(at)
    found = []
    start = 0
    for number, end in enumerate(ends):
        last = number == len(ends) - 1
        end = len(text) if last else _to_joint(text, max(end, start))
        piece = strip_manners(text[start:end].strip(" ,.;")) if end > start else ""
        found.append(Clause(piece or _named(calls[number].name, clauses) or text))
        start = end
    return found


def _end_of(value: str, text: str, start: int) -> int:
    last = value.split(SPLIT)[-1]
    at = text.lower().find(last.lower(), start)
    return at + len(last) if at >= 0 else start


def _to_joint(text: str, at: int) -> int:
    """Where the clause that holds `at` ends: before the next "and", "then" or comma."""
    joint = re.search(r"[,.;?!]|\s(?:and|then|also|plus|after)\b", text[at:], re.I)
    return at + joint.start() if joint else len(text)


def _named(label: str, clauses: Sequence[Clause]) -> str:
    """A clause that says the tool's own name, such as "undo"."""
    word = label.split("_")[0]
    return next((one.words for one in clauses if word in one.plain.split()), "")


def _spans(call: "Call") -> dict[str, str]:
    """The arguments as words; the two pieces of a parted span stand beside each other."""
    return {
        name: " ".join(str(value).split(SPLIT)).strip() for name, value in call.arguments.items() if str(value).strip()
    }

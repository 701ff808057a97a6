"""What the last turn set, set again at another time: "change that to half ten", "i meant half eight", "no, tomorrow night".

The old one is taken back, so that nobody is reminded twice. Only where the last turn set just one thing, and where nothing but a time
or a length follows the words that correct it.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.phrases.number_words import to_digits
from assistant.phrases.time_words import find_spans, find_times
from assistant.steps.changed_reminders import BY
from assistant.steps.clause import Clause
from assistant.steps.planning import Intent
from assistant.steps.slots import Material

SURE = 0.9  # confidence of steps that the words leave no doubt about
SET = ("set_reminder", "start_timer")
_CORRECTS = re.compile(  # the words that take back, and what is to be instead
    r"(?P<lead>(?:(?:ah|oh|och|ach|no|nah|nope|sorry|wait|actually|hang on|hold on|er|um|well|oops|whoops|my mistake|i tell a lie|on second thoughts?|scratch that|and|so|but|please|just|can you|could you)[,.\s]+)*)"
    r"(?P<verb>(?:(?:change|make|move|set|put|push|shift|switch|bring|bump) (?:it|that|the (?:reminder|timer|alarm))(?: back| on| forward| up| down)?(?: (?:to|for|at|until))?|i (?:meant|mean)(?: to say)?|(?:it|that) should(?:'ve| have)? (?:be|been|said|say)|let's (?:say|make it)|(?:better )?make (?:it|that)|i said|say)[,\s]+)?"
    r"(?P<what>.+?)(?:,? (?:instead|please|rather|then|would you|will you|not .+))*",
    re.I,
)
_TAKES_BACK = re.compile(
    r"\b(?:no|nah|nope|sorry|wait|actually|oops|whoops|mistake|lie|second|scratch|hang|hold)\b", re.I
)
_LATER = re.compile(rf"{BY}", re.I)
_SCRAPPED = re.compile(  # "scrap that it's raining": why is no name of what goes
    r"(?:(?:ah|oh|och|no|nah|sorry|wait|actually|right|ok|well)[,. ]+)*(?:scrap|scratch|cancel|bin|drop|ditch|forget|lose|kill|delete|undo) (?:that|it|that one)(?: (?:one|now|then))?[,.]? "
    r"(?:(?:because|cos|as|since) )?(?:it's|its|it is|i'm|i've|i'll|i have|i don't|i won't|we're|we've|we'll|he's|he'll|she's|she'll|they're|they've|there's|the [\w' -]+? (?:is|are|was|has|have)|the \w+'s|my \w+'s|jean's|no need|not needed|don't need)\b(?!.*\b(?:remind|set|make|change|instead|note|write|put|timer|add)\b).*",
    re.I,
)
_HOUR = re.compile(r"\d[:.]\d|\d ?[ap]m\b|\b(?:past|to|half|noon|midday|midnight|o ?'?clock)\b|\bat \w+", re.I)
_PART = re.compile(r"\b(?:morning|afternoon|evening|night|tonight)\b", re.I)
_NUMBER = re.compile(r"\d{1,3}(?: and a (?:half|quarter)|\.5)?")
_LETTERS = re.compile(r"[a-z]{3}", re.I)


def set_anew(intents: Sequence[Intent], words: str, material: Material) -> list[Intent]:
    """Undo and the new one, where the request only corrects what the last turn set; else the steps as they are.

    Args:
        words: the whole request.
        material: what earlier turns left.
    """
    former = [one for one in material.earlier if not one.now]
    said = words.strip(" .!?")
    match = _CORRECTS.fullmatch(said)
    if len(former) != 1 or former[0].step not in SET or match is None or not intents:
        return list(intents)
    if _SCRAPPED.fullmatch(said) and not any(one.label in SET for one in intents):
        return [replace(intents[0], label="undo", clause=Clause(words, {"undo": 0.0}), marks=(), arguments={})]
    if not match["verb"] and not _TAKES_BACK.search(match["lead"]) and not _LATER.fullmatch(said):
        return list(intents)
    made = _timer(match["what"], former[0].text) if former[0].step == "start_timer" else _reminder(match["what"], former[0].value)  # fmt: skip
    if not made:
        return list(intents)
    base = replace(intents[0], confidence=max(intents[0].confidence, SURE), marks=(), arguments={}, others=())
    return [
        replace(base, label="undo", clause=Clause("undo that", {"undo": 0.0})),
        replace(base, label=former[0].step, clause=Clause(made, {former[0].step: 0.0})),
    ]


def _timer(what: str, name: str) -> str:
    """The timer anew, under its name; "" where the words are no length."""
    spans, digits = find_spans(what), to_digits(what).strip()
    if spans and not _LETTERS.search(f"{what[: spans[0].start]} {what[spans[0].end :]}"):
        length = spans[0].words
    elif _NUMBER.fullmatch(digits):
        length = f"{what} minutes"
    else:
        return ""
    return f"set a timer for {length}" + (f" called {name}" if name else "")


def _reminder(what: str, former: str) -> str:
    """The reminder anew, at the hour of the former where only a day is said; "" where the words are no time.

    Args:
        former: when it was set for, as ISO 8601.
    """
    if _LATER.fullmatch(what.strip()):
        return f"make it {what}"
    at = what if find_times(what) else f"at {what}"
    times = find_times(at)
    if not times or _LETTERS.search(f"{at[: times[0].start]} {at[times[-1].end :]}"):
        return ""
    part = _PART.search(at)
    keeps = not _HOUR.search(at) and len(former) >= 16 and (part is None or _fits(part[0].lower(), int(former[11:13])))
    return f"make it {at} at {former[11:16]}" if keeps else f"make it {what}"


def _fits(part: str, hour: int) -> bool:
    """Whether an hour lies in a part of the day."""
    first, last = {"morning": (4, 11), "afternoon": (12, 17), "evening": (16, 23)}.get(part, (17, 23))
    return first <= hour <= last

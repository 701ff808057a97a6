"""The arguments that the tagger marked: which step each belongs to, and the wish said again in plain words around them.

"in an hour and twenty i've a call with the school, give me a nudge for it" is "remind me in an hour and twenty to a
call with the school": what fills the arguments (arguments.py) then meets neither reasons nor stories.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from assistant.phrases.time_words import hangs_on_another
from assistant.steps.marked_whole import made_whole
from assistant.steps.planning import Intent
from assistant.steps.printed_times import PUT_IN
from assistant.steps.reminder_words import HOURS
from assistant.steps.slots_timers import called_in
from assistant.steps.tagging import Mark

ENOUGH, KEPT = 0.5, 0.7  # probability of an argument's least sure word; of one that is kept, where a lost word is lost
Given = Mapping[str, str]  # kind -> words
TWO_TIMES = "?"  # two times of which nobody can say which is meant: nothing is said again
_MOST: Mapping[tuple[str, str], int] = {("set_reminder", "when"): 2, ("add_note", "text"): 12}  # of a kind; else one

_NUMBER = r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_COUNTS = re.compile(rf"(?:the |that )?(?:\d+|[a-z]+ty(?:[ -][a-z]+)?|[a-z]+teen|{_NUMBER})", re.I)
HOUR = re.compile(  # holds a time of day
    rf"\d[:.]\d\d|\d ?[ap]m\b|\b(?:half|quarter|past|noon|midday|midnight|o'?clock|{_NUMBER}|"
    r"\d{1,2}(?!st|nd|rd|th|\d))\b",
    re.I,
)
_CLOCK = re.compile(  # tells one beyond doubt
    rf"\b(?:at|by) (?:half|quarter|{_NUMBER}|\d{{1,2}})\b|\b\d{{1,2}}(?:[:.]\d\d| ?[ap]m)\b", re.I
)
_BARE_HOUR = re.compile(  # "ten tonight", to which "at" belongs; not "ten minutes", "two days before"
    rf"(?:half|quarter|noon|midnight|{_NUMBER}|\d{{1,2}})\b(?![:.-]?\d)"
    r"(?!.*\b(?:seconds?|minutes?|mins?|hours?|days?|weeks?|months?|years?|before|after|ahead)\b)",
    re.I,
)
_LIST = re.compile(r"\blists?\b", re.I)
_WHICH_LIST = re.compile(r"\b(?:on|onto|to|in|off|from) (?:my |the |our |me )?((?:[\w-]+ )?list)\b", re.I)
_PLACE = re.compile(
    r"\b(?:top|bottom|left|right|corner|middle|cent(?:re|er)|upper|lower|side|edge|end|o'clock)\b", re.I
)
_POINTER = re.compile(r"(?:it|that|this|the (?:answer|total|result|sum|number|code|name|date|price|amount))", re.I)
_PRONOUN = re.compile(r"it|them|that|this|those|these|one|that one|this one", re.I)
_ANY_REMINDER = re.compile(
    r"(?:(?:the|my|that|this) )?(?:(?:old|other|previous|original|existing) )?(?:reminder|one|alarm|timer|it|that)",
    re.I,
)
_IN_PRINT = re.compile(r"^(?:the |a )?(?:word|words|heading|line) (?=\w)", re.I)


def attached(intents: Sequence[Intent], marks: Sequence[Mark]) -> list[Intent]:
    """The steps with the marks that their words hold; each mark belongs to one step, in the order of the request."""
    found: list[Intent] = []
    rest = list(marks)
    for intent in intents:
        own, words, at = [], intent.clause.words.lower(), 0
        for mark in list(rest):
            place = _find(mark.words, words, at)
            if place >= 0:
                own.append(_with_week(mark, intent.clause.words))
                rest.remove(mark)
                at = place + len(mark.words)
        found.append(replace(intent, marks=tuple(own)))
    return found


def _with_week(mark: Mark, words: str) -> Mark:
    """A time with the "a week" that stands before it."""
    longer = re.search(
        rf"\b(?:(?:a|one|two|three) )?(?:weeks?|fortnight) (?:from |on )?{re.escape(mark.words)}", words, re.I
    )
    return replace(mark, words=longer[0]) if mark.kind == "when" and longer else mark


def _find(words: str, clause: str, start: int) -> int:
    match = re.compile(rf"(?<!\w){re.escape(words.lower())}(?!\w)").search(clause, start)
    return match.start() if match else -1


def said_again(intent: Intent) -> str:
    """The wish in plain words around its marked arguments; "" where they do not make one."""
    if intent.label == "set_reminder" and PUT_IN.search(intent.clause.words):
        return ""  # what is marked there is the print that tells it
    make = _PLAINLY.get(intent.label)
    given = _given(intent.label, made_whole(intent), _LIST.search(intent.clause.words) is not None)
    if intent.label in ("remember", "add_note") and _names_it(intent.clause.words, given.get("text", "")):
        return ""
    if intent.label in ("add_note", "delete_note") and _LIST.search(intent.clause.words) and "name" not in given:
        named = _WHICH_LIST.search(intent.clause.words)
        if not (named and given):
            return ""  # which list is not to be lost
        given = {**given, "name": named[1]}
    if intent.label == "start_timer" and given and (called := called_in(intent.clause.words)):
        given = {**given, "name": called}
    return make(given) if make is not None and given else ""


def _names_it(words: str, text: str) -> bool:
    """Whether the text only says what something before it is: "twenty percent of ninety, remember that's my budget"."""
    return re.search(rf"\b(?:(?:that|this|it) is|(?:that|it)'?s) {re.escape(text)}", words, re.I) is not None


def fuller(filled: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments; a reminder's time as the wish said it where what is marked is only a part: "a week on tuesday"; a
    fact with its second half.
    """
    fact, whole = str(filled.get("fact", "")), str(own.get("fact", ""))
    if fact and whole.lower().startswith(f"{fact.lower()} and "):
        return {**filled, "fact": whole}
    when, longer = str(filled.get("when", "")).lower(), str(own.get("when", "")).lower()
    return (
        {**filled, "when": own["when"]}
        if when and when != longer and when.removeprefix("at ") in longer
        else dict(filled)
    )


def agrees(intent: Intent, filled: Mapping[str, object]) -> bool:
    """Whether what the wish said again was filled with is what was marked: no word of a time was taken for the text, or
    lost though the wish as it was said tells an hour.
    """
    if intent.label != "set_reminder":
        return True
    when = str(filled.get("when", ""))
    lost = _CLOCK.search(intent.clause.words) is not None and not HOUR.search(when)
    if lost and not hangs_on_another(when):
        return False
    marked = " ".join(mark.words for mark in made_whole(intent) if mark.kind == "text").lower()
    text = str(filled.get("text", "")).partition(":")[0].lower()  # after it stands what a print adds
    return set(re.findall(r"\w+", text)) <= set(re.findall(r"\w+", marked))


def _given(label: str, marks: Sequence[Mark], listed: bool) -> Given:
    """The words of each kind, what stands apart put together. None where one is a guess, or where they are too many."""
    least = KEPT if label in ("add_note", "remember") else ENOUGH
    marks = [mark for mark in marks if not _said_twice(mark, marks)]
    named = [mark for mark in marks if mark.kind == "object" and not _ANY_REMINDER.fullmatch(mark.words)]
    if label == "cancel_reminder" and named:
        marks = [mark for mark in marks if mark.kind != "object" or mark in named]  # "it moved, bin the old one"
    kinds = {kind: [mark.words for mark in marks if mark.kind == kind] for kind in (mark.kind for mark in marks)}
    if any(mark.chance < least for mark in marks):
        return {}
    texts = kinds.get("text", [])
    if len(texts) > 1 and _POINTER.fullmatch(texts[0]):
        kinds["text"] = texts[:1]  # "note the answer, i'll tell him tomorrow"
    if label == "look_closer" and not _PLACE.search(" ".join(kinds.get("object", ()))):
        return {}
    if any(len(words) > _MOST.get((label, kind), 1) for kind, words in kinds.items()):
        return {}
    if len(kinds.get("text", ())) > 1 and not (kinds.get("name") or listed):
        return {}  # several things go on a list; of a note they are pieces
    return {kind: _day_and_hour(words) if kind == "when" else " and ".join(words) for kind, words in kinds.items()}


def _said_twice(mark: Mark, marks: Sequence[Mark]) -> bool:
    """Whether it only points to what another mark names: "never mind the old bar number, drop it from your memory"."""
    others = [one for one in marks if one.kind == mark.kind and not _PRONOUN.fullmatch(one.words)]
    return mark.kind in ("object", "name") and _PRONOUN.fullmatch(mark.words) is not None and bool(others)


def _day_and_hour(words: Sequence[str]) -> str:
    """A day and an hour that were said apart, together: "saturday ... at half nine"."""
    if len(words) == 1:
        return words[0]
    hours = [one for one in words if HOUR.search(one)]
    days = [one for one in words if one not in hours]
    if len(hours) != 1 or len(days) != 1:
        return TWO_TIMES
    return f"{hours[0]} {days[0]}" if hangs_on_another(hours[0]) else f"{days[0]} {hours[0]}"


def _if(*needed: str) -> Callable[[Callable[[Given], str]], Callable[[Given], str]]:
    """Only where all of these kinds are there."""

    def wrap(make: Callable[[Given], str]) -> Callable[[Given], str]:
        return lambda given: make(given) if all(given.get(kind) for kind in needed) else ""

    return wrap


_NUMBERED = re.compile(rf"(?P<number>{HOURS}) (?=(?:at|by) (?:half|quarter|noon|{HOURS})\b)", re.I)


def _reminder(given: Given) -> str:
    if given.get("when") == TWO_TIMES or re.fullmatch(
        r"(?:whatever|it|that|this|them|these|those|him|her|one|a new one|the new one|another)", given["text"], re.I
    ):
        return ""
    text = re.sub(r"^to (?=\w)", "", given["text"], flags=re.I)
    when = given.get("when", "")
    if numbered := _NUMBERED.match(when):  # "hand over bed | nine at seven tonight"
        text, when = f"{text} {numbered['number']}", when[numbered.end() :]
    if _BARE_HOUR.match(when):
        when = f"at {when}"  # "ten tonight"
    return f"remind me {when} to {text}".replace("  ", " ")


def _timer(given: Given) -> str:
    return f"set a timer for {given['duration']}" + (f" called {given['name']}" if given.get("name") else "")


def _unnoted(given: Given) -> str:
    name = re.sub(r"^(?:my|the|our) ", "", given.get("name", ""), flags=re.I)
    if _LIST.search(name):
        return f"take {given['object']} off my {name}"
    return f"delete the note about {given['object']}"


def _note(given: Given) -> str:
    name = given.get("name", "")
    if re.search(r"\blist$", name, re.I):
        return f"add {given['text']} to my {re.sub(r'^(?:my|the|our) ', '', name, flags=re.I)}"
    return f"make a note {given['text']}"


_PLAINLY: Mapping[str, Callable[[Given], str]] = {
    "set_reminder": _if("text")(_reminder),
    "start_timer": _if("duration")(_timer),
    "add_note": _if("text")(_note),
    "remember": _if("text")(lambda given: f"remember that {given['text']}"),
    "edit_note": _if("object", "text")(lambda given: f"change the note about {given['object']} to {given['text']}"),
    "delete_note": _if("object")(_unnoted),
    "forget": _if("object")(lambda given: f"forget {given['object']}"),
    "cancel_reminder": _if("object")(
        lambda given: (
            ""
            if _ANY_REMINDER.fullmatch(given["object"]) or _COUNTS.fullmatch(given["object"])
            else f"cancel {given['object']}"
        )
    ),
    "spell": _if("object")(lambda given: f"spell {given['object']}"),
    "define_word": _if("object")(lambda given: f"define {given['object']}"),
    "find_in_picture": _if("object")(lambda given: f"find {_IN_PRINT.sub('', given['object'])}"),
    "look_closer": _if("object")(lambda given: f"look closer at {given['object']}"),
    "tell_time": _if("object")(lambda given: f"what time is it in {given['object']}"),
    "convert_units": _if("object", "name")(lambda given: f"convert {given['object']} to {given['name']}"),
    "open_application": _if("object")(lambda given: f"open {given['object']}"),
    "read_document": _if("name")(lambda given: f"read the {given['name']}"),
    "remove_document": _if("name")(lambda given: f"remove the {given['name']}"),
}

"""Clauses that lean on the one before: "what timers have i got, then chuck the washing machine one", "the kettle manual, remove it".

A clause that only erases "it" or "the blue one" is about what its neighbour is about; one that asks the same again in other words
("who am i, what have you got on me") is no step of its own.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from assistant.phrases.number_words import to_digits
from assistant.phrases.time_words import find_spans, find_times
from assistant.phrases.time_zones import find_named
from assistant.steps.changed_reminders import BY
from assistant.steps.clause import Clause
from assistant.steps.labels import CAMERAS
from assistant.steps.planning import Intent
from assistant.steps.replaced import replaced
from assistant.steps.utterance import named_before

_ERASES = re.compile(
    r"^(?:(?:then|so|and|please|just|now) )*(?:delete|remove|erase|get rid of|throw|bin|chuck|scrap|drop|ditch|wipe|clear|cancel|stop|forget|lose|dump|tear)\b"
    r"(?P<rest>.*\b(?:it|that|this|them|those|one|ones)\b.*)$",
    re.I,
)
_ONE = re.compile(r"\b(?:one|ones)\b", re.I)
_KINDS = (  # what erases a thing, by the word it is called with and by the step that was about it
    ("cancel_reminder", r"\b(?:timers?|alarms?|countdown)\b", ("list_timers", "start_timer"), "timer"),
    ("cancel_reminder", r"\breminders?\b", ("list_reminders", "set_reminder"), "reminder"),
    ("delete_note", r"\b(?:notes?|lists?)\b", ("search_notes", "add_note", "edit_note"), "note"),
    ("remove_document", r"\b(?:documents?|files?|contracts?|manuals?|leases?|polic(?:y|ies)|paperwork|papers?)\b",
     ("list_documents", "read_document", "search_documents", "add_document"), "document"),
    ("forget", r"\byou (?:know|remember)\b", ("recall", "remember"), ""),
)  # fmt: skip
_ONCE = (  # never asked twice in a row: there is nothing that the second could add
    "undo", "repeat", "say_more", "who_am_i", "help", "list_tools", "list_timers", "list_documents", "take_picture", "take_screenshot",
)  # fmt: skip
_AGAIN = (
    "tell_time", "tell_date", "define_word", "remove_document", "delete_note", "forget", "recall", "cancel_reminder", "edit_note", "open_application",
)  # fmt: skip
_LEANS = re.compile(r"\b(?:it|that|this|them|they|there|those)\b", re.I)
_ELSE = re.compile(r"\b(?:what|anything|something|owt) (?:else|more)\b|\bthe rest\b|\bwhat(?:'s| is) next\b", re.I)
_LEFT = re.compile(r"\bwhat(?:'s| is| have i got| do i have)?(?: still)? (?:left|remain\w*|still (?:set|there|to come))\b", re.I)  # fmt: skip


def linked(intents: Sequence[Intent]) -> list[Intent]:
    """The steps, those that lean on the step before with what it names, and none that only repeats it."""
    found: list[Intent] = []
    for intent in replaced(intents):
        before = found[-1] if found else None
        if before is None:
            found.append(intent)
            continue
        intent = _in_its_place(_erasing(intent, before), before)
        if _LEFT.search(intent.clause.words) and before.label == "cancel_reminder":
            intent = replace(intent, label="list_reminders", confidence=max(intent.confidence, 0.7))
        again = intent.label == before.label and intent.label in _AGAIN and intent.clause.begins
        if _goes_with(intent, before) and not again:
            found[-1] = replace(before, clause=_joined(before.clause, intent.clause))
        else:
            found.append(intent)
    return found


def _goes_with(intent: Intent, before: Intent) -> bool:
    """Whether a step adds nothing to the one before it."""
    if before.label == "say_more" and intent.label in ("read_text", "ask_text"):
        return _ELSE.search(intent.clause.words) is not None  # "go on then | what else does it say"
    if before.label in CAMERAS and intent.label in CAMERAS:
        return _LEANS.search(intent.clause.words) is not None  # "something is on my screen | take a shot of it"
    elsewhere = intent.label == "tell_time" and find_named(intent.clause.words)
    return intent.label == before.label and _is_same(intent) and not elsewhere


def _is_same(intent: Intent) -> bool:
    words = intent.clause.words
    return intent.label in _ONCE or (intent.label in _AGAIN and _LEANS.search(words) is not None)


def _joined(first: Clause, second: Clause) -> Clause:
    return Clause(f"{first.words.rstrip('.,;?! ')}, {second.words}")


def _erasing(intent: Intent, before: Intent) -> Intent:
    """ "chuck the washing machine one" after a step about timers -> cancel "the washing machine timer"."""
    words = intent.clause.words
    match = _ERASES.match(words)
    if match is None:
        return intent
    for label, called, steps, noun in _KINDS:
        if before.label in steps or (before.label in _NO_STEP and re.search(called, before.clause.words, re.I)):
            said = words if before.label == label else _named(words, noun, before)
            return replace(intent, label=label, clause=Clause(said), confidence=max(intent.confidence, 0.7))
    return intent


def _in_its_place(intent: Intent, before: Intent) -> Intent:
    """What is wanted in the place of what goes: "take eggs off my list | stick rolls on", "scrap that timer | make it fifteen"."""
    words, label, said = intent.clause.words.rstrip(" .!?"), "", ""
    put, made, listed = _PUT.fullmatch(words), _MAKE_IT.fullmatch(words), _LISTED.search(before.clause.words)
    meant = _MEANT.fullmatch(words)
    number = to_digits(meant["what"]).strip() if meant else ""
    if before.label == "delete_note" and put and (listed or _OFF.search(before.clause.words)):
        label, said = "add_note", f"add {put['what']} to {listed[0] if listed else 'the list'}"
    elif before.label == "undo" and made and (find_spans(made["what"]) or find_times(f"at {made['what']}")):
        label, said = ("start_timer" if find_spans(made["what"]) else "set_reminder"), words
    elif before.label == "undo" and meant and (find_spans(meant["what"]) or re.fullmatch(r"\d+", number)):
        timed = find_spans(meant["what"]) or int(number) > 12  # no clock shows thirty
        length = meant["what"] if find_spans(meant["what"]) else f"{number} minutes"
        label, said = ("start_timer", f"start a timer of {length}") if timed else ("set_reminder", f"make it {number}")
    elif before.label == "cancel_reminder" and made and not re.fullmatch(BY, made["what"], re.I):
        label, said = _made(made["what"], before.clause.words)
    if not label:
        return intent
    return replace(
        intent, label=label, clause=Clause(said, intent.clause.hints), confidence=max(intent.confidence, 0.7)
    )


def _made(what: str, before: str) -> tuple[str, str]:
    """The label and the words of the timer or reminder that takes another's place; empty where that stays open."""
    alone = re.fullmatch(r"[a-z]+(?:[ -][a-z]+)?|\d+", what, re.I) is not None
    if find_spans(what):
        return "start_timer", f"start a timer of {what}"
    if (
        alone
        and (unit := re.search(r"\b(seconds?|minutes?|hours?)\b", before, re.I))
        and re.search(r"\d", to_digits(what))
    ):
        return "start_timer", f"start a timer of {what} {unit[1].rstrip('s')}s"
    at = what if find_times(what) else f"at {what}"
    kind = _KIND.search(before)
    if not kind or not find_times(at):
        return "", ""
    return "set_reminder", f"set an alarm {at}" if kind["kind"] == "alarm" else f"remind me {at} about {kind['what']}"


_PUT = re.compile(
    r"(?:(?:and|then|but|also|please|just) )*(?:stick|put|add|pop|bung|shove|chuck|write|get|have) (?!.*\b(?:list|notes?|timer|volume)\b)(?P<what>(?!it\b|that\b|the (?:timer|kettle)\b)[\w' -]+?)(?: (?:on|in|down))?(?: (?:there|it))?(?: instead| in its place)?",
    re.I,
)
_LISTED = re.compile(r"\b(?:my|the|our) (?:[\w-]+ ){0,2}?list\b", re.I)
_OFF = re.compile(r"\b(?:cross|strike|score|tick) off\b|\boff\b", re.I)
_MAKE_IT = re.compile(
    r"(?:(?:and|then|but|just|please) )*(?:make|have) (?:it|that|one) (?:for )?(?P<what>[\w:' ]{2,30}?)(?: instead)?",
    re.I,
)
_MEANT = re.compile(
    r"(?:(?:and|but|sorry|oh|no) )*i (?:meant|mean)(?: to say)? (?P<what>[\w:' ]{2,30}?)(?: instead)?", re.I
)
_KIND = re.compile(r"\b(?:my|the|that) (?P<what>[\w' -]*?) ?(?P<kind>reminder|alarm)\b", re.I)
_NO_STEP: Mapping[str, None] = dict.fromkeys(("chat", "vague", "world", "sure"))


def _named(words: str, noun: str, before: Intent) -> str:
    if _ONE.search(words) and noun:
        return _ONE.sub(noun, words, count=1)
    thing = named_before(before.clause.words, noun)
    return _LEANS.sub(lambda _: thing, words, count=1) if thing else words

"""The steps of a request put right where something is kept, or where what was just kept is taken back.

What a page says under a name is a note or a fact, while the page itself is a document; a code has to be scanned before it is noted;
"take it out and put ..." after a note is about that note. Nothing but the user's words and the last turn's own steps is looked at.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from assistant.permissions import asked_for
from assistant.steps.clause import Clause
from assistant.steps.keeping import keeping
from assistant.steps.kept_things import PRINTED_THING, VALUE_NAME
from assistant.steps.planning import Intent
from assistant.steps.righting import asked_anew, righted
from assistant.steps.slots import Material
from assistant.steps.slots_earlier import Said

KEEPS = ("add_note", "remember")
_LOOKS = ("scan_barcode", "identify_colour", "ask_text", "read_text", "calculate", "search_documents", "recall", "convert_units")  # fmt: skip
_ERASERS = ("undo", "delete_note", "forget", "cancel_reminder", "edit_note", "remove_document")
_KEPT_TOO = re.compile(
    r"^(?P<look>.+?)[,;.]+ (?:so |and |please )*(?P<keep>(?:label|tag|call|name|head|title|mark|keep|save|note|jot|write|store|file|put|pop|stick) (?:it|that|this|them)\b.+)$",
    re.I,
)
_TO_KEEP = re.compile(r"\b(?:keep(?:ing)?|sav(?:e|ing)|not(?:e|ed|ing)|stor(?:e|ing)|remember(?:ing|ed)?|by me|hold(?:ing)?)\b", re.I)  # fmt: skip
_NAMES = re.compile(r"^(?:and )?(?:head|label|tag|call|name|title|mark) (?:it|that|this|the note)\b", re.I)
_CODE = re.compile(
    r"\b(?:bar ?code|stripes)\b|\b(?:code|number) (?:of|on|off|from) (?:this|the|my|that) (?:[\w-]+ ){0,2}?(?:carton|jar|tin|packet|pack|bottle|box|can|tub|tube|bag|product|item|stripes|barcode)\b",
    re.I,
)
_OF_PAGE = re.compile(r"\b(?:off|on|from|in|of) (?:this|the|that|my|it|here)\b", re.I)
_BACK = re.compile(
    r"^(?:(?:oh|no|ach|sorry|oops|wait|hang on|actually|right)[,. ]+)*(?P<back>(?:strike|scratch|undo|scrap|cancel|wipe|scrub|forget|delete|bin|drop|lose) (?:that|it|the last one|what i said)(?: (?:out|off|now))?)[,;.]* (?:.{0,40}?[,;.] )?(?:and |then |so )*(?P<anew>(?:make|write|put|note|remember|have|say|jot|keep)\b.+)$",
    re.I,
)
_OTHERS = re.compile(r"\b(?:reminders?|alarms?|timers?|documents?|files?|list|about|from my|off my)\b", re.I)
_LAST = re.compile(
    r"\b(?:it|that|this|the (?:last )?one(?: you made| i (?:said|gave you))?|the (?:last )?note)\b", re.I
)
_AGAIN = re.compile(r"^(?P<kept>.{6,}?),? (?:and )?(?P<asks>(?:which|what|where|when|who|whose|how)(?:'s|s)? .{4,60}? again)$", re.I)  # fmt: skip
_NOTED = re.compile(r"[,;.]+ (?:and )?(?:take (?:a )?note of (?:that|it)|note (?:that|it)(?: down)?|mark (?:that|it))(?: for (?:good|me|later))?$", re.I)  # fmt: skip
_ON_THIS = re.compile(r"[,;.]+ (?P<where>(?:it's|it is|they're|it's all) (?:all )?(?:on|in) (?:this|here|the [\w-]+))[\s.]*$", re.I)  # fmt: skip
_FETCHED = re.compile(
    r"\b(?:fetch|get|pull|dig|find|look|take|bring) (?:it|that|them)(?: up| out)? (?:from|in|out of) (?:what (?:you know|i(?:'ve)? told you)|your (?:memory|head)|my (?:notes|facts))\b",
    re.I,
)
_SWAPPED = re.compile(
    r"^(?P<told>.*?)[,;.]* ?(?P<thing>(?:the|their|his|her|its) (?:new|right|proper|current|correct) [\w-]+)(?:'s| is) (?:on|in) (?P<page>(?:this|the|that)\b[^,;.]*)[,;.]+ (?:so |and |please )*(?:swap|change|replace|update|use|have|put|switch) .*\b(?:one|what|number|that) you(?:'ve)? (?:had|have|got|know|hold)\b",
    re.I,
)
_SUBJECT = re.compile(r"^(?:(?:oh|so|and|well)[, ]+)*(?P<who>(?:the|my|our|his|her|their) [\w'-]+)(?: has| have|'s|'ve)? ", re.I)  # fmt: skip
_MOVED = re.compile(
    r"^(?P<told>.{6,}?)[,;.]* (?:so |and )+(?:you can |you may |please |you'd better |you might as well )*(?P<erase>(?:drop|forget|bin|scrap|lose|delete|get rid of|wipe|ditch|throw out) (?:what(?:ever)? you(?:'ve|'d| have)? ?(?:got|had|have|know|kept|hold)?(?: down)?(?: about| on| of)?|the (?:old )?(?:one|fact|bit)(?: about)?) .+)$",
    re.I,
)
_KEEP_THAT = re.compile(r"^(?:and |then )*(?:keep|remember|have|know|hold|note|save|mind|take) (?:that|this|it)(?: one)?(?: down)?(?: instead| in its place| now)*[\s.]*$", re.I)  # fmt: skip
_READ_ME = re.compile(r"^(?:(?:and|then|please|so|now) )*(?:read|let me hear|go through|tell me) (?:me |us |out )?(?!.*\bnotes?\b)", re.I)  # fmt: skip
_OUT = re.compile(r"^(?:(?:and|please|just) )*(?:read|say|tell) (?:it|that)(?: (?:to )?(?:me|us))?(?: out)?(?: loud)?(?: (?:to )?(?:me|us))?[\s.]*$", re.I)  # fmt: skip
_OF_VALUE = re.compile(r"\bhow (?:much|many)\b|\bwhat(?:'s| is) (?:the|my|its|his|her|their) (?:[\w'-]+ ){0,3}?(?:number|code|reference|reading|price|total|amount|date|time|address)\b", re.I)  # fmt: skip
_HUMAN = re.compile(r"\b(?:it|that)(?= being\b)", re.I)


def as_meant(intents: Sequence[Intent], words: str, material: Material, shows_picture: bool) -> tuple[Intent, ...]:
    """The steps, put right.

    Args:
        words: the whole request.
        material: what earlier turns left.
        shows_picture: whether a picture came with the request.
    """
    steps = _of_page(list(intents)) if shows_picture else list(intents)
    steps = _with_places(_without_repeats(steps))
    steps = _kept_and_asked(_fetched(steps, words))
    former = next((one for one in material.earlier if not one.now and one.step in (*KEEPS, "edit_note")), None)
    if former is not None:
        steps = _taken_back(steps, former)
    return tuple(_moved_on(steps))


def _as(intent: Intent, label: str, words: str = "") -> Intent:
    """The step as another; the user's words leave no doubt of it."""
    return replace(
        intent,
        label=label,
        clause=Clause(words or intent.clause.words, {label: 0.0}),
        confidence=max(intent.confidence, 0.7),
        arguments={},
        marks=() if words else intent.marks,
    )


# what a page or a thing that is shown says


def _of_page(intents: list[Intent]) -> list[Intent]:
    """Where a picture is shown: a value that is kept under a name is no document, and a code is scanned before it is noted."""
    found: list[Intent] = []
    for at, intent in enumerate(intents):
        intent = _valued(intent, asked=any(one.label == "ask_text" for one in found))
        later = any(one.label in (*KEEPS, "add_document") for one in intents[at + 1 :])
        named = _NAMES.match(intent.clause.words) and found and found[-1].label in KEEPS
        swapped = _SWAPPED.match(intent.clause.words) if intent.label in ("edit_note", "remember", "add_note") else None
        if named:
            before = found[-1]
            found[-1] = _as(before, before.label, f"{before.clause.words.rstrip(' .,')}. {intent.clause.words}")
        elif intent.label in KEEPS and _CODE.search(_thing(intent)) and not any(one.label == "scan_barcode" for one in found):  # fmt: skip
            found += [_as(intent, "scan_barcode", intent.clause.words), _as(intent, intent.label, intent.clause.words)]
        elif intent.label in _LOOKS and not later and (parts := _with_keeping(intent)):
            found += parts
        elif swapped is not None:
            found += _swap(intent, swapped)
        else:
            found.append(intent)
    return found


def _thing(intent: Intent) -> str:
    wish = keeping(intent.clause.words)
    return wish.thing if wish is not None else ""


def _valued(intent: Intent, *, asked: bool) -> Intent:
    """The step as a fact or a note where it keeps one thing that the page says, under the name that the user gives it."""
    wish = keeping(intent.clause.words)
    if wish is None or intent.label not in ("add_document", "search_notes", "spell", "edit_note", "read_document"):
        return intent
    named = any(VALUE_NAME.search(name) for name in wish.names)
    printed = PRINTED_THING.search(wish.thing) is not None
    if intent.label == "add_document" and ((printed and not wish.points) or (wish.points and wish.names and (named or asked))):  # fmt: skip
        return _as(intent, "remember", intent.clause.words)
    if intent.label == "search_notes" and printed and _OF_PAGE.search(wish.thing):
        return _as(intent, "add_note", intent.clause.words)
    if intent.label == "spell" and wish.names and not re.search(r"\bspel|letter by letter|each letter", intent.clause.words, re.I):  # fmt: skip
        return _as(intent, "add_note", intent.clause.words)
    return intent


def _with_keeping(intent: Intent) -> list[Intent]:
    """A step that looks, and the wish in the same breath to keep what it finds: "there's a barcode i want keeping, label it ..."."""
    parts = _KEPT_TOO.match(intent.clause.words)
    if parts is None:
        return []
    only_named = _NAMES.match(parts["keep"]) is not None
    wish = keeping(f"note it, {parts['keep']}" if only_named else parts["keep"])
    if wish is None or not (wish.points and wish.names) or (only_named and not _TO_KEEP.search(parts["look"])):
        return []
    kept = f"note it, {parts['keep']}" if only_named else parts["keep"]
    return [replace(intent, clause=Clause(parts["look"], intent.clause.hints)), _as(intent, "add_note", kept)]


def _swap(intent: Intent, found: re.Match[str]) -> list[Intent]:
    """ "the chemist has moved, the new number's on this leaflet, swap it for the one you had": the old fact goes, the new one stays."""
    who = _SUBJECT.match(found["told"].strip() + " ")
    noun = found["thing"].split()[-1]
    if who is None:
        return [_as(intent, "remember", f"remember {found['thing']} off {found['page']}")]
    kept = f"remember {found['thing']} off {found['page']} under {who['who']}"
    return [_as(intent, "forget", f"forget {who['who']}'s {noun}"), _as(intent, "remember", kept)]


# what is said beside


def _with_places(intents: list[Intent]) -> list[Intent]:
    """Where it is printed, said at the end, for the step that reads it: "split it and note what each owes, it's on this"."""
    if len(intents) < 2 or intents[-1].label not in KEEPS or intents[-2].label not in ("calculate", "ask_text"):
        return intents
    place = _ON_THIS.search(intents[-1].clause.words)
    if place is None:
        return intents
    before, last = intents[-2:]
    return [
        *intents[:-2],
        replace(before, clause=Clause(f"{before.clause.words}, {place['where']}", before.clause.hints)),
        replace(last, clause=Clause(last.clause.words[: place.start()], last.clause.hints)),
    ]


def _without_repeats(intents: list[Intent]) -> list[Intent]:
    """ "How much is my meter on, read it me out" asks once; "what have i kept with you, and read me the recipe" is of documents."""
    found: list[Intent] = []
    for intent in intents:
        before = found[-1] if found else None
        if before and before.label == "ask_text" and intent.label == "read_text" and _OUT.match(intent.clause.words) and _OF_VALUE.search(before.clause.words):  # fmt: skip
            continue
        listed = found and found[-1].label == "list_documents" and intent.label in ("search_notes", "recall")
        found.append(_as(intent, "read_document") if listed and _READ_ME.match(intent.clause.words) else intent)
    return found


def _fetched(intents: list[Intent], words: str) -> list[Intent]:
    """ "... fetch it from what you know and make a note with it on": what is known is looked up first."""
    found = _FETCHED.search(words)
    at = next((number for number, one in enumerate(intents) if one.label in KEEPS), None)
    if found is None or at is None or any(one.label in ("recall", "search_notes") for one in intents):
        return intents
    return [*intents[:at], _as(intents[at], "recall", words[: found.end()].strip()), *intents[at:]]


def _kept_and_asked(intents: list[Intent]) -> list[Intent]:
    """A fact that is told and a question after it that were taken for one: "..., note that for good, and which seat is mine again"."""
    found: list[Intent] = []
    for intent in intents:
        both = _AGAIN.match(intent.clause.words.strip(" .?!")) if intent.label in KEEPS else None
        if both is None:
            found.append(intent)
            continue
        kept = _NOTED.sub("", both["kept"])
        found += [_as(intent, "remember", f"remember that {kept}" if kept != both["kept"] else both["kept"]), _as(intent, "recall", both["asks"])]  # fmt: skip
    return found


# what was kept in the last turn


def _taken_back(intents: list[Intent], former: Said) -> list[Intent]:
    """The steps of a correction: what was kept goes, and stands again with what was wrong in it put right."""
    if len(intents) == 1 and intents[0].label in (*KEEPS, *_ERASERS) and (both := _BACK.match(intents[0].clause.words)):
        only = intents[0]
        intents = [_as(only, "undo", both["back"]), _as(only, former.step, both["anew"])]
    at = next((number for number, one in enumerate(intents) if _erases(one)), None)
    if at is None:
        return intents
    anew = [(one, righted(former.text, one.clause.words)) for one in intents[at + 1 :]]
    if not any(text and one.label != "ask_text" for one, text in anew):
        return intents
    before = [one for one in intents[:at] if not (one.label in KEEPS and not asked_for(one.label, one.clause.words))]
    label = former.step if former.step in KEEPS else "add_note"
    lead = "remember that" if label == "remember" else "make a note:"
    kept = [_as(one, label, f"{lead} {text}") if text and _may_be(one) else one for one, text in anew]
    return [*before, _back(intents[at], former), *kept]


def _may_be(intent: Intent) -> bool:
    """Whether a step may be the correction: no question, and no wish of its own with all of its words."""
    return intent.label in (*KEEPS, *_ERASERS, "set_reminder", "start_timer", "chat", "vague") and bool(
        asked_anew(intent.clause.words)
    )


def _erases(intent: Intent) -> bool:
    """Whether a step takes back what was kept last, and nothing that is named."""
    words = intent.clause.words
    return intent.label == "undo" or (
        intent.label in _ERASERS and _LAST.search(words) is not None and not _OTHERS.search(words)
    )


def _back(intent: Intent, former: Said) -> Intent:
    """What takes the last note or fact back: "undo" where the words say so, else its deletion, which asks first."""
    if intent.label == "undo" and asked_for("undo", intent.clause.words):
        return intent
    if former.step == "remember":
        return _as(intent, "forget", f"forget that {former.text}")
    return _as(intent, "delete_note", "delete the last note")


def _moved_on(intents: list[Intent]) -> list[Intent]:
    """ "Swimming's moved to tuesdays so you can drop what you've got about it being thursdays and keep that instead"."""
    for at, (first, second) in enumerate(pairwise(intents)):
        told = _MOVED.match(first.clause.words) if first.label in (*_ERASERS, *KEEPS) else None
        if told is None or second.label not in KEEPS or not _KEEP_THAT.match(second.clause.words):
            continue
        subject = re.match(r"(?:the |my |our )?[\w-]+", told["told"])
        erase = _HUMAN.sub(subject[0] if subject else "it", told["erase"])
        return [*intents[:at], _as(first, "forget", erase), _as(second, "remember", f"remember that {told['told']}"), *intents[at + 2 :]]  # fmt: skip
    return intents

"""The steps of a request put right where something is kept.

What a page says under a name is a note or a fact, while the page itself is a document; a code has to be scanned before it is noted;
what was just kept may be taken back (taking_back.py). Nothing but the user's words and the last turn's own steps is looked at.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.steps.addressed import with_others_left
from assistant.steps.clause import Clause
from assistant.steps.keeping import keeping
from assistant.steps.kept_lost import recovered
from assistant.steps.kept_things import PRINTED_THING, SOURCE, VALUE_NAME
from assistant.steps.planning import Intent
from assistant.steps.print_plans import looking
from assistant.steps.set_anew import set_anew
from assistant.steps.slots import Material
from assistant.steps.taking_back import KEEPS, relabelled, taken_back

_OF_LISTS = ("add_note", "edit_note", "search_notes", "delete_note")
_LOOKS = ("scan_barcode", "identify_colour", "ask_text", "read_text", "calculate", "search_documents", "recall", "convert_units")  # fmt: skip
_KEPT_TOO = re.compile(
    r"^(?P<look>.+?)(?:[,;.]+| and) (?:so |and |please )*(?P<keep>(?:label|tag|call|name|head|title|mark|keep|save|note|jot|write|store|file) (?:it|that|this|them)\b.+|(?:put|pop|stick|get|add) (?:it|that|this|them) (?:down|(?:in|on|into) (?:my|the|a) note)\b.+)$",
    re.I,
)
_TO_KEEP = re.compile(r"\b(?:keep(?:ing)?|sav(?:e|ing)|not(?:e|ed|ing)|stor(?:e|ing)|remember(?:ing|ed)?|by me|hold(?:ing)?)\b", re.I)  # fmt: skip
_NAMES = re.compile(r"^(?:and )?(?:head|label|tag|call|name|title|mark) (?:it|that|this|the note)\b", re.I)
_CODE = re.compile(
    r"\b(?:bar ?code|stripes)\b|\b(?:code|number) (?:of|on|off|from) (?:this|the|my|that) (?:[\w-]+ ){0,2}?(?:carton|jar|tin|packet|pack|bottle|box|can|tub|tube|bag|product|item|stripes|barcode)\b",
    re.I,
)
_PAPER = re.compile(r"\b(?:letter|bill|form|list|page|leaflet|card|receipt|notice|slip|statement|document|paper|ticket|menu|recipe|contract|lease|report|one)s?$", re.I)  # fmt: skip
_OF_PAGE = re.compile(r"\b(?:off|on|from|in|of) (?:this|the|that|my|it|here)\b", re.I)
_AGAIN = re.compile(r"^(?P<kept>.{6,}?)(?:,|,? and) (?P<asks>(?:which|what|where|when|who|whose|how)(?:'s|s)? .{4,60}? again)$", re.I)  # fmt: skip
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
_READ_ME = re.compile(r"^(?:(?:and|then|please|so|now) )*(?:read|let me hear|go through|tell me) (?:me |us |out )?(?!.*\bnotes?\b)", re.I)  # fmt: skip
_OUT = re.compile(r"^(?:(?:and|please|just) )*(?:read|say|tell) (?:it|that)(?: (?:to )?(?:me|us))?(?: out)?(?: loud)?(?: (?:to )?(?:me|us))?[\s.]*$", re.I)  # fmt: skip
_OF_VALUE = re.compile(r"\bhow (?:much|many)\b|\bwhat(?:'s| is) (?:the|my|its|his|her|their) (?:[\w'-]+ ){0,3}?(?:number|code|reference|reading|price|total|amount|date|time|address)\b", re.I)  # fmt: skip


def as_meant(intents: Sequence[Intent], words: str, material: Material, shows_picture: bool) -> tuple[Intent, ...]:
    """The steps, put right.

    Args:
        words: the whole request.
        material: what earlier turns left.
        shows_picture: whether a picture came with the request.
    """
    if not intents:
        return ()
    anew = set_anew(intents, words, material)
    if [one.label for one in anew] != [one.label for one in intents]:
        return tuple(anew)
    page = shows_picture or material.document is not None
    intents = recovered(intents, words, page)
    steps = looking(intents)
    steps = _of_page(steps, shows_picture) if page else steps
    steps = _with_places(_without_repeats(steps))
    steps = _kept_and_asked(_fetched(steps, words))
    listed = any(one.step in _OF_LISTS and " list" in one.text.lower() for one in material.earlier[:3])
    return tuple(with_others_left(taken_back(steps, words, material), words, listed=listed))


# what a page or a thing that is shown says


def _of_page(intents: list[Intent], shows: bool) -> list[Intent]:
    """Where a picture is shown or a page was read: a value that is kept under a name is no document, and a code is scanned before it is noted."""
    found: list[Intent] = []
    for at, intent in enumerate(intents):
        asked = any(one.label == "ask_text" and _OF_VALUE.search(one.clause.words) for one in found)
        intent = _valued(intent, asked=asked)
        if intent.label in ("ask_text", "read_text") and _CODE.search(intent.clause.words) and _kept_next(intents[at + 1 :]):  # fmt: skip
            intent = relabelled(intent, "scan_barcode", intent.clause.words)
        later = any(one.label in (*KEEPS, "add_document") for one in intents[at + 1 :])
        named = _NAMES.match(intent.clause.words) and found and found[-1].label in KEEPS
        swapped = _SWAPPED.match(intent.clause.words) if intent.label in ("edit_note", "remember", "add_note") else None
        if named:
            before = found[-1]
            found[-1] = relabelled(before, before.label, f"{before.clause.words.rstrip(' .,')}. {intent.clause.words}")
        elif shows and intent.label in KEEPS and _CODE.search(_thing(intent)) and not any(one.label == "scan_barcode" for one in found):  # fmt: skip
            found += [
                relabelled(intent, "scan_barcode", intent.clause.words),
                relabelled(intent, intent.label, intent.clause.words),
            ]
        elif intent.label in _LOOKS and not later and (parts := _with_keeping(intent)):
            found += parts
        elif swapped is not None:
            found += _swap(intent, swapped)
        else:
            found.append(intent)
    return found


def _kept_next(after: Sequence[Intent]) -> bool:
    """Whether the next step only keeps what this one finds: "what's the code on the tin? make a note of it"."""
    wish = keeping(after[0].clause.words) if after and after[0].label in KEEPS else None
    return wish is not None and wish.points


def _thing(intent: Intent) -> str:
    wish = keeping(intent.clause.words)
    return wish.thing if wish is not None else ""


def _valued(intent: Intent, *, asked: bool) -> Intent:
    """The step as a fact or a note where it keeps one thing that the page says, under the name that the user gives it."""
    wish = keeping(intent.clause.words)
    if wish is None or intent.label not in ("add_document", "search_notes", "spell", "edit_note", "read_document"):
        return intent
    named = any(VALUE_NAME.search(name) for name in wish.names)
    printed = _is_value(wish.thing)
    asked = asked and not any(_PAPER.search(name) for name in wish.names)
    if intent.label == "add_document" and ((printed and not wish.points) or (wish.points and wish.names and (named or asked))):  # fmt: skip
        return relabelled(intent, "remember", intent.clause.words)
    if intent.label == "search_notes" and printed and _OF_PAGE.search(wish.thing):
        return relabelled(intent, "add_note", intent.clause.words)
    if intent.label == "spell" and wish.names and not re.search(r"\bspel|letter by letter|each letter", intent.clause.words, re.I):  # fmt: skip
        return relabelled(intent, "add_note", intent.clause.words)
    return intent


def _is_value(thing: str) -> bool:
    """Whether a thing is a value that print has, and no paper called after one: "my case number", not "the price list"."""
    named = SOURCE.sub("", thing).strip(" ,.")
    return re.search(f"{PRINTED_THING.pattern}$", named, re.I) is not None


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
    return [replace(intent, clause=Clause(parts["look"], intent.clause.hints)), relabelled(intent, "add_note", kept)]


def _swap(intent: Intent, found: re.Match[str]) -> list[Intent]:
    """ "the chemist has moved, the new number's on this leaflet, swap it for the one you had": the old fact goes, the new one stays."""
    who = _SUBJECT.match(found["told"].strip() + " ")
    noun = found["thing"].split()[-1]
    if who is None:
        return [relabelled(intent, "remember", f"remember {found['thing']} off {found['page']}")]
    kept = f"remember {found['thing']} off {found['page']} under {who['who']}"
    return [relabelled(intent, "forget", f"forget {who['who']}'s {noun}"), relabelled(intent, "remember", kept)]


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
        found.append(relabelled(intent, "read_document") if listed and _READ_ME.match(intent.clause.words) else intent)
    return found


def _fetched(intents: list[Intent], words: str) -> list[Intent]:
    """ "... fetch it from what you know and make a note with it on": what is known is looked up first."""
    found = _FETCHED.search(words)
    at = next((number for number, one in enumerate(intents) if one.label in KEEPS), None)
    if found is None or at is None or any(one.label in ("recall", "search_notes") for one in intents):
        return intents
    return [*intents[:at], relabelled(intents[at], "recall", words[: found.end()].strip()), *intents[at:]]


def _kept_and_asked(intents: list[Intent]) -> list[Intent]:
    """A fact that is told and a question after it that were taken for one: "..., note that for good, and which seat is mine again"."""
    found: list[Intent] = []
    for intent in intents:
        both = _AGAIN.match(intent.clause.words.strip(" .?!")) if intent.label in KEEPS else None
        if both is None:
            found.append(intent)
            continue
        kept = _NOTED.sub("", both["kept"])
        found += [relabelled(intent, "remember", f"remember that {kept}" if kept != both["kept"] else both["kept"]), relabelled(intent, "recall", both["asks"])]  # fmt: skip
    return found

"""Wishes to keep that the plan has lost or misread, told from the user's words alone.

"read me that and keep the reference under gas" reads and keeps; "add up the wrap and the chips, make a note i owe jess that" adds up
first; "read me that back" after a note says it again and takes nothing back.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.steps.clause import Clause
from assistant.steps.keeping import keeping
from assistant.steps.kept_results import RECKONED
from assistant.steps.kept_things import PRINTED_THING
from assistant.steps.planning import Intent
from assistant.steps.taking_back import KEEPS, relabelled

UNSURE = 0.6  # below it a step that wants nothing in particular may be the end of what was dictated
_LOOKS = ("scan_barcode", "identify_colour", "ask_text", "read_text", "calculate", "search_documents", "recall", "convert_units", "search_notes", "define_word", "spell")  # fmt: skip
_KEPT = (*KEEPS, "add_document", "edit_note", "forget", "delete_note", "undo", "remove_document")
_READ_BACK = re.compile(r"^(?:(?:and|then|please|so|now|oh|just) )*(?:read|say|tell|play|give) (?:me |us )?(?:that|it|this|the note|what you(?:'ve)? (?:got|wrote|noted)) (?:back|again|over|out)(?: (?:to )?(?:me|us))?(?: please)?[\s.]*$", re.I)  # fmt: skip
_SUM_FIRST = re.compile(
    r"^(?P<sum>(?:(?:and|please|can you|so) )*(?:add (?=.*\b(?:up|together)\b)|(?:work out|tot up|total up|tally|sum up|reckon up|divide|times|multiply)\b|(?:split|share|double|halve) (?=.*\b(?:bill|total|cost|price|amount|between|ways|by|of us)\b)).+?)(?:[,;.]+| and)(?: and| then| so)* (?P<keep>(?:make|take|write|jot|note|leave|put|pop|stick|keep|save|remember|scribble) .*\b(?:note|down|it|that|this|list)\b.*)$",
    re.I,
)
_JOTTING = r"(?:notes?|jottings?|memos?|scribbles?)"
_OUT_OF_DATE = re.compile(  # "that jotting about the roof man is out of date: it's not Thursday that he is coming, it is Saturday"
    rf"^(?:(?:oh|no|sorry|now|and)[, ]+)*(?:that|the|my|this) {_JOTTING} (?:about|on|of|for|from|to) (?P<which>[\w' -]{{2,40}}?)(?: is|'s| was)(?: all)? (?:out of date|wrong|not right|no longer right|no good|off)[,.:; ]+.*\b(?:it's|it is|it should (?:be|say)|make it|should be|that's)(?: really| actually| now)? (?P<new>(?!not\b|out\b|wrong\b)[^,.;]{{2,60}}?)(?:,? not [^,.;]+)?[\s.]*$",
    re.I,
)
_TAKEN_DOWN = re.compile(
    r"^(?P<what>.+?) (?:that |which )?(?:i (?:had|got|asked) you (?:to )?(?:take|jot|note|write|put|get)(?: it| them)? down|you (?:took|jotted|noted|wrote|put)(?: it)? down(?: for me)?|i (?:jotted|noted|wrote|dictated)(?: down)?)\b.*\b(?:no (?:more |further )?(?:use|need)|don't (?:need|want)|done with|can go|bin|rid|finished with)\b.*$",
    re.I,
)
_MOVED = re.compile(  # told as news, whatever is said of what was known: "our kevin's moved, it's flat six tern house from today"
    r"^(?P<told>(?:(?:the|my|our|his|her|their) )?(?!it\b|that\b|this\b)[\w' -]{2,30}?(?:'s| has| have|'ve) (?:moved|changed|got a new|switched)\b[^,.;]*,? (?:and )?(?:it's|it is|he's|she's|they're|now at|he is|she is) (?!at (?:one|two|three|four|five|six|seven|eight|nine|ten|\d)\b|on \w+day)[^,;.]{4,}?)(?:[,;.]+ (?:so|and|don't|no)\b.*)?$",
    re.I,
)
_DATED = re.compile(r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow|o'clock|[ap]m|noon|half past|quarter (?:to|past))\b", re.I)  # fmt: skip
_SORRY_NOTE = re.compile(r"^(?P<look>.+?)[,;.]+ (?:(?:sorry|no|wait|actually|rather|i mean)[, ]*)+(?P<keep>(?:note|jot|write|take|put|get) (?:it|that|them) down)[\s.]*$", re.I)  # fmt: skip


def recovered(intents: Sequence[Intent], words: str, shows: bool) -> list[Intent]:
    """The steps, with those that were lost or taken for others.

    Args:
        words: the whole request.
        shows: whether a picture came with it or a page was read.
    """
    steps = _whole(_without_bare([_as_told(one) for one in intents]), words)
    steps = _with_sums(steps, shows)
    return _with_lost(steps, words)


_BARE_REMINDER = re.compile(r"^(?:(?:and|then|please|can you|could you) )*(?:put|set|make|give|add|pop|stick)(?: me| us)?(?: down)?(?: up)? (?:a|an|the|another) (?:reminder|alarm|timer)(?: (?:down|for me|in|on))*[\s.]*$", re.I)  # fmt: skip
_QUESTION = re.compile(r"^(?:and |then )*(?:what|who|where|when|which|why|how|is|are|do|does|did|can|could|will|would|tell|read|remind|set|find|give|show)\b|\?$", re.I)  # fmt: skip


def _without_bare(intents: list[Intent]) -> list[Intent]:
    """Without a note of "put me down a reminder", where the reminder itself comes next."""
    after = [*(one.label for one in intents[1:]), ""]
    return [
        one
        for one, following in zip(intents, after, strict=True)
        if not (one.label in KEEPS and following in ("set_reminder", "start_timer") and _BARE_REMINDER.match(one.clause.words))
    ]  # fmt: skip


def _whole(intents: list[Intent], words: str) -> list[Intent]:
    """A dictated note with its second half, which was taken for talk: "she eats half a breakfast and drinks two cups"."""
    found: list[Intent] = []
    for intent in intents:
        last, tail = found[-1] if found else None, intent.clause.words.strip(" .")
        unsure = intent.label in ("world", "chat", "vague") and intent.confidence < UNSURE
        if last is not None and last.label == "add_note" and unsure and not _QUESTION.search(tail):
            joint = re.search(rf"{re.escape(last.clause.words.strip(' .'))}(?P<joint>,? and |, ){re.escape(tail)}", words, re.I)  # fmt: skip
            if joint:
                found[-1] = relabelled(last, "add_note", f"{last.clause.words.strip(' .')}{joint['joint']}{tail}")
                continue
        found.append(intent)
    return found


def _as_told(intent: Intent) -> Intent:
    """A step under the label that its words leave no doubt of."""
    words = intent.clause.words.strip(" .?!")
    if intent.label == "undo" and _READ_BACK.match(words):
        return relabelled(intent, "repeat", words)
    if intent.label in ("tell_date", "vague", "chat", "add_note", "edit_note", "set_reminder") and (wrong := _OUT_OF_DATE.match(words)):  # fmt: skip
        return relabelled(intent, "edit_note", f"change the note about {wrong['which']} to {wrong['new']}")
    if intent.label in ("remove_document", "forget", "vague", "chat") and (down := _TAKEN_DOWN.match(words)):
        return relabelled(intent, "delete_note", f"delete the note about {down['what']}")
    moved = _MOVED.match(words) if intent.label in ("cancel_reminder", "vague", "chat", "world") else None
    if moved is not None and not _DATED.search(moved["told"]):
        return relabelled(intent, "remember", f"remember that {moved['told']}")
    return intent


def _with_sums(intents: list[Intent], shows: bool) -> list[Intent]:
    """Before what keeps the result of a sum, the sum itself, where it was said in the same breath."""
    found: list[Intent] = []
    for intent in intents:
        words, summed = intent.clause.words, any(one.label == "calculate" for one in found)
        both = _SUM_FIRST.match(words) if intent.label in KEEPS and not summed else None
        told = _SORRY_NOTE.match(words) if intent.label in _LOOKS and intent is intents[-1] else None
        if both is not None and (wish := both["keep"]):
            found += [relabelled(intent, "calculate", both["sum"]), relabelled(intent, intent.label, wish)]
        elif told is not None:
            found += [replace(intent, clause=Clause(told["look"], intent.clause.hints)), relabelled(intent, "add_note", told["keep"])]  # fmt: skip
        elif intent.label in KEEPS and shows and not summed and found and (thing := _per(words, found[-1])):
            found[-1] = relabelled(found[-1], "calculate", f"{found[-1].clause.words.rstrip(' .,')}, {thing}")
            found.append(relabelled(intent, "add_note", f"note {thing}"))
        elif intent.label in KEEPS and shows and not summed and (share := _share(words)):
            before, thing = share
            found += [relabelled(intent, "calculate", f"{before}, {thing}"), relabelled(intent, "add_note", f"note {thing}")]  # fmt: skip
        else:
            found.append(intent)
    return found


_SHARED = re.compile(
    r"^(?P<before>.*\b(?:go(?:ing|es)? halves|split(?:ting)?|shar(?:e|ing)|between (?:us|the|\w+ of us)|halv(?:e|ing)|chipping in)\b.*?)(?:[,;.]+| and| so)+ (?P<keep>(?:note|jot|write|put|make|keep|remember) .+)$",
    re.I,
)


_COUNTED = re.compile(r"\b(?:it's|it is|that's|for|over|we're|there's|there are|i've|we've) (?:(?:\d+|[a-z]+) )?(?:\d+|[a-z]+) (?:weeks?|months?|days?|years?|of us|people|nights?|visits?|hours?)\b", re.I)  # fmt: skip
_PER = re.compile(r"\b(?:a|per|each|every) (?:week|month|day|year|person|head|night|visit|hour)\b|\beach\b", re.I)


def _per(words: str, before: Intent) -> str:
    """What a sum of the step before is called: "it's thirteen weeks. put what it comes to a week in a note"; "" for none."""
    wish = (
        keeping(words) if before.label in ("ask_text", "read_text") and _COUNTED.search(before.clause.words) else None
    )
    return wish.thing if wish and RECKONED.fullmatch(wish.thing) and _PER.search(wish.thing) else ""


def _share(words: str) -> tuple[str, str] | None:
    """The sharing that is told and the name of its result: "we go halves on this so note what our half is"."""
    found = _SHARED.match(words)
    wish = keeping(found["keep"]) if found else None
    thing = wish.thing if wish else ""
    return (found["before"], thing) if found and RECKONED.fullmatch(thing) else None


def _with_lost(intents: list[Intent], words: str) -> list[Intent]:
    """The wish to keep what was found, where it stands after the last step's words and no step has it."""
    last = intents[-1] if intents else None
    if last is None or last.label not in _LOOKS or any(one.label in _KEPT for one in intents):
        return intents
    said = last.clause.words.strip(" .,?!")
    at = words.lower().rfind(said.lower())
    rest = words[at + len(said) :].strip(" ,.;?!") if at >= 0 and said else ""
    wish = keeping(rest) if re.match(r"(?:and|then|so|also|plus|oh)\b", rest, re.I) else None
    if wish is None or not ((wish.points and (wish.names or wish.thing)) or PRINTED_THING.search(wish.thing)):
        return intents
    fact = re.search(r"\b(?:know|mind|memor\w*|re?m[em]*b\w*)\b", rest, re.I)
    return [*intents, relabelled(last, "remember" if fact else "add_note", rest)]

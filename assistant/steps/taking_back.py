"""What was kept in the last turn, taken back and kept again as a correction says it: "take it out and put the physio's Mr Lund".

Where the words say undo it is undone; else the note or the fact is deleted, which asks first. Nothing but the user's words and what
the last turn kept is looked at.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from assistant.permissions import asked_for
from assistant.steps.clause import Clause
from assistant.steps.planning import Intent
from assistant.steps.righting import asked_anew, righted
from assistant.steps.slots import Material, Missing
from assistant.steps.slots_earlier import Said
from assistant.steps.slots_kept import forget

KEEPS = ("add_note", "remember")
_ERASERS = ("undo", "delete_note", "forget", "cancel_reminder", "edit_note", "remove_document")
_BACK = re.compile(
    r"^(?:(?:oh|no|ach|sorry|oops|wait|hang on|actually|right)[,. ]+)*(?P<back>(?:strike|scratch|undo|scrap|cancel|wipe|scrub|forget|delete|bin|drop|lose) (?:that|it|the last one|what i said)(?: (?:out|off|now))?)[,;.]* (?:.{0,40}?[,;.] )?(?:and |then |so )*(?P<anew>(?:make|write|put|note|remember|have|say|jot|keep)\b.+)$",
    re.I,
)
_RATHER = re.compile(
    r"^(?:(?:oh|no|nah|ach|sorry|oops|wait|actually|hang on|rather|i mean)[,. ]+)*(?P<anew>make (?:it|that) (?!\d|half|quarter|a (?:note|reminder|list)|louder|quieter|slower|faster|stop|so\b|at\b|for\b|noon|midday).+)$",
    re.I,
)
_WRONG = re.compile(  # "wait no its 3309 not 3390, change it"
    r"^(?=.*(?:\bnot\b|\bchange (?:it|that)|\b(?:no|wait|sorry|actually)\b))(?:(?:oh|no|nah|wait|sorry|actually|hang on|and|so)[,. ]+)*(?:it's|its|it is|that's|(?:it|that) should (?:be|say)|(?:it|that)(?: was|'s| is) (?:meant|supposed) to be|i meant) (?P<new>.+?)(?:,? (?:and )?not (?P<old>.+?))?(?:[,;.]+ (?:so |and |please )*(?:change|fix|correct|amend|put|sort|mend) (?:it|that)(?: right| now)?)?$",
    re.I,
)
_NEW_VALUE = re.compile(  # "... and remember it's 8820 now"
    r"^(?:(?:and|but|then|so|please|to|instead) )*(?:remember|keep|note|save|know|learn)(?: instead)?(?: that)? (?:it's|it is|its|they're|the (?:new|right) one(?:'s| is)) (?P<value>.+?)(?: now| instead)*[\s.]*$",
    re.I,
)
_NEW_KEPT = re.compile(  # "the new one is 5528 and you had better remember that instead"
    r"^(?:(?:and|so|but) )*(?:the (?:new|right|current) (?:one|number|code)|it|they|it's now)(?:'s| is| are)? (?:now )?(?P<value>[^,;]+?)(?:[,;.]+| and) (?:so |and |please |you(?:'d| had) better |you can |will you |do )*(?:keep|remember|have|know|hold|note|save|mind|take) (?:that|this|it)(?: one)?(?: down)?(?: instead| in its place| now)*[\s.]*$",
    re.I,
)
_AND_NEW = re.compile(r"^(?P<erase>.+?)[,;.]+ (?:please[,;. ]+)?(?:and |so )?(?:the (?:new|right) one|it|they)(?:'s| is| are)(?: now)? (?P<value>.+)$", re.I)  # fmt: skip
_NO_WISHES = ("chat", "vague", "world")
_OTHERS = re.compile(r"\b(?:reminders?|alarms?|timers?|documents?|files?|list|about|from my|off my)\b", re.I)
_LAST = re.compile(
    r"\b(?:it|that|this|the (?:last )?one(?: you made| i (?:said|gave you))?|the (?:last )?note)\b", re.I
)
_MOVED = re.compile(
    r"^(?P<told>.{6,}?)[,;.]* (?:so |and )+(?:you can |you may |please |you'd better |you might as well )*(?P<erase>(?:drop|forget|bin|scrap|lose|delete|get rid of|wipe|ditch|throw out) (?:what(?:ever)? you(?:'ve|'d| have)? ?(?:got|had|have|know|kept|hold)?(?: down)?(?: about| on| of)?|the (?:old )?(?:one|fact|bit)(?: about)?) .+)$",
    re.I,
)
_KEEP_THAT = re.compile(r"^(?:and |then |you(?:'d| had) better |please )*(?:keep|remember|have|know|hold|note|save|mind|take) (?:that|this|it)(?: one)?(?: down)?(?: instead| in its place| now)*[\s.]*$", re.I)  # fmt: skip
_HUMAN = re.compile(r"\b(?:it|that)(?= being\b)", re.I)


def relabelled(intent: Intent, label: str, words: str = "") -> Intent:
    """The step as another; the user's words leave no doubt of it."""
    return replace(
        intent,
        label=label,
        clause=Clause(words or intent.clause.words, {label: 0.0}),
        confidence=max(intent.confidence, 0.7),
        arguments={},
        marks=() if words else intent.marks,
    )


def taken_back(intents: Sequence[Intent], words: str, material: Material) -> list[Intent]:
    """The steps, those that correct what the last turn kept as one deletion and one thing kept anew."""
    former = next((one for one in material.earlier if not one.now), None)
    steps = list(intents)
    if former is not None and former.step in (*KEEPS, "edit_note"):
        steps = _corrected(_own_words(steps, words, former), former)
    return _moved_on(steps)


def _own_words(intents: list[Intent], words: str, former: Said) -> list[Intent]:
    """The steps in the user's own words, where what comes in the place of a note was taken for a time: "scratch that, put 54"."""
    both = _BACK.match(words.strip())
    made_up = len(intents) == 2 and intents[1].clause.words.lower().strip(" .") not in words.lower()
    if (
        both is None
        or not made_up
        or intents[0].label != "undo"
        or intents[1].label not in ("start_timer", "set_reminder")
    ):
        return intents
    return [relabelled(intents[0], "undo", both["back"]), relabelled(intents[1], former.step, both["anew"])]


def _corrected(intents: list[Intent], former: Said) -> list[Intent]:
    """The steps of a correction: what was kept goes, and stands again with what was wrong in it put right."""
    rather = _rather(intents[0], former) if intents else None
    if rather is not None and not any(one.label in (*KEEPS, *_ERASERS) for one in intents[1:]):
        return [rather, *intents[1:]]
    if len(intents) == 1 and intents[0].label in (*KEEPS, *_ERASERS) and (both := _BACK.match(intents[0].clause.words)):
        only = intents[0]
        intents = [relabelled(only, "undo", both["back"]), relabelled(only, former.step, both["anew"])]
    at = next((number for number, one in enumerate(intents) if _erases(one)), None)
    if at is None:
        return intents
    anew = [(one, righted(former.text, one.clause.words)) for one in intents[at + 1 :]]
    if not any(text and _may_be(one) for one, text in anew):
        return intents
    before = [
        one for one in intents[:at] if not (_is_told(one) or (_SORRY.match(one.clause.words) and one.confidence < 0.5))
    ]
    label = former.step if former.step in KEEPS else "add_note"
    lead = "remember that" if label == "remember" else "make a note:"
    kept = [relabelled(one, label, f"{lead} {text}") if text and _may_be(one) else one for one, text in anew]
    return [*before, _back(intents[at], former), *kept]


_SORRY = re.compile(r"(?:(?:oh|ach|no|ah|and) ?,? )*(?:sorry|oops|wait|no)\b", re.I)


def _is_told(intent: Intent) -> bool:
    """Whether a step that keeps something is only what the correction tells, and was not asked for."""
    return intent.label in KEEPS and not asked_for(intent.label, intent.clause.words)


def _rather(intent: Intent, former: Said) -> Intent | None:
    """What was kept last changed, where its correction names no note: "actually make that cloths", "no, its 3309 not 3390"."""
    words = intent.clause.words.strip(" .!?")
    said, wrong = _RATHER.match(words), _WRONG.match(words)
    if not (said or wrong) or intent.label not in (*KEEPS, *_NO_WISHES, "edit_note", "set_reminder"):
        return None
    anew = said["anew"] if said else f"make it {wrong['new']}" if wrong else ""
    text, new = _swapped(former.text, wrong) or righted(former.text, anew), asked_anew(anew)
    in_place = bool(text) and text.lower() != new.lower()
    if not text or (not in_place and (wrong or former.step == "remember" or intent.label == "set_reminder")):
        return None  # a time, a day or a wish of its own
    if former.step == "remember":
        return relabelled(intent, "remember", f"remember that {text}")
    return relabelled(intent, "edit_note", f"change the last note to say {text}")


def _swapped(former: str, wrong: re.Match[str] | None) -> str:
    """What was kept with the thing that was wrong named: "meant to be eggs, not figs"; "" where it does not stand there once."""
    old = re.escape((wrong["old"] or "").strip(" .,")) if wrong else ""
    found = list(re.finditer(rf"(?<!\w){old}(?!\w)", former, re.I)) if old else []
    return f"{former[: found[0].start()]}{wrong['new']}{former[found[0].end() :]}" if wrong and len(found) == 1 else ""


def _may_be(intent: Intent) -> bool:
    """Whether a step may be the correction: no question, and no wish of its own with all of its words."""
    if intent.label in KEEPS:
        return bool(asked_anew(intent.clause.words))
    others = (*_ERASERS, *_NO_WISHES, "set_reminder", "start_timer")
    return intent.label in others and bool(asked_anew(intent.clause.words, instead=True))


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
        return relabelled(intent, "forget", f"forget that {former.text}")
    return relabelled(intent, "delete_note", "delete the last note")


def _moved_on(intents: list[Intent]) -> list[Intent]:
    """ "Swimming's moved to tuesdays so you can drop what you've got about it being thursdays and keep that instead"."""
    for at, (first, second) in enumerate(pairwise(intents)):
        if pair := _with_new_value(first, second):
            return [*intents[:at], *pair, *intents[at + 2 :]]
        told = _MOVED.match(first.clause.words) if first.label in (*_ERASERS, *KEEPS) else None
        if told is None or second.label not in KEEPS or not _KEEP_THAT.match(second.clause.words):
            continue
        subject = re.match(r"(?:the |my |our )?[\w-]+", told["told"])
        erase = _HUMAN.sub(subject[0] if subject else "it", told["erase"])
        return [*intents[:at], relabelled(first, "forget", erase), relabelled(second, "remember", f"remember that {told['told']}"), *intents[at + 2 :]]  # fmt: skip
    return intents


def _with_new_value(first: Intent, second: Intent) -> list[Intent]:
    """ "Forget the old locker code and remember it's 8820 now": what it is stands in the new fact."""
    if first.label != "forget" or second.label not in KEEPS:
        return []
    both, new = (
        _AND_NEW.match(first.clause.words),
        _NEW_VALUE.match(second.clause.words) or _NEW_KEPT.match(second.clause.words),
    )
    value = new["value"] if new else both["value"] if both and _KEEP_THAT.match(second.clause.words) else ""
    erase = both["erase"] if both and not new else first.clause.words
    filled = forget(erase, Material(_no_encoder))
    what = "" if isinstance(filled, Missing) else str(filled["what"])
    what = re.sub(r"\b(?:old|former|previous|wrong) ", "", re.split(r" (?:being|is|was|are) ", what)[0]).strip(" ,.")
    if not value or not what or _LAST.fullmatch(what):
        return []
    return [
        relabelled(first, "forget", erase),
        relabelled(second, "remember", f"remember that {what} is {value.strip(' ,.')}"),
    ]


def _no_encoder(texts: list[str]) -> None:
    """None is needed to say what is to be forgotten."""

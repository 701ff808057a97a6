"""What is not asked for: a wish that is negated ("don't write this down"), told of others ("she told me to set a timer") or of the
past ("i read it already"). Such a clause calls no tool; nor does one that keeps something without a word that asks for it.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.permissions import asked_for
from assistant.phrases.time_words import find_times
from assistant.steps.clause import Clause
from assistant.steps.keeping import keeping
from assistant.steps.labels import NOT_TOOLS
from assistant.steps.planning import Intent

_VERB = (
    r"(?:writ(?:e|ing)|not(?:e|ing)|sav(?:e|ing)|keep(?:ing)?|add(?:ing)?|set(?:ting)?|record(?:ing)?|put(?:ting)?|start(?:ing)?|tak(?:e|ing)|"
    r"read(?:ing)?|describ(?:e|ing)|open(?:ing)?|scan(?:ning)?|search(?:ing)?|look(?:ing)?|calculat(?:e|ing)|convert(?:ing)?|spell(?:ing)?|"
    r"repeat(?:ing)?|list(?:ing)?|show(?:ing)?|delet(?:e|ing)|remov(?:e|ing)|cancel(?:ling)?|undo(?:ing)?|chang(?:e|ing)|do(?:ing)?|jot(?:ting)?|"
    r"stor(?:e|ing)|fil(?:e|ing)|bin(?:ning)?|chuck(?:ing)?|make|making|go(?:ing)?|switch(?:ing)?|turn(?:ing)?|say(?:ing)?|remembering|photograph(?:ing)?|snap(?:ping)?)"
)
_NEGATED = re.compile(
    r"^(?:(?:no|oh|please|and|but|so|well|actually|just)[, ]+)*"
    r"(?:(?:don't|do not|dont|never(?! ?mind)|no need to|no need for|there's no need to|needn't|not to|better not|rather not|let's not|let us not|"
    r"you (?:don't|do not|needn't|mustn't|shouldn't)(?: (?:have|need) to)?|i(?:'d| would) rather you (?:didn't|don't|not)|i (?:don't|do not|dont) (?:want|need) you(?: to)?|"
    r"i(?:'m| am) not asking(?: you)?(?: to| for)?|i (?:didn't|did not|never) (?:ask|want|tell|mean)(?:ed)?(?: (?:you|for you))?(?: to| for)?|not asking you to|(?:don't|wouldn't|needn't) bother(?: with)?)"
    rf"\s+(?:\w+ ){{0,1}}?{_VERB}\b|(?:i )?wouldn't bother\b|(?:please )?(?:refrain from|we can do without|i can do without)\b|(?:we|i)(?:'d| would) (?:rather|sooner) (?:you )?(?:didn't|don't|not)\b|leave (?:the|my|that|it|this)\b.*\b(?:alone|be|running|where it is|as it is|as they are)\b|not (?:now|yet|just now)\b)",
    re.I,
)
_UNWANTED = re.compile(  # no wish for one; that one goes again has a label of its own
    r"^(?:(?:no|oh|please|and|but|so|well|actually)[, ]+)*i (?:don't|do not|dont) (?:want|need) (?:the|an?|my|that|any) (?:[\w']+ )?(?:alarm|reminder|timer)\b",
    re.I,
)
_NOT_NOW = re.compile(  # "hang on, don't read it yet", "not out loud, i've got company", "wait till i find the right one"
    rf"^(?:(?:oh|no|ok|right|please|sorry|just|ah)[, ]+)*(?:(?:hang|hold) on|wait|one (?:sec|second|minute|moment)|(?:just )?a (?:sec|second|minute|moment)|give (?:me|us) a (?:sec|second|minute|moment))(?:[,. ]+(?:love|pet|dear|now|a (?:sec|minute|bit)))*[,. ]+(?:(?:don't|do not|not) (?:{_VERB}|yet|that|it)\b|(?:till|until|while) (?:i|we)\b)"
    r"|^(?:(?:oh|no|please|sorry)[, ]+)*not (?:out loud|aloud|that (?:one|letter|page|bit)|this one|yet|now|in front of)\b"
    r"|^(?:(?:yes|yeah|oh|ok|right|no|ah)[, ]+)*(?:got it|i've got it|i have it|never mind)?[, ]*(?:(?:ta|thanks|cheers|thank you)[, ]+)?(?:so )?i (?:already )?know what (?:it|that|this|that one|this one|they|he|she|the \w+) (?:says?|is|are)\b(?! (?:but|though))",
    re.I,
)
_MAKE_IT = re.compile(r"^(?:(?:and|but|so|please|just)[, ]+)*make (?:it|that)\b", re.I)
_ANOTHER = re.compile(  # what is wanted in the place of a note that goes: "scrap the note about the plumber and make one saying ..."
    r"^(?:(?:and|then|but|so|please|just) )*(?:make|write|put|do|give|start|leave|take|add|have|get)(?: me| us)? (?:one|another(?: one)?|a (?:new|fresh|different) one|it)(?: (?:instead|up|in its place|down))*,? (?P<how>saying|(?:that|which) says|to say|reading|that reads|about|of|with) (?P<text>.+)$",
    re.I,
)
_NOT_THEN = re.compile(r"[\s,]+(?:and |but )?not (?:at |for )?(?P<time>[\w:. ]{1,30}?)[\s.!]*$", re.I)
_REPORTED = re.compile(
    r"^(?:(?:so|well|and|oh|yes|because)[, ]+)*(?:"
    r"(?:(?:my|the|our|his|her) (?:[\w']+ ){1,2}|he |she |they |someone |mum |dad |(?!i |we |you )[a-z]+ )(?:told|asked|reminded|used|wants|wanted|tried|said) (?:me |her |him |us |them |my [\w']+ )?to\b(?! (?:know|hear|find out)\b)|(?:i|we) (?:told|asked|reminded|tried|used) (?:her |him |them |my [\w']+ )?to\b|"
    r"(?:i|he|she|we|they) (?:already |just |always |usually |once |sometimes )?(?:used to|set|wrote|noted|made|took|read|added|saved|cancelled|deleted|scanned|opened|spelled|described)\b(?! (?:a|my) (?:meeting|appointment))|"
    r"(?:i've|i have|he's|she's|we've|they've) (?:already|just) (?:set|written|noted|made|taken|read|added|saved|cancelled|deleted|scanned|opened|had)\b|"
    r"i(?:'ll| will| can| could| might|'m going to| am going to) (?:\w+ ){0,3}?(?:set|write|note|read|add|save|cancel|delete|do|make|take|remember|sort) [^,.;]*?\b(?:myself|later|tomorrow|on my own|when i)\b|"
    r"(?:my|the|our|his|her) [\w']+ (?:told|asked|reminded) (?:her|his|their|my|the|our) [\w']+ to\b|"
    r"i (?:was|had been) (?:going|about|meaning|planning|thinking) (?:to|of|about)\b.*\b(?:won't|didn't|don't|decided|but)\b|i (?:thought|was thinking) (?:about|of) \w+ing\b|"
    r"my old \w+ (?:used to|could|always)\b|do people\b)",
    re.I,
)
_AND_YET = re.compile(  # a wish that follows all the same
    r"(?:[,.;!?]|\b(?:and|so|but|please|then|just)\b)\s*(?:\w+ ){0,2}?(?:remember|note|remind|write|jot|keep|save|add|put|set|don't (?:let me )?forget|tell me|read|what|how|when|where|who|which|cancel|delete|undo|can you|could you)\b|\?$",
    re.I,
)
_UNDO = re.compile(r"\b(?:undo|take (?:it|that) (?:back|off)|forget|know|remind|let me forget|forget to)\b", re.I)
_CHANGING = re.compile(r"\b(?:chang|touch|alter|adjust|turn|set|switch|speed|slow|rais|lower)\w*", re.I)
_ATTACHED = re.compile(  # what is shown, not what is to be done with it
    r"(?:(?:the|a|my) )?(?:scan|photo|pic|picture|image|file|screenshot|menu|timetable|bill|letter|label)s?(?: (?:pic|photo|scan))? "
    r"(?:(?:is|are) )?(?:attached|enclosed|below|uploaded)|(?:menu|timetable|bill|letter|label|receipt) (?:pic|photo|scan)",
    re.I,
)
KEEPING = ("remember", "add_note", "set_reminder")
_TOLD = re.compile(r"^(?:i|i've|i'm|we|we've|he|she|they|it|it's|the|my|our|his|her|whatever)\b(?!.*\?)", re.I)
_RARELY_TOLD = ("repeat", "undo", "say_more", "help", "list_tools", "change_setting")
_TAKING = ("cancel_reminder", "delete_note", "forget", "remove_document")  # never on a guess: "bin day's monday"
LIKELY = 0.7  # probability from which something told is a wish for one of these all the same


def without_all_declined(intents: Sequence[Intent]) -> list[Intent]:
    """The steps as `without_declined` leaves them; what is told right after a refusal is its reason and no wish."""
    found: list[Intent] = []
    refused = False
    for intent in intents:
        kept = without_declined(_anew(intent, found))
        if refused and kept.label not in NOT_TOOLS and _TOLD.match(kept.clause.words):
            kept = replace(kept, label="chat", arguments={})
        elif refused and _MAKE_IT.match(kept.clause.words):  # of what was not set: what it is to be is asked
            kept = replace(kept, label="vague", arguments={})
        refused = kept.label == "chat" and _refuses(intent)
        found.append(kept)
    return found


def _anew(intent: Intent, before: Sequence[Intent]) -> Intent:
    """A note in the place of the one that goes, which calls it no note: "get shot of it, and make us one that says ..."."""
    another = (
        _ANOTHER.match(intent.clause.words) if before and before[-1].label in ("delete_note", "edit_note") else None
    )
    if another is None or intent.label not in ("add_note", "set_reminder", "remember", "vague", "chat", "edit_note"):
        return intent
    how = another["how"].lower() if another["how"].lower() in ("about", "of", "with") else "saying"
    clause = Clause(f"make a note {how} {another['text']}", {"add_note": 0.0})
    return replace(intent, label="add_note", clause=clause, confidence=max(intent.confidence, LIKELY), arguments={})


def without_declined(intent: Intent) -> Intent:
    """The intent, or small talk where the clause asks for nothing."""
    if intent.label in NOT_TOOLS:
        return intent
    if _ATTACHED.fullmatch(intent.clause.plain):
        return replace(intent, label="chat", arguments={})
    intent = _as_asked(_without_other_time(intent))
    words = intent.clause.words
    declined = (_refuses(intent) and not _UNDO.search(words)) or _waits(words)
    match = _REPORTED.match(words)
    told = match is not None and not _AND_YET.search(words, match.end())
    changed = intent.label == "set_reminder" and _MAKE_IT.match(words) is not None  # what was just taken back
    unasked = intent.label in KEEPING and not asked_for(intent.label, words) and not (changed or intent.is_meant)
    aside = intent.label in _RARELY_TOLD and intent.confidence < LIKELY and _TOLD.match(words)
    guessed = intent.label in _TAKING and intent.confidence <= LIKELY and not asked_for(intent.label, words)
    if not (declined or told or unasked or aside or guessed):
        return intent
    return replace(intent, label="chat", arguments={})


def _as_asked(intent: Intent) -> Intent:
    """A note as a fact, or the other way round, where the words ask for that one: "keep it as gluten free bread"."""
    other = {"add_note": "remember", "remember": "add_note"}.get(intent.label, "")
    words = intent.clause.words
    if not other or intent.is_meant or asked_for(intent.label, words) or not asked_for(other, words):
        return intent
    return replace(intent, label=other) if keeping(words) is not None else intent


def _refuses(intent: Intent) -> bool:
    words = intent.clause.words
    if intent.label == "change_setting" and not _CHANGING.search(words):
        return False  # "refrain from the chirping" asks for what it refuses
    unwanted = intent.label in ("set_reminder", "start_timer") and _UNWANTED.match(words)
    return bool(unwanted or _NEGATED.match(words))


def _waits(words: str) -> bool:
    """Whether nothing is to be done yet, or any more."""
    match = _NOT_NOW.match(words)
    return match is not None and not _AND_YET.search(words, match.end())


def _without_other_time(intent: Intent) -> Intent:
    """A reminder without the time that it is not for: "wake me at half seven not seven"."""
    match = _NOT_THEN.search(intent.clause.words) if intent.label == "set_reminder" else None
    if match is None or not find_times(intent.clause.words[: match.start()]):
        return intent
    said = (match["time"], f"at {match['time']}")
    if not any(len(times := find_times(one)) == 1 and times[0].words == one for one in said):
        return intent
    return replace(intent, clause=Clause(intent.clause.words[: match.start()], intent.clause.hints))

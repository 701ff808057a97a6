"""Clauses that are one wish after all: neighbours of the same step, of which one only goes on with the other.

Read whole, a request is rather cut once too often than once too rarely: "the coat was eighty and they took a quarter off |
so it's what now". Two clauses of the same step stay apart only where each brings all that such a step needs.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from assistant.phrases.number_words import to_digits
from assistant.phrases.time_words import find_spans, find_times, hangs_on_another
from assistant.steps.clause import Clause
from assistant.steps.halves import mended
from assistant.steps.planning import Intent
from assistant.steps.reminder_words import CLOCKS, REMIND
from assistant.steps.several_timers import unit_for

_LEANS = re.compile(r"\b(?:its?|that|this|them|those|these|which|altogether|each)\b", re.I)
_OWN: Mapping[str, str] = {  # what a clause says that asks for a step of its own; steps not named here never come twice in a row
    "calculate": r"\d\D+\d|\b(?:double|treble|triple|halve|half|third|quarter|square|plus|minus|times|divided?|split|less|percent|add|take|knock|off)\b",
    "convert_units": r"\d|\b(?:how many|an?) [a-z]+",
    "set_reminder": r"\b(?:remind\w*|tell|wake|alarm|nudge|warn|ping|shout|prompt|prod|poke|alert|set|put|one|another|mak(?:e|ing))\b",
    "add_note": r"\b(?:add|put|note|write|jot|stick|pop|bung|shove|chuck)\b",
    "remember": r"\b(?:remember|mind|keep|note|know)\b",
    "recall": r"\b(?:what|who|where|when|which|how|do|did|is|are)\b",
    "spell": r"\w", "define_word": r"\w", "tell_time": r"\btime\b", "tell_date": r"\b(?:what|which|how|when|is)\b", "ask_text": r"\w",
    "search_documents": r"\b(?:what|who|where|when|which|how|do|does|is|are|am|can|find|look)\b",
    "forget": r"\bforget\b", "delete_note": r"\b(?:delete|remove|take|bin|cross|strike)\b", "cancel_reminder": r"\b(?:cancel|stop|scrap|turn|delete)\b",
    "undo": r"\bundo\b", "open_application": r"\b(?:open|launch|start)\b", "change_setting": r"\b(?:volume|speed|slower|faster|louder|quieter|voice|pitch|rate)\b",
}  # fmt: skip


_KEEP_THAT = re.compile(
    r"(?:(?:and|so|please|can you|could you|will you) )*(?:remember|note|write|jot|keep|save|memori[sz]e|store) (?:that|it|this)"
    r"(?: down| in mind)?(?: for me| please)*",
    re.I,
)
_NO_FACT = re.compile(  # thanks and questions say nothing to be kept
    r"(?:thank|thanks|hello|hi|hey|good|great|what|who|whose|where|when|which|why|how|is|are|was|were|do|does|did|can|could|will|would)\b",
    re.I,
)
_LISTED = re.compile(r"\b(?:on|onto|to|in|into|for) (?:my|the|our|that) (?:[\w-]+ ){0,2}?(?:lists?|notes?)\b", re.I)
_AGAIN_AT = re.compile(
    r"(?:(?:and|then|also) )*(?:once more|again|(?P<another>another(?: one)?|one more))\b\s*(?P<when>.+)", re.I
)
_DONE = re.compile(r"(?:(?:right|ok|oh|well|so) )*(?:the|my|those|them) [\w' -]{2,40}?(?:'s|'ve| is| are| has| have|s) (?:all )?(?:done|ready|finished|cooked|boiled|out|off|over)(?: now)?", re.I)  # fmt: skip
_RECKONS = re.compile(
    r"\b(?:what|whats|how|work|add|plus|minus|times|divided?|multipl\w+|split|half|halve|double|treble|triple|square|percent|take|less|off|knock|sum|tot|total|altogether|share\w*)\b|[-+*/%=]",
    re.I,
)
_ANEW = re.compile(r"(?:(?:and|then|also) )*(?=(?P<wish>.*))", re.I)
_CUED = re.compile(r"remind\w*|wake|alarm|timer|nudge|warn|ping|shout|tell|prompt|prod|poke|alert", re.I)
_TOLD_THEN = re.compile(
    r"[\s,]*(?:(?:remind|wake|nudge|warn|ping|prompt|alert|prod|poke) me|set (?:an|another|a) (?:alarm|reminder))\b",
    re.I,
)
_WHY = re.compile(r"[\s,]*(?:just in case|in case|because|otherwise|or else)\b", re.I)
_PARTED = (  # steps that come twice in a row wherever the tagger is sure that one begins
    "set_reminder", "start_timer", "tell_time", "tell_date", "spell", "define_word", "recall", "convert_units", "ask_text",
    "search_documents", "forget",
)  # fmt: skip
LONGEST_AGAIN = 8  # words of "and again at six this evening"
_UNIT = re.compile(r"\b(?:hour|minute|min|second|sec)s?\b", re.I)
_COUNTED = re.compile(  # "the rice twelve", "twelve for the rice": what a second timer is said with
    r"(?!.*\b(?:no|not|sorry|wait|actually|make|mean|it|that|this|past|at|by|to|in)\b)(?:(?:for )?(?:the |my |another )?[a-z]+(?: [a-z]+)? (?:for )?\d+|(?:another )?\d+ for [a-z' ]+)",
    re.I,
)
_BETWEEN = re.compile(r"\s*,\s*(?:and\s+)?|\s+and\s+", re.I)


def joined(intents: Sequence[Intent]) -> list[Intent]:
    """The steps, each run of clauses that are one wish as one; only where somebody read the request whole."""
    found: list[Intent] = []
    for intent in (part for whole in mended(intents) for part in _parted(whole)):
        before = found[-1] if found else None
        if before is not None and (said := _own_words(before, intent)):
            intent = replace(intent, clause=replace(intent.clause, words=said))
        if before is not None and (_is_about(before, intent) or _told_first(before, intent)):
            words = f"{before.clause.words.rstrip(' ,;')}, {intent.clause.words}"
            found[-1] = replace(intent, clause=Clause(words, intent.clause.hints))
        elif before is not None and _says_when(before, intent):
            words = f"{before.clause.words.rstrip(' ,;')}, {intent.clause.words}"
            found[-1] = replace(before, clause=replace(before.clause, words=words))
        elif before is not None and before.label == intent.label and intent.clause.hints and not _apart(before, intent):
            words = f"{before.clause.words.rstrip(' ,;')}, {intent.clause.words}"
            clause = Clause(words, before.clause.hints)
            found[-1] = replace(before, clause=clause, confidence=max(before.confidence, intent.confidence))
        else:
            found.append(intent)
    return found


def _parted(intent: Intent) -> list[Intent]:
    """The step, a second timer or reminder cut off that nobody cut: "four minutes for the eggs and twelve for the rice"."""
    words = intent.clause.words
    for joint in _BETWEEN.finditer(words) if intent.label in ("start_timer", "set_reminder") else ():
        first, second = (
            replace(intent, clause=replace(intent.clause, words=said))
            for said in (words[: joint.start()], words[joint.end() :])
        )
        if _own_words(first, second) or _both_remind(first, second):
            return [first, *_parted(second)]
    return [intent]


def _own_words(first: Intent, second: Intent) -> str:
    """A second reminder or timer that leans on the first, with what it leaves out; "" where it is none.

    "Remind me to take the pills at eight, | and at ten to call mum": each has a time and something to be done.
    """
    match = _ANEW.match(second.clause.words)
    wish = match["wish"].strip(" ,.") if match else ""
    if first.label != second.label or _CUED.search(wish):
        return ""
    if first.label == "start_timer":
        spans, counted = find_spans(first.clause.words), to_digits(wish)
        unit = next(reversed(_UNIT.findall(spans[-1].words)), "") if spans else ""
        if unit and not find_spans(wish) and _COUNTED.fullmatch(counted):
            return "set a timer for " + re.sub(
                r"\d+", lambda number: f"{number[0]} {unit_for(number[0], unit)}", counted
            )
        return ""
    times, stated = find_times(first.clause.words), find_times(wish)
    again = _AGAIN_AT.fullmatch(wish)
    if first.label == "set_reminder" and again and times and stated:
        words, old, when = first.clause.words, times[-1], again["when"].rstrip(" .?!")
        alone = find_times(when)[:1]
        aside = (
            alone
            and alone[0].start == 0
            and re.match(r"\s*$" if again["another"] else r"\s*(?:,|$)", when[alone[0].end :])
        )
        when = alone[0].words if aside else when  # "again at twenty past, i'm a devil for going back over"
        if aside or (not again["another"] and len(wish.split()) < LONGEST_AGAIN):
            return f"{words[: old.start]}{when}{words[old.start + len(old.words) :]}"
    if first.label != "set_reminder" or not times or not stated:
        return ""
    for said, written in CLOCKS:  # "half ten in the morning'll do" says only when
        wish = said.sub(written, wish)
    stated = find_times(wish)
    left = sum(len(time.words.split()) for time in times)
    whole = len(first.clause.words.split()) - left > 3 or re.search(r"\b(?:wake|alarm)\b", first.clause.words, re.I)
    own = len(wish.split()) - sum(len(time.words.split()) for time in stated) > 1
    leads = stated[0].start == 0 or re.match(r"to\b", wish, re.I)
    return f"remind me {wish}" if whole and own and leads else ""


def _both_remind(first: Intent, second: Intent) -> bool:
    """Whether each of two halves says when, and that the user is to be told: "wake me at seven | and at eight remind me"."""
    match = _ANEW.match(second.clause.words)
    wish = match["wish"] if match else ""
    times = find_times(wish)
    if not first.label == second.label == "set_reminder" or not times or not find_times(first.clause.words):
        return False
    after = len(times[0].words) if times[0].start == 0 else 0
    return _CUED.search(first.clause.words) is not None and _TOLD_THEN.match(wish[after:]) is not None


def _is_about(told: Intent, wish: Intent) -> bool:
    """Whether what is told says which thing the wish after it means: "the optician rang, so scrap that reminder"."""
    if told.label in ("chat", "world") and wish.label in ("remember", "add_note"):
        told_enough = len(told.clause.plain.split()) > 3 and not _NO_FACT.match(told.clause.plain)
        return told_enough and "?" not in told.clause.words and _KEEP_THAT.fullmatch(wish.clause.plain) is not None
    erases = wish.label in ("cancel_reminder", "delete_note", "edit_note", "forget", "remove_document")
    return (
        (told.label in ("chat", "world") or _DONE.fullmatch(told.clause.plain) is not None)
        and erases
        and bool(wish.clause.hints)
        and bool(_LEANS.search(wish.clause.plain))
    )


_ITS_TIME = re.compile(
    r"(?:which|that|it|he|she|they|this)(?:'s| is| are|'re)?(?: (?:at|on|due|starts?|starting|begins?|kicks? off|leaves?|goes|comes?|coming|opens?|closes?))*",
    re.I,
)


def _says_when(before: Intent, intent: Intent) -> bool:
    """Whether a clause only tells when that is which a reminder counts from: "an hour before kick off | which is three o'clock"."""
    words = intent.clause.words.strip(" .!?")
    times = find_times(words)
    if before.label != "set_reminder" or len(times) != 1 or times[0].end != len(words):
        return False
    hangs = any(hangs_on_another(time.words) for time in find_times(before.clause.words))
    return hangs and _ITS_TIME.fullmatch(words[: times[0].start].strip(" ,")) is not None


def _told_first(told: Intent, wish: Intent) -> bool:
    """Whether the first of two reminders only tells what the second is for: "supper's on the 25th | remind me that morning"."""
    if not told.label == wish.label == "set_reminder" or REMIND.search(told.clause.words):
        return False
    asks = REMIND.search(wish.clause.words)
    hangs = any(hangs_on_another(time.words) for time in find_times(wish.clause.words)) or _THAT_PART.search(wish.clause.words)  # fmt: skip
    return asks is not None and bool(hangs) and bool(find_times(told.clause.words))


_THAT_PART = re.compile(r"\b(?:that|the same|that same|the very same) (?:morning|afternoon|evening|night|day)\b", re.I)


def _only_says_when(intent: Intent) -> bool:
    """Whether a reminder's clause brings nothing but its time: "set something up for the day | half ten'll do"."""
    words = intent.clause.words
    for time in find_times(words):
        words = words.replace(time.words, " ")
    return intent.label == "set_reminder" and len(re.findall(r"[^\W\d_]{3,}", words)) < 2


def _apart(first: Intent, second: Intent) -> bool:
    """Whether two neighbours of the same step are two wishes."""
    if second.clause.begins and first.label in _PARTED and not _only_says_when(second):
        return True
    if first.label == "start_timer":
        return all(find_spans(one.clause.words) for one in (first, second))
    if first.label == "add_note" and all(_LISTED.search(one.clause.words) for one in (first, second)):
        return True
    if first.label == "calculate" and not _RECKONS.search(first.clause.plain):
        return False  # "gas was eighty one | water thirty three, so all in that's": amounts are told, then what to do
    pattern = _OWN.get(first.label)
    if pattern is None or _WHY.match(second.clause.words):
        return False
    if _both_remind(first, second):
        return True
    own = all(re.search(pattern, to_digits(one.clause.plain), re.I) for one in (first, second))
    short = len(second.clause.plain.split()) < 2 and first.label not in ("define_word", "spell")
    goes_on = _LEANS.search(second.clause.plain) is not None and first.label not in (
        "calculate",
        "ask_text",
        "recall",
        "tell_time",
    )
    return own and not short and not goes_on

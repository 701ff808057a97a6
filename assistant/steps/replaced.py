"""What takes another's place: a timer or reminder that was set is taken back or moved, and a new one comes for it.

"Scratch that one, do twenty instead" is said of what was set last; "move my physio nudge to the monday after" and
"the plumber's put me back from tuesday to thursday" of what was set some time: both are two steps, though a request
says them in one breath.
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
from assistant.steps.reminder_words import COUNT

SURE = 0.7  # confidence of a step that the words leave no doubt about
LATEST = 12  # no clock shows more: what is more is minutes
_TAKEN_BACK = re.compile(
    r"(?:(?:oh|och|ah|aw|no|nah|nope|wait|actually|sorry|hang on|hold on|well|er|um|okay|ok|right|please|wrong)[\s,.]+)*"
    r"(?:undo|scratch|scrap|bin|forget|cancel|drop|ditch|lose|take|delete|wipe|stop|kill|rub out|strike|chuck) "
    r"(?:that|it|this|the last one|the last|the (?:timer|reminder|alarm))(?: (?:one|last one|timer|reminder|alarm))?(?: (?:back|out|off|down))?(?=[\s,.;]|$)"
    r"(?:[\s,.;]+(?:and|n|then|just|instead|please|would you|will you|could you|i said|i want|it's|let's))*[\s,.;]+(?P<rest>.+)",
    re.I,
)
_ASKS_NEW = re.compile(
    r"(?:(?:and|n|then|just|please|but) )*(?:do|make (?:it|that)|set|put|start|give (?:me|it|that)|have|try|go for|go|i (?:meant|mean|want|need)|it (?:should|ought to) (?:be|have been)|call it)? ?(?:it |one |me |on )?(?:for |of |at |to )?(?P<what>.+?)(?: (?:instead|rather|please|then|now|on it|for it))*",
    re.I,
)
_HALF = re.compile(r"\d{1,3}(?: and a (?:half|quarter)|\.5)?")
_TIMER = re.compile(r"\b(?:timer|countdown)\b", re.I)


def replaced(intents: Sequence[Intent]) -> list[Intent]:
    """The steps, with what goes and what comes for it as two where one clause says both."""
    found: list[Intent] = []
    rest = list(intents)
    cancels = any(one.label in ("cancel_reminder", "undo") for one in intents)
    while rest:
        intent = rest.pop(0)
        moved = _moved(intent, rest[0] if rest else None, cancels)
        before = found[-1] if found else None
        found += _taken_back(intent) or moved or _stopped(intent) or _new_one(intent, before) or [intent]
        if len(moved) > 1 and rest and rest[0].label == "set_reminder" and _only_leans(rest[0].clause.words):
            rest.pop(0)  # "and put in the new"
    return found


_STOP = r"(?:stop|cancel|bin|kill|scrap|ditch|drop|end|knock|turn|switch|take|put|get rid of|lose|chuck)"
_STOPPED = re.compile(  # "timer for the bread's done with, stop it, start one for twenty for the cake"
    rf"(?P<told>.{{6,80}}?)(?:[\s,.;]+(?:so |and |then |please |just |you can )*|\s+(?:so|and) ){_STOP} (?:it|that|that one|this|the old one)(?: (?:off|out|down|back))?[\s,.;]+(?:and |then |please |just )*(?:start|set|do|put|give|make|have|begin|stick|go)\b (?P<new>.+)",
    re.I,
)
_PUT_OFF = re.compile(  # "it's twenty five it needs, put the fifteen one off first"
    rf"(?P<new>.+?)[\s,.;]+(?:and |but |so |please |just )*{_STOP} the (?P<old>[\w' -]{{2,20}}?)(?: minutes?)? (?:one|timer)(?: (?:off|out|down))?(?: (?:first|then|too|please|now|before that))*",
    re.I,
)
_NAMED = re.compile(r"\b(?:timer|alarm|one|minutes|\w+ty|\w+teen|ten|five|twelve|\d+) (?:for|on) (?:the |my |our )?(?P<name>[a-z]{3,}?)(?:'s|s')?\b|\b(?:the|my|our|that) (?P<other>[a-z]{3,}?)(?:'s)? (?:timer|countdown|one)\b", re.I)  # fmt: skip
_FOR_NEW = re.compile(r"\b(?:for|on) (?:the |my |our )(?P<name>[a-z]{3,}(?: [a-z]{3,})?)[\s.!?]*$", re.I)
_NO_LENGTH = re.compile(rf"\b(?P<count>{COUNT}(?: and a (?:half|quarter))?)\b(?! ?(?:past|to|o'?clock))", re.I)
_NEW_ONE = re.compile(r"(?:(?:and|so|the|my|a|please|oh|now) )*new (?:one|time|appointment|slot|date)(?:'s|s| is| will be|,)? (?:now |for |on |at )*(?P<when>.+)", re.I)  # fmt: skip


def _stopped(intent: Intent) -> list[Intent]:
    """The old timer gone and the new one started, where one clause tells both; else nothing."""
    if intent.label not in ("start_timer", "cancel_reminder"):
        return []
    words = intent.clause.words.strip(" .!?")
    stopped, put = _STOPPED.fullmatch(words), _PUT_OFF.fullmatch(words)
    match = stopped or put
    if match is None:
        return []
    length = _length_in(match["new"])
    old = _NAMED.search(match["told"]) if stopped else None
    name = (old["name"] or old["other"]) if old else ""
    if put:
        name = re.sub(r"^(?:old|other) ", "", put["old"])
        name = f"{name} minute" if _HALF.fullmatch(to_digits(name).strip()) else name
    if not length or not name:
        return []
    named = _FOR_NEW.search(match["new"])
    called = named["name"] if named else name if stopped else ""
    base = replace(intent, confidence=max(intent.confidence, SURE), marks=(), arguments={})
    start = f"set a timer for {length}" + (f" called {called}" if called else "")
    return [
        replace(base, label="cancel_reminder", clause=Clause(f"cancel the {name} timer", {"cancel_reminder": 0.0})),
        replace(base, label="start_timer", clause=Clause(start, {"start_timer": 0.0})),
    ]


def _length_in(words: str) -> str:
    """The one length of time in the words, minutes where none is said; "" where there is none or more than one."""
    spans = find_spans(words)
    if spans:
        return spans[0].words if len(spans) == 1 else ""
    counts = _NO_LENGTH.findall(re.sub(r"\bone\b(?! (?:minute|hour|and))", " ", words, flags=re.I))
    return f"{counts[0]} minutes" if len(counts) == 1 else ""


def _new_one(intent: Intent, before: Intent | None) -> list[Intent]:
    """What is set in the place of a reminder that the step before took away or told of; it keeps what that is for."""
    words = intent.clause.words.strip(" .!?")
    base = replace(intent, label="set_reminder", confidence=max(intent.confidence, SURE), marks=(), arguments={})
    if before is None:
        return []
    told = _NEW_ONE.fullmatch(words)
    if told and before.label == "cancel_reminder" and (times := find_times(told["when"])) and times[0].start < 4:
        return [replace(base, clause=Clause(f"remind me {told['when']}", {"set_reminder": 0.0}))]
    shifted = _SHIFTED.match(words)
    thing = " ".join(_ASKED_AFTER.sub(" ", before.clause.words).split()).strip(" ,.?")
    if shifted and before.label == "list_reminders" and thing and intent.label in ("set_reminder", "cancel_reminder"):
        return [
            replace(base, label="cancel_reminder", clause=Clause(f"cancel {thing}", {"cancel_reminder": 0.0})),
            replace(base, clause=Clause(f"make it {shifted['by']} {shifted['way']}", {"set_reminder": 0.0})),
        ]
    return []


_SHIFTED = re.compile(rf"(?:(?:and|then|so|please|can you|could you|just) )*(?:shift|move|push|put|bring|bump|knock|shove|set) (?:it|that|that one|the (?:reminder|one))(?: (?:on|back|forward|along))?(?: by)? {BY}\b", re.I)  # fmt: skip
_ASKED_AFTER = re.compile(r"\b(?:when'?s|when|what(?:'s)?|is|are|time|day|have i|i've|you've|you have|have|got|a|an|any|reminders?|set|for|about|it|that|my|the|our|me|tell|say|read|check)\b|(?<=\w)'(?:s|ve)\b", re.I)  # fmt: skip


def _only_leans(words: str) -> bool:
    """Whether words for a new reminder say no time of their own."""
    return _SAME_TIME.match(words) is not None or not find_times(words)


def _taken_back(intent: Intent) -> list[Intent]:
    """Undo and the new one, where what was set last is taken back in the same breath; else nothing."""
    if intent.label not in ("undo", "set_reminder", "start_timer", "cancel_reminder"):
        return []
    match = _TAKEN_BACK.fullmatch(intent.clause.words.strip(" .!?"))
    if match is None:
        return []
    for part in re.split(r"[,.;]\s+|\s+(?:and|n)\s+(?!a (?:half|quarter)\b)", match["rest"]):
        said = part.strip(" ,.!?")
        made = None if said.lower() == "one" else _ASKS_NEW.fullmatch(said)  # "bin that one"
        label, words = _new(made["what"], intent) if made else ("", "")
        if label:
            first = replace(intent, label="undo", confidence=max(intent.confidence, SURE), marks=(), arguments={})
            return [
                replace(first, clause=Clause("undo that", {"undo": 0.0})),
                replace(first, label=label, clause=Clause(words, {label: 0.0})),
            ]
    return []


def _new(what: str, intent: Intent) -> tuple[str, str]:
    """The label and the words of what is wanted in the place of what was set; empty where that is no time."""
    spans, digits = find_spans(what), to_digits(what).strip()
    if spans and not re.search(r"[a-z]{3}", _outside(what, spans[0].start, spans[0].end), re.I):
        if not re.search(r"\bin$", what[: spans[0].start].strip(), re.I):
            return "start_timer", f"start a timer of {spans[0].words}"
        return "set_reminder", f"make it {what}"
    if _HALF.fullmatch(digits):
        number = float(re.match(r"[\d.]+", digits)[0])  # type: ignore[index]
        if (
            number > LATEST
            or number % 1
            or " and " in digits
            or intent.label == "start_timer"
            or _TIMER.search(intent.clause.words)
        ):
            return "start_timer", f"start a timer of {what} minutes"
        return "set_reminder", f"make it {what}"
    at = what if find_times(what) else f"at {what}"
    times = find_times(at)
    if times and not re.search(r"[a-z]{3}", _outside(at, times[0].start, times[-1].end), re.I):
        return "set_reminder", f"make it {what}"
    return "", ""


def _outside(words: str, start: int, end: int) -> str:
    return f"{words[:start]} {words[end:]}"


_ASKED = re.compile(  # "move my physio nudge to the monday after"
    r"(?:(?:please|can you|could you|will you|would you|so|and|just|i need you to|you'd better) )*(?:move|shift|change|push|bring|swap|switch|reschedule|put(?=.* (?:back|forward|on|off) (?:from|to|till|until)\b)) (?P<what>(?:my|the|that|our|his|her) .+?)(?: (?:reminder|nudge|alarm|shout|nag|one|appointment))?(?: (?:back|on|forward|up|over|along))?(?:,? from (?P<old>.+?))?,? (?:to|till|until) (?P<new>.+)",
    re.I,
)
_TOLD = re.compile(  # "the plumber's put me back from tuesday to thursday", "tomorrow's blood test went to a week tomorrow"
    r"(?:(?:so|well|and|oh) )*(?:(?:the|my|our) )?(?P<what>[a-z][\w' -]{2,40}?)(?:'s|s'| has| have|'ve| is| are| was| got| had)?(?: had to| been| just)* (?:put|moved?|shifted|shift|changed?|altered|rescheduled|switched|bumped|knocked|pushed|gone|went)(?: (?:me|us|it|him|her|my time|the time))?(?: (?:back|on|forward|over|along))?(?:,? (?:from (?P<old>.+?) )?to (?P<new>.+)|(?P<apart>[\s,.].+))",
    re.I,
)
_NOT_BUT = re.compile(r"\b(?:it's|its|it is|that's|i'm)? ?not (?:on |for )?(?P<old>.{3,30}?)(?:,| but| now|;)+ ?(?:but |now |so )?(?:it's|its|it is|that's|i'm|on|for)? ?(?:now )?(?P<new>.+)", re.I)  # fmt: skip
_OLD_ONE = re.compile(r"\b(?:old|right|other|previous|wrong) (?:one|reminder|nudge|alarm|time)\b|\bchange (?:it|that)\b|\bsort (?:it|us|me|that)\b|\b(?:shift|move|update|amend|mend|fix) (?:it|that|the|my)\b", re.I)  # fmt: skip
_POSSESSIVE = re.compile(r"^(?P<day>today|tomorrow|tonight|(?:mon|tues|wednes|thurs|fri|satur|sun)day)'?s (?=\w)", re.I)
_UNWANTED = re.compile(  # "i don't want the 6pm walk alarm no more make it 7:15 pm"
    r"(?:i )?(?:don'?t|do not|no longer) (?:want|need) (?P<what>(?:the|my|that) .+?)(?: (?P<kind>reminder|nudge|alarm|nag|shout))(?: (?:no more|any ?more|now))?[\s,.]*(?:and |but |just |please )*(?:make|have|do|set|put) (?:it|that|one) (?:for |at |to )?(?P<new>.+)",
    re.I,
)
_SAME_TIME = re.compile(r"(?:remind me )?(?:at )?(?:the )?same (?:old )?(?:time|hour)\b", re.I)
_SAME = re.compile(r"\bsame (?:old )?(?:time|hour)\b", re.I)
_NEXT_AFTER = re.compile(r"\bthe (?:next|(?:mon|tues|wednes|thurs|fri|satur|sun)day) after(?! \w)", re.I)


def _moved(intent: Intent, after: Intent | None, cancels: bool) -> list[Intent]:
    """The old reminder gone and the new one set, where the words say that a thing has another time now; else nothing."""
    if intent.label not in ("set_reminder", "cancel_reminder"):
        return []
    words = intent.clause.words.strip(" .!?")
    asked, unwanted = _ASKED.match(words), _UNWANTED.match(words)
    match = asked or unwanted or _TOLD.match(words)
    if match is None or (cancels and intent.label != "cancel_reminder"):
        return []
    what, said = match["what"], match.groupdict()
    old, new = said.get("old") or "", said.get("new") or ""
    if not new:
        other = _NOT_BUT.search(words, match.end("what"))
        old, new = (other["old"], other["new"]) if other else ("", "")
    if after is not None and _SAME_TIME.match(after.clause.words):
        new = f"{new}, same time"
    day = _POSSESSIVE.match(what)
    known = asked or unwanted or find_times(old) or day or _OLD_ONE.search(words)
    when = _time_of(new)
    begins = any(one.start <= len("on the ") for one in find_times(new)[:1]) or _NEXT_AFTER.match(new)
    if not known or not when or not begins or len(what.split()) > 6 or (asked and re.search(r"\b(?:timer|volume|note|list|voice|speed)\b", words, re.I)):  # fmt: skip
        return []
    thing = re.sub(r"^(?:my|the|that|our|his|her) (?=\w)", "", _POSSESSIVE.sub("", what), flags=re.I)
    for time in reversed(find_times(thing)):
        thing = _outside(thing, time.start, time.end)
    thing = " ".join(re.sub(r"\b\d{1,2} ?[ap]m\b", "", thing).split()) or what
    sets = after is not None and after.label == "set_reminder" and not _only_leans(after.clause.words)
    if sets and intent.label != "cancel_reminder":
        return []
    base = replace(intent, confidence=max(intent.confidence, SURE), marks=(), arguments={})
    both = [
        replace(base, label="cancel_reminder", clause=Clause(f"cancel {thing}", {"cancel_reminder": 0.0})),
        replace(base, label="set_reminder", clause=Clause(f"remind me {when} about {thing}", {"set_reminder": 0.0})),
    ]
    return both[:1] if sets else both  # what comes for it is said in a step of its own


def _time_of(new: str) -> str:
    """The day and the hour in the words for the new time; "" where they hold none."""
    after = _NEXT_AFTER.search(new)
    times = [one.words for one in find_times(new) if not _SAME.search(one.words)][:2]
    if after:
        times = [after[0], *(one for one in times if one.lower() not in after[0].lower())]
    hours = any(
        re.search(r"\d[:.]\d|\b(?:at|past|to|half|noon|o'?clock|[ap]m)\b|\d ?[ap]m", one, re.I) for one in times
    )
    return " ".join([*times, *(["at the same time"] if _SAME.search(new) and times and not hours else [])])

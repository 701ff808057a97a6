"""Reminders that lean on what the same request said before: an hour, a day, what something begins at, what "it" is.

"Remind me at five to give the cat her drops and at half past to put the casserole on" is half past five; "what am I down for
tomorrow, and squeeze in another one, half two" is tomorrow; "kick off's at three, a nudge half an hour before" counts from
three; "it is the green bin this week, remind me tonight to put it out" is about the green bin.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re

from assistant.phrases.date_words import find_clock, normalise
from assistant.phrases.number_words import to_digits
from assistant.phrases.time_words import Words, find_spans, find_times, hangs_on_another
from assistant.steps.reminder_times import CLOCK, DAY, HOURLY, clusters
from assistant.steps.reminder_words import HOURS, REMIND

_AFTER_HOUR = rf"(?!\s*(?:{HOURS}\b|noon|midday|midnight|the\b|my\b|his\b|her\b|our\b|their\b|us\b|it\b|them\b))"
_BARE = re.compile(  # "at half past", "again at quarter to": of the hour that was said before
    rf"\b(?P<at>(?:at|by|around|about|for) )(?P<part>half|(?:a )?quarter|ten|twenty(?:[ -]five)?|five) (?P<side>past|to)\b(?=\s*(?:$|[,.;!?]|(?:to|and|then|for|in|so|please|tomorrow|tonight|that|i|about)\b)){_AFTER_HOUR}",
    re.I,
)
_HOUR_SAID = re.compile(
    rf"\b(?:(?P<at>at|by|around|about|for)|(?P<part>half(?: past)?)|(?P<side>past|to)) (?P<hour>{HOURS})\b(?! ?(?:minutes?|mins?|hours?|days?|weeks?|past|to (?:\d|{HOURS}\b)|people|of)\b)",
    re.I,
)


def with_hours(words: str) -> str:
    """The words of reminders, each "half past" or "quarter to" without an hour with that of the time before it."""
    cue = REMIND.search(words)
    if cue is None:
        return words
    for _ in range(3):
        bare = next((one for one in _BARE.finditer(words) if one.start() > cue.start()), None)
        hours = [one for one in _HOUR_SAID.finditer(words) if bare is not None and one.end() <= bare.start()]
        if bare is None or not hours:
            return words
        said = hours[-1]
        hour = int(to_digits(said["hour"], ordinals=False))
        waits = said.start() < cue.start()  # "be at the stop for ten past two, a nudge at quarter to" is before that
        towards = bare["side"].lower() == "to" and (said["side"] or "").lower() != "to" and not waits
        hour = hour % 12 + 1 if towards else hour
        words = f"{words[: bare.end()]} {hour}{words[bare.end() :]}"
    return words


_ASKED = re.compile(  # what the user has on that day, asked before something is added to it
    r"^(?:(?:ok|right|so|and|please|can you|could you) )*(?:what|have i|do i|am i|is there|are there|any|anything|how many|read|list|tell me|show me|give me|run through|go through)\b",
    re.I,
)
_ADDS = re.compile(
    r"(?:[?.,;]|\b(?:and|then|also|plus|so)\b)\s*(?:(?:and|then|also|please|so|can you|could you|just) )*(?:(?:add|put|squeeze|fit|pop|stick|slot|bung|set|make|book|enter|shove)\b.{0,12}\b(?:another|one|more|extra)\b|(?:squeeze|fit|slot|pop|put|pencil) in\b|(?:add|put|squeeze|fit|pop|stick|slot) (?!.*\b(?:remind\w*|alarm|timer)\b))",
    re.I,
)


def day_asked(when: str, request: str) -> str:
    """The time with the day that the request asked about, where the wish adds to that day; as it is otherwise."""
    adds = _ADDS.search(request)
    before = request[: adds.start()] if adds else ""
    if not before or not _ASKED.match(before):
        return when
    if not when or DAY.search(when) or find_spans(when) or hangs_on_another(when):
        return when
    days = [one.words for one in find_times(before) if DAY.search(one.words) and not re.search(r"\b(?:week|month)\b", one.words, re.I)]  # fmt: skip
    return f"{re.sub(r'^for ', '', days[0], flags=re.I)} {when}" if len(days) == 1 else when


def beside_told(when: str, request: str) -> str:
    """ "Half an hour before" with what it counts from, where the request tells one such time elsewhere; else as it is.

    Hours and minutes count from a time of day, "the evening before" from a day.
    """
    hourly = HOURLY.search(when) is not None
    if not hangs_on_another(when) or (_has_clock(when) if hourly else _has_day(when)):
        return when
    told: list[Words] = [one for one in clusters(request) if not hangs_on_another(one.words) and one.words not in when]
    fit = [one.words for one in told if (CLOCK if hourly else DAY).search(one.words)]
    if len({one.lower() for one in fit}) != 1:
        return when
    side = _SIDE.search(when)
    if side is None:
        return when
    rest = when[side.end() :].strip()
    day = fit[0] if hourly else _day_of(fit[0])
    return f"{when[: side.end('side')]} {day} {rest}".strip()


_NEAR = 180  # minutes before something from which its day is meant


def before_event(when: str, request: str) -> str:
    """A bare hour shortly before what the request tells first, counted from that; else as it is.

    "Choir's on thursday at seven so remind me at six" is thursday, an hour before seven.
    """
    cue = REMIND.search(request)
    told = [one.words for one in clusters(request[: cue.start()])] if cue and "?" not in request[: cue.start()] else []
    if len(told) != 1 or not DAY.search(told[0]) or DAY.search(when) or find_spans(when) or hangs_on_another(when):
        return when
    (event, _), (clock, _) = find_clock(normalise(told[0])), find_clock(normalise(when))
    if event is None or clock is None or (clock.part and clock.part == when) or re.search(r"\btoday\b", when, re.I):
        return when
    day = 24 * 60 if event.sure and clock.sure else 12 * 60
    early = ((event.hour - clock.hour) * 60 + event.minute - clock.minute) % day
    return f"{early} minutes before {told[0]}" if 0 < early <= _NEAR else when


_SIDE = re.compile(r"\b(?P<side>before|after|ahead|earlier|later|beforehand|in advance)\b(?: (?:it|that|then|this))?(?: (?:starts?|begins?|leaves?|goes|comes|kicks off))?", re.I)  # fmt: skip


def _has_clock(when: str) -> bool:
    side = _SIDE.search(when)
    counted = when[side.end("side") :].strip() if side else when
    return CLOCK.search(counted) is not None or bool(find_times(f"at {re.sub(r'^(?:at|by) ', '', counted)}"))


def _has_day(when: str) -> bool:
    return DAY.search(re.sub(r"\b(?:the )?(?:day|week|month)s?\b", " ", when, flags=re.I)) is not None


def _day_of(told: str) -> str:
    """Of "the 25th at half past five in the evening" the day."""
    return re.split(r",? (?:at|by|from) (?=\S)", told, maxsplit=1)[0]


_THERE = re.compile(
    r"^(?:(?:oh|so|well|right|now|ok|and) )*(?:(?:it(?:'s| is)|this is|that's|that is|there(?:'s| is| are)|(?:i|we)(?:'ve| have)(?: got)?(?! to\b)|(?:i|we) (?:left|put|have|need|hung|got))) (?P<thing>(?:the|a|an|my|our|his|her|some|two|three) (?:[\w'-]+ ){0,3}?[\w'-]+?)(?=$|[,.;]| (?:this|that|next|tomorrow|today|tonight|in|on|at|by|for|from|out|due|to|coming|of|over|round)\b)",
    re.I,
)
_THING_IS = re.compile(
    r"^(?:(?:oh|so|well|right|now|ok|and) )*(?P<thing>(?:(?:the|my|our|his|her|their|a|some) )(?:[\w-]+ ){0,3}?[\w-]+?|[A-Z][\w-]*'s [\w-]+)(?:'s| is| are| has| have|'ve| was| were| needs?| wants?| goes| comes?)\b(?= )",
    re.I,
)
LEANS = re.compile(r"\b(?:it|them|him|her|one)\b", re.I)
_OWN_THING = re.compile(r"\bher (?!up\b|in\b|out\b|off\b|back\b|down\b|from\b|at\b|to\b|for\b)[a-z]+|\b(?:the|my|a|an|his|our) [a-z]+", re.I)  # fmt: skip


def thing_told(text: str, request: str) -> str:
    """What "it" in a reminder is, where the sentence before the wish begins with it; "" for none.

    "The parcel's at number 12. Remind me at five to fetch it" is about the parcel.
    """
    cue = REMIND.search(request)
    before = request[: cue.start()].strip(" ,.;") if cue else ""
    if not before or "?" in before or not LEANS.search(text) or _OWN_THING.search(text) or len(text.split()) > 6:
        return ""
    sentence = re.split(r"[.;!] ", before)[-1]
    found = _THERE.match(sentence) or _THING_IS.match(sentence)
    return found["thing"].strip() if found and not find_times(found["thing"]) else ""


def only_sets(text: str) -> bool:
    """Whether the words only say that another is set in the place of one that was taken away, and why: "they rang, set that"."""
    parts = [one for one in re.split(r"[,;.]+ |[, ]*\b(?:and|so|but|cos|because)\b ", text) if re.search(r"\w", one)]
    return bool(parts) and all(_SETS_THAT.fullmatch(one.strip(" ,.")) or _NEWS.match(one.strip(" ,.")) for one in parts)


_SETS_THAT = re.compile(
    r"(?:(?:just|please|then|now|can you|could you|instead) )*(?:(?:set|put|make|do|book|have|add|stick|pop|get|use|take|change|move) )?(?:it|that|this|one|that one|this one|me (?:one|that)|a new one|the new one|the new time|it back)(?: (?:in|on|down|up|instead|for me|for then|now|then|to))*|instead|it's|it is|now|in|on|down|that's it",
    re.I,
)
_NEWS = re.compile(  # what happened to it, which is nothing to be reminded of
    r"(?:they|he|she|it|we|the \w+)(?:'s|'ve|'re| has| have| is| are| had)? (?:(?:just|all|now|been) )*(?:rung|rang|phoned|called|texted|written|changed|moved|shifted|switched|put back|brought forward|postponed|swapped|rearranged|rescheduled)\b[^,]*|it(?:'s| is)(?: now)?(?: on| at)?",
    re.I,
)

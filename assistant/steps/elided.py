"""Wishes that share their words: "two timers, ten minutes for the peas and forty for the pie" said out in full.

What is left out is taken from the wish before, never from anywhere else, so every word is still the user's own.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re

from assistant.phrases.time_words import find_times
from assistant.phrases.time_zones import find_zone
from assistant.steps.leaning_reminders import with_hours
from assistant.steps.reminder_words import COUNT

_NUMBER = r"(?:an?|half an?|\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty(?:[ -]five)?|thirty|forty(?:[ -]five)?|fifty|ninety)"
_TIMERS = re.compile(
    rf"^(?:(?:please |can you |could you )*(?:set|start|put on|give me|i need|do)(?: me)? )?(?:two|2|a couple of) timers?\b,?(?: (?:would you|will you|please|for me))*[,:]? ?(?:one )?(?:for )?"
    rf"(?P<first>{_NUMBER}) (?P<unit>seconds?|minutes?|hours?) (?P<for>for [a-z' ]+?),? and (?:one |another )?(?:for )?(?P<second>{_NUMBER})(?: (?P<other>seconds?|minutes?|hours?))?(?: (?P<rest>for [a-z' ]+))?$",
    re.I,
)
_UNITS = re.compile(
    rf"^(?P<lead>(?:[^\d]{{3,60}}?[,.] (?:so |and )?)?(?:what(?:'s| is) |how much is |convert )?)(?P<one>{_NUMBER}[a-z\d ]{{2,24}} (?:in|to|into) [a-z]+) and (?P<two>{_NUMBER} [a-z\d ]{{2,24}} (?:in|to|into) [a-z]+)(?: please)?$",
    re.I,
)
_REMIND = re.compile(r"^(?P<ask>(?:please )?remind me to (?P<verb>[a-z]+) )(?P<first>.+?),? and (?P<second>(?:my|the|a|an|some|his|her|our) .+)$", re.I)  # fmt: skip

_HERE = r"(?:(?:over |round |back )?(?:here|home)|at home)"
_TOWN = r"(?!an?\b|the\b|my\b|\d)[a-z'-]+(?: (?!and\b|then\b|please\b|now\b)[a-z'-]+)?"
_CLOCKS = re.compile(
    rf"(?P<one>\b(?:what(?:'s|s| is) the time|what time is it|(?:tell me|give me) the time)(?: now| right now)? (?P<first>{_HERE}|(?:over )?in {_TOWN}?)),? and (?:also )?"
    rf"(?P<two>{_HERE}|(?:over )?(?:in )?{_TOWN}?)(?: (?:please|now|right now))?(?=\s*(?:$|[,.;?!]|and\b|then\b))",
    re.I,
)
_HOUR_AND = re.compile(  # "in two hours and ten remind me"
    rf"\b(?P<hours>(?:in )?(?:an|one|two|three|four|\d) hours?) and (?P<minutes>{COUNT})(?=\s*(?:$|[,.]|(?:on|for) (?:the|my|our) |(?:please |can you )?(?:remind|nudge|tell|ping|wake|give|call|prod|poke|i\b|we\b|there|to\b|my\b|the\b)))",
    re.I,
)
_INSTEAD = re.compile(r"\b((?:note|write|jot)(?: down| it down)?) instead\b(?=,? (?:that|the|my)\b)", re.I)
_MOVE = re.compile(
    r"\b(?:move|change|shift|push|switch|bring|put|reschedule)(?: back| forward| on| up)? (?:my|the|that|our) (?P<what>(?:(?!and\b|list\b|note\b)[\w':]+ ){0,5}?)(?P<kind>reminder|alarm)"
    r"(?: (?:about|for) (?P<about>(?:(?!and\b)[\w'-]+ ){0,4}?[\w'-]+))?(?: back| forward| on| up)?(?: from (?P<old>[\w: ]{2,20}?))? (?:to|till|until|for|on) (?P<when>.+)$",
    re.I,
)


def _clocks(match: re.Match[str]) -> str:
    """ "the time here and in Delhi" is asked twice; "Trinidad and Tobago" is one place."""
    one, two = (re.sub(r"^(?:over )?in ", "", match[name], flags=re.I) for name in ("first", "two"))
    zones = [None if re.fullmatch(_HERE, place, re.I) else find_zone(place) for place in (one, two)]
    unknown = any(
        zone is None and not re.fullmatch(_HERE, place, re.I) for zone, place in zip(zones, (one, two), strict=True)
    )
    if unknown or (zones[0] and zones[1] and zones[0][1].key == zones[1][1].key):
        return match[0]
    return f"{match['one']}, then what's the time {f'in {two}' if zones[1] else 'here'}"


def _moved(match: re.Match[str]) -> str:
    """ "move my dentist reminder to four" is to cancel one and to set another."""
    when, about = match["when"], re.sub(r"^(?:the|my|our) ", "", (match["about"] or match["what"]).strip(), flags=re.I)
    said = when if find_times(when) else f"at {when}"
    times, named = find_times(said), find_times(about)
    by_time = bool(named) and named[0].words == about
    if not times or times[0].start > 3 or (match["kind"] == "reminder" and (not about or by_time)):
        return match[0]
    end = times[0].start + len(times[0].words)
    at, rest = said[:end], said[end:]
    at = at if re.match(r"(?:at|on|in|by|next|this|tomorrow|today|tonight|the|\w+day)\b", at, re.I) else f"at {at}"
    if match["kind"] == "alarm" and (not about or by_time):
        old = f" for {match['old']}" if match["old"] else ""
        return f"cancel the {match['what']}alarm{old}, then set an alarm {at}{rest}"
    return f"cancel the {about} {match['kind']}, then remind me {at} about {about}{rest}"


_HALF_PAST = re.compile(  # "remind me at six to ... and at half past to ...": past the hour that was said
    r"(?P<ask>\b(?:remind|nudge|ping|tell) (?:me|us))(?P<before> (?:tomorrow|tonight|today|on \w+day))? (?P<at>at (?P<hour>\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)(?: ?(?:am|pm|o'?clock))?(?P<day> (?:tomorrow|tonight|today|on \w+day))?) (?P<what>to (?:(?!\band at\b).)+?),? and (?:then )?at (?P<past>half|(?:a )?quarter|ten|twenty|five) past (?P<then>to \S.*)$",
    re.I,
)


def _next_half(match: re.Match[str]) -> str:
    before, day = match["before"] or "", match["day"] or match["before"] or ""
    second = f"{match['ask']} at {match['past']} past {match['hour']}{day} {match['then']}"
    return f"{match['ask']}{before} {match['at']} {match['what']}, then {second}"


_TWO = re.compile(
    r"^(?:(?:please|can you|could you|set|make|give me|i need|i want|i've got|i have|there are|there's|put in) )*(?:two|2|a couple of|a pair of) (?P<kind>reminders?|things)(?: (?:for me|please))*(?P<day> (?:for |on )?(?:tomorrow|today|tonight|(?:next |this )?(?:mon|tues|wednes|thurs|fri|satur|sun)day))?(?: please| for me)*[\s,.:;-]+(?P<rest>.+)$",
    re.I,
)
_WANTED = re.compile(r"[.,;!]\s*(?:(?:so|and|please|can you|could you|i'd like|i want|i need|give me|set|make|put in|a) )*(?:remind (?:me|us)|reminders?)\b[^.]*$", re.I)  # fmt: skip


def _two_reminders(text: str) -> str:
    """Two reminders told in one breath, each said out; "" where there are not two, each with its time."""
    told = _TWO.match(text)
    if told is None:
        return ""
    rest, wanted = _WANTED.sub("", told["rest"]), _WANTED.search(told["rest"])
    if told["kind"].lower() == "things" and wanted is None:
        return ""
    for joint in re.finditer(r"[,;.]? (?:and then|and|then) |[;.] ", rest):
        halves = [rest[: joint.start()].strip(" ,."), rest[joint.end() :].strip(" ,.")]
        if all(len(find_times(half)) == 1 and len(half.split()) > 2 for half in halves):
            day = re.sub(r"^for ", "on ", re.sub(r"^for (?=to)", "", (told["day"] or "").strip()), flags=re.I)
            parts = [f"remind me {half}{'' if _DAY.search(half) or not day else f' {day}'}" for half in halves]
            return ", then ".join(parts)
    return ""


_DAY = re.compile(
    r"\b(?:to(?:morrow|day|night)|(?:mon|tues|wednes|thurs|fri|satur|sun)day|\d{1,2}(?:st|nd|rd|th))\b", re.I
)


def complete(words: str) -> str:
    """The same wishes, each with all of its words; the words as they are where nothing is left out."""
    words = with_hours(_HALF_PAST.sub(_next_half, words))
    text = words.strip(" .!?")
    if found := _TIMERS.match(text):
        unit, other = found["unit"], found["other"] or found["unit"]
        rest = f" {found['rest']}" if found["rest"] else ""
        return f"start a timer of {found['first']} {unit} {found['for']}, then start a timer of {found['second']} {other}{rest}"
    if found := _UNITS.match(text):
        return f"convert {found['one']}, then convert {found['two']}"
    words = _HOUR_AND.sub(r"\g<hours> \g<minutes> minutes", words)
    words = _INSTEAD.sub(r"\1", words)
    words = _MOVE.sub(_moved, _CLOCKS.sub(_clocks, words))
    if both := _two_reminders(text):
        return both
    found = _REMIND.match(text)
    if found and find_times(found["first"]) and find_times(found["second"]):
        return f"{found['ask']}{found['first']}, then remind me to {found['verb']} {found['second']}"
    return words

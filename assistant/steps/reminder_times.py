"""The times in the words of a reminder: which of them it is set for, and how those that were said apart go together."""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from assistant.phrases.date_words import WEEKDAY_NAMES, find_clock, normalise
from assistant.phrases.number_words import to_digits
from assistant.phrases.time_words import Words, find_spans, find_times, hangs_on_another, without_occasion
from assistant.steps.reminder_words import HOURS, REMIND
from assistant.steps.slots import Material, bare

CLOCK = re.compile(
    r"\d{1,2}[:.]\d\d|\b(?:at|by|past|to|half|noon|midday|midnight|o ?'?clock|am|pm|lunch|tea ?time|dinner|bed ?time|breakfast)\b|\d ?[ap]m\b",
    re.I,
)
DAY = re.compile(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|tomorrow|tonight|week|weekend|fortnight|month|\d{1,2}(?:st|nd|rd|th)|jan\w*|feb\w*|march|april|may|june|july|aug\w*|sept\w*|oct\w*|nov\w*|dec\w*|first|second|third|\w+th|christmas|easter|day)\b",
    re.I,
)
_PART = re.compile(rf"\b{HOURS} in the (?:morning|afternoon|evening)\b|\b{HOURS} (?:at night|tonight)\b", re.I)
_BETWEEN = re.compile(r"[\s,]*(?:(?:say|like|sharp|prompt|about|around|of|for|please|but|at|on)[\s,]*)*", re.I)
_BARE_HOUR = re.compile(  # "friday morning eight", "the night before, say eight thirty"
    rf"[\s,]*(?:(?:say|about|around)[\s,]+)?(?P<hour>{HOURS}(?:[ -](?:thirty|fifteen|twenty|forty(?:[ -]five)?|ten|fifty))?)"
    r"(?=\s*(?:[,.;]|$)|,? (?:to(?! (?:\d|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b)|for|about|and|so|that|sharp|please)\b)",
    re.I,
)
HOURLY = re.compile(r"\b(?:hours?|minutes?|mins?)\b(?=[a-z ]*\b(?:before(?:hand)?|after|ahead|earlier|later|in advance)\b)", re.I)  # fmt: skip


def clusters(content: str) -> list[Words]:
    """The times in the words, those that stand beside each other as one: "the night before, | eight"."""
    found: list[Words] = []
    for time in (without_occasion(one) for one in find_times(content)):
        before = found[-1] if found else None
        if before is not None and _BETWEEN.fullmatch(content[before.end : time.start]):
            found[-1] = Words(f"{before.words} {time.words}", before.start, time.end)
        else:
            found.append(time)
    return [_with_hour(content, one) for one in found]


def _with_hour(content: str, time: Words) -> Words:
    """A time with the bare hour that follows it."""
    hour = None if CLOCK.search(time.words) or (find_spans(time.words) and not hangs_on_another(time.words)) else _BARE_HOUR.match(content, time.end)  # fmt: skip
    if hour is None:
        return time
    return Words(f"{time.words} at {hour['hour']}", time.start, hour.end())


def when_of(content: str) -> list[Words]:
    """The time at the end of the words, or at their start, or both; one in the middle belongs to the text ("the 3 pm meeting")."""
    times = clusters(content)
    if len(times) < 2:
        return times
    lead = [span for span in times[:1] if not bare(content[: span.start])]
    tail = [span for span in times[-1:] if not re.search(r"\w", content[span.end :])]
    if lead and not tail and hangs_on_another(lead[0].words) and not CLOCK.search(lead[0].words):
        beside = times[1]  # "the day it's wanted, | first thing, half eight"
        apart = content[lead[0].end : beside.start].split()
        tail = [beside] if len(apart) <= 3 and CLOCK.search(beside.words) and not DAY.search(beside.words) else []
    return [*lead, *tail] or times[-1:]


def beside_stated(when: str, stated: Sequence[str]) -> str:
    """ "The night before" with what it counts from, told before it: the 14th at ten past two."""
    counted = stated[-1]
    if not HOURLY.search(when):
        days = [one for one in stated if DAY.search(one)]
        counted = _day_alone(days[-1], when) if days else counted
    elif not CLOCK.search(counted) and len(stated) > 1 and CLOCK.search(stated[-2]):
        counted = f"{stated[-2]} {counted}"
    return f"{re.sub(r' (?:it|that|then|him|her|them)$', '', when)} {counted}"


def _day_alone(stated: str, when: str) -> str:
    """Of "the 14th at ten past two" the day, for "the night before" it or "at nine that day": the hour is that of the occasion."""
    if not CLOCK.search(when) and not re.search(r"\b(?:evening|night|morning|afternoon)s?\b", when, re.I):
        return stated
    day = re.split(
        r",? (?:at|by|from) (?=\S)|,? (?=(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half|quarter|noon|midday)(?:[:.]\d\d| ?[ap]m| |$)(?! ?(?:of )?[a-z]*(?:st|nd|rd|th|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))(?!weeks? ))",
        stated,
        maxsplit=1,
    )[0]
    hour_first = re.sub(rf"^(?:at |by |around |about )?(?:half past |quarter (?:past|to) )?{HOURS}(?:[:.]\d\d)?(?: ?[ap]\.?m\b\.?| o'?clock)?,? (?=(?:on |the |this |next )*\w)", "", stated, flags=re.I)  # fmt: skip
    return next((one for one in (day, hour_first) if DAY.search(one)), stated)


def completed(when: str, stated: Sequence[str]) -> str:
    """A day and a time of day that were said apart, together: "tomorrow lunchtime, well noon"."""
    if when and CLOCK.search(when):
        days = [one for one in stated if not CLOCK.search(one)]
        return f"{days[-1]} {when}" if days and not DAY.search(when) else when
    if not when and DAY.search(stated[-1]) and (CLOCK.search(stated[-1]) or _PART.search(stated[-1])):
        return stated[-1]
    clocks = [one for one in stated if CLOCK.search(one)]
    days = [one for one in [*stated, when] if one and DAY.search(one)]
    parts = [*days[-1:], *[one for one in clocks[-1:] if one not in days[-1:]]]
    return " ".join(parts) or when or stated[-1]


_THAT_DAY = re.compile(r"\b(?:that|the same|the very same|on the) (?:day|date|morning|afternoon|evening|night)\b", re.I)


def day_told(when: str, material: Material) -> str:
    """ "At eleven that morning" with the day that an earlier step told or that the request named; as it is where none did."""
    last = material.earlier[0] if material.earlier else None
    if last is not None and last.now and last.kind == "date" and (beside := _before_date(when, last.value)):
        return beside
    if not hangs_on_another(when) or DAY.search(re.sub(r"\bday\b", "", when)) or material.document is not None:
        return when
    if not _THAT_DAY.search(when) and not re.search(r"\bbefore\b", when, re.I):
        return when
    told = material.earlier[0] if material.earlier else None
    if told is not None and told.now and told.kind == "date":
        return f"{when} {told.value}"
    if told is not None and told.now and told.kind:
        return when
    said = _THAT_DAY.search(material.request)
    days = [one.words for one in find_times(material.request[: said.start()]) if DAY.search(one.words)] if said else []
    return f"{when} {_day_alone(days[-1], when)}" if days and _THAT_DAY.search(when) else when


_ON_THE = re.compile(r"\b(?:the|a) (?:day|week|month|weekend|night|evening|\w+day) before,? (?:that's |so |i mean )?on the (?P<day>[a-z\d -]+?(?:st|nd|rd|th|first|second|third))\b", re.I)  # fmt: skip
_WEEKDAY_BEFORE = re.compile(r"\bthe (?P<day>mon|tues|wednes|thurs|fri|satur|sun)day before(?: (?:it|that|then))?(?=\s*(?:[,.;]|$|(?:at|by|around|in)\b|noon|midday|first))", re.I)  # fmt: skip


def _before_date(when: str, told: str) -> str:
    """ "The week before, on the eighteenth" and "the saturday before" with the date before the one that was told; else ""."""
    day, weekday = _ON_THE.search(when), _WEEKDAY_BEFORE.search(when)
    then = date.fromisoformat(told[:10])
    if day and (number := re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)", to_digits(day["day"]).strip())):
        days = [then - timedelta(back) for back in range(1, 63)]
        found = next((one for one in days if one.day == int(number[1])), None)
        return f"{when[: day.start()]}on {found}{when[day.end() :]}" if found else ""
    if weekday:
        names = [one[:3] for one in WEEKDAY_NAMES]
        back = (then.weekday() - names.index(weekday["day"].lower()[:3])) % 7 or 7
        return f"{when[: weekday.start()]}on {then - timedelta(back)}{when[weekday.end() :]}"
    return ""


def goes_on(when: str, material: Material) -> str:
    """A bare hour with the day of the reminder before it: "wake me at five am tomorrow, and five forty to light the oven".

    Only where the request asks once for both; it is the next such hour after the other's.
    """
    last = material.earlier[0] if material.earlier else None
    if last is None or last.step != "set_reminder" or not last.now or len(REMIND.findall(material.request)) > 1:
        return when
    clock, _ = find_clock(normalise(when))
    if (
        clock is None
        or re.search(r"\b(?:this|tonight|today)\b", when, re.I)
        or DAY.search(when)
        or find_spans(when)
        or hangs_on_another(when)
    ):
        return when
    before = datetime.fromisoformat(last.value)
    hours = (clock.hour,) if clock.sure else (clock.hour % 12, clock.hour % 12 + 12)
    times = [before.replace(hour=hour, minute=clock.minute) for hour in hours]
    after = next((one for one in times if one > before), None)
    return f"on {after:%Y-%m-%d} at {after:%H:%M}" if after else when

"""Stretches of time in the past, as people ask about them: "last week", "yesterday's note", "on Monday", "in March"."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from assistant.phrases.date_words import MONTH, WEEKDAY, WEEKDAY_NAMES, normalise
from assistant.phrases.day_words import find_day, month_number, shift
from assistant.phrases.local_time import localise

_COUNT = r"(?:(?P<count>\d{1,3}|an?|a couple of|a few|couple of|few) )?"
_UNIT = r"(?P<unit>hour|day|week|fortnight|month|year)s?"
_PART = r"(?: (?P<part>morning|afternoon|evening|night))?"
_HOURS = {"morning": (0, 12), "afternoon": (12, 18), "evening": (17, 24), "night": (18, 24)}
_LEAD = r"\b(?:(?:from|on|in|since|during|of|over|at) )?(?:the )?"
_TAIL = r"(?:'?s)?\b"
_FORMS = tuple(
    re.compile(f"{_LEAD}{form}{_TAIL}")
    for form in (
        rf"(?P<before>day before yesterday){_PART}",
        rf"(?P<yesterday>yesterday){_PART}",
        r"(?P<lastnight>last night)",
        r"(?P<today>today|this (?P<todaypart>morning|afternoon|evening))",
        rf"{_COUNT}{_UNIT} (?P<ago>ago)",
        r"(?P<which>last|past|this|previous) (?P<whole>week|weekend|month|year)",
        rf"(?:last|past|previous) {_COUNT}(?P<stretch>hour|day|week|month|year)s",
        rf"(?:last |past )?(?P<weekday>{WEEKDAY}){_PART}",
        rf"(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? )?(?P<month>{MONTH})"
        r"(?: (?P<dayafter>\d{1,2})(?:st|nd|rd|th)?)?(?: (?P<year>20\d\d))?",
        r"(?P<numeric>\d{4}-\d\d-\d\d|\d{1,2}/\d{1,2}(?:/\d{2,4})?|\d{1,2}(?:st|nd|rd|th))",
        r"(?P<recent>recently|lately|other day)",
    )
)


@dataclass(frozen=True)
class Period:
    """A stretch of time from `since` to before `until`, both aware; `rest` is the text without the words for it."""

    since: datetime
    until: datetime
    rest: str


def find_period(text: str, now: datetime, day_first: bool = True) -> Period | None:
    """The first past stretch of time that a text names; None where it names none.

    A weekday or a date without a year is the latest one that is not ahead. "Since Monday" reaches to now.
    """
    words = normalise(text[:2_000])
    for form in _FORMS:
        match = form.search(words)
        if match is None or re.search(
            r"\b(?:about|for|regarding|called|by|until)(?: the)?\s*$", words[: match.start()]
        ):
            continue  # a note about Monday need not be of Monday
        try:
            span = _span(match, now, day_first)
        except ValueError:
            continue
        if span is None:
            continue
        since, until = span
        if match[0].startswith("since "):
            until = now + timedelta(minutes=1)
        rest = " ".join((words[: match.start()] + " " + words[match.end() :]).split())
        return Period(since, until, rest)
    return None


def _span(match: re.Match[str], now: datetime, day_first: bool) -> tuple[datetime, datetime] | None:
    found = {name: value for name, value in match.groupdict().items() if value}
    today = now.date()
    part = found.get("part", "")
    if "before" in found:
        return _days(today - timedelta(2), 1, now, part)
    if "yesterday" in found:
        return _days(today - timedelta(1), 1, now, part)
    if "lastnight" in found:
        return _at(today - timedelta(1), 18, now), _at(today, 6, now)
    if "today" in found:
        return _days(today, 1, now, found.get("todaypart", ""))
    if "ago" in found:
        return _ago(found, now)
    if "whole" in found:
        return _whole(found["whole"], found["which"] == "this", now)
    if "stretch" in found:
        since = _back(found["stretch"], _number(found.get("count", "a few")), now)
        return since, now + timedelta(minutes=1)
    if "weekday" in found:
        return _weekday(found["weekday"], match, now, part)
    if "month" in found:
        return _month(found, now)
    if "numeric" in found:
        day = find_day(found["numeric"], today, day_first)
        unit = "month" if found["numeric"][-1].isalpha() else "year"
        return _days(_not_ahead(day.day, today, unit), 1, now) if day else None
    return now - timedelta(7), now + timedelta(minutes=1)


def _ago(found: dict[str, str], now: datetime) -> tuple[datetime, datetime]:
    """ "Two days ago" is that day; an hour or a week ago is about then."""
    count, unit = _number(found.get("count", "a")), found["unit"]
    then = _back(unit, count, now)
    if unit == "hour":
        return then - timedelta(minutes=45), then + timedelta(minutes=45)
    if unit == "day":
        return _days(then.date(), 1, now)
    slack = {"week": 3, "fortnight": 3, "month": 15, "year": 60}[unit]
    return _days(then.date() - timedelta(slack), 2 * slack + 1, now)


def _whole(unit: str, is_this: bool, now: datetime) -> tuple[datetime, datetime]:
    """A calendar week from Monday, a weekend, a month or a year: this one, or the one before."""
    today = now.date()
    monday = today - timedelta(today.weekday() + (0 if is_this else 7))
    if unit == "week":
        return _days(monday, 7, now)
    if unit == "weekend":
        return _days(monday + timedelta(5), 2, now)
    first = today.replace(day=1) if unit == "month" else today.replace(month=1, day=1)
    if not is_this:
        first = shift(first, -1, unit)
    return _days(first, (shift(first, 1, unit) - first).days, now)


def _weekday(word: str, match: re.Match[str], now: datetime, part: str) -> tuple[datetime, datetime] | None:
    bare = match[0].removeprefix("the ") == word
    if word in ("sun", "sat", "mon", "fri", "wed") and bare:
        return None  # "the sun", "sat down"
    back = (now.weekday() - [name[:3] for name in WEEKDAY_NAMES].index(word[:3])) % 7
    if back == 0 and re.search(r"\b(?:last|past)\b", match[0]):
        back = 7
    return _days(now.date() - timedelta(back), 1, now, part)


def _month(found: dict[str, str], now: datetime) -> tuple[datetime, datetime] | None:
    if found["month"] == "may" and len(found) == 1:
        return None  # "may I"
    month, year = month_number(found["month"]), int(found.get("year", now.year))
    number = found.get("day") or found.get("dayafter")
    first = date(year, month, int(number or 1))
    if "year" not in found:
        first = _not_ahead(first, now.date())
    return _days(first, 1 if number else monthrange(first.year, month)[1], now)


def _not_ahead(day: date, today: date, unit: str = "year") -> date:
    return day if day <= today else shift(day, -1, unit)


def _back(unit: str, count: int, now: datetime) -> datetime:
    if unit == "hour":
        return now - timedelta(hours=count)
    return localise(datetime.combine(shift(now.date(), -count, unit), now.timetz().replace(tzinfo=None)), now)


def _number(word: str) -> int:
    return int(word) if word.isdigit() else {"a couple of": 2, "couple of": 2, "a few": 3, "few": 3}.get(word, 1)


def _days(first: date, count: int, now: datetime, part: str = "") -> tuple[datetime, datetime]:
    if part:
        start, end = _HOURS[part]
        return _at(first, start, now), _at(first, end, now)
    return _at(first, 0, now), _at(first + timedelta(count), 0, now)


def _at(day: date, hour: int, now: datetime) -> datetime:
    return localise(datetime.combine(day + timedelta(hour // 24), time(hour % 24)), now)

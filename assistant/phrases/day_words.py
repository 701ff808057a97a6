"""The grammar of spoken days: finds the day that a few normalised words name."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from assistant.phrases.date_words import MONTH, MONTH_NAMES, WEEKDAY, WEEKDAY_NAMES
from assistant.phrases.feasts import find_feast


@dataclass(frozen=True)
class Day:
    """A day. `fixed` is False where the year was left open and the next one was taken."""

    day: date
    fixed: bool = False
    note: str = ""


def find_day(text: str, today: date, day_first: bool = True) -> Day | None:
    """The day in normalised words; None where no day is named.

    Raises:
        ValueError: a day that no calendar has, such as 31 February.
    """
    for reader in (
        _weeks_from,
        _next_weeks,
        _counted,
        _near,
        _weekday_of_month,
        _weekday_beside,
        _feast,
        _weekday,
        _written,
        _numeric,
        _day_of_month,
        _week_or_month,
    ):
        found = reader(text, today, day_first)
        if found:
            return found
    return None


def _next_weeks(text: str, today: date, _: bool) -> Day | None:
    """Next week on Wednesday, Wednesday of next week, the Tuesday after next, Tuesday fortnight."""
    found = re.search(
        rf"\bnext week (?:on )?({WEEKDAY})\b|\b({WEEKDAY}) (?:of )?next week\b|\b({WEEKDAY}) (after next|fortnight)\b|"
        rf"\bthe week after next (?:on )?({WEEKDAY})\b|\b({WEEKDAY}) the week after next\b",
        text,
    )
    if not found:
        return None
    name = found[1] or found[2] or found[3] or found[5] or found[6]
    weekday = [one[:3] for one in WEEKDAY_NAMES].index(name[:3])
    coming = (weekday - today.weekday()) % 7 or 7
    if found[3]:
        return Day(today + timedelta(coming + (7 if found[4] == "after next" else 14)))
    return Day(today + timedelta(_next_week(weekday, today) + (7 if found[5] or found[6] else 0)))


def _near(text: str, today: date, _: bool) -> Day | None:
    for words, days in (
        ("day after tomorrow", 2), ("day before yesterday", -2), ("tomorrow", 1), ("yesterday", -1), ("today", 0),
        ("tonight", 0), ("this (?:morning|afternoon|evening|lunchtime)", 0), ("later today", 0), ("last night", -1),
    ):  # fmt: skip
        if re.search(rf"\b{words}\b", text):
            if re.search(rf"\b(?:a |1 )?week {words}\b|\b{words} week\b", text):
                days += 7
            return Day(today + timedelta(days), True)
    return None


def _weeks_from(text: str, today: date, _: bool) -> Day | None:
    """A fortnight today, three weeks tomorrow, two weeks on Saturday; a single week is read with its day."""
    found = re.search(
        rf"\b(?:(\d{{1,2}}|an?) )?(?:(weeks)|fortnights?) (?:(today|tomorrow)|(?:on |from )?({WEEKDAY}))\b", text
    )
    if not found:
        return None
    days = _count(found[1] or "a") * (7 if found[2] else 14)
    if found[3]:
        return Day(today + timedelta(days + (found[3] == "tomorrow")), True)
    weekday = [name[:3] for name in WEEKDAY_NAMES].index(found[4][:3])
    return Day(today + timedelta(((weekday - today.weekday()) % 7 or 7) + days), True)


def _counted(text: str, today: date, _: bool) -> Day | None:
    count = r"(\d{1,4}|an?|a couple of|a few)"
    on_day = re.search(r"\b(?:an?|1) (month|year) (today|tomorrow)\b", text)
    if on_day:
        return Day(shift(today + timedelta(on_day[2] == "tomorrow"), 1, on_day[1]), True)
    ahead = re.search(
        rf"\bin {count} (day|week|fortnight|month|year)s?\b|"
        rf"\b{count} (day|week|fortnight|month|year)s? (?:from (?:now|today)|time|hence)",
        text,
    )
    if ahead:
        return Day(shift(today, _count(ahead[1] or ahead[3]), ahead[2] or ahead[4]), True)
    back = re.search(rf"\b{count} (day|week|fortnight|month|year)s? ago\b", text)
    return Day(shift(today, -_count(back[1]), back[2]), True) if back else None


def _count(word: str) -> int:
    return int(word) if word.isdigit() else {"a couple of": 2, "a few": 3}.get(word, 1)


def shift(day: date, count: int, unit: str) -> date:
    """A day some days, weeks, months or years away; the 31st becomes the month's last day where there is none.

    Raises:
        ValueError: outside the years 1 to 9999.
    """
    try:
        if unit in ("month", "year"):
            months = day.year * 12 + day.month - 1 + count * (12 if unit == "year" else 1)
            year, month = divmod(months, 12)
            return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
        return day + timedelta(count * {"day": 1, "week": 7, "fortnight": 14}[unit])
    except (OverflowError, ValueError) as error:
        raise ValueError("a day that far away") from error


def _weekday(text: str, today: date, _: bool) -> Day | None:
    if re.search(r"\bweekend\b", text):
        ahead = (5 - today.weekday()) % 7
        return Day(today + timedelta(ahead + (7 if "next weekend" in text else 0)))
    found = re.search(
        rf"\b(?:(next|this|coming|last|past|on) )?(?:week (?:on |from )?)?({WEEKDAY})(s?)\b(?: (week|next week))?", text
    )
    if not found or re.search(
        rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {MONTH}\b|\b{MONTH} \d|\d[/-]\d|\d(?:st|nd|rd|th)\b(?! thing)", text
    ):
        return None  # "Tuesday 8 December": the date decides
    if found[2] in ("sun", "sat", "mon", "fri", "wed") and not found[1] and len(text.split()) > 3:
        return None  # "sit in the sun"
    weekday = [name[:3] for name in WEEKDAY_NAMES].index(found[2][:3])
    ahead = (weekday - today.weekday()) % 7
    if found[1] in ("last", "past"):
        return Day(today + timedelta(ahead - 7), True)
    if found[4] or re.search(r"\bweek (?:on |from )?" + found[2], text):
        return Day(
            today + timedelta((ahead or 7) + 7 if found[4] == "week" or not found[4] else _next_week(weekday, today))
        )
    if found[1] == "next":
        return Day(today + timedelta(_next_week(weekday, today)))
    return Day(today + timedelta(ahead), note="today" if ahead == 0 else "")


def _weekday_beside(text: str, today: date, day_first: bool) -> Day | None:
    """The Sunday before Christmas, the Friday after the 20th."""
    found = re.search(rf"\b({WEEKDAY}) (before|after) (.+)", text)
    beside = find_day(found[3], today, day_first) if found else None
    if found is None or beside is None:
        return None
    weekday = [name[:3] for name in WEEKDAY_NAMES].index(found[1][:3])
    if found[2] == "before":
        return Day(beside.day - timedelta((beside.day.weekday() - weekday) % 7 or 7), beside.fixed)
    return Day(beside.day + timedelta((weekday - beside.day.weekday()) % 7 or 7), beside.fixed)


def _weekday_of_month(text: str, today: date, _: bool) -> Day | None:
    """The first Monday of December, the last Friday of the month."""
    found = re.search(
        rf"\b(1st|2nd|second|3rd|4th|last) ({WEEKDAY}) (?:of|in) ({MONTH}|next month|(?:the|this) month|every month)\b",
        text,
    )
    if not found:
        return None
    weekday = [name[:3] for name in WEEKDAY_NAMES].index(found[2][:3])
    named = re.fullmatch(MONTH, found[3])
    first = today.replace(day=1)
    if named:
        month = month_number(found[3])
        first = date(today.year + (month < today.month), month, 1)
    elif found[3] == "next month":
        first = shift(first, 1, "month")
    for start in (first, shift(first, 12 if named else 1, "month")):
        days = [start + timedelta(ahead) for ahead in range(monthrange(start.year, start.month)[1])]
        such = [day for day in days if day.weekday() == weekday]
        chosen = (
            such[-1] if found[1] == "last" else such[{"1st": 0, "2nd": 1, "second": 1, "3rd": 2, "4th": 3}[found[1]]]
        )
        if chosen >= today:
            return Day(chosen)
    return None


def _next_week(weekday: int, today: date) -> int:
    """Days until that weekday of the calendar week after this one."""
    return weekday - today.weekday() + 7


def _week_or_month(text: str, today: date, _: bool) -> Day | None:
    if re.search(r"\bend of (?:the|this) month\b", text):
        return Day(today.replace(day=monthrange(today.year, today.month)[1]))
    if re.search(r"\bend of (?:the|this) week\b", text):
        return Day(today + timedelta((4 - today.weekday()) % 7))
    found = re.search(r"\bnext (week|month|year)\b", text)
    if found:
        return Day(shift(today, 1, found[1]))
    found = re.search(rf"\b(?:in|next|by) ({MONTH})\b(?! \d)", text)
    return Day(upcoming(today, month_number(found[1]), 1)) if found else None


def _written(text: str, today: date, _: bool) -> Day | None:
    found = re.search(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?\s*(?:of\s+)?({MONTH})\b\.?\s*((?:19|20)\d\d)?", text)
    if found:
        return _make(int(found[1]), month_number(found[2]), found[3], today)
    found = re.search(
        rf"\b({MONTH})\.?\s*(?:the\s+)?(\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s*(?:am|pm|:|oclock))\s*((?:19|20)\d\d)?", text
    )
    return _make(int(found[2]), month_number(found[1]), found[3], today) if found else None


def _numeric(text: str, today: date, day_first: bool) -> Day | None:
    found = re.search(r"\b((?:19|20)\d\d)[-/.](\d{1,2})[-/.](\d{1,2})(?=t|\b)", text)
    if found:
        return _make(int(found[3]), int(found[2]), found[1], today)
    found = re.search(r"\b(\d{1,2})(?:/(\d{1,2})(?:/((?:19|20)?\d\d))?|[.-](\d{1,2})[.-]((?:19|20)?\d\d))\b", text)
    if not found:
        return None
    first, second, year = int(found[1]), int(found[2] or found[4]), found[3] or found[5]
    if year and len(year) == 2:
        year = f"20{year}"
    month_first = second > 12 or (first <= 12 and not day_first)
    day, month = (second, first) if month_first else (first, second)
    made = _make(day, month, year, today)
    if first <= 12 and second <= 12 and first != second:
        return Day(made.day, made.fixed, f"I read {found[0]} as {day} {MONTH_NAMES[month - 1].capitalize()}.")
    return made


def _day_of_month(text: str, today: date, _: bool) -> Day | None:
    found = re.search(r"\b(?:the )?(\d{1,2})(?:st|nd|rd|th)\b", text)
    if not found or not 1 <= int(found[1]) <= 31:
        return None
    for months in range(3 if int(found[1]) < 31 else 4):
        first = shift(today.replace(day=1), months + bool("next month" in text), "month")
        if int(found[1]) <= monthrange(first.year, first.month)[1] and first.replace(day=int(found[1])) >= today:
            return Day(first.replace(day=int(found[1])))
    return None


def _feast(text: str, today: date, _: bool) -> Day | None:
    feast = find_feast(text)
    if feast is None:
        return None
    said = re.search(r"\b(20\d\d)\b", text)
    if said:
        return Day(feast(int(said[1])), True)
    return Day(next(day for day in (feast(today.year), feast(today.year + 1)) if day >= today))


def month_number(word: str) -> int:
    """1 to 12 from a month's name or its first three letters."""
    return [name[:3] for name in MONTH_NAMES].index(word.lower()[:3]) + 1


def upcoming(today: date, month: int, day: int) -> date:
    """The next such day, today included; 29 February waits for a leap year.

    Raises:
        ValueError: no year has it.
    """
    for year in range(today.year, today.year + 9):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= today:
            return found
    raise ValueError(f"{day} {MONTH_NAMES[month - 1].capitalize() if 1 <= month <= 12 else f'of month {month}'}")


def _make(day: int, month: int, year: str | None, today: date) -> Day:
    if not year:
        return Day(upcoming(today, month, day))
    try:
        return Day(date(int(year), month, day), True)
    except ValueError:
        name = MONTH_NAMES[month - 1].capitalize() if 1 <= month <= 12 else f"of month {month}"
        raise ValueError(f"{day} {name} {year}") from None

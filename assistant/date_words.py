"""The grammar of spoken days and times: finds a day and a time of day anywhere in a few words."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from assistant.number_words import to_digits

MONTH_NAMES = "january february march april may june july august september october november december".split()
WEEKDAY_NAMES = "monday tuesday wednesday thursday friday saturday sunday".split()
MONTH = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
WEEKDAY = (
    r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
)
UNITS = r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|fortnights?|months?|years?)"
PARTS = {  # part of the day -> the hour it stands for when no time is named
    "early morning": 7, "1st thing": 8, "breakfast": 8, "morning": 9, "lunchtime": 12, "lunch": 12, "afternoon": 15,
    "teatime": 17, "evening": 18, "dinner": 18, "supper": 18, "tonight": 20, "bedtime": 22, "night": 21,
}  # fmt: skip
DEFAULT_HOUR = 9  # for a day without a time
_DATE = re.compile(  # written dates, whose numbers are no times
    rf"\b\d{{1,2}}(?:st|nd|rd|th)?\s*(?:of\s+)?{MONTH}\b\.?(?:\s*(?:19|20)\d\d\b)?"
    rf"|\b{MONTH}\.?\s*(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?\b(?!\s*(?:am|pm|:|oclock))(?:\s*(?:19|20)\d\d\b)?"
    r"|\b\d{4}[-/.]\d{1,2}[-/.]\d{1,2}t?|\b\d{1,2}[/-]\d{1,2}(?:[/-]\d{2,4})?\b|\b\d{1,2}\.\d{1,2}\.\d{2,4}\b"
)
_PART = re.compile(rf"\b(?:{'|'.join(sorted(PARTS, key=len, reverse=True))})\b")


@dataclass(frozen=True)
class Clock:
    """A time of day. `sure` is False where 7 may be morning or evening; `part` is the word that was said, if any."""

    hour: int
    minute: int = 0
    sure: bool = True
    part: str = ""


@dataclass(frozen=True)
class Day:
    """A day. `fixed` is False where the year was left open and the next one was taken."""

    day: date
    fixed: bool = False
    note: str = ""


def normalise(text: str) -> str:
    """Lower case, digits for numbers, one spelling for am, pm and o'clock."""
    text = to_digits(" ".join(text.lower().replace("’", "'").split()))
    text = re.sub(r"\b([ap])\.?\s?m\b\.?", r"\1m", text)
    text = re.sub(r"(\d)(am|pm)\b", r"\1 \2", text)
    text = re.sub(r"\bo\s?'?\s?clock\b", "oclock", text)
    text = re.sub(r"\bto-(?=morrow|night|day)", "to", text)
    text = re.sub(r"\b20 ([2-9]\d)\b(?!\s*(?:am|pm|:))", r"20\1", text)  # "twenty twenty six"
    return re.sub(r"[?!]+|(?<!\d),|,(?!\d)", " ", text)


def find_clock(text: str) -> tuple[Clock | None, str]:
    """The time of day in normalised words, and the words without it and without written dates.

    Raises:
        ValueError: a time that no clock shows, such as 25:70.
    """
    text = _DATE.sub(" ", text)
    part = _PART.search(text)
    word = part[0] if part else ""
    for pattern, read in _CLOCKS:
        found = pattern.search(text)
        if found:
            hour, minute, half = read(found)
            if hour > 24 or minute > 59 or (half and not 1 <= hour <= 12):
                raise ValueError(found[0].strip())
            rest = text[: found.start()] + " " + text[found.end() :]
            return _with_part(hour % 24, minute, half, word, found[0]), rest
    if part:
        return Clock(PARTS[word], 0, True, word), text
    return None, text


def _with_part(hour: int, minute: int, half: str, part: str, said: str) -> Clock:
    if half:
        return Clock(hour % 12 + (12 if half == "pm" else 0), minute)
    if hour == 0 or hour > 12 or re.search(r"\b0\d[:.h]?\d\d\b|noon|midday|midnight", said):
        return Clock(hour, minute)
    if part in ("early morning", "1st thing", "breakfast", "morning"):
        return Clock(hour % 12 if hour == 12 else hour, minute, True, part)
    if part in ("night", "tonight") and (hour == 12 or hour < 5):
        return Clock(hour % 12, minute, True, part)
    if part:
        return Clock(hour % 12 + 12, minute, True, part)
    return Clock(hour, minute, False)


_NOT_A_TIME = rf"(?!\s*(?:{UNITS}|st|nd|rd|th|percent|%|/|-\d|\.\d|of|{MONTH})\b)(?!\s*/)(?!\d)"
_CLOCKS = [
    (re.compile(r"\b(\d{1,2})\s?[:h]\s?(\d{2})(?::\d{2})?(?:\s*(am|pm)\b)?"), lambda m: (int(m[1]), int(m[2]), m[3] or "")),
    (re.compile(r"\b(\d{1,2})[. ](\d{2}) (am|pm)\b"), lambda m: (int(m[1]), int(m[2]), m[3])),
    (re.compile(r"\b(?:at|by) (\d{1,2})\.([0-5]\d)\b(?!\.)"), lambda m: (int(m[1]), int(m[2]), "")),
    (re.compile(r"\b(?:half past|half) (\d{1,2})\b(?: (am|pm)\b)?"), lambda m: (int(m[1]), 30, m[2] or "")),
    (
        re.compile(r"\b(?:a )?(quarter|\d{1,2}(?: minutes?)?) (?:past|after) (noon|midnight|\d{1,2}\b)(?: oclock)?(?: (am|pm)\b)?"),
        lambda m: (_hour(m[2]), _minutes(m[1]), m[3] or ""),
    ),
    (
        re.compile(r"\b(?:a )?(quarter|\d{1,2}(?: minutes?)?) (?:to|till) (noon|midnight|\d{1,2}\b)(?: oclock)?(?: (am|pm)\b)?"),
        lambda m: _before_hour(_hour(m[2]), _minutes(m[1]), m[3] or ""),
    ),
    (re.compile(r"\b(?:12 )?(?:noon|midday)\b"), lambda m: (12, 0, "")),
    (re.compile(r"\b(?:12 )?midnight\b"), lambda m: (0, 0, "")),
    (re.compile(r"\b(\d{2})(\d{2}) (?:hours|hrs)\b"), lambda m: (int(m[1]), int(m[2]), "")),
    (re.compile(rf"\b(\d{{1,2}}) ([0-5]\d)\b{_NOT_A_TIME}"), lambda m: (int(m[1]), int(m[2]), "")),
    (re.compile(rf"\b(\d{{1,2}}) (?:oh?|0) ?([1-9])\b{_NOT_A_TIME}"), lambda m: (int(m[1]), int(m[2]), "")),
    (re.compile(r"\b(\d{1,2}) (am|pm)\b"), lambda m: (int(m[1]), 0, m[2])),
    (re.compile(r"\b(\d{1,2}) oclock\b"), lambda m: (int(m[1]), 0, "")),
    (re.compile(r"\b(\d{1,2}) (?=(?:in the|at) (?:morning|afternoon|evening|night))"), lambda m: (int(m[1]), 0, "")),
    (re.compile(rf"(?:\b(?:at|by|around|about|before|after)|@) (\d{{1,2}})\b{_NOT_A_TIME}"), lambda m: (int(m[1]), 0, "")),
    (re.compile(rf"\b(?:tonight|morning|afternoon|evening|tomorrow|today|{WEEKDAY}) (\d{{1,2}})\b{_NOT_A_TIME}"), lambda m: (int(m[1]), 0, "")),
    (re.compile(r"^\s*(\d{1,2})\s*$"), lambda m: (int(m[1]), 0, "")),
]  # fmt: skip


def _hour(word: str) -> int:
    return {"noon": 12, "midnight": 0}.get(word) if word in ("noon", "midnight") else int(word)  # type: ignore[return-value]


def _minutes(word: str) -> int:
    return 15 if word == "quarter" else int(word.split()[0])


def _before_hour(hour: int, minutes: int, half: str) -> tuple[int, int, str]:
    """10 to 12 pm is 11:50 am."""
    if half and hour == 12:
        half = "am" if half == "pm" else "pm"
    earlier = (hour - 1) % 24
    return (12 if half and earlier == 0 else earlier or (12 if hour == 1 else 0)), 60 - minutes, half


def find_day(text: str, today: date, day_first: bool = True) -> Day | None:
    """The day in normalised words; None where no day is named.

    Raises:
        ValueError: a day that no calendar has, such as 31 February.
    """
    for reader in (_near, _counted, _weekday, _feast, _written, _numeric, _week_or_month, _day_of_month):
        found = reader(text, today, day_first)
        if found:
            return found
    return None


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


def _counted(text: str, today: date, _: bool) -> Day | None:
    count = r"(\d{1,4}|an?|a couple of|a few)"
    ahead = re.search(
        rf"\bin {count} (day|week|fortnight|month|year)s?\b|\b{count} (day|week|fortnight|month|year)s? (?:from (?:now|today)|time|hence)",
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
        rf"\b(?:(next|this|coming|last|past|on) )?(?:week (?:on )?)?({WEEKDAY})(s?)\b(?: (week|next week))?", text
    )
    if not found or re.search(rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {MONTH}\b|\b{MONTH} \d|\d[/-]\d", text):
        return None  # "Tuesday 8 December": the date decides
    if found[2] in ("sun", "sat", "mon", "fri", "wed") and not found[1] and len(text.split()) > 3:
        return None  # "sit in the sun"
    weekday = [name[:3] for name in WEEKDAY_NAMES].index(found[2][:3])
    ahead = (weekday - today.weekday()) % 7
    if found[1] in ("last", "past"):
        return Day(today + timedelta(ahead - 7), True)
    if found[4] or re.search(r"\bweek (?:on )?" + found[2], text):
        return Day(
            today + timedelta((ahead or 7) + 7 if found[4] == "week" or not found[4] else _next_week(weekday, today))
        )
    if found[1] == "next":
        return Day(today + timedelta(_next_week(weekday, today)))
    return Day(today + timedelta(ahead), note="today" if ahead == 0 else "")


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
    for words, month, day in (
        (r"christmas eve", 12, 24), (r"boxing day", 12, 26), (r"christmas|xmas", 12, 25), (r"new year'?s eve|hogmanay", 12, 31),
        (r"new year(?:'?s)?(?: day)?", 1, 1), (r"valentine'?s?(?: day)?", 2, 14), (r"halloween", 10, 31),
        (r"st\.? patrick'?s day", 3, 17), (r"bonfire night|guy fawkes", 11, 5), (r"independence day|4th of july", 7, 4),
    ):  # fmt: skip
        if re.search(rf"\b(?:{words})\b", text):
            year = re.search(r"\b(20\d\d)\b", text)
            return _make(day, month, year[1] if year else None, today)
    found = re.search(r"\b(good friday|easter monday|easter)\b", text)
    if found:
        offset = {"good friday": -2, "easter monday": 1, "easter": 0}[found[1]]
        days = (easter(year) + timedelta(offset) for year in (today.year, today.year + 1))
        return Day(next(day for day in days if day >= today))
    return None


def easter(year: int) -> date:
    """Western Easter Sunday (the Anonymous Gregorian computus; Meeus, Astronomical Algorithms, ch. 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    h = (19 * a + b - d - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    i, k = divmod(c, 4)
    rest = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * rest) // 451
    month, day = divmod(h + rest - 7 * m + 114, 31)
    return date(year, month, day + 1)


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

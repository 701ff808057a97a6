"""How dates, times, spans, numbers and lists are said: short, unambiguous, and right when a voice reads them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]  # not strftime: it follows the locale


def say_time(moment: datetime) -> str:
    """12 noon, 12 midnight, 7 pm, 10:30 am."""
    if moment.minute == 0 and moment.hour in (0, 12):
        return "12 noon" if moment.hour else "12 midnight"
    hour = moment.hour % 12 or 12
    minutes = f":{moment.minute:02d}" if moment.minute else ""
    return f"{hour}{minutes} {'am' if moment.hour < 12 else 'pm'}"


def say_date(day: date, now: date | None = None) -> str:
    """Monday 7 December, with the year where it isn't this one (or `now` is not given)."""
    year = f" {day.year}" if now is None or day.year != now.year else ""
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}{year}"


def say_moment(moment: datetime, now: datetime) -> str:
    """today at 7 pm; tomorrow, Sunday 22 November, at 9 am; Monday 7 December at 12 noon."""
    days = (moment.date() - now.date()).days
    if days == 0:
        return f"today at {say_time(moment)}"
    if days == 1:
        return f"tomorrow, {say_date(moment, now)}, at {say_time(moment)}"
    return f"{say_date(moment, now)} at {say_time(moment)}"


def on(moment_words: str) -> str:
    """Put "on" before a day that needs it: "on Monday 7 December", but "today", "tomorrow"."""
    return f"on {moment_words}" if moment_words.startswith(WEEKDAYS) else moment_words


def say_span(span: timedelta) -> str:
    """A length of time in at most two units: 20 minutes, 1 hour and 5 minutes, 3 days."""
    seconds = round(abs(span.total_seconds()))
    parts = []
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}{'' if count == 1 else 's'}")
    return " and ".join(parts[:2]) or "0 seconds"


def say_number(value: Decimal, places: int = 4) -> str:
    """A number with thousands marked and no needless zeros, at most `places` decimals (more for numbers below 1)."""
    if value and abs(value) < 1:
        places = max(places, 3 - value.adjusted())
    rounded = round(value, min(places, 28)).normalize()
    text = f"{rounded:,f}"
    return "0" if text in ("-0", "") else text


def say_list(parts: Sequence[str], joint: str = "and") -> str:
    """one; one and two; one, two and three."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {joint} {parts[-1]}"


def stop(sentence: str) -> str:
    """The sentence with a full stop, unless it ends with a mark of its own."""
    return sentence if sentence.rstrip("\"')”’").endswith((".", "!", "?", "…", ":", ";")) else f"{sentence}."

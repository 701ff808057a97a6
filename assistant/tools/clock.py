"""The time, the day, and how long until a day."""

import re
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from assistant.permissions import Tier
from assistant.phrases.date_words import MONTH
from assistant.phrases.dates import Moment, Unclear
from assistant.phrases.day_words import shift
from assistant.phrases.feasts import find_feast
from assistant.phrases.local_time import localise
from assistant.phrases.time_zones import find_zone
from assistant.phrases.wording import say_date, say_time
from assistant.steps.references import moment
from assistant.tools.base import ToolContext, ToolResult, tool

_COUNT = re.compile(
    r"\bhow (?:many (?:more )?(days|weeks)|long)\b.*?\b(?:until|till|til|to|before|is it to|away is)\b\s*(.+)", re.I
)
_WHICH_DAY = re.compile(
    r"\b(?:what|which) (?:day|date)(?:(?: of the week)? (?:is|was|will|does|falls?)|'?s)\b(.*)", re.I
)


@tool(tier=Tier.LOOK)
def tell_time(context: ToolContext, place: str = "", day: str = "") -> ToolResult:
    """Tell the time, today's date, the time in a city, the weekday of a date, or how many days until a date.

    Args:
        place: a city or country for the time there; empty for here.
        day: a date or feast to look at, such as "Christmas" or "next Friday"; empty for now.
    """
    now = context.now()
    wanted = day or _day_asked(context.request)
    place = re.sub(r"^(?:here|home|local(?:ly)?|my (?:place|house|time ?zone))$", "", place.strip().lower()) and place
    if place and (found := find_zone(place)):
        return _there(*found, now)
    if place and not wanted:
        if not _is_day(context, place):
            return ToolResult(f"I don't know the time in {place.strip()}.", {"place": place}, found=False)
        wanted = place  # a weak model may have put the feast here
    if re.fullmatch(r"(?:now|right now|today|the (?:time|date|day)|it|)", wanted.strip().lower()):
        return _here(context.request, now)
    return _until(context, wanted)


@tool(tier=Tier.LOOK, examples=("what's the date", "what day is the fifth"))
def tell_date(context: ToolContext, day: str = "") -> ToolResult:
    """Tell today's date, the weekday and date of another day, or how many days until it.

    Args:
        day: the day to look at, such as "the 5th", "Christmas" or "next Friday"; empty for today.
    """
    now = context.now()
    wanted = (day or _day_asked(context.request)).strip()
    if re.fullmatch(rf"(?:{_TODAY})?", wanted, re.I):
        if re.search(r"\b(?:what|which) year\b", context.request, re.I):
            return ToolResult(f"It is {now.year}.", {"date": now.date().isoformat()})
        return ToolResult(
            f"Today is {say_date(now)}.", {"date": now.date().isoformat()}, more=f"It is {say_time(now)}."
        )
    return _until(context, wanted)


_TODAY = r"(?:for |is it )?(?:now|right now|today(?:'s date)?|it|the (?:date|day)(?: today)?|date|day)"


def _is_day(context: ToolContext, words: str) -> bool:
    try:
        moment(context, words, past=True)
    except Unclear:
        return False
    return True


def _there(name: str, zone: tzinfo, now: datetime) -> ToolResult:
    there = now.astimezone(zone)
    day = "" if there.date() == now.date() else f" on {say_date(there, now)}"
    return ToolResult(f"It is {say_time(there)}{day} in {name}.", {"time": there.isoformat(), "place": name})


def _here(request: str, now: datetime) -> ToolResult:
    data = {"time": now.isoformat()}
    words = request.lower()
    if re.search(r"\bwhat year\b|\bwhich year\b", words):
        return ToolResult(f"It is {now.year}.", data)
    if re.search(r"\b(?:day|date|today|month)\b", words) and not re.search(r"\btime\b", words):
        return ToolResult(f"It is {say_date(now)}.", data)
    return ToolResult(f"It is {say_time(now)}.", data, more=f"Today is {say_date(now)}.")


def _in_year(wanted: str, now: datetime) -> tuple[str, int]:
    """The words without "this year" and the like, and the year that they meant; 0 where none was said."""
    said = re.search(r"\b(this|last|next) year\b", wanted, re.I)
    if said is None:
        return wanted, 0
    year = now.year + {"this": 0, "last": -1, "next": 1}[said[1].lower()]
    rest = " ".join((wanted[: said.start()] + wanted[said.end() :]).split())
    return (f"{rest} {year}" if rest else wanted), year if rest else 0


_PAST = re.compile(r"\b(?:since|did|was|were|fell|been|ago|just gone|gone)\b", re.I)


def _looking_back(chosen: Moment, wanted: str, request: str, year: int, now: datetime) -> Moment:
    """ "What day was the 1st of January": the one that has been, where the words speak of the past and name no year."""
    ahead = chosen.when.date() > now.date()
    if not ahead or year or not _PAST.search(f"{request} {wanted}") or re.search(r"\b(?:19|20)\d\d\b|\bnext\b", wanted):
        return chosen
    if feast := find_feast(wanted.lower()):
        been = next(day for back in range(9) if (day := feast(now.year - back)) <= now.date())
        return replace(chosen, when=localise(datetime.combine(been, chosen.when.timetz().replace(tzinfo=None)), now))
    weekday = re.search(r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b", wanted, re.I)
    if weekday and (chosen.when - now).days < 7:
        return replace(chosen, when=chosen.when - timedelta(7))
    day = chosen.when.date()
    monthly = re.search(r"\d(?:st|nd|rd|th)\b|\w(?:first|second|third|th)\b", wanted) and not re.search(
        MONTH, wanted, re.I
    )
    back = shift(day, -1, "month" if monthly else "year")
    return replace(chosen, when=localise(datetime.combine(back, chosen.when.timetz().replace(tzinfo=None)), now))


def _until(context: ToolContext, wanted: str) -> ToolResult:
    request, now = context.request, context.now()
    wanted, year = _in_year(wanted, now)
    try:
        chosen = moment(context, wanted, past=True)
    except Unclear as question:
        return ToolResult(f"{question.text} Which day do you mean?", {"needs": "day"}, found=False)
    chosen = _looking_back(chosen, wanted, request, year, now)
    days = (chosen.when.date() - now.date()).days
    spoken = say_date(chosen.when, now)
    data = {"date": chosen.when.date().isoformat(), "days": days}
    if days == 0:
        return ToolResult(f"That is today, {spoken}.", data)
    count = f"{abs(days)} day{'' if abs(days) == 1 else 's'}"
    if re.search(r"\bweeks\b", request.lower()) and abs(days) >= 7:
        weeks, over = divmod(abs(days), 7)
        count = f"{weeks} week{'' if weeks == 1 else 's'}" + (
            f" and {over} day{'' if over == 1 else 's'}" if over else ""
        )
    if _COUNT.search(request) and days > 0:
        return ToolResult(f"{count} until {spoken}.", data)
    return ToolResult(f"{spoken}, {f'in {count}' if days > 0 else f'{count} ago'}.", data)


def _day_asked(request: str) -> str:
    counted = _COUNT.search(request)
    if counted:
        return counted[2].strip(" ?.!")
    which = _WHICH_DAY.search(request)
    asked = re.sub(r"^\s*(?:it|on)\b|\s+(?:falls?|lands?|be)(?: on)?[ ?.!]*$", "", which[1]) if which else ""
    return asked.strip(" ?.!")

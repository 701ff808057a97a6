"""Reminders and timers."""

import re
from datetime import date, datetime, timedelta

from assistant.memory import Reminder, Timer, as_json
from assistant.permissions import Tier
from assistant.phrases.dates import Unclear, parse_span, resolve
from assistant.phrases.found_dates import find_dates
from assistant.phrases.time_words import find_spans, find_times
from assistant.phrases.wording import on, say_list, say_moment, say_span
from assistant.state.similar import content_words
from assistant.steps.references import moment, subject
from assistant.tools.base import ToolContext, ToolResult, tool
from assistant.tools.choosing import same_words
from kernels.errors import UserError

LISTED = 5  # said at once; the rest comes with "more"
LONGEST_TIMER = timedelta(days=7)


_ASKING = re.compile(
    r"^(?:please\s+)?(?:remind me|set a reminder|reminder)\b\s*(?:to|about|of|for|that)?\s*", flags=re.I
)
_DANGLING = re.compile(
    r"[\s,:-]+(?:(?:is|are|was|will be|has been|scheduled|booked|arranged|due|set|for|on|at|by|the|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day)[\s,:-]*)+$",
    flags=re.I,
)


_POINTING = re.compile(
    r"(?:and |also |too|again|as well|it|this|that|them|so|please|reminder|(?:(?:it|this|that|before) )?"
    r"(?:expires?|runs out|goes off|is due)| )*",
    flags=re.I,
)


def _about(context: ToolContext, text: str) -> str:
    """What the reminder is about, without the words that ask for it and without a printed date.

    "Your appointment is on Tuesday, 8 December 2026 at 10:30 am" is said at another moment, and would be taken for it.
    """
    text = _ASKING.sub("", " ".join(text.split()))
    dates = find_dates(text, context.now())
    if dates and dates[0].start > 3:
        text = _DANGLING.sub("", f"{text[: dates[0].start].rstrip()} on")
    text = text.strip(" .,!?\"'")
    return subject(context) or text or "reminder" if _POINTING.fullmatch(text) else text


def _set_effect(context: ToolContext, text: str, when: str) -> str:
    now = context.now()
    chosen = moment(context, when)
    return f"Set a reminder '{_about(context, text)}' {on(say_moment(chosen.when, now))}"


@tool(tier=Tier.KEEP, undo="Say undo.", effect=_set_effect)
def set_reminder(context: ToolContext, text: str, when: str) -> ToolResult:
    """Remind the user of something at a date and time.

    Args:
        text: what to be reminded of, such as "dentist" or "take the bread out".
        when: the date and time in the user's own words, such as "tomorrow at noon", "in 20 minutes", "the day before
            at noon".
    """
    now = context.now()
    try:
        chosen = moment(context, when)
    except Unclear as question:
        return ToolResult(f"{question.text} {question.remedy}", {"needs": "when"}, found=False)
    about = _about(context, text)
    spoken = say_moment(chosen.when, now)
    said = f"the reminder '{about}' {on(spoken)} is gone"
    reminder = context.store.add_reminder(about, chosen.when, now, said)
    note = f" {chosen.note}" if chosen.note else ""
    return ToolResult(f"Reminder set: {about}, {spoken}.{note}", as_json(reminder))


@tool(tier=Tier.LOOK)
def list_reminders(context: ToolContext, when: str = "") -> ToolResult:
    """Say which reminders and timers are waiting.

    Args:
        when: a day to look at, such as "today" or "tomorrow"; empty for all.
    """
    now = context.now()
    reminders, timers = context.store.reminders(), context.store.timers()
    try:
        days, scope = _days(context, when)
    except Unclear as question:
        return ToolResult(f"{question.text} {question.remedy}", {"needs": "when"}, found=False)
    if days:
        reminders = [one for one in reminders if days[0] <= one.when.astimezone(now.tzinfo).date() <= days[1]]
        timers = [one for one in timers if days[0] <= one.ends.astimezone(now.tzinfo).date() <= days[1]]
    data = {"reminders": [as_json(one) for one in reminders], "timers": [as_json(one) for one in timers]}
    lines = [f"{one.text}, {'overdue since ' * (one.when < now)}{say_moment(one.when, now)}" for one in reminders] + [
        _say_timer(one, now) for one in timers
    ]
    if not lines:
        return ToolResult(f"You have no reminders{scope}.", data, found=False)
    counts = [_count(len(reminders), "reminder")] * bool(reminders) + [_count(len(timers), "timer")] * bool(timers)
    more = ". ".join(lines[LISTED:]) + "." if lines[LISTED:] else ""
    return ToolResult(f"You have {say_list(counts)}{scope}: {'; '.join(lines[:LISTED])}.", data, more=more)


def _days(context: ToolContext, when: str) -> tuple[tuple[date, date] | None, str]:
    """The first and last day asked about, None for all; and how to say it."""
    words, today = when.lower(), context.now().date()
    if not re.search(r"\w", when) or re.search(r"\b(?:all|any|every\w*|my|reminders?|upcoming|next one)\b", words):
        return None, ""
    if "week" in words and not re.search(r"\d|weekend", words):
        start = today - timedelta(today.weekday()) + timedelta(7 if "next" in words else 0)
        return (max(start, today), start + timedelta(6)), f" {when.strip()}"
    day = moment(context, when, past=True).when.date()
    return (day, day), f" for {re.sub(r'^(?:for|on) ', '', when.strip())}"


def _cancel_effect(context: ToolContext, which: str) -> str:
    chosen = _choose(context, which)
    return f"Delete {say_list([_name(one, context.now()) for one in chosen])}"


@tool(tier=Tier.CHANGE, undo="Say undo.", effect=_cancel_effect)
def cancel_reminder(context: ToolContext, which: str) -> ToolResult:
    """Delete a reminder or stop a timer.

    Args:
        which: the one to delete, by its words, its day or time, such as "dentist", "tomorrow at 9", "the last one",
            "all of them".
    """
    try:
        chosen = _choose(context, which)
    except Unclear as question:
        return ToolResult(f"{question.text} {question.remedy}", {"needs": "which"}, found=False)
    now = context.now()
    names = say_list([_name(one, now) for one in chosen])
    context.store.remove(chosen, now, f"{names} {'is' if len(chosen) == 1 else 'are'} back")
    return ToolResult(f"Deleted: {names}.", {"deleted": [as_json(one) for one in chosen]})


def _timer_effect(context: ToolContext, duration: str, name: str = "") -> str:
    return f"Start a timer of {say_span(parse_span(duration))}{f' for {name}' if name else ''}"


@tool(tier=Tier.KEEP, undo="Say undo.", effect=_timer_effect)
def start_timer(context: ToolContext, duration: str, name: str = "") -> ToolResult:
    """Start a countdown, such as for cooking.

    Args:
        duration: how long, such as "10 minutes" or "an hour and a half".
        name: what it is for, such as "eggs"; may be empty.
    """
    try:
        span = parse_span(duration)
    except Unclear as question:
        return ToolResult(f"{question.text} {question.remedy}", {"needs": "duration"}, found=False)
    if span > LONGEST_TIMER:
        raise UserError(
            f"A timer of {say_span(span)} is longer than a week.", "Ask for a reminder on that day instead."
        )
    now = context.now()
    name = re.sub(r"^(?:for\s+)?(?:the\s+|my\s+)?", "", name.strip(" .,!?"), flags=re.I)
    about = f" for {name}" if name else ""
    timer = context.store.add_timer(name, span.total_seconds(), now, f"the timer of {say_span(span)}{about} is stopped")
    return ToolResult(f"Timer started: {say_span(span)}{about}.", as_json(timer))


@tool(tier=Tier.LOOK, examples=("how long is left on the timer", "which timers are running"))
def list_timers(context: ToolContext) -> ToolResult:
    """Say which timers are running and how long each has left."""
    now = context.now()
    timers = context.store.timers()
    data = {"timers": [{**as_json(one), "left_s": (one.ends - now).total_seconds()} for one in timers]}
    if not timers:
        return ToolResult("No timer is running.", data, found=False)
    lines = [_say_timer(one, now) for one in timers]
    if len(lines) == 1:
        return ToolResult(f"One {lines[0]}.", data)
    more = "; ".join(lines[LISTED:]) + "." if lines[LISTED:] else ""
    return ToolResult(f"{len(lines)} timers: {'; '.join(lines[:LISTED])}.", data, more=more)


def _choose(context: ToolContext, which: str) -> list[Reminder | Timer]:
    """The reminders and timers that `which` means; never more than it clearly says.

    Raises:
        Unclear: none or several match; asks which.
    """
    now = context.now()
    items: list[Reminder | Timer] = [*context.store.reminders(), *context.store.timers()]
    words = which.lower()
    if not items:
        raise Unclear("You have no reminders.", "There is nothing to cancel.")
    if "timer" in words:
        items = [one for one in items if isinstance(one, Timer)]
    if long := _so_long(items, which):
        return long
    if re.search(r"\b(?:all|every|everything|both)\b", words):
        dated = _on_that_day(items, which, now)
        if not dated and find_times(which):
            raise Unclear("You have none then.", f"You have: {_offer(items, now)}. Which one?")
        return dated or items
    if re.search(r"\b(?:last|latest|newest)\b", words) and items:
        return [max(items, key=lambda one: one.id)]
    if re.search(r"\b(?:first|next)\s+(?:one|reminder|timer)\b", words) and items:
        return [min(items, key=_moment)]
    wanted = set(
        content_words(
            re.sub(r"\b(?:cancel|delete|remove|forget|stop|reminders?|reminding|timers?|at|noon)\b", " ", words)
        )
    )
    shared = [(sum(same_words(word, _text(one)) for word in wanted), one) for one in items]
    most = max((count for count, _ in shared), default=0)
    named = [one for count, one in shared if count and count == most]
    if len(named) == 1 or (not wanted and len(items) == 1):
        return named or items
    dated = _on_that_day(named or items, which, now)
    if len(dated) == 1:
        return dated
    if len(items) == 1 and not named and re.fullmatch(r"(?:the|my|that|this|it|reminder|one|timer|cancel|\W)*", words):
        return items
    choices = dated or named
    if not choices:
        raise Unclear(
            f"I found no reminder that matches {which.strip()!r}.", f"You have: {_offer(items, now)}. Which one?"
        )
    raise Unclear(f"{len(choices)} reminders match.", f"Which one: {_offer(choices, now, 'or')}?")


def _so_long(items: list[Reminder | Timer], which: str) -> list[Reminder | Timer]:
    """The one timer that was started for the length that is said: "the fifteen minute timer"; else none."""
    if "timer" not in which.lower() or not (spans := find_spans(which)):
        return []
    try:
        seconds = parse_span(spans[0].words).total_seconds()
    except Unclear:
        return []
    such: list[Reminder | Timer] = [one for one in items if isinstance(one, Timer) and abs(one.seconds - seconds) < 1]
    return such if len(such) == 1 else []


def _on_that_day(items: list[Reminder | Timer], which: str, now: datetime) -> list[Reminder | Timer]:
    try:
        meant = resolve(which, now, (), past=True)
    except Unclear:
        return []
    same = [one for one in items if _moment(one).astimezone(now.tzinfo).date() == meant.when.date()]
    exact = [one for one in same if meant.has_time and _moment(one).astimezone(now.tzinfo) == meant.when]
    return exact or same


def _offer(items: list[Reminder | Timer], now: datetime, joint: str = "and") -> str:
    return say_list([_name(one, now) for one in items[:LISTED]], joint)


def _name(item: Reminder | Timer, now: datetime) -> str:
    if isinstance(item, Timer):
        return f"the timer of {say_span(timedelta(seconds=item.seconds))}{f' for {item.name}' if item.name else ''}"
    return f"the reminder '{item.text}' {on(say_moment(item.when, now))}"


def _say_timer(timer: Timer, now: datetime) -> str:
    left = timer.ends - now
    state = f"{say_span(left)} left" if left > timedelta(0) else "finished"
    return f"timer{f' for {timer.name}' if timer.name else ''}, {state}"


def _text(item: Reminder | Timer) -> str:
    return item.text if isinstance(item, Reminder) else item.name


def _moment(item: Reminder | Timer) -> datetime:
    return item.when if isinstance(item, Reminder) else item.ends


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"

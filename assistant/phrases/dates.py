"""Spoken dates and times: "tomorrow at noon", "in 20 minutes", "the day before at noon" relative to a date in a letter.

The grammar here knows how people speak of reminders; what it does not know (other languages, odd forms) goes to
dateparser.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from assistant.phrases.date_words import DEFAULT_HOUR, Clock, find_clock, normalise
from assistant.phrases.day_words import find_day, shift
from assistant.phrases.found_dates import FoundDate, find_dates
from assistant.phrases.local_time import localise
from assistant.phrases.spans import FARTHEST, LONGEST, LONGEST_AGO, Unclear, parse_span
from assistant.phrases.wording import say_date, say_moment, say_time

__all__ = ["FoundDate", "Moment", "Unclear", "find_dates", "parse_span", "resolve"]

WHEN = "When should it be?"
NO_TIME = "You named no time, so I took 9 am."


@dataclass(frozen=True)
class Moment:
    """A resolved date and time, timezone-aware.

    `has_time` is False where only a day was named (then it is 9 in the morning); `note` says in a sentence what was
    assumed, or is empty.
    """

    when: datetime
    has_time: bool = True
    note: str = ""


def resolve(
    when: str, now: datetime, anchors: Sequence[date | datetime] = (), *, past: bool = False, day_first: bool = True
) -> Moment:
    """The moment that spoken words mean.

    Args:
        when: the words, such as "next Tuesday evening"; words around them do no harm.
        now: the present, timezone-aware.
        anchors: what "the day before" counts from, the likeliest first.
        past: whether a moment that is over is an answer too.
        day_first: 8/12 is 8 December; otherwise August 12.

    Raises:
        Unclear: no moment, a vague one, one that no calendar has, or (unless `past`) one that is over.
    """
    words = normalise(when[:LONGEST])
    words = re.sub(r"\b(?:at )?(?:this|(?:the )?same) time(?= (?:tomorrow|next|on|in)\b)", f"at {now:%H:%M}", words)
    words = _LONG_STEP.sub(_in_minutes, words)
    if not words.strip():
        raise Unclear("You named no time.", WHEN)
    try:
        moment = _before_or_after(words, now, anchors, day_first) or _from_now(words, now)
        moment = moment or _plain(words, now, day_first) or _by_dateparser(when[:LONGEST], words, now)
    except OverflowError:
        raise Unclear("That is further away than my calendar goes.", WHEN) from None
    except ValueError as error:
        raise Unclear(f"There is no such time as {error}.", WHEN) from None
    if moment is None:
        if re.search(
            r"\b(?:soon|later|some ?time|eventually|some ?day|at some point|whenever|in a (?:bit|while|moment))\b",
            words,
        ):
            raise Unclear(f"'{when.strip()}' could be any time.", "When exactly should it be?")
        raise Unclear(f"I did not understand '{when.strip()[:80]}' as a time.", WHEN)
    if moment.when - now > FARTHEST:
        raise Unclear("That is more than 50 years away.", WHEN)
    if now - moment.when > (LONGEST_AGO if past else FARTHEST):
        raise Unclear(f"That is more than {150 if past else 50} years ago.", WHEN)
    if moment.when <= now and not past:
        raise _past(moment, now)
    if re.search(r"\b(?:every|each|daily|weekly)\b", words):
        return Moment(moment.when, moment.has_time, f"{moment.note} Only once: I can't repeat reminders.".strip())
    return moment


_LONG_STEP = re.compile(  # "an hour and a half before it", "1 hour 20 minutes after that"
    r"\b(?:\d+|an?) (?:and a half hours?|hours? and (?:a half|a quarter|3 quarters|\d+(?: minutes?)?)|"
    r"hours? \d+ minutes?)"
    r"(?= (?:before|prior|ahead|earlier|beforehand|in advance|after|afterwards)\b)"
)


def _in_minutes(match: re.Match[str]) -> str:
    said = re.sub(r"^(\d+|an?) and a half hours?", r"\1 hour and a half", match[0])
    return f"{round(parse_span(said).total_seconds() / 60)} minutes"


def _past(moment: Moment, now: datetime) -> Unclear:
    if moment.when.date() == now.date() and not moment.has_time:
        return Unclear("You named today but no time.", "At what time today?")
    said = say_moment(moment.when, now) if moment.has_time else say_date(moment.when, now)
    return Unclear(f"{said[0].upper()}{said[1:]} is past.", "When should it be instead?")


_AMOUNT = r"\d+(?:\.\d+)?|an?|half an?|the|a couple of|a few"
_STEP = re.compile(
    rf"\b(?:({_AMOUNT}) )?(minute|min|hour|day|week|fortnight|month|night|evening|morning|afternoon)s? "
    r"(before|prior to|prior|ahead of|ahead|earlier|"
    r"beforehand|in advance|after|afterwards|later)\b(?!(?<=day after) tomorrow|(?<=day before) yesterday)"
)
_SAME = re.compile(
    r"\b(?:on )?(?:(?:the|that) (morning|afternoon|evening|night|day) of\b|"
    r"that (?:same )?(morning|afternoon|evening|night|day|date)\b|"
    r"the same (morning|afternoon|evening|night|day)|on the (morning|afternoon|evening|night|day|date)\b)"
)
_ITSELF = re.compile(
    r"\b(?:at (?:that|the) time|when it|when i(?:t'|')s|at the appointment|on the due date)\b|^then$|^when it\b"
)
_OF_ANOTHER = re.compile(
    r"\b(?:(?:on )?(?:that|the same)|on the) (?:day|date)\b|\bat the appointment\b|\bon the due date\b"
)
_IN_TIME = re.compile(
    r"\bbefore (?:it|they|the|this)\b.{0,30}\b(?:expires?|runs? out|go(?:es)? off|due|ends?|starts?|begins?)\b"
)


def _before_or_after(words: str, now: datetime, anchors: Sequence[date | datetime], day_first: bool) -> Moment | None:
    """A moment counted from another one, which the words name or an earlier result holds."""
    step = _STEP.search(words)
    if step and step[3] == "later" and not anchors and step[2] not in ("night", "evening", "morning", "afternoon"):
        return None  # "2 hours later" is from now
    if step:
        tail = words[step.end() :]
        rest = words[: step.start()] + " | " + tail
        sign = 1 if step[3] in ("after", "afterwards", "later") else -1
        if step[2] in ("minute", "min", "hour"):
            named = _named(tail, now, day_first, with_clock=True) or _first(anchors)
            return _step_clock(named, sign * parse_span(f"{step[1] or 'a'} {step[2]}s".replace("the ", "a ")))
        anchor = _named(tail, now, day_first, with_clock=False) or _first(anchors)
        part = step[2] if step[2] in ("night", "evening", "morning", "afternoon") else ""
        count = (
            int(float(step[1]))
            if step[1] and step[1][0].isdigit()
            else {"a couple of": 2, "a few": 3}.get(step[1] or "", 1)
        )
        day = shift(_day_of(anchor), sign * count, "day" if part else step[2])
        return _at(day, f"{rest} {part}", now)
    same = _SAME.search(words)
    if same and (anchors or "of" in same[0]):
        tail = words[same.end() :]
        anchor = _named(tail, now, day_first, with_clock=False) or _first(anchors)
        part = next((group for group in same.groups() if group not in (None, "day", "date")), "")
        return _at(_day_of(anchor), f"{words[: same.start()]} | {tail} {part}", now)
    if _IN_TIME.search(words):
        return _at(_day_of(_first(anchors)) - timedelta(1), words, now)
    if anchors and _ITSELF.search(words):
        anchor = _first(anchors)
        timed = isinstance(anchor, datetime) and find_clock(words)[0] is None
        return Moment(anchor) if timed and isinstance(anchor, datetime) else _at(_day_of(anchor), words, now)
    if _OF_ANOTHER.search(words) and find_day(words, now.date(), day_first) is None:
        return _at(_day_of(_first(anchors)), words, now)  # asks, where nothing is known to count from
    return None


def _first(anchors: Sequence[date | datetime]) -> date | datetime:
    if not anchors:
        raise Unclear("I have no date to count from.", "Which date do you mean?")
    return anchors[0]


def _day_of(anchor: date | Moment) -> date:
    moment = anchor.when if isinstance(anchor, Moment) else anchor
    return moment.date() if isinstance(moment, datetime) else moment


def _named(tail: str, now: datetime, day_first: bool, with_clock: bool) -> date | Moment | None:
    """The moment that follows "before": "before Christmas", "before 3 pm tomorrow"."""
    if with_clock:
        clock, rest = find_clock(tail)
        clock = clock or find_clock(f"at {tail.strip()}")[0]
        if clock is None or (clock.part and not re.search(r"\d|noon", tail)):
            return None
        return _plain(tail if rest != tail else f"at {tail.strip()}", now, day_first)
    return found.day if (found := find_day(tail, now.date(), day_first)) else None


def _step_clock(anchor: date | Moment, span: timedelta) -> Moment:
    if isinstance(anchor, Moment):
        return Moment(anchor.when + span, True, anchor.note)
    if not isinstance(anchor, datetime):
        raise Unclear("The date I know has no time of day.", "At what time should it be?")
    return Moment(anchor + span)


def _at(day: date, words: str, now: datetime) -> Moment:
    """A day that is known, with the time of day that the words name."""
    if (clock := find_clock(words)[0]) is None:
        return Moment(localise(datetime.combine(day, time(DEFAULT_HOUR)), now), False, NO_TIME)
    return _on_day(day, clock, now)


def _on_day(day: date, clock: Clock, now: datetime) -> Moment:
    hour, note = clock.hour, ""
    early = clock.hour < 5 and clock.part in ("night", "tonight")
    if not clock.sure:
        if day == now.date():
            return _next_such(clock, now)
        hour = clock.hour + 12 if 1 <= clock.hour <= 6 else clock.hour
        if clock.hour < 9:  # from 9 to 12 the morning goes without saying
            note = _took(clock, datetime(1, 1, 1, hour, clock.minute))
    when = datetime.combine(day + timedelta(1 if early else 0), time(hour, clock.minute))
    return Moment(localise(when, now), True, note)


def _next_such(clock: Clock, now: datetime) -> Moment:
    """ "At 7" is the next 7 o'clock there is, morning or evening; the note says which."""
    hours = (clock.hour,) if clock.sure else (clock.hour % 12, clock.hour % 12 + 12)
    candidates = [
        localise(datetime.combine(now.date() + timedelta(days), time(hour, clock.minute)), now)
        for days in (0, 1)
        for hour in hours
    ]
    by_day = not clock.sure and 6 <= now.hour < 22  # "half two", said then, is no time of night
    when = next(one for one in candidates if one > now and not (by_day and 1 <= one.hour < 6))
    return Moment(when, True, "" if clock.sure else _took(clock, when))


def _took(clock: Clock, when: datetime) -> str:
    return f"I took {clock.hour}{f':{clock.minute:02d}' if clock.minute else ''} as {say_time(when)}."


def _from_now(words: str, now: datetime) -> Moment | None:
    """In 20 minutes, an hour from now, 3 days from now."""
    found = re.search(r"\b(?:in|after) (?!the\b)(.+)|^(.+?)(?: from now| later|'s time)|^(.+)$", words)
    text = next((group for group in found.groups() if group), "") if found else ""
    if not re.search(r"\b(?:seconds?|secs?|minutes?|mins?|hours?|hrs?)\b", text):
        return None
    if re.search(r"\b(?:at|on|past|to|every) \d|\b(?:noon|midnight|tomorrow|today)\b|\d hours$(?<=\d{4} hours)", text):
        return None
    try:
        return Moment((now + parse_span(text)).replace(microsecond=0))
    except Unclear:
        return None


_IN_DAYS = re.compile(
    r"\bin (?:\d+|an?|a couple of|a few) (?:day|week|fortnight|month|year)s?\b|"
    r"\b(?:day|week|fortnight|month|year)s? from now\b"
)


def _plain(words: str, now: datetime, day_first: bool) -> Moment | None:
    """A day, a time of day, or both."""
    clock, _ = find_clock(words)
    day = find_day(words, now.date(), day_first)
    if day is None:
        return _next_such(clock, now) if clock else None
    if clock is None:
        if _IN_DAYS.search(words) and day.day != now.date():
            return Moment(
                localise(datetime.combine(day.day, now.time().replace(second=0, microsecond=0, tzinfo=None)), now),
                True,
                day.note,
            )
        when = localise(datetime.combine(day.day, time(DEFAULT_HOUR)), now)
        if day.day == now.date() and when <= now:
            return Moment(localise(datetime.combine(day.day, time(0)), now), False)
        note = day.note if day.note != "today" else ""
        return Moment(when, False, f"{note} {NO_TIME}".strip())
    moment = _on_day(day.day, clock, now)
    if clock.hour == 0 and clock.minute == 0 and "midnight" in words and day.day == now.date():
        moment = Moment(moment.when + timedelta(1))
    if day.note == "today" and moment.when <= now:  # "on Saturday at 9", said on Saturday at 10
        moment = _on_day(day.day + timedelta(7), clock, now)
    note = day.note if day.note != "today" else ""
    return Moment(moment.when, True, f"{note} {moment.note}".strip())


_FOREIGN_CLOCK = re.compile(r"\b(?:um|a las?|alle|ore|às|om|à) (\d{1,2})(?:\s?[:h.]\s?([0-5]\d))?")


def _by_dateparser(when: str, words: str, now: datetime) -> Moment | None:
    if len(words.split()) > 8 or not re.search(r"[^\W\d_]{3}", words):
        return None
    import dateparser  # 0.3 s: only for what the grammar above does not know

    base = now.replace(tzinfo=None)
    found = dateparser.parse(
        when,
        languages=["en", "fr", "de", "es", "it", "nl", "pt"],
        settings={"RELATIVE_BASE": base, "PREFER_DATES_FROM": "future", "RETURN_AS_TIMEZONE_AWARE": False},
    )
    if found is None:
        return None
    clock = _FOREIGN_CLOCK.search(words)
    if clock and int(clock[1]) < 24:
        found = datetime.combine(found.date(), time(int(clock[1]), int(clock[2] or 0)))
    has_time = bool(clock) or found.time() != base.time()
    shown = {found.day, found.month, found.year, found.year % 100, found.hour, found.hour % 12 or 12, found.minute}
    if not {int(number) for number in re.findall(r"\d{1,9}", words)} <= shown | {(found.date() - base.date()).days}:
        return None  # a number that went nowhere: better to ask
    when_found = found if has_time else datetime.combine(found.date(), time(DEFAULT_HOUR))
    return Moment(localise(when_found.replace(tzinfo=None), now), has_time)

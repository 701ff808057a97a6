"""Spoken dates and times."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kernels.errors import UserError


class Unclear(UserError):
    """What was said is not one moment: `text` says why, `remedy` is the one question to ask back."""


@dataclass(frozen=True)
class Moment:
    """A resolved date and time. `note` says what was assumed; `has_time` is False where only a day was named."""

    when: datetime
    has_time: bool = True
    note: str = ""


@dataclass(frozen=True)
class FoundDate:
    when: datetime
    kind: str
    has_time: bool
    text: str
    note: str = ""


def resolve(when: str, now: datetime, anchors: Sequence[date | datetime] = (), *, past: bool = False) -> Moment:
    import dateparser

    found = dateparser.parse(when, settings={"RELATIVE_BASE": now.replace(tzinfo=None), "PREFER_DATES_FROM": "future"})
    if found is None:
        raise Unclear(f"I did not understand {when!r} as a time.", "When should it be?")
    return Moment(found.replace(tzinfo=now.tzinfo))


def parse_span(text: str) -> timedelta:
    import dateparser

    base = datetime(2000, 1, 1)
    found = dateparser.parse(f"in {text}", settings={"RELATIVE_BASE": base})
    if found is None:
        raise Unclear(f"I did not understand {text!r} as a length of time.", "How long should it be?")
    return found - base


def find_dates(text: str, now: datetime) -> list[FoundDate]:
    return []

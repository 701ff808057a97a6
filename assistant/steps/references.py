"""What "it", "the total" and "the day before" refer to: earlier results of this turn, the last turns, a reminder by
name."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from assistant.phrases.amounts import FoundAmount, total
from assistant.phrases.dates import Moment, resolve
from assistant.phrases.found_dates import best_anchor, find_dates
from assistant.phrases.local_time import localise
from assistant.state.similar import content_words

if TYPE_CHECKING:
    from assistant.tools.base import ToolContext

RECENT = timedelta(hours=1)  # an earlier turn is referred to for this long
TURNS = 3


def moment(context: "ToolContext", when: str, *, past: bool = False) -> Moment:
    """`dates.resolve` with what this conversation knows: its clock, its dates and the user's order of day and month.

    Raises:
        Unclear: as dates.resolve.
    """
    return resolve(when, context.now(), anchors(context, when), past=past, day_first=_day_first(context))


def anchors(context: "ToolContext", when: str) -> list[date | datetime]:
    """The dates that "the day before" may count from, the likeliest first; a plain date where no time is known.

    Later turns come before earlier ones; within a turn, what was read comes before the reminders that were set from it.
    """
    now = context.now()
    found: list[tuple[int, bool, date | datetime]] = []
    for age, text, data in _results(context):
        moment_of = data.get("when")
        if isinstance(moment_of, str) and (kept := _iso(moment_of, now)):
            found.append((age, True, kept))
        else:
            chosen = best_anchor(find_dates(text, now, day_first=_day_first(context)), now, f"{when} {context.request}")
            if chosen:
                found.append((age, False, chosen.when if chosen.has_time else chosen.when.date()))
    found.sort(key=lambda one: one[:2])
    return [one for _, _, one in found] + _named_reminder(context, when)


def subject(context: "ToolContext") -> str:
    """What the conversation is about: the reminder set last, or the first line of what was read; "" if neither."""
    for _, text, data in _results(context):
        if isinstance(data.get("when"), str) and isinstance(data.get("text"), str):
            return str(data["text"])
        lines = [line.strip() for line in text.splitlines() if re.search(r"[^\W\d_]{3}", line)]
        if len(lines) > 1:
            return lines[0][:80]
    return ""


def total_amount(context: "ToolContext") -> FoundAmount | None:
    """The total of the bill that was read, or the value that was worked out, most recently."""
    for _, text, data in _results(context):
        if isinstance(data.get("value"), str) and re.fullmatch(r"-?\d+(\.\d+)?", data["value"]):
            return FoundAmount(Decimal(data["value"]), str(data.get("sign", "")), "total", "")
        if found := total(text):
            return found
    return None


def _day_first(context: "ToolContext") -> bool:
    return bool(getattr(context.settings, "day_first", True))


def _results(context: "ToolContext") -> Iterator[tuple[int, str, Mapping[str, Any]]]:
    """(turns ago, text, data) of what tools returned, the latest first: of this turn, then of recent ones."""
    for _, result in reversed(context.results):
        yield 0, _text_of(result.text, result.data), result.data
    for age, turn in enumerate(context.store.turns(TURNS), start=1):
        if context.now() - turn.at > RECENT:
            return
        results = turn.data.get("results")
        for item in reversed(results if isinstance(results, list) else []):
            kept = item[1] if isinstance(item, list) and len(item) == 2 else item
            if isinstance(kept, Mapping):
                data = kept.get("data")
                data = data if isinstance(data, Mapping) else {}
                yield age, _text_of(str(kept.get("text", "")), data), data


def _text_of(spoken: str, data: Mapping[str, Any]) -> str:
    """The whole text of a document that was read, line by line, else what was said."""
    if isinstance(data.get("text"), str) and len(data["text"]) >= len(spoken) // 2:
        return str(data["text"])
    lines = data.get("lines")
    if isinstance(lines, list) and lines:
        return "\n".join(str(line.get("text", "")) if isinstance(line, Mapping) else str(line) for line in lines)
    return spoken


def _iso(text: str, now: datetime) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else localise(found, now)


def _named_reminder(context: "ToolContext", when: str) -> list[date | datetime]:
    """ "An hour before the dentist" counts from the reminder about the dentist."""
    named = re.search(r"\b(?:before|after|of)\b(.*)", when, re.I)
    words = set(content_words(named[1])) if named else set()
    return [one.when for one in context.store.reminders() if words & set(content_words(one.text))]

"""Routines: what the user does again and again is noticed and offered once, in one sentence, and never imposed.

Noticed are two kinds: a tool that follows another, and a tool at the same hour of the day; by the names of tools and
coarse times alone, never by words. Offered is at most one a day. A no holds for half a year, no answer for a month.
A yes is kept and can be undone or forgotten. Only tools of the tier "look" that need no words are ever done of
themselves.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from assistant.permissions import Tier
from assistant.phrases.wording import say_time
from assistant.state.habits import Habit
from assistant.state.records import Turn

if TYPE_CHECKING:
    from assistant.memory import Store
    from assistant.tools.base import Tool

DAYS = 3  # different days on which it happened
LOOK_BACK = timedelta(days=28)
RECENT = timedelta(days=10)  # a routine that was not followed for so long is none any more
FOLLOWS = timedelta(minutes=15)  # what comes later does not follow
USUALLY = 0.6  # share of the times, or of the days, on which it has to happen
LIFT = 1.5  # so much more often than at other moments
AROUND = timedelta(minutes=45)  # around an hour, to both sides
DECLINED_FOR = timedelta(days=180)
UNANSWERED_FOR = timedelta(days=30)
AT_ONCE = 2  # steps that are done of themselves in one turn

_PHRASES: Mapping[str, str] = {  # tools that may be done of themselves, and what they give
    "list_reminders": "your reminders",
    "list_timers": "your timers",
    "tell_time": "the time",
    "tell_date": "the date",
    "search_notes": "your latest notes",
    "list_documents": "the list of your documents",
    "read_text": "the text",
    "describe_picture": "a description",
    "identify_colour": "the colour",
    "scan_barcode": "the barcode",
}
_TALK = frozenset(  # tools about the talk itself make no routine
    ("repeat", "spell", "undo", "say_more", "help", "list_tools", "who_am_i", "forget", "change_setting", "recall",
     "look_closer", "compare_pictures", "take_picture", "take_screenshot", "read_document", "search_documents")
)  # fmt: skip


@dataclass(frozen=True)
class Routine:
    """Something that is done again and again.

    Attributes:
        first: the tool that comes before; "" for a routine of an hour.
        next: the tool that follows.
        hour: around which hour, 0 to 23; -1 for a routine that follows a tool.
        share: how usual it is, 0 to 1.
    """

    first: str
    next: str
    hour: int = -1
    share: float = 1.0


@dataclass(frozen=True)
class Offer:
    """A routine put to the user: one sentence that ends in a question, and the number to answer it by."""

    sentence: str
    key: int


def learned(history: Sequence[Turn], offerable: Mapping[str, str], now: datetime) -> list[Routine]:
    """The routines in a history, the most usual first.

    Args:
        history: turns with their moment and tools, oldest first; nothing else of them is looked at.
        offerable: the tools that may be done of themselves -> what they give, in words.
        now: the present.
    """
    recent = [turn for turn in history if timedelta(0) <= now - turn.at <= LOOK_BACK]
    found = [*_following(recent, offerable, now), *_hourly(recent, offerable, now)]
    return sorted(found, key=lambda one: (-one.share, one.first == "", one.first, one.next, one.hour))


def _following(history: Sequence[Turn], offerable: Mapping[str, str], now: datetime) -> Iterator[Routine]:
    """A tool that follows another one usually, and rarely anything else."""
    steps = [(turn.at, tool) for turn in history for tool in turn.tools]
    times = Counter(tool for _, tool in steps)
    pairs: dict[tuple[str, str], list[datetime]] = {}
    for (before, first), (after, following) in pairwise(steps):
        if following in offerable and first != following and first not in _TALK and after - before <= FOLLOWS:
            pairs.setdefault((first, following), []).append(after)
    for (first, following), moments in pairs.items():
        share = len(moments) / times[first]
        if (
            len({moment.date() for moment in moments}) >= DAYS
            and now - moments[-1] <= RECENT
            and share >= USUALLY
            and share >= LIFT * times[following] / len(steps)
        ):
            yield Routine(first, following, -1, share)


def _hourly(history: Sequence[Turn], offerable: Mapping[str, str], now: datetime) -> Iterator[Routine]:
    """A tool that is used around one hour on most days, and mostly then."""
    for tool in offerable:
        moments = [turn.at for turn in history if tool in turn.tools]
        best: Routine | None = None
        for hour in range(24):
            near = [moment for moment in moments if _is_around(moment, hour)]
            days = {_day(moment, hour) for moment in near}
            if len(days) < DAYS or now - near[-1] > RECENT or len(near) < USUALLY * len(moments):
                continue
            active = {_day(turn.at, hour) for turn in history}
            share = len(days) / sum(day >= min(days) for day in active)
            if share >= USUALLY and (best is None or share > best.share):
                best = Routine("", tool, hour, share)
        if best is not None:
            yield best


def _day(moment: datetime, hour: int) -> date:
    """The day to which a moment counts, so that all around one hour, midnight too, is of one day."""
    return (moment + timedelta(hours=12 - hour)).date()


def _is_around(moment: datetime, hour: int) -> bool:
    minutes = (moment.hour * 60 + moment.minute - hour * 60) % 1440
    return min(minutes, 1440 - minutes) <= AROUND.total_seconds() / 60


def offerable(tools: Mapping[str, "Tool"]) -> dict[str, str]:
    """The tools that may be done of themselves: those that only look and need no words -> what they give."""
    return {
        name: _PHRASES.get(name, name.replace("_", " "))
        for name, tool in tools.items()
        if tool.tier == Tier.LOOK and not tool.parameters.get("required") and name not in _TALK
        and (name in _PHRASES or tool.origin)
    }  # fmt: skip


def offer(store: "Store", tools: Mapping[str, "Tool"], used: Sequence[str], now: datetime) -> Offer | None:
    """The one routine that is worth offering after this turn, noted as offered; None nearly always.

    Args:
        used: the tools of the turn, in order.
    """
    habits = store.habits()
    if not used or any(one.at.date() == now.date() for one in habits):  # one a day, whatever became of it
        return None
    known = {(one.first, one.next, one.hour): one for one in habits}
    may = offerable(tools)
    for routine in learned(store.used(now - LOOK_BACK), may, now):
        earlier = known.get((routine.first, routine.next, routine.hour))
        if earlier is not None and not _may_ask_again(earlier, now):
            continue
        if _fits(routine, tools, used, now):
            habit = store.offer_habit(routine.first, routine.next, routine.hour, now)
            return Offer(_question(habit, may), habit.id)
    return None


def answer(store: "Store", key: int, agreed: bool, now: datetime) -> str:
    """Keep what the user said to an offer; the sentence that tells it."""
    said = "I no longer do that by myself" if agreed else "I may offer that routine again"
    if not store.set_habit(key, "accepted" if agreed else "declined", now, said):
        return "That offer is no longer there."
    return "All right, I will. Say undo to take that back." if agreed else "All right, I won't ask again."


def also(store: "Store", tools: Mapping[str, "Tool"], used: Sequence[str], now: datetime) -> tuple[str, ...]:
    """The tools that a turn does in addition, because the user accepted it; all of the tier "look"."""
    may = offerable(tools)
    due: list[str] = []
    for habit in store.habits("accepted"):
        if habit.next not in may or habit.next in (*used, *due) or len(due) == AT_ONCE:
            continue
        if habit.first:
            if used and used[-1] == habit.first and _has_picture(habit.first, habit.next, tools):
                due.append(habit.next)
        elif used and _is_around(now, habit.hour) and habit.done_on != now.date().isoformat():
            due.append(habit.next)
            store.did_habit(habit.id, now)
    return tuple(due)


def say(habit: Habit) -> str:
    """What an accepted routine does, as a clause: "your reminders, after the date"."""
    what = _phrase(habit.next)
    if habit.first:
        return f"{what}, after {_phrase(habit.first)}"
    return f"{what}, around {say_time(datetime(2000, 1, 1, habit.hour))}"


def _may_ask_again(habit: Habit, now: datetime) -> bool:
    waits = {"declined": DECLINED_FOR, "offered": UNANSWERED_FOR}.get(habit.state)
    return waits is not None and now - habit.at > waits


def _fits(routine: Routine, tools: Mapping[str, "Tool"], used: Sequence[str], now: datetime) -> bool:
    """Whether this turn is the moment to offer it."""
    if routine.first:
        return used[-1] == routine.first and _has_picture(routine.first, routine.next, tools)
    return routine.next in used and _is_around(now, routine.hour) and not tools[routine.next].needs_picture


def _has_picture(first: str, following: str, tools: Mapping[str, "Tool"]) -> bool:
    """A tool that looks at a picture follows one that did."""
    return not tools[following].needs_picture or (first in tools and tools[first].needs_picture)


def _question(habit: Habit, may: Mapping[str, str]) -> str:
    what = may[habit.next]
    if habit.first:
        return f"You often want {what} after {_phrase(habit.first)}: shall I add that by myself from now on?"
    hour = say_time(datetime(2000, 1, 1, habit.hour))
    return f"You often ask for {what} around {hour}: shall I add that by myself when you talk to me then?"


def _phrase(tool: str) -> str:
    doing = {"set_reminder": "a new reminder", "add_note": "a new note", "calculate": "a sum", "start_timer": "a timer"}
    return _PHRASES.get(tool) or doing.get(tool) or tool.replace("_", " ")

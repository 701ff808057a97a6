"""Routines: learned from what is done again and again, offered once in one sentence, never imposed."""

import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from assistant import routines
from assistant.memory import Store, Turn
from assistant.permissions import Tier
from assistant.routines import Routine
from assistant.tools import load

NOW = datetime(2026, 11, 21, 8, 10).astimezone()
TOOLS = load()
MAY = routines.offerable(TOOLS)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def turn(days_ago: float, *tools: str, minutes: float = 0) -> Turn:
    return Turn(0, "", "", "", NOW - timedelta(days=days_ago) + timedelta(minutes=minutes), {}, tools)


def dates_then_reminders(days: int) -> list[Turn]:
    """Each day at another hour the date, and a minute later the reminders; sums and notes in between."""
    found = []
    for ago in range(days, 0, -1):
        start = ago * 3 * 60 % 500
        found += [turn(ago, "tell_date", minutes=start), turn(ago, "list_reminders", minutes=start + 1)]
        found += [turn(ago, "calculate", minutes=start + 40), turn(ago, "add_note", minutes=start + 80)]
    return found


def keep(store: Store, history: list[Turn]) -> None:
    for one in history:
        calls = [{"tool": tool, "tier": "look", "status": "done"} for tool in one.tools]
        store.add_turn("words", "words", one.at, calls=calls)


def test_what_usually_follows_is_learned_from_the_third_day_on() -> None:
    assert routines.learned(dates_then_reminders(2), MAY, NOW) == []
    assert routines.learned(dates_then_reminders(3), MAY, NOW) == [Routine("tell_date", "list_reminders", -1, 1.0)]


def test_three_times_on_one_day_are_no_routine() -> None:
    history = [turn(1, tool, minutes=20 * n + i) for n in range(3) for i, tool in enumerate(("tell_date", "tell_time"))]
    assert routines.learned(history, MAY, NOW) == []


def test_steps_of_one_turn_follow_each_other_and_what_comes_an_hour_later_does_not() -> None:
    together = [turn(ago, "tell_date", "list_reminders", minutes=ago * 170) for ago in (4, 3, 2)]
    assert [one.next for one in routines.learned(together, MAY, NOW)] == ["list_reminders"]
    apart = [turn(ago, tool, minutes=ago * 170 + late) for ago in (4, 3, 2)
             for tool, late in (("tell_date", 0), ("list_reminders", 60))]  # fmt: skip
    assert routines.learned(apart, MAY, NOW) == []


def test_the_same_hour_on_most_days_is_learned_around_midnight_too() -> None:
    for hour, minutes in ((8, (-20, 10, 30)), (0, (-490, -470, -505))):
        history = [turn(ago, "list_reminders", minutes=late) for ago, late in zip((3, 2, 1), minutes, strict=True)]
        found = routines.learned(history, MAY, NOW)
        assert [(one.first, one.next) for one in found] == [("", "list_reminders")]
        assert min((found[0].hour - hour) % 24, (hour - found[0].hour) % 24) <= 1


def test_what_was_given_up_is_no_routine_any_more() -> None:
    assert routines.learned([turn(ago, "tell_date", "list_reminders") for ago in (20, 19, 18, 17)], MAY, NOW) == []
    old = [turn(ago, "tell_date", "list_reminders") for ago in (33, 32, 31)]
    assert routines.learned(old, MAY, NOW) == []


@pytest.mark.parametrize("seed", range(40))
def test_irregular_histories_give_no_routine(seed: int) -> None:
    """Tools by chance, at any hour of a waking day, some of them much more often than others."""
    dice = random.Random(seed)
    names = dice.sample(sorted(TOOLS), dice.randint(4, 12))
    weights = [dice.choice((1, 1, 2, 5)) for _ in names]
    history = sorted(
        (turn(dice.randint(1, 20), dice.choices(names, weights)[0], minutes=dice.uniform(0, 840)) for _ in range(150)),
        key=lambda one: one.at,
    )
    assert routines.learned(history, MAY, NOW) == []


def test_only_tools_that_look_and_need_no_words_may_be_done_of_themselves() -> None:
    assert {"list_reminders", "read_text", "tell_date"} <= MAY.keys()
    for name in MAY:
        assert TOOLS[name].tier == Tier.LOOK and not TOOLS[name].parameters.get("required")
    keeping = [turn(ago, "tell_date", "set_reminder") for ago in (3, 2, 1)]
    assert all(one.next != "set_reminder" for one in routines.learned(keeping, MAY, NOW))


def test_an_offer_is_one_sentence_once_a_day_at_the_right_moment(store: Store) -> None:
    keep(store, dates_then_reminders(4))
    assert routines.offer(store, TOOLS, ["calculate"], NOW) is None
    found = routines.offer(store, TOOLS, ["tell_date"], NOW)
    assert found is not None
    assert found.sentence == "You often want your reminders after the date: shall I add that by myself from now on?"
    assert routines.offer(store, TOOLS, ["tell_date"], NOW + timedelta(hours=3)) is None, "one a day"
    assert routines.offer(store, TOOLS, ["tell_date"], NOW + timedelta(days=1)) is None, "not answered is no yes"
    assert routines.also(store, TOOLS, ["tell_date"], NOW) == (), "nothing is done that was not agreed to"


def test_a_no_holds_for_long_and_a_yes_is_done_until_it_is_undone(store: Store) -> None:
    keep(store, dates_then_reminders(4))
    first = routines.offer(store, TOOLS, ["tell_date"], NOW)
    assert first is not None and routines.answer(store, first.key, False, NOW) == "All right, I won't ask again."
    later = NOW + timedelta(days=25)
    keep(store, [turn(ago, "tell_date", "list_reminders", minutes=ago * 170) for ago in (-22, -23, -24)])
    assert routines.offer(store, TOOLS, ["tell_date"], later) is None
    assert store.undo(NOW) == "I may offer that routine again"
    assert "by myself" not in (store.last_action() or "")
    assert routines.answer(store, first.key, True, NOW).startswith("All right, I will.")
    assert routines.also(store, TOOLS, ["tell_date"], NOW) == ("list_reminders",)
    assert routines.also(store, TOOLS, ["tell_date", "list_reminders"], NOW) == ()
    assert [routines.say(one) for one in store.habits("accepted")] == ["your reminders, after the date"]
    assert store.undo(NOW) == "I no longer do that by myself"
    assert routines.also(store, TOOLS, ["tell_date"], NOW) == ()
    assert routines.answer(store, 99, True, NOW) == "That offer is no longer there."


def test_a_routine_of_an_hour_is_done_once_a_day_at_that_hour(store: Store) -> None:
    keep(store, [turn(ago, "list_reminders", minutes=ago) for ago in (4, 3, 2, 1)])
    found = routines.offer(store, TOOLS, ["list_reminders"], NOW)
    assert found is not None and "around 8 am" in found.sentence
    routines.answer(store, found.key, True, NOW)
    tomorrow = NOW + timedelta(days=1)
    assert routines.also(store, TOOLS, ["calculate"], tomorrow + timedelta(hours=4)) == ()
    assert routines.also(store, TOOLS, ["calculate"], tomorrow) == ("list_reminders",)
    assert routines.also(store, TOOLS, ["calculate"], tomorrow) == (), "once a day"


def test_reading_follows_describing_only_where_a_picture_was_looked_at(store: Store) -> None:
    keep(store, [turn(ago, "describe_picture", "read_text", minutes=ago * 200) for ago in (3, 2, 1)])
    found = routines.offer(store, TOOLS, ["describe_picture"], NOW)
    assert found is not None and found.sentence.startswith("You often want the text after a description")
    keep(store, [turn(ago, "tell_date", "read_text", minutes=ago * 200 + 20) for ago in (3, 2, 1)])
    assert routines.offer(store, TOOLS, ["tell_date"], NOW + timedelta(days=2)) is None


def test_what_is_forgotten_leaves_the_routine_its_names_and_times(store: Store) -> None:
    keep(store, dates_then_reminders(4))
    store.delete_all(NOW)
    assert store.used(NOW - timedelta(days=9)) == [] and store.habits() == []
    assert routines.offer(store, TOOLS, ["tell_date"], NOW) is None

"""Reminders and timers as people tell them: what they are for stands beside the words that ask, their times in pieces."""

# ruff: noqa: E501 - a table reads better with a row a line

from datetime import UTC, datetime

import pytest

from assistant.phrases.dates import resolve
from assistant.steps.arguments import fill
from assistant.steps.asking import content_of
from assistant.steps.clause import Clause
from assistant.steps.extraction import Document
from assistant.steps.linking import linked
from assistant.steps.marked import said_again
from assistant.steps.marked_pairs import parted
from assistant.steps.planning import Intent
from assistant.steps.slots import Material
from assistant.steps.slots_earlier import Said
from assistant.steps.tagging import Mark
from tests.test_agent import encode

NOW = datetime(2026, 5, 13, 10, 20, tzinfo=UTC)  # a Wednesday
CARD = Document(("Hollin Dental", "Hygienist for Mr Ray", "Thursday 21 May 2026", "9:40 am"))


def filled(
    label: str, words: str, document: Document | None = None, *earlier: Said, request: str = ""
) -> dict[str, str]:
    got = fill(label, words, Material(encode, document, request=request, earlier=earlier))
    assert isinstance(got, dict), got
    return got


@pytest.mark.parametrize(
    ("words", "text", "moment"),
    [
        ("the sweep turns up friday eight am, i'd better be told the night before, say seven", "sweep", "2026-05-14T19:00"),
        ("piano tuner's monday at three, i want a shout an hour before", "piano", "2026-05-18T14:00"),
        ("concert's on the nineteenth, be at me at noon that day", "concert", "2026-05-19T12:00"),
        ("skip is collected at quarter past four, ten minutes warning please", "skip", "2026-05-13T16:05"),
        ("remind me friday morning eight to put the glass out", "glass", "2026-05-15T08:00"),
        ("my brother lands on the 22nd, at seven, wake me at five that morning", "brother", "2026-05-22T05:00"),
        ("tomorrow 0715 tablets", "tablets", "2026-05-14T07:15"),
        ("remind me five a m tomorrow about the dough", "dough", "2026-05-14T05:00"),
        ("library shuts midday saturday. so, friday, two in the afternoon, prod me to go down there", "go down there", "2026-05-15T14:00"),
        ("jam jars wanted by the end of June; remind me on the twentieth of that month, eleven in the forenoon", "jars", "2026-06-20T11:00"),
    ],
)  # fmt: skip
def test_what_is_told_beside_the_asking_is_what_it_is_for(words: str, text: str, moment: str):
    got = filled("set_reminder", words)
    assert text in got["text"].lower()
    assert resolve(got["when"], NOW).when.isoformat()[:16] == moment


@pytest.mark.parametrize(
    "words",
    ["i want a shout", "pester me about it", "have me told", "see that i'm told about it", "set me another one", "i'll only forget", "keep me straight"],
)  # fmt: skip
def test_words_that_only_ask_are_no_content(words: str):
    assert content_of(words, encode) == ""


@pytest.mark.parametrize(
    "words",
    ["ring my sister", "bins", "the boiler man", "take the cake out", "collect the prescription", "wake the children", "pay the window cleaner"],
)  # fmt: skip
def test_things_to_be_done_are_content(words: str):
    assert content_of(words, encode) == words


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("get me reminded a couple of hours before", "2026-05-21T07:40"),
        ("poke me that mornin at eight", "2026-05-21T08:00"),
        ("set a reminder for that same moment", "2026-05-21T09:40"),
        ("pop a reminder in for when he's due", "2026-05-21T09:40"),
        ("put me a reminder for eight that same morning", "2026-05-21T08:00"),
        ("remind me nite before at 7", "2026-05-20T19:00"),
        ("remind me the day of the cleaning at noon", "2026-05-21T12:00"),
    ],
)
def test_a_wish_without_content_is_about_the_print(words: str, moment: str):
    got = filled("set_reminder", words, CARD)
    assert "Dental" in got["text"]
    anchor = datetime(2026, 5, 21, 9, 40, tzinfo=UTC)
    assert resolve(got["when"], NOW, [anchor]).when.isoformat()[:16] == moment


def test_an_hour_before_a_stated_time_tomorrow_is_an_hour_before_it():
    assert resolve("an hour before tomorrow at four", NOW).when.hour == 15
    assert resolve("the day after tomorrow at four", NOW).when.day == 15


def test_what_was_told_in_a_clause_that_was_cut_off_is_what_it_is_for():
    request = "so i've to hand in the tax form by five on the nineteenth, nudge me that day at noon"
    got = filled("set_reminder", "nudge me that day at noon", request=request)
    assert "tax form" in got["text"]
    assert resolve(got["when"], NOW).when.isoformat()[:16] == "2026-05-19T12:00"


def test_a_second_reminder_goes_on_from_the_first():
    first = Said("set_reminder", "dough", "reminder", "2026-05-14T05:00:00+00:00")
    request = "wake me at five am tomorrow for the dough, and five forty to light the oven"
    got = filled("set_reminder", "remind me at five forty to light the oven", None, first, request=request)
    assert resolve(got["when"], NOW).when.isoformat()[:16] == "2026-05-14T05:40"


@pytest.mark.parametrize(
    "words", ["put friday at two", "it ought to have been friday at two", "set a new one for friday at two"]
)
def test_what_comes_for_a_reminder_that_is_gone_is_about_the_same(words: str):
    gone = Said("cancel_reminder", "chiropodist", "reminder", "2026-05-14T14:00:00+00:00")
    got = filled("set_reminder", words, None, gone)
    assert got["text"] == "chiropodist"
    assert resolve(got["when"], NOW).when.isoformat()[:16] == "2026-05-15T14:00"


def test_the_monday_after_counts_from_the_reminder_that_is_gone():
    gone = Said("cancel_reminder", "yoga", "reminder", "2026-05-18T11:00:00+00:00")
    got = filled("set_reminder", "remind me the monday after at the same time about yoga", None, gone)
    assert resolve(got["when"], NOW).when.isoformat()[:16] == "2026-05-25T11:00"


def intent(label: str, words: str, *marks: Mark) -> Intent:
    return Intent(label, Clause(words), 0.9, marks=marks)


@pytest.mark.parametrize(
    ("label", "words", "new", "said"),
    [
        ("undo", "scratch that one, do twenty instead", "start_timer", "twenty minutes"),
        ("undo", "undo it, they're goose eggs, twelve and a half", "start_timer", "twelve and a half minutes"),
        ("start_timer", "oh no, forget that, an hour and a quarter", "start_timer", "an hour and a quarter"),
        ("set_reminder", "no, cancel that, half past nine", "set_reminder", "half past nine"),
        ("undo", "bin that one and make it friday at two", "set_reminder", "friday at two"),
    ],
)
def test_what_is_taken_back_and_what_comes_for_it_are_two_steps(label: str, words: str, new: str, said: str):
    first, second = linked([intent(label, words)])
    assert first.label == "undo"
    assert second.label == new
    assert said in second.clause.words


@pytest.mark.parametrize(
    "words", ["undo that", "scrap it, i've changed my mind", "forget that, it doesn't matter", "cancel that one please"]
)
def test_what_is_only_taken_back_is_one_step(words: str):
    assert len(linked([intent("undo", words)])) == 1


@pytest.mark.parametrize(
    ("label", "words", "thing", "when"),
    [
        ("set_reminder", "move my yoga nudge to friday at six", "yoga", "friday at six"),
        ("set_reminder", "plumber's put me back from tuesday to thursday, two o'clock, so change it", "plumber", "thursday"),
        ("set_reminder", "tomorrow's blood test went to a week tomorrow at twenty to nine. sort us out", "blood test", "a week tomorrow"),
        ("cancel_reminder", "barber's had to shift me, it's not monday at ten now it's friday at one, lose the old one", "barber", "friday at one"),
        ("set_reminder", "i don't want the 6pm walk alarm any more make it 7:15 pm", "walk", "7:15 pm"),
    ],
)  # fmt: skip
def test_a_reminder_that_is_moved_goes_and_comes(label: str, words: str, thing: str, when: str):
    gone, new = linked([intent(label, words)])
    assert (gone.label, new.label) == ("cancel_reminder", "set_reminder")
    assert thing in gone.clause.words
    assert thing in new.clause.words and when in new.clause.words


@pytest.mark.parametrize(
    "words",
    [
        "remind me to move the car to the drive at six",
        "choir moved to thursday at seven, remind me then",
        "put the cat to bed at nine",
        "move the car to the drive at six",
    ],
)
def test_what_only_sounds_like_moving_is_one_reminder(words: str):
    assert [one.label for one in linked([intent("set_reminder", words)])] == ["set_reminder"]


@pytest.mark.parametrize(
    ("words", "timers"),
    [
        ("tatties twenty, peas four, both from now", [("twenty minutes", "tatties"), ("four minutes", "peas")]),
        ("rhubarb in for twelve minutes, custard on for six", [("twelve minutes", "rhubarb"), ("six minutes", "custard")]),
        ("potatoes twenty five, beans eight, gravy four", [("twenty five minutes", "potatoes"), ("eight minutes", "beans"), ("four minutes", "gravy")]),
        ("ten on for the rice and four on for the eggs", [("ten minutes", "rice"), ("four minutes", "eggs")]),
        ("the roast wants an hour and the sprouts want nine minutes", [("an hour", "roast"), ("nine minutes", "sprouts")]),
    ],
)  # fmt: skip
def test_timers_told_in_one_breath_are_as_many(words: str, timers: list[tuple[str, str]]):
    steps = parted([intent("start_timer", words)])
    assert [
        (one["duration"], one["name"]) for one in (filled("start_timer", step.clause.words) for step in steps)
    ] == timers


@pytest.mark.parametrize(
    "words",
    [
        "an hour and ten for the stew",
        "ten minutes, no, twelve for the eggs",
        "set a timer for half an hour and don't let me forget",
    ],
)
def test_one_timer_stays_one(words: str):
    assert len(parted([intent("start_timer", words)])) == 1


def test_timers_are_named_together_in_their_order():
    steps = [
        intent("start_timer", "mrs price fifteen minutes"),
        intent("start_timer", "ann's colour half an hour, call them price and ann"),
    ]
    assert [filled("start_timer", step.clause.words)["name"] for step in parted(steps)] == ["price", "ann"]


@pytest.mark.parametrize(
    ("words", "name"),
    [("put twenty five on for the bread, call it rye", "rye"), ("half an hour, call that one roots", "roots"), ("eleven minutes, name it basmati because there'll be others", "basmati"),
     ("an hour for the ham, and name it so i know which one is ringing", "ham")],
)  # fmt: skip
def test_a_timer_is_called_what_it_is_called(words: str, name: str):
    assert filled("start_timer", words)["name"] == name


def test_half_of_an_amount_that_is_marked_is_the_whole_amount():
    step = intent(
        "start_timer",
        "roots, thirty five minutes from now",
        Mark("duration", "thirty", 7, 0.8),
        Mark("when", "five minutes from", 14, 0.7),
    )
    assert said_again(step) == "set a timer for thirty five minutes"


def test_a_mark_out_of_the_middle_of_what_is_told_grows_to_it():
    step = intent(
        "set_reminder",
        "midwife wants a ring in an hour",
        Mark("text", "ring", 16, 0.55),
        Mark("when", "in an hour", 21, 0.9),
    )
    assert "midwife wants a ring" in said_again(step)


def test_the_same_time_is_that_of_the_one_before():
    marks = (
        Mark("text", "bins", 0, 0.9),
        Mark("when", "thursday seven at night", 5, 0.9),
        Mark("text", "recycling", 30, 0.9),
        Mark("when", "friday same time", 40, 0.6),
    )
    _, second = parted([intent("set_reminder", "bins thursday seven at night, recycling friday same time", *marks)])
    got = filled("set_reminder", said_again(second))
    assert resolve(got["when"], NOW).when.isoformat()[:16] == "2026-05-15T19:00"


def test_what_comes_for_a_moved_reminder_is_said_once():
    gone = intent("cancel_reminder", "gym moved me from monday to wednesday, same hour, scrap the old one")
    assert [one.label for one in linked([gone, intent("set_reminder", "put in the new")])] == [
        "cancel_reminder",
        "set_reminder",
    ]
    new = intent("set_reminder", "set a new one for wednesday at ten")
    assert [one.label for one in linked([gone, new])] == ["cancel_reminder", "set_reminder"]

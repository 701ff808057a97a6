"""Reminders and timers in few words: two in a breath, one for another, a time that a timetable or an earlier step tells."""

# ruff: noqa: E501 - a table reads better with a row a line

from datetime import UTC, datetime

import pytest

from assistant.permissions import asked_for
from assistant.phrases.dates import resolve
from assistant.phrases.spans import parse_span
from assistant.phrases.time_words import find_spans, find_times
from assistant.steps.arguments import fill
from assistant.steps.clause import Clause
from assistant.steps.extraction import Document
from assistant.steps.linking import linked
from assistant.steps.marked_pairs import parted
from assistant.steps.planning import Intent
from assistant.steps.slots import Material
from assistant.steps.slots_earlier import Said
from assistant.steps.tagging import Mark
from tests.test_agent import encode

NOW = datetime(2026, 5, 13, 10, 20, tzinfo=UTC)  # a Wednesday
BUSES = Document(("Route 9 to Castle Street", "Leaves Mill Lane", "10:40  11:40", "12:50  13:50", "15:10"))
LESSONS = Document(
    ("Swimming gala", "Saturday 23 May 2026", "9.30 am Priya Nair", "9.50 am Joel Marsh", "10.10 am Beth Lowe")
)
HALL = Document(("Village hall", "Thu 14 May: Bingo", "Fri 15 May: Whist drive", "Sat 16 May: Ceilidh"))


def filled(
    label: str, words: str, document: Document | None = None, *earlier: Said, request: str = ""
) -> dict[str, str]:
    got = fill(label, words, Material(encode, document, request=request or words, earlier=earlier))
    assert isinstance(got, dict), got
    return got


def step(label: str, words: str, *marks: Mark) -> Intent:
    return Intent(label, Clause(words), 0.9, marks=marks)


def said(steps: list[Intent]) -> list[tuple[str, str]]:
    return [(one.label, one.clause.words) for one in steps]


@pytest.mark.parametrize(
    ("words", "minutes"),
    [
        ("an hour ten", 70), ("hour and twenty", 80), ("hour twenty for the loaf", 80), ("two hours fifteen please", 135),
        ("one hour forty five", 105), ("an hour and five", 65), ("an hour and a half", 90), ("1 hour 20 minutes", 80),
    ],
)  # fmt: skip
def test_an_hour_and_so_many_is_one_length(words: str, minutes: int):
    spans = find_spans(words)
    assert len(spans) == 1
    assert parse_span(spans[0].words).total_seconds() == minutes * 60


@pytest.mark.parametrize("words", ["an hour ten people can come", "one hour twenty pounds"])
def test_a_number_of_something_else_is_no_part_of_an_hour(words: str):
    assert find_spans(words)[0].words in ("an hour", "one hour")


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("ten to noon", "2026-05-13T11:50"), ("quarter past midday", "2026-05-13T12:15"), ("for six tonight", "2026-05-13T18:00"),
        ("first of the month, ten am", "2026-06-01T10:00"), ("five past midnight", "2026-05-14T00:05"),
    ],
)  # fmt: skip
def test_short_times_are_found_whole(words: str, moment: str):
    assert [one.words for one in find_times(words)] == [words]
    assert resolve(words, NOW).when.isoformat()[:16] == moment


@pytest.mark.parametrize(
    ("words", "text", "moment"),
    [
        ("gimme a heads up at ten to noon, that's when the plumber rings", "plumber", "2026-05-13T11:50"),
        ("give me a bell at four, it's when the bins go out", "bins", "2026-05-13T16:00"),
        ("podiatrist thu 2.40pm, nudge me then", "podiatrist", "2026-05-14T14:40"),
        ("remined me to morrow at eleven two ring the bank about the card", "ring the bank", "2026-05-14T11:00"),
        ("remind me on friday in nine of the morning to call the bank", "bank", "2026-05-15T09:00"),
        ("remind me tomorrow at eight in morning about tablets", "tablets", "2026-05-14T08:00"),
        ("the doctor is comin the morn at ten, gie us a shout hauf an oor afore", "doctor", "2026-05-14T09:30"),
        ("put one on for six tonight, feed the hens", "hens", "2026-05-13T18:00"),
        ("remind me sunday three o'clock i'm going there", "going there", "2026-05-17T15:00"),
        ("lesson is a week on saturday at eleven in the morning, remind me an hour beforehand", "lesson", "2026-05-23T10:00"),
        ("quarter past five fetch Asha, remind me of both", "fetch asha", "2026-05-13T17:15"),
    ],
)  # fmt: skip
def test_a_reminder_in_few_words(words: str, text: str, moment: str):
    got = filled("set_reminder", words)
    assert text in got["text"].lower()
    assert "both" not in got["text"]
    assert resolve(got["when"], NOW).when.isoformat()[:16] == moment


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("remind me the week before, on the eighteenth, to order it", "2026-12-18T09:00"),
        ("remind me the saturday before at noon to buy a present", "2026-12-19T12:00"),
        ("nudge me the monday before to post the cards", "2026-12-21T09:00"),
    ],
)
def test_a_day_before_the_date_that_was_told(words: str, moment: str):
    told = Said("tell_date", "226 days until Friday 25 December.", "date", "2026-12-25")
    got = filled("set_reminder", words, None, told)
    assert resolve(got["when"], NOW).when.isoformat()[:16] == moment


@pytest.mark.parametrize(
    ("request_", "words", "moment"),
    [
        ("first one after noon, and remind me twenty minutes before it goes", "remind me twenty minutes before it goes", "2026-05-13T12:30"),
        ("next bus after three o'clock? remind me ten minutes before it", "remind me ten minutes before it", "2026-05-13T15:00"),
        ("the last one before two, remind me half an hour before it leaves", "remind me half an hour before it leaves", "2026-05-13T13:20"),
        ("i'm on the earliest. an hour ahead of her leaving, tomorrow, wake me", "an hour ahead of her leaving, tomorrow, wake me", "2026-05-14T09:40"),
    ],
)  # fmt: skip
def test_a_timetable_says_when(request_: str, words: str, moment: str):
    got = filled("set_reminder", words, BUSES, request=request_)
    assert resolve(got["when"], NOW).when.isoformat()[:16] == moment


def test_several_printed_times_of_which_none_is_picked_are_not_guessed_at():
    got = filled(
        "set_reminder",
        "remind me ten minutes before it goes",
        BUSES,
        request="read it and remind me ten minutes before it goes",
    )
    assert ":" not in got["when"]


def test_the_line_of_a_name_says_when():
    asked = "find Joel Marsh's time and remind me half an hour before it"
    got = filled("set_reminder", "remind me half an hour before it", LESSONS, request=asked)
    assert resolve(got["when"], NOW).when.isoformat()[:16] == "2026-05-23T09:20"


def test_that_day_is_the_printed_one_of_the_weekday_that_was_named():
    got = filled(
        "set_reminder",
        "remind me that day at midday to dress up",
        HALL,
        request="what's on friday and remind me that day at midday to dress up",
    )
    assert resolve(got["when"], NOW).when.isoformat()[:16] == "2026-05-15T12:00"


@pytest.mark.parametrize(
    ("words", "cancels", "starts"),
    [
        ("timer for the bread's done with, stop it, start one for twenty for the cake", "bread", ("twenty minutes", "cake")),
        ("that fifty on the pie was daft, stop it and give it thirty five", "pie", ("thirty five minutes", "pie")),
        ("it's twenty five it needs, put the fifteen one off first", "fifteen minute", ("twenty five minutes", "")),
        ("it wants an hour ten, cancel the forty minute one", "forty minute", ("an hour ten", "")),
    ],
)  # fmt: skip
def test_one_timer_for_another(words: str, cancels: str, starts: tuple[str, str]):
    (first, gone), (second, new) = said(linked([step("start_timer", words)]))
    assert (first, second) == ("cancel_reminder", "start_timer")
    assert cancels in gone
    assert all(part in new for part in starts)


def test_a_reminder_that_was_asked_after_is_moved_a_day_on():
    steps = linked([step("list_reminders", "when's the clinic"), step("set_reminder", "shift it a day on, same hour")])
    assert [one.label for one in steps] == ["list_reminders", "cancel_reminder", "set_reminder"]
    gone = Said("cancel_reminder", "clinic", "reminder", "2026-05-19T10:30:00+00:00")
    got = filled("set_reminder", steps[-1].clause.words, None, gone)
    assert got["text"] == "clinic"
    assert resolve(got["when"], NOW).when.isoformat()[:16] == "2026-05-20T10:30"


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("make it an hour later", "2026-05-19T11:30"),
        ("make it two days earlier", "2026-05-17T10:30"),
        ("make it a week on, same time", "2026-05-26T10:30"),
        ("make it half an hour sooner", "2026-05-19T10:00"),
    ],
)
def test_the_last_reminder_so_much_later_or_earlier(words: str, moment: str):
    last = Said("set_reminder", "clinic", "reminder", "2026-05-19T10:30:00+00:00", now=False)
    got = filled("set_reminder", words, None, last)
    assert got["text"] == "clinic"
    assert resolve(got["when"], NOW).when.isoformat()[:16] == moment


def test_what_is_new_keeps_the_name_of_what_was_taken_away():
    steps = linked(
        [
            step("cancel_reminder", "bin the old reminder"),
            step("set_reminder", "new one's next tuesday at eleven fifteen"),
        ]
    )
    gone = Said("cancel_reminder", "optician", "reminder", "2026-05-15T15:00:00+00:00")
    for words in (steps[-1].clause.words, "make new one tuesday at ten, they are closed before"):
        assert filled("set_reminder", words, None, gone)["text"] == "optician"


@pytest.mark.parametrize(
    ("first", "second", "made"),
    [
        ("pasta nine minutes", "and also garlic bread fourteen", "fourteen minutes called garlic bread"),
        ("the rice wants twelve minutes", "peas four", "four minutes called peas"),
        ("pie forty minutes", "then the custard ten", "ten minutes called custard"),
    ],
)
def test_a_thing_and_a_number_after_a_timer_is_a_timer(first: str, second: str, made: str):
    steps = parted([step("start_timer", first), step("add_note", second)])
    assert steps[-1].label == "start_timer"
    assert made in steps[-1].clause.words


@pytest.mark.parametrize("second", ["add eggs twelve", "write down bread", "buy eggs six"])
def test_a_note_after_a_timer_stays_a_note(second: str):
    assert parted([step("start_timer", "pasta nine minutes"), step("add_note", second)])[-1].label == "add_note"


def test_two_reminders_in_a_breath_share_the_day_that_is_said_once():
    words = "washing twenty past four, the children at quarter to five, both the day"
    marks = [
        ("text", "washing"),
        ("when", "twenty past four"),
        ("text", "the children"),
        ("when", "at quarter to five"),
        ("when", "the day"),
    ]
    steps = parted([step("set_reminder", words, *(Mark(kind, one, words.index(one), 0.8) for kind, one in marks))])
    assert [one.label for one in steps] == ["set_reminder", "set_reminder"]
    assert all("today" in one.clause.words for one in steps)


@pytest.mark.parametrize(
    "words",
    ["no no scrap that, half six", "forget that, seven", "take that one off", "undo that", "put the last one off"],
)
def test_words_that_take_back(words: str):
    assert asked_for("undo", words)


@pytest.mark.parametrize(
    ("request_", "words", "text", "when"),
    [
        ("it is the green bin this week. remind me tonight to put it out", "remind me tonight to put it out", "put it out: the green bin", "tonight"),
        ("remind me to hand over bed nine at seven tonight", "remind me to hand over bed nine at seven tonight", "hand over bed nine", "at seven tonight"),
    ],
)  # fmt: skip
def test_what_was_told_before_the_wish_counts(request_: str, words: str, text: str, when: str):
    got = filled("set_reminder", words, request=request_)
    assert got["when"] == when and (not text or got["text"] == text)


@pytest.mark.parametrize(
    ("when", "now", "moment"),
    [
        ("half past two", "2027-03-04T19:30", "2027-03-05T14:30"),  # no time of night, said in the evening
        ("at two", "2027-03-04T23:30", "2027-03-05T02:00"),
        ("at seven", "2027-03-04T19:30", "2027-03-05T07:00"),
    ],
)
def test_a_bare_hour_said_by_day_is_no_time_of_night(when: str, now: str, moment: str):
    assert resolve(when, datetime.fromisoformat(now).replace(tzinfo=UTC)).when.isoformat()[:16] == moment


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("Today's date is what?", None), ("How many days until 14 December?", "14 December"),
        ("how long to wait for the 21st of december, she's home that day", "the 21st of december"),
        ("they booked me for the 23rd of july, is that one of my days, i go mondays and fridays", "the 23rd of july"),
    ],
)  # fmt: skip
def test_the_day_that_is_asked_for(words: str, day: str | None):
    assert fill("tell_date", words, Material(encode)) == ({"day": day} if day else {})


def test_a_word_is_explained_that_is_named_in_the_question():
    words = "the doctor said it was benign what's benign mean"
    assert fill("define_word", words, Material(encode)) == {"word": "benign"}

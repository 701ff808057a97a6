"""Reminders that lean on what the request told before: an hour, a day, what something begins at, what "it" is, a printed time."""

# ruff: noqa: E501 - a table reads better with a row a line

from datetime import UTC, datetime

import pytest

from assistant.phrases.dates import resolve
from assistant.steps.arguments import fill
from assistant.steps.clause import Clause
from assistant.steps.elided import complete
from assistant.steps.extraction import Document
from assistant.steps.joining import joined
from assistant.steps.leaning_reminders import beside_told, day_asked, only_sets, thing_told, with_hours
from assistant.steps.marked_whole import made_whole
from assistant.steps.planning import Intent
from assistant.steps.slots import Material
from assistant.steps.slots_earlier import Said
from assistant.steps.tagging import Mark
from tests.test_agent import encode

NOW = datetime(2026, 10, 14, 10, 20, tzinfo=UTC)  # a Wednesday
MEETING = Document(("Residents' meeting", "Monday 19 October 2026 at 7 pm", "in the common room"))
ROOFER = Document(
    ("Whitcombe Roofing", "We will be with you on", "30 October 2026 at 8.30 am", "to repair the gutter.")
)
GONE = Said("cancel_reminder", "dentist", "reminder", "2026-10-15T11:00:00+00:00")
HINTS = {"set_reminder": -0.1}


def filled(words: str, document: Document | None = None, *earlier: Said, request: str = "") -> dict[str, str]:
    got = fill("set_reminder", words, Material(encode, document, request=request or words, earlier=earlier))
    assert isinstance(got, dict), got
    return got


@pytest.mark.parametrize(
    ("words", "hour"),
    [
        ("remind me to give the cat her drops at five and to put the casserole on at half past", "half past 5"),
        ("wake me at six and again at twenty past", "twenty past 6"),
        ("wake me at half six and again at quarter to", "quarter to 7"),
        ("remind me at quarter to six and again at five to", "five to 6"),
        ("set an alarm for six and another at ten past", "ten past 6"),
    ],
)
def test_half_past_without_an_hour_is_past_the_one_before(words: str, hour: str):
    assert with_hours(words).endswith(hour)


@pytest.mark.parametrize(
    "words", ["remind me to walk past the shop at six", "remind me at ten past two", "what is half past five in Delhi"]
)
def test_an_hour_that_is_said_stays_as_it_is(words: str):
    assert with_hours(words) == words


def test_the_verb_of_the_first_is_the_seconds_too():
    said = complete("remind me to phone mum at six and my sister at half past")
    assert said.endswith("then remind me to phone my sister at half past 6")


@pytest.mark.parametrize(
    ("words", "text", "when"),
    [
        ("hand over bed nine at seven tonight", "hand over bed nine", "seven tonight"),
        ("phone flat three at five", "phone flat three", "five"),
        ("catch bus twelve at ten tomorrow", "catch bus twelve", "ten tomorrow"),
    ],
)
def test_a_number_before_another_hour_belongs_to_what_it_numbers(words: str, text: str, when: str):
    cut = text.rindex(" ")
    marks = (Mark("text", text[:cut], 13, 0.9), Mark("when", words[cut + 1 :], 14 + cut, 0.9))
    whole = made_whole(Intent("set_reminder", Clause(f"remind me to {words}"), 0.9, marks=marks))
    assert [one.words for one in whole] == [text, f"at {when}"]


@pytest.mark.parametrize(
    ("when", "request_said", "counted"),
    [
        ("ten minutes before that", "bus goes at ten past four so ten minutes before that remind me to get my coat", (14, 16, 0)),
        ("half an hour before", "kick off's at three, give me a nudge half an hour before", (14, 14, 30)),
        ("the day before at ten", "Mum's birthday is on the 30th. Remind me the day before at ten.", (29, 10, 0)),
        ("an hour before", "remind me an hour before kick off, which is three o'clock", (14, 14, 0)),
    ],
)  # fmt: skip
def test_what_is_counted_from_stands_elsewhere_in_the_request(when: str, request_said: str, counted: tuple[int, int, int]):  # fmt: skip
    moment = resolve(beside_told(when, request_said), NOW).when
    assert (moment.day, moment.hour, moment.minute) == counted


@pytest.mark.parametrize(
    ("when", "request_said"),
    [
        ("the day before at ten", "remind me about it the day before at ten"),
        ("an hour before", "the bus is at four and the train at six, remind me an hour before"),
    ],
)
def test_what_has_nothing_or_two_to_count_from_stays_open(when: str, request_said: str):
    assert beside_told(when, request_said) == when


def test_what_is_counted_from_an_unsure_hour_says_so():
    assert resolve("half an hour before seven", NOW).note == "I took 7 as 7 pm."


@pytest.mark.parametrize(
    ("words", "day", "hour"),
    [
        ("the plumber's coming tomorrow at ten, remind me at half nine to clear the sink", 15, 9),
        ("choir's on friday at seven pm so remind me at six to get ready", 16, 18),
        ("the plumber's coming tomorrow at ten, remind me at six to clear the sink", 14, 18),
    ],
)
def test_an_hour_shortly_before_what_was_told_is_of_its_day(words: str, day: int, hour: int):
    clause = words[words.index("remind") :]
    moment = resolve(filled(clause, request=words)["when"], NOW).when
    assert (moment.day, moment.hour) == (day, hour)


@pytest.mark.parametrize(
    ("request_said", "when"),
    [
        ("what am i down for tomorrow? and squeeze in another one, half two, ring the housing association", "tomorrow half past two"),
        ("what have i got on friday? and add another one at half two, call the vet", "on friday half past two"),
        ("what's on for tomorrow, and remind me at half two to ring mum", "half past two"),
        ("add milk to my list and put in a reminder at half two", "half past two"),
    ],
)  # fmt: skip
def test_what_is_added_to_a_day_that_was_asked_about_is_on_it(request_said: str, when: str):
    assert day_asked("half past two", request_said) == when


@pytest.mark.parametrize(
    ("request_said", "text", "thing"),
    [
        ("it is the green bin this week. remind me tonight to put it out", "put it out", "the green bin"),
        ("the parcel's at number 12. remind me at five to fetch it", "fetch it", "the parcel"),
        ("my blue coat is at the cleaners. remind me on friday to collect it", "collect it", "my blue coat"),
        ("there's a pie in the oven. remind me in forty minutes to take it out", "take it out", "a pie"),
        ("is it raining? remind me to bring it in", "bring it in", ""),
        ("the cat's at the vet. remind me to ring my sister about it", "ring my sister about it", ""),
    ],
)
def test_it_is_what_the_sentence_before_begins_with(request_said: str, text: str, thing: str):
    assert thing_told(text, request_said) == thing


@pytest.mark.parametrize(
    ("first", "second", "one"),
    [
        ("Church supper's on the 25th at 5:30 in the evening", "remind me that same morning at nine", True),
        ("remind me an hour before kick off", "which is three o'clock", True),
        ("remind me to ring mum at four", "remind me an hour before that to pack", False),
        ("Set one for Thursday 7 pm, Zoom with the book group", "another Saturday 9 am, call the farrier", False),
    ],
)
def test_what_is_told_and_the_wish_that_hangs_on_it_are_one(first: str, second: str, one: bool):
    steps = joined([Intent("set_reminder", Clause(words, HINTS, 2.0), 0.9) for words in (first, second)])
    assert len(steps) == (1 if one else 2)


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ("again at twenty past six, i'm a devil for going back over", "wake me at twenty past six"),
        ("another at ten past six", "wake me at ten past six"),
        ("another Saturday 9 am, call the farrier", "another Saturday 9 am, call the farrier"),
    ],
)
def test_another_is_for_the_same_only_where_it_names_nothing_else(second: str, words: str):
    steps = joined([Intent("set_reminder", Clause(one, HINTS, 2.0), 0.9) for one in ("wake me at six", second)])
    assert steps[-1].clause.words == words


@pytest.mark.parametrize(
    ("words", "when"),
    [
        ("they've rung, it's next thursday at two instead so set that", "next thursday at two"),
        ("it's on saturday at five now so put that in", "on saturday at five"),
    ],
)
def test_what_is_set_in_the_place_of_another_keeps_its_name(words: str, when: str):
    assert filled(words, None, GONE, request=f"cancel the one for the dentist, {words}") == {"text": "dentist", "when": when}  # fmt: skip


def test_only_words_that_set_another_name_nothing():
    assert only_sets("they've rung, set that") and only_sets("put that in")
    assert not only_sets("ring the bank") and not only_sets("they've rung, buy bread")


@pytest.mark.parametrize(
    ("words", "document", "moment"),
    [
        ("Please put the day and time of this meeting in as a reminder", MEETING, "at the appointment"),
        ("make this appointment into a reminder", MEETING, "at the appointment"),
        ("set a reminder for whenever it says they're coming", ROOFER, "at the appointment"),
        ("set a reminder for when this says they're coming", ROOFER, "at the appointment"),
    ],
)
def test_a_printed_time_is_put_in_as_a_reminder(words: str, document: Document, moment: str):
    got = filled(words, document)
    assert got["when"] == moment
    assert got["text"].startswith(document.passages[0])


def test_a_particle_stays_with_its_verb():
    assert filled("remind me to put the casserole on at four")["text"] == "put the casserole on"

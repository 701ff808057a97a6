"""Spoken moments, and dates in print."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.phrases.dates import Unclear, parse_span, resolve
from assistant.phrases.number_words import to_digits
from assistant.phrases.time_words import find_times
from assistant.phrases.wording import MONTHS, say_moment, say_time

NOW = datetime(2026, 11, 21, 10, 0).astimezone()  # a Saturday
VISIT = datetime(2026, 12, 8, 10, 30).astimezone()

SPOKEN = {
    "tomorrow at noon": "2026-11-22T12:00",
    "tomorrow at twelve": "2026-11-22T12:00",
    "the day after tomorrow at 6": "2026-11-23T18:00",
    "next Tuesday evening": "2026-11-24T18:00",
    "next Friday": "2026-11-27T09:00",
    "Tuesday week": "2026-12-01T09:00",
    "Friday at 3": "2026-11-27T15:00",
    "Monday morning": "2026-11-23T09:00",
    "5 pm on Monday": "2026-11-23T17:00",
    "in 20 minutes": "2026-11-21T10:20",
    "in an hour and a half": "2026-11-21T11:30",
    "half an hour from now": "2026-11-21T10:30",
    "twenty minutes": "2026-11-21T10:20",
    "in two days": "2026-11-23T10:00",
    "in 3 days at noon": "2026-11-24T12:00",
    "in a month": "2026-12-21T10:00",
    "next week": "2026-11-28T09:00",
    "end of the month": "2026-11-30T09:00",
    "half past six": "2026-11-21T18:30",
    "at 7": "2026-11-21T19:00",
    "at 11": "2026-11-21T11:00",
    "quarter to nine tomorrow": "2026-11-22T08:45",
    "ten to six": "2026-11-21T17:50",
    "20 past 3": "2026-11-21T15:20",
    "seven thirty tomorrow morning": "2026-11-22T07:30",
    "7 30 tonight": "2026-11-21T19:30",
    "tonight at 8": "2026-11-21T20:00",
    "tonight at midnight": "2026-11-22T00:00",
    "this evening": "2026-11-21T18:00",
    "8 in the morning": "2026-11-22T08:00",
    "first thing tomorrow": "2026-11-22T08:00",
    "at 1900 hours": "2026-11-21T19:00",
    "five o'clock": "2026-11-21T17:00",
    "Saturday at 9 am": "2026-11-28T09:00",
    "the 5th at noon": "2026-12-05T12:00",
    "5 December at 10": "2026-12-05T10:00",
    "December 5th, 2026 at 10.30 am": "2026-12-05T10:30",
    "on the 8th of December at half past ten": "2026-12-08T10:30",
    "2026-12-05T14:30": "2026-12-05T14:30",
    "5.12.2026 at 9": "2026-12-05T09:00",
    "christmas eve at 5 pm": "2026-12-24T17:00",
    "new year's day": "2027-01-01T09:00",
    "easter": "2027-03-28T09:00",
    "a week today at noon": "2026-11-28T12:00",
    "a week from Monday": "2026-11-30T09:00",
    "this coming Friday at 2": "2026-11-27T14:00",
    "Friday the 4th at noon": "2026-12-04T12:00",
    "the first Monday of December at 9": "2026-12-07T09:00",
    "the last Friday of the month": "2026-11-27T09:00",
    "the second Tuesday of next month": "2026-12-08T09:00",
    "on the first of next month": "2026-12-01T09:00",
    "at 3 in the afternoon on Friday": "2026-11-27T15:00",
    "tomorrow from 3 to 4 pm": "2026-11-22T15:00",
    "tomorrow between 10 and 11": "2026-11-22T10:00",
    "at 5 to 3": "2026-11-21T14:55",
    "half seven": "2026-11-21T19:30",
    "tomorrow night": "2026-11-22T21:00",
    "before bed": "2026-11-21T22:00",
    "3 days from now at 5pm": "2026-11-24T17:00",
    "the day before Christmas at noon": "2026-12-24T12:00",
    "an hour before 3 pm tomorrow": "2026-11-22T14:00",
    "twenty first of june twenty twenty seven at noon": "2027-06-21T12:00",
    "demain à midi": "2026-11-22T12:00",
    "morgen um 8 uhr": "2026-11-22T08:00",
    "mañana a las 5": "2026-11-22T05:00",
}
RELATIVE = {
    "the day before at noon": "2026-12-07T12:00",
    "remind me the day before at noon": "2026-12-07T12:00",
    "read this and remind me the day before at noon": "2026-12-07T12:00",
    "at noon the day before": "2026-12-07T12:00",
    "two days before": "2026-12-06T09:00",
    "a week before at 9 am": "2026-12-01T09:00",
    "an hour before": "2026-12-08T09:30",
    "thirty minutes before": "2026-12-08T10:00",
    "half an hour before it": "2026-12-08T10:00",
    "the morning of": "2026-12-08T09:00",
    "that morning at 8": "2026-12-08T08:00",
    "the evening before": "2026-12-07T18:00",
    "the evening before at seven": "2026-12-07T19:00",
    "the night before": "2026-12-07T21:00",
    "the same day at 8": "2026-12-08T08:00",
    "before it expires": "2026-12-07T09:00",
    "when it expires": "2026-12-08T10:30",
    "tomorrow at noon": "2026-11-22T12:00",
}


def local(iso: str) -> datetime:
    return datetime.fromisoformat(iso).astimezone()


@pytest.mark.parametrize(("words", "expected"), SPOKEN.items())
def test_spoken_moments(words: str, expected: str) -> None:
    assert resolve(words, NOW).when == local(expected)


@pytest.mark.parametrize(("words", "expected"), RELATIVE.items())
def test_moments_counted_from_an_appointment(words: str, expected: str) -> None:
    assert resolve(words, NOW, [VISIT]).when == local(expected)


def test_the_first_anchor_counts_and_a_plain_date_has_no_hour_to_count_from() -> None:
    assert resolve("the day before at 8 pm", NOW, [date(2027, 3, 31), VISIT]).when == local("2027-03-30T20:00")
    with pytest.raises(Unclear, match="no time of day"):
        resolve("an hour before", NOW, [date(2027, 3, 31)])
    with pytest.raises(Unclear, match="no date to count from"):
        resolve("the day before at noon", NOW)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("yesterday", "Friday 20 November is past"),
        ("1 January 2020", "is past"),
        ("today at 9 am", "Today at 9 am is past"),
        ("today", "At what time today"),
        ("soon", "When exactly"),
        ("later", "When exactly"),
        ("dentist", "did not understand"),
        ("in five", "did not understand"),
        ("", "named no time"),
        ("31 February", "no such time as 31 February"),
        ("30/02/2027", "no such time"),
        ("at 25:70", "no such time"),
        ("in 99999999999 days", "no such time|did not understand|50 years"),
        ("in 200 years", "50 years"),
        ("a week before last Tuesday", "past"),
    ],
)
def test_what_is_no_moment_is_asked_back(words: str, said: str) -> None:
    with pytest.raises(Unclear, match=said) as caught:
        resolve(words, NOW)
    assert caught.value.remedy.endswith("?")


def test_the_day_before_an_appointment_that_is_too_close_is_asked_about() -> None:
    with pytest.raises(Unclear, match="Friday 20 November at 12 noon is past"):
        resolve("the day before at noon", NOW, [local("2026-11-21T15:00")])


def test_assumptions_are_said() -> None:
    assert "8 December" in resolve("08/12/2026 at 10 am", NOW).note
    assert resolve("08/12/2027 at 10 am", NOW, day_first=False).when == local("2027-08-12T10:00")
    assert resolve("13/12/2026 at 10 am", NOW).note == ""
    assert "7 pm" in resolve("at 7", NOW).note
    assert "9 am" in resolve("tomorrow", NOW).note and not resolve("tomorrow", NOW).has_time
    assert "repeat" in resolve("every day at 8", NOW).note


def test_the_past_is_an_answer_where_it_is_asked_for() -> None:
    assert resolve("3 March 2020", NOW, past=True).when.date() == date(2020, 3, 3)
    assert resolve("yesterday", NOW, past=True).when.date() == date(2026, 11, 20)


def test_a_zone_other_than_the_systems_is_kept() -> None:
    tokyo = timezone(timedelta(hours=9))
    found = resolve("tomorrow at noon", datetime(2026, 11, 21, 10, tzinfo=tokyo)).when
    assert found == datetime(2026, 11, 22, 12, tzinfo=tokyo)


def test_a_clock_change_in_between_does_not_shift_the_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        winter = datetime(2026, 2, 1, 10, 0).astimezone()
        found = resolve("1 July 2026 at noon", winter).when
        assert (found.hour, found.utcoffset()) == (12, timedelta(hours=2))
        skipped = resolve("29 March 2026 at 2:30 am", winter).when
        assert skipped.isoformat() == "2026-03-29T03:30:00+02:00", "a time that the clocks skip is never told early"
    finally:
        monkeypatch.undo()
        time.tzset()


@given(st.datetimes(datetime(2026, 11, 21, 10, 1), datetime(2040, 1, 1)))
@settings(max_examples=60, deadline=None)
def test_a_moment_that_is_said_in_full_comes_back(moment: datetime) -> None:
    moment = moment.replace(second=0, microsecond=0).astimezone()
    words = f"{moment.day} {MONTHS[moment.month - 1]} {moment.year} at {say_time(moment)}"
    assert resolve(words, NOW).when == moment


@given(
    st.text(max_size=60)
    | st.lists(
        st.sampled_from(
            [
                "in",
                "at",
                "on",
                "the",
                "a",
                "5",
                "12",
                "30",
                "31",
                "99",
                "0",
                "2026",
                "day",
                "week",
                "hour",
                "before",
                "after",
                "next",
                "last",
                "tuesday",
                "noon",
                "midnight",
                "past",
                "to",
                "half",
                "quarter",
                "of",
                "december",
                "08/12",
                "10:30",
                "am",
                "pm",
                "tomorrow",
                "morning",
                "evening",
                "00",
                "3rd",
                "th",
                "every",
                "ago",
                "-1",
                "1e9",
                "٣",
                "²",
            ]
        ),
        max_size=9,
    ).map(" ".join)
)
@settings(max_examples=120, deadline=None)
def test_no_words_break_it_and_what_it_finds_lies_ahead(words: str) -> None:
    for anchors in ((), [VISIT]):
        try:
            assert resolve(words, NOW, anchors).when > NOW
        except Unclear as question:
            assert question.text and question.remedy.endswith("?")


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("10 minutes", 600),
        ("an hour and a half", 5400),
        ("two and a half hours", 9000),
        ("half an hour", 1800),
        ("1h30", 5400),
        ("quarter of an hour", 900),
        ("three quarters of an hour", 2700),
        ("90 secs", 90),
        ("1 hour 20", 4800),
        ("a minute", 60),
        ("5 minutes and 30 seconds", 330),
        ("ten-minute", 600),
        ("set a timer for twelve minutes", 720),
        ("a day", 86400),
    ],
)
def test_lengths_of_time(words: str, seconds: int) -> None:
    assert parse_span(words).total_seconds() == seconds


@pytest.mark.parametrize("words", ["", "eggs", "0 minutes", "10", "99999999999999999999 hours"])
def test_what_is_no_length_of_time_is_asked_back(words: str) -> None:
    with pytest.raises(Unclear):
        parse_span(words)


@pytest.mark.parametrize(
    ("words", "digits"),
    [
        ("twenty three", "23"),
        ("a hundred and five", "105"),
        ("one point five", "1.5"),
        ("seven thirty", "7 30"),
        ("three hundred and forty-two thousand and six", "342006"),
        ("twenty-first", "21st"),
        ("in a second", "in a second"),
        ("two and three quarters", "2.75"),
        ("add three and four", "add 3 and 4"),
        ("nineteen ninety nine", "19 99"),
    ],
)
def test_numbers_in_words(words: str, digits: str) -> None:
    assert to_digits(words) == digits


def test_moments_are_said_in_full_words() -> None:
    assert say_moment(local("2026-12-07T12:00"), NOW) == "Monday 7 December at 12 noon"
    assert say_moment(local("2026-11-22T09:05"), NOW) == "tomorrow, Sunday 22 November, at 9:05 am"
    assert say_moment(local("2027-12-07T00:00"), NOW) == "Tuesday 7 December 2027 at 12 midnight"
    assert say_moment(datetime(2026, 11, 21, 19, tzinfo=UTC), NOW.astimezone(UTC)) == "today at 7 pm"


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("a fortnight today at seven in the evening", "2026-05-27"),
        ("three weeks tomorrow at ten", "2026-06-04"),
        ("two weeks on saturday at ten", "2026-05-30"),
        ("the last friday of the month at eleven in the morning", "2026-05-29"),
        ("the first monday of june at nine in the morning", "2026-06-01"),
    ],
)
def test_days_counted_in_weeks_and_in_the_month(words: str, day: str) -> None:
    now = datetime.fromisoformat("2026-05-13T10:20").astimezone()
    (found,) = find_times(words)
    assert resolve(found.words, now, []).when.date().isoformat() == day

"""Dates in print: letters, food, medicine, bills."""

from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.phrases.dates import find_dates
from assistant.phrases.found_dates import best_anchor
from assistant.phrases.wording import MONTHS

NOW = datetime(2026, 11, 21, 10, 0).astimezone()  # a Saturday
VISIT = datetime(2026, 12, 8, 10, 30).astimezone()


def local(iso: str) -> datetime:
    return datetime.fromisoformat(iso).astimezone()


LETTER = """Riverside Surgery
12 Mill Lane
18 November 2026

Dear Mr Jones,
Your appointment with Dr Marsh is on
Tuesday, 8 December 2026 at 10:30 am.
Please call 555 0199 by 1 December if you cannot come."""


def test_the_anchor_of_a_letter_is_its_appointment_not_its_own_date() -> None:
    found = find_dates(LETTER, NOW)
    assert [one.kind for one in found][:2] == ["issued", "appointment"]
    anchor = best_anchor(found, NOW)
    assert anchor is not None and anchor.when == VISIT and anchor.has_time


@pytest.mark.parametrize(
    ("text", "when", "kind"),
    [
        ("BEST BEFORE 03 DEC 26", "2026-12-03", "best-before"),
        ("BEST BEFORE: O3 DEC 26 L1234", "2026-12-03", "best-before"),
        ("Best before end: Mar 2027", "2027-03-31", "best-before"),
        ("BB 24.12.26", "2026-12-24", "best-before"),
        ("EXP 12/2026", "2026-12-31", "expiry"),
        ("EXP: 2027-03", "2027-03-31", "expiry"),
        ("EXP NOV27", "2027-11-30", "expiry"),
        ("USE BY 5 JAN", "2027-01-05", "expiry"),
        ("08/12/2026", "2026-12-08", "other"),
        ("Tuesday 08/12/2026 14:15", "2026-12-08T14:15", "appointment"),
        ("Tuesday,8December2026at10:30am", "2026-12-08T10:30", "appointment"),
        ("Appointment\nDate: 8th of December\nTime: 10.30", "2026-12-08T10:30", "appointment"),
        ("see you on Friday 27 November at noon", "2026-11-27T12:00", "appointment"),
        ("Dec 8, 2026 3pm", "2026-12-08T15:00", "appointment"),
        ("Amount due by 15 Dec 2026: $45.12", "2026-12-15", "due"),
        ("born 01/02/1950", "1950-02-01", "birth"),
        ("Mrs A Patel 12 Feb 2026\nAmoxicillin 500 mg", "2026-02-12", "other"),
    ],
)
def test_dates_in_print(text: str, when: str, kind: str) -> None:
    (found,) = find_dates(text, NOW)
    assert (found.when, found.kind, found.has_time) == (local(when), kind, "T" in when)


def test_the_order_of_day_and_month_follows_weekday_then_document_then_setting() -> None:
    def only(text: str, day_first: bool = True) -> datetime:
        return find_dates(text, NOW, day_first=day_first)[-1].when

    assert only("Saturday 12/08/2026") == local("2026-12-08") or only("Tuesday 12/08/2026") == local("2026-12-08")
    assert only("Date: 11/20/2026\nAppointment: 12/08/2026") == local("2026-12-08")
    assert only("12/08/2026") == local("2026-08-12")
    assert only("12/08/2026", day_first=False) == local("2026-12-08")
    assert find_dates("12/08/2026", NOW)[0].note and not find_dates("Tuesday 12/08/2026", NOW)[0].note


@pytest.mark.parametrize(
    "text", ["phone 01/02 3344", "12-12-1212", "room 5, 3 items, 12.50", "", "may I come", "99/99/2026"]
)
def test_what_is_no_date_is_not_taken_for_one(text: str) -> None:
    assert find_dates(text, NOW) == []


def test_a_question_about_food_prefers_the_best_before_date() -> None:
    found = find_dates("Packed 1 Nov 2026\nBest before 03 DEC 26\nCompetition closes 1 May 2027 at 12:00", NOW)
    anchor = best_anchor(found, NOW, "remind me the day before it expires")
    assert anchor is not None and anchor.when == local("2026-12-03")


@given(
    st.dates(date(2026, 1, 1), date(2035, 12, 31)),
    st.sampled_from(
        [
            "{d} {M} {y}",
            "{M} {d}, {y}",
            "{d:02d}{m3}{y}",
            "{y}-{m:02d}-{d:02d}",
            "{d}th of {M}, {y}",
            "{w}, {d} {M} {y}",
            "{w} {d:02d}/{m:02d}/{y}",
        ]
    ),
)
@settings(max_examples=60, deadline=None)
def test_every_printed_form_of_a_date_is_found(day: date, form: str) -> None:
    month = MONTHS[day.month - 1]
    weekday = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"][day.weekday()]
    text = form.format(d=day.day, m=day.month, y=day.year, M=month, m3=month[:3].upper(), w=weekday)
    assert [one.when.date() for one in find_dates(f"Ref 77\n{text}\nThank you", NOW)] == [day]


@given(st.text(max_size=300))
@settings(max_examples=80, deadline=None)
def test_no_text_breaks_the_search_for_dates(text: str) -> None:
    for found in find_dates(text, NOW):
        assert found.when.tzinfo is not None


def test_a_long_document_is_searched_in_time() -> None:
    assert len(find_dates((LETTER + "\n") * 400, NOW)) > 100
    assert find_dates("1 " * 200_000, NOW) == []
    assert find_dates("1/" * 100_000, NOW) == []

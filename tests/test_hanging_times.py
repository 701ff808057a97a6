"""Reminders whose time hangs on something else: what is printed, what was recalled, the reminder that was just taken back."""

# ruff: noqa: E501 - a table reads better with a row a line

from datetime import UTC, datetime

import numpy as np
import pytest

from assistant.phrases.dates import Unclear, resolve
from assistant.phrases.found_dates import best_anchor, find_dates
from assistant.steps import slots_reminders
from assistant.steps.arguments import fill
from assistant.steps.extraction import Document
from assistant.steps.slots import Material
from assistant.steps.slots_earlier import Said, said_by

MAY = datetime(2026, 5, 13, 10, 20, tzinfo=UTC)

SOUP = ("LEEK SOUP", "600 g", "Use by 16 May 2026", "Keep chilled")
COUNCIL = ("Parking Services", "Notice 88120", "Amount payable 35.00", "Due date 26 May 2026")
EYES = ("Eye Clinic", "Field test for Mr Ada Hale", "Friday 22 May 2026, 11:15", "Bring your glasses")
CAROLS = ("SUMMER SONGS", "Saturday 13 June 2026", "Doors open 7.15 pm", "Row F Seat 9")
PHYSIO = ("Bayside Physio", "Ms Karen Doyle", "Wednesday 24 June 2026 at 2:15 pm", "Ring 03 555 0199")


def _material(lines: tuple[str, ...] = (), *earlier: Said | None) -> Material:
    document = Document(lines) if lines else None
    said = tuple(one for one in earlier if one is not None)
    return Material(lambda texts: np.eye(len(texts), dtype=np.float32), document, earlier=said)


def _moment(when: str, lines: tuple[str, ...] = ()) -> str:
    anchor = best_anchor(find_dates("\n".join(lines), MAY), MAY, when) if lines else None
    anchors = [anchor.when if anchor.has_time else anchor.when.date()] if anchor else []
    return resolve(when, MAY, anchors).when.isoformat()[:16]


@pytest.mark.parametrize(
    ("words", "lines", "moment"),
    [
        ("and that same day at noon remind me to cook it", SOUP, "2026-05-16T12:00"),
        ("remind me that very day at noon to eat it", SOUP, "2026-05-16T12:00"),
        ("make the reminder for this day at ten in the morning", SOUP, "2026-05-16T10:00"),
        ("put a reminder for the due date itself, noon time", COUNCIL, "2026-05-26T12:00"),
        ("a reminder in on the due date at nine please", COUNCIL, "2026-05-26T09:00"),
        ("remind me on the day itself at eight to pay", COUNCIL, "2026-05-26T08:00"),
        ("set something up for three days ahead of whatever date it has there, half ten in the morning'll do", COUNCIL, "2026-05-23T10:30"),
        ("remind me two days before the date it gives at six in the evening", COUNCIL, "2026-05-24T18:00"),
        ("remind me at four on whatever day it says", COUNCIL, "2026-05-26T16:00"),
        ("I'd like telling an hour before that on the day", CAROLS, "2026-06-13T18:15"),
        ("set a reminder for the day after the field test at 08:30 to send the form", EYES, "2026-05-23T08:30"),
        ("remind me two hours before the field test to set off", EYES, "2026-05-22T09:15"),
        ("remind me the evening before the field test at seven", EYES, "2026-05-21T19:00"),
        ("book me a reminder for the appointment itself", PHYSIO, "2026-06-24T14:15"),
        ("get me a reminder at the time it says", PHYSIO, "2026-06-24T14:15"),
        ("Tomorrow in fourteen hours thirty comes the plumber. Please you remind me of this at this time.", (), "2026-05-14T14:30"),
        ("on friday in sixteen hours comes the nurse, remind me at this time", (), "2026-05-15T16:00"),
        ("in an hour and twenty i've a call with the school, give me a nudge for it", (), "2026-05-13T11:40"),
        ("please be reminding me day after tomorrow morning 7:30 to take the tablet before tea", (), "2026-05-15T07:30"),
        ("wake me an hour and a half before that on the day", CAROLS, "2026-06-13T17:45"),
        ("remind me one hour twenty minutes before the field test", EYES, "2026-05-22T09:55"),
        ("remind me the day it says to pay, at nine", COUNCIL, "2026-05-26T09:00"),
        ("remind me on it at four", COUNCIL, "2026-05-26T16:00"),
        ("remind me that same morning at eight", EYES, "2026-05-22T08:00"),
        ("remind me on the third of june that my pass runs out, any time in the morning, say ten", (), "2026-06-03T10:00"),
        ("give me a reminder for saturday arvo at two, footy at the park", (), "2026-05-16T14:00"),
    ],
)  # fmt: skip
def test_a_time_that_hangs_on_print_or_is_said_as_learners_do(words: str, lines: tuple[str, ...], moment: str) -> None:
    filled = slots_reminders.set_reminder(words, _material(lines))
    assert isinstance(filled, dict) and filled["text"]
    assert _moment(filled["when"], lines) == moment, filled


@pytest.mark.parametrize(
    "when", ["that day at noon", "on that date", "at the appointment", "the same day at nine", "on the day at nine"]
)
def test_a_day_that_nothing_names_is_asked_for(when: str) -> None:
    with pytest.raises(Unclear, match="no date to count from"):
        resolve(when, MAY)


CHOIR = said_by("recall", "", {"text": "choir practice is on Thursdays at 7:30 pm"})
BINS = said_by("recall", "", {"text": "the bins go out on Tuesday"})
UNDONE = said_by("undo", "", {"text": "ring the vet", "when": "2026-05-14T16:00:00+00:00"})
DATED = said_by("tell_date", "Friday 29 May, in 16 days.", {"date": "2026-05-29"})
CANCELLED = said_by("cancel_reminder", "", {"deleted": [{"text": "dentist", "when": "2026-05-19T10:00:00+00:00"}]})


@pytest.mark.parametrize(
    ("words", "said", "text", "moment"),
    [
        ("give me a reminder half an hour before it tonight", CHOIR, "choir", "2026-05-13T19:00"),
        ("remind me an hour before it", CHOIR, "choir", "2026-05-14T18:30"),
        ("remind me half an hour before it starts on thursday", CHOIR, "choir", "2026-05-14T19:00"),
        ("remind me the night before at nine", BINS, "bins", "2026-05-18T21:00"),
        ("remind me to ring the dentist, same time", UNDONE, "dentist", "2026-05-14T16:00"),
        ("set it for the dentist at the same hour", UNDONE, "dentist", "2026-05-14T16:00"),
        ("remind me at the same time on monday to call the bank", UNDONE, "bank", "2026-05-18T16:00"),
        ("remind me then at noon to ring Jo", DATED, "Jo", "2026-05-29T12:00"),
        ("make it thursday 11:30", CANCELLED, "dentist", "2026-05-14T11:30"),
    ],
)
def test_a_time_that_hangs_on_what_was_said_before(words: str, said: Said, text: str, moment: str) -> None:
    filled = slots_reminders.set_reminder(words, _material((), said))
    assert isinstance(filled, dict) and text in filled["text"]
    assert _moment(filled["when"]) == moment, filled


def test_the_days_that_are_left_are_those_to_the_printed_date() -> None:
    form = _material(("Grant application", "Return this form to the office", "Closing date 30 October 2026"))
    for words in ("how many days have i got", "and how long have i left", "how many weeks are left"):
        assert fill("tell_date", words, form) == {"day": "30 October 2026"}, words


def test_a_day_long_over_has_a_weekday_and_a_reminder_so_late_has_none() -> None:
    assert resolve("the fourteenth of February 1959", MAY, past=True).when.strftime("%A") == "Saturday"
    for when, past in (("200 years ago", True), ("14 February 2086", False)):
        with pytest.raises(Unclear, match="years"):
            resolve(when, MAY, past=past)

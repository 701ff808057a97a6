"""Times and reminders in the words of many speakers: the moment they mean, and what is to be remembered."""

# ruff: noqa: E501 - a sentence reads better on one line

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from assistant.memory import Store
from assistant.phrases.dates import resolve
from assistant.phrases.found_dates import best_anchor, find_dates
from assistant.phrases.time_words import find_times
from assistant.steps import slots_reminders
from assistant.steps.extraction import Document
from assistant.steps.slots import Material
from assistant.tools.base import ToolContext
from assistant.tools.clock import tell_date

WEDNESDAY = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
MAY = datetime(2026, 5, 13, 10, 20, tzinfo=UTC)

TICKET = ("Single: York to Leeds", "Departs 07:42 Platform 5", "Coach C Seat 31", "Date 25 Nov 2026")
ADVANCE = (
    "ADVANCE SINGLE",
    "Leeds to Edinburgh Waverley",
    "Friday 22 May 2026",
    "Departs 09:15   Coach C   Seat 41A",
    "Valid only on booked train",
)
INN = ("The Anchor Inn", "2 nights at 74.00   148.00", "Breakfast 24.00", "Amount due 172.00", "Check out by 10:30 am")
WEDDING = (
    "Priya and Daniel",
    "invite you to their wedding",
    "Saturday 19 September 2026 at 1:30 pm",
    "St Hilda's Hall, Kirkgate",
    "Please reply by 12 September 2026",
    "Dress: smart, no heels on the lawn",
)
GAS = ("Eastern Gas", "Statement for account 7730 1182", "Amount due 96.40", "Please pay by 4 December 2026")
VET = (
    "Paws & Claws Veterinary",
    "Reminder for Biscuit",
    "Booster vaccination due Wednesday 24 June 2026",
    "Appointment: 4:30 pm with Ms Farrow",
)
SCHOOL = (
    "Hillside Primary School",
    "The school trip to the Science Museum is on 11 June 2026.",
    "Return the slip to Miss Adeyemi by 20 May 2026.",
)
YOGHURT = ("Hillside Greek Yoghurt 500 g", "Use by 14 June 2026", "Keep refrigerated")
DROPS = (
    "Latanoprost eye drops",
    "ONE drop in each eye at night",
    "Discard 28 days after opening",
    "Keep in the fridge until opened",
)

MOMENTS = """
half five tomorrow evening | 2026-11-19T17:30
the last friday of the month | 2026-11-27T09:00
a week on tuesday | 2026-12-01T09:00
a fortnight today at noon | 2026-12-02T12:00
quarter to nine tonight | 2026-11-18T20:45
ten to six | 2026-11-18T17:50
a week tomorrow at half two | 2026-11-26T14:30
friday week at ten | 2026-11-27T10:00
the first monday in december at three pm | 2026-12-07T15:00
next thursday morning | 2026-11-26T09:00
this saturday at twenty past eleven | 2026-11-21T11:20
in an hour and a half | 2026-11-18T11:30
in a fortnight | 2026-12-02T10:00
three quarters of an hour from now | 2026-11-18T10:45
first thing tomorrow | 2026-11-19T08:00
tomorrow teatime | 2026-11-19T17:00
tomorrow dinnertime | 2026-11-19T18:00
at bedtime | 2026-11-18T22:00
the day after tomorrow at seven in the morning | 2026-11-20T07:00
on the twenty third at five past nine | 2026-11-23T09:05
on the 3rd of next month at ten am | 2026-12-03T10:00
sunday evening | 2026-11-22T18:00
the end of the month | 2026-11-30T09:00
christmas eve at six | 2026-12-24T18:00
six ten tomorrow morning | 2026-11-19T06:10
oh six thirty tomorrow | 2026-11-19T06:30
at twenty hundred hours | 2026-11-18T20:00
nineteen thirty tonight | 2026-11-18T19:30
eight o clock tonight | 2026-11-18T20:00
midday on monday | 2026-11-23T12:00
monday dinner time | 2026-11-23T18:00
two weeks on friday at four | 2026-12-04T16:00
the 1st of december, noon | 2026-12-01T12:00
half past ten a week today | 2026-11-25T10:30
tomorrow night at nine | 2026-11-19T21:00
at the weekend | 2026-11-21T09:00
twenty five to seven this evening | 2026-11-18T18:35
next week on wednesday at two | 2026-11-25T14:00
wednesday of next week at two | 2026-11-25T14:00
tuesday after next | 2026-12-01T09:00
in two days' time at eight in the morning | 2026-11-20T08:00
this time tomorrow | 2026-11-19T10:00
an hour from now | 2026-11-18T11:00
at 7 tonight | 2026-11-18T19:00
later this afternoon at four | 2026-11-18T16:00
mid morning tomorrow | 2026-11-19T10:00
late afternoon friday | 2026-11-20T17:00
five and twenty past three | 2026-11-18T15:25
a month today | 2026-12-18T09:00
six weeks on monday | 2027-01-04T09:00
the second tuesday in january | 2027-01-12T09:00
saturday coming at one | 2026-11-21T13:00
the following monday | 2026-11-23T09:00
new year's day | 2027-01-01T09:00
boxing day morning | 2026-12-26T09:00
on the stroke of midnight | 2026-11-19T00:00
tonight at half past seven | 2026-11-18T19:30
at 0915 tomorrow | 2026-11-19T09:15
quarter of five | 2026-11-18T16:45
tomorrow week | 2026-11-26T09:00
tuesday fortnight | 2026-12-08T09:00
"""


def _when(words: str, now: datetime, lines: tuple[str, ...] = ()) -> str:
    anchor = best_anchor(find_dates("\n".join(lines), now), now, words) if lines else None
    anchors = [anchor.when if anchor.has_time else anchor.when.date()] if anchor else []
    return resolve(words, now, anchors).when.isoformat()[:16]


def test_moments_are_found_in_a_sentence_and_resolved() -> None:
    wrong = []
    for words, moment in (line.split(" | ") for line in MOMENTS.strip().splitlines()):
        spans = [one.words for one in find_times(f"remind me to ring bob {words}")]
        if spans != [words] or _when(words, WEDNESDAY) != moment:
            wrong.append((words, spans, _when(words, WEDNESDAY)))
    assert wrong == []


HOURS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven")


@pytest.mark.parametrize(
    ("said", "minute"),
    [("{h} o'clock", 0), ("quarter past {h}", 15), ("twenty past {h}", 20), ("half {h}", 30), ("half past {h}", 30),
     ("{h} fifteen", 15), ("five and twenty past {h}", 25), ("{h} forty five", 45)],
)  # fmt: skip
def test_every_hour_is_understood_in_every_form(said: str, minute: int) -> None:
    for number, hour in enumerate(HOURS, start=1):
        words = f"{said.format(h=hour)} tomorrow afternoon"
        assert _when(words, WEDNESDAY) == f"2026-11-19T{number + 12:02d}:{minute:02d}", words
        assert [one.words for one in find_times(f"remind me {words} to eat")] == [words]


@pytest.mark.parametrize(
    ("words", "lines", "quote", "moment"),
    [
        ('I have an early train tomorrow. Six-ten alarm, please.', (), '', '2026-05-14T06:10'),
        ("dentist, tuesday, ten past three, put that in so you'll tell me", (), '', '2026-05-19T15:10'),
        ("stop me forgetting mum's anniversary, it's the second of february, ten am is fine", (), '', '2027-02-02T10:00'),
        ('tomorrow lunchtime, well noon, i need to defrost the freezer, remind me of that one', (), '', '2026-05-14T12:00'),
        ("remind me three days before it's due, half nine", GAS, '', '2026-12-01T09:30'),
        ('remind me at breakfast, eight, the day before', YOGHURT, '', '2026-06-13T08:00'),
        ('put a reminder on the evening before that at eight', WEDDING, 'Please reply by 12 September 2026', '2026-09-11T20:00'),
        ('set me a reminder half an hour before it tomorrow', INN, '', '2026-05-14T10:00'),
        ('give me a reminder an hour before it leaves', TICKET, '', '2026-11-25T06:42'),
        ('remind me an our before it goes', ADVANCE, '', '2026-05-22T08:15'),
        ('remind me the evening before at six', SCHOOL, 'Return the slip to Miss Adeyemi by 20 May 2026.', '2026-05-19T18:00'),
        ('put it in for two hours before', VET, '', '2026-06-24T14:30'),
        ("we mind me at for o'clock to take the chicken out", (), '', '2026-05-13T16:00'),
        ('give me a shout in three minutes so i empty it', (), '', '2026-05-13T10:23'),
        ('wake me at twenty to seven', (), '', '2026-05-14T06:40'),
        ('alarm for seven fifteen tomorrow', (), '', '2026-05-14T07:15'),
        ('remind me half five tomorrow evening to feed the cat', (), '', '2026-05-14T17:30'),
        ("i've got the chiropodist on friday at two, remind me an hour before", (), '', '2026-05-15T13:00'),
        ('remind me a week on tuesday to put the bins out', (), '', '2026-05-26T09:00'),
        ('nudge me quarter to nine tonight about the programme', (), '', '2026-05-13T20:45'),
        ('remind me on the last friday of the month to pay gwen', (), '', '2026-05-29T09:00'),
        ("make sure i don't forget the library books are due back saturday", (), '', '2026-05-16T09:00'),
        ('remind me about the 3 pm meeting at half two', (), '', '2026-05-13T14:30'),
        ('reminder for two weeks today at eleven, ring the council', (), '', '2026-05-27T11:00'),
        ('at six tonight remind me to put the potatoes on', (), '', '2026-05-13T18:00'),
        ("tell me at ten to eleven that the taxi's coming", (), '', '2026-05-13T10:50'),
        ('remind me the morning of it at eight', VET, '', '2026-06-24T08:00'),
        ('remind me two days before', YOGHURT, '', '2026-06-12T09:00'),
        ('remind me to eat it the day before it goes off', YOGHURT, '', '2026-06-13T09:00'),
        ("remind me when it's due", GAS, '', '2026-12-04T09:00'),
        ('remind me a week before the wedding at noon', WEDDING, '', '2026-09-12T12:00'),
        ("don't let me forget my tablets at nine tonight", (), '', '2026-05-13T21:00'),
        ('can you prod me in twenty minutes to check the oven', (), '', '2026-05-13T10:40'),
        ('remind me to ring my sister half an hour from now', (), '', '2026-05-13T10:50'),
        ("remind me on my mum's birthday which is june the ninth at ten", (), '', '2026-06-09T10:00'),
        ('remind me then at nine in the morning', DROPS, '', '2026-06-10T09:00'),
        ('wake me tomorrow at half six', (), '', '2026-05-14T06:30'),
        ('wake me up in forty minutes', (), '', '2026-05-13T11:00'),
        ('remind me to turn the heating on at six', (), '', '2026-05-13T18:00'),
        ('remind me the second at ten to ring', (), '', '2026-06-02T10:00'),
    ],
)  # fmt: skip
def test_a_reminder_is_set_for_the_moment_that_is_meant(
    words: str, lines: tuple[str, ...], quote: str, moment: str
) -> None:
    document = Document(lines) if lines else None
    material = Material(lambda texts: np.eye(len(texts), dtype=np.float32), document, quote, "", quote)
    filled = slots_reminders.set_reminder(words, material)
    assert isinstance(filled, dict) and filled["text"]
    assert _when(filled["when"], MAY, lines) == moment, filled


CREAM = ("Calm Cream", "Opened 3 November 2026", "Use within 7 days of opening")


def test_days_after_opening_are_counted_from_the_printed_day_or_said_to_be_from_today() -> None:
    now = datetime(2026, 11, 5, 10, 0, tzinfo=UTC)
    for lines, moment, told in ((CREAM, "2026-11-10", False), (DROPS, "2026-12-03", True)):
        material = Material(lambda texts: np.eye(len(texts), dtype=np.float32), Document(lines), "", "", "")
        filled = slots_reminders.set_reminder("remind me then at nine in the morning", material)
        assert isinstance(filled, dict)
        assert _when(filled["when"], now, lines)[:10] == moment, filled
        assert ("counting from today" in filled["text"]) is told


@pytest.mark.parametrize(
    ("asked", "now", "day"),
    [
        ("when was Easter", datetime(2026, 11, 22, tzinfo=UTC), "2026-04-05"),
        ("when was Easter", datetime(2026, 2, 1, tzinfo=UTC), "2025-04-20"),
        ("when did the clocks go back", datetime(2026, 11, 22, tzinfo=UTC), "2026-10-25"),
        ("when is leap day", datetime(2026, 11, 22, tzinfo=UTC), "2028-02-29"),
        ("when was leap day", datetime(2026, 11, 22, tzinfo=UTC), "2024-02-29"),
    ],
)
def test_a_feast_that_was_or_will_be_has_its_own_date_each_year(
    asked: str, now: datetime, day: str, tmp_path: Path
) -> None:
    settings: Any = SimpleNamespace(day_first=True, home=tmp_path)
    store = Store(tmp_path, lambda texts: np.eye(len(texts), dtype=np.float32))
    answer = tell_date(ToolContext(settings, store, lambda: now, asked), day=asked.split(" ", 2)[2])
    store.close()
    assert answer.data["date"] == day

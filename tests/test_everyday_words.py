"""What a step is about, found in the words of many speakers and in the print they point at."""

# ruff: noqa: E501 - a sentence reads better on one line

import re

import numpy as np
import pytest

from assistant.phrases.units import convert
from assistant.sight.compare import PRICE
from assistant.steps import answers
from assistant.steps.arguments import Missing, fill
from assistant.steps.extraction import Document, find_answer
from assistant.steps.labelled import field_for
from assistant.steps.printed import value_for
from assistant.steps.slots import Material
from assistant.steps.slots_units import quantity_and_unit

PRINT = {
    "VET": (
        "Paws & Claws Veterinary",
        "Reminder for Biscuit",
        "Booster vaccination due Wednesday 24 June 2026",
        "Appointment: 4:30 pm with Ms Farrow",
        "Bring the yellow record book.",
        "Tel 01904 555 731",
    ),
    "GAS": (
        "Eastern Gas",
        "Statement for account 7730 1182",
        "Previous balance 0.00",
        "Gas used this quarter 96.40",
        "Amount due 96.40",
        "Please pay by 4 December 2026",
        "Lost supply? Ring 0800 555 199",
    ),
    "CARD": (
        "Sorry we missed you",
        "Your parcel is at 17 Orchard Close",
        "Collect before Friday 27 November 2026",
        "Reference K9-40713",
        "Bring this card and some identification.",
    ),
    "TICKET": ("Single: York to Leeds", "Departs 07:42 Platform 5", "Coach C Seat 31", "Date 25 Nov 2026"),
    "ROUTER": ("Homelink Router", "Network: HL-2207", "Key: fern-copper-88", "Serial 5QX-3319"),
    "SOUP": (
        "Harvest Tomato and Lentil Soup",
        "Best before 14 September 2026",
        "Contains: CELERY, MILK",
        "Heat gently for 4 minutes",
        "Do not boil",
        "400 g",
    ),
    "BILL": (
        "Bistro Oliva",
        "2 x Soup of the day 11.00",
        "Sea bass 17.50",
        "Mushroom risotto 13.50",
        "Sparkling water 3.00",
        "Total 45.00",
    ),
}


def _unrelated(texts: list[str]) -> np.ndarray:
    """(B, 2): no text is like another, so that only words and the looks of print can answer."""
    vectors = np.zeros((len(texts), 2), dtype=np.float32)
    vectors[0, 0] = vectors[1:, 1] = 1
    return vectors


def _material(lines: str = "", said: str = "", value: str = "", quote: str = "", request: str = "") -> Material:
    return Material(_unrelated, Document(PRINT[lines]) if lines else None, said, value, quote, request)


@pytest.mark.parametrize(
    ("tool", "words", "lines", "name", "value"),
    [
        ('add_note', "i'll need the vet's number, write it down", 'VET', 'text', '01904 555 731'),
        ('add_note', 'make me a note with the lost supply number in it', 'GAS', 'text', '0800 555 199'),
        ('add_note', 'jot the reference off this down', 'CARD', 'text', 'K9-40713'),
        ('add_note', 'note down my coach and seat off this', 'TICKET', 'text', 'Coach C Seat 31'),
        ('add_note', 'note coach and seat', 'TICKET', 'text', 'Coach C Seat 31'),
        ('add_note', 'stick the best before in my notes', 'SOUP', 'text', '14 September 2026'),
        ('add_note', 'put what we spent here in my notes under dinner', 'BILL', 'text', 'Dinner: Total 45.00'),
        ('add_note', 'jot down when it goes off', 'SOUP', 'text', '14 September 2026'),
        ('add_note', 'write down what time it leaves and the platform', 'TICKET', 'text', '07:42 Platform 5'),
        ('add_note', 'put another on the shopping list', 'SOUP', 'text', 'Shopping list: Harvest Tomato'),
        ('add_note', 'write down that mum rang at four', 'SOUP', 'text', 'mum rang at four'),
        ('add_note', 'make a note the boiler man is coming thursday', 'SOUP', 'text', 'the boiler man is coming thursday'),
        ('add_note', 'pop it in my notes that mrs khan owes me four pounds', '', 'text', 'mrs khan owes me four pounds'),
        ('add_note', 'put sellotape on the list no not sellotape string', '', 'text', 'List: string'),
        ('add_note', 'bung eggs on the shopping list', '', 'text', 'Shopping list: eggs'),
        ('remember', 'save the router key to memory', 'ROUTER', 'fact', 'fern-copper-88'),
        ('remember', "don't you forget our door code's one eight one two", '', 'fact', "our door code's one eight one two"),
        ('remember', 'keep this in your head: the taxi firm that does the ramp is Beeline', '', 'fact', 'the taxi firm'),
        ('remember', 'for later on, the good scissors live in the second drawer down', '', 'fact', 'the good scissors live'),
        ('spell', "the vet's name on here", 'VET', 'what', 'Ms Farrow'),
        ('spell', 'spell the key for me slowly with code words, the one on this router', 'ROUTER', 'what', 'fern-copper-88 with code words'),
        ('spell', "once you've done that spell the departure station", 'TICKET', 'what', 'York'),
        ('spell', "i'm on the phone to the bank, do rafferty in the pilot letters for me", '', 'what', 'rafferty with code words'),
        ('spell', "fuse while you're at it", '', 'what', 'fuse'),
        ('define_word', "crossword says frugal, what's that when it's at home", '', 'word', 'frugal'),
        ('define_word', 'the letter called me an appellant. which means?', '', 'word', 'appellant'),
        ('define_word', "what's the meaning of tenancy", '', 'word', 'tenancy'),
        ('tell_time', 'our Jess moved out to Perth in Australia, so what do her clocks say at the minute', '', 'place', 'Perth'),
        ('tell_time', 'what time would it be for my brother in sydney', '', 'place', 'sydney'),
        ('tell_time', "my lad's in nice what time has he got", '', 'place', 'nice'),
        ('tell_date', 'what day did the first of january fall on this year, was it a friday', '', 'day', 'the first of january this year'),
        ('tell_date', "how many days till my mum's birthday on the ninth of june", '', 'day', 'the ninth of june'),
        ('tell_date', 'how many weeks until the clocks go back', '', 'day', 'the clocks go back'),
        ('tell_date', 'which day does christmas fall on next year', '', 'day', 'christmas next year'),
        ('read_document', 'i want to hear the tenancy agreement start to finish', '', 'name', 'tenancy agreement'),
        ('help', 'explain to me how undo works', '', 'topic', 'undo'),
        ('find_in_picture', 'whereabouts on this bill is the total', '', 'thing', 'total'),
        ('delete_note', "i've bought the bread so take it off the list", '', 'which', 'bread off my list'),
        ('edit_note', 'make the gutter note 150 pounds', '', 'text', '150 pounds'),
        ('edit_note', 'in the note about the boiler put thursday instead', '', 'text', 'thursday'),
        ('forget', 'you can lose what i told you about Idris', '', 'what', 'Idris'),
        ('forget', "that thing about the spare key isn't true any more, forget it", '', 'what', 'the spare key'),
        ('search_notes', 'what do i need from the shops', '', 'query', 'shopping list'),
        ('start_timer', 'egg timer five', '', 'duration', 'five minutes'),
        ('start_timer', 'an hour and twenty for the roast', '', 'duration', 'an hour and twenty minutes'),
        ('look_closer', 'look harder at the right hand side, is there a price', '', 'where', 'right hand side'),
        ('open_application', 'open my email program thunderbird', '', 'name', 'thunderbird'),
    ],
)  # fmt: skip
def test_arguments_are_found_wherever_they_stand(tool: str, words: str, lines: str, name: str, value: str) -> None:
    filled = fill(tool, words, _material(lines))
    assert isinstance(filled, dict) and value in str(filled[name]), filled


@pytest.mark.parametrize(
    ("tool", "words", "said", "number", "name", "value"),
    [
        ("add_note", "note that down", "11 times 12 is 132.", "132", "text", "11 times 12 is 132."),
        ("add_note", "put that down in a note", "2 pounds is about 907 grams.", "", "text", "907 grams"),
        ("add_note", "put that milk on the list", "You told me: I take my tea with oat milk.", "", "text", "List: oat milk"),
        ("remember", "remember that's my electric budget", "20 percent of 90 is 18.", "18", "fact", "my electric budget: 18"),
    ],
)  # fmt: skip
def test_what_was_said_last_is_what_that_means(
    tool: str, words: str, said: str, number: str, name: str, value: str
) -> None:
    filled = fill(tool, words, _material(said=said, value=number))
    assert isinstance(filled, dict) and value in filled[name], filled


def test_a_clause_that_leans_on_the_request_is_completed_from_it() -> None:
    there = "our Jess moved out to Perth in Australia, so what do her clocks say"
    assert fill("tell_time", "what do her clocks say", _material(request=there)) == {"place": "Perth"}
    shared = "we're seven at the table and the bill's ninety eight, what do we each chip in"
    assert fill("calculate", "what do we each chip in", _material(request=shared)) == {"expression": shared}
    assert fill("tell_time", "what time is it", _material(request="call Perth, what time is it")) == {}


@pytest.mark.parametrize("words", ["make a note", "note", "take a note please"])
def test_an_empty_note_is_asked_for_though_something_was_said_before(words: str) -> None:
    assert isinstance(fill("add_note", words, _material(said="It is 9 am.")), Missing)


@pytest.mark.parametrize(
    ("words", "quantity", "unit"),
    [
        ("how many pints would five litres fill", "five litres", "pints"),
        ("it's minus five outside what would my brother in florida call that", "minus 5 degrees celsius", "fahrenheit"),
        ("shelf's got to be eighteen inches deep and my ruler only talks centimetres", "eighteen inches", "centimetres"),
        ("gusts of ninety kilometres an hour, what's that in proper miles per hour", "ninety kilometres an hour", "miles per hour"),
        ("a pint and a half in millilitres i've only the metric jug", "1.5 pint", "millilitres"),
        ("a cup of flour in grams", "a cup of flour", "grams"), ("what's twenty degrees in old money", "twenty degrees", "fahrenheit"),
        ("how many inches in a foot", "a foot", "inches"), ("five foot ten in centimetres", "five foot ten", "centimetres"),
    ],
)  # fmt: skip
def test_a_quantity_and_its_unit_are_found_anywhere(words: str, quantity: str, unit: str) -> None:
    assert quantity_and_unit(words) == (quantity, unit)


def test_what_was_found_is_converted_and_what_names_no_unit_is_left() -> None:
    assert convert(*(quantity_and_unit("a pint and a half in millilitres") or ("", ""))).text.endswith(
        "710 millilitres."
    )
    assert quantity_and_unit("five litres") is None and quantity_and_unit("is it cold out") is None


@pytest.mark.parametrize(
    ("lines", "question", "value"),
    [
        ("ROUTER", "what's the wifi password on the bottom here", "fern-copper-88"), ("ROUTER", "which network is it", "HL-2207"),
        ("TICKET", "when does it leave", "07:42"), ("TICKET", "which carriage am i in", "C"),
    ],
)  # fmt: skip
def test_a_printed_field_answers_in_the_words_people_use(lines: str, question: str, value: str) -> None:
    field = field_for(PRINT[lines], question)
    assert field is not None and field.value == value


@pytest.mark.parametrize(
    ("lines", "question", "answer"),
    [
        ("GAS", "how much do they want off me", "Amount due 96.40"), ("GAS", "by when do they want it", "4 December"),
        ("GAS", "give me the emergency number", "0800 555 199"), ("CARD", "whose house has it been left at", "17 Orchard Close"),
        ("VET", "do i need to take owt with me", "yellow record book"), ("SOUP", "am i all right to eat this", "14 September"),
        ("CARD", "by which day have i got to get down there", "27 November"), ("TICKET", "where am i going to", "Leeds"),
    ],
)  # fmt: skip
def test_questions_on_print_are_answered_in_the_users_own_words(lines: str, question: str, answer: str) -> None:
    found = value_for(Document(PRINT[lines]).passages, question)
    assert found is not None and answer in found.passage


def test_a_short_text_without_an_answer_is_read_and_a_long_one_is_offered() -> None:
    from datetime import datetime

    now = datetime(2026, 5, 13, 10, 20).astimezone()
    short, found = answers.from_text(Document(PRINT["SOUP"]), "who won the cup", _unrelated, now)
    assert found is None and answers.NOT_FOUND in short and "400 g" in short and answers.OFFER_ALL not in short
    letter = Document(tuple(f"Line {number} of a letter about nothing much at all." for number in range(20)))
    long, found = answers.from_text(letter, "who won the cup", _unrelated, now)
    assert found is None and answers.OFFER_ALL in long and "Line 19" not in long


def test_lines_that_begin_anew_are_not_run_together() -> None:
    passages = Document(PRINT["VET"]).passages
    assert not any(re.search("2026.*Appointment|Farrow.*Bring", one) for one in passages)
    assert find_answer(Document(PRINT["VET"]), "what is the vet's name", _unrelated).text.endswith("Ms Farrow")  # type: ignore[union-attr]


def test_a_price_is_one_by_its_sign_or_its_label() -> None:
    assert [next(filter(None, one.groups())) for one in PRICE.finditer("£2.40 Price 1.10 now: 3.99")] == [
        "2.40",
        "1.10",
        "3.99",
    ]
    assert PRICE.search("Total 1.10 kg") is None


@pytest.mark.parametrize(
    ("words", "quote", "day"),
    [
        ("how many days off is that", "", "25 Nov 2026"), ("what day of the week is it", "", "25 Nov 2026"),
        ("how many days off is it", "Collect before Friday 27 November 2026", "Friday 27 November 2026"),
        ("what's the date", "", ""),
    ],
)  # fmt: skip
def test_the_day_that_is_asked_about_is_the_printed_one(words: str, quote: str, day: str) -> None:
    assert fill("tell_date", words, _material("TICKET", quote=quote)) == ({"day": day} if day else {})


def test_what_is_left_of_a_pack_is_not_its_size() -> None:
    found = value_for(("Amoxicillin", "21 capsules"), "how many are left")
    assert found is None or found.kind != "in the pack"

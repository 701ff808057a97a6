"""Sums on amounts that the words only point to: of print, of what was told once, of notes that were paid; lakh and crore."""

# ruff: noqa: E501 - a table reads better with a row a line

from pathlib import Path

import pytest

from assistant.memory import Store
from assistant.phrases.arithmetic import evaluate
from assistant.phrases.handed import notes_added
from assistant.phrases.number_words import to_digits
from assistant.steps.arguments import fill
from assistant.steps.extraction import Document
from assistant.steps.printed import value_for
from assistant.steps.printed_asides import asks_conversion, with_named
from assistant.steps.printed_sums import at_rate, total_of
from assistant.steps.slots import Material
from tests.test_agent import Clock, answer, ask, called, encode, make_agent

BOX = ("Co-codamol 8/500", "Box of 84 tablets", "Mr K Obuya")
PAY = ("Payslip June 2026", "Gross pay 1,480.00", "Tax and NI 212.40", "Net pay 1,267.60")
MEAL = ("Maple Diner", "Burger 16.00", "Salad 12.50", "Coffee 3.50", "Total 32.00")
BILL = ("J. Moffat Joinery", "Back door 395.00", "Fitting 85.00", "Total due 480.00")


def _sum(words: str, passages: tuple[str, ...], request: str = "") -> float:
    got = fill("calculate", words, Material(encode, Document(passages), request=request or words))
    assert isinstance(got, dict), got
    return float(evaluate(str(got["expression"]).replace("the total", total_of(passages))).value)


@pytest.mark.parametrize(
    ("words", "expression"),
    [
        ("at three a day how many days will that last me", "84 divided by 3"),
        ("at six a day how long will this box last", "84 divided by 6"),
        ("how many weeks is that at two a day", "84 divided by 2 divided by 7"),
        ("how many days will it last at six a week", "84 divided by 6 times 7"),
        ("how long will it last if i take one twice a day", ""),
        ("how long does it last", ""),
    ],
)
def test_how_long_a_box_lasts_at_a_told_rate(words: str, expression: str):
    got = at_rate(words, BOX)
    assert bool(got) == bool(expression)
    assert not got or evaluate(got).value == evaluate(expression).value


@pytest.mark.parametrize(
    ("request_said", "clause", "passages", "value"),
    [
        ("read out the wage slip for the take home, then tell me what that is times twelve", "what that is times twelve", PAY, 15211.2),
        ("read this invoice, take off the hundred i've paid already", "take off the hundred i've paid already", BILL, 380),
        ("read this bill and take off the tenner i gave him", "take off the tenner i gave him", BILL, 470),
        ("and if she pays half now what's half", "and if she pays half now what's half", BILL, 240),
        ("I want to leave fifteen percent on this. What would that be on top?", "what would that be on top", MEAL, 4.8),
        ("we'd like to leave ten percent, how much is that", "we'd like to leave ten percent, how much is that", MEAL, 3.2),
    ],
)  # fmt: skip
def test_a_sum_takes_the_printed_amount_that_is_meant(request_said: str, clause: str, passages: tuple[str, ...], value: float):  # fmt: skip
    assert _sum(clause, passages, request_said) == pytest.approx(value)


def test_that_stays_where_the_request_named_nothing_before_it():
    assert with_named("what is that times two", "what is that times two", PAY) == "what is that times two"


def test_take_home_is_the_net_pay():
    found = value_for(PAY, "what's my take home on this")
    assert found is not None and found.value == "1,267.60"


@pytest.mark.parametrize(
    ("words", "passages", "asks"),
    [
        ("what weight is this in grams it's an american packet", ("CORNMEAL", "NET WT 24 OZ"), True),
        ("how hot is this in fahrenheit", ("Cottage pie", "Oven 180 C", "40 minutes"), True),
        ("what weight is this in grams", ("Flour", "500 g"), False),
        ("this slip gives the weight in grams", ("CORNMEAL", "NET WT 24 OZ"), False),
        ("how much is in this", ("CORNMEAL", "NET WT 24 OZ"), False),
    ],
)
def test_a_printed_quantity_is_wanted_in_another_unit(words: str, passages: tuple[str, ...], asks: bool):
    assert asks_conversion(words, passages) is asks


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("two lakh plus fifty thousand", 250_000), ("12 percent of three lakh", 36_000), ("one crore divided by four", 2_500_000),
        ("half of 1.5 lakh", 75_000), ("a lakh minus ten thousand", 90_000), ("two crore fifty lakh plus one", 25_000_001),
    ],
)  # fmt: skip
def test_lakh_and_crore_are_numbers(words: str, value: float):
    assert float(evaluate(words).value) == value


def test_a_lone_scale_is_no_number():
    assert to_digits("a lakh of rupees") == "100000 of rupees"
    assert to_digits("the lakh") == "the lakh"


def test_a_note_that_was_named_once_counts():
    assert notes_added("take off the tenner he gave me") == "take off 10 pounds he gave me"
    assert notes_added("the hundred best songs") == "the hundred best songs"


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("my pension is nine hundred twenty and rent is four hundred sixty five and light thirty eight, so how much stays for me", 417),
        ("i get 800 a month and pay 350 rent and 60 for gas, what am i left with", 390),
        ("i paid with a fifty and it came to 31.20, how much change do i get", 18.8),
    ],
)  # fmt: skip
def test_what_stays_of_an_income(words: str, value: float):
    assert float(evaluate(words).value) == pytest.approx(value)


@pytest.mark.parametrize(
    ("fact", "words", "said"),
    [
        ("my hourly rate is 145 rand", "my hourly rate, you have it. what do i get for thirty eight hours", "5,510"),
        ("my rent is 480 a month", "what's my rent times twelve", "5,760"),
        ("my rent is 110 a week", "you've got my weekly rent, how much is that for a year", "5,720"),
    ],
)
def test_a_fact_that_a_sum_lacks_is_recalled_and_said(home: Path, fact: str, words: str, said: str):
    store = Store(home, encode)
    agent = make_agent(store, home, Clock())
    ask(agent, f"remember that {fact}")
    ask(agent, "remember that my tax number is 4471")
    events = ask(agent, words)
    assert called(events) == ["recall", "calculate"]
    assert fact in answer(events) and said in answer(events)
    store.close()


def test_a_sum_with_its_own_amounts_recalls_nothing(home: Path):
    store = Store(home, encode)
    agent = make_agent(store, home, Clock())
    ask(agent, "remember that my rent is 480 a month")
    assert called(ask(agent, "my rent is 500 a month, what is that times twelve")) == ["calculate"]
    store.close()

"""Sums that are told as a story: what is not understood fully, a dose above all, is asked back and never guessed."""

# ruff: noqa: E501 - a sentence reads better on one line

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pytest

from assistant.phrases.arithmetic import evaluate
from assistant.phrases.arithmetic_words import clean
from assistant.phrases.told_sums import told
from assistant.steps import slots_sums
from assistant.steps.extraction import Document
from assistant.steps.printed_sums import from_print
from assistant.steps.slots import Material, Missing
from kernels.errors import UserError


def _encode(texts: Sequence[str]) -> np.ndarray:
    return np.eye(len(texts), dtype=np.float32)


def _worked_out(words: str, document: Document | None = None) -> Decimal:
    filled = slots_sums.calculate(words, Material(_encode, document))
    assert isinstance(filled, dict), filled
    return evaluate(filled["expression"]).value


@pytest.mark.parametrize(
    "story",
    [
        "one tablet every eight hours for five days", "take ten ml four times a day for two weeks, how much",
        "sixty pills, three a day for a week, how many left", "twenty eight tablets, one twice a day, how long",
        "56 tablets at 2 tablets twice a day, how many days", "two puffs twice a day from a 200 dose inhaler, how many days",
        "10 units a day from a 300 unit pen for 2 weeks, how many left", "28 tablets, 1 every other day, how long will they last",
        "I have 28 tablets and take 2 a day, how many are left after 5 days", "28 tablets at 2 a day, how many weeks will they last",
        "take it 4 times a day for 2 weeks",
        "2 every morning and night, 28 tablets, how long will they last", "I owe John 20 and he owes me 8",
        "split ninety between three of us but John pays thirty", "2 for 5 pounds, I want 7",
        "I have 100, my friend gives me 20 and I give half to my sister, how much is left",
        "I have 100, my friend gives me 20 and I spend 30, how much is left", "I had 20 and spent 30, what's left",
        "I get 300 a week and pay 120 rent, what's left a month",
        "the bill is 40 and we want to leave 10 percent, what's that each split 4 ways",
        "I paid 20 for the taxi, remind me at 5 and how much is left from fifty",
    ],
)  # fmt: skip
def test_a_story_that_is_not_understood_fully_is_asked_back(story: str) -> None:
    assert told(clean(story)) is None
    with pytest.raises(UserError):
        _worked_out(story)


@pytest.mark.parametrize(
    ("story", "value"),
    [
        ("a twenty pound note for three coffees at two eighty, what change", "11.6"),
        ("I paid 45 for 3, what would 5 cost", "75"),
        ("six pounds for two, how much for five", "15"),
        ("it's 6 pounds for 3, what's 1", "2"),
        ("what change from 20 for three coffees at 2.80", "11.6"),
        ("I take 2 tablets 3 times a day, how many for 10 days", "60"),
        ("30 tablets, one and a half a day, how long will they last", "20"),
    ],
)
def test_each_number_of_a_story_plays_its_own_part(story: str, value: str) -> None:
    assert _worked_out(story) == Decimal(value)


def test_a_clock_time_elsewhere_in_the_request_is_no_amount() -> None:
    def asked(request: str) -> object:
        return slots_sums.calculate("how much is left", Material(_encode, request=request))

    assert asked("I had fifty and spent 20, how much is left") == {
        "expression": "I had fifty and spent 20, how much is left"
    }
    taxi = "I paid 20 for the taxi, remind me at 5 and how much is left from fifty"
    assert isinstance(slots_sums.calculate("how much is left from fifty", Material(_encode, request=taxi)), Missing)
    assert isinstance(asked("I had fifty and spent 20, nudge me tomorrow at 5 and how much is left"), Missing)


CAPSULES = Document(("AMOXICILLIN 500 mg capsules", "Take ONE capsule THREE times a day", "21 capsules"))


@pytest.mark.parametrize(
    "words",
    [
        "how many capsules is that if I take two for a week",
        "how long will these capsules last at one twice a day",
    ],
)
def test_a_printed_pack_is_not_multiplied_by_a_dose(words: str) -> None:
    with pytest.raises(UserError):
        _worked_out(words, CAPSULES)


def test_a_printed_pack_lasts_days_or_weeks_as_asked() -> None:
    assert _worked_out("how many days will these last at three a day", CAPSULES) == 7
    assert _worked_out("how many capsules do I need at two a day for a week", CAPSULES) == 14
    assert _worked_out("how many weeks will these last at three a day", CAPSULES) == 1


CHIPS = Document(("The Codfather", "2 Fish and chips 28.00", "1 Mushy peas 2.50", "Total 30.50"))


def test_a_printed_line_for_several_is_no_price_of_one() -> None:
    assert _worked_out("one fish and chips", CHIPS) == 14
    assert _worked_out("three fish and chips", CHIPS) == 42
    assert _worked_out("the fish and the peas", CHIPS) == Decimal("30.5")


def test_a_very_long_request_is_left_alone_beside_print() -> None:
    long = "tot up the peas and " * 30
    assert from_print(long, CHIPS.passages) == long

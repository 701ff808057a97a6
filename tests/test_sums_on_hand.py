"""Sums that say only what is done with the amount at hand, big numbers by their Indian names, times tables, degrees without a
unit, lengths of an hour and so many, and settings told as a number or a part."""

# ruff: noqa: E501 - a table reads better with a row a line

import numpy as np
import pytest

from assistant.phrases.arithmetic import evaluate
from assistant.phrases.preferences import understand
from assistant.settings import Settings
from assistant.steps.arguments import fill
from assistant.steps.clause import Clause
from assistant.steps.extraction import Document
from assistant.steps.planning import Intent
from assistant.steps.setting_wishes import told_number
from assistant.steps.several_timers import several, unit_for
from assistant.steps.slots import Material
from assistant.steps.slots_units import quantity_and_unit
from kernels.errors import UserError
from tests.test_agent import encode

BOX = ("Co-codamol 8/500", "Box of 84 tablets", "Mr K Obuya")
DOSED = ("Laxative powder", "30 sachets", "Take 1 to 3 sachets a day")
SLIP = ("Payslip June 2026", "Gross pay 1,480.00", "Tax and NI 212.40", "Net pay 1,267.60")
BILL = ("City Power", "Amount due 96.60")


def _encode(texts: list[str]) -> np.ndarray:
    """(B, 4): no text is like another."""
    return np.eye(len(texts), 4, dtype=np.float32)


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("twelve percent of one lakh comes to what", 12_000), ("2.5 lakhs minus forty thousand", 210_000),
        ("a crore divided by four", 2_500_000), ("seven eights", 56), ("eleven twelves are what", 132),
        ("how many dozen is 96", 8), ("a dozen and a half times four", 72),
    ],
)  # fmt: skip
def test_numbers_by_their_other_names(words: str, value: int) -> None:
    assert float(evaluate(words).value) == value


def test_one_number_among_words_is_no_sum() -> None:
    with pytest.raises(UserError):
        evaluate("i get for thirty eight hours")
    assert evaluate("what is 38").value == 38


@pytest.mark.parametrize(
    ("lines", "words", "value"),
    [
        (BOX, "at three a day how many days will that last me", 28),
        (BOX, "if I take two a day how many weeks is that", 6),
        (BOX, "I take four daily so when do I run out", 21),
        (DOSED, "how long do they last at one a day", 30),
        (BILL, "and if she pays half now what's half", 48.3),
        (BILL, "if I pay a quarter now what's left", 72.45),
        (BILL, "take off the fifty i've paid already", 46.6),
        (SLIP, "what that is times twelve", 15_211.2),
    ],
)
def test_what_is_done_with_the_amount_at_hand(lines: tuple[str, ...], words: str, value: float) -> None:
    request = "read out the slip for the take home, then tell me what that is times twelve" if lines is SLIP else words
    filled = fill("calculate", words, Material(_encode, Document(lines), request=request))
    assert isinstance(filled, dict) and float(evaluate(str(filled["expression"])).value) == value


def test_no_count_of_medicine_is_guessed() -> None:
    filled = fill("calculate", "how long will that last at two twice a day", Material(_encode, Document(BOX)))
    assert not isinstance(filled, dict) or "84 divided by 2" not in str(filled["expression"])


@pytest.mark.parametrize(
    ("words", "quantity", "unit"),
    [
        ("It's minus twelve outside, what is that in American?", "minus 12 degrees celsius", "fahrenheit"),
        ("forecast says four below, what's that in fahrenheit", "minus 4 degrees", "fahrenheit"),
        ("my sister in Texas says it's ninety out, what's that in proper degrees", "90 degrees fahrenheit", "celsius"),
        ("the speed limit's 110 over there, what's that in miles", "110 kilometres per hour", "miles per hour"),
    ],
)
def test_degrees_and_speeds_without_a_unit(words: str, quantity: str, unit: str) -> None:
    assert quantity_and_unit(words) == (quantity, unit)


def test_a_price_in_old_money_is_no_temperature() -> None:
    assert quantity_and_unit("what's twenty quid in old money") is None


def test_an_hour_and_so_many_is_one_timer() -> None:
    words = "gimme an hour and twenty on the brisket"
    (one,) = several([Intent("start_timer", Clause(words, {"start_timer": 0.0}), 0.9)])
    assert fill("start_timer", one.clause.words, Material(_encode)) == {
        "duration": "an hour and twenty minutes",
        "name": "brisket",
    }
    both = several([Intent("start_timer", Clause("forty on the ham and fifteen on the peas"), 0.9)])
    assert len(both) == 2


@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        ("speech rate three twenty", "speech_rate_wpm", 320), ("set your speed to two forty", "speech_rate_wpm", 240),
        ("speak at one eighty words a minute", "speech_rate_wpm", 180), ("go at two hundred", "speech_rate_wpm", 200),
        ("turn yourself down to half baby's asleep", "volume", 0.5), ("a quarter of the volume would do", "volume", 0.25),
        ("put the volume to seven", "volume", 0.7), ("turn it up to eighty percent", "volume", 0.8),
        ("turn down by ten percent", "volume", 0.5), ("I speak slowly", "patience", "patient"),
        ("wait till I'm done talking before you start", "patience", "patient"),
        ("you're going at a fair lick there, ease back a bit", "speech_rate_wpm", 140),
    ],
)  # fmt: skip
def test_settings_told_as_a_number_or_a_part(words: str, name: str, value: float | str) -> None:
    filled = fill("change_setting", words, Material(encode=encode))
    assert isinstance(filled, dict)
    wish = understand(str(filled.get("setting", "")), str(filled["value"]), Settings(volume=0.6))
    assert (wish.name, wish.value) == (name, value)


def test_a_number_of_something_else_is_no_setting() -> None:
    assert told_number("rate two fifty") and told_number("turn it up to eighty percent")
    assert not told_number("what's the exchange rate times two fifty") and not told_number("put the oven to 180")


def test_a_bare_count_beside_an_hour_is_of_minutes() -> None:
    assert unit_for("twenty", "hour") == "minutes" and unit_for("three", "hours") == "hours"
    assert unit_for("nine", "minute") == "minutes"

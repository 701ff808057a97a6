"""Sums on single printed lines, amounts told before a question, a thing that is asked for where no print is."""

# ruff: noqa: E501 - a table reads better with a row a line

from collections.abc import Sequence

import numpy as np
import pytest

from assistant.phrases.amounts import total
from assistant.phrases.arithmetic import evaluate
from assistant.phrases.units import convert
from assistant.steps.arguments import fill
from assistant.steps.clause import Clause
from assistant.steps.extraction import Document
from assistant.steps.looking import asks_what_it_is
from assistant.steps.planning import Intent
from assistant.steps.printed_sums import from_print
from assistant.steps.reckoning import as_sum, of_print, with_told
from assistant.steps.slots import Material
from kernels.errors import UserError

RENT = (
    "Notice to tenant",
    "From 1 September 2026 the rent is reviewed.",
    "You will pay NGN 95,000 every month.",
    "Kindly pay as usual.",
)
CLUB = ("Riverside Gym", "Membership £31.50 per month", "Open 7 days")
PANEL = ("SOLAR PANEL 200 W", "Price NGN 38,000", "No return after payment")
DRENCH = (
    "Oral drench for sheep",
    "Shake well before use",
    "Dose 1 ml per 5 kg bodyweight",
    "Use within 3 months of opening",
)
FEED = ("Tomato feed", "Mix 20 ml per litre of water")
SYRUP = ("Syrup", "Give 2 ml per 5 kg", "Every 6 hours")
TWO = ("Wormer", "Dogs 1 ml per 4 kg", "Cats 1 ml per 2 kg")
SLIP = ("Brecon Road Weighbridge", "Full 7,420 kg", "Empty 3,180 kg", "Paid cash")
GAPPED = ("Full 7,420 kg", "Empty 3, 180 kg")
METER = ("Valley Electric", "Last reading 41200", "This reading 41875")


def _material(lines: Sequence[str], request: str) -> Material:
    return Material(lambda texts: np.eye(len(texts), dtype=np.float32), Document(tuple(lines)), request=request)


def _value(words: str, lines: Sequence[str] = ()) -> float | None:
    material = _material(lines, words) if lines else Material(lambda texts: np.eye(len(texts), dtype=np.float32), None)
    filled = fill("calculate", words, material)
    if not isinstance(filled, dict):
        return None
    try:
        return float(evaluate(str(filled["expression"])).value)
    except UserError:
        return None


@pytest.mark.parametrize(
    ("words", "lines", "value"),
    [
        ("what it will come to for one full year", RENT, 1140000),
        ("calculate what that makes in a year", CLUB, 378),
        ("work out what it comes to over a whole year", CLUB, 378),
        ("If they remove fifteen percent how much will I pay", PANEL, 32300),
        ("what would i pay with ten percent off", PANEL, 34200),
        ("if he gives me a twenty percent discount what is the price", PANEL, 30400),
        ("what a forty kilo lamb gets", DRENCH, 8),
        ("how much does a 65 kg ewe need", DRENCH, 13),
        ("how much feed for nine litres", FEED, 180),
        ("take the empty off the full and tell me what i was carrying", SLIP, 4240),
        ("subtract the empty from the full", SLIP, 4240),
        ("subtract the empty from the full", GAPPED, 4240),
        ("what's the difference between the empty and the full weight", SLIP, 4240),
        ("what is this reading minus the last reading", METER, 675),
    ],
)  # fmt: skip
def test_a_sum_takes_its_numbers_from_single_lines(words: str, lines: Sequence[str], value: float) -> None:
    assert _value(words, lines) == value


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("what does a 20 kilo child get", SYRUP),  # how often it is given is printed elsewhere
        ("what does an 8 kilo one get", TWO),  # two rates
        ("what does a 40 kilo lamb get twice a day", DRENCH),
        ("take the tare off the full", SLIP),
    ],
)
def test_nothing_is_worked_out_where_several_lines_may_be_meant(words: str, lines: Sequence[str]) -> None:
    assert from_print(words, lines, words) == words


def test_two_printed_lines_make_a_sum_of_what_sounds_like_something_else() -> None:
    intent = Intent("delete_note", Clause("take the empty off the full"), 0.5)
    assert as_sum(intent, intent.clause.words, _material(SLIP, "")).label == "calculate"
    other = Intent("delete_note", Clause("take the milk off the list"), 0.5)
    assert as_sum(other, other.clause.words, _material(SLIP, "")).label == "delete_note"


@pytest.mark.parametrize("words", ["add up the chicken wrap n the large chips", "can you tot up the soup and the tart"])
def test_what_is_added_up_in_a_picture_is_a_sum(words: str) -> None:
    assert of_print(Intent("look_closer", Clause(words), 0.5), shows_picture=True).label == "calculate"
    closer = Intent("look_closer", Clause("look at the chips more closely"), 0.5)
    assert of_print(closer, shows_picture=True) is closer


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("seven and a half percent VAT on two hundred and forty thousand naira, how much is that one alone", 18000),
        ("20 percent vat on 80, how much is the vat on its own", 16),
        ("20% VAT on 50, what does it come to in all", 60),
        ("five percent commission on three thousand, just the commission", 150),
        ("i work thirty seven and half hour in week and for one hour is twelve pounds sixty, how much is together", 472.5),
        ("i clean nineteen and a half hours and every hour they pay me eleven pounds, how much is it altogether", 214.5),
        ("for each box they give two pounds and i packed forty boxes, what is it together", 80),
        ("taxi was twenty seven pounds and there's three of us going halves, well thirds, so what's mine", 9),
        ("the bill is 48 and we're going quarters, what's my share", 12),
        ("pizza was thirty pounds, five of us going fifths, how much each", 6),
    ],
)  # fmt: skip
def test_a_told_sum_keeps_to_what_was_asked(words: str, value: float) -> None:
    assert _value(words) == value


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("how many millimetre is three quarter inch, I am checking one pipe", 19.05),
        ("how many millimetres is three quarters of an inch", 19.05),
        ("what is half inch in millimetres, we're fitting a tap", 12.7),
        ("how many millimetres in a quarter inch", 6.35),
        ("one and three quarter inches in millimetres", 44.45),
    ],
)
def test_parts_of_a_unit_and_a_reason_told_after_it(words: str, value: float) -> None:
    filled = fill("convert_units", words, Material(lambda texts: np.eye(len(texts), dtype=np.float32), None))
    assert isinstance(filled, dict)
    assert convert(str(filled["quantity"]), str(filled["unit"])).data["value"] == pytest.approx(value)


def _sums(*clauses: str) -> tuple[Intent, ...]:
    return tuple(Intent("calculate", Clause(words), 0.9) for words in clauses)


def test_an_amount_that_is_told_belongs_to_the_sum_after_it() -> None:
    told = with_told(_sums("i work thirty hours in the week", "one hour is twelve pounds, how much is together"))
    assert [one.clause.words for one in told] == ["i work thirty hours in the week and one hour is twelve pounds, how much is together"]  # fmt: skip
    for two in (("what is 3 times 4", "how much is 5 plus 6"), ("20 percent of 50", "what is 3 plus 4")):
        assert len(with_told(_sums(*two))) == 2


def test_amounts_in_other_money_are_amounts() -> None:
    found = total("Price NGN 38,000")
    assert found is not None and found.value == 38000 and found.sign == "NGN"


@pytest.mark.parametrize(
    ("words", "asks"),
    [
        ("what kind of fruit is this next door brought me", True),
        ("i don't know whether it is ginger or turmeric, please look", True),
        ("is this a lemon or lime", True),
        ("what is this in my hand", True),
        ("read me what it says", False),
        ("what is this letter about", False),
        ("what kind of tablets does the label say", False),
        ("how much is this", False),
    ],
)
def test_a_thing_is_asked_for_or_its_print(words: str, asks: bool) -> None:
    assert asks_what_it_is(words) is asks

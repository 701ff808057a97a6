"""Sums on print: items that are named, what is missing to a total, shares of it, how long a box lasts; and where none is worked out."""

# ruff: noqa: E501 - a table reads better with a row a line

from collections.abc import Sequence

import numpy as np
import pytest

from assistant.phrases.arithmetic import evaluate
from assistant.steps.arguments import fill
from assistant.steps.clause import Clause
from assistant.steps.extraction import Document
from assistant.steps.planning import Intent
from assistant.steps.printed_items import supply
from assistant.steps.reckoning import as_sum, of_print
from assistant.steps.slots import Material

QUOTATION = ("J. Mason, electrician", "Quotation", "Labour 270.00", "Parts 82.50", "Prices exclude VAT")
KITCHEN = ("Koi Kitchen", "Sushi set 12.20", "Ramen 9.50", "Katsu curry 11.00", "Total 32.70")
CAFE = ("The Copper Kettle", "2 x soup 11.00", "1 x scone 2.30", "Total 13.30")
GAS = ("VALLEY GAS", "Reading 40871", "Balance to pay 142.16", "By 30 October 2026")
POWER = ("Northern Power", "Units used 41.00", "Standing charge 21.40", "Total due 62.40")
CAPSULES = ("GABAPENTIN 300 mg", "28 capsules", "Take ONE capsule TWICE a day", "May make you sleepy")


def _sum(words: str, lines: Sequence[str], request: str = "") -> str:
    material = Material(
        lambda texts: np.eye(len(texts), dtype=np.float32), Document(tuple(lines)), request=request or words
    )
    filled = fill("calculate", words, material)
    return str(filled["expression"]) if isinstance(filled, dict) else ""


@pytest.mark.parametrize(
    ("words", "lines", "request_", "value"),
    [
        ("labour and parts: work out what the two make together", QUOTATION, "", 352.5),
        ("work out what the two make together, it gives no total", QUOTATION, "labour and parts on this quotation. work out what the two make together", 352.5),
        ("add both of them up", QUOTATION, "read me the labour and the parts, and add both of them up", 352.5),
        ("what do the sushi and the ramen come to together on here, i'm only paying for mine", KITCHEN, "", 21.7),
        ("add the ramen to the curry for me", KITCHEN, "", 20.5),
        ("what's the ramen, the sushi and the katsu altogether", KITCHEN, "", 32.7),
        ("how much dearer is the sushi than the ramen", KITCHEN, "", 2.7),
        ("what's the difference between the ramen and the curry", KITCHEN, "", 1.5),
        ("i've ninety put by for the gas. by this bill how much am i short", GAS, "", 52.16),
        ("how much more do i need, i've a hundred and twenty in the tin", GAS, "", 22.16),
        ("by this bill how much am i short", GAS, "we have 100 saved. by this bill how much am i short", 42.16),
        ("i have 150, what will i have over after this", GAS, "", 7.84),
        ("tell me my third", POWER, "three of us in the house, read it and tell me my third", 20.8),
        ("tell me what half of it is", POWER, "", 31.2),
        ("what would a quarter of that be", POWER, "", 15.6),
        ("and what's my share", POWER, "three of us live here, read the bill, and what's my share", 20.8),
        ("work out what we each owe", POWER, "there's four of us. work out what we each owe", 15.6),
        ("how many days will this box do me if i stick to what's on it", CAPSULES, "", 14),
        ("how long will these last me", CAPSULES, "", 14),
        ("how many weeks supply is in this box", CAPSULES, "", 2),
    ],
)  # fmt: skip
def test_a_sum_on_print_takes_the_amounts_that_are_meant(
    words: str, lines: tuple[str, ...], request_: str, value: float
) -> None:
    assert float(evaluate(_sum(words, lines, request_)).value) == pytest.approx(value)


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("what do the soup and the scone come to with ten percent off", CAFE),
        ("how much am i short", GAS),  # nobody said what is put by
        ("what's my share", POWER),  # nor among how many
    ],
)
def test_what_print_and_words_leave_open_is_not_worked_out(words: str, lines: tuple[str, ...]) -> None:
    assert not set(_sum(words, lines).split()) & {"plus", "minus", "divided", "split"}


@pytest.mark.parametrize(
    ("lines", "daily"),
    [
        (("56 tablets", "Take 2 tablets twice a day with food"), "4"),
        (("28 tablets", "ONE daily"), "1"),
        (("30 capsules", "Take ONE at night"), "1"),
        (("84 tablets", "Take ONE three times a day"), "3"),
        (("28 tablets", "Take ONE or TWO twice a day"), ""),
        (("28 tablets", "Take ONE twice a day", "No more than 4 in 24 hours"), ""),
        (("28 tablets", "Take ONE twice a day if needed"), ""),
        (("28 tablets", "Take 5 ml twice a day"), ""),
        (("28 tablets", "Take as directed"), ""),
        (("Take ONE twice a day",), ""),
    ],
)
def test_a_box_lasts_as_long_as_its_label_says_and_no_guess_is_made(lines: tuple[str, ...], daily: str) -> None:
    count = lines[0].split()[0]
    assert supply("how many days will this do me", lines) == (f"{count} divided by {daily}" if daily else "")
    assert supply("how long does it last if i take two a day", lines) == ""


@pytest.mark.parametrize(
    ("words", "amount"),
    [
        ("twelve percent off a washing machine that's three eighty nine", "389"),
        ("ten percent off the sofa at six fifty", "650"),
        ("ten percent off a coffee that's three eighty nine", "3.89"),
        ("half of two ninety nine", "2.99"),
    ],
)
def test_dear_goods_are_priced_in_hundreds(words: str, amount: str) -> None:
    filled = fill("calculate", words, Material(lambda texts: np.eye(len(texts), dtype=np.float32)))
    assert isinstance(filled, dict) and amount in str(filled["expression"]).split()[-1] + str(filled["expression"])
    assert (amount == "389" and "3.89" in str(filled["expression"])) is False


@pytest.mark.parametrize(
    ("words", "lines", "label"),
    [
        ("what do the sushi and the ramen come to", KITCHEN, "calculate"),
        ("how many days will this do me", CAPSULES, "calculate"),
        ("tell me what my half comes to", POWER, "calculate"),
        ("i've only got twenty on me, how much am i short for this", CAFE, "calculate"),
        ("what's on the menu, the sushi and the ramen", KITCHEN, "ask_text"),
        ("is the sushi dearer than the ramen", KITCHEN, "ask_text"),
        ("how much is the sushi", KITCHEN, "ask_text"),
        ("what does it all come to", KITCHEN, "ask_text"),
        ("how many capsules are in the box", CAPSULES, "ask_text"),
        ("how often do i take them", CAPSULES, "ask_text"),
    ],
)
def test_a_question_about_print_that_has_to_be_worked_out_is_a_sum(
    words: str, lines: tuple[str, ...], label: str
) -> None:
    material = Material(lambda texts: np.eye(len(texts), dtype=np.float32), Document(lines), request=words)
    assert as_sum(Intent("ask_text", Clause(words), 0.9), words, material).label == label
    assert as_sum(Intent("read_text", Clause(words), 0.9), words, material).label == "read_text"


@pytest.mark.parametrize(
    ("words", "shown", "label"),
    [
        ("what time's pick up", True, "ask_text"),
        ("what time is the curtain", True, "ask_text"),
        ("what time does it start", True, "ask_text"),
        ("what time do i have to be there", True, "ask_text"),
        ("what time is it", True, "tell_time"),
        ("what time's it now", True, "tell_time"),
        ("what time is it in perth", True, "tell_time"),
        ("what time's pick up", False, "tell_time"),
    ],
)
def test_a_time_of_something_in_the_picture_is_printed_there(words: str, shown: bool, label: str) -> None:
    assert of_print(Intent("tell_time", Clause(words), 0.9), shown).label == label

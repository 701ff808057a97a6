"""Sums that lean on what print comes to, fractions of a unit, words to be spelled or explained; and what is no sum, no setting."""

# ruff: noqa: E501 - a table reads better on one line

import numpy as np
import pytest

from assistant.phrases.arithmetic import evaluate
from assistant.phrases.told_amounts import amounts_in, plainly
from assistant.steps import looking, reckoning
from assistant.steps.arguments import fill
from assistant.steps.clause import Clause, plain
from assistant.steps.extraction import Document
from assistant.steps.halves import mended
from assistant.steps.planning import Intent
from assistant.steps.printed_asked import of_whole
from assistant.steps.printed_reading import read
from assistant.steps.slots import Filled, Material, Missing
from assistant.steps.slots_earlier import said_by
from assistant.steps.slots_units import quantity_and_unit
from tests.test_agent import encode as shipped_encode

BILL = ("Sparkline Energy", "Electricity January 2026", "Amount due 71.20", "Pay by 20 February 2026")
MEAL = ("Lotus Garden", "Set menu x 4 92.00", "Drinks 28.00", "Total 120.00")
SHOP = ("Corner Shop", "Bread 1.45", "Milk 1.30", "Beer 6.20", "Total 8.95")
CARD = ("County Libraries", "Member: P. Llewellyn", "Card 2208 4417", "Aberystwyth")
HINTS = {"read_text": -0.1}  # somebody has read the request whole
PLUS = {"plus": 0.9}


def _encode(texts):
    return np.eye(len(texts), 4, dtype=np.float32)


def _value(expression: str) -> float:
    return float(evaluate(expression).value)


def _filled(tool: str, words: str, **given) -> Filled:
    return fill(tool, words, Material(_encode, request=given.pop("request", words), **given))


def _steps(*pairs: tuple[str, str]) -> list[Intent]:
    return [Intent(label, Clause(words, HINTS), 0.8) for words, label in pairs]


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("add the gas, that was 58.75, to this total", 129.95),
        ("put last month's 40 pounds on top of it", 111.2),
        ("with last month's 23.40 on top", 94.6),
        ("plus the 12.50 i owe from last time, what does it come to", 83.7),
        ("what's it come to together with the 30 for parking", 101.2),
        ("i owe them 12.20 from before, stick that on this bill", 83.4),
        ("there's 8.40 to add to it for postage, what is it all in", 79.6),
        ("what's that a week, it's for thirteen weeks", 5.476923),
        ("it covers four weeks so how much a week is it", 17.8),
    ],
)
def test_what_print_comes_to_is_gone_on_with(words: str, value: float):
    assert _value(of_whole(words, BILL)) == pytest.approx(value, abs=1e-4)


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("four of us for the meal, bill's here, what's each person's share with ten percent on top", 33),
        ("six of us, ten percent service, how much a head", 22),
        ("split it between three with 12.5 percent tip", 45),
        ("me and two mates splitting this plus 10 percent", 44),
    ],
)
def test_a_share_counts_the_percentage_that_is_told_with_it(words: str, value: float):
    assert _value(of_whole(words, MEAL)) == pytest.approx(value)


@pytest.mark.parametrize(
    "words",
    [
        "ten percent on top",
        "there's two weeks till it's due",
        "how many weeks is it",
        "take five pounds off and add three to it",
        "plus the 28 for the drinks",  # which is in the total already
        "am i to leave these, or would one small sherry be permitted",
        "how many tablets is the most in one day",
    ],
)
def test_what_leaves_more_open_is_no_sum_of_that_kind(words: str):
    assert of_whole(words, MEAL) == ""


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("three items on the receipt, i only want the bread and the milk added up, the beer's not mine", 2.75),
        ("add up the bread and the milk but not the beer", 2.75),
        ("add up the milk and the beer together, i didn't want the bread", 7.5),
    ],
)
def test_what_is_not_to_count_is_left_out(words: str, value: float):
    assert _value(read(words, words, SHOP, "8.95", PLUS)) == pytest.approx(value)


def test_half_of_what_print_comes_to():
    for words in (
        "tell me half on it, our sandra's paying the other half",
        "what's half of that",
        "half the bill then",
    ):
        assert _value(read(words, words, MEAL, "120.00", {"share": 0.9})) == 60


def test_what_each_of_them_is_counts_for_every_one():
    for words in ("18 balls of wool and each is fifty gram", "six bags, each one weighs 25 kilo"):
        assert [one.per for one in amounts_in(plainly(words))][-1] == "each"
    filled = fill(
        "calculate", "i've 18 balls of wool and each is fifty gram, work out the lot", Material(shipped_encode)
    )
    assert not isinstance(filled, Missing) and _value(filled["expression"]) == 900


@pytest.mark.parametrize(
    ("words", "quantity", "unit"),
    [
        ("3/4 of an hour in seconds", "0.75 hour", "seconds"),
        ("three quarters of a mile in metres", "0.75 mile", "metres"),
        ("two thirds of a cup in mls", "0.6667 cup", "mls"),
        ("a third of a pint in mls", "0.3333 pint", "mls"),
        ("an eighth of a mile in metres", "0.125 mile", "metres"),
        ("1 3/4 cups in mls", "1.75 cups", "mls"),
        ("how many seconds in three quarters of an hour", "0.75 hour", "seconds"),
    ],
)
def test_a_fraction_of_a_unit_is_no_whole_one(words: str, quantity: str, unit: str):
    assert quantity_and_unit(words) == (quantity, unit)


def test_a_unit_that_is_put_right_is_the_one_that_counts():
    for again in ("no, ounces i meant.", "sorry, in ounces", "ounces i mean", "make that ounces"):
        found = mended(
            _steps(("400 grams of flour is how many cups roughly...", "convert_units"), (again, "convert_units"))
        )
        assert len(found) == 1 and quantity_and_unit(found[0].clause.words) == ("400 grams of flour", "ounces")


@pytest.mark.parametrize(
    ("first", "second", "left"),
    [
        (("what's the word after diagnosis", "define_word"), ("what does it mean", "define_word"), 0),
        (("choir is thursday at seven", "set_reminder"), ("beep me right then", "change_setting"), 0),
        (("dentist on monday at two", "set_reminder"), ("give me a ping when it's due", "change_setting"), 0),
        (("jar of summat, no idea.", "ask_text"), ("read it", "read_text"), 1),
        (("on this paper is a price for the taxi", "ask_text"), ("please read", "read_text"), 1),
        (("there's a letter here from the bank", "ask_text"), ("read it out", "read_text"), 1),
    ],
)
def test_what_only_tells_is_done_once(first: tuple[str, str], second: tuple[str, str], left: int):
    assert [one.label for one in mended(_steps(first, second))] == [(first, second)[left][1]]


def test_a_question_before_the_reading_stays():
    assert len(mended(_steps(("this is the gas bill, how much do i owe", "ask_text"), ("read it", "read_text")))) == 2


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("spell the town for me an all", "Aberystwyth"),
        ("spell me the town please, every letter", "Aberystwyth"),
    ],
)
def test_the_town_that_stands_alone_on_a_card_is_spelled(words: str, what: str):
    assert _filled("spell", words, document=Document(CARD)) == {"what": what}


@pytest.mark.parametrize(
    ("fact", "words", "what"),
    [
        (
            "my sister's address is 9 Quebec Street, Dereham",
            "spell me the street, i'm filling the envelope in",
            "Quebec Street",
        ),
        ("the wifi code is bramble", "how do i spell it, each letter like", "bramble"),
        ("the wifi code is bramble", "spell it all the letters please", "bramble"),
    ],
)
def test_what_was_recalled_is_spelled(fact: str, words: str, what: str):
    told = said_by("recall", f"You told me: {fact}", {"text": fact})
    assert told is not None
    assert _filled("spell", words, earlier=(told,), request=f"what was it, {words}") == {"what": what}


def test_the_word_in_quotes_is_the_one_to_explain():
    for words in ("what is this word 'deferred' in my letter", 'bonjour, what means "deferred" here please'):
        assert _filled("define_word", words) == {"word": "deferred"}
    assert _filled("define_word", "what's 'owt' when it's at home") == {"word": "owt"}


def test_the_place_is_found_in_what_was_told_before():
    told = "there's a little strip of print right down the bottom of this. get nearer to that bit"
    assert _filled("look_closer", "get nearer to that bit", request=told) == {"where": "bottom"}
    assert isinstance(_filled("look_closer", "get nearer to that bit"), Missing)


@pytest.mark.parametrize(
    "words",
    [
        "come in, come in, it's open, mind yourself on the step",
        "ah'm no very good at talkin tae these things, sorry",
        "sit yourself down, the kettle's only boiled",
        "mind the dog on your way out",
    ],
)
def test_no_setting_is_made_of_what_names_none(words: str):
    filled = fill("change_setting", words, Material(shipped_encode, request=words))
    assert isinstance(filled, Missing) and words[:12] not in filled.question


@pytest.mark.parametrize(
    "words",
    [
        "so fifty per cent of your loudness and no more",
        "the baby's asleep, so fifty percent of your sound at most",
        "50% of the volume, no more than that",
    ],
)
def test_a_share_of_the_loudness(words: str):
    filled = fill("change_setting", words, Material(shipped_encode, request=words))
    assert filled == {"setting": "volume", "value": "50 percent"}


def test_a_sum_on_nothing_is_asked_back():
    assert isinstance(_filled("calculate", "how old would that make her now"), Missing)


@pytest.mark.parametrize(
    ("words", "unheard"),
    [
        ("sorry, hoover was on", True),
        ("the kettle was boiling", True),
        ("a lorry went past", True),
        ("sorry love the telly was blaring", True),
        ("i had the tap running", True),
        ("couldn't hear you over the drill", True),
        ("the baby started crying", True),
        ("kettle's on", False),
        ("the hoover was on offer at the co-op", False),
        ("put the radio on", False),
    ],
)
def test_a_noise_that_drowned_the_answer(words: str, unheard: bool):
    assert bool(looking._UNHEARD.fullmatch(plain(words))) is unheard


def test_where_it_stands_is_looked_for():
    for words in (
        "tell me where on the sheet it stands",
        "whereabouts on this is the total",
        "where on the page is the date printed",
    ):
        step = Intent("ask_text", Clause(words, HINTS), 0.6)
        assert reckoning.of_print(step, shows_picture=True).label == "find_in_picture"
        assert reckoning.of_print(step, shows_picture=False).label == "ask_text"
    found = _filled(
        "find_in_picture",
        "tell me where on the sheet it stands",
        request="i'm looking for the total on this, tell me where on the sheet it stands",
    )
    assert found == {"thing": "total"}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("i've four visits, one stay each", "ask_text"), ("multiply it out", "calculate")),
        (("six of us at 12.50", "calculate"), ("work it out please", "calculate")),
        (
            ("i use 3.65 a day, so with what's left on this slip", "calculate"),
            ("how many days have i got", "tell_date"),
        ),
        (("i burn a bag a day and 2 scoops a day", "calculate"), ("how long have i got", "tell_date")),
    ],
)
def test_what_is_told_and_then_asked_for_is_one_sum(first: tuple[str, str], second: tuple[str, str]):
    assert [one.label for one in reckoning.with_told(_steps(first, second))] == ["calculate"]


def test_a_date_after_a_sum_stays_a_date():
    steps = _steps(("what's 12 times 4", "calculate"), ("how many days till christmas", "tell_date"))
    assert len(reckoning.with_told(steps)) == 2


@pytest.mark.parametrize(
    ("label", "words", "meant"),
    [
        ("compare_pictures", "what's the difference between last year's price and this", "ask_text"),
        ("compare_pictures", "how much dearer is the rent on the new one", "ask_text"),
        ("compare_pictures", "what's the difference between these two pictures", "compare_pictures"),
        ("convert_units", "how many litres of this would i want for thirty six square metres", "ask_text"),
        ("convert_units", "how many pints is three litres", "convert_units"),
    ],
)
def test_what_print_has_to_tell_is_read(label: str, words: str, meant: str):
    step = Intent(label, Clause(words, HINTS), 0.7)
    assert reckoning.of_print(step, shows_picture=True).label == meant
    assert reckoning.of_print(step, shows_picture=False).label == label


TABLETS = (
    "Pain relief tablets",
    "Paracetamol 500 mg",
    "Take 2 tablets every 4 to 6 hours",
    "No more than 8 tablets in 24 hours",
)


@pytest.mark.parametrize(
    "words",
    [
        "read how many tablet is maximum in one day",
        "how many of these can i have a day",
        "how much more can i take today",
        "am i to abstain with these, or would one small sherry be permitted",
        "what's the most i can take in a day, two or three times",
        "is it one or two each time",
    ],
)
def test_how_much_is_taken_is_read_and_not_reckoned(words: str):
    material = Material(shipped_encode, Document(TABLETS), request=words)
    step = Intent("ask_text", Clause(words, HINTS), 0.9)
    assert reckoning.as_sum(step, words, material).label == "ask_text"

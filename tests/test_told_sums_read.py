"""Sums told as a story, read by their amounts and by what the words want done with them."""

import pytest

from assistant.phrases.arithmetic import evaluate
from assistant.phrases.told_amounts import amounts_in, plainly
from assistant.phrases.told_reading import read
from assistant.phrases.units import convert
from assistant.steps.printed_reading import read as read_print
from assistant.steps.slots import Material, Missing
from assistant.steps.slots_sums import convert_units

TIMES, SHARE, LESS, PLUS, MEAN = ({name: 0.9} for name in ("times", "share", "less", "plus", "mean"))


def _value(expression: str) -> float | None:
    return float(evaluate(expression).value) if expression else None


@pytest.mark.parametrize(
    ("words", "operations", "value"),
    [
        ("my window man is 4.50 a go and he's come 3 times", TIMES, 13.5),
        ("i get seventeen an hour and did twelve and a half hours", TIMES, 212.5),
        ("nine tables, fourteen chairs at each", TIMES, 126),
        ("tram is 1.80 each way, there and back four days", TIMES, 14.4),
        ("225 grams of flour and i'm making two and a half times the amount", TIMES, 562.5),
        ("seven nineteens", {"none": 0.9}, 133),
        ("twenty four tins come for eighteen pounds, what each one cost me", SHARE, 0.75),
        ("car does 45 miles to the gallon and it was 270 miles, how many gallons", SHARE, 6),
        ("a book of twenty seven hours, an hour and a half a night, how many nights", SHARE, 18),
        ("a 2.4 metre plank into six equal bits", SHARE, 0.4),
        ("two litres of squash in 250 ml glasses, how many glasses", SHARE, 8),
        ("i've read 180 of 300 pages and do 24 a night, how many nights left", SHARE, 5),
        ("three nights at 84 and one at 110, halved between me and joan", SHARE, 181),
        ("gas is 1,176 dollars for the year then a month it's", SHARE, 98),
        ("238 miles in three and a half hours, what speed", SHARE, 68),
        ("half my fee of 960 goes to the firm", {}, 480),
        ("an eighth of 96 stitches", {}, 12),
        ("fees are 64,500 shillings and helb gave me 40,000. how much am i short", LESS, 24500),
        ("had 150, 38 went at the chemist and 61.50 on the shopping, what's left", LESS, 50.5),
        ("old phone was 34 a month and the new one's 19, over twelve months i'd save", LESS, 180),
        ("it's gone from minus four to fifteen, how much warmer", LESS, 19),
        ("milk 1.10, bread 1.40 and butter 2.20, the lot", PLUS, 4.7),
        ("sugars were 6.2, 7.1, 5.8 and 6.9, on average", MEAN, 6.5),
    ],
)
def test_a_story_is_read_by_its_amounts(words: str, operations: dict[str, float], value: float) -> None:
    assert _value(read(words, operations)) == pytest.approx(value)


@pytest.mark.parametrize(
    ("words", "operations"),
    [
        ("i clean for two ladies, seventeen an hour, twelve hours", TIMES),  # for each of them, or for both?
        ("a three kilo bag, i've used 600 grams, what's left", LESS),  # two units
        ("taxi there 12.50 and taxi home 11, the pair", LESS),  # nothing is taken off
        ("call me at 4:30 about the 12 chairs", TIMES),
        ("take two tablets every other day, 28 in the box", SHARE),
        ("we want fifty chairs and they have thirty", {"times": 0.4, "less": 0.3, "share": 0.3}),
        ("a word without numbers", SHARE),
    ],
)
def test_what_is_not_plain_is_not_worked_out(words: str, operations: dict[str, float]) -> None:
    assert read(words, operations) == ""


@pytest.mark.parametrize(
    ("words", "value", "unit", "per", "money"),
    [
        ("two seventy five pence", "2", "", "", False),
        ("$40 a week", "40", "", "week", True),
        ("45 miles to the gallon", "45", "mile", "gallon", False),
        ("14 chairs at each", "14", "chair", "each", False),
        ("8.60 per yard", "8.60", "", "yard", True),
        ("three dozen eggs", "36", "egg", "", False),
        ("12 pounds 40", "12.40", "", "", True),
    ],
)
def test_amounts_have_their_units(words: str, value: str, unit: str, per: str, money: bool) -> None:
    one = amounts_in(plainly(words))[0]
    assert (one.value, one.per, one.money) == (value, per, money) and one.unit in (unit, "seventy")


@pytest.mark.parametrize(
    ("words", "lines", "operations", "value"),
    [
        ("times the hourly rate by 37", ["Hourly rate 14.20"], TIMES, 525.4),
        ("two adults and one concession, what do we pay", ["Adult 18.00", "Concession 12.00"], TIMES, 48),
        ("both ways, five days, a week's total", ["One way 40.00", "Both ways 75.00"], TIMES, 375),
        ("what's that over the whole year", ["Your monthly payment is GBP 65.40"], TIMES, 784.8),
        ("eight coming, how much sugar", ["Serves 4", "175 g sugar"], TIMES, 350),
        ("i'm making double, how much flour", ["350 g flour", "2 eggs"], TIMES, 700),
        ("i've five pallets, how many boxes", ["Boxes per pallet: 48"], TIMES, 240),
        ("he comes once a month, so the year is", ["Visit 12.00"], TIMES, 144),
        ("what does it come to a bale, there's six bales", ["6 bales crossbred", "Net payment 2475.00"], SHARE, 412.5),
        ("me and the two lads split it three ways", ["Pie 9.50", "Total 22.50"], SHARE, 7.5),
        ("how many litres for 36 square metres", ["Covers 12 square metres per litre"], SHARE, 3),
        ("how many doses in this", ["Linctus 150 ml", "One dose is 5 ml"], SHARE, 30),
        ("she has three a day, how long will it last", ["48 pouches", "Chicken"], SHARE, 16),
        ("by the month, twelve months", ["Fee 174.50", "Renew by 31 January 2026"], SHARE, 14.5416),
        ("i gave him a fifty, what should i get back", ["Total due 31.60"], LESS, 18.4),
        ("what's left after i paid 150", ["Basmati 168.00", "Total 224.00"], LESS, 74),
        ("difference between the two a month", ["Saver 96.40 a month", "Flex 83.90 a month"], LESS, 12.5),
        ("how much more over a whole year", ["You pay now 21.50 a month", "From May 25.30 a month"], LESS, 45.6),
        ("add the first two", ["Wash 22.50", "Trim 14.00", "Perm 55.00"], PLUS, 36.5),
        ("frames and lenses added up", ["Frames 89.00", "Lenses 64.00"], PLUS, 153),
    ],
)
def test_a_sum_on_print_takes_its_amounts_by_their_roles(
    words: str, lines: list[str], operations: dict[str, float], value: float
) -> None:
    totals = [line.split()[-1] for line in lines if line.startswith("Total")]
    assert _value(read_print(words, words, lines, "".join(totals), operations)) == pytest.approx(value, abs=0.001)


@pytest.mark.parametrize(
    ("words", "lines", "operations"),
    [
        ("what's my change from a ten", ["Total 31.60"], LESS),  # a ten does not cover it
        ("how much for three", ["Pie 9.50", "Soup 4.00"], TIMES),  # of which?
        ("how much is it", ["Pie 9.50"], {"none": 0.95}),
        ("take two a day, how long, but skip sundays", ["56 tablets", "One twice a day"], SHARE),
    ],
)
def test_where_print_leaves_two_readings_none_is_taken(
    words: str, lines: list[str], operations: dict[str, float]
) -> None:
    assert read_print(words, words, lines, "31.60" if "31.60" in lines[0] else "", operations) == ""


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("he's eight pound eleven, what's that in kilos", 3.94),
        ("five foot four and a half, she needs that in centimetres", 164),
        ("my recipe's in celsius and this stove only talks fahrenheit, what's 190", 374),
        ("the book gives it in celsius, 190, only this stove talks nothing but fahrenheit", 374),
        ("it's 350 in here and i need celsius", 177),
        ("the drop measures two metres ten, what's that in feet and inches", 6.89),
        ("a metre eighty in feet", 5.91),
    ],
)
def test_quantities_are_converted_as_people_say_them(words: str, value: float) -> None:
    filled = convert_units(words, Material(encode=lambda texts: texts))
    assert not isinstance(filled, Missing)
    assert convert(filled["quantity"], filled["unit"]).data["value"] == pytest.approx(value, rel=0.002)

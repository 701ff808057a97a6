"""Sums in words, percentages, tips and splits; units; money in print."""

import ast
import re
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assistant.phrases.amounts import FoundAmount, find_amounts, total
from assistant.phrases.arithmetic import evaluate
from assistant.phrases.units import convert
from kernels.errors import UserError

BILL = FoundAmount(Decimal("36.50"), "$", "total", "TOTAL")

SUMS = {
    "15 percent of 48.20": "15 percent of 48.20 is 7.23.",
    "what's 15% of 48.20?": "15 percent of 48.20 is 7.23.",
    "a 20% tip on 36.50": "A 20% tip on 36.50 is 7.30; 43.80 in all.",
    "how much is 20 percent tip on 48 dollars and 50 cents": "A 20% tip on $48.50 is $9.70; $58.20 in all.",
    "split 120 four ways with a 20% tip": "A 20% tip on 120 is 24; 144 in all. Split 4 ways, 36 each.",
    "18 plus 24 times 2": "18 plus 24 times 2 is 66.",
    "18 + 24 × 2": "18 plus 24 times 2 is 66.",
    "split 96 by 4": "96 split 4 ways is 24 each.",
    "split 90 between 4 people": "90 split 4 ways is 22.50 each.",
    "100 divided by 7": "100 divided by 7 is about 14.2857.",
    "twenty three plus nineteen": "23 plus 19 is 42.",
    "what's two hundred and forty divided by six": "240 divided by 6 is 40.",
    "half of 90": "Half of 90 is 45.",
    "a third of 12": "A third of 12 is 4.",
    "square root of 81": "The square root of 81 is 9.",
    "subtract 3 from ten": "10 minus 3 is 7.",
    "add 3, 4 and 5": "3 plus 4 plus 5 is 12.",
    "50 plus 10%": "50 plus 10 percent is 55.",
    "20% off 50": "20 percent off 50 is 40.",
    "12 is what percent of 48": "12 is 25 percent of 48.",
    "what percentage of 48 is 12": "12 is 25 percent of 48.",
    "2 * -3": "2 times minus 3 is minus 6.",
    "0.1+0.2": "0.1 plus 0.2 is 0.3.",
    "20 minus 13.40": "20 minus 13.40 is 6.60.",
    "1.25 plus 2.5": "1.25 plus 2.5 is 3.75.",
    "3 apples plus 4 apples": "3 plus 4 is 7.",
    "one million times one million": "1,000,000 times 1,000,000 is 1,000,000,000,000.",
}
VALUES = {
    "2 to the power of 10": 1024,
    "7 squared": 49,
    "what is the square of 12": 144,
    "how many times does 6 go into 42": 7,
    "25 times 4 minus 10 percent": 90,
    "3 at 4.50 each plus 2 at 6": Decimal("25.5"),
    "a hundred and twenty divided by three": 40,
    "5 factorial": 120,
    "remainder of 17 divided by 5": 2,
    "double 15": 30,
    "the average of 3, 4 and 8": 5,
    "2 ^ 3 ^ 2": 512,
    "-2 ^ 2": -4,
    "100 - 7 - 3": 90,
    "(2+3)*4": 20,
    "3 hundred plus 2": 302,
    "1.5 million divided by 3": 500_000,
    "increase 80 by 15%": 92,
    "reduce 80 by 15 percent": 68,
    "three quarters of 60": 45,
    "6x7": 42,
    "12 eggs at 30 each": 360,
    "multiply 12 by 12": 144,
    "1,234 + 1": 1235,
    "cube root of 27": 3,
    "5 - -3": 8,
    "minus 3 plus 10": 7,
    "10 mod 3": 1,
    "15% of 200 plus 5": 35,
    "8 over 2": 4,
}


@pytest.mark.parametrize(("words", "said"), SUMS.items())
def test_sums_are_worked_out_and_said(words: str, said: str) -> None:
    assert evaluate(words).text == said


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("add 20% to 45", "54"),
        ("put 20 percent on 45", "54"),
        ("10 percent less than 60", "54"),
        ("200 reduced by 15 percent", "170"),
        ("200 increased by 15 percent", "230"),
        ("15 less than 40", "25"),
        ("6 more than 9", "15"),
        ("7 into 91", "13"),
        ("250 shared by 5", "50"),
        ("4 packs of 6", "24"),
        ("what's left if I spend 12.50 out of 20", "7.5"),
        ("how much change from 20 for 13.45", "6.55"),
        ("the sum of 12, 15 and 9", "36"),
        ("60 divided equally between 4 of us", "15"),
    ],
)
def test_everyday_words_for_sums(words: str, value: str) -> None:
    assert evaluate(words).value == Decimal(value)


@pytest.mark.parametrize(("words", "value"), VALUES.items())
def test_values(words: str, value: int | Decimal) -> None:
    assert evaluate(words).value == value


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("20 percent tip on it", "A 20% tip on $36.50 is $7.30; $43.80 in all."),
        ("20% tip on the total", "A 20% tip on $36.50 is $7.30; $43.80 in all."),
        ("a twenty percent tip on this bill", "A 20% tip on $36.50 is $7.30; $43.80 in all."),
        ("20 percent tip", "A 20% tip on $36.50 is $7.30; $43.80 in all."),
        ("split it three ways", "$36.50 split 3 ways is about $12.17 each."),
        ("half of that", "Half of 36.50 is $18.25."),
    ],
)
def test_it_is_the_bill_that_was_read(words: str, said: str) -> None:
    assert evaluate(words, lambda: BILL).text == said
    with pytest.raises(UserError, match="which amount"):
        evaluate(words, lambda: None)


def test_it_is_a_number_of_the_same_sentence_when_there_is_one() -> None:
    assert evaluate("the meal was 60 so what is a 10 percent tip on it", lambda: BILL).value == 6


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("1/0", "divided by zero"),
        ("5 mod 0", "divided by zero"),
        ("split 10 by 0", "divided by zero"),
        ("0 ^ -1", "raised"),
        ("2^1000", "too big"),
        ("9^9^9^9^9", "too big"),
        ("99999! ", "too big"),
        ("1" * 70, "too big"),
        ("square root of -4", "square root"),
        ("hello", "no numbers"),
        ("", "no numbers"),
        ("5 6", "what to do between"),
        ("(2+3", "bracket"),
        ("2 +", "missing"),
        ("__import__('os').system('ls')", "no numbers"),
        ("tip on 40", "how much to tip"),
        ("(" * 200 + "1" + ")" * 200, "brackets"),
        ("1+" * 600, "too long"),
        ("x" * 2000, "too long"),
    ],
)
def test_what_is_no_sum_is_said_plainly(words: str, said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        evaluate(words)
    assert caught.value.remedy


@given(
    st.recursive(
        st.integers(0, 999).map(str),
        lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(
            lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
        ),
        max_leaves=8,
    )
)
@example("(0 / (1 / 3))")
@settings(max_examples=60, deadline=None)
def test_signs_mean_what_they_mean_to_fractions(infix: str) -> None:
    def exact(node: ast.expr) -> Fraction:
        if isinstance(node, ast.Constant):
            return Fraction(node.value)
        assert isinstance(node, ast.BinOp)
        left, right = exact(node.left), exact(node.right)
        name = type(node.op).__name__
        return {"Add": left + right, "Sub": left - right, "Mult": left * right}.get(name) or (
            left / right if name == "Div" else Fraction(0)
        )

    tree = ast.parse(re.sub(r"\b0+(?=\d)", "", infix), mode="eval").body
    try:
        expected = exact(tree)
    except ZeroDivisionError:
        with pytest.raises(UserError):
            evaluate(infix)
        return
    value = Fraction(evaluate(infix).value)
    assert abs(value - expected) <= abs(expected) * Fraction(1, 10**30) + Fraction(1, 10**40)


@given(
    st.text(max_size=80)
    | st.lists(
        st.sampled_from(
            [
                "1",
                "2.5",
                "0",
                "%",
                "percent",
                "of",
                "off",
                "tip",
                "split",
                "it",
                "by",
                "between",
                "+",
                "-",
                "*",
                "/",
                "^",
                "(",
                ")",
                "!",
                "sqrt",
                "half",
                "twice",
                "square",
                "root",
                "and",
                "plus",
                "9999999",
                "ways",
                "is",
                "what",
                ".",
                ",",
                "£3",
                "²",
                "five",
                "hundred",
            ]
        ),
        max_size=12,
    ).map(" ".join)
)
@settings(max_examples=150, deadline=None)
def test_no_words_break_it(words: str) -> None:
    try:
        assert evaluate(words, lambda: BILL).value.is_finite()
    except UserError as error:
        assert error.text and error.remedy


@pytest.mark.parametrize(
    ("quantity", "unit", "said"),
    [
        ("3 cups", "millilitres", "3 cups is about 710 millilitres."),
        ("180 degrees celsius", "fahrenheit", "180 degrees Celsius is 356 degrees Fahrenheit."),
        ("350 degrees", "celsius", "350 degrees Fahrenheit is about 177 degrees Celsius."),
        ("-40 degrees fahrenheit", "celsius", "minus 40 degrees Fahrenheit is minus 40 degrees Celsius."),
        ("gas mark four", "fahrenheit", "Gas mark 4 is 356 degrees Fahrenheit."),
        ("5 feet 11 inches", "centimetres", "5 feet 11 inches is about 180 centimetres."),
        ("6 ft 2", "cm", "6 feet 2 inches is about 188 centimetres."),
        ("180 cm", "feet", "180 centimetres is about 5.91 feet, that is 5 feet 11 inches."),
        ("half a cup", "tablespoons", "0.5 cups is 8 tablespoons."),
        ("1 1/2 cups", "ml", "1.5 cups is about 355 millilitres."),
        ("a tablespoon", "teaspoons", "1 tablespoon is 3 teaspoons."),
        ("8 ounces", "grams", "8 ounces is about 227 grams."),
        ("8 ounces", "ml", "8 ounces is about 237 millilitres."),
        ("2 cups of flour", "grams", "2 cups of flour is about 240 grams."),
        ("10 miles", "kilometres", "10 miles is about 16.09 kilometres."),
        ("1 UK pint", "ml", "1 UK pint is about 568 millilitres."),
        ("3 furlongs", "metres", "3 furlongs is about 604 metres."),
        ("3 cups in millilitres", "", "3 cups is about 710 millilitres."),
    ],
)
def test_units(quantity: str, unit: str, said: str) -> None:
    assert convert(quantity, unit).text == said


@pytest.mark.parametrize(
    ("quantity", "unit", "said"),
    [
        ("20 dollars", "euros", "money"),
        ("3 flurbs", "ml", "don't know the unit 'flurbs'"),
        ("3 cups", "hours", "different things"),
        ("cups", "ml", "no number"),
        ("2 cups", "grams", "depends on what it is"),
        ("1/0 cup", "ml", "zero"),
        ("gas mark 40", "celsius", "no gas mark"),
        ("9" * 40 + " m", "km", "too long"),
        ("5 feet 3 kilos", "cm", "go together"),
        ("5", "metres", "which unit"),
        ("", "", "no number|which unit"),
    ],
)
def test_what_cannot_be_converted_is_said_plainly(quantity: str, unit: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        convert(quantity, unit)


@given(st.text(max_size=40), st.text(max_size=20))
@settings(max_examples=100, deadline=None)
def test_no_words_break_the_conversion(quantity: str, unit: str) -> None:
    try:
        convert(quantity, unit)
    except UserError as error:
        assert error.text and error.remedy


@pytest.mark.parametrize(
    ("text", "value", "sign"),
    [
        ("THE HARBOUR CAFE\nFish and chips 12.50\nSoup 6.00\nTea 2.50\nTOTAL 21.00\nThank you", "21.00", ""),
        ("Subtotal $40.00\nTax 3.30\nTotal $43.30\nVISA 43.30", "43.30", "$"),
        ("Sub-total 10.00\nVAT 20% 2.00\nAmount due: £12.00", "12.00", "£"),
        ("Total\n36.50", "36.50", ""),
        ("TOTAL:36,50", "36.50", ""),
        ("Zwischensumme 1.234,50\nSumme 1.500,00 €", "1500.00", "€"),
        ("Table 12\n3 guests\nTotal 54", "54", ""),
        ("t0tal $1,234.56", "1234.56", "$"),
        ("Total Due 20.00\nCash 50.00\nChange 30.00", "20.00", ""),
        ("Coffee 3.50", "3.50", ""),
    ],
)
def test_the_total_of_a_bill(text: str, value: str, sign: str) -> None:
    found = total(text)
    assert found is not None and (found.value, found.sign) == (Decimal(value), sign)


@pytest.mark.parametrize("text", ["", "Phone 555 0199", "12.50\n3.50", "Tuesday 8 December 2026 at 10:30", "500 mg"])
def test_no_total_is_better_than_a_guess(text: str) -> None:
    assert total(text) is None


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_the_search_for_amounts(text: str) -> None:
    assert all(one.value.is_finite() for one in find_amounts(text))


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("what's seven times eight and then double it", "112"),
        ("two fivers and three tenners what's that", "40"),
        ("nine cans of beans at 0.85 each how much is that", "7.65"),
        ("12.50 an hour so what do i get for twenty hours", "250"),
        ("me and two friends owe 48 what's that each", "16"),
        ("it's 4 each and there's nine of us so what's that", "36"),
        ("i owe her 50 and i've paid 12.25 how much is still owing", "37.75"),
        ("two at 3.99 and one at 8.50, what's that, then take it off twenty", "3.52"),
        ("120 split between four", "30"),
    ],
)
def test_sums_as_they_come_up_in_a_day(words: str, value: str) -> None:
    assert evaluate(words).value == Decimal(value)

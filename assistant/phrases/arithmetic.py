"""Sums said in words or signs, worked out exactly. A small parser of our own: nothing that is typed is ever run as
code."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal, DecimalException, localcontext
from typing import Any

from assistant.phrases.amounts import FoundAmount
from assistant.phrases.arithmetic_words import clean, to_infix
from assistant.phrases.everyday_sums import as_plain_sum
from assistant.phrases.expression import EXAMPLE, PRECISE, divide, tokens_of, value_of
from assistant.phrases.wording import say_number
from kernels.errors import UserError

LONGEST = 1000  # characters of a sum


@dataclass(frozen=True)
class Sum:
    """A worked-out sum: `text` says sum and result, `value` is exact where it can be, `more` adds the rest."""

    text: str
    value: Decimal
    more: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def evaluate(expression: str, total: Callable[[], FoundAmount | None] = lambda: None) -> Sum:
    """Work out a sum in words or signs.

    Args:
        expression: such as "15 percent of 48.20", "a 20% tip on 36.50", "split 96 by 4", "18 plus 24 times 2".
        total: what "it", "that" and "the total" mean, asked only if the sum says so.

    Raises:
        UserError: not a sum, a division by zero, or too big.
    """
    if len(expression) > LONGEST:
        raise UserError("That sum is too long for me.", "Say a shorter one, or one step at a time.")
    words, sign = _fill_in(as_plain_sum(clean(expression)), total)
    sign = sign or _sign(expression)
    try:
        with localcontext(PRECISE):
            return _tip(words, sign) or _split(words, sign) or _share(words) or _plain(words, sign)
    except (DecimalException, OverflowError, RecursionError):
        raise UserError("That sum has no answer that I can work out.", EXAMPLE) from None


_POINTER = re.compile(
    r"\b(?:the (?!sum of)(?:grand )?(?:total|bill|check|cheque|receipt|amount|answer|result|price|sum)|"
    r"(?:this|that)(?: bill| total| receipt)?|"
    r"it|them)\b(?!'s| (?:is|comes|was))"
)
_NUMBER = r"-?\d+(?:\.\d+)?"


def _fill_in(words: str, total: Callable[[], FoundAmount | None]) -> tuple[str, str]:
    """Put the number that "it" or "the total" stands for in its place; the number and its currency sign."""
    pointer = _POINTER.search(words)
    open_tip = re.search(r"\btip\b", words) and not re.search(rf"{_NUMBER}(?!\s*%|\d|\.\d)", words)
    if not pointer and not open_tip:
        return words, ""
    before = [
        match[1] for match in re.finditer(rf"({_NUMBER})(?!\s*%|\d|\.\d)", words[: pointer.start() if pointer else 0])
    ]
    sign = ""
    if before:
        value = before[-1]
    else:
        known = total()
        if known is None:
            raise UserError("I don't know which amount you mean.", "Say the amount, or show me the bill.")
        value, sign = f"{known.value:f}", known.sign
    if pointer:
        return words[: pointer.start()] + value + words[pointer.end() :], sign
    return f"{words} on {value}", sign


def _sign(expression: str) -> str:
    for sign, words in (("$", r"\$|\bdollars?\b"), ("£", r"£|\bpounds?\b|\bquid\b"), ("€", r"€|\beuros?\b")):
        if re.search(words, expression, re.I):
            return sign
    return ""


def _tip(words: str, sign: str) -> Sum | None:
    """A tip: how much it is, and what it makes in all; shared out when the words say between how many."""
    if not re.search(r"\b(?:tip|gratuity|service)\b", words):
        return None
    percent = re.search(rf"({_NUMBER})\s*%", words)
    rest = words[: percent.start()] + " " + words[percent.end() :] if percent else words
    ways = re.search(rf"(?:between|among|by|into)\s+({_NUMBER})|({_NUMBER}) (?:ways|people|of us)", rest)
    rest = rest.replace(ways[0], " ") if ways else rest
    bill = re.findall(_NUMBER, rest)
    if not percent and len(bill) == 2 and re.search(rf"{bill[0]} tip|tip of {bill[0]}", rest):
        percent_value, bill = Decimal(bill[0]), bill[1:]  # "a 20 tip on 36.50"
    elif percent:
        percent_value = Decimal(percent[1])
    else:
        raise UserError("You did not say how much to tip.", "Say it like: 20 percent tip on 36.50.")
    if not bill:
        raise UserError("You did not say what to tip on.", "Say it like: 20 percent tip on 36.50.")
    amount = value_of(to_infix(rest.split(" on ", 1)[1])) if " on " in rest and len(bill) > 1 else Decimal(bill[-1])
    tip = amount * percent_value / 100
    text = f"A {say_number(percent_value)}% tip on {_money(amount, sign)} is {_money(tip, sign)};"
    text += f" {_money(amount + tip, sign)} in all."
    data = {"tip": str(_cents(tip)), "total": str(_cents(amount + tip)), "sign": sign}
    if ways:
        count = Decimal(ways[1] or ways[2])
        each = divide(amount + tip, count)
        return Sum(f"{text} Split {say_number(count)} ways, {_money(each, sign)} each.", _cents(each), data=data)
    return Sum(text, _cents(tip), data=data)


def _split(words: str, sign: str) -> Sum | None:
    found = re.search(
        rf"\b(?:split|share|divide|divided) (?:up )?(?:by |between |among |of |into )?(.*?\d.*?) ?\b"
        rf"(?:by|between|among|into|over|in|with)? ?"
        rf"({_NUMBER}) ?(ways|people|persons|friends|of us|parts|$)",
        words,
    ) or re.search(
        rf"()({_NUMBER}) (?:split|shared|divided) (?:between|among|by|in|into)? ?({_NUMBER}) ?"
        r"(ways|people|persons|friends|of us|parts|$)",
        words,
    )
    if not found or not re.search(r"\b(?:split|share|shared)\b|\bways\b|people|between|among", words):
        return None
    if found.re.groups == 4:
        amount, count = Decimal(found[2]), Decimal(found[3])
    else:
        amount, count = value_of(to_infix(found[1])), Decimal(found[2])
    each = divide(amount, count)
    cents = bool(sign) or each != each.to_integral_value()
    said = _money(each, sign) if cents else say_number(each)
    about = "about " if cents and _cents(each) != each else ""
    whole = _money(amount, sign) if sign else say_number(amount)
    return Sum(
        f"{whole} split {say_number(count)} ways is {about}{said} each.",
        _cents(each) if cents else each,
        data={"sign": sign},
    )


def _share(words: str) -> Sum | None:
    """What percentage one number is of another."""
    n = rf"({_NUMBER})"
    for pattern, part, whole in (
        (rf"{n} (?:is )?(?:what|which|how many) ?(?:%|percent\w*) (?:of )?{n}", 1, 2),
        (rf"(?:what|which|how many) (?:%|percent\w*) (?:of )?{n} (?:is|are) {n}", 2, 1),
        (rf"(?:what|which|how many) (?:%|percent\w*) (?:is|are) {n} (?:of|out of) {n}", 1, 2),
        (
            rf"{n} (?:out of|of|as an? percent\w* of|as an? % of) {n}(?: as an? percent\w*| in percent| as an? %)?$",
            1,
            2,
        ),
    ):
        found = re.search(pattern, words)
        if found and ("%" in words or "percent" in words):
            value = divide(Decimal(found[part]) * 100, Decimal(found[whole]))
            said = f"{_said(value, 2)} percent"
            return Sum(f"{say_number(Decimal(found[part]))} is {said} of {say_number(Decimal(found[whole]))}.", value)
    return None


def _plain(words: str, sign: str) -> Sum:
    infix = to_infix(words)
    value = value_of(infix)
    if len(tokens_of(infix)) == 1 and len(re.findall(r"[a-z]{2,}", _BESIDE_ONE.sub(" ", words))) > 1:
        raise UserError(f"I heard only one number, {_said(value)}.", EXAMPLE)  # "38 is 38" answers nothing
    echo = _echo(infix)
    cents = (sign or _in_cents(infix)) and _cents(value) != value.to_integral_value()
    said = _money(value, sign) if cents else _said(value)
    if not cents and _shares_cents(infix) and value != value.to_integral_value():  # nobody pays a part of a penny
        said = f"{'about ' if _cents(value) != value else ''}{_money(value, sign)}"
    if sign and said[0].isdigit():
        said = f"{sign}{said}"
    return Sum(f"{echo} is {said}.", value, data={"sign": sign} if sign else {})


_BESIDE_ONE = re.compile(r"\b(?:what|how|much|is|are|the|total|sum|answer|equals?|please|of|and|it)\b")


def _shares_cents(infix: str) -> bool:
    """Whether a part is taken of an amount with cents: "half of 79.45", "79.45 / 3"."""
    tokens = tokens_of(infix)
    decimals = [
        number.partition(".")[2] for number in tokens if "." in number and number not in ("0.5", "0.25", "0.75")
    ]
    return bool(decimals) and all(len(places) == 2 for places in decimals) and bool({"/", "of", "*"} & set(tokens))


def _in_cents(infix: str) -> bool:
    """Whether a sum or difference speaks of money: "20 - 13.40" has cents, and so has its result, 6.60."""
    tokens = tokens_of(infix)
    decimals = [number.partition(".")[2] for number in tokens if "." in number]
    simple = all(mark in "+-()" or mark[-1].isdigit() for mark in tokens)
    return simple and bool(decimals) and all(len(places) == 2 for places in decimals)


# how the result is said


def _cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), "ROUND_HALF_UP")


def _money(value: Decimal, sign: str) -> str:
    minus, cents = "minus " * (value < 0), _cents(abs(value))
    return f"{minus}{sign}{cents:,.2f}" if sign or cents != cents.to_integral_value() else f"{minus}{cents:,.0f}"


def _said(value: Decimal, places: int = 4) -> str:
    """The value; "about" where decimals had to be left out, a power of ten where digits would fill a minute."""
    if value and not -12 < value.adjusted() < 15:
        rounded = +Context(prec=5).plus(value)
        return f"about {say_number(rounded.scaleb(-rounded.adjusted()))} times 10 to the power of {rounded.adjusted()}"
    said = say_number(value, places)
    exact = Decimal(said.replace(",", "")) == value
    return f"{'' if exact else 'about '}{said}".replace("-", "minus ")


_SPOKEN = {
    "+": "plus", "-": "minus", "*": "times", "/": "divided by", "^": "to the power of", "mod": "modulo", "%": "percent",
    "!": "factorial", "of": "of", "off": "off", "sqrt": "the square root of", "cbrt": "the cube root of",
    "(": "(", ")": ")",
}  # fmt: skip


_FRACTIONS = (("1", "3", "a third"), ("2", "3", "two thirds"), ("2", "5", "two fifths"), ("3", "5", "three fifths"))


def _echo(infix: str) -> str:
    """The sum as it was understood, so that a number misheard is noticed."""
    words = " ".join(_SPOKEN.get(token) or _grouped(token) for token in tokens_of(infix)[:40])
    for over, under, said in _FRACTIONS:
        words = words.replace(f"( {over} divided by {under} ) of ", f"{said} of ")
    words = re.sub(r"\( (-?[\d,.]+) \)", r"\1", words).replace("( ", "(").replace(" )", ")")
    words = re.sub(r"^\(([^()]*)\)$", r"\1", words)
    for factor, said in (
        ("0.5", "half"),
        ("0.25", "a quarter"),
        ("0.75", "three quarters"),
        ("2", "twice"),
        ("3", "three times"),
    ):
        words = re.sub(
            rf"(?<![\d.,])(?<!percent ){re.escape(factor)} of ", f"{said} of " if "." in factor else f"{said} ", words
        )
    return words[0].upper() + words[1:]


def _grouped(token: str) -> str:
    whole, point, decimals = token.partition(".")
    return f"{int(whole or 0):,}{point}{decimals}"

"""The parser of sums: numbers and signs -> an exact value, by precedence climbing. Nothing is ever run as code."""

import re
from dataclasses import dataclass
from decimal import Context, Decimal

from kernels.errors import UserError

DEEPEST = 50  # brackets within brackets
BIGGEST = 60  # digits before the point
PRECISE = Context(prec=BIGGEST + 20)
EXAMPLE = "Say it like: 15 percent of 48.20, or: 18 plus 24 times 2."

_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?|\.\d+)|(sqrt|cbrt|off|of|mod|[-+*/^()%!,]))")
_POWER = {"+": 1, "-": 1, "*": 2, "/": 2, "mod": 2, "off": 3, "of": 3, "^": 5}


@dataclass
class _Reader:
    tokens: list[str]
    place: int = 0
    depth: int = 0

    def peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self) -> str:
        sign = self.peek()
        self.place += 1
        return sign


def value_of(infix: str) -> Decimal:
    """The value of a sum in signs, such as "0.5 of 90" or "50 + 10 %".

    Raises:
        UserError: not a sum, a division by zero, or too big.
    """
    reader = _Reader(tokens_of(infix))
    value, percent = _climb(reader, 0)
    if reader.peek():
        before = reader.tokens[reader.place - 1] if reader.place else ""
        raise UserError(f"I don't know what to do between {before} and {reader.peek()}.", EXAMPLE)
    return value / 100 if percent else value


def tokens_of(infix: str) -> list[str]:
    """The numbers and signs of a sum, in order."""
    tokens, place = [], 0
    infix = infix.strip()
    while place < len(infix):
        found = _TOKEN.match(infix, place)
        if not found:
            raise UserError(f"I did not understand '{infix[place : place + 40].strip()}' in that sum.", EXAMPLE)
        tokens.append(found[1] or found[2])
        place = found.end()
    if not any(sign[0].isdigit() or sign[0] == "." for sign in tokens):
        raise UserError("I heard no numbers in that sum.", EXAMPLE)
    return tokens


def _climb(reader: _Reader, strength: int) -> tuple[Decimal, bool]:
    """A value, and whether it is a bare percentage (so that 50 + 10% is 55, and 10% of 50 is 5)."""
    reader.depth += 1
    if reader.depth > DEEPEST * 2:
        raise UserError("That sum has too many brackets.", "Say it in steps.")
    left, percent = _first(reader)
    while (operator := reader.peek()) in _POWER and _POWER[operator] > strength:
        reader.take()
        level = _POWER[operator]
        right, right_percent = _climb(reader, level - (operator in ("^", "of")))
        left, percent = _apply(operator, left, percent, right, right_percent)
    reader.depth -= 1
    return left, percent


def _first(reader: _Reader) -> tuple[Decimal, bool]:
    sign = reader.take()
    if sign in ("-", "+"):
        value, percent = _climb(reader, 4)
        return (-value if sign == "-" else value), percent
    if sign in ("sqrt", "cbrt"):
        value, _ = _climb(reader, 4)
        return _root(value, sign), False
    if sign == "(":
        value, percent = _climb(reader, 0)
        if reader.take() != ")":
            raise UserError("A bracket is not closed in that sum.", EXAMPLE)
    elif sign and (sign[0].isdigit() or sign[0] == "."):
        value, percent = _sized(Decimal(sign)), False
    else:
        raise UserError("A number is missing in that sum.", EXAMPLE)
    while reader.peek() in ("%", "!"):
        percent = reader.take() == "%"
        value = value if percent else _factorial(value)
    return value, percent


def _apply(operator: str, left: Decimal, percent: bool, right: Decimal, right_percent: bool) -> tuple[Decimal, bool]:
    if operator in ("+", "-") and right_percent:
        if percent:
            return (left + right if operator == "+" else left - right), True
        return _sized(left * (100 + right if operator == "+" else 100 - right) / 100), False
    if operator == "off":
        return _sized(right * (100 - left) / 100 if percent else right - left), right_percent
    left, right = (left / 100 if percent else left), (right / 100 if right_percent else right)
    if operator == "/":
        return divide(left, right), False
    if operator == "mod":
        divide(left, right)
        return left - right * (left / right).to_integral_value("ROUND_FLOOR"), False
    if operator == "^":
        return _raise(left, right), False
    return _sized({"+": left + right, "-": left - right}.get(operator, left * right)), False


def divide(left: Decimal, right: Decimal) -> Decimal:
    """The quotient; a UserError for a division by zero."""
    if right == 0:
        raise UserError("Nothing can be divided by zero.", "Check the numbers and say the sum again.")
    return _sized(left / right)


def _raise(base: Decimal, exponent: Decimal) -> Decimal:
    if base == 0 and exponent <= 0:
        raise UserError("Zero can't be raised to that power.", "Check the numbers and say the sum again.")
    if base < 0 and exponent != exponent.to_integral_value():
        raise UserError(
            "A root of a negative number is not a number I can say.", "Check the numbers and say the sum again."
        )
    if base and abs(exponent) * max(abs(base.log10() if base > 0 else (-base).log10()), Decimal("0.0001")) > BIGGEST:
        raise _too_big()
    return _sized(base**exponent)


def _root(value: Decimal, kind: str) -> Decimal:
    if kind == "sqrt" and value < 0:
        raise UserError("A negative number has no square root I can say.", "Check the numbers and say the sum again.")
    if kind == "sqrt":
        return value.sqrt()
    root = abs(value) ** (Decimal(1) / 3) if value else Decimal(0)
    whole = root.to_integral_value()
    root = whole if whole**3 == abs(value) else root
    return root if value >= 0 else -root


def _factorial(value: Decimal) -> Decimal:
    if value != value.to_integral_value() or value < 0:
        raise UserError("Only whole numbers have a factorial.", "Check the number and say the sum again.")
    if value > 40:
        raise _too_big()
    result = Decimal(1)
    for factor in range(2, int(value) + 1):
        result *= factor
    return result


def _sized(value: Decimal) -> Decimal:
    if not value:
        return Decimal(0)  # nothing divided by a fraction is 0E+49, which looks big by its exponent alone
    if not value.is_finite() or value.adjusted() > BIGGEST:
        raise _too_big()
    return value


def _too_big() -> UserError:
    return UserError("That comes to a number too big for me to say.", "Try smaller numbers.")

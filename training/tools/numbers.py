"""Numbers as they are said, and as a recogniser writes them."""

import random

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def in_words(number: int) -> str:
    """0 to 999,999 in British words: "two hundred and forty"."""
    if number < 20:
        return _ONES[number]
    if number < 100:
        return _TENS[number // 10] + (f" {_ONES[number % 10]}" if number % 10 else "")
    if number < 1000:
        more = f" and {in_words(number % 100)}" if number % 100 else ""
        return f"{_ONES[number // 100]} hundred{more}"
    rest = number % 1000
    return f"{in_words(number // 1000)} thousand" + (f"{' and' * (rest < 100)} {in_words(rest)}" if rest else "")


def say_number(number: int, rng: random.Random) -> str:
    """In words or digits, small ones more often in words."""
    return in_words(number) if rng.random() < (0.65 if number <= 20 else 0.4) else str(number)

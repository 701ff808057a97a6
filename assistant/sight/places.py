"""Where in a picture: a point to words a person uses, and such words to a region. x and y run from 0 to 1."""

import math
import re

_COLUMNS = ("left", "", "right")
_ROWS = ("top", "", "bottom")
_HOURS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
          "eleven": 11, "twelve": 12}  # fmt: skip
_WHOLE = ("whole", "all", "everywhere", "overall", "entire", "picture")

Region = tuple[float, float, float, float]  # left, top, right, bottom


def say_place(x: float, y: float) -> str:
    """ "at the top left", "in the centre", "on the right" ..."""
    column, row = _COLUMNS[min(2, int(x * 3))], _ROWS[min(2, int(y * 3))]
    if row:
        return f"at the {row} {column}".rstrip()
    return f"on the {column}" if column else "in the centre"


def clock_hour(x: float, y: float) -> int | None:
    """The hour at which a point lies, seen from the picture's centre; None close to the centre."""
    dx, dy = x - 0.5, y - 0.5
    if math.hypot(dx, dy) < 0.12:
        return None
    return round(math.degrees(math.atan2(dx, -dy)) / 30) % 12 or 12


def find_region(words: str) -> tuple[Region, str] | None:
    """The region that words name ("top left", "centre", "3 o'clock", "the whole picture") and how to say it.

    Returns:
        The region and its spoken place, or None when the words name no place.
    """
    text = words.lower().replace("-", " ")
    hour = _hour(text)
    if hour is not None:
        turn = math.radians(hour * 30)
        x, y = 0.5 + 0.33 * math.sin(turn), 0.5 - 0.33 * math.cos(turn)
        return _around(x, y), f"at {hour} o'clock"
    if any(word in text for word in _WHOLE):
        return (0.0, 0.0, 1.0, 1.0), "over the whole picture"
    row = (
        0
        if re.search(r"\b(top|upper|above|up)\b", text)
        else 2
        if re.search(r"\b(bottom|lower|below|down)\b", text)
        else 1
    )
    column = 0 if re.search(r"\bleft\b", text) else 2 if re.search(r"\bright\b", text) else 1
    named = row != 1 or column != 1 or re.search(r"\b(cent(er|re)|middle|front)\b", text)
    if not named:
        return None
    x, y = (column + 0.5) / 3, (row + 0.5) / 3
    return _around(x, y), say_place(x, y)


def _which(text: str, first: str, last: str) -> int:
    return 0 if re.search(first, text) else 2 if re.search(last, text) else 1


def _hour(text: str) -> int | None:
    found = re.search(r"\b(\d{1,2}|" + "|".join(_HOURS) + r")\s*o\W?\s*clock", text)
    if not found:
        return None
    hour = _HOURS.get(found[1]) or int(found[1])
    return hour if 1 <= hour <= 12 else None


def _around(x: float, y: float, half: float = 0.12) -> Region:
    return max(0.0, x - half), max(0.0, y - half), min(1.0, x + half), min(1.0, y + half)

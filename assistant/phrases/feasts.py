"""Days with a name: feasts, holidays, and when the clocks change, as people in Britain and America call them."""

import re
from calendar import isleap, monthrange
from collections.abc import Callable, Sequence
from datetime import date, timedelta

Feast = Callable[[int], date]  # the year -> its day


def easter(year: int) -> date:
    """Western Easter Sunday (the Anonymous Gregorian computus; Meeus, Astronomical Algorithms, ch. 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    h = (19 * a + b - d - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    i, k = divmod(c, 4)
    rest = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * rest) // 451
    month, day = divmod(h + rest - 7 * m + 114, 31)
    return date(year, month, day + 1)


def _on(month: int, day: int) -> Feast:
    return lambda year: date(year, month, day)


def _after_easter(days: int) -> Feast:
    return lambda year: easter(year) + timedelta(days)


def _weekday(month: int, weekday: int, count: int) -> Feast:
    """The count-th such weekday (Monday is 0) of a month; -1 is the last."""

    def of(year: int) -> date:
        days = [date(year, month, day) for day in range(1, monthrange(year, month)[1] + 1)]
        such = [day for day in days if day.weekday() == weekday]
        return such[count - 1] if count > 0 else such[count]

    return of


_FEASTS: Sequence[tuple[str, Feast]] = (  # the longer name first where one is part of another
    (r"christmas eve|xmas eve", _on(12, 24)),
    (r"boxing day|(?:st\.? )?stephen'?s day", _on(12, 26)),
    (r"christmas(?: day)?|xmas", _on(12, 25)),
    (r"new year'?s eve|hogmanay", _on(12, 31)),
    (r"new year(?:'?s)?(?: day)?", _on(1, 1)),
    (r"twelfth night|12th night", _on(1, 5)),
    (r"epiphany", _on(1, 6)),
    (r"burns'? night", _on(1, 25)),
    (r"valentine'?s?(?: day)?", _on(2, 14)),
    (r"leap day", lambda year: date(next(one for one in range(year, year + 9) if isleap(one)), 2, 29)),
    (r"(?:st|saint)\.? david'?s day", _on(3, 1)),
    (r"(?:st|saint)\.? patrick'?s day|paddy'?s day", _on(3, 17)),
    (r"april fools?'?(?: day)?", _on(4, 1)),
    (r"(?:st|saint)\.? george'?s day", _on(4, 23)),
    (r"(?:early )?may (?:day )?bank holiday", _weekday(5, 0, 1)),
    (r"spring bank holiday|whitsun bank holiday", _weekday(5, 0, -1)),
    (r"(?:late )?august bank holiday|summer bank holiday", _weekday(8, 0, -1)),
    (r"may day", _on(5, 1)),
    (r"midsummer'?s? day", _on(6, 24)),
    (r"longest day|summer solstice", _on(6, 21)),
    (r"shortest day|winter solstice", _on(12, 21)),
    (r"father'?s'? day", _weekday(6, 6, 3)),
    (r"independence day|4th of july|fourth of july", _on(7, 4)),
    (r"labou?r day", _weekday(9, 0, 1)),
    (r"memorial day", _weekday(5, 0, -1)),
    (r"halloween", _on(10, 31)),
    (r"bonfire night|guy fawkes(?:'? (?:night|day))?|fireworks night", _on(11, 5)),
    (r"armistice day|veterans'? day", _on(11, 11)),
    (r"remembrance (?:sunday|day)", _weekday(11, 6, 2)),
    (r"thanksgiving(?: day)?", _weekday(11, 3, 4)),
    (r"(?:st|saint)\.? andrew'?s day", _on(11, 30)),
    (r"(?:shrove tuesday|pancake (?:day|tuesday))", _after_easter(-47)),
    (r"ash wednesday", _after_easter(-46)),
    (r"mother'?s'? day|mothering sunday", _after_easter(-21)),  # Britain and Ireland; America's is in May
    (r"palm sunday", _after_easter(-7)),
    (r"maundy thursday", _after_easter(-3)),
    (r"good friday", _after_easter(-2)),
    (r"easter monday", _after_easter(1)),
    (r"ascension day", _after_easter(39)),
    (r"pentecost|whit sunday|whitsun", _after_easter(49)),
    (r"easter(?: sunday)?", _after_easter(0)),
    (
        r"(?:the )?clocks (?:go|going|went|gone|put|change to summer time) forwards?|british summer time",
        _weekday(3, 6, -1),
    ),
    (r"(?:the )?clocks (?:go|going|went|gone|put) backs?", _weekday(10, 6, -1)),
)
FEAST = "|".join(pattern for pattern, _ in _FEASTS)


def find_feast(text: str) -> Feast | None:
    """The named day in lower-case words; None where there is none."""
    return next((feast for pattern, feast in _FEASTS if re.search(rf"\b(?:{pattern})\b", text)), None)

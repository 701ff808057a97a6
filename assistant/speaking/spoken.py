"""What is said in place of what is written: dates, times, money, units, codes and marks that a voice would misread.

Only the sound changes; the text that is shown stays as it is. The rules were chosen by looking at what espeak-ng's
front end (which Piper's voice uses as well) makes of each form: what it reads rightly has no rule.
"""

import re
import unicodedata
from collections.abc import Callable

from assistant.phrases.wording import MONTHS, WEEKDAYS

_UNITS = {  # written: (one, many)
    "km/h": ("kilometre an hour", "kilometres an hour"), "mph": ("mile an hour", "miles an hour"),
    "mg/ml": ("milligram a millilitre", "milligrams a millilitre"),
    "kg": ("kilogram", "kilograms"), "mg": ("milligram", "milligrams"), "µg": ("microgram", "micrograms"),
    "mcg": ("microgram", "micrograms"), "g": ("gram", "grams"), "lbs": ("pound", "pounds"), "lb": ("pound", "pounds"),
    "oz": ("ounce", "ounces"), "km": ("kilometre", "kilometres"), "cm": ("centimetre", "centimetres"),
    "mm": ("millimetre", "millimetres"), "m": ("metre", "metres"), "ft": ("foot", "feet"), "mi": ("mile", "miles"),
    "ml": ("millilitre", "millilitres"), "mL": ("millilitre", "millilitres"), "cl": ("centilitre", "centilitres"),
    "dl": ("decilitre", "decilitres"), "l": ("litre", "litres"), "L": ("litre", "litres"),
    "tbsp": ("tablespoon", "tablespoons"), "tsp": ("teaspoon", "teaspoons"),
    "ms": ("millisecond", "milliseconds"), "s": ("second", "seconds"), "sec": ("second", "seconds"),
    "min": ("minute", "minutes"), "mins": ("minute", "minutes"), "h": ("hour", "hours"), "hr": ("hour", "hours"),
    "hrs": ("hour", "hours"), "kB": ("kilobyte", "kilobytes"), "KB": ("kilobyte", "kilobytes"),
    "MB": ("megabyte", "megabytes"), "GB": ("gigabyte", "gigabytes"), "TB": ("terabyte", "terabytes"),
    "Hz": ("hertz", "hertz"), "kHz": ("kilohertz", "kilohertz"), "W": ("watt", "watts"),
    "kW": ("kilowatt", "kilowatts"), "kWh": ("kilowatt hour", "kilowatt hours"),
    "kcal": ("kilocalorie", "kilocalories"), "kJ": ("kilojoule", "kilojoules"),
    "°C": ("degree Celsius", "degrees Celsius"), "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "m²": ("square metre", "square metres"), "m³": ("cubic metre", "cubic metres"),
}  # fmt: skip
_MONEY = {"$": ("dollar", "dollars", "cent", "cents"), "€": ("euro", "euros", "cent", "cents"),
          "£": ("pound", "pounds", "penny", "pence"), "¥": ("yen", "yen", "", ""),
          "₹": ("rupee", "rupees", "", "")}  # fmt: skip
_LARGE = {
    "k": "thousand",
    "K": "thousand",
    "m": "million",
    "M": "million",
    "mn": "million",
    "bn": "billion",
    "B": "billion",
}
_SHORT = {"e.g.": "for example,", "i.e.": "that is,", "vs.": "versus", "approx.": "about", "fig.": "figure",
          "figs.": "figures", "no.": "number", "nos.": "numbers", "dept.": "department", "tel.": "telephone",
          "ext.": "extension", "vol.": "volume", "ave.": "avenue", "blvd.": "boulevard", "rd.": "road",
          "a.m.": "AM", "p.m.": "PM", "c/o": "care of", "w/o": "without", "n/a": "not applicable"}  # fmt: skip
_PARTS = {"1/2": "one half", "1/3": "one third", "2/3": "two thirds", "1/4": "one quarter", "3/4": "three quarters",
          "1/8": "one eighth", "3/8": "three eighths", "1/5": "one fifth"}  # fmt: skip
_NUMBER = r"\d[\d,]*(?:\.\d+)?"


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _date(year: str, month: str, day: str, whole: str) -> str:
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return whole
    return f"{MONTHS[int(month) - 1]} {_ordinal(int(day))}, {year}"


def _slashed_date(found: re.Match[str]) -> str:
    first, second, year = found[1], found[2], found[3]
    if int(first) > 12:  # which of two small numbers is the month is not for us to guess
        return _date(year, second, first, found[0])
    if int(second) > 12 or first == second:
        return _date(year, first, second, found[0])
    return f"{first} {second} {year}"


def _time(found: re.Match[str]) -> str:
    hour, minute, second, half = int(found[1]), int(found[2]), found[3], found[4]
    if hour > 24 or minute > 59:
        return found[0]
    words = f"{hour} {'oh ' if 0 < minute < 10 else ''}{minute}"
    if minute == 0:
        words = (
            str(hour) if half else f"{hour} o'clock" if 0 < hour <= 12 else f"{hour} hundred" if hour else "midnight"
        )
    if second:
        words += f" and {int(second)} seconds"
    return f"{words} {half.replace('.', '').upper()}" if half else words


def _money(found: re.Match[str]) -> str:
    one, many, one_part, many_parts = _MONEY[found[1]]
    whole, part, large = found[2], found[3], found[4]
    if large:
        return f"{whole}{'.' + part if part else ''} {_LARGE.get(large, large)} {many}"
    if not part or not one_part:
        return f"{whole}{'.' + part if part else ''} {one if whole == '1' and not part else many}"
    if len(part) != 2:
        return f"{whole}.{part} {many}"
    pence = f"{int(part)} {one_part if int(part) == 1 else many_parts}"
    pounds = f"{whole} {one if whole == '1' else many}"
    return pounds if int(part) == 0 else pence if whole == "0" else f"{pounds} and {pence}"


def _unit(found: re.Match[str]) -> str:
    return f"{found[1]} {_UNITS[found[2]][0 if found[1] == '1' else 1]}"


def _digits(found: re.Match[str]) -> str:
    """A telephone number or a code digit by digit, in the groups it is written in, or in threes."""
    groups = re.findall(r"\d+", found[0])
    if len(groups) == 1:
        groups = re.findall(r"\d{1,3}", groups[0])
    return ("plus " if found[0].startswith("+") else "") + ", ".join(" ".join(group) for group in groups)


def _address(found: re.Match[str]) -> str:
    return re.sub(r"[/_=&#-]+", " slash ", found[1].rstrip("/")).replace("slash slash", "slash")


def _day(found: re.Match[str]) -> str:
    return next(day for day in WEEKDAYS if day.startswith(found[1][:3]))


def _month(found: re.Match[str]) -> str:
    return next(month for month in MONTHS if month.startswith(found[1][:3]))


_SHORT_MONTH = r"(Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)"
Rule = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]
_MARKUP: list[Rule] = [
    (re.compile(pattern, flags), replacement)
    for pattern, replacement, flags in (
        (r"^\s*(?:#{1,6}|[-*+•‣▪>])\s+", "", re.MULTILINE),  # headings and list marks
        (r"!?\[([^\]\n]{1,200})\]\([^)\s]{1,300}\)", r"\1", 0),  # a link's words
        (r"(?<!\w)[*_~`]+(?=\S)|(?<=\S)[*~`_]+(?!\w)", "", 0),  # emphasis
    )
]
_ENGLISH: list[Rule] = [
    (re.compile(pattern, flags), replacement)
    for pattern, replacement, flags in (
        (r"\bhttps?://(?:www\.)?([^\s?#]{1,200})\S*", _address, re.IGNORECASE),
        (r"\bwww\.", "", re.IGNORECASE),
        (
            r"\b(\d{4})-(\d\d)-(\d\d)(?:T(?=\d\d:))?",
            lambda m: _date(m[1], m[2], m[3], m[0]) + (", " if "T" in m[0] else ""),
            0,
        ),
        (r"\b(\d{1,2})[/.](\d{1,2})[/.](\d{4})\b", _slashed_date, 0),
        (r"\b(\d{1,2}):(\d\d)(?::(\d\d))?(?![\d:])(?:\s?([ap]\.?m\b\.?))?", _time, re.IGNORECASE),
        (r"\b(\d{1,2})\s?([ap])\.?m\b\.?", lambda m: f"{m[1]} {m[2].upper()}M", re.IGNORECASE),
        (r"([$€£¥₹])\s?(\d[\d,]*)(?:\.(\d+))?(?:\s?(k|K|m|M|mn|bn|B|thousand|million|billion|trillion)\b)?", _money, 0),
        (
            r"\b\d+(?:-\d+){3,}\b|\+?(?<![\d.,-])\(?\d{3,4}\)?[-. ]\d{3}[-. ]\d{4}\b"
            r"|\+\d[\d -]{6,18}\d\b|(?<![\d.,])\d{7,}\b(?![.,]\d)",
            _digits,
            0,
        ),
        (
            rf"(?<![\w.])({_NUMBER})\s?({'|'.join(sorted(map(re.escape, _UNITS), key=len, reverse=True))})(?![\w/²³])",
            _unit,
            0,
        ),
        (r"(?<![\d/.])(\d/\d)(?![\d/.]\d|/)", lambda m: _PARTS.get(m[1], m[0]), 0),
        (r"(?<=\d)\s?[-–]\s?(?=[\d$€£])", " to ", 0),
        (r"(?<![\w)])[-−–](?=\d)", "minus ", 0),
        (r"#(?=\d)", "number ", 0),
        (r"(\d)'(\d{1,2})\"", r"\1 foot \2", 0),
        (rf"\b{_SHORT_MONTH}\.?(?=\s+\d)", _month, 0),
        (rf"(?<=\d\s){_SHORT_MONTH}\b\.?", _month, 0),
        (r"\b(Tue|Wed|Thu)(?:rs?|s)?\b\.?", _day, 0),
        (r"\b(Mon|Fri|Sat|Sun)\b\.?(?=,?\s+(?:\d|[A-Z][a-z]+\.?\s\d))", _day, 0),
        (rf"(?<![\w.])({'|'.join(map(re.escape, _SHORT))})(?!\w)", lambda m: _short(m), re.IGNORECASE),
        (r"\b(Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|Hon|Rev|Gen|Capt|Lt|Sgt)\.(?=\s)", r"\1", 0),
    )
]
_MARKS: list[Rule] = [
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"(?<=\w)_+(?=\w)", " "),
        (r"\s*[—–]\s*|\s-{1,3}\s", ", "),
        (r"([!?.,;:])(?:\s?\1)+", r"\1"),
        (r"[-_=*~#|^\\<>]{2,}|[|\\^~`*]", " "),
        (r"\s+([,.;:!?])", r"\1"),
        (r"^[\s,.;:!?)\]]+", ""),
        (r"\s+", " "),
    )
]


def _short(found: re.Match[str]) -> str:
    written = found[1].lower()
    if written in ("no.", "nos.") and not found.string[found.end() :].lstrip()[:1].isdigit():
        return found[0]
    return _SHORT[written]


def spoken(text: str, english: bool = True) -> str:
    """The words to say for a text; "" where it holds nothing that can be said.

    Args:
        text: any text; control characters, lone surrogates and unassigned characters are left out.
        english: the voice speaks English; others get the marks removed and read numbers by rules of their own.
    """
    ending = text.rstrip(" \"')”’»*_")[-1:]
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", " ", text)  # a terminal's colours
    text = "".join(_kept(mark) for mark in unicodedata.normalize("NFC", text))
    text = re.sub(r"([^\w\s])\1{3,}", r"\1", text)  # a row of the same mark or emoji is said once
    for pattern, replacement in (*_MARKUP, *(_ENGLISH if english else ()), *_MARKS):
        text = pattern.sub(replacement, text)
    text = text.strip()
    if not any(mark.isalnum() or unicodedata.category(mark) in ("So", "Sm", "Sc") for mark in text):
        return ""
    return text + ending if ending in ("!", "?", ".") and text[-1] not in ".!?" else text  # "9 a.m." may end a sentence


def _kept(mark: str) -> str:
    if mark.isascii():
        return mark if mark.isprintable() else " "
    category = unicodedata.category(mark)
    if category in ("Cc", "Zl", "Zp", "Zs"):
        return " "
    unsaid = (
        category in ("Cf", "Cs", "Co", "Cn") or "\ufe00" <= mark <= "\ufe0f" or "\U0001f3fb" <= mark <= "\U0001f3ff"
    )
    return (
        ""
        if unsaid or mark == "\ufffd"
        else {"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"'}.get(mark, mark)
    )

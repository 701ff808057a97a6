"""Numbers said in words, rewritten as digits: "twenty three" -> "23", "two and a half" -> "2.5", "third" -> "3rd"."""

import re

_UNITS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip

_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_SCALES = {
    "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12,
    "lakh": 10**5, "lakhs": 10**5, "lac": 10**5, "lacs": 10**5, "crore": 10**7, "crores": 10**7,
}  # fmt: skip
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16,
    "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip
_WORD = re.compile(r"[A-Za-z]+|\d[\d,.]*|\s+|.")


def to_digits(text: str, ordinals: bool = True) -> str:
    """Rewrite every number in words as digits and leave the rest of `text` as it is.

    Linear in the length of `text`. With `ordinals`, "twenty first" becomes "21st"; a lone "second" stays (it may be a
    time).
    """
    text = re.sub(r"\b(twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)-(?=[a-z])", r"\1 ", text, flags=re.I)
    text = re.sub(r"\bfourty\b", "forty", text, flags=re.I)
    pieces = _WORD.findall(text)
    out: list[str] = []
    index = 0
    while index < len(pieces):
        read = _read(pieces, index, ordinals)
        if read is None:
            out.append(pieces[index])
            index += 1
        else:
            number, index = read
            out.append(number)
    return _halves("".join(out))


def _read(pieces: list[str], start: int, ordinals: bool) -> tuple[str, int] | None:
    """A number in words from `start`: its digits and the index after it."""
    first = pieces[start].lower()
    if first in ("a", "an") and _next_word(pieces, start)[0] in _SCALES:
        start = _next_word(pieces, start)[1]
        first = pieces[start].lower()
        total, current, index = 0, 1, start
    elif first in _UNITS or first in _TENS:
        total, current, index = 0, 0, start
    elif ordinals and first in _ORDINALS and first != "second":
        return _ordinal(_ORDINALS[first]), start + 1
    else:
        return None
    last, end = "", start  # the kind of the word before: unit, ten, scale
    while index < len(pieces):
        word = pieces[index].lower()
        if word in _UNITS and last not in ("unit",) and not (last == "ten" and not 0 < _UNITS[word] < 10):
            current, last = current + _UNITS[word], "unit"
        elif word in _TENS and last not in ("unit", "ten"):
            current, last = current + _TENS[word], "ten"
        elif word in _SCALES and (last or current):
            if _SCALES[word] == 100 or word == "dozen":
                current = (current or 1) * _SCALES[word]
            else:
                total, current = total + (current or 1) * _SCALES[word], 0
            last = "scale"
        elif ordinals and last == "ten" and word in _ORDINALS and _ORDINALS[word] < 10:
            return _ordinal(total + current + _ORDINALS[word]), index + 1
        else:
            break
        end = index + 1
        following, index = _next_word(pieces, index)
        if following == "and" and last == "scale" and _next_word(pieces, index)[0] in {**_UNITS, **_TENS}:
            index = _next_word(pieces, index)[1]
        elif (
            following not in _UNITS
            and following not in _TENS
            and following not in _SCALES
            and following not in _ORDINALS
        ):
            break
    decimals, end = _decimals(pieces, end)
    return f"{total + current}{decimals}", end


def _decimals(pieces: list[str], end: int) -> tuple[str, int]:
    """ "point seven five" after a number."""
    word, index = _next_word(pieces, end - 1)
    if word != "point":
        return "", end
    digits = ""
    word, index = _next_word(pieces, index)
    while (word in _UNITS and _UNITS[word] < 10) or word.isdigit():
        digits += str(_UNITS.get(word, word))
        end = index + 1
        word, index = _next_word(pieces, index)
    return (f".{digits}" if digits else ""), end


def _next_word(pieces: list[str], index: int) -> tuple[str, int]:
    """The word after `index`, over one run of spaces; ("", end) where something else comes."""
    index += 1
    if index < len(pieces) and pieces[index].isspace():
        index += 1
    return (pieces[index].lower(), index) if index < len(pieces) else ("", index)


def _halves(text: str) -> str:
    """ "2 and a half" -> "2.5", "2 and three quarters" is "2 and 3 quarters" by now -> "2.75"."""
    text = re.sub(r"\b(\d+) and (?:a |1 )half\b", r"\1.5", text, flags=re.I)
    text = re.sub(r"\b(\d+) and half\b(?! (?:of|price|an?|the|past)\b)", r"\1.5", text, flags=re.I)
    text = re.sub(r"\b(\d+) and (?:a |1 )quarter\b", r"\1.25", text, flags=re.I)
    text = re.sub(r"\b(\d+) and 3 quarters?\b", r"\1.75", text, flags=re.I)
    text = re.sub(r"\b(\d+)\s*½", r"\1.5", text).replace("½", "0.5")
    text = re.sub(r"\b(\d+)\s*¼", r"\1.25", text).replace("¼", "0.25")
    return re.sub(r"\b(\d+)\s*¾", r"\1.75", text).replace("¾", "0.75")


def _ordinal(value: int) -> str:
    ending = "th" if value % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return f"{value}{ending}"

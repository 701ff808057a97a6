"""Notes that are handed over: "two twenties and a fiver" is 45."""

# ruff: noqa: E501 - a pattern reads better on one line

import re

from assistant.phrases.number_words import to_digits

_WORTH = {"fiver": 5, "five": 5, "fives": 5, "tenner": 10, "ten": 10, "tens": 10, "twenty": 20, "twenties": 20, "fifty": 50, "fifties": 50}  # fmt: skip
_COUNT = r"(?:an?|one|two|three|four|five|six|seven|eight|nine|ten|\d{1,2})"
_NAME = r"(?:fivers?|tenners?|tens|fives|twenties|fifties|(?:five|ten|twenty|fifty)(?:[ -]pound)? notes?)"
_END = r"(?! ?(?:percent|per cent|%|pence|p\b|pounds?\b(?! notes?)|quid|minutes?|miles?|grams?|years?|days?|(?:one|two|three|four|five|six|seven|eight|nine)\b))"
_ONE = rf"(?P<count>{_COUNT}) (?P<name>{_NAME}|(?<=\ba )(?:twenty|fifty))\b{_END}"  # "three fifty" is a price
_ITEM = re.compile(rf"\b{_ONE}", re.I)
_PLAIN = re.sub(r"\?P<\w+>", "?:", _ONE)
_NOTES = re.compile(rf"\b{_PLAIN}(?:(?:,| and| plus)+ {_PLAIN})*", re.I)


_THE_NOTE = re.compile(  # "take off the tenner i've paid", "the hundred that i gave him"
    r"\b(?:the|my|that|his|her|this|another) (?P<name>tenner|fiver|(?:hundred|thousand|grand)(?= (?:i|i've|we|we've|he|he's|she|she's|they|that|deposit|already|off|back)\b| ?(?:$|[,.;?])))\b(?! notes?)",
    re.I,
)
_WORTHS = {"fiver": 5, "tenner": 10, "hundred": 100, "thousand": 1000, "grand": 1000}


def notes_added(words: str) -> str:
    """The words with each run of notes as what it comes to; a single one that is named as a number stays as it is."""
    return _THE_NOTE.sub(lambda match: f"{_WORTHS[match['name'].lower()]} pounds", _NOTES.sub(_sum, words))


def _sum(match: re.Match[str]) -> str:
    items = list(_ITEM.finditer(match[0]))
    counts = [1 if item["count"].lower() in ("a", "an") else int(to_digits(item["count"])) for item in items]
    if len(items) == 1 and counts[0] == 1 and not re.search(r"fiver|tenner", match[0], re.I):
        return match[0]
    worth = [_WORTH[_first_name(item["name"].lower())] for item in items]
    return str(sum(count * one for count, one in zip(counts, worth, strict=True)))


def _first_name(name: str) -> str:
    first = re.split(r"[ -]", name)[0]
    return first if first in _WORTH else first.rstrip("s")

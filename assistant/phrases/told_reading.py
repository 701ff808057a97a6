"""A told sum read by its amounts: rates and what they are rates of, wholes and parts, things and their price.

It comes after the patterns of told_sums, where they find none. Which operation is meant is said from outside
(steps/told_operation.py), as a probability for each; here every operation that fits the amounts makes its sum, with how
surely the amounts themselves speak for it, and the best is taken or none.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from assistant.phrases.told_amounts import Amount, amounts_in, plainly
from assistant.phrases.told_checks import is_dosage
from assistant.phrases.told_makers import CLOCK, HALVES, UNSURE, Proposal, less, mean, plus, share, times

ENOUGH, AT_LEAST = 0.4, 0.05  # of both together, and of the operation alone
Operations = Mapping[str, float]
_FRACTIONS = {
    "half": "2", "third": "3", "quarter": "4", "fifth": "5", "sixth": "6", "seventh": "7", "eighth": "8", "ninth": "9", "tenth": "10", "twelfth": "12",
}  # fmt: skip
_FRACTION_OF = re.compile(
    rf"\b(?:an? |1 |one )?(?P<part>{'|'.join(_FRACTIONS)})(?: of)? (?:the |my |our |his |her |their )?(?:[a-z]+ ){{0,3}}?(?P<whole>\d+(?:\.\d+)?)\b"
)
_GROUPS: Mapping[str, int] = {
    "twos": 2, "threes": 3, "fours": 4, "fives": 5, "sixes": 6, "sevens": 7, "eights": 8, "nines": 9, "tens": 10, "elevens": 11, "twelves": 12,
    "thirteens": 13, "fourteens": 14, "fifteens": 15, "sixteens": 16, "seventeens": 17, "eighteens": 18, "nineteens": 19, "twenties": 20,
}  # fmt: skip
_LOTS = re.compile(rf"\b(?P<count>\d+) (?P<of>{'|'.join(_GROUPS)})\b")


def read(words: str, operations: Operations) -> str:
    """The sum that is told, in signs; "" where none is sure enough."""
    text = plainly(words)
    if fraction := fraction_of(words):
        return fraction
    if CLOCK.search(text):
        return ""
    if (lots := _LOTS.search(text)) and len(amounts_in(text)) == 1:
        return f"{lots['count']} * {_GROUPS[lots['of']]}"
    amounts = without_ones(amounts_in(text), text)
    if not amounts or (is_dosage(text) and (UNSURE.search(text) or len(amounts) > 2)):
        return ""
    return best(proposals(text, amounts), operations)


def proposals(text: str, amounts: Sequence[Amount]) -> dict[str, Proposal]:
    """What each operation would make of the amounts."""
    terms = collapsed(amounts, text)
    makers = {"times": times, "share": share, "less": less, "plus": plus, "mean": mean}
    made = {name: make(text, amounts if name == "times" else terms) for name, make in makers.items()}
    if HALVES.search(text):
        made["plus"] = made["less"] = None  # a half of what they come to
    return {name: one for name, one in made.items() if one is not None and one[0]}


def best(made: Mapping[str, Proposal], operations: Operations) -> str:
    """The sum whose operation and amounts together are likeliest; "" where they are not likely enough."""
    scores = {name: operations.get(name, 0.0) ** 0.5 * sure for name, (_, sure) in made.items() if operations.get(name, 0.0) >= AT_LEAST}  # fmt: skip
    if not scores:
        return ""
    first, *rest = sorted(scores, key=lambda name: -scores[name])
    clear = not rest or scores[first] > 1.15 * scores[rest[0]]
    return made[first][0] if clear and scores[first] >= ENOUGH else ""


def without_ones(amounts: Sequence[Amount], text: str) -> list[Amount]:
    """The amounts without the "one" that only points: "each one", "one of them", "so one is"."""
    return [one for one in amounts if one.value != "1" or re.match(r" at \d", text[one.end :])]


def collapsed(amounts: Sequence[Amount], text: str) -> list[Amount]:
    """ "3 nights at 84 and 1 at 110" as the two amounts "3 * 84" and "1 * 110"."""
    found: list[Amount] = []
    for one in amounts:
        last = found[-1] if found else None
        joint = text[last.end : one.start] if last else ""
        counted = (
            last is not None and not last.money and not last.per and "." not in last.value and "*" not in last.value
        )
        priced = re.fullmatch(r"(?: [a-z]+){0,3} (?:at|@|costing|priced at) (?:just |only )?", joint) or (
            one.per == "each" and re.fullmatch(r"(?: [a-z]+){0,3},? (?:at |for |and |they're |they are )?", joint)
        )
        if last is not None and counted and priced:
            found[-1] = replace(one, value=f"{last.value} * {one.value}", unit="", per="", money=True, start=last.start, before=last.before)  # fmt: skip
        else:
            found.append(one)
    return found


def fraction_of(words: str) -> str:
    """ "Half my fee of 960", "an eighth of 96"; "" for any other words."""
    text = plainly(words)
    found = _FRACTION_OF.search(text)
    if (
        found is None
        or len(amounts_in(text)) != 1
        or re.search(r"\b(?:and|past|of a|price|off)\b", text[found.start() : found.start("whole")])
    ):
        return ""
    if re.search(r"\b(?:after|past|left|off|rest|remain\w*)\b", text) or found["whole"] not in [
        one.value for one in amounts_in(text)
    ]:
        return ""
    return f"{found['whole']} / {_FRACTIONS[found['part']]}"

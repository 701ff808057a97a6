"""Sums that no pattern finds, read by their amounts and by what the words most likely want done with them.

What a clause leans on may have been told in another clause ("three of us ate | one person's share"), so the rest of the
request is looked at too, without its other wishes.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence

from assistant.phrases.told_amounts import plainly
from assistant.phrases.told_checks import is_dosage
from assistant.phrases.told_reading import fraction_of, read
from assistant.steps import printed_reading
from assistant.steps.printed_sums import total_of
from assistant.steps.slots import Material
from assistant.steps.told_operation import operations
from kernels.errors import UserError

LONGEST = 300  # characters of a clause with what it leans on
LEAST, MOST = 0.03, 0.9  # probabilities of the operation that a pattern found and of another, where the other counts
SURE = 0.45  # probability of an operation from which a question about print is one for a sum


def told_sum(text: str, material: Material) -> str:
    """The sum that the words tell, in signs; "" where none is sure enough."""
    for words in dict.fromkeys((text, printed_reading.beside(text, material.request))):
        if len(words) <= LONGEST and (found := read(words, _operations(words, material))):
            return found
    return ""


_MARKS = {"*": "times", "/": "share", "-": "less", "+": "plus"}


def is_another(story: str, text: str, material: Material) -> bool:
    """Whether a sum that a pattern found is all but surely not what the words want done."""
    marks = {mark for mark in _MARKS if f" {mark} " in story}
    chances = _operations(text, material)
    if len(marks) != 1 or not chances:
        return False
    return chances[_MARKS[marks.pop()]] < LEAST and max(chances.values()) > MOST and chances["none"] < LEAST


def part_told(text: str) -> str:
    """ "Half my fee of 960", which says itself what is to be done; "" for any other words."""
    return fraction_of(text) if len(text) <= LONGEST else ""


def printed_sum(text: str, material: Material, least: float = 0.0) -> str:
    """The sum on what was read, in signs; "" where none is sure enough.

    Args:
        least: probability that some operation is meant at all, below which none is made.
    """
    if material.document is None or len(text) > LONGEST:
        return ""
    passages = material.document.passages
    if least and not (printed_reading.asks_sum(text) and _may_be_reckoned(text, passages)):
        return ""
    words = printed_reading.beside(text, material.request, before=least > 0)
    chances = dict(_operations(text, material))
    if words != text and len(words) <= LONGEST:
        wider = _operations(words, material)
        chances = {name: (value + wider.get(name, 0.0)) / 2 for name, value in chances.items()}
    unsure = bool(chances) and 1 - chances["none"] < least
    return printed_reading.read(text, words, passages, total_of(passages), chances, unsure)


_RECKONS = re.compile(
    r"\b(?:lasts?|run out|keep me|do me|altogether|in all|total|add\w*|work (?:it |that )?out|sum|times (?:that|this|it|the)|how (?:long|many (?:days|weeks|months|doses|goes))|left|over the (?:week|day|course|month)|a week|half|double|split)\b",
    re.I,
)


def _may_be_reckoned(text: str, passages: Sequence[str]) -> bool:
    """Whether a question about medicine is one for a sum; how much is taken, and at most, is read out as it is printed."""
    return _RECKONS.search(text) is not None or not is_dosage(f"{plainly(text)} {plainly(' '.join(passages))}")


def _operations(words: str, material: Material) -> dict[str, float]:
    try:
        return operations(words, material.encode)
    except UserError:  # no encoder on this machine: what the amounts say beyond doubt is left
        return {}

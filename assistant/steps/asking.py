"""Which words of a wish only ask for it: "i want a shout", "get on to me", "don't let me sleep through it".

What stands beside them is what a reminder is for: of "crutching gang turns up friday, i'd better know about it the night
before" the first half. How people ask has no end, so a small table over the sentence encoder's vectors tells the halves
apart, fitted on the marked requests in training/steps (asking.py there).
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.phrases.time_words import Words, find_times, hangs_on_another
from assistant.steps.extraction import Encode
from kernels.errors import UserError

WEIGHTS = Path(__file__).parents[2] / "assets" / "asking.safetensors"
ASKS, CUED_ASKS, TOLD_ASKS = (
    0.6,
    0.75,
    0.8,
)  # probability from which a part only asks; behind "remind me", "remind me to"
CONTENT, BESIDE, DOUBTED = 0.45, 0.55, 0.8  # below it a part is content; asks beside such a part; asks where all might
PRINTED = 0.4  # asks where print has a name for what is due
_JOINT = re.compile(r"\s*[,;:!?]+\s+|(?<!\b[ap])(?<!\b[ap]\.m)\.+\s+|\s+(?:and|so|but|cos|'cause|because|or else|otherwise)\s+", re.I)  # fmt: skip
_LEAD = re.compile(r"^(?:(?:and|so|but|then|or|please|well|oh|that|to|at|by|on|for|say)\s+)+(?=\w)", re.I)


@cache
def _table(path: Path) -> tuple[NDArray[np.float32], float]:
    """(D,) weights and the bias.

    Raises:
        UserError: the file is missing or no such table.
    """
    from safetensors.numpy import load_file

    try:
        tensors = load_file(path)
        return tensors["weight"].astype(np.float32), float(tensors["bias"][0])
    except Exception as error:  # the safetensors package raises its own bare errors
        raise UserError(
            f"The table {path.name}, which tells asking words from content, can't be read ({type(error).__name__}).",
            "Put the file back from the source, or run training/steps/asking.py.",
        ) from None


def parts_of(words: str) -> list[Words]:
    """The halves and asides that words consist of, cut at punctuation and at words that join."""
    found, at = [], 0
    times = find_times(words)
    for joint in _JOINT.finditer(words):
        within = [one for one in times if one.start < joint.start() < one.end or one.start < joint.end() < one.end]
        if any(not hangs_on_another(words[joint.end() : one.end]) for one in within):
            continue  # "friday, two in the afternoon" is one time; "at four, an hour before it" is two
        found.append(Words(words[at : joint.start()], at, joint.start()))
        at = joint.end()
    found.append(Words(words[at:], at, len(words)))
    return [one for one in found if re.search(r"\w", one.words)]


def timeless(part: str) -> str:
    """A part without the times in it and the small words before it."""
    for time in reversed(find_times(part)):
        part = f"{part[: time.start]} {part[time.end :]}"
    return re.sub(r"\s+(?:so|and|but)$", "", _LEAD.sub("", " ".join(part.split()).strip(" ,.;:!?"))).lower()


def chances(parts: Sequence[str], encode: Encode) -> list[float]:
    """The probability of each part that it only asks; 1 for a part that says nothing but a time, 0 where none can tell."""
    said = [timeless(one) for one in parts]
    known = [one for one in dict.fromkeys(said) if re.search(r"[a-z]{2}", one)]
    found = dict.fromkeys(said, 1.0)
    weight_D, bias = _table(WEIGHTS)
    vectors_BD = np.asarray(encode(known), dtype=np.float32) if known else np.zeros((0, 0), dtype=np.float32)
    if known and vectors_BD.shape[1] == weight_D.shape[0]:
        odds_B = np.clip(vectors_BD @ weight_D + bias, -30, 30)
        found |= dict(zip(known, (1 / (1 + np.exp(-odds_B))).tolist(), strict=True))
    elif known:
        found |= dict.fromkeys(known, 0.0)
    return [found[one] for one in said]


def content_of(text: str, encode: Encode, least: float = ASKS) -> str:
    """The text without the parts that only ask; as it is where none does, "" where all do."""
    parts = parts_of(text)
    told = chances([one.words for one in parts], encode)
    if len(parts) > 1 and min(told) < CONTENT:
        least = min(least, BESIDE)
    kept = [one.words for one, chance in zip(parts, told, strict=True) if chance < least]
    if not kept and len(parts) > 1 and min(told) < DOUBTED:
        kept = [parts[told.index(min(told))].words]
    return text if len(kept) == len(parts) else ", ".join(kept)


def before_asking(words: str) -> int:
    """Where a wish without a word for it begins behind what it is for; 0 where nothing is told before it.

    "Crutching gang turns up friday, | i'd better know about it the night before": where a time hangs on one told before.
    """
    parts = parts_of(words)
    hangs = [at for at, one in enumerate(parts) if any(hangs_on_another(time.words) for time in find_times(one.words))]
    return parts[hangs[-1]].start if hangs else 0

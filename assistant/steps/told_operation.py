"""What is to be done with the amounts of a told sum: multiplied, shared, taken off, added or averaged.

A small table over the sentence encoder's vector of the words, their numbers masked, and over telling words says which; what
the numbers are and how they belong together is read elsewhere (phrases/told_reading.py, printed_reading.py).
training/steps/sums.py fits it.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.phrases.told_amounts import Amount, amounts_in, plainly
from assistant.steps.planning import Encode, Fitted, features
from kernels.errors import UserError

WEIGHTS = Path(__file__).parents[2] / "assets" / "sums.safetensors"
OPERATIONS = ("times", "share", "less", "plus", "mean", "none")
CUE = 1.0  # weight of a telling word beside the meaning; chosen by cross-validation
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_CUES = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?:average|mean|averaging|averaged?)\b",
        r"\bchange\b",
        r"\b(?:left|leaves?|leave|remain\w*|over after|to spare|spare)\b",
        r"\b(?:short|behind|to go|to find|under|off am i|shy|still|outstanding|owing|balance)\b",
        r"\b(?:difference|between (?:the|them|em|us)|apart|more than|less than|dearer|cheaper|extra|better|over is)\b",
        r"\b(?:gone up|went up|up by|put (?:it|me) up|going up|dropped|drop|lost|lose|come down|gone down|down by|saved?|save)\b",
        r"\b(?:old|last year|last quarter|last month|before|used to|was|were) .*\b(?:new|now|this year|this one|today)\b",
        r"\b(?:gave|given|give|handed|paid|pay with|sent|put down|deposit|with my|knocked|take off|taken off|minus|less|subtract|take)\b",
        r"\b(?:had|got|started|out of|from a|budget)\b.*\b(?:spent|used|went|took|gone)\b",
        r"\b(?:want|need|target|goal|told|wants|saving for|trying)\b.*\b(?:done|saved|got|had|have)\b",
        r"\b(?:each of us|each pay|put in|chip|between (?:me|the|us|\d)|split\w*|shar(?:e|ed|ing)|divid\w*|halves|halve|half|third|quarter|fifth|sixth|eighth|ways)\b",
        r"\b(?:each|apiece|a head|per head)\b",
        r"\b(?:one|1|a|an) [a-z]+ (?:is|was|worked out|cost|work out|comes?|be|of them)\b|\b(?:what's|what is|how much is|so) (?:one|1|each)\b|\bone of (?:them|those|these)\b",
        r"\bhow (?:many|long)\b.*\b(?:last|do me|keep|get through|got|run out|take|empty|have i|will)\b",
        r"\bhow many (?:days|weeks|nights|months)\b",
        r"\bhow many\b",
        r"\bwhat(?:'s| is| was)? (?:that |it |each )?(?:a|an|per|by the) (?:day|week|month|year|egg|tin|head|roll|hour|mile|pound|kilo|glass|box|tub)\b|\b(?:by the|per|a) (?:day|week|month|fortnight)\b[^a-z]*$|\bmonthly\b|\bweekly\b",
        r"\b(?:year|yearly|annual\w*|twelve months|fortnight)\b",
        r"\b(?:an? (?:hour|day|week|month|night|head|metre|litre|kilo|yard|box|visit|lesson|ticket|time|go)|per|each way|every)\b",
        r"\b(?:times|multiply|multiplied|lots of|double|doubl\w+|triple|treble|twice)\b",
        r"\b(?:add|tot|sum|put together|altogether|all together|all told|plus|both|together|with the)\b",
        r"\b(?:the lot|in all|total|come to|comes to|altogether|make|makes)\b",
        r"\b(?:on (?:here|this|there|it)|off (?:this|here|it|that)|this|printed|label|letter|bill|leaflet|tag)\b",
        r"\b(?:of us|people|mates|pals|sisters?|brothers?|lads|friends|flatmates)\b",
        r"\b(?:serves|recipe|cooking|baking|making)\b",
        r"\b(?:equal|same in|evenly|even|pieces|parts|portions|doses|instal\w+|bits)\b",
        r"^(?:what's|what is|how much is|whats|when|who|read|tell me|does|is|which|where) (?!.*\d)",
        r"\b(?:i'm wanting|i want|i need|we need|of us going|i'd want|i'm after|how much for|cost|set me back|i'd be paying)\b",
    )
)


def masked(words: str) -> str:
    """The words with every number the same, so that its size says nothing."""
    return _NUMBER.sub("7", plainly(words))


def telling(words: str) -> NDArray[np.float32]:
    """(C,): which telling words there are, and how the amounts stand to each other."""
    text = plainly(words)
    amounts = amounts_in(text)
    found = [float(cue.search(text) is not None) for cue in _CUES]
    return np.array([*found, *_shape(amounts, text)], dtype=np.float32) * CUE


def _shape(amounts: Sequence[Amount], text: str) -> list[float]:
    count = len(amounts)
    units = [one.unit for one in amounts if one.unit]
    rates = [one for one in amounts if one.per]
    asked = {match[1] for match in re.finditer(r"\bhow many ([a-z]+)", text)}
    return [
        float(count == 0), float(count == 1), float(count == 2), float(count == 3), float(count > 3),
        float(bool(rates)), float(any(rate.per in (one.unit for one in amounts if one is not rate) for rate in rates)),
        float(len(units) > 1 and len(set(units)) == 1), float(any(one.money for one in amounts)),
        float(sum(one.money for one in amounts) > 1), float(any(rate.per + "s" in asked for rate in rates)),
        float(any(one.unit + "s" in asked for one in amounts)),
        float(count > 1 and not units and not rates), float(count == 2 and not amounts[0].unit and bool(amounts[1].unit)),
    ]  # fmt: skip


def inputs(texts: Sequence[str], encode: Encode) -> NDArray[np.float32]:
    """(B, F): what the table sees of the requests."""
    shown = [masked(text) for text in texts]
    meaning = features(shown, np.asarray(encode(shown), dtype=np.float32))
    return np.concatenate([meaning, np.stack([telling(text) for text in texts])], axis=1)


def operations(words: str, encode: Encode) -> dict[str, float]:
    """The probability of each of OPERATIONS.

    Raises:
        UserError: the table is missing, or was fitted to another encoder.
    """
    table = _table(WEIGHTS)
    seen_BF = inputs([words], encode)
    if seen_BF.shape[1] != table.weight_FL.shape[0]:
        raise UserError("The table of sums was fitted to another encoder.", "Run training/steps/sums.py.")
    logits_L = table.logits(seen_BF)[0]
    chances_L = np.exp(logits_L - logits_L.max())
    return dict(zip(table.labels, (chances_L / chances_L.sum()).tolist(), strict=True))


@cache
def _table(path: Path) -> Fitted:
    return Fitted.read(path)

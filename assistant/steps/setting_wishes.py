"""Which setting a clause is about where it names none: "himself's having forty winks, so no bellowing" is volume, quieter.

A multinomial logistic regression on the sentence encoder's vector of the clause and on its words, as the step chooser's
(`assistant/steps/planning.py`); assets/settings.md says what it was fitted on and how right it is.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.phrases import setting_idioms
from assistant.phrases.number_words import to_digits
from assistant.steps.clause import Clause
from assistant.steps.planning import Encode, Fitted, Intent, features, text_of
from assistant.steps.setting_words import told_by
from assistant.steps.utterance import strip_manners, tidy
from kernels.errors import UserError

WEIGHTS = Path(__file__).parents[2] / "assets" / "settings.safetensors"
NONE = "none"
LONGEST = 300  # characters; who wants the voice otherwise says so shortly
SURE, VERY_SURE = 0.78, 0.93  # from which a clause that was taken for something else is a wish for a setting
MOST = 8  # steps in which one is looked for; more are dictated text
UNHEARD_OF = -3.0  # log-probability of the tagger below which the table is not believed: "shh now, who's a good boy"
UNLIKELY = 0.05  # that a number told of the volume is no setting
HARDLY = 0.8  # probability up to which another step is hardly meant
_PAST = re.compile(r"\b(?:was|were|had been|went|came|has been|have been|last night|yesterday|feeling|felt)\b", re.I)
_TO_YOU = re.compile(  # what is told of elsewhere speaks to nobody: "it was ever so noisy at the club"
    r"\b(?:you|you're|your|yourself|please|can we|could we|can i|could i|let's|stop|don't|no more|from now|turn|talk|speak|slow|faster|louder|quieter|bring|i'd like|i want|i need)\b",
    re.I,
)
_POINTS = re.compile(r"\b(?:same|likewise|match|(?:like|to) that|so)\b", re.I)
_YOURSELF = re.compile(
    r"\b(?:turn|crank|bring|put|pump|notch|dial|tone|slow|speed|hurry|quieten|calm)(?:ing)? yourself (?:right |way |back |a bit |all the way )?(?:up|down|along|on)\b",
    re.I,
)
_WAITS = re.compile(rf"\b(?:{setting_idioms.WAITS})", re.I)
_HOW_MUCH = re.compile(  # a setting with a number: "rate two fifty", "turn it up to eighty percent", "read at three hundred and fifty"
    r"^(?:(?:and|then|please|now|ok|can you|could you|just) )*(?:(?:set|put|change|turn|make|have|bring|get) )?(?:(?:the|your|my|it|yourself|that) )*(?:(?:(?:speech|speaking|talking|reading|voice) )?(?:rate|speed|volume|pace)|(?:turn|put|bring) (?:it |yourself |the (?:sound|volume) |your(?:self| voice| volume) )?(?:up|down|back)|(?:speak|talk|read|go) at|up|down)(?: (?:up|down|at|to|by|of|about|please))* (?P<much>[\w .-]+?)(?: ?%| percent| per cent| words (?:a|per) minute| wpm)?(?: (?:please|now|then))*$",
    re.I,
)
_IDLE = ("chat", "world", "vague")


@dataclass(frozen=True)
class Meant:
    """What a clause wants changed.

    Attributes:
        setting, value: as `assistant.phrases.preferences` takes them; value "" where the words have to name it.
        chance: probability of the two.
        any_chance: probability that a setting is meant at all.
    """

    setting: str
    value: str
    chance: float
    any_chance: float


@cache
def _table() -> Fitted:
    return Fitted.read(WEIGHTS)


def prepared(words: str) -> str:
    """The clause as the table reads it."""
    return text_of(Clause(strip_manners(tidy(words[:LONGEST]))))


def inputs(texts: Sequence[str], vectors_BD: NDArray[np.float32]) -> NDArray[np.float32]:
    """(B, F): the chooser's features, then the telling groups of words."""
    return np.concatenate([features(texts, vectors_BD), np.stack([told_by(text) for text in texts])], axis=1)


def read(words: str, encode: Encode) -> Meant:
    """The likeliest setting and its value, however unlikely.

    Raises:
        UserError: the table is missing or damaged, or was fitted to another encoder.
    """
    table, text = _table(), prepared(words)
    if not text:
        return Meant("", "", 0.0, 0.0)
    seen_BF = inputs([text], np.asarray(encode([text]), dtype=np.float32))
    if seen_BF.shape[1] != table.weight_FL.shape[0]:
        raise UserError("The table of settings was fitted to another encoder.", "Run training/steps/settings.py.")
    logits_L = table.logits(seen_BF)[0]
    chances_L = np.exp(logits_L - logits_L.max())
    chances_L /= chances_L.sum()
    chances = dict(zip(table.labels, chances_L.tolist(), strict=True))
    nothing = chances.pop(NONE, 0.0)
    label, chance = max(chances.items(), key=lambda pair: pair[1])
    setting, _, value = label.partition(":")
    return Meant(setting, "" if value == "other" else value.replace("-", " "), chance, 1.0 - nothing)


def means_setting(words: str, encode: Encode) -> float:
    """How surely a clause wants a setting changed, 0 to 1."""
    if len(words) > LONGEST:
        return 0.0
    if _YOURSELF.search(words) or _WAITS.search(words) or told_number(words):
        return 1.0
    chance = read(words, encode).any_chance
    if _PAST.search(words) and not _TO_YOU.search(words):
        return min(chance, 0.5)
    return max(chance, VERY_SURE) if chance > 0.5 and setting_idioms.date_order(words) else chance


def told_number(words: str) -> bool:
    """Whether the words name a setting of the voice, or how it is turned, and a number for it, and nothing else."""
    found = _HOW_MUCH.match(words.strip(" .!?,"))
    return found is not None and re.fullmatch(r"[\d. %]+", to_digits(found["much"], ordinals=False)) is not None


def with_settings(intents: Sequence[Intent], words: str, encode: Encode) -> list[Intent]:
    """The steps, those as changes of a setting that the chooser took for talk, or hardly for something else.

    Args:
        words: the whole request; where it is one wish, what is told before it counts too ("my reader runs at three
            hundred. give me the same").
    """
    found = list(intents)
    if len(found) > MOST:
        return found
    with suppress(UserError):  # without the table they stay as they are
        found = [_as_setting(one, one.clause.words, encode) for one in _with_told(intents, encode)]
        if len(found) == 1 and found[0].label != "change_setting" and len(words) <= LONGEST:
            whole = _as_setting(replace(found[0], label="world"), words, encode) if _open(found[0]) else found[0]
            taken = whole.label == "change_setting" and whole.confidence >= VERY_SURE
            found = [replace(whole, clause=replace(found[0].clause, words=words))] if taken else found
    return found


def _with_told(intents: Sequence[Intent], encode: Encode) -> list[Intent]:
    """Two sentences that are one wish as one: "my reader runs at three hundred. give me the same"."""
    found: list[Intent] = []
    for intent in intents:
        last = found[-1] if found else None
        if last is not None and _open(last) and _open(intent) and _POINTS.search(intent.clause.words):
            words = f"{last.clause.words.rstrip(' .')}. {intent.clause.words}"
            both = _as_setting(replace(last, clause=replace(last.clause, words=words), label="vague"), words, encode)
            if both.label == "change_setting" and both.confidence >= VERY_SURE:
                found[-1] = both
                continue
        found.append(intent)
    return found


def _as_setting(intent: Intent, words: str, encode: Encode) -> Intent:
    """The step as a change of a setting where its words are surely one, and as sure as they are."""
    if intent.label == "calculate" and told_number(words):
        return replace(
            intent, label="change_setting", confidence=max(1 - UNLIKELY, intent.confidence), arguments={}, marks=()
        )
    if not _open(intent) or intent.clause.hints.get("change_setting", 0.0) < UNHEARD_OF:
        return intent
    chance = means_setting(words, encode)
    if chance < (SURE if intent.label in (*_IDLE, "change_setting") else VERY_SURE):
        return intent
    return replace(intent, label="change_setting", confidence=max(chance, intent.confidence), arguments={}, marks=())


def _open(intent: Intent) -> bool:
    """Whether nothing is asked for, or hardly."""
    return intent.label in _IDLE or intent.confidence <= HARDLY

"""Which step a clause of the request asks for.

`StepChooser` is the seam: anything that ranks the labels for a clause may stand there, such as a tuned adapter of the language
model. The one that ships, `FittedChooser`, is a multinomial logistic regression on the sentence encoder's vector of the clause
and on its words; training/steps/ fits it and says how. Nothing but the user's own words is ever ranked.
"""

# ruff: noqa: E501 - a pattern reads better on one line

import math
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.steps.clause import Clause, plain
from assistant.steps.cue_words import CUES
from assistant.steps.labels import CAMERAS, LABELS, Situation, prior
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.steps.tagging import Mark, StepTagger

WEIGHTS = Path(__file__).parents[2] / "assets" / "steps.safetensors"
WORD_FEATURES = 1024
VECTOR_SCALE = 2.0  # weight of the meaning beside the words; chosen by cross-validation (training/steps/README.md)
MEANT = 0.6  # probability, by the tagger alone, from which a wish that no word asks for is one
UNSURE = 0.30  # below this probability the chooser asks back
CLAUSE_CHARACTERS = 600
CLAUSE_WORDS = 40  # a command shows itself in its first words; the rest is content

TABLE_SHARE, HINTED = 0.35, 1.0  # of the table's log-odds and of the tagger's where both speak
FLOOR = -9.0  # log-probability below which a hint says no more
IDLE = 0.5  # log-odds for talk and the world beside a hint: people say more that asks for nothing than any list of tools holds

UNFITTED = 5.0  # how far below the best label one stands that the table has not seen: its cues alone raise it

Encode = Callable[[list[str]], Any]  # texts -> (B, D), one unit vector a text


@dataclass(frozen=True)
class Intent:
    """What one clause asks for.

    Attributes:
        label: of LABELS, or the name of a tool that no training knows.
        clause: the user's words for it.
        confidence: probability of `label`.
        others: the next best labels.
        arguments: spans of the request that the tuned brain gave; empty where it was not asked.
        marks: those that the tagger gave.
    """

    label: str
    clause: Clause
    confidence: float
    others: tuple[tuple[str, float], ...] = ()
    arguments: Mapping[str, str] = field(default_factory=dict)
    marks: "tuple[Mark, ...]" = ()

    @property
    def is_meant(self) -> bool:
        """Whether the tagger, which knows wishes without a word for them and what only sounds like one, is sure of it."""
        return self.clause.hints.get(self.label, -math.inf) > math.log(MEANT)


class StepChooser(Protocol):
    """Ranks LABELS for clauses."""

    def rank(self, clauses: Sequence[Clause], situation: Situation) -> list[list[tuple[str, float]]]:
        """For each clause every label with its probability, best first."""
        ...


class FittedChooser:
    """The shipped chooser.

    Args:
        encode: texts -> (B, D) unit vectors of the sentence encoder.
        weights: the fitted table, or the file it is read from at the first use.
        tagger: reads requests whole, to cut them and to name their steps beside the table; None: the words alone do.

    Raises:
        UserError: the file is missing or is not what it should be.
    """

    def __init__(self, encode: Encode, weights: "Path | Fitted" = WEIGHTS, tagger: "StepTagger | None" = None) -> None:
        self._encode = encode
        self._weights = weights
        self.tagger = tagger

    def rank(self, clauses: Sequence[Clause], situation: Situation) -> list[list[tuple[str, float]]]:
        if isinstance(self._weights, Path):
            self._weights = Fitted.read(self._weights)
        fitted = self._weights
        if not clauses:
            return []
        texts = [text_of(clause) for clause in clauses]
        logits_BL = fitted.logits(features(texts, np.asarray(self._encode(texts), dtype=np.float32)))
        labels = (*fitted.labels, *(label for label in LABELS if label not in fitted.labels))
        unseen_B1 = logits_BL.max(axis=1, keepdims=True) - UNFITTED
        logits_BL = np.concatenate([logits_BL, *[unseen_B1] * (len(labels) - len(fitted.labels))], axis=1)
        logits_BL = logits_BL + np.array([prior(label, situation) for label in labels], dtype=np.float32)
        for row, text, clause in zip(logits_BL, texts, clauses, strict=True):
            if clause.hints:
                _add_hints(row, clause.hints, labels)
            _add_cues(row, text, labels)
        logits_BL -= logits_BL.max(axis=1, keepdims=True)
        chances_BL = np.exp(logits_BL) / np.exp(logits_BL).sum(axis=1, keepdims=True)
        return [sorted(zip(labels, row.tolist(), strict=True), key=lambda pair: -pair[1]) for row in chances_BL]


@dataclass(frozen=True)
class Fitted:
    """The table of the regression: weight (F, L), bias (L,), the labels in order."""

    labels: tuple[str, ...]
    weight_FL: NDArray[np.float32]
    bias_L: NDArray[np.float32]

    def logits(self, features_BF: NDArray[np.float32]) -> NDArray[np.float32]:
        """(B, L)."""
        product: NDArray[np.float32] = features_BF @ self.weight_FL + self.bias_L
        return product

    @staticmethod
    def read(path: Path) -> "Fitted":
        """From safetensors with float16 "weight" (F, L) and "bias" (L,), and the labels in its metadata."""
        from safetensors import safe_open

        try:
            with safe_open(path, framework="np") as file:
                labels = tuple(((file.metadata() or {}).get("labels", "")).split())
                weight, bias = (file.get_tensor(name).astype(np.float32) for name in ("weight", "bias"))
        except Exception as error:  # the safetensors package raises its own bare errors
            raise UserError(
                f"The table {path.name}, which chooses what to do, can't be read ({type(error).__name__}).",
                "Put the file back from the source, or run training/steps/fit.py.",
            ) from None
        if not labels or weight.ndim != 2 or weight.shape[1] != len(labels) or bias.shape != (len(labels),):
            raise UserError(f"The table {path.name} has the wrong shape.", "Put the file back from the source.")
        return Fitted(labels, weight, bias)


def text_of(clause: Clause) -> str:
    """The part of a clause that the chooser looks at."""
    return " ".join(plain(clause.words[:CLAUSE_CHARACTERS]).split()[:CLAUSE_WORDS])


def features(texts: Sequence[str], vectors_BD: NDArray[np.float32]) -> NDArray[np.float32]:
    """(B, D + WORD_FEATURES): the meaning, then hashed words, pairs of words and the first three words, as a unit vector."""
    words_BW = np.zeros((len(texts), WORD_FEATURES), dtype=np.float32)
    for row, text in enumerate(texts):
        for name in _word_features(text):
            words_BW[row, zlib.crc32(name.encode()) % WORD_FEATURES] += 1
    words_BW /= np.maximum(np.linalg.norm(words_BW, axis=1, keepdims=True), 1e-6)
    return np.concatenate([vectors_BD * VECTOR_SCALE, words_BW], axis=1)


def _word_features(text: str) -> list[str]:
    words = ["^", *("#" if word.isdigit() else word for word in re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+", text))]
    pairs = [f"{first}_{second}" for first, second in pairwise(words)]
    return [*words[1:], *pairs, "^3" + "_".join(words[1:4]), f"n{min(len(words) - 1, 6)}"]


def _add_hints(logits_L: NDArray[np.float32], hints: Mapping[str, float], labels: Sequence[str]) -> None:
    """Weigh the table's word against that of who read the whole request, in place."""
    logits_L *= TABLE_SHARE
    logits_L += HINTED * np.array([max(hints.get(label, FLOOR), FLOOR) for label in labels], dtype=np.float32)
    logits_L += np.array([IDLE * (label in ("chat", "world")) for label in labels], dtype=np.float32)


def _add_cues(logits_L: NDArray[np.float32], text: str, labels: Sequence[str]) -> None:
    """Add the log-odds of telling words to one row of logits, in place."""
    for pattern, label, weight in CUES:
        if label in labels and pattern.search(text):
            logits_L[labels.index(label)] += weight


def understand(request: str, situation: Situation, chooser: StepChooser) -> list[Intent]:
    """What each clause of the user's request asks for, in order."""
    from assistant.steps.cutting import clauses_of

    clauses = clauses_of(request, situation, chooser)
    ranked = chooser.rank(clauses, situation)
    takes = next((at for at, one in enumerate(ranked) if one[0][0] in CAMERAS), None)
    if takes is not None and not situation.has_picture and takes + 1 < len(clauses):
        shown = replace(situation, has_picture=True)  # what follows is about the picture that was just taken
        ranked[takes + 1 :] = chooser.rank(clauses[takes + 1 :], shown)
    return [_intent(clause, one) for clause, one in zip(clauses, ranked, strict=True)]


def _intent(clause: Clause, ranked: Sequence[tuple[str, float]]) -> Intent:
    label, confidence = ranked[0]
    return Intent("vague" if confidence < UNSURE else label, clause, confidence, tuple(ranked[1:4]))

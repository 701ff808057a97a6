"""Which printed line answers, where its readers differ: the tuned one, shared words and meaning, the rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from assistant.steps.line_reader import Chances

# chosen on the 384 questions of training/steps/lines_held_out.txt, by a reader that had learned from the others alone
TEMPER = 0.6  # of all log-odds, so that a chance is the share of right lines among those that are given it
SCORE = 3.0  # log-odds for one of extraction's scores: shared words, and what the kind of question calls for
COSINE = 6.0  # log-odds for a cosine
ENOUGH = 0.3  # chance from which a line is said
SURE = 0.7  # below it it is said with a doubt
OVER_RULE = 0.8  # chance from which another line than a rule's is taken, where the rule's has
UNDER_RULE = 0.1  # less than this
LEAST = 1e-4  # of a chance, before its logarithm is taken


@dataclass(frozen=True)
class Choice:
    """The line that answers likeliest (its place), with its chance; and the chance of every line."""

    at: int
    chance: float
    chances: tuple[float, ...]

    @property
    def is_enough(self) -> bool:
        return self.chance >= ENOUGH

    def outdoes(self, rule: str, passages: Sequence[str]) -> bool:
        """Whether it is another line than that of a rule, which nothing else speaks for."""
        rows = zip(self.chances, passages, strict=True)
        own = max((chance for chance, one in rows if one in rule or rule in one), default=0.0)
        return self.chance >= OVER_RULE and own < UNDER_RULE


def chosen(read: "Chances", scores: Sequence[float], cosines: Sequence[float]) -> Choice:
    """The likeliest of at least one line: the reader's chances with the scores and cosines added as log-odds."""
    odds = np.log(np.maximum(np.array([read.none, *read.lines]), LEAST))
    odds[1:] += SCORE * np.array(scores) + COSINE * np.array(cosines)
    weights = np.exp(TEMPER * (odds - odds.max()))
    chances = tuple(float(one) for one in (weights / weights.sum())[1:])
    at = max(range(len(chances)), key=lambda at: (chances[at], -at))
    return Choice(at, chances[at], chances)

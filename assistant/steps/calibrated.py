"""How likely a plan is right, from what chooser and brain say of it; measured on written requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assistant.steps.planning import Intent

if TYPE_CHECKING:
    from assistant.brains.base import Plan

# What the product of the clauses' probabilities was worth on 222 written requests (22 November 2026), drawn a little
# towards the middle: the chooser was tuned on requests like these.
_SAID = (0.0, 0.3, 0.5, 0.7, 0.85, 0.95, 1.0)
_RIGHT = (0.2, 0.38, 0.5, 0.7, 0.83, 0.91, 0.96)


@dataclass(frozen=True)
class Chances:
    """Calibrated probabilities.

    Attributes:
        settled: from here on the chooser's plan is not put in question.
        differs: what a plan's probability is multiplied by where the other mind proposes another plan; the chooser was
            right in 83% of 72 such cases, the brain in 26%.
        ask: below this a question is asked in place of a step.
    """

    settled: float = 0.955
    differs: tuple[float, float] = (0.9, 0.6)
    ask: float = 0.25

    def of_fitted(self, fitted: Sequence[Intent]) -> float:
        """That the chooser's plan is right, where the brain is not asked."""
        said = float(np.prod([intent.confidence for intent in fitted]))
        return float(np.interp(said, _SAID, _RIGHT))

    def of_brain(self, plan: "Plan") -> float:
        """That the brain's steps are right, whatever the chooser says."""
        return float(np.prod([call.confidence for call in plan.calls]))

    def agreed(self, chance: float, plan: "Plan") -> float:
        """That the plan is right that both propose: 97% of 150 such cases."""
        return 1.0 - (1.0 - chance) * (1.0 - self.of_brain(plan)) * 0.6

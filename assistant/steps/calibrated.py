"""How likely a plan is right, from what chooser and brain say of it; measured on written requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.steps.planning import Intent

if TYPE_CHECKING:
    from assistant.brains.base import Plan


@dataclass(frozen=True)
class Chances:
    """Calibrated probabilities.

    Attributes:
        settled: from here on the chooser's plan is not put in question.
    """

    settled: float = 0.985

    def of_fitted(self, fitted: Sequence[Intent]) -> float:
        """That the chooser's plan is right, where the brain is not asked."""
        chance = 1.0
        for intent in fitted:
            chance *= intent.confidence
        return chance

    def of_brain(self, plan: "Plan", fitted: Sequence[Intent]) -> float:
        """That the brain's plan is right where the chooser's is another."""
        return plan.confidence

    def agreed(self, fitted: Sequence[Intent], plan: "Plan") -> float:
        """That the plan is right that both propose."""
        return 1.0 - (1.0 - self.of_fitted(fitted)) * (1.0 - plan.confidence)

"""How likely a plan is right, from what chooser and brain say of it; measured on written requests.

The numbers are in assets/chances.json once they are fitted; until that file is there, the defaults of `Chances` hold,
which were set by hand. `python -m training.steps.calibrate` fits them anew from kept benchmark runs.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.steps.planning import Intent
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.brains.base import Plan

FILE = Path(__file__).parents[2] / "assets" / "chances.json"
SAID = (0.0, 0.3, 0.5, 0.7, 0.85, 0.95, 1.0)  # products of the clauses' probabilities


@dataclass(frozen=True)
class Chances:
    """Calibrated probabilities.

    Attributes:
        right: the share of plans that are right at each place of SAID; strictly rising.
        settled: from here on the chooser's plan is not put in question.
        differs: what a plan's probability is multiplied by where the other mind proposes another plan.
        both: what is left of the doubt of both where they agree.
        ask: below this a question is asked in place of a step.
    """

    right: tuple[float, ...] = (0.2, 0.38, 0.5, 0.7, 0.83, 0.91, 0.96)
    settled: float = 0.93
    differs: tuple[float, float] = (0.95, 0.45)
    both: float = 0.6
    ask: float = 0.25

    @staticmethod
    def shipped() -> "Chances":
        """The fitted ones, read once.

        Raises:
            UserError: the file is not what it should be.
        """
        return _read(FILE)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def of_fitted(self, fitted: Sequence[Intent]) -> float:
        """That the chooser's plan is right, where the brain is not asked."""
        said = float(np.prod([intent.confidence for intent in fitted]))
        return float(np.interp(said, SAID, self.right))

    def of_brain(self, plan: "Plan") -> float:
        """That the brain's steps are right, whatever the chooser says."""
        return float(np.prod([call.confidence for call in plan.calls]))

    def agreed(self, chance: float, plan: "Plan") -> float:
        """That the plan is right that both propose."""
        return 1.0 - (1.0 - chance) * (1.0 - self.of_brain(plan)) * self.both


@cache
def _read(path: Path) -> Chances:
    if not path.is_file():
        return Chances()
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        right, differs = tuple(map(float, told["right"])), tuple(map(float, told["differs"]))
        found = Chances(
            right, float(told["settled"]), (differs[0], differs[1]), float(told["both"]), float(told["ask"])
        )
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        found = None
    if (
        found is None
        or len(right) != len(SAID)
        or list(right) != sorted(set(right))
        or not 0 <= right[0] <= right[-1] <= 1
    ):
        raise UserError(
            f"The numbers in {path.name}, which say how sure a choice is, can't be used.",
            "Put the file back from the source, or run training/steps/calibrate.py.",
        )
    return found

"""Brains for the agent's benchmark: the tuned one, any model that was not tuned, and a chooser that never knows.

With `Blank` in the chooser's place a brain stands alone: its plan always counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.brains.base import Call, Caller, Plan, schema_of
from assistant.steps.clause import Clause
from assistant.steps.labels import Situation
from assistant.steps.utterance import split
from assistant.tools.base import Tool
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.steps.deciding import Planner


class Blank:
    """A step chooser that knows nothing."""

    def rank(self, clauses: Sequence[Clause], situation: Situation) -> list[list[tuple[str, float]]]:
        """As StepChooser.rank: "vague" for every clause, all but impossible."""
        return [[("vague", 1e-6)] for _ in clauses]


@dataclass(frozen=True)
class ZeroShot:
    """A language model that no training told of these tools: it chooses one call a clause, by their descriptions."""

    caller: Caller
    tools: Mapping[str, Tool]

    def plan(self, words: str, situation: Situation) -> Plan:
        """One call a clause; "chat" where it says that no tool fits, or gives nothing usable."""
        schemas = [schema_of(tool) for tool in self.tools.values()]
        at_hand = "[picture] " * situation.has_picture + "[text] " * situation.has_document
        calls, whole = [], 1.0
        for clause in split(words):
            try:
                found = self.caller.call(at_hand + clause.words, schemas)
            except UserError:
                found = None
            calls.append(found or Call("chat", {}, 0.5))
            whole *= calls[-1].confidence
        return Plan(tuple(calls), max(whole, 1e-5))


def load(name: str, tools: Mapping[str, Tool]) -> "Planner | None":
    """The planner that `--brain` names: "off" is none, "on" the tuned one, else a language model zero-shot.

    Raises:
        UserError: a model can't be loaded.
    """
    if name == "off":
        return None
    if name != "on":
        from assistant.brains.local import LocalBrain

        return ZeroShot(LocalBrain.load(name), tools)
    from assistant.brains import tuned

    model = tuned.load()
    brain = tuned.TunedBrain(lambda: model)
    brain.warm()  # no row's time holds the loading
    return brain

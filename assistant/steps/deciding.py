"""What to do for a request: the fitted chooser's plan and the tuned brain's, side by side.

The chooser ranks each clause in milliseconds; the brain reads the request whole, so it also mends where a request was
cut wrongly. Where both agree the plan is nearly always right. Where they differ the likelier one is taken, by
probabilities that were calibrated on written requests; below a threshold one question is asked. Only the user's own
words are ever read here.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from assistant.steps.aligning import goes_further, intents_of
from assistant.steps.arguments import Filled, Material, Missing, fill
from assistant.steps.calibrated import Chances
from assistant.steps.declined import without_all_declined
from assistant.steps.joining import joined
from assistant.steps.kept_things import kept_as
from assistant.steps.labels import NOT_TOOLS, Situation
from assistant.steps.linking import linked
from assistant.steps.marked import agrees, attached, fuller, said_again
from assistant.steps.marked_pairs import parted
from assistant.steps.planning import Encode, Intent, StepChooser, understand
from assistant.steps.setting_wishes import with_settings
from assistant.steps.strangers import Strangers
from assistant.steps.utterance import tidied
from assistant.tools.base import Tool
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.brains.base import Caller, Plan
    from assistant.steps.tagging import StepTagger

CLEAR = 0.75  # probability of a wish beside which something told, which is less likely one, is taken for an aside
_OFTEN_TOLD = (  # what people also ask for by telling: "the bill is forty and we are three"
    "calculate", "convert_units", "remember", "add_note", "set_reminder", "edit_note", "start_timer",
    "change_setting", "cancel_reminder", "undo",
)  # fmt: skip
_TOLD = re.compile(
    r"(?!.*\b(?:who|what|where|which|how|whether|if|asks?|asking|need|wants?|like|please|wonder|forget|know)\b)"
    r"(?:i|i've|i'm|we|we've|he|he's|she|she's|they|it|it's|the|my|our|his|her|(?:this|that) (?:was|came|has))\b",
    re.I,
)
_LOG = logging.getLogger("antigone.agent")
LONGEST = 600  # characters that the brain reads; a longer request is mostly content (a dictated note)


class Planner(Protocol):
    """The tuned brain: the whole request in, the whole plan out."""

    def plan(self, words: str, situation: Situation) -> "Plan":
        """The calls that the words ask for.

        Raises:
            UserError: the brain can't be loaded.
        """
        ...


@dataclass(frozen=True)
class Decided:
    """The plan of a turn.

    Attributes:
        intents: the steps in order; empty where there are no words to understand.
        confidence: calibrated probability, 0 to 1, that all of them are right.
        source: "fitted", "brain", or "both" where the two agree.
    """

    intents: tuple[Intent, ...]
    confidence: float = 1.0
    source: str = "fitted"

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(intent.label for intent in self.intents)


@dataclass(frozen=True)
class Draft:
    """What the chooser makes of a request.

    Attributes:
        chance: calibrated probability that all of it is right.
        asks: whether the brain is asked too.
    """

    words: str
    situation: Situation
    intents: tuple[Intent, ...]
    chance: float
    asks: bool


def without_asides(intents: list[Intent]) -> list[Intent]:
    """The steps without what was said beside them: a greeting or an unclear half sentence next to a wish is no wish."""
    clear = any(intent.confidence >= CLEAR and intent.label not in NOT_TOOLS[1:] for intent in intents)
    wishes = [
        intent for intent in intents if intent.label not in ("vague", "chat") and not (clear and _is_told(intent))
    ]
    return wishes or intents


def _is_told(intent: Intent) -> bool:
    """Whether a clause only tells something ("this was on my mat") and was hardly taken for a wish."""
    told = _TOLD.match(intent.clause.plain) and "?" not in intent.clause.words
    return bool(told) and intent.label not in _OFTEN_TOLD and intent.confidence < CLEAR and bool(intent.clause.hints)


class Decider:
    """Decides what a request asks for.

    Args:
        chooser: ranks the labels of a clause.
        tools: by name; those that no training knows are found by their examples and descriptions.
        encode: sentence encoder.
        planner: the tuned brain; None where there is none.
        caller: fills the arguments of unknown tools; None: the words themselves do.
    """

    def __init__(
        self,
        chooser: StepChooser,
        tools: Mapping[str, Tool],
        encode: Encode,
        planner: Planner | None = None,
        caller: "Caller | None" = None,
        chances: Chances | None = None,
    ) -> None:
        self._chooser, self._planner, self._tools, self._encode = chooser, planner, tools, encode
        self._strangers = Strangers(tools, encode, caller)
        self._chances = chances or Chances.shipped()
        self._failed: UserError | None = None

    def __call__(self, words: str, situation: Situation) -> Decided:
        """The plan for the user's words."""
        return self.settle(self.draft(words, situation))

    def draft(self, words: str, situation: Situation) -> Draft:
        """The chooser's plan, and whether the brain is to be asked about it."""
        steps = with_settings(linked(joined(understand(words, situation, self._chooser))), words, self._encode)
        fitted = without_asides(without_all_declined([self._strangers.claim(intent) for intent in steps]))
        chance = self._chances.of_fitted(fitted) if fitted else 1.0
        asks = self._planner is not None and len(words) <= LONGEST and not self._is_settled(fitted, chance)
        return Draft(words, situation, tuple(self._marked(fitted, words, situation)), chance, asks and bool(fitted))

    def _marked(self, intents: Sequence[Intent], words: str, situation: Situation) -> list[Intent]:
        """The steps with their arguments as the tagger marks them, where there is one."""
        tagger: StepTagger | None = getattr(self._chooser, "tagger", None)
        text = tidied(words)[0]
        if tagger is None or len(text) > LONGEST:
            return list(intents)
        try:
            return parted(attached(intents, tagger.marks(text, situation)))
        except UserError as error:  # no tagger on this machine
            _LOG.debug("the tagger is not there: %s", error.text)
            return list(intents)

    def settle(self, draft: Draft) -> Decided:
        """The plan, the brain's word taken in where it is asked."""
        plan = self._ask(draft.words, draft.situation) if draft.asks else None
        if plan is None or not plan.calls:
            return Decided(draft.intents, draft.chance)
        decided = self._weigh(list(draft.intents), draft.chance, plan, draft.words)
        if decided.source != "brain":
            return decided
        return replace(decided, intents=tuple(self._marked(decided.intents, draft.words, draft.situation)))

    def given_up(self) -> UserError | None:
        """What kept the planner from answering just now; after that it isn't asked again."""
        error, self._failed = self._failed, None
        if error is not None:
            self._planner = None
        return error

    def quickly(self, words: str) -> list[Intent]:
        """The fitted plan alone, for a glance at a reply."""
        return understand(words, Situation(), self._chooser)

    def arguments(self, intent: Intent, material: Material) -> Filled:
        """The arguments of a step: spans of its clause; what the patterns miss, the brain's reading brings."""
        if self._strangers.knows(intent.label):
            return self._strangers.arguments(intent)
        if (kept := kept_as(intent.label, intent.clause.words, material)) is not None:
            return kept
        plainly = said_again(intent)
        filled = fill(intent.label, plainly or intent.clause.words, material)
        if plainly:
            own = fill(intent.label, intent.clause.words, material)
            if isinstance(filled, Missing) or not agrees(intent, filled):
                filled = own
            elif not isinstance(own, Missing):
                filled = fuller(filled, own)
        given = {name: value for name, value in intent.arguments.items() if value not in ("", None)}
        if isinstance(filled, Missing):
            completed = _completed(filled, given)
            return filled if self._lacks(intent.label, completed) else completed
        return filled

    def _lacks(self, label: str, filled: Filled) -> bool:
        """Whether arguments are still short of what the tool must have."""
        needed = self._tools[label].parameters.get("required", ()) if label in self._tools else ()
        return isinstance(filled, Missing) or any(filled.get(name) in (None, "") for name in needed)

    def _is_settled(self, fitted: Sequence[Intent], chance: float) -> bool:
        """Whether the brain could change nothing: the plan is all but certain, or is for a tool it doesn't know."""
        return chance >= self._chances.settled or any(self._strangers.knows(intent.label) for intent in fitted)

    def _ask(self, words: str, situation: Situation) -> "Plan | None":
        assert self._planner is not None
        try:
            return self._planner.plan(words, situation)
        except UserError as error:  # no brain on this machine: the chooser's word stands
            _LOG.debug("the planner is not there: %s", error.text)
            self._failed = error
            return None

    def _weigh(self, fitted: list[Intent], chance: float, plan: "Plan", words: str) -> Decided:
        theirs = without_asides(without_all_declined(linked(intents_of(plan, fitted, words))))
        same = [one.label for one in fitted] == [one.label for one in theirs]
        if same:
            pairs = zip(fitted, theirs, strict=True)
            joined = tuple(replace(own, arguments=other.arguments) for own, other in pairs)
            return Decided(joined, self._chances.agreed(chance, plan), "both")
        own, brain = chance * self._chances.differs[0], self._chances.of_brain(plan) * self._chances.differs[1]
        if theirs and (brain > own or goes_further(theirs, fitted)):
            return self._or_ask(Decided(tuple(theirs), max(brain, own), "brain"))
        return self._or_ask(Decided(tuple(fitted), own))

    def _or_ask(self, decided: Decided) -> Decided:
        """The plan, or one question where it is more likely wrong than worth trying."""
        if decided.confidence >= self._chances.ask:
            return decided
        first = decided.intents[0]
        others = ((first.label, first.confidence), *first.others)
        return replace(decided, intents=(replace(first, label="vague", others=others, arguments={}),))


def _completed(missing: Missing, given: Mapping[str, Any]) -> Filled:
    """The arguments with the brain's in the place of what the patterns did not find, or still what is missing."""
    if missing.slot != "all" and missing.slot not in given:
        return missing
    if missing.slot == "all" and not given:
        return missing
    return {**given, **missing.known}

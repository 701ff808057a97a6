"""The language model's word where the fitted chooser is in doubt: behind its seam, loaded at the first such call."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.steps.planning import Situation, StepChooser
from assistant.steps.utterance import Clause
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.language import LanguageModel

CLOSE = 0.5  # probability of the best label below which the model is asked
NEAR = 0.15  # probability from which a second label is worth asking about
WEIGHT = 1.0  # of the model's score beside the table's log-probability; see training/steps/README.md

WANTS: Mapping[str, str] = {
    "read_text": "hear a printed text read aloud", "ask_text": "know one thing that stands in a printed text",
    "describe_picture": "know what a picture shows", "find_in_picture": "know where a thing is in a picture",
    "identify_colour": "know the colour of something", "scan_barcode": "have a barcode scanned",
    "calculate": "have a sum worked out", "convert_units": "convert one unit of measure into another",
    "tell_time": "know the time or the date", "set_reminder": "be reminded of something later",
    "list_reminders": "hear which reminders are set", "cancel_reminder": "delete a reminder or stop a timer",
    "start_timer": "start a countdown timer", "remember": "tell a fact that is to be remembered",
    "recall": "be told a personal fact they mentioned before", "add_note": "write a note or add to a list",
    "search_notes": "hear their own notes or lists", "spell": "have a word spelled letter by letter",
    "repeat": "hear the last answer again", "undo": "take back the last action", "more": "hear more details",
    "help": "know what the assistant can do",
    "chat": "make friendly small talk", "world": "know a fact about the world",
    "where_that": "know where on the page a line stands", "sure": "know how certain the answer is",
    "vague": "say something unfinished and unclear",
}  # fmt: skip


@dataclass(frozen=True)
class CloseCallChooser:
    """Ranks as `first` does; where that is in doubt, the two best labels are weighed again by the language model."""

    first: StepChooser
    model: Callable[[], "LanguageModel"]

    def rank(self, clauses: Sequence[Clause], situation: Situation) -> list[list[tuple[str, float]]]:
        """As StepChooser.rank."""
        return [
            self._weigh(clause, ranked)
            for clause, ranked in zip(clauses, self.first.rank(clauses, situation), strict=True)
        ]

    def _weigh(self, clause: Clause, ranked: list[tuple[str, float]]) -> list[tuple[str, float]]:
        (first, chance), (second, other) = ranked[:2]
        if chance >= CLOSE or other < NEAR:
            return ranked
        try:
            scores = direct_scores(self.model(), clause.plain[:300], [first, second])
        except UserError:  # no language model here: the table's word stands
            return ranked
        weights = [math.exp(math.log(p) + WEIGHT * s) for p, s in ((chance, scores[0]), (other, scores[1]))]
        both = chance + other
        pair = [(first, both * weights[0] / sum(weights)), (second, both * weights[1] / sum(weights))]
        return sorted([*pair, *ranked[2:]], key=lambda item: -item[1])


def channel_scores(model: "LanguageModel", words: str, labels: Sequence[str]) -> list[float]:
    """Mean log-probability a token of the request after each label's description: how well it says what was said."""
    prompts = [
        [{"role": "user", "content": f"Write what a person says to an assistant who wants to {WANTS[label]}."}]
        for label in labels
    ]
    return [model.score(prompt, [words])[0] for prompt in prompts]


def direct_scores(model: "LanguageModel", words: str, labels: Sequence[str]) -> list[float]:
    """Mean log-probability a token of each label's description after the request, less the same after no request."""
    wishes = [f"wants to {WANTS[label]}" for label in labels]
    asked, empty = (
        model.score(
            [{"role": "user", "content": f'A person says to an assistant: "{text}". What do they want?'}], wishes
        )
        for text in (words, "...")
    )
    return [given - prior for given, prior in zip(asked, empty, strict=True)]

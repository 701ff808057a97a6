"""The language model's word where the fitted chooser is in doubt: behind its seam, loaded at the first such call."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.steps.clause import Clause
from assistant.steps.planning import Situation, StepChooser
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.language import LanguageModel
    from assistant.steps.tagging import StepTagger

LONGEST = 300  # characters of a clause that the model reads
CLOSE = 0.5  # probability of the best label below which the model is asked
CANDIDATES = 3  # labels, the best ones, between which it chooses; the right one is among them in 90% of close calls
WEIGHT = 0.5  # of the model's score beside the table's log-probability; see training/steps/README.md

WANTS: Mapping[str, str] = {
    "read_text": "hear a printed text read aloud", "ask_text": "know one thing that stands in a printed text",
    "describe_picture": "know what a picture shows", "find_in_picture": "know where a thing is in a picture",
    "identify_colour": "know the colour of something", "scan_barcode": "have a barcode scanned",
    "calculate": "have a sum worked out", "convert_units": "convert one unit of measure into another",
    "tell_time": "know the time, here or elsewhere", "set_reminder": "be reminded of something later",
    "list_reminders": "hear which reminders are set", "cancel_reminder": "delete a reminder or stop a timer",
    "start_timer": "start a countdown timer", "remember": "tell a fact that is to be remembered",
    "recall": "be told a personal fact they mentioned before", "add_note": "write a note or add to a list",
    "search_notes": "hear their own notes or lists", "spell": "have a word spelled letter by letter",
    "repeat": "hear the last answer again", "undo": "take back the last action",
    "take_picture": "have a new photo taken with the camera",
    "take_screenshot": "have the computer's screen captured",
    "look_closer": "have one part of the picture enlarged and read again",
    "compare_pictures": "know how two pictures differ",
    "tell_date": "know the date, a weekday or how many days until a date",
    "define_word": "know what a word means",
    "list_timers": "know how long a timer still runs",
    "forget": "have a remembered fact forgotten",
    "who_am_i": "hear what is known about themselves",
    "edit_note": "change the words of a note",
    "delete_note": "delete a note or take something off a list",
    "add_document": "keep a document for later questions",
    "search_documents": "know what one of their stored documents says",
    "read_document": "hear a stored document",
    "list_documents": "hear which documents are stored",
    "remove_document": "have a stored document removed",
    "list_tools": "hear the names of the tools",
    "change_setting": "change the voice, the volume or another setting",
    "open_application": "have a program of the computer opened",
    "web_search": "have the internet searched",
    "fetch_page": "hear what a web page says",
    "say_more": "hear more details",
    "help": "know what the assistant can do",
    "chat": "make friendly small talk", "world": "know a fact about the world",
    "where_that": "know where on the page a line stands", "sure": "know how certain the answer is",
    "vague": "say something unfinished and unclear",
}  # fmt: skip


@dataclass(frozen=True)
class CloseCallChooser:
    """Ranks as `first` does; where that is in doubt, the best labels are ranked anew.

    The language model decodes one call under a grammar of these labels; its log-probabilities count beside `first`'s.
    """

    first: StepChooser
    model: Callable[[], "LanguageModel"]

    @property
    def tagger(self) -> "StepTagger | None":
        """What reads requests whole for `first`."""
        return getattr(self.first, "tagger", None)

    def rank(self, clauses: Sequence[Clause], situation: Situation) -> list[list[tuple[str, float]]]:
        """As StepChooser.rank."""
        return [
            self._weigh(clause, ranked)
            for clause, ranked in zip(clauses, self.first.rank(clauses, situation), strict=True)
        ]

    def _weigh(self, clause: Clause, ranked: list[tuple[str, float]]) -> list[tuple[str, float]]:
        best, rest = ranked[:CANDIDATES], ranked[CANDIDATES:]
        if len(best) < 2 or best[0][1] >= CLOSE:
            return ranked
        labels = [label for label, _ in best]
        try:
            scores = call_scores(self.model(), clause.plain[:LONGEST], labels)
        except UserError:  # no language model here: the table's word stands
            return ranked
        parts = [chance * math.exp(WEIGHT * score) for (_, chance), score in zip(best, scores, strict=True)]
        share = sum(chance for _, chance in best) / sum(parts)
        anew = zip(labels, (share * part for part in parts), strict=True)
        return sorted([*anew, *rest], key=lambda pair: -pair[1])


FIXED = (
    "Tools:\n"
    + "\n".join(f"{label}: the user wants to {wish}" for label, wish in WANTS.items())
    + "\n\nWhich tool fits this request? Answer with its name only.\nRequest: "
)
"""The prompt up to the request: always the same, so that it is read once and then comes from disk."""


def call_scores(model: "LanguageModel", words: str, labels: Sequence[str]) -> list[float]:
    """Log-probability of each label as the one call that a grammar of these allows, less the same for no request.

    What the model would call anyway is so taken out (Zhao et al. 2021, contextual calibration).
    """
    if len(labels) > 1:
        model.expect([{"role": "user", "content": FIXED}])
    asked, empty = (model.choose([{"role": "user", "content": FIXED + text}], labels) for text in (words, "..."))
    return [given - prior for given, prior in zip(asked, empty, strict=True)]


def rehearse(model: "LanguageModel") -> None:
    """Weigh a call that nobody made, so that the first real one finds grammar, template and kernels ready."""
    call_scores(model, "hello", ("chat", "help"))

"""How sure an answer is, and the one short sentence that says so.

Reasons, the weightiest first: the words may be misheard, the choice of what to do was close, a search found little, a
reading is weak or two readings differ, a model guessed. An answer says at most one; tools that look hedge
by themselves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assistant.steps.labels import NOT_TOOLS
from assistant.tools.base import ToolResult

HEARD_BADLY = 0.45  # a recogniser's confidence below which its words are often others
CLOSE_CHOICE = 0.5  # calibrated probability of the plan below which it is as likely wrong
LOOKING = (
    "read_text", "describe_picture", "find_in_picture", "identify_colour", "scan_barcode", "look_closer",
    "compare_pictures", "read_document",
)  # fmt: skip
SEARCHING = ("recall", "search_notes", "search_documents", "define_word", "web_search")

_SENTENCES: Mapping[str, str] = {
    "hearing": "I may have misheard you.",
    "choice": "I may have misunderstood you.",
    "search": "I am not sure about this.",
    "other": "I am not sure about this.",
}
_REASONS: Mapping[str, str] = {
    "hearing": "I did not hear you clearly",
    "choice": "two readings of what you want were close",
    "search": "what I found fits only loosely",
    "reading": "the print or the picture is hard to make out",
    "other": "the tool itself is not sure",
    "guess": "a model's own guess",
}


@dataclass
class Doubt:
    """What speaks against an answer, gathered through a turn.

    Attributes:
        confidence: of the least sure result.
        found: (kind, confidence, reason) of each doubtful thing.
    """

    confidence: float = 1.0
    found: list[tuple[str, float, str]] = field(default_factory=list)

    def heard(self, confidence: float) -> None:
        """Note how sure the recogniser was of the words."""
        if confidence < HEARD_BADLY:
            self.found.append(("hearing", confidence, _REASONS["hearing"]))

    def chosen(self, confidence: float, labels: Sequence[str]) -> None:
        """Note how sure the choice of the steps was; a plan that does nothing needs no excuse."""
        if confidence < CLOSE_CHOICE and not set(labels) <= set(NOT_TOOLS):
            self.found.append(("choice", confidence, _REASONS["choice"]))

    def guessed(self) -> None:
        """A model spoke from memory."""
        self.found.append(("guess", 0.0, _REASONS["guess"]))

    def take(self, name: str, result: ToolResult, threshold: float) -> None:
        """Note how sure a tool was of what it returned."""
        self.confidence = min(self.confidence, result.confidence)
        said = result.data.get("doubt")
        if result.confidence >= threshold:
            return
        kind = "reading" if name in LOOKING else "search" if name in SEARCHING else "other"
        reason = said if isinstance(said, str) and 0 < len(said) <= 120 else _REASONS[kind]
        self.found.append((kind, result.confidence, reason))

    @property
    def sure(self) -> bool:
        return not self.found

    @property
    def reason(self) -> str:
        """Why the answer is unsure, in a few words; "" where it is sure."""
        return self._first[2] if self.found else ""

    @property
    def sentence(self) -> str:
        """What is said before the answer; "" where the answer is sure or says so itself."""
        return next((_SENTENCES[kind] for kind, _, _ in self._ordered if kind in _SENTENCES), "")

    @property
    def _ordered(self) -> list[tuple[str, float, str]]:
        return sorted(self.found, key=lambda one: list(_REASONS).index(one[0]))

    @property
    def _first(self) -> tuple[str, float, str]:
        return self._ordered[0]

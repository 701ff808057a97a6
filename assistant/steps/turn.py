"""What one turn of the agent gathers: what was found, what is said, and what the next turn may refer to."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from assistant.messages import Request
from assistant.steps import answers
from assistant.steps.doubt import Doubt
from assistant.steps.extraction import Document
from assistant.steps.labels import CAMERAS, Situation
from assistant.steps.slots import Material
from assistant.steps.slots_earlier import Said, said_by
from assistant.tools.base import ToolContext, ToolResult
from kernels.errors import UserError

_ASKED_ONCE = ("spell", "define_word", "calculate", "convert_units", "tell_date", "tell_time")
READERS = ("read_text", "read_document")  # their result is a text that later questions are about


@dataclass
class Turn:
    """The state of a turn.

    Attributes:
        words: the user's own words, joined to those of a request that they complete.
        situation: what was at hand when the request came.
        earlier: pictures of earlier turns, which may be asked about.
        steps: tool calls so far.
        said, more: what the answer says, and what "more" would.
        calls: for the audit log: tool, tier, status, arguments.
        records: results in the form that is kept with the turn.
        keep: what the next turn may need: a pending consent, an open question, what waits with it, a quoted passage.
        doubt: what speaks against the answer.
        failures: what went wrong, to be said.
        has_read: whether the picture was read in this turn.
    """

    request: Request
    words: str
    context: ToolContext
    material: Material
    situation: Situation = field(default_factory=Situation)
    earlier: tuple[Path, ...] = ()
    steps: int = 0
    said: list[str] = field(default_factory=list)
    more: list[str] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    keep: dict[str, Any] = field(default_factory=dict)
    doubt: Doubt = field(default_factory=Doubt)
    failures: list[UserError] = field(default_factory=list)
    has_read: bool = False

    def __post_init__(self) -> None:
        self.material = replace(self.material, request=self.words)

    def say(self, text: str, more: str = "") -> None:
        """Add a sentence or two to the answer."""
        self.said.append(text.strip())
        if more:
            self.more.append(more)

    def fail(self, error: UserError) -> None:
        """Say what went wrong and what to do."""
        self.failures.append(error)
        self.say(f"{error.text} {error.remedy}")

    def take(self, name: str, arguments: Mapping[str, Any], result: ToolResult, *, implied: bool) -> None:
        """Keep a result for the steps and turns that follow, and say it unless it only served another step."""
        self.context.results.append((name, result))
        self.records.append(answers.as_record(name, result))
        self.doubt.take(name, result, self.context.settings.confidence_threshold)
        value = str(result.data.get("value", "")) or self.material.last_value
        quote = str(result.data.get("quote") or "")
        self.material = replace(self.material, last_text=quote or result.text, last_value=value, quote=quote)
        self.heard(said_by(name, result.text, result.data, found=result.found))
        if quote:
            self.keep["quote"] = quote
        if name in READERS:
            self.has_read = True
            document = Document.of(result.data, result.text) if result.found else None
            now = tuple(one for one in self.material.earlier if one.now)
            lately = (
                now if implied else ()
            )  # a text that was asked for is what "that" is; else only the last turn is past
            self.material = replace(self.material, document=document, earlier=lately)
        if "needs" in result.data and not result.found:
            self.keep["open"] = {
                "words": self.context.request,
                "slot": result.data["needs"],
                "known": dict(arguments),
            }
        if not (implied and result.found):
            self.say(*answers.spoken(name, result, self.context.request))

    def has_just(self, name: str, arguments: Mapping[str, Any]) -> bool:
        """Whether the step before was the same question: "one c or two? give me it in letters" is spelled once."""
        last = self.calls[-1] if self.calls and name in _ASKED_ONCE else {}
        return last.get("tool") == name and last.get("arguments") == dict(arguments)

    def heard(self, one: Said | None) -> None:
        """Keep what a step said for the steps that lean on it."""
        if one is not None:
            self.material = replace(self.material, earlier=(one, *self.material.earlier))

    @property
    def shows_picture(self) -> bool:
        """Whether a picture was sent with the request or taken for it, rather than in an earlier turn."""
        return bool(self.request.pictures) or any(record["name"] in CAMERAS for record in self.records)

    @property
    def waits(self) -> bool:
        """Whether something that was asked for waits for the user's answer."""
        return not {"pending", "open"}.isdisjoint(self.keep)

    @property
    def used(self) -> list[str]:
        """The tools that did something, in order."""
        return [str(record["name"]) for record in self.records]

    @property
    def is_lost(self) -> bool:
        """Whether nothing came of it but failures."""
        return bool(self.failures) and not self.records and len(self.said) == len(self.failures)

    @property
    def answer(self) -> str:
        """All that is said, as one text."""
        return answers.joined(self.said) or "Done."

"""Frozen requests and events: the vocabulary that the agent, the page, the voice loop and the terminal share.

One turn of the agent takes a `Request` and yields `Event`s; the last one is always an `Answer` or a `Failed`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Request:
    """What the user says and shows in one turn.

    Either `text` or `audio` is given; `audio` is heard first and its transcript becomes the request.
    `consent` is the user's yes given in advance (`--yes`): changes run without asking.
    `answers` is the question (`ConsentAsked.text`) that a yes or no belongs to, where a page or program knows it: the
    reply then counts for that question alone. Without it the reply is to whatever was asked last.
    `settings` are options that hold for this turn in place of those in force, such as {"verbosity": "brief"}.
    """

    text: str = ""
    audio: Path | None = None
    pictures: tuple[Path, ...] = ()
    consent: bool = False
    answers: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Event:
    """One thing that happened in a turn. Its name on the wire is its class name."""

    def as_json(self) -> dict[str, Any]:
        """A flat dict of JSON values with the event's name under "event"; dates are ISO strings."""
        fields = {name: _plain(value) for name, value in asdict(self).items()}
        return {"event": type(self).__name__, **fields}


@dataclass(frozen=True)
class Heard(Event):
    """The user's words as recognised from audio. `confidence` is 0 to 1."""

    text: str
    language: str = "en"
    confidence: float = 1.0


@dataclass(frozen=True)
class Seen(Event):
    """A picture or document was opened and is ready to be asked about."""

    source: str
    text: str


@dataclass(frozen=True)
class Thinking(Event):
    """A sign of life while work goes on; `text` is fit to be spoken."""

    text: str


@dataclass(frozen=True)
class Planned(Event):
    """What the request was understood to ask for: tools, or labels that are none, from the user's words alone.

    `confidence` is the calibrated probability, 0 to 1, that the whole plan is right; `source` says whose it is:
    "fitted", "brain", "both" where the two agree.
    """

    steps: tuple[str, ...]
    confidence: float = 1.0
    source: str = "fitted"


@dataclass(frozen=True)
class Routed(Event):
    """A step goes to the expert that serves it best; `why` is a clause for those who look."""

    expert: str
    why: str


@dataclass(frozen=True)
class ToolCalled(Event):
    """The agent is about to run a tool."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    tier: str = "look"


@dataclass(frozen=True)
class ToolReturned(Event):
    """A tool's result (data, never instructions) or the sentence that says why it failed."""

    name: str
    result: Any = None
    error: str | None = None


@dataclass(frozen=True)
class ConsentAsked(Event):
    """A change is waiting: `text` reads back its exact effect. Nothing happens until the user says yes."""

    text: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class AnswerPart(Event):
    """A clause of the answer, ready to be spoken before the rest is known."""

    text: str


@dataclass(frozen=True)
class Answer(Event):
    """The whole answer, short first; `more` holds what "more" would say.

    `sure` is False where the answer may well be wrong; `reason` then says why in a few words ("the print is weak"),
    and the text has said so itself.
    """

    text: str
    more: str = ""
    confidence: float = 1.0
    sure: bool = True
    reason: str = ""


@dataclass(frozen=True)
class Failed(Event):
    """The turn could not be finished: what happened and what to do next."""

    text: str
    remedy: str


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value

"""What the store holds, as frozen records, and what a text must be to be kept."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from kernels.errors import UserError

NOTE_LIMIT = 200_000  # characters: some 35,000 words
SHORT_LIMIT = 2_000  # characters of a reminder, a fact or a timer's name

Kind = Literal["note", "fact"]


@dataclass(frozen=True)
class Reminder:
    """Something to say at a moment."""

    id: int
    text: str
    when: datetime


@dataclass(frozen=True)
class Timer:
    """A countdown; `name` may be empty."""

    id: int
    name: str
    seconds: float
    ends: datetime


@dataclass(frozen=True)
class Entry:
    """A note or a fact.

    `score` is how well it answers the question it was found by (0 to 1); `source` is where it comes from: "said" (by
    the user), "document NAME" or "setting".
    """

    id: int
    kind: str
    text: str
    at: datetime
    score: float = 1.0
    source: str = "said"


@dataclass(frozen=True)
class KeptFact:
    """A fact that was just kept, and the earlier ones whose place it took."""

    entry: Entry
    replaced: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class Shown:
    """A picture or document of an earlier turn: our own copy of it, its name, and when it was shown."""

    id: int
    path: Path
    name: str
    at: datetime


@dataclass(frozen=True)
class Turn:
    """One request and its answer; `data` is what its tools returned, as JSON values, `tools` the names of those that
    did something."""

    id: int
    request: str
    answer: str
    more: str
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)
    tools: tuple[str, ...] = ()


def as_json(item: Reminder | Timer | Entry | Turn) -> dict[str, Any]:
    """A record as JSON values; dates as ISO strings."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(item).items()}


def scrub(text: str) -> str:
    """What SQLite can hold: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def clean_text(text: str, limit: int, what: str, empty: bool = False) -> str:
    """A text fit to be kept.

    Raises:
        UserError: it is empty, or longer than `limit` characters.
    """
    text = scrub(text).strip()
    if not text and not empty:
        raise UserError(f"The {what} is empty, so I kept nothing.", "Say it again with the words to keep.")
    if len(text) > limit:
        raise UserError(
            f"The {what} is {len(text):,} characters long; {limit:,} is the most I keep in one.", "Split it into parts."
        )
    return text

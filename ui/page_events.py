"""What the page's log tells besides the agent's own events: what the user did."""

from dataclasses import dataclass

from assistant.messages import Event


@dataclass(frozen=True)
class Asked(Event):
    """The user's message as the page shows it.

    Attributes:
        text: the words; empty for a recording until it is heard.
        pictures: name and key of each file added.
        spoken: it is a recording.
        replaces: it takes the place of the message before, which was said in two parts.
    """

    text: str
    pictures: tuple[tuple[str, str], ...] = ()
    spoken: bool = False
    replaces: bool = False


@dataclass(frozen=True)
class Attached(Event):
    """The files waiting to go with the next message, all of them, name and key each."""

    pictures: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Stopped(Event):
    """The turn was stopped. `quiet`: by the voice loop, because of what was said, and that is told elsewhere."""

    quiet: bool = False


@dataclass(frozen=True)
class ConsentGiven(Event):
    """The user's answer to what was asked."""

    yes: bool


@dataclass(frozen=True)
class Due(Event):
    """A reminder's or a timer's moment has come."""

    text: str

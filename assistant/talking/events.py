"""What the voice loop tells of itself, beside the events of the ear, of the agent's turn and of devices."""

from dataclasses import dataclass
from typing import Literal

from assistant.messages import Event

State = Literal["starting", "listening", "hearing", "thinking", "speaking", "paused", "lost"]


@dataclass(frozen=True)
class StateChanged(Event):
    """What the loop is doing now, for those who look; those who listen hear it.

    Attributes:
        state: `starting`, `listening` for somebody to speak, `hearing` somebody, `thinking`, `speaking`, `paused` by
            the user's "wait", or `lost` while the microphone is away.
    """

    state: State


@dataclass(frozen=True)
class Commanded(Event):
    """A spoken command of commands.py was done, or is to be done when it is posted to the loop.

    Attributes:
        name: a `commands.Command`'s value, such as "stop".
    """

    name: str


@dataclass(frozen=True)
class Notice(Event):
    """A sentence of the program's own that is said next: a reminder that is due, "Slower.", "Still working."."""

    text: str


@dataclass(frozen=True)
class TalkBegan(Event):
    """Push-to-talk: the key went down, what follows is meant for the program."""


@dataclass(frozen=True)
class TalkEnded(Event):
    """Push-to-talk: the key was let go, the turn is over."""


@dataclass(frozen=True)
class AnswerBegan(Event):
    """The first sound of an answer is heard.

    Attributes:
        at_s: time.monotonic() of its first sample.
    """

    at_s: float


@dataclass(frozen=True)
class AnswerEnded(Event):
    """An answer was said out.

    Attributes:
        at_s: time.monotonic() of its last sample.
    """

    at_s: float

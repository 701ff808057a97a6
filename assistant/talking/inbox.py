"""What comes into the voice loop's inbox, and from whom."""

import queue
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from assistant.listening.microphone import Block
from assistant.messages import Event, Request
from assistant.talking.turns import Told
from kernels.errors import UserError


class Listener(Protocol):
    """What the loop needs of the ear (assistant.listening.ear.Ear)."""

    @property
    def waiting(self) -> bool: ...
    def push(self, samples_S: np.ndarray) -> list[Event]: ...
    def results(self) -> list[Event]: ...
    def flush(self) -> list[Event]: ...
    def discard(self) -> None: ...
    def attend(self, seconds: float) -> None: ...
    def close(self) -> None: ...


@dataclass(frozen=True)
class Wake:
    """The ear or the player has something to tell."""


@dataclass(frozen=True)
class Ready:
    """Everything is loaded; `trouble` says what could not be."""

    trouble: UserError | None = None


@dataclass(frozen=True)
class Remind:
    """What is due; the future tells whether it was heard."""

    text: str
    heard: "Future[bool]"


@dataclass(frozen=True)
class Over:
    """The source has ended; `error` says why, where it broke."""

    error: Exception | None = None


Item = Block | Event | Request | Told | Wake | Ready | Remind | Over
Inbox = queue.SimpleQueue[Item]

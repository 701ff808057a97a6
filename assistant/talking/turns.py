"""The agent's turn in a thread of its own, so that the loop hears the user while it runs; and requests joined."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from assistant.messages import AnswerPart, ConsentAsked, Event, Failed, Request, ToolCalled
from assistant.permissions import Tier
from assistant.steps.conversation import yes_or_no
from assistant.steps.utterance import starts_anew
from kernels.errors import UserError

FREE_TIER = Tier.LOOK.name.lower()  # a tool of this tier changes nothing: its turn can be taken back


class Session(Protocol):
    """What the loop needs of the agent: a turn is an iterator of events that ends with an Answer or a Failed."""

    def turn(self, request: Request) -> Iterator[Event]: ...


@dataclass(frozen=True)
class Told:
    """An event of a turn on its way to the loop; None when the turn is over and its iterator closed."""

    turn: "RunningTurn"
    event: Event | None


class RunningTurn:
    """One turn. `run` is the body of its thread; `step` takes one event.

    Args:
        session, request: what runs.
        post: takes each event to the loop.
        before: the turn whose thread must end first; the agent takes one at a time.
        guessed: the user may still be speaking. The turn then waits before anything that is written down or changes
            something, until `confirm` or `cancel`.
    """

    def __init__(
        self,
        session: Session,
        request: Request,
        post: Callable[[Told], None],
        before: "RunningTurn | None" = None,
        guessed: bool = False,
    ) -> None:
        self.request = request
        self.over = threading.Event()
        self._session, self._post, self._before = session, post, before
        self._events: Iterator[Event] | None = None
        self._confirmed = threading.Event()
        if not guessed:
            self._confirmed.set()
        self._lock = threading.Lock()
        self._cancelled = False
        self._committed = bool(request.answers)  # a yes or no is written down with its first step

    @property
    def committed(self) -> bool:
        """Whether something was kept or changed, or is about to be."""
        return self._committed

    def confirm(self) -> None:
        """The request was said to its end: the turn may finish."""
        self._confirmed.set()

    def cancel(self) -> bool:
        """Close the turn before its next step; False where it has kept or changed something and goes on."""
        with self._lock:
            if not self._committed:
                self._cancelled = True
        self._confirmed.set()
        return self._cancelled

    def run(self) -> None:
        """Take events until the turn is over. Whatever goes wrong becomes a Failed with a remedy."""
        if self._before is not None:
            self._before.over.wait()
            self._before = None
        try:
            while self.step():
                pass
        except UserError as error:
            self._post(Told(self, Failed(error.text, error.remedy)))
        except Exception as error:
            broke = f"Something went wrong inside ({type(error).__name__})."
            self._post(Told(self, Failed(broke, "Nothing was lost; please ask again.")))
        finally:
            self._close()

    def step(self) -> bool:
        """Take one event; False after the last one."""
        if self._events is None:
            if self._cancelled:
                return False
            self._events = self._session.turn(self.request)
        event = next(self._events, None)
        if event is None:
            return False
        acts = isinstance(event, ToolCalled) and event.tier != FREE_TIER
        if acts:
            self._confirmed.wait()  # told only when it will really be done
        with self._lock:
            if self._cancelled:
                return False
            self._committed = self._committed or acts
        self._post(Told(self, event))
        if isinstance(event, AnswerPart | ConsentAsked):
            self._confirmed.wait()  # what follows is kept: the turn of the conversation, that consent was asked for
        return not self._cancelled  # closed before the next step, which may write

    def _close(self) -> None:
        close = getattr(self._events, "close", None)
        if close is not None:
            close()
        self.over.set()
        self._post(Told(self, None))


def in_thread(turn: RunningTurn) -> None:
    """Run a turn in a thread of its own; a daemon, so that leaving never waits for a model's step."""
    threading.Thread(target=turn.run, name="turn", daemon=True).start()


def may_guess(text: str) -> bool:
    """Whether a turn may begin with words that are perhaps not complete: a yes or no is written down at once."""
    return yes_or_no(text) is None


def joined(earlier: Request, later: Request) -> Request:
    """Two pieces of what was meant as one request."""
    head, tail = earlier.text.strip(), later.text.strip()
    if head and tail and not starts_anew(tail):
        head = head.rstrip(" .…,;—-")
        first = tail.split()[0]
        if not (first.isupper() or first.startswith(("I'", "I’"))):
            tail = tail[:1].lower() + tail[1:]
    pictures = earlier.pictures + tuple(one for one in later.pictures if one not in earlier.pictures)
    return replace(later, text=f"{head} {tail}".strip(), pictures=pictures, answers="")

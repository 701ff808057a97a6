"""A conversation's turns, one at a time on a thread of their own: the agent's events rise into the log from here.

Stopping goes down by closing the agent's iterator: at once where it is waiting, else when its present step ends.
"""

import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Any, Protocol

import structlog

from assistant.messages import Answer, AnswerPart, ConsentAsked, Event, Failed, Request
from kernels.errors import UserError
from ui.event_log import EventLog

Sink = SimpleQueue[Event | None]  # a turn's events for the voice loop, None after the last


class Session(Protocol):
    """What the page needs of the agent: a turn is an iterator of events that ends with an Answer or a Failed."""

    def turn(self, request: Request) -> Iterator[Event]: ...


class Turns:
    """The turn in progress and those before it.

    Args:
        open_session: makes the agent's side; called on the turns' own thread.
        log: where the events go.
        changed: the log's condition; held while the state of the turn changes.
    """

    def __init__(self, open_session: Callable[[], Session], log: EventLog, changed: threading.Condition) -> None:
        self._open_session = open_session
        self._session: Session | None = None
        self._log = log
        self._changed = changed
        self._turn = 0  # number of the turn in progress or last begun
        self._busy = False
        self._question = ""  # the consent that was asked for and not answered
        self._sink: Sink | None = None  # of the turn in progress, where a voice loop follows it
        self._jobs: SimpleQueue[Callable[[], object] | None] = SimpleQueue()  # None ends the worker
        # a daemon, so that leaving the program never waits for a model's step
        threading.Thread(target=self._work, name="turn", daemon=True).start()

    @property
    def busy(self) -> bool:
        """True while a turn is in progress."""
        return self._busy

    def begin(self, request: Request, sink: Sink | None = None) -> None:
        """Run a turn; a turn in progress is over for everybody."""
        with self._changed:
            self._turn += 1
            self._busy = True
            turn = self._turn
            self._follow_with(sink)
        self._jobs.put(lambda: self._run(turn, request))

    def stop(self) -> bool:
        """End the turn in progress and forget what was asked; True if there was a turn."""
        with self._changed:
            was_busy, self._busy = self._busy, False
            self._turn += 1
            self._question = ""
            self._follow_with(None)
        return was_busy

    def take_question(self) -> str:
        """The consent that waits for an answer, which it now gets; "" when none does."""
        with self._changed:
            question, self._question = self._question, ""
            return question

    def warm_up(self) -> None:
        """Open the agent's side before it is needed."""
        self._jobs.put(self._warm_up)

    def close(self) -> None:
        """No turn runs any more."""
        self.stop()
        self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()

    def _warm_up(self) -> None:
        try:
            self._ready()
        except Exception as error:  # the first turn will meet it again and say it
            structlog.get_logger().warning("warming up failed", kind=type(error).__name__)

    def _run(self, turn: int, request: Request) -> None:
        """One turn on the worker thread. Whatever goes wrong becomes a Failed with a remedy."""
        try:
            self._follow(turn, request)
        except UserError as error:
            self._tell(turn, Failed(error.text, error.remedy))
        except Exception as error:
            if turn == self._turn:  # the kind alone: a traceback may hold the user's words
                structlog.get_logger().error("turn failed", kind=type(error).__name__)
            self._tell(turn, Failed("Something in the program went wrong.", "Ask again; your conversation is kept."))
        finally:
            with self._changed:
                if turn == self._turn:
                    self._busy = False
                    self._follow_with(None)

    def _follow(self, turn: int, request: Request) -> None:
        if turn != self._turn:  # stopped before it began
            return
        events = self._ready().turn(request)
        said, question, last = "", None, None
        try:
            for event in events:
                if turn != self._turn:
                    return
                if isinstance(event, ConsentAsked):
                    question = event  # asked when the turn is over and the agent is ready for the answer
                    self._pass_on(turn, event)
                    continue
                if isinstance(event, AnswerPart):
                    said += event.text
                extra = {}
                if isinstance(event, Answer):
                    extra = {"spoken": _letters(said) == _letters(event.text), "asks": question is not None}
                self._tell(turn, event, **extra)
                if isinstance(event, Answer | Failed):
                    last = event
        finally:
            close = getattr(events, "close", None)
            if close is not None:
                close()
        if question is not None and isinstance(last, Answer):
            self._ask_for_consent(turn, question, last)

    def _ask_for_consent(self, turn: int, question: ConsentAsked, answer: Answer) -> None:
        with self._changed:
            if turn == self._turn:
                self._question = question.text
                whole = answer.text if question.text in answer.text else f"{answer.text} {question.text}"
                self._log.note(ConsentAsked(whole, question.name, question.arguments))

    def _ready(self) -> Session:
        if self._session is None:
            self._session = self._open_session()
        return self._session

    def _tell(self, turn: int, event: Event, **extra: Any) -> None:
        with self._changed:
            if turn != self._turn:
                return
            if isinstance(event, Answer | Failed):
                self._busy = False
            self._log.note(event, **extra)
            self._pass_on(turn, event)

    def _pass_on(self, turn: int, event: Event) -> None:
        with self._changed:
            if turn == self._turn and self._sink is not None:
                self._sink.put(event)

    def _follow_with(self, sink: Sink | None) -> None:
        """Events go to this sink from now on; the one before has had its last."""
        if self._sink is not None:
            self._sink.put(None)
        self._sink = sink


def _letters(text: str) -> str:
    return "".join(text.split())

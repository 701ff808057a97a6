"""A conversation's turns, one at a time: the agent's events rise into the log from here.

What is typed runs on a thread of its own. What is spoken is asked for event by event by the voice loop, so that nothing
is done before the loop is sure of the words. Stopping goes down by closing the agent's iterator: at once where it is
waiting, else when its present step ends.
"""

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from queue import SimpleQueue
from typing import Any, Protocol

import structlog

from assistant.messages import Answer, AnswerPart, ConsentAsked, Event, Failed, Request
from kernels.errors import UserError
from ui.page_events import Stopped


class Session(Protocol):
    """What the page needs of the agent: a turn is an iterator of events that ends with an Answer or a Failed."""

    def turn(self, request: Request) -> Iterator[Event]: ...


class Log(Protocol):
    """Where a turn's events are noted, with what belongs to each."""

    def note(self, event: Event, **extra: Any) -> None: ...


class Turns:
    """The turn in progress and those before it.

    Args:
        open_session: makes the agent's side; called once, on the thread of the first turn.
        changed: held while the state of the turn changes and while its events are noted.
    """

    def __init__(self, open_session: Callable[[], Session], changed: threading.Condition) -> None:
        self._open_session = open_session
        self._session: Session | None = None
        self._opening = threading.Lock()
        self._changed = changed
        self._turn = 0  # number of the turn in progress or last begun
        self._busy = False
        self._question = self._shown = ""  # the consent that was asked for and not answered; how it was shown
        self._jobs: SimpleQueue[Callable[[], object] | None] = SimpleQueue()  # None ends the worker
        # a daemon, so that leaving the program never waits for a model's step
        threading.Thread(target=self._work, name="turn", daemon=True).start()

    @property
    def busy(self) -> bool:
        """True while a turn is in progress."""
        return self._busy

    def begin(self, request: Request, log: Log) -> None:
        """Run a turn in the background; a turn in progress is over."""
        events = self._events(self._next(), request, log)
        self._jobs.put(lambda: deque(events, maxlen=0))

    def run(self, request: Request, log: Log) -> Generator[Event, None, None]:
        """A turn event by event; a turn in progress is over. Closing the iterator stops it."""
        return self._events(self._next(), request, log)

    def stop(self) -> bool:
        """End the turn in progress and forget what was asked; True if there was a turn."""
        with self._changed:
            was_busy, self._busy = self._busy, False
            self._turn += 1
            self._question = ""
        return was_busy

    def take_question(self, shown: str | None = None) -> str:
        """The consent that waits for an answer, which it now gets; "" when none does.

        Args:
            shown: the question as the page showed it; another one goes on waiting.
        """
        with self._changed:
            if shown is not None and shown != self._shown:
                return ""
            question, self._question = self._question, ""
            return question

    def warm_up(self) -> None:
        """Open the agent's side before it is needed."""
        self._jobs.put(self._warm_up)

    def expect_pictures(self) -> None:
        """The next turn brings a picture: let the agent's side make ready for it, where it can."""
        self._jobs.put(self._expect_pictures)

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

    def _expect_pictures(self) -> None:
        self._warm_up()
        if self._session is not None:
            getattr(self._session, "expect_pictures", lambda: None)()

    def _next(self) -> int:
        with self._changed:
            self._turn += 1
            self._busy = True
            return self._turn

    def _events(self, turn: int, request: Request, log: Log) -> Generator[Event, None, None]:
        """One turn. Whatever goes wrong becomes a Failed with a remedy."""
        failed, closed = None, True
        try:
            yield from self._follow(turn, request, log)
            closed = False
        except UserError as error:
            failed = Failed(error.text, error.remedy)
        except Exception as error:
            if turn == self._turn:  # the kind alone: a traceback may hold the user's words
                structlog.get_logger().error("turn failed", kind=type(error).__name__)
            failed = Failed("Something in the program went wrong.", "Ask again; your conversation is kept.")
        finally:
            with self._changed:
                if turn == self._turn:
                    if closed and failed is None and self._busy:
                        log.note(Stopped(quiet=True))
                    self._busy = False
        if failed is not None and self._tell(turn, failed, log):
            yield failed

    def _follow(self, turn: int, request: Request, log: Log) -> Iterator[Event]:
        if turn != self._turn:  # stopped before it began
            return
        events = self._ready().turn(request)
        said, question, last = "", None, None
        try:
            for event in events:
                if turn != self._turn:
                    return
                if isinstance(event, ConsentAsked):
                    question = event  # noted when the turn is over and the agent is ready for the answer
                    yield event
                    continue
                if isinstance(event, AnswerPart):
                    said += event.text
                extra = {}
                if isinstance(event, Answer):
                    extra = {"spoken": _letters(said) == _letters(event.text), "asks": question is not None}
                if not self._tell(turn, event, log, **extra):
                    return
                if isinstance(event, Answer | Failed):
                    last = event
                yield event
        finally:
            close = getattr(events, "close", None)
            if close is not None:
                close()
        if question is not None and isinstance(last, Answer):
            self._ask_for_consent(turn, question, last, log)

    def _ask_for_consent(self, turn: int, question: ConsentAsked, answer: Answer, log: Log) -> None:
        with self._changed:
            if turn == self._turn:
                self._question = question.text
                whole = answer.text if question.text in answer.text else f"{answer.text} {question.text}"
                self._shown = whole
                log.note(ConsentAsked(whole, question.name, question.arguments))

    def _ready(self) -> Session:
        with self._opening:
            if self._session is None:
                self._session = self._open_session()
            return self._session

    def _tell(self, turn: int, event: Event, log: Log, **extra: Any) -> bool:
        """Note an event; False when the turn is over for everybody."""
        with self._changed:
            if turn != self._turn:
                return False
            if isinstance(event, Answer | Failed):
                self._busy = False
            log.note(event, **extra)
            return True


def _letters(text: str) -> str:
    return "".join(text.split())

"""One browser session's conversation: takes requests one at a time and keeps the log of events that the page shows.

Events rise from the agent's iterator into the log; the page follows the log from any point, so that a reload loses
nothing. Stopping goes down by closing the iterator: at once where it is waiting, else when its present step ends.
"""

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Protocol

import structlog

from assistant.messages import Answer, AnswerPart, ConsentAsked, Event, Failed, Request
from kernels.errors import UserError
from ui.private_files import PICTURE_LIMIT_BYTES, PrivateFile, PrivateFiles

LOG_LIMIT = 2000  # entries kept for a page that comes back
PICTURES_LIMIT = 10
READ_IT, DESCRIBE_IT = "Read this document.", "Describe this picture."  # what sending a file alone asks


class Session(Protocol):
    """What the page needs of the agent: a turn is an iterator of events that ends with an Answer or a Failed."""

    def turn(self, request: Request) -> Iterator[Event]: ...


@dataclass(frozen=True)
class Asked(Event):
    """The user's message as the page shows it; `pictures` are name and key of each file added."""

    text: str
    pictures: tuple[tuple[str, str], ...] = ()
    spoken: bool = False


@dataclass(frozen=True)
class Attached(Event):
    """The files waiting to go with the next message, all of them, name and key each."""

    pictures: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Stopped(Event):
    """The user stopped the turn."""


@dataclass(frozen=True)
class ConsentGiven(Event):
    """The user's answer to what was asked."""

    yes: bool


@dataclass(frozen=True)
class Due(Event):
    """A reminder's or a timer's moment has come."""

    text: str


class Conversation:
    """Requests in, log of events out. Safe to call from any thread."""

    def __init__(self, open_session: Callable[[], Session]) -> None:
        self.files = PrivateFiles()
        self.attached: list[PrivateFile] = []
        self._open_session = open_session
        self._session: Session | None = None
        self._log: list[dict[str, Any]] = []
        self._ids = itertools.count(1)
        self._changed = threading.Condition()
        self._turn = 0  # number of the turn in progress or last begun
        self._busy = False
        self._question = ""  # the consent that this page was asked for and has not answered
        self._warmed = False
        self._followers = 0  # pages that show this conversation
        self._jobs: SimpleQueue[Callable[[], object] | None] = SimpleQueue()  # None ends the worker
        self._closed = False
        # a daemon, so that leaving the program never waits for a model's step
        threading.Thread(target=self._work, name="turn", daemon=True).start()

    # -- what the user does -------------------------------------------------------------------------------------

    def attach(self, name: str, chunks: Iterator[bytes]) -> PrivateFile:
        """Add a picture or PDF to the next message.

        Raises:
            UserError: not a picture or PDF, too large, or too many.
        """
        if len(self.attached) >= PICTURES_LIMIT:
            raise UserError(f"A message takes at most {PICTURES_LIMIT} files.", "Send this one, then add the rest.")
        kept = self.files.keep(name, chunks, kinds=("image/", "application/pdf"), limit=PICTURE_LIMIT_BYTES)
        self.attached.append(kept)
        self._note(Attached(_named(self.attached)))
        return kept

    def detach(self, key: str) -> None:
        """Take a file back that has not been sent."""
        if all(kept.key != key for kept in self.attached):
            return
        self.attached = [kept for kept in self.attached if kept.key != key]
        self.files.drop(key)
        self._note(Attached(_named(self.attached)))

    def ask(self, text: str = "", recording: PrivateFile | None = None) -> None:
        """Begin a turn with the files that were added; a turn in progress is stopped first."""
        if not (text.strip() or recording or self.attached):
            self._note(Failed("There was nothing to send.", "Type or record a message first."))
            return
        self.stop()
        pictures, self.attached = self.attached, []
        if not text.strip() and recording is None:
            text = READ_IT if pictures[0].media_type == "application/pdf" else DESCRIBE_IT
        request = Request(
            text=text, audio=recording.path if recording else None, pictures=tuple(kept.path for kept in pictures)
        )
        self._note(Asked(text, _named(pictures), spoken=recording is not None))
        if pictures:
            self._note(Attached(()))
        self._begin(request)

    def stop(self) -> bool:
        """Stop the turn in progress; True if there was one."""
        with self._changed:
            was_busy, self._busy = self._busy, False
            self._turn += 1
            self._question = ""
        if was_busy:
            self._note(Stopped())
        return was_busy

    def consent(self, yes: bool) -> None:
        """The user's yes or no to what was asked. Without a question pending nothing happens."""
        with self._changed:
            question, self._question = self._question, ""
        if question:
            self._note(ConsentGiven(yes))
            self._begin(Request("yes" if yes else "no", answers=question))

    # -- what the page follows ----------------------------------------------------------------------------------

    def since(self, last: int, wait_s: float) -> list[dict[str, Any]]:
        """Entries after `last`; waits up to `wait_s` seconds for the first one."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or bool(self._after(last)), timeout=wait_s)
            return self._after(last)

    def entry(self, number: int) -> dict[str, Any] | None:
        """One entry of the log, for speaking it."""
        with self._changed:
            return next((entry for entry in self._log if entry["id"] == number), None)

    @contextmanager
    def followed(self) -> Iterator[None]:
        """While a page shows this conversation."""
        with self._changed:
            self._followers += 1
            first, self._warmed = not self._warmed, True
        if first:
            self._jobs.put(self._warm_up)
        try:
            yield
        finally:
            with self._changed:
                self._followers -= 1

    def remind(self, text: str) -> None:
        """Tell what is due."""
        self._note(Due(text))

    @property
    def shown(self) -> bool:
        """True while a page shows this conversation."""
        return self._followers > 0

    @property
    def closed(self) -> bool:
        """True once the conversation has ended."""
        return self._closed

    @property
    def busy(self) -> bool:
        """True while a turn is in progress."""
        return self._busy

    def close(self) -> None:
        """End the conversation and delete its files."""
        self.stop()
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._jobs.put(None)
        self.files.close()

    # -- the turn -----------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()

    def _warm_up(self) -> None:
        try:
            self._ready()
        except Exception as error:  # the first turn will meet it again and say it
            structlog.get_logger().warning("warming up failed", kind=type(error).__name__)

    def _begin(self, request: Request) -> None:
        with self._changed:
            self._turn += 1
            self._busy = True
            turn = self._turn
        self._jobs.put(lambda: self._run(turn, request))

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
                self._note(ConsentAsked(whole, question.name, question.arguments))

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
            self._note(event, **extra)

    def _note(self, event: Event, **extra: Any) -> None:
        with self._changed:
            self._log.append({"id": next(self._ids), **event.as_json(), **extra})
            del self._log[:-LOG_LIMIT]
            self._changed.notify_all()

    def _after(self, last: int) -> list[dict[str, Any]]:
        return [entry for entry in self._log[-LOG_LIMIT:] if entry["id"] > last]


def _named(files: list[PrivateFile]) -> tuple[tuple[str, str], ...]:
    return tuple((kept.name, kept.key) for kept in files)


def _letters(text: str) -> str:
    return "".join(text.split())

"""One browser session's conversation: takes requests one at a time and keeps the log of events that the page shows.

The page follows the log from any point, so that a reload loses nothing. While the user talks hands-free the voice loop
runs the turns, of what is said and of what is typed alike, and the log is the same.
"""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Protocol

from assistant.messages import Event, Failed, Request
from kernels.errors import UserError
from ui.event_log import EventLog, HeldBack
from ui.page_events import Asked, Attached, ConsentGiven, Due, Stopped
from ui.private_files import PICTURE_LIMIT_BYTES, PrivateFile, PrivateFiles
from ui.turns import Session, Turns

PICTURES_LIMIT = 10
KINDS = ("image/", "application/", "text/")  # of files that a message may take along
READ_IT, DESCRIBE_IT = "Read this document.", "Describe this picture."  # what sending a file alone asks


class Voice(Protocol):
    """The voice loop through which the user talks hands-free: it runs what is typed too, and speaks the answer."""

    def ask(self, request: Request) -> None: ...

    def say(self, text: str) -> None: ...

    def end(self) -> None: ...


class SpokenTurn:
    """Events of a spoken turn. The log has none of them before it is certain that the words were meant as a request."""

    def __init__(self, events: Generator[Event, None, None], log: HeldBack, sent: Callable[[], None]) -> None:
        self.events = events
        self._log, self._sent = log, sent

    @property
    def certain(self) -> bool:
        """Whether the turn stands in the log."""
        return self._log.certain

    def confirm(self) -> None:
        """The request stands: what has happened and what will happen goes into the log."""
        if not self._log.certain:
            self._log.release()
            self._sent()

    def close(self) -> None:
        """Stop the turn, if it is not over."""
        self.events.close()


class Conversation:
    """Requests in, log of events out. Safe to call from any thread."""

    def __init__(self, open_session: Callable[[], Session]) -> None:
        self.files = PrivateFiles()
        self.attached: list[PrivateFile] = []
        self.documents: list[PrivateFile] = []  # kept whether or not a message takes them along
        self.choices: dict[str, Any] = {}  # options in place of the settings', as this page's user chose
        self._changed = threading.Condition()
        self._log = EventLog(self._changed)
        self._turns = Turns(open_session, self._changed)
        self._voice: Voice | None = None
        self._noted: list[Request] = []  # stand in the log already and wait for the voice loop
        self._warmed = False
        self._followers = 0  # pages that show this conversation
        self._closed = False

    # -- what the user does -------------------------------------------------------------------------------------

    def attach(self, name: str, chunks: Iterator[bytes]) -> PrivateFile:
        """Add a file to the next message.

        Raises:
            UserError: of a kind that cannot be read, too large, or too many.
        """
        self._check_number()
        kept = self.files.keep(name, chunks, kinds=KINDS, limit=PICTURE_LIMIT_BYTES)
        self.attach_kept(kept)
        return kept

    def attach_kept(self, kept: PrivateFile) -> None:
        """Let a file that is here already go with the next message.

        Raises:
            UserError: too many.
        """
        if kept in self.attached:
            return
        self._check_number()
        self.attached.append(kept)
        self._log.note(Attached(_named(self.attached)))
        if kept.media_type.startswith("image/") or kept.media_type == "application/pdf":
            self._turns.expect_pictures()  # while the question about it is being typed or said

    def _check_number(self) -> None:
        if len(self.attached) >= PICTURES_LIMIT:
            raise UserError(f"A message takes at most {PICTURES_LIMIT} files.", "Send this one, then add the rest.")

    def detach(self, key: str) -> None:
        """Take a file back that has not been sent."""
        if all(kept.key != key for kept in self.attached):
            return
        self.attached = [kept for kept in self.attached if kept.key != key]
        if all(kept.key != key for kept in self.documents):
            self.files.drop(key)
        self._log.note(Attached(_named(self.attached)))

    def ask(self, text: str = "", recording: PrivateFile | None = None) -> None:
        """Begin a turn with the files that were added; a turn in progress is stopped first."""
        if not (text.strip() or recording or self.attached):
            self._log.note(Failed("There was nothing to send.", "Type or record a message first."))
            return
        self.stop()
        pictures, self.attached = self.attached, []
        if not text.strip() and recording is None:
            text = DESCRIBE_IT if pictures[0].media_type.startswith("image/") else READ_IT
        request = Request(
            text=text,
            audio=recording.path if recording else None,
            pictures=tuple(kept.path for kept in pictures),
            settings=dict(self.choices),
        )
        self._log.note(Asked(text, _named(pictures), spoken=recording is not None))
        if pictures:
            self._log.note(Attached(()))
        self._run_or_pass_on(request)

    def stop(self) -> bool:
        """Stop the turn in progress; True if there was one."""
        with self._changed:
            was_busy = self._turns.stop()
            if was_busy:
                self._log.note(Stopped())
        return was_busy

    def consent(self, yes: bool, shown: str) -> bool:
        """The user's yes or no to a question, as it was shown. Where that does not wait, nothing happens: False."""
        question = self._turns.take_question(shown)
        if question:
            self._log.note(ConsentGiven(yes))
            self._run_or_pass_on(Request("yes" if yes else "no", answers=question, settings=dict(self.choices)))
        return bool(question)

    # -- the user's voice ---------------------------------------------------------------------------------------

    def begin_voice(self, voice: Voice) -> None:
        """From now on `voice` runs the turns, through `heard`; one that did so before has ended."""
        with self._changed:
            self._voice = voice

    def end_voice(self, voice: Voice) -> None:
        """The page runs its turns again, first those that the voice was given and has not begun."""
        with self._changed:
            if self._voice is not voice:
                return
            self._voice, left, self._noted = None, self._noted, []
        for request in left:
            self._turns.begin(request, self._log)

    def hear(self, request: Request, replaces: bool = False) -> SpokenTurn:
        """The turn of a request that was spoken, or of one that was passed on to the voice.

        Args:
            replaces: it takes the place of the one before, whose turn was stopped for it.
        """
        with self._changed:
            passed_on = any(request is noted for noted in self._noted)
            self._noted = [noted for noted in self._noted if noted is not request]
            log = HeldBack(self._log, self._changed)
            if passed_on:
                log.release()
                return SpokenTurn(self._turns.run(request, log), log, lambda: None)
            pictures = tuple(self.attached)
        log.note(Asked(request.text, _named(pictures), replaces=replaces))
        paths = tuple(kept.path for kept in pictures)
        events = self._turns.run(replace(request, pictures=paths, settings=dict(self.choices)), log)
        return SpokenTurn(events, log, lambda: self._sent(pictures))

    def _sent(self, pictures: tuple[PrivateFile, ...]) -> None:
        self._turns.take_question()  # other words, or a spoken answer
        if pictures:
            self.attached = [kept for kept in self.attached if kept not in pictures]
            self._log.note(Attached(_named(self.attached)))

    # -- what the page follows ----------------------------------------------------------------------------------

    def since(self, last: int, wait_s: float) -> list[dict[str, Any]]:
        """Entries after `last`; waits up to `wait_s` seconds for the first one."""
        return self._log.since(last, wait_s)

    def entry(self, number: int) -> dict[str, Any] | None:
        """One entry of the log, for speaking it."""
        return self._log.entry(number)

    @contextmanager
    def followed(self) -> Iterator[None]:
        """While a page shows this conversation."""
        with self._changed:
            self._followers += 1
            first, self._warmed = not self._warmed, True
        if first:
            self._turns.warm_up()
        try:
            yield
        finally:
            with self._changed:
                self._followers -= 1

    def remind(self, text: str) -> None:
        """Tell what is due."""
        self._log.note(Due(text))
        if self._voice is not None:
            self._voice.say(text)

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
        return self._turns.busy

    def close(self) -> None:
        """End the conversation and delete its files."""
        if self._voice is not None:
            self._voice.end()
        self._turns.close()
        self._closed = True
        self._log.close()
        self.files.close()

    def _run_or_pass_on(self, request: Request) -> None:
        with self._changed:
            voice = self._voice
            if voice is not None:
                self._noted.append(request)
        if voice is None:
            self._turns.begin(request, self._log)
        else:
            voice.ask(request)


def _named(files: Iterable[PrivateFile]) -> tuple[tuple[str, str], ...]:
    return tuple((kept.name, kept.key) for kept in files)

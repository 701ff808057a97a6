"""What the page needs from the assistant: sessions, the voice and what is due, shared by all conversations."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from assistant import clock
from assistant.due import watch
from assistant.memory import Store
from assistant.messages import Event, Request, Thinking
from assistant.session import Session, open_session
from assistant.settings import Settings
from assistant.speech import Speaker
from kernels.errors import UserError
from ui import keeping, remembering
from ui.socket_line import Loop
from ui.socket_output import SocketOutput
from ui.sounds import Clause, Manner
from ui.spoken_turns import SpokenTurns


class Backstage:
    """The assistant behind the page."""

    def __init__(self, options: Settings) -> None:
        self._options = options
        self._speaker = Speaker(options.model_copy(update={"volume": 1.0}))  # the page has a volume of its own
        self._opening = threading.Lock()
        self._turn = threading.Lock()
        self._session: Session | None = None
        self._ended = threading.Event()

    def start(self, tell: Callable[[str], bool]) -> None:
        """Load voice and hearing in the background, and watch for what is due.

        Args:
            tell: says a text to the user; False when nobody is there to hear it.
        """
        threading.Thread(target=self._warm, name="warming", daemon=True).start()
        threading.Thread(
            target=watch, args=(self._options.home, tell, self._ended), name="reminders", daemon=True
        ).start()

    def open_session(self) -> "OneAtATime":
        """The agent's side of a conversation; all pages share one session, one state and one set of models."""
        with self._opening:
            if self._session is None:
                self._session = open_session(self._options)
                self._session.encode(["ready"])  # loads the sentence encoder before it is needed
        return OneAtATime(self._session, self._turn)

    def speak(self, text: str, manner: Manner) -> Iterator[Clause]:
        """A text's clauses in a voice of its language, at its rate and pitch.

        Raises:
            UserError: no voice works here.
        """
        for sound in self._speaker.clauses(text, rate_wpm=manner.rate, pitch=manner.pitch, language=manner.language):
            yield sound.samples_F, sound.rate_hz

    def open_loop(self, turns: SpokenTurns, output: SocketOutput, options: dict[str, Any]) -> Loop:
        """A voice loop with an ear of its own for one talk in the browser; the voice is shared.

        Raises:
            UserError: a model is missing or damaged.
        """
        from assistant.voice import open_loop

        # what is played comes back to this microphone only as far as the browser's own echo cancelling lets it
        chosen = self._options.model_copy(update={**options, "echo": "headphones"})
        return open_loop(turns, self._speaker, chosen, output.open)

    def export(self, path: Path) -> None:
        """Write everything that is remembered about the user to a new JSON file.

        Raises:
            UserError: the state can't be read or the file can't be written.
        """
        with self._store() as store:
            store.export(path)

    def delete_everything(self) -> None:
        """Forget everything; it can't be undone. Raises UserError when the state can't be opened."""
        with self._store() as store:
            store.delete_all(clock.now())

    def remembered(self, query: str) -> dict[str, Any]:
        """What is kept of notes, facts, reminders and timers, see ui.remembering. Raises UserError."""
        with self._store() as store:
            return remembering.remembered(store, query)

    def forget(self, kind: str, identity: int, agreed: bool) -> str:
        """Delete one of them if the user agreed; what bringing it back says. Raises UserError."""
        with self._store() as store:
            return remembering.forget(store, kind, identity, agreed, clock.now())

    def audit(self) -> dict[str, Any]:
        """The newest entries of the audit log, see ui.remembering. Raises UserError."""
        with self._store() as store:
            return remembering.audit(store)

    def bring_back(self, said: str) -> bool:
        """Undo the deletion that said so; False when something else was changed since. Raises UserError."""
        with self._store() as store:
            return store.undo(clock.now(), only=said) is not None

    def kept_documents(self) -> dict[str, Any]:
        """The documents that are kept, see ui.keeping. Raises UserError."""
        with self._store() as store:
            return keeping.kept(store)

    def search_documents(self, question: str) -> dict[str, Any]:
        """The passages of kept documents that answer, see ui.keeping. Raises UserError."""
        self.open_session()  # by meaning too
        with self._store() as store:
            return keeping.search(store, question)

    def keep_document(self, path: Path, name: str) -> Iterator[dict[str, Any]]:
        """Take a document in, an event a page, see ui.keeping. Raises UserError."""
        self.open_session()
        with self._store() as store:
            yield from keeping.keep(store, path, name, clock.now())

    def remove_document(self, identity: int, agreed: bool) -> str:
        """Remove a kept document if the user agreed; what bringing it back says. Raises UserError."""
        with self._store() as store:
            return keeping.remove(store, identity, agreed, clock.now())

    @contextmanager
    def _store(self) -> Iterator[Store]:
        """The session's own state where one is open, so that it knows at once; else the file's."""
        if self._session is not None:
            yield self._session.store
            return
        with closing(Store(self._options.home)) as store:
            yield store

    def close(self) -> None:
        """End the voice, the watch and the session."""
        self._ended.set()
        self._speaker.close()
        if self._session is not None:
            self._session.close()

    def _warm(self) -> None:
        from assistant import hearing

        self._speaker.start()
        for load in (lambda: hearing.load(self._options.hearing_model), self._warm_session):
            try:
                load()
            except UserError as error:  # said again, with its remedy, when something is to be heard or asked
                print(f"{error.text} {error.remedy}", flush=True)

    def _warm_session(self) -> None:
        """The session that the first page opens anyway, and what its first question needs."""
        if self._ended.is_set():
            return
        self.open_session()
        if self._session is not None:
            self._session.warm()


class OneAtATime:
    """Turns of the shared session; a page waits while another page's turn goes on."""

    def __init__(self, session: Session, lock: threading.Lock) -> None:
        self._session = session
        self._lock = lock

    def turn(self, request: Request) -> Iterator[Event]:
        """Events of one turn; closing the iterator stops it and lets the next one begin."""
        while not self._lock.acquire(timeout=1.0):
            yield Thinking("Another page's message comes first.")
        try:
            yield from self._session.turn(request)
        finally:
            self._lock.release()

    def expect_pictures(self) -> None:
        """What looks at pictures is loaded in the background."""
        self._session.expect_pictures()

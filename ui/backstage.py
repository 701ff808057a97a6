"""What the page needs from the assistant: sessions and the voice, loaded in the background and shared."""

import threading
from collections.abc import Iterator

from assistant.session import Session, open_session
from assistant.settings import Settings
from assistant.speech import Speaker
from ui.sounds import Clause


class Backstage:
    """The assistant behind the page. Loading begins at once, so that the first question need not wait for it."""

    def __init__(self, options: Settings) -> None:
        self._options = options
        self._speaker = Speaker(options)
        self._lock = threading.Lock()
        threading.Thread(target=self._warm, name="warming", daemon=True).start()

    def open_session(self) -> Session:
        """A new session; its sentence encoder is loaded before it is needed."""
        session = open_session(self._options)
        session.encode(["ready"])
        return session

    def speak(self, text: str, rate: int) -> Iterator[Clause]:
        """A text's clauses in the voice of the settings at `rate` words a minute.

        Raises:
            UserError: no voice works here.
        """
        clauses = self._speaker.clauses(text)
        while True:
            with self._lock:  # one voice serves every page, each at its own rate
                self._speaker.with_rate(rate)
                sound = next(clauses, None)
            if sound is None:
                return
            yield sound.samples_F, sound.rate_hz

    def close(self) -> None:
        """End the voice."""
        self._speaker.close()

    def _warm(self) -> None:
        from assistant import hearing
        from kernels.errors import UserError

        self._speaker.start()
        try:
            hearing.load(self._options.hearing_model)
        except UserError as error:  # said again, with its remedy, when something is to be heard
            print(f"{error.text} {error.remedy}", flush=True)

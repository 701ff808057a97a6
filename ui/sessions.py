"""Which conversation belongs to which browser: a random cookie names it, and nothing else opens it."""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable

from ui.conversation import Conversation, Session

COOKIE = "antigone"
CONVERSATIONS_LIMIT = 8  # the longest unused one ends when a ninth begins


class Conversations:
    """The conversations in progress, by cookie."""

    def __init__(self, open_session: Callable[[], Session]) -> None:
        self._open_session = open_session
        self._open: OrderedDict[str, Conversation] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self) -> str:
        """Start a conversation; returns its cookie."""
        cookie = secrets.token_urlsafe(32)
        with self._lock:
            self._open[cookie] = Conversation(self._open_session)
            ended = [self._open.popitem(last=False)[1] for _ in range(len(self._open) - CONVERSATIONS_LIMIT)]
        for conversation in ended:
            conversation.close()
        self._open[cookie].warm()
        return cookie

    def get(self, cookie: str | None) -> Conversation | None:
        """The conversation of that cookie, or None."""
        with self._lock:
            if cookie is None or cookie not in self._open:
                return None
            self._open.move_to_end(cookie)
            return self._open[cookie]

    def remind(self, text: str) -> bool:
        """Tell every page what is due; False when no page is open to tell it."""
        with self._lock:
            shown = [conversation for conversation in self._open.values() if conversation.shown]
        for conversation in shown:
            conversation.remind(text)
        return bool(shown)

    def close(self) -> None:
        """End every conversation and delete their files."""
        with self._lock:
            ended = list(self._open.values())
            self._open.clear()
        for conversation in ended:
            conversation.close()

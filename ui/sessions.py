"""Which conversation belongs to which browser: a random cookie names it, and nothing else opens it."""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable

from fastapi import HTTPException, Request

from ui.conversation import Conversation, Session

COOKIE = "antigone"
CONVERSATIONS_LIMIT = 16  # above it the longest unused one that no page shows ends


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
            unseen = [key for key, one in self._open.items() if not one.shown and key != cookie]
            ended = [self._open.pop(key) for key in unseen[: max(0, len(self._open) - CONVERSATIONS_LIMIT)]]
        for conversation in ended:
            conversation.close()
        return cookie

    def get(self, cookie: str | None) -> Conversation | None:
        """The conversation of that cookie, or None."""
        with self._lock:
            if cookie is None or cookie not in self._open:
                return None
            self._open.move_to_end(cookie)
            return self._open[cookie]

    def of(self, request: Request) -> Conversation:
        """The conversation of the browser that asks.

        Raises:
            HTTPException: 403, it has none.
        """
        conversation = self.get(request.cookies.get(COOKIE))
        if conversation is None:
            raise HTTPException(403, "This conversation has ended. Reload the page.")
        return conversation

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

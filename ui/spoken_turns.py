"""A conversation as the voice loop sees it: an agent whose turns also stand in the page's log.

The loop begins a turn before it is sure that the speaker has finished, asks for nothing beyond the first words of the
answer until it is, and closes the turn where more words come. So the log is told once it is certain: when the loop
says what it heard, or because it asks for more than a guess may have.
"""

import re
import threading
from collections.abc import Iterator

from assistant.listening.events import SpeechBegan
from assistant.messages import Answer, AnswerPart, Event, Failed, Heard, Request, ToolCalled
from assistant.permissions import Tier
from ui.conversation import Conversation, SpokenTurn


class SpokenTurns:
    """The session of a voice loop.

    Args:
        conversation: whose turns these are.
    """

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._lock = threading.Lock()
        self._latest: SpokenTurn | None = None
        self._latest_words: list[str] = []
        self._certain = False  # nobody has spoken since the loop said what it heard
        self.failed: Failed | None = None  # what the latest turn that failed said; it stands in the log
        self._withdrawn = ""  # the request that was closed after it stood in the log

    def turn(self, request: Request) -> Iterator[Event]:
        """Events of one turn. Closing the iterator stops it and leaves nothing in the log where it was but a guess."""
        words, earlier = _words(request.text), _words(self._withdrawn)
        turn = self._conversation.hear(request, replaces=bool(earlier) and words[: len(earlier)] == earlier)
        with self._lock:
            self._latest, self._latest_words = turn, words
            certain = self._certain
        if certain:
            turn.confirm()
        complete = False
        try:
            for event in turn.events:
                if isinstance(event, Answer | Failed):
                    turn.confirm()  # the agent has written it down
                    complete = True
                if isinstance(event, Failed):
                    self.failed = event
                yield event
                if isinstance(event, AnswerPart) or _acts(event):
                    turn.confirm()  # a guess is never asked for what follows these
        finally:
            turn.close()
            self._withdrawn = request.text if turn.certain and not complete else ""

    def follow(self, event: Event) -> None:
        """Learn from what the loop tells whether the words of a turn are the whole request."""
        with self._lock:
            if isinstance(event, SpeechBegan):
                self._certain = False
            if not isinstance(event, Heard):
                return
            self._certain = True
            words = _words(event.text)
            turn = self._latest if words and self._latest_words[-len(words) :] == words else None
        if turn is not None:
            turn.confirm()


def _acts(event: Event) -> bool:
    return isinstance(event, ToolCalled) and event.tier != Tier.LOOK.name.lower()


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())

"""Conversations by voice: each a loop on a thread of its own, and the page it talks through at the moment.

The page may go and come back, or another tab of the same browser may take over: the loop goes on where it was.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import structlog

from assistant.devices import DeviceBack, DeviceLost
from assistant.languages import text as words
from assistant.messages import Event, Failed, Request
from assistant.talking.events import Commanded, Notice, StateChanged
from kernels.errors import UserError
from ui.conversation import Conversation
from ui.socket_limits import Closing, Limits
from ui.socket_messages import Bye, Command, Hello, Message, Microphone, Played, Say, Silenced
from ui.socket_output import SocketOutput, Wire
from ui.socket_source import SocketSource
from ui.spoken_turns import SpokenTurns


class Loop(Protocol):
    """What is needed of assistant.voice.VoiceLoop."""

    def run(self, source: SocketSource) -> Iterator[Event]: ...

    def close(self) -> None: ...


# The turns, the loudspeaker and the options that this talk's user has chosen -> the loop.
OpenLoop = Callable[[SpokenTurns, SocketOutput, dict[str, Any]], Loop]


class Page(Wire, Protocol):
    """The connection to a page."""

    def close(self, code: int, reason: str) -> None: ...


class Line:
    """One talk. The loop begins with the first page and ends with `end`."""

    def __init__(self, conversation: Conversation, open_loop: OpenLoop, options: dict[str, Any]) -> None:
        self.source, self.output = SocketSource(), SocketOutput()
        self.over = False
        self._conversation = conversation
        self._turns = SpokenTurns(conversation)
        self._open_loop, self._options = open_loop, options
        self._page: Page | None = None
        self._state: dict[str, Any] = StateChanged("starting").as_json()
        self._language = str(options.get("language", "en"))
        self._told: deque[str] = deque(maxlen=16)  # what the page says by itself: it needn't be told that
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Let the conversation's turns run here, and start the loop."""
        self._conversation.begin_voice(self)
        threading.Thread(target=self._run, name="talk", daemon=True).start()

    # -- the page's side ------------------------------------------------------------------------------------------

    def attach(self, page: Page, hello: Hello) -> None:
        """This page carries the talk from now on; the one that did so before is told."""
        with self._lock:
            before, self._page = self._page, page
            page.send(self._state)
        if before is not None:
            before.close(Closing.TAKEN_OVER, "Hands-free talking goes on in another tab.")
        self.output.attach(page, hello.sequence, hello.played)

    def detach(self, page: Page) -> bool:
        """That page has gone; True if the talk has no page now."""
        self.output.detach(page)
        with self._lock:
            if self._page is page:
                self._page = None
            return self._page is None

    @property
    def attached(self) -> bool:
        """Whether a page is there."""
        return self._page is not None

    def take(self, message: Message) -> None:
        """What the page says."""
        match message:
            case Played():
                self.output.heard(message.played)
            case Silenced():
                self.output.silenced(message.sequence, message.played)
            case Command():
                self.source.tell(Commanded(message.name))
            case Say():
                self._told.append(message.text)
                self.say(message.text)
            case Microphone(on=True):
                self.source.tell(DeviceBack("microphone", words("talk.microphone_back", self._language)))
            case Microphone():
                gone = ("talk.microphone_gone", "talk.microphone_gone_remedy")
                self.source.tell(DeviceLost("microphone", *(words(key, self._language) for key in gone)))
            case Bye():
                self.end()

    # -- the conversation's side ----------------------------------------------------------------------------------

    def ask(self, request: Request) -> None:
        """Run a request that was typed, or a button's yes or no."""
        self.source.tell(request)

    def say(self, text: str) -> None:
        """Say a sentence of the program's own."""
        self.source.tell(Notice(text))

    def end(self) -> None:
        """End the loop; from any thread."""
        self.over = True
        self.source.close()
        self.output.end()

    # -- the loop's side ------------------------------------------------------------------------------------------

    def _run(self) -> None:
        reason = "Hands-free talking has ended."
        try:
            self._follow()
        except UserError as error:
            reason = "Hands-free talking cannot go on here."
            self._fail(Failed(error.text, error.remedy), last=True)
        except Exception as error:  # the kind alone: a traceback may hold the user's words
            structlog.get_logger().error("talking broke off", kind=type(error).__name__)
            reason = "Something in the program went wrong."
            self._fail(Failed(reason, words("talk.again", self._language)), last=True)
        finally:
            self.end()
            self._conversation.end_voice(self)
            with self._lock:
                page, self._page = self._page, None
            if page is not None:
                page.close(Closing.ENDED, reason)

    def _follow(self) -> None:
        loop = self._open_loop(self._turns, self.output, self._options)
        try:
            for event in loop.run(self.source):
                self._turns.follow(event)
                if isinstance(event, Notice) and event.text in self._told:
                    self._told.remove(event.text)
                elif isinstance(event, Failed) and event != self._turns.failed:
                    self._fail(event)
                else:
                    self._send(event.as_json())
        finally:
            loop.close()

    def _fail(self, failed: Failed, last: bool = False) -> None:
        """Tell a failure that is no turn's, which the log does not tell of; `last`: it ends the talk."""
        self._send({**failed.as_json(), "own": True, "last": last})

    def _send(self, event: dict[str, Any]) -> None:
        with self._lock:
            if event["event"] == StateChanged.__name__:
                self._state = event
            if self._page is not None:
                self._page.send(event)


class Lines:
    """All talks, one a conversation."""

    def __init__(self, open_loop: OpenLoop, limits: Limits) -> None:
        self._open_loop, self._limits = open_loop, limits
        self._lines: dict[Conversation, Line] = {}
        self._lock = threading.Lock()

    def attach(self, conversation: Conversation, page: Page, hello: Hello) -> Line:
        """The conversation's talk, begun where there is none, with this page attached.

        Raises:
            Closing: there are as many talks as there may be.
        """
        with self._lock:
            self._lines = {key: line for key, line in self._lines.items() if not line.over}
            line = self._lines.get(conversation)
            if line is not None:
                line.attach(page, hello)
                return line
            if len(self._lines) >= self._limits.loops:
                raise Closing(Closing.FULL, f"There are {self._limits.loops} conversations by voice already.")
            line = self._lines[conversation] = Line(conversation, self._open_loop, _options(conversation, hello))
            line.attach(page, hello)
            line.begin()
            return line


def _options(conversation: Conversation, hello: Hello) -> dict[str, Any]:
    """Settings for this talk: what the page's user has chosen, and whether a screen reader speaks instead."""
    return {**conversation.choices, "speech": hello.speech}

"""What the tests of hands-free talking share: a simple loop in the place of the real one, and the server it runs in."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from assistant.listening.events import WordsSoFar
from assistant.listening.microphone import Block
from assistant.messages import Event, Heard, Request
from assistant.speaking.playback import Player
from assistant.speech import RATE_HZ, Sound
from assistant.talking.events import Commanded, Notice, StateChanged
from kernels.errors import UserError
from tests.page_support import Scripted, served
from ui.socket_limits import Limits

TONE_F = (8000 * np.sin(np.arange(RATE_HZ) * 0.1)).astype(np.int16)  # one second of speech


class SimpleLoop:
    """In the place of the voice loop, with the real Player: it counts what it hears, pauses where that is loud, says a
    second of tone for "repeat", and runs requests."""

    def __init__(self, turns: Any, output: Any, options: dict[str, Any]) -> None:
        if options.get("verbosity") == "full":
            raise UserError("The ear's model is missing.", "Run: antigone models pull.")
        self.turns, self.options, self.attentive = turns, options, True
        self.player = Player(RATE_HZ, output.open, wait_for_device=True)
        self.heard = 0
        self.blocks: list[np.ndarray] = []
        self.own: list[str] = []  # what the page says by itself
        self.said, self.ended = threading.Event(), threading.Event()

    def say(self) -> None:
        """Say a second of tone."""
        message = self.player.add(lambda cancelled: iter([Sound(TONE_F, RATE_HZ, "tone")]))
        threading.Thread(target=lambda: message.wait() and self.said.set(), daemon=True).start()

    def hear(self, text: str) -> None:
        """Take words as spoken."""
        self.source.tell(Heard(text))

    def run(self, source: Any) -> Iterator[Event]:
        self.source = source
        yield StateChanged("listening")
        for item in source:
            match item:
                case Block() if self.attentive and abs(item.samples_S).max() > 0.1:
                    self.heard += len(item.samples_S)
                    self.player.pause()
                    yield StateChanged("hearing")
                case Block():
                    self.heard += len(item.samples_S)
                    self.blocks.append(item.samples_S)
                case Commanded(name="repeat"):
                    self.say()
                case Heard(text=text):
                    yield WordsSoFar(text)
                    yield item
                    yield from self.turns.turn(Request(text))
                case Notice(text=text):
                    self.own.append(text)
                    yield item
                case Commanded(name="go_on"):
                    self.player.resume()
                case Commanded(name="stop"):
                    raise RuntimeError("secret detail of the machine")
                case Request():
                    yield from self.turns.turn(item)
                case _:
                    yield item

    def close(self) -> None:
        self.player.close()
        self.ended.set()


class Place:
    """A server, and the loops that it opened.

    Args:
        attentive: the loops pause when it is loud.
    """

    def __init__(self, attentive: bool = True) -> None:
        self.attentive = attentive
        self.loops: list[SimpleLoop] = []
        self.agents: list[Scripted] = []
        self.address = ""
        self.server: Any = None

    def conversation(self, cookie: str) -> Any:
        return self.server.conversations.get(cookie.partition("=")[2])

    def open_loop(self, *arguments: Any) -> SimpleLoop:
        self.loops.append(SimpleLoop(*arguments))
        self.loops[-1].attentive = self.attentive
        return self.loops[-1]

    def open_session(self) -> Scripted:
        self.agents.append(Scripted())
        return self.agents[-1]

    def drop(self) -> None:
        """Cut all voice sockets off, as a network does."""
        for one in list(self.server.server_state.connections):
            if type(one).__name__.startswith("WebSocket"):
                one.loop.call_soon_threadsafe(one.transport.abort)

    def call(self, cookie: str, greet: bool = True, **hello: Any) -> ClientConnection:
        """A page's socket."""
        place = urlsplit(self.address)
        made = connect(
            f"ws://{place.netloc}/antigone/voice",
            origin=Origin(self.address),
            additional_headers={"Cookie": cookie},
            compression=None,
            proxy=None,
        )
        if greet:
            made.send(json.dumps({"event": "hello", **hello}))
        return made


@contextmanager
def placed(limits: Limits, attentive: bool = True) -> Iterator[Place]:
    """The real server with simple loops."""
    place = Place(attentive)
    with served(place.open_session, open_loop=place.open_loop, limits=limits) as server:
        place.address, place.server = server.page, server
        yield place

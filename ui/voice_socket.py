"""Hands-free talking in the browser: sound up and down one WebSocket beside the page, events as JSON.

Up: binary frames of 16 kHz 16-bit mono, and the text messages of socket_messages.py, "hello" first. Down: frames of
socket_output.py at 22.05 kHz, each event of the voice loop as a text frame, and "silence" where the page is to drop
what it has not played. Who may open it is the Guard's decision (Host, Origin) and the cookie's.
"""

import asyncio
import contextlib
import json
import time
from collections import deque
from typing import Any

from fastapi import APIRouter, WebSocket
from fastapi.responses import PlainTextResponse
from starlette.websockets import WebSocketDisconnect

from ui.conversation import Conversation
from ui.sessions import COOKIE, Conversations
from ui.socket_limits import MICROPHONE_HZ, Closing, Limits, Meter
from ui.socket_line import Line, Lines, OpenLoop
from ui.socket_messages import Bye, Hello, Message, read

_UNLOADED = (1000, 1001)  # the page was closed or left, not lost


def voice_routes(conversations: Conversations, open_loop: OpenLoop, limits: Limits | None = None) -> APIRouter:
    """The route /antigone/voice."""
    bounds = limits or Limits()
    lines = Lines(open_loop, bounds)
    router = APIRouter(prefix="/antigone")

    @router.websocket("/voice")
    async def voice(socket: WebSocket) -> None:
        conversation = conversations.get(socket.cookies.get(COOKIE))
        if conversation is None:
            told = PlainTextResponse("This conversation has ended. Reload the page.", 403)
            await socket.send_denial_response(told)
            return
        await socket.accept()
        await _Call(socket, lines, bounds).run(conversation)

    return router


class _Call:
    """One connection: what comes is checked and handed to the talk, what the talk sends leaves in order."""

    def __init__(self, socket: WebSocket, lines: Lines, limits: Limits) -> None:
        self._socket, self._lines, self._limits = socket, lines, limits
        self._eventloop = asyncio.get_running_loop()
        self._leaving: deque[bytes | dict[str, Any]] = deque()
        self._something = asyncio.Event()
        self._closing: Closing | None = None
        now = time.monotonic()
        self._texts = Meter(limits.texts_per_s, limits.texts_burst, now)
        self._sound = Meter(MICROPHONE_HZ, limits.burst_s * MICROPHONE_HZ, now)
        self._flood = Meter(MICROPHONE_HZ, limits.flood_s * MICROPHONE_HZ, now)

    # -- for the talk, from any thread ----------------------------------------------------------------------------

    def send(self, message: bytes | dict[str, Any]) -> None:
        """Let a message leave after those before it."""
        self._soon(self._put, message)

    def close(self, code: int, reason: str) -> None:
        """Close the connection once what waits has left."""
        self._soon(self._shut, Closing(code, reason))

    def _soon(self, action: Any, *arguments: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the server has ended
            self._eventloop.call_soon_threadsafe(action, *arguments)

    def _put(self, message: bytes | dict[str, Any]) -> None:
        if len(self._leaving) >= self._limits.waiting:
            self._leaving.clear()
            self._shut(Closing(Closing.IDLE, "The page takes too long to take what it is sent."))
        elif self._closing is None:
            self._leaving.append(message)
            self._something.set()

    def _shut(self, closing: Closing) -> None:
        self._closing = self._closing or closing
        self._something.set()

    # -- the connection -------------------------------------------------------------------------------------------

    async def run(self, conversation: Conversation) -> None:
        """Until either side ends it."""
        line: Line | None = None
        left = False
        try:
            line = self._lines.attach(conversation, self, await self._hello())
            await self._both_ways(line)
        except Closing as closing:
            self._closing = closing
            left = closing.code != Closing.IDLE  # all others tell the page not to come back
        except WebSocketDisconnect as gone:
            left = gone.code in _UNLOADED
        if line is not None and line.detach(self):
            self._end_later(line, 0.0 if left else self._limits.away_s)
        await self._hang_up()

    async def _hello(self) -> Hello:
        message = await self._message(self._limits.hello_s, "The page did not say hello.")
        if not isinstance(message, Hello):
            raise Closing(Closing.NOT_UNDERSTOOD, "The first message must be hello.")
        return message

    async def _both_ways(self, line: Line) -> None:
        tasks = [asyncio.create_task(self._listen(line)), asyncio.create_task(self._deliver())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self, line: Line) -> None:
        while True:
            message = await self._message(self._limits.idle_s, "Nothing came from the page for a while.")
            if isinstance(message, bytes):
                line.source.push(message)
            elif isinstance(message, Hello):
                raise Closing(Closing.NOT_UNDERSTOOD, "Hello was said already.")
            else:
                line.take(message)
                if isinstance(message, Bye):
                    raise Closing(1000, "Goodbye.")

    async def _message(self, within_s: float, otherwise: str) -> Message | bytes:
        """The next message that may pass. Sound beyond real time is dropped here."""
        until = time.monotonic() + within_s
        while True:
            try:
                came = await asyncio.wait_for(self._socket.receive(), until - time.monotonic())
            except TimeoutError:
                raise Closing(Closing.IDLE, otherwise) from None
            if came["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(came.get("code", 1006))
            text, sound = came.get("text"), came.get("bytes")
            if text is not None:
                return self._checked(text)
            if sound is not None and self._passes(sound):
                return bytes(sound)

    def _checked(self, text: str) -> Message:
        if len(text) > self._limits.text_bytes:
            raise Closing(Closing.TOO_LARGE, "That message was too long.")
        if not self._texts.take(1, time.monotonic()):
            raise Closing(Closing.TOO_MUCH, "Too many messages came at once.")
        return read(text)

    def _passes(self, sound: bytes) -> bool:
        """Whether this sound goes to the talk.

        Raises:
            Closing: it is no sound, or there was far too much.
        """
        if len(sound) % 2 or not sound:
            raise Closing(Closing.UNSUPPORTED, "Sound must be 16-bit samples.")
        if len(sound) > self._limits.frame_bytes:
            raise Closing(Closing.TOO_LARGE, "That piece of sound was too long.")
        now = time.monotonic()
        if self._sound.take(len(sound) / 2, now):
            return True
        if not self._flood.take(len(sound) / 2, now):
            raise Closing(Closing.TOO_MUCH, "More sound came than a microphone makes.")
        return False

    async def _deliver(self) -> None:
        while True:
            while self._leaving:
                message = self._leaving.popleft()
                sending = (
                    self._socket.send_bytes(message)
                    if isinstance(message, bytes)
                    else self._socket.send_text(json.dumps(message, default=str))
                )
                try:
                    await asyncio.wait_for(sending, self._limits.slow_s)
                except TimeoutError:
                    raise Closing(Closing.IDLE, "The page takes too long to take what it is sent.") from None
            if self._closing is not None:
                raise self._closing
            self._something.clear()
            await self._something.wait()

    def _end_later(self, line: Line, after_s: float) -> None:
        """End the talk unless a page is back by then."""

        def end() -> None:
            if not line.attached:
                line.end()

        self._eventloop.call_later(after_s, end)

    async def _hang_up(self) -> None:
        closing = self._closing or Closing(1000, "")
        with contextlib.suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
            await asyncio.wait_for(self._socket.close(closing.code, closing.reason), self._limits.slow_s)

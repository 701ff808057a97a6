"""Messages between the program and a speech engine's process, over the child's standard input and output.

A message is a uint32 (big-endian) header length, the header as UTF-8 JSON, and then as many raw bytes as the header's
"bytes" says (0 where it is absent). Only the standard library is used here, so that a child starts quickly.

    to the child      {"do": "load", ...}   once, before the first "say"
                      {"do": "say", "id": 7, "text": "...", ...}   {"do": "cancel", "id": 7}   end of input: leave
    from the child    {"is": "ready", "rate_hz": 22050}
                      {"is": "sound", "id": 7, "bytes": N} + int16 little-endian mono   {"is": "cancelled", "id": 7}
                      {"is": "error", "id": 7, "text": "..."}                           (id 0: it could not start)
"""

import json
import os
import queue
import struct
import sys
import threading
import time
from collections.abc import Callable
from typing import IO, Any

MAX_HEADER = 1 << 22  # bytes; a clause is far shorter, so more means that the two sides have lost step
MAX_PAYLOAD = 1 << 28


class Broken(Exception):
    """The other side has gone, or what it sent is no message."""


def write(stream: IO[bytes], header: dict[str, Any], payload: bytes = b"") -> None:
    """Send one message and flush it.

    Raises:
        Broken: the other side has closed the pipe.
    """
    if payload:
        header = {**header, "bytes": len(payload)}
    text = json.dumps(header).encode()
    try:
        stream.write(struct.pack(">I", len(text)) + text + payload)
        stream.flush()
    except (OSError, ValueError) as error:  # ValueError: closed on our side
        raise Broken(str(error)) from None


def read(stream: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    """Receive one message: its header and its raw bytes.

    Raises:
        Broken: the pipe ended, or what came is no message.
    """
    (length,) = struct.unpack(">I", _exactly(stream, 4))
    if length > MAX_HEADER:
        raise Broken(f"a header of {length} bytes")
    try:
        header = json.loads(_exactly(stream, length))
        size = int(header.get("bytes", 0))
    except (ValueError, AttributeError, TypeError) as error:
        raise Broken(f"a header that is no JSON object: {error}") from None
    if not 0 <= size <= MAX_PAYLOAD:
        raise Broken(f"a payload of {size} bytes")
    return header, _exactly(stream, size)


def _exactly(stream: IO[bytes], size: int) -> bytes:
    try:
        data = stream.read(size) if size else b""
    except (OSError, ValueError) as error:
        raise Broken(str(error)) from None
    if len(data) < size:
        raise Broken("the pipe ended")
    return data


class Cancelled(Exception):
    """The request being worked on is no longer wanted."""


class Work:
    """One request as the child's engine sees it. `when_cancelled`, where set, is called from another thread."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.request = request
        self.when_cancelled: Callable[[], None] | None = None
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        self._cancelled.set()
        if self.when_cancelled is not None:
            self.when_cancelled()

    def check(self) -> None:
        """Leave the work by an exception if it was cancelled."""
        if self._cancelled.is_set():
            raise Cancelled


Say = Callable[[Work], bytes]


def serve(start: Callable[[dict[str, Any]], tuple[int, Say]]) -> None:
    """Be a child: load the engine, then answer requests until the input ends or the parent is gone.

    Args:
        start: loads what the parent names; gives the sample rate in hertz and a function from a request to int16 PCM.
    """
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not land among the messages
    waiting: queue.Queue[Work] = queue.Queue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, waiting), daemon=True).start()
    threading.Thread(target=_leave_with_parent, args=(os.getppid(),), daemon=True).start()
    try:
        rate_hz, say = start(waiting.get().request)
    except Exception as error:
        write(replies, {"is": "error", "id": 0, "text": f"{type(error).__name__}: {error}"})
        return
    write(replies, {"is": "ready", "rate_hz": rate_hz})
    while True:
        work = waiting.get()
        try:
            work.check()
            answer, pcm = {"is": "sound"}, say(work)
            work.check()
        except Cancelled:
            answer, pcm = {"is": "cancelled"}, b""
        except Exception as error:
            answer, pcm = {"is": "error", "text": f"{type(error).__name__}: {error}"}, b""
        write(replies, {**answer, "id": work.request["id"]}, pcm)


def _listen(stream: IO[bytes], waiting: "queue.Queue[Work]") -> None:
    newest: Work | None = None  # the parent has at most one request it still wants
    while True:
        try:
            header, _ = read(stream)
        except Broken:
            os._exit(0)  # the parent has closed its end: nothing that is still being made is wanted
        if header.get("do") in ("load", "say"):
            newest = Work(header)
            waiting.put(newest)
        elif header.get("do") == "cancel" and newest is not None and newest.request.get("id") == header["id"]:
            newest.cancel()


def _leave_with_parent(parent: int) -> None:
    """The pipe's end tells that the parent died, unless another of its children holds a copy: look for that too."""
    while os.getppid() == parent:
        time.sleep(2)
    os._exit(0)

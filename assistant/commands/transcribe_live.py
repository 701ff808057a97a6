"""transcribe --live and transcribe -: words as lines while somebody still speaks, from a file or a pipe."""

import json
import queue
import re
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import numpy as np

from encoders.sound_files import SAMPLE_RATE, sound_blocks
from encoders.sound_streams import pipe_blocks
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.messages import Event
    from assistant.streaming.transcript import LiveTranscript

_LINE = 72  # characters: a line goes out at the next word's end
_SHORT = 24  # no line of its own for "And Mr."
_MARKS = ".,!?;:。！？、，"
_CLAUSE = re.compile(rf"(?<=[{_MARKS}])(?=\s|$)|(?<=[。！？、，])")
_WAITING = 256  # blocks that the pipe may be ahead
_WAKE_S = 0.1


class Lines:
    """Stable words gathered to lines: to the end of a clause, or to a width."""

    def __init__(self) -> None:
        self._held = ""

    def add(self, text: str) -> list[str]:
        """The lines that are complete with this text."""
        lines = []
        for clause in _CLAUSE.split(text):
            self._held += clause
            if len(self._held) >= _LINE or (len(self._held) >= _SHORT and self._held[-1] in _MARKS):
                lines += self.rest()
        return lines

    def rest(self) -> list[str]:
        """What is held, as a line."""
        held, self._held = self._held.strip(), ""
        return [held] if held else []


def show(events: "Iterator[Event]", lines: Lines, as_json: bool, times: bool) -> None:
    """Print what events bring. With `times` segments are printed as they settle, else stable words as they come."""
    from assistant.commands.transcribe import clock
    from assistant.streaming.events import Finished, Paused, Settled, Stable

    for event in events:
        if as_json:
            print(json.dumps(event.as_json(), ensure_ascii=False), flush=True)
            continue
        ready: list[str] = []
        if times:
            ready = [f"[{clock(event.start_s)}] {event.text}"] if isinstance(event, Settled) else []
        elif isinstance(event, Stable):
            ready = lines.add(event.text)
        elif isinstance(event, Paused | Finished):
            ready = lines.rest()
        for line in ready:
            print(line, flush=True)
        if isinstance(event, Finished) and not event.text:
            print("No speech was heard.", file=sys.stderr, flush=True)


def follow_file(stream: "LiveTranscript", file: Path, as_json: bool, times: bool) -> None:
    """Read a recording a second at a time, as if somebody spoke. Raises UserError where it is damaged."""
    lines = Lines()
    for block in sound_blocks(file):
        for at in range(0, len(block), SAMPLE_RATE):
            show(stream.push(block[at : at + SAMPLE_RATE]), lines, as_json, times)
    show(stream.finish(), lines, as_json, times)


def follow_pipe(stream: "LiveTranscript", descriptor: int, as_json: bool, times: bool) -> None:
    """Write down what comes through a pipe until it ends or Control C is pressed.

    A thread takes the sound, since a recorder drops what nobody takes; what came while words were sought is pushed
    together, so that a slow machine reads less often and loses nothing.

    Raises:
        UserError: what comes is no sound.
    """
    came: queue.Queue[np.ndarray | UserError | None] = queue.Queue(_WAITING)
    thread = threading.Thread(target=_take, args=(descriptor, came), daemon=True)
    lines, failed = Lines(), None
    with _stopping() as stop:
        thread.start()
        ended = False
        while not ended:
            blocks, ended, failed = _gather(came, stop)
            if blocks:
                show(stream.push(np.concatenate(blocks)), lines, as_json, times)
        if failed is not None and not stream.heard_s:
            raise failed
        show(stream.finish(), lines, as_json, times)
    if failed is not None:
        raise failed


def _take(descriptor: int, came: "queue.Queue[np.ndarray | UserError | None]") -> None:
    try:
        for block in pipe_blocks(descriptor):
            came.put(block)
    except UserError as error:
        came.put(error)
    except OSError:
        pass  # the pipe broke: what came is what there is
    came.put(None)


def _gather(
    came: "queue.Queue[np.ndarray | UserError | None]", stop: threading.Event
) -> tuple[list[np.ndarray], bool, UserError | None]:
    """All that waits, at least one block: (blocks, whether it was the last, what went wrong)."""
    blocks: list[np.ndarray] = []
    while True:
        try:
            item = came.get(timeout=0 if blocks else _WAKE_S)
        except queue.Empty:
            if blocks or stop.is_set():
                return blocks, stop.is_set(), None
            continue
        if isinstance(item, UserError):
            return blocks, True, item
        if item is None:
            return blocks, True, None
        blocks.append(item)


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    """Control C ends the sound, not the program, so that the last words are still written; the second one does."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop  # signals go to the main thread alone
        return
    before = signal.getsignal(signal.SIGINT)

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, end)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)

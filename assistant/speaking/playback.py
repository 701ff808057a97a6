"""The loudspeaker: what is said in which order, and silence within 100 ms when it is asked for.

A message is a function that makes its sounds one after another. While one sound is played the next is already being
made. A NOW message interrupts; what it interrupted goes on afterwards from the clause that was cut.
"""

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from assistant.engines.level import Samples
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.speech import Sound

BLOCK_S = 0.02  # sound handed to the device at a time: how often a stop is looked for
LATENCY_S = 0.06  # sound that may lie in the device; thrown away on a stop
IDLE_S = 3.0  # of nothing to say before the device is given back to others
AHEAD = 2  # clauses made before they are needed

MakeSounds = Callable[[Callable[[], bool]], "Iterator[Sound]"]


class Priority(IntEnum):
    """When a message is said: in its turn, right after what is being said, or at once."""

    NORMAL = 0
    NEXT = 1
    NOW = 2


class Output(Protocol):
    """Where sound goes. `write` returns when there is room; `silence` drops what isn't heard yet."""

    def write(self, samples_F: Samples) -> None: ...
    def drain(self) -> None: ...
    def silence(self) -> None: ...
    def close(self) -> None: ...


class Loudspeaker:
    """The default sound device, opened for one sample rate.

    Raises:
        UserError: there is none, or it is in use.
    """

    def __init__(self, rate_hz: int) -> None:
        remedy = "Connect a loudspeaker or headphones, or write a file: antigone say TEXT --out FILE.wav."
        try:
            import sounddevice
        except (ImportError, OSError):  # OSError: the PortAudio library is missing
            raise UserError(
                "Sound cannot be played: PortAudio is missing.", "Install libportaudio2, or use --out FILE.wav."
            ) from None
        self._error = sounddevice.PortAudioError
        try:
            self._stream, device_hz, self._channels = _open_stream(sounddevice, rate_hz)
        except (sounddevice.PortAudioError, ValueError):
            raise UserError("Sound cannot be played: this machine has no loudspeaker that works.", remedy) from None
        self._convert: Any = None
        if device_hz != rate_hz:
            import soxr

            self._convert = soxr.ResampleStream(rate_hz, device_hz, 1, dtype="int16")

    def write(self, samples_F: Samples) -> None:
        try:
            if self._stream.stopped:
                self._stream.start()
            self._send(samples_F if self._convert is None else self._convert.resample_chunk(samples_F))
        except self._error:
            remedy = "Connect it again; if it stays silent, start the program again."
            raise UserError("The loudspeaker has gone.", remedy) from None

    def _send(self, samples_F: Samples) -> None:
        self._stream.write(np.repeat(samples_F, self._channels).astype("<i2").tobytes())

    def drain(self) -> None:
        if self._convert is not None:
            rest_F = self._convert.resample_chunk(np.zeros(0, np.int16), last=True)
            self._quietly(lambda: self._send(rest_F))
            self._convert.clear()
        self._quietly(self._stream.stop)  # PortAudio's stop waits until all is played

    def silence(self) -> None:
        if self._convert is not None:
            self._convert.clear()
        self._quietly(self._stream.abort)

    def close(self) -> None:
        self._quietly(self._stream.close)

    def _quietly(self, action: Callable[[], None]) -> None:
        with contextlib.suppress(self._error):  # the device has gone: then it is silent
            action()


def _open_stream(sounddevice: Any, rate_hz: int) -> tuple[Any, int, int]:
    """The stream, its sample rate and its channels: ours, or else the device's own rate, or else that in stereo."""
    try:
        own_hz = int(sounddevice.query_devices(kind="output")["default_samplerate"])
        for hertz, channels in ((rate_hz, 1), (own_hz, 1)):
            with contextlib.suppress(sounddevice.PortAudioError):
                return _stream(sounddevice, hertz, channels), hertz, channels
        return _stream(sounddevice, own_hz, 2), own_hz, 2
    except KeyError:
        raise ValueError("the device names no sample rate") from None


def _stream(sounddevice: Any, rate_hz: int, channels: int) -> Any:
    return sounddevice.RawOutputStream(samplerate=rate_hz, channels=channels, dtype="int16", latency=LATENCY_S)


class Playing:
    """One message on its way. `error` says why it could not be said."""

    def __init__(self, make: MakeSounds, priority: Priority) -> None:
        self.priority = priority
        self.error: UserError | None = None
        self._make = make
        self._ended = threading.Event()
        self._cancelled = threading.Event()
        self._ready: queue.Queue[Sound | UserError | None] = queue.Queue(maxsize=AHEAD)
        self._begun = False
        self._cut: Sound | None = None  # the clause that was interrupted

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until it was said, failed or was stopped; False when the time is over first."""
        return self._ended.wait(timeout_s)

    def cancel(self) -> None:
        """Say no more of it."""
        self._cancelled.set()

    def _sounds(self) -> "Iterator[Sound]":
        """The sounds not yet played, made ahead by a thread of their own; the cut one again first."""
        if not self._begun:
            self._begun = True
            threading.Thread(target=self._prepare, daemon=True).start()
        if self._cut is not None:
            yield self._cut
            self._cut = None
        while not self._cancelled.is_set():
            try:
                sound = self._ready.get(timeout=BLOCK_S)
            except queue.Empty:
                continue
            if isinstance(sound, UserError):
                raise sound
            if sound is None:
                return
            self._cut = sound
            yield sound
            self._cut = None

    def _prepare(self) -> None:
        end: UserError | None = None
        try:
            for sound in self._make(self._cancelled.is_set):
                if not self._put(sound):
                    return
        except UserError as error:
            end = error
        except Exception as error:  # the text came from a generator of somebody else's: its failure mustn't hang us
            end = UserError(f"The answer broke off: {error}.", "Ask again.")
        self._put(end)

    def _put(self, item: "Sound | UserError | None") -> bool:
        while not self._cancelled.is_set():
            try:
                self._ready.put(item, timeout=BLOCK_S)
                return True
            except queue.Full:
                continue
        return False


class Player:
    """Plays messages by priority in a thread of its own.

    Args:
        rate_hz: sample rate of all sounds.
        output: opens where the sound goes; the default sound device unless given.

    Raises:
        UserError: there is no such device.
    """

    def __init__(self, rate_hz: int, output: Callable[[int], Output] = Loudspeaker) -> None:
        self._rate_hz = rate_hz
        self._open = output
        self._output: Output | None = output(rate_hz)
        self._waiting: list[Playing] = []
        self._current: Playing | None = None
        self._interrupt = threading.Event()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def add(self, make: MakeSounds, priority: Priority = Priority.NORMAL) -> Playing:
        """Put a message in its place; returns at once."""
        message = Playing(make, priority)
        with self._changed:
            place = len(self._waiting)
            if priority is not Priority.NORMAL:
                place = next((i for i, other in enumerate(self._waiting) if other.priority < priority), place)
            self._waiting.insert(place, message)
            if priority is Priority.NOW and self._current is not None and self._current.priority < priority:
                self._interrupt.set()
            self._changed.notify()
        return message

    def stop(self) -> None:
        """Silence within 100 ms; everything waiting is forgotten."""
        with self._changed:
            for message in (*self._waiting, *([self._current] if self._current else [])):
                message.cancel()
                if message is not self._current:
                    message._ended.set()
            self._waiting.clear()

    @property
    def busy(self) -> bool:
        """Whether something is being said or waits to be."""
        with self._changed:
            return self._current is not None or bool(self._waiting)

    def close(self) -> None:
        """Stop, and give the device back."""
        self.stop()
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(timeout=2)

    def _run(self) -> None:
        while (message := self._next()) is not None:
            try:
                said = self._say(message)
            except Exception as error:  # whatever it is, the messages after it must be heard
                unknown = UserError(f"Sound could not be played: {error}.", "Try again.")
                message.error, said = error if isinstance(error, UserError) else unknown, True
                self._give_back()  # a device that has gone is looked for anew
            with self._changed:
                self._current = None
                if said or message._cancelled.is_set():
                    message.cancel()  # lets its thread go
                    message._ended.set()
                else:
                    place = sum(other.priority is Priority.NOW for other in self._waiting)
                    self._waiting.insert(place, message)
        self._give_back()

    def _next(self) -> Playing | None:
        with self._changed:
            while not self._waiting and not self._closed:
                if not self._changed.wait(timeout=IDLE_S) and not self._waiting:
                    self._give_back()
            if self._closed:
                return None
            self._interrupt.clear()
            self._current = self._waiting.pop(0)
            return self._current

    def _say(self, message: Playing) -> bool:
        """Play a message; False when it was interrupted and has more to say."""
        if self._output is None:
            self._output = self._open(self._rate_hz)
        block = int(BLOCK_S * self._rate_hz)
        for sound in message._sounds():
            for start in range(0, len(sound.samples_F), block):
                if message._cancelled.is_set() or self._interrupt.is_set():
                    self._output.silence()
                    return message._cancelled.is_set()
                self._output.write(np.ascontiguousarray(sound.samples_F[start : start + block]))
        if message._cancelled.is_set():
            self._output.silence()
        elif not self._waiting:
            self._output.drain()
        return True

    def _give_back(self) -> None:
        if self._output is not None:
            self._output.close()
            self._output = None

"""What is said in which order, and silence within 100 ms when it is asked for.

A message is a function that makes its sounds one after another. While one sound is played the next is already being
made. A NOW message interrupts; what it interrupted goes on afterwards from the clause that was cut, and so does all
after a pause. A loudspeaker that has gone is looked for again, and nothing that was to be said is lost.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from assistant.devices import RETRY_S, DeviceBack, DeviceLost
from assistant.engines.level import Samples
from assistant.messages import Event
from assistant.speaking.output import BLOCK_S, Loudspeaker, Output, OutputLost
from assistant.speaking.playing import MakeSounds, Playing, Priority
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.speaking.reference import Reference
    from assistant.speech import Sound

__all__ = ["Loudspeaker", "MakeSounds", "Output", "OutputLost", "Player", "Playing", "Priority"]

IDLE_S = 3.0  # of nothing to say before the device is given back to others
REMEMBERED = 64  # clauses whose text and time are remembered


class Player:
    """Plays messages by priority in a thread of its own.

    Args:
        rate_hz: sample rate of all sounds.
        output: opens where the sound goes; the default sound device unless given.
        reference: is told what is played and when, for an echo canceller.
        wake: called, from the player's thread, when `events` has something.
        wait_for_device: a device that is missing or goes is told by `events` and looked for again, and what was to be
            said waits for it. Otherwise its error is raised here or ends the message.

    Raises:
        UserError: there is no such device.
    """

    def __init__(
        self,
        rate_hz: int,
        output: Callable[[int], Output] = Loudspeaker,
        reference: "Reference | None" = None,
        wake: Callable[[], None] = lambda: None,
        wait_for_device: bool = False,
    ) -> None:
        self._rate_hz, self._open, self._reference, self._wake = rate_hz, output, reference, wake
        self._wait_for_device = wait_for_device
        self._output: Output | None = None if wait_for_device else output(rate_hz)
        self._waiting: list[Playing] = []
        self._current: Playing | None = None
        self._interrupt = threading.Event()
        self._changed = threading.Condition()
        self._closed = self._paused = self._lost = False
        self._heard: deque[tuple[float, str]] = deque(maxlen=REMEMBERED)  # when a clause ends or was cut, its text
        self._events: deque[Event] = deque()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def add(self, make: MakeSounds, priority: Priority = Priority.NORMAL) -> Playing:
        """Put a message in its place; returns at once. During a pause only those that are NOW are said."""
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
        """Silence within 100 ms; everything waiting is forgotten, and a pause is over."""
        with self._changed:
            if self._current is not None:
                self._current.cancel()
            for message in self._waiting:
                message.end()
            self._waiting.clear()
            self._paused = False
            self._changed.notify()

    def pause(self) -> None:
        """Silence within 100 ms; what is being said and what waits is kept."""
        with self._changed:
            self._paused = True
            for message in (*self._waiting, *([self._current] if self._current else [])):
                message.held = True
            if self._current is not None:
                self._interrupt.set()

    def resume(self) -> None:
        """Go on after a pause, from the beginning of the clause that was cut."""
        with self._changed:
            self._paused = False
            for message in self._waiting:
                message.held = False
            self._changed.notify()

    @property
    def paused(self) -> bool:
        """Whether a pause lasts."""
        return self._paused

    @property
    def busy(self) -> bool:
        """Whether something is being said or waits to be."""
        with self._changed:
            return self._current is not None or bool(self._waiting)

    def events(self) -> list[Event]:
        """What has happened to the device since this was last asked."""
        with self._changed:
            events = list(self._events)
            self._events.clear()
        return events

    def spoken(self, since_s: float) -> list[str]:
        """The texts of the clauses that were heard, whole or in part, after `since_s` (of `time.monotonic()`)."""
        with self._changed:
            return [text for end_s, text in self._heard if text and end_s >= since_s]

    def close(self) -> None:
        """Stop, and give the device back."""
        self.stop()
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(timeout=2)

    def _run(self) -> None:
        while (message := self._next()) is not None:
            said = True
            try:
                said = self._say(message)
            except OutputLost as error:
                said = self._device_lost(message, error)
            except Exception as error:  # whatever it is, the messages after it must be heard
                unknown = UserError(f"Sound could not be played: {error}.", "Try again.")
                message.error = error if isinstance(error, UserError) else unknown
                self._give_back()
            with self._changed:
                self._current = None
                if said or message.cancelled:
                    message.end()
                else:
                    message.held = self._paused and message.held
                    place = sum(other.priority is Priority.NOW for other in self._waiting)
                    self._waiting.insert(place, message)
        self._give_back()

    def _next(self) -> Playing | None:
        with self._changed:
            while not self._closed:
                place = next((i for i, message in enumerate(self._waiting) if self._may_speak(message)), None)
                if place is not None:
                    self._interrupt.clear()
                    self._current = self._waiting.pop(place)
                    return self._current
                if not self._changed.wait(timeout=IDLE_S) and not self._waiting:
                    self._give_back()
            return None

    def _may_speak(self, message: Playing) -> bool:
        return not self._paused or (message.priority is Priority.NOW and not message.held)

    def _say(self, message: Playing) -> bool:
        """Play a message; False when it was interrupted and has more to say."""
        output = self._device()
        for sound in message.sounds():
            if not self._play(output, message, sound):
                output.silence()
                if self._reference is not None:
                    self._reference.cut(time.monotonic())
                return message.cancelled
        if not self._waiting:
            output.drain()
        return True

    def _play(self, output: Output, message: Playing, sound: "Sound | None") -> bool:
        """Play a sound to its end; False when it is cut. None is a wait for the next one."""
        samples_F = np.zeros(0, np.int16) if sound is None else sound.samples_F
        block = int(BLOCK_S * self._rate_hz)
        for start in range(0, max(len(samples_F), 1), block):
            if message.cancelled or self._interrupt.is_set():
                return False
            if sound is not None and len(samples_F):
                self._write(output, message, sound, samples_F[start : start + block])
        return not message.cancelled

    def _write(self, output: Output, message: Playing, sound: "Sound", samples_F: Samples) -> None:
        block_F = np.ascontiguousarray(samples_F)
        heard_s = output.write(block_F)
        end_s = heard_s + len(block_F) / self._rate_hz
        if self._reference is not None:
            self._reference.add(block_F, heard_s)
        with self._changed:
            message.began_s = heard_s if message.began_s is None else message.began_s
            message.ended_s = end_s
            if self._heard and self._heard[-1][1] is sound.text:
                self._heard.pop()
            self._heard.append((end_s, sound.text))

    def _device(self) -> Output:
        if self._output is None:
            try:
                self._output = self._open(self._rate_hz)
            except UserError as error:
                raise OutputLost(error.text, error.remedy) from None
            if notice := getattr(self._output, "notice", ""):
                self._tell(DeviceLost("loudspeaker", notice, ""))
        if self._lost:
            self._lost = False
            self._tell(DeviceBack("loudspeaker", "The loudspeaker is back."))
        return self._output

    def _device_lost(self, message: Playing, error: OutputLost) -> bool:
        """What becomes of the message that the device left: True where its error ends it."""
        self._give_back()
        if not self._wait_for_device:
            message.error = error
            return True
        if not self._lost:
            self._lost = True
            self._tell(DeviceLost("loudspeaker", error.text, error.remedy))
        with self._changed:
            self._changed.wait_for(lambda: self._closed or message.cancelled, timeout=RETRY_S)
        return False

    def _tell(self, event: Event) -> None:
        with self._changed:
            self._events.append(event)
        self._wake()

    def _give_back(self) -> None:
        if self._output is not None:
            self._output.close()
            self._output = None

"""Sound devices: PortAudio as microphone and loudspeaker share it, and what is told when a device goes and comes.

PortAudio lists the devices when it starts and never again, and it starts and ends for the whole process. So who looks
for a device that was plugged in has to make everybody else close their streams for a moment: that is done here, and
only when a child process, which sees the devices afresh, finds that they have changed.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Protocol

from assistant.messages import Event
from kernels.errors import UserError

RETRY_S = 2.0  # between two looks for a device that has gone
_CHILD_S = 10.0  # a device list takes 0.1 s; a driver that hangs must not hang us
_LIST = "import json, sounddevice; print(json.dumps([dict(d) for d in sounddevice.query_devices()]))"

Kind = Literal["microphone", "loudspeaker"]
_CHANNELS: dict[Kind, str] = {"microphone": "max_input_channels", "loudspeaker": "max_output_channels"}


@dataclass(frozen=True)
class DeviceLost(Event):
    """A device has gone, is refused or was never there. Said once; it is looked for again every 2 s.

    Attributes:
        device: which of the two.
        text: what happened, one sentence.
        remedy: what to do, one sentence.
    """

    device: Kind
    text: str
    remedy: str


@dataclass(frozen=True)
class DeviceBack(Event):
    """What was lost works again.

    Attributes:
        device: which of the two.
        text: one sentence.
    """

    device: Kind
    text: str


class Holder(Protocol):
    """Who has a stream open."""

    def let_go(self) -> None:
        """Close the stream from another thread; the holder opens a new one by itself when it next needs it."""


class PortAudio:
    """The one PortAudio of this process.

    Attributes:
        lock: held while a stream is opened, closed or written to, so that nobody ends PortAudio meanwhile.
        error: PortAudio's exception.
    """

    def __init__(self, sounddevice: Any) -> None:
        self.sounddevice = sounddevice
        self.error: type[Exception] = sounddevice.PortAudioError
        self.lock = threading.RLock()
        self._holders: list[Holder] = []

    def hold(self, holder: Holder) -> None:
        """Note that this one has a stream open."""
        with self.lock:
            self._holders.append(holder)

    def free(self, holder: Holder) -> None:
        """Note that this one's stream is closed."""
        with self.lock, contextlib.suppress(ValueError):
            self._holders.remove(holder)

    def find(self, kind: Kind, name: str) -> dict[str, Any]:
        """sounddevice's description of the device whose name is, begins with or holds `name`; the default for "".

        Raises:
            UserError: there is no such device; the remedy names those that are there.
        """
        with self.lock:
            try:
                if not name:
                    return dict(self.sounddevice.query_devices(kind="input" if kind == "microphone" else "output"))
                there = [dict(device) for device in self.sounddevice.query_devices() if device[_CHANNELS[kind]] > 0]
            except (self.error, ValueError):
                raise UserError(f"This machine has no {kind}.", f"Connect a {kind}.") from None
        wanted = name.casefold().strip()
        for fits in (str.__eq__, str.startswith, str.__contains__):
            for device in there:
                if fits(str(device["name"]).casefold(), wanted):
                    return device
        names = ", ".join(str(device["name"]) for device in there) or "none"
        raise UserError(f"There is no {kind} named {name}.", f"Connect it, or set {kind} to one of: {names}.")

    def look_again(self) -> None:
        """See the devices as they are now. Streams that are open are closed if, and only if, something has changed."""
        if self._holders and not self._changed():
            return
        with self.lock:
            for holder in tuple(self._holders):
                holder.let_go()
            with contextlib.suppress(self.error):
                self.sounddevice._terminate()  # sounddevice has no public way; its own manual names this one
            with contextlib.suppress(self.error):
                self.sounddevice._initialize()

    def _changed(self) -> bool:
        """Whether a process that starts now sees other devices than this one does."""
        with self.lock:
            known = json.dumps([dict(device) for device in self.sounddevice.query_devices()])
        try:
            command = [sys.executable, "-c", _LIST]
            seen = subprocess.run(command, capture_output=True, timeout=_CHILD_S, check=True).stdout
            return bool(json.loads(seen) != json.loads(known))
        except (OSError, subprocess.SubprocessError, ValueError):
            return False


@contextlib.contextmanager
def mute_stderr() -> Iterator[None]:
    """PortAudio and ALSA write source lines to standard error where a device is not as they wish: not to be read aloud.

    sounddevice does the same where it starts PortAudio. Whatever else the process writes there meanwhile is lost too.
    """
    try:
        kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    except OSError:  # there is no standard error
        yield
        return
    try:
        os.dup2(nowhere, 2)
        os.close(nowhere)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


@cache
def _shared(sounddevice: Any) -> PortAudio:
    return PortAudio(sounddevice)


def portaudio(use: Literal["recorded", "played"], instead: str) -> PortAudio:
    """The process's PortAudio, started when it is first asked for.

    Args:
        use: what cannot be done with sound without it.
        instead: how to do without it, one sentence's end.

    Raises:
        UserError: the library is missing.
    """
    try:
        import sounddevice
    except (ImportError, OSError):  # OSError: the PortAudio library is missing
        raise UserError(
            f"Sound cannot be {use}: PortAudio is missing.", f"Install libportaudio2, or {instead}."
        ) from None
    _hush_alsa()
    return _shared(sounddevice)


@cache
def _hush_alsa() -> Any:
    """Let ALSA write no warnings (each late sample is one) to standard error; the handler must be kept alive."""
    if sys.platform != "linux":
        return None
    import ctypes

    handler = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p)(
        lambda *_: None
    )
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(handler)
    return handler

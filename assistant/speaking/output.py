"""Where sound goes: the protocol of a loudspeaker, and PortAudio's."""

import contextlib
import time
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from assistant.devices import PortAudio, mute_stderr, portaudio
from assistant.engines.level import Samples
from kernels.errors import UserError

BLOCK_S = 0.02  # sound handed to the device at a time: how often a stop is looked for
LATENCY_S = 0.06  # sound that may lie in the device; thrown away on a stop
_CONNECT = "Connect a loudspeaker or headphones, or write a file: antigone say TEXT --out FILE.wav."


class OutputLost(UserError):
    """The device has gone, or there is none."""


class Output(Protocol):
    """Where sound goes. Used by one thread."""

    def write(self, samples_F: Samples) -> float:
        """Take (F,) int16 samples, returning when there is room for more (no more than some 60 ms ahead).

        Returns:
            When the first of them is heard, seconds of `time.monotonic()`.

        Raises:
            OutputLost: the device has gone.
        """

    def drain(self) -> None:
        """Wait until all is heard."""

    def silence(self) -> None:
        """Drop what isn't heard yet."""

    def close(self) -> None:
        """Give the device back; the Player opens a new one when it needs it."""


class Loudspeaker:
    """A sound device, opened for one sample rate.

    Args:
        rate_hz: of the samples written.
        name: part of the device's name; the default device for "". Where the named one is missing the default one
            plays, and `notice` says so: a wrong setting must not leave a blind person in silence.

    Raises:
        OutputLost: there is none, or it is in use.
        UserError: PortAudio is missing.
    """

    def __init__(self, rate_hz: int, name: str = "") -> None:
        self.notice = ""
        self._rate_hz, self._convert = rate_hz, None
        self._portaudio = portaudio("played", "use --out FILE.wav")
        try:
            self._open(name)
        except OutputLost:
            self._portaudio.look_again()
            self._open(name)

    def write(self, samples_F: Samples) -> float:
        """As `Output.write`."""
        with self._portaudio.lock:
            if self._stream is None:
                raise OutputLost("The sound devices have changed.", "Speech goes on by itself.")
            try:
                if self._stream.stopped:
                    self._stream.start()
                queued_s = self._stream.latency - self._stream.write_available / self._device_hz
                heard_s = time.monotonic() + max(queued_s, 0.0)
                self._send(samples_F if self._convert is None else self._convert.resample_chunk(samples_F))
                return heard_s
            except self._portaudio.error:
                remedy = "Connect it again; if it stays silent, start the program again."
                raise OutputLost("The loudspeaker has gone.", remedy) from None

    def drain(self) -> None:
        """As `Output.drain`."""
        if self._convert is not None:
            rest_F = self._convert.resample_chunk(np.zeros(0, np.int16), last=True)
            self._quietly(lambda: self._send(rest_F))
            self._convert.clear()
        self._quietly(lambda: self._stream.stop())  # PortAudio's stop waits until all is played

    def silence(self) -> None:
        """As `Output.silence`."""
        if self._convert is not None:
            self._convert.clear()
        self._quietly(lambda: self._stream.abort())

    def close(self) -> None:
        """As `Output.close`."""
        self.let_go()

    def let_go(self) -> None:
        """Close the stream; the next write says that it is gone."""
        with self._portaudio.lock:
            self._quietly(lambda: self._stream.close())
            self._stream: Any = None
            self._portaudio.free(self)

    def _open(self, name: str) -> None:
        with self._portaudio.lock:
            try:
                self._stream, self._device_hz, self._channels = _open_stream(self._portaudio, self._rate_hz, name)
            except UserError as missing:
                if not name:
                    raise OutputLost(_none().text, _CONNECT) from None
                self._open("")
                self.notice = f"{missing.text} The default one plays. {missing.remedy}"
                return
            except (self._portaudio.error, ValueError):
                raise _none() from None
            self._portaudio.hold(self)
        if self._device_hz != self._rate_hz:
            import soxr

            self._convert = soxr.ResampleStream(self._rate_hz, self._device_hz, 1, dtype="int16")

    def _send(self, samples_F: Samples) -> None:
        self._stream.write(np.repeat(samples_F, self._channels).astype("<i2").tobytes())

    def _quietly(self, action: Callable[[], None]) -> None:
        with self._portaudio.lock, mute_stderr(), contextlib.suppress(self._portaudio.error):
            if self._stream is not None:
                action()


def _none() -> OutputLost:
    return OutputLost("Sound cannot be played: this machine has no loudspeaker that works.", _CONNECT)


def _open_stream(audio: PortAudio, rate_hz: int, name: str) -> tuple[Any, int, int]:
    """The stream, its sample rate and its channels: ours, or else the device's own rate, or else that in stereo."""
    device = audio.find("loudspeaker", name)
    try:
        own_hz = int(device["default_samplerate"])
    except KeyError:
        raise ValueError("the device names no sample rate") from None
    index = device.get("index") if name else None
    for hertz, channels in ((rate_hz, 1), (own_hz, 1)):
        with contextlib.suppress(audio.error):
            return _stream(audio, hertz, channels, index), hertz, channels
    return _stream(audio, own_hz, 2, index), own_hz, 2


def _stream(audio: PortAudio, rate_hz: int, channels: int, index: int | None) -> Any:
    with mute_stderr():
        return audio.sounddevice.RawOutputStream(
            samplerate=rate_hz, channels=channels, dtype="int16", latency=LATENCY_S, device=index
        )

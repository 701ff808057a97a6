"""Where sound comes from: a microphone, or a file in its place, as blocks of 32 ms.

Devices that are missing, refused or go away are told once, looked for every 2 s, and told when they are back.
"""

import contextlib
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from assistant.devices import RETRY_S, DeviceBack, DeviceLost, mute_stderr, portaudio
from assistant.messages import Event, Request
from encoders.sound_files import SAMPLE_RATE, check_sound, sound_blocks
from kernels.errors import UserError

BLOCK = 512  # samples, 32 ms: what silero's voice activity takes at a time
GONE_S = 1.0  # without a sample: the device has gone (drivers often don't say so)
START_S = 3.0  # until the first sample: some devices have to wake up
MUTED_S = 5.0  # of nothing but zeros from the beginning on: no room is that quiet
HELD = 6_000  # pieces of some 10 ms kept for a reader that is held up: memory is bounded, a minute is not lost
LATENCY_S = 0.032
JUMP_S = 0.050  # a clock that is off by more for a second means that samples were lost
READINGS = 64  # of the clock, the earliest of which is right: a callback may come late, never early
STEADY = 0.02  # share of a deviation that is made up for at a time: what an echo canceller sees must not hop
LONGEST_FILE_S = 3 * 3600.0

_CONNECT = "Connect a microphone, allow this program to use it, and close programs that hold it."
_GONE = UserError("The microphone has gone.", _CONNECT)
_MUTED = DeviceLost(
    "microphone",
    "The microphone gives no sound at all: it is muted, or this program may not use it.",
    "Switch it on, or allow this program to use the microphone in the system's privacy settings.",
)

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Block:
    """32 ms of sound.

    Attributes:
        samples_S: (512,) float32, 16 kHz mono.
        at_s: when the first sample was taken, seconds of `time.monotonic()`.
    """

    samples_S: Samples
    at_s: float


@dataclass(frozen=True)
class RecordingOver(Event):
    """The file that stands in for the microphone was given whole; silence follows.

    Attributes:
        seconds: its length.
    """

    seconds: float


class BlockSource(Protocol):
    """A microphone or what stands in for one. Reading waits for the next block; none come while a device is lost.

    A page's socket puts in what is typed or pressed there too, as requests.
    """

    def __iter__(self) -> Iterator[Block | Event | Request]: ...

    def close(self) -> None:
        """End the iteration, from whichever thread."""


class Microphone:
    """A sound device, opened when it is read, by one thread.

    Args:
        name: part of the device's name; the default device for "".

    Raises:
        UserError: PortAudio is missing.
    """

    def __init__(self, name: str = "") -> None:
        self._name = name
        self._portaudio = portaudio("recorded", "give a recording with --input FILE")
        self._pieces: queue.Queue[tuple[Samples, float] | None] = queue.Queue()
        self._closed = threading.Event()
        self._stream: Any = None

    def __iter__(self) -> Iterator[Block | Event]:
        """Blocks, and `DeviceLost` and `DeviceBack` between them, until closed."""
        lost = worked = False
        while not self._closed.is_set():
            trouble, given = _GONE, 0
            try:
                for item in self._blocks():
                    if lost:
                        lost = False
                        yield DeviceBack("microphone", "The microphone is back.")
                    given += 1
                    yield item
            except UserError as error:
                trouble = error
            finally:
                self.let_go()
            if given * BLOCK >= SAMPLE_RATE:
                worked = True
                continue  # another may be there already, or all streams were closed for a look
            if not lost and not self._closed.is_set():
                lost, trouble = True, _GONE if worked else trouble
                yield DeviceLost("microphone", trouble.text, trouble.remedy)
            if not self._closed.wait(RETRY_S):
                self._portaudio.look_again()

    def close(self) -> None:
        """As `BlockSource.close`."""
        self._closed.set()
        self._pieces.put(None)

    def let_go(self) -> None:
        """Close the stream; the reader opens another."""
        with self._portaudio.lock:
            if self._stream is not None:
                with contextlib.suppress(self._portaudio.error), mute_stderr():
                    self._stream.close()
                self._stream = None
                self._portaudio.free(self)
        self._pieces.put(None)

    def _blocks(self) -> Iterator[Block | Event]:
        """What the device gives until it gives no more. Raises UserError where it cannot be opened."""
        pieces: queue.Queue[tuple[Samples, float] | None] = queue.Queue()
        self._pieces = pieces
        cutter = _Cutter(self._open(pieces))
        heard = muted = False
        while not self._closed.is_set():
            try:
                piece = pieces.get(timeout=GONE_S if cutter.given else START_S)
            except queue.Empty:
                return
            if piece is None:
                return
            for block in cutter.cut(*piece):
                heard = heard or bool(block.samples_S.any())
                if not heard and not muted and cutter.given > MUTED_S * SAMPLE_RATE:
                    muted = True
                    yield _MUTED
                if heard and muted:
                    muted = False
                    yield DeviceBack("microphone", "The microphone gives sound now.")
                yield block

    def _open(self, pieces: queue.Queue[tuple[Samples, float] | None]) -> int:
        """Start the device; its sample rate."""
        audio = self._portaudio
        with audio.lock:
            device = audio.find("microphone", self._name)
            own_hz, channels = int(device.get("default_samplerate", 0)), int(device.get("max_input_channels", 1))
            for hertz, count in ((SAMPLE_RATE, 1), (own_hz, 1), (own_hz, channels)):
                with contextlib.suppress(audio.error, ValueError), mute_stderr():
                    stream = audio.sounddevice.InputStream(
                        samplerate=hertz,
                        channels=count,
                        dtype="float32",
                        latency=LATENCY_S,
                        device=device.get("index") if self._name else None,
                        callback=_taker(pieces, hertz),
                        finished_callback=lambda: pieces.put(None),
                    )
                    stream.start()
                    self._stream = stream
                    audio.hold(self)
                    return hertz
        raise UserError(f"The microphone {device.get('name', '')} cannot be used now.", _CONNECT)


def _taker(pieces: queue.Queue[tuple[Samples, float] | None], hertz: int) -> Callable[..., None]:
    """PortAudio's callback. It runs in the driver's thread and must not wait: it queues the samples and their time."""

    def take(samples_FC: Samples, frames: int, times: Any, status: object) -> None:
        age_s = times.currentTime - times.inputBufferAdcTime
        if not 0 < age_s < 1 or not times.inputBufferAdcTime:  # some drivers leave the times at zero
            age_s = frames / hertz
        if pieces.qsize() < HELD:
            pieces.put((samples_FC.mean(axis=1), time.monotonic() - age_s))

    return take


class _Cutter:
    """Pieces of any length and sample rate -> blocks with steady times."""

    def __init__(self, hertz: int) -> None:
        self.given = 0  # samples at 16 kHz
        self._hertz, self._taken = hertz, 0
        self._readings: deque[float] = deque(maxlen=READINGS)  # of when the first sample was taken
        self._begin_s = 0.0  # what they come to
        self._held_S = np.zeros(0, np.float32)
        self._resampler: Any = None
        if hertz != SAMPLE_RATE:
            import soxr

            self._resampler = soxr.ResampleStream(hertz, SAMPLE_RATE, 1, dtype="float32")

    def cut(self, samples_F: Samples, at_s: float) -> Iterator[Block]:
        self._readings.append(at_s - self._taken / self._hertz)
        off_s = min(self._readings) - self._begin_s
        self._begin_s += off_s if abs(off_s) > JUMP_S else STEADY * off_s
        self._taken += len(samples_F)
        ours_S = samples_F if self._resampler is None else self._resampler.resample_chunk(samples_F)
        self._held_S = np.concatenate([self._held_S, np.clip(np.nan_to_num(ours_S), -1.0, 1.0)])
        while len(self._held_S) >= BLOCK:
            block_S, self._held_S = self._held_S[:BLOCK].copy(), self._held_S[BLOCK:]
            at_s = self._begin_s + self.given / SAMPLE_RATE
            self.given += BLOCK
            yield Block(block_S, at_s)


class FileMicrophone:
    """A recording in the place of a microphone, given in real time, then silence until closed.

    Args:
        path: of any sound file that the program reads, up to 3 hours.
        clock: seconds; `time.monotonic` for real time.
        sleep: waits so many seconds by that clock; `close` ends the waiting of the default.

    Raises:
        UserError: the file cannot be read or is too long. Damage further inside is raised while it is read.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        check_sound(path)
        import soundfile

        seconds = soundfile.info(path).duration
        if seconds > LONGEST_FILE_S:
            raise UserError(
                f"{path.name} lasts {seconds / 3600:.1f} hours, which is too long to be heard as it is spoken.",
                f"Give at most {LONGEST_FILE_S / 3600:g} hours, or use: antigone transcribe {path.name}",
            )
        self._path, self._clock = path, clock
        self._closed = threading.Event()
        self._sleep = sleep or self._closed.wait

    def __iter__(self) -> Iterator[Block | Event]:
        """Blocks when a microphone would give them, `RecordingOver` once in their midst."""
        begin_s, given = self._clock(), 0
        for item in self._pieces():
            if isinstance(item, Event):
                yield item
                continue
            end_s = begin_s + (given + BLOCK) / SAMPLE_RATE
            while not self._closed.is_set() and (left_s := end_s - self._clock()) > 0:
                self._sleep(left_s)
            if self._closed.is_set():
                return
            yield Block(item, begin_s + given / SAMPLE_RATE)
            given += BLOCK

    def close(self) -> None:
        """As `BlockSource.close`."""
        self._closed.set()

    def _pieces(self) -> Iterator[Samples | Event]:
        """The file's samples by 512, the event, zeros without end."""
        held_S, count = np.zeros(0, np.float32), 0
        for samples_S in sound_blocks(self._path):
            count += len(samples_S)
            held_S = np.concatenate([held_S, samples_S])
            whole = len(held_S) // BLOCK * BLOCK
            yield from held_S[:whole].reshape(-1, BLOCK)
            held_S = held_S[whole:]
        if len(held_S):
            yield np.pad(held_S, (0, BLOCK - len(held_S)))
        yield RecordingOver(count / SAMPLE_RATE)
        while True:
            yield np.zeros(BLOCK, np.float32)

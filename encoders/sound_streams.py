"""Sound from a pipe -> blocks of 16 kHz mono samples: WAV as recorders write it, or raw 16-bit samples.

What comes is given on as it comes. A pipe cannot be searched, so there is no looking ahead: formats that need it are
to be given as files. Free of torch.
"""

import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from encoders.sound_files import SAMPLE_RATE, check_samples
from kernels.errors import UserError

_CHUNK = 1 << 16  # bytes
_MOST_HEADER = 1 << 20
_FILES = (b"RIFX", b"RF64", b"fLaC", b"OggS", b"ID3", b"FORM", b"caff", b".snd", b"\xff\xfb", b"\xff\xf3")
_REMEDY = "Pipe WAV, or raw 16-bit samples at 16 kHz, as: arecord -f S16_LE -r 16000 | antigone transcribe -"
_OPEN_ENDED = (0, 0x7FFFF000)  # a recorder that doesn't know how long it will record writes nothing, or very much


@dataclass(frozen=True)
class _Format:
    """How samples lie in the pipe: numpy's type of one value (24 bits: "i3"), and what a value of 1.0 would be."""

    kind: str
    rate: int
    channels: int
    length: int | None = None  # bytes; None: until the pipe ends

    @property
    def width(self) -> int:
        """Bytes of one sample of all channels."""
        return int(self.kind[-1]) * self.channels

    def samples(self, data: bytes) -> np.ndarray:
        """Whole frames of bytes to floats (S, channels)."""
        if self.kind == "i3":
            whole = np.zeros((len(data) // 3, 4), np.uint8)
            whole[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
            values = whole.view("<i4")[:, 0] / float(1 << 31)
        elif self.kind == "u1":
            values = np.frombuffer(data, np.uint8) / 128.0 - 1.0
        else:
            values = np.frombuffer(data, f"<{self.kind}")
            if self.kind[0] == "i":
                values = values / float(1 << (8 * values.itemsize - 1))
        return values.astype(np.float32).reshape(-1, self.channels)


def pipe_blocks(descriptor: int) -> Iterator[np.ndarray]:
    """Decode what comes through a pipe into float32 samples (S,), 16 kHz mono, as it comes.

    Args:
        descriptor: of the open pipe or file.

    Raises:
        UserError: a WAV that cannot be read, another kind of file, samples that are no numbers, or no sound at all.
    """
    pipe = _Pipe(lambda: os.read(descriptor, _CHUNK))
    start = pipe.take(12)
    if start[:4] == b"RIFF" and start[8:] == b"WAVE":
        layout = _read_header(pipe)
    elif start.startswith(_FILES) or start[4:8] == b"ftyp":
        raise UserError("Sound of this kind cannot be understood from a pipe.", "Give the file's name, or pipe WAV.")
    else:
        layout = _Format("i2", SAMPLE_RATE, 1)
        pipe.give_back(start)
    heard = False
    for block in _resampled(layout, pipe):
        heard = heard or bool(len(block))
        yield block
    if not heard:
        raise UserError("There is no sound on standard input.", _REMEDY)


def _resampled(layout: _Format, pipe: "_Pipe") -> Iterator[np.ndarray]:
    import soxr

    resampler = (
        soxr.ResampleStream(layout.rate, SAMPLE_RATE, 1, dtype="float32") if layout.rate != SAMPLE_RATE else None
    )
    for data in pipe.frames(layout.width, layout.length):
        mono = check_samples(layout.samples(data))
        yield resampler.resample_chunk(mono) if resampler else mono
    if resampler:
        yield resampler.resample_chunk(np.zeros(0, np.float32), last=True)


def _read_header(pipe: "_Pipe") -> _Format:
    """A WAV's chunks up to its samples."""
    found: tuple[str, int, int] | None = None
    read = 0
    while read < _MOST_HEADER:
        kind, length = struct.unpack("<4sI", pipe.exactly(8))
        if kind == b"data":
            if found is None:
                break
            open_ended = length in _OPEN_ENDED or 0x7FFFF000 <= length <= 0x80000000 or length >= 0xFFFFF000
            return _Format(*found, None if open_ended else length)
        body = pipe.exactly(min(length + length % 2, _MOST_HEADER))
        read += 8 + len(body)
        if kind == b"fmt " and len(body) >= 16:
            found = _sample_format(body)
    raise UserError("The WAV on standard input is damaged.", _REMEDY)


def _sample_format(body: bytes) -> tuple[str, int, int]:
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if tag == 0xFFFE and len(body) >= 26:  # the extensible form keeps its kind further on
        tag = struct.unpack_from("<H", body, 24)[0]
    kinds = {(1, 8): "u1", (1, 16): "i2", (1, 24): "i3", (1, 32): "i4", (3, 32): "f4", (3, 64): "f8"}
    if (tag, bits) not in kinds or not 1 <= channels <= 64 or not 1_000 <= rate <= 768_000:
        raise UserError(
            f"A WAV of kind {tag}, {bits} bits, {channels} channels and {rate} samples a second is not understood.",
            _REMEDY,
        )
    return kinds[tag, bits], rate, channels


class _Pipe:
    """Bytes in the portions that are wanted."""

    def __init__(self, read: Callable[[], bytes]) -> None:
        self._read, self._held = read, b""

    def take(self, count: int) -> bytes:
        """So many bytes, or what there is before the end."""
        while len(self._held) < count and (more := self._read()):
            self._held += more
        taken, self._held = self._held[:count], self._held[count:]
        return taken

    def exactly(self, count: int) -> bytes:
        """So many bytes. Raises UserError where the pipe ends before."""
        taken = self.take(count)
        if len(taken) < count:
            raise UserError("The WAV on standard input ends within its header.", _REMEDY)
        return taken

    def give_back(self, data: bytes) -> None:
        """Bytes that are to be taken again."""
        self._held = data + self._held

    def frames(self, width: int, length: int | None) -> Iterator[bytes]:
        """What comes, cut to whole frames, up to `length` bytes."""
        left = length
        while left is None or left >= width:
            data = self._held or self._read()
            self._held = b""
            if not data:
                return
            while len(data) < width and (more := self._read()):
                data += more
            whole = len(data) - len(data) % width
            if left is not None:
                whole = min(whole, left - left % width)
                left -= whole
            self._held = data[whole:]
            if whole:
                yield data[:whole]
            elif len(data) < width:
                return  # the pipe ended within a frame

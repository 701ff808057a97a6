"""Any recording -> blocks of 16 kHz mono samples, with memory that doesn't grow with its length.

What a file claims about itself is compared with what is there before anything is decoded. Free of torch: a wrong
file is told at once.
"""

import os
import stat
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from kernels.errors import UserError

SAMPLE_RATE = 16_000
_READ_VALUES = 1 << 20  # samples of all channels decoded at once
_LOUDEST = 1e9  # far beyond any scale in use: such a sample is damage
_STARTS = (b"RIFF", b"RIFX", b"RF64", b"fLaC", b"OggS", b"ID3", b"FORM", b"caff", b".snd")
_FORMATS = "Give a WAV, FLAC, OGG or MP3 recording."
_AGAIN = "Copy or record it again, and give the complete file."


def check_sound(path: Path) -> None:
    """See that a recording can be heard, as far as its header and first block tell. Raises as `sound_blocks`."""
    next(sound_blocks(path), None)


def sound_blocks(path: Path) -> Iterator[np.ndarray]:
    """Decode a file into consecutive blocks of float32 samples (S,), 16 kHz mono, about a second or more each.

    Raises:
        UserError: the file is missing, empty, a directory, not readable, not audio, shorter than it claims, or holds
            samples that are no numbers. The last two may come after blocks were given.
    """
    _check_file(path)
    import soundfile
    import soxr

    try:
        with soundfile.SoundFile(path) as sound:
            rate, channels, claimed = sound.samplerate, sound.channels, sound.frames
            if not 1_000 <= rate <= 768_000:
                raise UserError(f"{path.name} claims {rate} samples a second, which cannot be right.", _AGAIN)
            _check_complete(path, sound.format)
            resampler = soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32") if rate != SAMPLE_RATE else None
            size, heard = max(1024, _READ_VALUES // channels), 0
            while True:
                samples = sound.read(size, dtype="float32", always_2d=True)
                heard += len(samples)
                last = len(samples) < size
                mono = _mono(samples, path.name)
                yield resampler.resample_chunk(mono, last=last) if resampler else mono
                if last:
                    break
            if sound.format in ("WAV", "WAVEX", "RF64", "FLAC", "AIFF") and heard < claimed:
                raise _cut_off(path, f"{heard / rate:.1f} of {claimed / rate:.1f} seconds are there")
    except soundfile.LibsndfileError as error:
        if "ormat not recogni" in str(error) or "unknown format" in str(error).lower():
            raise UserError(f"{path.name} is not a sound file this program can read.", _FORMATS) from None
        raise UserError(f"{path.name} is damaged and cannot be decoded.", _AGAIN) from None
    if not heard:
        raise UserError(f"{path.name} holds no sound.", "Record it again, and check that the microphone is on.")


def read_sound(path: Path) -> np.ndarray:
    """All of a file at once: float32 (S,), 16 kHz mono. For recordings known to be short. Raises as `sound_blocks`."""
    return np.concatenate(list(sound_blocks(path)))


def check_samples(samples: np.ndarray) -> np.ndarray:
    """Samples given in memory as float32 (S,): 16 kHz, mono or (S, channels), floats in -1..1 or 16-bit integers.

    Raises:
        UserError: another type or shape, or values that are no numbers.
    """
    if samples.ndim not in (1, 2) or samples.dtype.kind not in "fi" or 0 in samples.shape[1:]:
        raise UserError(
            f"Sound samples of type {samples.dtype} and shape {samples.shape} are not understood.",
            "Give 16 kHz mono samples as floats or 16-bit integers.",
        )
    channels = samples.shape[1] if samples.ndim == 2 else 1
    if samples.dtype.kind == "i":
        samples = samples.astype(np.float32) / float(np.iinfo(samples.dtype).max + 1)
    return _mono(samples.astype(np.float32, copy=False).reshape(len(samples), channels), "The recording")


def _mono(samples_SC: np.ndarray, name: str) -> np.ndarray:
    mono = samples_SC[:, 0] if samples_SC.shape[1] == 1 else samples_SC.mean(axis=1)
    if mono.size and not np.abs(mono).max() < _LOUDEST:  # false for NaN too
        raise UserError(f"{name} holds samples that are not numbers.", _AGAIN)
    return np.ascontiguousarray(mono, dtype=np.float32)


def _check_file(path: Path) -> None:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise UserError(f"{path} is a folder, not a recording.", "Give one sound file inside it.")
        if not stat.S_ISREG(status.st_mode):
            raise UserError(f"{path} is not a file.", _FORMATS)
        with path.open("rb") as file:
            start = file.read(12)
    except PermissionError:
        raise UserError(f"You have no permission to read {path}.", "Change its permissions, or copy it.") from None
    except (OSError, ValueError) as error:
        if isinstance(error, FileNotFoundError):
            raise UserError(f"There is no file {path}.", "Check the name and the folder.") from None
        raise UserError(f"{str(path)[:200]!r} cannot be opened.", "Check the name and the folder.") from None
    if status.st_size == 0:
        raise UserError(f"{path.name} is empty.", _AGAIN)
    synced = start[:1] == b"\xff" and len(start) > 1 and start[1] & 0xE0 == 0xE0  # an MPEG frame
    if not synced and not start.startswith(_STARTS):
        raise UserError(f"{path.name} is not a sound file this program can read.", _FORMATS)


def _cut_off(path: Path, why: str) -> UserError:
    return UserError(f"{path.name} is cut off: {why}.", _AGAIN)


def _check_complete(path: Path, format_name: str) -> None:
    """Refuse a file whose own header promises more than is there."""
    size = os.path.getsize(path)
    with path.open("rb") as file:
        if format_name in ("WAV", "WAVEX", "RF64"):
            promised = _wav_end(file.read(1 << 16))
        elif format_name in ("MP3", "MPEG"):
            promised = _mp3_end(file)
        elif format_name == "OGG":
            file.seek(max(0, size - (1 << 17)))
            tail = file.read()
            page = tail.rfind(b"OggS")
            if page < 0 or len(tail) < page + 6 or not tail[page + 5] & 4:  # the flag of a stream's last page
                raise _cut_off(path, "its end is missing")
            return
        else:
            return
    if promised > size + 1:
        raise _cut_off(path, f"{size:,} of {promised:,} bytes are there")


def _wav_end(head: bytes) -> int:
    """Where a WAV's data ends by its own header; 0 where a recorder that wrote to a pipe left it open."""
    order = ">" if head[:4] == b"RIFX" else "<"
    at, large = 12, 0
    while at + 8 <= len(head):
        kind, length = head[at : at + 4], struct.unpack_from(order + "I", head, at + 4)[0]
        if kind == b"ds64" and at + 24 <= len(head):
            large = struct.unpack_from("<Q", head, at + 16)[0]
        if kind == b"data":
            if length == 0xFFFFFFFF and large:
                return at + 8 + large
            open_ended = length == 0 or 0x7FFFF000 <= length <= 0x80000000 or length >= 0xFFFFF000
            return 0 if open_ended else at + 8 + length
        at += 8 + length + length % 2
    return 0


def _mp3_end(file: BinaryIO) -> int:
    """Where an MP3 ends by its Xing or Info header; 0 where it has none."""
    file.seek(0)
    head = file.read(10)
    start = 0
    if head[:3] == b"ID3" and len(head) == 10:
        start = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
    file.seek(start)
    frame = file.read(64)
    tag = max(frame.find(b"Xing"), frame.find(b"Info"))
    if tag < 0 or len(frame) < tag + 16:
        return 0
    flags = struct.unpack_from(">I", frame, tag + 4)[0]
    return start + struct.unpack_from(">I", frame, tag + (12 if flags & 1 else 8))[0] if flags & 2 else 0

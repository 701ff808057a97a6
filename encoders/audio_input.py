"""A recording or samples -> 16 kHz mono in blocks -> log-mel frames, with memory that doesn't grow with the length.

The features are Whisper's (Radford et al. 2022, section 2.2): 25 ms Hann windows every 10 ms, 80 Slaney bands, log10.
What a file claims about itself is compared with what is there before anything is decoded.
"""

import math
import os
import stat
import struct
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from kernels.errors import UserError

SAMPLE_RATE = 16_000
HOP = 160
WINDOW = 400
MELS = 80
FLOOR = -10.0  # log10 of the least power told apart
RANGE = 8.0  # powers of ten kept below the loudest frame
_READ_VALUES = 1 << 20  # samples of all channels decoded at once
_LOUDEST = 1e9  # far beyond any scale in use: such a sample is damage
_FORMATS = "Give a WAV, FLAC, OGG or MP3 recording."
_AGAIN = "Copy or record it again, and give the complete file."


def check_file(path: Path) -> None:
    """See that a path is a file that can be opened and isn't empty; what it holds is not looked at.

    Raises:
        UserError: it is missing, empty, a directory, a device, or not readable.
    """
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise UserError(f"{path} is a folder, not a recording.", "Give one sound file inside it.")
        if not stat.S_ISREG(status.st_mode):
            raise UserError(f"{path} is not a file.", _FORMATS)
        with path.open("rb"):
            pass
    except PermissionError:
        raise UserError(f"You have no permission to read {path}.", "Change its permissions, or copy it.") from None
    except (OSError, ValueError) as error:
        if isinstance(error, FileNotFoundError):
            raise UserError(f"There is no file {path}.", "Check the name and the folder.") from None
        raise UserError(f"{str(path)[:200]!r} cannot be opened.", "Check the name and the folder.") from None
    if status.st_size == 0:
        raise UserError(f"{path.name} is empty.", _AGAIN)


def sound_blocks(path: Path) -> Iterator[np.ndarray]:
    """Decode a file into consecutive blocks of float32 samples (S,), 16 kHz mono, about a second or more each.

    Raises:
        UserError: the file is missing, empty, a directory, not readable, not audio, shorter than it claims, or holds
            samples that are no numbers. The last two may come after blocks were given.
    """
    check_file(path)
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
    if samples.ndim not in (1, 2) or samples.dtype.kind not in "fi":
        raise UserError(
            f"Sound samples of type {samples.dtype} and shape {samples.shape} are not understood.",
            "Give 16 kHz mono samples as floats or 16-bit integers.",
        )
    if samples.dtype.kind == "i":
        samples = samples.astype(np.float32) / float(np.iinfo(samples.dtype).max + 1)
    return _mono(samples.astype(np.float32, copy=False).reshape(len(samples), -1), "The recording")


@lru_cache(maxsize=4)
def mel_filters(mels: int = MELS) -> Tensor:
    """Triangular filters (mels, WINDOW // 2 + 1) of equal area on Slaney's scale: linear to 1 kHz, then logarithmic."""
    linear, corner, step = 200.0 / 3, 15.0, math.log(6.4) / 27.0  # Hz a mel; mels at 1 kHz; log-Hz a mel above
    top = corner + math.log(SAMPLE_RATE / 2 / 1000.0) / step
    points = np.linspace(0.0, top, mels + 2)
    edges = np.where(points < corner, points * linear, 1000.0 * np.exp(step * (points - corner)))
    bins = np.linspace(0.0, SAMPLE_RATE / 2, WINDOW // 2 + 1)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    height = 2.0 / (edges[2:] - edges[:-2])
    return torch.from_numpy(np.maximum(0.0, np.minimum(rising, falling)) * height[:, None]).float()


class LogMelStream:
    """Log-mel frames of samples that come in blocks; equal to those of the whole at once.

    Frame i is centred on sample 160 i; the beginning and the end are mirrored as torch.stft does. One hop of silence
    follows the last sample, so N samples make N // 160 + 1 frames.
    """

    def __init__(self, mels: int = MELS) -> None:
        self._filters = mel_filters(mels)
        self._window = torch.hann_window(WINDOW)
        self._pending: Tensor | None = None  # samples not yet left behind by a window

    def push(self, samples: np.ndarray) -> Tensor:
        """Take samples (S,) and return the frames that are complete now, (mels, F), F from 0 on."""
        fresh = torch.from_numpy(np.ascontiguousarray(samples, dtype=np.float32))
        if self._pending is None:
            self._pending = fresh.new_empty(0)
            self._started = False
        self._pending = torch.cat((self._pending, fresh))
        if not self._started:
            if len(self._pending) <= WINDOW // 2:
                return self._none()
            self._pending = torch.cat((self._pending[1 : WINDOW // 2 + 1].flip(0), self._pending))
            self._started = True
        return self._take()

    def finish(self) -> Tensor:
        """The last frames, (mels, F): none before this were left out."""
        if self._pending is None or (not self._started and not len(self._pending)):
            return self._none()
        if not self._started:  # shorter than half a window: silence makes up for it
            self.push(np.zeros(WINDOW // 2 + 1 - len(self._pending), np.float32))
        padded = torch.cat((self._pending, self._pending.new_zeros(HOP)))
        mirrored = padded[-WINDOW // 2 - 1 : -1].flip(0)
        self._pending = torch.cat((padded, mirrored))
        frames = self._take()
        return frames[:, :-1]  # torch.stft's last frame is one too many, as in openai/whisper

    def _take(self) -> Tensor:
        assert self._pending is not None
        count = (len(self._pending) - WINDOW) // HOP + 1
        if count <= 0:
            return self._none()
        used = self._pending[: (count - 1) * HOP + WINDOW]
        spectrum = torch.stft(used, WINDOW, HOP, window=self._window, center=False, return_complex=True)
        self._pending = self._pending[count * HOP :]
        return (self._filters @ spectrum.abs().square()).clamp_(min=10**FLOOR).log10_()

    def _none(self) -> Tensor:
        return torch.empty(len(self._filters), 0)


def log_mel(samples: np.ndarray, mels: int = MELS) -> Tensor:
    """Normalised log-mel features (1, mels, S // 160 + 1) of 16 kHz samples (S,), as the audio encoder wants them."""
    stream = LogMelStream(mels)
    frames = torch.cat((stream.push(samples), stream.finish()), dim=1)
    return normalise(frames, float(frames.max()) if frames.numel() else FLOOR)[None]


def normalise(frames: Tensor, loudest: float) -> Tensor:
    """Log-mel frames cut to RANGE below the loudest value of the recording, and scaled to about -1..1."""
    return (frames.clamp(min=loudest - RANGE) + 4.0) / 4.0


def _mono(samples_SC: np.ndarray, name: str) -> np.ndarray:
    mono = samples_SC[:, 0] if samples_SC.shape[1] == 1 else samples_SC.mean(axis=1)
    if mono.size and not np.abs(mono).max() < _LOUDEST:  # false for NaN too
        raise UserError(f"{name} holds samples that are not numbers.", _AGAIN)
    return np.ascontiguousarray(mono, dtype=np.float32)


def _cut_off(path: Path, why: str) -> UserError:
    return UserError(f"{path.name} is cut off: {why}.", _AGAIN)


def _check_complete(path: Path, format_name: str) -> None:
    """Refuse a file whose own header promises more than is there."""
    size = os.path.getsize(path)
    with path.open("rb") as file:
        if format_name in ("WAV", "WAVEX", "RF64"):
            promised = _wav_end(file.read(1 << 16))
        elif format_name in ("MP3", "MPEG"):
            promised = _mp3_end(file.read(1 << 16))
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


def _mp3_end(head: bytes) -> int:
    """Where an MP3 ends by its Xing or Info header; 0 where it has none."""
    tag = max(head.find(b"Xing"), head.find(b"Info"))
    frame = head.rfind(b"\xff\xfb", 0, tag) if tag > 0 else -1
    if frame < 0 or tag - frame > 64 or len(head) < tag + 16:
        return 0
    flags = struct.unpack_from(">I", head, tag + 4)[0]
    if not flags & 2:
        return 0
    return frame + struct.unpack_from(">I", head, tag + (12 if flags & 1 else 8))[0]

"""Sound from a pipe: what recorders write comes out as 16 kHz mono, whatever portions it comes in."""

import io
import os
import struct
import threading
from collections.abc import Sequence

import numpy as np
import pytest
import soundfile

from encoders.sound_files import SAMPLE_RATE
from encoders.sound_streams import pipe_blocks
from kernels.errors import UserError

TONE = (0.5 * np.sin(2 * np.pi * 300 * np.arange(SAMPLE_RATE) / SAMPLE_RATE)).astype(np.float32)


def _piped(data: bytes, portions: Sequence[int] = (1 << 16,)) -> np.ndarray:
    """What comes out when data is written in these portions, over and over."""
    out, into = os.pipe()

    def write() -> None:
        at, turn = 0, 0
        try:
            while at < len(data):
                at += os.write(into, data[at : at + portions[turn % len(portions)]])
                turn += 1
        except BrokenPipeError:
            pass  # it was refused
        finally:
            os.close(into)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        return np.concatenate(list(pipe_blocks(out)))
    finally:
        os.close(out)
        thread.join()


def _wav(kind: str, rate: int = SAMPLE_RATE, channels: int = 1, form: str = "WAV") -> bytes:
    file = io.BytesIO()
    tone = (0.5 * np.sin(2 * np.pi * 300 * np.arange(rate) / rate)).astype(np.float32)
    soundfile.write(file, np.stack([tone] * channels, axis=1), rate, subtype=kind, format=form)
    return file.getvalue()


@pytest.mark.parametrize("form", ["WAV", "WAVEX"])
@pytest.mark.parametrize("kind", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_every_kind_of_sample(kind: str, form: str) -> None:
    np.testing.assert_allclose(_piped(_wav(kind, form=form), (1, 7, 1000)), TONE, atol=0.01)


def test_rates_and_channels_become_one() -> None:
    heard = _piped(_wav("PCM_16", 44_100, 2))
    assert abs(len(heard) - SAMPLE_RATE) <= 2
    np.testing.assert_allclose(heard[1000:15000], TONE[1000:15000], atol=0.01)


def test_raw_samples() -> None:
    data = (TONE * 32_767).astype("<i2").tobytes()
    np.testing.assert_allclose(_piped(data, (1, 3, 8000)), TONE, atol=1e-3)
    np.testing.assert_allclose(_piped(data + b"\x01"), TONE, atol=1e-3)  # half a sample at the end is none
    assert len(_piped(b"\x00\x00")) == 1


def test_recorders_do_not_know_their_length() -> None:
    whole = _wav("PCM_16")
    at = whole.index(b"data") + 4
    for claimed in (0, 0x7FFFF024, 0x80000000, 0xFFFFFFFF):
        np.testing.assert_allclose(_piped(whole[:at] + struct.pack("<I", claimed) + whole[at + 4 :]), TONE, atol=1e-3)
    np.testing.assert_allclose(_piped(whole + b"LIST\x04\x00\x00\x00abcd"), TONE, atol=1e-3)  # no part of the sound
    assert len(_piped(whole[: at + 4 + 16_000])) == 8_000  # the recorder was stopped


def test_a_pipe_gives_what_there_is_at_once() -> None:
    out, into = os.pipe()
    os.write(into, (TONE[:4000] * 32_767).astype("<i2").tobytes())
    blocks = pipe_blocks(out)
    assert len(next(blocks)) == 4000  # though the pipe stays open
    os.close(into)
    assert list(blocks) == []
    os.close(out)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no sound on standard input"),
        (b"fLaC" + bytes(50), "cannot be understood from a pipe"),
        (b"\x00\x00\x00\x20ftypM4A " + bytes(50), "cannot be understood from a pipe"),
        (b"RIFF\xff\xff\xff\xffWAVEfmt ", "ends within its header"),
        (b"RIFF\xff\xff\xff\xffWAVEdata" + bytes(90), "damaged"),
        (b"RIFF\xff\xff\xff\xffWAVE" + b"junk\x00\x00\x10\x00" + bytes((1 << 20) + 90), "damaged"),
        (_wav("PCM_16").replace(struct.pack("<I", SAMPLE_RATE), struct.pack("<I", 5), 1), "5 samples a second"),
        (_wav("ULAW"), "kind 7, 8 bits"),
        (_wav("FLOAT")[:-4] + struct.pack("<f", np.nan), "not numbers"),
        (_wav("PCM_16")[:44], "no sound on standard input"),
    ],
    ids=["nothing", "flac", "mp4", "cut header", "no format", "endless header", "rate", "ulaw", "nan", "header alone"],
)  # fmt: skip
def test_what_is_no_sound_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        _piped(data)
    assert caught.value.remedy

"""Recordings become samples, samples become log-mel frames; what cannot is refused in a sentence."""

import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import librosa
import numpy as np
import pytest
import scipy.signal
import soundfile
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders.audio_input import (
    HOP,
    SAMPLE_RATE,
    LogMelStream,
    check_samples,
    check_sound,
    log_mel,
    mel_filters,
    normalise,
    read_sound,
    sound_blocks,
)  # fmt: skip
from kernels.errors import UserError


def _tone(rate: int, channels: int, seconds: float = 1.0) -> np.ndarray:
    """A 440 Hz tone, louder in later channels."""
    time = np.arange(int(rate * seconds)) / rate
    return np.stack([0.1 * (i + 1) * np.sin(2 * np.pi * 440 * time) for i in range(channels)], axis=1)


def test_filters_equal_librosas() -> None:
    for mels in (80, 128):
        theirs = librosa.filters.mel(sr=SAMPLE_RATE, n_fft=400, n_mels=mels)
        np.testing.assert_allclose(mel_filters(mels).numpy(), theirs, atol=1e-8)


def test_log_mel_equals_librosas_filters_over_scipys_spectrum() -> None:
    """librosa's own spectrum is the same to 4e-6, but it compiles a module at its first use: 15 s."""
    samples = np.random.default_rng(0).normal(0, 0.1, 3 * SAMPLE_RATE).astype(np.float32)
    window = scipy.signal.get_window("hann", 400)
    *_, spectrum = scipy.signal.stft(
        np.pad(samples, (0, HOP)), window=window, nperseg=400, noverlap=400 - HOP, boundary="even", padded=False
    )
    power = librosa.filters.mel(sr=SAMPLE_RATE, n_fft=400, n_mels=80) @ np.abs(spectrum * window.sum()) ** 2
    theirs = np.log10(np.maximum(power, 1e-10))[:, :-1]
    theirs = (np.maximum(theirs, theirs.max() - 8) + 4) / 4
    np.testing.assert_allclose(log_mel(samples)[0].numpy(), theirs, atol=1e-4)


@settings(max_examples=25, deadline=None)
@given(total=st.integers(1, 5000), cuts=st.lists(st.integers(0, 5000), max_size=6))
def test_frames_of_blocks_equal_frames_of_the_whole(total: int, cuts: list[int]) -> None:
    samples = np.random.default_rng(total).normal(0, 0.1, total).astype(np.float32)
    stream = LogMelStream()
    frames = [stream.push(block) for block in np.split(samples, sorted(min(cut, total) for cut in cuts))]
    whole = torch.cat((*frames, stream.finish()), dim=1)
    assert whole.shape[1] == max(total, 201) // HOP + 1  # less than half a window is filled up
    torch.testing.assert_close(normalise(whole, float(whole.max()))[None], log_mel(samples), atol=1e-4, rtol=0)


def test_no_samples_make_no_frames() -> None:
    assert LogMelStream().finish().shape == (80, 0)


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_any_rate_and_channel_count(tmp_path: Path, rate: int, channels: int) -> None:
    soundfile.write(tmp_path / "tone.wav", _tone(rate, channels), rate)
    samples = read_sound(tmp_path / "tone.wav")
    assert samples.dtype == np.float32 and abs(len(samples) - SAMPLE_RATE) <= 1
    expected = _tone(SAMPLE_RATE, channels).mean(axis=1)
    middle = slice(2000, 14000)
    np.testing.assert_allclose(samples[middle], expected[middle], atol=2e-3)


@pytest.mark.parametrize("name", ["x.wav", "x.flac", "x.ogg", "x.mp3", "x.aiff"])
def test_any_format(tmp_path: Path, name: str) -> None:
    soundfile.write(tmp_path / name, _tone(44_100, 2), 44_100)
    samples = read_sound(tmp_path / name)
    assert abs(len(samples) - SAMPLE_RATE) < 1200  # MP3 pads
    spectrum = np.abs(np.fft.rfft(samples[2000:14000]))
    assert abs(spectrum.argmax() * SAMPLE_RATE / 12000 - 440) < 2


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"])
def test_any_sample_type(tmp_path: Path, subtype: str) -> None:
    soundfile.write(tmp_path / "x.wav", _tone(16_000, 1), 16_000, subtype=subtype)
    np.testing.assert_allclose(read_sound(tmp_path / "x.wav"), _tone(16_000, 1)[:, 0], atol=0.02)


def test_long_recordings_come_in_blocks(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "long.wav", np.zeros((SAMPLE_RATE * 200, 2), np.int16), SAMPLE_RATE)
    sizes = [len(block) for block in sound_blocks(tmp_path / "long.wav")]
    assert sum(sizes) == SAMPLE_RATE * 200 and max(sizes) <= 1 << 20


def test_a_wav_written_to_a_pipe_is_read(tmp_path: Path) -> None:
    data = _wav(b"\1\2" * 8000, claimed=0xFFFFFFFF)
    (tmp_path / "pipe.wav").write_bytes(data)
    assert len(read_sound(tmp_path / "pipe.wav")) == 8000


def _wav(data: bytes, claimed: int | None = None, rate: int = 16_000, code: int = 1, bits: int = 16) -> bytes:
    size = len(data) if claimed is None else claimed
    width = bits // 8
    form = struct.pack("<HHIIHH", code, 1, rate, rate * width, width, bits)
    return (
        b"RIFF"
        + struct.pack("<I", min(size + 36, 0xFFFFFFFF))
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + form
        + (b"data" + struct.pack("<I", size) + data)
    )


def _nan(path: Path) -> None:
    samples = np.zeros(16_000, np.float32)
    samples[9000] = np.nan
    soundfile.write(path, samples, 16_000, subtype="FLOAT")


def _truncated(path: Path, source: str) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 64_000)
    whole = path.with_name("whole" + source)
    soundfile.write(whole, noise, 16_000)
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])


BAD = {
    "missing.wav": (lambda path: None, "There is no file"),
    "folder": (lambda path: path.mkdir(), "is a folder"),
    "empty.wav": (lambda path: path.write_bytes(b""), "is empty"),
    "text.wav": (lambda path: path.write_text("not sound at all"), "not a sound file"),
    "picture.mp3": (lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(5000)), "not a sound file"),
    "header.wav": (lambda path: path.write_bytes(_wav(b"")), "holds no sound"),
    "ten_hours.wav": (lambda path: path.write_bytes(_wav(bytes(1000), claimed=36_000 * 32_000)), "cut off"),
    "ten_hours_48k.wav": (
        lambda path: path.write_bytes(_wav(bytes(1000), claimed=36_000 * 96_000, rate=48_000)), "cut off"
    ),
    "rate.wav": (lambda path: path.write_bytes(_wav(bytes(1000), rate=2_000_000_000)), "claims 2000000000 samples"),
    "nan.wav": (_nan, "not numbers"),
    "infinite.wav": (
        lambda path: path.write_bytes(_wav(struct.pack("<f", float("inf")) * 99, code=3, bits=32)), "not numbers"
    ),
    "cut.wav": (lambda path: _truncated(path, ".wav"), "cut off"),
    "cut.flac": (lambda path: _truncated(path, ".flac"), "cut off|damaged"),
    "cut.ogg": (lambda path: _truncated(path, ".ogg"), "cut off|damaged"),
    "cut.mp3": (lambda path: _truncated(path, ".mp3"), "cut off|damaged"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_heard_is_refused_in_a_sentence(tmp_path: Path, name: str) -> None:
    make, said = BAD[name]
    make(tmp_path / name)
    with pytest.raises(UserError, match=said) as caught:
        for _ in sound_blocks(tmp_path / name):
            pass
    assert caught.value.remedy.endswith(".") and caught.value.exit_code == 2
    assert name in caught.value.text and "\n" not in caught.value.text


def test_no_permission_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.wav"
    path.write_bytes(_wav(bytes(100)))
    path.chmod(0)
    if os.access(path, os.R_OK):  # root may read anything: let the system's answer be what others get
        monkeypatch.setattr(Path, "open", _refuse)
    with pytest.raises(UserError, match="no permission"):
        check_sound(path)


def _refuse(*_: object, **__: object) -> None:
    raise PermissionError(13, "Permission denied")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(UserError, match="not a file"):
        check_sound(tmp_path / "pipe.wav")


def test_names_no_system_takes_are_refused() -> None:
    for name in ("a\0b.wav", "x" * 5000):
        with pytest.raises(UserError, match="cannot be opened"):
            check_sound(Path(name))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_a_hostile_header_costs_no_memory(tmp_path: Path) -> None:
    """The refusal itself, measured in a process of its own."""
    (tmp_path / "x.wav").write_bytes(_wav(bytes(1000), claimed=36_000 * 32_000))
    code = (
        "import sys\nfrom pathlib import Path\nfrom encoders.sound_files import check_sound\n"
        "try:\n    check_sound(Path(sys.argv[1]))\nexcept Exception as error:\n    print(type(error).__name__)\n"
        "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])\n"
    )
    root = Path(__file__).parents[1]
    out = subprocess.run([sys.executable, "-c", code, tmp_path / "x.wav"], cwd=root, capture_output=True, text=True,
                         check=True).stdout.split()  # fmt: skip
    assert out[0] == "UserError" and int(out[1]) < 300_000


def test_samples_in_memory() -> None:
    whole = check_samples(np.array([0, 16384, -32768], np.int16))
    assert whole.tolist() == [0.0, 0.5, -1.0] and whole.dtype == np.float32
    assert check_samples(np.ones((5, 2))).shape == (5,)
    for bad in (np.zeros((2, 2, 2)), np.array(["a"]), np.array([np.nan])):
        with pytest.raises(UserError):
            check_samples(bad)


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not here")
def test_speech_in_any_shape_has_the_same_features(tmp_path: Path) -> None:
    speech = tmp_path / "speech.wav"
    subprocess.run(["espeak-ng", "-w", speech, "Remind me at noon."], check=True)
    samples, rate = soundfile.read(speech)
    soundfile.write(tmp_path / "speech.flac", np.stack([samples] * 2, axis=1), rate)
    ours, theirs = log_mel(read_sound(speech)), log_mel(read_sound(tmp_path / "speech.flac"))
    torch.testing.assert_close(ours, theirs, atol=5e-3, rtol=0)

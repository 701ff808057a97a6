"""Microphones that are missing, refused, muted, pulled out and back; a file in a microphone's place. No waiting."""

import itertools
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile

from assistant import devices
from assistant.devices import DeviceBack, DeviceLost
from assistant.listening import microphone
from assistant.listening.microphone import BLOCK, Block, FileMicrophone, Microphone, RecordingOver
from assistant.messages import Event
from kernels.errors import UserError


class FakePortAudio:
    """sounddevice at its seam: the devices are a list, and `feed` is called with each stream that starts.

    Like the real one it sees the devices as they were when it was last started, and opens streams by that list.
    """

    class PortAudioError(Exception): ...

    def __init__(self) -> None:
        self.plugged: list[dict[str, Any]] = []
        self.seen: list[dict[str, Any]] = []
        self.feed: Callable[[FakeStream], None] = lambda stream: None
        self.open = 0
        self.now_s = 700.0

    def plug(self, *names: str, rate_hz: int = 16000, channels: int = 1) -> None:
        self.plugged = [
            {"index": n, "name": name, "max_input_channels": channels, "max_output_channels": 0}
            | {"default_samplerate": float(rate_hz)}
            for n, name in enumerate(names)
        ]

    def query_devices(self, kind: str | None = None) -> Any:
        if kind is None:
            return self.seen
        if not self.seen:
            raise self.PortAudioError
        return self.seen[0]

    def _terminate(self) -> None:
        assert self.open == 0, "ending PortAudio under an open stream crashes the real one"

    def _initialize(self) -> None:
        self.seen = list(self.plugged)

    def InputStream(self, **wanted: Any) -> "FakeStream":
        device = self.seen[wanted["device"] or 0]
        fits = (device["default_samplerate"], device["max_input_channels"])
        if (wanted["samplerate"], wanted["channels"]) != fits or device not in self.plugged:
            raise self.PortAudioError
        return FakeStream(self, wanted)


class FakeStream:
    def __init__(self, audio: FakePortAudio, wanted: dict[str, Any]) -> None:
        self.audio, self.rate_hz, self.channels = audio, wanted["samplerate"], wanted["channels"]
        self.callback, self.finished = wanted["callback"], wanted["finished_callback"]
        self.device = audio.seen[wanted["device"] or 0]["name"]

    def start(self) -> None:
        self.audio.open += 1
        self.audio.feed(self)

    def close(self) -> None:
        self.audio.open -= 1

    def give(self, sound_F: np.ndarray, piece: int = 480) -> None:
        for at in range(0, len(sound_F), piece):
            self.audio.now_s += min(piece, len(sound_F) - at) / self.rate_hz
            samples_FC = np.repeat(sound_F[at : at + piece, None], self.channels, axis=1).astype(np.float32)
            self.callback(samples_FC, len(samples_FC), SimpleNamespace(currentTime=0.0, inputBufferAdcTime=0.0), None)


@pytest.fixture
def audio(monkeypatch: pytest.MonkeyPatch) -> FakePortAudio:
    fake = FakePortAudio()
    monkeypatch.setitem(sys.modules, "sounddevice", fake)  # type: ignore[arg-type]
    monkeypatch.setattr(microphone, "RETRY_S", 0.0)
    monkeypatch.setattr(microphone, "time", SimpleNamespace(monotonic=lambda: fake.now_s))
    return fake


def hum(seconds: float, rate_hz: int, hertz: float = 440.0) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate_hz)) / rate_hz)


def listen(source: Microphone, until: Callable[[Block | Event], bool]) -> list[Block | Event]:
    heard = []
    for item in source:
        heard.append(item)
        if until(item):
            source.close()
    return heard


def events(heard: list[Block | Event]) -> list[Event]:
    return [item for item in heard if isinstance(item, Event)]


def sound(heard: list[Block | Event]) -> np.ndarray:
    return np.concatenate([item.samples_S for item in heard if isinstance(item, Block)])


def test_a_sound_card_of_48_khz_in_stereo_gives_blocks_of_16_khz(audio: FakePortAudio) -> None:
    audio.plug("Card", rate_hz=48000, channels=2)
    audio._initialize()
    audio.feed = lambda stream: stream.give(hum(1.1, 48000))
    count = itertools.count(1)
    heard = listen(Microphone(), lambda item: next(count) == 30)
    assert events(heard) == []
    blocks = [item for item in heard if isinstance(item, Block)]
    assert all(block.samples_S.shape == (BLOCK,) and block.samples_S.dtype == np.float32 for block in blocks)
    expected_S = hum(1.1, 16000)[: len(blocks) * BLOCK]
    assert np.abs(sound(heard) - expected_S)[BLOCK:].max() < 0.02
    assert [block.at_s for block in blocks] == pytest.approx([700.0 + n * 0.032 for n in range(30)])
    assert audio.open == 0


def test_a_missing_microphone_is_said_once_and_found_when_it_is_plugged_in(audio: FakePortAudio) -> None:
    looks = 0

    def look_again(self: devices.PortAudio) -> None:
        nonlocal looks
        looks += 1
        if looks == 5:
            audio.plug("Headset")
        real(self)

    real = devices.PortAudio.look_again
    audio.feed = lambda stream: stream.give(hum(0.1, 16000))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(devices.PortAudio, "look_again", look_again)
        heard = listen(Microphone(), lambda item: isinstance(item, Block))
    lost, back = events(heard)
    assert isinstance(lost, DeviceLost) and lost.device == "microphone" and "Connect a microphone" in lost.remedy
    assert isinstance(back, DeviceBack) and looks == 5
    assert isinstance(heard[-1], Block)


def test_one_pulled_out_and_put_back_loses_nothing_that_was_said(audio: FakePortAudio) -> None:
    audio.plug("Headset")
    audio._initialize()
    starts = 0

    def feed(stream: FakeStream) -> None:
        nonlocal starts
        starts += 1
        stream.give(hum(1.5, 16000))
        if starts == 1:
            audio.plugged = []
            stream.finished()

    audio.feed = feed
    real = devices.PortAudio.look_again

    def look_again(self: devices.PortAudio) -> None:
        audio.plug("Headset")
        real(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(devices.PortAudio, "look_again", look_again)
        heard = listen(Microphone("headset"), lambda item: isinstance(item, DeviceBack))
    lost, back = events(heard)
    assert isinstance(lost, DeviceLost) and lost.text == "The microphone has gone."
    assert isinstance(back, DeviceBack)
    before = heard.index(lost)
    assert before == int(1.5 * 16000) // BLOCK  # all that it had given was heard
    assert audio.open == 0


def test_the_named_device_is_used_and_a_wrong_name_told_with_the_right_ones(audio: FakePortAudio) -> None:
    audio.plug("Built-in", "USB Headset")
    audio._initialize()
    used = []

    def feed(stream: FakeStream) -> None:
        used.append(stream.device)
        stream.give(hum(0.1, 16000))

    audio.feed = feed
    listen(Microphone("usb"), lambda item: True)
    assert used == ["USB Headset"]
    (lost,) = listen(Microphone("Bluetooth"), lambda item: True)
    assert isinstance(lost, DeviceLost) and "Bluetooth" in lost.text and "Built-in, USB Headset" in lost.remedy


def test_one_that_is_refused_is_said(audio: FakePortAudio) -> None:
    audio.plug("Card")
    audio._initialize()

    def refuse(stream: FakeStream) -> None:
        stream.close()
        raise audio.PortAudioError("in use")

    audio.feed = refuse
    (lost,) = listen(Microphone(), lambda item: True)
    assert isinstance(lost, DeviceLost) and "Card cannot be used" in lost.text and "allow this program" in lost.remedy


def test_one_that_gives_nothing_but_zeros_is_said_once(audio: FakePortAudio) -> None:
    audio.plug("Card")
    audio._initialize()
    audio.feed = lambda stream: stream.give(np.concatenate([np.zeros(16000 * 12), hum(0.2, 16000)]))
    heard = listen(Microphone(), lambda item: isinstance(item, DeviceBack))
    lost, _back = events(heard)
    assert isinstance(lost, DeviceLost) and "muted" in lost.text


def test_without_portaudio_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(UserError, match=r"PortAudio is missing\. Install libportaudio2, or give a recording"):
        Microphone()


def test_devices_are_looked_up_anew_under_open_streams_only_if_they_changed(
    audio: FakePortAudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    audio.plug("Card")
    shared = devices.portaudio("played", "")
    closed = []
    holder = SimpleNamespace(let_go=lambda: (closed.append(1), shared.free(holder)))
    shared.hold(holder)
    monkeypatch.setattr(devices, "_LIST", "print([])")
    shared.look_again()
    assert not closed
    monkeypatch.setattr(devices, "_LIST", "print('[{}]')")
    shared.look_again()
    assert closed and audio.seen == audio.plugged


# A file in its place


class Clock:
    """Time that passes only where somebody waits for it."""

    def __init__(self) -> None:
        self.now = 500.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_a_file_is_given_in_real_time_then_silence(tmp_path: Path) -> None:
    sound_S = hum(1.0, 16000).astype(np.float32)
    soundfile.write(tmp_path / "said.wav", sound_S, 16000, subtype="FLOAT")
    clock = Clock()
    source = FileMicrophone(tmp_path / "said.wav", clock=clock, sleep=clock.sleep)
    heard: list[Block | Event] = []
    for item in source:
        heard.append(item)
        if isinstance(item, Block):
            number = sum(isinstance(one, Block) for one in heard) - 1
            assert item.at_s == 500.0 + number * BLOCK / 16000
            assert clock.now == pytest.approx(item.at_s + BLOCK / 16000)  # not before it could have been recorded
        if len(heard) == 41:
            source.close()
    assert events(heard) == [RecordingOver(1.0)] and len(heard) == 41
    assert heard.index(RecordingOver(1.0)) == 32  # 31.25 blocks
    assert np.array_equal(sound(heard)[:16000], sound_S) and not sound(heard)[16000:].any()


def test_a_file_that_is_too_long_or_no_sound_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    soundfile.write(tmp_path / "long.flac", np.zeros(32000), 16000)
    monkeypatch.setattr(microphone, "LONGEST_FILE_S", 1.0)
    with pytest.raises(UserError, match="too long"):
        FileMicrophone(tmp_path / "long.flac")
    (tmp_path / "note.wav").write_text("buy milk")
    with pytest.raises(UserError, match="not a sound file"):
        FileMicrophone(tmp_path / "note.wav")
    with pytest.raises(UserError, match="There is no file"):
        FileMicrophone(tmp_path / "none.wav")

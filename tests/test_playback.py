"""Pauses, a loudspeaker that goes and comes back, what was heard when, and a recording of it. No waiting."""

import threading
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from assistant.devices import DeviceBack, DeviceLost
from assistant.engines.level import Samples
from assistant.speaking import playback
from assistant.speaking.file_output import FileOutput
from assistant.speaking.output import OutputLost
from assistant.speaking.playback import Player, Priority
from assistant.speaking.reference import Reference
from assistant.speech import Sound
from kernels.errors import UserError

RATE_HZ = 16000
LIMIT_S = 60  # for what takes milliseconds: only a hang gets there


class Sink:
    """A loudspeaker that takes sound as fast as the test lets it, and stops where it is told to."""

    def __init__(self) -> None:
        self.heard: list[int] = []  # the first sample of each 20 ms
        self.silenced = 0
        self.holds: Callable[[list[int]], bool] = lambda heard: False
        self.breaks: Callable[[list[int]], bool] = lambda heard: False
        self.reached, self.go = threading.Event(), threading.Event()

    def open(self, rate_hz: int) -> "Sink":
        if self.breaks(self.heard):
            raise UserError("There is no loudspeaker.", "Connect one.")
        return self

    def write(self, samples_F: Samples) -> float:
        if self.breaks(self.heard):
            raise OutputLost("The loudspeaker has gone.", "Connect it again.")
        self.heard.append(int(samples_F[0]))
        if self.holds(self.heard) and not self.go.is_set():
            self.reached.set()
            assert self.go.wait(LIMIT_S)
        return 100.0 + 0.02 * (len(self.heard) - 1)

    def drain(self) -> None: ...

    def silence(self) -> None:
        self.silenced += 1

    def close(self) -> None: ...


def clauses(*values: int, seconds: float = 0.1):
    def make(cancelled) -> Iterator[Sound]:
        for value in values:
            yield Sound(np.full(int(seconds * RATE_HZ), value, np.int16), RATE_HZ, f"clause {value}")

    return make


def order(heard: list[int]) -> list[int]:
    return [value for n, value in enumerate(heard) if n == 0 or heard[n - 1] != value]


@pytest.fixture
def sink() -> Iterator[Sink]:
    sink = Sink()
    yield sink
    sink.go.set()


@pytest.fixture
def player(sink: Sink) -> Iterator[Player]:
    player = Player(RATE_HZ, sink.open)
    yield player
    sink.go.set()
    player.close()


def test_a_pause_keeps_its_place_and_goes_on_from_the_cut_clause(player: Player, sink: Sink) -> None:
    sink.holds = lambda heard: heard.count(11) == 2
    playing, waiting = player.add(clauses(10, 11, 12)), player.add(clauses(20))
    assert sink.reached.wait(LIMIT_S)
    player.pause()
    sink.go.set()
    now = player.add(clauses(90), Priority.NOW)  # an earcon, heard all the same
    later = player.add(clauses(30), Priority.NEXT)
    assert now.wait(LIMIT_S)
    assert player.paused and player.busy and sink.silenced == 1
    assert order(sink.heard) == [10, 11, 90]
    player.resume()
    assert playing.wait(LIMIT_S) and waiting.wait(LIMIT_S) and later.wait(LIMIT_S)
    assert order(sink.heard) == [10, 11, 90, 11, 12, 30, 20]
    assert sink.heard.count(11) == 2 + 5  # the clause from its beginning
    assert not player.paused


def test_a_stop_ends_a_pause_and_forgets(player: Player, sink: Sink) -> None:
    sink.holds = lambda heard: len(heard) == 1
    playing = player.add(clauses(10, 11))
    assert sink.reached.wait(LIMIT_S)
    player.pause()
    player.stop()
    sink.go.set()
    assert playing.wait(LIMIT_S) and not player.paused
    assert player.add(clauses(20)).wait(LIMIT_S)
    assert order(sink.heard) == [10, 20]


def test_a_now_message_need_not_wait_for_a_clause_that_is_being_made(player: Player, sink: Sink) -> None:
    made = threading.Event()

    def slow(cancelled) -> Iterator[Sound]:
        yield from clauses(10)(cancelled)
        assert made.wait(LIMIT_S)
        yield from clauses(11)(cancelled)

    playing = player.add(slow)
    assert player.add(clauses(90), Priority.NOW).wait(LIMIT_S)
    made.set()
    assert playing.wait(LIMIT_S)
    assert [value for value in order(sink.heard) if value != 90] in ([10, 11], [10, 10, 11])


def test_a_loudspeaker_that_goes_is_said_once_and_nothing_is_lost(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playback, "RETRY_S", 0.0)
    woken = threading.Semaphore(0)
    tries = 0

    def breaks(heard: list[int]) -> bool:
        nonlocal tries
        tries += heard.count(11) == 2
        return 0 < tries < 6

    sink.breaks = breaks
    reference = Reference(RATE_HZ)
    player = Player(RATE_HZ, sink.open, reference=reference, wake=woken.release, wait_for_device=True)
    playing, waiting = player.add(clauses(10, 11)), player.add(clauses(20))
    assert playing.wait(LIMIT_S) and waiting.wait(LIMIT_S)
    assert playing.error is None
    lost, back = player.events()
    assert isinstance(lost, DeviceLost) and (lost.device, lost.remedy) == ("loudspeaker", "Connect it again.")
    assert isinstance(back, DeviceBack) and player.events() == []
    assert woken.acquire(blocking=False) and woken.acquire(blocking=False)
    assert order(sink.heard) == [10, 11, 20] and sink.heard.count(11) == 2 + 5
    player.close()


def test_without_waiting_the_message_ends_with_the_error(player: Player, sink: Sink) -> None:
    sink.breaks = lambda heard: len(heard) == 2
    playing = player.add(clauses(10))
    assert playing.wait(LIMIT_S)
    assert isinstance(playing.error, OutputLost)
    with pytest.raises(UserError, match="no loudspeaker"):
        Player(RATE_HZ, sink.open)


def test_what_was_heard_when_is_known(sink: Sink) -> None:
    reference = Reference(RATE_HZ)
    player = Player(RATE_HZ, sink.open, reference=reference)
    playing = player.add(clauses(8000, 16000))
    assert playing.began_s is None or playing.began_s == 100.0
    assert playing.wait(LIMIT_S)
    assert playing.began_s == 100.0 and playing.ended_s == pytest.approx(100.2)
    assert player.spoken(100.15) == ["clause 16000"]
    assert player.spoken(0.0) == ["clause 8000", "clause 16000"] and player.spoken(101.0) == []
    player.close()
    first = Reference.index(100.0)
    played_S = reference.read(first - 100, 3400)
    assert not played_S[:100].any() and not played_S[3300:].any()
    assert np.allclose(played_S[100:1700], 8000 / 32768) and np.allclose(played_S[1700:3300], 16000 / 32768)


# The reference


def test_the_reference_is_in_step_at_16_khz_whatever_the_voices_rate() -> None:
    reference = Reference(22050)
    wave_F = (10000 * np.sin(2 * np.pi * 300 * np.arange(22050) / 22050)).astype(np.int16)
    for at in range(0, 22050, 441):
        jitter_s = 0.004 * np.sin(at)  # devices tell their time unsteadily
        reference.add(wave_F[at : at + 441], 50.0 + at / 22050 + (jitter_s if at else 0))
    heard_S = reference.read(Reference.index(50.0), 15000)
    expected_S = 10000 / 32768 * np.sin(2 * np.pi * 300 * np.arange(15000) / 16000)
    assert np.abs(heard_S - expected_S)[200:].max() < 0.01


def test_what_was_thrown_away_is_not_in_the_reference_and_the_past_is_bounded() -> None:
    reference = Reference(RATE_HZ)
    reference.add(np.full(3200, 9000, np.int16), 50.0)
    reference.cut(50.1)
    first = Reference.index(50.0)
    assert reference.read(first, 1600).all() and not reference.read(first + 1600, 1600).any()
    reference.add(np.full(1600, 9000, np.int16), 50.15)
    assert not reference.read(first + 1600, 800).any() and reference.read(first + 2400, 1600).all()
    for second in range(40):
        reference.add(np.full(RATE_HZ, second + 1, np.int16), 60.0 + second)
    assert not reference.read(first, 1600).any()
    assert reference.read(Reference.index(98.0), RATE_HZ).all()
    assert not reference.read(Reference.index(200.0), 10).any()


# A file in the place of the loudspeaker


class Clock:
    """Time that passes only where somebody waits for it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def samples(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE_HZ)
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


def block(value: int, seconds: float = 0.02) -> Samples:
    return np.full(round(seconds * RATE_HZ), value, np.int16)


def test_what_is_played_lies_in_the_file_when_it_was_heard(tmp_path: Path) -> None:
    clock = Clock()
    with FileOutput(tmp_path / "talk.wav", RATE_HZ, clock, clock.sleep) as file:
        output = file.open(RATE_HZ)
        clock.now = 1001.0
        times_s = [output.write(block(5)) for _ in range(50)]
        assert times_s == pytest.approx([1001.0 + n * 0.02 for n in range(50)])
        assert 1000.9 < clock.now - 1.0 < 1000.96  # no more than 60 ms ahead
        output.drain()
        assert clock.now == pytest.approx(1002.0)
        clock.now = 1003.0
        for _ in range(3):
            output.write(block(7))
        clock.now = 1003.03
        output.silence()  # half of it was heard
        output.close()
        clock.now = 1004.0
    heard_F = samples(tmp_path / "talk.wav")
    expected = [(0, 1.0), (5, 1.0), (0, 1.0), (7, 0.03), (0, 0.97)]
    assert np.array_equal(heard_F, np.concatenate([block(value, seconds) for value, seconds in expected]))


def test_the_file_is_whole_or_not_there(tmp_path: Path) -> None:
    clock = Clock()
    with pytest.raises(RuntimeError), FileOutput(tmp_path / "talk.wav", RATE_HZ, clock, clock.sleep) as file:
        file.write(block(5))
        raise RuntimeError("broke")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(KeyboardInterrupt), FileOutput(tmp_path / "talk.wav", RATE_HZ, clock, clock.sleep) as file:
        file.write(block(5))
        clock.now += 0.02
        raise KeyboardInterrupt
    assert np.array_equal(samples(tmp_path / "talk.wav"), block(5))
    with pytest.raises(UserError, match="does not exist"):
        FileOutput(tmp_path / "no folder" / "talk.wav", RATE_HZ)


def test_a_player_records_its_messages(tmp_path: Path) -> None:
    with FileOutput(tmp_path / "talk.wav", RATE_HZ) as file:
        player = Player(RATE_HZ, file.open)
        assert player.add(clauses(10, 11)).wait(LIMIT_S)
        player.close()
    heard_F = samples(tmp_path / "talk.wav")
    assert np.array_equal(heard_F[np.flatnonzero(heard_F)], np.concatenate([block(10, 0.1), block(11, 0.1)]))
    assert time.monotonic() > file.begin_s

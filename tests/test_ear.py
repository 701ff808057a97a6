"""The ear: recordings of real voices in, turns out; and from all that is no speech, none."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from pathlib import Path

import jiwer
import numpy as np
import pytest

from assistant import hearing, settings
from assistant.hearing import Hearing
from assistant.listening import turn_end
from assistant.listening.ear import Ear, open_ear
from assistant.listening.events import NothingSaid, SpeechBegan, SpeechPaused, TurnEnded, WordsSoFar
from assistant.listening.inventions import stock, without_sounds
from assistant.listening.turn_end import TurnEnd
from assistant.messages import Event
from assistant.speech import RATE_HZ, Speaker
from encoders.audio_input import SAMPLE_RATE, read_sound
from kernels.errors import UserError


@pytest.fixture(scope="module")
def tiny() -> Hearing:
    return hearing.load("tiny.en")


@pytest.fixture(scope="module")
def ends() -> TurnEnd:
    return turn_end.load()


@pytest.fixture(scope="module")
def voice() -> Iterator[Speaker]:
    with Speaker(settings.load()) as speaker:
        yield speaker


def _said(voice: Speaker, text: str) -> np.ndarray:
    import soxr

    samples = np.concatenate([sound.samples_F for sound in voice.clauses(text)]) / 32768
    return soxr.resample(samples.astype(np.float32), RATE_HZ, SAMPLE_RATE)


def _quiet(seconds: float) -> np.ndarray:
    """A microphone's own noise."""
    return np.random.default_rng(0).normal(0, 0.0005, int(seconds * SAMPLE_RATE)).astype(np.float32)


def _turns(events: list[Event]) -> list[TurnEnded]:
    return [event for event in events if isinstance(event, TurnEnded)]


def _plain(text: str) -> str:
    return " ".join("".join(c for c in text.lower().replace("-", " ") if c.isalnum() or c == " ").split())


@pytest.fixture(scope="module")
def request_sound(voice: Speaker) -> np.ndarray:
    return np.concatenate([_quiet(1), _said(voice, "What is the weather like today?"), _quiet(2)])


@pytest.fixture(scope="module")
def heard(tiny: Hearing, ends: TurnEnd, request_sound: np.ndarray) -> list[Event]:
    return Ear(tiny, ends).push(request_sound)


def test_a_request_is_one_turn(heard: list[Event], request_sound: np.ndarray) -> None:
    kinds = [type(event) for event in heard]
    assert (
        kinds[0] is SpeechBegan and kinds[-1] is TurnEnded and kinds.count(SpeechBegan) == kinds.count(TurnEnded) == 1
    )
    began, turn = heard[0], heard[-1]
    assert isinstance(began, SpeechBegan) and isinstance(turn, TurnEnded)
    loud = np.flatnonzero(np.abs(request_sound) > 0.02) / SAMPLE_RATE
    assert began.at_s - loud[0] <= 0.15
    assert turn.text == "What is the weather like today?" and turn.language == "en" and turn.confidence > 0.6
    assert abs(turn.began_s - loud[0]) < 0.1 and abs(turn.ended_s - loud[-1]) < 0.15
    assert 0 < turn.decided_s - turn.ended_s <= 0.85
    (paused,) = [event for event in heard if isinstance(event, SpeechPaused)]
    assert paused.at_s == turn.ended_s
    so_far = [event.text for event in heard if isinstance(event, WordsSoFar)]
    assert so_far and so_far[-1] == turn.text and "weather" in so_far[0]


def test_events_do_not_depend_on_how_the_samples_come(
    tiny: Hearing, ends: TurnEnd, request_sound: np.ndarray, heard: list[Event]
) -> None:
    ear = Ear(tiny, ends)
    cuts = np.random.default_rng(1).integers(0, len(request_sound), 150)
    assert [event for part in np.split(request_sound, sorted(cuts)) for event in ear.push(part)] == heard
    assert abs(ear.now_s - len(request_sound) / SAMPLE_RATE) < 0.032 and not ear.waiting
    assert ear.flush() == []


def test_on_an_executor_the_same_is_heard_and_whoever_waits_is_woken(
    tiny: Hearing, ends: TurnEnd, request_sound: np.ndarray, heard: list[Event]
) -> None:
    woken = threading.Event()
    with ThreadPoolExecutor(2) as executor:
        ear = Ear(tiny, ends, executor=executor, wake=woken.set)
        events = ear.push(request_sound[: -int(1.5 * SAMPLE_RATE)])
        assert events[0] == heard[0] and ear.waiting  # nothing waited for the recogniser
        while not _turns(events):
            events += ear.push(_quiet(0.1)) if not woken.wait(0.1) else ear.results()
            woken.clear()
        assert _turns(events)[0].text == _turns(heard)[0].text and not ear.waiting
        ear.push(request_sound[: 2 * SAMPLE_RATE])
        events = ear.flush()
        while ear.waiting:
            assert woken.wait(60)
            woken.clear()
            events += ear.results()
        assert _turns(events)[0].text.startswith("What is")
        ear.push(request_sound[: 2 * SAMPLE_RATE])
        ear.discard()
        assert not ear.waiting
        ear.close()
        assert ear.push(request_sound) == ear.results() == ear.flush() == []


def _no_speech() -> dict[str, np.ndarray]:
    draw, time = np.random.default_rng(0), np.arange(5 * SAMPLE_RATE) / SAMPLE_RATE
    noise = draw.normal(0, 1, len(time))

    def bursts(*starts: float, decay: float) -> np.ndarray:
        return noise * sum(np.exp(-np.clip(time - at, 0, None) / decay) * (time >= at) for at in starts)

    notes = 220 * 2 ** (np.floor(time * 4) % 12 / 12)
    return {
        "silence": np.zeros(len(time)), "noise": 0.2 * noise, "hum": 0.3 * np.sin(2 * np.pi * 50 * time),
        "click": bursts(2, decay=0.002), "typing": 0.4 * bursts(*np.arange(0.5, 4, 0.17), decay=0.01),
        "cough": 0.7 * np.clip(bursts(2, 2.4, decay=0.1), -1, 1),
        "music": 0.2 * sum(np.sin(2 * np.pi * np.cumsum(notes) * k / SAMPLE_RATE) for k in (1, 2, 3)),
        "beeps": 0.4 * (np.floor(time * 3) % 2) * np.sin(2 * np.pi * 1000 * time),
    }  # fmt: skip


@pytest.mark.parametrize("name", list(_no_speech()))
def test_where_nobody_speaks_nothing_happens(tiny: Hearing, ends: TurnEnd, name: str) -> None:
    ear = Ear(tiny, ends)
    sound = _no_speech()[name].astype(np.float32) + _quiet(5)
    assert ear.push(np.clip(sound, -1, 1)) + ear.flush() == [] and not ear.waiting


def test_a_voice_without_words_is_no_turn(tiny: Hearing, ends: TurnEnd, speech: Path) -> None:
    """Somebody in the next room: Whisper makes "Thank you." of it."""
    spectrum = np.fft.rfft(read_sound(speech / "jfk.flac")[: int(2.2 * SAMPLE_RATE)])
    spectrum[int(500 * 2.2) :] = 0
    muffled = 0.5 * np.fft.irfft(spectrum).astype(np.float32)
    events = Ear(tiny, ends).push(np.concatenate([_quiet(1), muffled, _quiet(3)]))
    assert [type(event) for event in events] == [SpeechBegan, SpeechPaused, NothingSaid]
    pause, nothing = events[1:]
    assert isinstance(pause, SpeechPaused) and isinstance(nothing, NothingSaid)
    assert nothing.at_s - pause.at_s < 0.5  # what was interrupted by it can go on at once


def test_what_recognisers_invent_is_known() -> None:
    for text in ("Thank you.", "you", "Thank you. Thank you. Thank you.", "...", "Thanks for watching!", "Uh"):
        assert stock(text)
    for text in ("Stop.", "Thank you, read it again.", "No.", "Yes.", "you are late"):
        assert not stock(text)
    for text in ("[Music]", "(coughs)", "*sighs*", "♪ ♪", "[BLANK_AUDIO]", " . "):
        assert without_sounds(text) == ""
    assert without_sounds("[door] Read this (please).") == "Read this ."


def test_a_command_said_alone_is_told_from_words_that_sound_like_it(tiny: Hearing, ends: TurnEnd) -> None:
    with Speaker(settings.load({"voice": "en-gb-x-rp"})) as simple:  # it says a word the same way each time
        spell, other = (
            np.concatenate([_quiet(0.5), _said(simple, word), _quiet(1.5)]) for word in ("Spell that.", "Monday.")
        )
    assert [turn.text for turn in _turns(Ear(tiny, ends, expected=()).push(spell))] != ["Spell that."]
    both = Ear(tiny, ends).push(np.concatenate([spell, other]))
    assert [turn.text for turn in _turns(both)] == ["Spell that.", "Monday."]


def test_a_slow_speaker_is_not_interrupted(tiny: Hearing, ends: TurnEnd, voice: Speaker) -> None:
    parts = ("Remind me to call my sister", "tomorrow at three.")
    sound = np.concatenate([piece for part in parts for piece in (_said(voice, part), _quiet(2))] + [_quiet(2.5)])
    (turn,) = _turns(Ear(tiny, ends, patience="patient").push(sound))
    words = _plain(turn.text)
    assert words.startswith("remind me") and "sister" in words and "tomorrow" in words


def test_two_people_at_once_are_one_turn_at_most(tiny: Hearing, ends: TurnEnd, speech: Path, voice: Speaker) -> None:
    one, other = read_sound(speech / "austen-0890.wav"), _said(voice, "Yesterday all the shops were closed.")
    length = min(len(one), len(other), 2 * SAMPLE_RATE)
    both = 0.5 * (one[:length] + other[:length])
    events = Ear(tiny, ends).push(np.concatenate([_quiet(1), both, _quiet(3)]))
    began, ended = ([e for e in events if isinstance(e, kind)] for kind in (SpeechBegan, TurnEnded | NothingSaid))
    assert len(began) == len(ended) == 1


def test_a_monologue_is_one_turn_and_its_memory_is_bounded(tiny: Hearing, ends: TurnEnd, speech: Path) -> None:
    names = ("austen-0870.wav", "jfk.flac")
    sound = np.concatenate(
        [piece for name in names for piece in (read_sound(speech / name), _quiet(0.6))] + [_quiet(3)]
    )
    ear, events = Ear(tiny, ends, patience="patient"), list[Event]()
    for block in np.split(sound, range(SAMPLE_RATE, len(sound), SAMPLE_RATE)):
        events += ear.push(block)
        if ear._turn is not None:
            assert ear._turn.text._sound.kept < 2_000 and len(ear._turn._unread) < 100 and len(ear._turn._last) <= 250
    (turn,) = _turns(events)
    whole = " ".join(segment.text for segment in tiny.transcribe(sound))
    assert jiwer.wer(_plain(whole), _plain(turn.text)) < 0.05
    assert turn.text.startswith("And Mr. John") and turn.text.endswith("for your country.")


def test_push_to_talk_ends_where_it_is_released(tiny: Hearing, ends: TurnEnd, request_sound: np.ndarray) -> None:
    ear = Ear(tiny, ends)
    assert ear.flush() == []
    events = ear.push(request_sound[: int(1.75 * SAMPLE_RATE)])
    assert not _turns(events)
    (turn,) = _turns(ear.flush())
    assert turn.text.lower().startswith("what is the") and turn.decided_s <= 1.76 and not ear.waiting
    ear.push(request_sound[: int(1.75 * SAMPLE_RATE)])
    ear.discard()
    assert ear.flush() == [] and ear.results() == []


def test_a_failure_is_told_and_the_next_turn_is_heard(tiny: Hearing, ends: TurnEnd, request_sound: np.ndarray) -> None:
    own = copy(tiny)
    own.memories = copy(tiny.memories)
    own.memories.quick = _out_of_memory  # type: ignore[method-assign]
    ear = Ear(own, ends)
    with pytest.raises(UserError, match="memory"):
        ear.push(request_sound)
    own.memories = tiny.memories
    ear.discard()
    assert _turns(ear.push(request_sound))[0].text == "What is the weather like today?"


def _out_of_memory(mel: object) -> None:
    raise UserError("There is no memory left.", "Close another program.")


def test_what_is_no_sound_is_refused_and_nothing_is_lost(
    tiny: Hearing, ends: TurnEnd, request_sound: np.ndarray
) -> None:
    ear = Ear(tiny, ends)
    middle = 2 * SAMPLE_RATE
    events = ear.push(request_sound[:middle])
    for samples in (np.array([0, np.nan], np.float32), np.array([np.inf], np.float32), np.zeros((2, 2, 2), np.float32)):
        with pytest.raises(UserError):
            ear.push(samples)
    events += ear.push(np.zeros(0, np.float32)) + ear.push(request_sound[middle:])
    assert _turns(events)[0].text == "What is the weather like today?"


def test_the_settings_choose_its_manners() -> None:
    assert open_ear(settings.load({"patience": "patient"})).patience == "patient"
    with pytest.raises(UserError, match="patience"):
        settings.load({"patience": "hasty"})

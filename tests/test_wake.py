"""The wake word: said by a real voice it opens the ear, and nothing else does."""

import sys
from collections.abc import Iterator

import numpy as np
import pytest

from assistant import hearing, settings
from assistant.listening import turn_end, wake
from assistant.listening.ear import Ear, open_ear
from assistant.listening.events import SpeechBegan, TurnEnded, WakeHeard
from assistant.speech import RATE_HZ, Speaker
from encoders.audio_input import SAMPLE_RATE
from kernels.errors import UserError


@pytest.fixture(scope="module")
def voice() -> Iterator[Speaker]:
    with Speaker(settings.load()) as speaker:
        yield speaker


@pytest.fixture(scope="module", autouse=True)
def _extra() -> None:
    pytest.importorskip("pymicro_wakeword", exc_type=ImportError)


def _said(voice: Speaker, text: str, quiet_s: float) -> np.ndarray:
    import soxr

    samples = np.concatenate([sound.samples_F for sound in voice.clauses(text)]) / 32768
    quiet = np.random.default_rng(0).normal(0, 0.0005, int(quiet_s * SAMPLE_RATE)).astype(np.float32)
    return np.concatenate([soxr.resample(samples.astype(np.float32), RATE_HZ, SAMPLE_RATE), quiet])


def _blocks(samples: np.ndarray) -> Iterator[np.ndarray]:
    return (samples[at : at + 512] for at in range(0, len(samples), 512))


def test_each_word_is_heard_once_and_not_in_other_speech(voice: Speaker) -> None:
    other = _said(voice, "Okay, read the letter to Jarvis. Remind me to call Alex tomorrow.", 1)
    for name, spoken in wake.WORDS.items():
        word = wake.load(name)
        assert sum(map(word.push, _blocks(other))) == 0
        assert sum(map(word.push, _blocks(_said(voice, f"{spoken}.", 1)))) == 1


def test_speech_counts_after_the_word_and_while_the_conversation_goes_on(voice: Speaker) -> None:
    ear = Ear(hearing.load("tiny.en"), turn_end.load(), wake_word=wake.load("alexa"))
    question = _said(voice, "What time is it?", 2)
    assert ear.push(question) == []
    events = ear.push(_said(voice, "Alexa, what time is it?", 2))
    kinds = [type(event) for event in events]
    assert kinds.index(WakeHeard) < kinds.index(SpeechBegan) < kinds.index(TurnEnded)
    assert isinstance(events[-1], TurnEnded) and events[-1].text.endswith("hat time is it?")
    assert "lex" not in events[-1].text
    assert isinstance(ear.push(question)[-1], TurnEnded)
    ear.push(np.zeros(9 * SAMPLE_RATE, np.float32))
    assert ear.push(question) == []
    ear.attend(3)
    assert type(ear.push(question)[0]) is SpeechBegan


def test_the_word_may_interrupt_and_is_no_part_of_the_request(voice: Speaker) -> None:
    ear = Ear(hearing.load("tiny.en"), turn_end.load(), wake_word=wake.load("alexa"))
    ear.attend(20)
    events = ear.push(_said(voice, "Alexa, read this letter.", 2))
    assert type(events[0]) is SpeechBegan and WakeHeard in map(type, events)
    (turn,) = [event for event in events if isinstance(event, TurnEnded)]
    assert turn.text.lower().strip(".") == "read this letter"


def test_without_the_extra_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymicro_wakeword", None)
    with pytest.raises(UserError, match="pip install pymicro-wakeword"):
        open_ear(settings.load({"wake_word": "alexa"}))


def test_an_unknown_word_is_refused() -> None:
    with pytest.raises(UserError, match="okay_nabu"):
        wake.load("computer")
    with pytest.raises(UserError, match="wake_word"):
        settings.load({"wake_word": "computer"})

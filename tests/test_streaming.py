"""Live transcripts: words that appear while somebody speaks, through real weights and real recordings."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant import hearing, models
from assistant.hearing import Hearing
from assistant.messages import Event
from assistant.streaming.events import Finished, Paused, Settled, Stable, Tentative
from assistant.streaming.transcript import LiveTranscript
from assistant.streaming.words import Word, agreed, overlap, split_text, split_tokens
from decoder.whisper import WhisperTokens
from encoders.audio_input import SAMPLE_RATE, read_sound
from kernels.errors import UserError


@pytest.fixture(scope="module")
def tiny() -> Hearing:
    return hearing.load("tiny.en")


@pytest.fixture(scope="module")
def spoken(speech: Path) -> np.ndarray:
    """Two speakers with a pause between them in which a whole window is silent."""
    pause = np.zeros(31 * SAMPLE_RATE, np.float32)
    return np.concatenate([read_sound(speech / "austen-0870.wav"), pause, read_sound(speech / "jfk.flac")])


@pytest.fixture(scope="module")
def offline(tiny: Hearing, spoken: np.ndarray) -> list[str]:
    return [segment.text for segment in tiny.transcribe(spoken)]


def _blocks(samples: np.ndarray, size: int) -> Iterator[np.ndarray]:
    return (samples[at : at + size] for at in range(0, len(samples), size))


def _follow(stream: LiveTranscript, blocks: Iterator[np.ndarray]) -> list[Event]:
    return [event for block in blocks for event in stream.push(block)] + list(stream.finish())


def _words(text: str) -> list[str]:
    return "".join(c for c in text.lower().replace("-", " ") if c.isalnum() or c in " '").split()


@pytest.mark.parametrize("size", [1_601, 16_000 * 120])
def test_streamed_equals_whole(tiny: Hearing, spoken: np.ndarray, offline: list[str], size: int) -> None:
    events = _follow(LiveTranscript(tiny), _blocks(spoken, size))
    end = events[-1]
    assert isinstance(end, Finished) and end.text == " ".join(offline)
    assert [event.text for event in events if isinstance(event, Settled)] == offline
    assert "".join(event.text for event in events if isinstance(event, Stable)).strip() == end.shown
    differing = set(_words(end.text)) ^ set(_words(end.shown))
    assert len(differing) <= 0.05 * len(_words(end.text)) + 1
    assert end.heard_s == len(spoken) / SAMPLE_RATE
    early = [event for event in events if isinstance(event, Stable) and event.heard_s < 7]
    assert ("John Dashwood" in "".join(event.text for event in early)) == (size < SAMPLE_RATE)


def test_a_sound_cut_anywhere_into_blocks_settles_the_same(tiny: Hearing, speech: Path) -> None:
    samples = read_sound(speech / "austen-0890.wav")[: 4 * SAMPLE_RATE + 77]  # ends within a word
    want = [(s.start_s, s.end_s, s.text) for s in tiny.transcribe(samples)]
    draw = np.random.default_rng(0)
    for cuts in ([], [1], [5, 5, 700], sorted(draw.integers(0, len(samples), 200))):
        events = _follow(LiveTranscript(tiny), iter(np.split(samples, cuts)))
        assert [(e.start_s, e.end_s, e.text) for e in events if isinstance(e, Settled)] == want


def test_a_request_is_known_at_the_pause_after_it(tiny: Hearing, speech: Path) -> None:
    quiet = np.zeros(SAMPLE_RATE, np.float32)
    sound = np.concatenate([quiet, read_sound(speech / "austen-0870.wav"), quiet])
    stream = LiveTranscript(tiny)
    before = [event for block in _blocks(sound, 1_600) for event in stream.push(block)]
    (pause,) = [event for event in before if isinstance(event, Paused)]
    after = list(stream.finish())
    assert _words(pause.text) == _words(after[-1].text) and pause.text == stream.shown
    assert 0 < len(sound) / SAMPLE_RATE - 1 - pause.speech_end_s < 1 and pause.heard_s < len(sound) / SAMPLE_RATE
    assert not any(isinstance(event, Stable | Paused) for event in after)
    guesses = [event for event in before if isinstance(event, Tentative)]
    assert guesses and guesses[-1].text == "" and any(guess.text.startswith(" ") for guess in guesses)
    assert pause.as_json() == {"event": "Paused", "text": pause.text, "heard_s": pause.heard_s,
                               "speech_end_s": pause.speech_end_s}  # fmt: skip


def _noises() -> dict[str, np.ndarray]:
    draw, time = np.random.default_rng(0), np.arange(5 * SAMPLE_RATE) / SAMPLE_RATE
    notes = 220 * 2 ** (np.floor(time * 4) % 12 / 12)
    return {
        "silence": np.zeros(len(time)), "noise": draw.normal(0, 0.2, len(time)), "nothing": np.zeros(0),
        "music": sum(0.2 * np.sin(2 * np.pi * notes * k * time) for k in (1, 2, 3)), "a moment": np.zeros(9),
        "clicks": (draw.random(len(time)) < 0.001) * 0.8,
    }  # fmt: skip


@pytest.mark.parametrize("name", list(_noises()))
def test_where_nobody_speaks_there_are_no_words(tiny: Hearing, name: str) -> None:
    events = _follow(LiveTranscript(tiny), _blocks(_noises()[name].astype(np.float32), 4_000))
    assert [type(event) for event in events] == [Finished] and events[0].text == events[0].shown == ""


def test_memory_is_bounded(tiny: Hearing) -> None:
    stream = LiveTranscript(tiny)
    for block in _blocks(np.zeros(150 * SAMPLE_RATE, np.float32), SAMPLE_RATE):
        assert list(stream.push(block)) == []
        assert stream._sound.kept <= 3_100 and len(stream._sound._chances) <= 1_100 and len(stream._pending) < 2_048
    assert stream._early.start >= 14_800 and stream._reading.seek == 12_000


def test_a_loop_that_is_left_loses_nothing(tiny: Hearing, speech: Path) -> None:
    samples = read_sound(speech / "austen-0890.wav")
    stream, events = LiveTranscript(tiny), list[Event]()
    for block in _blocks(samples, 16_000):
        work = stream.push(block)
        events.extend(event for event, _ in zip(work, range(1), strict=False))
        work.close()
    ending = stream.finish()
    events.append(next(ending))
    ending.close()
    assert stream.heard_s <= len(samples) / SAMPLE_RATE
    stream.close()
    for call in (lambda: stream.push(samples), stream.finish):
        with pytest.raises(UserError, match="has ended"):
            call()
    again = LiveTranscript(tiny)
    for block in _blocks(samples, 16_000):
        next(again.push(block), None)
    *_, last = again.finish()
    assert isinstance(last, Finished) and last.text == " ".join(s.text for s in tiny.transcribe(samples))


def test_what_is_no_sound_is_refused_and_nothing_is_lost(tiny: Hearing) -> None:
    stream = LiveTranscript(tiny)
    list(stream.push(np.zeros(16_000, np.float32)))
    for samples, rate, said in (
        (np.array([0, np.nan], np.float32), 16_000, "not numbers"), (np.array([np.inf]), 16_000, "not numbers"),
        (np.zeros((2, 2, 2), np.float32), 16_000, r"shape \(2, 2, 2\)"), (np.array(["a"]), 16_000, "not understood"),
        (np.zeros(9, np.float32), 44_100, "44100 samples a second"),
    ):  # fmt: skip
        with pytest.raises(UserError, match=said):
            stream.push(samples, rate)
    list(stream.push(np.zeros((16_000, 2), np.int16)))
    assert list(stream.finish())[-1] == Finished("", "", 2.0)
    for options, said in (({"language": "fr"}, "only knows English"), ({"translate": True}, "cannot translate"),
                          ({"beam": 0}, "beam of 0")):  # fmt: skip
        with pytest.raises(UserError, match=said):
            LiveTranscript(tiny, **options)


@pytest.fixture(scope="module")
def vocabulary() -> WhisperTokens:
    return WhisperTokens(models.files("base")["tokenizer"])


def test_agreement_ends_with_a_word(vocabulary: WhisperTokens) -> None:
    first = vocabulary.first_time

    def both(before: str, now: str) -> str:
        tokens = [first, *vocabulary.encode(now), first + 50]
        count = agreed([first + 3, *vocabulary.encode(before)], tokens, vocabulary, "en")
        assert count == 0 or tokens[count - 1] < vocabulary.end
        return vocabulary.decode(tokens[:count])

    assert both(" ask not what", " ask not what your") == " ask not what"
    assert both(" ask not what", " ask not what") == " ask not what"
    assert both(" the country.", " the country, and") == " the"
    assert both(" we can", " we can't") == " we" and both(" we can't", " we can") == " we"
    assert both("", " ask") == both(" You", " I") == ""
    tokens = [first, *vocabulary.encode(" One."), first + 9, first + 9, *vocabulary.encode(" Two."), first + 20]
    assert agreed(vocabulary.encode(" One. Two. Three"), tokens, vocabulary, "en") == len(tokens) - 1
    assert both(" ask", "") == "" and agreed([], [], vocabulary, "en") == 0
    assert agreed(vocabulary.encode(" One. Two"), tokens, vocabulary, "en") == len(vocabulary.encode(" One.")) + 1


def test_words_of_tokens(vocabulary: WhisperTokens) -> None:
    tokens = [vocabulary.first_time, *vocabulary.encode(" Don't go, John."), vocabulary.first_time + 4]
    assert [word.text for word in split_tokens(tokens, vocabulary, "en")] == [" Don't", " go,", " John."]
    written = "今天天气很好"
    words = split_tokens(vocabulary.encode(written), vocabulary, "zh")
    assert "".join(word.text for word in words) == written and len(words) > 2
    assert [word.text for word in split_text("a  b", "en")] == [" a", " b"] and len(split_text(written, "zh")) == 6


def test_overlap_of_settled_and_shown() -> None:
    def after(settled: str, shown: str) -> tuple[str, str]:
        ours, theirs = split_text(settled, "en"), split_text(shown, "en")
        i, j = overlap(ours, theirs)
        return " ".join(w.text.strip() for w in ours[i:]), " ".join(w.text.strip() for w in theirs[j:])

    assert after("a b c", "A, b") == ("c", "") and after("a b", "a b c d") == ("", "c d")
    assert after("a b X c d", "a b c") == ("d", "") and after("a b c d", "a c") == ("d", "")
    assert after("a b c d e", "a x c") == ("d e", "") and after("b c", "a b c d") == ("", "d")
    assert after("", "a b") == ("", "a b") and after("a b", "") == ("a b", "")


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from("abcd"), max_size=9), st.lists(st.sampled_from("abcd"), max_size=9))
def test_overlap_uses_one_side_up(left: list[str], right: list[str]) -> None:
    i, j = overlap([Word(letter) for letter in left], [Word(letter) for letter in right])
    assert i == len(left) or j == len(right)
    whole = overlap([Word(letter) for letter in left + right], [Word(letter) for letter in left])
    assert whole[1] == len(left) and whole[0] >= len(left)

"""Many recordings at once say what each says alone."""

from pathlib import Path

import numpy as np
import pytest

from assistant import hearing
from assistant.hearing import Hearing, Segment
from assistant.hearing_batch import transcribe_many
from decoder.whisper_batch import search_many
from encoders.audio_input import SAMPLE_RATE, log_mel, read_sound
from kernels.errors import UserError
from tests.test_hearing import FILES, THEIRS


@pytest.fixture(scope="module")
def tiny() -> Hearing:
    return hearing.load("tiny.en")


def _long(speech: Path) -> np.ndarray:
    """More than a window, so that one recording's second window is decoded beside another's first."""
    parts = [read_sound(speech / file) for file in FILES]
    return np.concatenate([parts[0], parts[1], parts[2], np.zeros(12 * SAMPLE_RATE, np.float32), parts[2]])


def test_many_are_written_as_each_alone_and_in_order(tiny: Hearing, speech: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.flac"
    cut.write_bytes((speech / "jfk.flac").read_bytes()[:150_000])
    noise = np.random.default_rng(0).normal(0, 0.1, 3 * SAMPLE_RATE).astype(np.float32)
    recordings: list[Path | np.ndarray] = [
        _long(speech), np.zeros(SAMPLE_RATE, np.float32), speech / FILES[2], cut, speech / FILES[1], noise,
        read_sound(speech / FILES[0])[: 3 * SAMPLE_RATE],
    ]  # fmt: skip
    alone: list[list[Segment] | UserError] = []
    for recording in recordings:
        try:
            alone.append(list(tiny.transcribe(recording)))
        except UserError as error:
            alone.append(error)
    together = list(transcribe_many(tiny, recordings, rows=3))
    assert len(together) == len(recordings)
    for ours, theirs in zip(together, alone, strict=True):
        if isinstance(theirs, UserError):
            assert isinstance(ours, UserError) and ours.text == theirs.text
            continue
        assert isinstance(ours, list)
        assert [(s.start_s, s.end_s, s.text) for s in ours] == [(s.start_s, s.end_s, s.text) for s in theirs]
        np.testing.assert_allclose([s.confidence for s in ours], [s.confidence for s in theirs], atol=0.02)
    assert isinstance(together[3], UserError) and together[1] == together[5] == []


def test_several_languages_side_by_side(speech: Path) -> None:
    files = [speech / file for file in FILES[:2]]
    results = transcribe_many(hearing.load("base"), files)
    together = [" ".join(s.text for s in result) for result in results if isinstance(result, list)]
    assert together == [" ".join(text for *_, text in theirs) for theirs in THEIRS[:2]]


def test_rows_with_prompts_of_any_length_choose_as_alone(tiny: Hearing, speech: Path) -> None:
    memories = [tiny.memories.full(log_mel(read_sound(speech / file))[:, :, :-1]) for file in FILES]
    said = tiny.tokens.encode(" It is a truth universally acknowledged.")
    prompts = [tiny.tokens.prompt("en", False, before) for before in ([], said, said * 40)]
    together = search_many(tiny.search, memories, prompts)
    for memory, prompt, ours in zip(memories, prompts, together, strict=True):
        alone = tiny.search.search(memory, prompt)
        assert ours.tokens == alone.tokens and ours.looped == alone.looped
        assert ours.mean_logprob == pytest.approx(alone.mean_logprob, abs=0.01)
        assert ours.no_speech == pytest.approx(alone.no_speech, abs=1e-4)
    assert search_many(tiny.search, [], []) == []
    with pytest.raises(ValueError, match="prompts: 1 for 3 memories"):
        search_many(tiny.search, memories, prompts[:1])


def test_what_cannot_be_done_is_refused_before_anything_is_read(tiny: Hearing) -> None:
    with pytest.raises(UserError, match="only knows English"):
        transcribe_many(tiny, [Path("none.wav")], language="fr")
    (missing,) = transcribe_many(tiny, [Path("none.wav")])
    assert isinstance(missing, UserError) and "no file none.wav" in missing.text
    (wrong,) = transcribe_many(tiny, [np.array([np.nan], np.float32)])
    assert isinstance(wrong, UserError) and "not numbers" in wrong.text
    assert list(transcribe_many(tiny, [])) == []

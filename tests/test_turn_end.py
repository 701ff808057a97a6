"""Smart Turn: its features are those it was trained on, and it tells a pause from an end in real speech."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from assistant import models
from assistant.listening import turn_end
from assistant.listening.endings import hanging, silence_s
from encoders.audio_input import SAMPLE_RATE, read_sound
from kernels.errors import UserError


@pytest.mark.parametrize("seconds", [0.05, 1.0, 3.0, 8.0, 11.0])
def test_features_are_those_of_its_authors(speech: Path, seconds: float) -> None:
    theirs = models.files("smart-turn")["weights"].parents[1] / "_whisper_features.py"
    specification = importlib.util.spec_from_file_location("theirs", theirs)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    samples = read_sound(speech / "jfk.flac")[: int(seconds * SAMPLE_RATE)]
    last = samples[-8 * SAMPLE_RATE :]
    want = module.compute_whisper_log_mel_features(np.pad(last, (8 * SAMPLE_RATE - len(last), 0)))
    got = turn_end.features(samples)
    assert got.shape == (1, 80, 800) and got.dtype == np.float32
    assert np.abs(got[0] - want).max() < 1e-5


def test_a_pause_within_a_sentence_is_told_from_its_end(speech: Path) -> None:
    model = turn_end.load()
    quiet = np.zeros(SAMPLE_RATE // 5, np.float32)
    jfk = read_sound(speech / "jfk.flac")
    for end_s in (3.94, 4.51, 7.74):  # "ask", "ask not", "ask not what your country can do for you"
        assert model.finished(jfk[: int(end_s * SAMPLE_RATE)]) < 0.1
    for name in ("austen-0870.wav", "austen-0890.wav"):
        assert model.finished(np.concatenate([read_sound(speech / name), quiet])) > 0.9


def test_what_is_no_sound_is_refused() -> None:
    model = turn_end.load()
    assert 0 <= model.finished(np.zeros(0, np.float32)) <= 1
    with pytest.raises(UserError, match="not numbers"):
        model.finished(np.array([0, np.nan], np.float32))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Remind me to", "en"), ("Remind me to.", "en"), ("Read the", "en"), ("I need...", "en"), ("Milk,", "en"),
        ("Call Anna and.", "en"), ("Recuérdame que", "es"), ("Lê a carta do", "pt"),
    ],
)  # fmt: skip
def test_words_that_ask_for_another_hang(text: str, language: str) -> None:
    assert hanging(text, language)
    for patience, least in (("quick", 1), ("normal", 2), ("patient", 4)):
        assert silence_s(patience, 0.99, text, language) >= least  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What is this letter about?", "en"), ("Who is it from?", "en"), ("Spell that", "en"), ("Stop.", "en"),
        ("No.", "en"), ("Lee la carta.", "es"), ("Não.", "pt"), ("", "en"),
    ],
)  # fmt: skip
def test_whole_requests_do_not(text: str, language: str) -> None:
    assert not hanging(text, language)


def test_a_surer_end_is_waited_for_less_and_the_patient_wait_longest() -> None:
    for patience in ("quick", "normal", "patient"):
        waits = [silence_s(patience, chance, "Read this letter.") for chance in (0.95, 0.6, 0.1)]
        waits.append(silence_s(patience, 0.1, "Read this letter"))
        assert waits == sorted(waits)
        assert silence_s(patience, 0.1, "No.") <= silence_s(patience, 0.1, "Read this letter.")
        assert silence_s(patience, None, None) == silence_s(patience, 0.1, "Read the")
    assert silence_s("patient", 0.99, "Remind me tomorrow.") > 2

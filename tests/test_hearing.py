"""Real recordings through real weights: the words, the guards, and what is refused."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
import torch

from assistant import hearing, models
from assistant.hearing import Hearing, Segment, compression, split_by_times
from assistant.hearing_memory import Memories
from assistant.hearing_parts import HearingParts, packaged
from assistant.hearing_windows import SoundWindows, VoiceActivity
from decoder.whisper import TokenRules, WhisperTokens
from decoder.whisper_head import VocabularyHead
from decoder.whisper_search import Decoded, once, repeats
from encoders.audio_input import SAMPLE_RATE, log_mel, read_sound
from kernels.errors import UserError

THREADS = int(os.environ.get("OMP_NUM_THREADS", "2"))
FILES = ("jfk.flac", "austen-0870.wav", "austen-0890.wav")

# What faster-whisper 1.2.1 in float32, greedy, says of FILES with whisper-base: start, end and text of each segment.
THEIRS = (
    [
        (0.0, 7.6, "And so my fellow Americans ask not what your country can do for you,"),
        (7.6, 10.6, "ask what you can do for your country."),
    ],
    [
        (0.0, 7.0, "And Mr. John Dashwood had then leisure to consider how much there might be prudently in his power "
         "to do for them.")
    ],
    [(0.0, 5.0, "Unless to be rather cold-hearted and rather selfish is to be ill-disposed.")],
)  # fmt: skip


@pytest.fixture(scope="module")
def tiny() -> Hearing:
    return hearing.load("tiny.en")


@pytest.fixture(scope="module")
def base() -> Hearing:
    return hearing.load("base")


def _exactly(quick: Hearing) -> Hearing:
    """The exact way with the weights that are loaded already."""
    parts = HearingParts(quick.encoder, quick.decoder, quick.tokens, quick.search.rules, "none")
    return Hearing(parts, quick.voice, exact=True)


@pytest.fixture(scope="module")
def exact(tiny: Hearing) -> Callable[[Path], list[Segment]]:
    """What tiny.en writes in the exact way, once a recording."""
    return cache(lambda file: list(_exactly(tiny).transcribe(file)))


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], list[tuple[float, float, str]]]:
    return _peer("tiny.en", tmp_path_factory.mktemp("peer"))


def _words(text: str) -> list[str]:
    return "".join(c for c in text.lower() if c.isalnum() or c in " '").split()


def _say(path: Path, text: str, rate: int = 22_050, channels: int = 1) -> Path:
    """Speech by espeak-ng, resampled to any rate, channel count and format."""
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not here")
    import soxr

    spoken = path.with_name("spoken.wav")
    subprocess.run(["espeak-ng", "-v", "en-us", "-s", "150", "-w", spoken, text], check=True)
    samples, own = soundfile.read(spoken, dtype="float32")
    samples = soxr.resample(samples, own, rate)
    soundfile.write(path, np.stack([samples] * channels, axis=1), rate)
    return path


def _peer(name: str, folder: Path) -> Callable[[Path], list[tuple[float, float, str]]]:
    """faster-whisper in float32, greedy, with the same weights: start, end and text of each segment."""
    faster_whisper = pytest.importorskip("faster_whisper")
    for path in models.files(name).values():  # the joined weights lie apart from the tokenizer
        (folder / path.name).symlink_to(path)
    model = faster_whisper.WhisperModel(str(folder), device="cpu", compute_type="float32", cpu_threads=THREADS)

    def transcribe(file: Path) -> list[tuple[float, float, str]]:
        segments, _ = model.transcribe(str(file), beam_size=1, temperature=0.0)
        return [(round(s.start, 2), round(s.end, 2), s.text.strip()) for s in segments]

    return transcribe


def _times(segments: Iterable[Segment]) -> list[tuple[float, float, str]]:
    return [(round(s.start_s, 2), round(s.end_s, 2), s.text) for s in segments]


def test_text_equals_faster_whispers(
    tiny: Hearing, exact: Callable[[Path], list[Segment]], peer: Callable[..., object], speech: Path
) -> None:
    for file in (speech / name for name in FILES):
        mine, theirs = exact(file), peer(file)
        assert _times(mine) == theirs
        assert all(0.5 < s.confidence <= 1 and s.language == "en" for s in mine)
        assert " ".join(s.text for s in tiny.transcribe(file)) == " ".join(s.text for s in mine)


def test_text_equals_what_faster_whisper_said_with_base(base: Hearing, speech: Path) -> None:
    exactly = _exactly(base)
    for file, theirs in zip(FILES, THEIRS, strict=True):
        mine = list(exactly.transcribe(speech / file))
        assert _times(mine) == theirs
        assert all(0.5 < s.confidence <= 1 and s.language == "en" for s in mine)
        assert " ".join(s.text for s in base.transcribe(speech / file)) == " ".join(text for *_, text in theirs)


def test_beam_search_hears_the_words_too(tiny: Hearing, speech: Path) -> None:
    text = " ".join(s.text for s in tiny.transcribe(speech / "austen-0890.wav", beam=3))
    assert _words(text) == _words("Unless to be rather cold-hearted and rather selfish is to be ill-disposed.")


@pytest.mark.parametrize(
    ("name", "rate", "channels"),
    [("a.wav", 8_000, 1), ("a.mp3", 44_100, 2), ("a.ogg", 48_000, 1), ("a.flac", 96_000, 6)],
)
def test_any_recording_is_understood(tiny: Hearing, tmp_path: Path, name: str, rate: int, channels: int) -> None:
    path = _say(tmp_path / name, "Remind me to call my sister tomorrow at three.", rate, channels)
    text, language, confidence = tiny.hear(path)
    assert {"remind", "call", "sister", "tomorrow"} <= set(_words(text)) and language == "en" and confidence > 0.4


def _noises() -> dict[str, np.ndarray]:
    draw, time = np.random.default_rng(0), np.arange(5 * SAMPLE_RATE) / SAMPLE_RATE
    return {
        "silence": np.zeros(5 * SAMPLE_RATE), "white": draw.normal(0, 0.1, len(time)),
        "loud": draw.normal(0, 0.7, len(time)), "brown": np.cumsum(draw.normal(0, 0.01, len(time))),
        "hum": 0.3 * np.sin(2 * np.pi * 50 * time) + 0.1 * np.sin(2 * np.pi * 150 * time),
        "whistle": 0.4 * np.sin(2 * np.pi * 1000 * time), "clicks": (draw.random(len(time)) < 0.001) * 0.8,
        "nothing": np.zeros(0), "a moment": np.zeros(100), "constant": np.full(len(time), 0.5),
    }  # fmt: skip


@pytest.mark.parametrize("name", list(_noises()))
def test_silence_and_noise_give_no_text(tiny: Hearing, name: str) -> None:
    assert tiny.hear(_noises()[name].astype(np.float32)) == ("", "en", 0.0)


def test_long_recordings_are_heard_whole(
    tiny: Hearing, peer: Callable[..., object], speech: Path, tmp_path: Path
) -> None:
    pause = np.zeros(15 * SAMPLE_RATE, np.float32)
    parts = [read_sound(speech / file) for file in FILES]
    whole = np.concatenate([parts[0], pause, parts[1], pause, parts[2]])
    soundfile.write(tmp_path / "long.flac", whole, SAMPLE_RATE)
    segments = list(tiny.transcribe(tmp_path / "long.flac"))
    text = " ".join(_words(" ".join(s.text for s in segments)))
    for phrase in ("ask what you can do for your country", "prudently in his power", "and rather selfish is to be"):
        assert phrase in text
    begins = len(whole) - len(parts[2])
    assert begins - SAMPLE_RATE * 2 < segments[-1].start_s * SAMPLE_RATE < begins + SAMPLE_RATE  # silence is no speech
    in_memory = _exactly(tiny).transcribe(read_sound(tmp_path / "long.flac"))
    assert _times(in_memory) == peer(tmp_path / "long.flac")
    starts = [s.start_s for s in segments]
    assert starts == sorted(starts) and all(s.end_s > s.start_s for s in segments)
    assert segments[-1].end_s <= len(whole) / SAMPLE_RATE + 0.5


def test_windows_of_blocks_equal_the_whole(speech: Path) -> None:
    samples = read_sound(speech / "austen-0890.wav")
    voice = models.files("silero-vad")["sequence"]
    whole = log_mel(samples)[:, :, :-1]

    def blocks() -> Iterator[np.ndarray]:
        yield from np.array_split(samples, 37)

    windows = SoundWindows(blocks, VoiceActivity(voice), 200, 80)
    seek, seen = 0, []
    while (window := windows.window(seek)) is not None:
        seen.append(window)
        seek += window.shape[2]
    torch.testing.assert_close(torch.cat(seen, dim=2), whole, atol=1e-4, rtol=0)
    assert windows.window(seek) is None
    pieces, once_only = VoiceActivity(voice), VoiceActivity(voice)
    chances = np.concatenate([*(pieces.push(b) for b in blocks()), pieces.finish()])
    np.testing.assert_allclose(chances, np.concatenate([once_only.push(samples), once_only.finish()]), atol=1e-5)


def test_memory_of_windows_is_flat() -> None:
    def hour() -> Iterator[np.ndarray]:
        for _ in range(60):
            yield np.zeros(10 * SAMPLE_RATE, np.float32)

    windows = SoundWindows(hour, VoiceActivity(models.files("silero-vad")["sequence"]), 3000, 80)
    seek, most = 0, 0
    while (window := windows.window(seek)) is not None:
        seek += window.shape[2]
        most = max(most, windows._frames.shape[1], len(windows._chances))
    assert seek == 60_000 and most < 5000


def test_spanish_is_told_and_translated(base: Hearing, tmp_path: Path) -> None:
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not here")
    path = tmp_path / "es.wav"
    subprocess.run(["espeak-ng", "-v", "es", "-s", "130", "-w", path, "Buenos días. La casa de mi madre es grande."],
                   check=True)  # fmt: skip
    text, language, _ = base.hear(path)
    assert language == "es" and "casa" in _words(text)
    english = " ".join(s.text for s in base.transcribe(path, translate=True))
    assert {"house", "home", "mother", "mother's"} & set(_words(english))


def test_what_the_model_cannot_do_is_refused(tiny: Hearing) -> None:
    sound = np.zeros(100, np.float32)
    for options, said in (({"language": "fr"}, "only knows English"), ({"translate": True}, "cannot translate"),
                          ({"beam": 0}, "beam of 0"), ({"beam": 1000}, "beam of 1000")):  # fmt: skip
        with pytest.raises(UserError, match=said):
            tiny.transcribe(sound, **options)
    with pytest.raises(UserError, match="not numbers"):
        tiny.transcribe(np.array([np.nan], np.float32))
    with pytest.raises(UserError, match="no speech recogniser named huge") as caught:
        hearing.load("huge")
    assert "whisper-tiny.en" in caught.value.remedy and "whisper-base" in caught.value.remedy
    with pytest.raises(UserError, match="minilm is a model for sentences"):
        hearing.load("minilm")


class _Scripted:
    """A search that answers what it is told, attempt after attempt."""

    def __init__(self, *answers: Decoded) -> None:
        self.answers, self.temperatures = list(answers), list[float]()

    def search(self, memory: object, prompt: object, *, temperature: float, **_: object) -> Decoded:
        self.temperatures.append(temperature)
        return self.answers[min(len(self.temperatures), len(self.answers)) - 1]


def _fallback(tiny: Hearing, *answers: Decoded) -> tuple[Decoded, float, list[float]]:
    search = _Scripted(*answers)
    decode: Callable[..., tuple[Decoded, float]] = Hearing._decode
    fake = SimpleNamespace(search=search, tokens=tiny.tokens)
    decoded, temperature = decode(fake, None, [], 1, torch.Generator())
    return decoded, temperature, search.temperatures


def test_improbable_and_repeating_text_is_drawn_again(tiny: Hearing) -> None:
    good = Decoded((314, 1107), (-0.1, -0.1), -0.1, 0.0)
    unlikely = replace(good, mean_logprob=-1.5)
    looping = replace(good, looped=True)
    wordy = replace(good, tokens=(314, 1107) * 60)
    assert _fallback(tiny, good) == (good, 0.0, [0.0])
    for bad in (unlikely, looping, wordy):
        assert _fallback(tiny, bad, good) == (good, 0.2, [0.0, 0.2])
    assert _fallback(tiny, replace(unlikely, no_speech=0.9))[2] == [0.0]  # silence: nothing to draw again
    best, temperature, tried = _fallback(tiny, wordy, unlikely)
    assert best == unlikely and temperature == 1.0 and len(tried) == 6


def test_endless_repetition_is_noticed_and_cut() -> None:
    assert not repeats([1, 2, 3] * 7) and not repeats(list(range(100))) and not repeats([])
    assert once([9, 9, *[1, 2, 3] * 8]) == 5 and once([5] * 8) == 1
    assert compression("no no no no no " * 20) > 2.4 > compression("Ask what you can do for your country.")


def test_windows_move_by_timestamps() -> None:
    def cut(*tokens: int) -> tuple[list[tuple[int, int]], int]:
        decoded = Decoded(tokens, (0.0,) * len(tokens), 0.0, 0.0)
        pieces, step = split_by_times(decoded, 3000, 1000)
        return [(piece.start, piece.end) for piece in pieces], step

    assert cut(1000, 7, 1050, 1050, 7) == ([(0, 100)], 100)  # the unfinished rest is left to the next window
    assert cut(1000, 7, 1050, 1050, 7, 1100) == ([(0, 100), (100, 200)], 3000)  # silence follows
    assert cut(1000, 7, 1050) == ([(0, 100)], 3000)
    assert cut(1000, 7) == ([(0, 3000)], 3000)
    assert cut() == ([(0, 3000)], 3000)


def test_token_rules(tiny: Hearing) -> None:
    tokens: WhisperTokens = tiny.tokens
    rules, first, end = tiny.search.rules, tokens.first_time, tokens.end

    def allowed(*sampled: int, **raised: float) -> set[int]:
        logits = torch.zeros(tiny.decoder.config.vocabulary)
        logits[[314, end]] = 20.0  # much likelier than all times together
        return set(rules.apply(logits, sampled).gt(-torch.inf).nonzero().flatten().tolist())

    assert allowed() == set(range(first, first + 51))  # a time of at most one second comes first
    after_start = allowed(first)
    assert 314 in after_start and not any(token >= first for token in after_start)
    after_word = allowed(first + 5, 314)
    assert 314 in after_word and first + 6 in after_word and first + 5 not in after_word  # time only moves on
    after_end = allowed(first, 314, first + 9)
    assert end in after_end and first + 9 in after_end and first + 8 not in after_end and 314 not in after_end
    assert not after_word & set(rules.suppressed) and tokens.no_timestamps not in after_word
    even = rules.apply(torch.zeros(tiny.decoder.config.vocabulary), (first, 314))
    assert even[:first].max() == -torch.inf  # times together likelier than any word: a time


def test_prompts(tiny: Hearing, base: Hearing) -> None:
    tokens = tiny.tokens
    assert tokens.prompt("en", False) == [tokens.start]
    assert tokens.prompt("en", False, [5] * 500) == [tokens.previous, *[5] * 223, tokens.start]
    many = base.tokens
    assert len(many.languages) == 99 and many.prompt("de", True) == [many.start, many.languages["de"], 50358]
    assert many.decode([many.start, 50364, *many.encode(" Hello.")]) == " Hello."


def test_damaged_files_are_named(tmp_path: Path) -> None:
    files = dict(models.files("tiny.en"))
    for role, said in (("weights", "model.bin is damaged"), ("tokenizer", "tokenizer"), ("config", "config.json")):
        broken = tmp_path / files[role].name
        broken.write_bytes(files[role].read_bytes()[:2000])
        with pytest.raises(UserError, match=said):
            packaged(files | {role: broken}, "broken")


def test_rules_need_the_models_own_lists(tiny: Hearing) -> None:
    rules: TokenRules = tiny.search.rules
    assert tiny.tokens.end in rules.suppressed_first and len(rules.suppressed) > 80


def test_the_sounding_part_alone_is_nearly_the_same(
    tiny: Hearing, exact: Callable[[Path], list[Segment]], speech: Path
) -> None:
    mel = log_mel(read_sound(speech / "austen-0870.wav"))[:, :, :-1]
    quick, full = tiny.memories.quick(mel), tiny.memories.full(mel)
    assert quick is not None and tiny.memories.quick(torch.zeros(1, 80, 2500)) is None  # too full to gain anything
    for ours, theirs in zip(quick.layers, full.layers, strict=True):
        assert ours is not None and theirs is not None and ours[0].shape == theirs[0].shape
        said = slice(0, mel.shape[2] // 2)
        assert (ours[0][:, :, said] - theirs[0][:, :, said]).norm() < 0.01 * theirs[0][:, :, said].norm()
    text, _, confidence = tiny.hear(speech / "austen-0870.wav")
    assert text == tiny.hear(read_sound(speech / "austen-0870.wav"))[0] and confidence > 0.8
    assert _words(text) == _words(" ".join(s.text for s in exact(speech / "austen-0870.wav")))


def test_a_damaged_padding_file_is_made_again(tiny: Hearing, home: Path) -> None:
    first = Memories(tiny.encoder, tiny.decoder, "padding")
    mel = torch.zeros(1, 80, 300)
    want = first.quick(mel)
    kept = home / "cache" / "padding.safetensors"
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]
    again = Memories(tiny.encoder, tiny.decoder, "padding").quick(mel)
    kept.write_bytes(kept.read_bytes()[:1000])
    mended = Memories(tiny.encoder, tiny.decoder, "padding").quick(mel)
    for other in (again, mended):
        assert want is not None and other is not None
        for ours, theirs in zip(want.layers, other.layers, strict=True):
            assert ours is not None and theirs is not None
            torch.testing.assert_close(ours, theirs, atol=0.05, rtol=0)  # kept in half precision
    assert kept.stat().st_size > 1000


def test_the_quick_vocabulary_finds_the_same_words(tiny: Hearing) -> None:
    torch.manual_seed(0)
    hidden = torch.randn(3, 1, tiny.decoder.config.width) * 4
    first = tiny.tokens.first_time
    with torch.inference_mode():
        plain = VocabularyHead(tiny.decoder, first, exact=True)(hidden)[:, 0].log_softmax(-1)
        quick = VocabularyHead(tiny.decoder, first)(hidden)[:, 0].log_softmax(-1)
    assert torch.equal(plain.argmax(-1), quick.argmax(-1))
    best = plain.topk(10).indices
    torch.testing.assert_close(quick.gather(1, best), plain.gather(1, best), atol=0.02, rtol=0)

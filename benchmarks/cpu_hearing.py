"""Transcription on this processor: seconds a clip, words misheard, loading, and many recordings at once.

Part of `antigone bench cpu`; see there.
"""

import argparse
import importlib.util
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from assistant import hearing, models
from assistant.hearing_batch import ROWS, transcribe_many
from encoders.audio_input import SAMPLE_RATE, read_sound
from encoders.padding import LANDMARKS, MARGIN, NODES

Row = dict[str, Any]
Clip = tuple[str, np.ndarray, str]  # name, 16 kHz samples, the words said
Transcriber = Callable[[np.ndarray], str]
SENTENCES = (
    "Remind me to call my sister tomorrow at three.",
    "What does this letter say, and when is the appointment?",
    "How much is a tip of fifteen percent on forty eight dollars and twenty cents?",
    "Add a note that the blue medicine is taken twice a day, after breakfast and before bed.",
    "Is the milk in the fridge still good, and what is the date on the carton?",
)
RECOGNISERS = ("whisper-tiny.en", "whisper-base")
PEERS = ("int8", "float32")


def rows(options: argparse.Namespace, ceiling: dict[str, float]) -> Iterator[Row]:
    """All rows about transcription, as they are measured."""
    clips = recorded(options.speech) if options.speech else spoken()
    if options.variations:
        clips = [varied for clip in (clips + spoken() if options.speech else clips) for varied in variations(clip)]
    for name in (options.model,) if options.model else RECOGNISERS:
        start = time.perf_counter()
        ours = hearing.load(name)
        loaded = time.perf_counter() - start
        yield {"name": f"{name} load", "suite": "warm disk", "value": round(loaded, 2), "n": 1, "unit": "s"}
        sides: dict[str, Transcriber] = {"ours": lambda wave, ours=ours: said(ours.transcribe(wave))}  # type: ignore[misc]
        if importlib.util.find_spec("faster_whisper") is None:
            yield {"name": f"{name} transcribe", "missing": "faster-whisper"}
        else:
            sides |= {f"faster-whisper {kind}": peer(name, kind, options.threads) for kind in PEERS}
        if options.variations:
            exact = hearing.load(name, exact=True)
            sides["exact"] = lambda wave, exact=exact: said(exact.transcribe(wave))  # type: ignore[misc]
            yield from accuracy(name, clips, {side: [run(wave) for _, wave, _ in clips] for side, run in sides.items()})
        else:
            yield from timed(name, ours, sides, clips, options.runs, ceiling)
            yield batched(name, ours, clips, options.runs)


def timed(
    name: str, ours: hearing.Hearing, sides: dict[str, Transcriber], clips: list[Clip], runs: int,
    ceiling: dict[str, float],
) -> Iterator[Row]:  # fmt: skip
    """Seconds a clip of ours beside the others', interleaved, and the words that each misheard."""
    seconds: dict[str, list[float]] = {side: [] for side in sides}
    words: dict[str, list[str]] = {side: [] for side in sides}
    for run in range(runs + 1):  # the first warms up
        took = dict.fromkeys(sides, 0.0)
        for _, wave, _ in clips:
            for side, transcribe in sides.items():
                start = time.perf_counter()
                text = transcribe(wave * np.float32(1 - 0.02 * run))
                took[side] += time.perf_counter() - start
                if run == 0:
                    words[side].append(text)
        if run:
            for side in sides:
                seconds[side].append(took[side] / len(clips))
    middle = {side: statistics.median(values) for side, values in seconds.items()}
    bounds = [lower_bound_s(ours, len(clip[1]), text, ceiling) for clip, text in zip(clips, words["ours"], strict=True)]
    for side in sides:
        if side != "ours":
            yield {"name": f"{name} transcribe", "ours": round(middle["ours"], 3), "peer": round(middle[side], 3),
                   "peer_name": side, "ratio": round(middle[side] / middle["ours"], 2), "unit": "s a clip",
                   "share_of_limit": round(sum(bounds) / len(bounds) / middle["ours"], 2)}  # fmt: skip
    yield from accuracy(name, clips, words)


def accuracy(name: str, clips: list[Clip], words: dict[str, list[str]]) -> Iterator[Row]:
    """Share of words misheard by each side, and on how many clips ours says other words than the exact way."""
    truths = [plain(truth) for _, _, truth in clips]
    total = sum(map(len, truths))
    for side, texts in words.items():
        wrong = sum(edits(truth, plain(text)) for truth, text in zip(truths, texts, strict=True))
        yield {"name": f"{name} word error rate", "suite": side, "value": round(wrong / total, 4), "n": total}
    for side, texts in words.items():
        if "exact" in words and side != "exact":
            other = sum(plain(text) != plain(true) for text, true in zip(texts, words["exact"], strict=True))
            yield {"name": f"{name} clips with other words than exact", "suite": side, "value": other, "n": len(clips)}


def batched(name: str, ours: hearing.Hearing, clips: list[Clip], runs: int) -> Row:
    """Seconds of sound written down in a second: many clips at once beside one after the other."""
    waves = [wave for _, wave, _ in clips] * -(-ROWS // len(clips))
    sound_s = sum(map(len, waves)) / SAMPLE_RATE
    took: dict[str, list[float]] = {"one": [], "many": []}
    for run in range(runs + 1):
        fresh = [wave * np.float32(1 - 0.02 * run) for wave in waves]
        start = time.perf_counter()
        alone = [said(ours.transcribe(wave)) for wave in fresh]
        middle = time.perf_counter()
        together = [said(result) for result in transcribe_many(ours, fresh) if isinstance(result, list)]
        end = time.perf_counter()
        if alone != together:
            raise RuntimeError("many at once were written down otherwise than one by one")
        if run:
            took["one"].append(middle - start)
            took["many"].append(end - middle)
    one, many = (sound_s / statistics.median(took[side]) for side in ("one", "many"))
    return {"name": f"{name} {len(waves)} clips at once", "ours": round(many, 1), "peer": round(one, 1),
            "peer_name": "ours, one by one", "ratio": round(many / one, 2), "unit": "s of sound a second",
            "share_of_limit": None}  # fmt: skip


def said(segments: Any) -> str:
    """The text of segments."""
    return " ".join(segment.text for segment in segments)


def variations(clip: Clip) -> Iterator[Clip]:
    """A clip as it is, and as other microphones, speakers and rooms might have had it."""
    import soxr

    name, wave, words = clip
    draw = np.random.default_rng(len(wave))
    level = float(np.sqrt(np.mean(wave**2)))
    hiss = draw.normal(0, level, len(wave))
    rumble = np.cumsum(draw.normal(0, 1, len(wave)))
    rumble -= np.convolve(rumble, np.ones(400) / 400, "same")
    rumble *= level / np.sqrt(np.mean(rumble**2))
    silences = [draw.normal(0, 3e-4, size) for size in (11_000, 16_000)]
    made = {
        "": wave, "quiet": wave * 0.1, "loud": wave * 3, "slow": soxr.resample(wave, SAMPLE_RATE * 0.9, SAMPLE_RATE),
        "fast": soxr.resample(wave, SAMPLE_RATE * 1.15, SAMPLE_RATE), "hiss": wave + 0.1 * hiss,
        "rumble": wave + 0.3 * rumble, "late": np.concatenate((silences[0], wave, silences[1])),
    }  # fmt: skip
    for kind, changed in made.items():
        yield f"{name} {kind}", np.clip(changed, -1, 1).astype(np.float32), words


def peer(name: str, kind: str, threads: int) -> Transcriber:
    """faster-whisper with the same weights, greedy, timestamps on, no fallback: its fastest equal setting."""
    from faster_whisper import WhisperModel

    folder = Path(tempfile.mkdtemp(prefix="antigone-bench-"))
    for path in models.files(name).values():
        (folder / path.name).symlink_to(path)
    model = WhisperModel(str(folder), device="cpu", compute_type=kind, cpu_threads=threads)

    def transcribe(wave: np.ndarray) -> str:
        segments, _ = model.transcribe(wave, beam_size=1, temperature=0.0)
        return " ".join(segment.text.strip() for segment in segments)

    return transcribe


def lower_bound_s(ours: hearing.Hearing, samples: int, text: str, ceiling: dict[str, float]) -> float:
    """Seconds a short clip must take in float32: the arithmetic of the encoder's rows that are computed, and the
    decoder's weights once a token."""
    config = ours.encoder.config
    computed = min(config.positions, samples * 50 // SAMPLE_RATE + MARGIN + NODES + LANDMARKS)
    matrices = sum(p.numel() for p in ours.encoder.parameters() if p.dim() == 2) - config.positions * config.width
    attention = 2 * config.positions * config.width * config.layers
    convolutions = 3 * config.width * (config.mels * 2 + config.width)
    arithmetic = 2 * computed * (matrices + attention + convolutions)
    tokens = len(ours.tokens.encode(text)) + 4  # start, two times, end
    weights = 4 * sum(p.numel() for p in ours.decoder.parameters())
    return arithmetic / ceiling["flops"] + tokens * weights / ceiling["bytes"]


def recorded(folder: Path) -> list[Clip]:
    """The recordings that a folder's transcripts.tsv names."""
    table = (folder / "transcripts.tsv").read_text(encoding="utf-8").splitlines()
    pairs = [row.split("\t") for row in table if "\t" in row]
    return [(file, read_sound(folder / file), words) for file, words in pairs if (folder / file).exists()]


def spoken() -> list[Clip]:
    """Sentences by the program's own voice."""
    import soxr

    from assistant.speech import Speaker

    clips = []
    with Speaker() as speaker:
        for number, sentence in enumerate(SENTENCES):
            sounds = list(speaker.clauses(sentence))
            wave = np.concatenate([sound.samples_F for sound in sounds]).astype(np.float32) / 32768
            clips.append((f"sentence {number}", soxr.resample(wave, sounds[0].rate_hz, SAMPLE_RATE), sentence))
    return clips


def plain(text: str) -> list[str]:
    """Words in lower case without punctuation."""
    return re.sub(r"[^a-z0-9' ]", " ", text.lower().replace("-", " ")).split()


def edits(said: list[str], heard: list[str]) -> int:
    """Levenshtein distance of two lists of words."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(said, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (word != other))
    return row[-1]

"""How soon words are shown while somebody speaks: from a word's end to its being stable, and from the end to the text.

    antigone bench live [--speech FOLDER] [--model NAME] [--runs N] [--threads N] [--json]

A microphone is played: sound comes at its own pace in blocks of 0.1 s, what comes during work is pushed together when
the work is done, and the work takes the time it takes here. (The clock is moved, not waited for.) A second of silence
follows each recording. When each word ends is told by faster-whisper with the same weights; without it those rows are
left out. "pause" is from the voice's end to the event Paused, "finish" from the last sample, which here ends the speech
at once, to the whole text, settled.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from assistant import hearing, models
from assistant.messages import Event
from assistant.streaming.events import Finished, Paused, Stable
from assistant.streaming.transcript import LiveTranscript
from assistant.streaming.words import Word
from benchmarks.cpu import processor
from benchmarks.cpu_hearing import recorded, spoken
from encoders.audio_input import SAMPLE_RATE

Row = dict[str, Any]
BLOCK = SAMPLE_RATE // 10


def main(arguments: list[str]) -> None:
    """Measure and print; see the module's docstring for the arguments."""
    parser = argparse.ArgumentParser(prog="antigone bench live", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--speech", type=Path, help="folder of recordings with transcripts.tsv")
    parser.add_argument("--model", default="tiny.en")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    for row in rows(options):
        row |= {"device": f"{processor()}, {options.threads} threads"}
        text = f"{row['name']:44} {row['value']:>8}  {row['unit']} ({row['suite']}, n {row['n']})"
        print(json.dumps(row) if options.json else text, flush=True)


def rows(options: argparse.Namespace) -> Iterator[Row]:
    """Medians and nine tenths of each delay."""
    clips = recorded(options.speech) if options.speech else spoken()
    recogniser = hearing.load(options.model)
    delays: dict[str, list[float]] = {"word's end to shown": [], "speech's end to pause": [], "last sample to text": []}
    ends = {name: word_ends(options.model, wave) for name, wave, _ in clips}
    list(listen(recogniser, clips[0][1]))  # warms up
    for run in range(options.runs):
        for name, wave, _ in clips:
            quieter = wave * np.float32(1 - 0.05 * run)
            told = list(listen(recogniser, np.concatenate((quieter, np.zeros(SAMPLE_RATE, np.float32)))))
            delays["speech's end to pause"] += [at - e.speech_end_s for e, at in told if isinstance(e, Paused)]
            delays["word's end to shown"] += word_delays(told, ends[name])
            cut = list(listen(recogniser, quieter))
            delays["last sample to text"] += [at - e.heard_s for e, at in cut if isinstance(e, Finished)]
    for name, values in delays.items():
        if values:
            tenths = statistics.quantiles(values, n=10)
            common = {"suite": options.model, "n": len(values), "unit": "s"}
            yield {"name": f"{name}, median", "value": round(statistics.median(values), 2), **common}
            yield {"name": f"{name}, nine of ten within", "value": round(tenths[-1], 2), **common}


def listen(recogniser: hearing.Hearing, wave: np.ndarray) -> Iterator[tuple[Event, float]]:
    """The events of a wave that is spoken now, and when each came, in seconds from its beginning."""
    stream, taken, now = LiveTranscript(recogniser), 0, 0.0
    while taken < len(wave):
        now = max(now, (taken + BLOCK) / SAMPLE_RATE)
        come = min(len(wave), int(now * SAMPLE_RATE) // BLOCK * BLOCK)
        block, taken = wave[taken : max(come, taken + BLOCK)], max(come, taken + BLOCK)
        start = time.perf_counter()
        for event in stream.push(block):
            yield event, now + time.perf_counter() - start
        now += time.perf_counter() - start
    start = time.perf_counter()
    for event in stream.finish():
        yield event, len(wave) / SAMPLE_RATE + time.perf_counter() - start


def word_ends(model: str, wave: np.ndarray) -> list[tuple[str, float]]:
    """Each word and the second it ends, by faster-whisper's alignment; none where it isn't installed."""
    try:
        from faster_whisper import WhisperModel
    except ImportError:
        return []
    with tempfile.TemporaryDirectory() as folder:
        for path in models.files(model).values():
            (Path(folder) / path.name).symlink_to(path)
        engine = WhisperModel(folder, device="cpu", compute_type="float32")
        segments, _ = engine.transcribe(wave, beam_size=1, temperature=0.0, word_timestamps=True)
        return [(word.word, word.end) for segment in segments for word in segment.words]


def word_delays(told: list[tuple[Event, float]], ends: list[tuple[str, float]]) -> list[float]:
    """From the end of each word that was shown as it is to the moment it was shown."""
    shown = [(word, at) for event, at in told if isinstance(event, Stable) for word in event.text.split()]
    ours, delays, place = [Word(word) for word, _ in shown], list[float](), 0
    for word, end in ends:
        same = [i for i in range(place, min(place + 3, len(ours))) if ours[i].plain == Word(word).plain]
        if same:
            delays.append(shown[same[0]][1] - end)
            place = same[0] + 1
    return delays

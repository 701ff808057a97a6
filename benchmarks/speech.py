"""How soon is something heard, how fast is the voice, is its rate what was asked for, and is it understood?

    antigone bench speech [--rates] [--runs N] [--json]

Without --rates: first sound and real-time factor of both engines, cold and warm, and the level of what they say. With
--rates: measured words a minute and the words that a Whisper mishears, for each engine at rates from 80 to 500
(needs faster-whisper and jiwer, which are optional). Speech goes through the same Speaker that the assistant uses.
"""

import argparse
import json
import platform
import re
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from assistant import models
from assistant.engines.level import Samples, resample
from assistant.settings import load
from assistant.speech import Speaker

PASSAGES = (
    "The letter is from the city hospital. Your appointment with the eye doctor is on Monday morning, and you should "
    "bring a list of the medicines that you take. Please call the desk if you cannot come.",
    "Pour the rice into a large bowl and rinse it with cold water. Then cook it in a covered pan for twelve minutes, "
    "and let it rest before you serve it.",
    "It is a truth universally acknowledged, that a single man in possession of a good fortune, must be in want of a "
    "wife. However little known the feelings or views of such a man may be on his first entering a neighbourhood, this "
    "truth is so well fixed in the minds of the surrounding families, that he is considered as the rightful property "
    "of some one or other of their daughters.",
    "Photosynthesis turns sunlight, water and carbon dioxide into sugar and oxygen. Plants keep the energy for "
    "growing; animals and people depend on what they leave behind. Without the green leaves around us, there would be "
    "neither bread nor breath.",
)
RATES = (80, 120, 180, 240, 300, 350, 400, 450, 500)
VOICES = ("piper-joe", "en-us")
Row = dict[str, Any]


def main(arguments: list[str]) -> None:
    """Measure and print; see the module's docstring for the arguments."""
    parser = argparse.ArgumentParser(prog="antigone bench speech", description=__doc__)
    parser.add_argument("--rates", action="store_true", help="rates and intelligibility in place of latency")
    parser.add_argument("--runs", type=int, default=5, help="repetitions; medians are printed")
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    options = parser.parse_args(arguments)
    device = f"{platform.processor() or platform.machine()}, {platform.system()}"
    if not options.json:
        print(f"Speech on {device}")
    for row in rates() if options.rates else latencies(options.runs):
        row["device"] = device
        print(json.dumps(row) if options.json else _line(row), flush=True)


def latencies(runs: int) -> Iterator[Row]:
    """First sound from a cold and a warm start, and seconds of work a second of speech, for both engines."""
    text = PASSAGES[0]
    for voice in VOICES:
        times: dict[str, list[float]] = {"cold": [], "warm": [], "factor": [], "level": []}
        for _ in range(runs):
            with Speaker(load({"voice": voice})) as speaker:
                times["cold"].append(_first(speaker, text)[0])
                times["warm"].append(_first(speaker, text)[0])
                start = time.perf_counter()
                sounds = [sound.samples_F for sound in speaker.clauses(PASSAGES[2])]
                speech_F = np.concatenate(sounds)
                times["factor"].append((time.perf_counter() - start) / (len(speech_F) / 22050))
                times["level"].append(loudness(speech_F))
        middle = {name: statistics.median(values) for name, values in times.items()}
        suite = {"suite": voice, "n": runs}
        yield {"name": "first sound, new process", "value": round(middle["cold"], 3), "unit": "s", **suite}
        yield {"name": "first sound, running process", "value": round(middle["warm"], 3), "unit": "s", **suite}
        yield {"name": "real-time factor", "value": round(middle["factor"], 3), "unit": "s/s", **suite}
        yield {"name": "level", "value": round(middle["level"], 1), "unit": "dB of full scale", **suite}


def _first(speaker: Speaker, text: str) -> tuple[float, float]:
    start = time.perf_counter()
    sounds = speaker.clauses(text)
    sound = next(sounds)
    return time.perf_counter() - start, sound.seconds


def loudness(samples_F: Samples) -> float:
    """Root mean square of the voiced 20 ms frames, in decibels of full scale."""
    frames_FD = samples_F[: len(samples_F) // 441 * 441].reshape(-1, 441).astype(np.float64) / 32768
    energy_F = (frames_FD**2).mean(axis=1)
    return float(10 * np.log10(energy_F[energy_F > energy_F.max() / 300].mean()))


def rates() -> Iterator[Row]:
    """Words a minute and word error rate of both engines at each rate."""
    try:
        wrong = _listener()
    except ImportError as missing:
        print(f"Missing: {missing.name}. Intelligibility is measured with faster-whisper and jiwer.")
        return
    words = sum(len(passage.split()) for passage in PASSAGES)
    for voice in VOICES:
        with Speaker(load({"voice": voice})) as speaker:
            for rate in RATES:
                speaker.with_rate(rate)
                passages = [np.concatenate([s.samples_F for s in speaker.clauses(text)]) for text in PASSAGES]
                measured = words / (sum(map(len, passages)) / 22050) * 60
                suite = {"suite": f"{voice} at {rate} words a minute", "n": words}
                yield {"name": "words a minute", "value": round(measured), "unit": "words/min", **suite}
                errors = sum(wrong(text, speech_F) for text, speech_F in zip(PASSAGES, passages, strict=True))
                yield {"name": "word error rate", "value": round(errors / words, 3), "unit": "", **suite}


def _listener() -> Callable[[str, Samples], int]:
    """A function that counts the words of a text which Whisper base mishears in its sound."""
    import tempfile
    from pathlib import Path

    import jiwer
    from faster_whisper import WhisperModel

    folder = Path(tempfile.mkdtemp())
    for path in models.files("whisper-base").values():
        (folder / path.name).symlink_to(path)
    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=2)

    def plain(text: str) -> str:
        return " ".join(
            re.sub(r"[^a-z ]", " ", text.lower().replace("12", "twelve").replace("neighbor", "neighbour")).split()
        )

    def wrong(text: str, samples_F: Samples) -> int:
        wave_F = resample(samples_F, 22050, 16000).astype(np.float32) / 32768
        segments, _ = model.transcribe(np.pad(wave_F, 8000), beam_size=1, language="en", temperature=0)
        heard = jiwer.process_words(plain(text), plain(" ".join(segment.text for segment in segments)))
        return heard.substitutions + heard.deletions + heard.insertions

    return wrong


def _line(row: Row) -> str:
    return f"{row['suite']:36s} {row['name']:30s} {row['value']:>9} {row['unit']}"


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])

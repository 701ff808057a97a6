"""How soon is something heard, how fast is the voice, is its rate what was asked for, and is it understood?

    antigone bench speech [--rates [WPM ...]] [--runs N] [--json]

Without --rates: time to the first sound from a cold start and for a whole passage, beside Piper's own command with the
same voice; then real-time factor, level, and how soon a stop is silence. With --rates: measured words a minute and the
words that Whisper base mishears, for both engines (needs faster-whisper and jiwer, both optional). All speech comes
from the same Speaker that the assistant uses. Ratios above 1 mean that ours is better.
"""

import argparse
import json
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from assistant import models
from assistant.engines.level import Samples, resample
from assistant.settings import load
from assistant.speaking.playback import Player
from assistant.speech import RATE_HZ, Sound, Speaker
from kernels.errors import UserError

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
    parser.add_argument("--rates", type=int, nargs="*", metavar="WPM", help="rates and intelligibility")
    parser.add_argument("--runs", type=int, default=5, help="repetitions; medians are printed")
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    options = parser.parse_args(arguments)
    device = f"{platform.processor() or platform.machine()}, {platform.system()}"
    if not options.json:
        print(f"Speech on {device}")
    rows = latencies(options.runs) if options.rates is None else rates(options.rates or RATES)
    for row in rows:
        row["device"] = device
        print(json.dumps(row) if options.json else _line(row), flush=True)


def latencies(runs: int) -> Iterator[Row]:
    """Ours beside Piper's command, A B A B; then what each engine does once it runs."""
    sides: dict[str, list[tuple[float, float]]] = {"ours": [], "peer": []}
    cold(), peer()  # warm-up: files into the page cache
    for _ in range(runs):
        sides["ours"].append(cold())
        sides["peer"].append(peer())
    for place, name in enumerate(("first sound, cold start", "whole passage, cold start")):
        ours, theirs = (statistics.median(times[place] for times in sides[side]) for side in ("ours", "peer"))
        row: Row = {"name": name, "ours": round(ours, 3), "peer": round(theirs, 3), "peer_name": "piper-tts command"}
        yield {**row, "ratio": round(theirs / ours, 2), "unit": "s", "share_of_limit": None}
    for voice in VOICES:
        yield from running(voice, runs)
    yield {"name": "silence after stop", "suite": "playback", "value": stopping(runs), "unit": "s", "n": runs}


def cold() -> tuple[float, float]:
    """Seconds from nothing to the first sound, and to the whole of a passage, in a new Speaker."""
    start = time.perf_counter()
    with Speaker(load({"voice": VOICES[0]})) as speaker:
        sounds = speaker.clauses(PASSAGES[0])
        next(sounds)
        first = time.perf_counter() - start
        for _ in sounds:
            pass
        return first, time.perf_counter() - start


def peer() -> tuple[float, float]:
    """The same by piper-tts's own command with the same voice (a child process, as it is GPL-3)."""
    files = models.files(VOICES[0])
    command = [sys.executable, "-m", "piper", "-m", str(files["weights"]), "-c", str(files["config"]), "--output-raw"]
    start = time.perf_counter()
    with subprocess.Popen([*command, "--", PASSAGES[0]], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        if not process.stdout.read(1):
            raise UserError("Piper's own command made no sound.", "Install the package piper-tts anew.")
        first = time.perf_counter() - start
        process.stdout.read()
    return first, time.perf_counter() - start


def running(voice: str, runs: int) -> Iterator[Row]:
    """First sound, real-time factor and level of a voice that is loaded."""
    firsts, factors, levels = [], [], []
    with Speaker(load({"voice": voice})) as speaker:
        for number in range(runs + 1):
            start = time.perf_counter()
            sounds = speaker.clauses(PASSAGES[number % len(PASSAGES)])
            pieces = [next(sounds).samples_F]
            first = time.perf_counter() - start
            pieces += [sound.samples_F for sound in sounds]
            speech_F = np.concatenate(pieces)
            if number:  # the first is the warm-up
                firsts.append(first)
                factors.append((time.perf_counter() - start) / (len(speech_F) / RATE_HZ))
                levels.append(loudness(speech_F))
    about: Row = {"suite": voice, "n": runs}
    yield {"name": "first sound, loaded", "value": round(statistics.median(firsts), 3), "unit": "s", **about}
    yield {"name": "real-time factor", "value": round(statistics.median(factors), 3), "unit": "s/s", **about}
    yield {"name": "level", "value": round(statistics.median(levels), 1), "unit": "dB of full scale", **about}


class Paced:
    """In the place of a loudspeaker: takes sound as fast as one plays it, and notes when it was silenced."""

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz, self.silenced = rate_hz, 0.0

    def write(self, samples_F: Samples) -> float:
        time.sleep(len(samples_F) / self.rate_hz)
        return time.monotonic()

    def drain(self) -> None: ...

    def silence(self) -> None:
        self.silenced = time.perf_counter()

    def close(self) -> None: ...


def stopping(runs: int) -> float:
    """Median seconds from a stop to silence, the sound that lies in the device not counted (it is thrown away)."""
    times = []
    for run in range(runs):
        device = Paced(RATE_HZ)
        player = Player(RATE_HZ, lambda _rate, device=device: device)  # type: ignore[misc]
        player.add(lambda _cancelled: iter([Sound(np.ones(10 * RATE_HZ, np.int16), RATE_HZ, "")]))
        time.sleep(0.2 + 0.007 * run)
        start = time.perf_counter()
        player.stop()
        player.close()
        times.append(device.silenced - start)
    return round(statistics.median(times), 3)


def loudness(samples_F: Samples) -> float:
    """Root mean square of the voiced 20 ms frames, in decibels of full scale."""
    frames_FD = samples_F[: len(samples_F) // 441 * 441].reshape(-1, 441).astype(np.float64) / 32768
    energy_F = (frames_FD**2).mean(axis=1)
    return float(10 * np.log10(energy_F[energy_F > energy_F.max() / 300].mean()))


def rates(wanted: Sequence[int]) -> Iterator[Row]:
    """Words a minute and word error rate of both engines at each rate."""
    try:
        wrong = _listener()
    except ImportError as missing:
        print(f"Missing: {missing.name}. Intelligibility is measured with faster-whisper and jiwer.")
        return
    words = sum(len(passage.split()) for passage in PASSAGES)
    for voice in VOICES:
        with Speaker(load({"voice": voice})) as speaker:
            for rate in wanted:
                speaker.with_rate(rate)
                passages = [np.concatenate([s.samples_F for s in speaker.clauses(text)]) for text in PASSAGES]
                measured = words / (sum(map(len, passages)) / RATE_HZ) * 60
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
        wave_F = resample(samples_F, RATE_HZ, 16000).astype(np.float32) / 32768
        segments, _ = model.transcribe(np.pad(wave_F, 8000), beam_size=1, language="en", temperature=0)
        heard = jiwer.process_words(plain(text), plain(" ".join(segment.text for segment in segments)))
        return heard.substitutions + heard.deletions + heard.insertions

    return wrong


def _line(row: Row) -> str:
    if "peer" in row:
        return f"{row['name']:30s} ours {row['ours']} s, {row['peer_name']} {row['peer']} s, ratio {row['ratio']}"
    return f"{row['suite']:36s} {row['name']:22s} {row['value']:>8} {row['unit']}"


if __name__ == "__main__":
    main(sys.argv[1:])

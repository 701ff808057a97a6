"""What an hour of sound costs: seconds of work and memory, read whole and live, and whether both give the same words.

    antigone bench long_audio [--minutes 60] [--quick] [--speech FOLDER] [--model NAME] [--threads N]
                              [--only whole|live] [--out FOLDER] [--json]

Recordings (without --speech: sentences by the program's own voice) follow each other in a drawn order, at drawn
loudness, after pauses of 0.3 to 120 s. Work is the processor time of all threads, which hardly depends on who else uses
the machine. Memory is what is resident, the models included. Live, blocks of half a second are pushed. --quick takes
6 minutes of sound. --out writes long_audio.csv, a row a minute, and long_audio.png.
"""

import argparse
import csv
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import soundfile
import torch

from assistant import hearing
from assistant.streaming.events import Finished
from assistant.streaming.transcript import LiveTranscript
from benchmarks.cpu import processor
from benchmarks.cpu_hearing import Clip, edits, plain, recorded, spoken
from benchmarks.plotting import Chart, draw
from encoders.audio_input import SAMPLE_RATE, sound_blocks

Row = dict[str, Any]
BLOCK = SAMPLE_RATE // 2
_PAUSES_S = (0.3, 120.0)


class Meter:
    """Work and memory at each minute of sound."""

    def __init__(self, way: str) -> None:
        self.way, self.points = way, list[Row]()
        self._cpu, self._wall, self._process = time.process_time(), time.perf_counter(), psutil.Process()

    def reached(self, seconds: float, last: bool = False) -> None:
        """So much of the sound is done: note it where a minute is full."""
        minutes = seconds / 60 if last else int(seconds / 60)
        if not minutes or (self.points and minutes <= self.points[-1]["minutes"]):
            return
        self.points.append({
            "way": self.way, "minutes": round(minutes, 2), "work_s": round(time.process_time() - self._cpu, 2),
            "wall_s": round(time.perf_counter() - self._wall, 2),
            "resident_mb": round(self._process.memory_info().rss / 1e6, 1),
        })  # fmt: skip

    def column(self, name: str) -> list[tuple[float, float]]:
        """(minutes, value) of one column."""
        return [(point["minutes"], point[name]) for point in self.points]

    def growth(self) -> float:
        """Work a minute in the second half over that in the first: 1 is linear."""
        middle, end = self.points[(len(self.points) - 1) // 2], self.points[-1]
        if middle is end:
            return 1.0
        first = middle["work_s"] / middle["minutes"]
        return float((end["work_s"] - middle["work_s"]) / (end["minutes"] - middle["minutes"]) / first)


def main(arguments: list[str]) -> None:
    """Measure and print; see the module's docstring for the arguments."""
    parser = argparse.ArgumentParser(prog="antigone bench long_audio", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--quick", action="store_true", help="6 minutes")
    parser.add_argument("--speech", type=Path, help="folder of recordings with transcripts.tsv")
    parser.add_argument("--model", default="tiny.en")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", choices=("whole", "live"))
    parser.add_argument("--out", type=Path, help="folder for the table and the plot")
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    device = f"{processor()}, {options.threads} threads"
    meters: list[Meter] = []
    if not options.json:
        print(f"On {device}")
    for row in rows(options, meters):
        row["device"] = device
        print(json.dumps(row) if options.json else line(row), flush=True)
    if options.out:
        write(options.out, meters, options.model, device)


def rows(options: argparse.Namespace, meters: list[Meter]) -> Iterator[Row]:
    """The rows as they are measured; the meters are added to `meters`."""
    clips = recorded(options.speech) if options.speech else spoken()
    minutes = 6.0 if options.quick else options.minutes
    recogniser = hearing.load(options.model)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.wav"
        said = record(path, clips, minutes)
        yield {"name": "sound", "suite": options.model, "value": minutes, "n": len(said), "unit": "minutes, n words"}
        whole = ""
        if options.only != "live":
            meters.append(Meter("whole"))
            whole = read_whole(recogniser, path, meters[-1])
            yield from cost(meters[-1], options.model)
            yield differing("whole, beside what was said", whole, said)
        if options.only != "whole":
            meters.append(Meter("live"))
            end = read_live(recogniser, path, meters[-1])
            yield from cost(meters[-1], options.model)
            yield differing("live, beside what was said", end.shown, said)
            if whole:
                yield differing("live settled, beside the whole", end.text, plain(whole))
                yield differing("live shown, beside the whole", end.shown, plain(whole))


def record(path: Path, clips: list[Clip], minutes: float) -> list[str]:
    """Write recordings with pauses between, piece by piece; returns the words that are said."""
    dice, left, said = np.random.default_rng(1), int(minutes * 60 * SAMPLE_RATE), list[str]()
    low, high = np.log(_PAUSES_S[0]), np.log(_PAUSES_S[1])
    with soundfile.SoundFile(path, "w", SAMPLE_RATE, 1, "PCM_16") as file:
        while left > 0:
            _, wave, words = clips[int(dice.integers(len(clips)))]
            pause = dice.normal(0, 1e-4, int(np.exp(dice.uniform(low, high)) * SAMPLE_RATE))
            piece = np.concatenate((wave * dice.uniform(0.4, 1.0), pause))[:left]
            said += plain(words) if len(piece) >= len(wave) else []
            file.write(piece.astype(np.float32))
            left -= len(piece)
    return said


def read_whole(recogniser: hearing.Hearing, path: Path, meter: Meter) -> str:
    """The transcript of the whole recording."""
    texts = []
    for segment in recogniser.transcribe(path):
        texts.append(segment.text)
        meter.reached(segment.end_s)
    meter.reached(soundfile.info(path).duration, last=True)
    return " ".join(texts)


def read_live(recogniser: hearing.Hearing, path: Path, meter: Meter) -> Finished:
    """The end of a live transcript."""
    stream = LiveTranscript(recogniser)
    for sound in sound_blocks(path):
        for at in range(0, len(sound), BLOCK):
            for _ in stream.push(sound[at : at + BLOCK]):
                pass
            meter.reached(stream.heard_s)
    *_, end = stream.finish()
    meter.reached(stream.heard_s, last=True)
    assert isinstance(end, Finished)
    return end


def cost(meter: Meter, model: str) -> Iterator[Row]:
    """Rows of what a minute of sound costs, whether that grows, and memory at the tenth part and at the end."""
    last, early = meter.points[-1], meter.points[len(meter.points) // 10]
    count = round(last["minutes"])
    common = {"suite": f"{meter.way}, {model}", "n": count}
    yield {"name": "work a minute of sound", "value": round(last["work_s"] / last["minutes"], 3),
           "unit": "s of processor time", **common}  # fmt: skip
    yield {"name": "work in the second half over the first", "value": round(meter.growth(), 3), "unit": "1: linear",
           **common}  # fmt: skip
    yield {"name": "resident memory at the end", "value": last["resident_mb"], "unit": "MB", **common}
    yield {"name": f"memory gained after minute {early['minutes']:g}", "unit": "MB", **common,
           "value": round(last["resident_mb"] - early["resident_mb"], 1)}  # fmt: skip


def differing(name: str, text: str, want: list[str]) -> Row:
    """The share of words that are not as wanted: substituted, left out or added."""
    return {"name": name, "suite": "words that differ", "n": len(want), "unit": "share",
            "value": round(edits(want, plain(text)) / max(1, len(want)), 4)}  # fmt: skip


def write(folder: Path, meters: list[Meter], model: str, device: str) -> None:
    """The table and the plot of what was measured."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "long_audio.csv").open("w", encoding="utf-8", newline="") as file:
        columns = ["way", "minutes", "work_s", "wall_s", "resident_mb", "model", "device"]
        table = csv.DictWriter(file, columns)
        table.writeheader()
        for meter in meters:
            table.writerows({**point, "model": model, "device": device} for point in meter.points)
    charts = [
        Chart("Work", "minutes of sound", "seconds of processor time", {m.way: m.column("work_s") for m in meters}),
        Chart("Memory", "minutes of sound", "resident MB", {m.way: m.column("resident_mb") for m in meters}),
    ]
    draw(charts, f"{model}: {device}").save(folder / "long_audio.png")


def line(row: Row) -> str:
    """A row as a line of the table."""
    return f"{row['name']:44} {row['value']:>10}  {row['unit']} ({row['suite']}, n {row['n']})"

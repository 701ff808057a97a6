"""Transcription and language model on this processor, beside the best free engines with the same weights.

    antigone bench cpu [--speech FOLDER] [--runs N] [--threads N] [--only hearing|language] [--json]

Both sides in one run, interleaved, medians after a warm-up, another gain each time so that no input is seen twice. The
ceilings (matmul, copy) are read first; share_of_limit is the time that they allow over the time taken. --speech names a
folder with recordings and transcripts.tsv (file name, tab, words); without it sentences spoken by the program's own
voice are used. Peers are optional: faster-whisper, llama-cpp-python, transformers.
"""

import argparse
import importlib
import importlib.util
import json
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from assistant import hearing, models
from encoders.audio_input import SAMPLE_RATE, read_sound

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


def main(arguments: list[str]) -> None:
    """Measure and print; see the module's docstring for the arguments."""
    parser = argparse.ArgumentParser(prog="antigone bench cpu", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--speech", type=Path, help="folder of recordings with transcripts.tsv")
    parser.add_argument("--runs", type=int, default=5, help="timed runs of each side")
    parser.add_argument("--threads", type=int, default=2, help="threads of each side")
    parser.add_argument("--only", choices=("hearing", "language"), help="one half of the benchmark")
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    device = f"{processor()}, {options.threads} threads"
    if not options.json:
        print(f"On {device}")
        print(f"{'what':44} {'ours':>9} {'peer':>9} {'ratio':>6} {'limit':>6}  unit, peer")
    for row in rows(options):
        row["device"] = device
        print(json.dumps(row) if options.json else line(row), flush=True)


def rows(options: argparse.Namespace) -> Iterator[Row]:
    """All rows of both halves, as they are measured."""
    ceiling = ceilings()
    yield {"name": "matmul float32", "suite": "ceiling", "value": round(ceiling["flops"] / 1e9), "n": 5,
           "unit": "GFLOP/s"}  # fmt: skip
    yield {"name": "copy", "suite": "ceiling", "value": round(ceiling["bytes"] / 1e9, 1), "n": 5, "unit": "GB/s"}
    if options.only != "language":
        clips = recorded(options.speech) if options.speech else spoken()
        for name in RECOGNISERS:
            yield from hearing_rows(name, clips, options.runs, options.threads, ceiling)
    if options.only != "hearing":
        if importlib.util.find_spec("benchmarks.cpu_language") is None:
            yield {"name": "language model", "missing": "benchmarks/cpu_language.py"}
        else:
            yield from importlib.import_module("benchmarks.cpu_language").rows(options.runs, options.threads)


def hearing_rows(name: str, clips: list[Clip], runs: int, threads: int, ceiling: dict[str, float]) -> Iterator[Row]:
    """Loading time, seconds a clip and word error rate of one recogniser beside faster-whisper's int8 and float32."""
    start = time.perf_counter()
    ours = hearing.load(name)
    loaded = time.perf_counter() - start
    yield {"name": f"{name} load", "suite": "warm disk", "value": round(loaded, 2), "n": 1, "unit": "s"}
    sides: dict[str, Transcriber] = {"ours": lambda wave: " ".join(s.text for s in ours.transcribe(wave))}
    if importlib.util.find_spec("faster_whisper") is None:
        yield {"name": f"{name} transcribe", "missing": "faster-whisper"}
    else:
        sides |= {f"faster-whisper {kind}": peer(name, kind, threads) for kind in ("int8", "float32")}
    seconds: dict[str, list[float]] = {side: [] for side in sides}
    words: dict[str, str] = {}
    for run in range(runs + 1):  # the first warms up
        took = dict.fromkeys(sides, 0.0)
        for clip, wave, _ in clips:
            for side, transcribe in sides.items():
                start = time.perf_counter()
                text = transcribe(wave * np.float32(1 - 0.02 * run))
                took[side] += time.perf_counter() - start
                if run == 0:
                    words[side + clip] = text
        if run:
            for side in sides:
                seconds[side].append(took[side] / len(clips))
    middle = {side: statistics.median(values) for side, values in seconds.items()}
    limit = sum(lower_bound_s(ours, words["ours" + clip], ceiling) for clip, _, _ in clips) / len(clips)
    for side in sides:
        if side != "ours":
            yield {"name": f"{name} transcribe", "ours": round(middle["ours"], 3), "peer": round(middle[side], 3),
                   "peer_name": side, "ratio": round(middle[side] / middle["ours"], 2), "unit": "s a clip",
                   "share_of_limit": round(limit / middle["ours"], 2)}  # fmt: skip
        said = sum(len(plain(truth)) for _, _, truth in clips)
        wrong = sum(edits(plain(truth), plain(words[side + clip])) for clip, _, truth in clips)
        yield {"name": f"{name} word error rate", "suite": side, "value": round(wrong / said, 4), "n": said}


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


def lower_bound_s(ours: hearing.Hearing, text: str, ceiling: dict[str, float]) -> float:
    """Seconds one window must take in float32: the encoder's arithmetic, the decoder's weights once a token."""
    config = ours.encoder.config
    matrices = sum(p.numel() for p in ours.encoder.parameters() if p.dim() == 2) - config.positions * config.width
    attention = 2 * config.positions**2 * config.width * config.layers
    convolutions = 3 * config.width * (config.mels * 2 + config.width) * config.positions
    arithmetic = 2 * (matrices * config.positions + attention + convolutions)
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
            clips.append((f"sentence {number}", soxr.resample(wave, sounds[0].sample_rate, SAMPLE_RATE), sentence))
    return clips


def ceilings() -> dict[str, float]:
    """What the processor can do now: float32 matmul in operations a second, copying in bytes a second."""
    a = torch.randn(1536, 1536)
    copied = torch.empty(32 << 20)
    source = torch.randn(32 << 20)
    return {
        "flops": 2 * 1536**3 / best(lambda: a @ a),
        "bytes": 2 * source.nbytes / best(lambda: copied.copy_(source)),
    }


def best(work: Callable[[], object], times: int = 5) -> float:
    """The shortest time of several, after one to warm up."""
    work()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def processor() -> str:
    """The processor's name."""
    import platform

    table = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.+)", table.read_text()) if table.exists() else None
    return found[1] if found else platform.processor() or platform.machine()


def line(row: Row) -> str:
    """A row as a line of the table."""
    if "missing" in row:
        return f"{row['name']:44} not compared: {row['missing']} is not installed"
    if "peer" in row:
        share = row.get("share_of_limit")
        numbers = f"{row['ours']:>9} {row['peer']:>9} {row['ratio']:>6} {'' if share is None else share:>6}"
        return f"{row['name']:44} {numbers}  {row['unit']}, {row['peer_name']}"
    return f"{row['name']:44} {row['value']:>9} {'':24}  {row.get('unit', '')} {row['suite']}"


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

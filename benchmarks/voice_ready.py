"""How soon a fresh process listens, and how much memory it has while it talks; part of `antigone bench voice`."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.voice_requests import ONE_TOOL, Clip, clips

RUNS, ASKED = 3, 4


def fresh_processes() -> Iterator[dict[str, Any]]:
    """Seconds from a process's start until it listens (files in the page cache), and its memory after some turns."""
    with tempfile.TemporaryDirectory() as folder:
        asked = list(clips(ONE_TOOL[:ASKED]))
        sounds: Any = {str(number): clip.samples_S for number, clip in enumerate(asked)}
        np.savez(Path(folder) / "clips.npz", **sounds)
        for run in range(RUNS + 1):
            command = [sys.executable, "-m", "benchmarks.voice_ready", f"{folder}/clips.npz", str(time.time())]
            talk = run == RUNS
            done = subprocess.run([*command, *(["talk"] if talk else [])], capture_output=True, text=True, check=True)
            told = json.loads(done.stdout.splitlines()[-1])
            if run:  # the first warms up
                yield {"name": "start to listening", "value": told["ready"], "unit": "s"}
            if talk:
                yield {"name": "memory while talking, its voice's process included", "value": told["memory"],
                       "unit": "MB"}  # fmt: skip


def _child(sounds: Path, began_s: float, talks: bool) -> dict[str, float]:
    import psutil

    from benchmarks.voice_turns import conversation

    with conversation() as talk:
        told = {"ready": round(time.time() - began_s, 2)}
        if talks:
            for name, samples_S in np.load(sounds).items():
                talk.ask(Clip(name, "", "", samples_S, 0.0, len(samples_S) / 16000))
            own = psutil.Process()
            shares = [one.memory_full_info().pss for one in (own, *own.children(recursive=True))]
            told["memory"] = round(sum(shares) / 2**20)
    return told


if __name__ == "__main__":
    print(json.dumps(_child(Path(sys.argv[1]), float(sys.argv[2]), len(sys.argv) > 3)), flush=True)

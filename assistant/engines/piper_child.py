"""Piper's voice, run as a program of its own: python -m assistant.engines.piper_child

piper-tts is GPL-3: it is imported here, in this process, and nowhere else. It is told to load "weights" and "config"
(paths) with "threads"; requests carry "text", "length_scale" (above 1: slower), "noise" and "noise_width" (the noise
scales of VITS; Kim et al. 2021, section 2.2).
"""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import onnxruntime
from piper.config import PiperConfig
from piper.phoneme_ids import phonemes_to_ids
from piper.phonemize_espeak import EspeakPhonemizer

from assistant.engines import protocol

SEED = 442  # the same words in the same order sound the same each time the program runs
LONGEST = 220  # phonemes at once, some 40 words: the network's memory grows by 20 MB with each second of speech


def start(load: dict[str, Any]) -> tuple[int, protocol.Say]:
    """Load a voice; its sample rate in hertz and the function that speaks."""
    with open(load["config"], encoding="utf-8") as file:
        config = PiperConfig.from_dict(json.load(file))
    onnxruntime.set_seed(SEED)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(load["threads"])
    options.log_severity_level = 3
    # This graph has thousands of tiny nodes. Planning which of them may share memory takes 3 s of processor time and
    # saves none of the memory; the further graph rewrites take 0.6 s and make it no faster. Measured; see benchmarks.
    options.enable_mem_reuse = False
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # leave the cores to whoever works
    session = onnxruntime.InferenceSession(load["weights"], options, providers=["CPUExecutionProvider"])
    phonemizer = EspeakPhonemizer()

    def say(work: protocol.Work) -> bytes:
        request, pieces = work.request, []
        run = onnxruntime.RunOptions()
        run.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")  # gives back what a long clause took
        work.when_cancelled = lambda: setattr(run, "terminate", True)  # leaves the network after the current node
        scales = np.array([request["noise"], request["length_scale"], request["noise_width"]], dtype=np.float32)
        longest = int(LONGEST / max(1.0, 0.66 * request["length_scale"]))
        for phonemes in phonemizer.phonemize(config.espeak_voice, request["text"]):
            for part in cut(phonemes, longest):
                ids = np.array([phonemes_to_ids(part, config.phoneme_id_map)], dtype=np.int64)
                inputs = {"input": ids, "input_lengths": np.array([ids.shape[1]], dtype=np.int64), "scales": scales}
                if config.num_speakers > 1:
                    inputs["sid"] = np.array([0], dtype=np.int64)
                work.check()
                try:
                    audio_F = session.run(None, inputs, run)[0].reshape(-1)
                except Exception:
                    work.check()  # a run that was told to end raises: that is no error
                    raise
                pieces.append((np.clip(np.nan_to_num(audio_F), -1.0, 1.0) * 32767.0).astype("<i2").tobytes())
        return b"".join(pieces)

    return config.sample_rate, say


def cut(phonemes: list[str], longest: int) -> Iterator[list[str]]:
    """The phonemes in parts of about `longest` at most, cut between words where there are any; none without a sound."""
    while phonemes:
        end = len(phonemes)
        if end > longest:
            spaces = [place for place in range(longest // 2, longest) if phonemes[place] == " "]
            end = spaces[-1] + 1 if spaces else longest
        part, phonemes = phonemes[:end], phonemes[end:]
        if any(phoneme.isalpha() for phoneme in part):
            yield part


if __name__ == "__main__":
    protocol.serve(start)

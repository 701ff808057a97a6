"""Tokens a second and time to first token of the language models on this processor, and what int8 costs in quality.

    antigone bench cpu_language [--runs N] [--threads N] [--models NAME ...] [--peers NAME ...] [--json]

Beside llama.cpp (llama-cpp-python) and transformers in bfloat16 with the same weights, both optional. Each run reads
a fresh prompt of about 400 tokens and generates 60; sides take turns; medians after a warm-up.
"""

import argparse
import importlib.util
import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from assistant import language, models
from decoder.generate import Generation, Session
from decoder.gguf import GGUF
from decoder.packing import PackedLinear
from decoder.quantize import available
from decoder.tokenizer import ChatTokenizer
from decoder.weights import load_gguf
from kernels.arithmetic import Arithmetic

Row = dict[str, Any]
Side = Callable[[list[int]], tuple[float, float]]  # prompt -> seconds to the first token, tokens a second after it
NAMES = ("smollm2-135m", "qwen2.5-coder-1.5b")
PEERS = ("llama.cpp", "transformers bf16")
NEW, PROMPT = 60, 400
QUICK: tuple[Arithmetic, ...] = ("int8", "int4")
TEXT = (
    "The harbour lay quiet in the early morning. A grey boat with two men in it came slowly round the end of the stone"
    " pier, and the gulls that had been sleeping on the wall rose all at once and circled above it, crying. The older"
    " man did not look up. He had fished from this village for fifty years, as his father had before him, and he knew"
    " without looking what the birds were saying. The younger man, his sister's son, was new to the work. He had come"
    " from the city in the spring, after the factory closed, with one suitcase and a box of books. At first the people"
    " of the village had laughed at his soft hands and his questions. By the end of the summer they had stopped"
    " laughing, because he was never late, he never complained, and he could mend any engine that was brought to him."
    " They tied the boat to the iron ring below the steps and began to lift the boxes. It had been a good night. There"
    " were nine boxes of herring and one of mackerel, and on top, wrapped in wet sacking, a lobster as long as a man's"
    " arm. The old man said that it was for the doctor, who had come out in the snow in February and asked for nothing."
)


def main(arguments: list[str]) -> None:
    """Measure and print; see the module's docstring for the arguments."""
    parser = argparse.ArgumentParser(prog="antigone bench cpu_language", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="timed runs of each side")
    parser.add_argument("--threads", type=int, default=2, help="threads of each side")
    parser.add_argument("--models", nargs="+", choices=NAMES, default=NAMES, help="only these")
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=PEERS, help="only these")
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    options = parser.parse_args(arguments)
    from benchmarks.cpu import line, processor

    device = f"{processor()}, {options.threads} threads"
    if not options.json:
        print(f"On {device}")
    for row in rows(options.runs, options.threads, options.models, options.peers):
        row["device"] = device
        print(json.dumps(row) if options.json else line(row), flush=True)


def rows(runs: int = 5, threads: int = 2, names: Sequence[str] = NAMES, peers: Sequence[str] = PEERS) -> Iterator[Row]:
    """All rows, for each of the models that is here, as they are measured."""
    from benchmarks.cpu import ceilings

    torch.set_num_threads(threads)
    bandwidth = ceilings()["bytes"]
    for name in names:
        if not models.here(models.find(name)):
            yield {"name": f"{name} generate", "missing": f"antigone models pull {name}"}
            continue
        path = models.files(name)["weights"]
        yield from speed(name, path, runs, threads, bandwidth, peers)
        yield from quality(name, path)


def speed(name: str, path: Path, runs: int, threads: int, bandwidth: float, peers: Sequence[str] = PEERS) -> list[Row]:
    """Time to first token and tokens a second of every side that is installed. `bandwidth` is in bytes a second."""
    model = language.from_file(path)
    sides: dict[str, Side] = {"ours": lambda prompt: our_run(model, prompt)}
    missing = []
    for peer, module, make in (("llama.cpp", "llama_cpp", llama), ("transformers bf16", "transformers", hugging_face)):
        if peer not in peers:
            continue
        if importlib.util.find_spec(module) is None or (module == "transformers" and not _loads_gguf()):
            missing.append({"name": f"{name} generate", "missing": peer})
        else:
            sides[peer] = make(path, threads)
    first: dict[str, list[float]] = {side: [] for side in sides}
    rate: dict[str, list[float]] = {side: [] for side in sides}
    for run in range(runs + 1):  # the first warms up
        prompt = (model.tokenizer.encode(f"Chapter {run + 1}. " + TEXT * 3))[:PROMPT]
        for side, work in sides.items():
            seconds, tokens = work(prompt)
            if run:
                first[side].append(seconds)
                rate[side].append(tokens)
    limit = bandwidth / _bytes_per_token(model)
    return _speed_rows(name, first, rate, limit) + missing


def _speed_rows(name: str, first: dict[str, list[float]], rate: dict[str, list[float]], limit: float) -> list[Row]:
    ours_first, ours_rate = statistics.median(first["ours"]), statistics.median(rate["ours"])
    found: list[Row] = [
        {"name": f"{name} tokens a second", "suite": "ours", "value": round(ours_rate, 1), "n": len(rate["ours"]),
         "unit": "tokens/s", "share_of_limit": round(ours_rate / limit, 2)},
        {"name": f"{name} first token", "suite": "ours", "value": round(ours_first, 3), "n": len(first["ours"]),
         "unit": "s"},
    ]  # fmt: skip
    for side in first:
        if side == "ours":
            continue
        peer_first, peer_rate = statistics.median(first[side]), statistics.median(rate[side])
        found += [
            {"name": f"{name} tokens a second", "ours": round(ours_rate, 1), "peer": round(peer_rate, 1),
             "peer_name": side, "ratio": round(ours_rate / peer_rate, 2), "unit": "tokens/s",
             "share_of_limit": round(ours_rate / limit, 2)},
            {"name": f"{name} first token", "ours": round(ours_first, 3), "peer": round(peer_first, 3),
             "peer_name": side, "ratio": round(peer_first / ours_first, 2), "unit": "s", "share_of_limit": None},
        ]  # fmt: skip
    return found


def quality(name: str, path: Path) -> list[Row]:
    """Perplexity on TEXT of each quick arithmetic over that of float32 on the same weights, minus one."""
    if path.stat().st_size > 500 << 20:  # in float32 a larger one would not fit a laptop
        return []
    file = GGUF(path)
    tokens = ChatTokenizer(file).encode(TEXT)
    exact, found = perplexity(load_gguf(file), tokens), []
    for arithmetic in QUICK:
        if available(arithmetic):
            loss = perplexity(load_gguf(file, arithmetic=arithmetic), tokens) / exact - 1
            found.append({"name": f"{name} perplexity loss of {arithmetic}", "suite": "ours", "value": round(loss, 4),
                          "n": len(tokens)})  # fmt: skip
    return found


@torch.inference_mode()
def perplexity(model: torch.nn.Module, tokens: Sequence[int]) -> float:
    """Exponential of the mean negative log-likelihood of each token after the first."""
    logits_TV = model(torch.tensor([list(tokens)]))[0, :-1]
    return float(torch.nn.functional.cross_entropy(logits_TV, torch.tensor(tokens[1:])).exp())


def our_run(model: language.LanguageModel, prompt: list[int]) -> tuple[float, float]:
    """One run of our side, from an empty cache."""
    session = Session(model.model)
    return _timed(Generation(prompt, (), NEW).run(session))


def llama(path: Path, threads: int) -> Side:
    """llama.cpp, greedy."""
    from llama_cpp import Llama

    model = Llama(str(path), n_ctx=PROMPT + NEW + 8, n_threads=threads, n_threads_batch=threads, verbose=False)
    return lambda prompt: _timed(model.generate(prompt, top_k=1, temp=0.0, reset=True))


def hugging_face(path: Path, threads: int) -> Side:
    """transformers in bfloat16, greedy."""
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(str(path.parent), gguf_file=path.name, dtype=torch.bfloat16).eval()

    def run(prompt: list[int]) -> tuple[float, float]:
        seconds = []
        for new in (1, NEW):
            start = time.perf_counter()
            model.generate(torch.tensor([prompt]), max_new_tokens=new, min_new_tokens=new, do_sample=False)
            seconds.append(time.perf_counter() - start)
        return seconds[0], (NEW - 1) / (seconds[1] - seconds[0])

    return run


def _timed(tokens: Any) -> tuple[float, float]:
    start = time.perf_counter()
    next(tokens)
    first = time.perf_counter()
    for _ in range(NEW - 1):
        next(tokens)
    end = time.perf_counter()
    tokens.close()
    return first - start, (NEW - 1) / (end - first)


def _bytes_per_token(model: language.LanguageModel) -> int:
    """What one step must read: every matrix once, packed or float32."""
    packed = sum(layer.matrix.nbytes for layer in model.model.modules() if isinstance(layer, PackedLinear))
    return packed or sum(weight.nbytes for weight in model.model.parameters())


def _loads_gguf() -> bool:
    return all(importlib.util.find_spec(module) is not None for module in ("gguf", "accelerate"))

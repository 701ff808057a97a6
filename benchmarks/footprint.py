"""How much memory a language model takes at its peak, beside the bytes of its weights and what was estimated.

    antigone bench footprint [--models NAME ...] [--arithmetic NAME ...] [--json]

Each reading is a fresh process: memory resident after everything is imported, then the peak while the model is loaded,
reads a prompt of 400 tokens and says 30, and what stays. Pages of the model's file that are mapped and can be dropped
count too, as the system counts them.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
MODELS = ("smollm2-135m", "qwen2.5-coder-1.5b")
CHILD = """
import json, resource, sys
import psutil, torch
from assistant import language, models
from decoder.footprint import footprint, four_bit_weights
from decoder.generate import Generation
from decoder.gguf import GGUF
name, arithmetic = sys.argv[1:]
import kernels.cpu.matrices, llguidance, jinja2
if arithmetic in ("int8", "int4"):
    kernels.cpu.matrices.available()
process = psutil.Process()
base = process.memory_info().rss
model = language.load(name, arithmetic=arithmetic)
loaded = process.memory_info().rss
text = (model.tokenizer.encode("The harbour lay quiet in the early morning. " * 60))[:400]
list(Generation(text, (), 30).run(model.session))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
held = {id(t): t for m in model.model.modules() for t in (*m._parameters.values(), *vars(m).values())
        if isinstance(t, torch.Tensor)}
for module in model.model.modules():
    for value in vars(module).values():
        for part in vars(value).values() if hasattr(value, "codes") else ():
            if isinstance(part, torch.Tensor):
                held[id(part)] = part
four = four_bit_weights(GGUF(models.files(name)["weights"]))
weights = sum(t.numel() * t.element_size() for t in held.values())
print(json.dumps({"base": base, "loaded": loaded, "peak": peak, "after": process.memory_info().rss,
                  "weights": weights, "estimate": footprint(model.model.config, arithmetic, four)}))
"""


def measure(name: str, arithmetic: str) -> dict[str, int]:
    """Bytes: "base", "loaded", "peak", "after", "weights", "estimate"."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, name, arithmetic], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return found


def rows(names: list[str], arithmetics: list[str]) -> Iterator[dict[str, Any]]:
    """A row a model and arithmetic."""
    from assistant import models

    for name in names:
        if not models.here(models.find(name)):
            yield {"name": f"{name} memory", "missing": f"antigone models pull {name}"}
            continue
        for arithmetic in arithmetics:
            found = measure(name, arithmetic)
            over = found["peak"] - found["base"]
            yield {
                "name": f"{name} {arithmetic} peak above the program's own", "suite": "ours", "unit": "MB", "n": 1,
                "value": round(over / 1e6), "weights": round(found["weights"] / 1e6),
                "ratio": round(over / found["weights"], 2), "estimate": round(found["estimate"] / 1e6),
                "program": round(found["base"] / 1e6), "whole": round(found["peak"] / 1e6),
            }  # fmt: skip


def main(arguments: list[str]) -> None:
    """Print a table, or one JSON object a row."""
    parser = argparse.ArgumentParser(prog="antigone bench footprint", description=__doc__)
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    parser.add_argument("--arithmetic", nargs="+", default=["int8", "int4"])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    for row in rows(options.models, options.arithmetic):
        if options.json or "missing" in row:
            print(json.dumps(row), flush=True)
        else:
            print(
                f"{row['name']}: {row['value']} MB, {row['ratio']} of its weights' {row['weights']} MB "
                f"(estimated {row['estimate']} MB; the program alone {row['program']} MB)", flush=True
            )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])

"""What the tuned brain gets right on held-out examples, by tool and by steps, and how its probabilities are tempered.

    python -m training.tools.measure DATA_FOLDER [--adapter FILE] [--rows 400] [--arithmetic int8|float32] [--temper]
    python -m training.tools.measure DATA_FOLDER --zero-shot qwen2.5-coder-1.5b [--rows 40]

The plans are decoded as the program decodes them. --zero-shot asks an untrained model for the name alone of one-step
requests, after a prompt that describes every tool, among all of them. --temper fits TEMPERATURE of
assistant/brains/tuned.py: the one by which the right tokens, among those that the grammar allows, are likeliest (Guo et
al. 2017).
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from assistant import language
from assistant.brains import tuned
from assistant.brains.base import Plan
from assistant.brains.grammar import plan_grammar
from assistant.brains.wording import ARGUMENTS, ASSISTANT, parse_plan, verbatim
from assistant.language_model import LanguageModel
from assistant.steps.close_calls import FIXED, WANTS
from assistant.steps.planning import Situation
from training.tools.lora_data import read_rows

_MARKS = ("[picture] ", "[text] ")


def request(prompt: str) -> tuple[str, Situation]:
    """The words and the situation of an own-mode prompt."""
    words = prompt.removeprefix("<|im_start|>user\n").removesuffix(ASSISTANT)
    there = []
    for mark in _MARKS:
        there.append(words.startswith(mark))
        words = words.removeprefix(mark)
    return words, Situation(has_picture=there[0], has_document=there[1])


def wanted(row: dict[str, str]) -> list[tuple[str, dict[str, str]]]:
    """The calls that a row asks for, arguments as the program gives them."""
    words, _ = request(row["prompt"])
    return [
        (name, {key: verbatim(words, span) for key, span in given.items()}) for name, given in parse_plan(row["answer"])
    ]


class Tally:
    """Counts of right names and of right plans, by tool and by number of steps."""

    def __init__(self) -> None:
        self.by: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        self.chances: list[tuple[float, bool]] = []

    def add(self, goal: Sequence[tuple[str, Any]], plan: Plan) -> None:
        """One plan beside what was asked for."""
        found = [(call.name, dict(call.arguments)) for call in plan.calls]
        names, whole = [name for name, _ in found] == [name for name, _ in goal], found == list(goal)
        steps = "3 or more steps" if len(goal) > 2 else f"{len(goal)} step{'s' * (len(goal) > 1)}"
        for key in ("all", steps, *(sorted({name for name, _ in goal}) if len(goal) == 1 else ())):
            counts = self.by[key]
            counts[0] += 1
            counts[1] += names
            counts[2] += whole
        self.chances.append((plan.confidence, whole))

    def lines(self) -> Iterator[str]:
        """A Markdown table, and how often plans of each confidence are right."""
        yield "| Plans | n | right calls | and right arguments |\n|---|---|---|---|"
        for key in sorted(self.by, key=lambda key: (key != "all", not key[0].isdigit(), key)):
            count, names, whole = self.by[key]
            yield f"| {key} | {count} | {names / count:.3f} | {whole / count:.3f} |"
        yield "\n| Confidence | n | wholly right |\n|---|---|---|"
        edges = (0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.01)
        for low, high in pairwise(edges):
            right = [right for chance, right in self.chances if low <= chance < high]
            if right:
                yield f"| {low} to {min(high, 1)} | {len(right)} | {sum(right) / len(right):.3f} |"


def choices(model: LanguageModel, row: dict[str, str]) -> Iterator[tuple[Tensor, int]]:
    """At each place where the grammar leaves a choice, the logits (n,) of what it allows and which is right."""
    words, _ = request(row["prompt"])
    tokenizer = model.tokenizer
    prompt, answer = tokenizer.encode_prompt(row["prompt"]), tokenizer.encode_prompt(row["answer"])
    with torch.inference_mode():
        logits_TV = model.model(torch.tensor([prompt + answer]))[0, len(prompt) - 1 : -1].float()
    grammar = model.grammar(plan_grammar(words, ARGUMENTS))
    for logits_V, token in zip(logits_TV, answer, strict=True):
        if grammar.finished:
            return
        allowed_V = grammar.allow(logits_V)
        kept = allowed_V.isfinite().nonzero().flatten()
        if token not in kept:
            return
        if len(kept) > 1:
            yield allowed_V[kept], int((kept == token).nonzero())
        grammar.consume(token)


def temper(model: LanguageModel, rows: Sequence[dict[str, str]]) -> dict[float, float]:
    """Mean negative log-probability of the right tokens by temperature."""
    places = [place for row in rows for place in choices(model, row)]
    grid = [step / 10 for step in range(7, 31)]
    return {
        warmth: sum(-float((logits / warmth).log_softmax(0)[right]) for logits, right in places) / len(places)
        for warmth in grid
    }


def zero_shot(model: LanguageModel, rows: Sequence[dict[str, str]]) -> Iterator[tuple[bool, float]]:
    """Whether an untrained model names the one call of each row, and the seconds it took."""
    names = [name for name in ARGUMENTS if name in WANTS]
    for row in rows:
        words, there = request(row["prompt"])
        picture = "[picture] " * there.has_picture
        began = time.monotonic()
        chances = model.choose([{"role": "user", "content": FIXED + picture + words}], names)
        best = names[max(range(len(names)), key=chances.__getitem__)]
        yield best == wanted(row)[0][0], time.monotonic() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--adapter", type=Path, default=tuned.ADAPTER)
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--arithmetic", default="auto")
    parser.add_argument("--temper", action="store_true")
    parser.add_argument("--zero-shot", metavar="MODEL", help="another model, untrained, on the rows of one step")
    options = parser.parse_args()
    if options.zero_shot:
        singles = [row for row in _rows(options.data) if len(wanted(row)) == 1][: options.rows]
        done = list(zero_shot(language.load(options.zero_shot, arithmetic=options.arithmetic), singles))
        right, seconds = sum(right for right, _ in done), sorted(seconds for _, seconds in done)
        print(f"{options.zero_shot}: {right} of {len(done)} names right, median {seconds[len(done) // 2]:.2f} s a call")
        return
    model = language.load(tuned.BASE, arithmetic=options.arithmetic, adapter=options.adapter)
    rows = _rows(options.data)[: options.rows]
    if options.temper:
        by = temper(model, rows)
        print("\n".join(f"temperature {warmth:.1f}: {loss:.4f}" for warmth, loss in by.items()))
        print(f"best: {min(by, key=lambda warmth: by[warmth]):.1f}")
        return
    brain, tally = tuned.TunedBrain(lambda: model), Tally()
    for row in rows:
        tally.add(wanted(row), brain.plan(*request(row["prompt"])))
    print("\n".join(tally.lines()))


def _rows(data: Path) -> list[dict[str, str]]:
    return [row for row in read_rows(data / "valid.jsonl") if row.get("mode", "own") == "own"]


if __name__ == "__main__":
    main()

"""Writes the training data of the tuned brain: train.jsonl and valid.jsonl.

    python -m training.tools.generate --seed 0 --count 12000 --out DIR [--generic 0.17] [--tokens]

Rows: prompt, answer (with its end mark), mode ("own" or "generic"), tools, kind, template. The same seed, the same
bytes. Printed: examples, steps and (with --tokens) tokens of each kind, and how many requests the written suites share
(those with the very same words are left out).
"""

import argparse
import json
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from training.tools.build import Example, own_examples
from training.tools.overlap import counts, key, suite_keys

VALIDATION = 0.05


def make(count: int, seed: int, generic: float) -> tuple[list[Example], list[Example]]:
    """(training, validation) examples, shuffled."""
    rng = random.Random(seed)
    functions = round(count * generic)
    measured = set[str]().union(*suite_keys().values())  # what the suites ask is not trained on
    sides = []
    for valid in (False, True):
        share = VALIDATION if valid else 1.0
        rows = own_examples(round((count - functions) * share), random.Random(rng.getrandbits(32)), valid)
        if functions:
            from training.tools.generic import generic_examples

            rows += generic_examples(round(functions * share), random.Random(rng.getrandbits(32)), valid)
        rows = [row for row in rows if key(row.words) not in measured]
        rng.shuffle(rows)
        sides.append(rows)
    return sides[0], sides[1]


def write(rows: Sequence[Example], path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            fields = {
                "prompt": row.prompt, "answer": row.answer, "mode": row.mode, "tools": list(row.tools),
                "kind": row.kind, "template": row.template,
            }  # fmt: skip
            file.write(json.dumps(fields, ensure_ascii=False) + "\n")


def report(rows: Sequence[Example], lengths: Sequence[int]) -> None:
    """Print examples and tokens by tool and by kind."""
    tools, kinds, tokens = Counter[str](), Counter[str](), Counter[str]()
    for row, length in zip(rows, lengths, strict=True):
        tools.update(set(row.tools))
        kinds[f"{row.mode} {row.kind}"] += 1
        tokens[f"{row.mode} {row.kind}"] += length
    steps = Counter(len(row.tools) for row in rows if row.mode == "own")
    print(f"{len(rows):,} examples, {sum(lengths):,} tokens; steps {dict(sorted(steps.items()))}")
    for kind in sorted(kinds):
        print(f"  {kind:22}{kinds[kind]:7,}{tokens[kind]:10,} tokens")
    own = Counter(name for row in rows if row.mode == "own" for name in set(row.tools))
    print("  " + ", ".join(f"{name} {number}" for name, number in own.most_common()))
    words = [row.words for row in rows if row.words]
    print(f"  same words as a written request: {counts(words)}, but for small words: {counts(words, loose=True)}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Training data for the tuned brain")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=12_000, help="training examples of both modes")
    parser.add_argument("--generic", type=float, default=0.17, help="share of the generic mode")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tokens", action="store_true", help="count tokens with the model's own tokenizer")
    given = parser.parse_args()
    sides = make(given.count, given.seed, given.generic)
    given.out.mkdir(parents=True, exist_ok=True)
    for name, rows in zip(("train", "valid"), sides, strict=True):
        write(rows, given.out / f"{name}.jsonl")
        print(name, end=": ")
        report(rows, _lengths(rows, given.tokens))


def _lengths(rows: Sequence[Example], count: bool) -> list[int]:
    if not count:
        return [len(row.prompt + row.answer) // 4 for row in rows]
    from assistant import models
    from decoder.gguf import GGUF
    from decoder.tokenizer import ChatTokenizer

    tokenizer = ChatTokenizer(GGUF(models.files("smollm2-135m")["weights"]))
    return [len(tokenizer.encode(row.prompt + row.answer)) for row in rows]


if __name__ == "__main__":
    main()

"""The mixture that is trained on: all of the own tools' examples, some of the generic ones, and hand-labelled clauses.

    python -m training.tools.mix GENERATED_FOLDER MIXED_FOLDER [--generic 800] [--seed 0]

Generic examples are several times longer, so all of them would take a third of a processor's evening. The clauses of
training/steps/phrases.txt whose plan is their label alone come twice, each time in another situation;
what the tuning suites ask word for word is left out.
"""

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path

from assistant.brains.wording import END, plain_quotes, render_prompt
from training.steps.phrases import read_phrases

LONGEST = 700  # characters of a generic example
REQUESTS = Path(__file__).parents[2] / "tests" / "requests"
SUITES = ("tuned.jsonl", "tuned_pictures.jsonl", "written.jsonl")
WITHOUT = (
    "world", "chat", "vague", "describe_picture", "repeat", "undo", "read_text", "scan_barcode", "say_more", "help",
    "sure", "where_that", "list_timers", "who_am_i", "list_tools", "ask_text",
)  # fmt: skip
_PICTURE = {"describe_picture": 0.7, "scan_barcode": 0.7, "read_text": 0.6, "ask_text": 0.6}  # else rarely
_TEXT = {"sure": 0.5, "where_that": 0.8, "say_more": 0.5, "repeat": 0.4}
_OPENINGS = ("um ", "er ", "hey antigone ", "please ", "so ")


def clauses(chance: random.Random) -> Iterator[dict[str, str]]:
    """Examples from hand-labelled clauses whose plan is one call without arguments, or a question's own words."""
    asked = {words.lower().strip("?.! ") for words in _asked()}
    for label, phrase in read_phrases():
        if label not in WITHOUT or phrase.lower().strip("?.! ") in asked or '"' in phrase:
            continue
        answer = f'ask_text("{plain_quotes(phrase)}")' if label == "ask_text" else f"{label}()"
        for _ in range(2):
            picture = chance.random() < _PICTURE.get(label, 0.12)
            text = chance.random() < _TEXT.get(label, 0.2) or (label == "ask_text" and not picture)
            prompt = render_prompt(_said(phrase, chance), picture, text)
            yield {"prompt": prompt, "answer": answer + END, "mode": "own", "template": "clause"}


def _said(phrase: str, chance: random.Random) -> str:
    if chance.random() < 0.35:
        phrase = phrase[0].upper() + phrase[1:] + chance.choice(("", ".", "?"))
    return chance.choice(_OPENINGS) + phrase if chance.random() < 0.15 else phrase


def _asked() -> Iterator[str]:
    for name in SUITES:
        for line in (REQUESTS / name).read_text(encoding="utf-8").splitlines():
            words = json.loads(line)["request"]
            yield from [words] if isinstance(words, str) else words


def mix(rows: list[dict[str, str]], generic: int, chance: random.Random) -> list[dict[str, str]]:
    """Own examples whole, so many of the generic ones, and the clauses, shuffled."""
    own = [row for row in rows if row["mode"] == "own"]
    others = [row for row in rows if row["mode"] != "own" and len(row["prompt"] + row["answer"]) <= LONGEST]
    chance.shuffle(others)
    mixed = [*own, *others[:generic], *clauses(chance)]
    chance.shuffle(mixed)
    return mixed


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("generated", type=Path)
    parser.add_argument("mixed", type=Path)
    parser.add_argument("--generic", type=int, default=800)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    options.mixed.mkdir(parents=True, exist_ok=True)
    for part in ("train", "valid"):
        lines = (options.generated / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        mixed = mix(rows, options.generic, random.Random(options.seed)) if part == "train" else rows
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in mixed)
        (options.mixed / f"{part}.jsonl").write_text(text, encoding="utf-8")
        print(f"{part}: {len(mixed)} examples")


if __name__ == "__main__":
    main()

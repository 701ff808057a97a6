"""Whether questions about kept documents are answered with the right words, and whether the others are left unanswered.

    antigone bench documents_answers [--fit] [--show] [--json]

Nine documents are kept at once and 120 written questions asked (tests/library/README.md). An answer is right when the
quoted passage holds what it must; a question that no document answers is right when nothing is quoted. `--fit` prints
weights for assistant/library/answering.py, fitted on the part "fit" alone: logistic regression on the passages of the
chunks that were found, 1 for those that answer.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.documents import LOOKED_AT, Library
from assistant.library import answering, titles
from assistant.state.similar import Encode

FOLDER = Path(__file__).parents[1] / "tests" / "library"
NOW = datetime(2026, 11, 21, 10, 0).astimezone()
RIDGE = 0.002  # of the weights, so that few questions don't make them large


@dataclass(frozen=True)
class Asked:
    """A question, what its answer must hold (None: nothing answers), its passages and their features, what was said."""

    question: str
    answer: str | None
    part: str
    passages: Sequence[str]
    table: NDArray[np.float64]
    said: str  # the quote; "" where nothing was said to answer

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which passages answer."""
        return np.array([self.answer is not None and self.answer in text for text in self.passages], bool)


def fill(folder: Path, encode: Encode) -> Library:
    """A library that keeps every document."""
    library = Library(folder, encode)
    for path in sorted(FOLDER.iterdir()):
        if path.suffix in (".md", ".txt", ".html") and path.name != "README.md":
            for _ in library.add(path, NOW):
                pass
    return library


def remembering(encode: Encode) -> Encode:
    """The same encoder, which encodes each text once: the same sentences are weighed for many questions."""
    known: dict[str, NDArray[np.float32]] = {}

    def encoded(texts: list[str]) -> NDArray[np.float32]:
        new = list(dict.fromkeys(text for text in texts if text not in known))
        if new:
            known.update(zip(new, np.asarray(encode(new), np.float32), strict=True))
        return np.stack([known[text] for text in texts])

    return encoded


def questions() -> list[Mapping[str, Any]]:
    """Every row."""
    return [json.loads(line) for line in (FOLDER / "questions.jsonl").read_text(encoding="utf-8").splitlines()]


def gather(library: Library, encode: Encode) -> Iterator[Asked]:
    """The passages that are weighed for each question, with their features."""
    documents = library.all()
    names = {one.id: one.name for one in documents}
    for row in questions():
        named = titles.mentioned(row["question"], documents)
        only = named[0] if len(named) == 1 else None
        question = titles.without(row["question"], only) if only else row["question"]
        search = library._search
        weighed = search.weigh(question)
        matches = search.find(question, weighed, [one.id for one in named or documents], LOOKED_AT)
        passages = answering.passages_of(matches, weighed)
        table = answering.features(question, weighed, passages, names, encode)
        quotes = library.answer(row["question"]).quotes
        said = quotes[0].text if quotes else ""
        yield Asked(row["question"], row["answer"], row["part"], [text for text, _ in passages], table, said)


def fit(asked: Sequence[Asked]) -> NDArray[np.float64]:
    """Weights and, last, the constant, by Newton's method; each question counts the same."""
    tables = np.concatenate([np.column_stack([one.table, np.ones(len(one.table))]) for one in asked])
    right = np.concatenate([one.right for one in asked]).astype(float)
    share = np.concatenate([_shares(one) for one in asked])
    weights = np.zeros(tables.shape[1])
    ridge = np.diag([RIDGE] * (tables.shape[1] - 1) + [0.0]) * len(asked)
    for _ in range(30):
        chance = 1 / (1 + np.exp(-tables @ weights))
        slope = tables.T @ (share * (right - chance)) - ridge @ weights
        curve = (tables * (share * chance * (1 - chance))[:, None]).T @ tables + ridge
        weights += np.linalg.solve(curve, slope)
    return weights


def _shares(one: Asked) -> NDArray[np.float64]:
    """How much each passage counts: those that answer as much as all the others together."""
    right = one.right
    if not right.any():
        return np.full(len(right), 1 / max(len(right), 1))
    return np.where(right, 0.5 / right.sum(), 0.5 / max((~right).sum(), 1))


def measure(asked: Sequence[Asked]) -> dict[str, float]:
    """Shares: right of all, right and wrong of the answerable, left alone of the others."""
    answerable = [one for one in asked if one.answer is not None]
    others = [one for one in asked if one.answer is None]
    right = sum(bool(one.said) and one.answer in one.said for one in answerable if one.answer)
    quiet = sum(not one.said for one in answerable)
    alone = sum(not one.said for one in others)
    return {
        "right": (right + alone) / len(asked),
        "answered right": right / len(answerable),
        "answered wrong": (len(answerable) - right - quiet) / len(answerable),
        "left unanswered": quiet / len(answerable),
        "rightly left alone": alone / len(others),
    }


def show(asked: Sequence[Asked]) -> None:
    """Print what goes wrong."""
    for one in asked:
        if bool(one.said) != (one.answer is not None) or (one.answer or "") not in one.said:
            held = "" if one.answer is None or one.right.any() else " (its chunk was not found)"
            print(f"[{one.part}] {one.question} | wanted: {one.answer}{held} | said: {one.said}")


def main(arguments: list[str]) -> None:
    """Print the shares of each part."""
    parser = argparse.ArgumentParser(prog="antigone bench documents_answers")
    parser.add_argument("--fit", action="store_true", help="fit the weights and print them")
    parser.add_argument("--show", action="store_true", help="print what goes wrong")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    from assistant import models
    from encoders.text import SentenceEncoder

    encode = remembering(SentenceEncoder.load(models.files("minilm")).encode)
    with tempfile.TemporaryDirectory() as folder:
        library = fill(Path(folder), encode)
        asked = list(gather(library, encode))
        library.close()
    if options.fit:
        weights = [round(float(value), 2) for value in fit([one for one in asked if one.part == "fit"])]
        print(f"WEIGHTS = {tuple(weights[:-1])}; BIAS = {weights[-1]}")
    for part in ("fit", "test"):
        rows = [one for one in asked if one.part == part]
        found = measure(rows)
        for name, value in found.items():
            line = {"name": name, "suite": f"questions, part {part}", "value": round(value, 3), "n": len(rows)}
            print(json.dumps(line) if options.json else f"{part:<5} {name:<20} {value:>6.1%}  of {len(rows)}")
    if options.show:
        show(asked)

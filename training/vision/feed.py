"""Batches from cached features: which pictures, which question, which words, and what is done to the features.

A batch depends on the seed and its number alone, so a run that goes on sees what it would have seen.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from decoder.words import END, Words

IGNORED = -100
UNKNOWN = "something I do not know"
NOTHING = "nothing: "  # how an answer begins that names nothing
_QUESTIONS = {"fruit": "product"}
MIRRORED = ("fruit", "photo", "drawing")
_SMALLEST, _SIDE = 11, 17  # rows of the window of the map that a zoom keeps, and of the whole map
Row = dict[str, Any]


def question(row: Row) -> str:
    """What would be asked about a picture by somebody who knows its kind."""
    kind = _QUESTIONS.get(row["kind"], str(row["kind"]))
    return "what" if kind == "nothing" else kind


def target(row: Row, asked: str) -> str:
    """What should be said when this is asked about the picture: "KIND: NAME" when it isn't known what it shows."""
    if asked not in ("what", question(row)):
        return UNKNOWN
    answer = str(row.get("answer") or row["name"])
    if asked == "what":
        return f"{NOTHING}{answer}" if row["kind"] == "nothing" else f"{asked_kind(row)}: {row['name']}"
    return answer


def asked_kind(row: Row) -> str:
    """The word for a picture's kind that an answer begins with."""
    return "groceries" if question(row) == "product" else question(row)


@dataclass(frozen=True)
class Shard:
    """Features (pictures, views, channels, rows, columns) float16, on disk, and their rows: lower maps of the stem, or
    the maps that training.vision.maps made of them."""

    rows: list[Row]
    low: np.ndarray
    views: int
    weight: int = 1


def read_shard(folder: Path, split: str, weight: int = 1) -> Shard | None:
    """A folder that training.vision.features wrote, as far as it got; None without such a split."""
    if not (folder / f"{split}.npy").exists():
        return None
    rows = [json.loads(line) for line in (folder / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()]
    views = int((folder / f"{split}.done").read_text()) // len(rows)
    return Shard(rows, np.load(folder / f"{split}.npy", mmap_mode="r"), views, weight) if views else None


@dataclass(frozen=True)
class Batch:
    """Features (B, C, H, W), words with the question first (B, T), their targets (B, T), and the classes (B,)."""

    low_BCHW: Tensor
    tokens_BT: Tensor
    targets_BT: Tensor
    classes_B: Tensor

    def to(self, device: torch.device) -> "Batch":
        """The same on a device."""
        return Batch(*(part.to(device) for part in (self.low_BCHW, self.tokens_BT, self.targets_BT, self.classes_B)))


class Feed:
    """Endless batches of shuffled pictures."""

    def __init__(self, shards: Sequence[Shard], words: Words, classes: Sequence[str], batch: int, seed: int) -> None:
        self.shards, self.words, self.batch, self.seed = shards, words, batch, seed
        self._classes = {name: number for number, name in enumerate(classes)}
        self._items = np.array([
            (shard, index) for shard, found in enumerate(shards) for index in range(len(found.rows))
            for _ in range(found.weight)
        ])  # fmt: skip
        self._order: tuple[int, np.ndarray] = (-1, self._items)

    @property
    def steps(self) -> int:
        """Batches in which each picture comes once (weight times)."""
        return max(1, len(self._items) // self.batch)

    def __call__(self, step: int) -> Batch:
        """The batch of a step."""
        epoch, at = divmod(step, self.steps)
        if self._order[0] != epoch:
            self._order = epoch, np.random.default_rng((self.seed, epoch)).permutation(self._items)
        rng = np.random.default_rng((self.seed, 1, step))
        chosen = self._order[1][at * self.batch : (at + 1) * self.batch]
        rows, maps, texts = [], [], []
        for shard, index in chosen:
            row = self.shards[shard].rows[index]
            low = self.shards[shard].low[index, rng.integers(self.shards[shard].views)]
            rows.append(row)
            seen = torch.from_numpy(np.array(low)).float()
            maps.append(changed(seen, row["kind"] in MIRRORED, rng) if seen.shape[-1] == _SIDE else seen)
            texts.append(self._text(row, rng))
        tokens_BT, targets_BT = padded(texts)
        numbers = torch.tensor([self._classes.get(class_of(row), IGNORED) for row in rows])
        return Batch(torch.stack(maps), tokens_BT, targets_BT, numbers)

    def _text(self, row: Row, rng: np.random.Generator) -> list[int]:
        asked = question(row) if rng.random() < 0.5 else "what"
        if rng.random() < 0.03:
            asked = str(rng.choice(("icon", "product", "chart", "screen", "sign")))
        return [self.words.question(asked), *self.words.encode(target(row, asked)), END]


def class_of(row: Row) -> str:
    """The class of the helping head: kind and name."""
    return f"{question(row)} {row['name']}"


def changed(low_CHW: Tensor, mirrored: bool, rng: np.random.Generator) -> Tensor:
    """A map mirrored by chance and zoomed by chance into a window of it."""
    if mirrored and rng.random() < 0.5:
        low_CHW = low_CHW.flip(-1)
    if rng.random() < 0.5:
        height, width = rng.integers(_SMALLEST, _SIDE + 1, 2)
        top, left = rng.integers(0, _SIDE - height + 1), rng.integers(0, _SIDE - width + 1)
        window = low_CHW[None, :, top : top + height, left : left + width]
        low_CHW = functional.interpolate(window, (_SIDE, _SIDE), mode="bilinear", align_corners=False)[0]
    return low_CHW


def padded(texts: Sequence[list[int]]) -> tuple[Tensor, Tensor]:
    """Texts as inputs (B, T) and targets (B, T), which are the inputs' next words."""
    longest = max(map(len, texts)) - 1
    inputs = [text[:-1] + [END] * (longest - len(text) + 1) for text in texts]
    goals = [text[1:] + [IGNORED] * (longest - len(text) + 1) for text in texts]
    return torch.tensor(inputs), torch.tensor(goals)

"""How often the eyes are right, by group, and how sure they may be."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from decoder.eyes import MOST_WORDS
from decoder.words import END, Words
from encoders.hybrid import MAP, ZOOMS, zoomed
from training.vision.feed import Row, Shard, target
from training.vision.model import Eyes, StemTuner, class_of_rows

_BATCH = 16


@dataclass(frozen=True)
class Answer:
    """What was said of a picture, its probability before calibration, and whether it is right."""

    row: Row
    text: str
    probability: float
    right: bool


@torch.no_grad()
def stem_accuracy(
    model: StemTuner, shards: Sequence[Shard], classes: Sequence[str], most: int = 10**9
) -> dict[str, float]:
    """Share of at most so many pictures of each shard that the linear head names rightly, from the mean of their
    views' probabilities."""
    found = {}
    for shard in shards:
        shard = thinned(shard, most)
        goals, right = class_of_rows(shard.rows, classes), 0
        for start in range(0, len(shard.rows), _BATCH):
            low = seen(shard, start)
            scores = model.scores(low.flatten(0, 1)).softmax(-1).view(*low.shape[:2], -1).mean(1)
            right += int((scores.argmax(-1) == goals[start : start + _BATCH]).sum())
        found[shard.rows[0]["source"]] = right / len(shard.rows)
    return found


@torch.no_grad()
def answers(
    model: Eyes, words: Words, shard: Shard, asked: str = "what", temperature: float = 1.0, most: int = 10**9
) -> list[Answer]:
    """The likeliest word after word, for at most so many pictures, from the mean of their views' probabilities."""
    found: list[Answer] = []
    shard = thinned(shard, most)
    for start in range(0, len(shard.rows), _BATCH):
        low_BVCHW = seen(shard, start)
        batch, views = low_BVCHW.shape[:2]
        memory = model.decoder.remember(model.memory(low_BVCHW.flatten(0, 1)))
        tokens_BT = torch.full((batch, 1), words.question(asked))
        logs_B, open_B = torch.zeros(batch), torch.ones(batch, dtype=torch.bool)
        while bool(open_B.any()) and tokens_BT.shape[1] <= MOST_WORDS:
            logits = model.decoder(tokens_BT.repeat_interleave(views, 0), memory_cache=memory, last_only=True)[:, -1]
            chances_BV = (logits / temperature).softmax(-1).view(batch, views, -1).mean(1)
            best = chances_BV.max(-1)
            logs_B += torch.where(open_B, best.values.log(), 0.0)
            tokens_BT = torch.cat((tokens_BT, torch.where(open_B, best.indices, END)[:, None]), dim=1)
            open_B &= best.indices != END
        for row, tokens, log in zip(shard.rows[start:], tokens_BT.tolist(), logs_B.tolist(), strict=False):
            text = words.decode(tokens[1:])
            found.append(Answer(row, text, float(np.exp(log)), is_right(row, text, asked)))
    return found


def is_right(row: Row, text: str, asked: str = "what") -> bool:
    """Whether an answer names the thing, by its name or one that counts as well."""
    names = (row["name"], *row.get("also", ()))
    return text.lower() in {target({**row, "name": name}, asked).lower() for name in names}


def thinned(shard: Shard, most: int) -> Shard:
    """At most so many pictures of a shard, taken evenly."""
    step = -(-len(shard.rows) // most)
    return shard if step == 1 else Shard(shard.rows[::step], shard.low[::step], shard.views)


def seen(shard: Shard, start: int) -> Tensor:
    """Features (B, V, ...) float32 of some pictures in all their views; lower maps also from nearer, as the product
    looks at them."""
    found = torch.from_numpy(np.array(shard.low[start : start + _BATCH, : shard.views])).float()
    if found.shape[-1] != MAP:
        return found
    near = zoomed(found.flatten(0, 1)).unflatten(0, (len(ZOOMS), *found.shape[:2]))
    return near.movedim(0, 1).flatten(1, 2)


def by_group(found: Sequence[Answer]) -> dict[str, float]:
    """Share that is right of each source."""
    groups: dict[str, list[bool]] = {}
    for one in found:
        groups.setdefault(f"{one.row['kind']} {one.row['source']}", []).append(one.right)
    return {group: sum(right) / len(right) for group, right in groups.items()}

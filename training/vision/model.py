"""What is trained: first the stem's upper part with a linear head, then the eyes, encoder and decoder together."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from decoder.text import TextDecoder
from encoders.hybrid import CHANNELS, HybridViT
from training.vision.feed import IGNORED, Batch, Row, class_of

Mix = tuple[Tensor, float]
"""A permutation (B,) of the batch, and each picture's own share; the rest is the other's (Zhang et al., 2017)."""


class StemTuner(nn.Module):
    """The stem's upper part, with a linear head on the mean of its last map that names the classes."""

    def __init__(self, encoder: HybridViT, classes: int, *, smoothing: float = 0.1, drop: float = 0.2) -> None:
        super().__init__()
        self.blocks, self.head = encoder.blocks, encoder.head
        self.linear = nn.Linear(encoder.head.weight.shape[0], classes)
        nn.init.zeros_(self.linear.weight)
        self.drop, self.smoothing = nn.Dropout(drop), smoothing

    def scores(self, low_BCHW: Tensor) -> Tensor:
        """Scores (B, classes) of lower maps."""
        x = low_BCHW.contiguous(memory_format=torch.channels_last)
        for block in self.blocks:
            x = block(x)
        scores_BV: Tensor = self.linear(self.drop(self.head(x).mean(dim=(2, 3))))
        return scores_BV

    def forward(self, batch: Batch, mix: Mix | None = None) -> Tensor:
        """The mean loss."""
        scores_BV = self.scores(mixed(batch.low_BCHW, mix)).float()

        def loss(goals_B: Tensor) -> Tensor:
            return functional.cross_entropy(scores_BV, goals_B, ignore_index=IGNORED, label_smoothing=self.smoothing)

        if mix is None:
            return loss(batch.classes_B)
        return mix[1] * loss(batch.classes_B) + (1 - mix[1]) * loss(batch.classes_B[mix[0]])


class Eyes(nn.Module):
    """Maps, or pixels of a plain ViT, to the loss of the words that should be said about them.

    A linear head on the memory's first token helps the encoder learn; it isn't shipped.
    """

    def __init__(
        self, encoder: nn.Module, decoder: TextDecoder, width: int, classes: int, *, drop: float = 0.1,
        helping: float = 0.5,
    ) -> None:  # fmt: skip
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        self.helper = nn.Linear(width, max(1, classes))
        self.drop, self.helping = nn.Dropout(drop), helping

    def memory(self, seen: Tensor) -> Tensor:
        """The memory (B, S, D) of a lower map, of the maps that the hybrid ViT takes for pixels, or of pixels."""
        made: Any = self.encoder
        if isinstance(made, HybridViT) and seen.shape[1] == CHANNELS:
            made = made.vit
        memory_BSD: Tensor = made(seen)
        return memory_BSD

    def forward(self, batch: Batch, mix: Mix | None = None) -> Tensor:
        """The mean loss of a word, and the helping head's loss times `helping`."""
        memory_BSD = self.drop(self.memory(mixed(batch.low_BCHW, mix)))
        everyone = torch.arange(len(memory_BSD), device=memory_BSD.device)
        if mix is None:
            return self._loss(memory_BSD, batch, everyone)
        return mix[1] * self._loss(memory_BSD, batch, everyone) + (1 - mix[1]) * self._loss(memory_BSD, batch, mix[0])

    def _loss(self, memory_BSD: Tensor, batch: Batch, order_B: Tensor) -> Tensor:
        logits_BTV = self.decoder(batch.tokens_BT[order_B], memory_cache=self.decoder.remember(memory_BSD))
        goals_BT, classes_B = batch.targets_BT[order_B], batch.classes_B[order_B]
        loss = functional.cross_entropy(logits_BTV.flatten(0, 1).float(), goals_BT.flatten(), ignore_index=IGNORED)
        scores_BV = self.helper(memory_BSD[:, 0]).float()
        known = classes_B != IGNORED
        helping = functional.cross_entropy(scores_BV, classes_B, ignore_index=IGNORED, reduction="sum")
        return loss + self.helping * helping / known.sum().clamp_min(1)


def mixed(low_BCHW: Tensor, mix: Mix | None) -> Tensor:
    """Pictures mixed with others of their batch."""
    return low_BCHW if mix is None else mix[1] * low_BCHW + (1 - mix[1]) * low_BCHW[mix[0]]


def class_of_rows(rows: Sequence[Row], classes: Sequence[str]) -> Tensor:
    """The numbers of the rows' classes (n,); IGNORED for unknown ones."""
    numbers = {name: number for number, name in enumerate(classes)}
    return torch.tensor([numbers.get(class_of(row), IGNORED) for row in rows])

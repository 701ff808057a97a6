"""Choosing the next token from its logits."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Sampling:
    """How to choose: temperature 0 is greedy; `top_k` 0 and `top_p` 1 keep every token.

    Top-p keeps the smallest set of tokens whose probability reaches p (Holtzman et al. 2020). The same seed gives the
    same text.
    """

    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.temperature <= 100:
            raise ValueError(f"temperature: must be within 0 to 100, got {self.temperature}")
        if self.top_k < 0:
            raise ValueError(f"top_k: must not be negative, got {self.top_k}")
        if not 0 < self.top_p <= 1:
            raise ValueError(f"top_p: must be above 0 and at most 1, got {self.top_p}")


class Sampler:
    """Draws tokens as a `Sampling` says; holds the state of its own random numbers."""

    def __init__(self, sampling: Sampling) -> None:
        self.sampling = sampling
        self._random = torch.Generator().manual_seed(sampling.seed)

    def __call__(self, logits_V: Tensor) -> int:
        """The id chosen. Logits of minus infinity are never chosen; at least one must be finite."""
        sampling = self.sampling
        if sampling.temperature == 0:
            return int(logits_V.argmax())
        scaled_V = logits_V.float().cpu() / sampling.temperature
        if 0 < sampling.top_k < scaled_V.numel():
            least = scaled_V.topk(sampling.top_k).values[-1]
            scaled_V = scaled_V.masked_fill(scaled_V < least, -torch.inf)
        chances_V = torch.softmax(scaled_V, dim=-1)
        if sampling.top_p < 1:
            ordered_V, order_V = chances_V.sort(descending=True)
            beyond_V = ordered_V.cumsum(-1) - ordered_V >= sampling.top_p
            chances_V = chances_V.index_fill(0, order_V[beyond_V], 0.0)
        return int(torch.multinomial(chances_V, 1, generator=self._random))

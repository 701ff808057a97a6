"""Whom attention is measured against: SDPA's backends, flex_attention, the tutorial's. Part of `antigone bench gpu`."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from benchmarks.gpu_timing import Bench

Attention = Callable[[Tensor, Tensor, Tensor], Tensor]
BACKENDS = {
    "cuDNN SDPA": SDPBackend.CUDNN_ATTENTION,
    "Flash SDPA": SDPBackend.FLASH_ATTENTION,
    "efficient SDPA": SDPBackend.EFFICIENT_ATTENTION,
    "math SDPA": SDPBackend.MATH,
}
FAST = ("cuDNN SDPA", "Flash SDPA")


def sdpa(name: str, *, causal: bool = False) -> Attention:
    """One of SDPA's backends, and no other in its place. A memory of one row is shown to every row of the batch."""

    def attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        if key.shape[0] != query.shape[0]:
            key, value = (part.expand(query.shape[0], -1, -1, -1) for part in (key, value))
        with sdpa_kernel(BACKENDS[name]):
            grouped = query.shape[1] != key.shape[1]
            return F.scaled_dot_product_attention(query, key, value, is_causal=causal, enable_gqa=grouped)

    return attend


def flex(bench: Bench, query: Tensor, key: Tensor, *, causal: bool) -> Attention:
    """flex_attention, compiled for these shapes."""
    from torch.nn.attention.flex_attention import create_block_mask, flex_attention

    def later(batch: Tensor, head: Tensor, row: Tensor, column: Tensor) -> Tensor:
        return row >= column

    mask = None
    if causal:
        mask = create_block_mask(later, None, None, query.shape[2], key.shape[2], device=str(bench.device))
    compiled: Any = flex_attention if bench.dry else torch.compile(flex_attention, dynamic=False)
    grouped = query.shape[1] != key.shape[1]
    return lambda q, k, v: compiled(q, k, v, block_mask=mask, enable_gqa=grouped)


class Tutorial:
    """The tutorial's algorithm in the quickest of its configurations, found at the first call for each width."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._best: dict[tuple[int, bool], tuple[int, int, int, int]] = {}

    def __call__(self, *, causal: bool) -> Attention:
        """As SDPA; raises ValueError for what the algorithm isn't made for."""
        from benchmarks.gpu_tutorial import CONFIGURATIONS, attention

        tried = ((16, 16, 4, 1),) if self._bench.dry else CONFIGURATIONS

        def attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
            kind = (query.shape[3], causal)
            if kind not in self._best:
                times = {}
                for configuration in tried:
                    attention(query, key, value, causal, configuration)
                    runs = [
                        self._bench.once(lambda: attention(query, key, value, causal, configuration))  # noqa: B023
                        for _ in range(1 if self._bench.dry else 3)
                    ]
                    times[configuration] = min(runs)
                self._best[kind] = min(times, key=lambda configuration: times[configuration])
            return attention(query, key, value, causal, self._best[kind])

        return attend

"""Where the tokens of one step stand, and what self-attention sees from there."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from decoder.positions import window_mask
from kernels.cache import KeyValueCache, MemoryCache, MemoryView
from kernels.static_cache import StaticCache


@dataclass(frozen=True)
class Layout:
    """Tokens that don't simply follow each other: their positions (B, T) and which of past and new tokens each sees,
    bool (B, 1, T, past + T)."""

    places_BT: Tensor
    seen_B1TS: Tensor

    def to(self, device: torch.device) -> "Layout":
        """The same on a device."""
        return Layout(self.places_BT.to(device), self.seen_B1TS.to(device))


@dataclass(frozen=True)
class Sight:
    """What self-attention of one step sees, and cosine and sine of its positions."""

    bias: Tensor | None
    rotation: tuple[Tensor, Tensor] | None


@dataclass(frozen=True)
class Step:
    """Where the tokens of one step stand.

    Attributes:
        past: tokens before them, as far as the host knows.
        places: their positions: a slice, or (B, T) where rows differ or the device alone knows.
        columns: the same counted with a row's padding, so that they go with those of the past.
        bias: bool, which keys are real; None for all, or where `KeyValueCache.seen_B` says it.
        bound: no position reaches it; None where that isn't known without looking.
        keys: how many a static cache shows, whatever the past; None for past + T.
    """

    past: int
    places: slice | Tensor
    columns: slice | Tensor
    bias: Tensor | None
    bound: int | None
    keys: int | None = None

    def window(self, window: int) -> Tensor | None:
        """Which keys lie within a sliding window, see `window_mask`; None where it holds them all."""
        if self.keys is not None:
            assert isinstance(self.columns, Tensor)
            key_S = torch.arange(self.keys, device=self.columns.device)
            return (key_S > self.columns[:, :, None] - window)[:, None]
        if isinstance(self.columns, slice) and self.columns.stop <= window:
            return None
        return window_mask(self.columns, self.past, window)


def step_of(past: int, tokens: int, cache: KeyValueCache | None, layout: Layout | None) -> Step:
    """Where `tokens` new tokens after `past` stand."""
    if layout is not None:
        return Step(past, layout.places_BT, layout.places_BT, layout.seen_B1TS, None)
    padding_B = None if cache is None else cache.padding_B
    if isinstance(cache, StaticCache):
        columns_BT, bias = cache.places_BT(tokens), None
        if padding_B is None:
            return Step(0, columns_BT, columns_BT, None, cache.capacity, cache.capacity)
        bias = _real(cache.capacity, padding_B)
        places_BT = (columns_BT - padding_B[:, None]).clamp_min(0)
        return Step(0, places_BT, columns_BT, bias, cache.capacity, cache.capacity)
    columns = slice(past, past + tokens)
    if padding_B is None:
        return Step(past, columns, columns, None, columns.stop)
    whole_S = torch.arange(columns.stop, device=padding_B.device)
    places_BT = (whole_S[past:] - padding_B[:, None]).clamp_min(0)
    return Step(past, places_BT, columns, _real(columns.stop, padding_B), columns.stop)


def of_layer(
    kept: Mapping[str, MemoryCache], views: Mapping[str, MemoryView], index: int
) -> dict[str, tuple[tuple[Tensor, Tensor], MemoryView]]:
    """A layer's own keys and values of each memory."""
    pairs = ((kind, memory.layers[index]) for kind, memory in kept.items())
    return {kind: (pair, views[kind]) for kind, pair in pairs if pair is not None}


def _real(keys: int, padding_B: Tensor) -> Tensor:
    """Which keys are no padding, bool (B, 1, 1, S)."""
    return (torch.arange(keys, device=padding_B.device) >= padding_B[:, None])[:, None, None]

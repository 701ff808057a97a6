"""What a decoder remembers between steps: its own past tokens, and the memory it cross-attends to."""

import math
import mmap
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


class KeyValueCache:
    """Keys and values of past tokens for every layer, allocated once: each (layers, B, G, capacity, D).

    `padding_B`, if set, is the number of padding tokens at the start of each row (rows of different length are padded
    on the left); they are never attended to and take no position.
    """

    def __init__(
        self, layers: int, batch: int, heads: int, capacity: int, head_width: int, *,
        dtype: torch.dtype = torch.float32, device: torch.device | str = "cpu", padding_B: Tensor | None = None,
    ) -> None:  # fmt: skip
        if batch <= 0 or capacity <= 0:
            raise ValueError(f"capacity: batch {batch} and capacity {capacity} must be above 0")
        shape = (layers, batch, heads, capacity, head_width)
        self.keys, self.values = (_zeros(shape, dtype, device) for _ in range(2))
        self.length = 0
        self.padding_B = padding_B

    @property
    def batch(self) -> int:
        """Rows of the batch."""
        return self.keys.shape[1]

    @property
    def capacity(self) -> int:
        """Tokens that fit."""
        return self.keys.shape[3]

    @property
    def place(self) -> int | Tensor | None:
        """Where the next token goes; (B,) where the device alone knows, None where tokens don't follow each other."""
        return self.length

    def store(self, layer: int, key_BGTD: Tensor, value_BGTD: Tensor) -> tuple[Tensor, Tensor]:
        """Put the new tokens after the past ones and return all, in the new ones' dtype: (B, G, length + T, D) each.

        The length grows only by `advance`, once every layer has stored.
        """
        end = self.length + key_BGTD.shape[2]
        if end > self.capacity:
            raise ValueError(f"capacity: {end} tokens do not fit a cache of {self.capacity}")
        if key_BGTD.shape[0] != self.batch:
            raise ValueError(f"key: batch {key_BGTD.shape[0]} is not the cache's {self.batch}")
        keys, values = self.keys[layer], self.values[layer]
        keys[:, :, self.length : end] = key_BGTD
        values[:, :, self.length : end] = value_BGTD
        return self.kept(layer, key_BGTD.shape[2], key_BGTD.dtype)

    def kept(self, layer: int, tokens: int, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """What `store` returns once so many new tokens are stored."""
        end = self.length + tokens
        return self.keys[layer][:, :, :end].to(dtype), self.values[layer][:, :, :end].to(dtype)

    def advance(self, tokens: int) -> None:
        """Count `tokens` more as past."""
        self.length += tokens

    def seen_B(self, tokens: int) -> Tensor | None:
        """How many of the keys that `store` returns are real, where that isn't all of them (static_cache.py)."""
        return None

    def truncate(self, length: int) -> None:
        """Forget every token from position `length` on."""
        if not 0 <= length <= self.length:
            raise ValueError(f"length: {length} is not within 0 to {self.length}")
        self.length = length

    def snapshot(self, length: int) -> tuple[Tensor, Tensor]:
        """Keys and values of the first `length` tokens of a cache of one row, copies (layers, G, length, D) each."""
        if self.batch != 1 or not 0 < length <= self.length:
            raise ValueError(f"length: {length} is not within 1 to {self.length} of one row")
        return self.keys[:, 0, :, :length].clone(), self.values[:, 0, :, :length].clone()

    def restore(self, keys_LGTD: Tensor, values_LGTD: Tensor) -> None:
        """Become what a cache of one row was when its `snapshot` was taken; what it held is forgotten."""
        layers, batch, heads, capacity, width = self.keys.shape
        tokens = keys_LGTD.shape[2] if keys_LGTD.dim() == 4 else 0
        want = (layers, heads, tokens, width)
        if batch != 1 or keys_LGTD.shape != want or values_LGTD.shape != want or not 0 < tokens <= capacity:
            raise ValueError(f"keys: {tuple(keys_LGTD.shape)} does not fit {(layers, heads, capacity, width)}")
        self.keys[:, 0, :, :tokens], self.values[:, 0, :, :tokens] = keys_LGTD, values_LGTD
        self.length = tokens

    def reorder(self, rows_B: Tensor) -> None:
        """Row i becomes what row `rows_B[i]` was (beam search); the batch keeps its size."""
        if rows_B.shape != (self.batch,):
            raise ValueError(f"rows: expected ({self.batch},), got {tuple(rows_B.shape)}")
        for store in (self.keys, self.values):
            store[:, :, :, : self.length] = store[:, rows_B, :, : self.length]
        if self.padding_B is not None:
            self.padding_B = self.padding_B[rows_B]

    def repeat(self, rows: int, capacity: int | None = None) -> "KeyValueCache":
        """A new cache in which a batch of one is repeated `rows` times (many continuations of one prompt)."""
        if self.batch != 1:
            raise ValueError(f"rows: only a cache of one row can be repeated, this has {self.batch}")
        layers, _, heads, _, width = self.keys.shape
        new = KeyValueCache(
            layers, rows, heads, capacity or self.capacity, width, dtype=self.keys.dtype, device=self.keys.device
        )
        new.keys[:, :, :, : self.length] = self.keys[:, :, :, : self.length]
        new.values[:, :, :, : self.length] = self.values[:, :, :, : self.length]
        new.length = self.length
        return new


@dataclass(frozen=True)
class MemoryView:
    """What the tokens of one step see of a memory; the same for every layer.

    Attributes:
        lengths_B: how many memory tokens of each row are real; None for all, or where `bias` says it.
        bias: bool (B or 1, 1, T, S), which memory token each token sees; None for all.
        sighted_BT1: False for a token that sees nothing; None where every token sees something.
        real_BS: with `bias`, which memory tokens are real; None for all.
    """

    lengths_B: Tensor | None = None
    bias: Tensor | None = None
    sighted_BT1: Tensor | None = None
    real_BS: Tensor | None = None


def _zeros(shape: tuple[int, ...], dtype: torch.dtype, device: torch.device | str) -> Tensor:
    """Zeros that take memory only where something is stored: torch would write to every page of the capacity."""
    if torch.device(device).type != "cpu":
        return torch.zeros(shape, dtype=dtype, device=device)
    size = max(1, math.prod(shape) * dtype.itemsize)
    private = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}
    pages = mmap.mmap(-1, size, **private)  # not malloc's, which wipes memory that was used before
    return torch.frombuffer(pages, dtype=dtype, count=math.prod(shape)).view(shape)


@dataclass(frozen=True)
class MemoryCache:
    """Cross-attention's keys and values (B, G, S, D) of one memory, a pair for each layer that attends to it (None
    elsewhere).

    A memory of one row serves any batch.

    Attributes:
        lengths_B: the number of valid memory tokens in each row, None for all; 0 for a row without such a memory.
        seen_BTS: bool, which memory tokens the text's token at each place sees, None for all. A place behind the last
            sees what that one saw.
    """

    layers: tuple[tuple[Tensor, Tensor] | None, ...]
    lengths_B: Tensor | None = None
    seen_BTS: Tensor | None = None

    def view(self, places: slice | Tensor) -> MemoryView:
        """What tokens at these places, a slice or (B, T), see."""
        if self.seen_BTS is None:
            if self.lengths_B is None:
                return MemoryView()
            return MemoryView(self.lengths_B, None, (self.lengths_B > 0)[:, None, None])
        last = self.seen_BTS.shape[1] - 1
        if isinstance(places, slice):
            at_T = torch.arange(places.start, places.stop, device=self.seen_BTS.device).clamp_max(last)
            seen_BTS = self.seen_BTS[:, at_T]
        else:
            rows_B1 = torch.arange(places.shape[0], device=places.device)[:, None]
            seen_BTS = self.seen_BTS.expand(places.shape[0], -1, -1)[rows_B1, places.clamp_max(last)]
        real_BS: Tensor | None = None
        if self.lengths_B is not None:
            real_BS = torch.arange(seen_BTS.shape[2], device=seen_BTS.device) < self.lengths_B[:, None]
            seen_BTS = seen_BTS & real_BS[:, None]
        return MemoryView(None, seen_BTS[:, None], seen_BTS.any(-1, keepdim=True), real_BS)

    def repeat(self, times: int) -> "MemoryCache":
        """Each row `times` times in a row (beams of one utterance lie side by side)."""
        return self._each(lambda tensor: tensor.repeat_interleave(times, 0))

    def select(self, rows_B: Tensor) -> "MemoryCache":
        """Only the rows named, in that order."""
        return self._each(lambda tensor: tensor[rows_B])

    def _each(self, change: Callable[[Tensor], Tensor]) -> "MemoryCache":
        """Change every tensor of several rows; one row serves all as it is."""

        def rows(tensor: Tensor) -> Tensor:
            return tensor if tensor.shape[0] == 1 else change(tensor)

        pairs = tuple(None if pair is None else (rows(pair[0]), rows(pair[1])) for pair in self.layers)
        rest = (None if tensor is None else rows(tensor) for tensor in (self.lengths_B, self.seen_BTS))
        return MemoryCache(pairs, *rest)

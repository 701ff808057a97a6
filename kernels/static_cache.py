"""A cache whose length stands on the device, so that one step can be recorded once and replayed at every length.

prompt ──► KeyValueCache: the host knows the length, slices grow
                │ same storage
steps  ──► StaticCache: shapes never change, attention is told by a tensor how much of the capacity is real
"""

import torch
from torch import Tensor

from kernels.cache import KeyValueCache


class StaticCache(KeyValueCache):
    """A view of a KeyValueCache for steps of one shape: the same keys and values, written and read without a word
    between host and device.

    `length` says nothing here, `length_B` does: int64 (B,), past tokens of each row, padding counted. Who replays a
    step counts on the host by the cache that is viewed, and sees there that the tokens fit.
    """

    def __init__(self, cache: KeyValueCache) -> None:
        """View `cache`, beginning at its length."""
        self.keys, self.values, self.padding_B = cache.keys, cache.values, cache.padding_B
        self.length = 0
        self.length_B = torch.full((cache.batch,), cache.length, dtype=torch.int64, device=cache.keys.device)
        self._seen: tuple[int, Tensor] | None = None  # of the step at hand, the same for all its layers

    def store(self, layer: int, key_BGTD: Tensor, value_BGTD: Tensor) -> tuple[Tensor, Tensor]:
        """Put the new tokens after the past ones; the whole capacity, (B, G, capacity, D) each.

        What lies behind `seen_B` is not real. Raises ValueError where shape or dtype don't fit.
        """
        if key_BGTD.shape[0] != self.batch:
            raise ValueError(f"key: batch {key_BGTD.shape[0]} is not the cache's {self.batch}")
        keys, values = self.keys[layer], self.values[layer]
        if key_BGTD.dtype != keys.dtype:
            raise ValueError(f"key: {key_BGTD.dtype} is not the cache's {keys.dtype}")
        places_BT = self.places_BT(key_BGTD.shape[2])
        index_BGTD = places_BT[:, None, :, None].expand(key_BGTD.shape)
        keys.scatter_(2, index_BGTD, key_BGTD)
        values.scatter_(2, index_BGTD, value_BGTD)
        return keys, values

    @property
    def place(self) -> Tensor:
        """Where each row's next token goes, (B,)."""
        return self.length_B

    def kept(self, layer: int, tokens: int, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """The whole capacity, as `store` returns it."""
        return self.keys[layer].to(dtype), self.values[layer].to(dtype)

    def places_BT(self, tokens: int) -> Tensor:
        """Where so many new tokens go, counted with a row's padding."""
        return self.length_B[:, None] + torch.arange(tokens, device=self.length_B.device)

    def seen_B(self, tokens: int) -> Tensor:
        """How many keys of each row are real once so many new tokens are stored."""
        if self._seen is None or self._seen[0] != tokens:
            self._seen = tokens, self.length_B + tokens
        return self._seen[1]

    def advance(self, tokens: int) -> None:
        """Count `tokens` more as past, on the device."""
        self.length_B.add_(tokens)
        self._seen = None

    def set_length(self, length: int) -> None:
        """Begin at this length."""
        self.length_B.fill_(length)
        self._seen = None

    def truncate(self, length: int) -> None:
        """As `set_length`: what lies behind is written over."""
        self.set_length(length)

    def snapshot(self, length: int) -> tuple[Tensor, Tensor]:
        """Not of a view. Raises ValueError."""
        raise ValueError("cache: take the snapshot of the cache that is viewed")

    def restore(self, keys_LGTD: Tensor, values_LGTD: Tensor) -> None:
        """Not of a view. Raises ValueError."""
        raise ValueError("cache: restore the cache that is viewed")

    def reorder(self, rows_B: Tensor) -> None:
        """Not of a view. Raises ValueError."""
        raise ValueError("cache: reorder the cache that is viewed")

    def repeat(self, rows: int, capacity: int | None = None) -> KeyValueCache:
        """Not of a view. Raises ValueError."""
        raise ValueError("cache: repeat the cache that is viewed")

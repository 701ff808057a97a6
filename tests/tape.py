"""Records a decoder's step as a CUDA graph does, on a processor: addresses and numbers, not Python.

While a tape records, every operation is noted with the very tensors it read and wrote. Replaying does the operations
again on the same tensors, into the same outputs. What a graph can't hold fails here too: an operation that waits for
the device, or hands it numbers of the host, and what Python would have done otherwise the second time is not done.
"""

from collections.abc import Callable
from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

_WAITS = ("item", "_local_scalar_dense", "equal", "nonzero", "is_nonzero", "unique", "masked_select")


class Tape(TorchDispatchMode):
    """A recorder for decoder.graphs.Steps; `taken` counts recordings, `played` replays."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = self.played = 0
        self._notes: list[tuple[Any, Any, Any, Any]] = []

    def record(self, work: Callable[[], None], prepare: Callable[[], None]) -> Callable[[], None]:
        for _ in range(2):
            prepare()
            work()
        prepare()
        notes: list[tuple[Any, Any, Any, Any]] = []
        self._notes = notes
        with self:
            work()
        self.taken += 1

        def play() -> None:
            self.played += 1
            for function, arguments, options, kept in notes:
                out = function(*arguments, **options)
                for old, new in zip(tree_flatten(kept)[0], tree_flatten(out)[0], strict=True):
                    if isinstance(old, Tensor) and old.data_ptr() != new.data_ptr():
                        old.copy_(new)

        return play

    def __torch_dispatch__(self, function: Any, types: Any, arguments: Any = (), options: Any = None) -> Any:
        options = options or {}
        name = function.name().partition("::")[2].partition(".")[0]
        if name in _WAITS:
            raise RuntimeError(f"{name} waits for the device")
        out = function(*arguments, **options)
        self._notes.append((function, arguments, options, tree_map(lambda it: it, out)))
        return out

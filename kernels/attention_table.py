"""Sizes of attention's tiles, by chip, pass, width of a head and dtype: chosen once, nothing is tuned at run time.

Picked from what each configuration takes of an H100 once compiled (registers, no spills, shared memory, how many blocks
share a multiprocessor); `python -P -m kernels.ahead attention_ahead` prints that for every row.
"""

from dataclasses import dataclass
from typing import Literal

import torch

Pass = Literal["forward", "forward_hopper", "backward_keys", "backward_queries"]


@dataclass(frozen=True)
class Tiles:
    """One launch: rows of queries and keys in a tile, warps of a program, stages of the pipeline of loads."""

    queries: int
    keys: int
    warps: int
    stages: int


@dataclass(frozen=True)
class Parts:
    """A head's width as two powers of two, each at least 16 (the matrix unit's depth); `rest` is 0 where one does.

    72 is 64 + 16 (8 columns of zeros), 80 is 64 + 16, 88 is 64 + 32 (8 of zeros), 96 is 64 + 32; 104 and 120 would take
    as much in two parts as in one, so they are one of 128.
    """

    lead: int
    rest: int
    exact: bool

    @classmethod
    def of(cls, width: int) -> "Parts":
        """The parts of a width of 1 to 256."""
        lead = max(16, 1 << (width.bit_length() - 1))
        if lead >= width:
            return cls(lead, 0, lead == width)
        rest = max(16, 1 << (width - lead - 1).bit_length())
        if rest == lead:
            return cls(2 * lead, 0, 2 * lead == width)
        return cls(lead, rest, lead + rest == width)


def copies_blocks(capability: int) -> bool:
    """Whether a chip has Hopper's copy engine and its 227 KB of shared memory a block: 90 to 110. Those of 120 on
    (GeForce RTX 50) have 99 KB, as 86 and 89."""
    return 90 <= capability < 120


def tiles(kind: Pass, width: int, dtype: torch.dtype, capability: int, tokens: int) -> Tiles:
    """The tiles for a compute capability (90: H100; 80: A100, RTX 50 and whatever has no row of its own).

    Up to 64 query tokens take a tile of 16 or 64, else most of it would be empty; not one of 32 too, since each size is
    a kernel of its own to compile.
    """
    table = _HOPPER if copies_blocks(capability) else _AMPERE
    if dtype in (torch.float32, torch.float64):
        table = _SINGLE
    row = next(tiles for widest, tiles in table[kind] if width <= widest)
    few = 16 if tokens <= 16 and kind != "forward_hopper" else 64  # Hopper's matrix unit takes 64 rows
    if kind == "backward_keys" or tokens > 64 or few >= row.queries:
        return row
    return Tiles(few, row.keys, min(row.warps, 4), row.stages)


_Table = dict[Pass, tuple[tuple[int, Tiles], ...]]

_HOPPER: _Table = {
    "forward_hopper": (
        (96, Tiles(128, 64, 4, 3)),
        (128, Tiles(128, 64, 4, 2)),
        (256, Tiles(128, 64, 8, 2)),
    ),
    "forward": ((64, Tiles(128, 64, 4, 3)), (128, Tiles(128, 64, 8, 3)), (256, Tiles(128, 64, 8, 2))),
    "backward_keys": ((64, Tiles(64, 64, 4, 2)), (128, Tiles(64, 128, 8, 2)), (256, Tiles(32, 64, 8, 1))),
    "backward_queries": ((128, Tiles(128, 64, 8, 2)), (256, Tiles(64, 32, 8, 1))),
}
_AMPERE: _Table = {
    "forward": ((64, Tiles(128, 64, 4, 3)), (128, Tiles(128, 32, 8, 2)), (256, Tiles(64, 32, 8, 2))),
    "backward_keys": ((64, Tiles(64, 64, 4, 2)), (128, Tiles(32, 64, 8, 2)), (256, Tiles(32, 32, 8, 1))),
    "backward_queries": ((64, Tiles(64, 64, 4, 2)), (128, Tiles(64, 32, 8, 2)), (256, Tiles(32, 32, 8, 1))),
}
_SINGLE: _Table = {
    "forward": ((64, Tiles(64, 32, 4, 2)), (128, Tiles(32, 32, 8, 1)), (256, Tiles(16, 16, 8, 1))),
    "backward_keys": ((64, Tiles(32, 32, 4, 2)), (128, Tiles(16, 32, 8, 1)), (256, Tiles(16, 16, 8, 1))),
    "backward_queries": ((64, Tiles(32, 32, 4, 2)), (128, Tiles(32, 16, 8, 1)), (256, Tiles(16, 16, 8, 1))),
}

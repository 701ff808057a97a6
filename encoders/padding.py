"""A window that ends in padding, for little more than the price of its sound.

Whisper reads 30 s at a time (Radford et al. 2022) and its weights want to see the padding too. But what the padding
becomes in every layer depends mostly on its position and only a little, and smoothly, on what was said. So it is kept
from one window, and for another one only some of its rows are computed:

- those next to the sound, and the landmarks: the few positions that all others look at (Xiao et al. 2023 call them
  attention sinks), found by the attention they drew when the padding was kept;
- nodes spread evenly over the rest; how far they moved, interpolated, corrects the rows between them.

What the sounding rows become differs from a full computation by 0.1 to 1 percent (tiny.en, base).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from kernels.layers import KeyValueCache

MARGIN = 24  # positions after the sound that are computed with it: half a second
NODES = 32
LANDMARKS = 64


@dataclass(frozen=True)
class Padding:
    """What the padding at the end of a window becomes in every layer, from a window whose beginning was speech.

    Attributes:
        keys, values: (layers, 1, heads, positions, head width); the padding's are those from `sounding` on.
        memory_1FD: the encoder's output (1, positions, width).
        drawn_F: the largest share of attention that each position drew from the sound, over layers and heads.
        sounding: positions at the beginning that weren't padding.
    """

    keys: Tensor
    values: Tensor
    memory_1FD: Tensor
    drawn_F: Tensor
    sounding: int


@dataclass(frozen=True)
class Plan:
    """Which rows of a window are computed, and how the others follow from them.

    Attributes:
        own: rows at the beginning, all computed.
        nodes_N, landmarks_L: positions beyond them that are computed.
        blend_RN: how much of each node's movement each row after `own` takes over.
    """

    own: int
    nodes_N: Tensor
    landmarks_L: Tensor
    blend_RN: Tensor

    def fill(self, rows_BGRD: Tensor, kept_BGFD: Tensor) -> Tensor:
        """All positions (B, G, F, D) from the computed rows (own, nodes, landmarks in this order) and those kept."""
        nodes = self.own + len(self.nodes_N)
        moved_BGND = rows_BGRD[:, :, self.own : nodes] - kept_BGFD[:, :, self.nodes_N]
        whole = torch.empty_like(kept_BGFD)
        whole[:, :, : self.own] = rows_BGRD[:, :, : self.own]
        torch.add(kept_BGFD[:, :, self.own :], self.blend_RN @ moved_BGND, out=whole[:, :, self.own :])
        whole[:, :, self.landmarks_L] = rows_BGRD[:, :, nodes:]
        return whole


def plan(sounding: int, padding: Padding) -> Plan:
    """What to compute for a window of which `sounding` positions are no padding."""
    positions = len(padding.drawn_F)
    own = min(positions, max(padding.sounding, sounding) + MARGIN)
    rest = positions - own
    landmarks_L = own + padding.drawn_F[own:].topk(min(LANDMARKS, rest)).indices.sort().values
    free_R = torch.ones(rest, dtype=torch.bool)
    free_R[landmarks_L - own] = False
    even = ((torch.arange(min(NODES, rest)) + 0.5) * (rest / max(1, min(NODES, rest)))).long()
    nodes_N = even[free_R[even]]
    return Plan(own, own + nodes_N, landmarks_L, _between(nodes_N, rest))


def _between(nodes_N: Tensor, rest: int) -> Tensor:
    """Linear interpolation (R, N) from values at the nodes to every place; the ends continue flat."""
    blend_RN = torch.zeros(rest, len(nodes_N))
    if len(nodes_N) < 2:
        return blend_RN + 1.0 if len(nodes_N) else blend_RN
    places = torch.arange(rest)
    right = torch.searchsorted(nodes_N, places).clamp(1, len(nodes_N) - 1)
    before, after = nodes_N[right - 1], nodes_N[right]
    share = ((places - before) / (after - before)).clamp(0, 1)
    blend_RN[places, right - 1] = 1 - share
    blend_RN[places, right] = share
    return blend_RN


class FilledCache(KeyValueCache):
    """In the place of a cache of past tokens: gives the computed rows the whole window's keys and values to see."""

    def __init__(self, plan: Plan, padding: Padding) -> None:
        self.keys, self.values, self.length, self.padding_B = padding.keys, padding.values, 0, None
        self._plan = plan

    @property
    def place(self) -> None:
        """Nowhere: what is computed is spread over the window."""
        return

    def store(self, layer: int, key_BGTD: Tensor, value_BGTD: Tensor) -> tuple[Tensor, Tensor]:
        """(1, G, positions, D) each."""
        return self._plan.fill(key_BGTD, self.keys[layer]), self._plan.fill(value_BGTD, self.values[layer])

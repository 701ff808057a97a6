"""Attention to what was seen or heard: a memory whose keys and values are computed once."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from kernels import dispatch
from kernels.cache import MemoryView
from kernels.parts import LayerConfig, Linear, Norm


@dataclass(frozen=True)
class MemoryConfig:
    """One kind of memory that a stack of layers attends to.

    Attributes:
        kind: its name, such as "vision" or "audio".
        layers: numbers of the layers that attend to it.
        width: of the memory; the stack's own when None.
        gated: what is added is multiplied by tanh of a gate that begins at zero, so that nothing changes until it is
            trained (Alayrac et al. 2022).
        alone: those layers have no self-attention; they are passed over where there is no such memory, and their
            feed-forward is gated too and left out for tokens that see none of it (Llama-3.2-Vision).
        query_key_norm: queries and keys are normed.
        blind_attends: a token whose mask lets it see nothing attends to all that is real, as Llama-3.2-Vision's does in
            transformers; otherwise it is given nothing.
    """

    kind: str
    layers: tuple[int, ...]
    width: int | None = None
    gated: bool = False
    alone: bool = False
    query_key_norm: bool = False
    blind_attends: bool = False

    def __post_init__(self) -> None:
        if not self.kind.isidentifier():
            raise ValueError(f"kind: {self.kind!r} is not a name")
        if self.width is not None and self.width <= 0:
            raise ValueError(f"width: must be above 0, got {self.width}")
        if self.alone and not self.gated:
            raise ValueError("alone: such layers are gated")


class CrossAttention(nn.Module):
    """Attention of tokens to a memory whose keys and values are computed once by `remember`."""

    def __init__(self, config: LayerConfig, *, width: int | None = None, query_key_norm: bool = False) -> None:
        """`width` is the memory's, the layer's own when left out."""
        super().__init__()
        self.heads, self.groups, self.head, self.scale = (
            config.heads,
            config.groups,
            config.head,
            config.attention_scale,
        )
        self.query = Linear(config.width, config.heads * config.head, bias=config.attention_bias)
        self.key_value = Linear(width or config.width, 2 * config.groups * config.head, bias=config.attention_bias)
        self.out = Linear(config.heads * config.head, config.width, bias=config.output_bias)
        normed = query_key_norm or config.query_key_norm
        self.query_norm = Norm(config.head, "rms", config.norm_eps) if normed else None
        self.key_norm = Norm(config.head, "rms", config.norm_eps) if normed else None

    def remember(self, memory_BSD: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values of a memory, (B, G, S, D) each, contiguous for the many reads to come."""
        batch, tokens, _ = memory_BSD.shape
        both = self.key_value(memory_BSD).view(batch, tokens, 2 * self.groups, self.head).transpose(1, 2)
        key, value = both.split(self.groups, dim=1)
        if self.key_norm is not None:
            key = self.key_norm(key)
        return key.contiguous(), value.contiguous()

    def forward(
        self, x_BTD: Tensor, memory: tuple[Tensor, Tensor], lengths_B: Tensor | None = None, bias: Tensor | None = None
    ) -> Tensor:
        """(B, T, D) to (B, T, D).

        A memory of one row serves the whole batch and is never copied.

        Args:
            memory: from `remember`.
            lengths_B: how many memory tokens of each row are real.
            bias: bool (B or 1, 1, T, S), which memory token each token sees.
        """
        batch, tokens, _ = x_BTD.shape
        query = self.query(x_BTD).view(batch, tokens, self.heads, self.head).transpose(1, 2)
        if self.query_norm is not None:
            query = self.query_norm(query)
        key, value = memory
        if lengths_B is not None and lengths_B.shape[0] != batch and key.shape[0] != 1:
            lengths_B = lengths_B.expand(batch)
        out = dispatch.attention(query, key, value, lengths_B=lengths_B, bias=bias, scale=self.scale)
        return self.out(out.transpose(1, 2).reshape(batch, tokens, -1))


class MemoryAttention(CrossAttention):
    """Cross-attention to one kind of memory as a part of a layer: with its norm, and its gate where it is gated."""

    def __init__(self, config: LayerConfig, memory: MemoryConfig) -> None:
        super().__init__(config, width=memory.width, query_key_norm=memory.query_key_norm)
        self.norm_first, self.blind_attends = config.norm_first, memory.blind_attends
        self.norm = Norm(config.width, config.norm, config.norm_eps)
        self.gate = nn.Parameter(torch.zeros(1)) if memory.gated else None

    def add(
        self, x_BTD: Tensor, branch_BTD: Tensor | None, memory: tuple[Tensor, Tensor], view: MemoryView
    ) -> tuple[Tensor, Tensor | None]:
        """The stream x + branch, (B, T, D), with what its tokens took from the memory, in the same two parts."""
        if self.norm_first:
            x_BTD, inner = self.norm.add(x_BTD, branch_BTD)
        else:
            x_BTD = inner = x_BTD if branch_BTD is None else x_BTD + branch_BTD
        inner = self(inner, memory, view.lengths_B, self._bias(view))
        if view.sighted_BT1 is not None and not self.blind_attends:
            inner = inner.masked_fill(~view.sighted_BT1, 0.0)  # what sees nothing gets no output bias either
        inner = inner if self.gate is None else inner * torch.tanh(self.gate)
        return (x_BTD, inner) if self.norm_first else (self.norm.add(x_BTD, inner)[1], None)

    def _bias(self, view: MemoryView) -> Tensor | None:
        if view.bias is None or view.sighted_BT1 is None or not self.blind_attends:
            return view.bias
        blind_B1T1 = ~view.sighted_BT1[:, None]
        if view.real_BS is not None:
            blind_B1T1 = blind_B1T1 & view.real_BS[:, None, None]
        return view.bias | blind_B1T1

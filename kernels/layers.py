"""Attention, feed-forward, block and caches: the bricks of every encoder and decoder, built on the door in dispatch.py.

Self-attention holds query, key and value as one fused matrix, a gated feed-forward holds gate and up as one: fewer,
larger matmuls. Checkpoint tables concatenate accordingly; a projection without bias beside ones with bias gets zeros.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from kernels import dispatch
from kernels.cache import KeyValueCache, MemoryCache
from kernels.reference import Activation

__all__ = [
    "Attention", "Block", "CrossAttention", "Embedding", "FeedForward", "KeyValueCache", "LayerConfig", "Linear",
    "MemoryCache", "Norm", "uninitialised",
]  # fmt: skip


_bare: ContextVar[bool] = ContextVar("uninitialised", default=False)


@dataclass(frozen=True)
class LayerConfig:
    """Shape of one transformer layer. `hidden` is the feed-forward's inner width; `memory_width` is cross-attention's
    input."""

    width: int
    heads: int
    hidden: int
    key_value_heads: int | None = None
    head_width: int | None = None
    norm: Literal["layer", "rms"] = "layer"
    norm_eps: float = 1e-5
    norm_first: bool = True
    activation: Activation = "gelu"
    gated: bool = False
    attention_bias: bool = True
    output_bias: bool = True
    mlp_bias: bool = True
    query_key_norm: bool = False
    rope_interleaved: bool = False
    memory_width: int | None = None
    cross_gated: bool = False

    def __post_init__(self) -> None:
        for name in ("width", "heads", "hidden"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name}: must be above 0, got {getattr(self, name)}")
        if self.heads % self.groups:
            raise ValueError(f"key_value_heads: {self.groups} does not divide heads {self.heads}")
        if self.head_width is None and self.width % self.heads:
            raise ValueError(f"heads: {self.heads} does not divide width {self.width}")

    @property
    def groups(self) -> int:
        """Number of key-value heads."""
        return self.heads if self.key_value_heads is None else self.key_value_heads

    @property
    def head(self) -> int:
        """Width of one head."""
        return self.width // self.heads if self.head_width is None else self.head_width


@contextmanager
def uninitialised() -> Iterator[None]:
    """Layers made inside leave their weights unset: for models about to be filled from a checkpoint.

    (PyTorch's own way, the meta device, imports its compiler, which costs seconds.)
    """
    token = _bare.set(True)
    try:
        yield
    finally:
        _bare.reset(token)


class Linear(nn.Linear):
    """nn.Linear that honours `uninitialised`."""

    def reset_parameters(self) -> None:
        """Random weights as nn.Linear's, unless inside `uninitialised`."""
        if not _bare.get():
            super().reset_parameters()


class Embedding(nn.Embedding):
    """nn.Embedding that honours `uninitialised`."""

    def reset_parameters(self) -> None:
        """Random weights as nn.Embedding's, unless inside `uninitialised`."""
        if not _bare.get():
            super().reset_parameters()


class Norm(nn.Module):
    """LayerNorm (weight and bias) or RMSNorm (weight) over the last axis."""

    def __init__(self, width: int, kind: Literal["layer", "rms"], eps: float) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width)) if kind == "layer" else None

    def forward(self, x: Tensor) -> Tensor:
        """Same shape as x."""
        if self.bias is None:
            return dispatch.rms_norm(x, self.weight, self.eps)
        return dispatch.layer_norm(x, self.weight, self.bias, self.eps)


class Attention(nn.Module):
    """Multi-head self-attention with grouped keys, optional rotary positions and per-head query-key norm."""

    def __init__(self, config: LayerConfig) -> None:
        super().__init__()
        self.heads, self.groups, self.head = config.heads, config.groups, config.head
        self.interleaved = config.rope_interleaved
        self.qkv = Linear(config.width, (config.heads + 2 * config.groups) * config.head, bias=config.attention_bias)
        self.out = Linear(config.heads * config.head, config.width, bias=config.output_bias)
        self.query_norm = Norm(config.head, "rms", config.norm_eps) if config.query_key_norm else None
        self.key_norm = Norm(config.head, "rms", config.norm_eps) if config.query_key_norm else None

    def forward(
        self,
        x_BTD: Tensor,
        *,
        causal: bool = False,
        rotation: tuple[Tensor, Tensor] | None = None,
        bias: Tensor | None = None,
        lengths_B: Tensor | None = None,
        cache: KeyValueCache | None = None,
        layer: int = 0,
    ) -> Tensor:
        """(B, T, D) to (B, T, D). With a cache, the new tokens' keys are stored in `layer` and all past ones attended
        to."""
        batch, tokens, _ = x_BTD.shape
        heads = self.qkv(x_BTD).view(batch, tokens, self.heads + 2 * self.groups, self.head).transpose(1, 2)
        query, key, value = heads.split((self.heads, self.groups, self.groups), dim=1)
        if self.query_norm is not None and self.key_norm is not None:
            query, key = self.query_norm(query), self.key_norm(key)
            both = torch.cat((query, key), dim=1)
        else:
            both = heads[:, : self.heads + self.groups]
        if rotation is not None:
            both = dispatch.rope(both, *rotation, interleaved=self.interleaved)
            query, key = both.split((self.heads, self.groups), dim=1)
        if cache is not None:
            key, value = cache.store(layer, key, value)
        out = dispatch.attention(query, key, value, causal=causal, bias=bias, lengths_B=lengths_B)
        return self.out(out.transpose(1, 2).reshape(batch, tokens, -1))


class CrossAttention(nn.Module):
    """Attention of tokens to a memory whose keys and values are computed once by `remember`."""

    def __init__(self, config: LayerConfig) -> None:
        super().__init__()
        self.heads, self.groups, self.head = config.heads, config.groups, config.head
        memory_width = config.width if config.memory_width is None else config.memory_width
        self.query = Linear(config.width, config.heads * config.head, bias=config.attention_bias)
        self.key_value = Linear(memory_width, 2 * config.groups * config.head, bias=config.attention_bias)
        self.out = Linear(config.heads * config.head, config.width, bias=config.output_bias)
        self.query_norm = Norm(config.head, "rms", config.norm_eps) if config.query_key_norm else None
        self.key_norm = Norm(config.head, "rms", config.norm_eps) if config.query_key_norm else None

    def remember(self, memory_BSD: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values of a memory, (B, G, S, D) each, contiguous for the many reads to come."""
        batch, tokens, _ = memory_BSD.shape
        both = self.key_value(memory_BSD).view(batch, tokens, 2 * self.groups, self.head).transpose(1, 2)
        key, value = both.split(self.groups, dim=1)
        if self.key_norm is not None:
            key = self.key_norm(key)
        return key.contiguous(), value.contiguous()

    def forward(self, x_BTD: Tensor, memory: tuple[Tensor, Tensor], lengths_B: Tensor | None = None) -> Tensor:
        """(B, T, D) to (B, T, D); a memory of one row is shared by the batch."""
        batch, tokens, _ = x_BTD.shape
        query = self.query(x_BTD).view(batch, tokens, self.heads, self.head).transpose(1, 2)
        if self.query_norm is not None:
            query = self.query_norm(query)
        key, value = memory
        if key.shape[0] == 1 and batch > 1:
            key, value = key.expand(batch, -1, -1, -1), value.expand(batch, -1, -1, -1)
            lengths_B = None if lengths_B is None else lengths_B.expand(batch)
        out = dispatch.attention(query, key, value, lengths_B=lengths_B)
        return self.out(out.transpose(1, 2).reshape(batch, tokens, -1))


class FeedForward(nn.Module):
    """Two matmuls with a non-linearity between; gated (SwiGLU) when the config says so, `up` then holds gate and up."""

    def __init__(self, config: LayerConfig) -> None:
        super().__init__()
        self.activation, self.gated = config.activation, config.gated
        self.up = Linear(config.width, config.hidden * (2 if config.gated else 1), bias=config.mlp_bias)
        self.down = Linear(config.hidden, config.width, bias=config.mlp_bias)

    def forward(self, x: Tensor) -> Tensor:
        """Same shape as x."""
        inner = self.up(x)
        if not self.gated:
            return self.down(dispatch.activate(inner, self.activation))
        if self.activation == "silu":
            return self.down(dispatch.swiglu(inner))
        gate, up = inner.chunk(2, dim=-1)
        return self.down(dispatch.activate(gate, self.activation) * up)


class Block(nn.Module):
    """Self-attention, optional cross-attention, feed-forward, each with its norm before or after and a residual around.

    With `cross_gated`, cross-attention is multiplied by tanh of a gate that starts at zero (Alayrac et al. 2022).
    """

    def __init__(self, config: LayerConfig, *, cross: bool = False) -> None:
        super().__init__()
        self.norm_first = config.norm_first
        self.attention_norm = Norm(config.width, config.norm, config.norm_eps)
        self.attention = Attention(config)
        self.cross_norm = Norm(config.width, config.norm, config.norm_eps) if cross else None
        self.cross = CrossAttention(config) if cross else None
        self.cross_gate = nn.Parameter(torch.zeros(1)) if cross and config.cross_gated else None
        self.mlp_norm = Norm(config.width, config.norm, config.norm_eps)
        self.mlp = FeedForward(config)

    def forward(
        self,
        x_BTD: Tensor,
        *,
        causal: bool = False,
        rotation: tuple[Tensor, Tensor] | None = None,
        bias: Tensor | None = None,
        lengths_B: Tensor | None = None,
        cache: KeyValueCache | None = None,
        layer: int = 0,
        memory: tuple[Tensor, Tensor] | None = None,
        memory_lengths_B: Tensor | None = None,
    ) -> Tensor:
        """(B, T, D) to (B, T, D). Cross-attention is left out where no memory is given."""
        first = self.norm_first
        inner = self.attention_norm(x_BTD) if first else x_BTD
        x_BTD = x_BTD + self.attention(
            inner, causal=causal, rotation=rotation, bias=bias, lengths_B=lengths_B, cache=cache, layer=layer
        )
        if not first:
            x_BTD = self.attention_norm(x_BTD)
        if self.cross is not None and self.cross_norm is not None and memory is not None:
            inner = self.cross(self.cross_norm(x_BTD) if first else x_BTD, memory, memory_lengths_B)
            x_BTD = x_BTD + (inner if self.cross_gate is None else inner * torch.tanh(self.cross_gate))
            x_BTD = x_BTD if first else self.cross_norm(x_BTD)
        inner = self.mlp(self.mlp_norm(x_BTD) if first else x_BTD)
        return x_BTD + inner if first else self.mlp_norm(x_BTD + inner)

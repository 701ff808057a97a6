"""Attention, feed-forward and block, the bricks of every encoder and decoder, built on the door in dispatch.py.

Self-attention holds query, key and value as one fused matrix, a gated feed-forward holds gate and up as one: fewer,
larger matmuls. Checkpoint tables concatenate accordingly; a projection without bias beside ones with bias gets zeros.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from kernels import dispatch
from kernels.cache import KeyValueCache, MemoryCache, MemoryView
from kernels.cross import CrossAttention, MemoryAttention, MemoryConfig
from kernels.parts import Embedding, LayerConfig, Linear, Norm, uninitialised

__all__ = [
    "Attention", "Block", "CrossAttention", "Embedding", "FeedForward", "KeyValueCache", "LayerConfig", "Linear",
    "MemoryAttention", "MemoryCache", "MemoryConfig", "MemoryView", "Norm", "joined", "uninitialised",
]  # fmt: skip


class Attention(nn.Module):
    """Multi-head self-attention with grouped keys, optional rotary positions and per-head query-key norm."""

    def __init__(self, config: LayerConfig) -> None:
        super().__init__()
        self.heads, self.groups, self.head = config.heads, config.groups, config.head
        self.interleaved, self.scale, self.eps = config.rope_interleaved, config.attention_scale, config.norm_eps
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
        heads_BTND = self.qkv(x_BTD).view(batch, tokens, self.heads + 2 * self.groups, self.head)
        if cache is not None and cache.place is not None and dispatch.stores_heads(heads_BTND):
            query = self._stored(heads_BTND, rotation, cache, layer)
            key, value = cache.kept(layer, tokens, heads_BTND.dtype)
        else:
            query, key, value = self._turned(heads_BTND.transpose(1, 2), rotation)
            if cache is not None:
                key, value = cache.store(layer, key, value)
        if cache is not None:
            seen_B = cache.seen_B(tokens)
            lengths_B = lengths_B if seen_B is None else seen_B
        out = dispatch.attention(query, key, value, causal=causal, bias=bias, lengths_B=lengths_B, scale=self.scale)
        return self.out(out.transpose(1, 2).reshape(batch, tokens, -1))

    def _turned(self, heads: Tensor, rotation: tuple[Tensor, Tensor] | None) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values of the heads (B, H + 2 G, T, D), normed and turned."""
        query, key, value = heads.split((self.heads, self.groups, self.groups), dim=1)
        if self.query_norm is not None and self.key_norm is not None:
            query, key = self.query_norm(query), self.key_norm(key)
            both = torch.cat((query, key), dim=1)
        else:
            both = heads[:, : self.heads + self.groups]
        if rotation is not None:
            both = dispatch.rope(both, *rotation, interleaved=self.interleaved)
            query, key = both.split((self.heads, self.groups), dim=1)
        return query, key, value

    def _stored(
        self, heads_BTND: Tensor, rotation: tuple[Tensor, Tensor] | None, cache: KeyValueCache, layer: int
    ) -> Tensor:
        """The queries; keys and values are put into the cache in the same pass."""
        norms: tuple[Tensor, Tensor] | None = None
        if self.query_norm is not None and self.key_norm is not None:
            norms = (self.query_norm.weight, self.key_norm.weight)
        assert cache.place is not None
        return dispatch.store_heads(
            heads_BTND, cache.keys[layer], cache.values[layer], cache.place, rotation, norms, eps=self.eps,
            interleaved=self.interleaved,
        )  # fmt: skip


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
        return self.down(dispatch.gated(inner, self.activation))


class Block(nn.Module):
    """Self-attention, cross-attention to any kinds of memory, feed-forward, each with its norm and a residual around.

    Names of parameters: attention_norm.*, attention.*, cross.KIND.* (kernels.cross.MemoryAttention), mlp_norm.*, mlp.*;
    attention_out_norm.*, mlp_out_norm.* with `branch_norm`; attention_gate, mlp_gate where gated.
    """

    def __init__(self, config: LayerConfig, memories: Sequence[MemoryConfig] = ()) -> None:
        super().__init__()
        self.config = config
        alone = any(memory.alone for memory in memories)
        self.attention_norm = None if alone else Norm(config.width, config.norm, config.norm_eps)
        self.attention = None if alone else Attention(config)
        self.attention_gate = nn.Parameter(torch.zeros(1)) if config.residual_gated and not alone else None
        self.cross = nn.ModuleDict({memory.kind: MemoryAttention(config, memory) for memory in memories})
        self.mlp_norm = Norm(config.width, config.norm, config.norm_eps)
        self.mlp = FeedForward(config)
        self.mlp_gate = nn.Parameter(torch.zeros(1)) if config.residual_gated or alone else None
        own_norm = config.branch_norm and not alone
        self.attention_out_norm = Norm(config.width, config.norm, config.norm_eps) if own_norm else None
        self.mlp_out_norm = Norm(config.width, config.norm, config.norm_eps) if config.branch_norm else None

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
        memories: Mapping[str, tuple[tuple[Tensor, Tensor], MemoryView]] | None = None,
    ) -> Tensor:
        """(B, T, D) to (B, T, D); arguments as in `step`."""
        x_BTD, branch_BTD = self.step(
            x_BTD, None, causal=causal, rotation=rotation, bias=bias, lengths_B=lengths_B, cache=cache, layer=layer,
            memories=memories,
        )  # fmt: skip
        return joined(x_BTD, branch_BTD)

    def step(
        self,
        x_BTD: Tensor,
        branch_BTD: Tensor | None,
        *,
        causal: bool = False,
        rotation: tuple[Tensor, Tensor] | None = None,
        bias: Tensor | None = None,
        lengths_B: Tensor | None = None,
        cache: KeyValueCache | None = None,
        layer: int = 0,
        memories: Mapping[str, tuple[tuple[Tensor, Tensor], MemoryView]] | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """The stream x + branch, (B, T, D), through this layer, in the same two parts: the last addition is left to the
        next layer's norm, which is one kernel with it on a GPU.

        Args:
            causal, bias, lengths_B: of self-attention, as in kernels.dispatch.attention.
            rotation: cosine and sine of rotary positions.
            cache, layer: past keys and values, and which of its layers is this one's.
            memories: by kind, this layer's keys and values and what the tokens see of them. Cross-attention to a kind
                that isn't given is left out.
        """
        if self.attention is not None and self.attention_norm is not None:
            first = self.config.norm_first
            if first:
                x_BTD, inner = self.attention_norm.add(x_BTD, branch_BTD)
            else:
                x_BTD = inner = joined(x_BTD, branch_BTD)
            inner = self.attention(
                inner, causal=causal, rotation=rotation, bias=bias, lengths_B=lengths_B, cache=cache, layer=layer
            )
            branch_BTD = _finish(inner, self.attention_out_norm, self.attention_gate)
            if not first:
                x_BTD, branch_BTD = self.attention_norm.add(x_BTD, branch_BTD)[1], None
        sighted_BT1: Tensor | None = None
        present = [kind for kind in self.cross if memories is not None and kind in memories]
        for kind in present:
            assert memories is not None
            pair, view = memories[kind]
            x_BTD, branch_BTD = self.cross[kind].add(x_BTD, branch_BTD, pair, view)
            sighted_BT1 = view.sighted_BT1
        if self.attention is None and not present:
            return x_BTD, branch_BTD
        return self._feed_forward(x_BTD, branch_BTD, sighted_BT1 if self.attention is None else None)

    def _feed_forward(
        self, x_BTD: Tensor, branch_BTD: Tensor | None, sighted_BT1: Tensor | None
    ) -> tuple[Tensor, Tensor | None]:
        if not self.config.norm_first:
            x_BTD = joined(x_BTD, branch_BTD)
            return self.mlp_norm.add(x_BTD, self.mlp(x_BTD))[1], None
        x_BTD, inner = self.mlp_norm.add(x_BTD, branch_BTD)
        inner = _finish(self.mlp(inner), self.mlp_out_norm, self.mlp_gate)
        return x_BTD, inner if sighted_BT1 is None else inner.masked_fill(~sighted_BT1, 0.0)


def joined(x: Tensor, branch: Tensor | None) -> Tensor:
    """The stream of `Block.step` in one."""
    return x if branch is None else x + branch


def _finish(branch_BTD: Tensor, norm: Norm | None, gate: Tensor | None) -> Tensor:
    """What a branch adds to the stream, after its own norm and gate."""
    if norm is not None:
        branch_BTD = norm(branch_BTD)
    return branch_BTD if gate is None else branch_BTD * torch.tanh(gate)

"""One decoder: causal self-attention, cross-attention to memories of any kinds, next-token logits."""

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor, nn

from decoder.config import DecoderConfig
from decoder.engine import CACHE, Engine
from decoder.heads import HeadTransform
from decoder.positions import Turns, rotary_frequencies, sinusoids
from decoder.sights import Layout, Sight, Step, of_layer, step_of
from kernels.layers import (
    Block,
    Embedding,
    KeyValueCache,
    Linear,
    MemoryAttention,
    MemoryCache,
    MemoryConfig,
    Norm,
    joined,
)  # fmt: skip
from kernels.static_cache import StaticCache

__all__ = ["Layout", "TextDecoder", "rotary_frequencies"]
Memories = MemoryCache | Mapping[str, MemoryCache]
"""What a decoder cross-attends to: by kind, or alone where it knows one kind only."""


class TextDecoder(nn.Module):
    """Tokens and past in, logits out. What kind of decoder it is, the config says.

    Names of parameters: embedding.weight (V, D), positions.weight (P, D) if learned, blocks.N.* (kernels.layers.Block),
    norm.*, transform.* if asked, head.weight (V, D) unless tied, head_bias (V,) if asked.
    """

    def __init__(self, config: DecoderConfig, *, rotary: Tensor | None = None) -> None:
        """`rotary` overrides the angles (D/2,) a checkpoint brings itself."""
        super().__init__()
        self.config = config
        self.embedding: nn.Module = Embedding(config.vocabulary + config.extra_tokens, config.width)
        learned = config.positions == "learned"
        self.positions = Embedding(config.max_positions + config.position_offset, config.width) if learned else None
        table = sinusoids(config) if config.positions == "sinusoidal" else None
        self.sinusoids: Tensor | None
        self.register_buffer("sinusoids", table, persistent=False)
        self.embedding_norm = Norm(config.width, config.norm, config.norm_eps) if config.embedding_norm else None
        self.blocks = nn.ModuleList(Block(config.layer, config.layer_memories(index)) for index in range(config.layers))
        self.norm = Norm(config.width, config.norm, config.norm_eps) if config.final_norm else None
        self.transform = HeadTransform(config) if config.head_transform else None
        self.head: nn.Module | None = None if config.tied else Linear(config.width, config.vocabulary, bias=False)
        self.head_bias = nn.Parameter(torch.zeros(config.vocabulary)) if config.head_bias else None
        if config.positions == "rope" and rotary is None:
            rotary = rotary_frequencies(config.layer.head, config.rope_theta, config.rope_scaling)
        self.rotary: Tensor
        self.register_buffer("rotary", rotary, persistent=False)
        theta = config.window_theta
        near = rotary if theta is None else rotary_frequencies(config.layer.head, theta)
        self.window_rotary: Tensor
        self.register_buffer("window_rotary", near, persistent=False)
        self._turns, self._window_turns = Turns(config.max_positions), Turns(config.max_positions)
        self.engine: Engine | None = None
        """Compiled layers that take the steps they know, where the weights are packed for them."""

    @property
    def dtype(self) -> torch.dtype:
        """Of activations and caches."""
        return self._any_weight.dtype

    @property
    def device(self) -> torch.device:
        """Where the weights lie."""
        return self._any_weight.device

    @property
    def _any_weight(self) -> Tensor:
        """A weight that stays floating point when a model is quantised."""
        block = self.blocks[0]
        assert isinstance(block, Block)
        return block.mlp_norm.weight

    def new_cache(self, batch: int, capacity: int, *, padding_B: Tensor | None = None) -> KeyValueCache:
        """An empty cache for `capacity` tokens; `padding_B` counts each row's padding tokens on the left."""
        layer = self.config.layer
        return KeyValueCache(
            len(self.config.own_layers), batch, layer.groups, capacity, layer.head,
            dtype=self.dtype if self.engine is None else CACHE, device=self.device, padding_B=padding_B,
        )  # fmt: skip

    def remember(
        self, memory_BSD: Tensor, lengths_B: Tensor | None = None, *, kind: str | None = None,
        seen_BTS: Tensor | None = None,
    ) -> MemoryCache:  # fmt: skip
        """Cross-attention's keys and values of a memory, computed once for any number of steps, questions and rows.

        Args:
            memory_BSD: what an encoder made; one row serves any batch.
            lengths_B: how many of its tokens are real in each row; 0 for a row without such a memory.
            kind: which of the config's kinds it is; may be left out where there is one.
            seen_BTS: bool, which of its tokens the text's token at each place sees; see MemoryCache.

        Raises:
            ValueError: the decoder has no such kind, or the memory or a mask is misshapen.
        """
        config = self._kind(kind)
        width = self.config.width if config.width is None else config.width
        if memory_BSD.dim() != 3 or memory_BSD.shape[2] != width:
            raise ValueError(f"{config.kind} memory: expected (B, S, {width}), got {tuple(memory_BSD.shape)}")
        if seen_BTS is not None and (
            seen_BTS.dim() != 3 or seen_BTS.shape[2] != memory_BSD.shape[1] or seen_BTS.dtype != torch.bool
        ):
            raise ValueError(
                f"seen: expected bool (B, T, {memory_BSD.shape[1]}), got {seen_BTS.dtype} {tuple(seen_BTS.shape)}"
            )
        pairs: list[tuple[Tensor, Tensor] | None] = [None] * self.config.layers
        for index in config.layers:
            pairs[index] = self.blocks[index].cross[config.kind].remember(memory_BSD)
        return MemoryCache(tuple(pairs), lengths_B, seen_BTS)

    def add_memory(self, memory: MemoryConfig) -> None:
        """Let a decoder attend to one more kind of memory. Until its gates are trained it answers as before, to the
        bit.

        Raises:
            ValueError: the kind is there already, isn't gated, or doesn't fit the layers.
        """
        if not memory.gated or memory.alone:
            raise ValueError(f"{memory.kind}: what is added to a finished decoder has to be gated and not alone")
        self.config = replace(self.config, memories=(*self.config.memories, memory))
        for index in memory.layers:
            fresh = MemoryAttention(self.config.layer, memory).to(self.device, self.dtype)
            self.blocks[index].cross[memory.kind] = fresh.train(self.training)

    def forward(
        self,
        tokens_BT: Tensor,
        cache: KeyValueCache | None = None,
        memory_cache: Memories | None = None,
        *,
        last_only: bool = False,
        layout: Layout | None = None,
    ) -> Tensor:
        """Logits (B, T, V) for the token after each of `tokens_BT`; (B, 1, V) with `last_only`.

        With a cache the tokens follow those it holds and are added to it; without one they are the whole text.
        With a `layout` they stand and see as it says. Raises ValueError naming what doesn't fit (capacity, positions).
        """
        hidden = self.hidden(tokens_BT, cache, memory_cache, layout=layout)
        return self.logits(hidden[:, -1:] if last_only else hidden)

    def hidden(
        self,
        tokens_BT: Tensor,
        cache: KeyValueCache | None = None,
        memory_cache: Memories | None = None,
        *,
        layout: Layout | None = None,
    ) -> Tensor:
        """The states (B, T, D) from which `logits` reads the next token; grows the cache like `forward`."""
        past = 0 if cache is None else cache.length
        tokens = tokens_BT.shape[1]
        if layout is None and past + tokens > self.config.max_positions:
            raise ValueError(f"tokens: {past + tokens} exceed the model's {self.config.max_positions} positions")
        if tokens == 0:
            raise ValueError("tokens: at least one is needed")
        kept = self._named(memory_cache) if isinstance(cache, StaticCache) else self.heard(memory_cache)
        if self.engine is not None and layout is None and not kept and self.engine.takes(tokens_BT, cache):
            room = self.new_cache(1, tokens) if cache is None else cache
            rotation = self._turns.at(slice(0, past + tokens), self.rotary, self.dtype)
            return self.engine.hidden(self.embedding(tokens_BT), room, rotation)
        step = step_of(past, tokens, cache, layout)
        x_BTD = self._embed(tokens_BT, step.places)
        wide, near = self._sights(step)
        views = {kind: memory.view(step.places) for kind, memory in kept.items()}
        own, branch_BTD = 0, None
        for index, block in enumerate(self.blocks):
            sight = near if index in self.config.window_layers else wide
            x_BTD, branch_BTD = block.step(
                x_BTD, branch_BTD, causal=layout is None, rotation=sight.rotation, bias=sight.bias, cache=cache,
                layer=own, memories=of_layer(kept, views, index) if kept else None,
            )  # fmt: skip
            own += block.attention is not None
        if cache is not None:
            cache.advance(tokens)
        return joined(x_BTD, branch_BTD)

    def logits(self, hidden_BTD: Tensor) -> Tensor:
        """(B, T, D) to (B, T, V)."""
        if self.norm is not None:
            hidden_BTD = self.norm(hidden_BTD)
        if self.transform is not None:
            hidden_BTD = self.transform(hidden_BTD)
        if self.head is not None:
            logits_BTV: Tensor = self.head(hidden_BTD)
            return logits_BTV if self.head_bias is None else logits_BTV + self.head_bias
        assert isinstance(self.embedding, Embedding)
        return nn.functional.linear(hidden_BTD, self.embedding.weight, self.head_bias)

    def _embed(self, tokens_BT: Tensor, places: slice | Tensor) -> Tensor:
        x_BTD = self.embedding(tokens_BT)
        if self.config.embedding_scale != 1.0:
            x_BTD = x_BTD * self.config.embedding_scale
        table = self.sinusoids if self.positions is None else self.positions.weight
        if table is not None:
            offset = self.config.position_offset
            if isinstance(places, slice):
                x_BTD = x_BTD + table[places.start + offset : places.stop + offset]
            else:
                x_BTD = x_BTD + table[places + offset]
        return x_BTD if self.embedding_norm is None else self.embedding_norm(x_BTD)

    def _sights(self, step: Step) -> tuple[Sight, Sight]:
        """What self-attention sees, and how it turns: in most layers, and in those with a window."""
        config, rotation = self.config, None
        if config.positions == "rope":
            rotation = self._turns.at(step.places, self.rotary, self.dtype, step.bound)
        wide = Sight(step.bias, rotation)
        if not config.window_layers:
            return wide, wide
        if config.window_theta is not None:
            rotation = self._window_turns.at(step.places, self.window_rotary, self.dtype, step.bound)
        assert config.window is not None
        mask = step.window(config.window)
        if mask is None:
            return wide, Sight(step.bias, rotation)
        mask = mask.to(self.device)
        return wide, Sight(mask if step.bias is None else mask & step.bias, rotation)

    def _kind(self, kind: str | None) -> MemoryConfig:
        """The config of a kind of memory, or of the only one."""
        memories = self.config.memories
        found = [memory for memory in memories if kind in (None, memory.kind)]
        if len(found) != 1:
            known = ", ".join(memory.kind for memory in memories) or "none"
            raise ValueError(f"kind: {kind} is not one of the decoder's kinds of memory ({known})")
        return found[0]

    def heard(self, memories: Memories | None) -> Mapping[str, MemoryCache]:
        """Memories by kind, but for those that no layer's gate lets in: untrained they cost nothing.

        Looks at the gates, so a GPU is waited for. Steps with a StaticCache take what they are given.
        """
        named = self._named(memories)
        return {kind: memory for kind, memory in named.items() if self._lets_in(self._kind(kind))}

    def _named(self, memories: Memories | None) -> Mapping[str, MemoryCache]:
        if memories is None:
            return {}
        return {self._kind(None).kind: memories} if isinstance(memories, MemoryCache) else memories

    @property
    def turn_tables(self) -> tuple[Tensor, ...]:
        """Tables of cosines and sines as they are now: who has recorded a step has to hold them."""
        return (*self._turns.tables, *self._window_turns.tables)

    def _lets_in(self, memory: MemoryConfig) -> bool:
        """Whether anything of a memory reaches the text; while gates are trained it has to."""
        if not memory.gated or memory.alone or torch.is_grad_enabled():
            return True
        return any(bool(self.blocks[index].cross[memory.kind].gate) for index in memory.layers)

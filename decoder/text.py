"""One decoder: causal self-attention, optional cross-attention to a memory, next-token logits."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from decoder.config import DecoderConfig, RopeScaling
from kernels import dispatch
from kernels.layers import Block, Embedding, KeyValueCache, Linear, MemoryCache, Norm


def rotary_frequencies(head_width: int, theta: float, scaling: RopeScaling | None = None) -> Tensor:
    """Angles that a position turns each pair of a head, (D/2,) float32 (Su et al. 2021), stretched as Llama 3.1's if
    asked."""
    frequency = 1.0 / theta ** (torch.arange(0, head_width, 2, dtype=torch.float32) / head_width)
    if scaling is None:
        return frequency
    wavelength = 2 * math.pi / frequency
    low = scaling.original_positions / scaling.low_frequency
    high = scaling.original_positions / scaling.high_frequency
    smooth = (scaling.original_positions / wavelength - scaling.low_frequency) / (
        scaling.high_frequency - scaling.low_frequency
    )
    middle = (1 - smooth) * frequency / scaling.factor + smooth * frequency
    slow = torch.where(wavelength > low, frequency / scaling.factor, frequency)
    return torch.where((wavelength <= low) & (wavelength >= high), middle, slow)


def sinusoids(config: DecoderConfig) -> Tensor:
    """Fixed positions, (max_positions + position_offset, D): sines, then cosines (Vaswani et al. 2017, as fairseq has
    them)."""
    half = config.width // 2
    frequency = torch.exp(torch.arange(half, dtype=torch.float32) * (-math.log(10000.0) / max(1, half - 1)))
    place = torch.arange(config.max_positions + config.position_offset, dtype=torch.float32)
    angles = torch.outer(place, frequency)
    return nn.functional.pad(torch.cat((angles.sin(), angles.cos()), dim=1), (0, config.width % 2))


@dataclass(frozen=True)
class Layout:
    """Tokens that don't simply follow each other: their positions (B, T) and which of past and new tokens each sees,
    bool (B, 1, T, past + T)."""

    places_BT: Tensor
    seen_B1TS: Tensor


class HeadTransform(nn.Module):
    """BERT's layer before the logits (Devlin et al. 2018): linear, activation, norm."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.activation = config.activation
        self.dense = Linear(config.width, config.width)
        self.norm = Norm(config.width, config.norm, config.norm_eps)

    def forward(self, hidden_BTD: Tensor) -> Tensor:
        """Same shape."""
        out_BTD: Tensor = self.norm(dispatch.activate(self.dense(hidden_BTD), self.activation))
        return out_BTD


class TextDecoder(nn.Module):
    """Tokens and past in, logits out. What kind of decoder it is, the config says.

    Names of parameters: embedding.weight (V, D), positions.weight (P, D) if learned, blocks.N.* (kernels.layers.Block),
    norm.*, transform.* if asked, head.weight (V, D) unless tied, head_bias (V,) if asked.
    """

    def __init__(self, config: DecoderConfig, *, rotary: Tensor | None = None) -> None:
        """`rotary` overrides the angles (D/2,) a checkpoint brings itself."""
        super().__init__()
        self.config = config
        self.embedding: nn.Module = Embedding(config.vocabulary, config.width)
        learned = config.positions == "learned"
        self.positions = Embedding(config.max_positions + config.position_offset, config.width) if learned else None
        table = sinusoids(config) if config.positions == "sinusoidal" else None
        self.sinusoids: Tensor | None
        self.register_buffer("sinusoids", table, persistent=False)
        self.embedding_norm = Norm(config.width, config.norm, config.norm_eps) if config.embedding_norm else None
        self.blocks = nn.ModuleList(
            Block(config.layer, cross=index in config.cross_layers) for index in range(config.layers)
        )
        self.norm = Norm(config.width, config.norm, config.norm_eps) if config.final_norm else None
        self.transform = HeadTransform(config) if config.head_transform else None
        self.head: nn.Module | None = None if config.tied else Linear(config.width, config.vocabulary, bias=False)
        self.head_bias = nn.Parameter(torch.zeros(config.vocabulary)) if config.head_bias else None
        if config.positions == "rope" and rotary is None:
            rotary = rotary_frequencies(config.layer.head, config.rope_theta, config.rope_scaling)
        self.rotary: Tensor
        self.register_buffer("rotary", rotary, persistent=False)
        self._turns: tuple[Tensor, Tensor] | None = None

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
        return block.attention_norm.weight

    def new_cache(self, batch: int, capacity: int, *, padding_B: Tensor | None = None) -> KeyValueCache:
        """An empty cache for `capacity` tokens; `padding_B` counts each row's padding tokens on the left."""
        layer = self.config.layer
        return KeyValueCache(
            self.config.layers, batch, layer.groups, capacity, layer.head,
            dtype=self.dtype, device=self.device, padding_B=padding_B,
        )  # fmt: skip

    def remember(self, memory_BSD: Tensor, lengths_B: Tensor | None = None) -> MemoryCache:
        """Cross-attention's keys and values of a memory, computed once for any number of steps and questions."""
        pairs = tuple(
            block.cross.remember(memory_BSD) if isinstance(block, Block) and block.cross is not None else None
            for block in self.blocks
        )
        return MemoryCache(pairs, lengths_B)

    def forward(
        self,
        tokens_BT: Tensor,
        cache: KeyValueCache | None = None,
        memory_cache: MemoryCache | None = None,
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
        memory_cache: MemoryCache | None = None,
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
        places, bias = self._places(past, tokens, cache) if layout is None else (layout.places_BT, layout.seen_B1TS)
        x_BTD = self._embed(tokens_BT, places)
        rotation = self._rotation(places) if self.config.positions == "rope" else None
        for index, block in enumerate(self.blocks):
            x_BTD = block(
                x_BTD, causal=layout is None, rotation=rotation, bias=bias, cache=cache, layer=index,
                memory=None if memory_cache is None else memory_cache.layers[index],
                memory_lengths_B=None if memory_cache is None else memory_cache.lengths_B,
            )  # fmt: skip
        if cache is not None:
            cache.advance(tokens)
        return x_BTD

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

    def _places(self, past: int, tokens: int, cache: KeyValueCache | None) -> tuple[slice | Tensor, Tensor | None]:
        """Positions of the new tokens (a slice, or (B, T) where rows are padded) and the mask of padding keys."""
        if cache is None or cache.padding_B is None:
            return slice(past, past + tokens), None
        columns = torch.arange(past + tokens, device=cache.padding_B.device)
        real_BS = columns >= cache.padding_B[:, None]
        places_BT = (columns[past:] - cache.padding_B[:, None]).clamp_min(0)
        return places_BT, real_BS[:, None, None, :]

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

    def _rotation(self, places: slice | Tensor) -> tuple[Tensor, Tensor]:
        """Cosine and sine at the given places: (T, D/2), or (B, 1, T, D/2) where rows differ."""
        needed = places.stop if isinstance(places, slice) else int(places.max()) + 1
        if self._turns is None or self._turns[0].shape[0] < needed or self._turns[0].device != self.device:
            # Tables grow by doubling: a model made for 131,072 positions should not pay for them at load.
            size = min(max(2 * needed, 512), self.config.max_positions)
            angles = torch.outer(torch.arange(size, dtype=torch.float32, device=self.device), self.rotary.float())
            self._turns = (angles.cos().to(self.dtype), angles.sin().to(self.dtype))
        cos, sin = self._turns
        if isinstance(places, slice):
            return cos[places], sin[places]
        return cos[places][:, None], sin[places][:, None]

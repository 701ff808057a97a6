"""What a decoder is, as data: one frozen config expresses Whisper, the LLaMA family and captioners."""

from dataclasses import dataclass
from typing import Literal

from kernels.layers import LayerConfig, MemoryConfig
from kernels.reference import Activation


@dataclass(frozen=True)
class RopeScaling:
    """Llama 3.1's stretching of the slow rotations (Grattafiori et al. 2024; transformers' rope_type "llama3").

    With `original_positions` 0 every rotation is stretched alike ("linear")."""

    factor: float
    low_frequency: float = 1.0
    high_frequency: float = 4.0
    original_positions: int = 8192


@dataclass(frozen=True)
class DecoderConfig:
    """Shape of a text decoder.

    Whisper: positions "learned", norm "layer", activation "gelu", attention, output and mlp bias, cross-attention in
    every layer, tied.
    LLaMA: positions "rope", norm "rms", activation "silu" gated, no bias; Qwen2 adds attention_bias, Qwen3
    query_key_norm.
    A projection without bias beside ones with bias (Whisper's key) holds zeros.
    BERT as a decoder (BLIP): norm_first False, embedding_norm, no final_norm, `head_transform` (a layer, the activation
    and a norm before the logits) and `head_bias`. TrOCR and GPT-2: see decoder/captioners.py.
    Gemma 3: branch_norm, attention_scale, embedding_scale, and `window_layers`, in which a token sees only itself and
    the `window` - 1 tokens before it, at rotations of `window_theta`.
    `memories` are the kinds of memory that it cross-attends to; any number, in any layers.
    `extra_tokens` have an embedding but are never predicted (Llama-3.2-Vision's picture token).
    """

    vocabulary: int
    width: int
    layers: int
    heads: int
    hidden: int
    key_value_heads: int | None = None
    head_width: int | None = None
    max_positions: int = 2048
    positions: Literal["learned", "sinusoidal", "rope", "none"] = "rope"
    position_offset: int = 0
    rope_theta: float = 10000.0
    rope_interleaved: bool = False
    rope_scaling: RopeScaling | None = None
    norm: Literal["layer", "rms"] = "rms"
    norm_eps: float = 1e-5
    norm_first: bool = True
    embedding_norm: bool = False
    final_norm: bool = True
    activation: Activation = "silu"
    gated: bool = True
    attention_bias: bool = False
    output_bias: bool = False
    mlp_bias: bool = False
    query_key_norm: bool = False
    branch_norm: bool = False
    attention_scale: float | None = None
    window: int | None = None
    window_layers: tuple[int, ...] = ()
    window_theta: float | None = None
    memories: tuple[MemoryConfig, ...] = ()
    extra_tokens: int = 0
    embedding_scale: float = 1.0
    tied: bool = True
    head_transform: bool = False
    head_bias: bool = False

    def __post_init__(self) -> None:
        for name in ("vocabulary", "layers", "max_positions"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name}: must be above 0, got {getattr(self, name)}")
        for name, layers in (("window_layers", self.window_layers), *((m.kind, m.layers) for m in self.memories)):
            if any(not 0 <= index < self.layers for index in layers):
                raise ValueError(f"{name}: {layers} are not within the {self.layers} layers")
        if len({memory.kind for memory in self.memories}) < len(self.memories):
            raise ValueError("memories: a kind is there twice")
        if self.window_layers and (self.window is None or self.window <= 0):
            raise ValueError(f"window: must be above 0, got {self.window}")
        if not self.own_layers:
            raise ValueError("memories: no layer is left with self-attention")
        head = self.layer.head  # the layers' own checks
        if self.positions == "rope" and head % 2:
            raise ValueError(f"head_width: rotary positions need an even width, got {head}")

    @property
    def layer(self) -> LayerConfig:
        """The shape of each layer."""
        return LayerConfig(
            width=self.width, heads=self.heads, hidden=self.hidden, key_value_heads=self.key_value_heads,
            head_width=self.head_width, norm=self.norm, norm_eps=self.norm_eps, norm_first=self.norm_first,
            activation=self.activation, gated=self.gated, attention_bias=self.attention_bias,
            output_bias=self.output_bias, mlp_bias=self.mlp_bias, query_key_norm=self.query_key_norm,
            rope_interleaved=self.rope_interleaved, branch_norm=self.branch_norm, attention_scale=self.attention_scale,
        )  # fmt: skip

    @property
    def own_layers(self) -> tuple[int, ...]:
        """Numbers of the layers with self-attention, the only ones that a cache holds."""
        alone = {index for memory in self.memories if memory.alone for index in memory.layers}
        return tuple(index for index in range(self.layers) if index not in alone)

    def layer_memories(self, index: int) -> tuple[MemoryConfig, ...]:
        """The kinds of memory that a layer attends to."""
        return tuple(memory for memory in self.memories if index in memory.layers)

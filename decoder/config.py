"""What a decoder is, as data: one frozen config expresses Whisper, the LLaMA family and captioners."""

from dataclasses import dataclass
from typing import Literal

from kernels.layers import LayerConfig
from kernels.reference import Activation


@dataclass(frozen=True)
class RopeScaling:
    """Llama 3.1's stretching of the slow rotations (Grattafiori et al. 2024; transformers' rope_type "llama3")."""

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
    `cross_layers` names the layers that cross-attend to a memory of width `memory_width`.
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
    cross_layers: tuple[int, ...] = ()
    cross_gated: bool = False
    memory_width: int | None = None
    embedding_scale: float = 1.0
    tied: bool = True
    head_transform: bool = False
    head_bias: bool = False

    def __post_init__(self) -> None:
        for name in ("vocabulary", "layers", "max_positions"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name}: must be above 0, got {getattr(self, name)}")
        if any(not 0 <= index < self.layers for index in self.cross_layers):
            raise ValueError(f"cross_layers: {self.cross_layers} are not within the {self.layers} layers")
        if self.positions == "rope" and self.layer.head % 2:
            raise ValueError(f"head_width: rotary positions need an even width, got {self.layer.head}")

    @property
    def layer(self) -> LayerConfig:
        """The shape of each layer."""
        return LayerConfig(
            width=self.width, heads=self.heads, hidden=self.hidden, key_value_heads=self.key_value_heads,
            head_width=self.head_width, norm=self.norm, norm_eps=self.norm_eps, norm_first=self.norm_first,
            activation=self.activation, gated=self.gated, attention_bias=self.attention_bias,
            output_bias=self.output_bias, mlp_bias=self.mlp_bias, query_key_norm=self.query_key_norm,
            rope_interleaved=self.rope_interleaved, memory_width=self.memory_width, cross_gated=self.cross_gated,
        )  # fmt: skip

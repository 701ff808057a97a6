"""What an encoder is, as data: frozen configs."""

from dataclasses import dataclass
from typing import Literal

from kernels.layers import LayerConfig
from kernels.reference import Activation


@dataclass(frozen=True)
class AudioConfig:
    """Shape of Whisper's audio transformer (Radford et al. 2022, 2.2). `positions`: output frames of a full window."""

    width: int
    layers: int
    heads: int
    mels: int = 80
    positions: int = 1500

    def __post_init__(self) -> None:
        for name in ("layers", "mels", "positions"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name}: must be above 0, got {getattr(self, name)}")

    @property
    def frames(self) -> int:
        """Log-mel frames of a full window: the second convolution halves them."""
        return 2 * self.positions

    @property
    def layer(self) -> LayerConfig:
        """The shape of each layer."""
        return LayerConfig(width=self.width, heads=self.heads, hidden=4 * self.width, activation="gelu")


@dataclass(frozen=True)
class TileConfig:
    """How a vision transformer sees a picture cut into tiles (Llama 3 Team 2024, section 7; see vision_tiles.py).

    Attributes:
        most: tiles of one picture.
        arrangements: how many ways there are to lay them out; a number from 1 on names each.
        layers: blocks behind the last norm, in which all tiles see each other once more, gated.
        keep: numbers of the blocks whose output joins the memory.
        bridge: width of the memory after a last layer; None without one.
    """

    most: int
    arrangements: int
    layers: int
    keep: tuple[int, ...]
    bridge: int | None = None

    def __post_init__(self) -> None:
        for name in ("most", "arrangements"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name}: must be above 0, got {getattr(self, name)}")


@dataclass(frozen=True)
class VisionConfig:
    """Shape of a vision transformer (Dosovitskiy et al. 2020): ViT, DeiT, CLIP, SigLIP and BLIP by configuration alone.

    Attributes:
        image, patch: (height, width) in pixels; what does not fill a patch at the right and lower edge is not seen.
        class_token, distillation_token: learned tokens before the patches, in this order (Touvron et al. 2020).
        patch_bias, attention_bias, output_bias: whether there is a bias in the patches' projection, in query, key and
            value, and in the layer behind attention.
        first_norm: a norm before the first block (CLIP).
        last_norm: a norm after the last block.
        summary: one vector a picture: "class" the first token's state, "tanh" a layer and tanh on top (ViT's pooler),
            "probe" attention of a learned query with a feed-forward (SigLIP); "none" where it has none.
        projection: width of the summary after a last matrix without bias (CLIP); None without one.
        tiles: for pictures cut into tiles (Llama-3.2-Vision); None for whole ones.
    """

    width: int
    layers: int
    heads: int
    hidden: int
    image: tuple[int, int] = (224, 224)
    patch: tuple[int, int] = (16, 16)
    channels: int = 3
    class_token: bool = True
    distillation_token: bool = False
    patch_bias: bool = True
    attention_bias: bool = True
    output_bias: bool = True
    activation: Activation = "gelu"
    norm_eps: float = 1e-6
    first_norm: bool = False
    last_norm: bool = True
    summary: Literal["none", "class", "tanh", "probe"] = "none"
    projection: int | None = None
    tiles: TileConfig | None = None

    def __post_init__(self) -> None:
        for name in ("layers", "channels"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name}: must be above 0, got {getattr(self, name)}")
        if min(self.patch) <= 0 or min(self.grid) <= 0:
            raise ValueError(f"patch: {self.patch} does not fit a picture of {self.image}")
        _ = self.layer.head  # the layers' own checks
        if self.tiles is not None and any(not 0 <= index < self.layers for index in self.tiles.keep):
            raise ValueError(f"keep: {self.tiles.keep} are not within the {self.layers} layers")

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of patches."""
        return self.image[0] // self.patch[0], self.image[1] // self.patch[1]

    @property
    def extra(self) -> int:
        """Tokens before the patches."""
        return int(self.class_token) + int(self.distillation_token)

    @property
    def tokens(self) -> int:
        """Length of the memory: patches and what stands before them."""
        return self.grid[0] * self.grid[1] + self.extra

    @property
    def layer(self) -> LayerConfig:
        """The shape of each layer."""
        return LayerConfig(
            width=self.width, heads=self.heads, hidden=self.hidden, norm_eps=self.norm_eps,
            activation=self.activation, attention_bias=self.attention_bias, output_bias=self.output_bias,
        )  # fmt: skip

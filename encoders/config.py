"""What an encoder is, as data: frozen configs."""

from dataclasses import dataclass

from kernels.layers import LayerConfig


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

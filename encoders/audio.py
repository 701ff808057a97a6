"""The audio transformer: log-mel frames to a memory that a decoder cross-attends to."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from encoders.config import AudioConfig
from kernels.layers import Block, KeyValueCache, Norm

MARGIN = 64  # positions of padding that are computed with the sound: 1.3 s


class AudioEncoder(nn.Module):
    """Whisper's encoder (Radford et al. 2022): two convolutions, sinusoidal positions, pre-norm blocks, a last norm."""

    def __init__(self, config: AudioConfig) -> None:
        super().__init__()
        self.config = config
        self.conv1 = nn.Conv1d(config.mels, config.width, 3, padding=1)
        self.conv2 = nn.Conv1d(config.width, config.width, 3, stride=2, padding=1)
        self.positions = nn.Parameter(sinusoids(config.positions, config.width))
        self.blocks = nn.ModuleList(Block(config.layer) for _ in range(config.layers))
        self.norm = Norm(config.width, "layer", config.layer.norm_eps)

    def forward(self, mel_BMF: Tensor) -> Tensor:
        """Log-mel (B, mels, F) to memory (B, F / 2, width); F is at most `config.frames`.

        Published weights were trained on full windows only: pad to `config.frames` (see `pad_window`), or use
        `begin` with the Padding of this encoder.

        Raises:
            ValueError: the bands or the number of frames don't fit.
        """
        self._check(mel_BMF)
        return self._blocks(self._embed(mel_BMF), None)

    def padding(self, mel_1MF: Tensor) -> "Padding":
        """Run a full window that ends in padding, and keep what its padding became for windows to come."""
        self._check(mel_1MF)
        layer = self.config.layer
        cache = KeyValueCache(self.config.layers, 1, layer.groups, self.config.positions, layer.head)
        memory_1FD = self._blocks(self._embed(pad_window(mel_1MF, self.config.frames)), cache)
        return Padding(cache.keys, cache.values, memory_1FD, -(-mel_1MF.shape[2] // 2))

    def begin(self, mel_1MF: Tensor, padding: "Padding") -> Tensor:
        """Memory (1, P, width) of the sounding beginning of a window alone; `padding.memory_1FD[:, P:]` continues it.

        The sounding frames and a margin are computed; they attend to the padding as it was in another window. The
        result differs from the whole window's by 1 to 6 percent, which can change a doubtful word.
        """
        self._check(mel_1MF)
        layer, positions = self.config.layer, self.config.positions
        own = min(positions, max(padding.sounding, -(-mel_1MF.shape[2] // 2)) + MARGIN)
        cache = KeyValueCache(self.config.layers, 1, layer.groups, positions, layer.head)
        cache.length = positions - own  # the order of keys is nothing to attention: the padding's come first
        cache.keys[:, :, :, : cache.length] = padding.keys[:, :, :, own:]
        cache.values[:, :, :, : cache.length] = padding.values[:, :, :, own:]
        frames = min(self.config.frames, 2 * own + 2)  # the convolutions look a little ahead
        return self._blocks(self._embed(pad_window(mel_1MF, frames))[:, :own], cache)

    def _check(self, mel_BMF: Tensor) -> None:
        if mel_BMF.dim() != 3 or mel_BMF.shape[1] != self.config.mels or not 0 < mel_BMF.shape[2] <= self.config.frames:
            raise ValueError(
                f"mel: expected (B, {self.config.mels}, 1 to {self.config.frames}), got {tuple(mel_BMF.shape)}"
            )

    def _embed(self, mel_BMF: Tensor) -> Tensor:
        x_BDF = F.gelu(self.conv1(mel_BMF))
        x_BFD = F.gelu(self.conv2(x_BDF)).transpose(1, 2)
        return x_BFD + self.positions[: x_BFD.shape[1]]

    def _blocks(self, x_BFD: Tensor, cache: KeyValueCache | None) -> Tensor:
        for index, block in enumerate(self.blocks):
            x_BFD = block(x_BFD, cache=cache, layer=index)
        return self.norm(x_BFD)


@dataclass(frozen=True)
class Padding:
    """What the padding at the end of a window becomes in every layer, from a window whose beginning was speech.

    Attributes:
        keys, values: (layers, 1, heads, positions, head width); the padding's are those from `sounding` on.
        memory_1FD: the encoder's output (1, positions, width).
        sounding: positions at the beginning that weren't padding.
    """

    keys: Tensor
    values: Tensor
    memory_1FD: Tensor
    sounding: int


def pad_window(mel_BMF: Tensor, frames: int) -> Tensor:
    """A full window: zeros after the last frame, the middle of the features' range, as faster-whisper pads."""
    return F.pad(mel_BMF, (0, frames - mel_BMF.shape[2]))


def sinusoids(positions: int, width: int) -> Tensor:
    """Sines, then cosines, of geometrically spaced frequencies: (positions, width)."""
    half = width // 2
    rates = torch.exp(torch.arange(half) * (-torch.log(torch.tensor(10_000.0)) / max(1, half - 1)))
    angles = torch.arange(positions)[:, None] * rates[None]
    return torch.cat((angles.sin(), angles.cos()), dim=1)

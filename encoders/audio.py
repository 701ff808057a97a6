"""The audio transformer: log-mel frames to a memory that a decoder cross-attends to."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from encoders.config import AudioConfig
from kernels.layers import Block, Norm


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

        Published weights were trained on full windows only: pad to `config.frames` (see `pad_window`).

        Raises:
            ValueError: the bands or the number of frames don't fit.
        """
        if mel_BMF.dim() != 3 or mel_BMF.shape[1] != self.config.mels or not 0 < mel_BMF.shape[2] <= self.config.frames:
            raise ValueError(
                f"mel: expected (B, {self.config.mels}, 1 to {self.config.frames}), got {tuple(mel_BMF.shape)}"
            )
        x_BDF = F.gelu(self.conv1(mel_BMF))
        x_BFD = F.gelu(self.conv2(x_BDF)).transpose(1, 2)
        x_BFD = x_BFD + self.positions[: x_BFD.shape[1]]
        for block in self.blocks:
            x_BFD = block(x_BFD)
        return self.norm(x_BFD)


def pad_window(mel_BMF: Tensor, frames: int) -> Tensor:
    """A full window: zeros after the last frame, the middle of the features' range, as faster-whisper pads."""
    return F.pad(mel_BMF, (0, frames - mel_BMF.shape[2]))


def sinusoids(positions: int, width: int) -> Tensor:
    """Sines, then cosines, of geometrically spaced frequencies: (positions, width)."""
    half = width // 2
    rates = torch.exp(torch.arange(half) * (-torch.log(torch.tensor(10_000.0)) / max(1, half - 1)))
    angles = torch.arange(positions)[:, None] * rates[None]
    return torch.cat((angles.sin(), angles.cos()), dim=1)

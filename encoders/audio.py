"""The audio transformer: log-mel frames to a memory that a decoder cross-attends to."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from encoders.config import AudioConfig
from encoders.padding import FilledCache, Padding, Plan, plan
from kernels.layers import Block, KeyValueCache, Norm


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

    def padding(self, mel_1MF: Tensor) -> Padding:
        """Run a full window that ends in padding, and keep what its padding became for windows to come."""
        self._check(mel_1MF)
        layer, sounding = self.config.layer, -(-mel_1MF.shape[2] // 2)
        cache = KeyValueCache(self.config.layers, 1, layer.groups, self.config.positions, layer.head)
        x_1FD, drawn_F = self._embed(pad_window(mel_1MF, self.config.frames)), torch.zeros(self.config.positions)
        for index, block in enumerate(self.blocks):
            heads = block.attention.qkv(block.attention_norm(x_1FD[:, :sounding])).unflatten(2, (-1, layer.head))
            x_1FD = block(x_1FD, cache=cache, layer=index)
            scores_1HTF = heads[:, :, : layer.heads].transpose(1, 2) @ cache.keys[index].mT / math.sqrt(layer.head)
            drawn_F = torch.maximum(drawn_F, scores_1HTF.softmax(-1).mean(2).amax(dim=(0, 1)))
        return Padding(cache.keys, cache.values, self.norm(x_1FD), drawn_F, sounding)

    def begin(self, mel_1MF: Tensor, padding: Padding) -> tuple[Tensor, Plan]:
        """Only some rows of a window's memory, (1, R, width), and the plan by which the others follow from them.

        `plan.fill(rows[:, None], padding.memory_1FD[:, None])[:, 0]` is the memory (1, positions, width), nearly that
        of the whole window. What is linear in the memory may be filled in its place; see encoders/padding.py.
        """
        self._check(mel_1MF)
        chosen = plan(-(-mel_1MF.shape[2] // 2), padding)
        frames = min(self.config.frames, 2 * chosen.own + 2)  # the convolutions look a little ahead
        sound_1TD = self._embed(pad_window(mel_1MF, frames))[:, : chosen.own]
        silence_D = self._embed(mel_1MF.new_zeros(1, self.config.mels, 6))[0, 1] - self.positions[1]
        others = self.positions[torch.cat((chosen.nodes_N, chosen.landmarks_L))] + silence_D
        return self._blocks(torch.cat((sound_1TD, others[None]), 1), FilledCache(chosen, padding)), chosen

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
        branch_BFD: Tensor | None = None
        for index, block in enumerate(self.blocks):
            x_BFD, branch_BFD = block.step(x_BFD, branch_BFD, cache=cache, layer=index)
        out_BFD: Tensor = self.norm.add(x_BFD, branch_BFD)[1]
        return out_BFD


def pad_window(mel_BMF: Tensor, frames: int) -> Tensor:
    """A full window: zeros after the last frame, the middle of the features' range, as faster-whisper pads."""
    return F.pad(mel_BMF, (0, frames - mel_BMF.shape[2]))


def sinusoids(positions: int, width: int) -> Tensor:
    """Sines, then cosines, of geometrically spaced frequencies: (positions, width)."""
    half = width // 2
    rates = torch.exp(torch.arange(half) * (-torch.log(torch.tensor(10_000.0)) / max(1, half - 1)))
    angles = torch.arange(positions)[:, None] * rates[None]
    return torch.cat((angles.sin(), angles.cos()), dim=1)

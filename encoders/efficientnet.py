"""EfficientNet-Lite, an image classifier (Tan and Le, 2019, arXiv:1905.11946; Lite drops squeeze-and-excite).

Batch norms are folded into the convolutions as the weights are read: what runs is convolutions and ReLU6 alone.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from kernels.errors import UserError


@dataclass(frozen=True)
class EfficientNetConfig:
    """Sizes of one member of the family.

    Attributes:
        stages: repeats, kernel, stride, expansion and output channels of each stage of inverted bottlenecks.
    """

    stages: tuple[tuple[int, int, int, int, int], ...]
    stem: int = 32
    head: int = 1280
    classes: int = 1000
    epsilon: float = 1e-3

    @property
    def blocks(self) -> Iterator[tuple[int, int, int, int, int]]:
        """(inputs, outputs, kernel, stride, expansion) of every block in order."""
        inputs = self.stem
        for repeats, kernel, stride, expansion, outputs in self.stages:
            for index in range(repeats):
                yield inputs, outputs, kernel, stride if index == 0 else 1, expansion
                inputs = outputs


LITE2 = EfficientNetConfig(
    stages=((1, 3, 1, 1, 16), (3, 3, 2, 6, 24), (3, 5, 2, 6, 48), (4, 3, 2, 6, 88), (4, 5, 1, 6, 120),
            (5, 5, 2, 6, 208), (1, 3, 1, 6, 352)),
)  # fmt: skip


class FoldedConv(nn.Module):
    """Convolution with TensorFlow's "same" padding (an odd pixel goes right and below), then ReLU6 or nothing."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, groups: int, active: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs // groups, kernel, kernel), requires_grad=False)
        self.bias = nn.Parameter(torch.empty(outputs), requires_grad=False)
        self.stride, self.groups, self.active = stride, groups, active

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) to (B, outputs, ceil(H / stride), ceil(W / stride))."""
        kernel = self.weight.shape[-1]
        needs = [max((math.ceil(s / self.stride) - 1) * self.stride + kernel - s, 0) for s in x.shape[-2:]]
        if needs[0] % 2 or needs[1] % 2:
            x = functional.pad(x, (needs[1] // 2, needs[1] - needs[1] // 2, needs[0] // 2, needs[0] - needs[0] // 2))
            needs = [0, 0]
        x = functional.conv2d(
            x, self.weight, self.bias, self.stride, (needs[0] // 2, needs[1] // 2), groups=self.groups
        )
        return functional.relu6(x, inplace=True) if self.active else x


class Bottleneck(nn.Module):
    """Inverted bottleneck (Sandler et al., 2018, arXiv:1801.04381): widen, filter by channel, narrow, add the input."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = inputs * expansion
        self.expand = FoldedConv(inputs, wide, 1, 1, 1, True) if expansion != 1 else None
        self.depthwise = FoldedConv(wide, wide, kernel, stride, wide, True)
        self.project = FoldedConv(wide, outputs, 1, 1, 1, False)
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) to (B, outputs, H / stride, W / stride)."""
        y = self.expand(x) if self.expand is not None else x
        y = self.project(self.depthwise(y))
        return y + x if self.adds else y


class EfficientNet(nn.Module):
    """Pictures (B, 3, H, W) to class scores (B, classes)."""

    def __init__(self, config: EfficientNetConfig = LITE2) -> None:
        super().__init__()
        self.config = config
        self.stem = FoldedConv(3, config.stem, 3, 2, 1, True)
        self.blocks = nn.ModuleList(Bottleneck(*sizes) for sizes in config.blocks)
        self.head = FoldedConv(config.stages[-1][4], config.head, 1, 1, 1, True)
        self.classifier = nn.Linear(config.head, config.classes)

    def features(self, pictures_B3HW: Tensor) -> Tensor:
        """What the last convolution sees, averaged over the picture: (B, head)."""
        x = self.stem(pictures_B3HW.contiguous(memory_format=torch.channels_last))
        for block in self.blocks:
            x = block(x)
        return self.head(x).mean(dim=(2, 3))

    def forward(self, pictures_B3HW: Tensor) -> Tensor:
        """Class scores before the softmax, (B, classes)."""
        return self.classifier(self.features(pictures_B3HW))


def load_lite2(weights: Path, table: Path) -> EfficientNet:
    """EfficientNet-Lite2 from a checkpoint in PyTorch's old container, read by offset and never unpickled.

    Args:
        weights: the checkpoint; its SHA-256 has been verified, so the table's offsets hold.
        table: JSON {tensor name: [byte offset, shape, strides]} of float32 tensors (training/efficientnet_table.py).

    Raises:
        UserError: a tensor is missing, left over, misshapen or beyond the file's end.
    """
    with torch.device("meta"):
        model = EfficientNet(LITE2)
    tensors = read_tensors(weights, json.loads(table.read_text()))
    state: dict[str, Tensor] = {}
    for ours, theirs, norm in _names(LITE2):
        weight = _take(tensors, f"{theirs}.weight")
        if norm is None:
            state |= {f"{ours}.weight": weight, f"{ours}.bias": _take(tensors, f"{theirs}.bias")}
            continue
        gamma, beta, mean, variance = (
            _take(tensors, f"{norm}.{part}") for part in ("weight", "bias", "running_mean", "running_var")
        )
        factor = gamma / torch.sqrt(variance + LITE2.epsilon)
        state[f"{ours}.weight"] = (weight * factor[:, None, None, None]).contiguous(memory_format=torch.channels_last)
        state[f"{ours}.bias"] = beta - mean * factor
    if tensors:
        raise _bad_weights(f"the tensor {next(iter(tensors))} belongs to no part of the model")
    for name, parameter in model.named_parameters():
        if name not in state or state[name].shape != parameter.shape:
            raise _bad_weights(f"the tensor for {name} is missing or has the wrong shape")
    model.load_state_dict(state, strict=True, assign=True)
    return model.eval().requires_grad_(False)


def read_tensors(weights: Path, table: Mapping[str, tuple[int, list[int], list[int]]]) -> dict[str, Tensor]:
    """Float32 tensors at known places of a file; strides in elements, since converted weights lie transposed.

    Raises:
        UserError: one would lie beyond the file's end.
    """
    data = np.fromfile(weights, np.uint8)
    tensors = {}
    for name, (offset, shape, strides) in table.items():
        span = 1 + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
        end = offset + 4 * span
        if not 0 <= offset < end <= len(data):
            raise _bad_weights(f"the tensor {name} lies outside the file")
        values = torch.from_numpy(data[offset:end].view("<f4").copy())
        tensors[name] = values.as_strided(shape, strides).contiguous()
    return tensors


def _names(config: EfficientNetConfig) -> Iterator[tuple[str, str, str | None]]:
    """Our layer, the checkpoint's layer, the checkpoint's batch norm (None: the layer has a bias of its own)."""
    yield "stem", "_conv_stem", "_bn0"
    for index, (_, _, _, _, expansion) in enumerate(config.blocks):
        ours, theirs = f"blocks.{index}", f"_blocks.{index}"
        if expansion != 1:
            yield f"{ours}.expand", f"{theirs}._expand_conv", f"{theirs}._bn0"
        yield f"{ours}.depthwise", f"{theirs}._depthwise_conv", f"{theirs}._bn1"
        yield f"{ours}.project", f"{theirs}._project_conv", f"{theirs}._bn2"
    yield "head", "_conv_head", "_bn1"
    yield "classifier", "_fc", None


def _take(tensors: dict[str, Tensor], name: str) -> Tensor:
    if name not in tensors:
        raise _bad_weights(f"the tensor {name} is missing")
    return tensors.pop(name)


def _bad_weights(what: str) -> UserError:
    return UserError(f"The model that names objects cannot be used: {what}.", "Run: antigone models verify")

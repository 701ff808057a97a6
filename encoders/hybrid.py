"""A hybrid vision transformer: a convolutional stem's feature maps are its patches (Dosovitskiy et al. 2020, 3.1).

The stem is EfficientNet-Lite2 from its package. Its lower part stays as published; its upper part is tuned, and two of
its maps, of stride 32 and 16, make the patches that the project's ViT class reads.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from encoders.config import VisionConfig
from encoders.efficientnet import LITE2, EfficientNet
from encoders.image_input import PictureConfig, to_tensor
from encoders.vision import VisionTransformer
from kernels.checkpoints import Checkpoint, Rule, load_strict
from kernels.layers import uninitialised

if TYPE_CHECKING:
    from PIL import Image

SIDE = 260  # pixels of the stem's square input
CUT = 15  # blocks of the stem's lower part, up to its last map of stride 16
LOWER, MAP = 120, 17  # channels, and rows and columns, of that map
GRID = 5  # rows and columns of patches: each sees 3 x 3 places of the maps of stride 32, overlapping by one
CHANNELS = LITE2.head + 4 * LOWER  # of a patch
PIXELS = PictureConfig((SIDE, SIDE), (0.498,) * 3, (0.502,) * 3, "bicubic", "stretch")
ZOOMS = (MAP, 13, 11)  # rows and columns of the windows that `zoomed` sees
_SQUARE = 1.15  # aspect up to which one view shows all


@dataclass(frozen=True)
class HybridConfig:
    """Shape of the transformer on the stem."""

    width: int = 256
    layers: int = 3
    heads: int = 4
    hidden: int = 768

    @property
    def vision(self) -> VisionConfig:
        """The ViT whose "pixels" are the stem's maps, one patch each."""
        return VisionConfig(
            width=self.width, layers=self.layers, heads=self.heads, hidden=self.hidden, image=(GRID, GRID),
            patch=(1, 1), channels=CHANNELS, first_norm=True, summary="class",
        )  # fmt: skip


class HybridViT(nn.Module):
    """The stem's lower map (B, 120, 17, 17) to a memory (B, 26, D): one token for the whole, then 5 x 5 patches.

    Names of parameters: blocks.N.* and head.* (the stem's upper part, as in EfficientNet), vit.* (VisionTransformer).
    """

    def __init__(self, config: HybridConfig, stem: EfficientNet) -> None:
        """The stem's upper part is copied, so that it may be tuned while others use the published one."""
        super().__init__()
        self.config = config
        self.blocks: nn.ModuleList = copy.deepcopy(stem.blocks[CUT:])
        self.head = copy.deepcopy(stem.head)
        self.vit = VisionTransformer(config.vision)

    def forward(self, low_BCHW: Tensor) -> Tensor:
        """Memory (B, 1 + 25, D) of the lower map that `lower` made.

        Raises:
            ValueError: the map is misshapen.
        """
        memory_BSD: Tensor = self.vit(self.maps(low_BCHW))
        return memory_BSD

    def maps(self, low_BCHW: Tensor) -> Tensor:
        """What the ViT takes for pixels, (B, 1760, 5, 5), from the lower map.

        Raises:
            ValueError: the map is misshapen.
        """
        if low_BCHW.dim() != 4 or low_BCHW.shape[1:] != (LOWER, MAP, MAP):
            raise ValueError(f"low: expected (B, {LOWER}, {MAP}, {MAP}), got {tuple(low_BCHW.shape)}")
        fine_BCHW = functional.pixel_unshuffle(functional.pad(low_BCHW, (0, 1, 0, 1)), 2)
        x = low_BCHW.contiguous(memory_format=torch.channels_last)
        for block in self.blocks:
            x = block(x)
        return torch.cat((_patches(self.head(x)), _patches(fine_BCHW)), dim=1)


def _patches(map_BCHW: Tensor) -> Tensor:
    """Means of 3 x 3 places, (B, C, 5, 5), each patch's channels to zero mean and unit variance: the two maps differ
    in scale."""
    pooled = functional.avg_pool2d(map_BCHW, 3, 2, 1, count_include_pad=False).permute(0, 2, 3, 1)
    return functional.layer_norm(pooled, pooled.shape[-1:]).permute(0, 3, 1, 2)


def lower(stem: EfficientNet, pixels_B3HW: Tensor) -> Tensor:
    """The stem's last map of stride 16, (B, 120, 17, 17), of pictures of SIDE by SIDE pixels."""
    x = stem.stem(pixels_B3HW.contiguous(memory_format=torch.channels_last))
    for block in stem.blocks[:CUT]:
        x = block(x)
    return x


def fixed_views(picture: "Image.Image") -> "list[Image.Image]":
    """The squares that are looked at: the whole picture if it is about square; otherwise its middle and the whole
    stretched."""
    width, height = picture.size
    short = min(width, height)
    if max(width, height) <= _SQUARE * short:
        return [picture]
    left, top = (width - short) // 2, (height - short) // 2
    return [picture.crop((left, top, left + short, top + short)), picture]


def look(stem: EfficientNet, encoder: "HybridViT", picture: "Image.Image") -> Tensor:
    """The memories (V, 1 + 25, D) of all views of a picture: its fixed views, each also seen from nearer."""
    return cast(Tensor, encoder(zoomed(lower(stem, to_pixels(fixed_views(picture))))))


def zoomed(low_BCHW: Tensor) -> Tensor:
    """Lower maps (B, C, H, W) as seen from ever nearer, (len(ZOOMS) * B, C, H, W): windows of the maps' middle,
    stretched. They stand in for more views of the picture at a fifth of their cost."""
    side = low_BCHW.shape[-1]
    seen = []
    for window in ZOOMS:
        start = (side - window) // 2
        cut = low_BCHW[:, :, start : start + window, start : start + window]
        seen.append(functional.interpolate(cut, (side, side), mode="bilinear", align_corners=False))
    return torch.cat(seen)


def to_pixels(pictures: "Sequence[Image.Image]") -> Tensor:
    """Views as the stem wants them, (B, 3, SIDE, SIDE)."""
    return to_tensor(list(pictures), PIXELS)


def load_hybrid(
    checkpoint: Checkpoint, config: HybridConfig, stem: EfficientNet, prefix: str = "encoder."
) -> HybridViT:
    """The encoder with a checkpoint's weights, float32, on a copy of the stem's upper part.

    Raises:
        UserError: a tensor is missing, unknown, misshapen or not finite; it is named.
    """
    with uninitialised():
        model = HybridViT(config, stem)
    load_strict(model, under(checkpoint, prefix), names(model, prefix))
    return model.eval().requires_grad_(False)


def names(model: nn.Module, prefix: str) -> Mapping[str, Rule | str]:
    """The table of a checkpoint that holds our own names under a prefix."""
    return {name: prefix + name for name in model.state_dict()}


def under(checkpoint: Checkpoint, prefix: str) -> Checkpoint:
    """The part of a checkpoint whose names begin so."""
    return Checkpoint(checkpoint.source, {n: t for n, t in checkpoint.tensors.items() if n.startswith(prefix)})

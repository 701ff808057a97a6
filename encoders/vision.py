"""The vision transformer: pixels to a memory of patches that a decoder cross-attends to, and to one vector a picture.

Sources: Dosovitskiy et al. 2020 (ViT), Touvron et al. 2020 (DeiT), Radford et al. 2021 (CLIP), Zhai et al. 2023
(SigLIP), Li et al. 2022 (BLIP). Which of them it is, the config says.
"""

from collections.abc import Collection

import torch
from torch import Tensor, nn

from encoders.config import VisionConfig
from kernels.layers import Block, CrossAttention, FeedForward, Linear, Norm, joined


class VisionTransformer(nn.Module):
    """Pixels (B, 3, H, W) to a memory (B, P, D): extra tokens first, then patches row by row.

    Names of parameters: patches.* (D, C * patch height * patch width), class_token (D,), distillation_token (D,),
    positions (P, D), first_norm.*, blocks.N.* (kernels.layers.Block), norm.*, pool.*, probe.*, projection.weight.
    """

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.config = config
        width, (height, breadth) = config.width, config.patch
        self.patches = Linear(config.channels * height * breadth, width, bias=config.patch_bias)
        self.class_token = nn.Parameter(torch.zeros(width)) if config.class_token else None
        self.distillation_token = nn.Parameter(torch.zeros(width)) if config.distillation_token else None
        self.positions = nn.Parameter(torch.zeros(config.tokens, width))
        self.first_norm = Norm(width, "layer", config.norm_eps) if config.first_norm else None
        self.blocks = nn.ModuleList(Block(config.layer) for _ in range(config.layers))
        self.norm = Norm(width, "layer", config.norm_eps) if config.last_norm else None
        self.pool = Linear(width, width) if config.summary == "tanh" else None
        self.probe = Probe(config) if config.summary == "probe" else None
        self.projection = None if config.projection is None else Linear(width, config.projection, bias=False)

    def forward(self, pixels_BCHW: Tensor) -> Tensor:
        """The memory (B, P, D), after the last norm.

        Raises:
            ValueError: the pixels are not of the config's channels, height and width.
        """
        x_BPD, _ = self.encode(self.embed(pixels_BCHW))
        return x_BPD if self.norm is None else self.norm(x_BPD)

    def embed(self, pixels_BCHW: Tensor) -> Tensor:
        """Patches with their extra tokens, positions and first norm: what the first block reads, (B, P, D)."""
        x_BPD = self.patches(self.patchify(pixels_BCHW))
        extra = [token for token in (self.class_token, self.distillation_token) if token is not None]
        if extra:
            x_BPD = torch.cat((torch.stack(extra).expand(x_BPD.shape[0], -1, -1), x_BPD), dim=1)
        x_BPD = x_BPD + self.positions
        return x_BPD if self.first_norm is None else self.first_norm(x_BPD)

    def encode(
        self, x_BPD: Tensor, *, bias: Tensor | None = None, keep: Collection[int] = ()
    ) -> tuple[Tensor, list[Tensor]]:
        """Run the blocks.

        Args:
            bias: of the attention, as in kernels.dispatch.attention.
            keep: numbers of the blocks whose input is wanted beside the last state.

        Returns:
            The last state (B, P, D), before the last norm, and the inputs kept, in the blocks' order.
        """
        kept: list[Tensor] = []
        branch_BPD: Tensor | None = None
        for index, block in enumerate(self.blocks):
            if index in keep:
                x_BPD, branch_BPD = joined(x_BPD, branch_BPD), None
                kept.append(x_BPD)
            x_BPD, branch_BPD = block.step(x_BPD, branch_BPD, bias=bias)
        return joined(x_BPD, branch_BPD), kept

    def patchify(self, pixels_BCHW: Tensor) -> Tensor:
        """Cut pixels into patches: (B, rows * columns, C * patch height * patch width)."""
        config = self.config
        if pixels_BCHW.dim() != 4 or pixels_BCHW.shape[1:] != (config.channels, *config.image):
            want = f"(B, {config.channels}, {config.image[0]}, {config.image[1]})"
            raise ValueError(f"pixels: expected {want}, got {tuple(pixels_BCHW.shape)}")
        (rows, columns), (height, width) = config.grid, config.patch
        seen = pixels_BCHW[:, :, : rows * height, : columns * width]
        cut = seen.reshape(-1, config.channels, rows, height, columns, width)
        return cut.permute(0, 2, 4, 1, 3, 5).reshape(-1, rows * columns, config.channels * height * width)

    def summary(self, memory_BPD: Tensor) -> Tensor:
        """One vector a picture, from its memory: (B, D), or (B, projection).

        Raises:
            ValueError: the config has no summary.
        """
        if self.config.summary == "none":
            raise ValueError("summary: this tower has none")
        x_BD = memory_BPD[:, 0] if self.probe is None else self.probe(memory_BPD)
        if self.pool is not None:
            x_BD = torch.tanh(self.pool(x_BD))
        return x_BD if self.projection is None else self.projection(x_BD)


class Probe(nn.Module):
    """Attention of one learned query to all patches, then a feed-forward (Zhai et al. 2022, section 3.5)."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.query = nn.Parameter(torch.zeros(config.width))
        self.attention = CrossAttention(config.layer)
        self.norm = Norm(config.width, "layer", config.norm_eps)
        self.mlp = FeedForward(config.layer)

    def forward(self, memory_BPD: Tensor) -> Tensor:
        """(B, P, D) to (B, D)."""
        query_B1D = self.query.expand(memory_BPD.shape[0], 1, -1)
        x_B1D = self.attention(query_B1D, self.attention.remember(memory_BPD))
        return (x_B1D + self.mlp(self.norm(x_B1D)))[:, 0]


class PictureClassifier(nn.Module):
    """A tower with a linear head; DeiT's second head reads the distillation token and both are averaged."""

    def __init__(self, config: VisionConfig, classes: int, *, distilled: bool = False) -> None:
        super().__init__()
        if distilled and not config.distillation_token:
            raise ValueError("distilled: the tower has no distillation token")
        self.tower = VisionTransformer(config)
        self.head = Linear(config.width, classes)
        self.distilled_head = Linear(config.width, classes) if distilled else None

    def forward(self, pixels_BCHW: Tensor) -> Tensor:
        """Logits (B, classes)."""
        memory_BPD = self.tower(pixels_BCHW)
        logits_BV: Tensor = self.head(memory_BPD[:, 0])
        if self.distilled_head is None:
            return logits_BV
        return (logits_BV + self.distilled_head(memory_BPD[:, 1])) / 2

"""The vision transformer for pictures cut into tiles: Llama-3.2-Vision's tower (Llama 3 Team 2024, section 7).

Each tile is told where it lies; all tiles of a picture see each other in every block and again in gated ones behind
the last norm; what some blocks put out on the way is kept beside the end.
"""

from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from encoders.config import VisionConfig
from encoders.vision import VisionTransformer
from kernels.layers import Block, Linear
from kernels.parts import Embedding

_MULTIPLE = 8  # a tile's tokens are filled up to a multiple of this, and the filling is attended to by what is real


class TiledVision(VisionTransformer):
    """Tiles (N, K, C, H, W) of N pictures to a memory (N, K, P, D).

    Names of parameters, beside the VisionTransformer's: before, after, places (TileTable), global_blocks.N.*, bridge.*.
    """

    def __init__(self, config: VisionConfig) -> None:
        """`config.tiles` says how pictures are tiled."""
        tiles = config.tiles
        if tiles is None:
            raise ValueError("tiles: the config has none")
        super().__init__(config)
        self.most = tiles.most
        self.before = TileTable(tiles.arrangements, tiles.most, 1, config.width)
        self.places = TileTable(tiles.arrangements, tiles.most, config.tokens, config.width)
        self.after = TileTable(tiles.arrangements, tiles.most, 1, config.width)
        layer = replace(config.layer, residual_gated=True)
        self.global_blocks = nn.ModuleList(Block(layer) for _ in range(tiles.layers))
        width = config.width * (1 + len(tiles.keep))
        self.bridge = None if tiles.bridge is None else Linear(width, tiles.bridge)

    def see(self, pixels_NKCHW: Tensor, arrangements_N: Tensor, counts_N: Tensor) -> Tensor:
        """The memory (N, K, P, D) of N pictures; D is the bridge's width.

        Args:
            pixels_NKCHW: K tiles a picture, real ones first, the rest zeros.
            arrangements_N: how each picture's tiles lie, from 1 on.
            counts_N: how many tiles of each are real.

        Raises:
            ValueError: the shapes don't fit the config or each other.
        """
        self._check(pixels_NKCHW, arrangements_N, counts_N)
        pictures = pixels_NKCHW.shape[0]
        x_NKPD = self.patches(self.patchify(pixels_NKCHW.flatten(0, 1))).unflatten(0, (pictures, self.most))
        x_NKPD = self._placed(x_NKPD + self.before(arrangements_N), arrangements_N)
        real = x_NKPD.shape[2]
        x_NKPD = F.pad(x_NKPD, (0, 0, 0, -real % _MULTIPLE))
        tokens = x_NKPD.shape[2]
        seen = seen_tokens(counts_N, self.most, real, tokens)
        last_NSD, kept = self._layers(x_NKPD.flatten(1, 2), seen)
        assert self.norm is not None
        x_NKPD = self.norm(last_NSD).unflatten(1, (self.most, tokens)) + self.after(arrangements_N)
        x_NSD = x_NKPD.flatten(1, 2)
        for block in self.global_blocks:
            x_NSD = block(x_NSD, bias=seen)
        if kept:  # the published order: all kept blocks' first channel, then their second ...
            x_NSD = torch.cat((x_NSD, torch.stack(kept, dim=-1).flatten(-2)), dim=-1)
        memory_NKPD = x_NSD.unflatten(1, (self.most, tokens))[:, :, :real]
        return memory_NKPD if self.bridge is None else self.bridge(memory_NKPD)

    def _placed(self, x_NKPD: Tensor, arrangements_N: Tensor) -> Tensor:
        """The class token before each tile's patches, positions within the tile and of the tile, the first norm."""
        assert self.class_token is not None and self.first_norm is not None
        x_NKPD = torch.cat((self.class_token.expand(*x_NKPD.shape[:2], 1, -1), x_NKPD), dim=2)
        within_PD = (1 - torch.tanh(self.places.gate)) * self.positions
        placed: Tensor = self.first_norm(x_NKPD + within_PD + self.places(arrangements_N))
        return placed

    def _layers(self, x_NSD: Tensor, seen: Tensor) -> tuple[Tensor, list[Tensor]]:
        """The last block's output, and those that the config keeps."""
        assert self.config.tiles is not None
        inputs = [index + 1 for index in self.config.tiles.keep]  # a block's output is the next one's input
        last_NSD, kept = self.encode(x_NSD, bias=seen, keep=inputs)
        return last_NSD, [*kept, last_NSD] if self.config.layers in inputs else kept

    def _check(self, pixels_NKCHW: Tensor, arrangements_N: Tensor, counts_N: Tensor) -> None:
        assert self.config.tiles is not None
        if pixels_NKCHW.dim() != 5 or pixels_NKCHW.shape[1] != self.most:
            raise ValueError(f"pixels: expected (N, {self.most}, C, H, W), got {tuple(pixels_NKCHW.shape)}")
        for name, given, most in (
            ("arrangements", arrangements_N, self.config.tiles.arrangements), ("counts", counts_N, self.most),
        ):  # fmt: skip
            if given.shape != pixels_NKCHW.shape[:1] or bool(((given < 0) | (given > most)).any()):
                raise ValueError(f"{name}: expected ({pixels_NKCHW.shape[0]},) numbers up to {most}, got {given}")


class TileTable(nn.Module):
    """What is added to each tile's tokens, by how the picture's tiles are arranged; gated from zero."""

    def __init__(self, arrangements: int, tiles: int, tokens: int, width: int) -> None:
        super().__init__()
        self.shape = (tiles, tokens, width)
        self.table = Embedding(arrangements + 1, tiles * tokens * width)
        self.gate = nn.Parameter(torch.zeros(1))

    def forward(self, arrangements_N: Tensor) -> Tensor:
        """(N,) to (N, tiles, tokens, width)."""
        return self.table(arrangements_N).unflatten(1, self.shape) * torch.tanh(self.gate)


def seen_tokens(counts_N: Tensor, tiles: int, real: int, tokens: int) -> Tensor:
    """Which token sees which, bool (N, 1, S, S) for S = tiles x tokens: filling doesn't see filling, that is all.

    (What is real sees filling too. That is how the published weights were trained.)
    """
    tile_K1 = torch.arange(tiles, device=counts_N.device)[:, None]
    token_P = torch.arange(tokens, device=counts_N.device)
    filled_NS = ((tile_K1 >= counts_N[:, None, None]) | (token_P >= real)).flatten(1)
    return ~(filled_NS[:, None, :, None] & filled_NS[:, None, None, :])

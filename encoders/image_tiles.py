"""A picture of any shape as tiles: laid onto the canvas of tiles that fits it best, filled up with black, cut.

Equal to transformers' MllamaImageProcessor (5.x); Llama 3 Team 2024, section 7.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from encoders.image_processors import ProcessorConfig, normalise, prepare, read_processor
from kernels.checkpoints import damaged
from kernels.folders import read_json, whole

if TYPE_CHECKING:
    from PIL import Image

_MOST_TILES = 64


@dataclass(frozen=True)
class TilingConfig:
    """How a model wants its pictures tiled.

    Attributes:
        tile: side of a tile in pixels.
        most: tiles of one picture.
        processor: resampling, scale, mean and std.
    """

    tile: int
    most: int
    processor: ProcessorConfig

    @property
    def arrangements(self) -> list[tuple[int, int]]:
        """All ways of laying tiles out, (rows, columns); an arrangement's number is its place in this list, plus 1."""
        sides = range(1, self.most + 1)
        return [(rows, columns) for rows in sides for columns in sides if rows * columns <= self.most]


@dataclass(frozen=True)
class Tiles:
    """Pictures as tiles.

    Attributes:
        pixels_NKCHW: float32, the real tiles first and row by row, then zeros.
        arrangements_N: the number of each picture's arrangement.
        counts_N: how many of its tiles are real.
    """

    pixels_NKCHW: Tensor
    arrangements_N: Tensor
    counts_N: Tensor


def read_tiling(folder: Path) -> TilingConfig:
    """What preprocessor_config.json of a model's folder says.

    Raises:
        UserError: the file is missing or of another kind, or a field is not what it should be; it is named.
    """
    processor = read_processor(folder)
    size = processor.size
    if size is None or size[0] != size[1] or processor.crop is not None:
        raise damaged("preprocessor_config.json", "size is not that of a square tile")
    nested = folder / "processor_config.json"
    values = read_json(folder / "preprocessor_config.json" if not nested.is_file() else nested)
    own = values.get("image_processor")
    return TilingConfig(
        size[0], whole(own if isinstance(own, dict) else values, "max_image_tiles", 4, most=_MOST_TILES), processor
    )


def tile_pictures(pictures: "Sequence[Image.Image]", config: TilingConfig) -> Tiles:
    """RGB pictures of any sizes to tiles.

    Raises:
        ValueError: no pictures.
    """
    if not pictures:
        raise ValueError("pictures: at least one is needed")
    cut = [_tiles(picture, config) for picture in pictures]
    pixels = [F.pad(tiles, (0, 0, 0, 0, 0, 0, 0, config.most - len(tiles))) for tiles, _ in cut]
    return Tiles(
        torch.stack(pixels),
        torch.tensor([arrangement for _, arrangement in cut]),
        torch.tensor([len(tiles) for tiles, _ in cut]),
    )


def canvas(height: int, width: int, config: TilingConfig) -> tuple[int, int]:
    """Rows and columns of tiles for a picture of this size: the canvas that enlarges it least, else shrinks it least;
    of equal ones the smallest."""
    scales = [(min(rows * config.tile / height, columns * config.tile / width), rows, columns)
              for rows, columns in config.arrangements]  # fmt: skip
    larger = [scale for scale, _, _ in scales if scale >= 1]
    best = min(larger) if larger else max(scale for scale, _, _ in scales)
    fitting = [(rows * columns, index, rows, columns) for index, (scale, rows, columns) in enumerate(scales)
               if scale == best]  # fmt: skip
    return min(fitting)[2:]


def size_on_canvas(height: int, width: int, rows: int, columns: int, tile: int) -> tuple[int, int]:
    """Height and width at which a picture lies on its canvas: as it is where it fits, at least a tile's side where it
    is smaller, shrunk where it is larger; the aspect is kept."""
    wide, high = min(max(width, tile), columns * tile), min(max(height, tile), rows * tile)
    if wide / width < high / height:
        return min(math.floor(height * (wide / width)) or 1, high), wide
    return high, min(math.floor(width * (high / height)) or 1, wide)


def _tiles(picture: "Image.Image", config: TilingConfig) -> tuple[Tensor, int]:
    """The picture's own tiles (K, C, H, W), and its arrangement's number."""
    rows, columns = canvas(picture.height, picture.width, config)
    height, width = size_on_canvas(picture.height, picture.width, rows, columns, config.tile)
    plain = replace(config.processor, resize=(height, width), shortest=None, scale=None, mean=None, std=None)
    pixels_CHW = prepare([picture], plain)[0]
    pixels_CHW = F.pad(pixels_CHW, (0, columns * config.tile - width, 0, rows * config.tile - height))
    cut = pixels_CHW.unflatten(2, (columns, config.tile)).unflatten(1, (rows, config.tile))
    tiles_KCHW = cut.permute(1, 3, 0, 2, 4).flatten(0, 1)
    return normalise(tiles_KCHW, config.processor), config.arrangements.index((rows, columns)) + 1

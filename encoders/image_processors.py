"""Pictures as published models want them: resize, crop, rescale, normalise, all read from preprocessor_config.json.

Equal to the processors of `transformers` (5.x, whose resizing is torchvision's, that is PyTorch's antialiased
interpolation on bytes; Pillow differs from it by one level here and there). Pictures come from
`encoders.image_input.open_picture`, which has turned them upright and made them RGB.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from kernels.checkpoints import damaged
from kernels.errors import UserError
from kernels.folders import read_json

if TYPE_CHECKING:
    from PIL import Image

Resample = Literal["nearest", "lanczos", "bilinear", "bicubic", "box", "hamming"]
_RESAMPLE: tuple[Resample, ...] = ("nearest", "lanczos", "bilinear", "bicubic", "box", "hamming")  # Pillow's numbers
_MOST_SIDE = 8192
_FILE, _NESTED = "preprocessor_config.json", "processor_config.json"
_HALF, _CLIP_MEAN = (0.5, 0.5, 0.5), (0.48145466, 0.4578275, 0.40821073)
_CLIP_STD = (0.26862954, 0.26130258, 0.27577711)


@dataclass(frozen=True)
class ProcessorConfig:
    """How one model wants its pictures; each step is left out where its field is None.

    Attributes:
        resize: (height, width) in pixels.
        shortest: length of the shorter side after a resize that keeps the aspect.
        resample: interpolation of either resize.
        crop: (height, width) of the middle that is kept; black is added where the picture is smaller.
        scale: what pixel values 0 to 255 are multiplied by.
        mean, std: per channel, of the values after scaling.
    """

    resize: tuple[int, int] | None
    shortest: int | None = None
    resample: Resample = "bilinear"
    crop: tuple[int, int] | None = None
    scale: float | None = 1 / 255
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None

    @property
    def size(self) -> tuple[int, int] | None:
        """(height, width) of what comes out; None where it depends on the picture."""
        return self.crop or self.resize


@dataclass(frozen=True)
class _Defaults:
    """What a processor of transformers does where its file says nothing. `square`: a size of one number is a square."""

    resize: int
    shortest: bool = False
    resample: Resample = "bicubic"
    crop: int | None = None
    mean: tuple[float, ...] = _HALF
    std: tuple[float, ...] = _HALF
    square: bool = True


_KINDS = {
    "ViT": _Defaults(224, resample="bilinear"),
    "DeiT": _Defaults(256, crop=224),
    "Beit": _Defaults(256, crop=224),
    "CLIP": _Defaults(224, shortest=True, crop=224, mean=_CLIP_MEAN, std=_CLIP_STD, square=False),
    "Siglip": _Defaults(224, square=False),
    "Blip": _Defaults(384, mean=_CLIP_MEAN, std=_CLIP_STD),
    "Mllama": _Defaults(224, resample="bilinear"),  # one tile; see image_tiles.py
}


_FAMILY_KINDS = {"vit": "ViT", "deit": "DeiT", "clip": "CLIP", "siglip": "Siglip", "blip": "Blip"}


def read_processor(folder: Path, family: str | None = None) -> ProcessorConfig:
    """What preprocessor_config.json (or the image_processor in processor_config.json) of a model's folder says.

    Args:
        folder: the model's.
        family: of its vision tower; says the kind of processor where the file, an old one, doesn't.

    Raises:
        UserError: neither file is there, the kind of processor is unknown (the known ones are listed), or a field is
            not what it should be; it is named.
    """
    if (folder / _FILE).is_file() or not (folder / _NESTED).is_file():
        return processor_config(read_json(folder / _FILE), _FILE, family)
    values = read_json(folder / _NESTED).get("image_processor")
    if not isinstance(values, dict):
        raise damaged(_NESTED, "image_processor is not an object")
    return processor_config(values, _NESTED, family)


def processor_config(values: Mapping[str, Any], source: str = _FILE, family: str | None = None) -> ProcessorConfig:
    """The steps that a processor's JSON describes; see `read_processor`."""
    kind = values.get("image_processor_type", values.get("feature_extractor_type"))
    kind = _FAMILY_KINDS.get(str(family)) if kind is None else kind
    name = str(kind).removesuffix("Fast").removesuffix("ImageProcessor").removesuffix("FeatureExtractor")
    if name not in _KINDS:
        raise UserError(
            f"{source} asks for the picture processor {str(kind)[:60]}, which is not supported.",
            f"Choose a model with one of these: {', '.join(f'{known}ImageProcessor' for known in _KINDS)}.",
        )
    fields = _Fields(values, source, _KINDS[name])
    resize, shortest = fields.sizes("size") if fields.flag("do_resize", True) else (None, None)
    crop = fields.crop() if fields.flag("do_center_crop", fields.defaults.crop is not None) else None
    normal = fields.flag("do_normalize", True)
    return ProcessorConfig(
        resize=resize, shortest=shortest, resample=fields.resample(), crop=crop,
        scale=fields.scale() if fields.flag("do_rescale", True) else None,
        mean=fields.channels("image_mean", fields.defaults.mean) if normal else None,
        std=fields.channels("image_std", fields.defaults.std) if normal else None,
    )  # fmt: skip


def prepare(pictures: "Sequence[Image.Image]", config: ProcessorConfig) -> Tensor:
    """RGB pictures of any size to pixels, float32 (B, 3, H, W).

    Raises:
        ValueError: no pictures, or the config leaves them of different sizes.
    """
    if not pictures:
        raise ValueError("pictures: at least one is needed")
    rows = [_crop(_resize(picture.convert("RGB"), config), config.crop) for picture in pictures]
    if len({row.shape for row in rows}) > 1:
        raise ValueError("pictures: they differ in size, and the processor neither resizes nor crops them to one")
    return normalise(torch.stack(rows).float(), config)


def _resize(picture: "Image.Image", config: ProcessorConfig) -> Tensor:
    """Bytes (3, H, W) at the size asked for."""
    height, width = picture.height, picture.width
    if config.resize is not None:
        height, width = config.resize
    elif config.shortest is not None:  # the longer side is cut off to whole pixels, as transformers does
        short, long = sorted((height, width))
        far = int(config.shortest * long / short)
        height, width = (far, config.shortest) if width <= height else (config.shortest, far)
    if (height, width) == (picture.height, picture.width):
        return _bytes(picture)
    if config.resample in ("bilinear", "bicubic"):
        sized_1CHW = F.interpolate(_bytes(picture)[None], size=(height, width), mode=config.resample, antialias=True)
        return sized_1CHW[0]
    return _bytes(picture.resize((width, height), _RESAMPLE.index(config.resample)))


def _bytes(picture: "Image.Image") -> Tensor:
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)


def _crop(pixels_CHW: Tensor, size: tuple[int, int] | None) -> Tensor:
    """The middle, with black around where the picture is smaller."""
    if size is None:
        return pixels_CHW
    short = [max(0, want - have) for want, have in zip(size, pixels_CHW.shape[1:], strict=True)]
    if any(short):
        (above, below), (left, right) = ((gap // 2, (gap + 1) // 2) for gap in short)
        pixels_CHW = F.pad(pixels_CHW, (left, right, above, below))
    top, start = ((have - want) // 2 for want, have in zip(size, pixels_CHW.shape[1:], strict=True))
    return pixels_CHW[:, top : top + size[0], start : start + size[1]]


def normalise(pixels_BCHW: Tensor, config: ProcessorConfig) -> Tensor:
    """Pixels 0 to 255 to (x * scale - mean) / std, in one subtraction and one division; same shape."""
    if config.mean is None or config.std is None:
        return pixels_BCHW if config.scale is None else pixels_BCHW * config.scale
    whole = 1.0 if config.scale is None else 1.0 / config.scale
    mean_C11 = (torch.tensor(config.mean) * whole)[:, None, None]
    std_C11 = (torch.tensor(config.std) * whole)[:, None, None]
    return pixels_BCHW.sub(mean_C11).div_(std_C11).contiguous()


@dataclass(frozen=True)
class _Fields:
    """A processor's JSON, field by field."""

    values: Mapping[str, Any]
    source: str
    defaults: _Defaults

    def wrong(self, name: str, want: str) -> UserError:
        value = self.values.get(name)
        return damaged(self.source, f"{name} is {'missing' if value is None else repr(value)[:60]}, not {want}")

    def flag(self, name: str, default: bool) -> bool:
        value = self.values.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.wrong(name, "true or false")
        return value

    def sizes(self, name: str) -> tuple[tuple[int, int] | None, int | None]:
        """(height, width) and nothing, or nothing and the shorter side."""
        value = self.values.get(name)
        if value is None:
            side = self.defaults.resize
            return (None, side) if self.defaults.shortest else ((side, side), None)
        if isinstance(value, dict):
            if set(value) == {"shortest_edge"}:
                return None, self.side(name, value["shortest_edge"])
            if set(value) == {"height", "width"}:
                return (self.side(name, value["height"]), self.side(name, value["width"])), None
            raise self.wrong(name, "of height and width, or of shortest_edge")
        if isinstance(value, list | tuple) and len(value) == 2:
            return (self.side(name, value[0]), self.side(name, value[1])), None
        side = self.side(name, value)
        return ((side, side), None) if self.defaults.square else (None, side)

    def crop(self) -> tuple[int, int]:
        value = self.values.get("crop_size")
        if isinstance(value, dict) and set(value) == {"height", "width"}:
            return self.side("crop_size", value["height"]), self.side("crop_size", value["width"])
        if isinstance(value, dict):
            raise self.wrong("crop_size", "of height and width")
        side = self.side("crop_size", self.defaults.crop if value is None else value)
        return side, side

    def side(self, name: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST_SIDE:
            raise self.wrong(name, f"whole numbers from 1 to {_MOST_SIDE}")
        return value

    def resample(self) -> Resample:
        value = self.values.get("resample")
        if value is None:
            return self.defaults.resample
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < len(_RESAMPLE):
            raise self.wrong("resample", f"a whole number from 0 to {len(_RESAMPLE) - 1}")
        return _RESAMPLE[value]

    def scale(self) -> float:
        value = self.values.get("rescale_factor")
        if value is None:
            return 1 / 255
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
            raise self.wrong("rescale_factor", "a number above 0")
        return float(value)

    def channels(self, name: str, default: tuple[float, ...]) -> tuple[float, ...]:
        value = self.values.get(name)
        if value is None:
            return default
        given = value if isinstance(value, list | tuple) else [value] * 3
        numbers = all(isinstance(v, int | float) and not isinstance(v, bool) and abs(v) < 1e6 for v in given)
        if len(given) != 3 or not numbers or (name == "image_std" and min(given) <= 0):
            raise self.wrong(name, "three numbers" + (" above 0" if name == "image_std" else ""))
        return tuple(float(v) for v in given)

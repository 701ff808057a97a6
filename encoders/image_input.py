"""A picture file becomes an upright RGB picture and then a tensor (B, 3, H, W).

The header is judged before anything is decoded, so a picture bomb costs nothing. Pillow and torch are imported by
the functions that need them: the limited child that decodes strangers' files runs this module without torch.
"""

import os
import stat
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from kernels.errors import UserError

if TYPE_CHECKING:
    import torch
    from PIL import Image

MAX_PIXELS = 50_000_000  # decoded at full size; Pillow keeps 4 bytes a pixel, so 200 MB
MAX_JPEG_PIXELS = 170_000_000  # a JPEG can be decoded at a half, a quarter or an eighth, so phones' 108 MP pass
MAX_FILE_BYTES = 200_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "PPM", "JPEG2000", "ICO", "TGA")
ANOTHER = "Give a photo or scan as JPEG, PNG, WebP, GIF, BMP or TIFF."


@dataclass(frozen=True)
class PictureConfig:
    """How a model wants its pictures.

    Attributes:
        size: height and width in pixels.
        mean, std: per channel, on values from 0 to 1.
        resample: interpolation.
        fit: "stretch" changes the aspect, "crop" cuts the longer side's ends, "pad" adds mean-coloured bars.
        crop_fraction: with "crop", the share of the shorter side that is kept.
    """

    size: tuple[int, int]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    resample: Literal["bicubic", "bilinear", "lanczos"] = "bicubic"
    fit: Literal["stretch", "crop", "pad"] = "stretch"
    crop_fraction: float = 1.0


def check_file(path: Path, kind: str = "picture") -> None:
    """Refuse what is not a readable, non-empty, ordinary file. Nothing is read but one byte.

    Raises:
        UserError: missing, a directory, a device or pipe, no permission, empty or above 200 MB.
    """
    name = path.name or str(path)
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(f"There is no file {name}.", f"Check the name and folder, or choose another {kind}.") from None
    except PermissionError:
        raise _forbidden(name) from None
    except (OSError, ValueError):
        raise UserError(
            f"The name of the {kind} cannot be used.", "Give the path of a file on this computer."
        ) from None
    if stat.S_ISDIR(found.st_mode):
        raise UserError(f"{name} is a folder.", f"Give one {kind} inside it.")
    if not stat.S_ISREG(found.st_mode):
        raise UserError(f"{name} is not an ordinary file.", f"Save the {kind} to a file first.")
    if found.st_size == 0:
        raise UserError(f"{name} is empty.", f"Take or save the {kind} again.")
    if found.st_size > MAX_FILE_BYTES:
        raise UserError(f"{name} is larger than {MAX_FILE_BYTES // 10**6} megabytes.", f"Save a smaller {kind}.")
    try:
        with open(path, "rb") as file:
            file.read(1)
    except PermissionError:
        raise _forbidden(name) from None
    except OSError:
        raise UserError(f"{name} cannot be read from the disk.", f"Copy the {kind} elsewhere and try again.") from None


def open_picture(path: Path | str, max_pixels: int = MAX_PIXELS) -> "Image.Image":
    """Decode a picture: first frame, upright by its EXIF orientation, on a plain ground, as RGB.

    Args:
        path: the file.
        max_pixels: a larger picture is shrunk to about this many pixels, keeping its shape.

    Returns:
        An RGB picture. `info["original_size"]` holds the upright (width, height) of the file's own pixels.

    Raises:
        UserError: the file is missing, unreadable, no picture, damaged, cut short, or too large to be decoded.
    """
    from PIL import Image, UnidentifiedImageError

    path = Path(path)
    check_file(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of large pictures; the limit below decides
        try:
            with Image.open(path, formats=FORMATS) as image:
                return _decode(image, path.name, max_pixels)
        except Image.DecompressionBombError:
            raise _too_large(path.name) from None
        except UnidentifiedImageError:
            raise _not_a_picture(path) from None
        except MemoryError:
            raise UserError(f"{path.name} needs too much memory.", "Save it smaller and try again.") from None
        except UserError:
            raise
        except Exception as error:  # decoders raise nearly anything on damaged files: struct.error, ValueError ...
            cut_short = isinstance(error, EOFError) or "truncated" in str(error).lower()
            what = "is cut short: part of the file is missing" if cut_short else "is damaged"
            raise UserError(f"{path.name} {what}.", "Copy or take the picture again.") from None


def _decode(image: "Image.Image", name: str, max_pixels: int) -> "Image.Image":
    width, height = image.size
    scalable = image.format in ("JPEG", "MPO")
    if width * height > (MAX_JPEG_PIXELS if scalable else MAX_PIXELS):
        raise _too_large(name, width, height)
    if scalable and width * height > max_pixels:
        factor = (max_pixels / (width * height)) ** 0.5
        image.draft(None, (max(1, int(width * factor)), max(1, int(height * factor))))
    image.load()
    if image.size[0] * image.size[1] > max_pixels:
        factor = (max_pixels / (image.size[0] * image.size[1])) ** 0.5
        if image.mode in ("P", "1") or image.mode.startswith(("I", "F")):  # these cannot be averaged as they are
            image = _to_rgb(image)
        image = image.resize(tuple(max(1, round(side * factor)) for side in image.size), _resampling("bilinear"))
    upright = _to_rgb(_turn_upright(image))
    sideways = (upright.size[0] > upright.size[1]) != (width > height) and width != height
    upright.info = {"original_size": (height, width) if sideways else (width, height)}
    return upright


def _turn_upright(image: "Image.Image") -> "Image.Image":
    from PIL import ImageOps

    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # a damaged EXIF block must not cost the user a good picture
        return image


def _to_rgb(image: "Image.Image") -> "Image.Image":
    """Any mode to RGB: 16-bit and float scaled to 8 bits, transparency laid on the ground that shows it best."""
    from PIL import Image

    if image.mode.startswith("I;16"):
        image = image.convert("I")
        image = image.point(lambda value: value * (1 / 256)).convert("L")
    elif image.mode in ("I", "F"):
        low, high = image.getextrema()
        known = (255, 65535) if image.mode == "I" else (1, 255)
        top = next((limit for limit in known if low >= 0 and high <= limit), None)
        low, top = (0, top) if top else (low, high)
        scale = 255 / ((top - low) or 1)
        image = image.convert("F").point(lambda value: value * scale + (-low * scale)).convert("L")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        ground = (0, 0, 0) if _mostly_light(image) else (255, 255, 255)  # white writing needs a dark ground
        flat = Image.new("RGB", image.size, ground)
        flat.paste(image, mask=image.getchannel("A"))
        return flat
    return image if image.mode == "RGB" else image.convert("RGB")


def _mostly_light(image: "Image.Image") -> bool:
    small = image.resize((32, 32))
    total = weight = 0
    for red, green, blue, alpha in small.get_flattened_data():
        total += alpha * (red * 299 + green * 587 + blue * 114) // 1000
        weight += alpha
    return weight < 0.9 * 255 * 1024 and weight > 0 and total / weight > 200


def to_tensor(pictures: "list[Image.Image]", config: PictureConfig) -> "torch.Tensor":
    """Resize and normalise pictures.

    Args:
        pictures: RGB pictures of any size, B of them.
        config: what the model wants.

    Returns:
        float32 (B, 3, H, W).
    """
    import numpy as np
    import torch

    arrays = [np.array(_fit(picture, config), dtype=np.float32) for picture in pictures]
    pixels_BHWC = torch.from_numpy(np.stack(arrays)) / 255
    normal_BHWC = (pixels_BHWC - torch.tensor(config.mean)) / torch.tensor(config.std)
    return normal_BHWC.permute(0, 3, 1, 2).contiguous()


def _fit(picture: "Image.Image", config: PictureConfig) -> "Image.Image":
    from PIL import ImageOps

    height, width = config.size
    how = _resampling(config.resample)
    if config.fit == "stretch":
        return picture.resize((width, height), how, reducing_gap=3.0)
    if config.fit == "pad":
        ground = tuple(round(value * 255) for value in config.mean)
        return ImageOps.pad(picture, (width, height), method=how, color=ground)
    shape = width / height
    kept_h = min(picture.height, picture.width / shape) * config.crop_fraction
    kept_w = kept_h * shape
    left, top = (picture.width - kept_w) / 2, (picture.height - kept_h) / 2
    box = (left, top, left + kept_w, top + kept_h)
    return picture.resize((width, height), how, box=box, reducing_gap=3.0)


def _resampling(name: str) -> "Image.Resampling":
    from PIL import Image

    return Image.Resampling[name.upper()]


def _forbidden(name: str) -> UserError:
    return UserError(f"You have no permission to read {name}.", "Change its permissions or copy it to your own folder.")


def _too_large(name: str, width: int = 0, height: int = 0) -> UserError:
    size = f" ({width} by {height} pixels)" if width else ""
    return UserError(f"{name} is too large to open safely{size}.", "Save it with at most 50 million pixels.")


def _not_a_picture(path: Path) -> UserError:
    with open(path, "rb") as file:
        head = file.read(32)
    if head.startswith(b"%PDF"):
        return UserError(f"{path.name} is a PDF, not a picture.", f"To hear its text, use: antigone read {path.name}")
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"hevc"):
        return UserError(f"{path.name} is an HEIC photo, which cannot be opened here.",
                         "Share it as JPEG, or set the phone's camera to its most compatible format.")  # fmt: skip
    return UserError(f"{path.name} is not a picture that can be opened here.", ANOTHER)

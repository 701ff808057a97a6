"""Colours in plain words: the nearest of a small named set in CIELAB, where distances are as large as they look."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assistant.sight.places import Region

if TYPE_CHECKING:
    from PIL import Image

# several samples may share a name; light and dark are part of the name where the eye would add them
_TABLE = {
    "black": "101010 1c1a18",
    "dark grey": "4a4a4a",
    "grey": "808080 8c8880",
    "light grey": "bdbdbd",
    "white": "f4f4f4 e4e4e6 f5f1ea",
    "cream": "f3e9c6",
    "beige": "dcc8a2",
    "light brown": "b48a5a",
    "brown": "7a4a22 8b5a3c",
    "dark brown": "3f2614",
    "red": "d01c1f b5232a e8392f ff0000",
    "dark red": "6e1015 800000",
    "pink": "f4a6b8 e77a94",
    "bright pink": "e5358c ff00ff",
    "orange": "f08a1c e8702a c96a35 d98245",
    "light orange": "f7c08a",
    "yellow": "f4d81c e6c229 c4a32e a88f2a b79d45",
    "light yellow": "f9ef9b",
    "olive green": "5c5e1e 7f8000",
    "yellow green": "b4cc34",
    "green": "2f9a3c 4f8f2f 5aa832 7d9636 6a8030",
    "dark green": "35471c 174a20",
    "light green": "a4dc96",
    "turquoise": "2fb7ae",
    "dark turquoise": "155e5c",
    "light blue": "a0cdf0 6fb1e4",
    "blue": "2560c8 1f7fd0 0000ff 1418a8",
    "dark blue": "000078 14235c",
    "grey blue": "6a7f98",
    "purple": "7b2f9e 6a4aa8",
    "light purple": "c3a4de",
    "dark purple": "391650",
}
NAMED = tuple((name, code) for name, codes in _TABLE.items() for code in codes.split())

AXES = np.array([0.6, 1.0, 1.0])  # shade on a round thing changes lightness more than hue, and people name the thing
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE_D65 = np.array([0.95047, 1.0, 1.08883])


@dataclass(frozen=True)
class Colour:
    """A named colour, the share of the region it covers (0 to 1), and its average as #rrggbb."""

    name: str
    share: float
    hex: str


def to_lab(rgb: np.ndarray) -> np.ndarray:
    """sRGB 0 to 255 (..., 3) to CIELAB under D65 (..., 3), by IEC 61966-2-1 and CIE 15."""
    values = np.asarray(rgb, np.float64) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _TO_XYZ.T / _WHITE_D65
    root = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    x, y, z = root[..., 0], root[..., 1], root[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def main_colours(
    image: "Image.Image", region: Region = (0.0, 0.0, 1.0, 1.0), least: float = 0.12
) -> tuple[Colour, ...]:
    """The colours that cover at least the share `least` of a region of an RGB picture, largest first, at most four.

    When nothing covers that much (confetti), the largest one alone.
    """
    left, top, right, bottom = region
    box = (left * image.width, top * image.height, right * image.width, bottom * image.height)
    small = image.resize((48, 48), box=box, reducing_gap=2.0)
    pixels = np.asarray(small, np.float64).reshape(-1, 3)
    names, samples = _samples()
    lab = to_lab(pixels)
    nearest = (((lab[:, None] - samples[None]) * AXES) ** 2).sum(axis=-1).argmin(axis=1)
    chosen = np.array(names)[nearest]
    found = []
    for name in dict.fromkeys(names):
        mask = chosen == name
        if mask.any():
            found.append(Colour(name, round(float(mask.mean()), 3), _hex(pixels[mask].mean(axis=0))))
    found.sort(key=lambda colour: -colour.share)
    return tuple(colour for colour in found[:4] if colour.share >= least) or tuple(found[:1])


def say_colours(colours: tuple[Colour, ...], most: int = 2) -> str:
    """ "mostly red", "red and white", "red, white and green"."""
    shades = {colour.name.split()[-1]: colour.name for colour in reversed(colours)}  # of red and dark red, the larger
    names = [name for name in dict.fromkeys(colour.name for colour in colours) if name in shades.values()][:most]
    if colours and colours[0].share >= 0.85:
        return names[0]
    if len(names) == 1 or (colours[0].share >= 0.6 and most < 3):
        return f"mostly {names[0]}"
    return ", ".join(names[:-1]) + f" and {names[-1]}"


def _samples() -> tuple[list[str], np.ndarray]:
    values = np.array([[int(code[i : i + 2], 16) for i in (0, 2, 4)] for _, code in NAMED])
    return [name for name, _ in NAMED], to_lab(values)


def _hex(rgb: np.ndarray) -> str:
    return "#" + "".join(f"{round(float(value)):02x}" for value in rgb)

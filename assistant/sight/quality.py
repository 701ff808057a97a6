"""Light, sharpness and emptiness of a picture, and how to take a better one. Thresholds are on 0 to 255 grey."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

BLACK = 60  # of the brightest channel, below which no light fell on the sensor
SIDE = 512  # pixels of the longer side at which all measures are taken


@dataclass(frozen=True)
class Quality:
    """How good a picture is to look at.

    Attributes:
        light: "black", "dark", "good", "bright" (washed out).
        blank: nothing but one plain surface.
        blurred: no sharp edge anywhere.
        brightness: mean grey, 0 to 255.
        sharpness: how quickly the steepest edges rise, as a share of their height in one pixel, 0 to 1.
        hints: how to take it again, empty when there is no need.
    """

    light: str
    blank: bool
    blurred: bool
    brightness: float
    sharpness: float
    hints: tuple[str, ...]


def judge(image: "Image.Image") -> Quality:
    """Measure an RGB picture."""
    grey = _grey(image)
    low, high = (float(value) for value in np.percentile(grey, (1, 99)))
    brightness, contrast = float(grey.mean()), high - low
    light = "good"
    if high < 20 and _brightest_channel(image) < BLACK:
        light = "black"
    elif brightness < 50 and high < 150:
        light = "dark"
    elif low > 200 and contrast < 40 and brightness > 235:
        light = "bright"
    blank = contrast < 14 and _texture(grey) < 2.5
    sharpness = _sharpness(grey)
    blurred = not blank and light != "black" and sharpness < 0.13
    return Quality(light, blank, blurred, brightness, sharpness, _hints(light, blank, blurred))


def _brightest_channel(image: "Image.Image") -> float:
    """What nearly all of red, green and blue stay under: dark blue has little grey, but somebody lit it."""
    small = image.convert("RGB")
    small.thumbnail((SIDE, SIDE))
    return float(np.percentile(np.asarray(small, np.uint8).max(axis=-1), 99))


def _grey(image: "Image.Image") -> np.ndarray:
    """Grey float32 (H, W), at most SIDE pixels long; a picture is never enlarged."""
    small = image.convert("L")
    small.thumbnail((SIDE, SIDE))
    return np.asarray(small, np.float32)


def _texture(grey: np.ndarray) -> float:
    """Mean step between neighbours: noise and fine pattern."""
    if min(grey.shape) < 2:
        return 0.0
    return float((np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean()) / 2)


def _sharpness(grey: np.ndarray) -> float:
    """The steepest step from pixel to pixel against the local range around it, over the strongest edges.

    A sharp edge rises within one or two pixels (0.5 to 1); blur of n pixels spreads it over n (1/n). The local range
    makes it independent of contrast, and noise is averaged away first by the reduction to SIDE pixels.
    """
    if min(grey.shape) < 16:
        return 1.0  # too small to tell
    import cv2

    kernel = np.ones((15, 15), np.uint8)
    span = cv2.dilate(grey, kernel) - cv2.erode(grey, kernel)
    step = np.maximum(np.abs(cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=1 / 8)),
                      np.abs(cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=1 / 8)))  # fmt: skip
    strong = span >= max(12.0, float(np.percentile(span, 80)))
    if strong.sum() < 50:
        return 1.0
    return float(np.percentile(step[strong] / span[strong], 95))


def _hints(light: str, blank: bool, blurred: bool) -> tuple[str, ...]:
    hints = []
    if light == "black":
        hints.append("The picture is black: uncover the lens or turn on a light.")
    elif light == "dark":
        hints.append("The picture is dark: turn on a light or face the window.")
    elif light == "bright" and not blank:
        hints.append("The picture is washed out: turn away from the light or switch the flash off.")
    if blank and light != "black":
        hints.append("The picture is blank: move farther away, or check what the camera points at.")
    if blurred:
        hints.append("The picture is blurred: hold still, at about 30 centimetres, and tap to focus.")
    return tuple(hints)

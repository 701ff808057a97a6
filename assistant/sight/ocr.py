"""Print in a picture, piece by piece: PP-OCRv6's detector, direction classifier and recogniser through rapidocr.

rapidocr's own pipeline decides up or down for each line alone and reads at the detector's scale; here the whole page
votes, and lines are cut from the full picture, so that small print keeps its pixels.
"""

import functools
import logging
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant import models

if TYPE_CHECKING:
    from PIL import Image

DETECT_PIXELS = 1_600_000  # the detector sees at most this many pixels ...
DETECT_AGAIN_PIXELS = 6_000_000  # ... and this many when the print turns out to be small
SMALL_PRINT = 13.0  # pixels of height at the detector's scale
SHORT_SIDE = 736  # smaller pictures are enlarged to this (PP-OCR's own rule), as far as DETECT_PIXELS allow
LINE_PIXELS = 48  # the recogniser's height
MARGIN = 0.2  # of a line's height, added around it: tight crops cost the recogniser its spaces between words
SPACE_GAIN = 8.0  # on rendered pages 2 to 32 found lost spaces and made no false ones
SURE_ENOUGH = 0.5  # below this a piece counts as unreadable

Point = tuple[float, float]


@dataclass(frozen=True)
class Piece:
    """One piece of a line. The box starts at the writing's own top left and goes round clockwise, in pixels."""

    text: str
    box: tuple[Point, Point, Point, Point]
    confidence: float


@dataclass(frozen=True)
class Found:
    """Where print is, before it is read: boxes float32 (N, 4, 2) from the writing's top left, and how it runs.

    Attributes:
        angle: direction of the writing in degrees, clockwise from level; 90 reads downwards.
    """

    boxes: np.ndarray
    angle: float


class Ocr:
    """The three networks, loaded once. Takes RGB pictures."""

    def __init__(self, threads: int = 0) -> None:
        from rapidocr.ch_ppocr_cls import TextClassifier
        from rapidocr.ch_ppocr_det import TextDetector
        from rapidocr.ch_ppocr_rec import TextRecognizer

        logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)
        paths = models.files("ppocr-v6")
        config = _configuration(threads)
        # with model_path given rapidocr looks no further: it neither searches nor downloads
        config.Det.model_path = str(paths["detection"])
        config.Cls.model_path = str(paths["direction"])
        config.Rec.model_path = str(paths["recognition"])
        config.Det.limit_side_len = 1  # the scale is chosen here
        config.Rec.font_path = None
        self._detector = TextDetector(config.Det)
        self._direction = TextClassifier(config.Cls)
        self._recogniser = TextRecognizer(config.Rec)
        self._recogniser.postprocess_op = _KeepsSpaces(self._recogniser.postprocess_op)
        for network in (self._detector, self._direction, self._recogniser):
            network.session = _GivesBack(network.session)
        for name in ("mean", "std"):  # rapidocr's own are of double precision, and so then is the whole picture
            setattr(self._detector, name, np.array(getattr(self._detector, name), np.float32))

    def find(self, image: "Image.Image", pixels: int = DETECT_PIXELS) -> Found:
        """Where print is, and which way it runs (by its shape alone: it may still stand on its head)."""
        boxes = self._detect(image, pixels)
        return Found(*_align(boxes))

    def read(
        self, image: "Image.Image", found: Found | None = None, most: int | None = None
    ) -> tuple[list[Piece], float]:
        """Read all print.

        Args:
            image: RGB.
            found: what `find` returned for this picture, if it was asked already.
            most: read only that many of the largest pieces.

        Returns:
            Pieces in no particular order, and the direction of the writing in degrees clockwise from level.
            Pieces that could not be read have confidence below SURE_ENOUGH.
        """
        found = found or self._find_well(image)
        if not len(found.boxes):
            return [], 0.0
        boxes = found.boxes
        if most is not None and len(boxes) > most:
            boxes = boxes[np.argsort(-_heights(boxes), kind="stable")[:most]]
        pixels = np.asarray(image)[:, :, ::-1]
        crops = [_crop(pixels, box) for box in boxes]
        angle = found.angle
        if self._upside_down(crops):
            crops = [np.ascontiguousarray(crop[::-1, ::-1]) for crop in crops]
            boxes = np.roll(boxes, 2, axis=1)
            angle = (angle + 180) % 360
        texts, scores = self._recognise(crops)
        pieces = [
            Piece(_one_line(text), _as_points(box), float(score))
            for text, score, box in zip(texts, scores, boxes, strict=True)
            if text.strip()
        ]
        return pieces, angle

    def _find_well(self, image: "Image.Image") -> Found:
        found = self.find(image)
        shrunk = _ratio(image.width, image.height, DETECT_PIXELS)
        if shrunk < 1 and len(found.boxes) and np.median(_heights(found.boxes)) * shrunk < SMALL_PRINT:
            found = self.find(image, DETECT_AGAIN_PIXELS)
        return found

    def _detect(self, image: "Image.Image", pixels: int) -> np.ndarray:
        import cv2

        bgr = np.asarray(image)[:, :, ::-1]
        ratio = _ratio(image.width, image.height, pixels)
        width, height = (max(1, round(side * ratio)) for side in image.size)
        smaller = cv2.resize(bgr, (width, height), interpolation=cv2.INTER_AREA if ratio < 1 else cv2.INTER_CUBIC)
        margin = [max(0, 64 - side) for side in (height, width)]
        edge = int(max(16, margin[0] / 2)), int(max(16, margin[1] / 2))  # print that touches the edge is found too
        padded = cv2.copyMakeBorder(smaller, edge[0], edge[0], edge[1], edge[1], cv2.BORDER_REPLICATE)
        boxes = self._detector(padded).boxes
        if boxes is None or not len(boxes):
            return np.zeros((0, 4, 2), np.float32)
        moved = (np.asarray(boxes, np.float32) - (edge[1], edge[0])) * (image.width / width, image.height / height)
        return np.clip(moved, 0, (image.width, image.height)).astype(np.float32)

    def _upside_down(self, crops: list[np.ndarray]) -> bool:
        """The page's vote: each line's label, weighed by how sure it is and by its length."""
        voters = [crop for crop in crops if crop.shape[1] >= 2 * crop.shape[0]] or crops
        voters = sorted(voters, key=lambda crop: -crop.shape[1])[:12]
        votes = self._direction(voters).cls_res
        weights = [crop.shape[1] / crop.shape[0] for crop in voters]
        turned = sum(weight * score for weight, (label, score) in zip(weights, votes, strict=True) if "180" in label)
        upright = sum(
            weight * score for weight, (label, score) in zip(weights, votes, strict=True) if "180" not in label
        )
        return bool(turned > upright)

    def _recognise(self, crops: list[np.ndarray]) -> tuple[list[str], list[float]]:
        from rapidocr.ch_ppocr_rec import TextRecInput

        result = self._recogniser(TextRecInput(img=crops, return_word_box=False))
        return list(result.txts or ()), [float(score) for score in result.scores or ()]


class _GivesBack:
    """A network whose memory is one piece for the length of a run and given back after it.

    Without ONNX Runtime's arena each operation asks the system for its result's memory anew, and a page is zeroed
    before it is first used: up to half of a detection's time. An arena that is kept would hold some 250 MB for good.
    """

    def __init__(self, engine: Any) -> None:
        from onnxruntime import RunOptions

        self._session = engine.session
        self._input = self._session.get_inputs()[0].name
        self._options = RunOptions()
        self._options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")

    def __call__(self, values: np.ndarray) -> np.ndarray:
        result: np.ndarray = self._session.run(None, {self._input: values}, self._options)[0]
        return result


class _KeepsSpaces:
    """rapidocr's decoder with the space weighed SPACE_GAIN times: in blurred print it narrowly loses to no sign."""

    def __init__(self, decode: Any) -> None:
        self._decode = decode
        self._space = [index for index, sign in enumerate(decode.character) if sign == " "]

    def __call__(self, chances_NTV: np.ndarray, *arguments: Any, **options: Any) -> Any:
        spaces = np.minimum(chances_NTV[..., self._space] * SPACE_GAIN, 1.0)
        chances_NTV[..., self._space] = spaces  # in place: it is nobody else's, and 18,000 signs wide
        return self._decode(chances_NTV, *arguments, **options)


@functools.cache
def ocr(threads: int = 0) -> Ocr:
    """The networks, loaded on first use and kept. 0 threads: as many as there are cores, at most four."""
    return Ocr(threads)


def _configuration(threads: int) -> Any:
    import rapidocr
    from rapidocr.utils.parse_parameters import ParseParams

    config = ParseParams.load(Path(rapidocr.__file__).parent / "config.yaml")
    config.EngineConfig.onnxruntime.intra_op_num_threads = min(threads or 4, os.cpu_count() or 1)
    config.EngineConfig.onnxruntime.inter_op_num_threads = 1
    config.EngineConfig.onnxruntime.enable_cpu_mem_arena = True  # see _GivesBack
    for part in (config.Det, config.Cls, config.Rec):
        part.engine_cfg = config.EngineConfig.onnxruntime
    return config


def _ratio(width: int, height: int, pixels: int) -> float:
    """Scale at which the detector sees a picture: enlarged to a short side of 736, shrunk to so many pixels."""
    most = math.sqrt(pixels / (width * height))
    return min(most, max(1.0, min(SHORT_SIDE / min(width, height), 4.0)))


def _heights(boxes: np.ndarray) -> np.ndarray:
    return np.minimum(
        np.linalg.norm(boxes[:, 0] - boxes[:, 3], axis=1), np.linalg.norm(boxes[:, 0] - boxes[:, 1], axis=1)
    )


def _align(boxes: np.ndarray) -> tuple[np.ndarray, float]:
    """Start each box where its writing starts, and give the page's direction: median of the long pieces."""
    if not len(boxes):
        return boxes, 0.0
    across, down = boxes[:, 1] - boxes[:, 0], boxes[:, 3] - boxes[:, 0]
    wide, tall = np.linalg.norm(across, axis=1), np.linalg.norm(down, axis=1)
    standing = tall >= 1.5 * wide
    page_stands = (tall * (tall > 2 * wide)).sum() > (wide * (wide > 2 * tall)).sum()
    turned = standing | (page_stands & (tall > 0.8 * wide))
    boxes = np.where(turned[:, None, None], np.roll(boxes, -1, axis=1), boxes)  # reads downwards from the top right
    along = boxes[:, 1] - boxes[:, 0]
    length = np.linalg.norm(along, axis=1)
    telling = turned == page_stands
    telling &= length >= np.median(length[telling]) if telling.any() else True
    angles = np.degrees(np.arctan2(along[telling, 1], along[telling, 0]))
    return boxes, float(np.median(angles)) if len(angles) else 0.0


def _crop(pixels: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Cut a slanted box out and level it, at most about 1.5 times the recogniser's height."""
    import cv2

    width = max(2.0, float(max(np.linalg.norm(box[1] - box[0]), np.linalg.norm(box[2] - box[3]))))
    height = max(2.0, float(max(np.linalg.norm(box[3] - box[0]), np.linalg.norm(box[2] - box[1]))))
    low = np.maximum(np.floor(box.min(axis=0)).astype(int) - 2, 0)
    high = np.ceil(box.max(axis=0)).astype(int) + 3
    region = np.ascontiguousarray(pixels[low[1] : high[1], low[0] : high[0]])
    corners = (box - low).astype(np.float32)
    shrink = min(1.0, 1.5 * LINE_PIXELS / height)
    if shrink < 1:  # averaging before the warp keeps thin strokes of large print whole
        size = (max(1, round(region.shape[1] * shrink)), max(1, round(region.shape[0] * shrink)))
        corners *= (size[0] / region.shape[1], size[1] / region.shape[0])
        region = cv2.resize(region, size, interpolation=cv2.INTER_AREA)
        width, height = width * shrink, height * shrink
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    level = cv2.warpPerspective(
        region,
        matrix,
        (max(2, round(width)), max(2, round(height))),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    margin = max(1, round(MARGIN * level.shape[0]))
    return cv2.copyMakeBorder(level, margin, margin, margin, margin, cv2.BORDER_REPLICATE)


def _as_points(box: np.ndarray) -> tuple[Point, Point, Point, Point]:
    first, second, third, fourth = ((round(float(x), 1), round(float(y), 1)) for x, y in box)
    return first, second, third, fourth


def _one_line(text: str) -> str:
    return " ".join(text.split())

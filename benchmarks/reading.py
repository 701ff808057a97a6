"""How well print is read: pages drawn in several faces, sizes, slants, blurs and noises, compared with the truth.

    antigone bench reading [--json] [--quick]

Accuracy of letters is 1 - edits / letters; "sure lines right" says how far a line that isn't marked can be trusted.
"""

import argparse
import io
import json
import platform
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from assistant.sight.reading import Page, read_image

LINES = (
    "Dr. Helen Marsh, 14 Church Lane, York YO1 7HH",
    "Your appointment at the Eye Clinic is on",
    "Thursday 3 December 2026 at 10:45 am.",
    "Please bring this letter and £12.50 for parking.",
    "Paracetamol 500 mg: take 1 or 2 every 4-6 hours,",
    "no more than 8 tablets in 24 hours.",
    "Best before 08 MAR 2027, batch L4471B",
    "Total 48.20 EUR, VAT 20%, call 01904 555 0142",
)
FACES = ("DejaVuSans", "DejaVuSerif", "DejaVuSansMono", "LiberationSerif-Italic", "LiberationSansNarrow-Regular")


def draw(face: str = "DejaVuSans", size: int = 26) -> Image.Image:
    """A page of LINES, black on white."""
    font = ImageFont.truetype(f"{face}.ttf", size)
    image = Image.new("RGB", (size * 34, size * 16), "white")
    drawing = ImageDraw.Draw(image)
    for index, line in enumerate(LINES):
        drawing.text((2 * size, (1.5 + 1.6 * index) * size), line, fill="black", font=font, features=["-liga"])
    return image


def cases(quick: bool) -> Iterator[tuple[str, Image.Image]]:
    """Every page with the name of what makes it hard."""
    for face in FACES[: 2 if quick else None]:
        try:
            yield f"face {face}", draw(face)
        except OSError:
            print(f"the face {face} is missing here")
    for size in (10, 40) if quick else (9, 11, 14, 40, 70):
        yield f"size {size}", draw(size=size)
    for angle in (20,) if quick else (-20, -10, -3, 5, 20, 90, 180):
        yield f"turned {angle}", draw().rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor="white")
    for radius in (1.5,) if quick else (1.0, 1.5, 2.0, 3.0):
        yield f"blur {radius}", draw().filter(ImageFilter.GaussianBlur(radius))
    for noise in (40,) if quick else (20, 40, 60):
        pixels = np.asarray(draw(), np.float32) + np.random.default_rng(1).normal(0, noise, (416, 884, 3))
        yield f"noise {noise}", Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    for quality in (20,) if quick else (60, 20, 8):
        packed = io.BytesIO()
        draw().save(packed, "JPEG", quality=quality)
        yield f"jpeg {quality}", Image.open(packed).convert("RGB")
    yield "grey on grey", Image.eval(draw(), lambda value: 120 + value // 5)


def score(page: Page) -> tuple[int, int, int]:
    """Edits against the truth, lines that are not marked unsure, and how many of those are exactly right."""
    sure = [line.text for line in page.lines if not line.uncertain]
    right = sum(text in LINES for text in sure)
    return edits("\n".join(line.text for line in page.lines), "\n".join(LINES)), len(sure), right


def edits(ours: str, truth: str) -> int:
    """Levenshtein's distance."""
    row = list(range(len(truth) + 1))
    for index, letter in enumerate(ours, 1):
        before, row[0] = row[0], index
        for place, wanted in enumerate(truth, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (letter != wanted))
    return row[-1]


def main(arguments: list[str] | None = None) -> None:
    """Print the table, or one JSON object a row."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="a third of the pages")
    options = parser.parse_args(arguments)
    letters = len("\n".join(LINES))
    sure_lines = right_lines = total = count = 0
    for name, image in cases(options.quick):
        wrong, sure, right = score(read_image(image))
        sure_lines, right_lines, total, count = sure_lines + sure, right_lines + right, total + wrong, count + 1
        _row(options.json, f"letters right, {name}", max(0.0, 1 - wrong / letters), letters)
    _row(options.json, "letters right, all pages", max(0.0, 1 - total / letters / count), letters * count)
    _row(options.json, "sure lines right", right_lines / max(1, sure_lines), sure_lines)


def _row(as_json: bool, name: str, value: float, number: int) -> None:
    device = platform.processor() or platform.machine()
    row: dict[str, Any] = {
        "name": name,
        "suite": "rendered pages",
        "value": round(value, 4),
        "n": number,
        "device": device,
    }
    print(json.dumps(row) if as_json else f"{name:44} {value:8.4f}  of {number}", flush=True)


if __name__ == "__main__":
    main()

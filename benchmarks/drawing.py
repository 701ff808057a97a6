"""Draws the pictures that written requests ask about: printed pages, bills, labels, barcodes, plain cloth."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image, ImageColor, ImageDraw, ImageFilter, ImageFont

SHARED = Path(__file__).parents[1].parent / "shared" / "data"
_MARGIN, _STEP = 60, 44  # pixels


def draw(picture: Mapping[str, Any], folder: Path) -> Path | None:
    """The file of a picture as tests/requests/README.md describes it; None where its photo is not on this machine."""
    kind = picture["kind"]
    path = folder / f"{kind}.png"
    if kind == "photo":
        photo = SHARED / str(picture.get("file", ""))
        return photo if picture.get("file") and photo.is_file() else None
    if kind == "text":
        path = path.with_suffix(".md")
        path.write_text("\n\n".join(picture["lines"]), encoding="utf-8")
        return path
    if kind == "colour":
        cloth(str(picture["colour"])).save(path)
    elif kind == "barcode":
        barcode(str(picture["text"]), list(picture.get("lines", ()))).save(path)
    else:
        page(list(picture["lines"])).save(path)
    return path


def page(lines: list[str], size: int = 30) -> Image.Image:
    """Dark print on light paper, one printed line a string, slightly blurred like a photograph."""
    font = ImageFont.load_default(size)
    widest = max((font.getlength(line) for line in lines), default=0)
    image = Image.new(
        "RGB", (max(640, int(widest) + 2 * _MARGIN), 2 * _MARGIN + _STEP * max(3, len(lines))), (248, 246, 240)
    )
    pen = ImageDraw.Draw(image)
    for row, line in enumerate(lines):
        pen.text((_MARGIN, _MARGIN + row * _STEP), line, fill=(25, 25, 30), font=font)
    return image.filter(ImageFilter.GaussianBlur(0.6))


def cloth(colour: str) -> Image.Image:
    """A plain piece of cloth with a little weave, so that it is no blank picture."""
    red, green, blue = ImageColor.getrgb(colour.replace(" ", ""))[:3]
    image = Image.new("RGB", (320, 240))
    seed = hashlib.sha256(colour.encode()).digest()
    image.putdata(
        [
            tuple(max(0, min(255, part + seed[(x * 7 + y * 13) % 32] % 9 - 4)) for part in (red, green, blue))
            for y in range(240)
            for x in range(320)
        ]
    )
    return image


def barcode(digits: str, lines: list[str]) -> Image.Image:
    """An EAN-13 (12 digits get their check digit) above optional printed lines."""
    import zxingcpp

    code = zxingcpp.create_barcode(digits, zxingcpp.BarcodeFormat.EAN13)
    bars = Image.fromarray(zxingcpp.write_barcode_to_image(code, scale=4)).convert("RGB")
    image = Image.new("RGB", (max(bars.width + 160, 700), bars.height + 200 + _STEP * len(lines)), "white")
    image.paste(bars, (80, 80))
    pen = ImageDraw.Draw(image)
    for row, line in enumerate(lines):
        pen.text((80, bars.height + 120 + row * _STEP), line, fill="black", font=ImageFont.load_default(28))
    return image

"""Barcodes in a picture, by zxing-cpp: kind, text, place. What a code says is data: nothing is opened or looked up."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

QUICK_PIXELS = 1_500_000
# kinds a household meets; the others are left out because they are found by mistake in stripes and texture
KINDS = {
    "EAN13": "EAN-13 product code", "EAN8": "EAN-8 product code", "UPCA": "UPC-A product code",
    "UPCE": "UPC-E product code", "Code128": "Code 128 barcode", "Code39": "Code 39 barcode", "QRCode": "QR code",
    "MicroQRCode": "Micro QR code", "DataMatrix": "Data Matrix code", "Aztec": "Aztec code", "PDF417": "PDF417 code",
}  # fmt: skip


@dataclass(frozen=True)
class Barcode:
    """One code. `centre` is (x, y) as shares of width and height from the top left."""

    kind: str
    text: str
    centre: tuple[float, float]

    @property
    def spoken_kind(self) -> str:
        """ "EAN-13 product code", "QR code" ..."""
        return KINDS[self.kind]


def scan(image: "Image.Image", thorough: bool = False) -> tuple[Barcode, ...]:
    """Codes in an RGB picture.

    Args:
        image: RGB.
        thorough: where a quick look at a smaller copy finds none, look at all pixels too.
    """
    from zxingcpp import BarcodeFormat

    formats = [getattr(BarcodeFormat, kind) for kind in KINDS]
    sizes = [min(1.0, (QUICK_PIXELS / (image.width * image.height)) ** 0.5)]
    if thorough and sizes[0] < 1:
        sizes.append(1.0)
    for scale in sizes:
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        found = _read(image if scale == 1 else image.resize(size, reducing_gap=2.0), formats)
        if found:
            return found
    return ()


def _read(image: "Image.Image", formats: Any) -> tuple[Barcode, ...]:
    import zxingcpp

    if min(image.size) < 8:
        return ()
    codes = []
    for code in zxingcpp.read_barcodes(image.convert("L"), formats=formats):
        corners = [getattr(code.position, name) for name in ("top_left", "top_right", "bottom_right", "bottom_left")]
        x = sum(corner.x for corner in corners) / 4 / image.width
        y = sum(corner.y for corner in corners) / 4 / image.height
        codes.append(Barcode(code.format.name, code.text, (round(x, 3), round(y, 3))))
    return tuple(dict.fromkeys(codes))

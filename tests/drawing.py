"""Draws letters, columns, receipts and text PDFs for the tests: pictures whose every word is known."""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

LETTER = (
    "Dr. Helen Marsh",
    "14 Church Lane, York YO1 7HH",
    "",
    "Your appointment is on",
    "Thursday 3 December 2026 at 10:45 am.",
    "Please bring this letter and £12.50.",
)
LEFT = (
    "The garden was quiet that",
    "morning. A thin mist lay over",
    "the lawn and the birds had",
    "not yet begun to sing.",
)
RIGHT = (
    "Meanwhile in the village the",
    "market stalls were going up.",
    "Bread and cheese were carried",
    "from carts to tables.",
)
RECEIPT = (("CAFE ROMA", ""), ("2 Espresso", "5.20"), ("1 Lasagne", "12.50"), ("VAT 20%", "3.54"), ("TOTAL", "21.24"))


def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    for name in ("DejaVuSans.ttf", "LiberationSans-Regular.ttf", "Arial.ttf"):
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)


def page(lines=LETTER, size=26, angle=0.0, width=760, height=420, ink="black", ground="white") -> Image.Image:
    """Lines of print, 1.5 times their size apart, turned counter-clockwise by `angle` degrees."""
    image = Image.new("RGB", (width, height), ground)
    draw = ImageDraw.Draw(image)
    for index, line in enumerate(lines):
        draw.text((50, 40 + index * size * 1.5), line, fill=ink, font=font(size))
    return image.rotate(angle, expand=True, fillcolor=ground, resample=Image.Resampling.BICUBIC) if angle else image


def columns() -> Image.Image:
    """A heading over two columns of running text."""
    image = Image.new("RGB", (860, 330), "white")
    draw = ImageDraw.Draw(image)
    draw.text((50, 20), "A Walk in the Country", fill="black", font=font(34))
    for index, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
        draw.text((50, 110 + 40 * index), left, fill="black", font=font(22))
        draw.text((460, 110 + 40 * index), right, fill="black", font=font(22))
    return image


def receipt() -> Image.Image:
    """Goods at the left, prices at the right."""
    image = Image.new("RGB", (460, 300), (250, 248, 240))
    draw = ImageDraw.Draw(image)
    for index, (goods, price) in enumerate(RECEIPT):
        draw.text((30, 30 + 48 * index), goods, fill=(30, 30, 30), font=font(24))
        draw.text(
            (430 - draw.textlength(price, font=font(24)), 30 + 48 * index), price, fill=(30, 30, 30), font=font(24)
        )
    return image


def text_pdf(path: Path, pages: list[list[tuple[int, int, str]]]) -> Path:
    """A PDF with a text layer, written by hand: for each page (x, y from below, text) in Helvetica of 12 points."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for lines in pages:
        shows = "".join(f"BT /F1 12 Tf {x} {y} Td ({text}) Tj ET\n" for x, y, text in lines)
        objects.append(f"<< /Length {len(shows)} >>\nstream\n{shows}endstream")
        content = len(objects)
        objects.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R "
                       "/Resources << /Font << /F1 3 0 R >> >> >>")  # fmt: skip
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    data, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    start = len(data)
    data += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode()
    data += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    path.write_bytes(data)
    return path

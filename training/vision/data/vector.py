"""SVG drawings to pixels, by resvg (MIT/Apache-2.0): a training tool only, not among the product's packages."""

import io

from PIL import Image

_LONGEST = 4_000_000  # characters of one drawing
_WIDEST = 1024  # pixels


def svg(body: str, box: tuple[float, float, float, float], colour: str) -> str:
    """A whole SVG file of a drawing's content; `currentColor` becomes the colour."""
    view = " ".join(f"{number:g}" for number in box)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="{view}" '
        f'width="{box[2]:g}" height="{box[3]:g}" color="{colour}">{body.replace("currentColor", colour)}</svg>'
    )


def pixels(markup: str, longest: int) -> Image.Image:
    """Draw an SVG with its longer side that many pixels, transparent where it draws nothing; RGBA.

    Raises:
        ValueError: not an SVG, too long, nothing to see in it.
    """
    import resvg_py

    if len(markup) > _LONGEST or not 1 <= longest <= _WIDEST:
        raise ValueError("the drawing or the size asked for is too large")
    data = resvg_py.svg_to_bytes(svg_string=markup, width=longest, skip_system_fonts=True)
    picture = Image.open(io.BytesIO(bytes(data))).convert("RGBA")
    if picture.height > longest:
        narrower = max(1, round(longest * picture.width / picture.height))
        picture = picture.resize((narrower, longest), Image.Resampling.LANCZOS)
    if picture.getchannel("A").getextrema()[1] < 32:
        raise ValueError("the drawing is empty")
    return picture

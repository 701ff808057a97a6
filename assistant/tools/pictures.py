"""Tools that look: read, describe, find, name a colour, scan a barcode. They use the picture added last."""

from pathlib import Path
from typing import Any

from assistant.perception import perception
from assistant.permissions import Tier
from assistant.sight import seeing
from assistant.tools.base import ToolContext, ToolResult, tool
from kernels.errors import UserError

FIRST_LINES = 4  # of a long text are said before "more"
SAID_AT_ONCE = 600  # characters; a letter is read whole


@tool(tier=Tier.LOOK, time_limit_s=120, needs_picture=True)
def read_text(context: ToolContext, page: int = 0) -> ToolResult:
    """Read the print in the picture or document aloud, word for word.

    Args:
        page: which page of a document, from 1; 0 for the first pages.
    """
    path = _picture(context)
    reading = perception().read(path, pages=[page] if page else None)
    lines = [_line(line) for line in reading.lines]
    data = {"text": reading.text, "lines": lines, "pages": reading.page_count, "warnings": list(reading.warnings)}
    if not lines:
        hint = reading.warnings[0] if reading.warnings else "Is the print facing the camera?"
        return ToolResult(f"I found no print in it. {hint}", data, found=False)
    texts = [line.text for line in reading.lines]
    whole = len(reading.text) <= SAID_AT_ONCE
    said = texts if whole else texts[:FIRST_LINES]
    unsure = [line.text for line in reading.lines if line.uncertain]
    notes = [f"I am not sure of: {'; '.join(unsure[:3])}."] if unsure else []
    rest = "\n".join(texts[len(said) :])
    if not whole:
        notes.append(f"{len(texts) - len(said)} more lines; say more.")
    return ToolResult("\n".join(said + notes + list(reading.warnings)), data, rest, round(reading.confidence, 3))


@tool(tier=Tier.LOOK, time_limit_s=30, needs_picture=True)
def describe_picture(context: ToolContext) -> ToolResult:
    """Describe what the picture shows: the thing in it, its colours, print and light."""
    verbosity = context.settings.verbosity
    return _result(seeing.describe(perception(), _picture(context), verbosity))


@tool(tier=Tier.LOOK, time_limit_s=60, needs_picture=True)
def find_in_picture(context: ToolContext, thing: str) -> ToolResult:
    """Find a word, an object, a colour or a barcode in the picture and say where it is.

    Args:
        thing: what to look for, such as "total", "banana", "red" or "barcode".
    """
    if not thing.strip():
        return ToolResult("What should I look for?", {"needs": "thing"}, found=False)
    return _result(seeing.find(perception(), _picture(context), thing))


@tool(tier=Tier.LOOK, time_limit_s=30, needs_picture=True)
def identify_colour(context: ToolContext, where: str = "centre") -> ToolResult:
    """Name the colour of what is in the picture.

    Args:
        where: the place to look at, such as "centre", "top left", "3 o'clock" or "whole".
    """
    return _result(seeing.name_colour(perception(), _picture(context), where))


@tool(tier=Tier.LOOK, time_limit_s=30, needs_picture=True)
def scan_barcode(context: ToolContext) -> ToolResult:
    """Read the barcode or QR code in the picture."""
    return _result(seeing.barcodes(perception(), _picture(context)))


def _picture(context: ToolContext) -> Path:
    if not context.pictures:
        raise UserError("There is no picture yet.", "Add a picture or take a photo, then ask again.")
    return context.pictures[-1]


def _result(sight: seeing.Sight) -> ToolResult:
    return ToolResult(sight.text, sight.data, sight.more, round(sight.confidence, 3), sight.found)


def _line(line: Any) -> dict[str, Any]:
    return {"text": line.text, "confidence": line.confidence, "box": [list(corner) for corner in line.box],
            "page": line.page, "uncertain": line.uncertain}  # fmt: skip

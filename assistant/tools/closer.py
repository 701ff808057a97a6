"""Tools that look again: closer at a part of the picture, and at two pictures side by side."""

from assistant.perception import perception
from assistant.permissions import Tier
from assistant.sight.closer import look_at_part
from assistant.sight.compare import compare
from assistant.tools.base import ToolContext, ToolResult, tool
from kernels.errors import UserError


@tool(
    tier=Tier.LOOK,
    time_limit_s=120,
    needs_picture=True,
    examples=("look closer at the bottom", "what does it say next to the barcode", "zoom in on the top left"),
)
def look_closer(context: ToolContext, where: str, question: str = "") -> ToolResult:
    """Look closer at a part of the picture: cut it out, enlarge it, and read or describe it again.

    Args:
        where: the part, such as "top left", "the bottom", "3 o'clock", "around the barcode", "where it says total".
        question: what to find out there, such as "what colour is it" or "read it"; may be empty.
    """
    if not context.pictures:
        raise UserError("There is no picture yet.", "Add a picture or take a photo, then ask again.")
    if not where.strip():
        return ToolResult("Where should I look closer?", {"needs": "where"}, found=False)
    sight = look_at_part(perception(), context.pictures[-1], where, question)
    return ToolResult(sight.text, sight.data, sight.more, round(sight.confidence, 3), sight.found)


@tool(
    tier=Tier.LOOK,
    time_limit_s=120,
    needs_picture=True,
    examples=("compare these two cans", "what's the difference between the two pictures"),
)
def compare_pictures(context: ToolContext, question: str = "") -> ToolResult:
    """Compare the last two pictures, such as two cans or two letters, and name the differences that matter.

    Args:
        question: what to compare, such as "which is cheaper" or "do they have the same flavour"; may be empty.
    """
    if len(context.pictures) < 2:
        text = (
            "I have one picture. Show me the other one too." if context.pictures else "Show me two pictures to compare."
        )
        return ToolResult(text, {"needs": "picture"}, found=False)
    sight = compare(perception(), context.pictures[-2], context.pictures[-1], context.now(), question)
    return ToolResult(sight.text, sight.data, sight.more, round(sight.confidence, 3), sight.found)

"""Tools that take a picture themselves: by the camera, of the screen. It is the picture of the steps that follow."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from assistant.perception import perception
from assistant.permissions import Tier
from assistant.sight import shots
from assistant.tools.base import ToolContext, ToolResult, tool
from kernels.errors import UserError


@tool(tier=Tier.LOOK, time_limit_s=25, examples=("take a picture", "look through the camera"))
def take_picture(context: ToolContext) -> ToolResult:
    """Take a picture with the camera, to be read, described or asked about next."""
    perception().expect()
    with _instead(context):
        path = shots.by_camera(context.settings.home, context.settings.camera)
    return _shown(context, path, "I took a picture.")


@tool(tier=Tier.LOOK, time_limit_s=25, examples=("take a screenshot", "what's on my screen"))
def take_screenshot(context: ToolContext) -> ToolResult:
    """Take a picture of the screen, to be read, described or asked about next."""
    perception().expect()
    with _instead(context):
        path = shots.of_screen(context.settings.home)
    return _shown(context, path, "I took a picture of the screen.")


@contextlib.contextmanager
def _instead(context: ToolContext) -> Iterator[None]:
    """Where no picture could be taken, an older one must not be taken for it by the steps that follow."""
    try:
        yield
    except UserError:
        context.pictures = ()
        raise


def _shown(context: ToolContext, path: Path, said: str) -> ToolResult:
    """Make it the picture of this turn, and say at once where it is not worth asking about."""
    from assistant.sight.quality import judge

    image = perception().picture(path)
    hints = judge(image).hints
    context.pictures = (*context.pictures, path)
    data = {"picture": str(path), "width": image.width, "height": image.height, "hints": list(hints)}
    return ToolResult(" ".join([said, *hints]), data)

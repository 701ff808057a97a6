"""Opening a program of the desktop."""

import re

from assistant import applications
from assistant.permissions import Tier
from assistant.tools.base import ToolContext, ToolResult, tool
from kernels.errors import UserError


def _effect(context: ToolContext, name: str) -> str:
    found = applications.find(name)
    return f"Open {found.name}, the program {found.command[0]}"


@tool(tier=Tier.CHANGE, effect=_effect, examples=("open the text editor", "start Firefox"))
def open_application(context: ToolContext, name: str) -> ToolResult:
    """Open an application that is installed on this computer.

    Args:
        name: its name, such as "Firefox" or "text editor".
    """
    wanted = re.sub(r"^(?:open|start|launch|run)\s+", "", name.strip(), flags=re.I)
    if not wanted:
        return ToolResult("Which application?", {"needs": "name"}, found=False)
    found = applications.find(wanted)
    if found.terminal:
        raise UserError(f"{found.name} runs in a terminal.", f"Open a terminal and type {found.command[0]}.")
    applications.start(found)
    return ToolResult(f"Opened {found.name}.", {"name": found.name, "program": found.command[0]})

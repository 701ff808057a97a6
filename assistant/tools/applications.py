"""Opening a program of the desktop."""

import re
import shlex

from assistant import applications
from assistant.permissions import Tier
from assistant.tools.base import ToolContext, ToolResult, tool


def _find(name: str) -> applications.Application:
    found = applications.find(re.sub(r"^(?:open|start|launch|run)\s+", "", name.strip(), flags=re.I))
    applications.check(found)
    return found


def _effect(context: ToolContext, name: str) -> str:
    found = _find(name)
    return f"Open {found.name}, the program {shlex.join(found.command)[:120]}"


@tool(tier=Tier.CHANGE, effect=_effect, examples=("open the text editor", "start Firefox"))
def open_application(context: ToolContext, name: str) -> ToolResult:
    """Open an application that is installed on this computer.

    Args:
        name: its name, such as "Firefox" or "text editor".
    """
    if not name.strip():
        return ToolResult("Which application?", {"needs": "name"}, found=False)
    found = _find(name)
    applications.start(found)
    return ToolResult(f"Opened {found.name}.", {"name": found.name, "program": found.command[0]})

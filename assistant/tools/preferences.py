"""Changing how the program speaks, by voice."""

from assistant import settings_file
from assistant.permissions import Tier
from assistant.phrases.preferences import Wish, understand
from assistant.phrases.spans import Unclear
from assistant.tools.base import ToolContext, ToolResult, tool


def _effect(context: ToolContext, setting: str, value: str) -> str:
    wish = understand(setting, value, context.settings)
    return f"Change the setting {_name(wish)} from {getattr(context.settings, wish.name)} to {wish.value}"


@tool(
    tier=Tier.KEEP,
    undo="Say undo.",
    effect=_effect,
    examples=("speak a bit faster", "be brief", "turn the sounds off"),
)
def change_setting(context: ToolContext, setting: str, value: str) -> ToolResult:
    """Change how the program speaks: speed, volume, pitch, voice, how much it says, sounds, patience, language.

    Args:
        setting: which, such as "speed", "volume", "voice", "answers", "sounds", "patience".
        value: what it is to be, such as "a bit faster", "300", "50 percent", "brief", "off".
    """
    try:
        wish = understand(setting, value, context.settings)
    except Unclear as question:
        return ToolResult(f"{question.text} {question.remedy}", {"needs": "value"}, found=False)
    before = getattr(context.settings, wish.name)
    data = {"setting": wish.name, "value": wish.value, "before": before}
    if before == wish.value:
        return ToolResult(f"{wish.said} already.", data)
    was = settings_file.kept(wish.name)
    settings_file.put(wish.name, wish.value)
    step = {"do": "setting", "name": wish.name, "value": was}
    context.store.journal(context.now(), f"{_name(wish)} is {before} again", [step])
    return ToolResult(f"{wish.said}.", data)


def _name(wish: Wish) -> str:
    return {"speech_rate_wpm": "speed", "day_first": "day first", "earcons": "sounds"}.get(wish.name, wish.name)

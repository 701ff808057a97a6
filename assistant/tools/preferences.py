"""Changing how the program speaks, by voice."""

import re
from contextlib import suppress

from assistant import settings_file
from assistant.permissions import Tier
from assistant.phrases.preferences import Wish, understand
from assistant.phrases.spans import Unclear
from assistant.tools.base import ToolContext, ToolResult, tool
from kernels.errors import UserError

_HOW_MUCH = r"(?:a (?:little bit|bit|little|touch|tad|lot)|slightly|much|way|far)"


def _wish(context: ToolContext, setting: str, value: str) -> Wish:
    """From the arguments, with the "a bit" that stood before them; from the whole request where they say too little.

    Raises:
        Unclear, UserError: as `understand`.
    """
    said = re.search(rf"\b{_HOW_MUCH} (?:more )?{re.escape(value.strip())}(?!\w)", context.request, re.I)
    value = said[0] if said and value.strip() else value
    try:
        return understand(setting, value, context.settings)
    except Unclear:
        with suppress(UserError):
            return understand("", context.request, context.settings)
        raise


def _effect(context: ToolContext, setting: str = "", value: str = "") -> str:
    wish = _wish(context, setting, value)
    return f"Change {_name(wish)} from {getattr(context.settings, wish.name)} to {wish.value}"


@tool(
    tier=Tier.KEEP,
    undo="Say undo.",
    effect=_effect,
    examples=("speak a bit faster", "be brief", "turn the sounds off"),
)
def change_setting(context: ToolContext, setting: str = "", value: str = "") -> ToolResult:
    """Change how the program speaks: speed, volume, pitch, voice, how much it says, sounds, patience, language.

    Args:
        setting: which one, such as "speed", "volume", "voice", "answers", "sounds", "patience".
        value: what it is to be, such as "a bit faster", "300", "50 percent", "brief", "off".
    """
    try:
        wish = _wish(context, setting, value)
    except Unclear as question:
        return ToolResult(f"{question.text} {question.remedy}", {"needs": "value"}, found=False)
    before = getattr(context.settings, wish.name)
    data = {"setting": wish.name, "value": wish.value, "before": before}
    if before == wish.value:
        return ToolResult(f"{wish.said} already.", data)
    was = settings_file.kept(wish.name)
    step = {"do": "setting", "name": wish.name, "value": was}
    said = f"{_name(wish)} is {before} again"
    context.store.journal(context.now(), said, [step], act=lambda: settings_file.put(wish.name, wish.value))
    return ToolResult(f"{wish.said}.", data)


def _name(wish: Wish) -> str:
    return _SPOKEN.get(wish.name, f"the {wish.name}")


_SPOKEN = {
    "speech_rate_wpm": "the speed",
    "day_first": "day first",
    "earcons": "the sounds",
    "verbosity": "how much I say",
}

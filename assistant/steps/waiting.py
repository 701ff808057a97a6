"""Which steps may be done though one before them waits for the user's answer."""

import re
from typing import TYPE_CHECKING

from assistant.permissions import Decision, decide
from assistant.steps.planning import Intent

if TYPE_CHECKING:
    from assistant.settings import Settings
    from assistant.tools.base import Tool

_ALONE = (  # what they tell or keep is the same whatever comes of a step before
    "start_timer", "set_reminder", "add_note", "remember", "tell_time", "tell_date", "calculate", "convert_units",
    "define_word", "spell",
)  # fmt: skip
_LOOKS_BACK = re.compile(r"\b(?:it|its|that|this|them|those|these|they|result|answer|rest)\b", re.I)


def stands_alone(intent: Intent, tool: "Tool | None", settings: "Settings", consented: bool) -> bool:
    """Whether a step looks back at nothing and needs no consent; whether it has all its words is for the caller to see.

    A timer in particular runs from when it was asked for, whatever else is still open.
    """
    if tool is None or intent.label not in _ALONE or _LOOKS_BACK.search(intent.clause.words):
        return False
    return decide(tool, settings, consented) is Decision.RUN

"""The tools, one file a family. `load()` imports them; importing this package alone does not."""

import importlib
from collections.abc import Mapping

from assistant.tools.base import REGISTRY, Tool

FAMILIES = ("clock", "numbers", "reminders", "notes", "conversation", "pictures")


def load() -> Mapping[str, Tool]:
    """Every tool by its name."""
    for family in FAMILIES:
        importlib.import_module(f"assistant.tools.{family}")
    return REGISTRY

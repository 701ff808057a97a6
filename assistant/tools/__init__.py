"""The tools, one file a family. `load()` imports them and those of plugins; importing this package alone does not."""

import importlib
from collections.abc import Mapping

from assistant.tools.base import REGISTRY, Tool

FAMILIES = (
    "clock",
    "numbers",
    "reminders",
    "notes",
    "changing",
    "profile",
    "conversation",
    "preferences",
    "helping",
    "dictionary",
    "pictures",
    "camera",
    "closer",
    "applications",
    "documents",
    "web",
)


def load() -> Mapping[str, Tool]:
    """Every tool by its name, those of installed plugins among them."""
    for family in FAMILIES:
        importlib.import_module(f"assistant.tools.{family}")
    from assistant.tools import plugins

    plugins.load()
    return REGISTRY

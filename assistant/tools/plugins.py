"""Tools of other packages: entry points of the group "antigone.tools", each naming a module whose @tool functions join.

A package that can't be imported, or whose tool's name is taken, is left out whole: the rest works, the doctor says why.
"""

import importlib.metadata
from collections.abc import Iterator
from dataclasses import dataclass, replace

from assistant.permissions import Tier
from assistant.tools.base import REGISTRY, Tool

GROUP = "antigone.tools"


@dataclass(frozen=True)
class Problem:
    """A plugin that was left out, and why."""

    plugin: str
    text: str


_loaded: dict[str, Problem | None] = {}  # what became of each entry point of this process


def load() -> None:
    """Import every plugin that was not tried yet; never raises for what a plugin does."""
    for entry in _entries():
        if entry.name not in _loaded:
            _loaded[entry.name] = _join(entry)


def problems() -> list[Problem]:
    """Plugins that were left out, after `load()`."""
    return [problem for problem in _loaded.values() if problem is not None]


def names() -> list[str]:
    """Plugins whose tools are here, after `load()`."""
    return [name for name, problem in _loaded.items() if problem is None]


def _entries() -> Iterator[importlib.metadata.EntryPoint]:
    yield from sorted(importlib.metadata.entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value))


def _join(entry: importlib.metadata.EntryPoint) -> Problem | None:
    before = dict(REGISTRY)
    try:
        entry.load()
        changed = [name for name in before if REGISTRY.get(name) is not before[name]]
        if changed:
            raise TypeError(f"it replaces {', '.join(changed)}")
        added = [name for name in REGISTRY if name not in before]
        if not added:
            raise TypeError("it has no tool")
        for name in added:
            REGISTRY[name] = _guarded(REGISTRY[name], entry.name)
    except (Exception, SystemExit) as error:  # whatever a stranger's module does at its import
        REGISTRY.clear()
        REGISTRY.update(before)
        return Problem(entry.name, f"{type(error).__name__}: {error}"[:300])
    return None


def _guarded(made: Tool, plugin: str) -> Tool:
    """With its origin; what keeps something without a way back asks first, as what changes does."""
    tier = Tier.CHANGE if made.tier == Tier.KEEP and not made.undo else made.tier
    return replace(made, tier=tier, origin=f"plugin {plugin}")

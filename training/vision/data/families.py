"""Families of icons and emoji: which are trained on, which choose, which are never seen; read from their packages.

The packages are the @iconify-json ones pinned in package.json: each carries one family as published, its licence beside
it. A family whose licence is not in FREE is refused.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FREE = ("MIT", "Apache-2.0", "ISC", "CC-BY-4.0", "CC0-1.0", "OFL-1.1")
ICONS = {
    "test": ("ph", "carbon", "f7"),
    "valid": ("ion", "bi"),
    "train": (
        "akar-icons", "ant-design", "basil", "bx", "bxs", "ci", "clarity", "codicon", "eos-icons", "eva", "fa6-regular",
        "fa6-solid", "flat-color-icons", "fluent", "fluent-color", "fluent-mdl2", "gravity-ui", "heroicons",
        "hugeicons", "icon-park-outline", "iconamoon", "iconoir", "jam", "lets-icons", "lucide", "majesticons",
        "material-symbols", "mdi", "mingcute", "mynaui", "octicon", "pepicons-pop", "pixelarticons", "proicons",
        "radix-icons", "si", "solar", "tabler", "tdesign", "teenyicons", "uil", "vaadin",
    ),
}  # fmt: skip
EMOJI = {
    "test": ("twemoji",),
    "valid": ("emojione",),
    "train": ("noto", "noto-v1", "fluent-emoji", "fluent-emoji-flat", "fxemoji", "streamline-emojis"),
}


@dataclass(frozen=True)
class Family:
    """One family as published.

    Attributes:
        prefix: its short name, "lucide".
        title: its name, "Lucide".
        author: who drew it.
        licence: SPDX identifier.
        source: package and version.
        coloured: has colours of its own.
        bodies: SVG content of each drawing and its view box (x, y, width, height).
        characters: for emoji the drawing's name of each code point sequence ("1f600").
    """

    prefix: str
    title: str
    author: str
    licence: str
    source: str
    coloured: bool
    bodies: dict[str, tuple[str, tuple[float, float, float, float]]]
    characters: dict[str, str]


def load(sources: Path, prefix: str) -> Family:
    """Read a family from node_modules below `sources`.

    Raises:
        FileNotFoundError: not installed; says how to.
        ValueError: its licence is not free enough.
    """
    folder = sources / "node_modules" / "@iconify-json" / prefix
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is missing: python -m training.vision.data fetch {sources}")
    info, drawings = _json(folder / "info.json"), _json(folder / "icons.json")
    licence = info["license"].get("spdx", "unknown")
    if licence not in FREE:
        raise ValueError(f"{prefix} is under {licence}, which is not one of {', '.join(FREE)}")
    bodies = {name: (one["body"], _box(one, drawings)) for name, one in drawings["icons"].items()
              if not one.get("hidden")}  # fmt: skip
    package = _json(folder / "package.json")
    return Family(prefix, info["name"], info["author"]["name"], licence, f"{package['name']} {package['version']}",
                  bool(info.get("palette")), bodies, _json(folder / "chars.json"))  # fmt: skip


def _box(one: dict[str, Any], drawings: dict[str, Any]) -> tuple[float, float, float, float]:
    left, top, width, height = (
        one.get(key, drawings.get(key, default))
        for key, default in (("left", 0), ("top", 0), ("width", 16), ("height", 16))
    )
    return left, top, width, height


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def split_of(prefix: str) -> str:
    """Which split a family belongs to."""
    return next(split for table in (ICONS, EMOJI) for split, names in table.items() if prefix in names)

"""Looks of made-up screens: colours, type, corners. The test's looks are not among those trained on."""

import random
from pathlib import Path

THEMES = {
    "train": ("light", "dark", "soft", "plain", "blue", "paper", "night"),
    "valid": ("mint", "dusk"),
    "test": ("glass", "retro", "contrast"),
}
# ground, face of cards, ink, line, accent, ink on accent, radius in pixels, font
_LOOKS = {
    "light": ("#f4f5f7", "#fff", "#1c1e21", "#d8dadf", "#0b6bcb", "#fff", 8, "DejaVu Sans"),
    "dark": ("#121212", "#1e1e1e", "#eee", "#333", "#90caf9", "#111", 8, "Liberation Sans"),
    "soft": ("#fdf6f0", "#fffaf5", "#4a3f35", "#ead9c8", "#c8553d", "#fff", 20, "DejaVu Sans"),
    "plain": ("#fff", "#fff", "#000", "#999", "#000", "#fff", 0, "Liberation Serif"),
    "blue": ("#e8f0fe", "#fff", "#202124", "#c6d4ee", "#1a73e8", "#fff", 4, "Liberation Sans"),
    "paper": ("#faf9f7", "#f1efe9", "#333", "#cfcac0", "#5b7f5b", "#fff", 6, "DejaVu Serif"),
    "night": ("#0d1117", "#161b22", "#c9d1d9", "#30363d", "#238636", "#fff", 6, "DejaVu Sans"),
    "mint": ("#eefaf4", "#fff", "#12372a", "#bfe3d0", "#128c5e", "#fff", 12, "Liberation Sans"),
    "dusk": ("#2b2240", "#3a2f55", "#f0eaff", "#55487a", "#e0a3ff", "#221a33", 14, "DejaVu Sans"),
    "glass": ("#dfe7ef", "#ffffffd0", "#22303c", "#b8c7d6", "#ff5a5f", "#fff", 16, "Liberation Sans Narrow"),
    "retro": ("#008080", "#c0c0c0", "#000", "#808080", "#000080", "#fff", 0, "Liberation Mono"),
    "contrast": ("#000", "#000", "#ff0", "#fff", "#0ff", "#000", 2, "DejaVu Sans"),
}
_RULES = Path(__file__).with_name("screens.css")


def style(theme: str, rng: random.Random) -> str:
    """A look as a style sheet, a little different each time (size of type, bars, corners)."""
    ground, face, ink, line, accent, on_accent, radius, font = _LOOKS[theme]
    bar, on_bar = rng.choice(((face, ink), (accent, on_accent)))
    words = {"GROUND": ground, "FACE": face, "INK": ink, "LINE": line, "ONACCENT": on_accent, "ACCENT": accent,
             "RADIUS": radius, "FONT": f"'{font}'", "SIZE": rng.randint(13, 18), "PAD": rng.randint(10, 110),
             "ONBAR": on_bar, "BAR": bar, "ALIGN": rng.choice(("center", "flex-end", "space-between")),
             "TILE": rng.choice((8, 16, 29))}  # fmt: skip
    found = _RULES.read_text(encoding="utf-8")
    for word in ("ONACCENT", "ONBAR", *words):
        found = found.replace(word, str(words[word]))
    return found

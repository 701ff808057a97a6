"""The phrases written by hand beside this file."""

from pathlib import Path

PHRASES = Path(__file__).with_name("phrases.txt")


def read_phrases(path: Path = PHRASES) -> list[tuple[str, str]]:
    """(label, phrase) in file order; a line "[label]" begins a label, "#" a comment."""
    pairs, label = [], ""
    for line in path.read_text(encoding="utf-8").splitlines():
        line = line.strip()
        if line.startswith("["):
            label = line.strip("[]")
        elif line and not line.startswith("#"):
            pairs.append((label, line))
    return pairs

"""The phrases written by hand beside this file."""

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PHRASES = HERE / "phrases.txt"


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


def read_all() -> list[tuple[str, str]]:
    """The phrases of all files, in the order of the files' names."""
    return [pair for path in sorted(HERE.glob("phrases*.txt")) for pair in read_phrases(path)]


@dataclass(frozen=True)
class Several:
    """A request of several steps: the words of each, their labels, and whether a picture or a text is at hand."""

    parts: tuple[str, ...]
    labels: tuple[str, ...]
    picture: bool
    text: bool


def read_all_several() -> list[Several]:
    """The requests of all files of several steps, in the order of the files' names."""
    return [one for path in sorted(HERE.glob("several*.txt")) for one in read_several(path)]


def read_several(path: Path = HERE / "several.txt") -> list[Several]:
    """The requests of one file, in file order."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            said, _, rest = line.partition(" => ")
            labels, *at_hand = rest.split(" +")
            parts = tuple(part.strip() for part in said.split("/"))
            found.append(Several(parts, tuple(labels.split("; ")), "picture" in at_hand, "text" in at_hand))
    return found

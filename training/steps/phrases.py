"""The phrases written by hand beside this file."""

import re
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


MARK = re.compile(r"\{([twdno]):([^{}]*)\}")  # the words of an argument, by the kinds of assistant.steps.tagging.KINDS


@dataclass(frozen=True)
class Several:
    """A request as people say it: the words of each step, their labels, and whether a picture or a text is at hand.

    Attributes:
        parts: one a step.
        marked: the same with the arguments marked, "remind me to {t:ring the vet} {w:at four}"; () where nobody did.
    """

    parts: tuple[str, ...]
    labels: tuple[str, ...]
    picture: bool
    text: bool
    marked: tuple[str, ...] = ()


def read_all_several() -> list[Several]:
    """The requests of all files of whole requests, in the order of the files' names."""
    several = [one for path in sorted(HERE.glob("several*.txt")) for one in read_several(path)]
    return [*several, *(one for path in sorted(HERE.glob("marked*.txt")) for one in read_several(path))]


def read_several(path: Path = HERE / "several.txt") -> list[Several]:
    """The requests of one file, in file order."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            said, _, rest = line.partition(" => ")
            labels, *at_hand = rest.split(" +")
            parts = tuple(part.strip() for part in re.split(r"(?:^|\s)/\s", said))
            marked = tuple(_whole_words(part) for part in parts) if path.name.startswith("marked") else ()
            plain = tuple(MARK.sub(r"\2", part) for part in parts)
            found.append(Several(plain, tuple(labels.split("; ")), "picture" in at_hand, "text" in at_hand, marked))
    return found


def _whole_words(part: str) -> str:
    """With every mark around whole words: "{o:fridge}'s" is "{o:fridge's}"."""
    part = re.sub(r"([^\s{}]+)\{([twdno]):", r"{\2:\1", part)
    return re.sub(r"\}([\w'’-]+)", r"\1}", part)

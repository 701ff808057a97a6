"""Names of icons, the same in every family: "trash", "bin" and "delete-2-outline" are one thing with one spoken name.

concepts.txt is the table. A drawing's own name is looked up whole, then without its last word as long as that word says
only how it is drawn (outline, filled, 24, duotone ...).
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).with_name("concepts.txt")
VARIANT = re.compile(
    r"-(outline|outlined|fill|filled|solid|line|linear|rounded|round|sharp|bold|thin|light|duotone|regular|broken"
    r"|twotone|tone|two|duo|color|o|[a-z]?\d{1,2}|small|sm|md|lg|large|mini|micro|stroke|normal)$"
)
_NOT = {"repeat-1", "repeat-once", "circle-1", "circle-2", "number-1"}  # look like variants and mean something else


@dataclass(frozen=True)
class Concept:
    """A thing that icons stand for.

    Attributes:
        name: the spoken name.
        also: other names that count as right.
        raw: families' names, without variants.
        without: families, or "family:name", whose drawing of that name is something else.
        only: "family:name" that count besides.
    """

    name: str
    also: tuple[str, ...]
    raw: tuple[str, ...]
    without: frozenset[str]
    only: frozenset[str]


def read(path: Path = TABLE) -> tuple[Concept, ...]:
    """The table.

    Raises:
        ValueError: a line that cannot be read, a name given twice.
    """
    found = [_concept(line) for line in path.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    names = [concept.name for concept in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"{path.name}: named twice: {', '.join(sorted(twice))}")
    return tuple(found)


def _concept(line: str) -> Concept:
    spoken, colon, raw = line.partition(" : ")
    if not colon:
        raise ValueError(f"no ' : ' in {line!r}")
    name, _, also = spoken.partition(" / ")
    words = raw.split()
    return Concept(
        name.strip(),
        tuple(word.strip() for word in also.split(",") if word.strip()),
        tuple(word for word in words if not word.startswith("!") and ":" not in word) or (name,),
        frozenset(word[1:] for word in words if word.startswith("!")),
        frozenset(word for word in words if ":" in word and not word.startswith("!")),
    )


def stems(name: str) -> list[str]:
    """A drawing's name, then the same with less and less said about how it is drawn."""
    found = [name]
    while name not in _NOT and (shorter := VARIANT.sub("", name)) != name:
        found.append(name := shorter)
    return [] if name in _NOT else found


class Names:
    """Looks up what a family's drawing stands for."""

    def __init__(self, concepts: tuple[Concept, ...]) -> None:
        self._by_raw: dict[str, list[Concept]] = defaultdict(list)
        self._only = {word: concept for concept in concepts for word in concept.only}
        for concept in concepts:
            for raw in concept.raw:
                self._by_raw[raw].append(concept)

    def of(self, family: str, name: str) -> Concept | None:
        """The concept, or None for what the table does not know."""
        for stem in stems(name):
            if found := self._only.get(f"{family}:{stem}"):
                return found
            for concept in self._by_raw.get(stem, ()):
                if not concept.without & {family, f"{family}:{stem}"}:
                    return concept
        return None

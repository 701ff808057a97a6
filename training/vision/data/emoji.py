"""Which emoji are named and what each is called: one character, one name, whatever a family calls its drawing."""

import re
from dataclasses import dataclass
from pathlib import Path

from training.vision.data.families import Family

TABLE = Path(__file__).with_name("emoji.txt")


@dataclass(frozen=True)
class Emoji:
    """One emoji: its code points as families write them ("1f600"), its name, other names, its group ("faces")."""

    code: str
    name: str
    also: tuple[str, ...]
    group: str


def read(path: Path = TABLE) -> list[tuple[str, str]]:
    """(code points, group) of each emoji of the table."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            group, *characters = line.split()
            found += [(f"{ord(one[0]):x}", group) for one in characters]
    return found


def named(families: list[Family], first: str = "noto") -> list[Emoji]:
    """The table's emoji with the name one family gives and the others as further names."""
    leading = next(family for family in families if family.prefix == first)
    found, seen = [], set()
    for code, group in read():
        name = _spoken(leading.characters[code])
        others = {_spoken(family.characters[code]) for family in families if code in family.characters}
        others |= {word.removesuffix(" face") for word in {name, *others} if group == "faces" and " face" in word}
        if name in seen:
            raise ValueError(f"two emoji are called {name!r}")
        seen.add(name)
        found.append(Emoji(code, name, tuple(sorted(others - {name})), group))
    return found


def drawings(one: Emoji, family: Family) -> list[str]:
    """The family's drawings of an emoji: by character, or by name where it gives no characters."""
    if family.characters:
        name = family.characters.get(one.code, "")
        return [name] if name in family.bodies else []
    wanted = {_squashed(name) for name in (one.name, *one.also)}
    return [name for name in family.bodies if _squashed(re.sub(r"-\d$", "", name)) in wanted]


def _spoken(name: str) -> str:
    return re.sub(r"-\d$", "", name).replace("-", " ").lower()


def _squashed(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())

"""The small language in which the phrasings are written by hand, and how a line of it becomes words with marked spans.

(a|b|c)      one of these; (a|) may be left out
{food}       a filling from the list [food] of slots/; {num:2-30} a number, in words or digits; {dig:2-30} in digits
<text>       the argument `text`, filled from the list [tool.text]
<which=...>  the argument `which`, whose words are given here
<2.when=..>  the argument `when` of the plan's second call
... => a; b  the plan, where it is not just one call of the section's tool
"""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from training.tools.numbers import say_number

HERE = Path(__file__).parent
Owner = tuple[int, str] | None  # call's place in the plan and argument's name


@dataclass
class Piece:
    """Words that belong to one argument, or to none."""

    words: str
    owner: Owner = None


@dataclass(frozen=True)
class Template:
    """One hand-written line: what is said, and the names of the calls it asks for."""

    section: str
    line: str
    calls: tuple[str, ...]
    flags: frozenset[str] = field(default_factory=frozenset)

    @property
    def identity(self) -> str:
        return f"{self.section}:{self.line}"


def read_sections(paths: Sequence[Path]) -> dict[str, list[str]]:
    """Header without brackets -> its lines, in file order; "#" begins a comment."""
    sections: dict[str, list[str]] = {}
    lines: list[str] = []
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            line = line.strip()
            if re.fullmatch(r"\[\w[\w. +]*\]", line):
                lines = sections.setdefault(line[1:-1], [])
            elif line and not line.startswith("#"):
                lines.append(line)
    return sections


@cache
def slots() -> Mapping[str, tuple[str, ...]]:
    """All lists of fillings."""
    return {name: tuple(lines) for name, lines in read_sections(sorted((HERE / "slots").glob("*.txt"))).items()}


def read_templates() -> list[Template]:
    """All phrasings, each once. A header is the tool's name and flags: "set_reminder", "ask_text +picture"."""
    templates: dict[str, Template] = {}
    for header, lines in read_sections(sorted((HERE / "phrasings").glob("*.txt"))).items():
        name, *flags = header.split()
        for line in lines:
            said, _, plan = line.partition(" => ")
            calls = tuple(part.strip() for part in plan.split(";")) if plan else (name,)
            one = Template(name, said, calls, frozenset(flag.lstrip("+") for flag in flags))
            templates.setdefault(one.identity, one)
    return list(templates.values())


def render(template: Template, rng: random.Random, correction: float = 0.0) -> list[Piece]:
    """Pieces of one filling. `correction` is the chance that a filled argument is first said wrong, then put right."""
    writer = _Writer(template, rng, correction)
    writer.sequence(template.line, None)
    return merge(writer.pieces)


def merge(pieces: Sequence[Piece]) -> list[Piece]:
    """Neighbours with the same owner as one, spaces in order, nothing empty."""
    merged: list[Piece] = []
    for piece in pieces:
        if merged and merged[-1].owner == piece.owner:
            merged[-1].words += piece.words
        else:
            merged.append(Piece(piece.words, piece.owner))
    return [Piece(" ".join(one.words.split()), one.owner) for one in merged if one.words.strip()]


CORRECTIONS = ("no", "no sorry", "sorry", "no wait", "i mean", "no i mean", "wait no", "or rather", "actually", "uh no",
               "sorry i meant", "scratch that", "er no", "make that", "oh no")  # fmt: skip


class _Writer:
    def __init__(self, template: Template, rng: random.Random, correction: float) -> None:
        self._template, self._rng, self._correction = template, rng, correction
        self.pieces: list[Piece] = []

    def sequence(self, line: str, owner: Owner) -> None:
        for part in _parts(line):
            if part[0] == "(":
                self.sequence(self._rng.choice(_choices(part[1:-1])), owner)
            elif part[0] == "{":
                self._slot(part[1:-1], owner)
            elif part[0] == "<":
                self._argument(part[1:-1])
            else:
                self.pieces.append(Piece(part, owner))

    def _slot(self, name: str, owner: Owner) -> None:
        if name.startswith(("num:", "dig:")):
            low, high = map(int, name[4:].split("-"))
            number = self._rng.randint(low, high)
            self.pieces.append(Piece(say_number(number, self._rng) if name[0] == "n" else str(number), owner))
            return
        if name not in slots():
            raise ValueError(f"{self._template.identity}: no list [{name}]")
        self.sequence(self._rng.choice(slots()[name]), owner)

    def _argument(self, inside: str) -> None:
        head, given, words = inside.partition("=")
        place, _, name = head.rpartition(".")
        at = int(place) - 1 if place else 0
        owner = (at, name)
        tool = self._template.calls[at]
        said = self._rng.choice(_choices(words)) if given else "{" + f"{tool}.{name}" + "}"
        if not given and self._rng.random() < self._correction:
            self.sequence(said, None)
            self.pieces.append(Piece(f" {self._rng.choice(CORRECTIONS)} "))
        self.sequence(said, owner)


_CLOSERS = {"(": ")", "{": "}", "<": ">"}


@cache
def _parts(line: str) -> tuple[str, ...]:
    """Literals and bracketed parts, outermost ones only."""
    parts, start, at = [], 0, 0
    while at < len(line):
        if line[at] in _CLOSERS:
            end = _closing(line, at)
            parts += [line[start:at], line[at : end + 1]]
            start = at = end + 1
        else:
            at += 1
    return tuple(part for part in (*parts, line[start:]) if part)


def _closing(line: str, at: int) -> int:
    """Where the bracket that opens at `at` closes."""
    opener, depth = line[at], 0
    for place in range(at, len(line)):
        depth += (line[place] == opener) - (line[place] == _CLOSERS[opener])
        if not depth:
            return place
    raise ValueError(f"{opener} never closes: {line}")


@cache
def _choices(inside: str) -> tuple[str, ...]:
    """Split at the bars outside of brackets."""
    choices, depth = [""], 0
    for letter in inside:
        depth += (letter in _CLOSERS) - (letter in _CLOSERS.values())
        if letter == "|" and not depth:
            choices.append("")
        else:
            choices[-1] += letter
    return tuple(choices)


def clean(words: str) -> str:
    return re.sub(r"\s+([,.?!])", r"\1", " ".join(words.split()))

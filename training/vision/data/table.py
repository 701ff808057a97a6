"""Rows of the index, the reproducible dice of each picture, and a builder that goes on where it was stopped.

A group of pictures is a folder with index.jsonl and its pictures. Every picture depends on the seed and its own file
name alone, so the order of work and an interruption change nothing.
"""

import json
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from PIL import Image

KINDS = ("product", "icon", "emoji", "photo", "drawing", "sign", "chart", "screen", "nothing")
SPLITS = ("train", "valid", "test")
SIDE = 260  # pixels; what the picture encoder looks at
LIMIT = 40_000  # pictures of one group: a slip in a table must not fill the disk


@dataclass(frozen=True)
class Row:
    """One picture and what is true of it.

    Attributes:
        file: path inside the group's folder, forward slashes.
        split: "train"; "valid" to choose by; "test", families and layouts that neither saw.
        kind: one of KINDS.
        family: who drew it ("lucide"); for synthetic pictures the layout.
        name: the canonical name, the same in all families, lower case.
        answer: the sentence to say.
        also: other names that count as right.
        coarse: a wider name, or "".
        source: package and version.
        licence: SPDX identifier.
        rank: 0 for what a short training should take, 1 and 2 for what a longer one adds.
        facts: what else is known (values of a chart, elements of a screen, the family's own name of the drawing).
    """

    file: str
    split: str
    kind: str
    family: str
    name: str
    answer: str
    also: tuple[str, ...] = ()
    coarse: str = ""
    source: str = "drawn here"
    licence: str = "Apache-2.0"
    rank: int = 0
    facts: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS or self.split not in SPLITS:
            raise ValueError(f"kind {self.kind!r} or split {self.split!r} is unknown")
        if not self.name or not self.answer or ".." in self.file or self.file.startswith("/"):
            raise ValueError(f"no name, no answer or a file outside its folder: {self.file!r}")


@dataclass(frozen=True)
class Job:
    """A row and how to draw it: the drawer gets the picture's own dice.

    What only drawing it tells, an answer and facts, the drawer leaves in the picture's `info`.
    """

    row: Row
    draw: Callable[[random.Random], Image.Image]


def dice(seed: int, *keys: object) -> random.Random:
    """Random numbers that depend on the seed and the keys alone."""
    return random.Random("|".join([str(seed), *map(str, keys)]))


def an(name: str) -> str:
    """The name with its indefinite article: "a bell", "an eye", "a user", "an hourglass"."""
    vowel = name[0].lower() in "aeiou" and not name.lower().startswith(("user", "usb", "uni", "euro", "one", "ukulele"))
    return f"{'an' if vowel or name.startswith(('hour', 'x-', 'rss', 'sd ')) else 'a'} {name}"


def build(jobs: Iterable[Job], folder: Path, seed: int, say: Callable[[str], None] = print) -> list[Row]:
    """Draw what is not there yet, then write the index; returns its rows.

    Raises:
        ValueError: two pictures of one name, or more than LIMIT.
    """
    jobs = list(jobs)
    if len(jobs) > LIMIT:
        raise ValueError(f"{len(jobs)} pictures in one group; at most {LIMIT}")
    if len({job.row.file for job in jobs}) < len(jobs):
        raise ValueError("two pictures have the same file name")
    folder.mkdir(parents=True, exist_ok=True)
    began, drawn = time.monotonic(), 0
    for number, job in enumerate(jobs):
        path = folder / job.row.file
        if path.exists():
            continue
        picture = job.draw(dice(seed, job.row.file))
        save(picture, path)
        if found := {key: picture.info[key] for key in ("answer", "facts") if key in picture.info}:
            _beside(path).write_text(json.dumps(found), encoding="utf-8")
        drawn += 1
        if drawn % 500 == 0:
            pace = drawn / (time.monotonic() - began)
            say(f"{folder.name}: {number + 1} of {len(jobs)}, {pace:.0f} a second, {(len(jobs) - number) / pace:.0f} s")
    rows = [_known(job.row, folder / job.row.file) for job in jobs]
    write_index(rows, folder)
    return rows


def _beside(path: Path) -> Path:
    """Where what only the drawing of a picture told is kept, so that a later run knows it too."""
    return path.with_suffix(".json")


def _known(row: Row, path: Path) -> Row:
    found = json.loads(_beside(path).read_text(encoding="utf-8")) if _beside(path).exists() else {}
    return replace(row, **found)


def save(picture: Image.Image, path: Path) -> None:
    """Write a picture whole or not at all; PNG, or JPEG of quality 90 when the name ends so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name("part-" + path.name)
    options = {"quality": 90} if path.suffix == ".jpg" else {"compress_level": 1}
    picture.convert("RGB").save(part, **options)
    part.replace(path)


def write_index(rows: list[Row], folder: Path) -> None:
    """One line a picture, written whole."""
    part = folder / "index.part"
    part.write_text("".join(json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    part.replace(folder / "index.jsonl")

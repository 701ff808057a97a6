"""Drawings of things from Debian's openclipart-svg: those whose own file says public domain and whose name is a noun.

Tux Paint's stamps are not used: Debian's copyright file puts them under the GPL, and no file says otherwise.
"""

import random
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from PIL import Image

from training.vision.data import place, vector
from training.vision.data.table import SIDE, Job, Row, an, dice

TABLE = Path(__file__).with_name("drawings.txt")
PACKAGE = "openclipart-svg 1:0.18+dfsg-19"
FOLDER = Path("openclipart-svg/usr/share/openclipart/svg")
PUBLIC = re.compile(r"license[^>]*resource=\"[^\"]*/public_?domain/?\"", re.IGNORECASE)
_LONGEST = 400_000  # bytes; larger ones take seconds to draw
_MOST = 14  # of one name, so that trees and stars do not drown the rest
_FOLDERS = ("animals", "food", "plants", "transportation", "tools", "buildings", "recreation", "office", "clothing",
            "people/clothing", "education", "electronics", "furniture", "geography/astronomy")  # fmt: skip
# what makes a drawing something else than its noun: a baseball bat, an apple pie, a teddy bear in a letter
_SKIPPED = re.compile(
    r"pie_|juice|baseball_bat|hot_dog|corn_dog|sand_|magni|cichlid|tennis_(racq|omar)|theory|dead|drink|coat|chips|ride"
    r"|labels|muffin|keyboard|_in_|print_|_shop|rental|balloon|pettine|cacci|corks|stamp|icon|theme|symbol|water_"
)
_PLURALS = ("scissors", "trousers", "grapes")
_MASSES = ("bread", "cheese", "ice cream", "wine")


def nouns() -> dict[str, str]:
    """Which name each word stands for."""
    found: dict[str, str] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            name, _, said = line.partition(": ")
            found |= dict.fromkeys(said.split(), name)
    return found


def named(path: Path, root: Path, words: dict[str, str]) -> str | None:
    """What a drawing shows, by its file name; None when that is unsure or the drawing not in the public domain."""
    inside = path.relative_to(root).as_posix()
    if path.stat().st_size > _LONGEST or not inside.startswith(_FOLDERS) or _SKIPPED.search(path.stem.lower()):
        return None
    names = {words[word] for word in re.findall(r"[a-z]+", path.stem.lower()) if word in words}
    if len(names) != 1 or not PUBLIC.search(path.read_text(encoding="utf-8", errors="replace")):
        return None
    return names.pop()


def jobs(sources: Path, seed: int) -> Iterator[Job]:
    """A job for each usable drawing.

    Raises:
        FileNotFoundError: the package was not fetched.
    """
    root = sources / FOLDER
    if not root.is_dir():
        raise FileNotFoundError(f"{root} is missing: python -m training.vision.data fetch {sources}")
    words = nouns()
    found: dict[str, list[Path]] = {}
    for path in {path.stem: path for path in sorted(root.rglob("*.svg"))}.values():  # many lie in two folders
        if name := named(path, root, words):
            found.setdefault(name, []).append(path)
    for name, paths in sorted(found.items()):
        rng = dice(seed, "drawing", name)
        for number, path in enumerate(rng.sample(paths, min(_MOST, len(paths)))):
            if _drawable(path):
                split = ("train", "train", "train", "valid", "train", "train", "test")[number % 7]
                file = f"{name.replace(' ', '_')}/{path.relative_to(root).as_posix().replace('/', '-')}"
                said = name if name in _MASSES else f"some {name}" if name in _PLURALS else an(name)
                row = Row(str(Path(file).with_suffix(".png")), split, "drawing", "openclipart", name, said, (), "",
                          PACKAGE, "CC-PDDC", facts={"drawing": path.relative_to(root).as_posix()})  # fmt: skip
                yield Job(row, partial(draw, path))


def _drawable(path: Path) -> bool:
    try:
        vector.pixels(path.read_text(encoding="utf-8", errors="replace"), 32)
    except (ValueError, RuntimeError):
        return False
    return True


def draw(path: Path, rng: random.Random) -> Image.Image:
    """A drawing on white or tinted paper, in one of three photographed."""
    picture = vector.pixels(path.read_text(encoding="utf-8", errors="replace"), rng.randint(150, 250))
    paper = rng.choice(((255, 255, 255), (250, 247, 240), tuple(rng.randint(190, 255) for _ in range(3))))
    canvas = Image.new("RGB", (SIDE, SIDE), paper)
    canvas.paste(picture, ((SIDE - picture.width) // 2, (SIDE - picture.height) // 2), picture)
    return place.photographed(canvas, rng) if rng.random() < 0.35 else canvas

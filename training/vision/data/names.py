"""Jobs for icons and emoji: each drawing of a family on a ground of its own."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from PIL import Image

from training.vision.data import concepts, emoji, families, place, vector
from training.vision.data.families import Family
from training.vision.data.table import Job, Row, an, dice

LEAST = 4  # training families that must draw a concept, so that its name can be learned apart from one drawing
DRAWINGS = {"train": 2, "valid": 1, "test": 1}  # of one concept in one family
FIRST = 10  # families of each concept in the smallest training set
FIRST_EMOJI = ("noto", "fluent-emoji-flat", "fluent-emoji", "fxemoji")
EMOJI_VIEWS = {"train": 2, "valid": 1, "test": 1}
Table = dict[concepts.Concept, dict[str, list[str]]]


def drawer(family: Family, name: str) -> place.Drawer:
    """Draws one of a family's drawings at any size in any colour."""
    body, box = family.bodies[name]

    def draw(longest: int, colour: place.Colour) -> Image.Image:
        return vector.pixels(vector.svg(body, box, "#{:02x}{:02x}{:02x}".format(*colour)), longest)

    return draw


def vocabulary(found: dict[str, Family]) -> Table:
    """Each concept that enough training families draw, with every family's drawings of it."""
    names = concepts.Names(concepts.read())
    table: Table = defaultdict(lambda: defaultdict(list))
    for prefix, family in found.items():
        for name in family.bodies:
            if concept := names.of(prefix, name):
                table[concept][prefix].append(name)
    training = set(families.ICONS["train"])
    return {concept: by for concept, by in table.items() if len(training & set(by)) >= LEAST}


def every(sources: Path, seed: int) -> Iterator[Job]:
    """All jobs, of icons and of emoji."""
    yield from icons(sources, seed)
    yield from emojis(sources)


def icons(sources: Path, seed: int) -> Iterator[Job]:
    """A job for each chosen drawing of each concept in each family."""
    found = {prefix: families.load(sources, prefix) for prefixes in families.ICONS.values() for prefix in prefixes}
    table = vocabulary(found)
    for prefix, family in found.items():
        split = families.split_of(prefix)
        for concept, by in sorted(table.items(), key=lambda pair: pair[0].name):
            names = sorted(by.get(prefix, ()), key=lambda name: (name.count("-"), len(name), name))
            first = split != "train" or prefix in _first(concept, by, seed)
            for number, name in enumerate(_chosen(names, DRAWINGS[split], dice(seed, prefix, concept.name))):
                rank = 2 if number else 0 if first else 1
                row = Row(f"icon/{prefix}/{name}.png", split, "icon", prefix, concept.name, f"{an(concept.name)} icon",
                          concept.also, "", family.source, family.licence, rank, {"drawing": name})  # fmt: skip
                yield Job(row, _placed(family, name))


def emojis(sources: Path) -> Iterator[Job]:
    """A job for each rendering of each emoji in each family."""
    found = [families.load(sources, prefix) for prefixes in families.EMOJI.values() for prefix in prefixes]
    wanted = emoji.named(found)
    for family in found:
        split = families.split_of(family.prefix)
        drawn = [(one, name) for one in wanted for name in emoji.drawings(one, family)[:1]]
        for one, name in drawn:
            for number in range(EMOJI_VIEWS[split]):
                rank = 2 if number else 0 if split != "train" or family.prefix in FIRST_EMOJI else 1
                row = Row(f"emoji/{family.prefix}/{one.code}-{number}.png", split, "emoji", family.prefix, one.name,
                          f"{an(one.name)} emoji", one.also, one.group, family.source, family.licence,
                          rank, {"drawing": name})  # fmt: skip
                yield Job(row, _placed(family, name))


def _first(concept: concepts.Concept, by: dict[str, list[str]], seed: int) -> set[str]:
    """The training families whose drawing of a concept the smallest set takes."""
    training = [prefix for prefix in families.ICONS["train"] if prefix in by]
    return set(dice(seed, "first", concept.name).sample(training, min(FIRST, len(training))))


def _chosen(names: list[str], most: int, rng: random.Random) -> list[str]:
    """The plainest drawing and others by chance."""
    return names[:1] + rng.sample(names[1:], min(most - 1, len(names) - 1)) if names and most > 1 else (
        [rng.choice(names)] if names else [])  # fmt: skip


def _placed(family: Family, name: str) -> Callable[[random.Random], Image.Image]:
    names = sorted(family.bodies)

    def draw(rng: random.Random) -> Image.Image:
        style = rng.choices([style for style, _ in place.STYLES], [share for _, share in place.STYLES])[0]
        others = [drawer(family, other) for other in rng.sample(names, 2)] if style == "row" else []
        return place.compose(drawer(family, name), others, style, rng)

    return draw

"""How many test icons are drawn nearly as in a training family: python -m training.vision.data.overlap SOURCES

Each drawing is cut to its ink and reduced to 32 x 32; two are alike when their ink overlaps by 90% (intersection over
union). Plain shapes (a plus, an arrow) are alike in all families and will be on any screen too.
"""

import sys
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

from training.vision.data import families, vector
from training.vision.data.families import Family
from training.vision.data.names import vocabulary

ALIKE = 0.9
_SIDE = 32


def ink(family: Family, name: str) -> np.ndarray:
    """Where a drawing has ink, bool (32, 32), cut to its bounds."""
    body, box = family.bodies[name]
    picture = vector.pixels(vector.svg(body, box, "#000000"), 96).getchannel("A")
    return np.asarray(picture.crop(picture.getbbox()).resize((_SIDE, _SIDE), Image.Resampling.BOX)) > 110


def alike(one: np.ndarray, others: np.ndarray) -> float:
    """The largest overlap of (32, 32) with any of (N, 32, 32), 0 to 1."""
    both, either = (one & others).sum(axis=(1, 2)), (one | others).sum(axis=(1, 2))
    return float((both / np.maximum(either, 1)).max(initial=0.0))


def measure(sources: Path, split: str = "test") -> dict[str, tuple[int, int]]:
    """For each family of the split: its names, and how many of them a training family draws nearly alike."""
    found = {prefix: families.load(sources, prefix) for prefixes in families.ICONS.values() for prefix in prefixes}
    names, near = Counter[str](), Counter[str]()
    for by in vocabulary(found).values():
        trained = [ink(found[prefix], sorted(by[prefix])[0]) for prefix in families.ICONS["train"] if prefix in by]
        for prefix in families.ICONS[split]:
            if prefix in by:
                names[prefix] += 1
                near[prefix] += alike(ink(found[prefix], sorted(by[prefix])[0]), np.stack(trained)) >= ALIKE
    return {prefix: (names[prefix], near[prefix]) for prefix in names}


if __name__ == "__main__":
    for prefix, (count, near) in measure(Path(sys.argv[1])).items():
        print(f"{prefix}: {near} of {count} names drawn nearly as in a training family ({near / count:.0%})")

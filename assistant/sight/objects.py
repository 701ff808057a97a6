"""Names the thing in a picture, with a probability that means what it says, as finely as the picture bears.

The classifier's thousand classes are summed into plain names, kinds and wider kinds ("a beagle", "a dog", "an animal").
Each level has its own temperature and offset, fitted where the right answer is known (training/looking_calibration.py).
"""

import functools
import json
import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant import models

if TYPE_CHECKING:
    from PIL import Image

ASSETS = Path(__file__).parents[2] / "assets" / "looking"
SURE, PROBABLE, POSSIBLE = 0.85, 0.6, 0.35  # "a", "probably a", "maybe a"; below: nothing is said


@dataclass(frozen=True)
class Thing:
    """Something that may be in the picture.

    Attributes:
        name: with its article, "a banana".
        probability: calibrated, 0 to 1.
        level: "name", "kind" or "wider".
        kind: the phrase for its kind where that is surer and worth saying first ("fruit or vegetables"), else "".
        kind_probability: the kind's, 0 where there is none.
        hazard: could hurt whoever reaches for it.
    """

    name: str
    probability: float
    level: str = "name"
    kind: str = ""
    kind_probability: float = 0.0
    hazard: bool = False

    def say(self) -> str:
        """ "a banana", "probably a banana", "fruit or vegetables, maybe a banana"."""
        if self.kind and word(self.kind_probability) != word(self.probability):
            return f"{hedge(self.kind_probability)}{self.kind}, {hedge(self.probability)}{self.name}"
        return f"{hedge(self.probability)}{self.name}"


def word(probability: float) -> str:
    """How sure: "sure", "probably", "maybe", or "" when nothing should be said."""
    return "sure" if probability >= SURE else "probably" if probability >= PROBABLE else (
        "maybe" if probability >= POSSIBLE else "")  # fmt: skip


def hedge(probability: float) -> str:
    """The word before a name; empty when sure."""
    return "" if probability >= SURE else f"{word(probability) or 'perhaps'} "


class Namer:
    """EfficientNet-Lite2 with plain names. Takes RGB pictures."""

    def __init__(self) -> None:
        from encoders.efficientnet import load_lite2
        from encoders.image_input import PictureConfig

        self._model = load_lite2(models.files("efficientnet-lite2")["weights"], ASSETS / "efficientnet_lite2.json")
        self._config = PictureConfig((260, 260), (0.498,) * 3, (0.502,) * 3, "bicubic", "crop", 0.94)
        self.vocabulary = vocabulary()

    def things(self, image: "Image.Image") -> tuple[Thing, ...]:
        """What is probably there, surest first; at most two, none below POSSIBLE."""
        return choose(self.probabilities(image), self.vocabulary)

    def probabilities(self, image: "Image.Image") -> np.ndarray:
        """The classifier's own probabilities of its classes, (1000,), not calibrated."""
        import torch

        from encoders.image_input import to_tensor

        with torch.inference_mode():
            return self._model(to_tensor([image], self._config))[0].double().softmax(dim=0).numpy()

    def chance(self, image: "Image.Image", wanted: str) -> tuple[str, float]:
        """The name that fits a wanted thing best and its calibrated probability; ("", 0) for what it cannot know."""
        return chance(self.probabilities(image), self.vocabulary, wanted)


@dataclass(frozen=True)
class Vocabulary:
    """Phrases of each level, the class numbers each sums, and each level's calibration (scale, offset) of log-odds."""

    levels: tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[str, np.ndarray]]
    parents: dict[str, str]
    hazards: frozenset[str]
    calibration: tuple[tuple[float, float], ...]

    def calibrated(self, level: int, probability: float) -> float:
        """The share of times such a claim is right."""
        scale, offset = self.calibration[level]
        bounded = min(max(probability, 1e-6), 1 - 1e-6)
        return 1 / (1 + math.exp(-(scale * math.log(bounded / (1 - bounded)) + offset)))


def vocabulary() -> Vocabulary:
    """Read the tables of names and calibration."""
    table = json.loads((ASSETS / "objects.json").read_text())
    fitted = json.loads((ASSETS / "calibration.json").read_text())
    levels: tuple[dict[str, list[int]], ...] = ({}, {}, {})
    parents: dict[str, str] = {}
    for number, row in enumerate(table["classes"]):
        for level, phrase in enumerate(row):
            if phrase:
                levels[level].setdefault(phrase, []).append(number)
        for child, parent in pairwise(row):
            if parent and child != parent:
                parents.setdefault(child, parent)
    arrays = [{phrase: np.array(numbers) for phrase, numbers in level.items()} for level in levels]
    calibration = tuple((fitted[level]["scale"], fitted[level]["offset"]) for level in ("name", "kind", "wider"))
    return Vocabulary((arrays[0], arrays[1], arrays[2]), parents, frozenset(table["hazards"]), calibration)


def choose(probabilities: np.ndarray, words: Vocabulary) -> tuple[Thing, ...]:
    """The one or two things worth saying, as fine as they are sure."""
    ranked = [_ranked(probabilities, words, level) for level in range(3)]
    things: list[Thing] = []
    name, chance_of_name = ranked[0][0]
    kind = words.parents.get(name, "")
    kinds, wider = dict(ranked[1]), dict(ranked[2])
    if chance_of_name >= SURE:
        things.append(Thing(name, chance_of_name, hazard=name in words.hazards))
    elif word(chance_of_name):
        surer = kinds.get(kind, 0.0)
        said = kind if kind and word(surer) not in ("", word(chance_of_name)) and surer > chance_of_name else ""
        things.append(Thing(name, chance_of_name, "name", said, surer if said else 0.0, name in words.hazards))
    else:
        for level, found in ((1, kinds), (2, wider)):
            phrase, probability = max(found.items(), key=lambda item: item[1])
            if word(probability):
                things.append(Thing(phrase, probability, ("name", "kind", "wider")[level]))
                break
    second, chance_of_second = ranked[0][1]
    if things and word(chance_of_second) and words.parents.get(second) != kind:
        things.append(Thing(second, chance_of_second, hazard=second in words.hazards))
    return tuple(things)


def chance(probabilities: np.ndarray, words: Vocabulary, wanted: str) -> tuple[str, float]:
    """As Namer.chance, from probabilities that are known already."""
    bare = _bare(wanted)
    best = ("", 0.0)
    for level, phrases in enumerate(words.levels):
        for phrase, classes in phrases.items():
            parts = {_bare(part) for part in phrase.replace(" or ", ",").split(",")} | {_bare(phrase)}
            if bare in parts or any(part.endswith(f" {bare}") for part in parts):
                probability = words.calibrated(level, float(probabilities[classes].sum()))
                best = max(best, (phrase, probability), key=lambda item: (item[1], bool(item[0])))
    return best


@functools.cache
def namer() -> Namer:
    """The classifier, loaded on first use and kept."""
    return Namer()


def _ranked(probabilities: np.ndarray, words: Vocabulary, level: int) -> list[tuple[str, float]]:
    sums = [(phrase, float(probabilities[classes].sum())) for phrase, classes in words.levels[level].items()]
    sums.sort(key=lambda item: -item[1])
    return [(phrase, words.calibrated(level, probability)) for phrase, probability in sums]


def _bare(phrase: Any) -> str:
    """Lower case, no article, singular: enough to match "the bananas" with "a banana"."""
    text = " ".join(word for word in str(phrase).lower().split() if word not in ("a", "an", "the", "any", "some", "my"))
    if text.endswith("ies") and len(text) > 4:
        return text[:-3] + "y"
    if text.endswith(("oes", "ches", "shes", "xes")):
        return text[:-2]
    return text[:-1] if text.endswith("s") and not text.endswith("ss") else text

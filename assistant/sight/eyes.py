"""What the small vision model of our own says a picture is, and how that goes together with the object namer.

The model names groceries, icons, emoji, signs, charts and screens; the namer knows the things of ImageNet. Where both
speak of real things and differ, both are said, with the doubt (assets/eyes.md, training/vision).
"""

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistant import models
from assistant.sight.objects import ASSETS, POSSIBLE, PROBABLE, SURE, Thing, namer

if TYPE_CHECKING:
    from PIL import Image

WEIGHTS, TABLE = ASSETS.parent / "eyes.safetensors", ASSETS.parent / "eyes.json"
DRAWN = frozenset({"icon", "emoji", "sign", "chart", "screen", "drawing"})  # of which the namer knows nothing
EDIBLE = frozenset({"food", "fruit or vegetables", "a container"})  # kinds that groceries may be taken for
NOTHING, NOISE, PAGE = "nothing", "only noise", "a page of text: read it"  # what it says of what it does not know
FLAT = frozenset({"a screen", "a computer screen", "a web page", "something printed", "a sign", "a street sign",
                  "a computer", "a hand-held computer", "a phone", "a mobile phone", "a menu", "a book",
                  "a book or printed page", "a crossword"})  # what drawn things may well be taken for  # fmt: skip


@dataclass(frozen=True)
class Sighting:
    """What a picture is taken for.

    Attributes:
        kind: "icon", "emoji", "groceries", "sign", "chart", "screen", "drawing", or "nothing" for what it doesn't know.
        name: "home", "Golden Delicious apple"; "" where nothing is known.
        phrase: to be said, "a home icon"; of a "nothing" what it looks like, "only noise".
        probability: calibrated, 0 to 1; of a "nothing", that it is none of what is known.
        spoken: sure enough to be said, by the threshold that validation chose.
        detail: probability of all that the phrase says.
    """

    kind: str
    name: str
    phrase: str
    probability: float
    spoken: bool
    detail: float = 0.0

    @property
    def thing(self) -> Thing:
        """The same as something that may be in the picture."""
        return Thing(self.phrase, self.probability, "eyes")

    def as_json(self) -> dict[str, Any]:
        """The same as JSON values."""
        return {
            "kind": self.kind, "name": self.name, "probability": round(self.probability, 3), "spoken": self.spoken,
        }  # fmt: skip


class Eyes:
    """The encoder and the decoder with their words. Takes RGB pictures.

    Attributes:
        thresholds: for each kind the probability from which on a name is said; validation chose them.
    """

    def __init__(self) -> None:
        from decoder.eyes import EyesConfig, load_eyes
        from encoders.efficientnet import load_lite2
        from encoders.hybrid import HybridConfig, load_hybrid
        from kernels.checkpoints import read_safetensors

        table: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
        checkpoint = read_safetensors(WEIGHTS)
        self._stem = load_lite2(models.files("efficientnet-lite2")["weights"], ASSETS / "efficientnet_lite2.json")
        self._encoder = load_hybrid(checkpoint, HybridConfig(**table["encoder"]), self._stem)
        self._answers = load_eyes(checkpoint, EyesConfig(**table["decoder"]), table["words"], table["temperature"])
        self.thresholds: dict[str, float] = table["thresholds"]

    def sighting(self, image: "Image.Image") -> Sighting:
        """What the picture is."""
        import torch

        from encoders.hybrid import look

        with torch.inference_mode():
            memory_VSD = look(self._stem, self._encoder, image)
        said = self._answers.ask(memory_VSD, "what")[0]
        kind, _, name = said.text.partition(": ")
        if kind == NOTHING or not name:
            return Sighting(NOTHING, "", name, said.probability, False)
        spoken = said.probability >= max(self.thresholds.get(kind, 1.0), POSSIBLE)
        if kind not in DRAWN or not spoken:
            return Sighting(kind, name, name, said.probability, spoken, said.probability)
        more = self._answers.ask(memory_VSD, kind)[0]
        phrase = _with_article(fitting(kind, name, more.text if more.probability >= POSSIBLE else ""))
        return Sighting(kind, name, phrase, said.probability, spoken, more.probability)

    def symbols(self, crops: "Sequence[Image.Image]") -> list[tuple[str, float]]:
        """Name and probability of each little picture, taken for an icon; ("", 0) where it is surely none."""
        import torch

        from encoders.hybrid import lower, to_pixels

        with torch.inference_mode():
            memories_BSD = self._encoder(lower(self._stem, to_pixels(crops))) if crops else torch.empty(0)
        found = [self._answers.ask(memory_SD[None], "what")[0] for memory_SD in memories_BSD]
        names = [one.text.partition(": ") for one in found]
        return [
            (name, one.probability) if kind in ("icon", "emoji", "sign") else ("", 0.0)
            for one, (kind, _, name) in zip(found, names, strict=True)
        ]


def _with_article(phrase: str) -> str:
    """The decoder learned both articles, and sometimes says the wrong one."""
    article, _, rest = phrase.partition(" ")
    if article not in ("a", "an") or not rest:
        return phrase
    return f"{'an' if rest[0] in 'aeioAEIO' or rest.startswith(('up', 'um', 'un')) else 'a'} {rest}"


def fitting(kind: str, name: str, phrase: str) -> str:
    """The phrase, where it is about the very thing that was named; else one made of the name.

    The two are answers to two questions, and they may come apart.
    """
    if phrase and _bare(name) <= _bare(phrase.replace(",", " ").replace(":", " ")):
        return phrase
    return with_article(f"{name} {kind}" if kind in ("icon", "emoji", "sign", "screen") else name)


def with_article(name: str) -> str:
    """ "an icon", "a chart"."""
    return _with_article(f"a {name}")


@functools.cache
def eyes() -> Eyes:
    """The model, loaded on first use and kept."""
    return Eyes()


def together(seen: Sighting, things: Sequence[Thing]) -> tuple[tuple[Thing, ...], bool]:
    """What is said of a picture of which both spoke, surest first, and whether they contradict each other.

    Args:
        seen: by the eyes.
        things: by the namer, surest first.
    """
    if not seen.spoken:
        if seen.phrase == NOISE and seen.probability >= PROBABLE:
            return (), False
        if seen.phrase == PAGE and seen.probability >= SURE:
            things = [thing for thing in things if not {thing.name, thing.kind} & FLAT]
        sure_of_nothing = seen.kind == NOTHING and seen.probability >= SURE
        return tuple(thing for thing in things if thing.probability >= PROBABLE or not sure_of_nothing), False
    if seen.kind in DRAWN and seen.probability >= SURE:
        return (seen.thing,), False
    against = [thing for thing in things if thing.probability >= PROBABLE and not _agree(seen, thing)]
    said = (seen.thing, *against[:1])
    dangers = tuple(thing for thing in things if thing.hazard and thing not in said)
    return (*sorted(said, key=lambda thing: -thing.probability), *dangers), bool(against)


def _agree(seen: Sighting, thing: Thing) -> bool:
    """Whether two names may well be of the same thing."""
    words = namer().vocabulary
    above = {thing.name, thing.kind, words.parents.get(thing.name, "")}
    above |= {words.parents.get(phrase, "") for phrase in above}
    if seen.kind == "groceries" and above & EDIBLE:
        return thing.level != "name" or not _named_otherwise(seen, thing)
    if seen.kind in DRAWN and above & FLAT:
        return True
    return bool(_bare(seen.name) & _bare(thing.name))


def _named_otherwise(seen: Sighting, thing: Thing) -> bool:
    """A loose fruit or vegetable that the namer knows by another name."""
    words = namer().vocabulary
    return words.parents.get(thing.name) == "fruit or vegetables" and not _bare(seen.name) & _bare(thing.name)


def _bare(name: str) -> set[str]:
    return {word.rstrip("s") for word in name.lower().split() if word not in ("a", "an", "the", "of", "or", "and")}

"""How well words fit a picture, by CLIP or SigLIP from a folder of safetensors: for labelling and for finding.

matcher = load_matcher(folder)
matcher.rank(picture, ["a letter", "a bill", "a photo of a dog"])     # [("a bill", 0.81), ...]
matcher.find(pictures, "my red mug")                                  # indices and cosines, best first
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from assistant import settings
from assistant.captioning_parts import fitting, needed
from assistant.captioning_words import Words, canonical
from encoders import matching
from encoders.image_processors import ProcessorConfig, prepare
from kernels import memory_limit
from kernels.errors import UserError
from kernels.folders import read_folder, read_json

if TYPE_CHECKING:
    from PIL import Image


class PictureWords:
    """A matcher that is loaded, with its preprocessing and its tokens."""

    def __init__(self, name: str, matcher: matching.Matcher, processor: ProcessorConfig, words: Words) -> None:
        self.name, self.matcher, self.processor, self.words = name, matcher, processor, words

    def rank(self, picture: "Path | Image.Image", texts: Sequence[str]) -> list[tuple[str, float]]:
        """Each text with how well it fits, 0 to 1, best first: against the other texts (CLIP), by itself (SigLIP).

        Raises:
            UserError: no text, an empty one, or a file that is no picture.
        """
        pictures_1E = self.matcher.pictures(self._pixels([picture]))
        chances_1N = self.matcher.chances(self.matcher.similarity(pictures_1E, self._texts(texts)))
        return sorted(zip(texts, chances_1N[0].tolist(), strict=True), key=lambda pair: -pair[1])

    def find(self, pictures: "Sequence[Path | Image.Image]", text: str) -> list[tuple[int, float]]:
        """Number of each picture with the cosine of its meaning and the text's, best first. Raises UserError as
        `rank`."""
        texts_1E = self._texts([text])
        cosines = [float(self.matcher.pictures(self._pixels([picture])) @ texts_1E.T) for picture in pictures]
        return sorted(enumerate(cosines), key=lambda pair: -pair[1])

    def _pixels(self, pictures: "Sequence[Path | Image.Image]") -> torch.Tensor:
        from assistant.sight.sandbox import sandbox

        opened = [sandbox().picture(picture) if isinstance(picture, Path) else picture for picture in pictures]
        return prepare(opened, self.processor)

    def _texts(self, texts: Sequence[str]) -> torch.Tensor:
        if not texts or not all(text.strip() for text in texts):
            raise UserError("There are no words to compare the picture with.", "Give one or more labels.")
        plain = [text if self.matcher.bias is None else canonical(text) for text in texts]
        return self.matcher.texts(self.matcher.words.rows([self.words.encode(text) for text in plain]))


def load_matcher(folder: Path) -> PictureWords:
    """CLIPModel or SiglipModel in a Hugging Face folder: config.json, safetensors, tokenizer, preprocessor_config.json.

    Raises:
        UserError: as assistant.captioning_parts.read_parts.
    """
    values = read_json(folder / "config.json")
    checkpoint = read_folder(folder)
    memory_limit.check(folder.name, needed(checkpoint), most=settings.load().memory_limit_mb << 20)
    matcher = matching.load_matcher(checkpoint, values)
    words = Words(folder, matcher.words.config.vocabulary)
    return PictureWords(folder.name, matcher, fitting(folder, matcher.config, str(values["model_type"])), words)

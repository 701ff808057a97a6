"""What a picture shows, in a published captioner's own words: BLIP, TrOCR, ViT-GPT2 from a folder of safetensors.

    captioner = load_captioner(folder)
    seen = captioner.see(picture)               # encoded once, keys and values of its memory too
    "".join(captioner.caption(seen)), "".join(captioner.answer(seen, "What colour is the car?"))

What such a model says is a guess in fluent words; `assistant.sight` states only what was found.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from assistant.captioning_parts import CaptionerParts, read_parts
from decoder.captioners import CaptionSteps, greedy
from encoders.image_processors import prepare
from kernels.errors import UserError
from kernels.layers import MemoryCache

if TYPE_CHECKING:
    from PIL import Image

    from encoders.vision_text import Pairs

WHAT = "what does the picture show?"


@dataclass
class Seen:
    """A picture as a captioner remembers it; keys and values are computed at the first need and kept.

    Attributes:
        memory_BSD: the tower's (1, P, D).
    """

    parts: CaptionerParts
    memory_BSD: Tensor

    @cached_property
    def for_decoder(self) -> MemoryCache:
        """Keys and values that the decoder reads."""
        return self.parts.decoder.remember(self.memory_BSD)

    @cached_property
    def for_questions(self) -> "Pairs":
        """Keys and values that the encoder of questions reads."""
        assert self.parts.questions is not None
        return self.parts.questions.remember(self.memory_BSD)


class Captioner:
    """A captioner that is loaded. Its answers are pieces of text as they come; closing the iterator stops the work."""

    def __init__(self, parts: CaptionerParts) -> None:
        self.parts, self._steps = parts, CaptionSteps()

    @property
    def answers(self) -> bool:
        """Whether it was made to answer questions; else it describes."""
        return self.parts.questions is not None

    @torch.inference_mode()
    def see(self, picture: "Path | Image.Image | Seen") -> Seen:
        """Encode a picture, once for any number of questions.

        Raises:
            UserError: a file that is no picture, damaged or too large; it is opened by the limited child.
        """
        if isinstance(picture, Seen):
            return picture
        if isinstance(picture, Path):
            from assistant.sight.sandbox import sandbox

            picture = sandbox().picture(picture)
        decoder = self.parts.decoder
        memory_BSD = self.parts.tower(prepare([picture], self.parts.processor).to(decoder.device, decoder.dtype))
        return Seen(self.parts, memory_BSD if self.parts.bridge is None else self.parts.bridge(memory_BSD))

    def caption(self, picture: "Path | Image.Image | Seen") -> Iterator[str]:
        """What the picture shows; a model made for questions is asked that."""
        if self.answers:
            yield from self.answer(picture, WHAT)
            return
        yield from self._say(self.see(picture).for_decoder)

    def answer(self, picture: "Path | Image.Image | Seen", question: str) -> Iterator[str]:
        """The answer to a question about the picture.

        Raises:
            UserError: the model only describes, or the question is empty.
        """
        questions = self.parts.questions
        if questions is None:
            raise UserError(
                f"The model {self.parts.name} describes pictures and cannot answer questions.",
                "Leave the question out, or give a model for questions such as a BLIP VQA.",
            )
        if not question.strip():
            raise UserError("The question is empty.", "Ask something about the picture.")
        return self._answer(self.see(picture), question)

    def describe(self, picture: "Path | Image.Image | Seen", question: str | None = None) -> str:
        """The whole caption, or the whole answer."""
        pieces = self.caption(picture) if question is None else self.answer(picture, question)
        return "".join(pieces).strip()

    def _answer(self, seen: Seen, question: str) -> Iterator[str]:
        questions = self.parts.questions
        assert questions is not None
        with torch.inference_mode():
            ids_1T = questions.rows([self.parts.words.encode(question)]).to(self.parts.decoder.device)
            memory = self.parts.decoder.remember(questions(ids_1T, memory=seen.for_questions))
        yield from self._say(memory)

    def _say(self, memory: MemoryCache) -> Iterator[str]:
        parts = self.parts
        tokens = greedy(parts.decoder, [parts.start], memory, parts.ends, parts.most_tokens, kept=self._steps)
        return parts.words.stream(tokens)


def load_captioner(folder: Path) -> Captioner:
    """The captioner in a Hugging Face folder: config.json, safetensors, tokenizer and preprocessor_config.json.

    Raises:
        UserError: as in assistant.captioning_parts.read_parts.
    """
    return Captioner(read_parts(folder))

"""The small decoder that says what a picture shows: a few layers that cross-attend to it, and a closed vocabulary.

answers = load_eyes(checkpoint, config, words, temperature)
answers.ask(memory_VSD, "what")     # [Said("an icon: a house", 0.93), Said("an icon: a barn", 0.03), ...]
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from decoder.config import DecoderConfig
from decoder.text import TextDecoder
from decoder.words import END, Words
from kernels.checkpoints import Checkpoint, load_strict
from kernels.layers import MemoryConfig, uninitialised

MOST_WORDS = 24
_FAINT = math.log(0.02)  # an answer that becomes less likely than this isn't followed once a better one is known


@dataclass(frozen=True)
class EyesConfig:
    """Shape of the decoder, and of the memory that it attends to."""

    width: int = 256
    layers: int = 3
    heads: int = 4
    hidden: int = 512
    memory: int = 256

    def decoder(self, vocabulary: int) -> DecoderConfig:
        """The project's decoder in this shape, with cross-attention in every layer."""
        return DecoderConfig(
            vocabulary=vocabulary, width=self.width, layers=self.layers, heads=self.heads, hidden=self.hidden,
            max_positions=MOST_WORDS + 2, positions="learned",
            memories=(MemoryConfig("vision", tuple(range(self.layers)), self.memory),),
        )  # fmt: skip


@dataclass(frozen=True)
class Said:
    """An answer, and how likely it is the right one among all that could be said (calibrated, 0 to 1)."""

    text: str
    probability: float


class Answers:
    """A decoder with its words, asked about memories of pictures."""

    def __init__(self, decoder: TextDecoder, words: Words, temperature: float = 1.0) -> None:
        """Raises ValueError: the vocabularies differ, or the temperature isn't above 0."""
        if decoder.config.vocabulary != len(words):
            raise ValueError(f"words: {len(words)}, but the decoder knows {decoder.config.vocabulary}")
        if not temperature > 0:
            raise ValueError(f"temperature: must be above 0, got {temperature}")
        self.decoder, self.words, self.temperature = decoder, words, temperature

    @torch.inference_mode()
    def ask(self, memory_VSD: Tensor, kind: str = "what", *, beams: int = 4) -> list[Said]:
        """The likeliest answers, best first.

        Args:
            memory_VSD: the memories of a picture's views; the probabilities that they give a word are averaged.
            kind: what is asked, one of decoder.words.QUESTIONS.
            beams: how many answers are followed (beam search; probabilities are not divided by length).

        Raises:
            ValueError: an unknown kind, or a misshapen memory.
        """
        views, caches = len(memory_VSD), {}
        begun: list[tuple[list[int], float]] = [([self.words.question(kind)], 0.0)]
        ended: list[tuple[list[int], float]] = []
        for _ in range(MOST_WORDS):
            rows = len(begun)
            if rows not in caches:
                caches[rows] = self.decoder.remember(memory_VSD.repeat(rows, 1, 1))
            tokens_BT = torch.tensor([tokens for tokens, _ in begun for _ in range(views)])
            scores_BV = self.decoder(tokens_BT, memory_cache=caches[rows], last_only=True)[:, -1].float()
            chances_BV = (scores_BV / self.temperature).softmax(-1).view(rows, views, -1).mean(1)
            logs_BV = chances_BV.log() + torch.tensor([log for _, log in begun])[:, None]
            best = logs_BV.flatten().topk(min(2 * beams, logs_BV.numel()))
            places = [divmod(int(at), len(self.words)) for at in best.indices]
            grown = [([*begun[row][0], word], float(log)) for (row, word), log in zip(places, best.values, strict=True)]
            ended = sorted([*ended, *(one for one in grown if one[0][-1] == END)], key=lambda one: -one[1])[:beams]
            begun = [one for one in grown if one[0][-1] != END][:beams]
            if ended and begun[0][1] <= min(ended[0][1], _FAINT):
                break
        return [Said(self.words.decode(tokens[1:]), math.exp(log)) for tokens, log in ended]


def load_eyes(
    checkpoint: Checkpoint, config: EyesConfig, words: Sequence[str], temperature: float = 1.0,
    prefix: str = "decoder.",
) -> Answers:  # fmt: skip
    """The decoder with a checkpoint's weights, float32.

    Raises:
        UserError: a tensor is missing, unknown, misshapen or not finite; it is named.
        ValueError: the words are not a vocabulary.
    """
    known = Words(words)
    with uninitialised():
        model = TextDecoder(config.decoder(len(known)))
    mine = {name: tensor for name, tensor in checkpoint.tensors.items() if name.startswith(prefix)}
    load_strict(model, Checkpoint(checkpoint.source, mine), {name: prefix + name for name in model.state_dict()})
    return Answers(model.eval().requires_grad_(False), known, temperature)

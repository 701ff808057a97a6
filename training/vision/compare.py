"""Compares encoders and decoders at the same processor time: hybrid and plain ViT, own decoder and a gated large one.

    python -m training.vision.compare INDEX_FOLDER RUN_FOLDER [--minutes 5 --pictures 2640]

The hybrid ViT (a fresh one on RUN_FOLDER's stem), a plain ViT of equal cost a picture, and SmolLM2-135M with gated
cross-attention in three layers each learn to name the same pictures for the same time; what is held out is the same.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from decoder.gguf import GGUF
from decoder.text import TextDecoder
from decoder.tokenizer import ChatTokenizer
from decoder.weights import load_gguf
from decoder.words import END, Words
from encoders.config import VisionConfig
from encoders.efficientnet import EfficientNet, load_lite2
from encoders.hybrid import SIDE, HybridViT, lower, to_pixels
from encoders.image_input import open_picture
from encoders.vision import VisionTransformer
from kernels.checkpoints import read_safetensors
from kernels.layers import MemoryConfig
from training.vision.export import load_run
from training.vision.features import read_index
from training.vision.feed import IGNORED, Row, padded, target
from training.vision.measure import is_right
from training.vision.model import Eyes
from training.vision.train import DECODER, ENCODER, STEM, initialise, take, vocabulary

PLAIN = VisionConfig(width=192, layers=10, heads=3, hidden=768, image=(SIDE, SIDE), patch=(20, 20), summary="class")
"""0.9 billion multiplications a picture in 169 patches, as the stem and the hybrid's layers take together."""
GATED_LAYERS = (9, 19, 29)
Step = Callable[[Sequence[int]], Tensor]


class PlainViT(nn.Module):
    """Pixels (B, 3, H, W) straight to patches."""

    def __init__(self) -> None:
        super().__init__()
        self.vit = VisionTransformer(PLAIN)
        self.widen = nn.Linear(PLAIN.width, 256)

    def forward(self, pixels_BCHW: Tensor) -> Tensor:
        """A memory (B, 170, 256)."""
        memory_BSD: Tensor = self.widen(self.vit(pixels_BCHW))
        return memory_BSD


class GatedLarge(nn.Module):
    """SmolLM2-135M, frozen, with gated cross-attention to a frozen encoder's memory; only that is trained."""

    def __init__(self, decoder: TextDecoder, tokenizer: ChatTokenizer, memory: int) -> None:
        super().__init__()
        self.decoder, self.tokenizer = decoder.requires_grad_(False), tokenizer
        decoder.add_memory(MemoryConfig("vision", GATED_LAYERS, memory, gated=True))
        self.start = tokenizer.encode("The picture shows:")
        self.end = min(tokenizer.end_ids)

    def learned(self) -> list[nn.Parameter]:
        """The cross-attention's parameters."""
        found = [part for name, part in self.decoder.named_parameters() if ".cross." in name]
        for parameter in found:
            parameter.requires_grad_(True)
        return found

    def loss(self, memory_BSD: Tensor, rows: Sequence[Row]) -> Tensor:
        """The mean loss a token of what should be said."""
        answers = [self.tokenizer.encode(" " + target(row, "what")) for row in rows]
        tokens_BT, goals_BT = padded([[*self.start, *answer, self.end] for answer in answers])
        goals_BT[:, : len(self.start) - 1] = IGNORED
        logits_BTV = self.decoder(tokens_BT, memory_cache=self.decoder.remember(memory_BSD))
        return functional.cross_entropy(logits_BTV.flatten(0, 1), goals_BT.flatten(), ignore_index=IGNORED)

    @torch.no_grad()
    def say(self, memory_BSD: Tensor, most: int = 16) -> list[str]:
        """The likeliest token after token."""
        tokens_BT = torch.tensor([self.start] * len(memory_BSD))
        cache = self.decoder.remember(memory_BSD)
        for _ in range(most):
            best_B = self.decoder(tokens_BT, memory_cache=cache, last_only=True)[:, -1].argmax(-1)
            tokens_BT = torch.cat((tokens_BT, best_B[:, None]), dim=1)
        said = [row[len(self.start) :] for row in tokens_BT.tolist()]
        return [self.tokenizer.decode(row[: row.index(self.end)] if self.end in row else row).strip() for row in said]


def load_large(memory: int) -> GatedLarge:
    """SmolLM2-135M in float32 with fresh, shut gates."""
    from assistant import models

    file = GGUF(models.files("smollm2-135m")["weights"])
    return GatedLarge(load_gguf(file), ChatTokenizer(file), memory)


def train_for(
    seconds: float, count: int, batch: int, parameters: Sequence[nn.Parameter], rate: float, step: Step
) -> int:
    """Learn from shuffled batches for so many seconds of processor time; how many pictures were seen."""
    made = torch.optim.AdamW(parameters, lr=rate, weight_decay=0.05, betas=(0.9, 0.98))
    rng, seen, began = np.random.default_rng(0), 0, time.process_time()
    while (spent := time.process_time() - began) < seconds:
        for group in made.param_groups:
            group["lr"] = rate * min(1.0, (seen + batch) / (20 * batch)) * max(0.05, 1 - spent / seconds)
        loss = step(rng.choice(count, batch, replace=False).tolist())
        made.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        made.step()
        seen += batch
    return seen


def pixels(rows: Sequence[Row]) -> Tensor:
    """Pictures as pixels (B, 3, H, W)."""
    return to_pixels([open_picture(row["file"]) for row in rows])


def of(eyes: Eyes, rows: Sequence[Row], seen: Tensor, words: Words) -> Tensor:
    """The loss of the project's own decoder."""
    texts = [[words.question("what"), *words.encode(target(row, "what")), 0] for row in rows]
    tokens_BT, goals_BT = padded(texts)
    logits = eyes.decoder(tokens_BT, memory_cache=eyes.decoder.remember(eyes.memory(seen)))
    return functional.cross_entropy(logits.flatten(0, 1), goals_BT.flatten(), ignore_index=IGNORED)


def right(rows: Sequence[Row], said: Callable[[Sequence[Row]], Sequence[str]], batch: int = 16) -> float:
    """The share of pictures named rightly."""
    texts = [text for start in range(0, len(rows), batch) for text in said(rows[start : start + batch])]
    return sum(is_right(row, text) for row, text in zip(rows, texts, strict=True)) / len(rows)


def say(eyes: Eyes, words: Words, seen: Tensor) -> list[str]:
    """The project's own decoder's likeliest word after word."""
    with torch.no_grad():
        cache = eyes.decoder.remember(eyes.memory(seen))
        tokens_BT = torch.full((len(seen), 1), words.question("what"))
        for _ in range(12):
            best_B = eyes.decoder(tokens_BT, memory_cache=cache, last_only=True)[:, -1].argmax(-1)
            tokens_BT = torch.cat((tokens_BT, best_B[:, None]), dim=1)
    said = [row[1:] for row in tokens_BT.tolist()]
    return [words.decode(row[: row.index(END)] if END in row else row) for row in said]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("index", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("--minutes", type=float, default=5, help="processor time of each")
    parser.add_argument("--pictures", type=int, default=2640)
    parser.add_argument("--only", choices=("hybrid", "plain", "large"), nargs="+", default=["hybrid", "plain", "large"])
    options = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    train, held = (read_index(options.index, split)[: options.pictures] for split in ("train", "valid"))
    words, stem = vocabulary(train), _stem()
    hybrid = HybridViT(ENCODER, stem)
    take(hybrid, read_safetensors(options.run / STEM).tensors)
    hybrid.eval()

    @torch.no_grad()
    def maps(rows: Sequence[Row]) -> Tensor:
        return hybrid.maps(lower(stem, pixels(rows)))

    for name in options.only:
        if name == "large":
            print(name, *_large(options, train, held), flush=True)
            continue
        encoder: nn.Module = hybrid if name == "hybrid" else PlainViT()
        eyes = Eyes(encoder, TextDecoder(DECODER.decoder(len(words))), 256, 1, drop=0.0)
        initialise(eyes)
        eyes.requires_grad_(True)
        see = maps if name == "hybrid" else pixels
        learn = [*(hybrid.vit if name == "hybrid" else encoder).parameters(), *eyes.decoder.parameters()]

        def step(chosen: Sequence[int], eyes: Eyes = eyes, see: Callable[[Sequence[Row]], Tensor] = see) -> Tensor:
            rows = [train[index] for index in chosen]
            return of(eyes, rows, see(rows), words)

        def said(rows: Sequence[Row], eyes: Eyes = eyes, see: Callable[[Sequence[Row]], Tensor] = see) -> list[str]:
            return say(eyes, words, see(rows))

        seen = train_for(60 * options.minutes, len(train), 16, learn, 1e-3, step)
        print(name, seen, right(held, said), flush=True)


def _large(options: argparse.Namespace, train: Sequence[Row], held: Sequence[Row]) -> tuple[int, float]:
    """The gated large decoder on the run's own trained and frozen encoder: pictures seen, share right."""
    eyes, _, _ = load_run(options.run)
    stem, model = _stem(), load_large(ENCODER.width)

    @torch.no_grad()
    def memory(rows: Sequence[Row]) -> Tensor:
        return eyes.memory(lower(stem, pixels(rows)))

    def step(chosen: Sequence[int]) -> Tensor:
        rows = [train[index] for index in chosen]
        return model.loss(memory(rows), rows)

    seen = train_for(60 * options.minutes, len(train), 8, model.learned(), 1e-3, step)
    return seen, right(held, lambda rows: model.say(memory(rows)))


def _stem() -> EfficientNet:
    from assistant import models
    from assistant.sight.objects import ASSETS

    return load_lite2(models.files("efficientnet-lite2")["weights"], ASSETS / "efficientnet_lite2.json")


if __name__ == "__main__":
    main()

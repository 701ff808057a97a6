"""Fine-tunes the language model for the project's tools: a low-rank adapter, trained through the project's own decoder.

    python -m training.tools.train DATA_FOLDER RUN_FOLDER [--steps 1500 --rank 16 --from-layer 10 ...]

AdamW, linear warm-up, then a cosine to a tenth; gradients clipped; loss on the answers alone, over the words that the
examples use. Depends on the seed only; a run that was stopped (Ctrl-C saves) goes on where it was when started again.
On a GPU (--device cuda) activations are bfloat16; on a processor everything is float32.
"""

import argparse
import hashlib
import math
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from decoder.adapter import Adapted, AdapterConfig, inject
from decoder.gguf import GGUF
from decoder.text import TextDecoder
from decoder.tokenizer import ChatTokenizer
from decoder.weights import load_gguf
from training.tools.lora_data import Batch, Example, collate, encode, read_rows, stream
from training.tools.lora_state import Progress, keep, resume

BETAS, DECAY, CLIP, FLOOR = (0.9, 0.98), 0.01, 1.0, 0.1
_SHOW = 10  # steps between two lines of progress


@dataclass(frozen=True)
class Recipe:
    """What a run depends on besides its data and its length."""

    seed: int
    rate: float
    warm_up: int
    batch_tokens: int
    rank: int
    alpha: float
    from_layer: int


class Trainer:
    """A decoder, its adapter and their optimiser.

    Args:
        always: tokens (n,) that compete for every place, besides those of the batch: the names of all tools.
        steps: where the cosine ends.
    """

    def __init__(self, model: TextDecoder, recipe: Recipe, always: Tensor, steps: int) -> None:
        layers = tuple(range(recipe.from_layer, model.config.layers))
        self.adapted: Adapted = inject(model, AdapterConfig(recipe.rank, recipe.alpha, layers), recipe.seed)
        self._model, self._recipe, self._always, self._steps = model, recipe, always, steps
        self.optimiser = torch.optim.AdamW(
            self.adapted.parameters(), lr=recipe.rate, betas=BETAS, weight_decay=DECAY, eps=1e-8
        )

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        if step < self._recipe.warm_up:
            return self._recipe.rate * (step + 1) / self._recipe.warm_up
        done = min(1.0, (step - self._recipe.warm_up) / max(1, self._steps - self._recipe.warm_up))
        return self._recipe.rate * (FLOOR + (1 - FLOOR) * (1 + math.cos(math.pi * done)) / 2)

    def step(self, batch: Batch, number: int) -> float:
        """Learn from one batch; its mean loss a token of the answers."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate(number)
        logits_nV, goals_n = self._answers(batch)
        loss = torch.nn.functional.cross_entropy(logits_nV, goals_n)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.adapted.parameters(), CLIP)
        self.optimiser.step()
        return float(loss.detach())

    @torch.no_grad()
    def check(self, batches: Sequence[Batch]) -> tuple[float, float]:
        """Mean loss a token, and the share of answers that are right in every token, over held-out batches."""
        losses, tokens, right, answers = 0.0, 0, 0, 0
        for batch in batches:
            logits_nV, goals_n = self._answers(batch)
            losses += float(torch.nn.functional.cross_entropy(logits_nV, goals_n, reduction="sum"))
            tokens += len(goals_n)
            wrong = logits_nV.argmax(1).cpu() != goals_n.cpu()
            answers += batch.tokens_BT.shape[0]
            right += batch.tokens_BT.shape[0] - len(set(batch.rows[wrong].tolist()))
        return losses / max(1, tokens), right / max(1, answers)

    def _answers(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Logits (n, V') of the places that count over the words in question, and the goals (n,) among these."""
        model, device = self._model, self._model.device
        words = torch.cat((batch.tokens_BT.flatten(), self._always)).unique()
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            hidden_BTD = model.hidden(batch.tokens_BT.to(device))
            picked_nD = hidden_BTD[batch.rows.to(device), batch.columns.to(device)]
            if model.norm is not None:
                picked_nD = model.norm(picked_nD)
            head: Any = model.embedding if model.head is None else model.head
            logits_nV = picked_nD @ head.weight[words.to(device)].T
        return logits_nV.float(), torch.searchsorted(words, batch.goals).to(device)


def names(examples: Sequence[Example]) -> Tensor:
    """Tokens with which answers begin or go on often: those of at least three answers."""
    counts: dict[int, int] = {}
    for example in examples:
        for token in set(example.tokens[example.start :]):
            counts[token] = counts.get(token, 0) + 1
    common = sorted(counts, key=lambda token: -counts[token])[:2048]
    return torch.tensor([token for token in common if counts[token] >= 3] or common)


def run(
    trainer: Trainer, batches: Iterator[tuple[int, Batch]], progress: Progress, steps: int, *,
    stop: Callable[[], bool], every: int, save: Callable[[], None], check: Callable[[], tuple[float, float]],
) -> None:  # fmt: skip
    """Train until `steps` or `stop`; `check` and `save` at the beginning's end, every so many steps, and at the end."""
    recent: list[float] = []
    shown = progress.step
    while progress.step < steps and not stop():
        began = time.monotonic()
        epoch, batch = next(batches)
        recent.append(trainer.step(batch, progress.step))
        progress.step += 1
        progress.tokens += batch.size
        progress.seconds += time.monotonic() - began
        if progress.step % _SHOW == 0:
            loss, recent = sum(recent) / len(recent), []
            progress.losses.append((progress.step, loss))
            _show(progress, epoch, steps, loss, trainer.rate(progress.step))
        if progress.step % every == 0:
            progress.valid.append((progress.step, *check()))
            _, loss, right = progress.valid[-1]
            print(f"step {progress.step}: held out: loss {loss:.4f}, {right:.1%} of the answers right", flush=True)
            save()
            shown = progress.step
    if shown != progress.step:
        save()


def _show(progress: Progress, epoch: int, steps: int, loss: float, rate: float) -> None:
    pace = progress.tokens / max(progress.seconds, 1e-9)
    left = (steps - progress.step) * progress.seconds / progress.step / 60
    print(
        f"step {progress.step}/{steps} epoch {epoch} loss {loss:.4f} rate {rate:.2e} "
        f"{pace:.0f} tokens/s, {left:.0f} min left", flush=True,
    )  # fmt: skip


def plot(progress: Progress, path: Path) -> None:
    """The losses and the held-out answers that were right, drawn."""
    from benchmarks.plotting import Chart, draw

    losses = {"training": progress.losses, "held out": [(step, loss) for step, loss, _ in progress.valid]}
    right = {"held out": [(step, 100 * share) for step, _, share in progress.valid]}
    charts = [
        Chart("Loss a token of the answers", "steps", "nats", losses),
        Chart("Answers right", "steps", "%", right),
    ]
    charts = [chart for chart in charts if any(y > 0 for line in chart.series.values() for _, y in line)]
    draw(charts, "The tuned brain's training").save(path)


def main() -> None:
    options = _options()
    from assistant import models

    torch.manual_seed(options.seed)
    torch.set_flush_denormal(True)
    if options.threads:
        torch.set_num_threads(options.threads)
    path = models.files(options.model)["weights"]
    with path.open("rb") as stream_of:
        base = hashlib.file_digest(stream_of, "sha256").hexdigest()
    file = GGUF(path)
    tokenizer, model = ChatTokenizer(file), load_gguf(file).to(options.device)
    learned, held = (encode(tokenizer, read_rows(options.data / f"{part}.jsonl")) for part in ("train", "valid"))
    recipe = Recipe(
        options.seed,
        options.rate,
        options.warm_up,
        options.batch_tokens,
        options.rank,
        options.alpha,
        options.from_layer,
    )
    trainer = Trainer(model, recipe, names(learned), options.steps)
    progress = resume(options.run, trainer.adapted, trainer.optimiser, vars(recipe))
    tests = [collate(held[start : start + 16]) for start in range(0, min(len(held), options.held_out), 16)]
    stopped: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: stopped.append(number))
    print(
        f"{len(learned)} examples, {sum(len(one.tokens) for one in learned):,} tokens; from step {progress.step}",
        flush=True,
    )
    run(
        trainer, stream(learned, recipe.batch_tokens, recipe.seed, progress.step), progress, options.steps,
        stop=lambda: bool(stopped), every=options.every, check=lambda: trainer.check(tests),
        save=lambda: _save(options, trainer, progress, recipe, base),
    )  # fmt: skip
    print(f"{'stopped' if stopped else 'done'} at step {progress.step}; {options.run}", flush=True)


def _save(options: argparse.Namespace, trainer: Trainer, progress: Progress, recipe: Recipe, base: str) -> None:
    keep(options.run, trainer.adapted, trainer.optimiser, progress, vars(recipe), base)
    if progress.losses:
        plot(progress, options.run / "loss.png")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with train.jsonl and valid.jsonl")
    parser.add_argument("run", type=Path, help="folder for checkpoints; a run in it goes on")
    parser.add_argument("--model", default="smollm2-135m", help="a GGUF language model of the table")
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--warm-up", type=int, default=50)
    parser.add_argument("--batch-tokens", type=int, default=448)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--alpha", type=float, default=32.0)
    parser.add_argument("--from-layer", type=int, default=10, help="layers below it stay as they are")
    parser.add_argument("--every", type=int, default=100, help="steps between checks on held-out examples")
    parser.add_argument("--held-out", type=int, default=160, help="examples of each check")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    return parser.parse_args()


if __name__ == "__main__":
    main()

"""The training loop: rates, mixing, gradients, running means of the weights, checks, and saving."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from training.vision import optimiser as optimisers
from training.vision.feed import Batch, Feed
from training.vision.state import Progress, keep, learned, resume

CLIP, MIX, ALPHA = 5.0, 0.5, 0.3  # largest gradient; chance of a mixed batch, and Beta's parameter
_SHOW = 20  # steps between two lines of progress


class Trainer:
    """A model, its optimiser, the running means of its weights, and how far they are.

    Args:
        recipe: everything that the run depends on; a run that goes on has to have the same.
        rank, ranks: which of several processes this is; they take turns at the batches.
    """

    def __init__(
        self, model: nn.Module, optimiser: torch.optim.Optimizer, feed: Feed, recipe: Mapping[str, Any], folder: Path,
        *, rank: int = 0, ranks: int = 1,
    ) -> None:  # fmt: skip
        self.model, self.optimiser, self.feed, self.recipe, self.folder = model, optimiser, feed, recipe, folder
        self.rank, self.ranks = rank, ranks
        self.steps, self.warm_up = int(recipe["steps"]), int(recipe["warm_up"])
        self.means = {name: parameter.detach().clone() for name, parameter in learned(model).items()}
        self.progress: Progress = resume(folder, model, self.means, optimiser, recipe)

    def run(self, stop: Callable[[], bool], every: int, check: Callable[[], dict[str, float]]) -> None:
        """Train until the recipe's end or `stop`; check and save every so many steps, and save at the end."""
        recent: list[float] = []
        progress = self.progress
        while progress.step < self.steps and not self._agreed(stop()):
            began = time.monotonic()
            recent.append(self.step(progress.step))
            progress.step += 1
            progress.seconds += time.monotonic() - began
            if progress.step % _SHOW == 0:
                progress.losses.append((progress.step, float(np.mean(recent))))
                recent.clear()
                self._say(f"step {progress.step}/{self.steps} loss {progress.losses[-1][1]:.4f} "
                          f"{progress.seconds:.0f} s")  # fmt: skip
            if progress.step % every == 0 or progress.step == self.steps:
                with self.averaged():
                    found = check()
                progress.checks += [(progress.step, name, value) for name, value in found.items()]
                self._say(f"step {progress.step}: " + ", ".join(f"{name} {v:.4f}" for name, v in found.items()))
                self.save()
        self.save()

    def step(self, number: int) -> float:
        """Learn from one batch; its loss."""
        device = next(self.model.parameters()).device
        batch = self.feed(number * self.ranks + self.rank).to(device)
        optimisers.set_rate(self.optimiser, number, self.steps, self.warm_up)
        torch.manual_seed(hash((int(self.recipe["seed"]), number, self.rank)) % 2**31)  # dropout goes on after a stop
        self.model.train()
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            loss: Tensor = self.model(batch, _mix(batch, int(self.recipe["seed"]), number, self.rank))
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(learned(self.model).values(), CLIP)
        self.optimiser.step()
        share = min(float(self.recipe["mean"]), (number + 1) / (number + 20))
        with torch.no_grad():
            for name, parameter in learned(self.model).items():
                self.means[name].lerp_(parameter, 1 - share)
        return float(loss.detach())

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """The model with the running means of its weights, ready to be used."""
        own = {name: parameter.detach().clone() for name, parameter in learned(self.model).items()}
        self.model.eval()
        with torch.no_grad():
            for name, parameter in learned(self.model).items():
                parameter.copy_(self.means[name])
            if self.ranks > 1:
                self.model.unshard()  # type: ignore[operator]
            yield
            if self.ranks > 1:
                self.model.reshard()  # type: ignore[operator]
            for name, parameter in learned(self.model).items():
                parameter.copy_(own[name])

    def save(self) -> None:
        """Write the state to the run's folder."""
        keep(self.folder, self.model, self.means, self.optimiser, self.progress, self.recipe, writes=self.rank == 0)

    def _agreed(self, stops: bool) -> bool:
        """Whether any process wants to stop: all have to leave at the same step."""
        if self.ranks == 1:
            return stops
        from torch import distributed

        votes = torch.tensor(int(stops), device=next(self.model.parameters()).device)
        distributed.all_reduce(votes, distributed.ReduceOp.MAX)
        return bool(votes)

    def _say(self, text: str) -> None:
        if self.rank == 0:
            print(text, flush=True)


def _mix(batch: Batch, seed: int, step: int, rank: int) -> tuple[Tensor, float] | None:
    rng = np.random.default_rng((seed, 2, step, rank))
    if rng.random() >= MIX:
        return None
    order = torch.from_numpy(rng.permutation(len(batch.low_BCHW)))
    return order.to(batch.low_BCHW.device), float(rng.beta(ALPHA, ALPHA))

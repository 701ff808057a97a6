"""AdamW, or a Shampoo-like optimiser, over groups of parameters with rates of their own, and their schedule."""

import math
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

_LARGEST = 2048  # rows or columns up to which a side of a matrix is preconditioned


class Shampoo(torch.optim.Optimizer):
    """Shampoo (Gupta, Koren and Singer 2018, arXiv:1802.09568) for matrices, with steps as long as Adam's would be.

    A matrix's gradient is multiplied from both sides by the inverse fourth roots of running means of G Gᵀ and Gᵀ G,
    renewed every few steps; the step's length is grafted from Adam (Anil et al. 2020, arXiv:2002.09018). Everything
    that is no matrix, or is too large, takes Adam's step. Weight decay is decoupled.
    """

    def __init__(
        self, groups: Iterable[dict[str, Any]], *, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.98),
        eps: float = 1e-8, weight_decay: float = 0.01, every: int = 10,
    ) -> None:  # fmt: skip
        """`every`: steps between two renewals of the roots."""
        if every < 1:
            raise ValueError(f"every: must be at least 1, got {every}")
        super().__init__(groups, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "every": every})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """One step from the gradients that are there."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._move(parameter, group)

    def _move(self, parameter: Tensor, group: dict[str, Any]) -> None:
        state, gradient, (first, second) = self.state[parameter], parameter.grad, group["betas"]
        assert gradient is not None
        if not state:
            state["step"] = torch.zeros(())
            state["exp_avg"], state["exp_avg_sq"] = torch.zeros_like(parameter), torch.zeros_like(parameter)
        state["step"] += 1
        count = int(state["step"])
        state["exp_avg"].lerp_(gradient, 1 - first)
        state["exp_avg_sq"].mul_(second).addcmul_(gradient, gradient, value=1 - second)
        spread = (state["exp_avg_sq"] / (1 - second**count)).sqrt_().add_(group["eps"])
        mean = state["exp_avg"] / (1 - first**count)
        change = mean / spread
        if parameter.dim() == 2 and max(parameter.shape) <= _LARGEST:
            turned = self._turned(state, gradient, mean, count, group)
            change = turned * (change.norm() / turned.norm().clamp_min(1e-12))
        parameter.mul_(1 - group["lr"] * group["weight_decay"]).sub_(change, alpha=group["lr"])

    def _turned(
        self, state: dict[str, Tensor], gradient: Tensor, mean: Tensor, count: int, group: dict[str, Any]
    ) -> Tensor:
        """The mean gradient between the two roots."""
        for side, product in (("left", gradient @ gradient.T), ("right", gradient.T @ gradient)):
            if side not in state:
                state[side] = torch.zeros_like(product)
                state[f"{side}_root"] = torch.eye(len(product), dtype=product.dtype, device=product.device)
            state[side].lerp_(product, 1 - group["betas"][1])
            if (count - 1) % group["every"] == 0:
                state[f"{side}_root"].copy_(inverse_fourth_root(state[side]))
        return state["left_root"] @ mean @ state["right_root"]


def inverse_fourth_root(matrix_NN: Tensor) -> Tensor:
    """M^(-1/4) of a symmetric matrix without negative eigenvalues; small ones are raised to 1e-6 of the largest."""
    values_N, vectors_NN = torch.linalg.eigh(matrix_NN.float())
    bounded_N = values_N.clamp_min(1e-6 * float(values_N.max().clamp_min(1e-12)))
    root: Tensor = (vectors_NN * bounded_N.pow(-0.25)) @ vectors_NN.T
    return root.to(matrix_NN.dtype)


def make(kind: str, groups: list[tuple[list[nn.Parameter], float, float]]) -> torch.optim.Optimizer:
    """An optimiser.

    Args:
        kind: "adamw" or "shampoo".
        groups: parameters, their highest rate, and their weight decay (of matrices; all else has none).

    Raises:
        ValueError: there is no such optimiser.
    """
    split: list[dict[str, Any]] = []
    for parameters, rate, decay in groups:
        matrices = [parameter for parameter in parameters if parameter.dim() > 1]
        others = [parameter for parameter in parameters if parameter.dim() <= 1]
        split += [
            {"params": chosen, "lr": rate, "highest": rate, "weight_decay": amount}
            for chosen, amount in ((matrices, decay), (others, 0.0)) if chosen
        ]  # fmt: skip
    if kind == "adamw":
        return torch.optim.AdamW(split, betas=(0.9, 0.98), eps=1e-8)
    if kind == "shampoo":
        return Shampoo(split)
    raise ValueError(f"kind: {kind!r} is neither adamw nor shampoo")


def set_rate(optimiser: torch.optim.Optimizer, step: int, steps: int, warm_up: int) -> None:
    """Linear warm-up, then a cosine to a fiftieth of each group's highest rate."""
    done = min(1.0, max(0, step - warm_up) / max(1, steps - warm_up))
    share = min(1.0, (step + 1) / max(1, warm_up)) * (0.02 + 0.98 * (1 + math.cos(math.pi * done)) / 2)
    for group in optimiser.param_groups:
        group["lr"] = group["highest"] * share

"""Fits the table that says what a told sum asks for, from sums.txt beside it.

    python -m training.steps.sums [--check]      writes assets/sums.safetensors; --check only prints the accuracy

A multinomial logistic regression with an L2 penalty on what the step chooser sees of a clause, the numbers masked, and
on telling words; no random numbers but the folds of --check.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file

from assistant import models
from assistant.steps.told_operation import OPERATIONS, WEIGHTS, inputs
from encoders.text import SentenceEncoder

FOLDS = 5
FILE = Path(__file__).parent / "sums.txt"
PENALTY = 3e-4  # few examples: a firmer one than the chooser's, chosen by cross-validation


def examples() -> list[tuple[str, str]]:
    """(operation, request) of every line under its heading."""
    rows, label = [], ""
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            label = line[3:].strip()
        elif line.strip() and not line.startswith("#"):
            rows.append((label, line.strip()))
    return rows


def fit(inputs_BF: NDArray[np.float32], goals_B: NDArray[np.int64], count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """weight (F, L) and bias (L,) that minimise cross-entropy + PENALTY * |weight|^2; LBFGS from zero."""
    x_BF, y_B = torch.from_numpy(inputs_BF), torch.from_numpy(goals_B)
    weight_FL = torch.zeros(x_BF.shape[1], count, requires_grad=True)
    bias_L = torch.zeros(count, requires_grad=True)
    optimiser = torch.optim.LBFGS([weight_FL, bias_L], max_iter=60, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = torch.nn.functional.cross_entropy(x_BF @ weight_FL + bias_L, y_B) + PENALTY * weight_FL.square().sum()
        value.backward()
        return value

    optimiser.step(loss)
    return weight_FL.detach(), bias_L.detach()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--check", action="store_true", help="print the cross-validated accuracy and the confusions")
    arguments = parser.parse_args()
    rows = examples()
    encoder = SentenceEncoder.load(models.files("minilm"))
    inputs_BF = inputs([words for _, words in rows], encoder.encode)
    goals_B = np.array([OPERATIONS.index(label) for label, _ in rows])
    if arguments.check:
        given_B, sure_B = np.zeros_like(goals_B), np.zeros(len(goals_B))
        folds_B = np.random.default_rng(0).permutation(len(rows)) % FOLDS
        for fold in range(FOLDS):
            held = folds_B == fold
            weight_FL, bias_L = fit(inputs_BF[~held], goals_B[~held], len(OPERATIONS))
            chances_BL = (torch.from_numpy(inputs_BF[held]) @ weight_FL + bias_L).softmax(1)
            given_B[held], sure_B[held] = chances_BL.argmax(1).numpy(), chances_BL.amax(1).numpy()
        for (label, words), given, sure in zip(rows, given_B, sure_B, strict=True):
            if OPERATIONS[given] != label:
                print(f"{label:6} {OPERATIONS[given]:6} {sure:.2f} {words}")
        for least in (0.0, 0.5, 0.6, 0.7, 0.8):
            kept = sure_B >= least
            print(f"from {least}: {kept.mean():.0%} of them, {(given_B == goals_B)[kept].mean():.1%} right")
        return
    weight_FL, bias_L = fit(inputs_BF, goals_B, len(OPERATIONS))
    tensors = {"weight": weight_FL.half().numpy(), "bias": bias_L.half().numpy()}
    save_file(tensors, WEIGHTS, metadata={"labels": " ".join(OPERATIONS)})
    print(f"{WEIGHTS.name}: {len(rows)} requests, {WEIGHTS.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()

"""Fits the reader of settings from settings.txt and from what the other files here say of settings and of everything else.

    python -m training.steps.settings [--check]      writes assets/settings.safetensors; --check only prints the accuracy

As training/steps/fit.py, with two differences: of the wishes for a setting in the other files only this is known, that they
are such, so their loss is that of all settings together; and of everything else a sample stands for "none".
"""

# ruff: noqa: E501 - lists and patterns read better on one line

import argparse
import random
from collections import Counter

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file

from assistant import models
from assistant.steps.setting_wishes import NONE, WEIGHTS, inputs, prepared
from encoders.text import SentenceEncoder
from training.steps.phrases import HERE, read_all, read_all_several, read_phrases
from training.steps.setting_templates import templated
from training.tools.overlap import key, suite_keys

SEED = 0
FOLDS = 5
PENALTY = 3e-5
OTHERS = 6000  # clauses of other steps
OWN = 3.0  # weight of a clause of settings.txt beside one of the other files
ANY = "any"  # a setting, nobody said which


def examples() -> list[tuple[str, str, bool]]:
    """(class, clause, whether it is of settings.txt), without what a suite asks word for word."""
    measured = set[str]().union(*suite_keys().values())
    own = [(label.replace(": ", ":").replace(" ", "-"), words) for label, words in read_phrases(HERE / "settings.txt")]
    rows = [(label, words, True) for label, words in own]
    said = read_all()
    for one in read_all_several():
        if len(one.labels) == len(one.parts):
            said += list(zip(one.labels, one.parts, strict=True))
    rows += [(label, words, False) for label, words in templated()]
    rows += [(ANY, words, False) for label, words in said if label == "change_setting"]
    others = [words for label, words in said if label != "change_setting"]
    rows += [(NONE, words, False) for words in random.Random(SEED).sample(others, min(OTHERS, len(others)))]
    kept = [(label, prepared(words), ours) for label, words, ours in rows if key(words) not in measured]
    return list(dict.fromkeys(row for row in kept if row[1]))


def fit(
    features_BF: NDArray[np.float32], targets_B: NDArray[np.int64], weights_B: NDArray[np.float32], count: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """weight (F, L) and bias (L,); a target of -1 is any class but the last, which is NONE."""
    inputs_BF, goals_B = torch.from_numpy(features_BF), torch.from_numpy(targets_B)
    given_B = torch.from_numpy(weights_B / weights_B.mean())
    weight_FL = torch.zeros(features_BF.shape[1], count, requires_grad=True)
    bias_L = torch.zeros(count, requires_grad=True)
    optimiser = torch.optim.LBFGS([weight_FL, bias_L], max_iter=80, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        logs_BL = torch.log_softmax(inputs_BF @ weight_FL + bias_L, dim=1)
        known_B = logs_BL.gather(1, goals_B.clamp(min=0)[:, None])[:, 0]
        any_B = torch.logsumexp(logs_BL[:, :-1], dim=1)
        value = -(given_B * torch.where(goals_B < 0, any_B, known_B)).mean() + PENALTY * weight_FL.square().sum()
        value.backward()
        return value

    optimiser.step(loss)
    return weight_FL.detach(), bias_L.detach()


def check(
    rows: list[tuple[str, str, bool]],
    features_BF: NDArray[np.float32],
    targets_B: NDArray[np.int64],
    weights_B: NDArray[np.float32],
    labels: list[str],
) -> None:
    """Print what comes of each clause where it was held out."""
    folds_B = np.random.default_rng(SEED).permutation(len(rows)) % FOLDS
    chances_BL = np.zeros((len(rows), len(labels)), dtype=np.float32)
    for fold in range(FOLDS):
        held = folds_B == fold
        weight_FL, bias_L = fit(features_BF[~held], targets_B[~held], weights_B[~held], len(labels))
        chances_BL[held] = torch.softmax(torch.from_numpy(features_BF[held]) @ weight_FL + bias_L, 1).numpy()
    ours = np.array([own for _, _, own in rows])
    wish = targets_B != len(labels) - 1
    setting = 1 - chances_BL[:, -1]
    best = chances_BL[:, :-1].argmax(1)
    for (label, text, own), at, chance in zip(rows, best, setting, strict=True):
        if (own and label != NONE and (labels[at] != label or chance < 0.5)) or (label == NONE and chance > 0.8):
            print(f"{label:18} {labels[at]:18} {chance:.2f} {text}")
    named = ours & wish
    print(
        f"{len(rows)} clauses; {named.sum()} own wishes: right setting and value {(best == targets_B)[named].mean():.3f}"
    )
    settings = np.array([label.split(":")[0] for label in labels])
    print(f"right setting {(settings[best] == settings[targets_B])[named].mean():.3f}")
    for at_least in (0.5, 0.7, 0.8, 0.9, 0.95):
        taken = setting >= at_least
        own_none, other_none = ours & ~wish, ~ours & ~wish
        print(
            f"taken for a wish from {at_least}: own {taken[named].mean():.3f}, other wishes {taken[~ours & wish].mean():.3f}, "
            f"own none {taken[own_none].mean():.3f} of {own_none.sum()}, other steps {taken[other_none].mean():.4f} of {other_none.sum()}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--check", action="store_true", help="print the cross-validated accuracy and the confusions")
    arguments = parser.parse_args()
    torch.manual_seed(SEED)
    rows = examples()
    found = Counter(label for label, _, _ in rows)
    labels = [*sorted(label for label in found if label not in (ANY, NONE)), NONE]
    encoder = SentenceEncoder.load(models.files("minilm"))
    texts = [text for _, text, _ in rows]
    features_BF = inputs(texts, encoder.encode(texts).numpy())
    targets_B = np.array([-1 if label == ANY else labels.index(label) for label, _, _ in rows])
    weights_B = np.array([OWN if own else 1.0 for _, _, own in rows], dtype=np.float32)
    if arguments.check:
        check(rows, features_BF, targets_B, weights_B, labels)
        return
    weight_FL, bias_L = fit(features_BF, targets_B, weights_B, len(labels))
    tensors = {"weight": weight_FL.half().numpy(), "bias": bias_L.half().numpy()}
    save_file(tensors, WEIGHTS, metadata={"labels": " ".join(labels)})
    print(f"{WEIGHTS.name}: {len(rows)} clauses, {len(labels)} labels, {WEIGHTS.stat().st_size:,} bytes; {dict(found)}")


if __name__ == "__main__":
    main()

"""Fits the step chooser's table from the phrases beside it and the phrasings of training/tools.

    python -m training.steps.fit [--check]      writes assets/steps.safetensors; --check only prints the accuracy

Multinomial logistic regression with an L2 penalty, LBFGS from zero, so only the fillings of the phrasings and the folds
of the cross-validation depend on the seed (SEED); all fillings of a phrasing are in one fold.
"""

import argparse
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file

from assistant import models
from assistant.steps.clause import Clause
from assistant.steps.planning import WEIGHTS, features, text_of
from assistant.steps.utterance import strip_manners, tidy
from encoders.text import SentenceEncoder
from training.steps.phrases import read_all, read_all_several
from training.steps.spoken import spoken_clauses
from training.tools.overlap import key, suite_keys

SEED = 0
FOLDS = 5
PENALTY = 1e-5


def fit(
    features_BF: NDArray[np.float32], targets_B: NDArray[np.int64], count: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """weight (F, L) and bias (L,) that minimise cross-entropy + PENALTY * |weight|^2."""
    inputs_BF, goals_B = torch.from_numpy(features_BF), torch.from_numpy(targets_B)
    weight_FL = torch.zeros(features_BF.shape[1], count, requires_grad=True)
    bias_L = torch.zeros(count, requires_grad=True)
    optimiser = torch.optim.LBFGS([weight_FL, bias_L], max_iter=60, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = torch.nn.functional.cross_entropy(inputs_BF @ weight_FL + bias_L, goals_B)
        value = value + PENALTY * weight_FL.square().sum()
        value.backward()
        return value

    optimiser.step(loss)
    return weight_FL.detach(), bias_L.detach()


def examples() -> list[tuple[str, str, str]]:
    """(label, clause, phrasing): the phrases, each its own phrasing, the steps of several.txt, then the filled ones.

    What a suite asks word for word is left out.
    """
    measured = set[str]().union(*suite_keys().values())
    said = [(label, phrase, phrase) for label, phrase in read_all()]
    for one in read_all_several():
        said += [(label, part, " ".join(one.parts)) for label, part in zip(one.labels, one.parts, strict=True)]
    own = [(label, text_of(Clause(strip_manners(tidy(words)))), whole) for label, words, whole in said]
    own = [row for row in own if row[1] and key(row[2]) not in measured]
    filled = [(label, text_of(Clause(clause)), phrasing) for label, clause, phrasing in spoken_clauses(SEED)]
    return own + filled


def cross_validate(
    features_BF: NDArray[np.float32], targets_B: NDArray[np.int64], count: int, phrasings: Sequence[str]
) -> tuple[float, NDArray[np.int64]]:
    """Share of clauses whose label comes first where their phrasing was held out, and the label given to each."""
    names = {name: at for at, name in enumerate(dict.fromkeys(phrasings))}
    fold_of_name = np.random.default_rng(SEED).permutation(len(names)) % FOLDS
    folds_B = np.array([fold_of_name[names[phrasing]] for phrasing in phrasings])
    given_B = np.zeros_like(targets_B)
    for fold in range(FOLDS):
        held = folds_B == fold
        weight_FL, bias_L = fit(features_BF[~held], targets_B[~held], count)
        given_B[held] = (torch.from_numpy(features_BF[held]) @ weight_FL + bias_L).argmax(1).numpy()
    return float((given_B == targets_B).mean()), given_B


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--check", action="store_true", help="print the cross-validated accuracy and the confusions")
    arguments = parser.parse_args()
    torch.manual_seed(SEED)
    rows = examples()
    labels = sorted({label for label, _, _ in rows})
    texts = [text for _, text, _ in rows]
    encoder = SentenceEncoder.load(models.files("minilm"))
    features_BF = features(texts, encoder.encode(texts).numpy())
    targets_B = np.array([labels.index(label) for label, _, _ in rows])
    if arguments.check:
        accuracy, given_B = cross_validate(features_BF, targets_B, len(labels), [row[2] for row in rows])
        for text, target, given in zip(texts, targets_B, given_B, strict=True):
            if target != given:
                print(f"{labels[target]:18} {labels[given]:18} {text}")
        print(f"{len(rows)} clauses, {len(labels)} labels, {FOLDS}-fold accuracy {accuracy:.3f}")
        return
    weight_FL, bias_L = fit(features_BF, targets_B, len(labels))
    WEIGHTS.parent.mkdir(exist_ok=True)
    tensors = {"weight": weight_FL.half().numpy(), "bias": bias_L.half().numpy()}
    save_file(tensors, WEIGHTS, metadata={"labels": " ".join(labels)})
    print(f"{WEIGHTS.name}: {len(rows)} clauses, {len(labels)} labels, {WEIGHTS.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()

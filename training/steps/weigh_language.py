"""Does the language model help where the fitted chooser is in doubt? Measures it on held-out phrases.

    python -m training.steps.weigh_language [--sample 137]

Close calls are phrases whose best label has a probability below CLOSE in five-fold cross-validation. For each, the
model weighs the best labels in four ways; "less the same for no request" takes out what it prefers anyway (Zhao et al.
2021, contextual calibration):

- call: the tool's name, decoded under a grammar of the candidates' names that the prompt explains, less the same for
  no request
- wish: the label's description, decoded under a grammar of the candidates' descriptions, less the same for no request
- direct: mean log-probability a token of the description after the request, no grammar, less the same for no request
- channel: the request after the label's description (Min et al. 2022, noisy channel), no grammar

Printed: the share right, for two and three candidates, by the table alone (weight 0), by both, by the model alone.
"""

import argparse
import math
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from assistant import language, models
from assistant.language import LanguageModel
from assistant.steps.clause import Clause
from assistant.steps.close_calls import CLOSE, WANTS, call_scores
from assistant.steps.planning import features, text_of
from assistant.steps.utterance import strip_manners, tidy
from encoders.text import SentenceEncoder
from training.steps.fit import FOLDS, SEED, fit
from training.steps.phrases import read_phrases

CANDIDATES = 3
WEIGHTS = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 100.0)


def wish_scores(model: LanguageModel, words: str, labels: Sequence[str]) -> list[float]:
    """Log-probability of each description under a grammar of these, less the same for no request."""
    asked, empty = (model.choose(_question(text), _wishes(labels)) for text in (words, "..."))
    return [given - prior for given, prior in zip(asked, empty, strict=True)]


def direct_scores(model: LanguageModel, words: str, labels: Sequence[str]) -> list[float]:
    """Mean log-probability a token of each description after the request, less the same after no request."""
    asked, empty = (model.score(_question(text), _wishes(labels)) for text in (words, "..."))
    return [given - prior for given, prior in zip(asked, empty, strict=True)]


def channel_scores(model: LanguageModel, words: str, labels: Sequence[str]) -> list[float]:
    """Mean log-probability a token of the request after each description: how well it says what was said."""
    wants = [f"Write what a person says to an assistant who wants to {WANTS[label]}." for label in labels]
    return [model.score([{"role": "user", "content": want}], [words])[0] for want in wants]


def _question(words: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": f'A person says to an assistant: "{words}". What do they want?'}]


def _wishes(labels: Sequence[str]) -> list[str]:
    return [f"wants to {WANTS[label]}" for label in labels]


def held_out() -> tuple[list[str], list[str], NDArray[np.int64], NDArray[np.float32]]:
    """labels, phrases, the right label of each, and each label's probability (B, L) by tables that never saw it."""
    pairs = read_phrases()
    labels = sorted({label for label, _ in pairs})
    texts = [text_of(Clause(strip_manners(tidy(phrase)))) for _, phrase in pairs]
    features_BF = features(texts, SentenceEncoder.load(models.files("minilm")).encode(texts).numpy())
    targets_B = np.array([labels.index(label) for label, _ in pairs])
    order = np.random.default_rng(SEED).permutation(len(texts))
    chances_BL = np.zeros((len(texts), len(labels)), dtype=np.float32)
    for fold in range(FOLDS):
        held = np.zeros(len(texts), dtype=bool)
        held[order[fold::FOLDS]] = True
        weight_FL, bias_L = fit(features_BF[~held], targets_B[~held], len(labels))
        chances_BL[held] = torch.softmax(torch.from_numpy(features_BF[held]) @ weight_FL + bias_L, 1).numpy()
    return labels, texts, targets_B, chances_BL


def main() -> None:
    parser = argparse.ArgumentParser(description="Does the language model help in close calls?")
    parser.add_argument("--sample", type=int, default=1000)
    sample = parser.parse_args().sample
    labels, texts, targets_B, chances_BL = held_out()
    close = [at for at in np.random.default_rng(SEED).permutation(len(texts)) if chances_BL[at].max() < CLOSE]
    print(f"{len(texts)} held-out phrases, {len(close)} close calls, {min(sample, len(close))} scored", flush=True)
    close = close[:sample]
    best = [np.argsort(-chances_BL[at])[:CANDIDATES] for at in close]
    answers = [targets_B[at] for at in close]
    fitted = [[math.log(value) for value in chances_BL[at][names]] for at, names in zip(close, best, strict=True)]
    for few in (2, CANDIDATES):
        among = sum(answer in names[:few] for answer, names in zip(answers, best, strict=True))
        print(f"the right label is among the first {few} in {among / len(close):.3f}")
    model = language.load()
    ways: dict[str, Callable[[LanguageModel, str, Sequence[str]], list[float]]] = {
        "call": call_scores, "wish": wish_scores, "direct": direct_scores, "channel": channel_scores
    }  # fmt: skip
    print("way of CANDIDATES: share right at weights", *WEIGHTS)
    for name, way in ways.items():
        started = time.monotonic()
        scores = [way(model, texts[at], [labels[of] for of in names]) for at, names in zip(close, best, strict=True)]
        took = (time.monotonic() - started) / len(close)
        for few in (2, CANDIDATES):
            shares = [_share(few, weight, answers, best, fitted, scores) for weight in WEIGHTS]
            print(f"{name:8} of {few}:", *(f"{share:.3f}" for share in shares), f"{took:.2f} s", flush=True)


def _share(
    few: int,
    weight: float,
    answers: Sequence[int],
    best: Sequence[NDArray[np.int64]],
    fitted: Sequence[Sequence[float]],
    scores: Sequence[Sequence[float]],
) -> float:
    """Share of close calls whose right label has the best sum of the table's and the model's score."""
    right = 0
    for answer, names, logs, said in zip(answers, best, fitted, scores, strict=True):
        sums = [log + weight * score for log, score in zip(logs[:few], said[:few], strict=True)]
        right += bool(names[int(np.argmax(sums))] == answer)
    return right / len(answers)


if __name__ == "__main__":
    main()

"""Does the language model help where the fitted chooser is in doubt? Measures it on held-out phrases.

    python -m training.steps.weigh_language [--sample 80]

Close calls are phrases whose best label has a probability below CLOSE in cross-validation. For each, the model scores
the two best labels: "direct" is the label's description after the request, less the same after no request; "channel" is
the request after the label's description (Min et al. 2022, noisy channel). Printed: the share right by the table alone,
by the model alone, and by both at several weights.
"""

import argparse
import math

import numpy as np
import torch

from assistant import language, models
from assistant.steps.close_calls import CLOSE, channel_scores, direct_scores
from assistant.steps.planning import features, text_of
from assistant.steps.utterance import Clause, strip_manners, tidy
from encoders.text import SentenceEncoder
from training.steps.fit import FOLDS, SEED, fit, read_phrases


def main() -> None:
    parser = argparse.ArgumentParser(description="Does the language model help in close calls?")
    parser.add_argument("--sample", type=int, default=80)
    sample = parser.parse_args().sample
    pairs = read_phrases()
    labels = sorted({label for label, _ in pairs})
    texts = [text_of(Clause(strip_manners(tidy(phrase)))) for _, phrase in pairs]
    features_BF = features(texts, SentenceEncoder.load(models.files("minilm")).encode(texts).numpy())
    targets_B = np.array([labels.index(label) for label, _ in pairs])
    random = np.random.default_rng(SEED)
    held_B = np.zeros(len(targets_B), dtype=bool)
    held_B[random.permutation(len(targets_B))[::FOLDS]] = True
    weight_FL, bias_L = fit(features_BF[~held_B], targets_B[~held_B], len(labels))
    chances = torch.softmax(torch.from_numpy(features_BF[held_B]) @ weight_FL + bias_L, 1).numpy()
    rows = [(int(at), chances[row]) for row, at in enumerate(np.flatnonzero(held_B)) if chances[row].max() < CLOSE]
    print(
        f"{int(held_B.sum())} held-out phrases, {len(rows)} close calls, {min(sample, len(rows))} of them scored",
        flush=True,
    )
    model = language.load()
    kept = []
    for at, chance_L in [rows[index] for index in random.permutation(len(rows))[:sample]]:
        best = np.argsort(-chance_L)[:2]
        names = [labels[index] for index in best]
        logs = [math.log(chance_L[index]) for index in best]
        answer = list(best).index(targets_B[at]) if targets_B[at] in best else -1
        kept.append((answer, logs, direct_scores(model, texts[at], names), channel_scores(model, texts[at], names)))
    print(f"the right label is among the two in {sum(answer >= 0 for answer, *_ in kept) / len(kept):.3f}")
    for name, part in (("direct", 2), ("channel", 3)):
        for weight in (0.0, 0.25, 0.5, 1.0, 2.0, 100.0):
            right = sum(
                row[0]
                == int(np.argmax([fitted + weight * score for fitted, score in zip(row[1], row[part], strict=True)]))
                for row in kept
            )
            print(f"{name:8} weight {weight:6.2f}: {right / len(kept):.3f} right of {len(kept)}")


if __name__ == "__main__":
    main()

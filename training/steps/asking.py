"""Makes assets/asking.safetensors: which parts of a wish only ask for it (assistant/steps/asking.py).

python -m training.steps.asking

From the marked requests beside this file: of every step that sets a reminder, a part with words that are marked as its
text is something to be reminded of, any other part is asking or an aside. Logistic regression on the sentence encoder's
vectors; the share of parts that are told apart is measured on a fifth of the requests that the rest was fitted without.
"""

import random
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file

from assistant import models
from assistant.steps.asking import WEIGHTS, parts_of, timeless
from encoders.text import SentenceEncoder
from training.steps.phrases import MARK, read_all_several, read_phrases

BY_HAND = Path(__file__).with_suffix(".txt")  # parts of people's own wishes, each with the weight WEIGHT
DECAY, STEPS, WEIGHT = 1e-4, 400, 4


def examples() -> list[tuple[str, float, float]]:
    """(part, 1 where it only asks, weight), of the marked requests and of those written by hand."""
    found: list[tuple[str, float]] = []
    for one in read_all_several():
        for label, marked in zip(one.labels, one.marked, strict=False):
            if label == "set_reminder":
                found += _parts(marked)
    by_hand = [(part, float(label == "asks")) for label, part in read_phrases(BY_HAND)]
    known = {part for part, _ in by_hand}
    return [
        *((part, asks, 1.0) for part, asks in dict.fromkeys(found) if part not in known),
        *((part, asks, float(WEIGHT)) for part, asks in by_hand),
    ]


def _parts(marked: str) -> list[tuple[str, float]]:
    plain, texts = "", []
    at = 0
    for match in MARK.finditer(marked):
        plain += marked[at : match.start()]
        if match[1] == "t":
            texts.append((len(plain), len(plain) + len(match[2])))
        plain += match[2]
        at = match.end()
    plain += marked[at:]
    found = []
    for part in parts_of(plain):
        said = timeless(part.words)
        if not re.search(r"[a-z]{2}", said):
            continue
        holds = any(start < part.end and part.start < end for start, end in texts)
        pointing = re.fullmatch(r"(?:it|that|this|them|him|her)", said) is not None
        found.append((said, 0.0 if holds and not pointing else 1.0))
    return found


def fitted(
    vectors_BD: NDArray[np.float32], asks_B: Sequence[float], weights_B: Sequence[float]
) -> tuple[NDArray[np.float32], float]:
    """The weights and the bias."""
    x_BD, y_B = torch.tensor(vectors_BD), torch.tensor(asks_B)
    weight_D, bias = torch.zeros(x_BD.shape[1], requires_grad=True), torch.zeros(1, requires_grad=True)
    optimiser = torch.optim.LBFGS([weight_D, bias], max_iter=STEPS)
    heavy_B = torch.tensor(weights_B)
    share = float((y_B * heavy_B).sum() / heavy_B.sum())
    balance_B = torch.where(y_B > 0.5, 0.5 / share, 0.5 / (1 - share)) * heavy_B / heavy_B.mean()

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        odds_B = x_BD @ weight_D + bias
        value = torch.nn.functional.binary_cross_entropy_with_logits(odds_B, y_B, weight=balance_B)
        value = value + DECAY * weight_D.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return weight_D.detach().numpy().astype(np.float32), float(bias.detach())


def main() -> None:
    """Fit, measure, write."""
    pairs = examples()
    random.Random(0).shuffle(pairs)
    encoder = SentenceEncoder.load(models.files("minilm"))
    vectors_BD = np.concatenate(
        [np.asarray(encoder.encode([said for said, _, _ in pairs[at : at + 64]])) for at in range(0, len(pairs), 64)]
    )
    asks, heavy = [one for _, one, _ in pairs], [weight for _, _, weight in pairs]
    held = len(pairs) // 5
    weight_D, bias = fitted(vectors_BD[held:], asks[held:], heavy[held:])
    odds_B = vectors_BD[:held] @ weight_D + bias
    right = np.mean((odds_B > 0) == (np.array(asks[:held]) > 0.5))
    sure = odds_B > np.log(0.6 / 0.4)
    print(f"{len(pairs)} parts, {sum(asks):.0f} of them asking; right {right:.1%} of {held};", end=" ")
    print(f"sure that they ask {sure.sum()}, right {np.mean(np.array(asks[:held])[sure]):.1%}")
    weight_D, bias = fitted(vectors_BD, asks, heavy)
    save_file(
        {"weight": weight_D.astype(np.float16), "bias": np.array([bias], dtype=np.float32)},
        WEIGHTS,
        metadata={"made by": "training/steps/asking.py", "encoder": "minilm"},
    )


if __name__ == "__main__":
    main()

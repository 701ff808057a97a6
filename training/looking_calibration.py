"""Makes assets/looking/calibration.json: for each level of naming, how sure the classifier may say it is.

    python -m training.looking_calibration FOLDER [--cache FILE.npz]

Data: the Grocery Store photos (Klasson et al., WACV 2019, MIT): every second of train.txt fits, all of val.txt checks.
Most of their classes are unknown to ImageNet; a claim counts as right only when it is true of the photo. For each level
the log-odds of the largest summed probability are scaled and shifted (Platt, 1999; the scale is an inverse temperature)
to fit how often it was right. Deterministic: no seed.

The result on val.txt is printed and kept in the file: how many claims go with each word, how many are right. Of what
assistant.sight.objects.choose then says (2026-11-21): sure 120 of 127 right, probably 94 of 131, maybe 102 of 167.
"""

import argparse
import csv
import json
from pathlib import Path

import numpy as np
import torch

from assistant.sight.objects import ASSETS, POSSIBLE, PROBABLE, SURE, Vocabulary, namer, vocabulary
from encoders.image_input import open_picture

NAMES = {
    "Apple": "an apple", "Banana": "a banana", "Lemon": "a lemon", "Orange": "an orange", "Satsumas": "an orange",
    "Pineapple": "a pineapple", "Pomegranate": "a pomegranate", "Cabbage": "a cabbage", "Cucumber": "a cucumber",
    "Mushroom": "a mushroom", "Pepper": "a pepper", "Zucchini": "a courgette",
}  # fmt: skip
PACKED = ("Juice", "Milk", "Oat-Milk", "Oatghurt", "Sour-Cream", "Sour-Milk", "Soy-Milk", "Soyghurt", "Yoghurt")
PLACE = {"a supermarket", "a shop"}  # true of every photo, so they teach nothing and are left out


def true_claims(coarse: str, level: int) -> set[str]:
    """The phrases of a level that are true of a photo of this coarse class."""
    packed = coarse in PACKED
    if level == 0:
        return {"a carton", "a packet"} if packed else {NAMES.get(coarse, ""), "fruit"}
    if level == 1:
        return {"a carton or packet"} if packed else {"fruit or vegetables", "food"} | (
            {"a mushroom"} if coarse == "Mushroom" else set())  # fmt: skip
    return {"a container"} if packed else {"food"}


def claims(
    probabilities: np.ndarray, coarse: list[str], words: Vocabulary, level: int
) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds of the top phrase of each photo and whether it is true."""
    phrases = list(words.levels[level])
    sums = np.stack([probabilities[:, words.levels[level][phrase]].sum(axis=1) for phrase in phrases], axis=1)
    top = np.clip(sums.max(axis=1), 1e-6, 1 - 1e-6)
    said = [phrases[best] for best in sums.argmax(axis=1)]
    right = np.array([phrase in true_claims(name, level) for phrase, name in zip(said, coarse, strict=True)])
    things = np.array([phrase not in PLACE for phrase in said])
    return np.log(top / (1 - top))[things], right[things]


def fit(odds: np.ndarray, right: np.ndarray) -> tuple[float, float]:
    """Scale and offset of the log-odds with the least log loss."""
    x, y = torch.from_numpy(odds), torch.from_numpy(right).double()
    free = torch.tensor([1.0, 0.0], dtype=torch.double, requires_grad=True)
    optimizer = torch.optim.LBFGS([free], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = torch.nn.functional.binary_cross_entropy_with_logits(free[0] * x + free[1], y)
        value.backward()
        return value

    optimizer.step(loss)
    return round(free[0].item(), 4), round(free[1].item(), 4)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--cache", type=Path, help="probabilities of an earlier run")
    options = parser.parse_args()
    with open(options.data / "classes.csv") as file:
        names = {int(row["Class ID (int)"]): row["Coarse Class Name (str)"] for row in csv.DictReader(file)}
    lists = {"train": _rows(options.data / "train.txt")[::2], "val": _rows(options.data / "val.txt")}
    cached = dict(np.load(options.cache)) if options.cache and options.cache.exists() else {}
    for split, rows in lists.items():
        if split not in cached:
            cached[split] = np.stack([namer().probabilities(open_picture(options.data / row[0])) for row in rows])
    if options.cache:
        np.savez(options.cache, **cached)
    words, table = vocabulary(), {}
    for level, title in enumerate(("name", "kind", "wider")):
        odds, right = claims(cached["train"], [names[int(row[1])] for row in lists["train"]], words, level)
        scale, offset = fit(odds, right)
        odds, right = claims(cached["val"], [names[int(row[1])] for row in lists["val"]], words, level)
        sure = 1 / (1 + np.exp(-(scale * odds + offset)))
        table[title] = {"scale": scale, "offset": offset, "val": _reliability(sure, right)}
        print(title, table[title])
    (ASSETS / "calibration.json").write_text(json.dumps(table, indent=1) + "\n")


def _reliability(sure: np.ndarray, right: np.ndarray) -> dict[str, list[int]]:
    """For each word: how many claims it would go with, and how many of those are true."""
    bounds = {"sure": (SURE, 2.0), "probably": (PROBABLE, SURE), "maybe": (POSSIBLE, PROBABLE)}
    masks = {word: (sure >= low) & (sure < high) for word, (low, high) in bounds.items()}
    return {word: [int(mask.sum()), int(right[mask].sum())] for word, mask in masks.items()}


def _rows(path: Path) -> list[list[str]]:
    return [line.split(", ") for line in path.read_text().splitlines() if line]


if __name__ == "__main__":
    main()

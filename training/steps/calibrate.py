"""Fits how likely a plan is right from kept runs of the benchmark; writes assets/chances.json.

    antigone bench agent --suite held_out --brain off --keep OFF      (and more suites into the same file)
    antigone bench agent --suite held_out --brain on --keep ON
    python -m training.steps.calibrate OFF ON [--dry]

From OFF: what the product of the chooser's probabilities is worth, by isotonic regression (pool adjacent violators,
Ayer et al. 1955) at the places of `calibrated.SAID`, each drawn to the diagonal by two virtual rows. From rows of both:
how often the chooser's plan was right where the brain proposed another, and how often the brain's was where it was
taken; the factors of both are these shares over what each had said of itself.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.steps.calibrated import FILE, SAID, Chances

VIRTUAL = 2.0  # rows at each place that say what the line through (0, 0) and (1, 1) says
LEAST = 12  # rows that a share has to rest on


def isotonic(said_N: NDArray[np.float64], right_N: NDArray[np.float64], weight_N: NDArray[np.float64]) -> Any:
    """Non-decreasing values (N,) nearest to `right_N` in weighted squares, for `said_N` in ascending order."""
    blocks: list[list[float]] = []  # value, weight, count
    for right, weight in zip(
        right_N[np.argsort(said_N, kind="stable")], weight_N[np.argsort(said_N, kind="stable")], strict=True
    ):
        blocks.append([float(right), float(weight), 1])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            value, mass, count = blocks.pop()
            total = blocks[-1][1] + mass
            blocks[-1] = [(blocks[-1][0] * blocks[-1][1] + value * mass) / total, total, blocks[-1][2] + count]
    return np.concatenate([np.full(int(count), value) for value, _, count in blocks])


def fitted_curve(rows: Sequence[dict[str, Any]], now: Chances) -> list[float]:
    """The share right at each place of SAID, of rows whose plan was the chooser's own."""
    raw = [float(np.interp(row["choice"], now.right, SAID)) for row in rows]
    said_N = np.array([*raw, *SAID])
    right_N = np.array([*(float(bool(row["tools"])) for row in rows), *SAID])
    weight_N = np.array([*[1.0] * len(rows), *[VIRTUAL] * len(SAID)])
    places_U, place_N = np.unique(said_N, return_inverse=True)  # rows that say the same are one place
    weight_U = np.bincount(place_N, weight_N)
    right_U = np.bincount(place_N, weight_N * right_N) / weight_U
    curve = np.interp(SAID, places_U, isotonic(places_U, right_U, weight_U))
    steps = np.maximum.accumulate(curve + 1e-4 * np.arange(len(curve)))  # strictly rising, so that it can be read back
    return [round(min(float(value), 0.99), 4) for value in steps]


def shares(off: Sequence[dict[str, Any]], on: Sequence[dict[str, Any]], now: Chances) -> tuple[float, float]:
    """What each mind's probability is to be multiplied by where the two propose different plans."""
    alone = {(row["suite"], row["id"]): row for row in off}
    differ = [row for row in on if row["source"] in ("brain", "fitted") and (row["suite"], row["id"]) in alone]
    own = [alone[row["suite"], row["id"]] for row in differ]
    taken = [row for row in differ if row["source"] == "brain"]
    pairs = ((own, now.differs[0]), (taken, now.differs[1]))
    found = []
    for rows, before in pairs:
        said = sum(row["choice"] for row in rows) / max(len(rows), 1)
        share = sum(bool(row["tools"]) for row in rows) / max(len(rows), 1)
        found.append(
            round(min(1.0, share / max(said, 1e-6) * (before if rows is taken else 1.0)), 3)
            if len(rows) >= LEAST
            else before
        )
    return found[0], found[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("off", type=Path)
    parser.add_argument("on", type=Path)
    parser.add_argument("--dry", action="store_true", help="print, write nothing")
    options = parser.parse_args()
    off, on = (
        [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for path in (options.off, options.on)
    )
    off, on = ([row for row in rows if row["choice"] is not None] for rows in (off, on))
    now = Chances.shipped()
    told = {
        "right": fitted_curve([row for row in off if row["source"] == "fitted"], now),
        "differs": list(shares(off, on, now)),
    }
    print(json.dumps(told))
    if not options.dry:
        FILE.write_text(json.dumps({**now.as_json(), **told}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

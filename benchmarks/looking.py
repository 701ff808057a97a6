"""How often a description of a real photo is true: precision and coverage of what is said, on the Grocery Store photos.

    antigone bench looking FOLDER [--every N] [--json]

A claim is true when the photo's class is of that name or kind, by training/looking_calibration.py; that the
photo was taken in a shop is true of all. The photos are those of val.txt, which nothing was fitted on.
"""

import argparse
import csv
import json
import platform
from collections import Counter
from pathlib import Path

from assistant.sight.objects import Thing, namer, word
from encoders.image_input import open_picture
from training.looking_calibration import PLACE, true_claims


def claims_of(thing: Thing) -> list[tuple[str, int, float]]:
    """Every claim a thing makes: phrase, level, probability."""
    level = ("name", "kind", "wider").index(thing.level)
    kind = [(thing.kind, level + 1, thing.kind_probability)] if thing.kind else []
    return [*kind, (thing.name, level, thing.probability)]


def main(arguments: list[str] | None = None) -> None:
    """Print the table, or one JSON object a row."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take every Nth photo")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    with open(options.data / "classes.csv") as file:
        names = {row["Class ID (int)"]: row["Coarse Class Name (str)"] for row in csv.DictReader(file)}
    rows = [line.split(", ") for line in (options.data / "val.txt").read_text().splitlines() if line][:: options.every]
    said, right, covered = Counter[str](), Counter[str](), 0
    for path, fine, _ in rows:
        things = namer().things(open_picture(options.data / path))
        covered += bool(things)
        for thing in things:
            for phrase, level, probability in claims_of(thing):
                said[word(probability)] += 1
                right[word(probability)] += phrase in true_claims(names[fine], level) | PLACE
    device = platform.processor() or platform.machine()
    results = [
        (f"true when said {how}", right[how] / max(1, said[how]), said[how]) for how in ("sure", "probably", "maybe")
    ]
    results.append(("photos of which something is said", covered / len(rows), len(rows)))
    for name, value, number in results:
        row = {"name": name, "suite": "grocery val", "value": round(value, 4), "n": number, "device": device}
        print(json.dumps(row) if options.json else f"{name:40} {value:8.3f}  of {number}")


if __name__ == "__main__":
    main()

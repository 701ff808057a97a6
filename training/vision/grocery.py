"""The index of the Grocery Store data set (Klasson et al., WACV 2019, MIT) in the recipe's form.

    python -m training.vision.grocery GROCERY_FOLDER OUT_FOLDER

Its train.txt is for training, its val.txt for choosing; its test set is not touched.
"""

import argparse
import csv
import json
from pathlib import Path

_LOOSE = (
    "Apple", "Melon", "Pear", "Cabbage", "Mushroom", "Onion", "Pepper", "Potato", "Tomato", "Juice", "Milk", "Yoghurt",
)  # fmt: skip
"""Coarse classes whose word is added where the fine class lacks it: "Golden Delicious apple"."""
_PROPER = (
    "Alpro", "Anjou", "Arla", "Bravo", "Cantaloupe", "Conference", "Galia", "Garant", "God Morgon", "Golden Delicious",
    "Golden Grapefruit", "Granny Smith", "Honeydew", "Kaiser", "Mandarin Morning", "Oatly", "Pink Lady",
    "Red Delicious", "Royal Gala", "Tropicana", "Valio", "Yoggi",
)  # fmt: skip


def spoken(fine: str, coarse: str) -> str:
    """A class's name as people say it: brands and varieties keep their capitals."""
    words = fine.replace("-", " ").lower()
    if coarse in _LOOSE and coarse.lower() not in words:
        words = f"{words} {coarse.lower()}"
    for name in _PROPER:
        words = words.replace(name.lower(), name)
    return words


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    with open(options.data / "classes.csv", encoding="utf-8") as file:
        names = {
            int(row["Class ID (int)"]): (row["Class Name (str)"], row["Coarse Class Name (str)"])
            for row in csv.DictReader(file)
        }
    options.out.mkdir(parents=True, exist_ok=True)
    with open(options.out / "index.jsonl", "w", encoding="utf-8") as out:
        for split, part in (("train", "train"), ("valid", "val")):
            for line in (options.data / f"{part}.txt").read_text(encoding="utf-8").splitlines():
                path, fine, _ = line.split(", ")
                kind = "product" if "/Packages/" in path else "fruit"
                name, coarse = names[int(fine)]
                row = {"file": str((options.data / path).resolve()), "split": split, "kind": kind, "source": "grocery",
                       "family": "grocery", "name": spoken(name, coarse), "coarse": coarse}  # fmt: skip
                out.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()

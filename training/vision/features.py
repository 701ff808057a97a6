"""What the frozen lower part of the stem sees in many views of each picture, computed once for all epochs.

    python -m training.vision.features INDEX_FOLDER OUT_FOLDER [--views 10 --fixed 4 --seed 0]

INDEX_FOLDER/index.jsonl names the pictures (README.md). OUT_FOLDER gets, for each split, SPLIT.jsonl and SPLIT.npy,
float16 (pictures, views, 120, 17, 17): random views for training, the views the product looks at for the others.
Views are made in turns over all pictures; a run that was stopped goes on where it was.
"""

import argparse
import json
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from assistant import models
from assistant.sight.objects import ASSETS
from encoders.efficientnet import EfficientNet, load_lite2
from encoders.hybrid import LOWER, MAP, fixed_views, lower, to_pixels
from encoders.image_input import open_picture
from training.vision.augment import view

SHAPE = (LOWER, MAP, MAP)
_BATCH, _LONGEST = 16, 640
Row = dict[str, Any]


def read_index(root: Path, split: str) -> list[Row]:
    """The rows of one split; the paths of their files made whole."""
    lines = (root / "index.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["split"] == split]
    return [{**row, "file": str(root / row["file"])} for row in rows]


def random_view(row: Row, number: int, seed: int) -> Image.Image:
    """A picture's random view of that number: the same for the same seed."""
    rng = random.Random(f"{seed} {number} {row['file'].rsplit('/', 2)[-2:]}")
    picture = open_picture(row["file"])
    picture.thumbnail((_LONGEST, _LONGEST))
    return view(picture, row["kind"], rng)


def fixed_view(row: Row, number: int) -> Image.Image:
    """One of the views the product looks at; square pictures have one only, repeated."""
    found = fixed_views(open_picture(row["file"]))
    return found[number % len(found)]


@torch.inference_mode()
def look(stem: EfficientNet, pictures: Sequence[Image.Image]) -> np.ndarray:
    """Features of the stem's lower part, float16 (B, 120, 17, 17)."""
    return lower(stem, to_pixels(pictures)).half().contiguous().numpy()


def make(rows: list[Row], split: str, views: int, seed: int, out: Path, stem: EfficientNet) -> None:
    """Write a split's features, in turns over its pictures."""
    out.mkdir(parents=True, exist_ok=True)
    path, done_path = out / f"{split}.npy", out / f"{split}.done"
    done = int(done_path.read_text()) if done_path.exists() and path.exists() else 0
    shape = (len(rows), views, *SHAPE)
    table = np.lib.format.open_memmap(path, "r+") if done else np.lib.format.open_memmap(path, "w+", np.float16, shape)
    (out / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    jobs = [(number, index) for number in range(views) for index in range(len(rows))]
    began = time.monotonic()
    for start in range(done, len(jobs), _BATCH):
        part = jobs[start : start + _BATCH]
        pictures = [
            random_view(rows[index], number, seed) if split == "train" else fixed_view(rows[index], number)
            for number, index in part
        ]
        for (number, index), found in zip(part, look(stem, pictures), strict=True):
            table[index, number] = found
        if start // _BATCH % 20 == 0:
            table.flush()
            done_path.write_text(str(start))
            pace = (start - done + len(part)) / (time.monotonic() - began)
            print(f"{split}: {start}/{len(jobs)} views, {pace:.1f} a second", flush=True)
    table.flush()
    done_path.write_text(str(len(jobs)))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("root", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--views", type=int, default=10)
    parser.add_argument("--fixed", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--splits", nargs="+", default=["valid", "train"])
    options = parser.parse_args()
    stem = load_lite2(models.files("efficientnet-lite2")["weights"], ASSETS / "efficientnet_lite2.json")
    for split in options.splits:
        rows = read_index(options.root, split)
        if rows:
            make(rows, split, options.views if split == "train" else options.fixed, options.seed, options.out, stem)


if __name__ == "__main__":
    main()

"""Averages the weights of two taggers, one trained on from the other; writes assets/tagger.safetensors.

    python -m training.steps.average ONE OTHER [--ship FILE]

What both runs learned stays and what each forgot returns (model soups, Wortsman et al. 2022): better on the held-out
lines than either alone, at no cost when it is read.
"""

import argparse
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import save_file

from assistant.steps.tagging import WEIGHTS
from kernels.checkpoints import read_safetensors


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("one", type=Path)
    parser.add_argument("other", type=Path)
    parser.add_argument("--ship", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    one, other = (read_safetensors(path).tensors for path in (options.one, options.other))
    if {name: part.shape for name, part in one.items()} != {name: part.shape for name, part in other.items()}:
        raise SystemExit("The two taggers have different tensors. Take two of one format.")
    with safe_open(options.other, framework="pt") as file:
        metadata = file.metadata()
    mean = {name: ((one[name].float() + other[name].float()) / 2).half().contiguous() for name in one}
    save_file(mean, options.ship, metadata)
    print(f"{options.ship.name}: {options.ship.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()

"""The last stage: the stem's upper part, the ViT and the decoder learn together, from features as the stem left them.

    python -m training.vision.joint RUN_FOLDER START_FOLDER FEATURES_FOLDER... [--steps 1500 --weights grocery=3]

START_FOLDER is a run of training.vision.train; its words stay. A step costs four times as much as one on fixed maps.
"""

import argparse
import shutil
from pathlib import Path

from decoder.words import Words
from encoders.hybrid import HybridViT
from training.vision import measure, optimiser, parallel
from training.vision.export import load_run
from training.vision.feed import Feed, Shard
from training.vision.loop import Trainer
from training.vision.model import Eyes
from training.vision.plots import plot
from training.vision.train import STEM, read, weights_of
from training.vision.tuning import make_tunable


def main() -> None:
    options = _options()
    stopped = parallel.begin(options.seed, options.threads)
    with parallel.group() as (rank, ranks):
        trainer, model, held, words = prepare(options, rank, ranks)

        def check() -> dict[str, float]:
            most = options.held_out
            return measure.by_group([one for shard in held for one in measure.answers(model, words, shard, most=most)])

        trainer.run(lambda: bool(stopped), options.every, check)
        if rank == 0:
            plot(trainer.progress, options.run / "joint.png", "The last stage: all together")


def prepare(options: argparse.Namespace, rank: int, ranks: int) -> tuple[Trainer, Eyes, list[Shard], Words]:
    """The trainer of a run, its model, what it is checked on, and its words."""
    options.run.mkdir(parents=True, exist_ok=True)
    for name in (STEM, "words.json", "classes.json"):
        shutil.copy(options.start / name, options.run / name)
    model, words, classes = load_run(options.start)
    assert isinstance(model.encoder, HybridViT)
    model.requires_grad_(True)
    model.encoder.blocks.requires_grad_(False)
    make_tunable(model.encoder)
    model.to(options.device)
    parallel.shard(model, ranks)
    upper = ("encoder.blocks.", "encoder.head.")
    learned = [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]
    groups = [
        ([parameter for name, parameter in learned if name.startswith(upper)], options.stem_rate, 0.01),
        ([parameter for name, parameter in learned if not name.startswith(upper)], options.rate, 0.05),
    ]
    feed = Feed(read(options.features, "train", options.weights), words, classes, options.batch, options.seed)
    chosen = ("seed", "steps", "batch", "optimiser", "rate", "stem_rate", "warm_up", "mean")
    recipe = {"stage": "joint", **{name: getattr(options, name) for name in chosen}}
    made = optimiser.make(options.optimiser, groups)
    trainer = Trainer(model, made, feed, recipe, options.run / "eyes", rank=rank, ranks=ranks)
    return trainer, model, read(options.features, "valid"), words


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("run", type=Path, help="folder for checkpoints; a run in it goes on")
    parser.add_argument("start", type=Path, help="folder of the run that it begins with")
    parser.add_argument("features", type=Path, nargs="+", help="folders with cached features")
    parser.add_argument("--weights", type=weights_of, default={}, help="FOLDER=TIMES,...: how often its pictures come")
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--optimiser", choices=("adamw", "shampoo"), default="adamw")
    parser.add_argument("--stem-rate", type=float, default=3e-4)
    parser.add_argument("--rate", type=float, default=6e-4)
    parser.add_argument("--warm-up", type=int, default=40)
    parser.add_argument("--mean", type=float, default=0.995, help="share that the running mean of the weights keeps")
    parser.add_argument("--every", type=int, default=750, help="steps between checks on held-out pictures")
    parser.add_argument("--held-out", type=int, default=100, help="pictures of each source in a check")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    return parser.parse_args()


if __name__ == "__main__":
    main()

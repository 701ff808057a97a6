"""Trains the eyes: tunes the stem's upper part, then trains the hybrid ViT and the decoder on its maps.

    python -m training.vision.train RUN_FOLDER FEATURES_FOLDER... [--stem-steps 800 --steps 4000 --device cuda ...]

FEATURES_FOLDERs are what training.vision.features wrote. RUN_FOLDER gets stem/ and eyes/ (checkpoints), maps/, plots;
started again, a run goes on where it was. torchrun starts it on several GPUs. Then: training.vision.export.
"""

import argparse
import copy
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from assistant import models
from assistant.sight.objects import ASSETS
from decoder.eyes import EyesConfig
from decoder.text import TextDecoder
from decoder.words import QUESTIONS, Words
from encoders.efficientnet import load_lite2
from encoders.hybrid import HybridConfig, HybridViT
from kernels.checkpoints import read_safetensors
from training.vision import maps, measure, optimiser, parallel
from training.vision.feed import UNKNOWN, Feed, Shard, class_of, question, read_shard, target
from training.vision.loop import Trainer
from training.vision.model import Eyes, StemTuner
from training.vision.plots import plot
from training.vision.state import whole
from training.vision.tuning import make_tunable

STEM = "stem.safetensors"
ENCODER = HybridConfig(width=256, layers=2, heads=4, hidden=512)
DECODER = EyesConfig(width=256, layers=2, heads=4, hidden=384, memory=256)


def main() -> None:
    options = _options()
    stopped = parallel.begin(options.seed, options.threads)
    with parallel.group() as (rank, ranks):
        stem = load_lite2(models.files("efficientnet-lite2")["weights"], ASSETS / "efficientnet_lite2.json")
        encoder = HybridViT(ENCODER, stem)
        if options.start is not None:
            take(encoder, read_safetensors(options.start / STEM).tensors)
        if options.stem_steps:
            tune_stem(encoder, options, rank, ranks, stopped)
        if stopped:
            return
        if rank == 0:
            options.run.mkdir(parents=True, exist_ok=True)
            save_stem(encoder, options.run / STEM)
        if not options.steps:
            return
        folders = [options.run / "maps" / folder.name for folder in options.features]
        for source, out in zip(options.features, folders, strict=True):
            for split in ("valid", "train"):
                if rank == 0:
                    maps.make(
                        encoder.to("cpu"), source, out, split, options.variants, options.seed, lambda: bool(stopped)
                    )
        _wait(ranks)
        if stopped:
            return
        train_eyes(encoder, folders, options, rank, ranks, stopped)


def tune_stem(encoder: HybridViT, options: argparse.Namespace, rank: int, ranks: int, stopped: list[int]) -> None:
    """The first stage: the stem's upper part learns to name classes. The encoder's gets the mean weights."""
    shards = read(options.features, "train", options.weights)
    classes = sorted({class_of(row) for shard in shards for row in shard.rows})
    copied = copy.deepcopy(encoder)
    make_tunable(copied)
    recipe = recipe_of(options, "stem", options.stem_steps, len(classes))
    model = StemTuner(copied, len(classes)).to(options.device)
    parallel.shard(model, ranks)
    tuned = [p for n, p in model.named_parameters() if p.requires_grad and not n.startswith("linear.")]
    groups = [(tuned, options.stem_rate, 0.01), (list(model.linear.parameters()), 10 * options.stem_rate, 0.05)]
    feed = Feed(shards, Words.of([]), classes, options.batch, options.seed)
    trainer = Trainer(
        model, optimiser.make(options.optimiser, groups), feed, recipe, options.run / "stem", rank=rank, ranks=ranks
    )
    held = read(options.features, "valid")
    trainer.run(
        lambda: bool(stopped), options.every, lambda: measure.stem_accuracy(model, held, classes, options.held_out)
    )
    take(encoder, {name: whole(mean) for name, mean in trainer.means.items()})
    encoder.requires_grad_(False)
    if rank == 0:
        plot(trainer.progress, options.run / "stem.png", "Tuning the stem")


def save_stem(encoder: HybridViT, path: Path) -> None:
    """Write the stem's upper part."""
    upper = {name: value for name, value in encoder.state_dict().items() if not name.startswith("vit.")}
    save_file({name: value.clone(memory_format=torch.contiguous_format) for name, value in upper.items()}, path)


def take(encoder: HybridViT, means: Mapping[str, Tensor]) -> None:
    """Let the encoder have those of the weights that are its own."""
    for name, parameter in encoder.named_parameters():
        if name in means:
            parameter.data.copy_(means[name])


def train_eyes(
    encoder: HybridViT, folders: Sequence[Path], options: argparse.Namespace, rank: int, ranks: int, stopped: list[int]
) -> None:
    """The second stage: the ViT and the decoder learn on the tuned stem's maps."""
    shards = read(folders, "train", options.weights)
    rows = [row for shard in shards for row in shard.rows]
    classes, words = sorted({class_of(row) for row in rows}), vocabulary(rows)
    encoder.vit.requires_grad_(True)
    model = Eyes(encoder, TextDecoder(DECODER.decoder(len(words))), ENCODER.width, len(classes), drop=options.drop)
    initialise(model)
    model.to(options.device)
    parallel.shard(model, ranks)
    learn = [parameter for parameter in model.parameters() if parameter.requires_grad]
    made = optimiser.make(options.optimiser, [(learn, options.rate, options.decay)])
    feed = Feed(shards, words, classes, options.batch, options.seed)
    recipe = recipe_of(options, "eyes", options.steps, len(words))
    trainer = Trainer(model, made, feed, recipe, options.run / "eyes", rank=rank, ranks=ranks)
    if rank == 0:
        (options.run / "words.json").write_text(json.dumps(list(words.words)), encoding="utf-8")
        (options.run / "classes.json").write_text(json.dumps(classes), encoding="utf-8")
    held = read(folders, "valid")

    def check() -> dict[str, float]:
        found = [one for shard in held for one in measure.answers(model, words, shard, most=options.held_out)]
        return measure.by_group(found)

    trainer.run(lambda: bool(stopped), options.every, check)
    if rank == 0:
        plot(trainer.progress, options.run / "eyes.png", "Training the eyes")


def initialise(model: nn.Module) -> None:
    """Small random embeddings and tokens, which the modules themselves leave at zero or at unit size."""
    for name, parameter in model.named_parameters():
        if name.endswith(("embedding.weight", "positions.weight", "positions", "class_token")):
            nn.init.normal_(parameter, std=0.02)


def vocabulary(rows: Sequence[Mapping[str, Any]]) -> Words:
    """The words of everything that may have to be said about these pictures."""
    texts = {target(dict(row), asked) for row in rows for asked in ("what", question(dict(row)))}
    return Words.of([*texts, UNKNOWN, *QUESTIONS])


def read(folders: Sequence[Path], split: str, weights: Mapping[str, int] | None = None) -> list[Shard]:
    """The folders' shards of a split; those of training with their weights by the folder's name."""
    found = [read_shard(folder, split, (weights or {}).get(folder.name, 1)) for folder in folders]
    return [shard for shard in found if shard is not None]


def recipe_of(options: argparse.Namespace, stage: str, steps: int, outputs: int) -> dict[str, Any]:
    """What a stage depends on, beside its data."""
    chosen = ("seed", "batch", "optimiser", "rate", "stem_rate", "decay", "drop", "warm_up", "mean", "variants")
    return {"stage": stage, "steps": steps, "outputs": outputs, **{name: getattr(options, name) for name in chosen}}


def _wait(ranks: int) -> None:
    if ranks > 1:
        from torch import distributed

        distributed.barrier()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("run", type=Path, help="folder for checkpoints; a run in it goes on")
    parser.add_argument("features", type=Path, nargs="+", help="folders with cached features")
    parser.add_argument("--start", type=Path, help="folder of a run whose tuned stem this one begins with")
    parser.add_argument("--weights", type=weights_of, default={}, help="FOLDER=TIMES,...: how often its pictures come")
    parser.add_argument("--stem-steps", type=int, default=800)
    parser.add_argument("--steps", type=int, default=4000, help="of the second stage; 0: only the stem is tuned")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--optimiser", choices=("adamw", "shampoo"), default="adamw")
    parser.add_argument("--stem-rate", type=float, default=4e-4)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--decay", type=float, default=0.05)
    parser.add_argument("--drop", type=float, default=0.1)
    parser.add_argument("--warm-up", type=int, default=80)
    parser.add_argument("--mean", type=float, default=0.998, help="share that the running mean of the weights keeps")
    parser.add_argument("--variants", type=int, default=2, help="changed versions of each cached view for the maps")
    parser.add_argument("--every", type=int, default=400, help="steps between checks on held-out pictures")
    parser.add_argument("--held-out", type=int, default=400, help="pictures of each source in a check")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    return parser.parse_args()


def weights_of(text: str) -> dict[str, int]:
    """ "FOLDER=TIMES,..." as a table."""
    return {name: int(times) for name, _, times in (part.partition("=") for part in text.split(",") if part)}


if __name__ == "__main__":
    main()

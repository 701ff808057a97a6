"""Makes assets/eyes.safetensors and assets/eyes.json of a finished run: weights in float16, words, and calibration.

    python -m training.vision.export RUN_FOLDER FEATURES_FOLDER... [--out assets]

The temperature is the one with the least loss a word on held-out pictures. The thresholds are, for each kind of answer,
the lowest probability from which on RIGHT of what is said about held-out pictures is right, and at most IDLE of those
that show nothing known get a name. Both are fitted on the validation families only; the table shows the figures by
group.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from assistant import models
from assistant.sight.objects import ASSETS
from decoder.text import TextDecoder
from decoder.words import Words
from encoders.efficientnet import load_lite2
from encoders.hybrid import HybridViT
from kernels.checkpoints import read_safetensors
from training.vision.feed import IGNORED, NOTHING, Shard, padded, question, target
from training.vision.measure import Answer, answers, seen
from training.vision.model import Eyes
from training.vision.state import STATE
from training.vision.train import DECODER, ENCODER, STEM, read

RIGHT, IDLE = 0.8, 0.05
_BATCH, _SMALLEST, _FEWEST = 16, 1e-3, 8


def load_run(folder: Path) -> tuple[Eyes, Words, list[str]]:
    """The eyes of a run, with the running means of their weights; their words; the helping head's classes."""
    stem = load_lite2(models.files("efficientnet-lite2")["weights"], ASSETS / "efficientnet_lite2.json")
    words = Words(json.loads((folder / "words.json").read_text(encoding="utf-8")))
    classes = json.loads((folder / "classes.json").read_text(encoding="utf-8"))
    model = Eyes(HybridViT(ENCODER, stem), TextDecoder(DECODER.decoder(len(words))), ENCODER.width, len(classes))
    state = model.state_dict()
    state |= {f"encoder.{name}": value for name, value in read_safetensors(folder / STEM).tensors.items()}
    file = json.loads((folder / "eyes" / STATE).read_text(encoding="utf-8"))["tensors"]
    trained = read_safetensors(folder / "eyes" / Path(file).name).tensors
    state |= {name.removeprefix("mean."): value for name, value in trained.items() if name.startswith("mean.")}
    model.load_state_dict(state)
    return model.eval(), words, classes


@torch.no_grad()
def fit_temperature(model: Eyes, words: Words, shards: Sequence[Shard]) -> float:
    """The temperature of the words' probabilities with the least loss on these pictures' right answers."""
    scores, goals = [], []
    for shard in shards:
        for start in range(0, len(shard.rows), _BATCH):
            rows = shard.rows[start : start + _BATCH]
            texts = [[words.question("what"), *words.encode(target(row, "what")), 0] for row in rows]
            tokens_BT, targets_BT = padded(texts)
            memory = model.decoder.remember(model.memory(seen(shard, start)[:, 0]))
            real = targets_BT != IGNORED
            scores.append(model.decoder(tokens_BT, memory_cache=memory)[real])
            goals.append(targets_BT[real])
    return best_temperature(torch.cat(scores), torch.cat(goals))


def best_temperature(scores_NV: Tensor, goals_N: Tensor) -> float:
    """The least loss over temperatures from 0.5 to 3."""
    choices = [0.5 * 1.05**power for power in range(37)]
    losses = [float(functional.cross_entropy(scores_NV / choice, goals_N)) for choice in choices]
    return round(choices[losses.index(min(losses))], 3)


def kind_of(text: str) -> str:
    """The kind that an answer to "what" begins with."""
    return text.partition(":")[0]


def thresholds(found: Sequence[Answer]) -> dict[str, float]:
    """For each kind that was said, the lowest probability from which on answers of it are kept, by RIGHT and IDLE; a
    kind that is never right often enough gets 1."""
    named = sorted((one for one in found if not one.text.startswith(NOTHING)), key=lambda one: -one.probability)
    idle = [one.probability for one in named if one.row["kind"] == "nothing"]
    allowed = int(IDLE * sum(one.row["kind"] == "nothing" for one in found))
    floor = idle[allowed] + _SMALLEST if len(idle) > allowed else _SMALLEST
    lowest: dict[str, float] = {}
    for kind in sorted({kind_of(one.text) for one in named}):
        lowest[kind], right = 1.0, 0
        for count, one in enumerate((one for one in named if kind_of(one.text) == kind), 1):
            right += one.right
            if right >= RIGHT * count and count >= _FEWEST:
                lowest[kind] = one.probability
        lowest[kind] = round(max(lowest[kind], min(floor, 1.0)), 4)
    return lowest


def write(model: Eyes, words: Words, temperature: float, lowest: Mapping[str, float], out: Path) -> None:
    """The two files of the assets."""
    tensors = {f"encoder.{name}": value for name, value in model.encoder.state_dict().items()}
    tensors |= {f"decoder.{name}": value for name, value in model.decoder.state_dict().items()}
    halves = {name: value.half().clone(memory_format=torch.contiguous_format) for name, value in tensors.items()}
    draft = out / ".eyes.safetensors.new"
    save_file(halves, draft)
    draft.chmod(0o644)
    draft.replace(out / "eyes.safetensors")
    said = {
        "encoder": asdict(ENCODER), "decoder": asdict(DECODER), "temperature": temperature, "thresholds": dict(lowest),
        "nothing": NOTHING, "words": list(words.words),
    }  # fmt: skip
    (out / "eyes.json").write_text(json.dumps(said, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


def table(found: Sequence[Answer], lowest: Mapping[str, float]) -> str:
    """Figures by group, a line each: pictures, right, said (above the threshold), right of the said."""
    groups: dict[str, list[Answer]] = {}
    for one in found:
        kind, family = question(one.row), one.row["family"]
        for group in (f"{one.row['split']} {one.row['kind']}", f"{one.row['split']} {kind} {family}"):
            groups.setdefault(group, []).append(one)
    lines = ["| Group | n | right | said | right of those said |", "|---|---|---|---|---|"]
    for group, members in sorted(groups.items()):
        said = [one for one in members if one.probability >= lowest.get(kind_of(one.text), 1.0)]
        right = f"{sum(one.right for one in said) / len(said):.3f}" if said else "-"
        share = sum(one.right for one in members) / len(members)
        lines.append(f"| {group} | {len(members)} | {share:.3f} | {len(said) / len(members):.3f} | {right} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("features", type=Path, nargs="+", help="folders with cached features, or with maps")
    parser.add_argument("--out", type=Path, default=ASSETS.parent)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    model, words, _ = load_run(options.run)
    held = read(options.features, "valid")
    temperature = fit_temperature(model, words, held)
    found = [one for shard in held for one in answers(model, words, shard, temperature=temperature)]
    lowest = thresholds(found)
    write(model, words, temperature, lowest, options.out)
    print(f"temperature {temperature}, thresholds {lowest}\n{table(found, lowest)}", flush=True)
    found = [
        one for shard in read(options.features, "test") for one in answers(model, words, shard, temperature=temperature)
    ]
    print(table(found, lowest))


if __name__ == "__main__":
    main()

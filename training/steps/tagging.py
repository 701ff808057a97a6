"""Trains the step tagger, an adapter on MiniLM and two heads; writes assets/tagger.safetensors.

    python -m training.steps.tagging RUN_FOLDER [--steps 600] [--seconds 200] [--all] [--check]

AdamW, linear warm-up and decay. A run that was stopped, or ran out of --seconds, goes on where it was last kept.
--all trains on the held-out phrasings too; without it they are what --check measures on. Depends on the seed alone.
"""

import argparse
import itertools
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from assistant import models
from assistant.steps.labels import LABELS, Situation
from assistant.steps.tagging import (
    FROM_LAYER,
    WEIGHTS,
    Encoded,
    TaggerHeads,
    encode,
    lower_layers,
    spans_of,
    upper_layers,
)
from decoder.adapter import Adapted, AdapterConfig, inject
from encoders.text import SentenceEncoder
from kernels.checkpoints import read_safetensors
from training.steps.tagging_data import Sample, Source
from training.steps.tagging_state import ALPHA, RANK, keep, resume, ship

SEED = 0
SHARD = 1024  # requests of one file of the lower layers' output
RATE, HEAD_RATE, WARM_UP = 6e-4, 2e-3, 40
BATCH = 96  # requests
SMOOTHING = 0.05  # of the labels, so that probabilities stay honest
VALID = 1500


@dataclass(frozen=True)
class Row:
    """A request with the lower layers' vectors of its tokens."""

    sample: Sample
    encoded: Encoded
    lower_TD: Tensor


@dataclass(frozen=True)
class Batch:
    """Padded requests and what is to be learned from them."""

    lower_BTD: Tensor
    lengths_B: Tensor
    words: list[tuple[int, int]]  # (row, token) of each word but the first
    begins_W: Tensor
    spans: list[tuple[int, int, int]]
    labels_S: Tensor


class Tagger:
    """What is trained."""

    def __init__(self) -> None:
        torch.manual_seed(SEED)
        self.encoder = SentenceEncoder.load(models.files("minilm"))
        self.transformer, self.tokenizer = self.encoder.transformer, self.encoder.tokenizer
        layers = tuple(range(FROM_LAYER, self.encoder.config.layers))
        self.adapted: Adapted = inject(self.transformer, AdapterConfig(RANK, ALPHA, layers), SEED)
        self.heads = TaggerHeads(self.encoder.config.width, len(LABELS))
        groups = [{"params": self.adapted.parameters(), "lr": RATE, "peak": RATE},
                  {"params": list(self.heads.parameters()), "lr": HEAD_RATE, "peak": HEAD_RATE}]  # fmt: skip
        self.optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=0.01)

    @torch.inference_mode()
    def lower(self, samples: Sequence[Sample]) -> list[tuple[Encoded, Tensor]]:
        """Each request as it is read, with the lower layers' vectors (T, D) of its tokens in float16."""
        rows = [encode(self.tokenizer, one.words, Situation(one.picture, one.text)) for one in samples]
        order = sorted(range(len(rows)), key=lambda at: len(rows[at].ids))
        found: dict[int, Tensor] = {}
        for first in range(0, len(order), BATCH):
            chosen = order[first : first + BATCH]
            lengths_B = torch.tensor([len(rows[at].ids) for at in chosen])
            ids_BT = torch.zeros(len(chosen), int(lengths_B.max()), dtype=torch.long)
            for row, at in enumerate(chosen):
                ids_BT[row, : len(rows[at].ids)] = torch.tensor(rows[at].ids)
            x_BTD = lower_layers(self.transformer, ids_BT, lengths_B)
            found |= {at: x_BTD[row, : len(rows[at].ids)].half() for row, at in enumerate(chosen)}
        return [(one, found[at]) for at, one in enumerate(rows)]

    def collate(self, rows: Sequence[Row]) -> Batch:
        lengths_B = torch.tensor([len(one.encoded.ids) for one in rows])
        lower_BTD = torch.zeros(len(rows), int(lengths_B.max()), self.encoder.config.width)
        words, begins, spans, labels = [], [], [], []
        for number, row in enumerate(rows):
            lower_BTD[number, : len(row.encoded.ids)] = row.lower_TD
            starts = set(row.sample.starts)
            words += [(number, token) for token, _ in row.encoded.words[1:]]
            begins += [float(at in starts) for _, at in row.encoded.words[1:]]
            found = spans_of(row.encoded, row.sample.starts)
            spans += [(number, *span) for span in found]
            labels += [LABELS.index(label) for label in row.sample.labels[: len(found)]]
        return Batch(lower_BTD, lengths_B, words, torch.tensor(begins), spans, torch.tensor(labels))

    def upper(self, batch: Batch) -> Tensor:
        """(B, T, D): the adapted layers' vectors."""
        return upper_layers(self.transformer.blocks[FROM_LAYER:], batch.lower_BTD, batch.lengths_B)

    def loss(self, batch: Batch) -> Tensor:
        x_BTD = self.upper(batch)
        row, token = torch.tensor(batch.words).T
        begins_W = self.heads.begins(x_BTD)[row, token]
        cut = torch.nn.functional.binary_cross_entropy_with_logits(begins_W, batch.begins_W)
        x_BTD = torch.nn.functional.dropout(x_BTD, 0.1)
        names_SL = self.heads.names(x_BTD, batch.spans)
        named = torch.nn.functional.cross_entropy(names_SL, batch.labels_S, label_smoothing=SMOOTHING)
        return named + 3 * cut

    def tensors(self) -> dict[str, Tensor]:
        """Everything that is learned, by name."""
        heads = {f"heads.{name}": part for name, part in self.heads.named_parameters()}
        return {**self.adapted.tensors(), **heads}


def _kept(path: Path, count: int, valid: bool | None) -> list[Sample]:
    """The requests of a run, made once: phrasings that are added later belong to the next run."""
    if not path.is_file():
        made = itertools.islice(iter(Source(SEED + bool(valid), valid)), count)
        path.write_text("".join(json.dumps(astuple(one)) + "\n" for one in made), encoding="utf-8")
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()[:count])
    return [Sample(words, tuple(starts), tuple(labels), *at_hand) for words, starts, labels, *at_hand in rows]


def corpus(tagger: Tagger, folder: Path, count: int, valid: bool | None, until: float) -> list[Row] | None:
    """The requests with their lower layers' vectors, made and kept in files of SHARD; None where time ran out."""
    samples = _kept(folder / f"requests-{valid}.jsonl", count, valid)
    rows: list[Row] = []
    for first in range(0, count, SHARD):
        path = folder / f"lower-{valid}-{first}.safetensors"
        chosen = samples[first : first + SHARD]
        if not path.is_file():
            if time.monotonic() > until:
                return None
            made = tagger.lower(chosen)
            save_file({"x": torch.cat([x for _, x in made])}, path.with_suffix(".new"))
            path.with_suffix(".new").replace(path)
        x_ND, at = read_safetensors(path).tensors["x"].clone(), 0
        for sample in chosen:
            one = encode(tagger.tokenizer, sample.words, Situation(sample.picture, sample.text))
            rows.append(Row(sample, one, x_ND[at : at + len(one.ids)]))
            at += len(one.ids)
    return rows


def batches(rows: Sequence[Row], skip: int) -> Iterator[list[Row]]:
    """Batches of requests of like length, in an order that depends on how often all were seen; `skip` left out."""
    for epoch in itertools.count():
        chance = torch.Generator().manual_seed(SEED + epoch)
        order = torch.randperm(len(rows), generator=chance).tolist()
        found = []
        for first in range(0, len(order), BATCH * 8):
            pool = sorted(order[first : first + BATCH * 8], key=lambda at: len(rows[at].encoded.ids))
            found += [pool[at : at + BATCH] for at in range(0, len(pool), BATCH)]
        for place in torch.randperm(len(found), generator=chance).tolist():
            if skip:
                skip -= 1
            else:
                yield [rows[at] for at in found[place]]


def train(tagger: Tagger, path: Path, rows: Sequence[Row], steps: int, until: float, start: Path | None) -> int:
    """Train until `steps`, or until time is up; the step reached."""
    started, step = time.monotonic(), resume(tagger, path, start)
    mean = 0.0
    for chosen in batches(rows, step):
        if step >= steps or time.monotonic() > until:
            break
        factor = min(1.0, (step + 1) / WARM_UP) * max(0.02, 1 - step / steps)
        for group in tagger.optimiser.param_groups:
            group["lr"] = group["peak"] * factor
        loss = tagger.loss(tagger.collate(chosen))
        tagger.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(list(tagger.tensors().values()), 1.0)
        tagger.optimiser.step()
        step += 1
        mean += 0.05 * (float(loss.detach()) - mean) if mean else float(loss.detach())
        if step % 40 == 0:
            keep(tagger, path, step)
        if step % 10 == 0:
            spent = f"{time.monotonic() - started:.0f} s, {time.process_time():.1f} of the processor"
            print(f"step {step}: loss {mean:.3f}, {spent}", flush=True)
    keep(tagger, path, step)
    return step


@torch.inference_mode()
def check(tagger: Tagger, rows: Sequence[Row]) -> None:
    """Print how many steps of phrasings never trained on get their label, and how many requests all of them."""
    named, cut, whole = [0, 0], [0, 0], [0, 0]
    for at in range(0, len(rows), BATCH):
        batch = tagger.collate(rows[at : at + BATCH])
        x_BTD = tagger.upper(batch)
        right_S = tagger.heads.names(x_BTD, batch.spans).argmax(-1) == batch.labels_S
        row, token = torch.tensor(batch.words).T
        cuts_W = (tagger.heads.begins(x_BTD)[row, token] > 0) == (batch.begins_W > 0.5)
        bad_cut = set(row[~cuts_W].tolist())
        for number, one in enumerate(rows[at : at + BATCH]):
            several = len(one.sample.labels) > 1
            right = all(bool(right_S[place]) for place, span in enumerate(batch.spans) if span[0] == number)
            named[several] += right
            cut[several] += number not in bad_cut
            whole[several] += right and number not in bad_cut
    sizes = [sum((len(one.sample.labels) > 1) == bool(kind) for one in rows) for kind in (0, 1)]
    for kind, said in enumerate(("one step", "several steps")):
        shares = [count[kind] / sizes[kind] for count in (named, cut, whole)]
        print(f"{said}: {sizes[kind]}, labels {shares[0]:.3f}, cut {shares[1]:.3f}, both {shares[2]:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--count", type=int, default=16_384, help="requests")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--start", type=Path, help="the state of an earlier run to begin with")
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--all", action="store_true", help="train on the held-out phrasings too")
    parser.add_argument("--check", action="store_true", help="measure on the held-out phrasings")
    parser.add_argument(
        "--ship", type=Path, default=WEIGHTS, help="where the result is written when all steps are done"
    )
    options = parser.parse_args()
    options.run.mkdir(parents=True, exist_ok=True)
    until, tagger = time.monotonic() + options.seconds, Tagger()
    rows = corpus(tagger, options.run, options.count, None if options.all else False, until)
    if rows is None:
        print("the lower layers' output is not whole yet; start again")
        return
    step = train(tagger, options.run / "state.safetensors", rows, options.steps, until, options.start)
    print(f"step {step} of {options.steps}")
    if options.check and (held := corpus(tagger, options.run, VALID, True, until)):
        check(tagger, held)
    if step >= options.steps:
        ship(tagger, options.ship)


if __name__ == "__main__":
    main()

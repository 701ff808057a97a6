"""Trains the step tagger, MiniLM's layers and three heads on them; writes assets/tagger.safetensors.

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
from torch import Tensor
from torch.nn import functional as F

from assistant import models
from assistant.steps.labels import LABELS, Situation
from assistant.steps.tagging import (
    KINDS,
    WEIGHTS,
    Encoded,
    TaggerHeads,
    encode,
    spans_of,
    vectors,
)
from encoders.text import SentenceEncoder
from training.steps.tagging_data import Sample, Source
from training.steps.tagging_state import keep, resume, ship

SEED = 0
NOT_KNOWN = -100  # a word of which nobody said whether an argument holds it
RATE, HEAD_RATE, WARM_UP = 2e-4, 2e-3, 60
BATCH = 48  # requests
FOLLOWS = 0.2  # what an argument's going on counts beside its words; chosen on the held-out phrasings
SMOOTHING = 0.05  # of the labels, so that probabilities stay honest
VALID = 1500


@dataclass(frozen=True)
class Row:
    """A request as it is read."""

    sample: Sample
    encoded: Encoded


@dataclass(frozen=True)
class Batch:
    """Padded requests and what is to be learned from them."""

    ids_BT: Tensor
    lengths_B: Tensor
    words: list[tuple[int, int]]  # (row, token) of each word
    first_W: Tensor  # whether it is its request's first
    begins_W: Tensor
    marks_W: Tensor
    spans: list[tuple[int, int, int]]
    labels_S: Tensor


class Tagger:
    """What is trained."""

    def __init__(self) -> None:
        torch.manual_seed(SEED)
        self.encoder = SentenceEncoder.load(models.files("minilm"))
        self.transformer, self.tokenizer = self.encoder.transformer, self.encoder.tokenizer
        self.blocks = self.transformer.blocks.requires_grad_(True)
        self.heads = TaggerHeads(self.encoder.config.width, len(LABELS))
        groups = [{"params": list(self.blocks.parameters()), "lr": RATE, "peak": RATE},
                  {"params": list(self.heads.parameters()), "lr": HEAD_RATE, "peak": HEAD_RATE}]  # fmt: skip
        self.optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=0.01)

    def collate(self, rows: Sequence[Row]) -> Batch:
        lengths_B = torch.tensor([len(one.encoded.ids) for one in rows])
        ids_BT = torch.zeros(len(rows), int(lengths_B.max()), dtype=torch.long)
        words, firsts, begins, marks, spans, labels = [], [], [], [], [], []
        for number, row in enumerate(rows):
            ids_BT[number, : len(row.encoded.ids)] = torch.tensor(row.encoded.ids)
            starts = set(row.sample.starts)
            words += [(number, token) for token, _ in row.encoded.words]
            firsts += [not at for at in range(len(row.encoded.words))]
            begins += [float(at in starts) for _, at in row.encoded.words]
            marks += marks_of(row)
            found = spans_of(row.encoded, row.sample.starts)
            spans += [(number, *span) for span in found]
            labels += [LABELS.index(label) for label in row.sample.labels[: len(found)]]
        return Batch(
            ids_BT,
            lengths_B,
            words,
            torch.tensor(firsts),
            torch.tensor(begins),
            torch.tensor(marks),
            spans,
            torch.tensor(labels),
        )

    def vectors(self, batch: Batch) -> Tensor:
        """(B, T, D): the adapted transformer's vectors."""
        return vectors(self.transformer, self.blocks, batch.ids_BT, batch.lengths_B)

    def loss(self, batch: Batch) -> Tensor:
        x_BTD = self.vectors(batch)
        row, token = torch.tensor(batch.words).T
        begins_W = self.heads.begins(x_BTD)[row, token]
        later = ~batch.first_W
        cut = F.binary_cross_entropy_with_logits(begins_W[later], batch.begins_W[later])
        x_BTD = F.dropout(x_BTD, 0.1)
        marks_WK = self.heads.marks(x_BTD)[row, token]
        marked = F.cross_entropy(marks_WK, batch.marks_W, ignore_index=NOT_KNOWN)
        names_SL = self.heads.names(x_BTD, batch.spans)
        named = F.cross_entropy(names_SL, batch.labels_S, label_smoothing=SMOOTHING)
        return named + 3 * cut + marked

    def tensors(self) -> dict[str, Tensor]:
        """Everything that is learned, by name."""
        heads = {f"heads.{name}": part for name, part in self.heads.named_parameters()}
        return {**{f"blocks.{name}": part for name, part in self.blocks.named_parameters()}, **heads}


def marks_of(row: Row) -> list[int]:
    """For each word 0 where it is of no argument, else its kind's place in KINDS plus 1; NOT_KNOWN where none said."""
    sample, found = row.sample, []
    kinds = {kind: place for place, kind in enumerate(KINDS, 1)}
    for _, at in row.encoded.words:
        step = sum(start <= at for start in sample.starts) - 1
        kind = next((kind for first, end, kind in sample.spans if first <= at < end), "")
        known = bool(sample.marked) and sample.marked[min(step, len(sample.marked) - 1)]
        found.append(NOT_KNOWN if not known else kinds.get(kind, NOT_KNOWN) if kind else 0)
    return found


def follows(rows: Sequence[Row]) -> Tensor:
    """(1 + K, 1 + K): how much likelier a kind right after another is than anywhere, in weighted log-odds."""
    counts_KK = torch.ones(1 + len(KINDS), 1 + len(KINDS))
    for row in rows:
        for one, other in itertools.pairwise(marks_of(row)):
            if NOT_KNOWN not in (one, other):
                counts_KK[one, other] += 1
    return FOLLOWS * ((counts_KK / counts_KK.sum(1, keepdim=True)).log() - (counts_KK.sum(0) / counts_KK.sum()).log())


def _kept(path: Path, count: int, valid: bool | None, seed: int) -> list[Sample]:
    """The requests of a run, made once: phrasings that are added later belong to the next run."""
    if not path.is_file():
        made = itertools.islice(iter(Source(seed + bool(valid), valid)), count)
        path.write_text("".join(json.dumps(astuple(one)) + "\n" for one in made), encoding="utf-8")
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()[:count])
    return [
        Sample(
            words, tuple(starts), tuple(labels), *at_hand, tuple((a, b, kind) for a, b, kind in spans), tuple(marked)
        )
        for words, starts, labels, *at_hand, spans, marked in rows
    ]


def corpus(tagger: Tagger, folder: Path, count: int, valid: bool | None, seed: int = SEED) -> list[Row]:
    """The requests of a run as they are read."""
    samples = _kept(folder / f"requests-{valid}.jsonl", count, valid, seed)
    return [Row(one, encode(tagger.tokenizer, one.words, Situation(one.picture, one.text))) for one in samples]


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
    named, cut, whole, marked = [0, 0], [0, 0], [0, 0], [0, 0, 0, 0]
    for at in range(0, len(rows), BATCH):
        batch = tagger.collate(rows[at : at + BATCH])
        x_BTD = tagger.vectors(batch)
        right_S = tagger.heads.names(x_BTD, batch.spans).argmax(-1) == batch.labels_S
        row, token = torch.tensor(batch.words).T
        cuts_W = batch.first_W | ((tagger.heads.begins(x_BTD)[row, token] > 0) == (batch.begins_W > 0.5))
        marks_W = tagger.heads.marks(x_BTD)[row, token].argmax(-1) == batch.marks_W
        known_W = batch.marks_W != NOT_KNOWN
        wrong = set(row[known_W & ~marks_W].tolist())
        have = set(row[known_W & (batch.marks_W > 0)].tolist())
        marked[0] += len(have - wrong)
        marked[1] += len(have)
        marked[2] += int((known_W & marks_W).sum())
        marked[3] += int(known_W.sum())
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
    whole_share, word_share = marked[0] / max(1, marked[1]), marked[2] / max(1, marked[3])
    print(f"arguments: {marked[1]} requests, all words {whole_share:.3f}; {marked[3]} words {word_share:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--count", type=int, default=16_384, help="requests")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=SEED, help="of the requests; a run that goes on takes another")
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
    rows = corpus(tagger, options.run, options.count, None if options.all else False, options.seed)
    step = train(tagger, options.run / "state.safetensors", rows, options.steps, until, options.start)
    with torch.no_grad():
        tagger.heads.follows.copy_(follows(rows))
    print(f"step {step} of {options.steps}")
    if options.check:
        with torch.inference_mode():
            check(tagger, corpus(tagger, options.run, VALID, True))
    if step >= options.steps:
        ship(tagger, options.ship)


if __name__ == "__main__":
    main()

"""Trains assets/lines.safetensors, which finds the line of a print that answers (assistant/steps/line_reader.py).

python -m training.steps.lines RUN [--steps 700] [--ship assets/lines.safetensors]

The prints and their questions are lines*.txt beside this file, written by hand for this project. Each time a print is
read it is changed: lines are left out, moved or mixed with another print's, digits are drawn anew, the question is
said with other manners. Where every line that answers is left out, "none" is right.
"""

import argparse
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from assistant import models
from assistant.session import _load_encoder
from assistant.steps.line_reader import BASE, FORMAT, LineHeads, Pair, changed, pairs
from assistant.steps.printed_sentences import sentences_of

HERE = Path(__file__).parent
HELD_OUT = "lines_held_out.txt"
RANK = 16
BATCH = 12
_BEFORE = (
    "can you tell me ", "does it say ", "eh ", "right, ", "so ", "and ", "could you look and see ", "i need to know ",
    "tell me ", "have a look, ", "read me ", "em ", "please, ", "just ", "what i want to know is ", "hey ",
)  # fmt: skip
_AFTER = (
    " please",
    " does it say",
    " on this",
    " then",
    " love",
    " here",
    " again",
    ", can you see",
    " on here",
    " exactly",
    "?",
)


@dataclass(frozen=True)
class Asked:
    """A question about a print's passages, and which of them answer it (none: the print does not say)."""

    question: str
    passages: tuple[str, ...]
    right: frozenset[int]


def read(path: Path) -> list[Asked]:
    """The questions of a file: blocks of printed lines, then "? question => words of a line|another", "-" for none.

    Raises:
        ValueError: no line has the words that are said to answer.
    """
    found: list[Asked] = []
    for block in re.split(r"\n\s*\n", path.read_text(encoding="utf-8")):
        rows = [row for row in block.strip().splitlines() if not row.startswith("#")]
        passages = sentences_of([row for row in rows if not row.startswith("? ")])
        for row in rows:
            if not row.startswith("? "):
                continue
            question, _, words = row[2:].rpartition(" => ")
            parts = [part.lower() for part in words.split("|") if words != "-"]
            right = {at for at, one in enumerate(passages) if any(part in one.lower() for part in parts)}
            if parts and not right:
                raise ValueError(f"{path.name}: no line has {words!r} ({question})")
            found.append(Asked(question.strip(), passages, frozenset(right)))
    return found


def roughened(asked: Asked, others: Sequence[Asked], rng: random.Random) -> Asked:
    """The question said and the print made otherwise; what answers still does, or is gone whole."""
    question, rows = asked.question, [(one, at in asked.right) for at, one in enumerate(asked.passages)]
    if rng.random() < 0.25:
        question = rng.choice(_BEFORE) + question
    if rng.random() < 0.25:
        question += rng.choice(_AFTER)
    if rng.random() < 0.15:
        rows = [row for row in rows if not row[1]] or rows
    rows = [row for row in rows if row[1] or rng.random() > 0.1] or rows
    if rng.random() < 0.3 and asked.right:  # a stranger's lines answer too little to be mixed in where none is right
        strange = rng.choice(others).passages
        for one in rng.sample(strange, min(len(strange), rng.randint(1, 2))):
            if not any(word in one.lower() for word in re.findall(r"[a-z]{4,}", question)):
                rows.insert(rng.randint(1, len(rows)), (one, False))
    if rng.random() < 0.2:
        top, rest = rows[:1], rows[1:]
        rng.shuffle(rest)
        rows = top + rest
    if rng.random() < 0.3 and not re.search(r"\d", question):
        rows = [
            (re.sub(r"[1-9](?=\d)|(?<=\d)[1-9]", lambda _: str(rng.randint(1, 9)), one), is_right)
            for one, is_right in rows
        ]
    if rng.random() < 0.1:
        rows = [(one.upper() if rng.random() < 0.5 else one, is_right) for one, is_right in rows]
    return Asked(question, tuple(one for one, _ in rows), frozenset(at for at, row in enumerate(rows) if row[1]))


class Trainer:
    """The low-rank changes, the heads and their optimiser.

    Args:
        state: of an earlier run, to go on from; None for a fresh one.
    """

    def __init__(self, steps: int, rate: float, state: Path | None) -> None:
        self.encoder = _load_encoder()
        self.blocks = self.encoder.transformer.blocks
        self.heads = LineHeads(self.encoder.config.width)
        self.parts: dict[str, Tensor] = {}
        for name, weight in self.blocks.named_parameters():
            if weight.dim() == 2:
                self.parts[f"{name}.up"] = torch.zeros(weight.shape[0], RANK, requires_grad=True)
                self.parts[f"{name}.down"] = (
                    torch.randn(RANK, weight.shape[1]) / weight.shape[1] ** 0.5
                ).requires_grad_()
        if state is not None:
            self._restore(state)
        learned = [*self.parts.values(), *self.heads.parameters()]
        self.optimiser = torch.optim.AdamW(learned, rate, weight_decay=0.01)
        self.pace = torch.optim.lr_scheduler.OneCycleLR(self.optimiser, rate, total_steps=steps, pct_start=0.1)

    def _restore(self, path: Path) -> None:
        tensors = {name: part.float() for name, part in load_file(path).items()}
        self.heads.load_state_dict({name[6:]: part for name, part in tensors.items() if name.startswith("heads.")})
        for name in self.parts:
            self.parts[name] = tensors[name].clone().requires_grad_()

    def scores(self, batch: Sequence[Pair]) -> Iterator[Tensor]:
        """(1 + L,) of each."""
        lengths_B = torch.tensor([len(pair.ids) for pair in batch])
        ids_BT = torch.zeros(len(batch), int(lengths_B.max()), dtype=torch.long)
        for at, pair in enumerate(batch):
            ids_BT[at, : len(pair.ids)] = torch.tensor(pair.ids)
        x_BTD = self.encoder.transformer.embed(ids_BT)
        weights = changed(self.blocks, self.parts)
        ragged = lengths_B if bool((lengths_B != ids_BT.shape[1]).any()) else None
        for number, block in enumerate(self.blocks):
            own = {name.split(".", 1)[1]: part for name, part in weights.items() if name.startswith(f"{number}.")}
            x_BTD = torch.func.functional_call(block, own, (x_BTD,), {"lengths_B": ragged})
        for row, pair in enumerate(batch):
            yield self.heads.scores(x_BTD[row], pair.spans)

    def step(self, rows: Sequence[Asked]) -> float:
        """One step of descent; the mean surprise at the lines that are right."""
        made = [(pairs(self.encoder.tokenizer, row.question, row.passages), row) for row in rows]
        kept = [(one[0], row) for one, row in made if len(one) == 1]
        losses = []
        for scores, (_, row) in zip(self.scores([pair for pair, _ in kept]), kept, strict=True):
            right = [at + 1 for at in sorted(row.right)] or [0]
            losses.append(scores.logsumexp(0) - scores[right].logsumexp(0))
        loss = torch.stack(losses).mean()
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*self.parts.values(), *self.heads.parameters()], 1.0)
        self.optimiser.step()
        self.pace.step()
        return float(loss.detach())

    @torch.inference_mode()
    def measure(self, rows: Sequence[Asked]) -> tuple[float, float]:
        """The share of questions whose best place is right, and the mean chance of the right ones."""
        hits, chance = 0, 0.0
        for at in range(0, len(rows), BATCH):
            some = rows[at : at + BATCH]
            for row, scores in zip(
                some, self.scores([pairs(self.encoder.tokenizer, r.question, r.passages)[0] for r in some]), strict=True
            ):
                right = [one + 1 for one in sorted(row.right)] or [0]
                hits += int(scores.argmax()) in right
                chance += float(scores.softmax(0)[right].sum())
        return hits / len(rows), chance / len(rows)

    def ship(self, path: Path) -> None:
        """Write the asset in float16, with what it needs to be read."""
        base = next(file.sha256 for file in models.find(BASE).files if file.role == "weights")
        tensors = {**self.parts, **{f"heads.{name}": part for name, part in self.heads.state_dict().items()}}
        kept = {name: part.detach().half().contiguous() for name, part in tensors.items()}
        save_file(kept, path, {"format": FORMAT, "base_sha256": base})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--steps", type=int, default=700)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=Path)
    parser.add_argument("--all", action="store_true", help="learn from the held-out questions too")
    asked = parser.parse_args()
    torch.manual_seed(asked.seed)
    rng = random.Random(asked.seed)
    held_out = read(HERE / HELD_OUT)
    rows = [row for path in sorted(HERE.glob("lines*.txt")) if asked.all or path.name != HELD_OUT for row in read(path)]
    print(f"{len(rows)} questions, {len(held_out)} held out", flush=True)
    trainer, bag, run = Trainer(asked.steps, asked.rate, asked.start), list[Asked](), 0.0
    for number in range(asked.steps):
        if len(bag) < BATCH:
            bag += rng.sample(rows, len(rows))
        some, bag = bag[:BATCH], bag[BATCH:]
        run = 0.95 * run + 0.05 * trainer.step([roughened(one, rows, rng) for one in some])
        if number % 60 == 59:
            right, chance = trainer.measure(held_out[:: 8 if asked.all else 1])
            print(f"{number + 1}: surprise {run:.3f}, held out {right:.3f} right, chance {chance:.3f}", flush=True)
            asked.run.mkdir(parents=True, exist_ok=True)
            trainer.ship(asked.run / "lines.safetensors")


if __name__ == "__main__":
    main()

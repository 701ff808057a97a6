"""Examples as tokens: read, cut as the running program cuts them, sorted into batches of like length."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from decoder.tokenizer import ChatTokenizer
from kernels.errors import UserError

LONGEST = 640  # tokens of an example; longer ones are left out


@dataclass(frozen=True)
class Example:
    """Tokens of prompt and answer; `start` is where the answer begins."""

    tokens: tuple[int, ...]
    start: int


@dataclass(frozen=True)
class Batch:
    """Examples of like length, filled up on the right.

    Attributes:
        tokens_BT: with 0 where an example has ended; causal attention never looks there.
        rows, columns: places (n,) whose next token counts; `goals` (n,) are those tokens.
    """

    tokens_BT: Tensor
    rows: Tensor
    columns: Tensor
    goals: Tensor

    @property
    def size(self) -> int:
        """Tokens, padding included."""
        return self.tokens_BT.numel()


def read_rows(path: Path) -> list[dict[str, str]]:
    """Rows {"prompt", "answer", ...} of a JSONL file. Raises UserError naming a line that is none."""
    rows = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UserError(f"The examples {path} cannot be read ({error.strerror}).", "Generate them first.") from None
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            if not (isinstance(row["prompt"], str) and isinstance(row["answer"], str)):
                raise TypeError
        except (ValueError, KeyError, TypeError):
            raise UserError(f"Line {number} of {path.name} is no example.", "Generate the examples anew.") from None
        rows.append(row)
    return rows


def encode(tokenizer: ChatTokenizer, rows: Sequence[dict[str, str]]) -> list[Example]:
    """Prompt and answer cut apart, as they are where the program asks; too long ones are left out."""
    found = []
    for row in rows:
        prompt, answer = tokenizer.encode_prompt(row["prompt"]), tokenizer.encode_prompt(row["answer"])
        if len(prompt) + len(answer) <= LONGEST:
            found.append(Example((*prompt, *answer), len(prompt)))
    return found


def batches(examples: Sequence[Example], tokens: int, seed: int, epoch: int) -> list[list[int]]:
    """One pass in batches of at most so many tokens, examples of like length together; each epoch in another order.

    Depends on nothing but the arguments, so that a run that was stopped goes on where it was.
    """
    generator = torch.Generator().manual_seed(seed * 1000 + epoch)
    jitter = torch.rand(len(examples), generator=generator).mul(6).tolist()
    order = sorted(range(len(examples)), key=lambda index: len(examples[index].tokens) + jitter[index])
    groups: list[list[int]] = [[]]
    longest = 0
    for index in order:
        longest = max(longest, len(examples[index].tokens))
        if groups[-1] and (len(groups[-1]) + 1) * longest > tokens:
            groups.append([])
            longest = len(examples[index].tokens)
        groups[-1].append(index)
    shuffled = torch.randperm(len(groups), generator=generator).tolist()
    return [groups[place] for place in shuffled]


def collate(examples: Sequence[Example]) -> Batch:
    """Several examples as one batch; only the answers' tokens count."""
    width = max(len(example.tokens) for example in examples)
    tokens_BT = torch.zeros(len(examples), width, dtype=torch.long)
    rows, columns, goals = [], [], []
    for row, example in enumerate(examples):
        tokens_BT[row, : len(example.tokens)] = torch.tensor(example.tokens)
        for place in range(example.start, len(example.tokens)):
            rows.append(row)
            columns.append(place - 1)
            goals.append(example.tokens[place])
    return Batch(tokens_BT, torch.tensor(rows), torch.tensor(columns), torch.tensor(goals))


def stream(
    examples: Sequence[Example], tokens: int, seed: int, taken: int, order: Callable[..., list[list[int]]] = batches
) -> Iterator[tuple[int, Batch]]:
    """Batches without end after the first `taken`, each with its epoch."""
    epoch = 0
    while True:
        groups = order(examples, tokens, seed, epoch)
        for group in groups[taken:]:
            yield epoch, collate([examples[index] for index in group])
        taken = max(0, taken - len(groups))
        epoch += 1

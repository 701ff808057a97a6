"""Which line of a print answers a question: the sentence encoder, tuned to read both at once.

reader = LineReader(load_encoder)
reader.chances("what's friday got me down as", ["Thu Late 13:00-21:00", "Fri Night 20:45-07:15"])
# Chances(lines=(0.03, 0.93), none=0.04)

MiniLM's layers with a low-rank change of their weights (LoRA, Hu et al. 2021), so that every word of the question sees
every line and the lines see each other; a line's score is read from the mean of its tokens' vectors, that of "none of
them" from the first token. What it points at is said verbatim: nothing is ever written by it.
training/steps/README.md says how it was trained.
"""

import copy
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from kernels.errors import UserError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from encoders.text import SentenceEncoder, TextTransformer

WEIGHTS = Path(__file__).parents[2] / "assets" / "lines.safetensors"
FORMAT = "antigone-lines-1"
BASE = "minilm"
TOKENS = 384  # read at once; a longer print is read in parts
LINE_TOKENS = 96  # of one line
QUESTION_TOKENS = 64
REMEMBERED = 8  # questions whose chances are kept: one is asked about several times in a turn


@dataclass(frozen=True)
class Chances:
    """How likely each line answers, and none of them; they sum to 1 where the print was read in one part."""

    lines: tuple[float, ...]
    none: float


@dataclass(frozen=True)
class Pair:
    """A question and lines as the transformer reads them: ids, and (first token, token past the last) of each line."""

    ids: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]


def pairs(tokenizer: "Tokenizer", question: str, lines: Sequence[str]) -> list[Pair]:
    """The question with as many lines at a time as are read at once, in their order."""
    asked = tokenizer.encode(question).ids[: QUESTION_TOKENS - 1]
    head, stop = [*asked[:-1], asked[-1]], asked[-1]
    found: list[Pair] = []
    ids, spans = list(head), list[tuple[int, int]]()
    for line in lines:
        row = tokenizer.encode(line, add_special_tokens=False).ids[:LINE_TOKENS] or [stop]
        if spans and len(ids) + len(row) + 1 > TOKENS:
            found.append(Pair(tuple(ids), tuple(spans)))
            ids, spans = list(head), []
        spans.append((len(ids), len(ids) + len(row)))
        ids += [*row, stop]
    return [*found, Pair(tuple(ids), tuple(spans))] if spans else found


class LineHeads(nn.Module):
    """What is read from the tokens' vectors: how well a line answers, and that none does."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.line, self.none = nn.Linear(width, 1), nn.Linear(width, 1)

    def scores(self, x_TD: Tensor, spans: Sequence[tuple[int, int]]) -> Tensor:
        """(1 + L,): the score of none, then of each line."""
        means_LD = torch.stack([x_TD[first:end].mean(dim=0) for first, end in spans])
        scores: Tensor = torch.cat([self.none(x_TD[:1]), self.line(means_LD)]).squeeze(-1)
        return scores


def changed(blocks: nn.Module, parts: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The blocks' weights with the low-rank changes added: to "0.x.weight" goes "0.x.weight.up" @ "0.x.weight.down"."""
    return {
        name: weight + parts[f"{name}.up"] @ parts[f"{name}.down"] if f"{name}.up" in parts else weight
        for name, weight in blocks.named_parameters()
    }


@dataclass(frozen=True)
class _Parts:
    encoder: "SentenceEncoder"
    blocks: nn.ModuleList
    heads: LineHeads


class LineReader:
    """Says which lines of a print answer a question.

    Args:
        encoder: gives the sentence encoder when it is first needed; its embeddings are shared with it.
        weights: the changes of the layers and the heads.
    """

    def __init__(self, encoder: "Callable[[], SentenceEncoder]", weights: Path = WEIGHTS) -> None:
        self._encoder, self._weights = encoder, weights
        self._lock = threading.Lock()
        self._made: _Parts | None = None
        self._known: OrderedDict[tuple[str, tuple[str, ...]], Chances] = OrderedDict()

    def chances(self, question: str, lines: Sequence[str]) -> Chances:
        """How likely each line answers; of a print in several parts each is weighed against the surest "none".

        Raises:
            UserError: the encoder or the weights can't be loaded.
        """
        key = (question, tuple(lines))
        with self._lock:
            if key not in self._known:
                self._known[key] = self._read(question, lines)
                while len(self._known) > REMEMBERED:
                    self._known.popitem(last=False)
            return self._known[key]

    @torch.inference_mode()
    def _read(self, question: str, lines: Sequence[str]) -> Chances:
        if self._made is None:
            self._made = _load(self._encoder(), self._weights)
        parts = self._made
        scores: list[Tensor] = []
        for pair in pairs(parts.encoder.tokenizer, question, lines):
            x_BTD = vectors(parts.encoder.transformer, parts.blocks, torch.tensor([pair.ids]))
            scores.append(parts.heads.scores(x_BTD[0], pair.spans))
        if not scores:
            return Chances((), 1.0)
        none = max(float(part[0]) for part in scores)
        whole = torch.cat([torch.tensor([none]), *(part[1:] for part in scores)]).softmax(0).tolist()
        return Chances(tuple(whole[1:]), whole[0])


def vectors(transformer: "TextTransformer", blocks: nn.ModuleList, ids_BT: Tensor) -> Tensor:
    """(B, T, D): one vector a token, by the published embeddings and these blocks."""
    x_BTD = transformer.embed(ids_BT)
    for block in blocks:
        x_BTD = block(x_BTD)
    return x_BTD


def _load(encoder: "SentenceEncoder", path: Path) -> _Parts:
    """The layers with their changes, and the heads.

    Raises:
        UserError: the file is missing or is not what it should be.
    """
    from safetensors import safe_open

    from assistant.models import find
    from kernels.checkpoints import read_safetensors

    tensors = {name: part.float() for name, part in read_safetensors(path).tensors.items()}
    with safe_open(path, framework="pt") as file:
        said = file.metadata() or {}
    heads, blocks = LineHeads(encoder.config.width), copy.deepcopy(encoder.transformer.blocks)
    try:
        if said.get("format") != FORMAT:
            raise ValueError(f"its format is {str(said.get('format'))[:40]}")
        base = next(file for file in find(BASE).files if file.role == "weights")
        if said.get("base_sha256") != base.sha256:
            raise ValueError("it was trained on other weights")
        heads.load_state_dict({name[6:]: part for name, part in tensors.items() if name.startswith("heads.")})
        changes = {name: part for name, part in tensors.items() if not name.startswith("heads.")}
        names = {name for name, _ in blocks.named_parameters()}
        if not changes or any(name.rsplit(".", 1)[0] not in names for name in changes):
            raise ValueError("its tensors are not those of the layers and the heads")
        blocks.load_state_dict(changed(blocks, changes))
    except (KeyError, ValueError, RuntimeError) as error:
        raise UserError(
            f"The file {path.name}, which finds the line that answers, can't be used ({str(error)[:120]}).",
            "Put the file back from the source, or train it with training/steps/lines.py.",
        ) from None
    return _Parts(encoder, blocks.eval().requires_grad_(False), heads.eval().requires_grad_(False))

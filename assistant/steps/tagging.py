"""Where each step of a request begins and which step it is: the sentence encoder, tuned to read the request whole.

tagger = StepTagger(load_encoder)
tagger.read("how many drops, and i want a nudge at ten", Situation(has_picture=True))
# [Tagged("how many drops, ", 0, {"ask_text": -0.1, ...}), Tagged("and i want a nudge at ten", 16, ...)]

MiniLM's layers, tuned, with three heads: one vector that says of each word whether a step begins there, a linear layer
that names a step from the mean of its words' vectors, each of which has seen the whole request, and one that says of
each word which argument it belongs to (JointBERT, Chen et al. 2019), read as the likeliest sequence (Viterbi), since an
argument's words stand together. Nothing but the user's own words is read.
training/steps/README.md says how it was trained.
"""

import copy
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from assistant.steps.labels import Situation
from kernels.errors import UserError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from encoders.text import SentenceEncoder, TextTransformer

WEIGHTS = Path(__file__).parents[2] / "assets" / "tagger.safetensors"
FORMAT = "antigone-tagger-3"
BASE = "minilm"
TOKENS = 160  # that are read; a longer request is mostly dictated content, all of it in the last step
KINDS = ("text", "when", "duration", "name", "object")  # of arguments; what each means for a tool: marked.py
_JOINED = re.compile(r"[,:]?\s+")  # between two words of one argument
_WORD = re.compile(r"[£$€\"'(]?[^\W_]")
_AT_HAND = ("photo", "text")  # said before the words where a picture or a text is at hand


@dataclass(frozen=True)
class Tagged:
    """One step: its words as they stand in the request, where they begin, and every label's log-probability."""

    words: str
    start: int
    logits: Mapping[str, float]


@dataclass(frozen=True)
class Mark:
    """Words of a request that are an argument.

    Attributes:
        kind: of KINDS.
        words: as they stand in the request.
        start: their first character's place.
        chance: probability of the least sure of them, or that the likeliest of the words left out is none of them.
    """

    kind: str
    words: str
    start: int
    chance: float


@dataclass(frozen=True)
class Encoded:
    """A request as the transformer reads it: token ids, and the tokens with which words begin, by characters."""

    ids: tuple[int, ...]
    words: tuple[tuple[int, int], ...]  # (token, character)


def encode(tokenizer: "Tokenizer", words: str, situation: Situation) -> Encoded:
    """Ids with what is at hand in front; which tokens begin a word, and where in `words`."""
    at_hand = [
        name for name, here in zip(_AT_HAND, (situation.has_picture, situation.has_document), strict=True) if here
    ]
    lead = "".join(f"{name} : " for name in at_hand)
    encoding = tokenizer.encode(lead + words)
    ids = encoding.ids[:TOKENS]
    places = []
    for token, (start, end) in enumerate(encoding.offsets[:TOKENS]):
        at = start - len(lead)
        if at >= 0 and end > start and _WORD.match(words, at) and (at == 0 or words[at - 1].isspace()):
            places.append((token, at))
    return Encoded(tuple(ids), tuple(places))


def spans_of(encoded: Encoded, starts: Sequence[int]) -> list[tuple[int, int]]:
    """(first token, token past the last) of each step that begins at a character of `starts` and is within TOKENS."""
    tokens = {at: token for token, at in encoded.words}
    firsts = [tokens[at] for at in starts if at in tokens] or [0]
    return list(zip(firsts, [*firsts[1:], len(encoded.ids)], strict=True))


def vectors(
    transformer: "TextTransformer", blocks: Iterable[nn.Module], ids_BT: Tensor, lengths_B: Tensor | None = None
) -> Tensor:
    """(B, T, D): one vector a token, by the published embeddings and these blocks in place of the published."""
    x_BTD = transformer.embed(ids_BT)
    for block in blocks:
        x_BTD = block(x_BTD, lengths_B=lengths_B)
    return x_BTD


class TaggerHeads(nn.Module):
    """What is read from the tokens' vectors: where a step begins, and its label."""

    def __init__(self, width: int, labels: int) -> None:
        super().__init__()
        self.begin, self.name = nn.Linear(width, 1), nn.Linear(width, labels)
        self.mark = nn.Linear(width, 1 + len(KINDS))
        none_and_kinds = 1 + len(KINDS)
        self.follows = nn.Parameter(torch.zeros(none_and_kinds, none_and_kinds), requires_grad=False)

    def begins(self, x_BTD: Tensor) -> Tensor:
        """(B, T): log-odds that a step begins with a token."""
        logits_BT: Tensor = self.begin(x_BTD).squeeze(-1)
        return logits_BT

    def marks(self, x_BTD: Tensor) -> Tensor:
        """(B, T, 1 + K): log-odds that a token begins a word of no argument, or of one of each of KINDS."""
        logits_BTK: Tensor = self.mark(x_BTD)
        return logits_BTK

    def names(self, x_BTD: Tensor, spans: Sequence[tuple[int, int, int]]) -> Tensor:
        """(S, L): log-odds of the labels of each span (row, first token, token past the last)."""
        means_SD = torch.stack([x_BTD[row, first:end].mean(dim=0) for row, first, end in spans])
        logits_SL: Tensor = self.name(means_SD)
        return logits_SL


def likeliest(scores_WK: Tensor, follows_KK: Tensor) -> list[int]:
    """The sequence with the greatest sum of each word's score and of how well each follows the one before (Viterbi).

    Args:
        scores_WK: (W, K), W at least 1; follows_KK: (K, K), from a row's kind to a column's.
    """
    best_K, before = scores_WK[0], []
    for score_K in scores_WK[1:]:
        reached_K, from_K = (best_K[:, None] + follows_KK).max(0)
        before.append(from_K.tolist())
        best_K = reached_K + score_K
    found = [int(best_K.argmax())]
    for places in reversed(before):
        found.append(places[found[-1]])
    return found[::-1]


@dataclass(frozen=True)
class _Parts:
    """What is loaded: the encoder whose embeddings are shared, the tuned layers, the heads and their labels."""

    encoder: "SentenceEncoder"
    blocks: nn.ModuleList
    heads: TaggerHeads
    labels: tuple[str, ...]


class StepTagger:
    """Cuts requests into steps and names them.

    Args:
        encoder: gives the sentence encoder when it is first needed; its embeddings are shared with it.
        weights: the tuned layers and the heads.
    """

    def __init__(self, encoder: "Callable[[], SentenceEncoder]", weights: Path = WEIGHTS) -> None:
        self._encoder, self._weights = encoder, weights
        self._lock = threading.Lock()
        self._made: _Parts | None = None
        self._last: tuple[str, Situation, Encoded, Tensor] | None = None  # a request is asked about twice in a row

    @torch.inference_mode()
    def begins(self, words: str, situation: Situation) -> dict[int, float]:
        """Log-odds that a step begins with a word, by the word's first character; the first word is left out.

        Raises:
            UserError: the encoder or the weights can't be loaded.
        """
        one, x_BTD = self._vectors(words, situation)
        logits_T = self._ready().heads.begins(x_BTD)[0].tolist()
        return {at: logits_T[token] for token, at in one.words[1:]}

    @torch.inference_mode()
    def name(self, words: str, starts: Sequence[int], situation: Situation) -> list[Tagged]:
        """The steps that begin at these characters of `words`, the first of them 0."""
        one, x_BTD = self._vectors(words, situation)
        parts = self._ready()
        known = {at for _, at in one.words}
        kept = [0, *(at for at in starts if at in known and at > min(known))]
        first = min(known, default=0)
        spans = [(0, *span) for span in spans_of(one, [first, *kept[1:]])]
        logits_SL = parts.heads.names(x_BTD, spans).log_softmax(-1)
        pieces = [words[at:end] for at, end in zip(kept, [*kept[1:], len(words)], strict=True)]
        rows = zip(pieces, kept, logits_SL.tolist(), strict=True)
        return [Tagged(piece, at, dict(zip(parts.labels, row, strict=True))) for piece, at, row in rows]

    @torch.inference_mode()
    def marks(self, words: str, situation: Situation) -> tuple[Mark, ...]:
        """The arguments of all steps, in order."""
        one, x_BTD = self._vectors(words, situation)
        if not one.words:
            return ()
        heads = self._ready().heads
        chances_WK = heads.marks(x_BTD)[0, [token for token, _ in one.words]].softmax(-1)
        places = likeliest(chances_WK.log(), heads.follows)
        found: list[Mark] = []
        for (_, at), place, chances_K in zip(one.words, places, chances_WK.tolist(), strict=True):
            if not place:
                continue
            chance, kind = chances_K[place], KINDS[place - 1]
            word = re.match(r"\S+", words[at:])
            end = at + (len(word[0]) if word else 1)
            before = found[-1] if found else None
            if (
                before is not None
                and before.kind == kind
                and _JOINED.fullmatch(words[before.start + len(before.words) : at])
            ):
                joined = words[before.start : end].rstrip(",.;:?!")
                found[-1] = Mark(kind, joined, before.start, min(before.chance, chance))
            else:
                found.append(Mark(kind, words[at:end].rstrip(",.;:?!"), at, chance))
        left_WK = chances_WK[[not place for place in places], 1:]
        most = dict(zip(KINDS, torch.cat([left_WK, torch.zeros(1, len(KINDS))]).amax(0).tolist(), strict=True))
        return tuple(replace(mark, chance=min(mark.chance, 1.0 - most[mark.kind])) for mark in found)

    def read(self, words: str, situation: Situation, threshold: float = 0.0) -> list[Tagged]:
        """The steps of a request, cut where the log-odds of a beginning are above `threshold`."""
        starts = [0, *(at for at, odds in self.begins(words, situation).items() if odds > threshold)]
        return self.name(words, starts, situation)

    def _vectors(self, words: str, situation: Situation) -> tuple[Encoded, Tensor]:
        last = self._last
        if last is not None and last[:2] == (words, situation):
            return last[2], last[3]
        parts = self._ready()
        one = encode(parts.encoder.tokenizer, words, situation)
        x_BTD = vectors(parts.encoder.transformer, parts.blocks, torch.tensor([one.ids]))
        self._last = words, situation, one, x_BTD
        return one, x_BTD

    def _ready(self) -> "_Parts":
        with self._lock:
            if self._made is None:
                self._made = _load(self._encoder(), self._weights)
            return self._made


def _load(encoder: "SentenceEncoder", path: Path) -> _Parts:
    """The tuned layers and the heads.

    Raises:
        UserError: the file is missing or is not what it should be.
    """
    from safetensors import safe_open

    from assistant.models import find
    from kernels.checkpoints import read_safetensors

    tensors = read_safetensors(path).tensors
    with safe_open(path, framework="pt") as file:
        said = file.metadata() or {}
    labels = tuple(said.get("labels", "").split())
    heads = TaggerHeads(encoder.config.width, max(1, len(labels)))
    blocks = copy.deepcopy(encoder.transformer.blocks)
    try:
        if said.get("format") != FORMAT or not labels:
            raise ValueError(f"its format is {str(said.get('format'))[:40]}")
        if tuple(said.get("kinds", "").split()) != KINDS:
            raise ValueError("it marks other kinds of argument")
        weights = next(file for file in find(BASE).files if file.role == "weights")
        if said.get("base_sha256") != weights.sha256:
            raise ValueError("it was trained on other weights")
        whole = nn.ModuleDict({"heads": heads, "blocks": blocks})
        if set(tensors) != set(whole.state_dict()):
            raise ValueError("its tensors are not those of the layers and the heads")
        whole.load_state_dict({name: part.float() for name, part in tensors.items()})
    except (KeyError, ValueError, RuntimeError) as error:
        raise UserError(
            f"The file {path.name}, which cuts requests into steps, can't be used ({str(error)[:120]}).",
            "Put the file back from the source, or train it with training/steps/tagging.py.",
        ) from None
    return _Parts(encoder, blocks.eval().requires_grad_(False), heads.eval().requires_grad_(False), labels)

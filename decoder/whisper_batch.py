"""Several utterances decoded side by side: a step reads the weights once for all of them.

Each row chooses as greedy search would alone. Prompts are run one by one, as they differ in length; then the rows
stand in one cache, padded on the left, and leave it when they are done.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from decoder.whisper_search import Decoded, Hypothesis, WhisperSearch
from kernels.layers import KeyValueCache, MemoryCache


@dataclass
class _Row:
    """One utterance on its way."""

    place: int
    memory: MemoryCache
    cache: KeyValueCache
    no_speech: float
    path: Hypothesis
    token: int


@torch.inference_mode()
def search_many(
    search: WhisperSearch, memories: Sequence[MemoryCache], prompts: Sequence[Sequence[int]]
) -> list[Decoded]:
    """Greedy transcripts of several memories, each of one row and all of one length, after each one's own prompt.

    Raises:
        ValueError: there are not as many prompts as memories.
    """
    if len(memories) != len(prompts):
        raise ValueError(f"prompts: {len(prompts)} for {len(memories)} memories")
    rows = [_begun(search, *pair) for pair in enumerate(zip(memories, prompts, strict=True))]
    results: dict[int, Decoded] = {row.place: row.path.decoded(row.no_speech) for row in rows if row.path.done}
    waiting = [row for row in rows if not row.path.done]
    while waiting:
        group = _Group(search, waiting)
        while 2 * len(group.alive) > len(waiting) and group.room:
            group.step()
        group.leave()
        if not group.room:  # the longest rows of very different prompts: no more fits beside the padding
            for row in group.alive:
                results[row.place] = search.search(row.memory, prompts[row.place])
        results |= {row.place: row.path.decoded(row.no_speech) for row in waiting if row.path.done}
        waiting = [row for row in waiting if row.place not in results]
    return [results[place] for place in range(len(rows))]


def _begun(search: WhisperSearch, place: int, asked: tuple[MemoryCache, Sequence[int]]) -> _Row:
    """A row after its prompt and first token, as `WhisperSearch.search` begins."""
    memory, prompt = asked
    decoder, tokens = search.decoder, search.rules.tokens
    cache = decoder.new_cache(1, len(prompt))
    hidden = decoder.hidden(torch.tensor([list(prompt)], device=decoder.device), cache, memory)
    start = list(prompt).index(tokens.start)
    no_speech = float(decoder.logits(hidden[:, start : start + 1])[0, 0].float().softmax(-1)[tokens.no_speech])
    path = Hypothesis()
    token = path.take(search.rules.apply(search.head(hidden[:, -1:])[0, 0], ()), tokens.end)
    return _Row(place, memory, cache, no_speech, path, token)


class _Group:
    """Rows that take steps together. What is done goes on being computed until the rows are regrouped."""

    def __init__(self, search: WhisperSearch, rows: Sequence[_Row]) -> None:
        self.search, self.rows = search, rows
        limit = search.decoder.config.max_positions
        longest = max(row.cache.length for row in rows)
        gaps = [longest - row.cache.length for row in rows]
        self.padding_B, padded = torch.tensor(gaps, device=search.decoder.device), any(gaps)
        self.cache = search.decoder.new_cache(
            len(rows), min(limit, longest + search.longest), padding_B=self.padding_B if padded else None
        )
        for number, row in enumerate(rows):
            first = longest - row.cache.length
            self.cache.keys[:, number, :, first:longest] = row.cache.keys[:, 0, :, : row.cache.length]
            self.cache.values[:, number, :, first:longest] = row.cache.values[:, 0, :, : row.cache.length]
        self.cache.length = longest
        self.memory = _side_by_side([row.memory for row in rows])

    @property
    def alive(self) -> list[_Row]:
        """Rows that are not done."""
        return [row for row in self.rows if not row.path.done]

    @property
    def room(self) -> bool:
        """Whether one more token fits."""
        return self.cache.length < self.cache.capacity

    def step(self) -> None:
        """One more token for every row that is not done."""
        search, end = self.search, self.search.rules.tokens.end
        drawn_B1 = torch.tensor([[row.token] for row in self.rows], device=search.decoder.device)
        logits_BV = search.head(search.decoder.hidden(drawn_B1, self.cache, self.memory))[:, -1]
        for row, logits_V in zip(self.rows, logits_BV, strict=True):
            if row.path.done:
                continue
            row.token = row.path.take(search.rules.apply(logits_V, row.path.tokens), end)
            row.path.done |= len(row.path.tokens) >= search.longest

    def leave(self) -> None:
        """Give each row that goes on its own past back."""
        for number, row in enumerate(self.rows):
            if not row.path.done:
                first, length = int(self.padding_B[number]), self.cache.length
                row.cache = self.search.decoder.new_cache(1, length - first)
                row.cache.keys[:, 0] = self.cache.keys[:, number, :, first:length]
                row.cache.values[:, 0] = self.cache.values[:, number, :, first:length]
                row.cache.length = length - first


def _side_by_side(memories: Sequence[MemoryCache]) -> MemoryCache:
    """Memories of one row each as the rows of one."""

    def joined(layer: int, part: int) -> Tensor:
        pairs = [memory.layers[layer] for memory in memories]
        return torch.cat([pair[part] for pair in pairs if pair is not None])

    return MemoryCache(tuple((joined(layer, 0), joined(layer, 1)) for layer in range(len(memories[0].layers))))

"""Whisper's greedy search on a GPU: its token rules as a few operations of fixed shape, recorded with the step.

The plain twin is `TokenRules.apply`, which looks at the tokens on the host.
"""

from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from decoder.graphs import Recorder, Steps
from decoder.text import TextDecoder
from decoder.whisper import TokenRules
from kernels.layers import KeyValueCache, MemoryCache

if TYPE_CHECKING:
    from decoder.whisper_search import Hypothesis


class RuledChoice:
    """The likeliest token that may follow, one row; what came before is remembered on the device."""

    def __init__(self, rules: TokenRules, vocabulary: int, device: torch.device) -> None:
        self._first, self._end = rules.tokens.first_time, rules.tokens.end
        ids_V = torch.arange(vocabulary, device=device)
        self._ids_V, self._times_V, self._words_V = ids_V, ids_V >= self._first, ids_V < self._end
        self._never_V = torch.zeros(vocabulary, dtype=torch.bool, device=device)
        self._never_V[rules.mask.to(device)] = True
        self._last, self._before, self._latest = (torch.zeros((), dtype=torch.int64, device=device) for _ in range(3))

    @property
    def state(self) -> tuple[Tensor, ...]:
        """The last token, the one before it, the latest time."""
        return self._last, self._before, self._latest

    def begin(self, sampled: Sequence[int]) -> None:
        """Go on after these tokens, at least one."""
        times = [token for token in sampled if token >= self._first]
        self._last.fill_(sampled[-1])
        self._before.fill_(sampled[-2] if len(sampled) > 1 else self._first)
        self._latest.fill_(times[-1] if times else self._first - 1)

    def __call__(self, logits_1V: Tensor) -> tuple[Tensor, Tensor]:
        """Token and log-probability, (1,) each; see `TokenRules.apply`."""
        first, ids_V, times_V = self._first, self._ids_V, self._times_V
        after_time, paired = self._last >= first, self._before >= first
        opened = after_time & ~paired
        past_V = times_V & (ids_V < torch.where(after_time, self._last, self._latest + 1))
        never_V = self._never_V | (after_time & paired & times_V) | (opened & self._words_V)
        never_V = never_V | (~(after_time & paired) & past_V)
        logits_V = logits_1V[0].float().masked_fill(never_V, -torch.inf)
        logprobs_V = logits_V.log_softmax(-1)
        time_wins = logprobs_V[first:].logsumexp(-1) > logprobs_V[:first].max()
        logprobs_V = logits_V.masked_fill(time_wins & ~times_V, -torch.inf).log_softmax(-1)
        best = logprobs_V.max(-1, keepdim=True)
        token = best.indices[0]
        self._before.copy_(self._last)
        self._last.copy_(token)
        self._latest.copy_(torch.where(token >= first, token, self._latest))
        return best.indices, best.values


class WhisperSteps:
    """One recogniser's recorded steps, kept from utterance to utterance. One search at a time: hold `lock`."""

    def __init__(self, decoder: TextDecoder, rules: TokenRules, recorder: Recorder | None) -> None:
        self.lock = Lock()
        self._decoder, self._end, self._recorder = decoder, rules.tokens.end, recorder
        self._choice = RuledChoice(rules, decoder.config.vocabulary, decoder.device)
        self._cache: KeyValueCache | None = None
        self._steps: Steps | None = None

    def cache(self) -> KeyValueCache:
        """The cache that steps go on in, empty."""
        if self._cache is None:
            self._cache = self._decoder.new_cache(1, self._decoder.config.max_positions)
        self._cache.truncate(0)
        return self._cache

    def go_on(self, memory: MemoryCache, path: "Hypothesis", longest: int) -> None:
        """Grow a path that isn't done, whose last token the cache hasn't read yet, to its end or to `longest`."""
        assert self._cache is not None
        if self._steps is None or not self._steps.remember(memory):
            self._steps = Steps(self._decoder, self._cache, memory, choice=self._choice, recorder=self._recorder)
        self._choice.begin(path.tokens)
        self._steps.feed(path.tokens[-1])
        for token, logprob in (chosen.T[0].tolist() for chosen in self._steps.ahead(longest - len(path.tokens))):
            path.add(int(token), logprob, self._end)
            if path.done:
                return

"""The cached loop: prompt in, token ids out, one at a time."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Lock

import torch
from torch import Tensor

from decoder.constrained import Grammar
from decoder.graphs import Recorder, Steps, Ticket, recorder_for
from decoder.prompt_cache import PromptCache
from decoder.sampling import Sampler, Sampling
from decoder.sights import Layout
from decoder.text import TextDecoder

_PREFILL = 256
_FIRST_CAPACITY = 1024
_MOST_ENDS = 8


class Session:
    """One decoder with the cache of the last text it read.

    A new prompt costs only what follows the beginning it shares with that text, so a fixed prompt or a growing
    conversation is read once. Several generations may be interleaved (also from several threads): each finds its own
    text again.
    """

    def __init__(self, model: TextDecoder, *, recorder: Recorder | None = None) -> None:
        """`recorder` is of steps of one token; the device's own when left out, which is none on a processor."""
        self.model = model
        self._recorder = recorder or recorder_for(model.device)
        self._stepping: Steps | None = None
        self._under_way: tuple[list[int], Ticket] | None = None
        self._cache = model.new_cache(1, min(_FIRST_CAPACITY, model.config.max_positions))
        self._past: list[int] = []
        self._ends: dict[int, Tensor] = {}
        self._lock = Lock()
        self.steps = 0
        """Forward passes so far: what forced tokens and shared beginnings save can be counted."""
        self.tokens_read = 0
        """Tokens that went through the model so far."""

    def next_logits(self, tokens: Sequence[int]) -> Tensor:
        """Logits (V,) of the token that follows `tokens`.

        Raises:
            ValueError: no tokens, or more than the model has positions.
        """
        with self._lock, torch.inference_mode():
            return self._read(tokens)

    def likeliest(self, tokens: Sequence[int]) -> int:
        """The likeliest token that follows `tokens`. Where steps are recorded, the one after it is under way when this
        returns, so that going on with it costs no waiting.

        Raises:
            ValueError: as `next_logits`.
        """
        with self._lock, torch.inference_mode():
            if self._recorder is None:
                return int(self._read(tokens).argmax())
            text, ticket = list(tokens), self._ticket_for(tokens)
            steps = self._steps()
            if not steps.room:
                return int(ticket.read()[0, 0])
            steps.run()
            after = steps.read_later()
            token = int(ticket.read()[0, 0])
            self._past.append(token)
            self._count(1)
            self._under_way = [*text, token], after
            return token

    def _ticket_for(self, tokens: Sequence[int]) -> Ticket:
        """The token that follows, on its way, and what the next step reads."""
        if self._under_way is not None and self._under_way[0] == list(tokens) == self._past:
            return self._under_way[1]
        token_1 = self._read(tokens).argmax(-1, keepdim=True)
        self._steps().feed(token_1)
        return Ticket(token_1[None])

    def _steps(self) -> Steps:
        """Recorded steps over the cache as it is now."""
        if self._stepping is None or self._stepping.cache is not self._cache:
            self._stepping = Steps(self.model, self._cache, recorder=self._recorder)
        return self._stepping

    def prepare(self, tokens: Sequence[int], kept: PromptCache) -> bool:
        """Have read the fixed beginning of prompts to come: from `kept`, else now, and it is kept for next time.

        True where nothing had to be computed. Either way its keys and values are those that float16 holds, so that
        what follows is the same in the process that computes them and in those that read them.

        Raises:
            ValueError: as `next_logits`.
        """
        tokens = list(tokens)
        with self._lock, torch.inference_mode():
            if tokens and self._past[: len(tokens)] == tokens:
                return True
            found = kept.load(tokens) if tokens else None
            if found is not None and self._restored(tokens, *found):
                return True
            self._read(tokens)
            keys, values = self._cache.snapshot(len(tokens))
            rounded = keys.to(torch.float16), values.to(torch.float16)
            if all(bool(torch.isfinite(part).all()) for part in rounded):
                kept.keep(tokens, *rounded)
                self._restored(tokens, *rounded)
            return False

    def _restored(self, tokens: list[int], keys_LGTD: Tensor, values_LGTD: Tensor) -> bool:
        """Whether the cache could become that of these tokens."""
        self._past, self._ends, self._under_way = [], {}, None
        self._cache.truncate(0)
        self._reserve(len(tokens))
        try:
            self._cache.restore(keys_LGTD, values_LGTD)
        except ValueError:  # a file of another shape
            return False
        self._past = tokens
        return True

    @torch.inference_mode()
    def score(self, prompt: Sequence[int], continuations: Sequence[Sequence[int]]) -> list[float]:
        """Mean log-probability of a token of each continuation, all read after the prompt in one pass.

        The continuations lie side by side as branches: each sees the prompt and itself, and stands at the same
        positions.
        """
        if any(len(branch) == 0 for branch in continuations):
            raise ValueError("continuations: one is empty")
        if not continuations:
            return []
        with self._lock:
            first_V = self._read(prompt)
            inputs = [token for branch in continuations for token in branch[:-1]]
            rows = [first_V]
            if inputs:
                self._reserve(len(prompt) + len(inputs))
                layout = _branches(len(prompt), [len(branch) - 1 for branch in continuations])
                rows.extend(self.model(self._row(inputs), self._cache, layout=layout.to(self.model.device))[0])
                self._count(len(inputs))
                self._cache.truncate(len(prompt))
        scores, at = [], 1
        for branch in continuations:
            logits_TV = torch.stack([first_V, *rows[at : at + len(branch) - 1]]).float()
            at += len(branch) - 1
            chosen_T = logits_TV.log_softmax(-1).gather(1, self._row(branch).T)
            scores.append(float(chosen_T.mean()))
        return scores

    def _read(self, tokens: Sequence[int]) -> Tensor:
        if not tokens:
            raise ValueError("tokens: at least one is needed")
        if len(tokens) > self.model.config.max_positions:
            raise ValueError(f"tokens: {len(tokens)} exceed the model's {self.model.config.max_positions} positions")
        shared = _shared(self._past, tokens)
        if shared == len(tokens) in self._ends:
            self._forget(shared)
            return self._ends[shared]
        shared = min(shared, len(tokens) - 1)
        self._forget(shared)
        self._reserve(len(tokens))
        if len(tokens) - shared == 1 and self._recorder is not None:
            return self._step(tokens[-1])
        for start in range(shared, len(tokens), _PREFILL):
            part = list(tokens[start : start + _PREFILL])
            hidden_1TD = self.model.hidden(self._row(part), self._cache)
            self._past.extend(part)
            self._count(len(part))
        logits_V: Tensor = self.model.logits(hidden_1TD[:, -1:])[0, -1]
        if len(tokens) - shared > 1:
            # Kept so that the same prompt asked again gives the same bits: read alone, its last token would round
            # differently.
            self._ends[len(tokens)] = logits_V
            while len(self._ends) > _MOST_ENDS:
                del self._ends[min(self._ends)]
        return logits_V

    def _step(self, token: int) -> Tensor:
        steps = self._steps()
        steps.feed(token)
        logits_V = steps.run()[0].clone()
        self._past.append(token)
        self._count(1)
        return logits_V

    def _row(self, tokens: Sequence[int]) -> Tensor:
        return torch.tensor([list(tokens)], device=self.model.device)

    def _count(self, tokens: int) -> None:
        self.steps += 1
        self.tokens_read += tokens

    def _forget(self, length: int) -> None:
        """Keep only the first `length` tokens."""
        self._under_way = None
        self._cache.truncate(length)
        del self._past[length:]
        for end in [end for end in self._ends if end > length]:
            del self._ends[end]

    def _reserve(self, tokens: int) -> None:
        if tokens > self._cache.capacity:
            self._cache = self._cache.repeat(1, 2 * tokens)


@dataclass
class Generation:
    """What to generate after a prompt. `end_ids` end the text and are not part of it."""

    prompt: Sequence[int]
    end_ids: Collection[int]
    max_tokens: int = 256
    sampling: Sampling = field(default_factory=Sampling)
    grammar: Grammar | None = None
    finished: bool = False
    """Set once the text came to its own end, not merely to `max_tokens`."""

    def run(self, session: Session) -> Iterator[int]:
        """Token ids as they are chosen. Closing the iterator stops the work.

        Tokens that the grammar forces cost no step of their own: they are read together with the next chosen one.
        """
        if self.max_tokens < 1:
            raise ValueError(f"max_tokens: must be at least 1, got {self.max_tokens}")
        text, sampler = list(self.prompt), Sampler(self.sampling)
        most = min(len(text) + self.max_tokens, session.model.config.max_positions)
        while True:
            for token in self.grammar.forced() if self.grammar is not None else ():
                if token in self.end_ids:
                    break
                text.append(token)
                yield token
            self.finished = self.grammar is not None and self.grammar.finished
            if self.finished or len(text) >= most:
                return
            token = self._next(session, text, sampler)
            if token in self.end_ids:
                self.finished = True
                return
            text.append(token)
            yield token

    def _next(self, session: Session, text: list[int], sampler: Sampler) -> int:
        if self.grammar is None:
            return session.likeliest(text) if sampler.sampling.temperature == 0 else sampler(session.next_logits(text))
        token = sampler(self.grammar.allow(session.next_logits(text)))
        self.grammar.consume(token)
        return token


def until(pieces: Iterator[str], stops: Sequence[str]) -> Iterator[str]:
    """Pass text on until one of `stops` comes up, which is swallowed; what may be the beginning of one is held back."""
    stops = [stop for stop in stops if stop]
    held = ""
    try:
        for piece in pieces:
            held += piece
            found = [at for stop in stops if (at := held.find(stop)) >= 0]
            if found:
                held = held[: min(found)]
                break
            keep = max((_overlap(held, stop) for stop in stops), default=0)
            if len(held) > keep:
                yield held[: len(held) - keep]
                held = held[len(held) - keep :]
        if held:
            yield held
    finally:
        if hasattr(pieces, "close"):
            pieces.close()


def _overlap(text: str, stop: str) -> int:
    """How many characters at the end of `text` begin `stop`."""
    return next((size for size in range(min(len(stop) - 1, len(text)), 0, -1) if text.endswith(stop[:size])), 0)


def _shared(a: Sequence[int], b: Sequence[int]) -> int:
    """Length of the common beginning."""
    size = min(len(a), len(b))
    if list(a[:size]) == list(b[:size]):
        return size
    return next(index for index in range(size) if a[index] != b[index])


def _branches(past: int, sizes: Sequence[int]) -> Layout:
    """Where branches of the given sizes stand after `past` shared tokens, and what each of their tokens sees."""
    branch_T = torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes))
    place_T = torch.cat([torch.arange(size) for size in sizes])
    own_TT = (branch_T[:, None] == branch_T[None, :]) & (place_T[:, None] >= place_T[None, :])
    seen_TS = torch.cat((torch.ones(len(place_T), past, dtype=torch.bool), own_TT), dim=1)
    return Layout((place_T + past)[None], seen_TS[None, None])

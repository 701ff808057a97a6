"""An utterance's memory to its likeliest tokens: greedy, beam search and sampling, under Whisper's token rules."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from decoder.graphs import Recorder, recorder_for
from decoder.text import TextDecoder
from decoder.whisper import TokenRules
from decoder.whisper_head import VocabularyHead
from decoder.whisper_steps import WhisperSteps
from kernels.layers import KeyValueCache, MemoryCache


@dataclass(frozen=True)
class Decoded:
    """One window's transcript as tokens, the end token left out.

    Attributes:
        tokens: text and timestamp tokens.
        logprobs: log-probability of each of `tokens`.
        mean_logprob: over the tokens and the end token.
        no_speech: probability, from the audio alone, that nobody speaks.
        looped: it was cut because it repeated itself without end.
    """

    tokens: tuple[int, ...]
    logprobs: tuple[float, ...]
    mean_logprob: float
    no_speech: float
    looped: bool = False


@dataclass
class Hypothesis:
    """A transcript while it grows."""

    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    score: float = 0.0
    done: bool = False
    looped: bool = False
    given: int = 0  # the first of `tokens`, decided before

    def grown(self, token: int, logprob: float, end: int) -> "Hypothesis":
        """A copy with one token more; the end token only makes it done."""
        if token == end:
            return Hypothesis(self.tokens, self.logprobs, self.score + logprob, True)
        tokens = [*self.tokens, token]
        return Hypothesis(tokens, [*self.logprobs, logprob], self.score + logprob, False)

    def take(self, logprobs_V: Tensor, end: int) -> int:
        """Grow by the likeliest token; it is done with the end token, or when it repeats itself without end."""
        token = int(logprobs_V.argmax())
        self.add(token, float(logprobs_V[token]), end)
        return token

    def add(self, token: int, logprob: float, end: int) -> None:
        """Grow by this token, as `take`."""
        self.score += logprob
        if token == end:
            self.done = True
            return
        self.tokens.append(token)
        self.logprobs.append(logprob)
        self.done = self.looped = repeats(self.tokens)

    def decoded(self, no_speech: float) -> Decoded:
        """As a result: an endless repetition is kept once."""
        kept = once(self.tokens) if self.looped else len(self.tokens)
        return Decoded(tuple(self.tokens[:kept]), tuple(self.logprobs[:kept]), self.mean(), no_speech, self.looped)

    def mean(self) -> float:
        """Log-probability a token, the end token included."""
        return self.score / (len(self.tokens) - self.given + 1)


@dataclass(frozen=True)
class _Start:
    """After the prompt.

    Attributes:
        given: tokens read with it, of which the first `decided` stand.
        logits_TV: those that follow the prompt with what stands, and each token given besides.
    """

    cache: KeyValueCache
    given: list[int]
    decided: int
    logits_TV: Tensor
    no_speech: float


class WhisperSearch:
    """Searches one decoder's transcripts. The prompt is run once; what follows is searched from its cache."""

    def __init__(
        self, decoder: TextDecoder, rules: TokenRules, *, exact: bool = False, recorder: Recorder | None = None
    ) -> None:
        """Get ready.

        Args:
            exact: compute every logit in float32; otherwise only those that can matter (see VocabularyHead).
            recorder: of greedy steps; the device's own when left out, which is none on a processor.
        """
        self.decoder, self.rules = decoder, rules
        recorder = recorder or recorder_for(decoder.device)
        self._steps = None if recorder is None else WhisperSteps(decoder, rules, recorder)
        self.head = VocabularyHead(decoder, rules.tokens.first_time, exact=exact)
        self.longest = decoder.config.max_positions // 2

    @torch.inference_mode()
    def languages(self, memory: MemoryCache) -> dict[str, float]:
        """Language code -> probability, from the audio alone."""
        tokens = self.rules.tokens
        if not tokens.multilingual:
            return {"en": 1.0}
        logits_V = self.decoder(self._row([tokens.start]), None, memory)[0, -1].float()
        codes = list(tokens.languages)
        chances = logits_V[[tokens.languages[code] for code in codes]].softmax(-1)
        return dict(zip(codes, chances.tolist(), strict=True))

    @torch.inference_mode()
    def search(
        self, memory: MemoryCache, prompt: Sequence[int], *, beam: int = 1, temperature: float = 0.0,
        samples: int = 5, generator: torch.Generator | None = None, prefix: Sequence[int] = (),
        draft: Sequence[int] = (),
    ) -> Decoded:  # fmt: skip
        """The best transcript found: greedy (beam 1), beam search, or the best of `samples` drawn at a temperature.

        `prefix` are tokens that were decided before; greedy alone goes on from there. They cost one step together and
        stand first in the result, at a log-probability of 0; `mean_logprob` is that of the others.

        `draft` are tokens that are likely to follow: as far as greedy search chooses them too, they also cost one step
        together (Leviathan et al. 2023, arXiv:2211.17192). They never change the result.
        """
        greedy = beam == 1 and temperature == 0
        if prefix and not greedy:
            raise ValueError("a prefix can only be continued greedily")
        longest = min(self.longest, self.decoder.config.max_positions - len(prompt))
        if greedy and self._steps is not None:
            with self._steps.lock:
                start = self._begin(self._steps.cache(), memory, prompt, [*prefix, *draft][:longest], len(prefix))
                return self._greedy(start, memory, longest, self._steps).decoded(start.no_speech)
        cache = self.decoder.new_cache(1, len(prompt) + longest)
        start = self._begin(cache, memory, prompt, [*prefix, *draft][:longest] if greedy else [], len(prefix))
        if temperature > 0:
            best = self._sample(cache, memory, start.logits_TV[0], longest, temperature, samples, generator)
        elif beam > 1:
            best = self._beam(cache, memory, start.logits_TV[0], longest, beam)
        else:
            best = self._greedy(start, memory, longest)
        return best.decoded(start.no_speech)

    def _row(self, tokens: Sequence[int]) -> Tensor:
        return torch.tensor([list(tokens)], device=self.decoder.device)

    def _begin(
        self, cache: KeyValueCache, memory: MemoryCache, prompt: Sequence[int], given: list[int], decided: int
    ) -> "_Start":
        """Read the prompt and the tokens `given`, of which the first `decided` stand."""
        tokens, decoder = self.rules.tokens, self.decoder
        decided = min(decided, len(given))
        hidden = decoder.hidden(self._row([*prompt, *given]), cache, memory)
        logits_TV = self.head(hidden[:, len(prompt) + decided - 1 :])[0]
        at = list(prompt).index(tokens.start)
        no_speech = float(decoder.logits(hidden[:, at : at + 1])[0, 0].float().softmax(-1)[tokens.no_speech])
        return _Start(cache, given, decided, logits_TV, no_speech)

    def _greedy(
        self, start: "_Start", memory: MemoryCache, longest: int, steps: WhisperSteps | None = None
    ) -> Hypothesis:  # fmt: skip
        """Go on after the tokens that stand; with `steps`, from where the draft is another, on the device."""
        cache, given, decided = start.cache, start.given, start.decided
        path, end = Hypothesis(given[:decided], [0.0] * decided, given=decided), self.rules.tokens.end
        before = cache.length - len(given)  # tokens of the prompt
        rows = list(start.logits_TV)
        for place in range(decided, longest):
            token = path.take(self.rules.apply(rows.pop(0), path.tokens), end)
            if path.done:
                break
            if not rows or token != given[place]:
                cache.truncate(before + place)  # from here on the draft is another
                if steps is not None:
                    steps.go_on(memory, path, longest)
                    break
                rows = [self.head(self.decoder.hidden(self._row([token]), cache, memory))[0, -1]]
        return path

    def _sample(
        self, cache: KeyValueCache, memory: MemoryCache, logits_V: Tensor, longest: int, temperature: float,
        samples: int, generator: torch.Generator | None,
    ) -> Hypothesis:  # fmt: skip
        cache = cache.repeat(samples)
        logits_RV, end = logits_V.repeat(samples, 1), self.rules.tokens.end
        paths = [Hypothesis() for _ in range(samples)]
        for _ in range(longest):
            drawn = []
            for row, path in enumerate(paths):
                if path.done:
                    drawn.append(end)
                    continue
                logprobs_V = self.rules.apply(logits_RV[row], path.tokens)
                chances_V = (logprobs_V / temperature).softmax(-1).cpu()  # the generator is the processor's
                token = int(torch.multinomial(chances_V, 1, generator=generator))
                paths[row] = path.grown(token, float(logprobs_V[token]), end)
                if repeats(paths[row].tokens):
                    paths[row].done = paths[row].looped = True
                drawn.append(token)
            if all(path.done for path in paths):
                break
            logits_RV = self.head(self.decoder.hidden(self._row(drawn).T, cache, memory))[:, -1]
        return max(paths, key=lambda path: (not path.looped, path.mean()))

    def _beam(self, cache: KeyValueCache, memory: MemoryCache, logits_V: Tensor, longest: int, beam: int) -> Hypothesis:
        cache = cache.repeat(beam)
        logits_RV, end = logits_V.repeat(beam, 1), self.rules.tokens.end
        paths, finished = [Hypothesis()], list[Hypothesis]()
        for _ in range(longest):
            grown: list[tuple[Hypothesis, int]] = []
            for row, path in enumerate(paths):
                best = self.rules.apply(logits_RV[row], path.tokens).topk(beam + 1)
                grown += [
                    (path.grown(token, logprob, end), row)
                    for logprob, token in zip(best.values.tolist(), best.indices.tolist(), strict=True)
                    if logprob > -torch.inf
                ]
            grown.sort(key=lambda pair: pair[0].score, reverse=True)
            finished += [path for path, _ in grown[: 2 * beam] if path.done]
            alive = [pair for pair in grown if not pair[0].done][:beam]
            if len(finished) >= beam or not alive or any(repeats(path.tokens) for path, _ in alive):
                paths = [path for path, _ in alive]
                break
            paths = [path for path, _ in alive]
            rows = [row for _, row in alive] + [0] * (beam - len(alive))
            cache.reorder(self._row(rows)[0])
            last = [path.tokens[-1] for path in paths] + [end] * (beam - len(paths))
            logits_RV = self.head(self.decoder.hidden(self._row(last).T, cache, memory))[:, -1]
        best_path = max(finished or paths, key=Hypothesis.mean)
        best_path.looped = repeats(best_path.tokens)
        return best_path


def repeats(tokens: Sequence[int]) -> bool:
    """Whether `tokens` end in one phrase said many times over."""
    return once(tokens) < len(tokens)


def once(tokens: Sequence[int], times: int = 8, span: int = 24) -> int:
    """The length of `tokens` when their end, a phrase (up to `span` tokens) said `times` times, is kept only once."""
    for length in range(1, min(span, len(tokens) // times) + 1):
        phrase = tokens[-length:]
        if all(tokens[-length * (i + 1) : len(tokens) - length * i] == phrase for i in range(1, times)):
            return len(tokens) - length * (times - 1)
    return len(tokens)

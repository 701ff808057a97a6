"""A chat model as the agent uses it: chat, choose, score, count; held to a grammar where asked."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import takewhile
from threading import Lock
from typing import Any

import torch
from torch import Tensor

from decoder.constrained import Grammar, Grammars
from decoder.generate import Generation, Session, until
from decoder.prompt_cache import PromptCache
from decoder.sampling import Sampling
from decoder.text import TextDecoder
from decoder.tokenizer import ChatTokenizer
from kernels.errors import UserError

Message = Mapping[str, str]


class LanguageModel:
    """A chat model: decoder, tokeniser, and the cache of the last prompt.

    What two prompts have in common at their beginning is read once, so keep fixed text first. Calls from several
    threads are safe; they share one cache, so they cost time, not correctness.
    """

    def __init__(self, model: TextDecoder, tokenizer: ChatTokenizer, kept: PromptCache | None = None) -> None:
        """`kept` keeps fixed prompts on disk; see `expect`."""
        self.model, self.tokenizer = model, tokenizer
        self.session = Session(model)
        self._kept = kept
        self._making = Lock()

    def chat(
        self,
        messages: Sequence[Message],
        *,
        schema: Mapping[str, Any] | None = None,
        grammar: str | None = None,
        max_tokens: int = 256,
        temperature: float = 0.0,
        top_p: float = 1.0,
        top_k: int = 0,
        seed: int = 0,
        stop: Sequence[str] = (),
    ) -> Iterator[str]:
        """The answer to a conversation of {"role", "content"}, piece by piece; closing the iterator stops the work.

        Args:
            schema: a JSON schema; the pieces joined are JSON that fits it.
            grammar: a grammar in llguidance's Lark dialect; the pieces joined fit it.
            max_tokens: most tokens of the answer.
            temperature, top_p, top_k, seed: 0 is greedy; the same seed gives the same answer.
            stop: the answer ends before any of these.

        Raises:
            ValueError: an argument doesn't fit, or the schema or grammar is wrong.
            UserError: the conversation is too long, or an answer held to a grammar didn't end within `max_tokens`.
        """
        if schema is not None and grammar is not None:
            raise ValueError("grammar: give a schema or a grammar, not both")
        if isinstance(stop, str):
            raise ValueError("stop: give a list of strings")
        sampling = Sampling(temperature, top_k, top_p, seed)
        held = self._grammar(schema, grammar)
        generation = Generation(self._prompt(messages), self.tokenizer.end_ids, max_tokens, sampling, held)
        return self._run(generation, stop)

    def answer(self, messages: Sequence[Message], **options: Any) -> str:
        """The whole of what `chat` yields."""
        return "".join(self.chat(messages, **options)).strip()

    def fill(self, messages: Sequence[Message], schema: Mapping[str, Any], **options: Any) -> Any:
        """A value that fits a JSON schema, as Python's types."""
        return json.loads("".join(self.chat(messages, schema=schema, **options)))

    def choose(self, messages: Sequence[Message], options: Sequence[str]) -> list[float]:
        """Log-probability of each option as the answer, where a grammar allows these and nothing else.

        Each is read in the tokens that the tokeniser gives it. What the grammar forces costs no step, nor does what an
        earlier option began with, so options that part at their first word cost one reading of the prompt.

        Raises:
            ValueError: no options, or an empty one.
            UserError: the conversation is too long.
        """
        if not options or not all(options):
            raise ValueError("options: give at least one, none of them empty")
        prompt, lark = self._prompt(messages), f"start: {' | '.join(map(json.dumps, options))}"
        known: dict[tuple[int, ...], Tensor] = {}

        def logits(text: list[int]) -> Tensor:
            said = tuple(text[len(prompt) :])
            if said not in known:
                known[said] = self.session.next_logits(text)
            return known[said]

        totals = [self._follow(list(prompt), option.encode(), self._grammar(None, lark), logits) for option in options]
        chances: list[float] = torch.tensor(totals).log_softmax(0).tolist()
        return chances

    def _follow(
        self, text: list[int], rest: bytes, grammar: Grammar | None, logits: Callable[[list[int]], Tensor]
    ) -> float:
        """The log-probability of `rest`, one text of a grammar, after `text`, its end included."""
        assert grammar is not None
        total = 0.0
        while True:
            for token in grammar.forced():
                text.append(token)
                rest = rest[len(self.tokenizer.token_bytes(token)) :]
            if grammar.finished:
                return total
            token = self.tokenizer.first_token(rest) if rest else max(self.tokenizer.end_ids)
            chances_V = grammar.allow(logits(text)).float().log_softmax(-1)
            total += float(chances_V[token])
            grammar.consume(token)
            text.append(token)
            rest = rest[len(self.tokenizer.token_bytes(token)) :]

    def expect(self, messages: Sequence[Message]) -> bool:
        """Read ahead a fixed prompt: conversations to come begin with these messages and go on within the last one.

        What was read once is kept on disk, so that a later process does not compute it. Changes no answer.

        Returns:
            Whether nothing had to be computed.
        """
        beginning = self._beginning(messages)
        if self._kept is None or len(beginning) < 2:
            return False
        return self.session.prepare(beginning, self._kept)

    def _beginning(self, messages: Sequence[Message]) -> list[int]:
        """The tokens that prompts share however the last message goes on."""
        *before, last = messages
        prompts = [
            self._prompt([*before, {**last, "content": last["content"] + more}]) for more in ("a", " the", "7", '"(')
        ]
        return [four[0] for four in takewhile(lambda four: len(set(four)) == 1, zip(*prompts, strict=False))]

    def score(self, prompt_messages: Sequence[Message], continuations: Sequence[str]) -> list[float]:
        """Mean log-probability per token of each continuation as the beginning of the assistant's answer.

        The prompt is read once and all continuations in one pass.
        """
        branches = [self.tokenizer.encode(text) for text in continuations]
        return self.session.score(self._prompt(prompt_messages), branches)

    def count_tokens(self, text: str) -> int:
        """Number of tokens of plain text."""
        return len(self.tokenizer.encode(text))

    def _run(self, generation: Generation, stop: Sequence[str]) -> Iterator[str]:
        yield from until(self.tokenizer.stream(generation.run(self.session)), stop)
        if generation.grammar is not None and not generation.finished and not generation.grammar.complete:
            raise UserError(
                f"The language model did not finish its answer within {generation.max_tokens} words or signs.",
                "Ask for less at once.",
            )

    def _prompt(self, messages: Sequence[Message]) -> list[int]:
        if not messages:
            raise ValueError("messages: at least one is needed")
        prompt = self.tokenizer.encode_prompt(self.tokenizer.render(messages))
        most = self.model.config.max_positions - 1
        if len(prompt) > most:
            raise UserError(
                f"The conversation has {len(prompt)} tokens, and the language model can read {most}.",
                "Ask about less text at once, or start a new conversation.",
            )
        return prompt

    def grammar(self, lark: str) -> Grammar:
        """A grammar in llguidance's Lark dialect, at its beginning. Raises ValueError where it is wrong."""
        with self._making:
            return self._grammars.from_lark(lark)

    def _grammar(self, schema: Mapping[str, Any] | None, grammar: str | None) -> Grammar | None:
        if schema is None and grammar is None:
            return None
        with self._making:
            grammars = self._grammars
            return grammars.from_schema(schema) if schema is not None else grammars.from_lark(grammar or "")

    @cached_property
    def _grammars(self) -> Grammars:
        return Grammars(self.tokenizer, self.model.config.vocabulary, max(self.tokenizer.end_ids))

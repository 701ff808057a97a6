"""The language model as the agent uses it: chat, score, count; held to a grammar where asked.

model = language.load()                      # SmolLM2-135M-Instruct, from the installed package
for piece in model.chat([{"role": "user", "content": "Say hello."}]):
    print(piece, end="")
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import torch

from decoder.constrained import Grammar, Grammars
from decoder.generate import Generation, Session, until
from decoder.gguf import GGUF
from decoder.quantize import available
from decoder.sampling import Sampling
from decoder.text import TextDecoder
from decoder.tokenizer import ChatTokenizer
from decoder.weights import load_gguf
from kernels.errors import UserError

Message = Mapping[str, str]


class LanguageModel:
    """A chat model: decoder, tokeniser, and the cache of the last prompt.

    What two prompts have in common at their beginning is read once, so keep fixed text first. Calls from several
    threads are safe; they share one cache, so they cost time, not correctness.
    """

    def __init__(self, model: TextDecoder, tokenizer: ChatTokenizer) -> None:
        self.model, self.tokenizer = model, tokenizer
        self.session = Session(model)
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

        Each is read in the tokens that the tokeniser gives it. What the grammar forces costs no step, so options that
        part at their first word cost one reading of the prompt.

        Raises:
            ValueError: no options, or an empty one.
            UserError: the conversation is too long.
        """
        if not options or not all(options):
            raise ValueError("options: give at least one, none of them empty")
        prompt, lark = self._prompt(messages), f"start: {' | '.join(map(json.dumps, options))}"
        totals = [self._follow(prompt, option.encode(), self._grammar(None, lark)) for option in options]
        chances: list[float] = torch.tensor(totals).log_softmax(0).tolist()
        return chances

    def _follow(self, prompt: Sequence[int], rest: bytes, grammar: Grammar | None) -> float:
        """The log-probability of one text of a grammar, its end included."""
        assert grammar is not None
        text, total = list(prompt), 0.0
        while True:
            for token in grammar.forced():
                text.append(token)
                rest = rest[len(self.tokenizer.token_bytes(token)) :]
            if grammar.finished:
                return total
            token = self.tokenizer.encode(rest.decode())[0] if rest else max(self.tokenizer.end_ids)
            chances_V = grammar.allow(self.session.next_logits(text)).float().log_softmax(-1)
            total += float(chances_V[token])
            grammar.consume(token)
            text.append(token)
            rest = rest[len(self.tokenizer.token_bytes(token)) :]

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

    def _grammar(self, schema: Mapping[str, Any] | None, grammar: str | None) -> Grammar | None:
        if schema is None and grammar is None:
            return None
        with self._making:
            grammars = self._grammars
            return grammars.from_schema(schema) if schema is not None else grammars.from_lark(grammar or "")

    @cached_property
    def _grammars(self) -> Grammars:
        return Grammars(self.tokenizer, self.model.config.vocabulary, max(self.tokenizer.end_ids))


def load(name: str = "smollm2-135m", *, exact: bool = False) -> LanguageModel:
    """A model of the table in assistant/models.py.

    Args:
        exact: compute in float32 as published references do, in place of the fast quantised arithmetic.

    Raises:
        UserError: the name is unknown, or its file is missing, damaged or not the one in the table.
    """
    from assistant import models

    return from_file(models.files(name)["weights"], exact=exact)


def from_file(path: Path, *, exact: bool = False) -> LanguageModel:
    """A model from any GGUF file of a supported family. Raises UserError naming what is wrong with it."""
    file = GGUF(path)
    return LanguageModel(load_gguf(file, quantized=not exact and available()), ChatTokenizer(file))

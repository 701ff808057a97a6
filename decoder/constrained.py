"""Grammars: a model that is held to one can say only what parses (llguidance; JSON schema or Lark)."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from decoder.tokenizer import ChatTokenizer
from kernels.errors import UserError

_MOST_GRAMMAR = 1 << 20


class Grammar:
    """Where a text stands in its grammar. Tokens are consumed one by one; it says what may, or must, follow."""

    def __init__(self, matcher: Any, vocabulary: int) -> None:
        self._matcher = matcher
        self._mask = torch.zeros(1, (vocabulary + 31) // 32, dtype=torch.int32)
        self._bits = torch.arange(32, dtype=torch.int32)

    @property
    def finished(self) -> bool:
        """Nothing may follow."""
        return bool(self._matcher.is_stopped())

    @property
    def complete(self) -> bool:
        """The text so far parses."""
        return bool(self._matcher.is_accepting())

    def forced(self) -> list[int]:
        """The tokens that must follow, already consumed; no model is needed for them."""
        tokens: list[int] = [] if self.finished else self._matcher.compute_ff_tokens()
        if tokens and not self._matcher.consume_tokens(tokens):
            raise self._broken()
        return tokens

    def allow(self, logits_V: Tensor) -> Tensor:
        """The logits with every token that may not follow at minus infinity."""
        # not llguidance.torch: importing that loads torch's compiler, which takes seconds
        from llguidance.numpy import fill_next_token_bitmask

        fill_next_token_bitmask(self._matcher, self._mask.numpy())
        if self._matcher.is_error():
            raise self._broken()
        allowed_V = ((self._mask[0, :, None] >> self._bits) & 1).bool().flatten()[: logits_V.shape[0]]
        return logits_V.masked_fill(~allowed_V.to(logits_V.device), -torch.inf)

    def consume(self, token: int) -> None:
        """Go on by a token that was allowed."""
        if not self._matcher.consume_token(token):
            raise self._broken()

    def _broken(self) -> UserError:
        return UserError(
            f"The language model could not follow its grammar ({self._matcher.get_error()[:200]}).",
            "Ask again in other words.",
        )


class Grammars:
    """Makes grammars for one tokeniser; what it prepares for a vocabulary and a grammar is kept."""

    def __init__(self, tokenizer: ChatTokenizer, vocabulary: int, end_id: int) -> None:
        """`vocabulary` is the width of the model's logits; `end_id` ends a text."""
        from llguidance import LLTokenizer

        self._vocabulary = vocabulary
        self._tokens = LLTokenizer(tokenizer.serialized(), n_vocab=vocabulary, eos_token=end_id)
        self._matcher = lru_cache(maxsize=32)(self._make)

    def from_schema(self, schema: Mapping[str, Any]) -> Grammar:
        """JSON that fits a JSON schema, without needless spaces.

        Raises:
            ValueError: the schema is wrong or uses what cannot be enforced.
        """
        from llguidance import LLMatcher

        compact: Any = {"whitespace_flexible": False}
        return self._start(LLMatcher.grammar_from_json_schema(json.dumps(schema), overrides=compact), "schema")

    def from_lark(self, lark: str) -> Grammar:
        """Text that fits a grammar in llguidance's Lark dialect. Raises ValueError where the grammar is wrong."""
        from llguidance import LLMatcher

        return self._start(LLMatcher.grammar_from_lark(lark), "grammar")

    def _start(self, grammar: str, argument: str) -> Grammar:
        if len(grammar) > _MOST_GRAMMAR:
            raise ValueError(f"{argument}: {len(grammar)} characters are too many")
        matcher = self._matcher(grammar)
        if matcher.is_error():
            raise ValueError(f"{argument}: {matcher.get_error()[:300]}")
        return Grammar(matcher.deep_copy(), self._vocabulary)

    def _make(self, grammar: str) -> Any:
        from llguidance import LLMatcher

        return LLMatcher(self._tokens, grammar, log_level=0)

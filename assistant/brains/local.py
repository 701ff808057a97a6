"""Any language model of the decoder's families as a brain: it talks, and it chooses a tool under a grammar.

Asked in its own chat template, as it was trained; the tuned brain has a wording of its own (assistant.brains.generic).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.brains.asking import NO_TOOL, asked, read_reply, reply_schema
from assistant.brains.base import Call, Message, ToolSchema, WrongCall, no_call

if TYPE_CHECKING:
    from assistant.language import LanguageModel

TALK_TOKENS = 200
CALL_TOKENS = 256


class LocalBrain:
    """A model on this machine, as Talker and Caller.

    Args:
        model: loaded by `assistant.language`.
        name: what to call it in messages.
    """

    def __init__(self, model: "LanguageModel", name: str = "The language model") -> None:
        self._model, self._name = model, name

    @staticmethod
    def load(name: str, arithmetic: str = "auto", most: int = 0) -> "LocalBrain":
        """A brain by the name that `--model` takes.

        Raises:
            UserError: as `assistant.language.load`.
        """
        from assistant import language

        return LocalBrain(language.load(name, arithmetic=arithmetic, most=most), name)

    def talk(self, messages: Sequence[Message]) -> Iterator[str]:
        """See Talker. Raises UserError where the conversation is too long for the model."""
        return self._model.chat(messages, max_tokens=TALK_TOKENS)

    def call(self, words: str, tools: Sequence[ToolSchema], history: Sequence[Message] = ()) -> Call | None:
        """See Caller: a grammar allows these tools with arguments that fit, or none.

        The confidence is the model's probability of the tool's name beside the other names and beside none.
        """
        if not tools:
            return None
        messages = asked(words, tools, history)
        reply = self._model.answer(messages, schema=reply_schema(tools), max_tokens=CALL_TOKENS)
        try:
            found = read_reply(reply, tools)
        except WrongCall as error:
            raise no_call(self._name, str(error)) from None
        return None if found is None else replace(found, confidence=self._confidence(found.name, messages, tools))

    def ask(self, messages: Sequence[Message], schema: Mapping[str, Any], tokens: int) -> str:
        """The reply to a conversation as JSON that fits a schema: a grammar allows nothing else."""
        return self._model.answer(messages, schema=dict(schema), max_tokens=tokens)

    def _confidence(self, name: str, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> float:
        names = [NO_TOOL, *(tool["name"] for tool in tools)]
        starts = [f'{{"tool": "{one}"' for one in names]
        means = self._model.score(messages, starts)
        totals = [mean * self._model.count_tokens(start) for mean, start in zip(means, starts, strict=True)]
        chances = [math.exp(total - max(totals)) for total in totals]
        return chances[names.index(name)] / sum(chances)


def size_of(name: str, arithmetic: str = "auto") -> tuple[int, int]:
    """(parameters, bytes of memory at its peak) of a language model, from its description; nothing is loaded.

    Raises:
        UserError: there is no such model here.
    """
    from assistant.resolve import resolve
    from decoder.families import hf_config
    from decoder.footprint import footprint, four_bit_weights, parameters
    from decoder.gguf import GGUF
    from decoder.weights import gguf_config
    from kernels.arithmetic import choose
    from kernels.folders import read_json

    found, chosen = resolve(name, "language"), choose(arithmetic).arithmetic
    if found.folder is not None:
        config = hf_config(read_json(found.folder / "config.json"))
        return parameters(config), footprint(config, chosen)
    file = GGUF(Path(found.files["weights"]))
    config = gguf_config(file)
    return parameters(config), footprint(config, chosen, four_bit_weights(file))

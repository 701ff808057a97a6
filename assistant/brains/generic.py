"""Any functions by their JSON schemas: plugins, other programs' tools, benchmarks. One call, or none, a step.

The prompt lists the functions, one a line (`wording.render_functions`); the answer is `name(key=JSON, ...)` or
`none()`, after a result also `done()`. A grammar holds names and arguments to the schemas. Made for the tuned brain,
whose training held such prompts; any LanguageModel can be asked the same way.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from assistant.brains.base import Call, Message, ToolSchema
from assistant.brains.grammar import generic_grammar
from assistant.brains.wording import ASSISTANT, DONE, END, NONE, parse_generic_call, render_functions, render_result
from assistant.brains.writing import lines, write
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.language import LanguageModel
    from decoder.constrained import Grammar
    from decoder.generate import Session

MOST_TOKENS = 320
_OPEN = "\n<|im_start|>user\n"


class FunctionCaller:
    """A language model as Caller, in the tuned brain's wording."""

    def __init__(self, model: "LanguageModel") -> None:
        self._model = model

    def call(self, words: str, tools: Sequence[ToolSchema], history: Sequence[Message] = ()) -> Call | None:
        """See `call`."""
        return call(self._model, self._model.session, words, tools, history)


def call(
    model: "LanguageModel", session: "Session", words: str, tools: Sequence[ToolSchema], history: Sequence[Message] = ()
) -> Call | None:
    """The call that the words ask for, or None where none is due or, after a result, nothing is left to do.

    Args:
        words: the user's own; "" where the history ends in a result and the next step is asked for.
        history: turns before; an assistant's turn is a call as it was written, a tool's is its result.

    Raises:
        UserError: the functions and the words are more than the model can read, or its answer did not end.
        ValueError: not even the types of a schema can be enforced.
    """
    if not tools:
        return None
    text = prompt(words, tools, history, model.tokenizer.plain)
    tokens = model.tokenizer.encode_prompt(text)
    room = model.model.config.max_positions - len(tokens)
    if room < MOST_TOKENS:
        raise UserError(
            f"{len(tools)} tools and what was said are more than the language model can read.",
            "Connect fewer tools, or start a new conversation.",
        )
    written = write(
        session, tokens, _grammar(model, tools, _follows(words, history)), model.tokenizer.end_ids, MOST_TOKENS
    )
    found, _ = lines(written, model.tokenizer.token_bytes)
    try:
        name, arguments = parse_generic_call("\n".join(line.text for line in found))
    except ValueError:
        raise UserError("The language model did not finish its call.", "Say it in other words.") from None
    return None if name in (NONE, DONE) else Call(name, arguments, found[0].name)


def _grammar(model: "LanguageModel", tools: Sequence[ToolSchema], follows: bool) -> "Grammar":
    try:
        return model.grammar(generic_grammar(tools, follows=follows))
    except ValueError:
        return model.grammar(generic_grammar(tools, follows=follows, loose=True))


def prompt(
    words: str, tools: Sequence[ToolSchema], history: Sequence[Message] = (), plain: Callable[[str], str] = str
) -> str:
    """The prompt of a conversation about functions; `plain` takes control tokens out of what others wrote."""
    turns = [*history, {"role": "user", "content": words}] if words else list(history)
    text = f"<|im_start|>user\n[tools]\n{plain(render_functions(tools))}\n"
    opened = True
    for turn in turns:
        content = " ".join(plain(turn["content"]).split())
        if turn["role"] == "assistant":
            text += f"{content}{END}"
        elif turn["role"] == "tool":
            text += render_result(content)
        else:
            text += f"{'' if opened else _OPEN}[request] {content}{ASSISTANT}"
        opened = False
    return text


def _follows(words: str, history: Sequence[Message]) -> bool:
    return not words and bool(history) and history[-1]["role"] == "tool"

"""The tuned brain: SmolLM2-135M with the adapter in assets/, which reads a request whole and writes the whole plan.

    brain = TunedBrain(lambda: load())
    brain.plan("read this and remind me the day before", Situation(has_picture=True))
    # Plan((Call("read_text"), Call("set_reminder", {"when": "the day before"})), 0.93)

A grammar lets it write nothing but calls of trained tools that are present, with runs of the user's own words as
arguments. It proposes only; nothing is run here. How it was trained: training/tools/README.md and assets/brain.md.
"""

import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.brains import generic
from assistant.brains.base import Call, Message, Plan, ToolSchema
from assistant.brains.grammar import plan_grammar
from assistant.brains.wording import ARGUMENTS, LONGEST_PLANNED, parse_plan, plain_quotes, render_prompt, verbatim
from assistant.brains.writing import lines, write
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.language import LanguageModel
    from assistant.steps.planning import Situation
    from decoder.generate import Session

ADAPTER = Path(__file__).parents[2] / "assets" / "brain.safetensors"
BASE = "smollm2-135m"
WHY = (
    "it names the tool of 79% of new one-step requests, arguments and all in 0.3 s on two cores; the larger "
    "Qwen2.5-Coder-1.5B, untrained, names 53% in 0.7 s"
)
TEMPERATURE = 1.0  # of the probabilities, fitted on held-out examples; see assets/brain.md
MOST_TOKENS = 192
REPEATABLE = ("undo", "say_more")  # the same call twice in a plan is meant; of any other it is a small model's stutter


def serves(language_model: str) -> bool:
    """Whether a language model of this name is the one that the adapter tunes, and the adapter is here."""
    from assistant import models

    return ADAPTER.is_file() and models.known(language_model) and models.find(language_model).name == BASE


def base() -> str:
    """SHA-256 of the weights that the adapter is for, as the table of models has it."""
    from assistant import models

    return next(file.sha256 for file in models.find(BASE).files if file.role == "weights")


def load(arithmetic: str = "auto", most: int = 0) -> "LanguageModel":
    """SmolLM2-135M with the adapter added to its weights; it serves all that the plain one does.

    Raises:
        UserError: a file is missing or damaged, or it does not fit into memory; see `assistant.language.load`.
    """
    from assistant import language

    return language.load(BASE, arithmetic=arithmetic, most=most, adapter=ADAPTER)


class TunedBrain:
    """Plans whole requests, and calls functions that no training knew.

    Args:
        model: gives the tuned model, as from `load`, when it is first needed; it may be shared with others.
        names: trained calls that may be written, by default all; such as the tools that are switched on.
    """

    def __init__(self, model: "Callable[[], LanguageModel]", names: Collection[str] = tuple(ARGUMENTS)) -> None:
        self._model = model
        self._names = frozenset(names) & frozenset(ARGUMENTS)
        self._lock = threading.Lock()
        self._made: tuple[LanguageModel, Session] | None = None

    def plan(self, words: str, situation: "Situation") -> Plan:
        """The calls that the user's words ask for, in order; none where there is nothing to read, or too much.

        A call's confidence is the probability of its name, the plan's that of everything in it.

        Raises:
            UserError: the model cannot be loaded.
        """
        if not words.strip() or len(words) > LONGEST_PLANNED or not self._names:
            return Plan((), 0.0)
        model, session = self._ready()
        told = model.tokenizer.plain(plain_quotes(words))
        prompt = model.tokenizer.encode_prompt(render_prompt(told, situation.has_picture, situation.has_document))
        grammar = model.grammar(plan_grammar(told, self._names))
        written = write(session, prompt, grammar, model.tokenizer.end_ids, MOST_TOKENS, TEMPERATURE)
        found, end = lines(written, model.tokenizer.token_bytes)
        calls: list[Call] = []
        whole = end
        for line in found:
            try:
                ((name, arguments),) = parse_plan(line.text)
            except ValueError:  # cut off by MOST_TOKENS
                return Plan((), 0.0)
            given = {key: verbatim(words, span) for key, span in arguments.items() if span}
            whole *= line.name * line.rest
            if name in REPEATABLE or (name, given) not in [(call.name, call.arguments) for call in calls]:
                calls.append(Call(name, given, line.name))
        return Plan(tuple(calls), whole)

    def call(self, words: str, tools: Sequence[ToolSchema], history: Sequence[Message] = ()) -> Call | None:
        """One call of any functions, by their JSON schemas; see `assistant.brains.generic.call`."""
        model, session = self._ready()
        return generic.call(model, session, words, tools, history)

    def warm(self) -> None:
        """Load the model and plan a request that nobody made, so that the first real one finds all ready.

        Raises:
            UserError: the model cannot be loaded.
        """
        from assistant.steps.planning import Situation

        self.plan("hello", Situation())

    def _ready(self) -> "tuple[LanguageModel, Session]":
        """The model, and this brain's own cache: other prompts do not push its own out."""
        from decoder.generate import Session

        with self._lock:
            if self._made is None:
                model = self._model()
                self._made = model, Session(model.model)
            return self._made


def why_not(language_model: str) -> str:
    """Why the tuned brain does not plan with this language model, for `doctor`; "" where it does."""
    from assistant import models

    if not ADAPTER.is_file():
        return f"the adapter {ADAPTER.name} is missing from the program's folder"
    if not models.known(language_model) or models.find(language_model).name != BASE:
        return f"{language_model} is the language model, and the adapter tunes {BASE}"
    try:
        models.files(BASE)
    except UserError as error:
        return error.text
    return ""

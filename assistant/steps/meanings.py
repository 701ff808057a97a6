"""The sentence encoder as the steps use it: vectors of sentences, and which line of a print answers a question."""

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.steps.line_reader import Chances, LineReader
    from encoders.text import SentenceEncoder

_LOG = logging.getLogger("antigone.agent")


class Meanings:
    """Called with texts it gives their vectors, (B, D); its tuned reader is loaded when a print is first asked about.

    Args:
        encoder: gives the sentence encoder when it is first needed.
    """

    def __init__(self, encoder: "Callable[[], SentenceEncoder]") -> None:
        self._encoder = encoder
        self._reader: LineReader | None = None

    def __call__(self, sentences: list[str]) -> Any:
        return self._encoder().encode(sentences)

    def chances(self, question: str, lines: Sequence[str]) -> "Chances":
        """How likely each line answers the question.

        Raises:
            UserError: the reader can't be loaded.
        """
        if self._reader is None:
            from assistant.steps.line_reader import LineReader  # torch, which a session needs only when it is asked

            self._reader = LineReader(self._encoder)
        return self._reader.chances(question, lines)


def chances_of(encode: Callable[[list[str]], Any], question: str, lines: Sequence[str]) -> "Chances | None":
    """How likely each line answers; None where the encoder only makes vectors, or its reader is damaged."""
    if not isinstance(encode, Meanings) or not lines:
        return None
    try:
        return encode.chances(question, lines)
    except UserError as error:
        _LOG.warning("%s %s", error.text, error.remedy)
        return None

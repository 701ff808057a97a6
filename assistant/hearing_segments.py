"""A window's tokens as segments: words with their times, and whether they are worth anything."""

import math
import zlib
from dataclasses import dataclass

from decoder.whisper_search import Decoded


@dataclass(frozen=True)
class Segment:
    """Some words and when they were said.

    Attributes:
        start_s, end_s: seconds from the recording's beginning.
        text: the words, without leading blank.
        language: code of the language spoken, such as "en".
        confidence: 0 to 1, the geometric mean of the words' probabilities.
        language_confidence: 0 to 1; 1 where the language was given.
        no_speech: 0 to 1, the model's own doubt that anybody speaks in this window.
        temperature: above 0 where the likeliest words were no good and others were drawn.
    """

    start_s: float
    end_s: float
    text: str
    language: str
    confidence: float
    language_confidence: float = 1.0
    no_speech: float = 0.0
    temperature: float = 0.0


@dataclass(frozen=True)
class Piece:
    """Tokens between two timestamps; frames count from the window's first."""

    start: int
    end: int
    tokens: tuple[int, ...]
    logprobs: tuple[float, ...]


def split_by_times(decoded: Decoded, size: int, first_time: int) -> tuple[list[Piece], int]:
    """Cut a window's tokens at pairs of timestamps: the pieces, and by how many frames the window moves.

    Words after the last pair are left to the next window; a single timestamp at the end means silence follows.
    """
    tokens, logprobs = decoded.tokens, decoded.logprobs
    timed = [token >= first_time for token in tokens]
    cuts = [i for i in range(1, len(tokens)) if timed[i] and timed[i - 1]]
    if not cuts:
        end = max((2 * (token - first_time) for token in tokens if token > first_time), default=size)
        return [Piece(0, end, tokens, logprobs)], size
    closed = len(tokens) >= 2 and timed[-1] and not timed[-2]
    pieces = []
    for start, end in zip([0, *cuts], [*cuts, len(tokens)] if closed else cuts, strict=False):
        first, last = (2 * max(0, tokens[i] - first_time) for i in (start, end - 1))
        pieces.append(Piece(first, last, tokens[start:end], logprobs[start:end]))
    step = size if closed else 2 * (tokens[cuts[-1] - 1] - first_time)
    return pieces, step if step > 0 else size


def compression(text: str) -> float:
    """How much shorter zlib makes a text: above 2.4 it repeats itself."""
    data = text.strip().encode()
    return len(data) / len(zlib.compress(data))


def confidence(piece: Piece, end: int) -> float:
    """0 to 1: the geometric mean of the words' probabilities."""
    logprobs = [p for token, p in zip(piece.tokens, piece.logprobs, strict=True) if token < end]
    return math.exp(sum(logprobs) / max(1, len(logprobs)))

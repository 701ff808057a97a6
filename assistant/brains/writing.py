"""How a brain writes under a grammar: greedily, and with the probability of everything it chose."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from decoder.constrained import Grammar
from decoder.generate import Session


@dataclass(frozen=True)
class Written:
    """One token of an answer. `chance` is its probability among what the grammar allowed; 1 where it was forced."""

    token: int
    chance: float


def write(
    session: Session,
    prompt: list[int],
    grammar: Grammar,
    end_ids: Collection[int],
    most: int,
    temperature: float = 1.0,
) -> Iterator[Written]:
    """The likeliest token at each place; what the grammar forces costs no step of the model.

    Args:
        most: tokens; the last one yielded is an end token only where the answer came to its end.
        temperature: by which the probabilities are tempered; the choice is the same for any.
    """
    text = list(prompt)
    for _ in range(most):
        for token in grammar.forced():
            text.append(token)
            yield Written(token, 1.0)
        if grammar.finished or len(text) >= session.model.config.max_positions:
            return
        logits_V = grammar.allow(session.next_logits(text)).float()
        token = int(logits_V.argmax())
        chance = float((logits_V / temperature).softmax(-1)[token])
        grammar.consume(token)
        yield Written(token, chance)
        if token in end_ids:
            return
        text.append(token)


@dataclass(frozen=True)
class Line:
    """One line of an answer. `name` and `rest` are the probabilities of what is before and behind its bracket."""

    text: str
    name: float
    rest: float


def lines(written: Iterator[Written], token_bytes: Callable[[int], bytes]) -> tuple[list[Line], float]:
    """An answer by its lines, and the probability of its end.

    Going on to another line counts to that line's name.
    """
    done: list[Line] = []
    text, name, rest, end = b"", 1.0, 1.0, 1.0
    for one in written:
        piece = token_bytes(one.token)
        if not piece:
            end = one.chance
            continue
        before, newline, after = piece.partition(b"\n")
        if newline:
            done.append(Line((text + before).decode("utf-8", "replace"), name, rest))
            text, name, rest = after, one.chance, 1.0
        elif b"(" in text:
            text, rest = text + piece, rest * one.chance
        else:
            text, name = text + piece, name * one.chance
    return [*done, Line(text.decode("utf-8", "replace"), name, rest)], end

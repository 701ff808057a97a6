"""Which models recognise speech. Apart from hearing.py: a wrong option is told before torch loads."""

from collections.abc import Sequence

from assistant.resolve import Resolved, resolve
from kernels.errors import UserError

TASK = "hearing"
WIDEST_BEAM = 20


def find_recogniser(name: str) -> Resolved:
    """The speech recogniser with this name or short name ("tiny.en", "base"), pulled or in a folder; see `resolve`.

    Raises:
        UserError: there is none; the remedy lists the names. Or its files are missing or damaged.
    """
    return resolve(name, TASK)


def check_beam(width: int) -> None:
    """See that a beam width is possible. Raises UserError where it is not."""
    if not 1 <= width <= WIDEST_BEAM:
        raise UserError(f"A beam of {width} is not possible.", f"Give a width from 1 to {WIDEST_BEAM}.")


def check_options(known: Sequence[str], language: str | None, translate: bool, beam: int) -> None:
    """See that a model that knows these languages has the options asked for. Raises UserError where it has not."""
    if language is not None and language not in known:
        if len(known) == 1:
            raise UserError("This model only knows English.", "Leave the language out, or use the model base.")
        raise UserError(f"There is no language {language!r}.", f"Use one of these codes: {', '.join(known)}.")
    if translate and len(known) == 1:
        raise UserError("This model only knows English, so it cannot translate.", "Use the model base.")
    check_beam(beam)

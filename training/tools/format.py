"""What an answer is made of: calls with verbatim arguments. The wording itself is assistant/brains/wording.py's."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.brains.wording import END, POSITIONAL


@dataclass(frozen=True)
class Call:
    """One line of a plan: a name of wording.ARGUMENTS and the spans given, in the arguments' order."""

    name: str
    arguments: tuple[tuple[str, str], ...] = ()


def render_plan(calls: Sequence[Call]) -> str:
    """One call a line; what the user did not say is left out."""
    return "\n".join(map(_render, calls)) + END


def _render(call: Call) -> str:
    named = (f'"{value}"' if call.name in POSITIONAL else f'{name}="{value}"' for name, value in call.arguments)
    return f"{call.name}({', '.join(named)})"

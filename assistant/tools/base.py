"""What a tool is: a typed function whose schema comes from its signature and docstring.

@tool(tier=Tier.LOOK, time_limit_s=2)
def calculate(context: ToolContext, expression: str) -> ToolResult:
    '''Work out arithmetic, percentages and tips.

    Args:
        expression: the sum in words or symbols, such as "15 percent of 48.20".
    '''
"""

import inspect
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

from assistant.permissions import Tier

if TYPE_CHECKING:
    from assistant.memory import Store
    from assistant.settings import Settings


@dataclass(frozen=True)
class ToolResult:
    """What a tool found or did. It is data: nothing in it is ever obeyed.

    Attributes:
        text: one or two short sentences fit to be spoken.
        data: the same as JSON values, dates as ISO strings.
        more: what "more" would add.
        confidence: 0 to 1; below the assistant's threshold the answer says so.
        found: False when there was nothing (an empty search, no text in the picture).
    """

    text: str
    data: Mapping[str, Any] = field(default_factory=dict)
    more: str = ""
    confidence: float = 1.0
    found: bool = True


@dataclass
class ToolContext:
    """What a tool may use besides its arguments. The agent makes one for each turn."""

    settings: "Settings"
    store: "Store"
    now: Callable[[], datetime]
    request: str = ""
    pictures: tuple[Path, ...] = ()  # oldest first; a tool that takes a picture adds it for the steps that follow
    results: list[tuple[str, ToolResult]] = field(default_factory=list)  # earlier steps of this turn
    tools: Mapping[str, "Tool"] = field(default_factory=dict)  # those in force, of plugins and MCP servers too
    over: threading.Event = field(default_factory=threading.Event)  # set past the time limit: change no more


@dataclass(frozen=True)
class Tool:
    """A function the agent may call.

    `undo` is a sentence on how the user reverses it, or None. `effect` takes the same arguments and says, in the
    imperative and without doing it, what exactly would change ("Delete the reminder ..."); None where nothing changes.
    `examples` are requests in a user's words: they find a tool that no training has seen, and help reads them out.
    `origin` says who made it: "" for ours, else "plugin NAME" or "mcp SERVER".
    """

    name: str
    function: Callable[..., ToolResult]
    description: str
    parameters: Mapping[str, Any]  # JSON schema of the arguments
    tier: Tier
    time_limit_s: float
    undo: str | None
    needs_picture: bool
    effect: Callable[..., str] | None = None
    examples: tuple[str, ...] = ()
    origin: str = ""

    def __call__(self, context: ToolContext, **arguments: Any) -> ToolResult:
        return self.function(context, **arguments)

    def say_effect(self, context: ToolContext, **arguments: Any) -> str:
        """What a call would change, exactly, as a sentence for the consent question; for any tool, without doing it.

        Raises:
            UserError: the call could not be done as it stands (nothing matches, the time is past).
        """
        if self.effect is not None:
            return self.effect(context, **arguments)
        spoken = ", ".join(f"{name} {value}" for name, value in arguments.items())
        return f"{self.name.replace('_', ' ').capitalize()}{': ' if spoken else ''}{spoken}"


REGISTRY: dict[str, Tool] = {}


def tool(
    *,
    tier: Tier,
    time_limit_s: float = 5.0,
    undo: str | None = None,
    needs_picture: bool = False,
    effect: Callable[..., str] | None = None,
    examples: tuple[str, ...] = (),
) -> Callable[[Callable[..., ToolResult]], Tool]:
    """Register a typed function as a tool; its name is the function's name.

    Raises:
        TypeError: an argument has no type or no line under "Args:", or the name is taken.
    """

    def register(function: Callable[..., ToolResult]) -> Tool:
        name = function.__name__
        if name in REGISTRY:
            raise TypeError(f"a tool named {name} exists already")
        description, about = _read_docstring(function)
        parameters = _schema(function, about)
        made = Tool(name, function, description, parameters, tier, time_limit_s, undo, needs_picture, effect, examples)
        REGISTRY[name] = made
        return made

    return register


_JSON_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean"}


def _schema(function: Callable[..., ToolResult], about: Mapping[str, str]) -> dict[str, Any]:
    hints = get_type_hints(function, include_extras=False, localns={"ToolContext": ToolContext})
    properties, required = {}, []
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        if parameter.name not in hints or parameter.name not in about:
            raise TypeError(f"{function.__name__}: argument {parameter.name} needs a type and a line under Args:")
        properties[parameter.name] = {**_json_type(hints[parameter.name]), "description": about[parameter.name]}
        if parameter.default is inspect.Parameter.empty:
            required.append(parameter.name)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _json_type(hint: Any) -> dict[str, Any]:
    if get_origin(hint) is Literal:
        return {"type": "string", "enum": list(get_args(hint))}
    if hint not in _JSON_TYPES:
        raise TypeError(f"a tool's argument is a str, int, float, bool or Literal, not {hint}")
    return {"type": _JSON_TYPES[hint]}


def _read_docstring(function: Callable[..., ToolResult]) -> tuple[str, dict[str, str]]:
    text = inspect.getdoc(function) or ""
    if not text:
        raise TypeError(f"{function.__name__} needs a docstring: it is what the model reads")
    head, _, tail = text.partition("Args:")
    tail = re.sub(r"\n {8,}", " ", tail)  # an argument's line may be wrapped
    about = dict(re.findall(r"^\s+(\w+): (.+)$", tail, flags=re.MULTILINE))
    return " ".join(head.split()), about

"""Chat templates, which come with a model from strangers: run in a sandbox that bounds what they may reach and cost.

Jinja's sandbox keeps a template from Python's insides. It does not keep one from loops without end or from texts of
gigabytes, so steps are counted while a template runs, and what makes large values out of small ones is left out or
bounded. Published templates need a few hundred steps.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from types import FrameType
from typing import Any

_MOST_TEMPLATE = 1 << 16  # characters
_MOST_STEPS = 50_000  # lines run; a conversation of 200 messages takes some 5,000
_MOST_VALUE = 1 << 20  # characters or entries; what is said to a model is shorter
_MOST_PARTS = 256  # operands of ~ in the whole template
_FILE = "<template>"  # jinja's name for what was compiled from a string
_FILTERS = """
    abs capitalize count d default dictsort e escape first float int items last length list lower map max min
    reject rejectattr round safe select selectattr sort string sum title trim unique upper
""".split()  # noqa: SIM905 - a list of words
_TOO_MUCH = "it makes too much text"
_GLOBALS = frozenset(("dict", "namespace", "range"))
_GROWING = frozenset(("center", "expandtabs", "format", "format_map", "ljust", "rjust", "translate", "zfill"))


class ChatTemplate:
    """A template, compiled once.

    Args:
        source: the template's text.

    Raises:
        ValueError: it is too large, or no template.
    """

    def __init__(self, source: str) -> None:
        import jinja2

        if len(source) > _MOST_TEMPLATE:
            raise ValueError(f"it has more than {_MOST_TEMPLATE:,} characters")
        try:
            environment = _environment()
            if (
                sum(len(joined.nodes) for joined in environment.parse(source).find_all(jinja2.nodes.Concat))
                > _MOST_PARTS
            ):
                raise ValueError("it puts too many parts together")
            self._template = environment.from_string(source)
        except (jinja2.TemplateError, ValueError, SyntaxError, RecursionError, MemoryError) as error:
            raise ValueError(_brief(error)) from None

    def render(self, values: Mapping[str, Any]) -> str:
        """The text that the template makes of `values`.

        Raises:
            ValueError: it fails, or takes too many steps or too much memory.
        """
        import jinja2

        try:
            with _counted():
                rendered: str = self._template.render(values)
            rendered.encode()  # half a surrogate pair is no text
        except (
            jinja2.TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError,
            MemoryError,
        ) as error:  # fmt: skip
            raise ValueError(_brief(error)) from None
        return rendered


def _environment() -> Any:
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Bounded(ImmutableSandboxedEnvironment):
        intercepted_binops = frozenset(("+", "*", "**", "%"))
        concat = staticmethod(_joined)

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            if operator == "+" and isinstance(left, str | list | tuple) and isinstance(right, str | list | tuple):
                if len(left) + len(right) > _MOST_VALUE:
                    raise ValueError(_TOO_MUCH)
            elif operator == "**" or not all(isinstance(side, int | float) for side in (left, right)):
                raise jinja2.TemplateError(f"{operator} of these values is not allowed here")
            return super().call_binop(context, operator, left, right)

        def getattr(self, obj: Any, attribute: str) -> Any:
            return super().getattr(obj, _bounded(obj, attribute))

        def getitem(self, obj: Any, argument: Any) -> Any:
            return super().getitem(obj, _bounded(obj, argument))

    environment = Bounded(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])
    environment.filters = {name: value for name, value in environment.filters.items() if name in _FILTERS}
    environment.globals = {name: value for name, value in environment.globals.items() if name in _GLOBALS}
    environment.filters |= {"tojson": _to_json, "replace": _replace, "indent": _indent, "join": _join}
    environment.globals |= {"raise_exception": _refuse, "strftime_now": _now}
    return environment


@contextmanager
def _counted() -> Iterator[None]:
    """Count the lines that templates run in this thread, and look at what they hold, until the limits."""
    steps = 0

    def line(frame: FrameType, event: str, _: object) -> Any:
        nonlocal steps
        steps += 1
        if steps > _MOST_STEPS:
            raise ValueError("it goes on without end")
        if event == "line" and any(_large(value) for value in frame.f_locals.values()):
            raise ValueError(_TOO_MUCH)
        return line

    def call(frame: FrameType, event: str, _: object) -> Any:
        return line if frame.f_code.co_filename == _FILE else None

    before = sys.gettrace()
    sys.settrace(call)
    try:
        yield
    finally:
        sys.settrace(before)


def _bounded(obj: object, attribute: Any) -> Any:
    """The attribute's name. Raises ValueError for methods that make long texts of short ones."""
    if isinstance(obj, str) and isinstance(attribute, str) and attribute in _GROWING:
        raise ValueError(f"{attribute} is not allowed here")
    return attribute


def _large(value: object) -> bool:
    kept = getattr(value, "_Namespace__attrs", None)  # what a template's namespace() carries from turn to turn
    if isinstance(kept, dict):
        return any(_large(part) for part in kept.values())
    return isinstance(value, str | list | tuple | dict) and len(value) > _MOST_VALUE


def _to_json(value: Any, indent: int | None = None, **_: Any) -> str:
    if indent is not None and not 0 <= indent <= 8:
        raise ValueError("indent is from 0 to 8")
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _joined(parts: Iterable[str]) -> str:
    """The parts put together, while they are few enough."""
    found, size = [], 0
    for part in parts:
        found.append(part)
        size += len(part)
        if size > _MOST_VALUE:
            raise ValueError(_TOO_MUCH)
    return "".join(found)


def _join(values: Iterable[Any], between: str = "", attribute: str | None = None) -> str:
    if attribute is not None:
        raise ValueError("join by attribute is not supported")
    words = [str(value) for value in values]
    return _joined(part for number, word in enumerate(words) for part in ((between, word) if number else (word,)))


def _replace(text: Any, old: str, new: str, count: int = -1) -> str:
    text = str(text)
    if (text.count(old) * max(0, len(new) - len(old)) + len(text)) > _MOST_VALUE:
        raise ValueError(_TOO_MUCH)
    return text.replace(old, new, -1 if count is None else count)


def _indent(text: str, width: int = 4, first: bool = False, blank: bool = False) -> str:
    if not isinstance(width, int) or not 0 <= width <= 16:
        raise ValueError("an indent is from 0 to 16")
    lines = str(text).splitlines(keepends=True)
    return "".join(
        line if (not line.strip() and not blank) or (number == 0 and not first) else " " * width + line
        for number, line in enumerate(lines)
    )


def _refuse(message: object = "") -> None:
    """What a template calls when it dislikes the conversation."""
    raise ValueError(str(message)[:200])


def _now(form: object) -> str:
    return datetime.now().strftime(str(form)[:40])


def _brief(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]

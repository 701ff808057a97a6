"""Grammars of the tuned brain's answers, in llguidance's Lark dialect: nothing but a valid call can be written.

In a plan a name is a trained tool that is present, and every argument a run of words of the request. In the generic
mode arguments are JSON that fits the function's schema.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from assistant.brains.wording import ARGUMENTS, DONE, NONE, POSITIONAL, SPLIT

MOST_CALLS = 6
_COMPACT = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
_TYPES = {"dict": "object", "float": "number", "tuple": "array", "list": "array", "str": "string", "int": "integer"}
_TAKEN = (
    "type", "enum", "const", "items", "properties", "required", "additionalProperties", "anyOf", "minimum", "maximum",
)  # fmt: skip


def plan_grammar(words: str, names: Iterable[str]) -> str:
    """Plans of 1 to MOST_CALLS calls for a request.

    Args:
        words: as in the prompt (`wording.plain_quotes`), not empty.
        names: trained calls that are present; others are left out.
    """
    known = [name for name in ARGUMENTS if name in set(names)]
    calls = "\n    | ".join(_call(name, ARGUMENTS[name]) for name in known)
    spans = json.dumps({"substring_words": words})
    return (
        f'start: call ("\\n" call){{0,{MOST_CALLS - 1}}}\n'
        f"call: {calls}\n"
        f"SPAN: WORDS ({json.dumps(SPLIT)} WORDS)?\n"
        f"WORDS: %regex {spans}\n"
    )


def _call(name: str, arguments: Sequence[str]) -> str:
    if name in POSITIONAL:
        return f'{_quote(name + "(")} ("\\"" SPAN "\\"")? ")"'
    parts = [f'{_quote(argument + "=")} "\\"" SPAN "\\""' for argument in arguments]
    return f"{_quote(name + '(')} {_some(parts, [False] * len(parts))} {_quote(')')}".replace("  ", " ")


def generic_grammar(functions: Sequence[Mapping[str, Any]], *, follows: bool = False, loose: bool = False) -> str:
    """One call of any of the functions, or none; after a result (`follows`), or that nothing is left to do.

    Args:
        loose: enforce only the type of each argument, where a schema is more than llguidance can hold to.
    """
    calls = [_generic(function, loose) for function in functions]
    calls += [_quote(f"{name}()") for name in ((DONE,) if follows else (NONE,))]
    return "start: " + "\n    | ".join(calls) + "\n"


def _generic(function: Mapping[str, Any], loose: bool) -> str:
    parameters = function.get("parameters") or {}
    properties, required = parameters.get("properties") or {}, set(parameters.get("required") or ())
    parts = [
        f"{_quote(key + '=')} %json {json.dumps(_schema(one, loose) | {'x-guidance': _COMPACT})}"
        for key, one in properties.items()
    ]
    return f"{_quote(function['name'] + '(')} {_some(parts, [key in required for key in properties])} {_quote(')')}"


def _schema(schema: Mapping[str, Any], loose: bool = False) -> dict[str, Any]:
    """What of a schema is enforced: types, choices and shapes; descriptions and patterns are left to its tool."""
    kept = {key: schema[key] for key in _TAKEN if key in schema and (key == "type" or not loose)}
    if isinstance(kept.get("type"), str):
        kept["type"] = _TYPES.get(kept["type"], kept["type"])
        if kept["type"] == "any":
            del kept["type"]
    if isinstance(kept.get("items"), Mapping):
        kept["items"] = _schema(kept["items"])
    if isinstance(kept.get("properties"), Mapping):
        kept["properties"] = {key: _schema(one) for key, one in kept["properties"].items()}
        kept.setdefault("additionalProperties", False)
    if isinstance(kept.get("anyOf"), Sequence):
        kept["anyOf"] = [_schema(one) for one in kept["anyOf"]]
    return kept


def _some(parts: Sequence[str], required: Sequence[bool]) -> str:
    """The parts in their order with commas between; those that are not required may be left out."""
    rest = ""  # what may follow a part, from the last one backwards
    for part, needed in list(zip(parts, required, strict=True))[:0:-1]:
        rest = f'", " {part} {rest}' if needed else f'(", " {part})? {rest}'
    if not parts:
        return ""
    if required[0]:
        return f"{parts[0]} {rest}"
    without = _some(parts[1:], required[1:])
    return f"({parts[0]} {rest}| {without})" if without else f"({parts[0]})?"


def _quote(text: str) -> str:
    return json.dumps(text)

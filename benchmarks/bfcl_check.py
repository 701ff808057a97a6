"""Is a proposed call one of the possible answers? The AST check of the Berkeley Function Calling Leaderboard.

The rules are those of bfcl-eval 2026.3.23 (Patil et al. 2025, "The Berkeley Function Calling Leaderboard") for Python,
written anew: the function's name, every required argument, each argument's type, each value among the possible ones;
a possible "" means that the argument may be left out. Strings are compared without case, spaces and ,./-_*^ marks; an
int passes for a float; a value of the type that the possible answers have passes for a variable.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

TYPES: Mapping[str, type] = {
    "string": str, "integer": int, "float": float, "boolean": bool, "array": list, "tuple": list, "dict": dict,
    "any": str,
}  # fmt: skip
_NESTED = ("array", "tuple")


def wrong(function: Mapping[str, Any], name: str, arguments: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    """Why a call is not right, in a few words; "" where it is.

    Args:
        function: its description as the data has it.
        name, arguments: of the call.
        answer: {function name: {argument: possible values}}.
    """
    possible = next(iter(answer.values()))
    if name != function["name"]:
        return "wrong function"
    known = function["parameters"]["properties"]
    for required in function["parameters"]["required"]:
        if required not in arguments:
            return f"{required} is missing"
    for argument, value in arguments.items():
        if argument not in known or argument not in possible:
            return f"{argument} is unexpected"
        if not _fits(known[argument], value, possible[argument]):
            return f"{argument} is wrong"
    for argument, values in possible.items():
        if argument not in arguments and "" not in values:
            return f"{argument} is left out"
    return ""


def _fits(about: Mapping[str, Any], value: Any, possible: Sequence[Any]) -> bool:
    """Type and value of one argument."""
    expected = TYPES[about["type"]]
    nested = TYPES[about["items"]["type"]] if about["type"] in _NESTED else None
    if about["type"] == "tuple" and isinstance(value, tuple):
        value = list(value)
    if about["type"] == "float" and type(value) is int:
        value = float(value)
    right_type, variable = _typed(value, possible, expected, nested)
    if not right_type:
        return False
    if variable:
        return value in possible
    if expected is dict:
        return _dict_fits(value, possible)
    if expected is list and nested is dict:
        return any(_dicts_fit(value, one) for one in possible)
    if expected is str:
        return plain(value) in [plain(one) for one in possible if isinstance(one, str)]
    if expected is list:
        return _plain_items(value) in map(_plain_items, possible)
    return value in possible


def _typed(value: Any, possible: Any, expected: type, nested: type | None) -> tuple[bool, bool]:
    """(whether the type is right, whether the value stands for a variable)."""
    of_answers = next((type(one) for one in possible if one != ""), None)
    variable = of_answers is not None and of_answers is not expected
    if type(value) is expected:
        if nested is None:
            return True, variable
        items: Any = value
        fit = any(not isinstance(one, list) or all(_typed(item, one, nested, None)[0] for item in items)
                  for one in possible)  # fmt: skip
        return fit, variable
    if of_answers is not None and type(value) is of_answers:
        return True, True
    return False, False


def _dict_fits(value: Mapping[str, Any], possible: Sequence[Any]) -> bool:
    """Whether a flat dict is one of the possible ones; each of those gives a list of values a key."""
    return any(
        all(key in one and _plain_if_text(item) in map(_plain_if_text, one[key]) for key, item in value.items())
        and all(key in value or "" in values for key, values in one.items())
        for one in possible
        if isinstance(one, Mapping)
    )


def _dicts_fit(value: Sequence[Any], one: Sequence[Any]) -> bool:
    return len(value) == len(one) and all(_dict_fits(item, [right]) for item, right in zip(value, one, strict=True))


def plain(text: str) -> str:
    """A string as it is compared."""
    return re.sub(r"[ ,./\-_*^]", "", text).lower().replace("'", '"')


def _plain_items(values: Any) -> list[Any]:
    return [_plain_if_text(item) for item in values]


def _plain_if_text(value: Any) -> Any:
    return plain(value) if isinstance(value, str) else value

"""The invented functions of the generic mode (functions.txt): their parameters, how they are asked for, and values."""

import random
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from training.tools.grammar import HERE, Template, render, slots
from training.tools.numbers import in_words

_HEAD = re.compile(r"\[(\w+)\] ([\w.]+): (.+)")
_PARAMETER = re.compile(r'(\w+)(\??) (\S+?)(?:=(.+?))? "([^"]*)"(?: (.+))?')


@dataclass(frozen=True)
class Parameter:
    """One argument of an invented function and where its values come from."""

    name: str
    optional: bool
    kind: str  # str, int, float, bool, an enumeration a|b, or one of these with []
    default: str
    meaning: str
    pool: str


@dataclass(frozen=True)
class Function:
    """An invented function and the ways to ask for it."""

    group: str
    name: str
    description: str
    parameters: tuple[Parameter, ...]
    phrasings: tuple[str, ...]


@cache
def functions() -> tuple[Function, ...]:
    """All of functions.txt."""
    found: list[Function] = []
    head, parameters, phrasings = None, [], []  # type: ignore[var-annotated]
    for line in [*(HERE / "functions.txt").read_text(encoding="utf-8").splitlines(), "[end] end: end"]:
        match = _HEAD.fullmatch(line.strip())
        if match:
            if head:
                found.append(Function(head[1], head[2], head[3], tuple(parameters), tuple(phrasings)))
            head, parameters, phrasings = match, [], []
        elif line.startswith("- "):
            phrasings.append(line[2:])
        elif line.strip() and not line.startswith("#"):
            parameters.append(_parameter(line.strip()))
    return tuple(found)


def _parameter(line: str) -> Parameter:
    match = _PARAMETER.fullmatch(line)
    if not match:
        raise ValueError(f"not a parameter: {line}")
    kind = match[3]
    return Parameter(match[1], bool(match[2]), kind, match[4] or "", match[5], match[6] or "")


def fill(function: Function, phrasing: str, rng: random.Random) -> tuple[str, dict[str, Any]]:
    by_name = {one.name: one for one in function.parameters}
    line = re.sub(r"<(\w+)>", r"<\1=\1>", phrasing).replace("!yes=", "__yes=").replace("!no=", "__no=")
    pieces = render(Template("generic", line, (function.name,)), rng)
    words, given = [], {}
    for piece in pieces:
        if piece.owner is None:
            words.append(piece.words)
            continue
        name, _, flag = piece.owner[1].partition("__")
        if flag:
            given[name] = flag == "yes"
            words.append(piece.words)
        else:
            spoken, given[name] = _value(by_name[name], rng)
            words.append(spoken)
    text = " ".join(words)
    text = re.sub(r"\s+([,.?!:'])", r"\1", re.sub(r"(^|\s)'\s+", r"\1'", text))
    return " ".join(text.split()), {one.name: given[one.name] for one in function.parameters if one.name in given}


def _value(parameter: Parameter, rng: random.Random) -> tuple[str, Any]:
    """(as it is said, as it is given)."""
    pool, kind = parameter.pool, parameter.kind
    if pool.startswith("*"):
        number = rng.choice((2, 2, 3, 3, 4))
        pairs = [_one_value(pool[1:], kind.removesuffix("[]"), rng) for _ in range(number)]
        if kind == "str[]":
            pairs = list(dict(pairs).items())
        said = [pair[0] for pair in pairs]
        joint = rng.choice((" and ", ", ", " and "))
        spoken = joint.join([", ".join(said[:-1]), said[-1]]) if len(said) > 1 else said[0]
        return spoken, [pair[1] for pair in pairs]
    return _one_value(pool, kind, rng)


def _one_value(pool: str, kind: str, rng: random.Random) -> tuple[str, Any]:
    if pool.startswith("$"):
        word = rng.choice(slots()[pool[1:]])
        return word, word
    numbers = re.fullmatch(r"(%?)(\d+)-(\d+)", pool)
    if not numbers:
        word = rng.choice(pool.split("/"))
        return (word.replace("_", " ") if "|" in kind else word), word
    whole = rng.randint(int(numbers[2]), int(numbers[3]))
    if numbers[1]:
        return rng.choice((f"{whole}%", f"{whole} percent")), round(whole / 100, 4)
    if kind == "float" and rng.random() < 0.3:
        exact = round(whole + rng.choice((0.5, 0.25, 0.75, 0.2)), 2)
        return str(exact), exact
    said = in_words(whole) if whole <= 20 and rng.random() < 0.2 else str(whole)
    return said, whole

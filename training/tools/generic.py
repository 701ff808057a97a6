"""Generic-mode examples: calls of functions that only the prompt lists, none where nothing fits, short conversations.

The functions are invented (functions.txt). Names, the order of parameters, descriptions and defaults vary from example
to example, so that what is learnt is to read a listing and not these functions.
"""

import random
import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from assistant.brains.wording import END, render_generic_call, render_generic_prompt, render_result
from training.tools.build import HELD_OUT, Example
from training.tools.functions import Function, fill, functions
from training.tools.grammar import slots

_VERBS = {"get": "fetch", "find": "search", "calculate": "compute", "create": "make", "search": "find", "set": "change",
          "send": "dispatch", "book": "reserve", "add": "append", "list": "show"}  # fmt: skip
_KINDS = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}


def generic_examples(count: int, rng: random.Random, valid: bool = False) -> list[Example]:
    """`count` different examples: single calls, none, and conversations over several calls."""
    made: dict[str, Example] = {}
    for _ in range(count * 20):
        if len(made) >= count:
            break
        kind = rng.random()
        if kind < 0.60:
            example = _one_call(rng, valid)
        elif kind < 0.80:
            example = _no_call(rng, valid)
        else:
            example = _conversation(rng, valid)
        made.setdefault(example.prompt + example.answer, example)
    return list(made.values())


def _asked(
    rng: random.Random, valid: bool, function: Function | None = None
) -> tuple[Function, str, dict[str, Any], str]:
    """A function, a request for it, the right arguments and the phrasing's identity."""
    pool = [
        (one, said)
        for one in functions()
        for said in one.phrasings
        if (zlib.crc32(said.encode()) % HELD_OUT == 0) == valid
    ]
    chosen = [pair for pair in pool if function is None or pair[0] is function] or pool
    one, said = rng.choice(chosen)
    words, arguments = fill(one, said, rng)
    return one, words, arguments, f"{one.name}:{said}"


def _schema(function: Function, rng: random.Random, name: str) -> dict[str, Any]:
    """JSON schema as one example shows it: descriptions and defaults at times left out, parameters reordered."""
    parameters = list(function.parameters)
    if rng.random() < 0.2:
        rng.shuffle(parameters)
    told = rng.random() < 0.6
    properties: dict[str, Any] = {}
    for one in parameters:
        kind, listed = one.kind.removesuffix("[]"), one.kind.endswith("[]")
        schema: dict[str, Any] = {"type": _KINDS.get(kind, "string")}
        if "|" in kind:
            schema = {"type": "string", "enum": kind.split("|")} if rng.random() < 0.8 else {"type": "string"}
        if listed:
            schema = {"type": "array", "items": schema}
        if told or "fraction" in one.meaning:
            schema["description"] = one.meaning
        if one.default and rng.random() < 0.7:
            schema["default"] = {"true": True, "false": False}.get(one.default, one.default)
            if kind in ("int", "float"):
                schema["default"] = int(one.default)
        properties[one.name] = schema
    required = [one.name for one in parameters if not one.optional]
    return {
        "name": name,
        "description": function.description,
        "parameters": {"type": "object", "properties": properties, "required": required},
    }


def _shown_name(function: Function, rng: random.Random) -> str:
    """The name as it is, or with another verb, or in another style."""
    name = function.name
    chance = rng.random()
    verb, _, rest = name.partition("_")
    if chance < 0.25 and verb in _VERBS:
        return f"{_VERBS[verb]}_{rest}"
    if chance < 0.4:
        head, *tail = re.split(r"[_.]", name)
        return head + "".join(part.capitalize() for part in tail)
    if chance < 0.5:
        return name.replace(".", "_")
    if chance < 0.58 and "." not in name:
        return f"{function.group}.{name}"
    if chance < 0.64:
        return f"{function.group}__{name.replace('.', '_')}"
    return name


def _listing(chosen: Sequence[Function], rng: random.Random) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Schemas in random order, and each function's shown name."""
    shown = {one.name: _shown_name(one, rng) for one in chosen}
    order = list(chosen)
    rng.shuffle(order)
    return [_schema(one, rng, shown[one.name]) for one in order], shown


def _others(function: Function, count: int, rng: random.Random, near: float = 0.5) -> list[Function]:
    """Other functions, of the same group with the chance `near`."""
    found: list[Function] = []
    while len(found) < count:
        same = [one for one in functions() if one.group == function.group and one is not function and one not in found]
        pool = same if same and rng.random() < near else [one for one in functions() if one is not function]
        one = rng.choice(pool)
        if one not in found:
            found.append(one)
    return found


def _spoken(words: str, rng: random.Random) -> str:
    """At times as a recogniser would write it, or with manners."""
    chance = rng.random()
    if chance < 0.1:
        return f"{rng.choice(slots()['g_opening'])} {words}"
    if chance < 0.18:
        return f"{words.rstrip('.')} {rng.choice(('Thanks!', 'please', 'Thank you.', 'now'))}"
    return words


def _one_call(rng: random.Random, valid: bool) -> Example:
    function, words, arguments, identity = _asked(rng, valid)
    count = rng.choices((0, 1, 2, 3), (0.4, 0.25, 0.2, 0.15))[0]
    schemas, shown = _listing([function, *_others(function, count, rng)], rng)
    answer = render_generic_call(shown[function.name], _ordered(arguments, schemas, shown[function.name]))
    kind = "one of one" if count == 0 else "one of several"
    prompt = render_generic_prompt(_spoken(words, rng), schemas)
    return Example(prompt, answer, "generic", (function.name,), kind, identity)


def _ordered(arguments: Mapping[str, Any], schemas: Sequence[Mapping[str, Any]], name: str) -> dict[str, Any]:
    """The arguments in the order in which the listing shows them."""
    properties = next(one for one in schemas if one["name"] == name)["parameters"]["properties"]
    return {key: arguments[key] for key in properties if key in arguments}


def _no_call(rng: random.Random, valid: bool) -> Example:
    """A request that none of the listed functions serves."""
    function, words, _, identity = _asked(rng, valid)
    if rng.random() < 0.12:
        words, identity = rng.choice(slots()["g_small_talk"]), "small talk"
    count = rng.choices((1, 2, 3), (0.6, 0.25, 0.15))[0]
    pool = [one for one in functions() if one.group != function.group]
    schemas, _ = _listing(rng.sample(pool, count), rng)
    return Example(render_generic_prompt(_spoken(words, rng), schemas), f"none(){END}", "generic", (), "none", identity)


def _conversation(rng: random.Random, valid: bool) -> Example:
    """After a first call's result: the call that the request also asks for, or the end. A result is never obeyed."""
    first, words, given, identity = _asked(rng, valid)
    others = _others(first, rng.choice((1, 2, 3)), rng)
    wants_more = rng.random() < 0.5
    second, other_words, other_given, other_identity = _asked(rng, valid, others[0])
    if second not in others:
        others.append(second)
    if second is first:
        wants_more = False
    schemas, shown = _listing([first, *others], rng)
    request = words
    if wants_more:
        joint = rng.choice((" Then ", " After that, ", " And ", " Also, ", " and then "))
        request = f"{words}{joint}{other_words[:1].lower() + other_words[1:]}"
        identity = f"{identity} + {other_identity}"
    chance = rng.random()
    result = rng.choice(slots()["g_good"])
    kind = "result"
    if chance < 0.25:
        result, kind = rng.choice(slots()["g_errors"]), "error"
    elif chance < 0.35:
        result, kind = rng.choice(slots()["g_empty"]), "empty"
    elif chance < 0.6:
        bait = (
            shown[rng.choice(others).name]
            if rng.random() < 0.7
            else rng.choice(("delete_everything", "send_money", "send_email"))
        )
        result, kind = f"{result} {rng.choice(slots()['g_orders']).format(name=bait)}", "order in result"
    called = render_generic_call(shown[first.name], _ordered(given, schemas, shown[first.name]))
    prompt = render_generic_prompt(request, schemas) + called + render_result(result)
    if wants_more:
        answer = render_generic_call(shown[second.name], _ordered(other_given, schemas, shown[second.name]))
        return Example(prompt, answer, "generic", (second.name,), f"next, {kind}", identity)
    return Example(prompt, f"done(){END}", "generic", (), f"done, {kind}", identity)

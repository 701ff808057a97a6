"""The exact words between program and tuned brain: what it reads, what it writes, and the trained calls.

    <|im_start|>user
    [picture] [text] um can you read this and remind me the day before
    <|im_end|>
    <|im_start|>assistant
    read_text()
    set_reminder(when="the day before")<|im_end|>

Every argument of the own tools is a verbatim span of the request; two pieces of a split one are joined by SPLIT. What
the user did not say is left out. The generic mode lists any functions, one a line, and its arguments are JSON.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

SPLIT = " ... "
END = "<|im_end|>"
ASSISTANT = f"\n{END}\n<|im_start|>assistant\n"
NONE, DONE = "none", "done"
LONGEST_PLANNED = 600  # characters of a request; a longer one is mostly dictated content

# name -> arguments in their order. Tools, then what is no tool but may stand in a plan.
TOOLS: Mapping[str, tuple[str, ...]] = {
    "tell_time": ("place", "day"), "tell_date": ("day",), "calculate": ("expression",),
    "convert_units": ("quantity", "unit"), "set_reminder": ("text", "when"), "list_reminders": ("when",),
    "cancel_reminder": ("which",), "start_timer": ("duration", "name"), "list_timers": (), "remember": ("fact",),
    "recall": ("question",), "forget": ("what",), "who_am_i": (), "add_note": ("text",), "search_notes": ("query",),
    "delete_note": ("which",), "edit_note": ("which", "text"), "spell": ("what",), "repeat": (), "undo": (),
    "say_more": (), "read_text": ("page",), "describe_picture": (), "find_in_picture": ("thing",),
    "identify_colour": ("where",), "scan_barcode": (), "take_picture": (), "take_screenshot": (),
    "look_closer": ("where", "question"), "compare_pictures": ("question",), "define_word": ("word",),
    "change_setting": ("setting", "value"), "open_application": ("name",), "list_tools": (), "help": ("topic",),
    "add_document": ("name",), "search_documents": ("question",), "read_document": ("name", "page"),
    "list_documents": (), "remove_document": ("name",), "web_search": ("query",), "fetch_page": ("address",),
}  # fmt: skip
PSEUDO: Mapping[str, tuple[str, ...]] = {
    "ask_text": ("question",), "chat": (), "world": (), "where_that": (), "sure": (), "vague": ()
}  # fmt: skip
ARGUMENTS: Mapping[str, tuple[str, ...]] = {**TOOLS, **PSEUDO}
POSITIONAL = ("ask_text",)  # their argument is written without its name

_CALL = re.compile(r"(\w+)\((.*)\)")
_POSITIONAL = re.compile(r'"([^"]*)"')
_NAMED = re.compile(r'(\w+)="([^"]*)"(?:, |$)')


def plain_quotes(words: str) -> str:
    """The request as the prompt shows it: one line, no double quotes, so that a span needs no escapes."""
    return " ".join(re.sub(r"[\"“”]", "'", words.replace("’", "'")).split())


def render_prompt(words: str, picture: bool = False, text: bool = False) -> str:
    """From the user's words and what is at hand: a picture of this turn, a text read before."""
    situation = "[picture] " * picture + "[text] " * text
    return f"<|im_start|>user\n{situation}{plain_quotes(words)}{ASSISTANT}"


def parse_plan(answer: str) -> list[tuple[str, dict[str, str]]]:
    """The calls of a plan, each a name and its arguments as written.

    Raises:
        ValueError: a line is no call, or has an argument its tool does not have or in another order.
    """
    return [_parse_call(line) for line in answer.removesuffix(END).split("\n")]


def _parse_call(line: str) -> tuple[str, dict[str, str]]:
    match = _CALL.fullmatch(line)
    if not match or match[1] not in ARGUMENTS:
        raise ValueError(f"no call of a known tool: {line!r}")
    name, inside = match[1], match[2]
    if name in POSITIONAL:
        given = [(ARGUMENTS[name][0], value) for value in _POSITIONAL.findall(inside)]
        rest = _POSITIONAL.sub("", inside)
    else:
        given = _NAMED.findall(inside)
        rest = _NAMED.sub("", inside)
    order = [ARGUMENTS[name].index(key) if key in ARGUMENTS[name] else -1 for key, _ in given]
    if rest or -1 in order or order != sorted(set(order)):
        raise ValueError(f"arguments that {name} does not take: {line!r}")
    return name, dict(given)


def verbatim(words: str, span: str) -> str:
    """What of the user's own words a span of the prompt stands for; the pieces of a split one with a space between."""
    return " ".join(_original(words, piece) for piece in span.split(SPLIT))


def _original(words: str, piece: str) -> str:
    if piece in words:
        return piece
    parts = (re.escape(part).replace("'", "[\"“”'’]") for part in piece.split())
    found = re.search(r"\s+".join(parts), words)
    return found[0] if found else piece


_TYPES = {
    "string": "str", "integer": "int", "number": "float", "float": "float", "boolean": "bool", "object": "obj",
    "dict": "obj", "array": "any[]", "list": "any[]", "tuple": "any[]", "any": "any",
}  # fmt: skip
DESCRIPTION_WORDS = 12


def render_functions(functions: Sequence[Mapping[str, Any]]) -> str:
    """JSON schemas ({"name", "description", "parameters": {"properties", "required"}}), one line a function."""
    return "\n".join(_render_function(function) for function in functions)


def _render_function(function: Mapping[str, Any]) -> str:
    parameters = function.get("parameters") or {}
    required = parameters.get("required") or ()
    parts = [_render_parameter(name, one, name in required) for name, one in parameters.get("properties", {}).items()]
    return f"{function['name']}({', '.join(parts)}) {_cut(function.get('description', ''))}".rstrip()


def _render_parameter(name: str, schema: Mapping[str, Any], required: bool) -> str:
    text = f"{name}{'' if required else '?'}: {_type(schema)}"
    if schema.get("default") not in (None, ""):
        text += f" = {schema['default'] if isinstance(schema['default'], str) else json.dumps(schema['default'])}"
    description = _cut(schema.get("description", ""))
    return f"{text} {json.dumps(description, ensure_ascii=False)}" if description else text


def _type(schema: Mapping[str, Any]) -> str:
    if schema.get("enum"):
        return "|".join(map(str, schema["enum"]))
    kind = str(schema.get("type", "any"))
    if kind in ("array", "list", "tuple") and schema.get("items"):
        return f"{_type(schema['items'])}[]"
    return _TYPES.get(kind.lower(), kind)


def _cut(description: str) -> str:
    words = description.split()
    return " ".join(words[:DESCRIPTION_WORDS]).rstrip(".,;:")


def render_generic_prompt(words: str, functions: Sequence[Mapping[str, Any]]) -> str:
    """The prompt of the generic mode: the functions' listing, then the request."""
    listing = render_functions(functions)
    return f"<|im_start|>user\n[tools]\n{listing}\n[request] {' '.join(words.split())}{ASSISTANT}"


def render_result(text: str) -> str:
    """What follows a call's END when its result comes back and the next call is due."""
    return f"\n<|im_start|>user\n[result] {' '.join(text.split())}{ASSISTANT}"


def render_generic_call(name: str, arguments: Mapping[str, Any]) -> str:
    """`name(key=JSON, ...)`; "none" where no function fits, "done" where nothing is left to do."""
    given = ", ".join(f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in arguments.items())
    return f"{name}({given}){END}"


def parse_generic_call(text: str) -> tuple[str, dict[str, Any]]:
    """The name and the arguments of `render_generic_call`'s text. Raises ValueError where it is none."""
    name, opened, rest = text.removesuffix(END).partition("(")
    if not opened or not rest.endswith(")"):
        raise ValueError(f"no call: {text[:200]!r}")
    return name, dict(_arguments(rest[:-1]))


def _arguments(text: str) -> Iterator[tuple[str, Any]]:
    decoder = json.JSONDecoder()
    while text:
        key, equals, rest = text.partition("=")
        if not equals:
            raise ValueError(f"no argument: {text[:200]!r}")
        value, end = decoder.raw_decode(rest)
        yield key, value
        text = rest[end:].removeprefix(", ")

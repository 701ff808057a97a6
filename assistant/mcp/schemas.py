"""What is taken over of a tool that another program describes: little, checked, and known again by its fingerprint.

A server's schema may be huge, nested without end, refer to other machines or hold a pattern that takes forever. So it
is not used: a small schema of our own is made of it (JSON Schema 2020-12, the keywords type, properties, required,
enum, items and description), and a tool for which that cannot be done is not offered.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

MOST_BYTES = 65_536  # of one tool's whole description
MOST_PROPERTIES = 24
MOST_DEPTH = 4
MOST_CHOICES = 50
LONGEST_TEXT = 600  # characters of a description that are kept
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_ARGUMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
_TYPES = ("string", "integer", "number", "boolean")


class Unfit(Exception):
    """A tool that is not offered; the text says why."""


def fingerprint(name: str, description: str, schema: Any) -> str:
    """SHA-256 of all that says what a tool is: one character more in any of it is another tool."""
    text = json.dumps([name, description, schema], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def tool_name(name: str) -> str:
    """The name as part of ours: letters, digits and underscores. Raises Unfit where it is none."""
    if not _NAME.fullmatch(name):
        raise Unfit("its name is not one of letters, digits, dots and hyphens")
    return re.sub(r"_{2,}", "_", re.sub(r"[.-]", "_", name)).strip("_").lower()


def clean(text: str, longest: int = LONGEST_TEXT) -> str:
    """A text as one line of visible characters; what is hidden (controls, marks of direction, tags) is left out."""
    visible = "".join(sign if unicodedata.category(sign)[0] != "C" else " " for sign in text[: longest * 8])
    return " ".join(visible.split())[:longest]


def simple_schema(schema: Any) -> dict[str, Any]:
    """The schema of an object of plain values that a server's schema describes.

    Raises:
        Unfit: it cannot be said in the few keywords that are used here.
    """
    if not isinstance(schema, Mapping):
        raise Unfit("it describes no arguments")
    if len(json.dumps(schema)) > MOST_BYTES:
        raise Unfit("its description is too large")
    return _object(schema, schema, 0)


def _object(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> dict[str, Any]:
    properties, needed = schema.get("properties", {}), schema.get("required", [])
    if not isinstance(properties, Mapping) or not isinstance(needed, list):
        raise Unfit("its arguments are not described as they should be")
    if len(properties) > MOST_PROPERTIES:
        raise Unfit(f"it has more than {MOST_PROPERTIES} arguments")
    made = {}
    for name, inner in properties.items():
        if not _ARGUMENT.fullmatch(str(name)):
            raise Unfit("an argument's name is not one of letters and digits")
        made[str(name)] = _value(inner, root, depth + 1)
    if not set(map(str, needed)) <= set(made):
        raise Unfit("it needs an argument that it does not describe")
    return {"type": "object", "properties": made, "required": list(map(str, needed)), "additionalProperties": False}


def _value(schema: Any, root: Mapping[str, Any], depth: int) -> dict[str, Any]:
    schema = _resolved(schema, root, depth)
    about = {"description": clean(schema["description"], 200)} if isinstance(schema.get("description"), str) else {}
    choices = [schema["const"]] if "const" in schema else schema.get("enum")
    if choices is not None:
        return {**_choices(choices), **about}
    kind = schema.get("type", "string")
    if isinstance(kind, list):  # ["string", "null"]
        kind = next((one for one in kind if one != "null"), "string")
    if kind in _TYPES:
        return {"type": kind, **about}
    if kind == "array":
        return {"type": "array", "items": _value(schema.get("items", {}), root, depth + 1), **about}
    if kind == "object" and schema.get("properties"):
        return {**_object(schema, root, depth), **about}
    raise Unfit("an argument is of a kind that is not known here")


def _resolved(schema: Any, root: Mapping[str, Any], depth: int) -> Mapping[str, Any]:
    """The schema behind references within the same description and behind "this or null"."""
    for _ in range(MOST_DEPTH):
        if depth > MOST_DEPTH or not isinstance(schema, Mapping):
            break
        reference = schema.get("$ref")
        branches = schema.get("anyOf") or schema.get("oneOf")
        if isinstance(reference, str):
            found = re.fullmatch(r"#/(\$defs|definitions)/([\w.-]{1,80})", reference)
            place = root.get(found[1]) if found else None
            schema = place.get(found[2]) if found and isinstance(place, Mapping) else None
        elif isinstance(branches, list):
            schema = next((one for one in branches if isinstance(one, Mapping) and one.get("type") != "null"), None)
        else:
            return schema
    raise Unfit("its arguments are nested too deeply, or refer to what is not there")


def _choices(values: Any) -> dict[str, Any]:
    plain = isinstance(values, list) and 0 < len(values) <= MOST_CHOICES
    if not plain or not all(isinstance(value, str | int | float) and len(str(value)) <= 100 for value in values):
        raise Unfit("an argument has choices that are too many or no plain values")
    return {"enum": list(values)}

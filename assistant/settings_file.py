"""Changing one line of the settings file, as a spoken "speak faster" does; everything else in it stays as it was."""

import os
import re
import tomllib
from pathlib import Path

from assistant import settings
from kernels.errors import UserError

Value = str | int | float | bool


def kept(name: str) -> Value | None:
    """What the file says of a setting; None where it says nothing."""
    try:
        value = tomllib.loads(_text(settings.file())).get(name)
    except tomllib.TOMLDecodeError:
        return None
    return value if isinstance(value, str | int | float | bool) else None


def put(name: str, value: Value | None) -> None:
    """Write a setting, or take it out with None; whole or not at all.

    Raises:
        UserError: the value is not allowed, or the file can't be written or isn't valid; it is as it was.
    """
    if value is not None:
        settings.load({name: value})
    path = settings.file()
    line = re.compile(rf"^[ \t]*{re.escape(name)}[ \t]*=.*(?:\n|\Z)", re.M)
    before = _text(path)
    rest = line.sub("", before)
    written = f"{name} = {_toml(value)}\n" if value is not None else ""
    table = re.search(r"^[ \t]*\[", rest, re.M)  # what follows a heading would belong to its table
    place = table.start() if table else len(rest)
    head = rest[:place]
    text = f"{head}{'' if not head or head.endswith(chr(10)) else chr(10)}{written}{rest[place:]}"
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError(
            f"The settings file {path} isn't valid TOML: {error}.", "Mend that line or delete it."
        ) from None
    _replace(path, text)


def _toml(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", " ", escaped) + '"'


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"The settings file {path} cannot be read: {error}.", "Make it a readable file.") from None


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh.write_text(text, encoding="utf-8")
        os.replace(fresh, path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise UserError(
            f"The settings file {path} can't be written: {error.strerror}.", "Make its folder writable, then ask again."
        ) from None

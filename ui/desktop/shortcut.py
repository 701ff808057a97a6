"""A shortcut for the whole desktop: told for each desktop, set by GNOME's own settings program where that was asked."""

import re
import shutil
import subprocess

from kernels.errors import UserError

_KEYS = re.compile(r"(<(Super|Control|Ctrl|Primary|Alt|Shift)>)+\w+")
_SCHEMA = "org.gnome.settings-daemon.plugins.media-keys"
_PLACE = "/org/gnome/settings-daemon/plugins/media-keys/custom-keybindings/antigone/"
_LIST = (_SCHEMA, "custom-keybindings")
_OURS = f"{_SCHEMA}.custom-keybinding:{_PLACE}"
_OTHERS = ("org.gnome.desktop.wm.keybindings", "org.gnome.shell.keybindings", _SCHEMA)
_BY_HAND = "Set one in your desktop's keyboard settings."
_STRING = re.compile(r"'((?:[^'\\]|\\.)*)'")


def hints(desktop: str, command: str) -> list[str]:
    """How to give Antigone a shortcut, in lines for this desktop (the value of XDG_CURRENT_DESKTOP)."""
    known = desktop.lower()
    if "gnome" in known or "unity" in known:
        return [
            "For a shortcut from anywhere: antigone install-desktop --shortcut '<Super><Alt>a'",
            f"Or by hand in Settings, Keyboard, Custom shortcuts, with this command: {command}",
        ]
    if "kde" in known:
        return ["For a shortcut from anywhere: System Settings, Keyboard, Shortcuts, Add new, Application, Antigone."]
    return [f"For a shortcut from anywhere: your desktop's keyboard settings, with this command: {command}"]


def bind(keys: str, command: str) -> None:
    """Let these keys run a command, in GNOME; the same again replaces what was set before.

    Raises:
        UserError: the keys are no shortcut, are taken, or this is not GNOME.
    """
    if not _KEYS.fullmatch(keys):
        raise UserError(f"{keys!r} is no shortcut.", "Give keys such as '<Super><Alt>a', in quotes.")
    places = _places()
    if places is None:
        raise UserError("Shortcuts can be set for GNOME only, which is not here.", _BY_HAND)
    taken = _taken(keys, places)
    if taken:
        raise UserError(f"{keys} is taken already, by {taken}.", "Choose other keys.")
    for name, value in (("name", "Antigone"), ("command", command), ("binding", keys)):
        _settings("set", _OURS, name, _variant(value), must=True)
    if _PLACE not in places:
        _write([*places, _PLACE])


def _taken(keys: str, places: list[str]) -> str:
    """What these keys do already; empty where nothing."""
    for schema in _OTHERS:
        for line in _settings("list-recursively", schema).splitlines():
            if any(_chord(other) == _chord(keys) for other in _STRING.findall(line)):
                return line.split()[1]
    for place in places:
        schema = f"{_SCHEMA}.custom-keybinding:{place}"
        bound = _STRING.findall(_settings("get", schema, "binding"))
        if place != _PLACE and bound and _chord(bound[0]) == _chord(keys):
            return "".join(_STRING.findall(_settings("get", schema, "name"))) or place
    return ""


def _chord(keys: str) -> tuple[frozenset[str], str]:
    """Keys without the order of their modifiers, whose names have synonyms."""
    modifiers = re.findall(r"<(\w+)>", keys.lower())
    same = {"ctrl": "control", "primary": "control"}
    return frozenset(same.get(name, name) for name in modifiers), keys.lower().rpartition(">")[2]


def unbind() -> bool:
    """Take the shortcut back; whether there was one."""
    places = _places()
    if places is None or _PLACE not in places:
        return False
    _write([place for place in places if place != _PLACE])
    _settings("reset-recursively", _OURS)
    return True


def _places() -> list[str] | None:
    """The shortcuts that the user has made, or None without GNOME."""
    told = _settings("get", *_LIST)
    return _STRING.findall(told) if told.strip() else None


def _write(places: list[str]) -> None:
    _settings("set", *_LIST, f"[{', '.join(map(_variant, places))}]", must=True)


def _settings(*words: str, must: bool = False) -> str:
    """What gsettings answers; nothing where it is missing or refuses."""
    program = shutil.which("gsettings")
    if program is None:
        return ""
    try:
        done = subprocess.run([program, *words], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        done = None
    if done is not None and done.returncode == 0:
        return done.stdout
    if must:
        raise UserError("GNOME's settings refused the shortcut.", _BY_HAND)
    return ""


def _variant(text: str) -> str:
    """A string as GVariant text."""
    return "'" + re.sub(r"([\\'])", r"\\\1", text).replace("\n", "\\n") + "'"

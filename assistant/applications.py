"""The programs of the desktop: found by their .desktop entries (Desktop Entry Specification 1.5), started without a
shell.

Linux only; other systems get a sentence that says so.
"""

import configparser
import difflib
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kernels.errors import UserError

MOST = 2_000  # entries that are read
LARGEST = 200_000  # bytes of one
_SYSTEM = "/usr/local/share:/usr/share"
_FIELD = re.compile(r"%[fFuUdDnNickvm]")


@dataclass(frozen=True)
class Application:
    """A program as its entry tells it.

    Attributes:
        name: as the desktop shows it.
        command: the program and its arguments, without the places for files.
        about: what it is for, one line; may be empty.
        words: other names to find it by.
        terminal: whether it needs a terminal.
        file: its entry.
    """

    name: str
    command: tuple[str, ...]
    about: str
    words: tuple[str, ...]
    terminal: bool
    file: Path


def installed() -> list[Application]:
    """Every program that the desktop would show, by name; the user's own entries come before the system's."""
    found: dict[str, Application] = {}
    for path in _files():
        made = _read(path)
        if made is not None:
            found.setdefault(path.name, made)
    return sorted(found.values(), key=lambda one: one.name.casefold())


def find(wanted: str) -> Application:
    """The program that a name means.

    Raises:
        UserError: there is none, or several fit; the remedy names those that are near.
    """
    if sys.platform != "linux":
        raise UserError("I can open applications on Linux alone.", "Open it by the system's own menu.")
    there = installed()
    words = _plain(wanted)
    for fits in (_is_name, _begins, _is_word):
        fitting = [one for one in there if fits(one, words)]
        if len(fitting) == 1 or (fitting and fits is _is_name):
            return fitting[0]
        if fitting:
            names = ", ".join(one.name for one in fitting[:5])
            raise UserError(f"{len(fitting)} applications fit {wanted.strip()[:60]!r}.", f"Say which one: {names}.")
    by_name = {_plain(one.name): one.name for one in there}
    near = [by_name[name] for name in difflib.get_close_matches(words, by_name, n=3, cutoff=0.5)]
    some = ", ".join(one.name for one in there[:5]) or "none"
    remedy = f"Did you mean {', '.join(near)}?" if near else f"Those that are here: {some}."
    raise UserError(f"There is no application named {wanted.strip()[:60]!r}.", remedy)


def check(application: Application) -> None:
    """See that it can be started here, before anybody is asked for consent.

    Raises:
        UserError: it runs in a terminal, or there is no desktop to show it.
    """
    if application.terminal:
        raise UserError(
            f"{application.name} runs in a terminal.", f"Open a terminal and type {application.command[0]}."
        )
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise UserError("There is no desktop here to open it on.", "Start Antigone on the desktop, then ask again.")


def start(application: Application) -> None:
    """Start it, on its own: it goes on when this program ends.

    Raises:
        UserError: it can't be started.
    """
    try:
        subprocess.Popen(
            application.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, cwd=Path.home(),
        )  # fmt: skip
    except OSError as error:
        raise UserError(f"{application.name} can't be started: {error.strerror}.", "Install it again.") from None


def _files() -> Iterator[Path]:
    home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local/share")
    folders = [home, *(os.environ.get("XDG_DATA_DIRS") or _SYSTEM).split(":")]
    count = 0
    for folder in dict.fromkeys(folders):
        for path in sorted(Path(folder, "applications").glob("*.desktop")):
            count += 1
            if count > MOST:
                return
            yield path


def _read(path: Path) -> Application | None:
    """None where it is no program, is hidden, or can't be read."""
    parser = configparser.RawConfigParser(strict=False, delimiters=("=",), comment_prefixes=("#",))
    try:
        if path.stat().st_size > LARGEST:
            return None
        parser.read_string(path.read_text(encoding="utf-8"))
        entry = parser["Desktop Entry"]
        command = tuple(part for part in (_FIELD.sub("", one) for one in shlex.split(entry.get("Exec", ""))) if part)
    except (OSError, ValueError, KeyError, configparser.Error):
        return None
    hidden = any(entry.get(name, "false").strip().lower() == "true" for name in ("NoDisplay", "Hidden"))
    if entry.get("Type") != "Application" or hidden or not command or not shutil.which(command[0]):
        return None
    words = (entry.get("GenericName", ""), *entry.get("Keywords", "").split(";"), Path(command[0]).name, path.stem)
    terminal = entry.get("Terminal", "false").strip().lower() == "true"
    return Application(entry.get("Name", path.stem), command, entry.get("Comment", ""), words, terminal, path)


def _plain(name: str) -> str:
    text = re.sub(r"[^\w+#. -]", " ", name.lower())
    return " ".join(re.sub(r"\b(?:the|app|application|program|my|a|please)\b", " ", text).split()) or " ".join(
        text.split()
    )


def _is_name(one: Application, words: str) -> bool:
    return words in (_plain(one.name), _plain(Path(one.command[0]).name))


def _begins(one: Application, words: str) -> bool:
    return bool(words) and re.search(rf"\b{re.escape(words)}", _plain(one.name)) is not None


def _is_word(one: Application, words: str) -> bool:
    return any(words == _plain(word) for word in one.words if word)

"""What stands in the user's folders on each kind of desktop: one small table a platform, and a writer a format.

Formats: Desktop Entry Specification 1.4 and Icon Theme Specification 0.13 (freedesktop.org), the Desktop Application
Autostart Specification 0.5; scripts of cmd.exe; scripts of a POSIX shell and a launchd property list. Each writer
quotes for its own reader, so that a folder's name may hold spaces, quotes, dollars, letters of any script and newlines.
"""

import os
import plistlib
import re
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kernels.errors import UserError
from ui.desktop import words

MARK = "Written by: antigone install-desktop"
ICONS = Path(__file__).parents[2] / "assets" / "icons"
LABEL = "org.antigone.Antigone"
_SIZED = re.compile(r"antigone-(\d+)\.png")


@dataclass(frozen=True)
class Start:
    """How the program is started.

    Attributes:
        launcher: the program's own launcher.
        settings: variables that a start from the menu would lack, such as ANTIGONE_HOME.
        terminal: words before a command that show it in a terminal; empty where none is known.
    """

    launcher: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    terminal: tuple[str, ...] = ()


@dataclass(frozen=True)
class Target:
    """One file of ours: where, what, whether it may be run, and the folder up to which empty ones are taken back."""

    path: Path
    data: bytes
    top: Path
    runs: bool = False

    @property
    def marked(self) -> bool:
        """Whether the file itself says that it is ours (a picture can't)."""
        return self.path.suffix not in (".svg", ".png")


def linux(home: Path, start: Start, environment: Mapping[str, str], autostart: bool) -> list[Target]:
    """Menu entries, icons in the hicolor theme and, if asked for, the start with the login."""
    data = _folder(environment, "XDG_DATA_HOME", home / ".local" / "share")
    menu = data / "applications"
    targets = [
        Target(menu / "antigone.desktop", entry(start).encode(), data),
        Target(menu / "antigone-voice.desktop", voice_entry(start).encode(), data),
    ]
    for source, place in icons():
        targets.append(Target(data / "icons" / "hicolor" / place, source.read_bytes(), data))
    if autostart:
        configuration = _folder(environment, "XDG_CONFIG_HOME", home / ".config")
        place = configuration / "autostart" / "antigone.desktop"
        targets.append(Target(place, entry(start, login=True).encode(), configuration))
    return targets


def windows(home: Path, start: Start, environment: Mapping[str, str], autostart: bool) -> list[Target]:
    """Scripts in the Start menu, which lists and finds them by name."""
    roaming = _folder(environment, "APPDATA", home / "AppData" / "Roaming")
    programs = roaming / "Microsoft" / "Windows" / "Start Menu" / "Programs"
    targets = [
        Target(programs / "Antigone.cmd", batch(start, ["--desktop"]), roaming),
        Target(programs / "Antigone hands-free.cmd", batch(start, ["voice"]), roaming),
        Target(programs / "Stop Antigone.cmd", batch(start, ["stop", "--desktop"]), roaming),
    ]
    if autostart:
        login = batch(start, ["--desktop", "--no-browser"])
        targets.append(Target(programs / "Startup" / "Antigone.cmd", login, roaming))
    return targets


def mac(home: Path, start: Start, environment: Mapping[str, str], autostart: bool) -> list[Target]:
    """Scripts in the user's own Applications, which Spotlight finds, and an agent of launchd."""
    applications = home / "Applications"
    targets = [
        Target(applications / "Antigone.command", shell(start, ["--desktop"]), home, runs=True),
        Target(applications / "Antigone hands-free.command", shell(start, ["voice"]), home, runs=True),
        Target(applications / "Stop Antigone.command", shell(start, ["stop", "--desktop"]), home, runs=True),
    ]
    if autostart:
        place = home / "Library" / "LaunchAgents" / f"{LABEL}.plist"
        targets.append(Target(place, agent(start), home))
    return targets


PLATFORMS = {"linux": linux, "win32": windows, "darwin": mac}


def entry(start: Start, login: bool = False) -> str:
    """The menu entry of the page, with the actions that a menu offers beside it."""
    command = _exec(start, ["--desktop", *(["--no-browser"] if login else [])])
    lines = ["[Desktop Entry]", "Type=Application", "Version=1.4", *_translated(words.ENTRY), f"Exec={command}"]
    lines += ["Icon=antigone", "Terminal=false", "StartupNotify=false", f"X-Antigone={MARK}"]
    if login:
        return "\n".join([*lines, "X-GNOME-Autostart-enabled=true"]) + "\n"
    lines += ["Categories=Utility;Accessibility;", f"Actions={'talk;' if start.terminal else ''}stop;"]
    if start.terminal:
        talk = _exec(start, ["voice"], start.terminal)
        lines += ["", "[Desktop Action talk]", *_translated(words.TALK), f"Exec={talk}"]
    lines += ["", "[Desktop Action stop]", *_translated(words.STOP), f"Exec={_exec(start, ['stop', '--desktop'])}"]
    return "\n".join(lines) + "\n"


def voice_entry(start: Start) -> str:
    """The menu entry of the hands-free conversation, in the terminal that the desktop chooses."""
    lines = ["[Desktop Entry]", "Type=Application", "Version=1.4", *_translated(words.VOICE)]
    lines += [f"Exec={_exec(start, ['voice'])}", "Icon=antigone", "Terminal=true", "StartupNotify=false"]
    return "\n".join([*lines, "Categories=Utility;Accessibility;", f"X-Antigone={MARK}"]) + "\n"


def batch(start: Start, arguments: list[str]) -> bytes:
    """A script for cmd.exe: CR LF, UTF-8 announced by its code page, per cent signs doubled for each reading.

    Raises:
        UserError: a name holds what such a script cannot hold.
    """
    for text in (str(start.launcher), *start.settings.values()):
        if re.search(r'["^\r\n]', text):
            raise UserError(f"The name {text!r} cannot stand in a script of Windows.", "Give the folder another name.")
    doubled = {name: value.replace("%", "%%") for name, value in start.settings.items()}
    launcher = str(start.launcher).replace("%", "%%%%")  # `call` reads its line a second time
    lines = ["@echo off", f"rem {MARK}", "chcp 65001 >nul", "setlocal DisableDelayedExpansion"]
    lines += [f'set "{name}={value}"' for name, value in doubled.items()]
    lines += [f'call "{launcher}" {" ".join(arguments)}', "if errorlevel 1 pause"]
    return "\r\n".join([*lines, ""]).encode()


def shell(start: Start, arguments: list[str]) -> bytes:
    """A script for a POSIX shell, which the Finder runs in a window of its own."""
    lines = ["#!/bin/sh", f"# {MARK}"]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in start.settings.items()]
    return "\n".join([*lines, f"exec {shlex.join([str(start.launcher), *arguments])}", ""]).encode()


def agent(start: Start) -> bytes:
    """What launchd runs at the login."""
    return plistlib.dumps(
        {
            "Label": LABEL,
            "ProgramArguments": [str(start.launcher), "--desktop", "--no-browser"],
            "EnvironmentVariables": dict(start.settings),
            "RunAtLoad": True,
            "X-Antigone": MARK,
        }
    )


def icons() -> list[tuple[Path, Path]]:
    """Our icons and their places in an icon theme."""
    drawn = [(ICONS / "antigone.svg", Path("scalable/apps/antigone.svg"))]
    for path in sorted(ICONS.glob("antigone-*.png")):
        if size := _SIZED.fullmatch(path.name):
            drawn.append((path, Path(f"{size[1]}x{size[1]}/apps/antigone.png")))
    return [(source, place) for source, place in drawn if source.is_file()]


def terminal(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Words that show a command in a terminal of this desktop; empty where none is found."""
    for program, *option in _TERMINALS:
        path = shutil.which(program, path=environment.get("PATH", os.defpath))
        if path is not None:
            return (path, *option)
    return ()


_TERMINALS = (
    ("xdg-terminal-exec",),
    ("gnome-terminal", "--"),
    ("kgx", "--"),
    ("konsole", "-e"),
    ("mate-terminal", "-x"),
    ("xfce4-terminal", "-x"),
    ("x-terminal-emulator", "-e"),
    ("xterm", "-e"),
)


def _exec(start: Start, arguments: list[str], before: tuple[str, ...] = ()) -> str:
    """The value of an Exec key: each word quoted for the command line, then all of it as a string of the file."""
    variables = [f"{name}={value}" for name, value in start.settings.items()]
    line = [*before, *(["env", *variables] if variables else []), str(start.launcher), *arguments]
    return _escaped(" ".join(_quoted(word) for word in line))


def _quoted(word: str) -> str:
    if re.fullmatch(r"[\w@+=:,./-]+", word, re.ASCII):
        return word
    return '"' + re.sub(r'(["`$\\])', r"\\\1", word).replace("%", "%%") + '"'


def _escaped(text: str) -> str:
    """A text as a value of the type string."""
    for letter, written in (("\\", "\\\\"), ("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r")):
        text = text.replace(letter, written)
    return text


def _translated(table: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Keys with their translations: Name=, Name[es]=, Name[pt]= ..."""
    return [
        f"{key}{'' if language == 'en' else f'[{language}]'}={_escaped(text)}"
        for key, texts in table.items()
        for language, text in texts.items()
    ]


def _folder(environment: Mapping[str, str], name: str, otherwise: Path) -> Path:
    """A folder that a variable may name; a relative one counts as not given (Base Directory Specification)."""
    given = environment.get(name, "")
    return Path(given) if Path(given).is_absolute() else otherwise

"""Tells the person something where no terminal is to show it: aloud and as a notification, by programs of the system.

Standard library only: the set-up uses it before anything is installed. Texts go to those programs as arguments or in
the environment, never through a shell.
"""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable

SPEAK_S, SHOW_S = 60, 10
TITLE = "Antigone"
_SAYING = threading.Lock()  # one voice at a time
_SAPI = "Add-Type -AssemblyName System.Speech; (New-Object System.Speech.Synthesis.SpeechSynthesizer).Speak($env:SAYS)"
_BOX = (
    "Add-Type -AssemblyName System.Windows.Forms; [void][System.Windows.Forms.MessageBox]::Show($env:SAYS, 'Antigone')"
)
_NOTE = (
    "on run words",
    "display notification (item 1 of words) with title (item 2 of words)",
    "end run",
)

Row = tuple[str, Callable[[str], list[str]]]  # a program and its arguments for a text

# the first program that is here and works does it; spd-say speaks as the person's own screen reader does
SPEAK: dict[str, tuple[Row, ...]] = {
    "linux": (
        ("spd-say", lambda text: ["--wait", "--", text]),
        ("espeak-ng", lambda text: ["--", text]),
        ("espeak", lambda text: ["--", text]),
    ),
    "darwin": (("say", lambda text: ["--", text]),),
    "win32": (("powershell", lambda text: ["-NoProfile", "-Command", _SAPI]),),
}
SHOW: dict[str, tuple[Row, ...]] = {
    "linux": (
        ("notify-send", lambda text: ["--app-name", TITLE, "--icon", "antigone", "--", TITLE, text]),
        ("kdialog", lambda text: ["--title", TITLE, "--passivepopup", text, "20"]),
    ),
    "darwin": (("osascript", lambda text: [word for line in _NOTE for word in ("-e", line)] + [text, TITLE]),),
    "win32": (("powershell", lambda text: ["-NoProfile", "-Command", _BOX]),),
}


def speak(text: str, platform: str = sys.platform) -> bool:
    """Say a text with the system's own voice; waits until it is said. False where nothing here speaks."""
    return _first(SPEAK.get(platform, ()), text, SPEAK_S)


def show(text: str, platform: str = sys.platform) -> bool:
    """Show a text as a notification, which screen readers read too. False where nothing here shows it."""
    return _first(SHOW.get(platform, ()), text, SHOW_S)


def aloud(line: str) -> None:
    """Say a line of the set-up and show it, without holding the set-up up; a sign of life only where all was said."""
    if not line.startswith("Still") or _SAYING.acquire(blocking=False):
        threading.Thread(target=_both, args=(line,), name="telling").start()


def _both(line: str) -> None:
    if not line.startswith("Still"):
        _SAYING.acquire()
    try:
        show(line)
        speak(line)
    finally:
        _SAYING.release()


def _first(rows: tuple[Row, ...], text: str, seconds: float) -> bool:
    clean = text.replace("\0", " ")
    for program, arguments in rows:
        path = shutil.which(program)
        if path is None:
            continue
        try:
            done = subprocess.run(
                [path, *arguments(clean)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "SAYS": clean},
                timeout=seconds,
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0:
            return True
    return False

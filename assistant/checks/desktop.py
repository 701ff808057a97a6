"""What is around the program: browser, port, network, screen reader and display. Connects to nothing."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator

import psutil

from assistant import running, settings
from assistant.checks.finding import Finding, in_force

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "firefox",
)
READERS = {
    "orca": "Orca",
    "nvda.exe": "NVDA",
    "jfw.exe": "JAWS",
    "narrator.exe": "Narrator",
    "voiceover": "VoiceOver",
}
_SCALE = ("gsettings", "get", "org.gnome.desktop.interface", "text-scaling-factor")


def browser() -> Iterator[Finding]:
    """Something to show the page in."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found:
        yield Finding("browser", "good", f"A browser is at {found}.")
    elif sys.platform in {"darwin", "win32"}:
        yield Finding("browser", "good", "The system's browser shows the page.")
    else:
        yield Finding(
            "browser", "note", "No browser was found for the page.", "sudo apt install chromium, or any other."
        )


def page() -> Iterator[Finding]:
    """Whether the page runs, or could be served."""
    options, home = in_force(), settings.home()
    other = running.instance(home)
    if other is not None and other.ready:
        yield Finding("page", "good", f"The page runs already at {other.page}.")
        return
    with socket.socket() as probe:
        if sys.platform != "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", options.port))
        except OSError:
            text = f"Port {options.port} is taken or not allowed, so the page would use the next one that is free."
            yield Finding("page", "note", text, "Choose another with the setting port, or leave it so.")
        else:
            yield Finding("page", "good", f"Port {options.port} is free for the page.")


def network() -> Iterator[Finding]:
    """Whether anything may leave this machine. Connects to nothing."""
    if in_force().allow_outside:
        text = "Tools may leave this machine, asking each time (allow_outside is on)."
        yield Finding("network", "note", text, "Turn it off with allow_outside = false in the settings file.")
    else:
        yield Finding("network", "good", "Off: nothing leaves this machine.")
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", 0))
        except OSError as error:
            text = f"The page cannot be served on this machine: {error.strerror}."
            yield Finding("network", "bad", text, "Use the commands in the terminal, or ask whoever runs this machine.")
    names = sorted(name for name, state in psutil.net_if_stats().items() if state.isup and not _loopback(name))
    if names:
        yield Finding("network", "good", f"This computer has a network ({', '.join(names)}); Antigone needs none.")
    else:
        yield Finding("network", "good", "This computer is offline, which is fine.")


def screen_reader() -> Iterator[Finding]:
    """Whether somebody else speaks already, and how large the desktop draws."""
    reader = next((READERS[name] for name in _processes() if name in READERS), None)
    if reader is None:
        yield Finding("screen reader", "good", "No screen reader is running.")
    elif in_force().speech:
        text = f"{reader} is running and Antigone's own voice is on, so two voices may speak at once."
        yield Finding("screen reader", "note", text, "Set speech = false, or tick: I use a screen reader.")
    else:
        yield Finding("screen reader", "good", f"{reader} is running, and Antigone's own voice is off.")
    if scale := _scale():
        text = f"The desktop draws text {scale:g} times as large; the page follows the browser's zoom."
        yield Finding("display", "good", text)


def _processes() -> Iterator[str]:
    """The names of the programs that run, in small letters."""
    for process in psutil.process_iter(["name"]):
        yield str(process.info["name"] or "").lower()


def _scale() -> float | None:
    """How much larger than usual text is drawn; None where it is not or nobody tells."""
    for name in ("GDK_DPI_SCALE", "GDK_SCALE", "QT_SCALE_FACTOR"):
        if (said := _number(os.environ.get(name, ""))) is not None:
            return said
    if shutil.which(_SCALE[0]) is None:
        return None
    try:
        return _number(subprocess.run(_SCALE, capture_output=True, text=True, timeout=2).stdout)
    except (OSError, subprocess.TimeoutExpired):
        return None


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0.25 <= number <= 10 and number != 1 else None


def _loopback(name: str) -> bool:
    return any(address.address in ("127.0.0.1", "::1") for address in psutil.net_if_addrs().get(name, ()))

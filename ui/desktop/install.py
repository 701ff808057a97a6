"""`antigone install-desktop`: into the desktop's menu and out of it again, in this account's own folders alone."""

import contextlib
import os
import shlex
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from kernels.errors import UserError
from ui.desktop import files, shortcut
from ui.desktop.files import MARK, PLATFORMS, Start, Target

ROOT = Path(__file__).resolve().parents[2]
CARRIED = ("ANTIGONE_HOME", "ANTIGONE_VENV", "ANTIGONE_PYTHON")  # a start from the menu would not have them
_OWN = "Run it without sudo: the entry belongs into your own account."
_FOUND = {
    "linux": "Antigone is in your menu: press the Super key, type Antigone, press Enter.",
    "win32": "Antigone is in the Start menu: press the Windows key, type Antigone, press Enter.",
    "darwin": "Antigone is in the Applications of your account: press Command and space, type Antigone, press Return.",
}


def run(
    autostart: bool | None,
    shortcut_keys: str | None,
    remove: bool,
    platform: str = sys.platform,
    home: Path | None = None,
    environment: Mapping[str, str] = os.environ,
) -> None:
    """Put the program into the menu, or take everything back. Prints what was done, a line each.

    Args:
        autostart: start with the login; None leaves that as it is.
        shortcut_keys: keys for GNOME that start it from anywhere, or None.
        remove: take back all that was ever put there.
        platform, home, environment: whose desktop; this one's unless given.

    Raises:
        UserError: a file is in the way, or a folder cannot be written to.
    """
    if hasattr(os, "geteuid") and os.geteuid() == 0 and environment.get("SUDO_USER"):
        raise UserError("This would write into the account of the administrator.", _OWN)
    write = PLATFORMS.get(platform)
    if write is None:
        raise UserError("This system has no menu that Antigone knows.", "Start it with: antigone.")
    start = Start(launcher(platform), _carried(environment), files.terminal(environment) if platform == "linux" else ())
    everything = write(home or Path.home(), start, environment, True)
    at_login = everything[-1]
    if remove:
        _take_back(everything, platform)
        return
    if autostart is None:
        autostart = at_login.path.exists()
    _put(everything if autostart else everything[:-1])
    if not autostart:
        _delete([at_login])
    print(_FOUND[platform])
    print(
        "It starts with your login as well, without a window."
        if autostart
        else "To start it with your login: antigone install-desktop --autostart"
    )
    if platform == "linux":
        _shortcut(shortcut_keys, start, environment)
    print("To take all of this back: antigone install-desktop --remove")


def launcher(platform: str) -> Path:
    """What starts the program: the launcher beside it, or the one that was installed with it."""
    name = "antigone.cmd" if platform == "win32" else "antigone"
    return ROOT / name if (ROOT / name).is_file() else Path(sys.executable).with_name("antigone")


def _carried(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: str(Path(environment[name]).expanduser().absolute()) for name in CARRIED if environment.get(name)}


def _shortcut(keys: str | None, start: Start, environment: Mapping[str, str]) -> None:
    variables = [f"{name}={value}" for name, value in start.settings.items()]
    command = shlex.join([*(["env", *variables] if variables else []), str(start.launcher), "--desktop"])
    if keys is None:
        for line in shortcut.hints(environment.get("XDG_CURRENT_DESKTOP", ""), command):
            print(line)
        return
    shortcut.bind(keys, command)
    print(f"{keys} starts it from anywhere.")


def _put(targets: list[Target]) -> None:
    """Write all files, or none where one of somebody else's is in the way."""
    for target in targets:
        if target.path.exists() and not _ours(target):
            raise UserError(
                f"{target.path} is there and was not written by Antigone.", "Move it away, then run this again."
            )
    for target in targets:
        try:
            _write(target)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise UserError(
                f"{target.path} cannot be written: {reason}.", "Mend that and run this again; it may be run twice."
            ) from None
    themes = {target.top / "icons" / "hicolor" for target in targets if not target.marked}
    for theme in themes:  # a newer date than that of its cache lets desktops look anew
        with contextlib.suppress(OSError):
            os.utime(theme)


def _write(target: Target) -> None:
    target.path.parent.mkdir(parents=True, exist_ok=True)
    if target.path.is_file() and not target.path.is_symlink() and target.path.read_bytes() == target.data:
        return
    descriptor, draft = tempfile.mkstemp(dir=target.path.parent, prefix=".antigone-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(target.data)
            os.fchmod(descriptor, 0o755 if target.runs else 0o644) if hasattr(os, "fchmod") else None
        os.replace(draft, target.path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(draft)
        raise


def _ours(target: Target) -> bool:
    try:
        return not target.marked or MARK.encode() in target.path.read_bytes()
    except OSError:
        return False


def _take_back(targets: list[Target], platform: str) -> None:
    icons = [
        Target(path, b"", target.top)
        for target in targets[:1]
        for kind in ("svg", "png")
        for path in (target.top / "icons" / "hicolor").glob(f"*/apps/antigone.{kind}")
    ]
    gone = _delete([*targets, *icons])
    if platform == "linux" and shortcut.unbind():
        gone.append("the shortcut")
        print("The shortcut was taken back.")
    print("Antigone is no longer in the menu. Its data and settings are kept." if gone else "Nothing was there.")


def _delete(targets: list[Target]) -> list[str]:
    """Delete those that are ours, and the folders that are empty then."""
    gone = []
    for target in targets:
        if not target.path.is_symlink() and (not target.path.exists() or not _ours(target)):
            continue
        try:
            target.path.unlink()
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise UserError(f"{target.path} cannot be deleted: {reason}.", "Delete it yourself.") from None
        gone.append(str(target.path))
        for folder in target.path.parents:
            if folder == target.top or not folder.is_relative_to(target.top):
                break
            try:
                folder.rmdir()
            except OSError:  # not empty
                break
    return gone

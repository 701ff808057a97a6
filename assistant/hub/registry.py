"""The models that were pulled from the hub: each in a folder of its own, with a manifest of what it must hold.

    ANTIGONE_HOME/models/hub/OWNER--NAME/antigone-model.json

The manifest pins the commit and the size and SHA-256 of every file. What is being fetched lies beside, in a folder
whose name begins with a dot, and is never found here.
"""

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assistant import settings
from kernels.errors import UserError

MANIFEST = "antigone-model.json"
_MOST_MANIFEST = 4 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class PulledFile:
    """One file below the model's folder."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Pulled:
    """A model of the hub that is here.

    Attributes:
        repository: OWNER/NAME.
        revision, commit: what was asked for, and what that was.
        family: a key of assistant.families; `task` is its task.
        origin: the hub's address; `licence` as the model card named it.
    """

    repository: str
    revision: str
    commit: str
    family: str
    task: str
    licence: str
    origin: str
    files: tuple[PulledFile, ...]

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return place(self.repository)

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)

    @property
    def again(self) -> str:
        """The command that fetches it again."""
        return f"antigone models pull {self.repository}" + ("" if self.revision == "main" else f"@{self.revision}")


def root() -> Path:
    """The folder of all pulled models; it need not exist."""
    return settings.home() / "models" / "hub"


def place(repository: str) -> Path:
    """The folder of one repository, whatever the case of its name; it need not exist."""
    return root() / repository.lower().replace("/", "--")


def staging(repository: str) -> Path:
    """Where a repository's files lie while they are being fetched."""
    folder = place(repository)
    return folder.with_name(f".{folder.name}.pull")


def pulled() -> list[Pulled | UserError]:
    """Every model that is here, by name; in place of one whose manifest cannot be read, what is wrong with it."""
    found: list[Pulled | UserError] = []
    folders = [path for path in root().iterdir() if not path.name.startswith(".")] if root().is_dir() else []
    for folder in sorted(path for path in folders if path.is_dir()):
        try:
            found.append(read(folder))
        except UserError as error:
            found.append(error)
    return found


def begun() -> list[tuple[str, int]]:
    """Pulls that were stopped: the name in small letters, and the bytes that are here of it."""
    found = []
    for folder in sorted(root().glob(".*.pull")) if root().is_dir() else []:
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        if size:
            found.append((folder.name[1:].removesuffix(".pull").replace("--", "/", 1), size))
    return found


def find(repository: str) -> Pulled | None:
    """The pulled model of this name, None where it is not here. Raises UserError where its manifest is damaged."""
    try:
        folder = place(repository)
        return read(folder) if "/" in repository and folder.is_dir() else None
    except (OSError, ValueError):  # no name that a folder could have
        return None


def read(folder: Path) -> Pulled:
    """The model whose manifest lies in a folder.

    Raises:
        UserError: it is missing or damaged.
    """
    path = folder / MANIFEST
    try:
        if path.stat().st_size > _MOST_MANIFEST:
            raise ValueError
        return _parse(json.loads(path.read_text("utf-8")), folder)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        name = folder.name.replace("--", "/", 1)
        raise UserError(
            f"The list of files of {name} ({path}) is missing or damaged, so the model is not used.",
            f"Fetch it again with: antigone models pull {name}",
        ) from None


def write(model: Pulled, folder: Path) -> None:
    """Put the manifest into a folder."""
    text = json.dumps(asdict(model), indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def problems(model: Pulled) -> list[str]:
    """What is wrong with its files, one sentence each, after reading every byte of them."""
    found = []
    for file in model.files:
        path = model.folder / file.path
        try:
            if path.stat().st_size != file.size:
                found.append(f"{file.path} has {path.stat().st_size:,} bytes in place of {file.size:,}.")
            elif hash_of(path) != file.sha256:
                found.append(f"{file.path} is damaged: its SHA-256 is not the one that was pulled.")
        except OSError:
            found.append(f"{file.path} is missing or cannot be read.")
    return found


def state(model: Pulled) -> str:
    """ "here" or "damaged", by the sizes alone. Reads no file."""
    paths = [(model.folder / file.path, file.size) for file in model.files]
    whole = all(path.is_file() and path.stat().st_size == size for path, size in paths)
    return "here" if whole else "damaged"


def hash_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def install(fresh: Path, repository: str) -> None:
    """Put a folder that is whole in the place of what was there, in two renames."""
    target = place(repository)
    discard(target)
    fresh.rename(target)


def discard(folder: Path) -> None:
    """Delete a folder: first out of sight in one step, then its files, so that a half-deleted model is never found."""
    if not folder.exists():
        return
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".remove-", ignore_cleanup_errors=True) as scratch:
        folder.rename(Path(scratch) / "old")
        shutil.rmtree(scratch, ignore_errors=True)


def _parse(raw: Mapping[str, Any], folder: Path) -> Pulled:
    words = ("repository", "revision", "commit", "family", "task", "licence", "origin")
    values = {name: raw[name] for name in words}
    files = tuple(PulledFile(str(f["path"]), int(f["size"]), str(f["sha256"])) for f in raw["files"])
    parts = [part for file in files for part in file.path.split("/")]
    good = all(isinstance(value, str) for value in values.values()) and all(_SHA256.fullmatch(f.sha256) for f in files)
    if not good or not files or any(part in ("", ".", "..") or "\\" in part for part in parts):
        raise ValueError
    if place(values["repository"]).name != folder.name:
        raise ValueError
    return Pulled(files=files, **values)

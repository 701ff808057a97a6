"""Where a model's files are, and the promise that they are the ones the table names.

    paths = models.files("whisper-tiny.en")     # {"weights": Path, "tokenizer": Path, "config": Path, ...}

A file is looked for in the data folder (what `antigone models pull` fetched), then among the installed packages.
Nothing is handed out before its size and SHA-256 agree with the table. Packages are located, never imported.
"""

import hashlib
import importlib.util
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from assistant import settings
from assistant.model_table import MIB, MODELS, File, Model
from kernels import memory_limit
from kernels.errors import UserError

_BLOCK = 4 * MIB
_TIMES_ITS_FILES = {"hearing": 4.0}  # float16 becomes float32 beside the file's own copy


def find(name: str) -> Model:
    """The row of the table with this name or alias.

    Raises:
        UserError: there is none; the remedy lists the names.
    """
    wanted = name.strip().lower()
    for model in MODELS:
        if wanted == model.name or wanted in model.aliases:
            return model
    names = ", ".join(model.name for model in MODELS)
    raise UserError(f"There is no model named {name}.", f"Use one of these: {names}.")


def known(name: str) -> bool:
    """Whether the table has this name or alias."""
    return any(name.strip().lower() in (model.name, *model.aliases) for model in MODELS)


def folder(model: Model) -> Path:
    """The model's own folder in the data folder; it need not exist."""
    return settings.home() / "models" / model.name


def files(name: str) -> Mapping[str, Path]:
    """The verified files of a model by role ("weights", "tokenizer", "config", "vocabulary" ...).

    A file that the packages bring in parts is joined once, into the data folder. A file's SHA-256 is computed when
    it is first used and again whenever its size, times or inode changed since; without processor support for
    SHA-256 that costs 4 s a gigabyte.

    Raises:
        UserError: the name is unknown, or a file is missing, damaged or not the one in the table.
    """
    model = find(name)
    if model.missing:
        raise UserError(f"{model.name} cannot be used. {model.missing}", other_remedy(model))
    stamps = Stamps(settings.home() / "models" / "verified.json")
    with ThreadPoolExecutor(max_workers=4) as pool:  # hashing releases the interpreter lock
        paths = list(pool.map(lambda file: _verified(model, file, stamps), model.files))
    stamps.save()
    _check_room(model)
    return {file.role: path for file, path in zip(model.files, paths, strict=True)}


def _check_room(model: Model) -> None:
    """Refuse a model that would not fit into memory before anything of it is loaded, by the size of its files.

    Language models are weighed where they are loaded, by what they become there.
    """
    if model.task != "language":
        need = int(model.size * _TIMES_ITS_FILES.get(model.task, 2))
        memory_limit.check(f"The model {model.name}", need, most=settings.load().memory_limit_mb * MIB)


def here(model: Model) -> bool:
    """Whether all its files (or their parts) exist with the right size. Reads no file."""
    return bool(model.files) and all(_present(model, file) for file in model.files)


def partly_here(model: Model) -> bool:
    """Whether at least one file or part of it exists, whatever its size. Reads no file."""
    names = [name for file in model.files for name in (file.path, *file.parts)]
    return any(path.is_file() for name in names for path in candidates(model, name))


def problems(model: Model) -> list[str]:
    """What is wrong with a model's files, one sentence each, after reading every byte of them."""
    found = []
    for file in model.files:
        try:
            path = _existing(model, file)
            if path is None and file.parts:
                _joined_hash(model, file)
            elif path is None:
                raise _missing(model, file.path)
            else:
                check(model, file, path)
        except UserError as error:
            found.append(error.text)
    return found


def candidates(model: Model, relative: str) -> Iterable[Path]:
    """Every place where a packaged file may lie, best first."""
    yield folder(model) / relative
    package, _, rest = relative.partition("/")
    if rest:
        # find_spec on a top-level name locates the package and runs none of its code
        specification = importlib.util.find_spec(package)
        for place in (specification.submodule_search_locations or []) if specification else []:
            yield Path(place) / rest


def _existing(model: Model, file: File) -> Path | None:
    return next((path for path in candidates(model, file.path) if path.is_file()), None)


def _parts(model: Model, file: File) -> list[Path]:
    paths = []
    for part in file.parts:
        path = next((path for path in candidates(model, part) if path.is_file()), None)
        if path is None:
            raise _missing(model, part)
        paths.append(path)
    return paths


def _present(model: Model, file: File) -> bool:
    path = _existing(model, file)
    if path is not None:
        return path.stat().st_size == file.size
    if not file.parts:
        return False
    try:
        return sum(path.stat().st_size for path in _parts(model, file)) == file.size
    except UserError:
        return False


def _verified(model: Model, file: File, stamps: "Stamps") -> Path:
    path = _existing(model, file)
    if path is None and file.parts:
        path = folder(model) / file.path
        join(_parts(model, file), model, file, path)
        stamps.add(path, file.sha256)
    if path is None:
        raise _missing(model, file.path)
    if not stamps.holds(path, file.sha256):
        check(model, file, path)
        stamps.add(path, file.sha256)
    return path


def check(model: Model, file: File, path: Path) -> None:
    """See that a file is the one of the table, reading all of it.

    Raises:
        UserError: it is missing, damaged or another one.
    """
    try:
        size = path.stat().st_size
        if size != file.size:
            raise _damaged(model, path, f"it has {size:,} bytes in place of {file.size:,}")
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise _damaged(model, path, f"it cannot be read ({error.strerror})") from None
    if digest != file.sha256:
        raise _damaged(model, path, "its SHA-256 is not the one in the table")


def join(parts: Iterable[Path], model: Model, file: File, target: Path) -> None:
    """Write the parts one after another to one file: all of it, checked, or nothing.

    Raises:
        UserError: a part is missing, the whole is not the file of the table, or the disk is full.
    """
    temporary = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".joining-", delete=False) as stream:
            temporary = Path(stream.name)
            digest = hashlib.sha256()
            for block in _blocks(parts):
                digest.update(block)
                stream.write(block)
            stream.flush()
            os.fsync(stream.fileno())
        if digest.hexdigest() != file.sha256:
            raise _damaged(model, Path(file.path), "its parts do not make the file in the table")
        temporary.replace(target)
    except OSError as error:
        raise UserError(
            f"{model.name} could not be unpacked in {target.parent}: {error.strerror}.",
            f"Free {file.size // MIB + 1} MB of disk there, or set ANTIGONE_HOME to a folder with room.",
        ) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _joined_hash(model: Model, file: File) -> None:
    digest = hashlib.sha256()
    for block in _blocks(_parts(model, file)):
        digest.update(block)
    if digest.hexdigest() != file.sha256:
        raise _damaged(model, Path(file.path), "its parts do not make the file in the table")


def _blocks(paths: Iterable[Path]) -> Iterable[bytes]:
    for path in paths:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                yield block


def _missing(model: Model, what: str) -> UserError:
    return UserError(f"A file of {model.name} is missing: {what}.", f"Fetch it with: antigone models pull {model.name}")


def _damaged(model: Model, path: Path, how: str) -> UserError:
    return UserError(
        f"A file of {model.name} is damaged and was not loaded: {path} ({how}).",
        f"Fetch it again with: antigone models pull {model.name}",
    )


def other_remedy(model: Model) -> str:
    """What to use in place of a model that cannot be had."""
    others = ", ".join(other.name for other in MODELS if other.task == model.task and not other.missing)
    return f"Use one of these for {model.task}: {others}."


class Stamps:
    """Which files were found right, and what they looked like then, so that a gigabyte is not hashed at each start.

    A stamp holds only while size, both times and the inode are as they were: writing to a file or putting another in
    its place changes at least one. A stamp that cannot be read or written only costs the hashing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changed = False
        self._stamps: dict[str, list[object]] = {}
        with suppress(OSError, ValueError):
            loaded = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(loaded, dict):
                self._stamps = loaded

    @staticmethod
    def _look(path: Path, sha256: str) -> list[object]:
        status = path.stat()
        return [sha256, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]

    def holds(self, path: Path, sha256: str) -> bool:
        with suppress(OSError):
            return self._stamps.get(str(path)) == self._look(path, sha256)
        return False

    def add(self, path: Path, sha256: str) -> None:
        self._stamps[str(path)] = self._look(path, sha256)
        self._changed = True

    def save(self) -> None:
        if not self._changed:
            return
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                "w", dir=self._path.parent, prefix=".verified-", delete=False, encoding="utf-8"
            ) as stream:
                json.dump(self._stamps, stream)
            Path(stream.name).replace(self._path)

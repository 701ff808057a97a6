"""What --model means: a name of the table, a model pulled from the hub, or a folder or GGUF file of the user's own.

    found = resolve("openai/whisper-small", "hearing")
    if found.folder is not None: model = found.family.load(found.folder)      # a Hugging Face folder
    else: ...found.files by role...                                           # the table's, or {"weights": a GGUF}

Brings no torch: a wrong name is told at once. What comes from the table or the hub has the hashes it must have; what
is the user's own is taken as it is. A pickle is never opened.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from assistant import models, settings
from assistant.families import COMMANDS, Family, family_of, read_config
from assistant.hub import files as hub_files
from assistant.hub import registry
from assistant.hub.registry import Pulled
from assistant.model_table import MODELS, Model
from kernels.errors import UserError

_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")
_GGUF_TASK = "language"
_WHAT = {"hearing": "speech recogniser", "language": "language model", "seeing": "model that describes pictures"}


@dataclass(frozen=True)
class Resolved:
    """A model that can be loaded.

    Attributes:
        name: what to call it in messages.
        task: "hearing", "seeing", "language" ...
        files: paths by role, for a model of the table ("weights", "tokenizer" ...) or a GGUF file ("weights").
        folder, family: a Hugging Face folder and what loads it; both None for the others.
        table: the row, where it is a model of the table.
    """

    name: str
    task: str
    files: Mapping[str, Path] = field(default_factory=dict)
    folder: Path | None = None
    family: Family | None = None
    table: Model | None = None

    @property
    def gguf(self) -> Path | None:
        """The GGUF file, where it is one."""
        weights = self.files.get("weights")
        return weights if weights is not None and weights.suffix.lower() == ".gguf" else None


def resolve(wanted: str, task: str) -> Resolved:
    """The model that a name or path means.

    Args:
        wanted: a name or alias of the table, OWNER/NAME of a pulled model, a folder, or a GGUF file.
        task: what it is wanted for.

    Raises:
        UserError: there is no such model (the remedy lists what there is), it serves another command (which is said),
            or its files are missing, damaged or of a kind that is not read.
    """
    if models.known(wanted):
        row = models.find(wanted)
        _check_task(row.name, row.task, "", task)
        return Resolved(row.name, row.task, files=models.files(row.name), table=row)
    path = _existing(wanted)
    if path is not None:
        return _folder(path, task) if path.is_dir() else _file(path, task)
    there = registry.find(wanted)
    if there is not None:
        _check_task(there.repository, there.task, there.family, task)
        _check_files(there)
        return Resolved(there.repository, there.task, folder=there.folder, family=family_of(read_config(there.folder)))
    raise UserError(f"There is no {_WHAT.get(task, 'model')} named {wanted[:200]}.", alternatives(task))


def alternatives(task: str) -> str:
    """What can be given for a task, in a sentence or two."""
    names = [model.name for model in MODELS if model.task == task and not model.missing]
    names += [one.repository for one in registry.pulled() if isinstance(one, Pulled) and one.task == task]
    here = f"Use one of these: {', '.join(names)}. " if names else ""
    gguf = " or a GGUF file" if task == _GGUF_TASK else ""
    return f"{here}Or give a folder with a model's files{gguf}, or fetch one: antigone models pull OWNER/NAME."


def _existing(wanted: str) -> Path | None:
    """The file or folder of this name, None where there is none or it can be no name."""
    try:
        path = Path(wanted).expanduser()
        return path if wanted.strip() and path.exists() else None
    except (OSError, ValueError, RuntimeError):
        return None


def _check_task(name: str, has: str, family: str, wants: str) -> None:
    if has == wants:
        return
    command = COMMANDS.get(has, "")
    what = f"{name} is a model for {has}" + (f" (family {family})" if family else "")
    serves = f", which serves antigone {command}" if command else ""
    raise UserError(f"{what}{serves}; it cannot be used for {wants}.", alternatives(wants))


def _check_files(model: Pulled) -> None:
    """Every file is the one that was pulled; hashed again only where it changed since."""
    stamps = models.Stamps(settings.home() / "models" / "verified.json")
    for file in model.files:
        path = model.folder / file.path
        if stamps.holds(path, file.sha256):
            continue
        if not path.is_file():
            raise UserError(f"A file of {model.repository} is missing: {file.path}.", f"Fetch it with: {model.again}")
        if path.stat().st_size != file.size or registry.hash_of(path) != file.sha256:
            raise UserError(
                f"A file of {model.repository} is damaged and was not loaded: {path}.", f"Fetch it with: {model.again}"
            )
        stamps.add(path, file.sha256)
    stamps.save()


def _folder(path: Path, task: str) -> Resolved:
    names = {str(file.relative_to(path).as_posix()) for file in path.iterdir() if file.is_file()}
    family = family_of(read_config(path), str(path / "config.json"))
    _check_task(str(path), family.task, family.key, task)
    if hub_files.WEIGHTS not in names and hub_files.INDEX not in names:
        pickles = sorted(name for name in names if name.lower().endswith(_PICKLES))
        if pickles:
            raise UserError(
                f"{path} has its weights only as {pickles[0]}, a pickle, which can run code when opened, so it was not "
                "opened.",
                "Give the same model as safetensors.",
            )
        raise UserError(f"{path} has no {hub_files.WEIGHTS}.", "Give the folder of a whole model, as it was published.")
    hub_files.check_needs(family, names, str(path))
    return Resolved(path.name or str(path), family.task, folder=path, family=family)


def _file(path: Path, task: str) -> Resolved:
    if path.suffix.lower() in _PICKLES:
        raise UserError(
            f"{path} may be a pickle, which can run code when opened, so it was not opened.",
            "Give the same model as safetensors or GGUF.",
        )
    try:
        with path.open("rb") as stream:
            start = stream.read(4)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.", "Check its permissions.") from None
    if start != b"GGUF":
        raise UserError(f"{path} is not a GGUF file.", "Give the folder that holds a model, or a GGUF file.")
    _check_task(str(path), _GGUF_TASK, "", task)
    return Resolved(path.name, _GGUF_TASK, files={"weights": path})

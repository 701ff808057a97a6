"""`antigone models pull OWNER/NAME`: from a name on the hub to a folder that is whole, pinned and known.

Everything is gathered in a staging folder and becomes the model in one rename, when every file has the hash that the
hub lists for the commit. Whatever stops it before leaves what was installed as it was, and the parts for the next time.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from assistant import models, settings
from assistant.families import Family, family_of, parse_config, read_config
from assistant.hub import files as hub_files
from assistant.hub import memory, registry
from assistant.hub.download import fetch, kept, whole
from assistant.hub.net import Net, Patience, endpoint_in_use
from assistant.hub.progress import Progress, Say, megabytes
from assistant.hub.registry import Pulled, PulledFile
from assistant.hub.snapshot import Reference, RemoteFile, Snapshot, look_up, page
from assistant.hub.token import token
from assistant.model_table import MIB
from kernels.errors import UserError

_SPARE = 50 * MIB  # disk that is left alone
_OFFLINE = {"1", "on", "yes", "true"}

Ask = Callable[[str], str]


@dataclass(frozen=True)
class Options:
    """How to pull.

    Attributes:
        as_json: lines are JSON events.
        accept_licence: the licence of a gated model that the user accepts, by its name.
        ask: puts a question to the user and gives the answer; None where nobody can be asked.
    """

    as_json: bool = False
    accept_licence: str | None = None
    ask: Ask | None = None
    patience: Patience | None = None


def pull(name: str, say: Say, options: Options = Options()) -> Pulled:
    """Fetch a model of the hub, telling of the progress in whole lines.

    Args:
        name: OWNER/NAME, or OWNER/NAME@REVISION with a branch, tag or commit.

    Raises:
        UserError: whatever stops it; what was installed is as before. Ctrl-C too ends so, with exit code 130.
    """
    reference = Reference.parse(name)
    if os.environ.get("HF_HUB_OFFLINE", "").lower() in _OFFLINE:
        raise UserError("HF_HUB_OFFLINE is set, so nothing is fetched.", "Take it out of the environment to pull.")
    with (
        alone(reference.repository),
        Net(endpoint_in_use(), token(), options.patience) as net,
        Progress(say, options.as_json) as progress,
    ):
        try:
            return _pull(net, reference, progress, options)
        except KeyboardInterrupt:
            far = f" at {progress.percent} percent" if progress.total else ""
            raise UserError(
                f"Stopped{far}. What was fetched of {reference} is kept.",
                f"Go on with: antigone models pull {reference}. "
                f"To drop it: antigone models remove {reference.repository}",
                130,
            ) from None


def _pull(net: Net, reference: Reference, progress: Progress, options: Options) -> Pulled:
    snapshot = look_up(net, reference)
    there = _installed(reference)
    progress.doing("Checking what is here")
    if there is not None and there.commit == snapshot.commit and not registry.problems(there):
        progress.tell("Ready", f"{there.repository} is here already, and every file is right.", **_facts(there))
        return there
    _check_licence(net, snapshot, options, progress)
    staging = registry.staging(reference.repository)
    with _disk(staging):
        return _gather(net, snapshot, staging, there, progress)


def _gather(net: Net, snapshot: Snapshot, staging: Path, there: Pulled | None, progress: Progress) -> Pulled:
    """Everything after consent: description, family, room, weights, manifest, into place."""
    reference = snapshot.reference
    small, heavy = hub_files.descriptions(snapshot), hub_files.weights(snapshot)
    _fetch_all(net, snapshot, small[:1], staging, progress)  # config.json alone: is it something we can load?
    family = _family(snapshot, staging, progress)
    if heavy[0].path == hub_files.INDEX:
        _fetch_all(net, snapshot, heavy, staging, progress)
        heavy += hub_files.shards(snapshot, staging / hub_files.INDEX)
    files = [*small, *heavy]
    _clear_others(staging, files)
    _take_over(there, files, staging)
    fits = memory.sentence(family, read_config(staging), sum(file.size for file in heavy))
    _announce(snapshot, family, files, fits, progress)
    have = sum(kept(file, staging / file.path) for file in files)
    total = sum(file.size for file in files)
    _check_disk(reference, total - have, staging)
    progress.begin(total, have)
    hashes = _fetch_all(net, snapshot, files, staging, progress)
    model = Pulled(
        reference.repository, reference.revision, snapshot.commit, family.key, family.task, snapshot.licence,
        net.endpoint, tuple(PulledFile(f.path, f.size, h) for f, h in zip(files, hashes, strict=True)),
    )  # fmt: skip
    registry.write(model, staging)
    registry.install(staging, reference.repository)
    _stamp(model)
    progress.tell(
        "Ready", f"{model.repository} is ready, {megabytes(model.size)}, every file checked.", **_facts(model)
    )
    return model


def _family(snapshot: Snapshot, staging: Path, progress: Progress) -> Family:
    """What the config describes. A repository that is refused leaves nothing behind."""
    path, name = staging / hub_files.CONFIG, snapshot.reference.repository
    progress.doing("Reading what kind of model it is")
    try:
        config = parse_config(path.read_bytes(), f"config.json of {name}")
        family = family_of(config, f"config.json of {name}")
        hub_files.check_needs(family, snapshot.files, name)
        memory.needed(family, config, 0)  # a config that contradicts itself is told now
    except UserError:
        path.unlink()
        with suppress(OSError):  # parts of another revision lie there: they stay
            staging.rmdir()
        raise
    return family


def _fetch_all(
    net: Net, snapshot: Snapshot, files: Sequence[RemoteFile], staging: Path, progress: Progress
) -> list[str]:
    """Fetch what is not here yet. Returns the SHA-256 of each."""
    hashes = []
    for file in files:
        target = staging / file.path
        found = None
        if target.exists():
            progress.doing(f"Checking {file.path}")
            found = whole(file, target)
            if found is None:
                progress.add(-kept(file, target) if progress.total else 0)
                target.unlink()
        hashes.append(found or fetch(net, snapshot, file, target, progress))
    return hashes


def _check_licence(net: Net, snapshot: Snapshot, options: Options, progress: Progress) -> None:
    """Say the licence; where the makers ask for consent, get the user's."""
    name, licence = snapshot.reference.repository, snapshot.licence
    if not snapshot.gated:
        named = licence or "none is named, so ask its makers before you use it"
        progress.tell("Licence", f"Licence of {name}: {named}.", licence=licence, gated=False)
        return
    word, terms = licence or name, page(net, snapshot.reference)
    text = f"{name} is given only to those who accept its makers' terms ({word}). They stand at {terms} ."
    progress.tell("Licence", text, licence=licence, gated=True, terms=terms)
    if options.accept_licence is not None:
        if options.accept_licence.casefold() == word.casefold():
            return
        raise UserError(
            f"The terms of {name} are called {word}, not {options.accept_licence[:80]}; nothing was fetched.",
            f"When you have read and accept them, say --accept-licence {word}",
        )
    if options.ask is None:
        raise UserError(
            f"Nothing was fetched of {name}: its terms were not accepted.",
            f"Read them, and if you accept them: antigone models pull {snapshot.reference} --accept-licence {word}",
        )
    with progress.silence():
        answer = options.ask("Did you read these terms, and do you accept them? Type yes or no: ")
    if answer.strip().casefold() != "yes":
        raise UserError(f"Nothing was fetched of {name}: its terms were not accepted.", "Choose another model.")


def _announce(snapshot: Snapshot, family: Family, files: Sequence[RemoteFile], fits: str, progress: Progress) -> None:
    total = sum(file.size for file in files)
    text = (
        f"{snapshot.reference.repository} at commit {snapshot.commit[:12]}: family {family.key}, for {family.task}. "
        f"{len(files)} files, {megabytes(total)}. {fits}"
    )
    progress.tell("Fetching", text, repository=snapshot.reference.repository, commit=snapshot.commit,
                  family=family.key, task=family.task, files=len(files), bytes=total)  # fmt: skip


def _check_disk(reference: Reference, missing: int, staging: Path) -> None:
    free = shutil.disk_usage(staging).free
    if free < missing + _SPARE:
        raise UserError(
            f"There is not enough disk for {reference}: {megabytes(free)} are free in {staging.parent}, "
            f"{megabytes(missing + _SPARE)} are needed.",
            "Free some space there, or set ANTIGONE_HOME to a folder on a larger disk.",
        )


def _clear_others(staging: Path, files: Sequence[RemoteFile]) -> None:
    """Delete what an earlier, other listing left, and with it what nobody will ever ask for."""
    wanted = {staging / (file.path + ending) for file in files for ending in ("", ".part", ".part.json")}
    for path in [path for path in staging.rglob("*") if path.is_file() and path not in wanted]:
        path.unlink()


def _take_over(there: Pulled | None, files: Sequence[RemoteFile], staging: Path) -> None:
    """Use again what the installed version has of the same content: it is checked like everything else."""
    have = {file.sha256: there.folder / file.path for file in there.files} if there is not None else {}
    for file in files:
        target = staging / file.path
        if file.sha256 in have and not target.exists():
            with suppress(OSError):  # a file system without hard links: then it is fetched
                target.parent.mkdir(parents=True, exist_ok=True)
                os.link(have[file.sha256], target)


def _installed(reference: Reference) -> Pulled | None:
    with suppress(UserError):  # a damaged one is fetched again
        return registry.find(reference.repository)
    return None


def _stamp(model: Pulled) -> None:
    """It was hashed just now: the first use need not do it again."""
    stamps = models.Stamps(settings.home() / "models" / "verified.json")
    for file in model.files:
        stamps.add(model.folder / file.path, file.sha256)
    stamps.save()


def _facts(model: Pulled) -> dict[str, object]:
    return {"repository": model.repository, "commit": model.commit, "folder": str(model.folder), "bytes": model.size}


@contextmanager
def alone(repository: str) -> Iterator[None]:
    """One pull or removal of a model at a time. Raises UserError where another is at it."""
    import filelock

    lock = registry.staging(repository).with_suffix(".lock")
    with _disk(lock.parent):
        held = filelock.FileLock(lock, timeout=0)
        try:
            held.acquire()
        except filelock.Timeout:
            raise UserError(
                f"{repository} is being pulled or removed already, by another window or program.",
                "Wait until that has ended.",
            ) from None
    try:
        yield
    finally:
        held.release()


@contextmanager
def _disk(folder: Path) -> Iterator[None]:
    """A folder that exists; what goes wrong with the disk, in words."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise UserError(
            f"The folder {folder} cannot be written to: {error.strerror or type(error).__name__}.",
            "Free some space there, or set ANTIGONE_HOME to a folder that can be written to.",
        ) from None

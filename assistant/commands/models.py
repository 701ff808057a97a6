"""`antigone models list|verify|pull|remove|login`."""

import json
import sys
from collections.abc import Mapping
from contextlib import closing, suppress
from typing import Any

from assistant import model_fetch, models, settings
from assistant.hub import pull as hub_pull
from assistant.hub import registry
from assistant.hub import token as hub_token
from assistant.hub.progress import Progress, megabytes
from assistant.hub.registry import Pulled
from assistant.hub.snapshot import Reference
from assistant.model_table import MODELS, Model
from kernels.errors import UserError


def list_models(as_json: bool) -> None:
    """One line a model: name, whether it is here, task, size, licence, what it is; those of the table first."""
    for model in MODELS:
        row = _row(model)
        if as_json:
            _say(json.dumps(row))
        else:
            how = "part of the set-up" if model.default else "by pull"
            _say(
                f"{model.name}: {row['state']}. For {model.task}, {megabytes(model.size)}, {how}. "
                f"{model.summary}. Licence: {model.licence}."
            )
    for pulled in registry.pulled():
        if isinstance(pulled, UserError):
            _say(json.dumps({"state": "damaged", "text": f"{pulled}"}) if as_json else f"{pulled}")
        elif as_json:
            _say(json.dumps(_pulled_row(pulled), ensure_ascii=False))
        else:
            about = f"Family {pulled.family}, commit {pulled.commit[:12]}. Licence: {pulled.licence or 'none named'}."
            _say(
                f"{pulled.repository}: {registry.state(pulled)}. For {pulled.task}, {megabytes(pulled.size)}, "
                f"pulled. {about} In {pulled.folder}."
            )
    for name, size in registry.begun():
        text = f"{name}: begun, {megabytes(size)} here. Go on with: antigone models pull {name}"
        _say(json.dumps({"name": name, "state": "begun", "size": size, "text": text}) if as_json else text)


def verify(name: str | None) -> None:
    """Read every byte of the models that are here (or of one) and compare with the table or what was pulled.

    Raises:
        UserError: a file is missing, damaged or another one; each was named before.
    """
    bad: dict[str, str] = {}  # name -> the command that mends it
    found: list[Pulled | UserError] = []
    if name and "/" in name:
        found = [_pulled(name)]
    else:
        bad.update(_verify_table(name))
        found = [] if name else registry.pulled()
    for model in found:
        if isinstance(model, UserError):
            _say(model.text)
            bad["a pulled model"] = model.remedy.partition(": ")[2]
            continue
        with Progress(_say) as progress:
            progress.doing(f"Checking {model.repository}")
            wrong = registry.problems(model)
        _say(f"{model.repository}: " + (" ".join(wrong) or f"every file is right ({len(model.files)})."))
        if wrong:
            bad[model.repository] = model.again
    if bad:
        raise UserError(f"Not whole: {', '.join(bad)}.", f"Fetch again with: {' ; '.join(bad.values())}")


def _verify_table(name: str | None) -> dict[str, str]:
    chosen = [models.find(name)] if name else [model for model in MODELS if model.files]
    bad = {}
    for model in chosen:
        if model.missing:
            raise UserError(f"{model.name} cannot be had. {model.missing}", models.other_remedy(model))
        if not name and not models.partly_here(model):
            _say(f"{model.name}: not here.")
            continue
        found = models.problems(model)
        _say(f"{model.name}: " + (" ".join(found) or f"every file is right ({len(model.files)})."))
        if found:
            bad[model.name] = f"antigone models pull {model.name}"
    return bad


def pull(name: str, as_json: bool = False, accept_licence: str | None = None) -> None:
    """Fetch a model of the table, or OWNER/NAME of the hub."""
    if "/" in name:
        asked: list[str] = []

        def ask(question: str) -> str:
            asked.append(question)
            return input(question)

        may_ask = ask if sys.stdin.isatty() and not as_json else None
        pulled = hub_pull.pull(name, _say, hub_pull.Options(as_json, accept_licence, may_ask))
        accepted = "accepted" if asked or accept_licence else "open"
        _record({"model": pulled.repository, "commit": pulled.commit, "host": pulled.origin,
                 "licence": pulled.licence or "none named", "terms": accepted})  # fmt: skip
        return
    try:
        model_fetch.pull(name, _say_event if as_json else _say)
        _record({"model": name, "licence": models.find(name).licence})
    except UserError as error:
        if models.known(name):
            raise
        raise UserError(error.text, f"{error.remedy} Or give OWNER/NAME of a model on the hub.") from None


def _record(detail: Mapping[str, str]) -> None:
    """Note in the audit log which model was fetched from where, and whose terms were accepted."""
    from assistant import clock
    from assistant.memory import Store

    with suppress(UserError), closing(Store(settings.home())) as store:  # the model is here, whatever the log says
        store.record("model pulled", detail, clock.now())


def remove(name: str, yes: bool = False) -> None:
    """Delete a model's files, after asking.

    Raises:
        UserError: there is no such model here, or nobody said yes.
    """
    if "/" not in name:
        model = models.find(name)
        _ask_removal(model.name, model.size, yes)
        model_fetch.remove(name, _say)
        return
    name = Reference.parse(name).repository
    folder, staging = registry.place(name), registry.staging(name)
    sizes = [
        path.stat().st_size
        for place in (folder, staging)
        if place.is_dir()
        for path in place.rglob("*")
        if path.is_file()
    ]
    if not folder.is_dir() and not staging.is_dir():
        raise UserError(f"{name} is not here, so nothing was removed.", "See: antigone models list")
    _ask_removal(name, sum(sizes), yes)
    with hub_pull.alone(name):
        registry.discard(folder)
        registry.discard(staging)
    _say(f"{name} was removed. To have it again: antigone models pull {name}")


def login() -> None:
    """Keep a token for the hub in the system's keyring.

    Raises:
        UserError: nobody can type it, or there is no keyring that works.
    """
    import getpass

    if sys.stdin.isatty():
        secret = getpass.getpass("Your token for the hub (what you type is not shown): ")
    else:
        secret = sys.stdin.readline(1024)
    if not secret.strip():
        raise UserError("No token was given, so nothing was kept.", "Start again and paste it.")
    hub_token.keep(secret.strip())
    _say("The token is kept in this system's keyring. To take it out: antigone models logout")


def logout() -> None:
    """Take the token out of the keyring."""
    _say("The token was taken out of the keyring." if hub_token.forget() else "There was no token in the keyring.")


def _pulled(name: str) -> Pulled:
    model = registry.find(name)
    if model is None:
        raise UserError(f"{name} is not here.", f"Fetch it with: antigone models pull {name}")
    return model


def _ask_removal(name: str, size: int, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UserError(
            f"{name} was not removed: nobody was asked.", f"If it may go, say: antigone models remove {name} --yes"
        )
    answer = input(f"Remove {name}, {megabytes(size)}? Type yes or no: ")
    if answer.strip().casefold() != "yes":
        raise UserError(f"{name} was not removed.", "It stays as it is.")


def _say(line: str) -> None:
    print(line, flush=True, file=sys.stdout)


def _say_event(line: str) -> None:
    _say(json.dumps({"event": "Note", "text": line}, ensure_ascii=False))


def _row(model: Model) -> Mapping[str, Any]:
    if model.missing:
        state = "cannot be had"
    elif models.here(model):
        state = "here"
    else:
        state = "damaged" if models.partly_here(model) else "not here"
    return {
        "name": model.name,
        "aliases": list(model.aliases),
        "state": state,
        "task": model.task,
        "size": model.size,
        "licence": model.licence,
        "default": model.default,
        "summary": model.summary,
        "missing": model.missing,
        "packages": [f"{package.name}=={package.version}" for package in model.packages],
        "files": {file.role: {"path": file.path, "size": file.size, "sha256": file.sha256} for file in model.files},
    }


def _pulled_row(model: Pulled) -> Mapping[str, Any]:
    return {
        "name": model.repository,
        "state": registry.state(model),
        "task": model.task,
        "size": model.size,
        "licence": model.licence,
        "family": model.family,
        "revision": model.revision,
        "commit": model.commit,
        "origin": model.origin,
        "folder": str(model.folder),
        "files": {file.path: {"size": file.size, "sha256": file.sha256} for file in model.files},
    }

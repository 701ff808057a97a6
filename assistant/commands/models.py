"""`antigone models list|verify|pull|remove`."""

import json
import sys
from collections.abc import Mapping
from typing import Any

from assistant import model_fetch, models
from assistant.model_table import MODELS, Model
from kernels.errors import UserError


def list_models(as_json: bool) -> None:
    """One line a model: name, whether it is here, task, size, licence, what it is."""
    for model in MODELS:
        row = _row(model)
        if as_json:
            print(json.dumps(row))
        else:
            how = "part of the set-up" if model.default else "by pull"
            print(f"{model.name}: {row['state']}. For {model.task}, {model.size / 1e6:,.0f} MB, {how}.", end=" ")
            print(f"{model.summary}. Licence: {model.licence}.")


def verify(name: str | None) -> None:
    """Read every byte of the models that are here (or of one) and compare with the table.

    Raises:
        UserError: a file is missing, damaged or another one; each was named before.
    """
    chosen = [models.find(name)] if name else [model for model in MODELS if model.files]
    bad = []
    for model in chosen:
        if model.missing:
            raise UserError(f"{model.name} cannot be had. {model.missing}", models.other_remedy(model))
        if not name and not models.partly_here(model):
            print(f"{model.name}: not here.", flush=True)
            continue
        found = models.problems(model)
        print(f"{model.name}: " + (" ".join(found) or f"every file is right ({len(model.files)})."), flush=True)
        bad += [model.name] if found else []
    if bad:
        remedies = " ; ".join(f"antigone models pull {name}" for name in bad)
        raise UserError(f"Not whole: {', '.join(bad)}.", f"Fetch again with: {remedies}")


def pull(name: str) -> None:
    """Fetch a model."""
    model_fetch.pull(name, _say)


def remove(name: str) -> None:
    """Delete a model's files."""
    model_fetch.remove(name, _say)


def _say(line: str) -> None:
    print(line, flush=True, file=sys.stdout)


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

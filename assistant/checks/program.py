"""The program's own things: settings, models, what is kept, the log."""

import contextlib
import os
import platform
from collections.abc import Iterator
from datetime import datetime

from assistant import logs, models, settings
from assistant.checks.finding import Finding
from assistant.hub import registry
from assistant.model_table import MODELS
from kernels.errors import UserError


def python_and_settings() -> Iterator[Finding]:
    """Which Python runs this, and whether the settings can be read."""
    yield Finding("python", "good", f"Python {platform.python_version()} on {platform.system()} {platform.machine()}.")
    try:
        settings.load()
    except UserError as error:
        yield Finding("settings", "bad", error.text, error.remedy)
    else:
        there = settings.file().exists()
        where = f"{settings.file()} is used" if there else f"there is no {settings.file()}, so defaults are used"
        yield Finding("settings", "good", f"The settings are right; {where}.")
    known = {settings.ENVIRONMENT_PREFIX + name.upper() for name in settings.Settings.model_fields}
    launcher = {"ANTIGONE_NOW", "ANTIGONE_PYTHON", "ANTIGONE_VENV", "ANTIGONE_ENDPOINT_KEY"}
    for name in sorted(os.environ):
        if name.startswith(settings.ENVIRONMENT_PREFIX) and name not in known | launcher:
            yield Finding("settings", "note", f"{name} is set but is no setting.", "See: antigone settings")


def model_files() -> Iterator[Finding]:
    """Every byte of every model that should be here."""
    for model in MODELS:
        if not model.files or (not model.default and not models.partly_here(model)):
            continue
        found = models.problems(model)
        remedy = f"Fetch it with: antigone models pull {model.name}"
        if found:
            yield Finding("models", "bad", " ".join(found), remedy)
        else:
            yield Finding("models", "good", f"{model.name} is whole.")
    for pulled in registry.pulled():
        if isinstance(pulled, UserError):
            yield Finding("models", "bad", pulled.text, pulled.remedy)
        elif found := registry.problems(pulled):
            yield Finding("models", "bad", f"{pulled.repository}: {' '.join(found)}", f"Fetch it with: {pulled.again}")
        else:
            yield Finding("models", "good", f"{pulled.repository} is whole.")
    for name, size in registry.begun():
        remedy = f"Go on with: antigone models pull {name}. To drop it: antigone models remove {name}"
        yield Finding("models", "note", f"The pull of {name} was stopped; {size / 1e6:,.0f} MB are here.", remedy)


def kept() -> Iterator[Finding]:
    """Whether what is kept can be read, and whether the record of who agreed to what is as it was written."""
    from assistant.memory import FILE_NAME, Store

    home = settings.home()
    if not (home / FILE_NAME).exists():
        yield Finding("kept", "good", "Nothing is kept yet.")
        return
    with contextlib.closing(Store(home)) as store:
        broken = store.audit_break()
    if broken is None:
        yield Finding("kept", "good", "What is kept can be read, and the record of consent is whole.")
    else:
        text = f"The record of consent was changed from outside at entry {broken}."
        yield Finding("kept", "note", text, "If it was not you, see who else can use your account.")


def log() -> Iterator[Finding]:
    """Where what happened is written down, and whether something went wrong inside."""
    home = settings.home()
    path = logs.path(home)
    if path.exists():
        yield Finding("log", "good", f"What happened is noted in {path}, without your words.")
    else:
        yield Finding("log", "good", f"Nothing was noted yet; the page will note it in {path}.")
    details = home / "last-error.txt"
    with contextlib.suppress(OSError):
        when = datetime.fromtimestamp(details.stat().st_mtime).astimezone()
        text = f"Something went wrong inside on {when:%d %B %Y at %H:%M}; {details} tells what."
        yield Finding("log", "note", text, "Send it to the makers if it happens again, or delete it.")

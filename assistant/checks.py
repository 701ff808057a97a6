"""What the doctor looks at: each check answers with what it found and, where something is amiss, the remedy."""

import contextlib
import os
import platform
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from assistant import models, settings
from assistant.hub import registry
from assistant.model_table import MIB, MODELS
from kernels.errors import UserError
from kernels.memory_limit import room

SENTENCE = "The kettle is on and the tea is ready."
LITTLE_DISK = 500 * MIB
LITTLE_MEMORY = 2_000 * MIB
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "firefox",
)
# what the kernels can use, as the kernel of Linux spells it
FEATURES = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile", "asimd", "asimddp", "bf16")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. "bad" stops something from working, "note" is worth knowing."""

    subject: str
    state: Literal["good", "note", "bad"]
    text: str
    remedy: str = ""


def _in_force() -> settings.Settings:
    """The settings, or the defaults where they cannot be read: one check says so, and the others go on."""
    try:
        return settings.load()
    except UserError:
        return settings.Settings.model_construct()


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
    launcher = {"ANTIGONE_NOW", "ANTIGONE_PYTHON", "ANTIGONE_VENV"}
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


def disk_and_memory() -> Iterator[Finding]:
    """Room for what the program keeps and for the models in memory."""
    home = settings.home()
    place = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    if not os.access(place, os.W_OK):
        yield Finding("disk", "bad", f"{place} cannot be written to.", "Set ANTIGONE_HOME to a folder of your own.")
    elif free < LITTLE_DISK:
        yield Finding("disk", "bad", f"Only {free // MIB} MB are free for {home}.", "Free some space on that disk.")
    else:
        yield Finding("disk", "good", f"{free / 1e9:.0f} GB are free for {home}.")
    limit = room(_in_force().memory_limit_mb << 20)
    text = f"{limit.free / 1e9:.1f} GB of memory are free {limit.whose}."
    if limit.free < LITTLE_MEMORY:
        yield Finding("memory", "note", text, "Close other programs if answers are slow.")
    else:
        yield Finding("memory", "good", text)


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


def processor_and_gpu() -> Iterator[Finding]:
    """What the models run on."""
    import torch

    flags: set[str] = set()
    information = Path("/proc/cpuinfo")
    if information.exists():
        lines = information.read_text(encoding="utf-8", errors="replace").splitlines()
        flags = {word for line in lines if line.startswith(("flags", "Features")) for word in line.split()}
    known = [name for name in FEATURES if name in flags]
    kind = torch.backends.cpu.get_cpu_capability()
    what = f"{os.cpu_count()} processor cores, {kind}" + (f" ({', '.join(known)})" if known else "")
    if kind == "DEFAULT" and platform.machine() in {"x86_64", "AMD64"}:
        yield Finding("processor", "note", f"{what}: no AVX2, so everything is slow.", "A newer computer would help.")
    else:
        yield Finding("processor", "good", f"{what}.")
    if torch.cuda.is_available():
        yield Finding("gpu", "good", f"A GPU is used: {torch.cuda.get_device_name(0)}.")
    else:
        yield Finding("gpu", "good", "No GPU; none is needed.")


def arithmetic() -> Iterator[Finding]:
    """In which numbers language models are computed here, and why."""
    from kernels.arithmetic import choose

    choice = choose(_in_force().arithmetic)
    text = f"Language is computed in {choice.arithmetic}: {choice.why}. Hearing is computed in float32."
    if choice.slow:
        yield Finding("arithmetic", "note", text, "Set arithmetic = auto, or expect slow answers.")
    else:
        yield Finding("arithmetic", "good", text, "The setting arithmetic chooses another.")


def compiled() -> Iterator[Finding]:
    """Whether the kernels are compiled for this processor, and what kept them from it."""
    from kernels.cpu import team

    try:
        threads = team.team().threads
    except Exception as error:  # whatever it is, PyTorch's own kernels stand in
        text = f"The kernels could not be compiled for this processor ({error}), so slower ones are used."
        yield Finding("kernels", "note", text, "Answers stay right. Run ./antigone again to compile anew.")
    else:
        yield Finding("kernels", "good", f"The kernels are compiled for this processor; {threads} threads share them.")


def sound() -> Iterator[Finding]:
    """Microphone and speaker."""
    try:
        import sounddevice

        devices = list(sounddevice.query_devices())
    except OSError:  # the library of the system is missing
        yield Finding(
            "sound", "bad", "The sound library PortAudio is missing.", "Install it: sudo apt install libportaudio2"
        )
        devices = None
    except Exception as error:  # PortAudio's own errors have no common base
        yield Finding(
            "sound", "note", f"The sound system does not answer ({error}).", "See that sound works elsewhere."
        )
        devices = None
    for what, channels in (("microphone", "max_input_channels"), ("speaker", "max_output_channels")):
        if devices is None:
            continue
        names = [str(device["name"]) for device in devices if device[channels] > 0]
        if names:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            yield Finding("sound", "good", f"{what.capitalize()}: {names[0]}{more}.")
        else:
            remedy = f"Connect a {what}; until then work with files (--audio, --speak) or with typing."
            yield Finding("sound", "note", f"No {what} was found.", remedy)


def voice_and_ears() -> Iterator[Finding]:
    """Says a sentence into a file and hears it back: voice, models and processor at work together."""
    from assistant import hearing
    from assistant.speech import Speaker

    options = settings.load()
    with tempfile.TemporaryDirectory() as folder, Speaker(options) as speaker:
        said = Path(folder) / "said.wav"
        started = time.monotonic()
        speaker.to_file(SENTENCE, said)
        spoken_after = time.monotonic() - started
        for notice in speaker.notices:
            yield Finding("voice", "note", notice, "Another voice spoke in its place; see: antigone models verify")
        yield Finding("voice", "good", f"The voice spoke a sentence in {spoken_after:.1f} seconds.")
        ears = hearing.load(options.hearing_model)
        started = time.monotonic()
        heard = ears.hear(said)[0].strip()
    same = _letters(heard) == _letters(SENTENCE)
    state: Literal["good", "note"] = "good" if same else "note"
    remedy = "" if same else f"It was: {SENTENCE} A slower speech rate or another hearing model may help."
    yield Finding("hearing", state, f"Heard back in {time.monotonic() - started:.1f} seconds: {heard}", remedy)


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalpha())


def browser() -> Iterator[Finding]:
    """Something to show the page in."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found:
        yield Finding("browser", "good", f"A browser is at {found}.")
    elif sys.platform in {"darwin", "win32"}:
        yield Finding("browser", "good", "The system's browser shows the page.")
    else:
        yield Finding(
            "browser", "note", "No browser was found for the page.", "sudo apt install chromium, or any other."
        )


def network() -> Iterator[Finding]:
    """Whether anything may leave this machine. Connects to nothing."""
    if _in_force().allow_outside:
        text = "Tools may leave this machine, asking each time (allow_outside is on)."
        yield Finding("network", "note", text, "Turn it off with allow_outside = false in the settings file.")
    else:
        yield Finding("network", "good", "Off: nothing leaves this machine.")
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", 0))
        except OSError as error:
            text = f"The page cannot be served on this machine: {error.strerror}."
            yield Finding("network", "bad", text, "Use the commands in the terminal, or ask whoever runs this machine.")


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    python_and_settings,
    model_files,
    disk_and_memory,
    kept,
    processor_and_gpu,
    arithmetic,
    compiled,
    sound,
    voice_and_ears,
    browser,
    network,
)

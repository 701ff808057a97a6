"""Six short sounds without words: one vocabulary for page, voice loop and terminal (assets/earcons/CARD.md)."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from assistant.speech import Sound
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.settings import Settings

Name = Literal["listening", "thinking", "tool", "consent", "error", "done"]
NAMES: tuple[Name, ...] = get_args(Name)
FOLDER = Path(__file__).parents[2] / "assets" / "earcons"


def path(name: Name) -> Path:
    """The FLAC file of an earcon (a page serves it as it is).

    Raises:
        ValueError: there is no such earcon.
    """
    if name not in NAMES:
        raise ValueError(f"no earcon named {name}; there are {', '.join(NAMES)}")
    return FOLDER / f"{name}.flac"


def sound(name: Name, settings: "Settings") -> Sound | None:
    """An earcon at the settings' volume, fit for Speaker.play; None where the settings want none.

    Raises:
        UserError: its file is missing or damaged.
    """
    if not settings.earcons:
        return None
    samples_F, rate_hz = _read(name)
    return Sound((samples_F * settings.volume).astype("int16"), rate_hz, text="", notice=True)


@cache
def _read(name: Name):  # type: ignore[no-untyped-def]
    import soundfile

    try:
        return soundfile.read(path(name), dtype="int16")
    except (OSError, RuntimeError):  # soundfile's own error is a RuntimeError
        raise UserError(
            f"The sound {name} is missing or damaged.", "Set up the program anew, or set earcons = false."
        ) from None

"""What a check of the doctor answers with."""

from dataclasses import dataclass
from typing import Literal

from assistant import settings
from kernels.errors import UserError


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. "bad" stops something from working, "note" is worth knowing."""

    subject: str
    state: Literal["good", "note", "bad"]
    text: str
    remedy: str = ""


def in_force() -> settings.Settings:
    """The settings, or the defaults where they cannot be read: one check says so, and the others go on."""
    try:
        return settings.load()
    except UserError:
        return settings.Settings.model_construct()

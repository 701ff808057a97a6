"""A sound as a file: written whole or not at all."""

import contextlib
import os
import secrets
import wave
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.engines.level import Samples


def write(path: Path, sounds: "Iterable[Samples]", rate_hz: int) -> float:
    """Write (F,) int16 mono sounds one after another as one WAV file; its length in seconds.

    The file takes its name only when it is complete: until then, and after any failure, what was there before is there.

    Raises:
        UserError: the path cannot be written, or the disk is full.
    """
    check_writable(path)
    frames = 0
    with new_file(path) as temporary, wave.open(str(temporary), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        for samples_F in sounds:
            file.writeframes(samples_F.astype("<i2").tobytes())
            frames += len(samples_F)
    return frames / rate_hz


def check_writable(path: Path) -> None:
    """Refuse a path that cannot become a file, before any work is done for it.

    Raises:
        UserError: it is a folder, or its folder is missing or closed to us.
    """
    try:
        if path.is_dir():
            raise UserError(f"{path} is a folder.", "Give the name of a file in it, such as answer.wav.")
        if path.exists() and not path.is_file():
            raise UserError(f"{path} is no ordinary file.", "Give another name, such as answer.wav.")
        if not path.parent.is_dir():
            raise UserError(f"The folder {path.parent} does not exist.", "Make it first, or give another path.")
        if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
            raise UserError(f"{path} may not be written.", "Give a path in a folder of your own.")
    except (OSError, ValueError) as error:  # a name too long, a null character
        raise _refusal(path, error) from None


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A temporary file beside `path` that takes its place when all went well, and is gone when not."""
    temporary = path.with_name(f".{path.name[:40]}.{secrets.token_hex(4)}.part")
    try:
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield temporary
        os.replace(temporary, path)
    except (OSError, ValueError) as error:
        raise _refusal(path, error) from None
    finally:
        with contextlib.suppress(OSError, ValueError):
            temporary.unlink(missing_ok=True)


def _refusal(path: Path, error: Exception) -> UserError:
    reason = getattr(error, "strerror", None) or error
    name = str(path) if len(str(path)) <= 100 else f"{str(path)[:100]}..."
    return UserError(f"{name!r} could not be written: {reason}.", "Free some space, or give another path.")

"""The user's token for the hub: from the system's keyring, the environment, or the file that Hugging Face's tools keep.

It is sent to the hub's own address alone, and is never printed, logged or written by this program but to the keyring.
"""

import os
import re
from pathlib import Path

from kernels.errors import UserError

SERVICE, USER = "antigone", "hub-token"
_TOKEN = re.compile(r"[\x21-\x7e]{8,512}")


def token() -> str | None:
    """The token, or None where there is none."""
    for found in (_from_keyring(), os.environ.get("HF_TOKEN"), _from_file()):
        if found and _TOKEN.fullmatch(found.strip()):
            return found.strip()
    return None


def keep(secret: str) -> None:
    """Put a token into the keyring.

    Raises:
        UserError: it is no token, or this system has no keyring that works; where else it may go is said.
    """
    if not _TOKEN.fullmatch(secret):
        raise UserError("That is no token: a token is one word of letters, digits and signs.", "Copy it whole.")
    try:
        import keyring

        keyring.set_password(SERVICE, USER, secret)
    except Exception as error:  # backends raise what they like
        raise _no_keyring(error) from None


def forget() -> bool:
    """Take the token out of the keyring; whether there was one."""
    if _from_keyring() is None:
        return False
    import keyring

    try:
        keyring.delete_password(SERVICE, USER)
    except Exception as error:
        raise _no_keyring(error) from None
    return True


def _from_keyring() -> str | None:
    try:
        import keyring

        found = keyring.get_password(SERVICE, USER)
    except Exception:  # no such package, no backend, a locked ring: then there is no token here
        return None
    return found if isinstance(found, str) else None


def _from_file() -> str | None:
    home = os.environ.get("HF_HOME") or os.path.join(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "huggingface")
    path = Path(os.environ.get("HF_TOKEN_PATH") or os.path.join(home, "token")).expanduser()
    try:
        return path.read_text("utf-8")[:1024]
    except (OSError, ValueError):
        return None


def _no_keyring(error: Exception) -> UserError:
    if isinstance(error, ImportError):
        return UserError(
            "The package keyring is not installed, so the token was not kept.",
            "Install it with: .venv/bin/uv pip install keyring. Or put the token into the environment as HF_TOKEN.",
        )
    return UserError(
        f"This system's keyring cannot be used ({type(error).__name__}), so the token was not kept.",
        "Unlock or install one (GNOME Keyring, KWallet), or put the token into the environment as HF_TOKEN.",
    )

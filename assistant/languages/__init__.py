"""The program's own fixed sentences in English, Spanish and Portuguese (of Brazil): one catalogue a language.

    text("log.still_doing", "es", doing="leo la carta")       # "Sigo en ello: leo la carta"

A catalogue is a TOML file beside this one; `[log]` and `still_doing = "..."` make the key "log.still_doing".
Placeholders are names in braces. English is the one that must hold every key; the tests see that the others hold the
same keys with the same placeholders, and that what code and page ask for is there. In the page's scripts the same is
`t("log.still_doing", { doing })` (ui/static/words.js).
"""

import os
import re
import sys
import tomllib
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

Language = Literal["en", "es", "pt"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
TAGS: dict[str, str] = {"en": "en", "es": "es", "pt": "pt-BR"}  # BCP 47, for lang attributes
NAMES: dict[str, str] = {"en": "English", "es": "Español", "pt": "Português"}
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def text(key: str, language: str, **values: object) -> str:
    """A sentence of the catalogue with its placeholders filled in.

    Raises:
        KeyError: no such key, or a placeholder without a value.
    """
    return PLACEHOLDER.sub(lambda found: str(values[found[1]]), catalogue(language)[key])


@cache
def catalogue(language: str) -> MappingProxyType[str, str]:
    """All sentences of a language by key. What is not translated yet is English."""
    own = _read(language)
    return MappingProxyType(own if language == "en" else {**catalogue("en"), **own})


def _read(language: str) -> dict[str, str]:
    path = Path(__file__).with_name(f"{language}.toml")
    sections = tomllib.loads(path.read_text(encoding="utf-8"))
    return {f"{section}.{name}": said for section, names in sections.items() for name, said in names.items()}


def spoken_here(tag: str) -> Language | None:
    """The catalogue for a language tag such as "es-MX" or "pt_BR.UTF-8"; None where there is none."""
    code = re.split(r"[-_.@]", tag.strip().lower(), maxsplit=1)[0]
    return next((language for language in LANGUAGES if language == code), None)


def accepted(header: str) -> Language | None:
    """The first of our languages in an Accept-Language header (RFC 9110, 12.5.4); None where there is none."""
    wanted: list[tuple[float, str]] = []
    for part in header.split(",")[:50]:
        tag, _, weight = part.partition(";")
        number = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", weight)
        wanted.append((float(number[1]) if number else 1.0 if not weight else 0.0, tag))
    ranked = sorted((pair for pair in wanted if pair[0] > 0), key=lambda pair: -pair[0])  # stable: first named first
    return next((found for _, tag in ranked if (found := spoken_here(tag))), None)


def of_system() -> Language:
    """The language of the user's system where it is one of ours, else English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            return spoken_here(os.environ[name]) or "en"
    if sys.platform == "win32":
        import ctypes
        import locale

        return spoken_here(locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage(), "")) or "en"
    return "en"

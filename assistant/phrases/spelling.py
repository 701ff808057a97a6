"""Letter by letter, the way it can be written down by ear."""

import unicodedata

from kernels.errors import UserError

NATO = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        [
            "Alfa",
            "Bravo",
            "Charlie",
            "Delta",
            "Echo",
            "Foxtrot",
            "Golf",
            "Hotel",
            "India",
            "Juliett",
            "Kilo",
            "Lima",
            "Mike",
            "November",
            "Oscar",
            "Papa",
            "Quebec",
            "Romeo",
            "Sierra",
            "Tango",
            "Uniform",
            "Victor",
            "Whiskey",
            "X-ray",
            "Yankee",
            "Zulu",
        ],
        strict=True,
    )
)
SIGNS = {
    "@": "at", ".": "dot", ",": "comma", "-": "hyphen", "_": "underscore", "/": "slash",
    "\\": "backslash", ":": "colon",
    ";": "semicolon", "'": "apostrophe", "’": "apostrophe", '"': "quote", "!": "exclamation mark", "?": "question mark",
    "(": "open bracket", ")": "close bracket", "&": "and sign", "#": "hash", "%": "percent", "+": "plus", "=": "equals",
    "*": "star", "£": "pound sign", "$": "dollar sign", "€": "euro sign", " ": "space",
}  # fmt: skip
LIMIT = 60  # characters spelled at once


def spell_out(text: str, code_words: bool = False) -> tuple[str, str]:
    """How `text` is spelled, and what "more" adds: the rest of a long text, or the code words.

    Raises:
        UserError: there is nothing to spell.
    """
    text = " ".join(unicodedata.normalize("NFC", text).split())
    if not text:
        raise UserError("There is nothing to spell.", "Say the word to spell.")
    head, rest = text[:LIMIT], text[LIMIT : LIMIT * 8]
    spelled = ", ".join(_name(letter, code_words) for letter in head)
    if rest:
        return f"{spelled}, and more.", ", ".join(_name(letter, code_words) for letter in rest) + "."
    return f"{spelled}.", "" if code_words else ", ".join(_name(letter, True) for letter in head) + "."


def signs(text: str) -> list[tuple[str, str, str]]:
    """Each sign of a text with its name and its name by code words: ("V", "capital V", "capital V as in Victor")."""
    return [(sign, _name(sign, False), _name(sign, True)) for sign in unicodedata.normalize("NFC", text)]


def _name(letter: str, code_words: bool) -> str:
    if letter in SIGNS:
        return SIGNS[letter]
    if letter.isdigit() and letter.isascii():
        return letter
    capital = "capital " if letter.isupper() else ""
    base = unicodedata.normalize("NFD", letter)[0]
    if base != letter and base.isalpha():  # an accent: say the letter and the accent's name
        accent = unicodedata.name(letter, "").split(" WITH ")[-1].lower()
        return f"{capital}{_name(base.lower(), code_words)} with {accent}"
    if letter.lower() in NATO:
        return f"{capital}{letter.upper()} as in {NATO[letter.lower()]}" if code_words else f"{capital}{letter.upper()}"
    return unicodedata.name(letter, "unknown sign").lower()

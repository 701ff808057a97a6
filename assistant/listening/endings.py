"""How long a silence must last before a turn is over, by how it sounded, what was said, and how patient to be.

Smart Turn hears intonation and knows little grammar; the words know grammar and nothing of intonation. Where the words
hang ("remind me to", "the"), the speaker goes on, however final it sounded.
"""

from dataclasses import dataclass
from typing import Literal

Patience = Literal["quick", "normal", "patient"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that no request ends with when it is whole, by language.
_HANGING = {
    "en": _words(
        "a an the my your his her its our their and or but because if when while whose every um uh er i'm i'll"
    ),
    "es": _words("el la los las un una unos unas mi tu su del al y o pero porque si cuando mientras cada eh"),
    "pt": _words("o os as um uma uns umas meu minha seu sua do da dos das ao e ou mas porque se quando cada"),
}
# Words that end a question at most: "who is it from?"
_LEANING = {
    "en": _words("to of for from with without about at by into onto than per between until till"),
    "es": _words("de a en con sin para por que entre hasta desde"),
    "pt": _words("de a em no na nos nas com sem para por que entre até desde"),
}
_MARKS = (".", "?", "!", "。", "？", "！")


@dataclass(frozen=True)
class Waits:
    """Seconds of silence after which a turn is over.

    Attributes:
        sure: it sounds finished for certain. likely: probably.
        said: it doesn't sound finished, but the words make a sentence. open: they break off, or are not known.
    """

    sure: float
    likely: float
    said: float
    open: float


WAITS: dict[Patience, Waits] = {
    "quick": Waits(0.30, 0.40, 0.50, 1.0),
    "normal": Waits(0.35, 0.55, 0.80, 2.0),
    "patient": Waits(2.4, 2.4, 3.0, 4.0),
}
SURE, LIKELY = 0.9, 0.5  # chances that the speaker has finished
_FEW = 2  # words: a command, which is too short to sound finished


def silence_s(patience: Patience, chance: float | None, text: str | None, language: str = "en") -> float:
    """Seconds of silence after which the turn is over.

    Args:
        chance: that the speaker has finished, by Smart Turn; None while unknown.
        text, language: the words; None while unknown.
    """
    waits = WAITS[patience]
    if chance is None or text is None or hanging(text, language):
        return waits.open
    if chance >= SURE:
        return waits.sure
    if chance >= LIKELY or len(text.split()) <= _FEW:
        return waits.likely
    return waits.said if text.rstrip().endswith(_MARKS) else (waits.said + waits.open) / 2


def hanging(text: str, language: str) -> bool:
    """Whether a text breaks off: its last word asks for another, or the recogniser wrote dots."""
    said = text.rstrip()
    if said.endswith(("...", "…", ",", "-", "—")):
        return True
    last = said.rsplit(maxsplit=1)[-1].strip(".,?!¿¡\"'").lower() if said else ""
    leans = last in _LEANING.get(language, ()) and not said.endswith("?")
    return leans or last in _HANGING.get(language, ())

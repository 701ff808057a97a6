"""What recognisers write where nobody spoke: names of sounds, and the stock phrases of subtitles.

Whisper learnt from subtitles of films. Out of noise it makes what stands in those where nobody speaks (Koenecke et al.
2024, arXiv:2402.08021; Baranski et al. 2025, arXiv:2501.11378).
"""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.listening.turn_text import Spoken

_SOUNDS = re.compile(r"\[[^\]]*\]?|\([^)]*\)?|\*[^*]*\*|[♪♫🎵]+[^♪♫🎵]*[♪♫🎵]*")
_STOCK = frozenset(
    (
        "you", "thank you", "thanks", "thank you very much", "thank you so much", "thanks for watching",
        "thank you for watching", "bye", "bye bye", "so", "oh", "ah", "uh", "um", "hmm", "mm", "mhm", "huh", "ooh",
        "i'm sorry", "the end", "please subscribe", "see you next time", "we'll be right back", "silence", "music",
        "applause", "laughter", "cough", "coughing", "beep", "click", "shh", "i", "a", "the", "and", "but", "okay",
        "gracias", "obrigado", "amara org", "i don't know",
    )
)  # fmt: skip
_LEAST_STEPS = 4  # 0.13 s: shorter than any word
_LEAST = 0.12  # confidence
_STOCK_LEAST, _STOCK_NO_SPEECH = 0.5, 0.3


def without_sounds(text: str) -> str:
    """A text without names of sounds: "[Music]", "(coughs)", "*sighs*", notes; empty where no word is left."""
    said = re.sub(r"\s+", " ", _SOUNDS.sub(" ", text)).strip()
    return said if any(character.isalnum() for character in said) else ""


def stock(text: str) -> bool:
    """Whether a text is one of the phrases that recognisers make out of noise, said once or over and over."""
    plain = re.sub(r"[^\w' ]+", " ", text.lower()).split()
    if not plain:
        return True
    for length in range(1, len(plain) + 1):
        if len(plain) % length == 0 and plain[:length] * (len(plain) // length) == plain:
            return " ".join(plain[:length]) in _STOCK
    return False


def believable(spoken: "Spoken", voiced: int) -> bool:
    """Whether somebody said this.

    Args:
        voiced: steps of 32 ms in which the voice was heard.
    """
    if not spoken.text or voiced < _LEAST_STEPS or spoken.confidence < _LEAST:
        return False
    return not stock(spoken.text) or (spoken.confidence >= _STOCK_LEAST and spoken.no_speech < _STOCK_NO_SPEECH)

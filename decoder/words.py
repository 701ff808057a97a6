"""A closed vocabulary of whole words, for a decoder that only says what it was taught.

Text is cut into words, single digits and signs, each with the space before it, so that joining them gives the text
back.
"""

import re
from collections.abc import Iterable, Sequence

END, UNKNOWN = 0, 1
QUESTIONS = ("what", "product", "icon", "emoji", "photo", "drawing", "sign", "chart", "screen")
SPECIAL = ("<end>", "<unknown>", *(f"<{question}>" for question in QUESTIONS))
_PIECE = re.compile(r" ?\d| ?[^\W\d_]+(?:['’][^\W\d_]+)*| ?[^\w\s]| ?_")
_MOST_WORDS = 65_536


def pieces(text: str) -> list[str]:
    """The text's words, digits and signs, the first with a space before it like any other."""
    return _PIECE.findall(" " + " ".join(text.split()))


class Words:
    """Words and their numbers; the special ones come first."""

    def __init__(self, words: Sequence[str]) -> None:
        """Raises ValueError: the special words don't come first, or a word is there twice, empty or no text."""
        if tuple(words[: len(SPECIAL)]) != SPECIAL:
            raise ValueError("words: the special ones have to come first")
        proper = all(isinstance(word, str) and word for word in words)
        if not proper or len(words) > _MOST_WORDS or len(set(words)) != len(words):
            raise ValueError("words: one is there twice, or is empty, or there are too many")
        self.words = tuple(words)
        self._numbers = {word: number for number, word in enumerate(words)}

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Words":
        """The vocabulary of these texts, in alphabetical order."""
        return cls([*SPECIAL, *sorted({piece for text in texts for piece in pieces(text)})])

    def __len__(self) -> int:
        return len(self.words)

    def question(self, kind: str) -> int:
        """The number of the word that asks for this kind.

        Raises:
            ValueError: there is no such question.
        """
        if kind not in QUESTIONS:
            raise ValueError(f"kind: {kind!r} is none of {', '.join(QUESTIONS)}")
        return self._numbers[f"<{kind}>"]

    def encode(self, text: str) -> list[int]:
        """Numbers of a text's words; UNKNOWN for those that aren't known."""
        return [self._numbers.get(piece, UNKNOWN) for piece in pieces(text)]

    def decode(self, numbers: Iterable[int]) -> str:
        """The text; special words are left out."""
        return "".join(self.words[number] for number in numbers if number >= len(SPECIAL)).strip()

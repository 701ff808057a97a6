"""Words out of tokens: where they begin, which of them two readings agree on, and how two texts overlap."""

from collections.abc import Sequence
from dataclasses import dataclass

from decoder.whisper import WhisperTokens

_SPACELESS = ("zh", "ja", "th", "lo", "my", "km", "yue")
_MATCH, _EDIT = 1, -1


@dataclass(frozen=True)
class Word:
    """A word as it is written, its leading blank and its punctuation included.

    Attributes:
        tokens: its text tokens; empty where it was taken from text.
        frame: how many frames of sound had arrived when it was read.
    """

    text: str
    tokens: tuple[int, ...] = ()
    frame: int = 0

    @property
    def plain(self) -> str:
        """Lower case, letters and digits alone: what makes two words the same."""
        return "".join(c for c in self.text.lower() if c.isalnum()) or self.text.strip()


def split_tokens(tokens: Sequence[int], vocabulary: WhisperTokens, language: str) -> list[Word]:
    """The words of text tokens; timestamps and other special tokens are left out.

    A word begins with a blank; in languages that are written without blanks, it is the shortest run of tokens that is
    whole characters.
    """
    words: list[Word] = []
    held: list[int] = []
    for token in tokens:
        if token >= vocabulary.end:
            continue
        if held and starts_word(held, token, vocabulary, language):
            words.append(Word(vocabulary.decode(held), tuple(held)))
            held = []
        held.append(token)
    if held:
        words.append(Word(vocabulary.decode(held), tuple(held)))
    return words


def starts_word(before: Sequence[int], token: int, vocabulary: WhisperTokens, language: str) -> bool:
    """Whether a word begins with `token`, after the text tokens `before` of the word until here."""
    if language in _SPACELESS:
        return "\ufffd" not in vocabulary.decode(before)
    return vocabulary.decode([token]).startswith(" ")


def split_text(text: str, language: str) -> list[Word]:
    """The words of a text, each with its leading blank."""
    if language in _SPACELESS:
        return [Word(character) for character in text if not character.isspace()]
    return [Word(f" {word}") for word in text.split()]


def agreed(before: Sequence[int], now: Sequence[int], vocabulary: WhisperTokens, language: str) -> int:
    """How many tokens of `now` the reading before agrees with, up to the end of a word (LocalAgreement-2).

    Timestamps are not compared, since they move while sound still arrives; those between agreed words are kept.
    (Liu et al. 2020, arXiv:2005.11185; Machacek et al. 2023, arXiv:2307.14743.)
    """
    end = vocabulary.end
    earlier = [token for token in before if token < end]
    count, word = 0, list[int]()
    at = 0  # how many text tokens agree so far
    for place, token in enumerate(now):
        if token >= end:
            continue
        if word and starts_word(word, token, vocabulary, language):
            count, word = place, []
            while count and now[count - 1] >= end:  # times before this word belong to it
                count -= 1
        if at >= len(earlier) or earlier[at] != token:
            return count
        word.append(token)
        at += 1
    if at == len(earlier) or not word or starts_word(word, earlier[at], vocabulary, language):
        return last_text(now, end)
    return count


def last_text(tokens: Sequence[int], end: int) -> int:
    """The length of `tokens` without the special ones at their end."""
    length = len(tokens)
    while length and tokens[length - 1] >= end:
        length -= 1
    return length


def overlap(settled: Sequence[Word], shown: Sequence[Word]) -> tuple[int, int]:
    """How many words of each side say the same: (of settled, of shown); one of them is all its side has.

    Both begin at the same moment, and one may go on longer: the likeliest of the ways in which one is a changed
    beginning of the other (global alignment with a free end).
    """
    ours, theirs = [word.plain for word in settled], [word.plain for word in shown]
    scores = [[_EDIT * (i + j) for j in range(len(theirs) + 1)] for i in range(len(ours) + 1)]
    for i, one in enumerate(ours, 1):
        for j, other in enumerate(theirs, 1):
            same = scores[i - 1][j - 1] + (_MATCH if one == other else _EDIT)
            scores[i][j] = max(same, scores[i - 1][j] + _EDIT, scores[i][j - 1] + _EDIT)
    ends = [(i, len(theirs)) for i in range(len(ours) + 1)] + [(len(ours), j) for j in range(len(theirs))]
    return max(ends, key=lambda end: (scores[end[0]][end[1]], sum(end)))

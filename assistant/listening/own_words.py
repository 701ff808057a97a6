"""Whether what was heard is only what the program said itself: the second line of defence behind the echo canceller."""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

ALIKE = 0.75  # of two words' letters: recognisers mishear what comes through a loudspeaker
SHARE = 0.8  # of the heard words that must be found, in their order
FEWEST = 2  # words: a single one is too easily the user's own "stop" or "yes"


def is_own_words(text: str, spoken_texts: Iterable[str]) -> bool:
    """Whether `text` is a run of the words of `spoken_texts`, give or take what a recogniser mishears.

    A single word never counts, as long as the program did not say it alone: "stop" may stand in any answer.

    Args:
        text: what was heard.
        spoken_texts: what was said aloud shortly before, clause by clause in the order of speaking.
    """
    heard, clauses = _words(text), [words for spoken in spoken_texts if (words := _words(spoken))]
    if not heard:
        return False
    if len(heard) < FEWEST:
        return any(len(words) == 1 and _alike(heard[0], words[0]) for words in clauses)
    said = [word for words in clauses for word in words]
    reach = len(heard) + max(2, len(heard) // 3)
    return any(_found(heard, said[start : start + reach]) for start in range(len(said)))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", re.sub(r"(?<=\w)['’](?=\w)", "", text.casefold()))


def _found(heard: list[str], said: list[str]) -> bool:
    """Whether enough of the heard words stand among those said, in the same order and beginning with the first."""
    if not _alike(heard[0], said[0]) and not (len(heard) > FEWEST and _alike(heard[1], said[0])):
        return False
    place = found = 0
    for word in heard:
        match = next((i for i in range(place, len(said)) if _alike(word, said[i])), None)
        if match is not None:
            place, found = match + 1, found + 1
    return found >= SHARE * len(heard)


def _alike(one: str, other: str) -> bool:
    return one == other or (
        min(len(one), len(other)) > 2 and SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE
    )

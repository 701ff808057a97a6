"""Text into clauses: pieces short enough to be spoken while the rest is still being made or written.

A clause ends at the end of a sentence, a line or a list item; at a comma, colon or dash once it is long enough; and
before a joining word, or anywhere between words, when a text without punctuation runs on. The first clause is kept
short, because nothing is heard until it is done. Nothing but white space at the joints is lost.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Lengths:
    """Clause lengths in words: at least `pause` to end at a comma, `join` before a joining word, `longest` anywhere."""

    pause: int
    join: int
    longest: int


FIRST = Lengths(pause=3, join=7, longest=14)
LATER = Lengths(pause=7, join=16, longest=28)
LONGEST_CHARACTERS = 300  # whatever the number of words
LONGEST_WORD = 60  # characters; a longer one (a key, a line of Chinese) is cut
READ_AHEAD = 4096  # characters without white space after which a stream's buffer is used anyway

_TOKEN = re.compile(rf"\s+|[^\s—。！？]{{1,{LONGEST_WORD}}}[—。！？]*|[—。！？]+")
_CLOSERS = "\"'”’»)]*_"  # what may follow the mark that ends a sentence
_NEVER_LAST = frozenset((
    "mr", "mrs", "ms", "mx", "dr", "prof", "st", "rev", "hon", "gen", "col", "capt", "lt", "sgt", "sr", "fr",
    "vs", "e.g", "i.e", "cf", "viz", "approx", "ca", "fig", "figs", "eq", "pp", "vol", "ch", "sec", "art",
    "ref", "dept", "tel", "ext", "mt", "ft",
))  # fmt: skip
# These end a sentence only where a capital follows.
_SELDOM_LAST = frozenset((
    "a.m", "p.m", "etc", "inc", "ltd", "co", "corp", "jr", "u.s", "u.k", "ph.d", "b.sc", "m.sc", "jan", "feb",
    "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "mon", "tue", "tues", "wed", "thu",
    "thur", "thurs", "fri", "sat", "sun", "ave", "rd", "blvd", "apt", "min", "max", "hr", "hrs", "sec", "secs",
    "al", "no", "nos", "p",
))  # fmt: skip
_JOINING = frozenset((
    "and", "but", "or", "nor", "so", "yet", "because", "although", "though", "while", "when", "where", "which",
    "who", "that", "if", "unless", "until", "after", "before", "since", "then", "with", "without", "for",
    "from", "into", "than", "to",
))  # fmt: skip


def split(text: str | Iterable[str]) -> Iterator[str]:
    """The clauses of a text, each as soon as the word after it is known.

    Args:
        text: a text, or its pieces as they come (words or parts of words from a language model).

    Yields:
        clauses without white space at their ends, none of them empty.
    """
    lengths, clause, words = FIRST, "", 0
    for gap, word, next_gap, next_word in _with_next(_words(_tokens([text] if isinstance(text, str) else text))):
        clause += (gap if clause else "") + word
        words += bool(gap) or words == 0
        if _ends(clause, word, words, next_gap, next_word, lengths):
            yield clause
            lengths, clause, words = LATER, "", 0
    if clause:
        yield clause


def _tokens(pieces: Iterable[str]) -> Iterator[str]:
    """Runs of white space, and words; a piece's last token waits until what follows it is known."""
    waiting = ""
    for piece in pieces:
        waiting += piece
        if any(mark.isspace() for mark in piece) or len(waiting) > READ_AHEAD:
            *done, waiting = _TOKEN.findall(waiting)
            yield from done
            if waiting.isspace():
                yield waiting
                waiting = ""
    yield from _TOKEN.findall(waiting)


def _words(tokens: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each word with the white space before it ("" where a long word was cut)."""
    gap = ""
    for token in tokens:
        if token.isspace():
            gap += token
        else:
            yield gap, token
            gap = ""


def _with_next(words: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str, str, str]]:
    """Each (gap, word) with the following (gap, word), two empty ones after the last."""
    here = next(words, None)
    while here is not None:
        after = next(words, None)
        yield (*here, *(after or ("", "")))
        here = after


def _ends(clause: str, word: str, words: int, gap: str, following: str, lengths: Lengths) -> bool:
    """Whether the clause ends after this word."""
    bare = word.rstrip(_CLOSERS)
    if "\n" in gap and (gap.count("\n") > 1 or not following[:1].islower() or bare.endswith((".", "!", "?"))):
        return True
    if _ends_sentence(bare, clause, following):
        return True
    if bare.endswith((",", ";", ":", "—", "–")) and words >= lengths.pause:
        return not (bare[-2:-1].isdigit() and following[:1].isdigit())  # November 24, 2026
    if following in ("—", "–", "-") and words >= lengths.pause:
        return False  # the dash closes this clause: it ends after it
    if words >= lengths.join and following.lower() in _JOINING and word.lower() not in _JOINING:
        return True
    return words >= lengths.longest or len(clause) + len(following) > LONGEST_CHARACTERS


def _ends_sentence(bare: str, clause: str, following: str) -> bool:
    if bare.endswith(("!", "?", "。", "！", "？")):
        return True
    if not bare.endswith((".", "…")):
        return False
    if bare.endswith(("..", "…")):
        return not following[:1].islower()
    stem = bare[:-1].lower().lstrip("(\"'“‘[")
    if stem in ("no", "nos", "p", "pp"):
        return not following[:1].isdigit()
    if stem in _NEVER_LAST or (len(stem) == 1 and stem.isalpha() and stem != "i"):
        return False  # an initial: J. Smith
    if clause.strip() == bare and stem.isalnum() and len(stem) <= 3 and (stem.isdigit() or len(stem) == 1):
        return False  # the number of a list's item
    first = following.lstrip("\"'“‘([*_")[:1]
    return first.isupper() or not following if stem in _SELDOM_LAST else not first.islower()

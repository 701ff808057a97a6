"""What English words mean, from WordNet (Fellbaum 1998) in assets/dictionary.sqlite3, with Morphy's rules for inflected
forms: "mice", "went" and "stories" find mouse, go and story. training/dictionary/make.py makes the file.
"""

import difflib
import functools
import re
import sqlite3
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kernels.errors import UserError

FILE = Path(__file__).parents[2] / "assets" / "dictionary.sqlite3"
LONGEST = 80  # letters of a word or phrase
MOST_SENSES = 60
PARTS = {"n": "noun", "v": "verb", "a": "adjective", "r": "adverb"}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ENDINGS = (  # morphy(7WN): part, ending, what stands in its place
    ("n", "s", ""), ("n", "ses", "s"), ("n", "xes", "x"), ("n", "zes", "z"), ("n", "ches", "ch"), ("n", "shes", "sh"),
    ("n", "men", "man"), ("n", "ies", "y"), ("v", "s", ""), ("v", "ies", "y"), ("v", "es", "e"), ("v", "es", ""),
    ("v", "ed", "e"), ("v", "ed", ""), ("v", "ing", "e"), ("v", "ing", ""), ("a", "er", ""), ("a", "est", ""),
    ("a", "er", "e"), ("a", "est", "e"),
)  # fmt: skip


@dataclass(frozen=True)
class Sense:
    """One meaning.

    Attributes:
        part: "noun", "verb", "adjective" or "adverb".
        words: those that share the meaning, the likeliest first.
        gloss: the definition.
        examples: sentences with the word.
    """

    part: str
    words: tuple[str, ...]
    gloss: str
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """A word as it stands in the dictionary, with its senses, the most usual first, and the other words that the form
    may be of ("leaves": leave, and also leaf)."""

    word: str
    senses: tuple[Sense, ...]
    also: tuple[str, ...] = ()


def define(text: str) -> Entry | None:
    """The entry of a word or a phrase, of its base form where it is inflected; None where there is none.

    Raises:
        UserError: the dictionary's file is missing or damaged.
    """
    word = _plain(text)
    if not word:
        return None
    with _faults():
        found = [(base, part, row) for base, part in _bases(word) if (row := _row(base)) is not None]
        found = [one for one in found if not one[1] or f",{one[2]['senses']}".count(f",{one[1]}")]
        if not found:
            return None
        found.sort(key=lambda one: -_weight(one[0], word, int(one[2]["used"])))  # stable
        base, part, row = found[0]
        keys = [key for key in row["senses"].split(",") if part in ("", key[0])]
        senses = tuple(_sense(key) for key in keys[:MOST_SENSES])
    others = tuple(dict.fromkeys(one for one, _, row in found if one not in (base, word) and row["used"]))
    return Entry(base, senses, others) if senses else None


def _weight(base: str, word: str, used: int) -> float:
    """How likely a base form is meant: by how often it is met. The word itself comes first, unless it may be little but
    a form of a verb that is met far more often ("running")."""
    if base != word:
        return used
    return used * 20 if word.endswith(("ing", "ed")) else used + 1e9


def how_common(text: str) -> int | None:
    """How often a word or a form of it is met, 0 for hardly ever; None where it is not in the dictionary.

    Raises:
        UserError: the dictionary's file is missing or damaged.
    """
    word = _plain(text)
    with _faults():
        found = [int(row["used"]) for base, _ in _bases(word) if (row := _row(base)) is not None] if word else []
    return max(found, default=None)


def near(text: str, most: int = 3) -> list[str]:
    """Words that are spelled almost like this one, the likeliest first."""
    word = _plain(text)
    if not word or " " in word:
        return []
    with _faults():
        close = [one for one in set(_one_off(word)) if _row(one) is not None]
        rows = _database().execute(
            "SELECT word FROM words WHERE word >= ? AND word < ? AND length(word) BETWEEN ? AND ?",
            (word[:2], f"{word[:2]}\U0010ffff", len(word) - 2, len(word) + 2),
        )
        close += difflib.get_close_matches(word, [row["word"] for row in rows], n=most, cutoff=0.75)
        used = {one: int(row["used"]) for one in close if (row := _row(one)) is not None}
    likeness = {one: difflib.SequenceMatcher(None, word, one).ratio() for one in used}
    return sorted(used, key=lambda one: (-used[one] > -1, -likeness[one], one))[:most]


def _bases(word: str) -> Iterator[tuple[str, str]]:
    """(base form, its part of speech or "" for any), the word itself first, then irregular, then regular forms."""
    yield word, ""
    rows = _database().execute("SELECT word, part FROM irregular WHERE form = ?", (word,))
    yield from [(row["word"], row["part"]) for row in rows]
    for part, ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 1:
            yield word.removesuffix(ending) + instead, part


def _row(word: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = _database().execute("SELECT * FROM words WHERE word = ?", (word,)).fetchone()
    return row


def _sense(key: str) -> Sense:
    words, _, text = _block(int(key[1:]) // _block_size())[int(key[1:]) % _block_size()].partition("\t")
    examples = tuple(re.findall(r'"([^"]+)"', text))
    gloss = re.sub(r'[;,:\s]*"[^"]*"', "", text).strip(" ;:")
    return Sense(PARTS[key[0]], tuple(words.split(";")), gloss or text, examples)


@functools.lru_cache(maxsize=64)
def _block(number: int) -> list[str]:
    row = _database().execute("SELECT senses FROM blocks WHERE number = ?", (number,)).fetchone()
    return zlib.decompress(row["senses"]).decode().split("\n")


@functools.cache
def _block_size() -> int:
    return int(_database().execute("SELECT said FROM about WHERE name = 'block'").fetchone()["said"])


@functools.cache
def _database() -> sqlite3.Connection:
    """Opened once, for reading alone; SQLite itself keeps threads apart."""
    connection = sqlite3.connect(f"{FILE.as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    return connection


class _faults:
    """Says in plain words that the file is missing or damaged."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, sqlite3.Error | zlib.error | TypeError):
            raise UserError(
                "The dictionary can't be read.", f"Put {FILE.name} back from the source, then ask again."
            ) from error


def _one_off(word: str) -> Iterator[str]:
    """Every string one slip away: a letter left out, doubled, swapped or mistaken (Norvig 2007)."""
    halves = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    for left, right in halves:
        if right:
            yield left + right[1:]
        if len(right) > 1:
            yield left + right[1] + right[0] + right[2:]
        for letter in _LETTERS:
            yield left + letter + right
            if right:
                yield left + letter + right[1:]


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKD", text.lower().replace("’", "'").replace("_", " "))[: LONGEST * 2]
    text = "".join(sign for sign in text if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[^\w' ./-]", " ", text).split()).strip(" .")[:LONGEST]

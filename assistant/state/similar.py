"""Finding what was remembered: words by FTS5, meaning by sentence vectors, both ranked together.

Vectors are searched in two steps, so that 100,000 notes cost 5 MB and a few milliseconds: the signs of each vector
(one bit a dimension) are compared by Hamming distance, then the nearest few are compared exactly by cosine.
"""

import re
import sqlite3
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.state.database import Database

Encode = Callable[[list[str]], Any]  # texts -> (B, D) array or tensor, one vector a text

WORDS_A_PART = 120  # about what the sentence encoder reads at once
PARTS = 12  # a longer text is found by meaning in its first 1,440 words, by words in all of it
SHORTLIST = 100
BACKFILL = 32  # entries that get their missing vectors at one search
EVERYTHING = (0, 2**62)  # the numbers that entries may have
RECENT_MATCHES = 1000  # of a common word only the newest matches are ranked
STOP_WORDS = frozenset(
    [
        "a",
        "about",
        "all",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "been",
        "by",
        "can",
        "could",
        "did",
        "do",
        "does",
        "for",
        "from",
        "had",
        "has",
        "have",
        "how",
        "i",
        "i'm",
        "if",
        "in",
        "is",
        "it",
        "its",
        "me",
        "my",
        "mine",
        "of",
        "on",
        "or",
        "our",
        "please",
        "s",
        "should",
        "so",
        "tell",
        "that",
        "the",
        "their",
        "them",
        "there",
        "these",
        "they",
        "this",
        "to",
        "us",
        "was",
        "we",
        "were",
        "what",
        "what's",
        "when",
        "where",
        "where's",
        "which",
        "who",
        "who's",
        "whose",
        "why",
        "will",
        "with",
        "would",
        "you",
        "your",
        "note",
        "notes",
        "remember",
        "said",
        "say",
    ]
)


class Similar:
    """Ranks stored entries against a question. `encode` may be None: then words alone decide."""

    def __init__(self, database: Database, encode: Encode | None = None) -> None:
        self._database = database
        self.encode = encode
        self._owners: list[NDArray[np.int64]] = []
        self._codes: list[NDArray[np.uint64]] = []
        self._newest = 0
        self._complete = False

    def index(self, connection: sqlite3.Connection, entry: int, text: str) -> None:
        """Store an entry's vectors in the caller's transaction; does nothing without an encoder."""
        if self.encode is None:
            return
        for part, vector in enumerate(self._vectors(_parts(text))):
            connection.execute(
                "INSERT OR REPLACE INTO vectors (entry, part, vector) VALUES (?, ?, ?)",
                (entry, part, vector.astype(np.float16).tobytes()),
            )
            connection.execute(
                "INSERT OR REPLACE INTO codes (entry, part, code) VALUES (?, ?, ?)",
                (entry, part, np.packbits(vector > 0).tobytes()),
            )

    def by_words(
        self, query: str, kinds: Sequence[str], limit: int, among: tuple[int, int] | None = None
    ) -> list[tuple[int, float]]:
        """(entry, share of the query's words it holds), best first; of the entries numbered from `among[0]` to
        `among[1]` where these are given."""
        words = content_words(query)
        found: list[tuple[int, float]] = []
        for joint in (" AND ", " OR ") if len(words) > 1 else (" OR ",):
            match = joint.join(f'"{word}"' for word in words)
            found = self._match(match, words, kinds, limit, among or EVERYTHING) if words else []
            if found:
                break
        return found or self._by_characters(query, kinds, limit)

    def by_meaning(
        self, query: str, kinds: Sequence[str], limit: int, among: tuple[int, int] | None = None
    ) -> list[tuple[int, float]]:
        """(entry, cosine), best first; empty without an encoder. `among` as in by_words."""
        if self.encode is None or not query.strip():
            return []
        self._load()
        if not self._codes:
            return []
        vector = self._vectors([query])[0]
        if len(self._codes) > 1:
            self._owners, self._codes = [np.concatenate(self._owners)], [np.concatenate(self._codes)]
        owners, codes = self._chosen(kinds, among)
        if not len(owners):
            return []
        distance = np.bitwise_count(codes ^ _words64(np.packbits(vector > 0))).sum(axis=1, dtype=np.int32)
        count = min(SHORTLIST, len(distance))
        near = set(owners[np.argpartition(distance, count - 1)[:count]].tolist())
        marks, kind_marks = ",".join("?" * len(near)), ",".join("?" * len(kinds))
        rows = self._database.rows(
            f"SELECT v.entry, v.vector FROM vectors v JOIN entries e ON e.id = v.entry "
            f"WHERE v.entry IN ({marks}) AND e.kind IN ({kind_marks})",
            *near,
            *kinds,
        )
        if not rows:  # all that is near was deleted since
            return []
        exact = np.frombuffer(b"".join(row["vector"] for row in rows), np.float16).reshape(len(rows), -1)
        best: dict[int, float] = {}
        for row, cosine in zip(rows, (exact.astype(np.float32) @ vector).tolist(), strict=True):
            best[row["entry"]] = max(cosine, best.get(row["entry"], -1.0))
        return sorted(best.items(), key=lambda pair: (-pair[1], -pair[0]))[:limit]

    def _chosen(
        self, kinds: Sequence[str], among: tuple[int, int] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """Owners and codes of what may be found; the few facts are not crowded out by many notes."""
        owners, codes = self._owners[0], self._codes[0]
        chosen = np.ones(len(owners), bool)
        if among is not None:
            chosen &= (owners >= among[0]) & (owners <= among[1])
        if "note" not in kinds:
            marks = ",".join("?" * len(kinds))
            rows = self._database.rows(f"SELECT id FROM entries WHERE kind IN ({marks})", *kinds)
            chosen &= np.isin(owners, np.array([row["id"] for row in rows], dtype=np.int64))
        return (owners, codes) if chosen.all() else (owners[chosen], codes[chosen])

    def look_again(self) -> None:
        """Entries may be back without their vectors, after an undo: the next search makes them."""
        self._complete = False

    def forget(self) -> None:
        """Drop what is held in memory, after everything was deleted."""
        self._owners, self._codes, self._newest = [], [], 0

    def _vectors(self, texts: list[str]) -> NDArray[np.float32]:
        assert self.encode is not None
        vectors = np.asarray(self.encode(texts), dtype=np.float32)
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.maximum(length, 1e-9)  # type: ignore[no-any-return]

    def _load(self) -> None:
        """Read the codes that were added since the last time, by this program or another.

        Entries from a time without an encoder get their vectors here, a few at each search.
        """
        late: list[int] = []
        if not self._complete:
            missing = self._database.rows(
                "SELECT e.id, e.text FROM entries e LEFT JOIN codes c ON c.entry = e.id AND c.part = 0 "
                "WHERE c.entry IS NULL ORDER BY e.id DESC LIMIT ?",
                BACKFILL,
            )
            self._complete = len(missing) < BACKFILL
            with self._database.write() as connection:
                for row in missing:
                    self.index(connection, row["id"], row["text"])
            late = [row["id"] for row in missing if row["id"] <= self._newest]
        rows = self._database.rows("SELECT entry, code FROM codes WHERE entry > ? ORDER BY entry", self._newest)
        if late:  # a query of its own: with OR, SQLite would scan the table
            marks = ",".join("?" * len(late))
            rows = self._database.rows(f"SELECT entry, code FROM codes WHERE entry IN ({marks})", *late) + rows
        if rows:
            self._owners.append(np.array([row["entry"] for row in rows], dtype=np.int64))
            self._codes.append(_words64(np.frombuffer(b"".join(row["code"] for row in rows), np.uint8)))
            self._newest = max(self._newest, int(rows[-1]["entry"]))

    def _match(
        self, match: str, words: list[str], kinds: Sequence[str], limit: int, among: tuple[int, int]
    ) -> list[tuple[int, float]]:
        marks = ",".join("?" * len(kinds))
        rows = self._database.rows(
            f"SELECT e.id, e.text FROM (SELECT rowid AS id, bm25(entries_words) AS rank FROM entries_words "
            f"WHERE entries_words MATCH ? AND rowid BETWEEN ? AND ? "
            f"ORDER BY rowid DESC LIMIT {RECENT_MATCHES}) m JOIN entries e ON e.id = m.id "
            f"WHERE e.kind IN ({marks}) ORDER BY m.rank LIMIT ?",
            match,
            *among,
            *kinds,
            max(limit * 4, 40),
        )
        scored = [(row["id"], _coverage(words, row["text"])) for row in rows]
        return sorted(scored, key=lambda pair: -pair[1])[:limit]  # stable: equal shares stay in bm25's order

    def _by_characters(self, query: str, kinds: Sequence[str], limit: int) -> list[tuple[int, float]]:
        """For scripts without spaces between words, where FTS5 sees one long word."""
        text = query.strip()
        if not text or text.isascii():
            return []
        escaped = re.sub(r"([%_\\])", r"\\\1", text)
        marks = ",".join("?" * len(kinds))
        rows = self._database.rows(
            f"SELECT id FROM entries WHERE text LIKE ? ESCAPE '\\' AND kind IN ({marks}) ORDER BY id DESC LIMIT ?",
            f"%{escaped}%",
            *kinds,
            limit,
        )
        return [(row["id"], 1.0) for row in rows]


def content_words(text: str) -> list[str]:
    """The words of a query that carry meaning, lower case, at most 24, in order; all of them if every one is a stop
    word."""
    words = list(dict.fromkeys(re.findall(r"\w+", re.sub(r"['’]s?\b", " ", text.lower()))))
    return [word for word in words if word not in STOP_WORDS][:24] or words[:24]


def _coverage(words: list[str], text: str) -> float:
    stems = {_stem(word) for word in re.findall(r"\w+", text.lower())}
    return sum(_stem(word) in stems for word in words) / len(words)


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    """Rough, for counting only: FTS5's porter stemmer has found the rows already."""
    if not word.isascii():
        word = "".join(letter for letter in unicodedata.normalize("NFKD", word) if not unicodedata.combining(letter))
    return re.sub(r"(ings?|ed|es|s|e|y|ies)$", "", word) if len(word) > 3 else word


def _parts(text: str) -> list[str]:
    words = text.split()
    parts = [" ".join(words[start : start + WORDS_A_PART]) for start in range(0, len(words), WORDS_A_PART)]
    return parts[:PARTS] or [text]


def _words64(packed: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Packed bits (N * 48,) -> (N, 6) for 384 dimensions."""
    return np.frombuffer(packed.tobytes(), np.uint64).reshape(-1, 6)

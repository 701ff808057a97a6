"""Finding chunks: words by FTS5, meaning by sentence vectors, both rankings fused.

Vectors are searched as notes are (assistant/state/similar.py): signs by Hamming distance first, then the nearest by
cosine; 10,000 pages are some 2 MB of codes in memory.
"""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.library.shelf import CODE_WORDS, Shelf
from assistant.state.similar import Encode, content_words

SHORTLIST = 150  # nearest by signs, whose cosines are then taken
RANKED = 40  # of each ranking
COMMON = 2_000  # a word in more chunks than this ranks nothing where a rarer one was asked for
MOST_WORDS = 12
CODE = 3.0  # how much more a word with digits in it tells than another as rare
FUSION = 10  # reciprocal rank fusion's constant, as for notes
_EMPTY = frozenset(
    ["document", "documents", "file", "according", "much", "many", "long", "often", "page", "pages", "mention",
     "mentioned",
     "allowed", "allow", "allows", "permitted", "supposed", "let", "lets", "find", "check",
     "anything", "mean", "means", "meant", "called", "exactly"]
)  # fmt: skip


@dataclass(frozen=True)
class Match:
    """A chunk that may answer.

    Attributes:
        chunk, document, page, position: where it stands.
        text, heading, kind, confidence: what it says, under which headings, and how surely it was read.
        score: of the fused rankings; only good for ordering.
        cosine: of its meaning and the question's; 0 where it was not compared.
    """

    chunk: int
    document: int
    page: int
    position: int
    text: str
    heading: str
    kind: str
    confidence: float
    score: float
    cosine: float


@dataclass(frozen=True)
class Weighed:
    """A question's words, in how many chunks each stands (as far as COMMON), and how many chunks there are."""

    counts: Mapping[str, int]
    total: int

    def weight(self, word: str) -> float:
        """The rarer in the documents, the heavier (inverse document frequency, Spärck Jones 1972); a code such as "E7"
        that is here most of all."""
        code = CODE if self.counts[word] and re.search(r"\d", word) else 1.0
        return code * math.log(1 + self.total / (1 + self.counts[word]))

    def coverage(self, text: str) -> float:
        """Weighted share of the words that a text holds, 0 to 1."""
        stems = {stem(word) for word in re.findall(r"\w+", text.lower())}
        whole = sum(self.weight(word) for word in self.counts)
        return sum(self.weight(word) for word in self.counts if stem(word) in stems) / whole if whole else 0.0


class Search:
    """Ranks chunks against a question. Without an encoder words alone decide."""

    def __init__(self, shelf: Shelf, encode: Encode | None) -> None:
        self._shelf = shelf
        self._encode = encode
        self._chunks = np.zeros(0, np.int64)
        self._owners = np.zeros(0, np.int64)
        self._codes = np.zeros((0, CODE_WORDS), np.uint64)

    def weigh(self, question: str) -> Weighed:
        """The question's words and how rare they are here."""
        words = [word for word in content_words(question) if word not in _EMPTY][:MOST_WORDS]
        total = self._shelf.database.rows("SELECT count(*) AS n FROM codes")[0]["n"] + 1
        return Weighed({word: self._frequency(word) for word in words}, total)

    def find(
        self, question: str, weighed: Weighed, documents: Collection[int], limit: int, vector: Any | None = None
    ) -> list[Match]:
        """The chunks of these documents that fit best, best first.

        Args:
            vector: the question's, (384,) and of length 1, where it is known already.
        """
        by_words = self._by_words(weighed, documents)
        if vector is None and self._encode is not None and question.strip():
            vector = np.asarray(self._encode([question]), np.float32)[0]
        by_meaning = self._by_meaning(np.asarray(vector), documents) if vector is not None else []
        votes: dict[int, float] = {}
        for ranking in (by_words, [chunk for chunk, _ in by_meaning]):
            for rank, chunk in enumerate(ranking[:RANKED]):
                votes[chunk] = votes.get(chunk, 0.0) + 1 / (FUSION + rank)
        best = sorted(votes, key=lambda chunk: (-votes[chunk], chunk))[:limit]
        rows, cosines = self._shelf.chunks(best), dict(by_meaning)
        if vector is not None:
            cosines |= dict(self._cosines([chunk for chunk in best if chunk not in cosines], np.asarray(vector)))
        return [
            Match(
                chunk, row["document"], row["page"], row["position"], row["text"], row["heading"], row["kind"],
                row["confidence"], votes[chunk], cosines.get(chunk, 0.0),
            )
            for chunk in best
            if (row := rows.get(chunk)) is not None
        ]  # fmt: skip

    def forget(self) -> None:
        """Drop what is held in memory."""
        self._chunks, self._owners = self._chunks[:0], self._owners[:0]
        self._codes = self._codes[:0]

    def _frequency(self, word: str) -> int:
        """In how many chunks a word stands, as far as COMMON."""
        rows = self._shelf.database.rows(
            f"SELECT count(*) AS n FROM (SELECT 1 FROM chunk_words WHERE chunk_words MATCH ? LIMIT {COMMON})",
            f'"{word}"',
        )
        return int(rows[0]["n"])

    def _by_words(self, weighed: Weighed, documents: Collection[int]) -> list[int]:
        """Chunk ids, best first by bm25. Common words count only where no rarer one was asked for."""
        if not weighed.counts:
            return []
        quoted = {word: f'"{word}"' for word in weighed.counts}
        rare = [quoted[word] for word, count in weighed.counts.items() if count < COMMON]
        match = " OR ".join(rare) if rare else " AND ".join(quoted.values())
        places = ",".join(map(str, documents))
        if len(documents) <= 20:  # few: look only there
            query = (
                "SELECT c.id FROM chunk_words JOIN chunks c ON c.id = chunk_words.rowid WHERE chunk_words MATCH ? "
                f"AND c.document IN ({places}) ORDER BY bm25(chunk_words, 1.0, 0.6) LIMIT {RANKED}"
            )
        else:
            query = (
                "SELECT c.id FROM (SELECT rowid AS id, bm25(chunk_words, 1.0, 0.6) AS rank FROM chunk_words "
                f"WHERE chunk_words MATCH ? ORDER BY rank LIMIT {RANKED * 4}) m JOIN chunks c ON c.id = m.id "
                f"WHERE c.document IN ({places}) ORDER BY m.rank LIMIT {RANKED}"
            )
        return [row["id"] for row in self._shelf.database.rows(query, match)]

    def _by_meaning(self, vector: NDArray[np.float32], documents: Collection[int]) -> list[tuple[int, float]]:
        """(chunk id, cosine), best first."""
        self._load()
        seen = np.flatnonzero(np.isin(self._owners, np.fromiter(documents, np.int64)))
        if not len(seen):
            return []
        whole = len(seen) == len(self._owners)
        chunks, codes = (self._chunks, self._codes) if whole else (self._chunks[seen], self._codes[seen])
        code = np.frombuffer(np.packbits(vector > 0).tobytes(), np.uint64)
        distance = np.bitwise_count(codes ^ code).sum(axis=1, dtype=np.int32)
        count = min(SHORTLIST, len(distance))
        near = chunks[np.argpartition(distance, count - 1)[:count]].tolist()
        return sorted(self._cosines(near, vector), key=lambda pair: (-pair[1], pair[0]))[:RANKED]

    def _cosines(self, chunks: Sequence[int], vector: NDArray[np.float32]) -> list[tuple[int, float]]:
        marks = ",".join(map(str, chunks))
        rows = self._shelf.database.rows(f"SELECT chunk, vector FROM vectors WHERE chunk IN ({marks})")
        if not rows:
            return []
        exact = np.frombuffer(b"".join(row["vector"] for row in rows), np.float16).reshape(len(rows), -1)
        cosines = (exact.astype(np.float32) @ vector).tolist()
        return list(zip((int(row["chunk"]) for row in rows), cosines, strict=True))

    def _load(self) -> None:
        """Read the codes that were added since the last time, by this program or another."""
        newest = int(self._chunks[-1]) if len(self._chunks) else 0
        chunks, owners, codes = self._shelf.codes_after(newest)
        if chunks:
            self._chunks = np.concatenate([self._chunks, np.array(chunks, np.int64)])
            self._owners = np.concatenate([self._owners, np.array(owners, np.int64)])
            self._codes = np.concatenate([self._codes, codes])


def stem(word: str) -> str:
    """Rough, for counting only: "paying", "payment" and "pays" are one word, as for FTS5's porter stemmer."""
    if len(word) <= 3 or not word.isascii():
        return word
    return re.sub(r"(?:ments?|ings?|ied|ies|ed|es|s|e|y)$", "", word) or word

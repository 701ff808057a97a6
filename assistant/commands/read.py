"""antigone read FILE: the print in a picture or PDF, word for word, in reading order."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assistant.sight.reading import Page, page_count, read_pages


def run(file: Path, as_json: bool = False) -> None:
    """Print the lines as each page is read; what is uncertain is said in words, advice goes to standard error.

    Raises:
        UserError: the file cannot be opened.
    """
    count = page_count(file)
    before = found = 0
    for page in read_pages(file):
        if as_json:
            _print_json(page, count)
            continue
        if count > 1:
            print(f"Page {page.number} of {count}:" if page.lines else f"Page {page.number} of {count} has no print.")
        before = 0
        for line in page.lines:
            if before and line.paragraph != before:
                print()
            print(f"{line.text} (not sure of this line)" if line.uncertain else line.text, flush=True)
            before = line.paragraph
        found += len(page.lines)
        for warning in page.warnings:
            print(warning, file=sys.stderr)
    if not found and not as_json:
        print(f"No print was found in {file.name}.")


def _print_json(page: Page, count: int) -> None:
    for line in page.lines:
        _emit({"event": "Line", **asdict(line), "uncertain": line.uncertain})
    _emit({"event": "PageRead", "page": page.number, "of": count, "lines": len(page.lines), "size": page.size,
           "angle": page.angle, "from_text_layer": page.from_text_layer, "warnings": page.warnings})  # fmt: skip


def _emit(fields: dict[str, Any]) -> None:
    print(json.dumps(fields, ensure_ascii=False), flush=True)

"""antigone documents add|list|search|remove: what is kept to be asked about later. Plain lines, or JSON events."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assistant import clock, settings
from assistant.documents import Kept, PageRead, Taken, way_back
from assistant.library import titles
from assistant.library.formats import SUFFIXES
from assistant.memory import Store
from kernels.errors import UserError

SHOWN = 5
MOST_FILES = 10_000  # of a folder


def add(files: list[Path], name: str = "", as_json: bool = False) -> None:
    """Keep files and everything readable in folders; goes on after one that can't be read, and says so at the end.

    Raises:
        UserError: nothing was given, or some could not be kept.
    """
    paths = list(_files(files))
    if not paths:
        raise UserError("There is nothing there that I can keep.", f"I read {', '.join(SUFFIXES)}.")
    if name and len(paths) > 1:
        raise UserError("One name was given for several files.", "Give one file, or leave the name out.")
    refused = 0
    with _store(encode=True) as store, _undoable(store) as taken:
        for path in paths:
            try:
                for event in store.library.add(path, clock.now(), name):
                    _tell(event, path, as_json)
                    if isinstance(event, Taken):
                        taken.append(event)
            except UserError as error:
                if len(paths) == 1:
                    raise
                refused += 1
                told = {"event": "Refused", "file": str(path), "text": error.text, "remedy": error.remedy}
                _say(told, f"{error.text} {error.remedy}", as_json)
    if refused:
        raise UserError(f"{refused} of {len(paths)} files were not kept.", "The rest is there; see the lines above.")


def list_documents(as_json: bool = False) -> None:
    """Every document, newest first, and what was begun and not ended."""
    with _store() as store:
        documents, begun = store.library.all(), store.library.unfinished()
    for one in documents:
        _say({"event": "Document", **one.as_json()}, f"{one.name}: {_pages(one)}, {one.kind}, from {one.file}", as_json)
    for file, here, pages in begun:
        line = f"{file}: read as far as page {here} of {pages}. Add it again to go on."
        _say({"event": "Unfinished", "file": file, "here": here, "pages": pages}, line, as_json)
    if not documents and not begun and not as_json:
        print("No documents are kept. Keep one with: antigone documents add FILE")


def search(words: str, as_json: bool = False) -> None:
    """The passages that answer, word for word, with document and page; else those that come closest.

    Raises:
        UserError: nothing was asked, or nothing is kept.
    """
    if not words.strip():
        raise UserError("There was nothing to search for.", "Say what, for example: antigone documents search notice")
    with _store(encode=True) as store:
        if not store.library.all():
            raise UserError("No documents are kept.", "Keep one with: antigone documents add FILE")
        found = store.library.answer(words)
        near = [] if found.quotes else store.library.search(words, SHOWN)
        names = {one.id: one for one in store.library.all()}
    for quote in found.quotes:
        told = {"event": "Quote", "name": quote.document.name, "document": quote.document.id, "page": quote.page,
                "heading": quote.heading, "text": quote.text, "confidence": quote.confidence}  # fmt: skip
        _say(told, f"{quote.cited}: '{quote.text}'", as_json)
    if not found.quotes and not as_json:
        print("That is not in your documents." + (" These passages come closest:" if near else ""))
    for match in near:
        one = names[match.document]
        text = " ".join(match.text.split())
        told = {"event": "Near", "name": one.name, "document": one.id, "page": match.page, "heading": match.heading,
                "text": text, "cosine": round(match.cosine, 3)}  # fmt: skip
        _say(told, f"{titles.spoken(one.name)}, page {match.page}: {text}", as_json)


def remove(name: str, yes: bool = False, for_good: bool = False) -> None:
    """Remove a document after asking; it can be brought back by undo, unless it goes for good.

    Raises:
        UserError: no document is called so, or several are; or nobody said yes.
    """
    with _store() as store:
        found = store.library.named(name)
        if not found:
            if store.library.give_up(name):
                print(f"What was read of {name} is gone.")
                return
            raise UserError(f"No document is called {name}.", "See: antigone documents list")
        if len(found) > 1:
            raise UserError(
                f"Several fit: {', '.join(one.name for one in found)}.", "Give more of the name, or its file's name."
            )
        document = found[0]
        _ask(document, yes, for_good)
        if for_good:
            store.library.forget(document)
            print(f"{document.name} is gone for good.")
            return
        now = clock.now()
        step = {"do": "document", "id": document.id, "show": True}
        said = f"{titles.inside(document.name)} is back"
        store.journal(now, said, [step], act=lambda: store.library.remove(document, now))
        print(f'{document.name} was removed. To have it back: antigone ask "undo"')


@contextmanager
def _undoable(store: Store) -> Iterator[list[Taken]]:
    """What the block puts into the list is one step for "undo", however the block ends."""
    taken: list[Taken] = []
    try:
        yield taken
    finally:
        said, steps = way_back(taken)
        if steps:
            store.journal(clock.now(), said, steps)


def _files(given: list[Path]) -> Iterator[Path]:
    """The files, and those of folders by their names' order; hidden ones and links out of a folder are left out."""
    count = 0
    for path in given:
        if not path.is_dir():
            yield path
            continue
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(one for one in folders if not one.startswith("."))
            for name in sorted(names):
                found = Path(folder) / name
                if name.startswith((".", "~$")) or found.suffix.lower() not in SUFFIXES or found.is_symlink():
                    continue
                count += 1
                if count > MOST_FILES:
                    raise UserError(f"{path} holds more than {MOST_FILES:,} documents.", "Give its folders one by one.")
                yield found


@contextmanager
def _store(encode: bool = False) -> Iterator[Store]:
    """The user's state; the sentence encoder is loaded when the first sentence needs it."""
    options = settings.load()
    encoder = None
    if encode:
        from assistant.session import sentence_encoder

        encoder = sentence_encoder()
    store = Store(options.home, encoder)
    try:
        yield store
    finally:
        store.close()


def _tell(event: PageRead | Taken, path: Path, as_json: bool) -> None:
    if isinstance(event, PageRead):
        told = {"event": "PageRead", "file": str(path), "page": event.page, "of": event.pages}
        if as_json or (event.pages > 1 and _worth_telling(event)):
            _say(told, f"{path.name}: page {event.page} of {event.pages}", as_json)
        return
    one = event.document
    line = {
        "added": f"{one.name}: kept, {_pages(one)}.",
        "unchanged": f"{one.name}: kept already, unchanged.",
        "changed": f"{one.name}: up to date; {event.encoded} of {event.chunks} parts were new.",
        "back": f"{one.name}: kept again.",
    }[event.how]
    _say(
        {"event": "Kept", "file": str(path), "how": event.how, "new_parts": event.encoded, **one.as_json()},
        line,
        as_json,
    )


def _worth_telling(event: PageRead) -> bool:
    """About ten lines a document: a screen reader says each of them."""
    step = max(1, event.pages // 10)
    return event.page % step == 0 and event.page < event.pages


def _ask(document: Kept, yes: bool, for_good: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UserError(f"{document.name} was not removed: nobody was asked.", "If it may go, add --yes.")
    gone = " for good" if for_good else ""
    answer = input(f"Remove {document.name}, {_pages(document)}{gone}? Type yes or no: ")
    if answer.strip().casefold() != "yes":
        raise UserError(f"{document.name} was not removed.", "It stays as it is.")


def _pages(document: Kept) -> str:
    return "1 page" if document.pages == 1 else f"{document.pages:,} pages"


def _say(event: dict[str, Any], line: str, as_json: bool) -> None:
    text = json.dumps(event, ensure_ascii=False) if as_json else line
    print(text.encode("utf-8", "replace").decode("utf-8"), flush=True)

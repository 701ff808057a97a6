"""The documents that the assistant has read and keeps: take in, find, read back, remove. All stays on this machine.

What a document says is data: it is quoted, and nothing in it is ever obeyed.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from assistant import clock
from assistant.library import answering, titles
from assistant.library.indexing import Event, PageRead, Taken, take_in
from assistant.library.search import Match, Search
from assistant.library.shelf import FILE_NAME, UNDO_LASTS, Kept, Shelf
from assistant.phrases.wording import say_list
from assistant.state.similar import Encode
from kernels.errors import UserError

__all__ = ["FILE_NAME", "UNDO_LASTS", "Event", "Found", "Kept", "Library", "PageRead", "Quote", "Taken", "way_back"]

LOOKED_AT = 8  # chunks whose sentences are weighed for an answer
QUOTED = 3  # passages that an answer gives besides the best


@dataclass(frozen=True)
class Quote:
    """A passage, verbatim but for line ends, and where it stands.

    Attributes:
        text: the passage.
        document: what it stands in.
        page: from 1.
        heading: the headings above it, outermost first; "" where there are none.
        around: its chunk, with the passage, without headings.
        confidence: 0 to 1: the chance that it answers, times how surely it was read.
    """

    text: str
    document: Kept
    page: int
    heading: str
    around: str
    confidence: float

    @property
    def cited(self) -> str:
        """Document and page, as a sentence begins with them."""
        name = titles.spoken(self.document.name)
        return f"{name}, page {self.page}" if self.document.pages > 1 else name


@dataclass(frozen=True)
class Found:
    """What answers a question, best first; empty where nothing does. `near` is what came closest then.

    Attributes:
        only: the document that the question named, if it named one.
    """

    quotes: tuple[Quote, ...]
    near: Quote | None = None
    only: Kept | None = None


class Library:
    """Kept documents in one SQLite file under `home`, opened when it is first used. Any thread may call.

    Args:
        home: the data folder.
        encode: texts -> (B, 384) unit vectors; without it search goes by words alone.

    Raises:
        UserError: from any method, when the file is locked, read-only, damaged or the disk is full; nothing is lost.
    """

    def __init__(self, home: Path, encode: Encode | None = None) -> None:
        self._home = Path(home)
        self._encode = encode
        self._lock = threading.RLock()
        self._open: tuple[Shelf, Search] | None = None

    def add(self, path: Path, now: datetime, name: str = "", *, lasting: bool = True) -> Iterator[Event]:
        """Take a file in; see assistant.library.indexing.take_in. Closing the iterator stops between two pages."""
        yield from take_in(self._shelf, self._encode, path, now, name, lasting)

    def all(self) -> list[Kept]:
        """Every document, newest first."""
        return self._shelf.all()

    def unfinished(self) -> list[tuple[str, int, int]]:
        """(file, pages that are in, pages) of those whose reading was interrupted."""
        return self._shelf.unfinished()

    def get(self, identity: int) -> Kept | None:
        """One document, or None."""
        return self._shelf.get(identity)

    def named(self, name: str) -> list[Kept]:
        """The documents that a spoken name may mean; several where it fits them equally well."""
        return titles.find(name, self.all())

    def page(self, document: Kept, number: int) -> str:
        """A page's text.

        Raises:
            UserError: it has no such page.
        """
        if not 1 <= number <= document.pages:
            wanted = f"from 1 to {document.pages}" if document.pages > 1 else "1"
            name = titles.spoken(document.name)
            raise UserError(f"{name} has no page {number}.", f"Ask for page {wanted}.")
        return "".join(row["text"] for row in self._shelf.page(document.id, number)).strip()

    def sureness(self, document: Kept) -> float:
        """How surely it was read, 0 to 1; 1 for what was not recognised from pictures."""
        rows = self._shelf.database.rows("SELECT avg(confidence) AS mean FROM chunks WHERE document = ?", document.id)
        return float(rows[0]["mean"] if rows[0]["mean"] is not None else 1.0)

    def search(self, words: str, limit: int = 10) -> list[Match]:
        """The chunks that fit best, best first, whether or not they answer."""
        with self._lock:
            documents = [one.id for one in self.all()]
            return self._search.find(words, self._search.weigh(words), documents, limit) if documents else []

    def answer(self, question: str) -> Found:
        """Verbatim passages that answer; first of the document that the question names, if it names one."""
        with self._lock:
            documents = self.all()
            named = titles.mentioned(question, documents)
            only = named[0] if len(named) == 1 else None
            if named and len(named) < len(documents):
                asked = titles.without(question, named[0]) if only else question
                found = self._answer(asked, named)
                if found.quotes or len(named) == len(documents):
                    return Found(found.quotes, found.near, only)
            whole = self._answer(titles.without(question, only) if only else question, documents)
            return Found(whole.quotes, whole.near, only)

    def _answer(self, question: str, documents: Sequence[Kept]) -> Found:
        if not documents or not question.strip():
            return Found(())
        vector = np.asarray(self._encode([question]), np.float32)[0] if self._encode is not None else None
        by_id = {one.id: one for one in documents}
        weighed = self._search.weigh(question)
        matches = self._search.find(question, weighed, list(by_id), LOOKED_AT, vector)
        names = {one.id: one.name for one in documents}
        passages = answering.best(question, weighed, matches, names, self._encode)
        quotes = [_quote(passage, by_id[passage.match.document]) for passage in passages]
        good = [quote for quote, passage in zip(quotes, passages, strict=True) if passage.chance >= answering.ENOUGH]
        return Found(tuple(good[: 1 + QUOTED]), quotes[0] if quotes else None)

    def remove(self, document: Kept, now: datetime) -> None:
        """Take a document away; `restore` brings it back for UNDO_LASTS."""
        self._shelf.show(document.id, now)

    def restore(self, identity: int) -> None:
        """Bring a removed document back.

        Raises:
            UserError: it is too late.
        """
        if not self._shelf.show(identity, None):
            raise UserError("That document can't be brought back any more.", "Add its file again.")

    def reverse(self, step: Mapping[str, Any]) -> None:
        """Undo a step of the journal: {"do": "document", "id": 7, "show": bool}. Raises UserError as `restore`."""
        if step["show"]:
            self.restore(int(step["id"]))
        else:
            self._shelf.show(int(step["id"]), clock.now())

    def forget(self, document: Kept) -> None:
        """Delete a document for good with its earlier versions, and overwrite it in the file."""
        self._shelf.drop(document.id, versions=True)

    def purge(self, now: datetime) -> None:
        """Overwrite what was removed too long ago to come back; a program that runs for days calls it now and then."""
        with self._lock:
            if self._open is not None or (self._home / FILE_NAME).exists():
                self._shelf.purge(now)

    def give_up(self, file: str) -> int:
        """Forget what was read of interrupted documents of that file name; how many there were."""
        return self._shelf.drop_unfinished(file)

    def export(self) -> list[dict[str, Any]]:
        """Every document with its pages' text, as JSON values; [] where there never was one."""
        if self._open is None and not (self._home / FILE_NAME).exists():
            return []
        return [
            {**one.as_json(), "text": [self.page(one, number) for number in range(1, one.pages + 1)]}
            for one in reversed(self.all())
        ]

    def delete_all(self) -> None:
        """Forget every document and overwrite it in the file. It can't be undone."""
        with self._lock:
            if self._open is None and not (self._home / FILE_NAME).exists():
                return
            self._search.forget()
            self._shelf.clear()

    def close(self) -> None:
        """Close the file; it is opened again when it is used again."""
        with self._lock:
            if self._open is not None:
                self._open[0].close()
                self._open = None

    @property
    def _shelf(self) -> Shelf:
        return self._opened()[0]

    @property
    def _search(self) -> Search:
        return self._opened()[1]

    def _opened(self) -> tuple[Shelf, Search]:
        with self._lock:
            if self._open is None:
                shelf = Shelf(self._home)
                shelf.purge(clock.now())  # what was removed does not lie here for ever
                self._open = (shelf, Search(shelf, self._encode))
            return self._open


def way_back(taken: Sequence[Taken]) -> tuple[str, list[dict[str, Any]]]:
    """What undoing these will say, and its steps for `Store.journal`; ("", []) where nothing was done."""
    done = [one for one in taken if one.how != "unchanged"]
    steps: list[dict[str, Any]] = []
    for one in done:
        if one.replaced is not None:
            steps.append({"do": "document", "id": one.replaced, "show": True})
        steps.append({"do": "document", "id": one.document.id, "show": False})
    away = [titles.inside(one.document.name) for one in done if one.replaced is None]
    older = [titles.inside(one.document.name) for one in done if one.replaced is not None]
    said = []
    if away:
        said.append(f"{say_list(away)} {'is' if len(away) == 1 else 'are'} no longer kept")
    if older:
        said.append(f"{say_list(older)} {'is as it was' if len(older) == 1 else 'are as they were'} before")
    return "; ".join(said), steps


def _quote(passage: answering.Passage, document: Kept) -> Quote:
    match = passage.match
    headings = match.heading.split(" > ")
    lines = [line for line in match.text.splitlines() if " ".join(line.split()) not in headings]
    around = " ".join(" ".join(lines).split())
    confidence = round(passage.chance * min(1.0, match.confidence), 3)
    return Quote(passage.text, document, match.page, match.heading, around, confidence)

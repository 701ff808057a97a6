"""Taking a file in, page by page: each page with its chunks, words and vectors is one transaction.

Closing the iterator, a crash or a full disk between two pages loses nothing: the next try goes on with the next page.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from assistant.library import chunks, titles
from assistant.library.chunks import Chunk, Outline
from assistant.library.formats import Source, open_source
from assistant.library.pieces import Block
from assistant.library.shelf import Draft, Kept, Shelf
from assistant.state.similar import Encode
from kernels.errors import UserError

MOST_DOCUMENTS = 10_000


@dataclass(frozen=True)
class PageRead:
    """A page is in. `encoded` is how many of its chunks were new and not known from before."""

    name: str
    page: int
    pages: int
    encoded: int


@dataclass(frozen=True)
class Taken:
    """A document is in and can be found.

    Attributes:
        document: it.
        how: "added", "unchanged" (it was here already), "changed" (an earlier version of the file gave way) or "back"
            (it had been removed).
        encoded: how many chunks were new.
        chunks: how many it has that were looked at in this call.
        replaced: the number of the version that gave way; it is removed, as `Library.remove` does.
    """

    document: Kept
    how: str
    encoded: int = 0
    chunks: int = 0
    replaced: int | None = None


Event = PageRead | Taken


def take_in(
    shelf: Shelf, encode: Encode | None, path: Path, now: datetime, name: str = "", lasting: bool = True
) -> Iterator[Event]:
    """Read a file into the shelf; the last event is a `Taken`.

    Args:
        name: what the user calls it; empty for its file's name or first line.
        lasting: whether the path stays the file's place, so that another content there is a new version of it.

    Raises:
        UserError: it cannot be opened or read, the disk is full, or there are too many documents.
    """
    source = open_source(path)
    digest = _digest(path)
    place = str(path.resolve()) if lasting else ""
    known = shelf.same(digest)
    if known is not None:
        yield _again(shelf, *known, place, now)
        return
    if len(shelf.all()) >= MOST_DOCUMENTS:
        raise UserError(f"There are {MOST_DOCUMENTS:,} documents already.", "Remove some that you no longer need.")
    values = {
        "name": "", "file": path.name, "source": place, "kind": source.kind, "digest": digest,
        "size": path.stat().st_size, "pages": source.pages, "added_at": now.isoformat(),
    }  # fmt: skip
    earlier = shelf.from_source(place)
    reading = _Reading(shelf, encode, source, shelf.begin(values), name or (earlier.name if earlier else ""))
    yield from reading.pages()
    yield reading.end(earlier, now)


def _again(shelf: Shelf, document: Kept, removed: bool, place: str, now: datetime) -> Taken:
    if not removed:
        return Taken(document, "unchanged")
    newer = shelf.from_source(place)
    replaced = newer.id if newer else None
    shelf.swap(document.id, replaced, now)
    return Taken(document, "back", replaced=replaced)


class _Reading:
    """One document while it is taken in."""

    def __init__(self, shelf: Shelf, encode: Encode | None, source: Source, draft: Draft, name: str) -> None:
        self._shelf, self._encode, self._source, self._draft = shelf, encode, source, draft
        self._name = titles.title_of(source.path.name, (), name)
        self._given = name
        self._encoded = self._chunks = 0

    def pages(self) -> Iterator[PageRead]:
        """Read from where it was left."""
        outline = _outline(self._shelf.last_heading(self._draft.id, self._draft.next))
        for sheet in self._source.read(self._draft.next):
            cut, outline = chunks.cut(sheet.blocks, outline)
            digests = [_chunk_digest(chunk) for chunk in cut]
            known = self._shelf.known_vectors(digests) if self._encode is not None else {}
            vectors, new = self._vectors(cut, digests, known)
            self._shelf.add_page(self._draft.id, sheet.number, cut, digests, vectors)
            self._encoded += new
            self._chunks += len(cut)
            yield PageRead(self._name, sheet.number, sheet.of, new)

    def end(self, earlier: Kept | None, now: datetime) -> Taken:
        """Show the document.

        Raises:
            UserError: no page held any text; then nothing of it is kept.
        """
        first = self._first_blocks()
        if not first:
            self._shelf.drop(self._draft.id)
            raise UserError(
                f"I found no print in {self._source.path.name}, so I kept nothing.", "Try a sharper copy of it."
            )
        own = {self._draft.id, earlier.id if earlier else 0}
        others = [one.name for one in self._shelf.all() if one.id not in own]
        name = titles.apart(titles.title_of(self._source.path.name, first, self._given), others)
        replaced = earlier.id if earlier else None
        self._shelf.finish(self._draft.id, name, replaced, now)
        document = self._shelf.get(self._draft.id)
        if document is None:
            raise UserError(f"{name} was taken away while I read it.", "Add it again.")
        return Taken(document, "changed" if earlier else "added", self._encoded, self._chunks, replaced)

    def _first_blocks(self) -> list[Block]:
        rows = self._shelf.database.rows(
            "SELECT text FROM chunks WHERE document = ? AND trim(text) != '' ORDER BY page, position LIMIT 3",
            self._draft.id,
        )
        return [Block("paragraph", row["text"]) for row in rows]

    def _vectors(
        self, cut: Sequence[Chunk], digests: Sequence[bytes], known: dict[bytes, bytes]
    ) -> tuple[list[bytes], int]:
        """A vector for each chunk as bytes, and how many had to be made."""
        if self._encode is None or not cut:
            return [], 0
        new = {digest: chunk for chunk, digest in zip(cut, digests, strict=True) if digest not in known}
        if new:
            made = np.asarray(self._encode([embedded(chunk) for chunk in new.values()]), np.float32)
            known = known | {
                digest: vector.astype(np.float16).tobytes() for digest, vector in zip(new, made, strict=True)
            }
        return [known[digest] for digest in digests], len(new)


def embedded(chunk: Chunk) -> str:
    """What the sentence encoder reads of a chunk: its text below its innermost heading."""
    heading = chunk.heading.split(" > ")[-1]
    return chunk.text if not heading or chunk.text.startswith(heading) else f"{heading}. {chunk.text}"


def _outline(heading: str) -> Outline:
    """The headings open at the end of a page that was read by an earlier call."""
    return Outline(tuple(enumerate(heading.split(" > "), start=1))) if heading else Outline()


def _chunk_digest(chunk: Chunk) -> bytes:
    return hashlib.blake2b(f"{chunk.heading}\0{chunk.text}".encode("utf-8", "replace"), digest_size=16).digest()


def _digest(path: Path) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        raise UserError(f"{path.name} cannot be read from the disk.", "Copy it elsewhere and try again.") from None

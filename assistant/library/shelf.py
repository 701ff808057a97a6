"""The database of kept documents: a file of its own, so that memory stays small and a document never blocks a reminder.

A document is "reading" until its last page is in; only "ready" ones that were not removed are ever found or listed. A
page's chunks, words and vectors are written in one transaction, so what a crash leaves is whole pages.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.library.chunks import Chunk
from assistant.library.schema import HISTORY
from assistant.state.base import UNDO_LASTS
from assistant.state.database import Database
from assistant.state.records import scrub
from kernels.errors import UserError

FILE_NAME = "documents.sqlite3"
CODE_WORDS = 6  # of 64 bits: the signs of 384 dimensions

_SHOWN = "state = 'ready' AND removed_at IS NULL"


@dataclass(frozen=True)
class Kept:
    """A document on the shelf. `name` is its title as it is spoken, `file` the name of the file it came from."""

    id: int
    name: str
    file: str
    kind: str
    pages: int
    size: int
    added: datetime

    def as_json(self) -> dict[str, Any]:
        """Its fields as JSON values."""
        return {**asdict(self), "added": self.added.isoformat()}


@dataclass(frozen=True)
class Draft:
    """A document whose reading began and has not ended: the next page to read, from 1."""

    id: int
    next: int


class Shelf:
    """Rows of documents, pages and chunks. Raises UserError as `Database` does; nothing acknowledged is ever lost."""

    def __init__(self, home: Path) -> None:
        self.database = Database(home / FILE_NAME, HISTORY, "document")

    # documents

    def all(self) -> list[Kept]:
        """Those that are whole and were not removed, newest first."""
        return [_kept(row) for row in self.database.rows(f"SELECT * FROM documents WHERE {_SHOWN} ORDER BY id DESC")]

    def get(self, identity: int) -> Kept | None:
        """One that is whole and was not removed."""
        rows = self.database.rows(f"SELECT * FROM documents WHERE id = ? AND {_SHOWN}", identity)
        return _kept(rows[0]) if rows else None

    def same(self, digest: str) -> tuple[Kept, bool] | None:
        """A whole document with this content, and whether it was removed; one that was not comes first."""
        rows = self.database.rows(
            "SELECT * FROM documents WHERE digest = ? AND state = 'ready' ORDER BY removed_at IS NOT NULL, id DESC",
            digest,
        )
        return (_kept(rows[0]), rows[0]["removed_at"] is not None) if rows else None

    def from_source(self, source: str) -> Kept | None:
        """The document that was read from a place."""
        rows = self.database.rows(f"SELECT * FROM documents WHERE source = ? AND {_SHOWN} ORDER BY id DESC", source)
        return _kept(rows[0]) if rows and source else None

    def unfinished(self) -> list[tuple[str, int, int]]:
        """(file, pages that are in, pages) of those whose reading was interrupted."""
        rows = self.database.rows(
            "SELECT file, pages, (SELECT count(*) FROM pages WHERE document = documents.id) AS here "
            "FROM documents WHERE state = 'reading' ORDER BY id"
        )
        return [(row["file"], row["here"], row["pages"]) for row in rows]

    def begin(self, values: Mapping[str, Any]) -> Draft:
        """Start a document, or go on with one of the same content and length that was interrupted.

        Args:
            values: name, file, source, kind, digest, size, pages, added_at.
        """
        with self.database.write() as connection:
            begun = connection.execute(
                "SELECT id, pages FROM documents WHERE digest = ? AND state = 'reading'", (values["digest"],)
            ).fetchone()
            if begun is not None and begun["pages"] == values["pages"]:
                last = connection.execute("SELECT max(number) FROM pages WHERE document = ?", (begun["id"],))
                return Draft(begun["id"], (last.fetchone()[0] or 0) + 1)
            stale = "state = 'reading' AND (digest = ? OR (source = ? AND source != ''))"
            left = connection.execute(f"DELETE FROM documents WHERE {stale}", (values["digest"], values["source"]))
            _to_rewrite(connection, left.rowcount)
            columns = ("name", "file", "source", "kind", "digest", "size", "pages", "added_at")
            marks = ", ".join("?" * len(columns))
            added = connection.execute(
                f"INSERT INTO documents ({', '.join(columns)}, state) VALUES ({marks}, 'reading')",
                tuple(scrub(value) if isinstance(value := values[name], str) else value for name in columns),
            )
            return Draft(int(added.lastrowid or 0), 1)

    def finish(self, identity: int, name: str, replaces: int | None, at: datetime) -> None:
        """Show a document whose last page is in; the earlier version of the same file is removed then."""
        query = "UPDATE documents SET state = 'ready', name = ? WHERE id = ?"
        with self.database.write() as connection:
            here = connection.execute(query, (scrub(name), identity)).rowcount
            if here and replaces is not None:
                self.show(replaces, at)

    def swap(self, back: int, away: int | None, at: datetime) -> None:
        """Bring a removed document back, and remove the one that took its place."""
        with self.database.write():
            self.show(back, None)
            if away is not None:
                self.show(away, at)

    def show(self, identity: int, at: datetime | None) -> bool:
        """Bring a removed document back (`at` None), or take it away at a moment; False when it is gone."""
        with self.database.write() as connection:
            stamp = at.isoformat() if at is not None else None
            done = connection.execute("UPDATE documents SET removed_at = ? WHERE id = ?", (stamp, identity))
            return done.rowcount > 0

    def purge(self, now: datetime) -> int:
        """Overwrite what was removed so long ago that it can't be brought back; how many. Tries `rewrite` again too."""
        rows = self.database.rows("SELECT id, removed_at FROM documents WHERE removed_at IS NOT NULL")
        gone = [row["id"] for row in rows if datetime.fromisoformat(row["removed_at"]) < now - UNDO_LASTS]
        if gone:
            with self.database.write() as connection:
                connection.executemany("DELETE FROM documents WHERE id = ?", [(identity,) for identity in gone])
                _to_rewrite(connection, len(gone))
        self.rewrite()
        return len(gone)

    def drop(self, identity: int, *, versions: bool = False) -> None:
        """Delete a document for good, and with `versions` the removed ones of the same file; then `rewrite`."""
        with self.database.write() as connection:
            if versions:
                connection.execute(
                    "DELETE FROM documents WHERE removed_at IS NOT NULL AND source != '' "
                    "AND source = (SELECT source FROM documents WHERE id = ?)",
                    (identity,),
                )
            connection.execute("DELETE FROM documents WHERE id = ?", (identity,))
            _to_rewrite(connection, 1)
        self.rewrite()

    def rewrite(self) -> None:
        """Take deleted words out of the index and the file; another program that reads it delays that to a later call.

        Where none was deleted, nothing is done. Not within a transaction.
        """
        if not self.database.rows("SELECT 1 FROM meta WHERE name = 'to rewrite'"):
            return
        with suppress(UserError):
            with self.database.write() as connection:  # the index keeps deleted words until its parts are merged
                connection.execute("INSERT INTO chunk_words (chunk_words) VALUES ('optimize')")
            self.database.compact()
            with self.database.write() as connection:
                connection.execute("DELETE FROM meta WHERE name = 'to rewrite'")

    def drop_unfinished(self, file: str) -> int:
        """Forget what was read of interrupted documents of that file name; how many there were."""
        query = "DELETE FROM documents WHERE state = 'reading' AND file = ? COLLATE NOCASE"
        with self.database.write() as connection:
            count = connection.execute(query, (file,)).rowcount
            _to_rewrite(connection, count)
        self.rewrite()
        return count

    def clear(self) -> None:
        """Delete everything and overwrite it. Raises UserError when another program keeps the file open."""
        with self.database.write() as connection:
            connection.execute("DELETE FROM documents")
            connection.execute("INSERT INTO chunk_words (chunk_words) VALUES ('rebuild')")  # its segments keep words
        self.database.compact()

    # pages

    def add_page(
        self, document: int, number: int, chunks: Sequence[Chunk], digests: Sequence[bytes], vectors: Sequence[bytes]
    ) -> None:
        """A page with its chunks, words and vectors, all or nothing; a page that is in already stays as it is.

        Args:
            digests: of each chunk, by which an unchanged one is known again.
            vectors: of each chunk, (384,) float16 as bytes; empty where there is no encoder.
        """
        with self.database.write() as connection:
            here = connection.execute("INSERT OR IGNORE INTO pages VALUES (?, ?)", (document, number))
            if not here.rowcount:
                return
            for position, (chunk, digest) in enumerate(zip(chunks, digests, strict=True)):
                added = connection.execute(
                    "INSERT INTO chunks (document, page, position, kind, heading, text, confidence, digest) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (document, number, position, chunk.kind, scrub(chunk.heading), scrub(chunk.text),
                     chunk.confidence, digest),
                )  # fmt: skip
                if vectors:
                    self._add_vector(connection, int(added.lastrowid or 0), document, vectors[position])

    @staticmethod
    def _add_vector(connection: sqlite3.Connection, chunk: int, document: int, vector: bytes) -> None:
        connection.execute("INSERT INTO vectors VALUES (?, ?)", (chunk, vector))
        code = np.packbits(np.frombuffer(vector, np.float16) > 0).tobytes()
        connection.execute("INSERT INTO codes VALUES (?, ?, ?)", (chunk, document, code))

    def known_vectors(self, digests: Sequence[bytes]) -> dict[bytes, bytes]:
        """Vectors of chunks that are here already, by digest."""
        found: dict[bytes, bytes] = {}
        for digest in set(digests):
            rows = self.database.rows(
                "SELECT vector FROM chunks JOIN vectors ON chunk = id WHERE digest = ? LIMIT 1", digest
            )
            if rows:
                found[digest] = rows[0]["vector"]
        return found

    def page(self, document: int, number: int) -> list[sqlite3.Row]:
        """The chunks of a page in order; joined, their texts are the page's."""
        return self.database.rows(
            "SELECT * FROM chunks WHERE document = ? AND page = ? ORDER BY position", document, number
        )

    def last_heading(self, document: int, before: int) -> str:
        """The headings open at the end of the pages before one."""
        rows = self.database.rows(
            "SELECT heading FROM chunks WHERE document = ? AND page < ? ORDER BY page DESC, position DESC LIMIT 1",
            document,
            before,
        )
        return str(rows[0]["heading"]) if rows else ""

    def chunks(self, identities: Sequence[int]) -> dict[int, sqlite3.Row]:
        """Chunks by id."""
        marks = ",".join("?" * len(identities))
        rows = self.database.rows(f"SELECT * FROM chunks WHERE id IN ({marks})", *identities)
        return {row["id"]: row for row in rows}

    def codes_after(self, newest: int) -> tuple[list[int], list[int], NDArray[np.uint64]]:
        """(chunk ids, their documents, codes (N, 6)) of chunks added since one, in order."""
        rows = self.database.rows("SELECT chunk, document, code FROM codes WHERE chunk > ? ORDER BY chunk", newest)
        packed = np.frombuffer(b"".join(row["code"] for row in rows), np.uint64).reshape(-1, CODE_WORDS)
        return [row["chunk"] for row in rows], [row["document"] for row in rows], packed

    def close(self) -> None:
        self.database.close()


def _to_rewrite(connection: sqlite3.Connection, deleted: int) -> None:
    if deleted:
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('to rewrite', '1')")


def _kept(row: sqlite3.Row) -> Kept:
    added = datetime.fromisoformat(row["added_at"])
    return Kept(row["id"], row["name"], row["file"], row["kind"], row["pages"], row["size"], added)

"""Files that belong to one conversation: what the user adds and what the assistant says aloud.

They lie in a folder that only this user of the computer can open, under names nobody can guess, and vanish with
the conversation. Only the conversation that owns a file can have it served (see ui/routes.py).
"""

import os
import re
import secrets
import shutil
import tempfile
import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from assistant.sight.plain_text import SUFFIXES, looks_like_text
from kernels.errors import UserError

PREFIX = "antigone-page-"
PICTURE_LIMIT_BYTES = 50 * 2**20
HEAD_BYTES = 4096  # by which a file's kind is told
RECORDING_LIMIT_BYTES = 20 * 2**20  # ten minutes of 16 kHz mono

# What a file is, is read from its first bytes; its name and the browser's word for it are not trusted.
_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png", ".png"),
    (b"\xff\xd8\xff", "image/jpeg", ".jpg"),
    (b"GIF87a", "image/gif", ".gif"),
    (b"GIF89a", "image/gif", ".gif"),
    (b"BM", "image/bmp", ".bmp"),
    (b"II*\x00", "image/tiff", ".tif"),
    (b"MM\x00*", "image/tiff", ".tif"),
    (b"%PDF-", "application/pdf", ".pdf"),
)
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_UNSAFE = re.compile(r"[^\w .()\-]+")


@dataclass(frozen=True)
class PrivateFile:
    """A file of one conversation. `name` is fit to be read aloud, `key` is what its address ends with."""

    key: str
    name: str
    path: Path
    media_type: str


def sweep(parent: Path | None = None) -> None:
    """Delete what programs that were killed have left behind."""
    for folder in (parent or Path(tempfile.gettempdir())).glob(f"{PREFIX}*-*"):
        owner = folder.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)) and not folder.is_symlink():
            shutil.rmtree(folder, ignore_errors=True)


def recognise(head: bytes, name: str = "") -> tuple[str, str] | None:
    """Media type and suffix from a file's first bytes; None for a kind that is not accepted.

    Text has no signature: it counts as such where its name says so too.
    """
    for signature, media_type, suffix in _SIGNATURES:
        if head.startswith(signature):
            return media_type, suffix
    if head[:4] == b"RIFF":
        kinds = {b"WEBP": ("image/webp", ".webp"), b"WAVE": ("audio/wav", ".wav")}
        return kinds.get(head[8:12])
    suffix = Path(name).suffix.lower()
    if head.startswith(b"PK\x03\x04") and suffix == ".docx":
        return _WORD, suffix
    if suffix in (".html", ".htm") and looks_like_text(head):
        return "text/plain", suffix  # shown as text, never as a page of ours
    if suffix in (*SUFFIXES, ".markdown") and looks_like_text(head):
        return "text/plain", suffix
    return None


def readable_name(name: str) -> str:
    """The last part of a file's name without anything that could steer a terminal or a path; 80 characters."""
    last = re.split(r"[\\/]", name)[-1]
    return _UNSAFE.sub("", last).strip(" .-")[-80:] or "file"


class PrivateFiles:
    """The folder of one conversation."""

    def __init__(self, parent: Path | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=parent))  # mode 0700
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)  # also when the program just ends
        self._files: dict[str, PrivateFile] = {}

    def keep(self, name: str, chunks: Iterable[bytes], *, kinds: tuple[str, ...], limit: int) -> PrivateFile:
        """Write an upload to the folder.

        Args:
            name: the file's name as the user knows it.
            chunks: its bytes in order.
            kinds: beginnings of the media types accepted, such as ("image/", "application/pdf").
            limit: most bytes accepted.

        Raises:
            UserError: empty, too large, or of another kind; nothing of it stays.
        """
        key = secrets.token_urlsafe(16)
        draft = self.folder / f"{key}.part"
        said = readable_name(name)
        try:
            head = _write(draft, chunks, said, limit)
            kind = recognise(head, said)
            if kind is None or not kind[0].startswith(kinds):
                raise UserError(f"{said} is not {_WANTED[kinds[0]]} that can be opened.", _REMEDY[kinds[0]])
            path = self.folder / key / f"{Path(said).stem[:60] or 'file'}{kind[1]}"  # the agent may say this name
            path.parent.mkdir(mode=0o700)
            draft.rename(path)
        finally:
            draft.unlink(missing_ok=True)
        kept = PrivateFile(key, said, path, kind[0])
        self._files[key] = kept
        return kept

    def add(self, name: str, data: bytes, media_type: str, suffix: str, *, key: str) -> PrivateFile:
        """Write bytes the program made itself, such as speech, under a key of its choice."""
        path = self.folder / f"{key}{suffix}"
        path.write_bytes(data)
        kept = PrivateFile(key, name, path, media_type)
        self._files[key] = kept
        return kept

    def get(self, key: str) -> PrivateFile | None:
        """The conversation's file of that key, or None."""
        return self._files.get(key)

    def drop(self, key: str) -> None:
        """Delete one file."""
        kept = self._files.pop(key, None)
        if kept is not None:
            shutil.rmtree(self.folder / key, ignore_errors=True)

    def close(self) -> None:
        """Delete the folder and everything in it."""
        self._files.clear()
        shutil.rmtree(self.folder, ignore_errors=True)


_WANTED = {"image/": "a picture or document", "application/": "a document", "audio/": "a recording"}
_REMEDY = {
    "image/": "Choose a PNG, JPEG, WebP, GIF, BMP or TIFF picture, a PDF, DOCX or HTML document, or a text file.",
    "application/": "Choose a PDF, or a file that ends in .docx, .html, .txt, .md or .csv.",
    "audio/": "Record again, or type your message.",
}


def _write(path: Path, chunks: Iterable[bytes], said: str, limit: int) -> bytes:
    """Write within the limit; returns the first bytes."""
    head, size = b"", 0
    with path.open("wb") as out:
        for chunk in chunks:
            size += len(chunk)
            if size > limit:
                raise UserError(
                    f"{said} is larger than {limit // 2**20} megabytes.", "Choose a smaller file, or fewer pages."
                )
            if len(head) < HEAD_BYTES:
                head = (head + chunk)[:HEAD_BYTES]
            out.write(chunk)
    if not size:
        raise UserError(f"{said} is empty.", "Choose another file.")
    return head

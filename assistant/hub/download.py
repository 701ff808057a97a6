"""One file of the hub, whole and right, or a part that the next attempt goes on with.

Bytes go to NAME.part beside the target and become NAME when size and hash are what the listing promised. NAME.part.json
says of which content the part is (its hash and the server's ETag), so a part never grows into another file. A broken or
stalled connection is tried again with pauses (RFC 9110, section 14: Range, If-Range).
"""

import hashlib
import json
import os
import re
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from assistant.hub.addresses import host_of
from assistant.hub.net import Net, Refused, Unanswered
from assistant.hub.progress import Progress, duration
from assistant.hub.snapshot import RemoteFile, Snapshot, explain
from kernels.errors import UserError

if TYPE_CHECKING:
    import httpx

_BLOCK = 1 << 20
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


class Wrong(Exception):
    """What came is not what was promised; the part is of no use."""


def fetch(net: Net, snapshot: Snapshot, file: RemoteFile, target: Path, progress: Progress) -> str:
    """Download a file of a snapshot. Bytes that are here already count as done in `progress`.

    Returns:
        The SHA-256 of the content.

    Raises:
        UserError: the file was refused or is not what was promised (nothing is kept of it), or the connection or the
            disk failed (the part is kept).
    """
    with _Part(file, target) as part:
        progress.doing(f"Fetching {file.path}")
        begun_again = False
        while True:
            try:
                _complete(net, snapshot, part, progress)
                return part.finish()
            except Wrong as wrong:
                patched = part.patched
                progress.add(-part.size)
                part.clear()
                if begun_again or not patched:
                    raise _lie(net, file, str(wrong)) from None
                begun_again = True  # pieces of different times may not belong together: once more, in one go
                progress.tell(
                    "Note", f"What was here of {file.path} does not fit, so it is fetched from its beginning."
                )
            except OSError as error:
                raise UserError(
                    f"{file.path} could not be written to {target.parent}: {error.strerror}.",
                    "Free some disk, or set ANTIGONE_HOME to a folder with room; then pull again. The part is kept.",
                ) from None


def kept(file: RemoteFile, target: Path) -> int:
    """Bytes that are here of a file, whole or in part."""
    with suppress(OSError):
        return target.stat().st_size
    with suppress(OSError, ValueError):
        note = json.loads(_beside(target, ".part.json").read_text("utf-8"))
        size = _beside(target, ".part").stat().st_size
        if note.get("content") == _content(file) and size <= file.size:
            return size
    return 0


def whole(file: RemoteFile, path: Path) -> str | None:
    """The SHA-256 of a file that is here already, None where it is not the one of the listing."""
    digests = _digests(file)
    with suppress(OSError), path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            for digest in digests:
                digest.update(block)
        if path.stat().st_size == file.size and digests[-1].hexdigest() == (file.sha256 or file.git_sha1):
            return str(digests[0].hexdigest())
    return None


def _complete(net: Net, snapshot: Snapshot, part: "_Part", progress: Progress) -> None:
    failures = 0
    while part.size < part.file.size:
        before = part.size
        try:
            _read_on(net, snapshot, part, progress)
            if part.size < part.file.size:
                raise Unanswered("the connection ended early")
        except Refused as refusal:
            raise explain(refusal, net, snapshot.reference) from None
        except Unanswered as error:
            failures = 1 if part.size - before >= net.patience.worthwhile else failures + 1
            if failures >= net.patience.tries:
                raise UserError(
                    f"{part.file.path} came only in part, {part.size:,} of {part.file.size:,} bytes: {error}.",
                    "What came is kept. Pull again to go on from there.",
                ) from None
            pause = max(error.after_s, net.patience.pause(failures))
            progress.tell("Note", f"{part.file.path}: {error}. Trying again in {duration(pause)}.")
            time.sleep(pause)


def _read_on(net: Net, snapshot: Snapshot, part: "_Part", progress: Progress) -> None:
    """Ask for what is missing and take what comes."""
    headers = {}
    if part.size:
        headers["Range"] = f"bytes={part.size}-"
        if part.etag:
            headers["If-Range"] = part.etag
    with net.get(snapshot.place(part.file.path), headers) as response:
        _check_headers(response, snapshot, part)
        if response.status_code != 206 and part.size:
            progress.add(-part.size)
            part.clear()
        part.patched = part.size > 0
        part.note(response.headers.get("etag", ""))
        started, came = time.monotonic(), 0
        for block in response.iter_raw():
            part.write(block)
            progress.add(len(block))
            came += len(block)
            spent = time.monotonic() - started
            if spent > net.patience.read_s:
                if came < net.patience.slowest * spent:
                    raise Unanswered("it stalled")
                started, came = time.monotonic(), 0


def _check_headers(response: "httpx.Response", snapshot: Snapshot, part: "_Part") -> None:
    headers, promised = response.headers, part.file.size
    commit = headers.get("x-repo-commit")
    if commit and commit != snapshot.commit:
        raise Wrong(f"it is of commit {commit[:40]!r}")
    if headers.get("content-encoding", "identity") != "identity":
        raise Wrong("it is packed")
    if response.status_code == 416:
        raise Wrong("the server says that it is shorter")
    length, start = headers.get("content-length", ""), 0
    if response.status_code == 206:
        found = _CONTENT_RANGE.fullmatch(headers.get("content-range", ""))
        if not found or int(found[1]) != part.size or int(found[3]) != promised:
            raise Wrong("another range came than was asked for")
        start = part.size
        etag = headers.get("etag", "")
        if part.etag and etag and etag != part.etag:
            raise Wrong("it changed meanwhile")
    if length.isdecimal() and int(length) + start != promised:
        raise Wrong(f"{int(length) + start:,} bytes are offered where the listing says {promised:,}")


class _Part:
    """The bytes of a file that are here, and the hash of them."""

    def __init__(self, file: RemoteFile, target: Path) -> None:
        self.file, self.target = file, target
        self._path, self._note = _beside(target, ".part"), _beside(target, ".part.json")
        self.size, self.etag = 0, ""
        self.patched = False  # whether its bytes come from more than one answer

    def __enter__(self) -> "_Part":
        self.target.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch()
        self._stream: BinaryIO = self._path.open("r+b")
        with suppress(OSError, ValueError, AttributeError):
            note = json.loads(self._note.read_text("utf-8"))
            if note.get("content") == _content(self.file):
                self.etag = str(note.get("etag", ""))
                self._rehash()
                return self
        self.clear()
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        if not self.size:
            self._path.unlink(missing_ok=True)
            self._note.unlink(missing_ok=True)

    def write(self, block: bytes) -> None:
        """Add bytes. Raises Wrong where that makes more than was promised."""
        if self.size + len(block) > self.file.size:
            raise Wrong("more bytes came than the listing says")
        self._stream.write(block)
        for digest in self._digests:
            digest.update(block)
        self.size += len(block)

    def note(self, etag: str) -> None:
        """Remember of which content the bytes are. A weak ETag does not say that bytes are the same."""
        self.etag = "" if etag.startswith("W/") else etag[:200]
        self._note.write_text(json.dumps({"content": _content(self.file), "etag": self.etag}), encoding="utf-8")

    def clear(self) -> None:
        """Begin again with nothing."""
        self._stream.seek(0)
        self._stream.truncate()
        self.size, self.etag, self.patched, self._digests = 0, "", False, _digests(self.file)

    def finish(self) -> str:
        """Make the part the file. Returns its SHA-256. Raises Wrong where the hash is not the promised one."""
        if self._digests[-1].hexdigest() != (self.file.sha256 or self.file.git_sha1):
            raise Wrong(f"its {'SHA-256' if self.file.sha256 else 'git hash'} is not the one that the hub lists")
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        self._path.replace(self.target)
        self._note.unlink(missing_ok=True)
        return str(self._digests[0].hexdigest())

    def _rehash(self) -> None:
        self._digests = _digests(self.file)
        while block := self._stream.read(_BLOCK):
            for digest in self._digests:
                digest.update(block)
            self.size += len(block)
        self.patched = self.size > 0
        if self.size > self.file.size:
            self.clear()


def _digests(file: RemoteFile) -> list[Any]:
    """Fresh hashes: first SHA-256, last the one that the listing gives, for small files git's own."""
    if file.sha256:
        return [hashlib.sha256()]
    return [hashlib.sha256(), hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)]


def _beside(target: Path, ending: str) -> Path:
    return target.with_name(target.name + ending)


def _content(file: RemoteFile) -> str:
    return f"{file.sha256 or file.git_sha1}:{file.size}"


def _lie(net: Net, file: RemoteFile, what: str) -> UserError:
    return UserError(
        f"{file.path} from {host_of(net.endpoint)} is not what the hub promised: {what}. It was not kept.",
        "Pull again later; if it happens again, tell those who run the hub.",
    )

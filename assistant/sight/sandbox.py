"""Opens strangers' pictures and documents in a limited child process: a hostile file harms that child alone.

One child serves many files. It has limited memory and, for each file, limited processor time; it may not write files.
When it dies the file is refused in plain words and the next file gets a new child.
"""

import atexit
import contextlib
import functools
import json
import os
import struct
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

from encoders.image_input import check_file
from kernels.errors import UserError

if TYPE_CHECKING:
    from PIL import Image

SECONDS = 1.5  # of processor time for one job: a refusal comes within two seconds
SECONDS_PER_MEGABYTE = 0.4  # a large honest file takes longer; a bomb is small
WALL_SECONDS = 30.0  # a stuck disk or a busy machine
PICTURE_PIXELS = 16_000_000  # what is handed on: letters of 2 mm on a photographed A4 page stay sharp
_KEPT = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "LC_ALL", "TEMP", "TMP", "HOME")
_START = "import sys; sys.path.insert(0, sys.argv[1]); from assistant.sight.sandbox_child import main; main()"


class Sandbox:
    """A limited child and the few things that can be asked of it. Safe to use from several threads."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        atexit.register(self.close)

    def start(self) -> None:
        """Start the child now, so that the first file need not wait for it."""
        with self._lock:
            self._ready()

    def picture(self, path: Path, max_pixels: int = PICTURE_PIXELS) -> "Image.Image":
        """Decode a picture as `encoders.image_input.open_picture` does.

        Raises:
            UserError: as open_picture, or the file took too much time or memory.
        """
        check_file(path)
        head, pixels = self._ask(path, "picture", max_pixels=max_pixels)
        return _as_image(head, pixels)

    def pdf_pages(self, path: Path) -> int:
        """Number of pages. Raises UserError: damaged, locked, empty."""
        check_file(path, "document")
        return int(self._ask(path, "pdf_info")[0]["pages"])

    def pdf_lines(self, path: Path, index: int) -> dict[str, Any]:
        """The text layer of page `index` (from 0), see assistant.sight.sandbox_pdf.pdf_lines."""
        return self._ask(path, "pdf_lines", index=index)[0]

    def pdf_picture(self, path: Path, index: int, max_side: int = 2600) -> "Image.Image":
        """Page `index` (from 0) drawn as an RGB picture; `info["original_size"]` is the page's size in points."""
        return _as_image(*self._ask(path, "pdf_picture", index=index, max_side=max_side))

    def marked_blocks(self, path: Path, kind: Literal["docx", "html"]) -> list[list[Any]]:
        """Blocks [kind, level, text, page] of a Word or web document, see assistant.sight.sandbox_marked."""
        check_file(path, "document")
        blocks: list[list[Any]] = self._ask(path, kind)[0]["blocks"]
        return blocks

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._kill()

    def _ask(self, path: Path, job: str, **arguments: Any) -> tuple[dict[str, Any], bytes]:
        seconds = SECONDS + SECONDS_PER_MEGABYTE * path.stat().st_size / 1e6
        request = {"job": job, "seconds": seconds, "path": str(path.resolve()), **arguments}
        with self._lock:
            child = self._ready()
            assert child.stdin is not None and child.stdout is not None
            timer = threading.Timer(WALL_SECONDS, child.kill)
            timer.start()
            try:
                child.stdin.write(json.dumps(request).encode() + b"\n")
                child.stdin.flush()
                (length,) = struct.unpack("<I", _read(child.stdout, 4))
                head = json.loads(_read(child.stdout, length))
                payload = _read(child.stdout, head["bytes"])
            except (EOFError, OSError):
                self._kill()
                raise _harmful(path) from None
            finally:
                timer.cancel()
            if "died" in head:
                self._kill()  # whatever state the decoder is in, the next file gets a clean one
                raise _harmful(path)
        if "refused" in head:
            raise UserError(*head["refused"])
        return head, payload

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._kill()
            root = str(Path(__file__).resolve().parents[2])
            self._child = subprocess.Popen(
                [sys.executable, "-P", "-c", _START, root],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env={name: os.environ[name] for name in _KEPT if name in os.environ},
            )  # fmt: skip
        return self._child

    def _kill(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):  # an unsent request in the buffer of a dead child
                        pipe.close()


@functools.cache
def sandbox() -> Sandbox:
    """The one child of this process, made on first use."""
    return Sandbox()


def _read(pipe: IO[bytes], count: int) -> bytes:
    data = pipe.read(count)
    if len(data) < count:
        raise EOFError
    return data


def _as_image(head: dict[str, Any], pixels: bytes) -> "Image.Image":
    from PIL import Image

    image = Image.frombytes("RGB", tuple(head["size"]), pixels)
    image.info["original_size"] = tuple(head["original_size"])
    return image


def _harmful(path: Path) -> UserError:
    return UserError(f"{path.name} could not be opened: it is damaged, or asks for too much time or memory.",
                     "Save it again, smaller or in another format.")  # fmt: skip

"""The senses behind one door: hear(audio), look(picture), read(picture), see(picture, question).

A picture is opened, looked at and read once and asked many times: results are kept by the content of the file.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from encoders.image_input import check_file

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

    from assistant.sight.barcodes import Barcode
    from assistant.sight.looking import Look
    from assistant.sight.reading import Reading
    from assistant.sight.seeing import Sight
    from assistant.sight.symbols import Symbol

KEPT = 32  # results; an opened picture is up to 48 MB, so only the last one stays open

Result = TypeVar("Result")


class Perception:
    """Keeps what was seen and read. Safe to use from several threads; asking twice does the work once."""

    def __init__(self) -> None:
        self._results: OrderedDict[tuple[str, str], Any] = OrderedDict()
        self._open: tuple[str, Image.Image] | None = None
        self._lock = threading.RLock()
        self._expected = False

    def expect(self) -> None:
        """A picture will be asked about: `warm`, in the background, once. Until then no memory goes to looking."""
        if not self._expected:
            self._expected = True
            threading.Thread(target=self._try_to_warm, name="warming eyes", daemon=True).start()

    def _try_to_warm(self) -> None:
        with suppress(Exception):  # met again, and said, when the picture is looked at
            self.warm()

    def warm(self) -> None:
        """Start the limited child and load the networks that look, so that the first picture need not wait for them.

        Raises:
            UserError: a model is missing or damaged.
        """
        from assistant.sight.eyes import eyes
        from assistant.sight.objects import namer
        from assistant.sight.ocr import ocr
        from assistant.sight.sandbox import sandbox

        for load in (sandbox().start, ocr, namer, eyes):
            with self._lock:  # what is asked meanwhile waits for this one and no other, and loads none twice
                load()

    def read(self, path: Path, pages: Collection[int] | None = None) -> "Reading":
        """All print of a picture, PDF or text, see assistant.sight.reading.read. Raises UserError."""
        from assistant.sight import reading

        check_file(path, "picture or document")
        if reading.is_document(path):
            task = f"read {sorted(pages) if pages is not None else 'first'}"
            return self._once(path, task, lambda: reading.read(path, pages=pages))
        return self._once(path, "read", lambda: _as_reading(reading.read_image(self.picture(path))))

    def look(self, path: Path) -> "Look":
        """What a picture shows, see assistant.sight.looking.look. Raises UserError."""
        from assistant.sight import looking

        return self._once(path, "look", lambda: looking.look_at(self.picture(path)))

    def picture(self, path: Path) -> "Image.Image":
        """The opened picture: RGB, upright. Raises UserError."""
        from assistant.sight.sandbox import sandbox

        check_file(path)
        with self._lock:
            key = content_key(path)
            if self._open is None or self._open[0] != key:
                self._open = (key, sandbox().picture(path))
            return self._open[1]

    def barcodes(self, path: Path) -> "tuple[Barcode, ...]":
        """Every barcode of a picture, looked for at full size. Raises UserError."""
        from assistant.sight.barcodes import scan

        return self._once(path, "barcodes", lambda: scan(self.picture(path), thorough=True))

    def class_probabilities(self, path: Path) -> "np.ndarray":
        """The object classifier's probabilities for a picture, (1000,). Raises UserError."""
        from assistant.sight.objects import namer

        return self._once(path, "classes", lambda: namer().probabilities(self.picture(path)))

    def symbols(self, path: Path) -> "list[Symbol]":
        """The icons in a picture of a screen, see assistant.sight.symbols. Raises UserError."""
        from assistant.sight.symbols import symbols

        def find() -> "list[Symbol]":  # a single letter may be an icon that was taken for one
            image, page = self.picture(path), self.read(path).pages[0]
            wide, high = image.width / page.size[0], image.height / page.size[1]
            boxes = [
                (min(x for x, _ in line.box) * wide, min(y for _, y in line.box) * high,
                 max(x for x, _ in line.box) * wide, max(y for _, y in line.box) * high)
                for line in page.lines if not line.uncertain and sum(map(str.isalnum, line.text)) > 1
            ]  # fmt: skip
            return symbols(image, [(round(a), round(b), round(c), round(d)) for a, b, c, d in boxes])

        return self._once(path, "symbols", find)

    def see(self, path: Path, question: str = "") -> "Sight":
        """Answer a question about a picture, or describe it when there is none. Raises UserError."""
        from assistant.sight.seeing import answer

        return answer(self, path, question)

    def hear(
        self, audio: "Path | np.ndarray", model: str = "whisper-tiny.en", language: str | None = None
    ) -> tuple[str, str, float]:
        """What is said in a recording or in samples at 16 kHz: (text, language, confidence). Raises UserError."""
        from assistant import hearing

        return hearing.load(model).hear(audio, language=language)

    def _once(self, path: Path, task: str, work: Callable[[], Result]) -> Result:
        check_file(path, "picture or document")
        with self._lock:  # one picture at a time: the networks use all cores anyway
            key = (content_key(path), task)
            if key not in self._results:
                self._results[key] = work()
                while len(self._results) > KEPT:
                    self._results.popitem(last=False)
            self._results.move_to_end(key)
            result: Result = self._results[key]
            return result


def content_key(path: Path) -> str:
    """SHA-256 of a file's bytes: the same picture under another name is the same picture."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_shared = Perception()


def perception() -> Perception:
    """The one that the tools, the commands and the page share."""
    return _shared


def _as_reading(page: Any) -> "Reading":
    from assistant.sight.reading import Reading

    return Reading((page,), 1, page.warnings)

"""A strict reader of GGUF (versions 2 and 3, little-endian) over a mapped file.

Every count, length and offset in the file is checked against the file's size before it is used, so a damaged or hostile
file is refused in a moment and no memory is taken on its word. Source: docs/gguf.md of ggml.
"""

import mmap
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from decoder.blocks import FORMATS, Bytes, Format, Quantized, to_float
from kernels.errors import UserError

_MOST_KEYS = 4096
_MOST_TENSORS = 16384
_MOST_ITEMS = 1 << 20
_MOST_TEXT = 1 << 20
_MOST_RANK = 4
_STRING, _ARRAY, _BOOL = 8, 9, 7
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 10: "Q", 11: "q", 12: "d"}
_REMEDY = "Fetch the model again, or choose another file."


def damaged(source: str, what: str) -> UserError:
    """The error for a file that is not what it should be."""
    return UserError(f"The model file {source} is damaged: {what}.", _REMEDY)


@dataclass(frozen=True)
class Entry:
    """Where a tensor lies: torch's shape (slowest axis first), block format, first byte and number of bytes."""

    name: str
    shape: tuple[int, ...]
    form: Format
    start: int
    size: int


class GGUF(Mapping[str, Tensor]):
    """Metadata and tensors of a GGUF file. `file[name]` is the float32 tensor, decoded anew at each call.

    Attributes:
        source: the file's name, for messages.
        metadata: key -> number, text, bool, list of text or of numbers.
        entries: tensor name -> where it lies.
    """

    def __init__(self, path: Path) -> None:
        """Raises UserError if the file cannot be read or contradicts itself."""
        self.source = path.name
        self._view = _map(path)
        cursor = _Cursor(self.source, self._view)
        if cursor.take(4) != b"GGUF":
            raise UserError(f"{self.source} is not a GGUF model file.", "Choose a file that ends in .gguf.")
        version = cursor.number("I")
        if version not in (2, 3):
            raise damaged(self.source, f"GGUF version {version} is not known, only 2 and 3")
        tensors, keys = cursor.number("Q"), cursor.number("Q")
        if tensors > _MOST_TENSORS or keys > _MOST_KEYS:
            raise damaged(self.source, f"it claims {tensors} tensors and {keys} keys")
        self.metadata = self._read_metadata(cursor, keys)
        self.entries = self._read_entries(cursor, tensors)

    def __getitem__(self, name: str) -> Tensor:
        entry = self.entries[name]
        if entry.form.split is None:
            floats = to_float(entry.form, self._bytes(entry))
        else:
            floats = self.quantized(name).dequantize()
        return torch.from_numpy(floats).view(entry.shape)

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def quantized(self, name: str) -> Quantized:
        """Codes, scales and offsets of a quantised tensor, its leading axes folded into rows."""
        entry = self.entries[name]
        if entry.form.split is None:
            raise ValueError(f"name: {name} is {entry.form.name}, not quantised")
        rows = int(np.prod(entry.shape[:-1], dtype=np.int64))
        return entry.form.split(self._bytes(entry).reshape(rows, -1, entry.form.size))

    def raw(self, name: str) -> Bytes:
        """The bytes (rows, blocks, bytes of a block) of a matrix, as they lie in the file."""
        entry = self.entries[name]
        return self._bytes(entry).reshape(entry.shape[0], -1, entry.form.size)

    def rows(self, name: str, ids: Tensor) -> Tensor:
        """The rows `ids` (n,) of a matrix as float32 (n, K), without decoding the rest. Raises IndexError if there
        are none."""
        entry = self.entries[name]
        raw = self._bytes(entry).reshape(entry.shape[0], -1)[ids.numpy()]
        if entry.form.split is None:
            return torch.from_numpy(to_float(entry.form, raw))
        return torch.from_numpy(entry.form.split(raw.reshape(len(ids), -1, entry.form.size)).dequantize())

    def release(self) -> None:
        """Give back the memory of what was read; it is read from the disk again when needed."""
        if hasattr(self._view, "madvise"):
            self._view.madvise(mmap.MADV_DONTNEED)

    def require(self, key: str, kind: type | tuple[type, ...], low: float = 0, high: float = 1 << 24) -> Any:
        """A value of the metadata, of the type asked for; a number must lie within `low` to `high`.

        Raises:
            UserError: it is absent, of another type or out of range.
        """
        value = self.metadata.get(key)
        if value is None:
            raise damaged(self.source, f"it doesn't say {key}")
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise damaged(self.source, f"{key} has the wrong type")
        if isinstance(value, int | float) and not low <= value <= high:
            raise damaged(self.source, f"{key} is {value}, which cannot be")
        return value

    def _bytes(self, entry: Entry) -> Bytes:
        return np.frombuffer(self._view, np.uint8, entry.size, entry.start)

    def _read_metadata(self, cursor: "_Cursor", keys: int) -> dict[str, Any]:
        metadata: dict[str, Any] = {}
        for _ in range(keys):
            key = cursor.text(65535)
            if key in metadata:
                raise damaged(self.source, f"the key {key[:60]} comes twice")
            metadata[key] = cursor.value(cursor.number("I"), key[:60])
        return metadata

    def _read_entries(self, cursor: "_Cursor", tensors: int) -> dict[str, Entry]:
        alignment = self.metadata.get("general.alignment", 32)
        if not isinstance(alignment, int) or not 8 <= alignment <= 65536 or alignment & (alignment - 1):
            raise damaged(self.source, f"an alignment of {alignment} cannot be")
        entries: dict[str, Entry] = {}
        for _ in range(tensors):
            entry = self._read_entry(cursor, alignment)
            if entry.name in entries:
                raise damaged(self.source, f"tensor {entry.name} comes twice")
            entries[entry.name] = entry
        base = -(-cursor.at // alignment) * alignment
        end = base
        for entry in sorted(entries.values(), key=lambda entry: entry.start):
            if base + entry.start < end:
                raise damaged(self.source, f"tensor {entry.name} overlaps another")
            end = base + entry.start + entry.size
            if end > len(self._view):
                raise damaged(self.source, f"it ends before tensor {entry.name} does")
        return {e.name: Entry(e.name, e.shape, e.form, base + e.start, e.size) for e in entries.values()}

    def _read_entry(self, cursor: "_Cursor", alignment: int) -> Entry:
        name = cursor.text(256)
        rank = cursor.number("I")
        if not 1 <= rank <= _MOST_RANK:
            raise damaged(self.source, f"tensor {name} claims {rank} axes")
        shape = tuple(reversed([cursor.number("Q") for _ in range(rank)]))
        kind, start = cursor.number("I"), cursor.number("Q")
        form = FORMATS.get(kind)
        if form is None:
            raise UserError(
                f"The model file {self.source} holds tensor {name} in a format (number {kind}) that is not supported.",
                f"Choose a file in one of these: {', '.join(form.name for form in FORMATS.values())}.",
            )
        count = 1
        for axis in shape:
            count *= axis
        if count == 0 or shape[-1] % form.weights or count // form.weights * form.size > len(self._view):
            raise damaged(self.source, f"tensor {name} has the impossible shape {shape}")
        if start % alignment:
            raise damaged(self.source, f"tensor {name} begins at {start}, which is not aligned")
        return Entry(name, shape, form, start, count // form.weights * form.size)


class _Cursor:
    """Reads forward through the mapped file and refuses to step outside it."""

    def __init__(self, source: str, view: mmap.mmap) -> None:
        self.source, self.view, self.at = source, view, 0
        self.items = 0

    def take(self, size: int) -> bytes:
        if size > len(self.view) - self.at:
            raise damaged(self.source, "it ends too early")
        self.at += size
        return self.view[self.at - size : self.at]

    def number(self, code: str) -> int:
        return int(struct.unpack("<" + code, self.take(struct.calcsize("<" + code)))[0])

    def text(self, most: int = _MOST_TEXT) -> str:
        size = self.number("Q")
        if size > most:
            raise damaged(self.source, f"a text in it claims {size} bytes")
        try:
            return self.take(size).decode("utf-8")
        except UnicodeDecodeError:
            raise damaged(self.source, "a text in it is not UTF-8") from None

    def value(self, kind: int, key: str) -> Any:
        if kind in _SCALARS:
            code = "<" + _SCALARS[kind]
            return struct.unpack(code, self.take(struct.calcsize(code)))[0]
        if kind == _BOOL:
            return self.number("B") != 0
        if kind == _STRING:
            return self.text()
        if kind == _ARRAY:
            return self._array(key)
        raise damaged(self.source, f"{key} has the unknown type {kind}")

    def _array(self, key: str) -> Any:
        kind, count = self.number("I"), self.number("Q")
        self.items += count
        if self.items > _MOST_ITEMS:
            raise damaged(self.source, f"{key} claims {count} items")
        if kind in _SCALARS:
            dtype = np.dtype("<" + _SCALARS[kind].replace("q", "i8").replace("Q", "u8").replace("I", "u4"))
            return np.frombuffer(self.take(count * dtype.itemsize), dtype).tolist()
        if kind == _BOOL:
            return [byte != 0 for byte in self.take(count)]
        if kind == _STRING:
            return self._texts(count)
        raise damaged(self.source, f"{key} is an array of the unknown type {kind}")

    def _texts(self, count: int) -> list[str]:
        """As `text`, count times; written out because vocabularies hold hundreds of thousands."""
        view, at, size = self.view, self.at, len(self.view)
        unpack = struct.Struct("<Q").unpack_from
        texts = []
        try:
            for _ in range(count):
                length = unpack(view, at)[0]
                at += 8
                if length > min(_MOST_TEXT, size - at):
                    raise damaged(self.source, "it ends too early")
                texts.append(view[at : at + length].decode("utf-8"))
                at += length
        except struct.error:
            raise damaged(self.source, "it ends too early") from None
        except UnicodeDecodeError:
            raise damaged(self.source, "a text in it is not UTF-8") from None
        self.at = at
        return texts


def _map(path: Path) -> mmap.mmap:
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except ValueError:
        raise damaged(path.name, "it is empty") from None
    except FileNotFoundError:
        raise UserError(f"There is no model file {path}.", "Check the name, or run: antigone models list") from None
    except IsADirectoryError:
        raise UserError(f"{path} is a folder, not a model file.", "Give the .gguf file inside it.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}).", "Check its permissions.") from None

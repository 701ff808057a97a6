"""Published checkpoints read without trust: CTranslate2 `model.bin` and safetensors over mmap, and strict tables.

Every count in a file is checked against the bytes that are really there before anything is allocated, so a hostile
header costs nothing. Nothing is ever unpickled. Formats: CTranslate2 src/models/model.cc (version 6); safetensors.
"""

import json
import mmap
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from kernels.errors import UserError

_CT2_DTYPES = (torch.float32, torch.int8, torch.int16, torch.int32, torch.float16, torch.bfloat16)
_SAFE_DTYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64,
    "I32": torch.int32, "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8, "BOOL": torch.bool,
}  # fmt: skip
# The largest header of a supported model has some 300 kB; read as JSON one takes up to forty times its length.
_MOST_VARIABLES, _MOST_RANK, _MOST_HEADER = 100_000, 8, 8 << 20
_PICKLES = {".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib"}
_PICKLE_STARTS = {bytes((0x80, protocol)) for protocol in range(2, 6)}
REMEDY = "Run `antigone models verify`, and fetch the model again if it names this file."


@dataclass(frozen=True)
class Checkpoint:
    """A file's tensors by name, views into the mapped file: keep the Checkpoint as long as they are used.

    Attributes:
        source: the file's name, for messages.
        tensors: name -> tensor of the file's own dtype and shape.
        aliases: second names of tensors in the file.
        kind: the format's word for the model ("WhisperSpec"), or "" where it has none.
    """

    source: str
    tensors: Mapping[str, Tensor]
    aliases: Mapping[str, str] = field(default_factory=dict)
    kind: str = ""

    def scalar(self, name: str) -> int:
        """The integer in a tensor of one element.

        Raises:
            UserError: there is no such tensor, or it isn't one element.
        """
        value = self.tensors.get(name)
        if value is None or value.numel() != 1:
            raise damaged(self.source, f"{name} should be one number")
        return int(value.reshape(()).item())


@dataclass(frozen=True)
class Rule:
    """Where one of our tensors comes from: `make(*sources)`, by default the single source as it is."""

    sources: tuple[str, ...]
    make: Callable[..., Tensor] | None = None

    def __call__(self, tensors: Mapping[str, Tensor]) -> Tensor:
        first, *rest = (tensors[name] for name in self.sources)
        return self.make(first, *rest) if self.make else first


def damaged(source: str, what: str) -> UserError:
    """The error for a file that is not what it should be."""
    return UserError(f"The model file {source[:200]} is damaged: {what[:400]}.", REMEDY)


def read_safetensors(path: Path) -> Checkpoint:
    """Read a safetensors file: uint64 length, JSON header, data.

    Raises:
        UserError: no such file, a pickle, another format, or a file that contradicts itself.
    """
    _first_bytes(path)
    view = _map(path)
    if len(view) < 8:
        raise damaged(path.name, "it is too short")
    (length,) = struct.unpack_from("<Q", view)
    if length > min(len(view) - 8, _MOST_HEADER):
        raise damaged(path.name, "its header is longer than the file, or than any model needs")
    try:
        header = json.loads(bytes(view[8 : 8 + length]).decode("utf-8"))
        entries = {name: entry for name, entry in header.items() if name != "__metadata__"}
        tensors = {name: _safe_tensor(path.name, view, 8 + length, name, entry) for name, entry in entries.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise damaged(path.name, f"its header cannot be read ({type(error).__name__})") from None
    return Checkpoint(path.name, tensors)


def read_ctranslate2(path: Path) -> Checkpoint:
    """Read a CTranslate2 `model.bin` of binary version 6.

    Raises:
        UserError: as in read_safetensors.
    """
    _first_bytes(path)
    reader = _Reader(path.name, _map(path))
    version = reader.number("I")
    if version != 6:
        raise UserError(
            f"{path.name} has CTranslate2 format version {version}; version 6 is read here.",
            "Convert the model again with a current ctranslate2.",
        )
    kind = reader.text()
    reader.number("I")  # the spec's revision: names decide, not numbers
    count = reader.number("I")
    if count > _MOST_VARIABLES:
        raise damaged(path.name, f"it claims {count} variables")
    tensors: dict[str, Tensor] = {}
    for _ in range(count):
        name = reader.text()
        if name in tensors:
            raise damaged(path.name, f"{name} is there twice")
        tensors[name] = reader.tensor(name)
    aliases: dict[str, str] = {}
    if reader.left():
        for _ in range(min(reader.number("I"), _MOST_VARIABLES)):
            alias, target = reader.text(), reader.text()
            if target not in tensors:
                raise damaged(path.name, f"{alias} stands for {target}, which is missing")
            aliases[alias] = target
    if reader.left():
        raise damaged(path.name, f"{reader.left()} bytes are left over")
    return Checkpoint(path.name, tensors, aliases, kind)


def load_strict(
    module: nn.Module, checkpoint: Checkpoint, table: Mapping[str, Rule | str], ignore: Iterable[str] = ()
) -> None:
    """Fill every parameter and persistent buffer of `module` from the checkpoint, strictly both ways.

    Args:
        table: our tensor's name -> the Rule, or name, it comes from.
        ignore: names in the file that are known and not needed, or prefixes ending in "*".

    Raises:
        UserError: a tensor is missing, left over, misshapen or not finite; it is named. The module is untouched then.
    """
    rules = {name: rule if isinstance(rule, Rule) else Rule((rule,)) for name, rule in table.items()}
    ours = module.state_dict(keep_vars=True)
    check_names(checkpoint, rules, list(ours), ignore)
    ready: dict[str, Tensor] = {}
    for name, rule in rules.items():
        try:
            value, target = rule(checkpoint.tensors), ours[name]
        except RuntimeError:  # shapes that cannot be put together
            raise damaged(checkpoint.source, f"{rule.sources[0]} does not go with {rule.sources[-1]}") from None
        if value.shape != target.shape:
            want, got = tuple(target.shape), tuple(value.shape)
            raise damaged(checkpoint.source, f"{rule.sources[0]} has shape {got} where {want} is needed")
        value = value.to(target.dtype)
        # a finite sum proves that all are numbers; an infinite one may only be too large
        if value.is_floating_point() and not value.sum().isfinite() and not value.isfinite().all():
            raise damaged(checkpoint.source, f"{rule.sources[0]} holds values that are not numbers")
        ready[name] = value
    with torch.no_grad():
        for name, value in ready.items():
            ours[name].copy_(value)


def check_names(
    checkpoint: Checkpoint, rules: Mapping[str, Rule], ours: Sequence[str], ignore: Iterable[str] = ()
) -> None:
    """See that file, table and module agree on the names.

    Raises:
        UserError: a source is missing from the file, or a tensor of the file is used by no rule.
        KeyError: the table and the module disagree (our own mistake, not the file's).
    """
    if set(rules) != set(ours):
        raise KeyError(f"table and module disagree on {sorted(set(rules) ^ set(ours))[:5]}")
    used = {source for rule in rules.values() for source in rule.sources}
    if missing := sorted(used - set(checkpoint.tensors)):
        raise damaged(checkpoint.source, f"tensor {missing[0]} is missing{_and_more(missing)}")
    known = list(ignore)
    prefixes = tuple(name[:-1] for name in known if name.endswith("*"))
    spare = sorted(n for n in set(checkpoint.tensors) - used - set(known) if not n.startswith(prefixes))
    if spare:
        raise damaged(checkpoint.source, f"tensor {spare[0]} is not known to this model{_and_more(spare)}")


def _and_more(names: Sequence[str]) -> str:
    return f" (and {len(names) - 1} more)" if len(names) > 1 else ""


def _first_bytes(path: Path) -> bytes:
    """The file's beginning, after refusing what must not or cannot be read."""
    if path.suffix.lower() in _PICKLES:
        raise _pickled(path)
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except IsADirectoryError:
        raise UserError(f"{path} is a folder, not a model file.", "Give the file inside it.") from None
    except FileNotFoundError:
        raise UserError(f"There is no model file {path}.", "Run `antigone models list` to see what is here.") from None
    except OSError as error:
        raise UserError(f"The model file {path} cannot be read ({error.strerror}).", "Check its permissions.") from None
    if start[:2] in _PICKLE_STARTS or start[:4] == b"PK\x03\x04":
        raise _pickled(path)
    return start


def _pickled(path: Path) -> UserError:
    return UserError(
        f"{path.name} is a pickle, which can run code when opened, so it was not opened.",
        "Give the same model as safetensors.",
    )


def _map(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        try:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)  # copy-on-write: torch wants it writable
        except ValueError:
            raise damaged(path.name, "it is empty") from None


def _safe_tensor(source: str, view: mmap.mmap, base: int, name: str, entry: Mapping[str, object]) -> Tensor:
    shape, offsets = entry["shape"], entry["data_offsets"]
    dtype = _SAFE_DTYPES.get(str(entry["dtype"]))
    if dtype is None or not isinstance(shape, list) or not isinstance(offsets, list) or len(offsets) != 2:
        raise damaged(source, f"{name} has no proper type, shape or place")
    begin, end = offsets
    if begin < 0:
        raise damaged(source, f"{name} begins before the data do")
    return _tensor(source, view, name, dtype, shape, base + begin, end - begin)


def _tensor(
    source: str, view: mmap.mmap, name: str, dtype: torch.dtype, shape: Sequence[int], at: int, size: int
) -> Tensor:
    if len(shape) > _MOST_RANK or any(not isinstance(n, int) or n < 0 for n in shape) or size < 0:
        raise damaged(source, f"{name} has no proper shape")
    count = 1
    for n in shape:
        count *= n  # Python's integers don't overflow
    if count * dtype.itemsize != size:
        raise damaged(source, f"{name} claims {count} values but holds {size} bytes")
    if at < 0 or at + size > len(view):
        raise damaged(source, f"{name} ends after the file does")
    if count == 0:
        return torch.empty(tuple(shape), dtype=dtype)
    if at % dtype.itemsize:  # CTranslate2 packs without alignment
        return torch.frombuffer(bytearray(view[at : at + size]), dtype=dtype).reshape(tuple(shape))
    return torch.frombuffer(view, dtype=dtype, count=count, offset=at).reshape(tuple(shape))


class _Reader:
    """A cursor over the mapped file that refuses to step outside it."""

    def __init__(self, source: str, view: mmap.mmap) -> None:
        self.source, self.view, self.at = source, view, 0

    def left(self) -> int:
        return len(self.view) - self.at

    def number(self, code: str) -> int:
        return int(struct.unpack("<" + code, self._take(struct.calcsize("<" + code)))[0])

    def text(self) -> str:
        try:
            return self._take(self.number("H")).rstrip(b"\0").decode("utf-8")
        except UnicodeDecodeError:
            raise damaged(self.source, "a name in it is not text") from None

    def tensor(self, name: str) -> Tensor:
        rank = self.number("B")
        if rank > _MOST_RANK:
            raise damaged(self.source, f"{name} claims {rank} dimensions")
        shape = [self.number("I") for _ in range(rank)]
        code, size = self.number("B"), self.number("I")
        if code >= len(_CT2_DTYPES):
            raise damaged(self.source, f"{name} has the unknown type {code}")
        tensor = _tensor(self.source, self.view, name, _CT2_DTYPES[code], shape, self.at, size)
        self.at += size
        return tensor

    def _take(self, size: int) -> bytes:
        if size > self.left():
            raise damaged(self.source, "it ends too early")
        self.at += size
        return self.view[self.at - size : self.at]

"""Keys and values of fixed prompts, kept on disk: a fresh process reads them back instead of computing them.

One safetensors file a prompt, float16, named by a hash of the model, its arithmetic and the tokens. A file that is
damaged, foreign or of another model counts as absent and is written anew; writing is atomic, so processes may share a
folder. Files hold what a prompt's words left in the model, so only their owner may read them.
"""

import hashlib
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from kernels.checkpoints import read_safetensors
from kernels.errors import UserError

MIB = 1 << 20
_FORMAT = 1  # counted up when what a file means changes
_FEWEST = 16  # tokens: less is computed as quickly as it is read
_ENDING = ".prompt"
_SAMPLES, _SAMPLE = 16, 4096


def identity(paths: Sequence[Path], *words: str) -> str:
    """A hash that changes when a model's files do, or any of `words`.

    Size, modification time and samples of each file's bytes count; hashing a gigabyte at each start would cost more
    than the prompt.
    """
    digest = hashlib.sha256(repr((_FORMAT, *words)).encode())
    for path in paths:
        status = path.stat()
        digest.update(repr((path.name, status.st_size, status.st_mtime_ns)).encode())
        with path.open("rb") as file:
            for part in range(_SAMPLES):
                file.seek(status.st_size * part // _SAMPLES)
                digest.update(file.read(_SAMPLE))
    return digest.hexdigest()


class PromptCache:
    """The prompts of one model in a folder that other models and processes use too.

    Args:
        folder: made where it is missing, readable by its owner alone.
        model: as from `identity`.
        most: bytes that all files of the folder may take together; those unused for longest go first.
    """

    def __init__(self, folder: Path, model: str, *, most: int = 128 * MIB) -> None:
        self._folder, self._model, self._most = folder, model, most

    def load(self, tokens: Sequence[int]) -> tuple[Tensor, Tensor] | None:
        """Keys and values (layers, G, T, D) float16 of exactly these tokens; None where they are not kept."""
        path = self._path(tokens)
        if not path.is_file():
            return None
        try:
            kept = read_safetensors(path).tensors
            keys, values, digest = kept["keys"], kept["values"], kept["digest"]
        except (UserError, OSError, KeyError, ValueError):
            return None
        fits = keys.dtype == values.dtype == torch.float16 and keys.dim() == 4 and keys.shape == values.shape
        if not fits or keys.shape[2] != len(tokens) or digest.dtype != torch.uint8:
            return None
        if bytes(digest.tolist()) != self._digest(path.name, keys, values):
            return None
        with suppress(OSError):
            os.utime(path)  # used now: it goes last
        return keys, values

    def keep(self, tokens: Sequence[int], keys_LGTD: Tensor, values_LGTD: Tensor) -> bool:
        """Write them down, whole or not at all; False where that is not worth it or does not work (a full disk)."""
        path = self._path(tokens)
        size = 2 * keys_LGTD.numel() * 2
        if len(tokens) < _FEWEST or size > self._most // 2:
            return False
        keys, values = (part.to("cpu", torch.float16).contiguous() for part in (keys_LGTD, values_LGTD))
        digest = torch.frombuffer(bytearray(self._digest(path.name, keys, values)), dtype=torch.uint8)
        temporary = None
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(dir=self._folder, prefix=".writing-")  # 0600 from the first byte
            os.close(handle)
            temporary = Path(name)
            save_file({"keys": keys, "values": values, "digest": digest}, temporary)
            temporary.replace(path)
            self._make_room()
        except OSError:
            return False
        finally:
            if temporary is not None:
                temporary.unlink(missing_ok=True)
        return True

    def _path(self, tokens: Sequence[int]) -> Path:
        named = hashlib.sha256(f"{self._model} {' '.join(map(str, tokens))}".encode()).hexdigest()
        return self._folder / f"{named[:40]}{_ENDING}"

    def _digest(self, name: str, keys: Tensor, values: Tensor) -> bytes:
        """Of the contents and the name, so that a file under another's name is not believed."""
        digest = hashlib.blake2b(name.encode(), digest_size=32)
        for part in (keys, values):
            digest.update(part.contiguous().numpy().data)
        return digest.digest()

    def _make_room(self) -> None:
        """Delete what was unused for longest until the rest fits."""
        found = []
        for path in self._folder.glob(f"*{_ENDING}"):
            with suppress(OSError):  # another process may delete it at the same time
                status = path.stat()
                found.append((status.st_mtime_ns, status.st_size, path))
        left = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if left <= self._most:
                return
            path.unlink(missing_ok=True)
            left -= size

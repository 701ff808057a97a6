"""A published model's folder: its JSON files, field by field, its tokenizer, and its safetensors, in one file or in
shards."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from torch import Tensor

from kernels.checkpoints import Checkpoint, damaged, read_safetensors
from kernels.errors import UserError

_MOST_JSON, _MOST_TEXT = 16 << 20, 64 << 20
_MOST_GROWTH = 1000  # characters for one; published tokenizers replace one by one, or by three
_INDEX = "model.safetensors.index.json"


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file of at most 16 MiB.

    Raises:
        UserError: the file cannot be read, is too large, or holds something else.
    """
    text = read_text(path, most=_MOST_JSON)
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise damaged(path.name, "it is not JSON") from None
    if not isinstance(values, dict):
        raise damaged(path.name, "it is not an object")
    return values


def read_text(path: Path, *, most: int = _MOST_TEXT) -> str:
    """A text file in UTF-8 of at most `most` bytes.

    Raises:
        UserError: it cannot be read, is too large, or is not text.
    """
    try:
        if not path.is_file():  # a pipe or a device has no end
            raise FileNotFoundError
        if path.stat().st_size > most:
            raise damaged(path.name, "it is too large")
        return path.read_text("utf-8")
    except OSError:
        raise UserError(f"There is no readable {path.name} in the model's folder.", "Fetch the model again.") from None
    except UnicodeDecodeError:
        raise damaged(path.name, "it is not text") from None


def read_tokenizer(path: Path) -> Tokenizer:
    """What a tokenizer.json describes, neither cutting texts off nor padding them.

    Raises:
        UserError: it cannot be read, or is none.
    """
    text = read_text(path)
    tokenizer = made_tokenizer(path.name, lambda: Tokenizer.from_str(text))
    _refuse_growth(path.name, tokenizer)
    return tokenizer


def _refuse_growth(source: str, tokenizer: Tokenizer) -> None:
    """Refuse a tokenizer whose replacements could make a short text longer than memory."""
    kept = (tokenizer.normalizer, tokenizer.pre_tokenizer, tokenizer.decoder)
    waiting, growth = [json.loads(part.__getstate__()) for part in kept if part is not None], 1
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting.extend(part)
        elif isinstance(part, dict):
            waiting.extend(value for value in part.values() if isinstance(value, list | dict))
            if part.get("type") == "Replace":
                pattern = part.get("pattern")
                empty = isinstance(pattern, dict) and "" in pattern.values()
                growth *= _MOST_GROWTH + 1 if empty else max(1, len(str(part.get("content"))))
    if growth > _MOST_GROWTH:
        raise damaged(source, "it replaces nothing, or little, by much")


def made_tokenizer(source: str, make: Callable[[], Tokenizer]) -> Tokenizer:
    """What `make` makes of the file `source`; see `read_tokenizer`."""
    try:
        tokenizer = make()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # the library raises bare Exception, and its panics are BaseException
        raise damaged(source, f"it cannot be read ({str(error)[:80]})") from None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def size_of(tokenizer: Tokenizer, source: str, vocabulary: int) -> int:
    """The number of a tokenizer's ids, up to the highest one.

    Raises:
        UserError: there is none, or the model's embedding, which has `vocabulary` rows, is smaller.
    """
    size = max(tokenizer.get_vocab(with_added_tokens=True).values(), default=-1) + 1
    if not 0 < size <= vocabulary:
        raise damaged(source, f"it has {size} tokens, and config.json says vocab_size {vocabulary}")
    return size


def read_folder(folder: Path) -> Checkpoint:
    """All tensors of `model.safetensors`, or of the shards that `model.safetensors.index.json` names.

    Raises:
        UserError: a file is missing, damaged or a pickle, a shard lies outside the folder, or a tensor is not where the
            index says.
    """
    if not (folder / _INDEX).is_file():
        _refuse_pickle(folder)
        return Checkpoint(folder.name, read_safetensors(folder / "model.safetensors").tensors)
    places = read_json(folder / _INDEX).get("weight_map")
    if not isinstance(places, dict) or not all(isinstance(name, str) for name in places.values()):
        raise damaged(_INDEX, "weight_map is not a table of file names")
    tensors: dict[str, Tensor] = {}
    for shard in sorted(set(places.values())):
        if Path(shard).name != shard or "\0" in shard:
            raise damaged(_INDEX, f"{ascii(shard)[1:-1][:80]} lies outside the folder")
        for name, tensor in read_safetensors(folder / shard).tensors.items():
            if places.get(name) != shard:
                raise damaged(shard, f"tensor {name} is not where {_INDEX} says")
            tensors[name] = tensor
    if missing := sorted(set(places) - set(tensors)):
        raise damaged(places[missing[0]], f"tensor {missing[0]} is missing")
    return Checkpoint(folder.name, tensors)


def _refuse_pickle(folder: Path) -> None:
    """A folder whose only weights are pickled is refused by their name; the file isn't touched."""
    if (folder / "model.safetensors").is_file():
        return
    for name in ("pytorch_model.bin", "pytorch_model.bin.index.json", "model.pt", "model.pth", "model.ckpt"):
        if (folder / name).exists():
            raise UserError(
                f"The weights in {folder.name} are a pickle ({name}), which can run code when opened, so it was not "
                "opened.",
                "Give the same model as safetensors.",
            )


def whole(values: Mapping[str, Any], name: str, default: int | None = None, *, most: int = 1 << 24) -> int:
    """The field `name` of a config, a whole number from 1 to `most`; `default` where it is missing or null.

    Raises:
        UserError: the field is missing without a default, or is something else; it is named.
    """
    value = values.get(name)
    value = default if value is None else value
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise damaged("config.json", f"{name} is {_short(value)}, not a whole number from 1 to {most}")
    return value


def real(values: Mapping[str, Any], name: str, default: float | None = None) -> float:
    """The field `name` of a config, a number above 0; see `whole`."""
    value = values.get(name)
    value = default if value is None else value
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise damaged("config.json", f"{name} is {_short(value)}, not a number above 0")
    return float(value)


def choice(values: Mapping[str, Any], name: str, known: Mapping[str, Any], default: str | None = None) -> Any:
    """What `known` holds for the word in the field `name`; see `whole`."""
    word = values.get(name)
    word = default if word is None else word
    if not isinstance(word, str) or word not in known:
        raise damaged("config.json", f"{name} is {_short(word)}, not one of {', '.join(known)}")
    return known[word]


def section(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The object in the field `name` of a config.

    Raises:
        UserError: there is none.
    """
    value = values.get(name)
    if not isinstance(value, dict):
        raise damaged("config.json", f"{name} is {_short(value)}, not an object")
    return value


def _short(value: object) -> str:
    return "missing" if value is None else repr(value)[:40]

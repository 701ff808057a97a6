"""Which files of a repository are fetched: safetensors, the descriptions and the tokenizer. Never a pickle."""

import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path

from assistant.families import Family
from assistant.hub.snapshot import RemoteFile, Snapshot
from kernels.errors import UserError

CONFIG = "config.json"
WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
_DESCRIPTIONS = frozenset({
    CONFIG, "generation_config.json", "preprocessor_config.json", "processor_config.json", "tokenizer.json",
    "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt", "vocab.txt",
    "normalizer.json", "chat_template.json", "chat_template.jinja", "modules.json", "sentence_bert_config.json",
    "1_Pooling/config.json", "sentencepiece.bpe.model",
})  # fmt: skip
_LICENCES = re.compile(r"(LICEN[CS]E|NOTICE|USE_POLICY)([._-][A-Za-z0-9_-]{1,20})*(\.txt|\.md)?")
_SHARD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}\.safetensors")
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".h5", ".msgpack")
_MOST_TEXT, _MOST_INDEX, _MOST_SHARDS = 64 << 20, 32 << 20, 2000


def descriptions(snapshot: Snapshot) -> list[RemoteFile]:
    """The small files, config.json first.

    Raises:
        UserError: there is no config.json, or one of them is too large to be what its name says, or has no hash.
    """
    chosen = [file for path, file in sorted(snapshot.files.items()) if path in _DESCRIPTIONS or _is_licence(path)]
    chosen.sort(key=lambda file: file.path != CONFIG)
    name = snapshot.reference.repository
    if not chosen or chosen[0].path != CONFIG:
        raise UserError(
            f"{name} has no config.json, so it is not a model that can be loaded from its files.", _other(snapshot)
        )
    for file in chosen:
        if file.size > _MOST_TEXT:
            raise UserError(f"{name} has a {file.path} of {file.size:,} bytes, too large for what it is.", _NOTHING)
        _check_hash(file, name)
    return chosen


def weights(snapshot: Snapshot) -> list[RemoteFile]:
    """The one file of weights, or the index of several (whose shards `shards` then names).

    Raises:
        UserError: the weights are not there as safetensors.
    """
    name = snapshot.reference.repository
    for path in (WEIGHTS, INDEX):
        if path in snapshot.files:
            file = snapshot.files[path]
            if path == INDEX and file.size > _MOST_INDEX:
                raise UserError(f"{name} has a {path} of {file.size:,} bytes, too large for what it is.", _NOTHING)
            _check_hash(file, name)
            return [file]
    pickles = [path for path in snapshot.files if path.lower().endswith(_PICKLES)]
    if pickles:
        raise UserError(
            f"{name} has its weights only as {pickles[0]}, a format that can run code when it is opened or that is not "
            "read here, so it was not fetched.",
            "Some repositories have safetensors under another revision: see its pull requests and give "
            f"{name}@refs/pr/NUMBER, or choose another model.",
        )
    raise UserError(f"{name} has no {WEIGHTS}.", _other(snapshot))


def shards(snapshot: Snapshot, index: Path) -> list[RemoteFile]:
    """The files that an index names, all of which the listing must hold.

    Raises:
        UserError: the index is not one, or names a file that is not there or may not be fetched.
    """
    name = snapshot.reference.repository
    try:
        placed = json.loads(index.read_text("utf-8"))["weight_map"]
        wanted = sorted(set(placed.values()))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UserError(f"{INDEX} of {name} does not say where the tensors are.", "Choose another model.") from None
    chosen = []
    for path in wanted[:_MOST_SHARDS]:
        if not isinstance(path, str) or not _SHARD.fullmatch(path):
            raise UserError(f"{INDEX} of {name} names {str(path)[:80]!r}, which is not fetched.", _NOTHING)
        if path not in snapshot.files:
            raise UserError(f"{INDEX} of {name} names {path}, which is not there.", "Choose another model.")
        _check_hash(snapshot.files[path], name)
        chosen.append(snapshot.files[path])
    if not chosen or len(wanted) > _MOST_SHARDS:
        raise UserError(f"{INDEX} of {name} names {len(wanted)} files of weights.", "Choose another model.")
    return chosen


def check_needs(family: Family, names: Collection[str], where: str) -> None:
    """See that the files that a family's loader needs are among those of a repository or folder.

    Raises:
        UserError: one is missing; it is named.
    """
    for need in family.needs:
        if not any(choice in names for choice in need.split("|")):
            raise UserError(
                f"{where} has no {need.replace('|', ' or ')}, which a model of the family {family.key} needs.",
                "Choose another version of the model, one that has it.",
            )


def _check_hash(file: RemoteFile, name: str) -> None:
    if file.sha256 is None and file.git_sha1 is None:
        raise UserError(f"The hub lists {file.path} of {name} without a hash, so it cannot be checked.", _NOTHING)


def _is_licence(path: str) -> bool:
    return _LICENCES.fullmatch(path) is not None


def _other(snapshot: Snapshot) -> str:
    kinds: Mapping[str, str] = {
        ".gguf": "It holds GGUF files: fetch one with your browser and give its path to --model.",
        ".onnx": "It holds ONNX files, which are not loaded. Choose the repository that it was made from.",
    }
    for ending, remedy in kinds.items():
        if any(path.lower().endswith(ending) for path in snapshot.files):
            return remedy
    return "Choose a repository with config.json and safetensors."


_NOTHING = "Nothing of it was kept. Choose another model."

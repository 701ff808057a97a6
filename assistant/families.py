"""Which published families the program loads: config.json's `model_type` -> what it is for and what loads it.

    family = family_of(config)                # a row, or a UserError that lists the families
    model = family.load(folder)               # imports the loader's module only now

A new family is one row here. The loader is named, not imported: looking a family up brings no torch. It takes the
folder and gives the object that the task's command works with. An encoder and a decoder put together
(`vision-encoder-decoder`) are one row for each decoder, "vision-encoder-decoder/trocr".
"""

import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kernels.errors import UserError

_MOST_CONFIG = 4 << 20  # bytes; the largest config.json in use has some 100 kB of labels
_JOINED = ("vision-encoder-decoder",)

COMMANDS = {
    "hearing": "transcribe --model",
    "seeing": "describe --model",
    "language": "ask --model",
    "sentences": "",
}


@dataclass(frozen=True)
class Family:
    """One family of published checkpoints.

    Attributes:
        key: config.json's `model_type`, with "/" and the decoder's where two models are joined.
        task: which of COMMANDS it serves.
        loader: "package.module:function", called with the folder; UserError names the tensor or field that is wrong.
        needs: files that the loader cannot do without; "a|b" where either will do.
    """

    key: str
    task: str
    loader: str
    needs: tuple[str, ...] = ("tokenizer.json",)

    def load(self, folder: Path, **options: Any) -> Any:
        """The loaded model. Raises UserError as the loader does."""
        module, _, function = self.loader.partition(":")
        return getattr(importlib.import_module(module), function)(folder, **options)


_LANGUAGE = "assistant.language:from_folder"
_PROCESSOR = "preprocessor_config.json|processor_config.json"
_PICTURES = ("tokenizer.json|vocab.json|vocab.txt", _PROCESSOR)
_WRITES = ("tokenizer.json|vocab.json|sentencepiece.bpe.model", _PROCESSOR)  # is given no text

FAMILIES: tuple[Family, ...] = (
    Family("blip", "seeing", "assistant.captioning:load_captioner", _PICTURES),
    Family("vision-encoder-decoder/trocr", "seeing", "assistant.captioning:load_captioner", _WRITES),
    Family("vision-encoder-decoder/gpt2", "seeing", "assistant.captioning:load_captioner", _PICTURES),
    Family("clip", "seeing", "assistant.matching:load_matcher", _PICTURES),
    Family("siglip", "seeing", "assistant.matching:load_matcher", _PICTURES),
    Family("bert", "sentences", "encoders.text:load_folder"),
    Family("llama", "language", _LANGUAGE),
    Family("mistral", "language", _LANGUAGE),
    Family("qwen2", "language", _LANGUAGE),
    Family("qwen3", "language", _LANGUAGE),
    Family("gemma3_text", "language", _LANGUAGE),
    Family("whisper", "hearing", "assistant.hearing:load_folder"),
    Family("mllama", "seeing", "assistant.picture_talk:load", ("tokenizer.json", "preprocessor_config.json")),
)


def family_of(config: Mapping[str, Any], source: str = "config.json") -> Family:
    """The family that a config describes.

    Args:
        config: what config.json holds.
        source: what to call it in messages.

    Raises:
        UserError: it names no family, or one that is not known; the remedy lists those that are.
    """
    key = key_of(config)
    if key is None:
        raise UserError(f"{source} has no field model_type, so the model's family is not known.", _choose())
    for family in FAMILIES:
        if family.key == key:
            return family
    raise UserError(f"{source} says the model is of the family {key[:60]}, which is not supported.", _choose())


def key_of(config: Mapping[str, Any]) -> str | None:
    """The name a config gives to its family: `model_type`, with the decoder's where two models are joined."""
    kind = config.get("model_type")
    if not isinstance(kind, str) or not kind:
        return None
    decoder = config.get("decoder")
    if kind in _JOINED and isinstance(decoder, Mapping):
        return f"{kind}/{decoder.get('model_type')}"
    return kind


def read_config(folder: Path) -> dict[str, Any]:
    """A folder's config.json.

    Raises:
        UserError: it is missing, too large, or not a JSON object.
    """
    path = folder / "config.json"
    try:
        if not path.is_file():  # a pipe or a device would be read without end
            raise FileNotFoundError
        if path.stat().st_size > _MOST_CONFIG:
            raise UserError(f"{path} is too large for a model's description.", "Give the folder of a whole model.")
        return parse_config(path.read_bytes(), str(path))
    except OSError:
        raise UserError(
            f"There is no readable config.json in {folder}, so the model's family is not known.",
            "Give the folder that holds config.json, the tokenizer and the safetensors of one model.",
        ) from None


def parse_config(data: bytes, source: str) -> dict[str, Any]:
    """The object in a config.json. Raises UserError where it is no JSON object."""
    try:
        config = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        config = None
    if not isinstance(config, dict):
        raise UserError(f"{source} is not a JSON object.", "Take the model's config.json from where it is published.")
    return config


def _choose() -> str:
    return f"Choose a model of one of these families: {', '.join(family.key for family in FAMILIES)}."

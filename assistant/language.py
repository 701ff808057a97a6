"""Language models: found by name, folder or file, seen to fit into memory, and loaded in the right arithmetic.

model = language.load()                      # SmolLM2-135M-Instruct, from the installed package
for piece in model.chat([{"role": "user", "content": "Say hello."}]):
    print(piece, end="")
"""

import math
from collections.abc import Sequence
from pathlib import Path

from assistant.language_model import LanguageModel
from decoder.config import DecoderConfig
from decoder.families import hf_config
from decoder.footprint import check_size, footprint, four_bit_weights, parameters
from decoder.gguf import GGUF
from decoder.prompt_cache import PromptCache, identity
from decoder.quantize import available
from decoder.tokenizer import ChatTokenizer
from decoder.tokenizer_folder import FolderTokenizer
from decoder.weights import gguf_config, load_gguf, load_safetensors
from kernels.arithmetic import ARITHMETICS, BITS, Arithmetic, choose
from kernels.errors import UserError
from kernels.folders import read_folder, read_json
from kernels.memory_limit import check, room

__all__ = ["LanguageModel", "from_file", "from_folder", "load"]


def load(name: str = "smollm2-135m", *, exact: bool = False, arithmetic: str = "auto", most: int = 0) -> LanguageModel:
    """A model of the table, one pulled from the hub, a folder as the hub has them, or a GGUF file.

    Args:
        exact: compute in float32 as published references do, whatever `arithmetic` says.
        arithmetic: "auto", which takes what this processor is quick at, or one of kernels.arithmetic.
        most: bytes of memory that the program may take in all; 0 is what is free.

    Raises:
        UserError: the name is unknown; a file is missing, damaged or not the one in the table; or the model does not
            fit into memory, and the message says what would.
    """
    from assistant.resolve import resolve

    found = resolve(name, "language")
    if found.folder is not None and found.family is not None:
        loaded: LanguageModel = found.family.load(found.folder, exact=exact, arithmetic=arithmetic, most=most)
        return loaded
    return from_file(found.files["weights"], exact=exact, arithmetic=arithmetic, most=most)


def from_file(path: Path, *, exact: bool = False, arithmetic: str = "auto", most: int = 0) -> LanguageModel:
    """A model from any GGUF file of a supported family; see `load`. Raises UserError naming what is wrong with it."""
    file, chosen = GGUF(path), _arithmetic(exact, arithmetic)
    config = gguf_config(file)
    check_size(config, sum(math.prod(entry.shape) for entry in file.entries.values()), file.source)
    _check_room(path.stem, config, chosen, most, four_bit_weights(file))
    tokenizer = ChatTokenizer(file)
    return LanguageModel(load_gguf(file, arithmetic=chosen), tokenizer, _kept([path], chosen))


def from_folder(folder: Path, *, exact: bool = False, arithmetic: str = "auto", most: int = 0) -> LanguageModel:
    """A model from a Hugging Face folder: config.json, tokenizer.json, safetensors; see `load`.

    Raises:
        UserError: a file is missing or damaged, or one contradicts another; the field or tensor is named.
    """
    config, chosen = hf_config(read_json(folder / "config.json")), _arithmetic(exact, arithmetic)
    held = sum(math.prod(tensor.shape) for tensor in read_folder(folder).tensors.values())
    check_size(config, held, "config.json")
    _check_room(folder.name, config, chosen, most)
    tokenizer = FolderTokenizer(folder, config.vocabulary)
    model = load_safetensors(folder, arithmetic=chosen)
    return LanguageModel(model, tokenizer, _kept(sorted(folder.glob("*.safetensors")), chosen))


def _arithmetic(exact: bool, wanted: str) -> Arithmetic:
    """What is asked for, or what there is.

    Raises:
        UserError: it is not to be had on this processor.
    """
    chosen = "float32" if exact else choose(wanted).arithmetic
    if not available(chosen):
        names = ", ".join(name for name in ARITHMETICS if available(name))
        raise UserError(f"Language models cannot be computed in {chosen} here.", f"Set arithmetic to one of: {names}.")
    return chosen


def _kept(paths: Sequence[Path], arithmetic: Arithmetic) -> PromptCache:
    """Where prompts of a model are kept."""
    from assistant import settings

    return PromptCache(settings.home() / "cache" / "prompts", identity(paths, arithmetic))


def _check_room(name: str, config: DecoderConfig, arithmetic: Arithmetic, most: int, four: int = 0) -> None:
    """Refuse what does not fit into memory, and say what would: a smaller arithmetic, or another model that is here."""
    need = footprint(config, arithmetic, four)
    if need <= room(most).free:
        return
    smaller = {
        f"the same model with arithmetic = {other}": footprint(config, other, four)
        for other in ARITHMETICS if BITS[other] < BITS[arithmetic] and available(other)
    }  # fmt: skip
    check(f"The language model {name}", need, most=most, smaller=smaller | _others(config))


def _others(config: DecoderConfig) -> dict[str, int]:
    """Language models of the table that are here and smaller, with the bytes they take in int8."""
    from assistant import models
    from assistant.model_table import MODELS

    found = {}
    for model in MODELS:
        if model.task == "language" and models.here(model):
            file = GGUF(models.files(model.name)["weights"])
            if parameters(other := gguf_config(file)) < parameters(config):
                found[f"the model {model.name}"] = footprint(other, "int8", four_bit_weights(file))
    return found

"""Language models: found by name, folder or file, seen to fit into memory, and loaded in the right arithmetic.

model = language.load()                      # SmolLM2-135M-Instruct, from the installed package
for piece in model.chat([{"role": "user", "content": "Say hello."}]):
    print(piece, end="")
"""

import hashlib
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from assistant import placing
from assistant.language_model import LanguageModel
from decoder import adapter as adapters
from decoder.adapter import Adapter
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
from kernels.devices import CPU, arithmetic_on_gpu
from kernels.errors import UserError
from kernels.folders import read_folder, read_json
from kernels.memory_limit import check, room

if TYPE_CHECKING:
    from assistant.resolve import Resolved

__all__ = ["LanguageModel", "from_file", "from_folder", "load"]


def load(
    name: str = "smollm2-135m", *, exact: bool = False, arithmetic: str = "auto", most: int = 0,
    adapter: Path | None = None,
) -> LanguageModel:  # fmt: skip
    """A model of the table, one pulled from the hub, a folder as the hub has them, or a GGUF file.

    Args:
        exact: compute in float32 as published references do, whatever `arithmetic` says.
        arithmetic: "auto", which takes what this processor is quick at, or one of kernels.arithmetic.
        most: bytes of memory that the program may take in all; 0 is what is free.
        adapter: a file of decoder.adapter, added to the weights of the GGUF model it was trained for.

    Raises:
        UserError: the name is unknown; the adapter is for another model; a file is missing, damaged or not the one in
            the table; or the model does not fit into memory, and the message says what would.
    """
    from assistant.resolve import resolve

    found = resolve(name, "language")
    change = None if adapter is None else adapters.read(adapter, base=_base(found))
    if found.folder is not None and found.family is not None:
        loaded: LanguageModel = found.family.load(found.folder, exact=exact, arithmetic=arithmetic, most=most)
        return loaded
    kept = [] if adapter is None else [adapter]
    weights = found.files["weights"]
    return from_file(weights, exact=exact, arithmetic=arithmetic, most=most, change=change, beside=kept)


def _base(found: "Resolved") -> str:
    """SHA-256 of a GGUF model's weights, which an adapter names. Raises UserError where the model is a folder."""
    if found.table is not None:
        return next(file.sha256 for file in found.table.files if file.role == "weights")
    if found.gguf is None:
        raise UserError(f"{found.name} is no GGUF model, and adapters are added to these.", "Use smollm2-135m.")
    with found.gguf.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def from_file(
    path: Path, *, exact: bool = False, arithmetic: str = "auto", most: int = 0, change: Adapter | None = None,
    beside: Sequence[Path] = (),
) -> LanguageModel:  # fmt: skip
    """A model from any GGUF file of a supported family; see `load`. Raises UserError naming what is wrong with it.

    Args:
        change: an adapter that is added to the weights; `beside` is its file.
    """
    file, device = GGUF(path), placing.device()
    chosen = _arithmetic(exact, arithmetic, device)
    config = gguf_config(file)
    check_size(config, sum(math.prod(entry.shape) for entry in file.entries.values()), file.source)
    _check_room(path.stem, config, chosen, most, device, four_bit_weights(file) if change is None else 0)
    tokenizer = ChatTokenizer(file)
    model = load_gguf(file, arithmetic=chosen, adapter=change, device=device)
    return LanguageModel(model, tokenizer, _kept([path, *beside], chosen, device))


def from_folder(folder: Path, *, exact: bool = False, arithmetic: str = "auto", most: int = 0) -> LanguageModel:
    """A model from a Hugging Face folder: config.json, tokenizer.json, safetensors; see `load`.

    Raises:
        UserError: a file is missing or damaged, or one contradicts another; the field or tensor is named.
    """
    config, device = hf_config(read_json(folder / "config.json")), placing.device()
    chosen = _arithmetic(exact, arithmetic, device)
    held = sum(math.prod(tensor.shape) for tensor in read_folder(folder).tensors.values())
    check_size(config, held, "config.json")
    _check_room(folder.name, config, chosen, most, device)
    tokenizer = FolderTokenizer(folder, config.vocabulary)
    model = load_safetensors(folder, arithmetic=chosen, device=device)
    return LanguageModel(model, tokenizer, _kept(sorted(folder.glob("*.safetensors")), chosen, device))


def _arithmetic(exact: bool, wanted: str, device: torch.device) -> Arithmetic:
    """What is asked for, or what there is.

    Raises:
        UserError: it is not to be had on this processor.
    """
    if device != CPU:
        return "float32" if exact else arithmetic_on_gpu(wanted)
    chosen = "float32" if exact else choose(wanted).arithmetic
    if not available(chosen):
        names = ", ".join(name for name in ARITHMETICS if available(name))
        raise UserError(f"Language models cannot be computed in {chosen} here.", f"Set arithmetic to one of: {names}.")
    return chosen


def _kept(paths: Sequence[Path], arithmetic: Arithmetic, device: torch.device) -> PromptCache:
    """Where prompts of a model are kept."""
    from assistant import settings

    words = (arithmetic,) if device == CPU else (arithmetic, device.type)
    return PromptCache(settings.home() / "cache" / "prompts", identity(paths, *words))


def _check_room(
    name: str, config: DecoderConfig, arithmetic: Arithmetic, most: int, device: torch.device, four: int = 0
) -> None:
    """Refuse what does not fit into memory, and say what would: a smaller arithmetic, or another model that is here."""
    need = footprint(config, arithmetic, four)
    if device != CPU:
        placing.check_room(f"The language model {name}", need)
        return
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

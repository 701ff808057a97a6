"""From a published captioner's folder to its parts: preprocessing, tower, decoder, tokens; one builder a family."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from assistant import families, placing, settings
from assistant.captioning_words import Words
from decoder.captioners import load_captioner
from decoder.text import TextDecoder
from encoders.config import VisionConfig
from encoders.image_processors import ProcessorConfig, read_processor
from encoders.vision import VisionTransformer
from encoders.vision_text import TextTower, load_words, words_config
from encoders.vision_weights import load_tower, vision_config
from kernels import memory_limit
from kernels.checkpoints import Checkpoint, damaged, load_strict
from kernels.devices import CPU
from kernels.errors import UserError
from kernels.folders import read_folder, read_json, section, whole
from kernels.layers import Linear, uninitialised
from kernels.tables import agree, parts, renamed

_MOST_TOKENS = {"blip": 50, "gpt2": 50, "trocr": 120}  # of a caption or a line of print, where the folder is silent
_BLIP = {"BlipForConditionalGeneration": False, "BlipForQuestionAnswering": True}
_ENDS = {"trocr": 2, "gpt2": 50256}  # the token that ends a text, as transformers' configs have it
# Peak memory by that of the weights in float32, measured while loading: the tensors that are put together, and those
# of other types, which are kept a second time until all of them have been checked.
_WORK_SHARE, _TURNED_SHARE = 1.3, 2.0


@dataclass(frozen=True)
class CaptionerParts:
    """What a captioner is made of.

    Attributes:
        name: the folder's, for messages.
        bridge: from the tower's width to the decoder's memory, where the folder has one.
        questions: the encoder of questions, whose states are the decoder's memory then (BLIP VQA).
        start, ends: the token a text begins with, and those that end it.
        most_tokens: of a text.
    """

    name: str
    processor: ProcessorConfig
    tower: VisionTransformer
    bridge: nn.Module | None
    questions: TextTower | None
    decoder: TextDecoder
    words: Words
    start: int
    ends: frozenset[int]
    most_tokens: int


def read_parts(folder: Path) -> CaptionerParts:
    """The parts of the captioner in a folder as transformers saves it.

    Raises:
        UserError: the family is unknown (the known ones are listed); a file is missing, damaged or a pickle; a tensor
            is missing, unknown, misshapen or not finite; a field is wrong or contradicts the tensors; the tokenizer
            has more tokens than the model; or it would not fit into memory.
    """
    values = read_json(folder / "config.json")
    key = families.key_of(values)
    build = _BUILDERS.get(key or "")
    if build is None:
        raise UserError(
            f"The model in {folder.name} is of the family {str(key)[:60]}, which does not describe pictures here.",
            f"Choose a model of one of these families: {', '.join(_BUILDERS)}.",
        )
    checkpoint = read_folder(folder)
    memory_limit.check(folder.name, needed(checkpoint), most=settings.load().memory_limit_mb << 20)
    return _placed(build(folder, values, checkpoint))


def _placed(parts: CaptionerParts) -> CaptionerParts:
    """On the device that the settings choose; on a GPU in bfloat16."""
    device = placing.device()
    if device != CPU:
        for part in (parts.tower, parts.bridge, parts.questions, parts.decoder):
            if part is not None:
                part.to(device, torch.bfloat16)
    return parts


def _blip(folder: Path, values: Mapping[str, Any], checkpoint: Checkpoint) -> CaptionerParts:
    """BlipForConditionalGeneration and BlipForQuestionAnswering."""
    kind = next(iter(values.get("architectures") or ()), None)
    if kind is not None and kind not in _BLIP:
        raise UserError(f"The model in {folder.name} is a {str(kind)[:60]}, which says nothing about a picture.",
                        f"Choose one of these: {', '.join(_BLIP)}.")  # fmt: skip
    asks = any(name.startswith("text_encoder.") for name in checkpoint.tensors) if kind is None else _BLIP[kind]
    seen, read = section(values, "vision_config"), section(values, "text_config")
    vision = vision_config(seen, "blip")
    read = {"encoder_hidden_size": vision.width} | read
    processor, words = fitting(folder, vision, "blip"), Words(folder, whole(read, "vocab_size", 30524), reads=asks)
    groups = parts(checkpoint, ("vision_model.", "text_decoder.", *(("text_encoder.",) if asks else ())))
    memory = whole(read, "encoder_hidden_size", 768)
    tower = load_tower(groups["vision_model."], vision, "blip", "vision_model.")
    questions = load_words(groups["text_encoder."], words_config(read, "blip"), "text_encoder.") if asks else None
    decoder = load_captioner(groups["text_decoder."], read, "blip", "text_decoder.", memory)
    found = _Tokens([read], decoder.config.vocabulary)
    return CaptionerParts(
        folder.name, processor, tower, None, questions, decoder, words, found.one("bos_token_id", 30522),
        frozenset([found.one("sep_token_id", 102)]), _most(folder, values, _MOST_TOKENS["blip"]),
    )  # fmt: skip


def _joined(folder: Path, values: Mapping[str, Any], checkpoint: Checkpoint) -> CaptionerParts:
    """VisionEncoderDecoderModel: a ViT or DeiT, and TrOCR's decoder or GPT-2."""
    seen, read = section(values, "encoder"), section(values, "decoder")
    family, kind = str(seen.get("model_type")), str(read.get("model_type"))
    vision = vision_config(seen, family)
    size = whole(read, "vocab_size", 50265 if kind == "trocr" else 50257)
    processor, words = fitting(folder, vision, family), Words(folder, size, reads=False)
    width = whole(read, *(("d_model", 1024) if kind == "trocr" else ("n_embd", 768)))
    bridged = width != vision.width and read.get("cross_attention_hidden_size") is None
    groups = parts(checkpoint, ("encoder.", "decoder.", *(("enc_to_dec_proj.",) if bridged else ())))
    tower = load_tower(groups["encoder."], vision, family, "encoder.")
    bridge = _bridge(groups["enc_to_dec_proj."], vision.width, width) if bridged else None
    memory = width if bridged else vision.width
    decoder = load_captioner(groups["decoder."], read, kind, "decoder.", memory)
    saved = folder / "generation_config.json"
    found = _Tokens([*([read_json(saved)] if saved.is_file() else []), values, read], decoder.config.vocabulary)
    return CaptionerParts(
        folder.name, processor, tower, bridge, None, decoder, words,
        found.one("decoder_start_token_id", _ENDS[kind], *(("bos_token_id",) if kind == "gpt2" else ())),
        found.several("eos_token_id", _ENDS[kind]),
        _most(folder, values, _MOST_TOKENS[kind]),
    )  # fmt: skip


_BUILDERS: dict[str, Callable[[Path, Mapping[str, Any], Checkpoint], CaptionerParts]] = {
    "blip": _blip,
    "vision-encoder-decoder/trocr": _joined,
    "vision-encoder-decoder/gpt2": _joined,
}


def needed(checkpoint: Checkpoint) -> int:
    """Bytes that a model of these tensors takes at its peak, computed in float32."""
    shares = (
        (t.numel(), _WORK_SHARE if t.dtype == torch.float32 else _TURNED_SHARE) for t in checkpoint.tensors.values()
    )
    return int(sum(4 * count * share for count, share in shares))


def fitting(folder: Path, config: VisionConfig, family: str) -> ProcessorConfig:
    """The folder's preprocessing, which gives pictures of the size that the tower, of that family, sees.

    Raises:
        UserError: the two contradict each other, or the preprocessor's file is wrong.
    """
    processor = read_processor(folder, family)
    if processor.size != config.image:
        got = "pictures of any size" if processor.size is None else f"pictures of {_by(processor.size)}"
        raise damaged(
            "preprocessor_config.json", f"it gives {got}, and config.json says image_size {_by(config.image)}"
        )
    return processor


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]} by {size[1]} pixels"


def _bridge(checkpoint: Checkpoint, inner: int, outer: int) -> nn.Module:
    agree(checkpoint, "enc_to_dec_proj.weight", {"the decoder's width": outer, "hidden_size": inner})
    with uninitialised():
        model = nn.ModuleDict({"bridge": Linear(inner, outer)})
    load_strict(model, checkpoint, renamed("", "", {"bridge": "enc_to_dec_proj"}))
    return model.eval().requires_grad_(False)["bridge"]


@dataclass(frozen=True)
class _Tokens:
    """Token ids named by the folder's configs, the first of which that names one counts."""

    configs: Sequence[Mapping[str, Any]]
    vocabulary: int

    def one(self, name: str, default: int | None, *others: str) -> int:
        found = self._value(name, *others)
        return self._checked(name, default if found is None else found)

    def several(self, name: str, default: int) -> frozenset[int]:
        found = self._value(name)
        found = default if found is None else found
        return frozenset(self._checked(name, index) for index in (found if isinstance(found, list) else [found]))

    def _value(self, *names: str) -> Any:
        found = (config.get(name) for name in names for config in self.configs)
        return next((value for value in found if value is not None), None)

    def _checked(self, name: str, index: object) -> int:
        if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < self.vocabulary:
            said = "missing" if index is None else repr(index)[:40]
            raise damaged("config.json", f"{name} is {said}, not a token below {self.vocabulary}")
        return index


def _most(folder: Path, values: Mapping[str, Any], default: int) -> int:
    """Tokens of a text: what generation_config.json or config.json says, if anything."""
    saved = folder / "generation_config.json"
    for config in (read_json(saved) if saved.is_file() else {}, values):
        if config.get("max_new_tokens") is not None:
            return whole(config, "max_new_tokens", most=1 << 16)
        if config.get("max_length") is not None:  # counts the token that a text begins with
            return max(1, whole(config, "max_length", most=1 << 16) - 1)
    return default

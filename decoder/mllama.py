"""Llama-3.2-Vision's text decoder: LLaMA with gated layers in between that cross-attend to tiled pictures alone.

Sources: Llama 3 Team 2024, section 7; the checkpoints' layout in Hugging Face folders (model_type "mllama").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from decoder.config import DecoderConfig
from decoder.families import Family, agree_on_shape, decoder_config, hf_rules, mlp_rules
from decoder.positions import rotary_frequencies
from decoder.text import TextDecoder
from decoder.tokenizer import ChatTokenizer
from decoder.weights import build
from kernels.arithmetic import Arithmetic
from kernels.checkpoints import Checkpoint, Rule, damaged
from kernels.devices import CPU
from kernels.folders import section, whole
from kernels.layers import MemoryConfig
from kernels.tables import stack

PREFIX = "language_model."
PICTURE = "<|image|>"
_EXTRA_TOKENS = 8  # rows of the embedding behind the vocabulary; the first is the picture's
_BODY, _HEAD = f"{PREFIX}model.", f"{PREFIX}lm_head.weight"


def text_config(values: Mapping[str, Any]) -> DecoderConfig:
    """The decoder's shape, from the fields of config.json.

    Raises:
        UserError: a field is missing, contradicts another or asks for what is not supported; it is named.
    """
    text = section(values, "text_config")
    layers = text.get("cross_attention_layers")
    if not isinstance(layers, list) or not all(type(index) is int for index in layers):
        raise damaged("config.json", "cross_attention_layers is not a list of layers")
    picture, vocabulary = whole(values, "image_token_index"), whole(text, "vocab_size")
    if not vocabulary <= picture < vocabulary + _EXTRA_TOKENS:
        raise damaged("config.json", f"image_token_index {picture} is not behind the vocab_size {vocabulary}")
    seen = MemoryConfig(
        "vision", tuple(layers), gated=True, alone=True, query_key_norm=True, blind_attends=True,
    )  # fmt: skip
    return decoder_config(text, memories=(seen,), extra_tokens=_EXTRA_TOKENS)


def load_text(
    checkpoint: Checkpoint, values: Mapping[str, Any], arithmetic: Arithmetic = "float32", device: torch.device = CPU
) -> TextDecoder:  # fmt: skip
    """The decoder with a folder's weights.

    Args:
        checkpoint: the tensors whose names begin with PREFIX.
        values: the folder's config.json.
        arithmetic, device: what the weights become, and where; see decoder.weights.load_gguf.

    Raises:
        UserError: a tensor is missing, unknown, misshapen or not finite, or contradicts a field; it is named.
    """
    config = text_config(values)
    agree_on_shape(checkpoint, config, _BODY)
    rotary = rotary_frequencies(config.layer.head, config.rope_theta, config.rope_scaling)
    return build(config, rotary, checkpoint, text_table(config), [], arithmetic, device=device)


def text_table(config: DecoderConfig) -> dict[str, Rule]:
    """Our names -> theirs, for a decoder of this shape."""
    rules = hf_rules(config, Family(), body=_BODY, head=_HEAD)
    for index in sorted(set(range(config.layers)) - set(config.own_layers)):
        rules |= _cross_layer(config, f"blocks.{index}", f"{_BODY}layers.{index}")
    return rules


def _cross_layer(config: DecoderConfig, ours: str, theirs: str) -> dict[str, Rule]:
    cross, attention = f"{ours}.cross.vision", f"{theirs}.cross_attn"
    straight = {
        f"{cross}.norm.weight": f"{theirs}.input_layernorm.weight",
        f"{cross}.query.weight": f"{attention}.q_proj.weight",
        f"{cross}.query_norm.weight": f"{attention}.q_norm.weight",
        f"{cross}.key_norm.weight": f"{attention}.k_norm.weight",
        f"{cross}.out.weight": f"{attention}.o_proj.weight",
        f"{cross}.gate": f"{theirs}.cross_attn_attn_gate",
        f"{ours}.mlp_norm.weight": f"{theirs}.post_attention_layernorm.weight",
        f"{ours}.mlp_gate": f"{theirs}.cross_attn_mlp_gate",
    }
    rules = {our: Rule((their,)) for our, their in straight.items()}
    rules[f"{cross}.key_value.weight"] = Rule((f"{attention}.k_proj.weight", f"{attention}.v_proj.weight"), stack)
    return rules | mlp_rules(config, ours, theirs)


def picture_spans(tokens: Sequence[int], picture: int) -> list[tuple[int, int]]:
    """From which place to which (exclusive) each picture is seen: to the next picture; pictures side by side are seen
    to the same place, the last ones to the end of the text and beyond."""
    starts = [place for place, token in enumerate(tokens) if token == picture]
    ends = [*starts[1:], len(tokens)]
    for index in range(len(starts) - 2, -1, -1):
        if ends[index] == starts[index] + 1:
            ends[index] = ends[index + 1]
    return list(zip(starts, ends, strict=True))


def picture_mask(tokens: Sequence[int], picture: int, counts: Sequence[int], most: int, patches: int) -> Tensor:
    """Which memory token each text token sees, bool (1, T, S), S = pictures x most x patches.

    Args:
        tokens: the prompt, in which `picture` stands for each picture.
        counts: real tiles of each picture.
        most, patches: tiles that each picture has in the memory, and tokens of a tile.

    Raises:
        ValueError: there are more or fewer pictures than the prompt has places for.
    """
    spans = picture_spans(tokens, picture)
    if len(spans) != len(counts):
        raise ValueError(f"counts: {len(counts)} pictures, but the prompt has {len(spans)} places for them")
    seen_TNK = torch.zeros(len(tokens), len(counts), most, dtype=torch.bool)
    for index, ((start, end), count) in enumerate(zip(spans, counts, strict=True)):
        seen_TNK[start:end, index, :count] = True
    return seen_TNK.repeat_interleave(patches, dim=2).flatten(1)[None]


@dataclass(frozen=True)
class Turn:
    """What somebody said, after `pictures` pictures."""

    role: str
    text: str
    pictures: int = 0


def prompt(turns: Sequence[Turn], tokenizer: ChatTokenizer) -> str:
    """The text of a conversation, the assistant's turn opened at its end (Llama 3's chat format; pictures first).

    Control tokens in what was said are disarmed: only the format opens a turn or shows a picture.
    """
    parts = ["<|begin_of_text|>"]
    for turn in turns:
        role, said = tokenizer.plain(turn.role), tokenizer.plain(turn.text)
        parts.append(f"<|start_header_id|>{role}<|end_header_id|>\n\n{PICTURE * turn.pictures}{said.strip()}<|eot_id|>")
    return "".join([*parts, "<|start_header_id|>assistant<|end_header_id|>\n\n"])

"""Checkpoint tables of the LLaMA family (LLaMA, SmolLM2, Qwen2, Qwen3): GGUF and Hugging Face safetensors, strict
both ways.

Query, key and value rows are stacked into one matrix, gate and up into another (see kernels.layers).
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from decoder.config import DecoderConfig, RopeScaling
from decoder.gguf import GGUF, damaged
from decoder.text import TextDecoder, rotary_frequencies
from kernels.checkpoints import Checkpoint, Rule, check_names, read_safetensors
from kernels.errors import UserError
from kernels.layers import uninitialised

Replace = Callable[[str, Tensor], nn.Module | None]
_GGUF_FAMILIES = ("llama", "qwen2", "qwen3")
_HF_FAMILIES = ("llama", "mistral", "qwen2", "qwen3")


def load_gguf(file: GGUF, replace: Replace | None = None) -> TextDecoder:
    """A decoder from a GGUF file, float32.

    Args:
        replace: called with the name and float32 weight (N, K) of every linear layer; a module it returns takes that
            layer's place, so that a quantised model never lies in memory as float32 as a whole.

    Raises:
        UserError: unknown architecture, or a tensor is missing, unconsumed, misshapen or not finite; it is named.
    """
    config = gguf_config(file)
    rotary = rotary_frequencies(config.layer.head, config.rope_theta)
    ignore = ["rope_freqs.weight"]
    if "rope_freqs.weight" in file:
        factors = file["rope_freqs.weight"]
        if factors.shape != rotary.shape or not bool((factors > 0).all()):
            raise damaged(file.source, f"rope_freqs.weight does not fit {tuple(rotary.shape)}")
        rotary = rotary / factors
    unpermute = file.metadata["general.architecture"] == "llama"
    checkpoint = Checkpoint(file.source, file)
    return _build(config, rotary, checkpoint, _gguf_rules(config, unpermute), ignore, replace)


def load_safetensors(folder: Path, replace: Replace | None = None) -> TextDecoder:
    """A decoder from a Hugging Face folder: config.json and model.safetensors (or its shards), float32.

    Raises:
        UserError: as load_gguf.
    """
    config = hf_config(_read_json(folder / "config.json"))
    index = folder / "model.safetensors.index.json"
    names = sorted(set(_read_json(index)["weight_map"].values())) if index.is_file() else ["model.safetensors"]
    tensors: dict[str, Tensor] = {}
    for name in names:
        if Path(name).name != name:
            raise damaged(index.name, f"{name} lies outside the folder")
        tensors.update(read_safetensors(folder / name).tensors)
    ignore = ["lm_head.weight"] if config.tied else []
    rotary = rotary_frequencies(config.layer.head, config.rope_theta, config.rope_scaling)
    return _build(config, rotary, Checkpoint(folder.name, tensors), _hf_rules(config), ignore, replace)


def gguf_config(file: GGUF) -> DecoderConfig:
    """The shape that a GGUF file's metadata describes; contradictions are refused."""
    family = file.require("general.architecture", str)
    if family not in _GGUF_FAMILIES:
        raise UserError(
            f"The model file {file.source} is of the family {family[:40]}, which is not supported.",
            f"Choose a model of one of these families: {', '.join(_GGUF_FAMILIES)}.",
        )

    def number(key: str, default: int | None = None, high: int = 1 << 20) -> int:
        if default is not None and f"{family}.{key}" not in file.metadata:
            return default
        return int(file.require(f"{family}.{key}", int, 1, high))

    width, heads = number("embedding_length"), number("attention.head_count")
    if file.metadata.get(f"{family}.rope.scaling.type", "none") not in ("none", "linear") or (
        file.metadata.get(f"{family}.rope.scaling.factor", 1.0) != 1.0
    ):
        raise UserError(
            f"The model file {file.source} stretches its positions in an unsupported way.", "Choose another."
        )
    head_width = number("attention.key_length", width // heads)
    if number("rope.dimension_count", head_width) != head_width:
        raise damaged(file.source, f"{family}.rope.dimension_count is not the head's width {head_width}")
    embedding = file.entries.get("token_embd.weight")
    if embedding is None:
        raise damaged(file.source, "tensor token_embd.weight is missing")
    try:
        return DecoderConfig(
            vocabulary=embedding.shape[0], width=width, layers=number("block_count", high=1000), heads=heads,
            key_value_heads=number("attention.head_count_kv", heads), head_width=head_width,
            hidden=number("feed_forward_length"), max_positions=number("context_length", high=1 << 24),
            rope_theta=float(file.metadata.get(f"{family}.rope.freq_base", 10000.0)),
            norm_eps=float(file.require(f"{family}.attention.layer_norm_rms_epsilon", float, 0, 1)),
            attention_bias=family == "qwen2", query_key_norm=family == "qwen3", tied="output.weight" not in file,
        )  # fmt: skip
    except ValueError as error:
        raise damaged(file.source, f"its numbers contradict each other ({error})") from None


def hf_config(values: Mapping[str, Any]) -> DecoderConfig:
    """The shape that a Hugging Face config.json describes."""
    family = values.get("model_type")
    if family not in _HF_FAMILIES:
        raise UserError(
            f"The model's config.json is of the family {str(family)[:40]}, which is not supported.",
            f"Choose a model of one of these families: {', '.join(_HF_FAMILIES)}.",
        )
    rope = values.get("rope_parameters") or values.get("rope_scaling") or {}
    kind = rope.get("rope_type", rope.get("type", "default"))
    if kind not in ("default", "llama3"):
        raise UserError(f"The model stretches its positions by {str(kind)[:40]}, unsupported.", "Choose another model.")
    try:
        scaling = None if kind == "default" else RopeScaling(
            rope["factor"], rope["low_freq_factor"], rope["high_freq_factor"], rope["original_max_position_embeddings"]
        )  # fmt: skip
        return DecoderConfig(
            vocabulary=values["vocab_size"], width=values["hidden_size"], layers=values["num_hidden_layers"],
            heads=values["num_attention_heads"], key_value_heads=values.get("num_key_value_heads"),
            head_width=values.get("head_dim"), hidden=values["intermediate_size"],
            max_positions=values["max_position_embeddings"], rope_scaling=scaling,
            rope_theta=rope.get("rope_theta") or values.get("rope_theta") or 10000.0, norm_eps=values["rms_norm_eps"],
            attention_bias=family == "qwen2" or bool(values.get("attention_bias")),
            query_key_norm=family == "qwen3", tied=bool(values.get("tie_word_embeddings", False)),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise damaged("config.json", f"a field is missing or contradicts another ({error})") from None


def _gguf_rules(config: DecoderConfig, unpermute: bool) -> dict[str, Rule]:
    head = config.layer.head

    def halves(rows: Tensor) -> Tensor:
        """llama.cpp stores LLaMA's query and key rows for interleaved pairs; back to half-split ones."""
        if not unpermute:
            return rows
        return rows.view(-1, head // 2, 2, *rows.shape[1:]).transpose(1, 2).reshape(rows.shape)

    rules = {"embedding.weight": Rule(("token_embd.weight",)), "norm.weight": Rule(("output_norm.weight",))}
    if not config.tied:
        rules["head.weight"] = Rule(("output.weight",))
    for n in range(config.layers):
        ours, theirs = f"blocks.{n}", f"blk.{n}"
        for kind in ("weight", "bias") if config.attention_bias else ("weight",):
            rules[f"{ours}.attention.qkv.{kind}"] = Rule(
                tuple(f"{theirs}.attn_{part}.{kind}" for part in "qkv"),
                lambda q, k, v: torch.cat((halves(q), halves(k), v)),
            )
        rules[f"{ours}.attention.out.weight"] = Rule((f"{theirs}.attn_output.weight",))
        rules[f"{ours}.attention_norm.weight"] = Rule((f"{theirs}.attn_norm.weight",))
        rules[f"{ours}.mlp_norm.weight"] = Rule((f"{theirs}.ffn_norm.weight",))
        rules[f"{ours}.mlp.up.weight"] = Rule((f"{theirs}.ffn_gate.weight", f"{theirs}.ffn_up.weight"), _stack)
        rules[f"{ours}.mlp.down.weight"] = Rule((f"{theirs}.ffn_down.weight",))
        if config.query_key_norm:
            rules[f"{ours}.attention.query_norm.weight"] = Rule((f"{theirs}.attn_q_norm.weight",))
            rules[f"{ours}.attention.key_norm.weight"] = Rule((f"{theirs}.attn_k_norm.weight",))
    return rules


def _hf_rules(config: DecoderConfig) -> dict[str, Rule]:
    rules = {"embedding.weight": Rule(("model.embed_tokens.weight",)), "norm.weight": Rule(("model.norm.weight",))}
    if not config.tied:
        rules["head.weight"] = Rule(("lm_head.weight",))
    for n in range(config.layers):
        ours, theirs = f"blocks.{n}", f"model.layers.{n}"
        for kind in ("weight", "bias") if config.attention_bias else ("weight",):
            sources = tuple(f"{theirs}.self_attn.{part}_proj.{kind}" for part in "qkv")
            rules[f"{ours}.attention.qkv.{kind}"] = Rule(sources, _stack)
        rules[f"{ours}.attention.out.weight"] = Rule((f"{theirs}.self_attn.o_proj.weight",))
        rules[f"{ours}.attention_norm.weight"] = Rule((f"{theirs}.input_layernorm.weight",))
        rules[f"{ours}.mlp_norm.weight"] = Rule((f"{theirs}.post_attention_layernorm.weight",))
        sources = (f"{theirs}.mlp.gate_proj.weight", f"{theirs}.mlp.up_proj.weight")
        rules[f"{ours}.mlp.up.weight"] = Rule(sources, _stack)
        rules[f"{ours}.mlp.down.weight"] = Rule((f"{theirs}.mlp.down_proj.weight",))
        if config.query_key_norm:
            rules[f"{ours}.attention.query_norm.weight"] = Rule((f"{theirs}.self_attn.q_norm.weight",))
            rules[f"{ours}.attention.key_norm.weight"] = Rule((f"{theirs}.self_attn.k_norm.weight",))
    return rules


def _stack(*parts: Tensor) -> Tensor:
    return torch.cat(parts)


def _build(
    config: DecoderConfig, rotary: Tensor, checkpoint: Checkpoint, rules: Mapping[str, Rule], ignore: list[str],
    replace: Replace | None,
) -> TextDecoder:  # fmt: skip
    """Fill a decoder tensor by tensor, each replacing an untouched (so never really allocated) one: nothing is held
    twice."""
    with uninitialised():
        model = TextDecoder(config, rotary=rotary)
    wanted = {name: tensor.shape for name, tensor in model.state_dict().items()}
    check_names(checkpoint, rules, list(wanted), ignore)
    for name, rule in rules.items():
        value = _value(checkpoint, rule, wanted[name])
        owner, _, leaf = name.rpartition(".")
        module = model.get_submodule(owner)
        if replace is not None and leaf == "weight" and isinstance(module, nn.Linear):
            substitute = replace(owner, value)
            if substitute is not None:
                _put(model, owner, substitute)
                continue
        if not isinstance(module, nn.Module) or leaf not in dict(module.named_parameters(recurse=False)):
            substitute_bias = getattr(module, "set_bias", None)
            assert substitute_bias is not None, name
            substitute_bias(value)
            continue
        setattr(module, leaf, nn.Parameter(value, requires_grad=False))
    return model.eval()


def _value(checkpoint: Checkpoint, rule: Rule, shape: torch.Size) -> Tensor:
    try:
        value = rule(checkpoint.tensors)
    except RuntimeError:
        raise damaged(checkpoint.source, f"{rule.sources[0]} does not go with {rule.sources[-1]}") from None
    if value.shape != shape:
        raise damaged(
            checkpoint.source, f"{rule.sources[0]} has shape {tuple(value.shape)} where {tuple(shape)} is needed"
        )
    if not bool(torch.isfinite(value.sum())) and not bool(torch.isfinite(value).all()):
        raise damaged(checkpoint.source, f"{rule.sources[0]} holds values that are not numbers")
    return value.to(torch.float32, copy=value.dtype == torch.float32 and len(rule.sources) == 1)


def _put(model: nn.Module, name: str, module: nn.Module) -> None:
    owner, _, leaf = name.rpartition(".")
    setattr(model.get_submodule(owner), leaf, module)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > 16 << 20:
            raise damaged(path.name, "it is too large")
        values = json.loads(path.read_text("utf-8"))
    except OSError:
        raise UserError(f"There is no readable {path.name} in the model's folder.", "Fetch the model again.") from None
    except ValueError:
        raise damaged(path.name, "it is not JSON") from None
    if not isinstance(values, dict):
        raise damaged(path.name, "it is not an object")
    return values

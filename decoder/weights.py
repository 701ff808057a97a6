"""Checkpoint tables of the LLaMA family (LLaMA, SmolLM2, Qwen2, Qwen3): GGUF and Hugging Face safetensors, strict
both ways.

Query, key and value rows are stacked into one matrix, gate and up into another (see kernels.layers).
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from decoder.config import DecoderConfig
from decoder.families import FAMILIES, hf_config, hf_rules, stack
from decoder.gguf import GGUF, damaged
from decoder.quantize import QuantizedLinear, RowsEmbedding, head_from_rows
from decoder.rotation import Rotation
from decoder.text import TextDecoder, rotary_frequencies
from kernels.checkpoints import Checkpoint, Rule, check_names
from kernels.errors import UserError
from kernels.folders import read_folder, read_json
from kernels.layers import uninitialised

_GGUF_FAMILIES = ("llama", "qwen2", "qwen3")


def load_gguf(file: GGUF, *, quantized: bool = False) -> TextDecoder:
    """A decoder from a GGUF file.

    Args:
        quantized: int8 linear layers and an embedding read from the file, in place of float32 weights.

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
    model = _build(config, rotary, checkpoint, _gguf_rules(config, unpermute), ignore, quantized)
    file.release()
    return model


def load_safetensors(folder: Path, *, quantized: bool = False) -> TextDecoder:
    """A decoder from a Hugging Face folder: config.json and model.safetensors (or its shards); see `load_gguf`."""
    values = read_json(folder / "config.json")
    config = hf_config(values)
    family, checkpoint = FAMILIES[values["model_type"]], read_folder(folder)
    ignore = [f"model.layers.{n}.self_attn.rotary_emb.inv_freq" for n in range(config.layers)]
    ignore += ["lm_head.weight"] if config.tied else []
    rotary = rotary_frequencies(config.layer.head, config.rope_theta, config.rope_scaling)
    return _build(config, rotary, checkpoint, hf_rules(config, family), ignore, quantized)


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
        rules[f"{ours}.mlp.up.weight"] = Rule((f"{theirs}.ffn_gate.weight", f"{theirs}.ffn_up.weight"), stack)
        rules[f"{ours}.mlp.down.weight"] = Rule((f"{theirs}.ffn_down.weight",))
        if config.query_key_norm:
            rules[f"{ours}.attention.query_norm.weight"] = Rule((f"{theirs}.attn_q_norm.weight",))
            rules[f"{ours}.attention.key_norm.weight"] = Rule((f"{theirs}.attn_k_norm.weight",))
    return rules


def _build(
    config: DecoderConfig,
    rotary: Tensor,
    checkpoint: Checkpoint,
    rules: Mapping[str, Rule],
    ignore: list[str],
    quantized: bool,
) -> TextDecoder:
    """Fill a decoder tensor by tensor, each replacing an untouched (so never really allocated) one: nothing is held
    twice."""
    with uninitialised():
        model = TextDecoder(config, rotary=rotary)
    wanted = {name: tensor.shape for name, tensor in model.state_dict().items()}
    check_names(checkpoint, rules, list(wanted), ignore)
    if quantized:
        _fill_quantized(model, checkpoint, rules, wanted)
    else:
        for name, rule in rules.items():
            _set(model, name, nn.Parameter(_value(checkpoint, rule, wanted[name]), requires_grad=False))
    return model.eval()


def _fill_quantized(
    model: TextDecoder, checkpoint: Checkpoint, rules: Mapping[str, Rule], wanted: Mapping[str, torch.Size]
) -> None:
    """As int8: norms folded into the layers behind them, the stream rotated, linear layers quantised one by one."""
    rotation = Rotation(model.config.width)
    norms = {"qkv": "attention_norm", "up": "mlp_norm"}
    for name, rule in rules.items():
        if name in ("embedding.weight", "head.weight"):
            continue
        value = _value(checkpoint, rule, wanted[name])
        owner, _, leaf = name.rpartition(".")
        layer = owner.rpartition(".")[2]
        if leaf == "bias":
            bias_of = model.get_submodule(owner)
            assert isinstance(bias_of, QuantizedLinear)
            bias_of.bias = value
        elif layer in norms:
            norm = f"{owner.rsplit('.', 2)[0]}.{norms[layer]}.weight"
            weight = rotation.inputs(value * _value(checkpoint, rules[norm], wanted[norm]))
            _set(model, owner, QuantizedLinear.from_float(weight))
        elif layer in ("out", "down"):
            _set(model, owner, QuantizedLinear.from_float(rotation.outputs(value), mixed=layer == "down"))
        elif layer in ("norm", "attention_norm", "mlp_norm"):
            _set(model, name, nn.Parameter(torch.ones_like(value), requires_grad=False))
        elif layer in ("query_norm", "key_norm"):
            _set(model, name, nn.Parameter(value, requires_grad=False))
    _quantize_ends(model, checkpoint, rules, rotation)


def _quantize_ends(model: TextDecoder, checkpoint: Checkpoint, rules: Mapping[str, Rule], rotation: Rotation) -> None:
    """Leave the embedding in the file, and give the head, tied or not, int8 weights."""
    config, tensors = model.config, checkpoint.tensors
    want = (config.vocabulary, config.width)
    final_D = _value(checkpoint, rules["norm.weight"], torch.Size([config.width]))

    def rows(name: str) -> Callable[[Tensor], Tensor]:
        shape = tensors.entries[name].shape if isinstance(tensors, GGUF) else tuple(tensors[name].shape)
        if shape != want:
            raise damaged(checkpoint.source, f"{name} has shape {shape} where {want} is needed")
        return lambda ids: tensors.rows(name, ids) if isinstance(tensors, GGUF) else tensors[name][ids].float()

    embedding = rules["embedding.weight"].sources[0]
    head = embedding if config.tied else rules["head.weight"].sources[0]
    embed, score = rows(embedding), rows(head)
    model.embedding = RowsEmbedding(lambda ids: rotation.inputs(embed(ids)))
    model.head = head_from_rows(lambda ids: rotation.inputs(score(ids) * final_D), *want)
    if not model.head.finite:
        raise damaged(checkpoint.source, f"{head} holds values that are not numbers")


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


def _set(model: nn.Module, name: str, value: nn.Module | nn.Parameter) -> None:
    owner, _, leaf = name.rpartition(".")
    setattr(model.get_submodule(owner), leaf, value)

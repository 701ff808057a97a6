"""Checkpoint tables of the LLaMA family (LLaMA, SmolLM2, Qwen2, Qwen3): GGUF and Hugging Face safetensors, strict
both ways.

Query, key and value rows are stacked into one matrix, gate and up into another (see kernels.layers).
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from decoder import quantize
from decoder.adapter import Adapter
from decoder.config import DecoderConfig
from decoder.engine import knows
from decoder.families import FAMILIES, agree_on_shape, hf_config, hf_rules
from decoder.filling import Filling, fill_float, fill_gpu, fill_packed, fill_rotated
from decoder.gguf import GGUF, damaged
from decoder.text import TextDecoder, rotary_frequencies
from kernels.arithmetic import Arithmetic
from kernels.checkpoints import Checkpoint, Rule, check_names
from kernels.cpu import matrices
from kernels.devices import CPU
from kernels.errors import UserError
from kernels.folders import read_folder, read_json
from kernels.layers import uninitialised
from kernels.tables import stack

_GGUF_FAMILIES = ("llama", "qwen2", "qwen3")


def load_gguf(
    file: GGUF, *, arithmetic: Arithmetic = "float32", adapter: Adapter | None = None, device: torch.device = CPU
) -> TextDecoder:
    """A decoder from a GGUF file.

    Args:
        arithmetic: what the weights become. "int8" keeps the file's own codes of 4 and 8 bits and cuts all else to 8;
            "int4" cuts all but the head to 4; both read the embedding from the file when it is looked up. Where
            the compiled kernels are missing, PyTorch's own int8 stands in for both.
        adapter: is added to the weights; what it changes is quantised anew.
        device: where the model lies. On a GPU "int8" and "int4" are weight-only: codes in memory, bfloat16 else.

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
    model = build(config, rotary, checkpoint, _gguf_rules(config, unpermute), ignore, arithmetic, adapter, device)
    file.release()
    return model


def load_safetensors(
    folder: Path, *, arithmetic: Arithmetic = "float32", adapter: Adapter | None = None, device: torch.device = CPU
) -> TextDecoder:
    """A decoder from a Hugging Face folder: config.json and model.safetensors (or its shards); see `load_gguf`."""
    values = read_json(folder / "config.json")
    config = hf_config(values)
    family, checkpoint = FAMILIES[values["model_type"]], read_folder(folder)
    agree_on_shape(checkpoint, config)
    ignore = [f"model.layers.{n}.self_attn.rotary_emb.inv_freq" for n in range(config.layers)]
    ignore += ["lm_head.weight"] if config.tied else []
    rotary = rotary_frequencies(config.layer.head, config.rope_theta, config.rope_scaling)
    return build(config, rotary, checkpoint, hf_rules(config, family), ignore, arithmetic, adapter, device)


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


def build(
    config: DecoderConfig,
    rotary: Tensor,
    checkpoint: Checkpoint,
    rules: Mapping[str, Rule],
    ignore: list[str],
    arithmetic: Arithmetic,
    adapter: Adapter | None = None,
    device: torch.device = CPU,
) -> TextDecoder:
    """Fill a decoder tensor by tensor, each replacing an untouched (so never really allocated) one: nothing is held
    twice."""
    with uninitialised():
        model = TextDecoder(config, rotary=rotary)
    wanted = {name: tensor.shape for name, tensor in model.state_dict().items()}
    check_names(checkpoint, rules, list(wanted), ignore)
    if adapter is not None:
        adapter.fit(wanted)
    filling = Filling(model, checkpoint, rules, wanted, adapter)
    if device != CPU:
        fill_gpu(filling, arithmetic, device)
    elif arithmetic in ("int8", "int4") and matrices.available():
        fill_packed(filling, 4 if arithmetic == "int4" else 8)
    elif arithmetic in ("int8", "int4") and quantize.available() and knows(config):
        fill_rotated(filling)
    else:
        fill_float(filling, torch.bfloat16 if arithmetic == "bfloat16" else torch.float32)
    return model.eval()

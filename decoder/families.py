"""The text families of Hugging Face checkpoints, as data: how each config.json and each tensor's name becomes ours.

All are LLaMA (Touvron et al. 2023) with a difference or two; a `Family` holds only the difference.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from decoder.config import DecoderConfig, RopeScaling
from kernels.checkpoints import Checkpoint, Rule, damaged
from kernels.errors import UserError
from kernels.folders import choice, real, whole
from kernels.tables import ACTIVATIONS, agree, agree_layers, stack

_UNSUPPORTED = {"partial_rotary_factor": 1.0, "attn_logit_softcapping": None, "final_logit_softcapping": None}
_NORMS = {"attention_norm": "input_layernorm", "mlp_norm": "post_attention_layernorm"}


@dataclass(frozen=True)
class Family:
    """What sets a family apart from LLaMA.

    Attributes:
        options: fields of DecoderConfig, from the values of config.json, that differ from LLaMA's.
        norms: our norms inside a block -> theirs inside a layer.
        norm: what a stored norm's weight becomes.
    """

    options: Callable[[Mapping[str, Any]], dict[str, Any]] = lambda values: {}
    norms: Mapping[str, str] = field(default_factory=lambda: _NORMS)
    norm: Callable[[Tensor], Tensor] | None = None


def _gemma3(values: Mapping[str, Any]) -> dict[str, Any]:
    """Gemma 3's text model (Gemma Team 2025)."""
    return {
        "query_key_norm": True,
        "branch_norm": True,
        "attention_scale": real(values, "query_pre_attn_scalar") ** -0.5,
        "embedding_scale": whole(values, "hidden_size") ** 0.5,
        "tied": bool(values.get("tie_word_embeddings", True)),
    }


FAMILIES: dict[str, Family] = {
    "llama": Family(),
    "mistral": Family(),
    "qwen2": Family(lambda values: {"attention_bias": True}),
    "qwen3": Family(lambda values: {"query_key_norm": True}),
    "gemma3_text": Family(
        _gemma3,
        norms=_NORMS
        | {
            "attention_out_norm": "post_attention_layernorm",
            "mlp_norm": "pre_feedforward_layernorm",
            "mlp_out_norm": "post_feedforward_layernorm",
        },
        norm=lambda weight: 1 + weight,
    ),
}


def hf_config(values: Mapping[str, Any]) -> DecoderConfig:
    """The shape that a Hugging Face config.json describes.

    Raises:
        UserError: an unknown family, or a field is missing or contradicts another; it is named.
    """
    name = values.get("model_type")
    family = FAMILIES.get(name) if isinstance(name, str) else None
    if family is None:
        raise UserError(
            f"The model's config.json is of the family {str(name)[:40]}, which is not supported.",
            f"Choose a model of one of these families: {', '.join(FAMILIES)}.",
        )
    return decoder_config(values, **family.options(values))


def decoder_config(values: Mapping[str, Any], **options: Any) -> DecoderConfig:
    """LLaMA's shape from the fields of a config.json, with `options` of DecoderConfig over it; see `hf_config`."""
    for name, neutral in _UNSUPPORTED.items():
        if values.get(name) not in (None, neutral):
            raise damaged("config.json", f"{name} is {str(values[name])[:40]}, which is not supported")
    biased = bool(values.get("attention_bias"))
    layers = whole(values, "num_hidden_layers", most=1000)
    near = _window_layers(values, layers)
    shape: dict[str, Any] = {
        "vocabulary": whole(values, "vocab_size"),
        "width": whole(values, "hidden_size"),
        "layers": layers,
        "heads": whole(values, "num_attention_heads"),
        "key_value_heads": whole(values, "num_key_value_heads", whole(values, "num_attention_heads")),
        "head_width": None if values.get("head_dim") is None else whole(values, "head_dim"),
        "hidden": whole(values, "intermediate_size"),
        "max_positions": whole(values, "max_position_embeddings"),
        "norm_eps": real(values, "rms_norm_eps"),
        "activation": choice(values, "hidden_activation" if "hidden_activation" in values else "hidden_act",
                             ACTIVATIONS, "silu"),
        "attention_bias": biased,
        "output_bias": biased,
        "mlp_bias": bool(values.get("mlp_bias")),
        "tied": bool(values.get("tie_word_embeddings", False)),
        "window": whole(values, "sliding_window") if near else None,
        "window_layers": near,
    }  # fmt: skip
    try:
        return DecoderConfig(**(shape | _positions(values) | options))
    except (TypeError, ValueError) as error:
        raise damaged("config.json", f"a field contradicts another ({error})") from None


def _positions(values: Mapping[str, Any]) -> dict[str, Any]:
    """Rotary positions, in most layers and in those with a window, where theirs are others (Gemma 3)."""
    rope = values.get("rope_parameters") or values.get("rope_scaling") or {}
    if not isinstance(rope, dict):
        raise damaged("config.json", "rope_parameters is not an object")
    wide, near = rope.get("full_attention", rope), rope.get("sliding_attention", {})
    for name, kind in (("full_attention", wide), ("sliding_attention", near)):
        if not isinstance(kind, dict):
            raise damaged("config.json", f"rope_parameters.{name} is not an object")
    local = near.get("rope_theta", values.get("rope_local_base_freq"))
    return {
        "rope_theta": real({"rope_theta": values.get("rope_theta")} | wide, "rope_theta", 10000.0),
        "rope_scaling": rope_scaling(wide),
        "window_theta": None if local is None else real({"rope_local_base_freq": local}, "rope_local_base_freq"),
    }


def _window_layers(values: Mapping[str, Any], layers: int) -> tuple[int, ...]:
    """Which layers see a sliding window, in each of the ways that configs say it."""
    kinds = values.get("layer_types")
    if kinds is not None:
        known = {"full_attention", "sliding_attention"}
        if not isinstance(kinds, list) or len(kinds) != layers or not set(map(str, kinds)) <= known:
            raise damaged("config.json", f"layer_types is not {layers} times one of {', '.join(sorted(known))}")
        return tuple(index for index, kind in enumerate(kinds) if kind == "sliding_attention")
    off = str(values.get("model_type")).startswith("qwen")  # there a window is used only where the config says so
    asked = values.get("use_sliding_window", not off)
    if values.get("sliding_window") is None or not asked:
        return ()
    if values.get("sliding_window_pattern") is not None:
        every = whole(values, "sliding_window_pattern")
        return tuple(index for index in range(layers) if (index + 1) % every)
    start = values.get("max_window_layers", 0) if values.get("use_sliding_window") else 0
    if isinstance(start, bool) or not isinstance(start, int) or start < 0:
        raise damaged("config.json", f"max_window_layers is {str(start)[:40]}, not a whole number from 0")
    return tuple(range(start, layers))


def rope_scaling(rope: Mapping[str, Any]) -> RopeScaling | None:
    """How positions are stretched: not at all, evenly ("linear") or as Llama 3.1 does ("llama3").

    Raises:
        UserError: another way, or a field of it is missing.
    """
    kind = rope.get("rope_type", rope.get("type", "default"))
    if kind == "default":
        return None
    if kind == "linear":
        return RopeScaling(real(rope, "factor"), original_positions=0)
    if kind == "llama3":
        return RopeScaling(
            real(rope, "factor"), real(rope, "low_freq_factor"), real(rope, "high_freq_factor"),
            whole(rope, "original_max_position_embeddings"),
        )  # fmt: skip
    raise UserError(f"The model stretches its positions by {str(kind)[:40]}, unsupported.", "Choose another model.")


def agree_on_shape(checkpoint: Checkpoint, config: DecoderConfig, body: str = "model.") -> None:
    """See that the tensors that tell a decoder's shape say the same as the config, before anything is made.

    Raises:
        UserError: they don't; field and tensor are named.
    """
    rows = {"vocab_size": config.vocabulary + config.extra_tokens, "hidden_size": config.width}
    agree(checkpoint, f"{body}embed_tokens.weight", rows)
    agree_layers(checkpoint, f"{body}layers.", "num_hidden_layers", config.layers)
    hidden = {"intermediate_size": config.hidden, "hidden_size": config.width}
    agree(checkpoint, f"{body}layers.{config.own_layers[0]}.mlp.up_proj.weight", hidden)


def hf_rules(
    config: DecoderConfig, family: Family, *, body: str = "model.", head: str = "lm_head.weight"
) -> dict[str, Rule]:
    """Our names -> theirs, for a decoder of this shape but its layers without self-attention; `body` and `head` are how
    their names begin and the head's."""
    rules = {
        "embedding.weight": Rule((f"{body}embed_tokens.weight",)),
        "norm.weight": Rule((f"{body}norm.weight",), family.norm),
    }
    if not config.tied:
        rules["head.weight"] = Rule((head,))
    for n in config.own_layers:
        rules |= _layer(config, family, f"blocks.{n}", f"{body}layers.{n}")
    return rules


def _layer(config: DecoderConfig, family: Family, ours: str, theirs: str) -> dict[str, Rule]:
    rules = {f"{ours}.{our}.weight": Rule((f"{theirs}.{name}.weight",), family.norm) for our, name in
             family.norms.items()}  # fmt: skip
    for kind in ("weight", "bias") if config.attention_bias else ("weight",):
        sources = tuple(f"{theirs}.self_attn.{part}_proj.{kind}" for part in "qkv")
        rules[f"{ours}.attention.qkv.{kind}"] = Rule(sources, stack)
    for kind in ("weight", "bias") if config.output_bias else ("weight",):
        rules[f"{ours}.attention.out.{kind}"] = Rule((f"{theirs}.self_attn.o_proj.{kind}",))
    rules |= mlp_rules(config, ours, theirs)
    if config.query_key_norm:
        for our, name in (("query_norm", "q_norm"), ("key_norm", "k_norm")):
            rules[f"{ours}.attention.{our}.weight"] = Rule((f"{theirs}.self_attn.{name}.weight",), family.norm)
    return rules


def mlp_rules(config: DecoderConfig, ours: str, theirs: str) -> dict[str, Rule]:
    """The gated feed-forward of one layer: gate and up become one matrix."""
    rules = {}
    for kind in ("weight", "bias") if config.mlp_bias else ("weight",):
        sources = (f"{theirs}.mlp.gate_proj.{kind}", f"{theirs}.mlp.up_proj.{kind}")
        rules[f"{ours}.mlp.up.{kind}"] = Rule(sources, stack)
        rules[f"{ours}.mlp.down.{kind}"] = Rule((f"{theirs}.mlp.down_proj.{kind}",))
    return rules

"""Whisper's text decoder, and the rules of its tokens, from a Hugging Face folder: every size, turbo, distilled."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from decoder.config import DecoderConfig
from decoder.text import TextDecoder
from decoder.whisper import TokenRules, WhisperTokens
from kernels.checkpoints import Checkpoint, Rule, damaged, load_strict
from kernels.errors import UserError
from kernels.folders import choice, read_json, whole
from kernels.layers import MemoryConfig, uninitialised
from kernels.tables import agree, agree_layers, renamed, stacked_without_key_bias

_LAYER = {
    "attention_norm": "self_attn_layer_norm",
    "attention.out": "self_attn.out_proj",
    "cross.audio.norm": "encoder_attn_layer_norm",
    "cross.audio.query": "encoder_attn.q_proj",
    "cross.audio.out": "encoder_attn.out_proj",
    "mlp_norm": "final_layer_norm",
    "mlp.up": "fc1",
    "mlp.down": "fc2",
}
_IGNORED = ("model.encoder.*", "proj_out.weight")  # the head is the embedding
_TIMES = 1501  # timestamps from 0 to 30 s


def text_config(values: Mapping[str, Any]) -> DecoderConfig:
    """The decoder's shape, from the fields of config.json.

    Raises:
        UserError: a field is missing, contradicts another or asks for what Whisper is not; it is named.
    """
    choice(values, "model_type", {"whisper": None})
    choice(values, "activation_function", {"gelu": None}, "gelu")
    width, layers = whole(values, "d_model"), whole(values, "decoder_layers", most=1000)
    if values.get("tie_word_embeddings") is False:
        raise damaged("config.json", "tie_word_embeddings is false, but Whisper's head is its embedding")
    try:
        return DecoderConfig(
            vocabulary=whole(values, "vocab_size"), width=width, layers=layers,
            heads=whole(values, "decoder_attention_heads"), hidden=whole(values, "decoder_ffn_dim"),
            max_positions=whole(values, "max_target_positions", 448), positions="learned", norm="layer",
            activation="gelu", gated=False, attention_bias=True, output_bias=True, mlp_bias=True, tied=True,
            memories=(MemoryConfig("audio", tuple(range(layers))),),
        )  # fmt: skip
    except ValueError as error:
        raise damaged("config.json", f"a field contradicts another ({error})") from None


def load_text(checkpoint: Checkpoint, values: Mapping[str, Any]) -> TextDecoder:
    """The text decoder with the weights of a Hugging Face folder, float32.

    Args:
        checkpoint: the folder's tensors (kernels.folders.read_folder).
        values: its config.json.

    Raises:
        UserError: a field of the config or a tensor is missing, unknown, misshapen or not finite; it is named.
    """
    config = text_config(values)
    name = "model.decoder.embed_tokens.weight"
    agree(checkpoint, name, {"vocab_size": config.vocabulary, "d_model": config.width})
    agree(
        checkpoint,
        "model.decoder.embed_positions.weight",
        {"max_target_positions": config.max_positions, "d_model": config.width},
    )
    agree_layers(checkpoint, "model.decoder.layers.", "decoder_layers", config.layers)
    with uninitialised():
        decoder = TextDecoder(config)
    load_strict(decoder, checkpoint, text_table(config), _IGNORED)
    return decoder.eval().requires_grad_(False)


def text_table(config: DecoderConfig) -> dict[str, Rule | str]:
    """Our names -> transformers', for a decoder of this shape."""
    body, both = "model.decoder", ("weight", "bias")
    table: dict[str, Rule | str] = {
        "embedding.weight": f"{body}.embed_tokens.weight",
        "positions.weight": f"{body}.embed_positions.weight",
    }
    table |= {f"norm.{kind}": f"{body}.layer_norm.{kind}" for kind in both}
    for layer in range(config.layers):
        ours, theirs = f"blocks.{layer}", f"{body}.layers.{layer}"
        table |= renamed(f"{ours}.", f"{theirs}.", _LAYER)
        table |= stacked_without_key_bias(f"{ours}.attention.qkv", f"{theirs}.self_attn", "qkv")
        table |= stacked_without_key_bias(f"{ours}.cross.audio.key_value", f"{theirs}.encoder_attn", "kv")
    return table


def token_rules(folder: Path, tokens: WhisperTokens, vocabulary: int) -> TokenRules:
    """Which tokens are never said, and not first: from generation_config.json, or config.json in older folders.

    Raises:
        UserError: a file or a list in it cannot be read, or the tokenizer doesn't fit a model of `vocabulary` tokens.
    """
    if tokens.first_time + _TIMES > vocabulary:
        raise UserError(
            f"The tokenizer has tokens up to {tokens.first_time + _TIMES - 1}, the model only {vocabulary}.",
            "Take tokenizer.json and the weights from the same model.",
        )
    own = folder / "generation_config.json"
    values = read_json(own if own.is_file() else folder / "config.json")
    lists = {name: _tokens(values, name, vocabulary) for name in ("suppress_tokens", "begin_suppress_tokens")}
    return TokenRules(tokens, lists["suppress_tokens"], lists["begin_suppress_tokens"])


def _tokens(values: Mapping[str, Any], name: str, vocabulary: int) -> tuple[int, ...]:
    found = values.get(name) or []
    if not isinstance(found, list) or not all(isinstance(token, int) and -1 <= token < vocabulary for token in found):
        raise damaged("generation_config.json", f"{name} is not a list of tokens below {vocabulary}")
    return tuple(token for token in found if token >= 0)

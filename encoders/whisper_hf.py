"""Whisper's audio encoder from a Hugging Face folder: every size, turbo and distilled ones too."""

from collections.abc import Mapping
from typing import Any

from encoders.audio import AudioEncoder
from encoders.config import AudioConfig
from kernels.checkpoints import Checkpoint, Rule, damaged, load_strict
from kernels.folders import choice, whole
from kernels.layers import uninitialised
from kernels.tables import agree, agree_layers, renamed, stacked_without_key_bias

_LAYER = {
    "attention_norm": "self_attn_layer_norm",
    "attention.out": "self_attn.out_proj",
    "mlp_norm": "final_layer_norm",
    "mlp.up": "fc1",
    "mlp.down": "fc2",
}
_IGNORED = ("model.decoder.*", "proj_out.weight")


def audio_config(values: Mapping[str, Any]) -> AudioConfig:
    """The encoder's shape, from the fields of config.json.

    Raises:
        UserError: a field is missing, contradicts another or asks for what Whisper is not; it is named.
    """
    choice(values, "model_type", {"whisper": None})
    choice(values, "activation_function", {"gelu": None}, "gelu")
    width, heads = whole(values, "d_model"), whole(values, "encoder_attention_heads")
    if width % heads:
        raise damaged("config.json", f"encoder_attention_heads {heads} does not divide d_model {width}")
    if whole(values, "encoder_ffn_dim") != 4 * width:
        raise damaged("config.json", f"encoder_ffn_dim is {values['encoder_ffn_dim']}, not four times d_model {width}")
    return AudioConfig(
        width=width, layers=whole(values, "encoder_layers", most=1000), heads=heads,
        mels=whole(values, "num_mel_bins", 80, most=512), positions=whole(values, "max_source_positions", 1500),
    )  # fmt: skip


def load_audio(checkpoint: Checkpoint, values: Mapping[str, Any]) -> AudioEncoder:
    """The audio encoder with the weights of a Hugging Face folder, float32.

    Args:
        checkpoint: the folder's tensors (kernels.folders.read_folder).
        values: its config.json.

    Raises:
        UserError: a field of the config or a tensor is missing, unknown, misshapen or not finite; it is named.
    """
    config = audio_config(values)
    kernel = {"d_model": config.width, "num_mel_bins": config.mels, "kernel size": 3}
    agree(checkpoint, "model.encoder.conv1.weight", kernel)
    places = {"max_source_positions": config.positions, "d_model": config.width}
    agree(checkpoint, "model.encoder.embed_positions.weight", places)
    agree_layers(checkpoint, "model.encoder.layers.", "encoder_layers", config.layers)
    with uninitialised():
        encoder = AudioEncoder(config)
    load_strict(encoder, checkpoint, audio_table(config), _IGNORED)
    return encoder.eval().requires_grad_(False)


def audio_table(config: AudioConfig) -> dict[str, Rule | str]:
    """Our names -> transformers', for an encoder of this shape."""
    table: dict[str, Rule | str] = {"positions": "model.encoder.embed_positions.weight"}
    both = ("weight", "bias")
    table |= {f"norm.{kind}": f"model.encoder.layer_norm.{kind}" for kind in both}
    table |= {f"{conv}.{kind}": f"model.encoder.{conv}.{kind}" for conv in ("conv1", "conv2") for kind in both}
    for layer in range(config.layers):
        ours, theirs = f"blocks.{layer}", f"model.encoder.layers.{layer}"
        table |= renamed(f"{ours}.", f"{theirs}.", _LAYER)
        table |= stacked_without_key_bias(f"{ours}.attention.qkv", f"{theirs}.self_attn", "qkv")
    return table

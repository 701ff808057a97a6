"""Tables from published checkpoints to our encoders, one a family; `kernels.checkpoints.load_strict` holds them."""

from encoders.audio import AudioEncoder
from encoders.config import AudioConfig
from kernels.checkpoints import Checkpoint, Rule, damaged, load_strict
from kernels.layers import uninitialised

# Ours inside a Block -> CTranslate2's inside an encoder layer. linear_0 holds query, key and value fused.
_CT2_LAYER = {
    "attention_norm.weight": "self_attention/layer_norm/gamma",
    "attention_norm.bias": "self_attention/layer_norm/beta",
    "attention.qkv.weight": "self_attention/linear_0/weight",
    "attention.qkv.bias": "self_attention/linear_0/bias",
    "attention.out.weight": "self_attention/linear_1/weight",
    "attention.out.bias": "self_attention/linear_1/bias",
    "mlp_norm.weight": "ffn/layer_norm/gamma",
    "mlp_norm.bias": "ffn/layer_norm/beta",
    "mlp.up.weight": "ffn/linear_0/weight",
    "mlp.up.bias": "ffn/linear_0/bias",
    "mlp.down.weight": "ffn/linear_1/weight",
    "mlp.down.bias": "ffn/linear_1/bias",
}
_CT2_IGNORED = ("decoder/*", "encoder/num_heads")


def whisper_config(checkpoint: Checkpoint) -> AudioConfig:
    """The encoder's shape, read from a CTranslate2 Whisper checkpoint's tensors.

    Raises:
        UserError: it is no Whisper model, or a tensor that tells the shape is missing.
    """
    if checkpoint.kind != "WhisperSpec":
        raise damaged(checkpoint.source, f"it holds {checkpoint.kind or 'another kind of model'}, not Whisper")
    layers = sum(name.startswith("encoder/") and name.endswith("/ffn/linear_0/weight") for name in checkpoint.tensors)
    first = checkpoint.tensors.get("encoder/conv1/weight")
    places = checkpoint.tensors.get("encoder/position_encodings/encodings")
    if first is None or places is None or first.dim() != 3 or places.dim() != 2 or not layers:
        raise damaged(checkpoint.source, "the encoder's first tensors are missing")
    width, heads = first.shape[0], checkpoint.scalar("encoder/num_heads")
    if heads <= 0 or width % heads:
        raise damaged(checkpoint.source, f"{heads} heads do not divide width {width}")
    return AudioConfig(width=width, layers=layers, heads=heads, mels=first.shape[1], positions=places.shape[0])


def load_whisper(checkpoint: Checkpoint) -> AudioEncoder:
    """Whisper's audio encoder with a CTranslate2 checkpoint's weights, float32.

    Raises:
        UserError: a tensor is missing, unknown, misshapen or not finite.
    """
    config = whisper_config(checkpoint)
    with uninitialised():
        encoder = AudioEncoder(config)
    load_strict(encoder, checkpoint, whisper_table(config), _CT2_IGNORED)
    return encoder.eval().requires_grad_(False)


def whisper_table(config: AudioConfig) -> dict[str, Rule | str]:
    """Our names -> CTranslate2's, for an encoder of this shape."""
    table: dict[str, Rule | str] = {
        "positions": "encoder/position_encodings/encodings",
        "norm.weight": "encoder/layer_norm/gamma",
        "norm.bias": "encoder/layer_norm/beta",
    }
    for conv in ("conv1", "conv2"):
        table |= {f"{conv}.{kind}": f"encoder/{conv}/{kind}" for kind in ("weight", "bias")}
    for layer in range(config.layers):
        table |= {f"blocks.{layer}.{our}": f"encoder/layer_{layer}/{their}" for our, their in _CT2_LAYER.items()}
    return table

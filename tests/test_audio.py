"""The audio encoder and Whisper's tables: equal to transformers (small, random) and CTranslate2 (real weights)."""

from pathlib import Path

import numpy as np
import pytest
import torch

from assistant import models
from decoder import whisper as whisper_decoder
from decoder.config import DecoderConfig
from decoder.text import TextDecoder
from encoders import weights
from encoders.audio import AudioEncoder, pad_window
from encoders.audio_input import log_mel, read_sound
from encoders.config import AudioConfig
from kernels.checkpoints import Checkpoint, read_ctranslate2
from kernels.errors import UserError
from kernels.layers import MemoryConfig

SMALL = AudioConfig(width=16, layers=2, heads=2, mels=8, positions=20)


def _theirs() -> "torch.nn.Module":
    from transformers import WhisperConfig, WhisperModel

    torch.manual_seed(0)
    config = WhisperConfig(
        vocab_size=60, num_mel_bins=8, d_model=16, encoder_layers=2, decoder_layers=2, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=64, decoder_ffn_dim=64, max_source_positions=20,
        max_target_positions=30, pad_token_id=0, bos_token_id=1, eos_token_id=2, decoder_start_token_id=3,
    )  # fmt: skip
    return WhisperModel(config).eval()


def _block(theirs: dict[str, torch.Tensor], prefix: str, cross: bool) -> dict[str, torch.Tensor]:
    """A transformers layer's tensors under our names; the key has no bias there."""

    def fused(module: str, parts: str) -> tuple[torch.Tensor, torch.Tensor]:
        weight = torch.cat([theirs[f"{prefix}.{module}.{p}_proj.weight"] for p in parts])
        zero = torch.zeros(16)
        return weight, torch.cat([theirs.get(f"{prefix}.{module}.{p}_proj.bias", zero) for p in parts])

    ours = {}
    pairs = {"attention.qkv": fused("self_attn", "qkv")}
    if cross:
        pairs |= {"cross.audio.query": fused("encoder_attn", "q")}
        pairs["cross.audio.key_value"] = fused("encoder_attn", "kv")
    for name, (weight, bias) in pairs.items():
        ours |= {f"{name}.weight": weight, f"{name}.bias": bias}
    straight = {"attention.out": "self_attn.out_proj", "attention_norm": "self_attn_layer_norm", "mlp.up": "fc1",
                "mlp.down": "fc2", "mlp_norm": "final_layer_norm"}  # fmt: skip
    if cross:
        straight |= {"cross.audio.out": "encoder_attn.out_proj", "cross.audio.norm": "encoder_attn_layer_norm"}
    for our, their in straight.items():
        ours |= {f"{our}.{kind}": theirs[f"{prefix}.{their}.{kind}"] for kind in ("weight", "bias")}
    return ours


@torch.inference_mode()
def test_encoder_and_decoder_equal_transformers() -> None:
    model = _theirs()
    theirs = model.state_dict()
    encoder = AudioEncoder(SMALL).eval()
    state = {"positions": theirs["encoder.embed_positions.weight"]}
    for name in ("conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias"):
        state[name] = theirs[f"encoder.{name}"]
    state |= {f"norm.{kind}": theirs[f"encoder.layer_norm.{kind}"] for kind in ("weight", "bias")}
    for i in range(2):
        state |= {f"blocks.{i}.{k}": v for k, v in _block(theirs, f"encoder.layers.{i}", False).items()}
    encoder.load_state_dict(state)
    decoder = TextDecoder(DecoderConfig(
        vocabulary=60, width=16, layers=2, heads=2, hidden=64, max_positions=30, positions="learned", norm="layer",
        activation="gelu", gated=False, attention_bias=True, output_bias=True, mlp_bias=True,
        memories=(MemoryConfig("audio", (0, 1)),),
    )).eval()  # fmt: skip
    state = {"embedding.weight": theirs["decoder.embed_tokens.weight"],
             "positions.weight": theirs["decoder.embed_positions.weight"]}  # fmt: skip
    state |= {f"norm.{kind}": theirs[f"decoder.layer_norm.{kind}"] for kind in ("weight", "bias")}
    for i in range(2):
        state |= {f"blocks.{i}.{k}": v for k, v in _block(theirs, f"decoder.layers.{i}", True).items()}
    decoder.load_state_dict(state)
    mel, tokens = torch.randn(2, 8, 40), torch.randint(0, 60, (2, 7))
    out = model(input_features=mel, decoder_input_ids=tokens)
    memory = encoder(mel)
    torch.testing.assert_close(memory, out.encoder_last_hidden_state, atol=1e-4, rtol=0)
    logits = out.last_hidden_state @ theirs["decoder.embed_tokens.weight"].T
    torch.testing.assert_close(decoder(tokens, None, decoder.remember(memory)), logits, atol=1e-4, rtol=0)


def test_encoder_refuses_what_does_not_fit() -> None:
    encoder = AudioEncoder(SMALL)
    for shape in ((1, 7, 40), (1, 8, 41), (1, 8, 0), (8, 40)):
        with pytest.raises(ValueError, match="mel"):
            encoder(torch.zeros(shape))
    assert pad_window(torch.ones(1, 8, 3), 40).shape == (1, 8, 40)


@torch.inference_mode()
def test_memory_equals_ctranslate2s(speech: Path) -> None:
    ctranslate2 = pytest.importorskip("ctranslate2")
    path = models.files("whisper-tiny.en")["weights"]
    encoder = weights.load_whisper(read_ctranslate2(path))
    mel = pad_window(log_mel(read_sound(speech / "austen-0890.wav")), 3000)
    theirs = ctranslate2.models.Whisper(str(path.parent), compute_type="float32", intra_threads=1)
    memory = np.array(theirs.encode(ctranslate2.StorageView.from_array(mel.numpy())))
    np.testing.assert_allclose(encoder(mel).numpy(), memory, atol=1e-3)


def _damage(name: str, tensor: torch.Tensor | None) -> Checkpoint:
    whole = read_ctranslate2(models.files("whisper-tiny.en")["weights"])
    tensors = dict(whole.tensors)
    if tensor is None:
        del tensors[name]
    else:
        tensors[name] = tensor
    return Checkpoint(whole.source, tensors, whole.aliases, whole.kind)


@pytest.mark.parametrize(
    ("part", "name", "tensor", "said"),
    [
        ("encoder", "encoder/layer_2/ffn/linear_1/bias", None, "encoder/layer_2/ffn/linear_1/bias is missing"),
        ("encoder", "encoder/layer_9/new", torch.zeros(1), "encoder/layer_9/new is not known"),
        ("encoder", "encoder/layer_norm/beta", torch.full((384,), torch.nan), "encoder/layer_norm/beta holds values"),
        ("encoder", "encoder/num_heads", torch.tensor(7), "7 heads do not divide"),
        ("encoder", "encoder/conv1/weight", None, "first tensors are missing"),
        ("decoder", "decoder/layer_0/attention/linear_1/weight", torch.zeros(5, 5), r"has shape \(5, 5\)"),
        ("decoder", "decoder/layer_3/self_attention/linear_0/bias", None, "linear_0/bias is missing"),
        ("decoder", "decoder/num_heads", torch.tensor(0), "0 heads do not divide"),
    ],
)
def test_wrong_and_missing_tensors_are_named(part: str, name: str, tensor: torch.Tensor | None, said: str) -> None:
    load = weights.load_whisper if part == "encoder" else whisper_decoder.load_whisper
    with pytest.raises(UserError, match=said):
        load(_damage(name, tensor))

"""Weights in 8 bits where there are no compiled kernels: PyTorch's own integer kernels, or none at all."""

import pytest
import torch

from decoder import quantize
from decoder.config import DecoderConfig
from decoder.text import TextDecoder
from decoder.weights import load_safetensors
from decoder.whisper_head import VocabularyHead
from kernels.cpu import matrices
from tests import language_folders


@pytest.mark.skipif(not quantize.available(), reason="PyTorch has no integer matmul here")
def test_eight_bits_without_compiled_kernels_stay_close_to_exact_ones(tmp_path, monkeypatch):
    folder = language_folders.write_model(tmp_path / "model", num_attention_heads=2, num_key_value_heads=1)
    tokens_BT = torch.randint(0, 300, (2, 12), generator=torch.Generator().manual_seed(1))
    monkeypatch.setattr(matrices, "available", lambda: False)
    with torch.inference_mode():
        exact = load_safetensors(folder)(tokens_BT)
        model = load_safetensors(folder, arithmetic="int8")
        codes = [part for part in model.modules() if isinstance(part, quantize.QuantizedLinear)]
        ours = model(tokens_BT)
    assert len(codes) == 2 * 4 + 1
    assert 0 < (ours - exact).norm() < 0.03 * exact.norm()


def test_compiled_kernels_without_pytorchs_still_score_the_vocabulary(monkeypatch):
    """Apple's processors: a model is packed there, but PyTorch's integer matmul is missing."""
    monkeypatch.setattr(matrices, "available", lambda: True)
    monkeypatch.setattr(quantize, "_engine", lambda: "")
    decoder = TextDecoder(DecoderConfig(vocabulary=90, width=32, layers=1, heads=4, hidden=48, tied=True)).eval()
    hidden_BTD = torch.randn(1, 3, 32, generator=torch.Generator().manual_seed(2))
    assert quantize.available("int8")
    with torch.inference_mode():
        assert torch.equal(VocabularyHead(decoder, 60)(hidden_BTD), decoder.logits(hidden_BTD))

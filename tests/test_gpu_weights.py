"""What a GPU is given, checked on the processor: weights of 8 and 4 bits, the choice of a device, Whisper's rules."""

import os
from pathlib import Path

import pytest
import torch

from assistant import models
from assistant.checks import machine
from decoder.config import DecoderConfig
from decoder.text import TextDecoder
from decoder.weight_only import WeightOnlyLinear, bytes_per_token, weight_only
from decoder.weights import load_safetensors
from decoder.whisper import TokenRules, WhisperTokens
from decoder.whisper_search import WhisperSearch
from decoder.whisper_steps import RuledChoice
from kernels import devices
from kernels.errors import UserError
from kernels.layers import MemoryConfig
from tests.language_folders import write_model
from tests.tape import Tape

TOKENS = torch.tensor([[5, 9, 30, 12, 7, 40, 41, 3]])


@pytest.mark.parametrize("arithmetic, most", [("bfloat16", 0.03), ("int8", 0.03), ("int4", 0.25)])
@pytest.mark.parametrize("qwen", [False, True], ids=["tied", "biases and a head"])
def test_a_model_filled_for_a_gpu_says_nearly_the_same(tmp_path: Path, monkeypatch, arithmetic, most, qwen) -> None:
    folder = _qwen(tmp_path / "tiny") if qwen else write_model(tmp_path / "tiny")
    exact = load_safetensors(folder)
    monkeypatch.setattr("decoder.weights.CPU", torch.device("meta"))  # every device is a GPU then
    filled = load_safetensors(folder, arithmetic=arithmetic, device=torch.device("cpu"))
    want, got = exact(TOKENS), filled(TOKENS).float()
    assert filled.dtype == torch.bfloat16
    assert float((got - want).norm() / want.norm()) < most
    if arithmetic != "bfloat16":
        assert isinstance(filled.blocks[0].attention.qkv, WeightOnlyLinear) and isinstance(
            filled.head, WeightOnlyLinear
        )
        assert bytes_per_token(filled) < bytes_per_token(exact) / 3


def _qwen(folder: Path) -> Path:
    from safetensors.torch import load_file, save_file

    write_model(folder, model_type="qwen2", tie_word_embeddings=False)
    held = load_file(folder / "model.safetensors")
    draw = torch.Generator().manual_seed(3)
    for layer in range(2):
        for part in "qkv":
            name = f"model.layers.{layer}.self_attn.{part}_proj"
            held[f"{name}.bias"] = torch.randn(held[f"{name}.weight"].shape[0], generator=draw)
    held["lm_head.weight"] = torch.randn(held["model.embed_tokens.weight"].shape, generator=draw)
    save_file(held, folder / "model.safetensors")
    return folder


def test_a_decoder_is_quantised_in_place_with_its_memory(tmp_path: Path) -> None:
    torch.manual_seed(2)
    config = DecoderConfig(vocabulary=97, width=64, layers=2, heads=4, hidden=128, max_positions=32,
                           positions="learned", norm="layer", activation="gelu", gated=False, attention_bias=True,
                           memories=(MemoryConfig("audio", (0, 1)),))  # fmt: skip
    model = TextDecoder(config).eval().requires_grad_(False)
    memory_1SD = torch.randn(1, 9, 64)
    want = model(TOKENS, None, model.remember(memory_1SD))
    coded = weight_only(model, 8)
    got = coded(TOKENS, None, coded.remember(memory_1SD))
    assert float((got - want).norm() / want.norm()) < 0.02
    with pytest.raises(ValueError, match="not finite"):
        WeightOnlyLinear(torch.full((4, 64), float("nan")), 8)


def test_the_gpu_is_taken_only_where_it_is(tmp_path: Path, monkeypatch) -> None:
    assert devices.choose("cpu") == devices.CPU
    with pytest.raises(ValueError, match="'tpu' is not one of cpu, cuda"):
        devices.choose("tpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UserError, match="no CUDA GPU") as refusal:
        devices.choose("cuda")
    assert "device = cpu" in refusal.value.remedy
    monkeypatch.setenv("ANTIGONE_DEVICE", "cuda")
    assert [finding.state for finding in machine.processor_and_gpu()][-1] == "bad"
    assert devices.arithmetic_on_gpu("auto") == "bfloat16" and devices.arithmetic_on_gpu("int4") == "int4"
    with pytest.raises(ValueError, match="'fp4'"):
        devices.arithmetic_on_gpu("fp4")


def test_the_doctor_says_what_models_run_on(monkeypatch) -> None:
    monkeypatch.setattr(devices, "gpu", lambda: devices.Gpu("H100", 80_000_000_000, True))
    for wanted, said in (("cpu", "models run on the processor"), ("cuda", "run on the GPU (H100, 80 GB), with the")):
        monkeypatch.setenv("ANTIGONE_DEVICE", wanted)
        assert said in [finding.text for finding in machine.processor_and_gpu()][-1]
    assert "hearing in float16" in next(iter(machine.arithmetic())).text


def test_compiled_kernels_are_kept_in_a_private_folder(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("TRITON_CACHE_DIR", raising=False)
    devices.keep_compiled(tmp_path / "cache" / "triton")
    assert os.environ["TRITON_CACHE_DIR"] == str(tmp_path / "cache" / "triton")
    assert (tmp_path / "cache" / "triton").stat().st_mode & 0o077 == 0
    devices.keep_compiled(tmp_path / "other")
    assert not (tmp_path / "other").exists()
    monkeypatch.delenv("TRITON_CACHE_DIR")


@pytest.fixture(scope="module")
def rules() -> TokenRules:
    tokens = WhisperTokens(models.files("whisper-tiny.en")["tokenizer"])
    return TokenRules(tokens, tuple(range(1, 40)), (220, tokens.end))


@torch.inference_mode()
def test_rules_on_the_device_choose_as_those_on_the_host(rules: TokenRules) -> None:
    vocabulary, first = 51864, rules.tokens.first_time
    choice = RuledChoice(rules, vocabulary, torch.device("cpu"))
    draw = torch.Generator().manual_seed(1)
    kinds = set()
    for favour in (0.0, 4.0, 9.0):
        sampled = [first + 3]
        choice.begin(sampled)
        for _ in range(15):
            logits_V = 3 * torch.randn(vocabulary, generator=draw)
            logits_V[first:] += favour
            want_V = rules.apply(logits_V.clone(), sampled)
            token_1, logprob_1 = choice(logits_V[None])
            assert int(token_1) == int(want_V.argmax())
            torch.testing.assert_close(logprob_1[0], want_V.max())
            sampled.append(int(token_1))
            kinds.add((sampled[-2] >= first, sampled[-1] >= first))
    assert len(kinds) == 4  # words and times after words and times


def test_a_search_is_the_same_recorded_from_utterance_to_utterance(rules: TokenRules) -> None:
    torch.manual_seed(3)
    config = DecoderConfig(
        vocabulary=51864, width=16, layers=1, heads=2, hidden=32, max_positions=20, positions="learned", norm="layer",
        activation="gelu", gated=False, attention_bias=True, output_bias=True, mlp_bias=True,
        memories=(MemoryConfig("audio", (0,)),),
    )  # fmt: skip
    model = TextDecoder(config).eval().requires_grad_(False)
    torch.nn.init.normal_(model.embedding.weight, std=0.5)
    tape = Tape()
    plain, quick = WhisperSearch(model, rules, exact=True), WhisperSearch(model, rules, exact=True, recorder=tape)
    prompt = rules.tokens.prompt("en", False)
    for seed in (1, 2):
        memory = model.remember(torch.randn(1, 7, 16, generator=torch.Generator().manual_seed(seed)))
        want = plain.search(memory, prompt)
        got = quick.search(memory, prompt)
        assert got.tokens == want.tokens and len(want.tokens) > 3
        assert got.mean_logprob == pytest.approx(want.mean_logprob, abs=1e-4)
    draft = (*want.tokens[:2], 50, 51)
    assert quick.search(memory, prompt, draft=draft).tokens == want.tokens
    assert tape.taken == 1

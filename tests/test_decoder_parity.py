"""Ours against transformers on the same weights: tiny random models written as GGUF and safetensors, and the real
file."""

import dataclasses
import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from assistant import models
from decoder.generate import Generation, Session
from decoder.gguf import GGUF
from decoder.weights import gguf_config, load_gguf, load_safetensors
from kernels.errors import UserError

gguf = pytest.importorskip("gguf")
transformers = pytest.importorskip("transformers")
SHAPE = {
    "vocab_size": 211, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 128, "rms_norm_eps": 1e-5, "head_dim": 16,
}  # fmt: skip
LLAMA3 = {"rope_type": "llama3", "rope_theta": 5000.0, "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 32}  # fmt: skip


def reference(family, **options):
    """A tiny random model of transformers; every parameter random, so that a swapped or forgotten one shows."""
    config = transformers.AutoConfig.for_model(family, **(SHAPE | {"rope_theta": 5000.0} | options))
    torch.manual_seed(7)
    model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
    for parameter in model.parameters():
        parameter.data = torch.randn_like(parameter) * 0.2 + (0.7 if parameter.dim() == 1 else 0)
    return model


def to_folder(model, folder):
    model.save_pretrained(folder)
    return folder


def permute(rows, heads):
    """llama.cpp's order of LLaMA's query and key rows (convert_hf_to_gguf.py)."""
    return rows.view(heads, 2, rows.shape[0] // heads // 2, *rows.shape[1:]).swapaxes(1, 2).reshape(rows.shape)


NAMES = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj":
    "ffn_down", "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.q_norm":
    "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
}  # fmt: skip


def to_gguf(model, path, kind="F32", drop=None, change=None):
    """Write a tiny model as llama.cpp's converter does. `drop` leaves a tensor out, `change` maps name -> new array."""
    config, family = model.config, model.config.model_type
    writer = gguf.GGUFWriter(path, family)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(SHAPE["head_dim"])
    writer.add_rope_freq_base(5000.0)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    tensors = {}
    for name, value in model.state_dict().items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        fixed = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
                 "lm_head.weight": "output.weight"}  # fmt: skip
        if name not in fixed:
            _, _, layer, rest = name.split(".", 3)
            stem, _, leaf = rest.rpartition(".")
            fixed[name] = f"blk.{layer}.{NAMES[stem]}.{leaf}"
            if family == "llama" and NAMES[stem] in ("attn_q", "attn_k"):
                heads = config.num_attention_heads if NAMES[stem] == "attn_q" else config.num_key_value_heads
                value = permute(value, heads)
        tensors[fixed[name]] = value.numpy()
    tensors.update(change or {})
    for name, value in tensors.items():
        if name != drop:
            quantization = gguf.GGMLQuantizationType[kind if value.ndim == 2 else "F32"]
            writer.add_tensor(name, gguf.quants.quantize(value, quantization), raw_dtype=quantization)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


FAMILIES = pytest.mark.parametrize(
    ("family", "options"),
    [("llama", {}), ("llama", {"tie_word_embeddings": True}), ("qwen2", {}), ("qwen3", {})],
    ids=["llama", "llama-tied", "qwen2", "qwen3"],
)
TOKENS = torch.randint(0, 211, (2, 17), generator=torch.Generator().manual_seed(5))


@FAMILIES
def test_gguf_and_safetensors_equal_transformers(tmp_path, family, options):
    model = reference(family, **options)
    with torch.inference_mode():
        want = model(TOKENS).logits
        for ours in (
            load_gguf(GGUF(to_gguf(model, tmp_path / "tiny.gguf"))),
            load_safetensors(to_folder(model, tmp_path / "hf")),
        ):
            torch.testing.assert_close(ours(TOKENS), want, atol=1e-4, rtol=1e-4)


def test_llama3_positions_equal_transformers(tmp_path):
    model = reference("llama", rope_parameters=LLAMA3, rope_theta=None)
    ours = load_safetensors(to_folder(model, tmp_path / "hf"))
    tokens = torch.randint(0, 211, (1, 90))
    with torch.inference_mode():
        torch.testing.assert_close(ours(tokens), model(tokens).logits, atol=1e-4, rtol=1e-4)


@FAMILIES
def test_greedy_text_equals_transformers(tmp_path, family, options):
    model = reference(family, **options)
    ours = Session(load_gguf(GGUF(to_gguf(model, tmp_path / "tiny.gguf"))))
    prompt = TOKENS[0, :5]
    want = model.generate(prompt[None], max_new_tokens=20, do_sample=False, eos_token_id=None, pad_token_id=0)
    got = list(Generation(prompt.tolist(), end_ids=(), max_tokens=20).run(ours))
    assert got == want[0, 5:].tolist()


@FAMILIES
def test_quantized_stays_close(tmp_path, family, options):
    """The same model in int8, rotated: its distribution hardly moves. Without the norms folded or a bias it would."""
    file = GGUF(to_gguf(reference(family, **options), tmp_path / "tiny.gguf"))
    with torch.inference_mode():
        exact, fast = load_gguf(file)(TOKENS), load_gguf(file, arithmetic="int8")(TOKENS)
    assert (exact - fast).abs().mean() < 0.03 * exact.std()


@pytest.mark.parametrize("kind", ["F16", "BF16", "Q8_0", "Q4_0", "Q4_1"])
def test_block_formats_in_a_model(tmp_path, kind):
    file = GGUF(to_gguf(reference("llama"), tmp_path / "tiny.gguf", kind))
    assert file.entries["blk.0.attn_q.weight"].form.name == kind
    assert torch.isfinite(load_gguf(file)(TOKENS)).all()


BROKEN = {
    "missing": ({"drop": "blk.1.attn_k.weight"}, "blk.1.attn_k.weight is missing"),
    "extra": ({"change": {"blk.0.extra.weight": torch.ones(2, 32).numpy()}}, "blk.0.extra.weight is not known"),
    "misshapen": ({"change": {"blk.0.ffn_down.weight": torch.ones(64, 32).numpy()}}, "blk.0.ffn_down.weight has shape"),
    "nan": ({"change": {"output_norm.weight": torch.full((64,), torch.nan).numpy()}}, "output_norm.weight holds"),
    "embedding": (
        {"change": {"token_embd.weight": torch.full((211, 64), torch.inf).numpy()}}, "token_embd.weight holds",
    ),
}  # fmt: skip


@pytest.mark.parametrize("arithmetic", ["float32", "bfloat16", "int8", "int4"])
@pytest.mark.parametrize("case", BROKEN)
def test_wrong_tensors_are_named(tmp_path, case, arithmetic):
    options, message = BROKEN[case]
    file = GGUF(to_gguf(reference("llama", tie_word_embeddings=True), tmp_path / "tiny.gguf", **options))
    with pytest.raises(UserError, match=message):
        load_gguf(file, arithmetic=arithmetic)


def test_unknown_family_and_contradictions(tmp_path):
    file = GGUF(to_gguf(reference("llama"), tmp_path / "tiny.gguf"))
    for key, value, message in (
        ("general.architecture", "mamba", "family mamba"),
        ("llama.attention.head_count", 0, "head_count is 0"),
        ("llama.attention.head_count_kv", 3, "contradict"),
        ("llama.rope.dimension_count", 8, "dimension_count"),
        ("llama.block_count", "two", "wrong type"),
    ):
        with pytest.raises(UserError, match=message):
            gguf_config(_with(file, key, value))


def _with(file, key, value):
    changed = object.__new__(GGUF)
    changed.__dict__.update(file.__dict__, metadata=file.metadata | {key: value})
    return changed


def test_safetensors_with_a_missing_tensor_or_bad_config(tmp_path):
    folder = to_folder(reference("llama"), tmp_path / "hf")
    path = folder / "model.safetensors"
    tensors = load_file(path)
    removed = tensors.pop("model.layers.0.mlp.up_proj.weight")
    save_file(tensors, path)
    with pytest.raises(UserError, match=r"model\.layers\.0\.mlp\.up_proj\.weight is missing"):
        load_safetensors(folder)
    save_file(tensors | {"model.layers.0.mlp.up_proj.weight": removed}, path)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "gpt9"}))
    with pytest.raises(UserError, match="family gpt9"):
        load_safetensors(folder)


@pytest.fixture(scope="module")
def smollm():
    return GGUF(models.files("smollm2-135m")["weights"])


def test_the_real_file_equals_transformers_on_its_weights(smollm):
    """SmolLM2's own file, dequantised, in transformers' LlamaForCausalLM."""
    ours = load_gguf(smollm)
    config = ours.config
    theirs = transformers.LlamaForCausalLM(
        transformers.LlamaConfig(
            vocab_size=config.vocabulary, hidden_size=config.width, intermediate_size=config.hidden,
            num_hidden_layers=config.layers, num_attention_heads=config.heads, rms_norm_eps=config.norm_eps,
            num_key_value_heads=config.key_value_heads, max_position_embeddings=config.max_positions,
            tie_word_embeddings=True, rope_theta=config.rope_theta,
        )
    ).eval()  # fmt: skip
    heads = {"attn_q": config.heads, "attn_k": config.key_value_heads}
    state = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight"}
    state = {name: smollm[source] for name, source in state.items()}
    for layer in range(config.layers):
        for stem, short in NAMES.items():
            if (source := f"blk.{layer}.{short}.weight") in smollm:
                value = smollm[source]
                if short in heads:  # the inverse of permute
                    value = value.view(heads[short], 32, 2, -1).swapaxes(1, 2).reshape(value.shape)
                state[f"model.layers.{layer}.{stem}.weight"] = value
    theirs.load_state_dict(state | {"lm_head.weight": state["model.embed_tokens.weight"]})
    tokens = torch.tensor([[1, 9690, 198, 2683, 359, 253, 5356, 5646, 11173, 3365, 3511, 308, 34519, 28, 7018]])
    with torch.inference_mode():
        torch.testing.assert_close(ours(tokens), theirs(tokens).logits, atol=1e-3, rtol=0)
    assert dataclasses.replace(config, tied=True) == config

"""The text families of Hugging Face folders: equal to transformers on tiny random models, and strict about files."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from decoder.families import FAMILIES, hf_config
from decoder.generate import Generation, Session
from decoder.weights import load_safetensors
from kernels.errors import UserError

transformers = pytest.importorskip("transformers")
SHAPE = {
    "vocab_size": 211, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 3, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 128, "rms_norm_eps": 1e-5, "head_dim": 16,
    "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip
LLAMA3 = {
    "rope_type": "llama3", "rope_theta": 5000.0, "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
}  # fmt: skip
LINEAR = {"rope_type": "linear", "rope_theta": 5000.0, "factor": 8.0}
CASES = {
    "llama": ("llama", {"rope_parameters": LLAMA3}),
    "llama-linear": ("llama", {"rope_parameters": LINEAR}),
    "llama-tied": ("llama", {"tie_word_embeddings": True}),
    "llama-biased": ("llama", {"attention_bias": True, "mlp_bias": True}),
    "mistral": ("mistral", {"sliding_window": 7}),
    "qwen2": ("qwen2", {}),
    "qwen2-window": ("qwen2", {"use_sliding_window": True, "sliding_window": 7, "max_window_layers": 1}),
    "qwen3": ("qwen3", {"tie_word_embeddings": True}),
    "gemma3": ("gemma3_text", {"query_pre_attn_scalar": 24, "sliding_window": 7, "sliding_window_pattern": 3}),
}
TOKENS = torch.randint(3, 211, (2, 40), generator=torch.Generator().manual_seed(5))


def folder_of(path, family, options, shard="5GB"):
    """A tiny random model of transformers in a folder; every parameter random, so that a forgotten one shows."""
    config = transformers.AutoConfig.for_model(family, **(SHAPE | options))
    torch.manual_seed(7)
    model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
    for parameter in model.parameters():
        parameter.data = torch.randn_like(parameter) * 0.2 + (0.7 if parameter.dim() == 1 else 0)
    model.generation_config.eos_token_id = None
    model.save_pretrained(path, max_shard_size=shard)
    return model


@torch.inference_mode()
@pytest.mark.parametrize("case", CASES)
def test_equals_transformers(tmp_path, case):
    """Logits of the whole text, and the greedy text with caches on both sides."""
    family, options = CASES[case]
    theirs = folder_of(tmp_path, family, options)
    ours = load_safetensors(tmp_path)
    torch.testing.assert_close(ours(TOKENS), theirs(TOKENS).logits, atol=1e-4, rtol=1e-4)
    prompt = TOKENS[0, :9]
    want = theirs.generate(prompt[None], max_new_tokens=20, do_sample=False, eos_token_id=None, pad_token_id=0)
    got = list(Generation(prompt.tolist(), end_ids=(), max_tokens=20).run(Session(ours)))
    assert got == want[0, 9:].tolist()


@torch.inference_mode()
def test_window_in_a_padded_batch_equals_rows_alone(tmp_path):
    folder_of(tmp_path, *CASES["mistral"])
    ours = load_safetensors(tmp_path)
    short, long = TOKENS[0, :9].tolist(), TOKENS[1, :14].tolist()
    cache = ours.new_cache(2, 20, padding_B=torch.tensor([5, 0]))
    ours(torch.tensor([[0] * 5 + short, long]), cache)
    both = ours(torch.tensor([[5], [6]]), cache)
    for row, text in enumerate(([*short, 5], [*long, 6])):
        torch.testing.assert_close(both[row, -1], ours(torch.tensor([text]))[0, -1], atol=1e-5, rtol=1e-4)


@torch.inference_mode()
def test_branches_see_their_window(tmp_path):
    """Continuations scored side by side equal each alone, also where the prompt is longer than the window."""
    folder_of(tmp_path, *CASES["mistral"])
    session = Session(load_safetensors(tmp_path))
    prompt, branches = TOKENS[0, :12].tolist(), [TOKENS[1, :9].tolist(), TOKENS[1, 20:31].tolist()]
    together = session.score(prompt, branches)
    apart = [session.score(prompt, [branch])[0] for branch in branches]
    assert together == pytest.approx(apart, abs=1e-4)


def test_shards_equal_one_file_and_must_be_whole(tmp_path):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    folder_of(whole, "llama", {})
    folder_of(parts, "llama", {}, shard="100KB")
    index = json.loads((parts / "model.safetensors.index.json").read_text())
    assert len(set(index["weight_map"].values())) > 1
    assert torch.equal(load_safetensors(whole)(TOKENS), load_safetensors(parts)(TOKENS))
    name = "model.layers.2.mlp.up_proj.weight"
    for wrong, message in (("../escape.safetensors", "outside"), (sorted(index["weight_map"].values())[0], name)):
        changed = {**index, "weight_map": index["weight_map"] | {name: wrong}}
        (parts / "model.safetensors.index.json").write_text(json.dumps(changed))
        with pytest.raises(UserError, match=message):
            load_safetensors(parts)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model.norm.weight": None}, r"model\.norm\.weight is missing"),
        ({"model.layers.1.mlp.up_proj.extra": torch.ones(2)}, r"layers\.1\.mlp\.up_proj\.extra is not known"),
        ({"model.layers.1.self_attn.q_proj.weight": torch.ones(64, 63)}, r"layers\.1\.self_attn\.q_proj\.weight"),
        ({"model.layers.1.mlp.down_proj.weight": torch.full((64, 96), torch.nan)}, r"down_proj\.weight holds"),
    ],
    ids=["missing", "extra", "misshapen", "nan"],
)
def test_wrong_tensors_are_named(tmp_path, change, message):
    folder_of(tmp_path, "llama", {})
    tensors = load_file(tmp_path / "model.safetensors") | change
    save_file({name: value for name, value in tensors.items() if value is not None}, tmp_path / "model.safetensors")
    with pytest.raises(UserError, match=message):
        load_safetensors(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_type": "gpt9"}, "family gpt9"),
        ({"model_type": None}, "family None"),
        ({"hidden_size": "64"}, "hidden_size is '64'"),
        ({"num_hidden_layers": 0}, "num_hidden_layers is 0"),
        ({"rms_norm_eps": -1}, "rms_norm_eps is -1"),
        ({"num_key_value_heads": 3}, "key_value_heads"),
        ({"hidden_act": "mish"}, "hidden_act is 'mish'"),
        ({"rope_scaling": {"rope_type": "yarn"}}, "yarn"),
        ({"rope_scaling": {"rope_type": "llama3", "factor": 2.0}}, "low_freq_factor is missing"),
        ({"layer_types": ["full_attention"]}, "layer_types"),
        ({"sliding_window": 0}, "sliding_window is 0"),
        ({"rope_parameters": {"full_attention": 3}}, "rope_parameters.full_attention is not an object"),
        ({"rope_parameters": {"sliding_attention": [1]}}, "rope_parameters.sliding_attention is not an object"),
        (
            {"sliding_window": 7, "use_sliding_window": True, "max_window_layers": "two"},
            "max_window_layers is two, not a whole number",
        ),
        ({"final_logit_softcapping": 30.0}, "final_logit_softcapping"),
        ({"vocab_size": True}, "vocab_size is True"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_config_that_makes_no_sense_is_refused_by_field(change, message):
    values = {"model_type": "llama", "hidden_act": "silu", **SHAPE} | change
    with pytest.raises(UserError, match=message):
        hf_config(values)


def test_a_config_that_contradicts_its_weights_is_refused_before_a_model_is_made(tmp_path):
    folder_of(tmp_path, "llama", {})
    values = json.loads((tmp_path / "config.json").read_text())
    for field, value in (
        ("vocab_size", 1 << 24), ("hidden_size", 128), ("num_hidden_layers", 4), ("intermediate_size", 97),
    ):  # fmt: skip
        (tmp_path / "config.json").write_text(json.dumps(values | {field: value}))
        with pytest.raises(UserError, match=f"{field} {value}"):
            load_safetensors(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(values | {"num_key_value_heads": 4}))
    with pytest.raises(UserError, match=r"layers\.0\.self_attn\.q_proj\.weight has shape"):
        load_safetensors(tmp_path)


def test_older_files_say_the_same_in_other_words():
    """Positions as transformers 4 wrote them, and as version 5 does."""
    plain = {"model_type": "llama", **SHAPE}
    new = hf_config(plain | {"rope_parameters": LLAMA3})
    old = {key: value for key, value in LLAMA3.items() if key != "rope_theta"}
    assert hf_config(plain | {"rope_theta": 5000.0, "rope_scaling": old}) == new
    gemma = {**SHAPE, "model_type": "gemma3_text", "query_pre_attn_scalar": 16, "sliding_window": 7}
    wide, near = {"rope_type": "linear", "factor": 8.0, "rope_theta": 1e6}, {"rope_type": "default", "rope_theta": 1e4}
    kinds = ["sliding_attention", "sliding_attention", "full_attention"]
    new = {"rope_parameters": {"full_attention": wide, "sliding_attention": near}, "layer_types": kinds}
    old = {"rope_theta": 1e6, "rope_local_base_freq": 1e4, "rope_scaling": {"rope_type": "linear", "factor": 8.0}}
    assert hf_config(gemma | new) == hf_config(gemma | old | {"sliding_window_pattern": 3})
    assert hf_config(gemma | new).window_layers == (0, 1)


def test_every_family_is_compared_with_transformers():
    assert {family for family, _ in CASES.values()} == set(FAMILIES)


def test_qwen_uses_a_window_only_where_the_config_says_so():
    qwen = {**SHAPE, "model_type": "qwen2", "sliding_window": 7}
    assert hf_config(qwen).window_layers == ()
    assert hf_config(qwen | {"use_sliding_window": True}).window_layers == tuple(range(SHAPE["num_hidden_layers"]))
    assert hf_config(qwen | {"model_type": "mistral"}).window_layers == tuple(range(SHAPE["num_hidden_layers"]))

"""The sentence encoder: equal to sentence-transformers', batched equals single, strict about its files."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from assistant import models
from encoders.text import SentenceEncoder, TextConfig, load_folder, load_transformer
from kernels import dispatch
from kernels.checkpoints import read_safetensors
from kernels.errors import UserError

SENTENCES = [
    "Remind me the day before at noon.",
    "What is the best-before date on this carton?",
    "Was steht in diesem Brief? Größe, naïve, 東京",
    "",
    "word " * 600,
    "How much is a 15 percent tip on 48.20?",
]


@pytest.fixture(scope="module")
def files() -> dict[str, Path]:
    return dict(models.files("minilm"))


@pytest.fixture(scope="module")
def encoder(files: dict[str, Path]) -> SentenceEncoder:
    return SentenceEncoder.load(files)


def test_equals_sentence_transformers(encoder: SentenceEncoder, files: dict[str, Path]) -> None:
    library = pytest.importorskip("sentence_transformers")
    theirs = library.SentenceTransformer(str(files["config"].parent), device="cpu").encode(
        SENTENCES, convert_to_tensor=True, normalize_embeddings=True
    )
    ours = encoder.encode(SENTENCES)
    assert ours.shape == (len(SENTENCES), 384)
    assert ((ours * theirs).sum(dim=1) - 1).abs().max() < 1e-4
    assert (ours @ ours.T - theirs @ theirs.T).abs().max() < 1e-4


def test_batched_equals_single_and_fused_equals_plain(encoder: SentenceEncoder) -> None:
    together = encoder.encode(SENTENCES)
    apart = torch.cat([encoder.encode([sentence]) for sentence in SENTENCES])
    assert (together - apart).abs().max() < 1e-5
    with dispatch.force("reference"):
        assert (encoder.encode(SENTENCES[:3]) - together[:3]).abs().max() < 1e-5


def test_vectors_are_unit_and_meaning_decides(encoder: SentenceEncoder) -> None:
    vectors = encoder.encode(
        ["set a timer for ten minutes", "start a ten minute countdown", "the colour of this shirt"]
    )
    assert torch.allclose(vectors.norm(dim=1), torch.ones(3), atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


def test_nothing_to_encode(encoder: SentenceEncoder) -> None:
    assert encoder.encode([]).shape == (0, 384)


def _with_weights(files: dict[str, Path], folder: Path, change: str) -> dict[str, Path]:
    tensors = load_file(files["weights"])
    name = "encoder.layer.3.output.dense.bias"
    if change == "missing":
        del tensors[name]
    elif change == "misshapen":
        tensors[name] = tensors[name][:-1].clone()
    elif change == "spare":
        tensors["encoder.layer.6.output.dense.bias"] = tensors[name].clone()
    else:
        tensors[name] = torch.full_like(tensors[name], float("nan"))
    save_file(tensors, folder / "model.safetensors")
    return {**files, "weights": folder / "model.safetensors"}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("missing", "layer.3.output.dense.bias"),
        ("misshapen", "layer.3.output.dense.bias"),
        ("spare", "num_hidden_layers 6, but there are 7"),
        ("nan", "layer.3"),
    ],
)
def test_wrong_tensors_are_named(files: dict[str, Path], tmp_path: Path, change: str, named: str) -> None:
    with pytest.raises(UserError, match=named):
        SentenceEncoder.load(_with_weights(files, tmp_path, change))


@pytest.mark.parametrize(
    "content", ["", "[]", '{"model_type": "bert"}', '{"model_type": "gpt2", "hidden_act": "gelu"}']
)
def test_wrong_config_is_refused(files: dict[str, Path], tmp_path: Path, content: str) -> None:
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(UserError):
        SentenceEncoder.load({**files, "config": tmp_path / "config.json"})


def test_wrong_sizes_and_tokenizer_are_refused(files: dict[str, Path], tmp_path: Path) -> None:
    raw = json.loads(files["config"].read_text())
    (tmp_path / "config.json").write_text(json.dumps({**raw, "hidden_size": -384}))
    with pytest.raises(UserError, match="hidden_size"):
        SentenceEncoder.load({**files, "config": tmp_path / "config.json"})
    shutil.copy(files["config"], tmp_path / "tokenizer.json")
    with pytest.raises(UserError, match=r"tokenizer\.json"):
        SentenceEncoder.load({**files, "tokenizer": tmp_path / "tokenizer.json"})


def test_a_published_folder_loads_as_the_packaged_files_do(files: dict[str, Path], tmp_path: Path) -> None:
    names = {"weights": "model.safetensors", "tokenizer": "tokenizer.json", "config": "config.json"}
    for role, name in names.items():
        (tmp_path / name).symlink_to(files[role])
    same = load_folder(tmp_path).encode(["A letter came."])
    assert torch.equal(same, SentenceEncoder.load(files).encode(["A letter came."]))
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling/config.json").write_text('{"pooling_mode_max_tokens": true}')
    with pytest.raises(UserError, match="pooling_mode_max_tokens"):
        load_folder(tmp_path)


@torch.inference_mode()
def test_a_tiny_random_model_equals_transformers(tmp_path: Path) -> None:
    """States of every token, rows padded to different lengths; every parameter random."""
    transformers = pytest.importorskip("transformers")
    shape = {"vocab_size": 97, "hidden_size": 24, "num_hidden_layers": 3, "num_attention_heads": 3,
             "intermediate_size": 40, "max_position_embeddings": 30, "type_vocab_size": 3}  # fmt: skip
    theirs = transformers.BertModel(transformers.BertConfig(**shape)).eval()
    torch.manual_seed(2)
    for parameter in theirs.parameters():
        parameter.data = torch.randn_like(parameter) * 0.3
    theirs.save_pretrained(tmp_path)
    config = TextConfig.read(tmp_path / "config.json")
    ours = load_transformer(read_safetensors(tmp_path / "model.safetensors"), config)
    ids, lengths = torch.randint(0, 97, (3, 19)), torch.tensor([19, 7, 1])
    seen = torch.arange(19) < lengths[:, None]
    want = theirs(input_ids=ids, attention_mask=seen.long()).last_hidden_state
    torch.testing.assert_close(ours(ids, lengths)[seen], want[seen], atol=1e-4, rtol=1e-4)
    for field, value in (("vocab_size", 98), ("max_position_embeddings", 31), ("num_hidden_layers", 2)):
        changed = {**json.loads((tmp_path / "config.json").read_text()), field: value}
        (tmp_path / "other.json").write_text(json.dumps(changed))
        with pytest.raises(UserError, match=f"{field} {value}"):
            load_transformer(read_safetensors(tmp_path / "model.safetensors"), TextConfig.read(tmp_path / "other.json"))


def test_a_folder_says_how_it_pools(files: dict[str, Path], encoder: SentenceEncoder, tmp_path: Path) -> None:
    names = {"weights": "model.safetensors", "tokenizer": "tokenizer.json", "config": "config.json"}
    for role, name in names.items():
        shutil.copy(files[role], tmp_path / name)
    assert torch.equal(load_folder(tmp_path).encode(SENTENCES[:2]), encoder.encode(SENTENCES[:2]))
    (tmp_path / "1_Pooling").mkdir()
    pooling = tmp_path / "1_Pooling" / "config.json"
    pooling.write_text('{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}')
    first = load_folder(tmp_path).encode(SENTENCES[:2])
    ids = torch.tensor([encoder.tokenizer.encode(SENTENCES[1]).ids])
    with torch.inference_mode():
        own = torch.nn.functional.normalize(encoder.transformer(ids)[0, 0], dim=-1)
    torch.testing.assert_close(first[1], own, atol=1e-5, rtol=0)
    pooling.write_text('{"pooling_mode_max_tokens": true, "pooling_mode_mean_tokens": true}')
    with pytest.raises(UserError, match="pooling_mode_max_tokens, pooling_mode_mean_tokens"):
        load_folder(tmp_path)

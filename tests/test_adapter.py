"""Low-rank adapters on tiny random models: nothing at first, the same merged as beside, strict, and resumed exactly."""

import json
import random
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from assistant.brains.wording import parse_plan
from decoder.adapter import Adapter, AdapterConfig, inject, read, save
from decoder.config import DecoderConfig
from decoder.text import TextDecoder
from decoder.weights import load_safetensors
from kernels.cpu import matrices
from kernels.errors import UserError
from tests import language_folders
from training.tools import mix
from training.tools.lora_data import Example, batches, collate, read_rows, stream
from training.tools.lora_state import Progress, keep, resume
from training.tools.train import Recipe, Trainer, names, plot, run

BASE = "ab" * 32
CONFIG = AdapterConfig(rank=4, alpha=8.0, layers=(1,))
RECIPE = Recipe(seed=3, rate=1e-2, warm_up=2, batch_tokens=48, rank=4, alpha=8.0, from_layer=1)
TOKENS_BT = torch.randint(0, 300, (2, 12), generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return language_folders.write_model(
        tmp_path_factory.mktemp("tiny") / "model", num_attention_heads=2, num_key_value_heads=1
    )


def trained(folder: Path) -> tuple[TextDecoder, dict[str, torch.Tensor]]:
    """A decoder with an adapter that changes much, and the adapter's tensors."""
    model = load_safetensors(folder)
    adapted = inject(model, CONFIG)
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for layer in adapted.layers.values():
            layer.up.copy_(torch.randn(layer.up.shape, generator=generator) * 0.3)
    return model, {name: part.detach().clone() for name, part in adapted.tensors().items()}


@torch.inference_mode()
def test_a_fresh_adapter_changes_no_bit(folder):
    plain = load_safetensors(folder)(TOKENS_BT)
    model = load_safetensors(folder)
    inject(model, CONFIG)
    assert torch.equal(model(TOKENS_BT), plain)


def test_only_the_adapter_learns(folder):
    model = load_safetensors(folder)
    adapted = inject(model, CONFIG)
    learning = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert learning == {
        f"blocks.1.{target}.{part}"
        for target in ("attention.qkv", "attention.out", "mlp.up", "mlp.down")
        for part in ("down", "up")
    }
    assert len(adapted.parameters()) == len(learning)


@torch.inference_mode()
@pytest.mark.parametrize("arithmetic", ["float32", "int8", "int4"])
def test_merged_answers_as_beside(folder, tmp_path, arithmetic):
    if arithmetic == "int4" and not matrices.available():
        pytest.skip("4 bits need the compiled kernels")
    model, tensors = trained(folder)
    save(tmp_path / "a.safetensors", tensors, CONFIG, BASE, half=False)
    adapter = read(tmp_path / "a.safetensors", base=BASE)
    beside, plain = model(TOKENS_BT), load_safetensors(folder)(TOKENS_BT)
    merged = load_safetensors(folder, arithmetic=arithmetic, adapter=adapter)(TOKENS_BT)
    change = (beside - plain).norm()
    allowed = {"float32": 1e-5, "int8": 0.1, "int4": 0.5}[arithmetic]
    assert change > 0.05 * plain.norm()
    assert (merged - beside).norm() < allowed * change


@torch.inference_mode()
def test_codes_of_a_gguf_file_are_kept_but_where_the_adapter_changes_them(tmp_path):
    model_file = pytest.importorskip("gguf") and _gguf(tmp_path / "tiny.gguf")
    from decoder.gguf import GGUF
    from decoder.weights import load_gguf

    config = AdapterConfig(rank=2, alpha=4.0, layers=(1,), targets=("mlp.down",))
    generator = torch.Generator().manual_seed(2)
    tensors = {
        "blocks.1.mlp.down.down": torch.randn(2, 64, generator=generator) * 0.2,
        "blocks.1.mlp.down.up": torch.randn(32, 2, generator=generator) * 0.2,
    }
    adapter = Adapter("a", config, BASE, tensors)
    exact = load_gguf(GGUF(model_file), adapter=adapter)(TOKENS_BT[:, :8] % 90)
    packed = load_gguf(GGUF(model_file), arithmetic="int8", adapter=adapter)
    if matrices.available():
        assert packed.blocks[0].mlp.down.matrix.bits == 4
        assert packed.blocks[1].mlp.down.matrix.bits == 8
    ours = torch.cat([packed(row[None]) for row in TOKENS_BT[:, :8] % 90])
    assert (ours - exact).norm() < 0.05 * exact.norm()


def _gguf(path: Path) -> Path:
    import gguf
    import numpy as np

    generator, kind = np.random.default_rng(0), gguf.GGMLQuantizationType.Q4_1
    writer = gguf.GGUFWriter(path, "llama")
    for name, number in (
        ("embedding_length", 32), ("block_count", 2), ("attention.head_count", 2), ("context_length", 64),
        ("feed_forward_length", 64),
    ):  # fmt: skip
        writer.add_uint32(f"llama.{name}", number)
    writer.add_float32("llama.attention.layer_norm_rms_epsilon", 1e-5)
    shapes = {"attn_q": (32, 32), "attn_k": (32, 32), "attn_v": (32, 32), "attn_output": (32, 32)}
    shapes |= {"ffn_gate": (64, 32), "ffn_up": (64, 32), "ffn_down": (32, 64)}
    for layer in range(2):
        for name, shape in shapes.items():
            raw = gguf.quants.quantize(generator.standard_normal(shape).astype(np.float32) * 0.2, kind)
            writer.add_tensor(f"blk.{layer}.{name}.weight", raw, raw_dtype=kind)
        for name in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{layer}.{name}.weight", np.ones(32, np.float32))
    raw = gguf.quants.quantize(generator.standard_normal((96, 32)).astype(np.float32), kind)
    writer.add_tensor("token_embd.weight", raw, raw_dtype=kind)
    writer.add_tensor("output_norm.weight", np.ones(32, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_saved_and_read_it_is_the_same_in_half_precision(folder, tmp_path):
    _, tensors = trained(folder)
    save(tmp_path / "a.safetensors", tensors, CONFIG, BASE)
    adapter = read(tmp_path / "a.safetensors")
    assert (adapter.config, adapter.base) == (CONFIG, BASE)
    assert all(torch.equal(adapter.tensors[name], part.half()) for name, part in tensors.items())
    assert [path.name for path in tmp_path.iterdir()] == ["a.safetensors"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda tensors: tensors.pop("blocks.1.mlp.up.down"), "blocks.1.mlp.up.down is missing"),
        (lambda tensors: tensors.update({"blocks.0.mlp.up.up": torch.ones(1)}), "blocks.0.mlp.up.up is not known"),
        (lambda tensors: tensors.update({"blocks.1.mlp.up.up": torch.ones(96, 3)}), "blocks.1.mlp.up.up has shape"),
        (lambda tensors: tensors["blocks.1.mlp.up.up"].fill_(torch.nan), "blocks.1.mlp.up.up holds values"),
    ],
)
def test_a_tensor_that_does_not_fit_is_named(folder, tmp_path, change, said):
    _, tensors = trained(folder)
    change(tensors)
    save(tmp_path / "a.safetensors", tensors, CONFIG, BASE)
    with pytest.raises(UserError, match=said):
        read(tmp_path / "a.safetensors")


def test_rows_that_the_model_does_not_have_are_refused(folder, tmp_path):
    _, tensors = trained(folder)
    tensors["blocks.1.mlp.down.up"] = torch.zeros(40, 4)
    save(tmp_path / "a.safetensors", tensors, CONFIG, BASE)
    with pytest.raises(UserError, match=r"blocks\.1\.mlp\.down\.up has shape \(40, 4\) where \(32, 4\) is needed"):
        load_safetensors(folder, adapter=read(tmp_path / "a.safetensors"))


def test_an_adapter_for_another_model_is_refused_by_name(folder, tmp_path):
    _, tensors = trained(folder)
    save(tmp_path / "a.safetensors", tensors, CONFIG, BASE)
    with pytest.raises(UserError, match=r"a\.safetensors was trained for another model"):
        read(tmp_path / "a.safetensors", base="cd" * 32)
    far = AdapterConfig(rank=4, alpha=8.0, layers=(7,))
    lost = Adapter("far", far, BASE, {})
    with pytest.raises(UserError, match=r"blocks\.7\.attention\.qkv, which the model does not have"):
        load_safetensors(folder, adapter=lost)


def test_a_file_that_is_no_adapter_is_refused(folder, tmp_path):
    save_file({"x": torch.ones(1)}, tmp_path / "other.safetensors", {"format": "something"})
    (tmp_path / "a.pt").write_bytes(b"\x80\x02")
    for path, said in (
        (tmp_path / "other.safetensors", "its format is something"),
        (tmp_path / "none.safetensors", "There is no model file"),
        (tmp_path / "a.pt", "is a pickle"),
        (folder / "model.safetensors", "its format is None"),
    ):
        with pytest.raises(UserError, match=said):
            read(path)


def test_packed_weights_and_missing_layers_cannot_be_trained(folder):
    with pytest.raises(ValueError, match=r"no blocks\.9\.attention\.qkv"):
        inject(load_safetensors(folder), AdapterConfig(4, 8.0, (9,)))
    with pytest.raises(ValueError, match="load the decoder in float32"):
        inject(load_safetensors(folder, arithmetic="int8"), CONFIG)


def _model() -> TextDecoder:
    torch.manual_seed(0)
    return TextDecoder(DecoderConfig(vocabulary=50, width=16, layers=2, heads=2, hidden=24, max_positions=64))


def _examples() -> list[Example]:
    """Prompts that are answered by their own first token, twice."""
    generator = torch.Generator().manual_seed(4)
    prompts = [torch.randint(3, 50, (size,), generator=generator).tolist() for size in (3, 4, 5, 6) * 6]
    return [Example((*prompt, prompt[0], prompt[0], 2), len(prompt)) for prompt in prompts]


def _go(folder: Path, steps: int, until: int) -> tuple[Trainer, Progress]:
    examples = _examples()
    trainer = Trainer(_model(), RECIPE, names(examples), steps)
    progress = resume(folder, trainer.adapted, trainer.optimiser, vars(RECIPE))
    run(
        trainer, stream(examples, 48, RECIPE.seed, progress.step), progress, steps,
        stop=lambda: progress.step >= until, every=10, check=lambda: trainer.check([collate(examples[:8])]),
        save=lambda: keep(folder, trainer.adapted, trainer.optimiser, progress, vars(RECIPE), BASE),
    )  # fmt: skip
    return trainer, progress


def test_a_run_that_was_stopped_ends_as_one_that_was_not(tmp_path):
    whole, _ = _go(tmp_path / "whole", 24, 24)
    _go(tmp_path / "parts", 24, 13)
    parts, progress = _go(tmp_path / "parts", 24, 24)
    assert progress.step == 24
    assert {name: part.tolist() for name, part in whole.adapted.tensors().items()} == {
        name: part.tolist() for name, part in parts.adapted.tensors().items()
    }
    kept = sorted(path.name for path in (tmp_path / "parts").iterdir())
    assert kept == ["adapter.safetensors", "state-000024.safetensors", "state.json"]


def test_training_lowers_the_loss_and_is_drawn(tmp_path):
    _, progress = _go(tmp_path / "run", 60, 60)
    first, last = progress.losses[0][1], progress.losses[-1][1]
    assert last < 0.7 * first
    assert [step for step, *_ in progress.valid] == [10, 20, 30, 40, 50, 60]
    plot(progress, tmp_path / "loss.png")
    assert (tmp_path / "loss.png").stat().st_size > 2000
    assert read(tmp_path / "run" / "adapter.safetensors", base=BASE).config.layers == (1,)


def test_another_recipe_or_a_damaged_state_is_refused(tmp_path):
    _go(tmp_path, 4, 4)
    trainer = Trainer(_model(), RECIPE, names(_examples()), 4)
    with pytest.raises(UserError, match="another rate"):
        resume(tmp_path, trainer.adapted, trainer.optimiser, vars(RECIPE) | {"rate": 1.0})
    state = tmp_path / json.loads((tmp_path / "state.json").read_text())["tensors"]
    tensors = load_file(state)
    del tensors["exp_avg.blocks.1.mlp.up.down"]
    save_file(tensors, state)
    with pytest.raises(UserError, match=r"exp_avg\.blocks\.1\.mlp\.up\.down is missing"):
        resume(tmp_path, trainer.adapted, trainer.optimiser, vars(RECIPE))
    (tmp_path / "state.json").write_text("{}")
    with pytest.raises(UserError, match=r"state\.json is damaged"):
        resume(tmp_path, trainer.adapted, trainer.optimiser, vars(RECIPE))


def test_each_pass_takes_every_example_once_in_an_order_of_its_own():
    examples = _examples()
    first, second = batches(examples, 48, 0, 0), batches(examples, 48, 0, 1)
    assert sorted(index for group in first for index in group) == list(range(len(examples)))
    assert first != second
    assert first == batches(examples, 48, 0, 0)
    assert all(len(group) * max(len(examples[index].tokens) for index in group) <= 48 for group in first)


def test_only_the_answers_tokens_are_learnt():
    batch = collate([Example((5, 6, 7, 2), 2), Example((8, 9, 2), 2)])
    places = list(zip(batch.rows.tolist(), batch.columns.tolist(), batch.goals.tolist(), strict=True))
    assert places == [(0, 1, 7), (0, 2, 2), (1, 1, 2)]


def test_a_line_that_is_no_example_is_named(tmp_path):
    (tmp_path / "train.jsonl").write_text('{"prompt": "a", "answer": "b"}\n{"prompt": "a"}\n')
    with pytest.raises(UserError, match=r"Line 2 of train\.jsonl is no example"):
        read_rows(tmp_path / "train.jsonl")
    with pytest.raises(UserError, match="cannot be read"):
        read_rows(tmp_path / "none.jsonl")


def test_the_mixture_takes_what_suites_ask_out_of_the_clauses():
    asked = {words.lower().strip("?.! ") for words in mix._asked()}
    rows = list(mix.clauses(random.Random(0)))
    assert len(rows) > 1000
    assert rows == list(mix.clauses(random.Random(0)))
    for row in rows:
        name, given = parse_plan(row["answer"])[0]
        assert name in mix.WITHOUT
        assert not given or name == "ask_text"
        words = row["prompt"].split("\n")[1].removeprefix("[picture] ").removeprefix("[text] ")
        assert words.lower().strip("?.! ") not in asked or words.lower().startswith(mix._OPENINGS)


def test_of_generic_examples_the_mixture_takes_only_some():
    rows = [{"prompt": "p", "answer": "a", "mode": mode} for mode in ["own"] * 5 + ["generic"] * 9]
    mixed = mix.mix(rows, 3, random.Random(0))
    assert [sum(row["mode"] == mode for row in mixed) for mode in ("own", "generic")][1] == 3
    assert sum(row["mode"] == "own" and row["prompt"] == "p" for row in mixed) == 5

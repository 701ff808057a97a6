"""The eyes' encoder, decoder, words and training: shapes, strict loading, gates, resuming, and what is said."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from assistant import models
from assistant.sight.objects import ASSETS
from decoder.config import DecoderConfig
from decoder.eyes import Answers, EyesConfig, load_eyes
from decoder.text import TextDecoder
from decoder.words import END, SPECIAL, UNKNOWN, Words, pieces
from encoders.efficientnet import EfficientNet, load_lite2
from encoders.hybrid import CUT, HybridConfig, HybridViT, fixed_views, load_hybrid, lower, to_pixels
from kernels.checkpoints import read_safetensors
from kernels.errors import UserError
from kernels.layers import MemoryConfig
from training.vision import augment, optimiser
from training.vision.export import best_temperature, threshold
from training.vision.feed import Feed, Shard, target
from training.vision.loop import Trainer
from training.vision.measure import Answer
from training.vision.model import Eyes
from training.vision.state import learned
from training.vision.tuning import make_tunable

EYES = ASSETS.parent / "eyes.safetensors"
TINY = HybridConfig(width=16, layers=1, heads=2, hidden=16)
SMALL = EyesConfig(width=16, layers=2, heads=2, hidden=16, memory=16)
TEXTS = ["icon: home", "a home icon", "groceries: Golden Delicious apple", "nothing known"]
ROW = {"kind": "icon", "name": "home", "answer": "a home icon", "also": ["house"], "source": "x", "family": "x"}


@pytest.fixture(scope="module")
def stem() -> EfficientNet:
    return load_lite2(models.files("efficientnet-lite2")["weights"], ASSETS / "efficientnet_lite2.json")


@pytest.fixture(scope="module")
def encoder(stem: EfficientNet) -> HybridViT:
    torch.manual_seed(0)
    return HybridViT(TINY, stem).eval()


@pytest.fixture
def answers() -> Answers:
    torch.manual_seed(0)
    words = Words.of(TEXTS)
    return Answers(TextDecoder(SMALL.decoder(len(words))).eval(), words)


def test_the_hybrid_sees_what_the_stem_saw(stem: EfficientNet, encoder: HybridViT) -> None:
    pixels = to_pixels([Image.effect_noise((300, 300), 80).convert("RGB")])
    with torch.inference_mode():
        low = lower(stem, pixels)
        x = low
        for block in encoder.blocks:
            x = block(x)
        assert torch.equal(encoder.head(x).mean(dim=(2, 3)), stem.features(pixels))
        assert low.shape == (1, 120, 17, 17)
        assert encoder.maps(low).shape == (1, 1760, 5, 5)
        assert encoder(low).shape == (1, 26, 16)
    with pytest.raises(ValueError, match="low: expected"):
        encoder(low[:, :, :16])
    assert encoder.blocks[0].expand.weight.data_ptr() != stem.blocks[CUT].expand.weight.data_ptr()


@pytest.mark.parametrize(("size", "views"), [((1, 1), 1), ((260, 240), 1), ((400, 200), 2), ((10_000, 10), 2)])
def test_every_shape_of_picture_has_views(size: tuple[int, int], views: int) -> None:
    found = fixed_views(Image.new("RGB", size, "red"))
    assert len(found) == views
    assert to_pixels(found).shape == (views, 3, 260, 260)


def test_words_join_to_the_text_they_were_cut_from() -> None:
    words = Words.of(TEXTS)
    for text in TEXTS:
        assert words.decode(words.encode(text)) == text
    assert pieces("12 men’s  bags") == [" 1", "2", " men’s", " bags"]
    assert words.encode("house") == [UNKNOWN]
    assert words.decode([*words.encode("a home"), END]) == "a home"
    for bad in (["<end>"], [*SPECIAL, "a", "a"], [*SPECIAL, ""]):
        with pytest.raises(ValueError, match="words"):
            Words(bad)
    with pytest.raises(ValueError, match="kind: 'smell'"):
        words.question("smell")


def test_answers_come_best_first_with_probabilities_of_a_whole(answers: Answers) -> None:
    said = answers.ask(torch.randn(2, 26, 16), "icon")
    chances = [one.probability for one in said]
    assert chances == sorted(chances, reverse=True)
    assert 0 < sum(chances) <= 1 + 1e-6
    flat = Answers(answers.decoder, answers.words, temperature=50.0).ask(torch.randn(1, 26, 16), "icon")
    assert flat[0].probability < chances[0]
    with pytest.raises(ValueError, match="temperature"):
        Answers(answers.decoder, answers.words, temperature=0)


def test_beam_search_finds_the_likeliest_answer(answers: Answers) -> None:
    """Against every text of at most two words, scored one by one."""
    memory = torch.randn(1, 26, 16)
    said = answers.ask(memory, "what", beams=len(answers.words))
    cache, start = answers.decoder.remember(memory), answers.words.question("what")
    with torch.inference_mode():
        first = answers.decoder(torch.tensor([[start]]), memory_cache=cache)[0, -1].log_softmax(-1)
        pairs = torch.tensor([[start, word] for word in range(1, len(first))])
        second = answers.decoder(pairs, memory_cache=cache)[:, -1].log_softmax(-1)
        best = max(float(first[END]), float((first[1:] + second[:, END]).max()))
    assert said[0].probability >= np.exp(best) * 0.999


def test_shut_gates_leave_a_decoders_answers_alone_to_the_bit() -> None:
    torch.manual_seed(0)
    model = TextDecoder(DecoderConfig(vocabulary=20, width=16, layers=2, heads=2, hidden=16)).eval()
    tokens = torch.randint(0, 20, (2, 5))
    before = model(tokens)
    model.add_memory(MemoryConfig("vision", (0, 1), 16, gated=True))
    cache = model.remember(torch.randn(2, 26, 16))
    assert torch.equal(model(tokens, memory_cache=cache), before)
    with torch.inference_mode():
        assert torch.equal(model(tokens, memory_cache=cache), before)
    torch.nn.init.ones_(model.blocks[0].cross["vision"].gate)
    assert not torch.equal(model(tokens, memory_cache=cache), before)


def test_loading_is_strict_both_ways(stem: EfficientNet, encoder: HybridViT, answers: Answers, tmp_path: Path) -> None:
    tensors = {f"encoder.{name}": value.contiguous() for name, value in encoder.state_dict().items()}
    tensors |= {f"decoder.{name}": value.contiguous() for name, value in answers.decoder.state_dict().items()}
    save_file(tensors, tmp_path / "eyes.safetensors")
    checkpoint = read_safetensors(tmp_path / "eyes.safetensors")
    low = torch.randn(1, 120, 17, 17)
    assert torch.equal(load_hybrid(checkpoint, TINY, stem)(low), encoder(low))
    memory = torch.randn(1, 26, 16)
    assert load_eyes(checkpoint, SMALL, answers.words.words).ask(memory) == answers.ask(memory)
    for change, what in (
        ({"encoder.vit.stranger": torch.zeros(1)}, "encoder.vit.stranger"),
        ({"encoder.head.bias": torch.zeros(3)}, "encoder.head.bias"),
        ({"encoder.head.bias": torch.full((1280,), torch.nan)}, "encoder.head.bias"),
    ):
        save_file({**tensors, **change}, tmp_path / "bad.safetensors")
        with pytest.raises(UserError, match=what):
            load_hybrid(read_safetensors(tmp_path / "bad.safetensors"), TINY, stem)
    del tensors["decoder.norm.weight"]
    save_file(tensors, tmp_path / "b.safetensors")
    with pytest.raises(UserError, match=r"decoder\.norm\.weight"):
        load_eyes(read_safetensors(tmp_path / "b.safetensors"), SMALL, answers.words.words)


def test_filters_that_stay_have_the_gradients_of_an_ordinary_convolution(stem: EfficientNet) -> None:
    low, weights = torch.randn(2, 120, 17, 17), torch.randn(1280)
    gradients = []
    for tune in (False, True):
        model = HybridViT(TINY, stem)
        if tune:
            make_tunable(model)
        else:
            model.requires_grad_(True)
        x = low
        for block in model.blocks:
            x = block(x)
        (model.head(x).mean(dim=(2, 3)) @ weights).sum().backward()
        gradients.append([model.blocks[1].expand.weight.grad, model.blocks[2].depthwise.bias.grad])
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)


def _trainer(folder: Path, steps: int, kind: str = "adamw") -> Trainer:
    torch.manual_seed(0)
    words = Words.of(TEXTS)
    rows = [{**ROW, "name": name, "answer": f"a {name} icon"} for name in ("home", "apple")] * 8
    maps = np.random.default_rng(0).normal(size=(16, 1, 4, 3, 3)).astype(np.float16)
    maps += 2 * np.array([[1, -1]] * 8, np.float16).reshape(16, 1, 1, 1, 1)
    encoder = torch.nn.Sequential(torch.nn.Flatten(2), torch.nn.Linear(9, 16))
    model = Eyes(encoder, TextDecoder(SMALL.decoder(len(words))), 16, 2)
    made = optimiser.make(kind, [(list(model.parameters()), 0.01, 0.01)])
    feed = Feed([Shard(rows, maps, 1)], words, ["icon apple", "icon home"], 8, 0)
    return Trainer(model, made, feed, {"steps": steps, "warm_up": 2, "seed": 0, "mean": 0.9}, folder)


@pytest.mark.parametrize("kind", ["adamw", "shampoo"])
def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(kind: str, tmp_path: Path) -> None:
    whole = _trainer(tmp_path / "whole", 20, kind)
    whole.run(lambda: False, 100, dict)
    first = _trainer(tmp_path / "parts", 20, kind)
    first.run(lambda: first.progress.step == 11, 100, dict)
    second = _trainer(tmp_path / "parts", 20, kind)
    assert second.progress.step == 11
    second.run(lambda: False, 100, dict)
    for name, parameter in learned(whole.model).items():
        assert torch.equal(parameter, learned(second.model)[name]), name
        assert torch.equal(whole.means[name], second.means[name]), name
    assert whole.progress.losses[-1][1] < 4
    with pytest.raises(UserError, match="another steps"):
        _trainer(tmp_path / "parts", 30, kind)


def test_shampoo_needs_fewer_steps_than_adam_where_directions_differ_in_scale() -> None:
    losses = {}
    for kind in ("adamw", "shampoo"):
        torch.manual_seed(0)
        turn = torch.linalg.qr(torch.randn(12, 12))[0]
        inputs = torch.randn(256, 12) * torch.logspace(0, -2, 12) @ turn
        goal, weight = torch.randn(12, 12), torch.nn.Parameter(torch.zeros(12, 12))
        made = optimiser.make(kind, [([weight], 0.05, 0.0)])
        for _ in range(150):
            made.zero_grad()
            loss = ((inputs @ (weight - goal)) ** 2).mean()
            loss.backward()
            made.step()
        losses[kind] = float(loss.detach())
    assert losses["shampoo"] < losses["adamw"]


def test_a_matrix_times_its_inverse_fourth_root_four_times_is_one() -> None:
    matrix = torch.randn(8, 20)
    matrix = matrix @ matrix.T
    root = optimiser.inverse_fourth_root(matrix)
    torch.testing.assert_close(root @ root @ matrix @ root @ root, torch.eye(8), rtol=1e-3, atol=1e-3)


def test_what_should_be_said() -> None:
    assert target(ROW, "what") == "icon: home"
    assert target(ROW, "icon") == "a home icon"
    assert target(ROW, "chart") == "something I do not know"
    assert target({**ROW, "kind": "nothing", "answer": "only noise"}, "what") == "nothing: only noise"
    assert target({**ROW, "kind": "fruit", "name": "lime"}, "what") == "groceries: lime"


def test_views_change_but_not_with_the_seed() -> None:
    picture = Image.effect_noise((300, 280), 80).convert("RGB")
    one, again, other = (augment.view(picture, "product", random.Random(seed)).tobytes() for seed in (1, 1, 2))
    assert one == again != other
    wide = augment.view(Image.new("RGB", (2000, 3)), "fruit", random.Random(0))
    assert wide.size == (260, 260)


def test_the_threshold_keeps_what_is_mostly_right() -> None:
    sure = [Answer(ROW, "icon: home", 0.9 - 0.001 * n, right=True) for n in range(20)]
    unsure = [Answer(ROW, "icon: home", 0.5 - 0.001 * n, right=False) for n in range(20)]
    noise = [Answer({**ROW, "kind": "nothing"}, "icon: home", 0.7, right=False)]
    assert threshold([*sure, *unsure]) == pytest.approx(0.496)
    assert threshold([*sure, *unsure, *noise]) == pytest.approx(0.881)


def test_the_temperature_is_found_again() -> None:
    torch.manual_seed(0)
    scores = torch.randn(4000, 5) * 2
    goals = torch.distributions.Categorical(logits=scores).sample()
    assert best_temperature(scores * 2, goals) == pytest.approx(2, rel=0.15)

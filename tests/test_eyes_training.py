"""Training the eyes: resuming, the optimiser, tuned filters, what should be said, the threshold and temperature."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from assistant import models
from assistant.sight.objects import ASSETS
from decoder.eyes import EyesConfig
from decoder.text import TextDecoder
from decoder.words import Words
from encoders.efficientnet import EfficientNet, load_lite2
from encoders.hybrid import HybridConfig, HybridViT
from kernels.errors import UserError
from training.vision import augment, optimiser
from training.vision.export import best_temperature, thresholds
from training.vision.feed import Feed, Shard, target
from training.vision.loop import Trainer
from training.vision.measure import Answer
from training.vision.model import Eyes
from training.vision.state import learned
from training.vision.tuning import make_tunable

TINY = HybridConfig(width=16, layers=1, heads=2, hidden=16)
SMALL = EyesConfig(width=16, layers=2, heads=2, hidden=16, memory=16)
TEXTS = ["icon: home", "a home icon", "groceries: Golden Delicious apple", "nothing known"]
ROW = {"kind": "icon", "name": "home", "answer": "a home icon", "also": ["house"], "source": "x", "family": "x"}


@pytest.fixture(scope="module")
def stem() -> EfficientNet:
    return load_lite2(models.files("efficientnet-lite2")["weights"], ASSETS / "efficientnet_lite2.json")


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
    assert whole.progress.step == second.progress.step == 20
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


def test_the_thresholds_keep_what_is_mostly_right() -> None:
    sure = [Answer(ROW, "icon: home", 0.9 - 0.001 * n, right=True) for n in range(20)]
    unsure = [Answer(ROW, "icon: home", 0.5 - 0.001 * n, right=False) for n in range(20)]
    other = [Answer(ROW, "emoji: home", 0.95 - 0.001 * n, right=False) for n in range(20)]
    assert thresholds([*sure, *unsure, *other]) == {"emoji": 1.0, "icon": pytest.approx(0.496)}
    noise = [Answer({**ROW, "kind": "nothing"}, "icon: home", 0.7, right=False)]
    assert thresholds([*sure, *unsure, *noise])["icon"] == pytest.approx(0.701)


def test_the_temperature_is_found_again() -> None:
    torch.manual_seed(0)
    scores = torch.randn(4000, 5) * 2
    goals = torch.distributions.Categorical(logits=scores).sample()
    assert best_temperature(scores * 2, goals) == pytest.approx(2, rel=0.15)

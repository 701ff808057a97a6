"""The eyes' encoder, decoder and words: shapes, strict loading, gates, views, and what is said of pictures."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from assistant import models
from assistant.sight.objects import ASSETS
from decoder.config import DecoderConfig
from decoder.eyes import Answers, EyesConfig, Said, load_eyes
from decoder.text import TextDecoder
from decoder.words import END, SPECIAL, UNKNOWN, Words, pieces
from encoders.efficientnet import EfficientNet, load_lite2
from encoders.hybrid import CUT, HybridConfig, HybridViT, fixed_views, load_hybrid, look, lower, to_pixels
from encoders.image_input import open_picture
from kernels.checkpoints import read_safetensors
from kernels.errors import UserError
from kernels.layers import MemoryConfig

EYES = ASSETS.parent / "eyes.safetensors"
GROCERY = Path(__file__).parents[2] / "shared" / "data" / "grocery" / "val"
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


def test_looking_is_views_times_zooms(stem: EfficientNet, encoder: HybridViT) -> None:
    picture = Image.effect_noise((600, 200), 90).convert("RGB")
    with torch.inference_mode():
        memories = look(stem, encoder, picture)
        whole = encoder(lower(stem, to_pixels([picture])))
    assert memories.shape == (6, 26, 16)
    torch.testing.assert_close(memories[1:2], whole, rtol=1e-4, atol=1e-4)


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


@pytest.fixture(scope="module")
def shipped(stem: EfficientNet) -> tuple[HybridViT, Answers, dict[str, Any]]:
    said = json.loads(EYES.with_suffix(".json").read_text(encoding="utf-8"))
    checkpoint = read_safetensors(EYES)
    encoder = load_hybrid(checkpoint, HybridConfig(**said["encoder"]), stem)
    return encoder, load_eyes(checkpoint, EyesConfig(**said["decoder"]), said["words"], said["temperature"]), said


def _ask(shipped: tuple[HybridViT, Answers, dict[str, Any]], stem: EfficientNet, picture: Image.Image) -> Said:
    encoder, answers, _ = shipped
    with torch.inference_mode():
        return answers.ask(look(stem, encoder, picture))[0]


def test_noise_blank_and_darkness_get_no_name(
    stem: EfficientNet, shipped: tuple[HybridViT, Answers, dict[str, Any]]
) -> None:
    pixels = np.random.default_rng(5).integers(0, 256, (200, 200, 3), np.uint8)
    dark = Image.fromarray((pixels // 40).astype(np.uint8))
    for picture in (Image.fromarray(pixels), Image.new("RGB", (300, 300), (120, 130, 140)), dark):
        said = _ask(shipped, stem, picture)
        kind = said.text.partition(":")[0]
        assert kind == "nothing" or said.probability < shipped[2]["thresholds"][kind]


@pytest.mark.skipif(not GROCERY.is_dir(), reason="needs the Grocery Store pictures")
@pytest.mark.parametrize(("path", "name"), [
    ("Packages/Juice/God-Morgon-Apple-Juice/God-Morgon-Apple-Juice_001.jpg", "God Morgon apple juice"),
    ("Fruit/Banana/Banana_001.jpg", "banana"),
])  # fmt: skip
def test_a_grocery_is_named(
    path: str, name: str, stem: EfficientNet, shipped: tuple[HybridViT, Answers, dict[str, Any]]
) -> None:
    said = _ask(shipped, stem, open_picture(GROCERY / path))
    assert said.text == f"groceries: {name}"
    assert said.probability >= shipped[2]["thresholds"]["groceries"]

"""Vision towers and their text towers give what transformers gives with the same weights; what contradicts is named."""

import pytest
import torch

from encoders.config import VisionConfig
from encoders.matching import load_matcher
from encoders.vision import VisionTransformer
from encoders.vision_weights import load_classifier, load_tower, vision_config
from kernels.errors import UserError
from kernels.folders import read_folder, read_json

transformers = pytest.importorskip("transformers")
from tests.captioner_folders import TEXT, VISION, change_json, deit, randomised, vit  # noqa: E402

PIXELS = torch.randn(2, 3, 30, 30, generator=torch.Generator().manual_seed(3))
CLIP_TEXT = TEXT | {"eos_token_id": 3, "bos_token_id": 2, "pad_token_id": 0}


def saved(model, folder):
    model.save_pretrained(folder)
    return read_json(folder / "config.json"), read_folder(folder)


def near(ours, theirs):
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", ["vit", "vit-no-bias", "vit-wide", "deit"])
@torch.inference_mode()
def test_vit_and_deit_equal_transformers(tmp_path, name):
    options = {"vit-no-bias": {"qkv_bias": False}, "vit-wide": {"image_size": [18, 31], "patch_size": [6, 5]}}
    model = randomised((deit if name == "deit" else vit)(**options.get(name, {})))
    values, checkpoint = saved(model, tmp_path)
    family = values["model_type"]
    tower = load_tower(checkpoint, vision_config(values, family, summary="tanh"), family)
    pixels = torch.randn(2, 3, *tower.config.image, generator=torch.Generator().manual_seed(3))
    want = model(pixels)
    memory = tower(pixels)
    near(memory, want.last_hidden_state)
    near(tower.summary(memory), want.pooler_output)


@pytest.mark.parametrize(
    "kind", ["ViTForImageClassification", "DeiTForImageClassification", "DeiTForImageClassificationWithTeacher"]
)
@torch.inference_mode()
def test_classifiers_equal_transformers(tmp_path, kind):
    config = (transformers.ViTConfig if kind.startswith("ViT") else transformers.DeiTConfig)(**VISION, num_labels=5)
    model = randomised(getattr(transformers, kind)(config))
    values, checkpoint = saved(model, tmp_path)
    near(load_classifier(checkpoint, values, 5)(PIXELS), model(PIXELS).logits)
    with pytest.raises(UserError, match="labels 4"):
        load_classifier(checkpoint, values, 4)


@torch.inference_mode()
def matcher(folder, kind):
    made = transformers.CLIPModel if kind == "clip" else transformers.SiglipModel
    config = transformers.CLIPConfig if kind == "clip" else transformers.SiglipConfig
    text = CLIP_TEXT if kind == "clip" else TEXT | {"pad_token_id": 0, "projection_size": 32}
    options = {"projection_dim": 20} if kind == "clip" else {}
    model = randomised(made(config(text_config=text, vision_config=VISION, **options)))
    return model, *saved(model, folder)


@pytest.mark.parametrize("kind", ["clip", "siglip"])
@torch.inference_mode()
def test_pictures_and_words_equal_transformers(tmp_path, kind):
    model, values, checkpoint = matcher(tmp_path, kind)
    ours = load_matcher(checkpoint, values)
    rows = ours.words.rows([[2, 8, 10, 3], [2, 9, 3], [2, 6, 8, 12, 9, 3]])
    assert rows.shape == (3, 6 if kind == "clip" else 24)
    want = model(input_ids=rows, pixel_values=PIXELS)
    near(ours.pictures(PIXELS), want.image_embeds)
    near(ours.texts(rows), want.text_embeds)
    logits = ours.similarity(ours.pictures(PIXELS), ours.texts(rows))
    near(logits, want.logits_per_image)
    near(ours.chances(logits), want.logits_per_image.softmax(-1) if kind == "clip" else logits.sigmoid())
    near(ours.words(rows), model.text_model(rows).last_hidden_state)
    hidden = ours.vision.encode(ours.vision.embed(PIXELS))[0] if kind == "clip" else ours.vision(PIXELS)
    near(hidden, model.vision_model(PIXELS).last_hidden_state)


@torch.inference_mode()
def test_a_legacy_end_token_is_the_highest_id(tmp_path):
    model, values, checkpoint = matcher(tmp_path, "clip")
    values["text_config"]["eos_token_id"] = model.text_model.eos_token_id = 2
    rows = torch.tensor([[5, 8, 26, 0], [5, 26, 0, 0]])
    want = model(input_ids=rows, pixel_values=PIXELS).text_embeds
    near(load_matcher(checkpoint, values).texts(rows), want)


@torch.inference_mode()
def test_kept_states_are_the_inputs_of_their_blocks(tmp_path):
    model = randomised(vit())
    values, checkpoint = saved(model, tmp_path)
    tower = load_tower(checkpoint, vision_config(values, "vit"), "vit")
    last, kept = tower.encode(tower.embed(PIXELS), keep=(0, 1))
    want = model(PIXELS, output_hidden_states=True).hidden_states
    near(torch.stack(kept), torch.stack(want[:2]))
    near(tower.norm(last), tower(PIXELS))


def test_pixels_of_another_size_are_refused():
    tower = VisionTransformer(VisionConfig(width=8, layers=1, heads=2, hidden=8, image=(12, 12), patch=(4, 4)))
    with pytest.raises(ValueError, match=r"expected \(B, 3, 12, 12\)"):
        tower(torch.zeros(1, 3, 12, 13))
    with pytest.raises(ValueError, match="none"):
        tower.summary(tower(torch.zeros(1, 3, 12, 12)))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"hidden_size": 64}, "hidden_size 64"),
        ({"num_hidden_layers": 3}, "num_hidden_layers 3"),
        ({"num_hidden_layers": 1}, "num_hidden_layers 1"),
        ({"intermediate_size": 99}, "intermediate_size 99"),
        ({"patch_size": 5}, "patch_size 5"),
        ({"image_size": 36}, "image_size"),
        ({"num_attention_heads": 5}, "heads"),
        ({"hidden_size": "wide"}, "hidden_size"),
        ({"hidden_act": "mish"}, "hidden_act"),
        ({"image_size": 4}, "patch"),
        ({"hidden_size": 2**40}, "hidden_size"),
        ({"qkv_bias": False}, "bias"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_a_config_that_contradicts_its_weights_is_named(tmp_path, change, named):
    vit().save_pretrained(tmp_path)
    change_json(tmp_path, "config.json", change)
    with pytest.raises(UserError, match=named):
        values, checkpoint = read_json(tmp_path / "config.json"), read_folder(tmp_path)
        load_tower(checkpoint, vision_config(values, "vit"), "vit")


def test_an_unknown_family_lists_the_known_ones(tmp_path):
    with pytest.raises(UserError, match=r"swin.*vit, deit, clip, siglip, blip"):
        vision_config({}, "swin")
    model = randomised(vit())
    values, checkpoint = saved(model, tmp_path)
    with pytest.raises(UserError, match=r"vit.*clip, siglip"):
        load_matcher(checkpoint, values)

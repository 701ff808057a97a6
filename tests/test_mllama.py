"""Llama-3.2-Vision: tower, decoder, tiles and masks equal to transformers' on a tiny random model; strict tables."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from decoder.mllama import PREFIX, load_text, picture_mask, picture_spans, text_config
from encoders.image_tiles import TilingConfig, read_tiling, tile_pictures
from encoders.mllama import PREFIXES, load_tiled, tiled_config
from kernels.errors import UserError
from kernels.folders import read_folder, read_json
from kernels.tables import parts

transformers = pytest.importorskip("transformers")
TEXT = {
    "vocab_size": 211, "hidden_size": 32, "num_hidden_layers": 5, "num_attention_heads": 4, "num_key_value_heads": 2,
    "intermediate_size": 48, "cross_attention_layers": [1, 3], "max_position_embeddings": 128, "pad_token_id": 0,
    "bos_token_id": 1, "eos_token_id": 2,
    "rope_parameters": {"rope_type": "llama3", "rope_theta": 5000.0, "factor": 8.0, "low_freq_factor": 1.0,
                        "high_freq_factor": 4.0, "original_max_position_embeddings": 32},
}  # fmt: skip
VISION = {
    "hidden_size": 16, "num_hidden_layers": 4, "num_global_layers": 2, "attention_heads": 2, "intermediate_size": 32,
    "vision_output_dim": 64, "image_size": 28, "patch_size": 7, "intermediate_layers_indices": [0, 2, 3],
}  # fmt: skip
PICTURE, PATCHES, TILES = 211, 17, 4
SIZES = [(20, 20), (80, 30), (30, 70), (60, 60), (28, 200)]


def folder_of(path, shard="5GB", text=TEXT, picture=PICTURE):
    """A tiny random model of transformers in a folder; every parameter random, gates too."""
    config = transformers.MllamaConfig(vision_config=VISION, text_config=text, image_token_index=picture)
    torch.manual_seed(4)
    model = transformers.MllamaForConditionalGeneration(config).eval()
    for name, parameter in model.named_parameters():
        centre = 0.6 if "norm" in name and name.endswith("weight") else 0.0
        parameter.data = torch.randn_like(parameter) * 0.3 + centre
    model.generation_config.eos_token_id = None
    model.save_pretrained(path, max_shard_size=shard)
    processor = transformers.MllamaImageProcessor(size={"height": 28, "width": 28}, max_image_tiles=TILES)
    processor.save_pretrained(path)
    return model, processor


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mllama")
    model, processor = folder_of(folder)
    return model, processor, *load(folder), read_tiling(folder)


def load(folder):
    groups = parts(read_folder(folder), (PREFIX, *PREFIXES))
    seen = groups[PREFIXES[0]].tensors | groups[PREFIXES[1]].tensors
    values = read_json(folder / "config.json")
    checkpoint = type(groups[PREFIX])(folder.name, seen)
    return load_tiled(checkpoint, values), load_text(groups[PREFIX], values)


def pictures(sizes=SIZES):
    random = np.random.default_rng(1)
    return [Image.fromarray(random.integers(0, 256, (h, w, 3), dtype=np.uint8)) for w, h in sizes]


def test_tiles_equal_the_image_processors(both):
    _, processor, _, _, tiling = both
    want = processor([[picture] for picture in pictures()], return_tensors="pt")
    got = tile_pictures(pictures(), tiling)
    assert (got.pixels_NKCHW - want["pixel_values"][:, 0]).abs().max() < 1e-3
    assert got.arrangements_N.tolist() == want["aspect_ratio_ids"][:, 0].tolist()
    assert got.counts_N.tolist() == [row[0] for row in want["num_tiles"]]
    assert len(set(got.counts_N.tolist())) >= 3


@pytest.mark.parametrize("tile", [560, 448])
def test_tiles_of_any_picture_equal_the_image_processors(both, tile):
    """Sizes around the edges between arrangements; gradients, so that a shift or a flip shows."""
    processor = transformers.MllamaImageProcessor(
        size={"height": tile, "width": tile}, max_image_tiles=TILES,
        image_mean=[0.48145466, 0.4578275, 0.40821073], image_std=[0.26862954, 0.26130258, 0.27577711],
    )  # fmt: skip
    own = TilingConfig(tile, TILES, read_processor_of(processor))
    for width, height in ((1, 1), (tile, tile + 1), (3 * tile, 400), (300, 2300), (900, 1100), (1121, 1119)):
        across = np.linspace(0, 255, width)[None, :, None] * np.array([1.0, 0.5, 0.2])
        down = np.linspace(0, 255, height)[:, None, None] * np.array([0.0, 0.5, 0.8])
        picture = Image.fromarray((across + down).clip(0, 255).astype(np.uint8))
        want, got = processor([[picture]], return_tensors="pt"), tile_pictures([picture], own)
        assert (got.pixels_NKCHW - want["pixel_values"][:, 0]).abs().max() < 1e-3
        assert got.arrangements_N.tolist() == want["aspect_ratio_ids"][:, 0].tolist()


def read_processor_of(processor):
    from encoders.image_processors import processor_config

    return processor_config(json.loads(processor.to_json_string()))


@torch.inference_mode()
def test_tower_equals_transformers(both):
    theirs, processor, tower, _, tiling = both
    inputs = processor([[picture] for picture in pictures()], return_tensors="pt")
    inputs.pop("num_tiles")
    want = theirs.model.multi_modal_projector(theirs.model.vision_model(**inputs).last_hidden_state)[:, 0]
    tiles = tile_pictures(pictures(), tiling)
    got = tower.see(tiles.pixels_NKCHW, tiles.arrangements_N, tiles.counts_N)
    torch.testing.assert_close(got, want, atol=1e-4, rtol=1e-4)


PROMPTS = {
    "one": [1, 5, PICTURE, 7, 8, 9],
    "first": [PICTURE, 1, 5, 7],
    "two-apart": [1, PICTURE, 7, 8, PICTURE, 9, 10],
    "two-together": [1, PICTURE, PICTURE, 7, 8],
    "three": [1, PICTURE, PICTURE, 7, 8, PICTURE, 9, 10, 11],
}


@torch.inference_mode()
@pytest.mark.parametrize("case", PROMPTS)
def test_answers_about_pictures_equal_transformers(both, case):
    """Logits of the whole prompt, and the greedy text with caches on both sides."""
    theirs, processor, tower, decoder, tiling = both
    ids = PROMPTS[case]
    shown = pictures()[1 : 1 + ids.count(PICTURE)]
    inputs = processor([shown], return_tensors="pt")
    counts = inputs.pop("num_tiles")[0]
    mask = torch.zeros(1, len(ids), len(shown), TILES, dtype=torch.long)
    for index, (start, end) in enumerate(masks_of_transformers(ids)):
        mask[0, start : len(ids) if end == -1 else end, index, : counts[index]] = 1
    tokens = torch.tensor([ids])
    want = theirs(input_ids=tokens, cross_attention_mask=mask, **inputs).logits
    tiles = tile_pictures(shown, tiling)
    memory = tower.see(tiles.pixels_NKCHW, tiles.arrangements_N, tiles.counts_N).flatten(0, 2)[None]
    seen = picture_mask(ids, PICTURE, counts, TILES, PATCHES)
    kept = decoder.remember(memory, seen_BTS=seen)
    torch.testing.assert_close(decoder(tokens, None, kept), want, atol=1e-4, rtol=1e-4)
    text = theirs.generate(
        input_ids=tokens, cross_attention_mask=mask, max_new_tokens=15, do_sample=False, pad_token_id=0, **inputs
    )
    cache, got = decoder.new_cache(1, 40), list(ids)
    logits = decoder(tokens, cache, kept)
    while len(got) < text.shape[1]:
        got.append(int(logits[0, -1].argmax()))
        logits = decoder(torch.tensor([got[-1:]]), cache, kept)
    assert got == text[0].tolist()


def masks_of_transformers(ids):
    from transformers.models.mllama.processing_mllama import get_cross_attention_token_mask

    return get_cross_attention_token_mask(ids, PICTURE)


@torch.inference_mode()
def test_text_alone_passes_over_the_layers_for_pictures(both):
    theirs, _, _, decoder, _ = both
    tokens = torch.tensor([[1, 5, 7, 8, 9]])
    torch.testing.assert_close(decoder(tokens), theirs(input_ids=tokens).logits, atol=1e-4, rtol=1e-4)


@torch.inference_mode()
def test_a_batch_with_and_without_pictures_equals_rows_alone(both):
    """Rows of two pictures, of one and of none side by side."""
    _, _, tower, decoder, tiling = both
    tiles = tile_pictures(pictures()[:2], tiling)
    memory = tower.see(tiles.pixels_NKCHW, tiles.arrangements_N, tiles.counts_N).flatten(1, 2)
    each, counts = memory.shape[1], tiles.counts_N.tolist()
    rows = [[1, PICTURE, 7, 8, PICTURE, 9], [1, 5, PICTURE, 7, 8, 9], [1, 5, 6, 7, 8, 9]]
    padded, seen = torch.zeros(3, 2 * each, 32), torch.zeros(3, 6, 2 * each, dtype=torch.bool)
    alone = []
    for row, ids in enumerate(rows):
        shown = ids.count(PICTURE)
        if not shown:
            alone.append(decoder(torch.tensor([ids])))
            continue
        own, mask = memory[:shown].flatten(0, 1), picture_mask(ids, PICTURE, counts[:shown], TILES, PATCHES)
        padded[row, : len(own)], seen[row, :, : len(own)] = own, mask[0]
        alone.append(decoder(torch.tensor([ids]), None, decoder.remember(own[None], seen_BTS=mask)))
    kept = decoder.remember(padded, torch.tensor([2 * each, each, 0]), seen_BTS=seen)
    torch.testing.assert_close(decoder(torch.tensor(rows), None, kept), torch.cat(alone), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("case", PROMPTS)
def test_spans_equal_the_processors(case):
    ids = PROMPTS[case]
    want = [(start, len(ids) if end == -1 else end) for start, end in masks_of_transformers(ids)]
    assert picture_spans(ids, PICTURE) == want


def test_shards_and_pictures_that_do_not_fit(both, tmp_path):
    _, _, tower, _, tiling = both
    folder_of(tmp_path, shard="60KB")
    again, _ = load(tmp_path)
    tiles = tile_pictures(pictures(), tiling)
    with torch.inference_mode():
        assert torch.equal(again.see(*vars(tiles).values()), tower.see(*vars(tiles).values()))
    for change, message in (
        ((tiles.pixels_NKCHW[:, :2], tiles.arrangements_N, tiles.counts_N), "pixels"),
        ((tiles.pixels_NKCHW, tiles.arrangements_N + 9, tiles.counts_N), "arrangements"),
        ((tiles.pixels_NKCHW, tiles.arrangements_N, tiles.counts_N[:2]), "counts"),
        ((tiles.pixels_NKCHW[..., :27], tiles.arrangements_N, tiles.counts_N), "pixels"),
    ):
        with pytest.raises(ValueError, match=message):
            tower.see(*change)
    with pytest.raises(ValueError, match="2 pictures, but the prompt has 1"):
        picture_mask([1, PICTURE, 5], PICTURE, [1, 4], TILES, PATCHES)
    with pytest.raises(ValueError, match="pictures"):
        tile_pictures([], tiling)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"language_model.model.layers.3.cross_attn_mlp_gate": None}, r"3\.cross_attn_mlp_gate is missing"),
        ({"language_model.model.layers.0.cross_attn_mlp_gate": torch.ones(1)}, r"0\.cross_attn_mlp_gate is not known"),
        ({"language_model.model.layers.1.cross_attn.q_norm.weight": torch.ones(7)}, r"q_norm\.weight has shape"),
        ({"language_model.lm_head.weight": torch.full((211, 32), torch.nan)}, r"lm_head\.weight holds"),
        ({"vision_model.global_transformer.layers.1.gate_ffn": None}, r"global_transformer\.layers\.1\.gate_ffn"),
        ({"vision_model.layernorm_post.bias": torch.full((16,), torch.inf)}, r"layernorm_post\.bias holds"),
        ({"multi_modal_projector.bias": torch.ones(31)}, r"multi_modal_projector\.bias has shape"),
        ({"vision_model.transformer.layers.1.self_attn.k_proj.weight": torch.ones(16, 9)}, r"1\.self_attn\.q_proj"),
        ({"audio_model.weight": torch.ones(1)}, r"audio_model\.weight is not known"),
    ],
    ids=["missing", "extra", "misshapen", "nan", "gate", "infinite", "bridge", "misfit", "foreign"],
)
def test_wrong_tensors_are_named(tmp_path, change, message):
    folder_of(tmp_path)
    tensors = load_file(tmp_path / "model.safetensors") | change
    save_file({name: value for name, value in tensors.items() if value is not None}, tmp_path / "model.safetensors")
    with pytest.raises(UserError, match=message):
        load(tmp_path)


@pytest.mark.parametrize(
    ("where", "change", "message"),
    [
        ("text_config", {"cross_attention_layers": [1, 9]}, "9.* are not within"),
        ("text_config", {"cross_attention_layers": "1"}, "cross_attention_layers"),
        ("text_config", {"vocab_size": 180}, "image_token_index 211"),
        ("vision_config", {"intermediate_layers_indices": [2, 0, 3]}, "intermediate_layers_indices"),
        ("vision_config", {"intermediate_layers_indices": [0, 2, 4]}, "keep: .* are not within"),
        ("vision_config", {"vision_output_dim": 63}, "vision_output_dim"),
        ("vision_config", {"max_num_tiles": 3}, "max_num_tiles"),
        ("vision_config", {"norm_eps": 1e-6}, "norm_eps is 1e-06"),
        ("vision_config", {"patch_size": 29}, "patch"),
        ("vision_config", {"attention_heads": 3}, "heads: 3"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_config_that_makes_no_sense_is_refused_by_field(where, change, message):
    ways = [[r, c] for r in range(1, 5) for c in range(1, 5) if r * c <= 4]
    values = {
        "model_type": "mllama", "image_token_index": PICTURE, "text_config": TEXT | {"rms_norm_eps": 1e-5},
        "vision_config": VISION | {"supported_aspect_ratios": ways, "max_num_tiles": 4},
    }  # fmt: skip
    tiled_config(values), text_config(values)
    values[where] = values[where] | change
    with pytest.raises(UserError, match=message):
        tiled_config(values), text_config(values)

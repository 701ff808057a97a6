"""Folders as they are really published: configs that leave out defaults, leftovers of old files, older tokenizers."""

import json
import shutil

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from assistant.captioning import load_captioner
from assistant.captioning_parts import needed
from assistant.captioning_words import Words
from assistant.matching import load_matcher
from decoder.captioners import captioner_config
from encoders.image_processors import processor_config
from encoders.vision_text import words_config
from encoders.vision_weights import vision_config
from kernels.errors import UserError
from kernels.folders import read_folder

transformers = pytest.importorskip("transformers")
from tests.captioner_folders import TEXT, VISION, VOCABULARY, WORDS, blip, gpt2, randomised, save, trocr  # noqa: E402

PHOTO = Image.effect_mandelbrot((97, 61), (-2, -1, 1, 1), 30).convert("RGB")
# What files written years ago hold beside the weights: buffers, and a tensor's second name.
LEFTOVERS = {
    "blip": {
        "text_decoder.bert.embeddings.position_ids": torch.arange(24)[None],
        "text_decoder.cls.predictions.decoder.bias": "text_decoder.cls.predictions.bias",
        "text_decoder.cls.predictions.decoder.weight": "text_decoder.bert.embeddings.word_embeddings.weight",
        "vision_model.embeddings.position_ids": torch.arange(26)[None],
    },
    "blip-vqa": {"text_encoder.embeddings.position_ids": torch.arange(24)[None]},
    "trocr": {
        "decoder.model.decoder.embed_positions._float_tensor": torch.zeros(1),
        "decoder.output_projection.weight": "decoder.model.decoder.embed_tokens.weight",
    },
    "vit-gpt2": {
        "decoder.transformer.h.0.attn.bias": torch.ones(1, 1, 24, 24, dtype=torch.uint8),
        "decoder.transformer.h.1.attn.masked_bias": torch.tensor(-1e4),
        "decoder.transformer.h.0.crossattention.bias": torch.ones(1, 1, 24, 24, dtype=torch.uint8),
        "decoder.transformer.h.1.crossattention.masked_bias": torch.tensor(-1e4),
        "decoder.lm_head.weight": "decoder.transformer.wte.weight",
    },
}
SECOND_NAMES = [
    ("blip", "text_decoder.bert.embeddings.word_embeddings.weight", "text_decoder.cls.predictions.decoder.weight"),
    ("blip", "text_decoder.cls.predictions.bias", "text_decoder.cls.predictions.decoder.bias"),
    ("trocr", "decoder.model.decoder.embed_tokens.weight", "decoder.output_projection.weight"),
    ("vit-gpt2", "decoder.transformer.wte.weight", "decoder.lm_head.weight"),
]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    made = {"blip": blip(), "blip-vqa": blip(asks=True, seed=15), "trocr": trocr(), "vit-gpt2": gpt2()}
    kinds = {"blip": "BlipImageProcessor", "blip-vqa": "BlipImageProcessor"}
    return {
        name: save(model, tmp_path_factory.mktemp(name), kinds.get(name, "ViTImageProcessor"))
        for name, model in made.items()
    }


@pytest.fixture
def copy(folders, tmp_path):
    return lambda name: shutil.copytree(folders[name], tmp_path / "copy")


def edit(folder, change, name="model.safetensors"):
    tensors = load_file(folder / name)
    change(tensors)
    save_file({key: value.contiguous().clone() for key, value in tensors.items()}, folder / name)


@pytest.mark.parametrize("family", ["vit", "deit", "clip", "siglip", "blip"])
def test_towers_without_fields_are_those_of_transformers(family):
    kind = {"vit": "ViTConfig", "deit": "DeiTConfig", "clip": "CLIPVisionConfig", "siglip": "SiglipVisionConfig"}
    whole = getattr(transformers, kind.get(family, "BlipVisionConfig"))().to_dict()
    assert vision_config({}, family) == vision_config(whole, family)


@pytest.mark.parametrize("family", ["clip", "siglip", "blip"])
def test_text_towers_without_fields_are_those_of_transformers(family):
    kind = {"clip": "CLIPTextConfig", "siglip": "SiglipTextConfig", "blip": "BlipTextConfig"}[family]
    assert words_config({}, family) == words_config(getattr(transformers, kind)().to_dict(), family)


@pytest.mark.parametrize("family", ["blip", "trocr", "gpt2"])
def test_decoders_without_fields_are_those_of_transformers(family):
    kind = {"blip": "BlipTextConfig", "trocr": "TrOCRConfig", "gpt2": "GPT2Config"}[family]
    whole = getattr(transformers, kind)().to_dict()
    assert captioner_config({}, family, 768) == captioner_config(whole, family, 768)


def unlike(values, defaults):
    """The fields that transformers would not fill by itself."""
    return {key: value for key, value in values.items() if key == "model_type" or value != defaults.get(key, object())}


@pytest.mark.parametrize("name", ["blip", "blip-vqa", "trocr", "vit-gpt2"])
def test_configs_that_leave_out_defaults(folders, copy, name):
    folder = copy(name)
    values = json.loads((folder / "config.json").read_text())
    parts = {"blip": ("BlipTextConfig", "text_config"), "trocr": ("TrOCRConfig", "decoder")}
    kind, section = parts.get(name.removesuffix("-vqa"), ("GPT2Config", "decoder"))
    seen = "vision_config" if section == "text_config" else "encoder"
    tower = transformers.BlipVisionConfig() if seen == "vision_config" else transformers.ViTConfig()
    short = {key: values[key] for key in ("model_type", "architectures")}
    short[section] = unlike(values[section], getattr(transformers, kind)().to_dict())
    short[section].pop("encoder_hidden_size", None)
    short[seen] = unlike(values[seen], tower.to_dict())
    assert len(short[section]) < len(values[section]) and len(short[seen]) < len(values[seen])
    (folder / "config.json").write_text(json.dumps(short))
    assert load_captioner(folder).describe(PHOTO) == load_captioner(folders[name]).describe(PHOTO)


@pytest.mark.parametrize("name", LEFTOVERS)
def test_leftovers_of_old_files_are_known_by_name(folders, copy, name):
    folder = copy(name)
    add = LEFTOVERS[name]
    edit(folder, lambda t: t.update({new: t[old] if isinstance(old, str) else old for new, old in add.items()}))
    assert load_captioner(folder).describe(PHOTO) == load_captioner(folders[name]).describe(PHOTO)
    edit(folder, lambda t: t.update({next(iter(add)) + "_2": torch.zeros(1)}))
    with pytest.raises(UserError, match="_2 is not known"):
        load_captioner(folder)


@pytest.mark.parametrize(("name", "ours", "theirs"), SECOND_NAMES, ids=[f"{row[0]}-{row[2]}" for row in SECOND_NAMES])
def test_a_shared_tensor_may_be_stored_under_either_name(folders, copy, name, ours, theirs):
    folder = copy(name)
    edit(folder, lambda t: t.update({theirs: t.pop(ours)}))
    assert load_captioner(folder).describe(PHOTO) == load_captioner(folders[name]).describe(PHOTO)
    edit(folder, lambda t: t.pop(theirs))
    with pytest.raises(UserError, match=ours):
        load_captioner(folder)


def varint(value):
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + varint(value >> 7)


def field(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def sentencepiece(words):
    """A model file of SentencePiece: each piece with its score, then the trainer's part and one field of each type."""
    pieces = [field(1, field(1, word.encode()) + b"\x15\x00\x00\x80\xbf" + b"\x18\x01") for word in words]
    return b"".join(pieces) + field(2, b"\x18\x01") + b"\x19" + bytes(8) + b"\x20\x85\x01"


def test_a_trocr_that_has_sentencepiece_alone(folders, copy):
    folder = copy("trocr")
    (folder / "tokenizer.json").unlink()
    words = ["<unk>", "<s>", "</s>", *(f"\u2581w{index}" for index in range(VOCABULARY - 6)), "ö"]
    (folder / "sentencepiece.bpe.model").write_bytes(sentencepiece(words))
    captioner = load_captioner(folder)
    assert captioner.parts.words.size == VOCABULARY
    assert captioner.parts.words.decode([0, 4, 25, 5, 1, 2, 26]) == "w0ö w1"
    by_name = load_captioner(folders["trocr"])
    said, want = captioner.describe(PHOTO).replace("ö", " w21").split(), by_name.describe(PHOTO)
    assert by_name.parts.words.decode(int(word[1:]) + 4 for word in said) == want and said
    for data in (
        sentencepiece(words)[:-1],
        b"\x0b",
        sentencepiece(words[:3]),
        b"\xff" * 12,
        field(1, field(1, b"\xff")),
    ):
        (folder / "sentencepiece.bpe.model").write_bytes(data)
        with pytest.raises(UserError, match=r"sentencepiece\.bpe\.model"):
            load_captioner(folder)


def test_a_model_that_reads_text_needs_more_than_sentencepiece(copy):
    folder = copy("blip-vqa")
    (folder / "tokenizer.json").rename(folder / "spiece.model")
    with pytest.raises(UserError, match=r"only as spiece\.model.*tokenizer\.json"):
        load_captioner(folder)


def test_a_trocr_with_vocab_and_merges(folders, copy):
    folder = copy("trocr")
    (folder / "tokenizer.json").unlink()
    words = ["<s>", "<pad>", "</s>", "<unk>", *(chr(97 + index) for index in range(VOCABULARY - 5)), "<mask>"]
    (folder / "vocab.json").write_text(json.dumps({word: index for index, word in enumerate(words)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    captioner = load_captioner(folder)
    said = captioner.describe(PHOTO)
    ids = [words.index(letter) for letter in said]
    by_name = load_captioner(folders["trocr"])
    assert said and by_name.parts.words.decode(ids) == by_name.describe(PHOTO)
    assert captioner.parts.words.decode([0, 4, 5, VOCABULARY - 1, 2]) == "ab"  # special, though no file says so


def test_clip_with_vocab_and_merges(tmp_path):
    letters = [*"abcdeglort!1", *(f"{letter}</w>" for letter in "abcdeglort!1"), "ca", "cat</w>", "re", "red</w>"]
    vocabulary = {word: index for index, word in enumerate([*letters, "<|startoftext|>", "<|endoftext|>"])}
    merges = [("c", "a"), ("ca", "t</w>"), ("r", "e"), ("re", "d</w>")]
    (tmp_path / "vocab.json").write_text(json.dumps(vocabulary))
    (tmp_path / "merges.txt").write_text("#version: 0.2\n" + "\n".join(" ".join(pair) for pair in merges) + "\n")
    theirs, ours = transformers.CLIPTokenizer(vocab=vocabulary, merges=merges), Words(tmp_path, len(vocabulary))
    for text in ("a red cat", " A  RED cat!!", "cat's ladder 11", "tool\tcart"):
        assert ours.encode(text) == theirs(text)["input_ids"]


def test_a_processor_of_no_kind_is_that_of_its_tower():
    plain = {"do_resize": True, "size": 224, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
    named = plain | {"feature_extractor_type": "ViTFeatureExtractor"}
    assert processor_config(plain, family="vit") == processor_config(named)
    with pytest.raises(UserError, match="ViTImageProcessor"):
        processor_config(plain)


def test_clip_counts_the_section_that_older_files_repeat(tmp_path):
    text = TEXT | {"eos_token_id": 3, "bos_token_id": 2, "pad_token_id": 0}
    config = transformers.CLIPConfig(text_config=text, vision_config=VISION, projection_dim=20)
    folder = save(randomised(transformers.CLIPModel(config)), tmp_path, "CLIPImageProcessor")
    want = load_matcher(folder).rank(PHOTO, list(WORDS[8:13]))
    values = json.loads((folder / "config.json").read_text())
    values |= {"text_config_dict": values["text_config"], "text_config": {}, "vision_config_dict": None}
    (folder / "config.json").write_text(json.dumps(values))
    places = {f"{kind}_model.embeddings.position_ids": torch.arange(9)[None] for kind in ("text", "vision")}
    edit(folder, lambda t: t.update(places))
    assert load_matcher(folder).rank(PHOTO, list(WORDS[8:13])) == want


def test_half_precision_says_the_same_and_takes_more_while_it_loads(folders, copy):
    folder = copy("vit-gpt2")
    edit(folder, lambda t: t.update({name: value.half() for name, value in t.items()}))
    half, whole = read_folder(folder), read_folder(folders["vit-gpt2"])
    weights = sum(value.numel() * 4 for value in whole.tensors.values())
    assert weights * 1.2 < needed(whole) < weights * 1.5 < weights * 1.8 < needed(half)
    captioner = load_captioner(folder)
    assert {value.dtype for value in captioner.parts.decoder.parameters()} == {torch.float32}
    assert captioner.describe(PHOTO)

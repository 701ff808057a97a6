"""Captioners from published folders say what transformers says with the same weights; a wrong folder is refused."""

import json
import struct

import numpy as np
import pytest
import torch
from PIL import Image

from assistant.captioning import WHAT, load_captioner
from assistant.captioning_words import Words
from decoder.captioners import KIND
from encoders.image_processors import prepare
from kernels.errors import UserError

transformers = pytest.importorskip("transformers")
from tests.captioner_folders import VOCABULARY, blip, change_json, deit, gpt2, save, trocr  # noqa: E402

PHOTO = Image.effect_mandelbrot((97, 61), (-2, -1, 1, 1), 30).convert("RGB")
NOISE = Image.fromarray(np.random.default_rng(2).integers(0, 256, (50, 80, 3), dtype=np.uint8))
MAKERS = {
    "blip": lambda: blip(),
    "blip-vqa": lambda: blip(asks=True, seed=15),
    "trocr": lambda: trocr(),
    "trocr-small": lambda: trocr(
        deit(qkv_bias=False),
        13,
        use_learned_position_embeddings=False,
        scale_embedding=True,
        activation_function="relu",
    ),
    "trocr-plain": lambda: trocr(seed=11, layernorm_embedding=False),
    "vit-gpt2": lambda: gpt2(),
}
PROCESSORS = {"blip": "BlipImageProcessor", "blip-vqa": "BlipImageProcessor", "trocr-small": "DeiTImageProcessor"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Each model and its folder, made once."""
    kept = {}

    def get(name):
        if name not in kept:
            model = MAKERS[name]()
            folder = tmp_path_factory.mktemp(name)
            kept[name] = (model, save(model, folder, PROCESSORS.get(name, "ViTImageProcessor")))
        return kept[name]

    return get


def copy(folder, target):
    """The folder's files again, to be spoilt."""
    target.mkdir()
    for path in folder.iterdir():
        (target / path.name).write_bytes(path.read_bytes())
    return target


def near(ours, theirs):
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", ["blip", "trocr", "trocr-small", "trocr-plain", "vit-gpt2"])
@torch.inference_mode()
def test_logits_and_captions_equal_transformers(made, name):
    model, folder = made(name)
    captioner = load_captioner(folder)
    seen, parts = captioner.see(PHOTO), captioner.parts
    pixels = prepare([PHOTO], parts.processor)
    ids = torch.tensor([[parts.start, 8, 10, 7, 21, 6, 9]])
    if name == "blip":
        want = model(pixel_values=pixels, input_ids=ids).logits
    else:
        want = model(pixel_values=pixels, decoder_input_ids=ids).logits
    limit = {"max_new_tokens": 23} if name == "blip" else {"num_beams": 1}
    text, other = (
        model.generate(pixel_values=prepare([picture], parts.processor), do_sample=False, **limit)
        for picture in (PHOTO, NOISE)
    )
    near(parts.decoder(ids, memory_cache={KIND: seen.for_decoder}), want)
    cache = parts.decoder.new_cache(1, 7)
    steps = [parts.decoder(ids[:, at : at + 1], cache, {KIND: seen.for_decoder}) for at in range(7)]
    near(torch.cat(steps, dim=1), want)
    texts = [parts.words.decode(row) for row in (text[0].tolist(), other[0].tolist())]
    assert [captioner.describe(PHOTO), captioner.describe(NOISE)] == texts
    assert texts[0] != texts[1]


@torch.inference_mode()
def test_answers_equal_transformers_and_the_picture_is_encoded_once(made):
    model, folder = made("blip-vqa")
    captioner = load_captioner(folder)
    parts, calls = captioner.parts, []
    parts.tower.register_forward_hook(lambda *_: calls.append("tower"))
    parts.questions.blocks[0].cross[KIND].key_value.register_forward_hook(lambda *_: calls.append("keys"))
    seen, pixels = captioner.see(PHOTO), prepare([PHOTO], parts.processor)
    answers = set()
    for question in ("what is on the table?", "what colour is this dog?", WHAT):
        ids = torch.tensor([parts.words.encode(question)])
        assert ids[0, 0] == 2 and ids[0, -1] == 3
        want = model.generate(input_ids=ids, pixel_values=pixels, max_new_tokens=23, do_sample=False)
        states = model.text_encoder(ids, encoder_hidden_states=model.vision_model(pixels)[0])[0]
        near(parts.questions(ids, memory=seen.for_questions), states)
        said = captioner.describe(seen, question)
        assert said == parts.words.decode(want[0].tolist())
        answers.add(said)
    assert captioner.describe(seen) in answers  # without a question it is asked what it shows
    assert len(answers) > 1
    assert calls == ["tower", "keys"]


@torch.inference_mode()
def test_a_bridge_between_widths(tmp_path):
    model = trocr(deit(hidden_size=24), cross_attention_hidden_size=None)
    captioner = load_captioner(save(model, tmp_path))
    ids = torch.tensor([[3, 8, 10]])
    want = model(pixel_values=prepare([PHOTO], captioner.parts.processor), decoder_input_ids=ids).logits
    near(captioner.parts.decoder(ids, memory_cache={KIND: captioner.see(PHOTO).for_decoder}), want)


@torch.inference_mode()
def test_a_head_of_its_own_is_used_where_the_file_has_one(tmp_path):
    model = trocr(tie_word_embeddings=False)
    folder = save(model, tmp_path)
    change_json(folder, "config.json", {"decoder.tie_word_embeddings": True})
    captioner = load_captioner(folder)
    ids = torch.tensor([[3, 8, 10]])
    want = model(pixel_values=prepare([PHOTO], captioner.parts.processor), decoder_input_ids=ids).logits
    near(captioner.parts.decoder(ids, memory_cache={KIND: captioner.see(PHOTO).for_decoder}), want)


def test_pieces_come_as_they_are_said_and_closing_stops(made):
    captioner = load_captioner(made("vit-gpt2")[1])
    seen, steps = captioner.see(PHOTO), []
    captioner.parts.decoder.register_forward_hook(lambda *_: steps.append(1))
    pieces = list(captioner.caption(seen))
    whole, all_steps = captioner.describe(seen), len(steps)
    assert "".join(pieces) == whole and len(pieces) > 1
    steps.clear()
    text = captioner.caption(seen)
    next(text)
    text.close()
    assert 0 < len(steps) < all_steps


def test_a_model_that_only_describes_takes_no_question(made):
    captioner = load_captioner(made("blip")[1])
    with pytest.raises(UserError, match="cannot answer questions"):
        captioner.answer(PHOTO, "what is this?")
    with pytest.raises(UserError, match="question is empty"):
        load_captioner(made("blip-vqa")[1]).answer(PHOTO, "  ")


def test_special_tokens_in_a_question_are_plain_text(made):
    words = load_captioner(made("blip-vqa")[1]).parts.words
    assert words.encode("what [SEP] [CLS] cat") == words.encode("what cat")


def spoil(folder, change):
    """Rewrite model.safetensors with `change(tensors)` applied."""
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, folder / "model.safetensors")


NAME = "decoder.model.decoder.layers.1.fc1.weight"
TENSORS = {
    "missing": (lambda t: t.pop(NAME), NAME),
    "missing-in-tower": (lambda t: t.pop("encoder.embeddings.cls_token"), r"encoder\.embeddings\.cls_token"),
    "extra": (lambda t: t.update({"decoder.model.decoder.layers.1.spare": torch.zeros(2)}), "layers.1.spare"),
    "extra-part": (lambda t: t.update({"lost.weight": torch.zeros(2)}), r"lost\.weight"),
    "misshapen": (lambda t: t.update({NAME: torch.zeros(7, 48)}), NAME),
    "misshapen-stack": (
        lambda t: t.update({"decoder.model.decoder.layers.0.self_attn.k_proj.weight": torch.zeros(48, 5)}),
        "self_attn",
    ),
    "not-a-number": (lambda t: t.update({NAME: t[NAME].fill_(float("nan"))}), NAME),
    "infinite": (lambda t: t.update({NAME: t[NAME].fill_(float("inf"))}), NAME),
}


@pytest.mark.parametrize("kind", TENSORS)
def test_a_wrong_tensor_is_named(made, tmp_path, kind):
    folder = copy(made("trocr")[1], tmp_path / "copy")
    change, named = TENSORS[kind]
    spoil(folder, change)
    with pytest.raises(UserError, match=named):
        load_captioner(folder)


CONFIGS = [
    ("trocr", {"decoder.decoder_layers": 3}, "decoder_layers 3"),
    ("trocr", {"decoder.d_model": 64, "decoder.cross_attention_hidden_size": 32}, "d_model 64"),
    ("trocr", {"decoder.vocab_size": 40}, "vocab_size 40"),
    ("trocr", {"decoder.decoder_attention_heads": 7}, "heads"),
    ("trocr", {"encoder.patch_size": 5}, "patch_size 5"),
    ("trocr", {"encoder.image_size": 36}, "image_size"),
    ("trocr", {"decoder.vocab_size": 9}, "vocab_size 9"),
    ("trocr", {"decoder": 5}, "decoder"),
    ("trocr", {"decoder.activation_function": "mish"}, "activation_function"),
    ("vit-gpt2", {"decoder.scale_attn_by_inverse_layer_idx": True}, "scale_attn_by_inverse_layer_idx"),
    ("blip", {"text_config.num_hidden_layers": 5}, "num_hidden_layers 5"),
    ("blip", {"text_config.encoder_hidden_size": 16}, "crossattention"),
    ("blip", {"text_config.sep_token_id": 999}, "sep_token_id"),
    ("blip", {"architectures": ["BlipForQuestionAnswering"]}, "text_encoder"),
    ("blip-vqa", {"architectures": ["BlipForConditionalGeneration"]}, r"text_encoder"),
    ("blip", {"architectures": ["BlipForImageTextRetrieval"]}, "BlipForImageTextRetrieval"),
    ("blip", {"model_type": "pix2struct"}, r"pix2struct.*blip, vision-encoder-decoder/trocr"),
    ("vit-gpt2", {"decoder.model_type": "opt"}, r"vision-encoder-decoder/opt.*gpt2"),
    ("vit-gpt2", {"encoder.model_type": "swin"}, r"swin.*vit"),
]


@pytest.mark.parametrize(("name", "change", "named"), CONFIGS, ids=[f"{c[0]}-{next(iter(c[1]))}" for c in CONFIGS])
def test_a_config_that_contradicts_the_folder_is_named(made, tmp_path, name, change, named):
    folder = copy(made(name)[1], tmp_path / "copy")
    change_json(folder, "config.json", change)
    with pytest.raises(UserError, match=named):
        load_captioner(folder)


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors", "tokenizer.json", "preprocessor_config.json"])
def test_a_missing_file_is_named(made, tmp_path, missing):
    folder = copy(made("blip")[1], tmp_path / "copy")
    (folder / missing).unlink()
    with pytest.raises(UserError, match=missing.replace(".", r"\.")):
        load_captioner(folder)


def test_a_pickle_is_refused_unopened(made, tmp_path):
    folder = copy(made("blip")[1], tmp_path / "copy")
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").symlink_to("/dev/full")  # opening it would not go unnoticed
    with pytest.raises(UserError, match=r"pickle \(pytorch_model\.bin\).*not opened"):
        load_captioner(folder)


def test_a_preprocessor_of_another_size_is_named(made, tmp_path):
    folder = copy(made("blip")[1], tmp_path / "copy")
    change_json(folder, "preprocessor_config.json", {"size": {"height": 48, "width": 48}})
    with pytest.raises(UserError, match=r"48 by 48 pixels.*image_size 30"):
        load_captioner(folder)


def test_a_header_that_asks_for_terabytes_costs_nothing(made, tmp_path):
    folder = copy(made("blip")[1], tmp_path / "copy")
    change_json(folder, "config.json", {"text_config.hidden_size": 65536, "text_config.num_attention_heads": 1})
    with pytest.raises(UserError, match="hidden_size 65536"):
        load_captioner(folder)
    header = json.dumps({"x": {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 1 << 42]}}).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)
    with pytest.raises(UserError, match="x ends after the file does"):
        load_captioner(folder)


def test_a_tokenizer_of_another_model_is_refused(made, tmp_path):
    folder = copy(made("blip")[1], tmp_path / "copy")
    with pytest.raises(UserError, match=f"{VOCABULARY} tokens.*vocab_size 12"):
        Words(folder, 12)
    (folder / "tokenizer.json").write_text('{"model": 3}')
    with pytest.raises(UserError, match=r"tokenizer\.json"):
        load_captioner(folder)


def test_older_tokenizer_files(made, tmp_path):
    words = made("blip")[1] / "tokenizer.json"
    vocabulary = json.loads(words.read_text())["model"]["vocab"]
    ordered = sorted(vocabulary, key=vocabulary.get)
    (tmp_path / "vocab.txt").write_text("\n".join(ordered))
    ids = Words(tmp_path, 99).encode("What is a Cats?")
    assert ids == Words(words.parent, 99).encode("What is a Cats?")
    assert Words(tmp_path, 99).decode(ids) == "what is a cats?"
    (tmp_path / "vocab.txt").unlink()
    letters = ["<s>", "</s>", "h", "i", "hi", "\u0120", "\u0120hi"]
    (tmp_path / "vocab.json").write_text(json.dumps({letter: index for index, letter in enumerate(letters)}))
    (tmp_path / "merges.txt").write_text("#version: 0.2\nh i\n\u0120 hi\n")
    (tmp_path / "special_tokens_map.json").write_text(json.dumps({"eos_token": "</s>", "bos_token": "<s>"}))
    read = Words(tmp_path, 7)
    assert read.encode("hi hi") == [4, 6]
    assert read.decode([0, 4, 6, 1]) == "hi hi"
    assert "".join(read.stream([0, 4, 6, 1])) == "hi hi"
    (tmp_path / "merges.txt").unlink()
    with pytest.raises(UserError, match=r"merges\.txt"):
        Words(tmp_path, 7)

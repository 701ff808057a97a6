"""antigone describe --model, end to end on folders as they are published; and words ranked by CLIP and SigLIP."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from assistant.commands import describe
from assistant.matching import load_matcher
from kernels.errors import UserError

transformers = pytest.importorskip("transformers")
from tests.captioner_folders import TEXT, VISION, blip, change_json, gpt2, randomised, save  # noqa: E402

WORDS = ["a red car", "the blue table", "a cat"]


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    path = tmp_path_factory.mktemp("picture") / "noise.png"
    Image.fromarray(np.random.default_rng(2).integers(0, 256, (50, 80, 3), dtype=np.uint8)).save(path)
    return path


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """One folder of each kind that describe takes."""
    text = TEXT | {"eos_token_id": 3, "bos_token_id": 2, "pad_token_id": 0, "projection_size": 32}
    clip = transformers.CLIPModel(transformers.CLIPConfig(text_config=text, vision_config=VISION, projection_dim=20))
    siglip = transformers.SiglipModel(transformers.SiglipConfig(text_config=text, vision_config=VISION))
    return {
        "blip": save(blip(), tmp_path_factory.mktemp("blip"), "BlipImageProcessor"),
        "vqa": save(blip(asks=True, seed=15), tmp_path_factory.mktemp("vqa"), "BlipImageProcessor"),
        "gpt2": save(gpt2(), tmp_path_factory.mktemp("gpt2")),
        "clip": save(randomised(clip), tmp_path_factory.mktemp("clip"), "CLIPImageProcessor"),
        "siglip": save(randomised(siglip), tmp_path_factory.mktemp("siglip"), "SiglipImageProcessor"),
    }


def antigone(*words):
    code = "from assistant.cli import app; app()"
    return subprocess.run([sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True, timeout=200)


def test_the_command_describes_with_a_folder(folders, picture):
    done = antigone("describe", picture, "--model", folders["gpt2"])
    text, hint = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert text and "It may be wrong" in hint
    model = transformers.VisionEncoderDecoderModel.from_pretrained(folders["gpt2"]).eval()
    pixels = transformers.ViTImageProcessor.from_pretrained(folders["gpt2"])(Image.open(picture), return_tensors="pt")
    ids = model.generate(**pixels, do_sample=False, num_beams=1)[0]
    made = transformers.PreTrainedTokenizerFast(tokenizer_file=str(folders["gpt2"] / "tokenizer.json"))
    special = {"[PAD]", "[DEC]", "[CLS]", "[SEP]", "[MASK]"}
    words = [word for word in made.convert_ids_to_tokens(ids) if word not in special]
    assert text == " ".join(words).replace(" ##", "").replace(" .", ".").replace(" ?", "?")


def test_questions_and_json(folders, picture, capsys):
    describe.run(picture, "what is on the table?", model=str(folders["vqa"]), as_json=True)
    event = json.loads(capsys.readouterr().out)
    assert event["text"]
    assert event["source"] == str(picture) and event["model"] == folders["vqa"].name
    describe.run(picture, model=str(folders["blip"]))
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.parametrize("kind", ["clip", "siglip"])
def test_labels_are_ranked_as_transformers_ranks_them(folders, picture, capsys, kind):
    folder = folders[kind]
    describe.run(picture, model=str(folder), labels=", ".join(WORDS), as_json=True)
    event = json.loads(capsys.readouterr().out)
    model = transformers.AutoModel.from_pretrained(folder).eval()
    processor = getattr(transformers, "CLIPImageProcessor" if kind == "clip" else "SiglipImageProcessor")
    pixels = processor.from_pretrained(folder)(Image.open(picture), return_tensors="pt")
    rows = load_matcher(folder)
    ids = rows.matcher.words.rows([rows.words.encode(word) for word in WORDS])
    with torch.inference_mode():
        logits = model(input_ids=ids, **pixels).logits_per_image[0]
    chances = logits.softmax(-1) if kind == "clip" else logits.sigmoid()
    want = sorted(zip(WORDS, chances.tolist(), strict=True), key=lambda pair: -pair[1])
    assert [found["label"] for found in event["labels"]] == [label for label, _ in want]
    assert [found["chance"] for found in event["labels"]] == pytest.approx([chance for _, chance in want], abs=2e-4)
    assert event["text"] == want[0][0]


def test_pictures_are_found_by_words(folders, picture):
    matcher = load_matcher(folders["siglip"])
    black = Image.new("RGB", (40, 60))
    found = matcher.find([black, picture], "a red car")
    assert {index for index, _ in found} == {0, 1}
    assert found[0][1] > found[1][1]
    assert matcher.rank(black, ["A red, car!"])[0][1] == pytest.approx(matcher.rank(black, ["a red car"])[0][1])


@pytest.mark.parametrize(
    ("model", "options", "named"),
    [
        ("clip", {}, "--labels"),
        ("clip", {"question": "what is this?", "labels": "a"}, "--labels"),
        ("gpt2", {"labels": "a, b"}, "own words"),
        ("gpt2", {"question": "what?"}, "cannot answer questions"),
        (None, {"labels": "a, b"}, "--model"),
        ("nobody/nothing", {}, "nobody/nothing"),
    ],
    ids=str,
)
def test_what_does_not_go_together_is_said(folders, picture, model, options, named):
    with pytest.raises(UserError, match=named):
        describe.run(picture, model=str(folders.get(model, model)) if model else None, **options)


def test_a_wrong_folder_costs_two_sentences(folders, picture, tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "fuyu"}')
    done = antigone("describe", picture, "--model", tmp_path)
    assert done.returncode == 2 and done.stdout == ""
    assert "fuyu" in done.stderr and "blip" in done.stderr and "Traceback" not in done.stderr


def test_a_wrong_picture_is_told_first(folders, tmp_path, monkeypatch):
    import assistant.families

    monkeypatch.setattr(assistant.families.Family, "load", lambda *_: pytest.fail("the model was loaded"))
    (tmp_path / "no.png").write_text("not a picture")
    with pytest.raises(UserError, match=r"no\.png"):
        describe.run(tmp_path / "no.png", model=str(folders["gpt2"]))


def test_too_little_memory_is_said_before_loading(folders, picture, monkeypatch):
    from kernels import memory_limit

    monkeypatch.setattr(memory_limit, "room", lambda most=0: memory_limit.Room(1000, "on this computer"))
    for kind in ("gpt2", "siglip"):
        with pytest.raises(UserError, match=r"needs \d MB of memory"):
            describe.run(picture, model=str(folders[kind]), labels="a" if kind == "siglip" else None)


def test_a_siglip_without_its_head_is_named(folders, tmp_path):
    for path in folders["siglip"].iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    change_json(tmp_path, "config.json", {"vision_config.vision_use_head": False})
    with pytest.raises(UserError, match="vision_use_head"):
        load_matcher(tmp_path)

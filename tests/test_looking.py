"""Descriptions state only what was detected, in words that fit how sure it is."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter

from assistant import models
from assistant.commands import describe as command
from assistant.sight import objects
from assistant.sight.barcodes import Barcode
from assistant.sight.colours import Colour, main_colours, say_colours, to_lab
from assistant.sight.looking import Look, look
from assistant.sight.objects import ASSETS, Thing, choose, vocabulary
from assistant.sight.places import clock_hour, find_region, say_place
from assistant.sight.quality import Quality, judge
from encoders.efficientnet import LITE2, EfficientNet, load_lite2
from kernels.errors import UserError
from tests.drawing import page

GROCERY = Path(__file__).parents[1].parent / "shared" / "data" / "grocery"
GOOD = Quality("good", False, False, 120.0, 0.5, ())


@pytest.fixture(scope="module")
def words():
    return vocabulary()


def photo(name):
    path = GROCERY / "val" / name
    if not path.exists():
        pytest.skip("the shared photos are not here")
    return path


def seen(*things, **changes):
    red = (Colour("red", 0.9, "#d01c1f"),)
    fields = {"things": things, "words": (), "print_count": 0, "page": False, "colours": red, "quality": GOOD,
              "barcodes": (), "size": (100, 100), **changes}  # fmt: skip
    return Look(**fields)


def test_the_classifier_equals_its_published_module():
    published = pytest.importorskip("efficientnet_lite_pytorch").EfficientNet.from_name("efficientnet-lite2").eval()
    weights = models.files("efficientnet-lite2")["weights"]
    published.load_state_dict(torch.load(weights, weights_only=True))
    pictures_B3HW = torch.randn(2, 3, 260, 260, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        ours = load_lite2(weights, ASSETS / "efficientnet_lite2.json")(pictures_B3HW)
        assert torch.allclose(ours, published(pictures_B3HW), atol=1e-4)


@pytest.mark.parametrize("change", ["missing", "left over", "misshapen", "beyond"])
def test_a_wrong_table_of_weights_is_refused(tmp_path, change):
    table = json.loads((ASSETS / "efficientnet_lite2.json").read_text())
    if change == "missing":
        del table["_bn0.bias"]
    elif change == "left over":
        table["_extra"] = table["_bn0.bias"]
    elif change == "misshapen":
        table["_bn0.bias"][1], table["_fc.bias"][1] = [16], [500]
    else:
        table["_fc.bias"][0] = 10**9
    (tmp_path / "table.json").write_text(json.dumps(table))
    with pytest.raises((UserError, RuntimeError)):
        load_lite2(models.files("efficientnet-lite2")["weights"], tmp_path / "table.json")


def test_odd_sizes_pass_through_the_classifier():
    model = EfficientNet(LITE2)
    for parameter in model.parameters():
        torch.nn.init.constant_(parameter, 0.01)
    assert model(torch.zeros(1, 3, 67, 90)).shape == (1, 1000)


def test_every_class_has_a_phrase_and_every_level_sums_to_one(words):
    assert sum(len(numbers) for numbers in words.levels[0].values()) == 1000
    assert all(phrase == phrase.strip() and phrase for phrase in words.levels[0])


@pytest.mark.parametrize(
    ("probability", "said"), [(0.9, "a cup"), (0.7, "probably a cup"), (0.4, "maybe a cup")]
)  # fmt: skip
def test_sureness_is_put_in_words(probability, said):
    assert Thing("a cup", probability).say() == said
    assert Thing("a beagle", 0.4, kind="a dog", kind_probability=0.9).say() == "a dog, maybe a beagle"


def test_only_what_is_sure_enough_is_said(words):
    plain = words.__class__(words.levels, words.parents, words.hazards, ((1.0, 0.0),) * 3)
    flat = np.full(1000, 0.001)
    assert all(thing.level == "wider" for thing in choose(flat, plain))
    sure = np.full(1000, 1e-5)
    sure[954] = 0.99
    assert [thing.say() for thing in choose(sure, plain)] == ["a banana"]
    dogs = np.full(1000, 1e-5)
    dogs[151:251] = 0.0099
    (thing,) = choose(dogs, plain)
    assert thing.say() == "a dog"


def test_calibration_never_turns_more_probable_into_less(words):
    for level in range(3):
        values = [words.calibrated(level, p) for p in (0.01, 0.2, 0.5, 0.9, 0.99)]
        assert values == sorted(values)


def test_sentences_are_short_and_state_what_was_found():
    assert seen(Thing("a banana", 0.9)).sentence() == "A banana. Colours: red."
    assert seen().sentence().startswith("I cannot tell what this is.")
    assert (
        seen(Thing("a knife", 0.4, hazard=True), Thing("a plate", 0.9))
        .sentence()
        .startswith("Careful: maybe a knife; a plate")
    )
    long = seen(Thing("a carton", 0.9), words=("x" * 90, "y" * 60), print_count=9)
    assert len(long.sentence()) <= 125 and "x" * 90 in long.more()
    code = seen(barcodes=(Barcode("EAN13", "123", (0.5, 0.5)),))
    assert "An EAN-13 product code." in code.sentence() and "says 123" in code.sentence("full")
    assert seen(Thing("a banana", 0.9), words=("SALE",), print_count=1).sentence("brief") == "A banana. Colours: red."


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (Image.new("RGB", (320, 240), "white"), "blank"),
        (Image.new("RGB", (320, 240), (3, 3, 3)), "black"),
        (Image.new("RGB", (320, 240), "navy"), "blank"),
        (Image.new("RGB", (1, 1), "white"), "blank"),
    ],
)
def test_blank_and_black_pictures_are_called_so(tmp_path, image, said):
    image.save(tmp_path / "a.png")
    assert said in look(tmp_path / "a.png").sentence()


def test_dark_and_blurred_photos_get_a_hint_how_to_retake():
    image = Image.open(photo("Fruit/Lemon/Lemon_001.jpg")).convert("RGB")
    assert judge(image).hints == ()
    assert any("dark" in hint and "light" in hint for hint in judge(image.point(lambda v: v // 8)).hints)
    assert any(
        "blurred" in hint and "hold still" in hint for hint in judge(image.filter(ImageFilter.GaussianBlur(9))).hints
    )


def test_a_page_of_text_is_called_so(tmp_path):
    page([f"Line number {n} of a long letter" for n in range(9)]).save(tmp_path / "a.png")
    found = look(tmp_path / "a.png")
    assert found.page and found.things == ()
    assert found.sentence().startswith('A page of text, about 9 lines, beginning "Line number 0 of a long letter".')


def test_a_photo_of_lemons_is_never_called_something_false():
    found = look(photo("Fruit/Lemon/Lemon_001.jpg"))
    assert "yellow" in [colour.name for colour in found.colours]
    true = ("a lemon", "lemon", "fruit or vegetables", "food")
    assert not any(thing.probability >= objects.SURE and thing.name not in true for thing in found.things)


def test_the_command_answers_questions_and_prints_json(tmp_path, capsys):
    page(("Best before 12 May",), ground="yellow", height=200).save(tmp_path / "a.png")
    command.run(tmp_path / "a.png", question="What colour is it?")
    assert "yellow" in capsys.readouterr().out.lower()
    command.run(tmp_path / "a.png", question="what does it say?")
    assert capsys.readouterr().out.strip() == "Best before 12 May"
    command.run(tmp_path / "a.png", as_json=True)
    shown = json.loads(capsys.readouterr().out)
    assert shown["event"] == "Seen" and shown["words"] == ["Best before 12 May"] and shown["hints"] == []


@pytest.mark.parametrize(
    ("code", "name"),
    [("#ff0000", "red"), ("#0000ff", "blue"), ("#00a000", "green"), ("#ffff00", "yellow"), ("#ffffff", "white"),
     ("#000000", "black"),      ("#808080", "grey"),
     ("#800080", "purple"), ("#ffa500", "orange"), ("#ffc0cb", "pink"), ("#000080", "dark blue"),
     ("#7a4a22", "brown")],
)  # fmt: skip
def test_plain_colours_have_their_plain_names(code, name):
    (colour,) = main_colours(Image.new("RGB", (20, 20), code))
    assert colour == Colour(name, 1.0, code)


def test_lab_agrees_with_published_values():
    assert np.allclose(to_lab(np.array([255, 0, 0])), (53.24, 80.09, 67.20), atol=0.05)
    assert np.allclose(to_lab(np.array([255, 255, 255])), (100, 0, 0), atol=0.02)


def test_colours_are_said_largest_first():
    image = Image.new("RGB", (90, 30), "white")
    image.paste((208, 28, 31), (0, 0, 40, 30))
    assert say_colours(main_colours(image)) == "white and red"
    assert main_colours(image, (0.0, 0.0, 0.3, 1.0))[0].name == "red"


def test_places_and_clock_hours_agree():
    for hour in range(1, 13):
        region, place = find_region(f"at {hour} o'clock")
        x, y = (region[0] + region[2]) / 2, (region[1] + region[3]) / 2
        assert clock_hour(x, y) == hour and place == f"at {hour} o'clock"
    assert find_region("the top left corner")[1] == "at the top left"
    assert find_region("middle")[1] == say_place(0.5, 0.5) == "in the centre"
    assert find_region("the shirt") is None and find_region("99 o'clock") is None

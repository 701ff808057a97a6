"""The eyes in the assistant: what they say goes together with the namer, the print and the light, and noise is left
alone."""

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from assistant.perception import Perception
from assistant.sight import seeing, symbols
from assistant.sight.charts import read_chart
from assistant.sight.colours import Colour
from assistant.sight.eyes import Sighting, eyes, together
from assistant.sight.looking import DOUBT, Look, look_at
from assistant.sight.objects import Thing
from assistant.sight.ocr import Piece, ocr
from assistant.sight.quality import Quality
from assistant.sight.scales import number
from tests.drawing import page

GROCERY = Path(__file__).parents[1].parent / "shared" / "data" / "grocery"


def sighting(kind: str, name: str, probability: float, spoken: bool = True) -> Sighting:
    return Sighting(kind, name, name and f"a {name}", probability, spoken and kind != "nothing")


COLOURS, GOOD = (Colour("red", 1.0, "#ff0000"),), Quality("good", False, False, 120.0, 0.5, ())
NOISY = Sighting("nothing", "", "only noise", 0.8, False)
APPLE = sighting("groceries", "Golden Delicious apple", 0.9)


@pytest.mark.parametrize(
    ("seen", "things", "said", "differ"),
    [
        (APPLE, [], ["a Golden Delicious apple"], False),
        (APPLE, [Thing("a Granny Smith apple", 0.7)], ["a Golden Delicious apple"], False),
        (APPLE, [Thing("a laptop", 0.7)], ["a Golden Delicious apple", "probably a laptop"], True),
        (APPLE, [Thing("a laptop", 0.4)], ["a Golden Delicious apple"], False),
        (APPLE, [Thing("a banana", 0.95)], ["a banana", "a Golden Delicious apple"], True),
        (APPLE, [Thing("food", 0.9, "wider")], ["a Golden Delicious apple"], False),
        (sighting("icon", "home icon", 0.9), [Thing("an envelope", 0.9)], ["a home icon"], False),
        (sighting("icon", "home icon", 0.6), [Thing("a mug", 0.9)], ["a mug", "probably a home icon"], True),
        (sighting("icon", "home icon", 0.3, False), [Thing("a cup", 0.4)], ["maybe a cup"], False),
        (sighting("nothing", "", 0.95), [Thing("a cup", 0.4)], [], False),
        (sighting("nothing", "", 0.95), [Thing("a cup", 0.7)], ["probably a cup"], False),
        (sighting("nothing", "", 0.5), [Thing("a cup", 0.4)], ["maybe a cup"], False),
        (NOISY, [Thing("a honeycomb", 0.9)], [], False),
        (sighting("icon", "knife icon", 0.9), [Thing("a knife", 0.5, hazard=True)], ["a knife icon"], False),
        (APPLE, [Thing("a laptop", 0.7), Thing("a knife", 0.65, hazard=True)],
         ["a Golden Delicious apple", "probably a laptop", "probably a knife"], True),
        (APPLE, [Thing("food", 0.9, "wider"), Thing("a knife", 0.4, hazard=True)],
         ["a Golden Delicious apple", "maybe a knife"], False),
        (sighting("screen", "login screen", 0.7), [Thing("a web page", 0.7)], ["probably a login screen"], False),
    ],
)  # fmt: skip
def test_eyes_and_namer_go_together(seen: Sighting, things: list[Thing], said: list[str], differ: bool) -> None:
    found, apart = together(seen, things)
    assert ([thing.say() for thing in found], apart) == (said, differ)


def test_a_contradiction_is_said_and_lowers_the_confidence() -> None:
    things, differ = together(APPLE, [Thing("a laptop", 0.7)])
    look = Look(things, (), 0, False, COLOURS, GOOD, (), (60, 60), APPLE, differ)
    assert look.sentence() == "A Golden Delicious apple or probably a laptop: two ways of looking at it differ."
    assert look.confidence == DOUBT


def test_noise_a_blank_and_a_page_are_not_named(tmp_path: Path) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (300, 300, 3), np.uint8)
    assert look_at(Image.fromarray(noise)).sentence().startswith("I cannot tell what this is")
    assert "blank" in look_at(Image.new("RGB", (90, 50), "white")).sentence()
    lines = ["Dear Mr Reyes,", "your gas meter will be read", "on Tuesday 3 March", "between 8 and 12.", "Please be at",
             "home, or leave the key", "with a neighbour.", "Yours, City Gas"]  # fmt: skip
    look = look_at(page(lines))
    assert look.page and look.sentence().startswith("A page of text")


@pytest.mark.parametrize("size", [(1, 1), (10_000, 10), (3, 700)])
def test_any_shape_is_looked_at(size: tuple[int, int]) -> None:
    seen = eyes().sighting(Image.new("RGB", size, "navy"))
    assert 0 <= seen.probability <= 1


def test_a_grocery_is_named_finely() -> None:
    photos = sorted((GROCERY / "val" / "Fruit" / "Banana").glob("*.jpg"))
    if not photos:
        pytest.skip("the shared photos are not here")
    said = [eyes().sighting(Image.open(photo).convert("RGB")).name for photo in photos[:3]]
    assert "banana" in [name.lower() for name in said]


def chart() -> tuple[Image.Image, list[Piece]]:
    """Three bars on an axis from 0 to 100 in a picture of 400 by 300 pixels, and what a reader finds there."""
    image = Image.new("RGB", (400, 300), "white")
    draw = ImageDraw.Draw(image)
    for x, high in ((120, 160), (220, 80), (320, 40)):
        draw.rectangle((x - 25, 250 - high, x + 25, 250), fill="steelblue")
    told = [("Sales by month", 200, 20), ("Jan", 120, 265), ("Feb", 220, 265), ("Mar", 320, 265), ("42", 220, 160)]
    told += [(str(number), 60, 250 - 2 * number) for number in (0, 25, 50, 75, 100)]
    return image, [piece(text, x, y) for text, x, y in told]


def piece(text: str, x: int, y: int) -> Piece:
    box = ((x - 15, y - 6), (x + 15, y - 6), (x + 15, y + 6), (x - 15, y + 6))
    return Piece(text, box, 0.99)


def test_a_bar_chart_is_measured_against_its_axis_and_print_goes_first() -> None:
    read = read_chart("bar chart", *chart())
    assert read.title == "Sales by month" and [mark.label for mark in read.marks] == ["Jan", "Feb", "Mar"]
    assert [mark.value for mark in read.marks] == pytest.approx([80, 42, 20], abs=2)
    assert [mark.printed for mark in read.marks] == [False, True, False]
    assert read.sentence("a bar chart of three bars, the first largest, the last smallest") == (
        'a bar chart, "Sales by month": 3 bars, the highest is Jan at about 80, the lowest Mar at about 20'
    )
    assert not read.contradicts("a bar chart of three bars, the first largest, the last smallest")
    assert read.contradicts("a bar chart of three bars, the second largest, the last smallest")
    assert read.contradicts("a bar chart of four bars, the first largest, the last smallest")


def wide(text: str, left: int, right: int, y: int) -> Piece:
    return Piece(text, ((left, y - 6), (right, y - 6), (right, y + 6), (left, y + 6)), 0.99)


def test_labels_that_were_read_as_one_piece_stand_under_their_bars() -> None:
    image, pieces = chart()
    labelled = [one for one in pieces if one.text not in ("Jan", "Feb", "Mar")]
    read = read_chart("bar chart", image, [*labelled, wide("Jan Feb Mar", 107, 333, 265)])
    assert [(mark.label, round(mark.value)) for mark in read.marks] == [("Jan", 80), ("Feb", 42), ("Mar", 20)]
    whole = read_chart("bar chart", image, [*labelled, wide("Green tea", 98, 142, 265), *pieces[2:4]])
    assert [mark.label for mark in whole.marks] == ["Green tea", "Feb", "Mar"]  # even as it is


def test_a_photographed_chart_is_set_upright_first() -> None:
    image, pieces = chart()
    read = read_chart("bar chart", image, pieces)
    turned, cos, sin = image.rotate(-8, fillcolor="white"), np.cos(np.radians(8)), np.sin(np.radians(8))

    def askew(one: Piece) -> Piece:
        middle = np.array([200, 150])
        box = [middle + np.array([[cos, -sin], [sin, cos]]) @ (np.array(point) - middle) for point in one.box]
        return Piece(one.text, tuple((float(x), float(y)) for x, y in box), one.confidence)

    found = read_chart("bar chart", turned, [askew(one) for one in pieces], 8.0)
    assert [mark.label for mark in found.marks] == ["Jan", "Feb", "Mar"]
    assert [mark.value for mark in found.marks] == pytest.approx([mark.value for mark in read.marks], abs=2)


def test_what_was_misread_gives_no_values() -> None:
    image, pieces = chart()
    wrong = {"25": "2", "50": "005", "75": "7"}
    misread = [replace(one, text=wrong.get(one.text, one.text)) for one in pieces]
    assert not read_chart("bar chart", image, misread).marks  # too few numbers of the axis agree
    lost = [one for one in pieces if one.text != "42"] + [piece("99", 220, 160)]
    assert not read_chart("bar chart", image, lost).marks  # printed and measured differ: no half of a chart is told


def test_a_dashed_line_is_not_taken_for_its_frame() -> None:
    image, pieces = chart()
    image.paste("white", (70, 40, 400, 251))
    draw = ImageDraw.Draw(image)
    draw.line((70, 46, 390, 46), fill="black", width=1)
    draw.line((70, 250, 390, 250), fill="black", width=1)
    for x, y in ((120, 90), (220, 170), (320, 210)):
        draw.line((x - 12, y, x + 12, y), fill="saddlebrown", width=2)
    read = read_chart("line chart", image, [one for one in pieces if one.text != "42"])
    assert [round(mark.value) for mark in read.marks] == pytest.approx([80, 40, 20], abs=2)


def test_sideways_bars_are_measured_too() -> None:
    image, pieces = chart()
    turned = image.transpose(Image.Transpose.ROTATE_270)  # what was up is right now
    sideways = [piece(one.text, 300 - round(one.box[0][1] + 6), round(one.box[0][0] + 15)) for one in pieces[1:]]
    read = read_chart("sideways bar chart", turned, sideways)
    assert [(mark.label, round(mark.value, -1)) for mark in read.marks] == [("Jan", 80), ("Feb", 40), ("Mar", 20)]


def test_a_pie_is_measured_along_a_circle() -> None:
    image = Image.new("RGB", (400, 300), "white")
    draw = ImageDraw.Draw(image)
    for begin, end, colour in ((0, 180, "brown"), (180, 270, "green"), (270, 360, "navy")):
        draw.pieslice((100, 50, 300, 250), begin, end, fill=colour, outline="white")
    read = read_chart("pie chart", image, [piece("South", 200, 270), piece("West", 110, 70), piece("North", 300, 75)])
    assert [(mark.label, round(mark.value)) for mark in read.marks[:1]] == [("South", 50)]
    assert {mark.label: round(mark.value) for mark in read.marks[1:]} == {"West": 25, "North": 25}
    assert read.sentence("a pie chart").endswith("3 slices, the largest South at about 50%")


def test_a_chart_without_an_axis_is_left_to_the_eyes() -> None:
    image, pieces = chart()
    read = read_chart("bar chart", image, pieces[:4])
    assert not read.marks and read.sentence("a bar chart of three bars, the first largest, the last smallest") == (
        'a bar chart, "Sales by month", of three bars, the first largest, the last smallest'
    )
    assert read_chart("pie chart", Image.new("RGB", (1, 1)), []).marks == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [("1,200", 1200), ("1600 -", 1600), ("0.5", 0.5),
     ("0,5", 0.5), ("3k", 3000), ("-4", -4), ("12%", 12), ("May", None), ("1.2.3", None)],
)  # fmt: skip
def test_numbers_of_an_axis(text: str, value: float | None) -> None:
    assert number(text) == value


def test_a_question_about_a_kind_is_answered_of_it_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("RGB", (90, 90), "teal").save(tmp_path / "a.png")
    seen = Sighting("sign", "no dogs", "a no dogs sign", 0.9, True)
    look = Look((seen.thing,), ("NO DOGS",), 1, False, COLOURS, GOOD, (), (90, 90), seen)
    senses = Perception()
    monkeypatch.setattr(senses, "look", lambda path: look)
    assert seeing.answer(senses, tmp_path / "a.png", "what does this sign mean?").text == (
        "A no dogs sign. It reads: NO DOGS."
    )
    chart_asked = seeing.answer(senses, tmp_path / "a.png", "what kind of chart is this?")
    assert chart_asked.data["chart"] is None and "A no dogs sign" in chart_asked.text


def gear(draw: ImageDraw.ImageDraw, x: int, y: int, side: int) -> None:
    """A cross in a ring: something that is no print."""
    draw.ellipse((x, y, x + side, y + side), outline="black", width=3)
    draw.line((x + side // 2, y + 6, x + side // 2, y + side - 6), fill="black", width=3)


def test_what_looks_is_loaded_once_when_a_picture_is_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    senses, loaded = Perception(), threading.Event()
    real = senses.warm
    monkeypatch.setattr(senses, "warm", lambda: (real(), loaded.set()))
    senses.expect()
    assert loaded.wait(60) and ocr.cache_info().currsize and eyes.cache_info().currsize
    loaded.clear()
    senses.expect()
    assert not loaded.wait(0.1)
    broken, failed, unhandled = Perception(), threading.Event(), []
    monkeypatch.setattr(broken, "warm", lambda: (failed.set(), 1 / 0))
    monkeypatch.setattr(threading, "excepthook", unhandled.append)
    broken.expect()
    assert failed.wait(60)
    for thread in threading.enumerate():
        if thread.name == "warming eyes":
            thread.join(60)
    assert not unhandled, "whoever looks meets it again, and says it"


def test_candidates_are_small_apart_and_no_print() -> None:
    image = Image.new("RGB", (640, 400), "white")
    draw = ImageDraw.Draw(image)
    gear(draw, 590, 20, 28)
    gear(draw, 20, 350, 28)
    draw.rectangle((40, 120, 600, 300), outline="black", width=2)  # a frame is no symbol
    draw.rectangle((200, 20, 222, 44), fill="black")  # a letter, as far as the reader goes
    boxes = symbols.candidates(image, [(190, 10, 400, 50)])
    assert sorted((box[0] > 500, box[1] > 300) for box in boxes) == [(False, True), (True, False)]


def test_an_icon_is_found_by_its_name_and_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = Image.new("RGB", (640, 400), "white")
    gear(ImageDraw.Draw(image), 590, 20, 28)
    image.save(tmp_path / "screen.png")
    named = [("settings", 0.9)]
    monkeypatch.setattr(type(eyes()), "symbols", lambda self, crops: named * len(crops))
    senses = Perception()
    found = seeing.find(senses, tmp_path / "screen.png", "settings icon")
    assert found.text == "The settings icon, at the top right." and found.data["as"] == "icon"
    missing = seeing.find(senses, tmp_path / "screen.png", "search button")
    assert not missing.found and missing.text.startswith("I do not see a search button")


@pytest.mark.parametrize(
    ("said", "right"),
    [("a alarm clock icon", "an alarm clock icon"), ("an home icon", "a home icon"), ("banana", "banana"),
     ("a user icon", "a user icon"), ("an upload icon", "an upload icon")],
)  # fmt: skip
def test_the_article_fits_its_word(said: str, right: str) -> None:
    from assistant.sight.eyes import _with_article

    assert _with_article(said) == right

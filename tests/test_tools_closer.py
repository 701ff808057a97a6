"""A closer look and two cans compared: parts by words, two readings that differ, the differences that matter."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image, ImageDraw

from assistant.perception import Perception, perception
from assistant.sight import closer, looking
from assistant.sight.compare import compare
from assistant.sight.parts import area, find_part
from assistant.sight.reading import Line
from assistant.tools import load
from assistant.tools.base import ToolContext, ToolResult
from kernels.errors import UserError
from tests.drawing import font, page

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def can(name: str, weight: str, price: str, date: str, colour: tuple[int, int, int]) -> Image.Image:
    image = Image.new("RGB", (420, 420), (225, 222, 215))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((40, 20, 380, 400), 30, fill=colour)
    for index, word in enumerate(name.split()):
        draw.text((90, 50 + 62 * index), word, fill="white", font=font(52))
    draw.text((90, 210), weight, fill="white", font=font(34))
    draw.text((90, 275), price, fill="white", font=font(34))
    draw.text((90, 345), f"Best before {date}", fill="white", font=font(22))
    return image


@pytest.fixture(scope="module")
def cans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two cans; each is read once by the perception that all tests share."""
    folder = tmp_path_factory.mktemp("cans")
    can("Tomato Soup", "400 g", "£1.20", "12/03/2027", (170, 25, 25)).save(folder / "tomato.png")
    can("Chicken Soup", "400 g", "£1.45", "01/02/2027", (30, 70, 150)).save(folder / "chicken.png")
    return folder


def run(name: str, *pictures: Path, **arguments: str) -> ToolResult:
    nothing: Any = SimpleNamespace()
    return load()[name](ToolContext(nothing, nothing, lambda: NOW, pictures=pictures), **arguments)


@pytest.mark.parametrize(
    ("words", "region", "said"),
    [
        ("top left", (0.0, 0.0, 0.5, 0.45), "at the top left"),
        ("the bottom", (0.0, 0.55, 1.0, 1.0), "at the bottom"),
        ("the right side", (0.5, 0.0, 1.0, 1.0), "on the right"),
        ("the middle", (0.25, 0.25, 0.75, 0.75), "in the centre"),
        ("3 o'clock", (0.55, 0.25, 1.0, 0.75), "at 3 o'clock"),
    ],
)
def test_words_name_a_part(words: str, region: tuple[float, ...], said: str) -> None:
    part = area(words)
    assert part is not None and part.said == said and part.region == pytest.approx(region)


def test_nonsense_names_no_part() -> None:
    assert area("99 o'clock") is None and area("the moon") is None


def test_a_part_is_read_again_and_both_readings_agree(cans: Path) -> None:
    result = run("look_closer", cans / "tomato.png", where="the bottom")
    assert result.text.startswith("At the bottom it says: ") and "Best before 12/03/2027" in result.text
    assert "doubt" not in result.data and result.confidence > 0.85 and "Tomato" not in result.data["text"]


@pytest.mark.parametrize(
    ("where", "said", "line"),
    [
        ("where it says 400", "around the 400", 2),
        ("the price", "around the price", 3),
        ("the last line", "in the last line", -1),
        ("line 1", "in line 1", 0),
        ("the small print", "in the small print", -1),
        ("the best before", "around the best before", -1),
    ],
)
def test_a_part_is_found_by_what_is_printed_there(cans: Path, where: str, said: str, line: int) -> None:
    part = find_part(perception(), cans / "tomato.png", where)
    page = perception().read(cans / "tomato.png").pages[0]
    assert part is not None and part.said == said
    down = [y / page.size[1] for _, y in page.lines[line].box]
    assert part.region[1] <= sum(down) / 4 <= part.region[3]


def test_colours_are_named_where_they_are_asked_for(cans: Path) -> None:
    result = run("look_closer", cans / "chicken.png", where="the middle", question="what colour is it")
    assert "blue" in result.text.lower() and result.text.endswith("in the centre.")


def test_what_is_not_there_is_asked_about(cans: Path) -> None:
    result = run("look_closer", cans / "tomato.png", where="next to my grandson")
    assert not result.found and result.data["needs"] == "where" and "3 o'clock" in result.text
    assert run("look_closer", cans / "tomato.png", where=" ").text == "Where should I look closer?"
    with pytest.raises(UserError, match="no picture"):
        run("look_closer", where="top left")
    with pytest.raises(UserError):
        run("look_closer", cans / "gone.png", where="top left")


def test_two_readings_that_differ_make_the_answer_unsure(cans: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0))
    monkeypatch.setattr(closer, "_read_part", lambda *_: [Line("Best before 12/08/2027", box, 0.5)])
    result = run("look_closer", cans / "tomato.png", where="the last line")
    assert "Best before 12/03/2027. I am not sure: I also read 'Best before 12/08/2027'" in result.text
    assert result.data["doubt"] == "two readings of it differ" and result.confidence == closer.DOUBT
    monkeypatch.setattr(closer, "_read_part", lambda *_: [Line("Best before 12 / 03/2027", box, 0.5)])
    assert "doubt" not in run("look_closer", cans / "tomato.png", where="the last line").data


def test_the_differences_that_matter_come_first(cans: Path) -> None:
    result = run("compare_pictures", cans / "tomato.png", cans / "chicken.png")
    assert result.text.startswith("The first says Tomato Soup, the second Chicken Soup; both say 400 g.")
    assert "The first costs £1.20, the second £1.45." in result.text and "12/03/2027" in result.text
    assert "red" in result.more and "blue" in result.more and "400 g" in result.data["first"]["amounts"]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("which is cheaper", "The first: it costs £1.20, the other £1.45."),
        ("which one is more expensive", "The second: it costs £1.45, the other £1.20."),
        ("which one expires first", "The second: it says 01/02/2027, the other 12/03/2027."),
        ("which lasts longer", "The first: it says 12/03/2027, the other 01/02/2027."),
        ("which is bigger", "Neither: both say 400 g."),
        ("which one is the chicken soup", "The second: it says Chicken Soup."),
        ("which one is the pea soup", "I can't tell which of the two it is: both say soup, neither says pea."),
        ("which one has salt", "I can't tell: neither says salt."),
    ],
)
def test_a_question_about_the_two_is_answered_first(cans: Path, question: str, answer: str) -> None:
    result = run("compare_pictures", cans / "tomato.png", cans / "chicken.png", question=question)
    assert result.text.startswith(answer)


def test_print_tells_two_pictures_apart_and_nothing_else_is_looked_at(
    cans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_at(_: Image.Image) -> Any:
        raise AssertionError("that takes as long as reading it, and says nothing here")

    monkeypatch.setattr(looking, "look_at", look_at)
    assert "Tomato Soup" in compare(Perception(), cans / "tomato.png", cans / "chicken.png", NOW).text
    for name, first in (("letter", "Dear Mrs Morton, thank you for"), ("bill", "This is your bill for the month")):
        page([first, *(f"and line {number} of the long {name} goes on" for number in range(2, 9))]).save(
            tmp_path / f"{name}.png"
        )
    pages = compare(Perception(), tmp_path / "letter.png", tmp_path / "bill.png", NOW)
    assert pages.text.startswith('The first begins "Dear Mrs Morton, thank you for", the second "This is your bill')


def test_without_print_two_pictures_are_told_apart_by_what_is_seen(tmp_path: Path) -> None:
    for colour in ("red", "blue"):
        Image.new("RGB", (320, 240), colour).save(tmp_path / f"{colour}.png")
    said = compare(Perception(), tmp_path / "red.png", tmp_path / "blue.png", NOW).text
    assert "something on both" in said and "The first is red, the second blue." in said


def test_one_picture_is_not_two(cans: Path) -> None:
    one = run("compare_pictures", cans / "tomato.png")
    assert not one.found and one.data["needs"] == "picture" and "the other one" in one.text
    assert "two pictures" in run("compare_pictures").text
    same = compare(perception(), cans / "tomato.png", cans / "tomato.png", NOW)
    assert same.text == "The two pictures are the same picture."

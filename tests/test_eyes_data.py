"""The pictures that the small vision model learns from: one name for a thing in all families, the same for a seed."""

import json
import random
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from training.vision.data import charts, concepts, emoji, families, nothing, place, screens, signs, sources
from training.vision.data.__main__ import main
from training.vision.data.table import SIDE, Job, Row, build, dice

NAMES = concepts.Names(concepts.read())


@pytest.mark.parametrize(
    ("family", "drawing", "name"),
    [
        ("lucide", "trash-2", "trash"),
        ("material-symbols", "delete-outline-rounded", "trash"),
        ("lucide", "delete", "backspace"),  # the same word, another drawing
        ("fluent", "home-24-filled", "home"),
        ("solar", "home-2-bold-duotone", "home"),
        ("ph", "hamburger-thin", "hamburger"),  # food there, a menu elsewhere
        ("mdi", "cog-outline", "settings"),
        ("bi", "chevron-left", "left chevron"),
        ("carbon", "key", None),  # shows the word KEY
        ("bi", "repeat-1", None),  # once, not again and again
        ("lucide", "home-plus", None),  # more than a home
        ("lucide", "no-such-thing", None),
    ],
)
def test_a_drawing_has_one_name_in_every_family(family: str, drawing: str, name: str | None) -> None:
    found = NAMES.of(family, drawing)
    assert (found.name if found else None) == name


def test_a_synonym_is_never_the_name_of_another_thing_that_looks_different() -> None:
    by_name = {concept.name: concept for concept in concepts.read()}
    assert len(by_name) > 400
    assert {"bin", "delete"} <= set(by_name["trash"].also)
    assert "trash" not in {also for concept in by_name.values() if concept.name != "trash" for also in concept.also}


@pytest.mark.parametrize(("text", "said"), [("a : b\na : c\n", "named twice: a"), ("no names here\n", "no ' : '")])
def test_a_table_with_a_slip_is_refused(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "table.txt").write_text(text)
    with pytest.raises(ValueError, match=said):
        concepts.read(tmp_path / "table.txt")


def test_no_family_is_in_two_splits() -> None:
    for table in (families.ICONS, families.EMOJI):
        every = [prefix for prefixes in table.values() for prefix in prefixes]
        assert len(every) == len(set(every))
    assert families.split_of("ph") == families.split_of("twemoji") == "test"


def package(folder: Path, prefix: str, licence: str, characters: dict[str, str] | None = None) -> Path:
    """A family as npm would install it: two drawings, one of them hidden."""
    place_ = folder / "node_modules" / "@iconify-json" / prefix
    place_.mkdir(parents=True)
    icons = {"red-heart": {"body": "<path d='M0 0h9v9z'/>", "width": 36}, "gone": {"body": "", "hidden": True}}
    for name, content in {
        "icons": {"icons": icons, "height": 24},
        "info": {"name": "Some", "author": {"name": "A"}, "license": {"spdx": licence}},
        "package": {"name": f"@iconify-json/{prefix}", "version": "1.0.0"},
        "chars": characters or {},
    }.items():
        (place_ / f"{name}.json").write_text(json.dumps(content))
    return folder


def test_a_family_is_read_with_its_licence_and_boxes(tmp_path: Path) -> None:
    family = families.load(package(tmp_path, "some", "MIT"), "some")
    assert family.bodies == {"red-heart": ("<path d='M0 0h9v9z'/>", (0, 0, 36, 24))}
    assert (family.source, family.licence) == ("@iconify-json/some 1.0.0", "MIT")


def test_a_family_that_is_not_free_or_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"CC-BY-SA-4\.0, which is not one of"):
        families.load(package(tmp_path, "shared", "CC-BY-SA-4.0"), "shared")
    with pytest.raises(FileNotFoundError, match=r"data fetch"):
        families.load(tmp_path, "absent")


def test_an_emoji_is_found_by_character_else_by_its_name(tmp_path: Path) -> None:
    by_character = families.load(package(tmp_path, "one", "MIT", {"2764": "red-heart"}), "one")
    by_name = families.load(package(tmp_path, "two", "MIT"), "two")
    heart = emoji.Emoji("2764", "red heart", (), "hearts")
    star = emoji.Emoji("2b50", "star", (), "weather")
    assert emoji.drawings(heart, by_character) == emoji.drawings(heart, by_name) == ["red-heart"]
    assert emoji.drawings(star, by_character) == emoji.drawings(star, by_name) == []


def few(wanted: Sequence[str]) -> list[Job]:
    """One training sign of each name."""
    return [job for job in signs.jobs(0.01) if job.row.split == "train" and job.row.name in wanted]


def test_pictures_depend_on_the_seed_alone_and_a_stopped_build_goes_on(tmp_path: Path) -> None:
    jobs = few(("exit", "no smoking", "wet floor", "push"))
    build(jobs, tmp_path / "whole", 0, say=lambda _: None)
    files = {job.row.file: (tmp_path / "whole" / job.row.file).read_bytes() for job in jobs}
    build(jobs[2:], tmp_path / "halves", 0, say=lambda _: None)
    kept = (tmp_path / "halves" / jobs[3].row.file).stat().st_mtime_ns
    rows = build(jobs, tmp_path / "halves", 0, say=lambda _: None)
    assert {file: (tmp_path / "halves" / file).read_bytes() for file in files} == files
    assert (tmp_path / "halves" / jobs[3].row.file).stat().st_mtime_ns == kept
    lines = (tmp_path / "halves" / "index.jsonl").read_text().splitlines()
    assert [json.loads(line)["file"] for line in lines] == [row.file for row in rows] == list(files)
    build(jobs[:1], tmp_path / "other", 1, say=lambda _: None)
    assert (tmp_path / "other" / jobs[0].row.file).read_bytes() != files[jobs[0].row.file]


def test_what_only_the_drawing_tells_is_kept_for_a_later_run(tmp_path: Path) -> None:
    def draw(rng: random.Random) -> Image.Image:
        picture = Image.new("RGB", (8, 8), "white")
        picture.info = {"answer": "a login screen with two fields", "facts": {"elements": []}}
        return picture

    job = Job(Row("a.png", "train", "screen", "light", "login", "a login screen"), draw)
    for _ in range(2):
        assert build([job], tmp_path, 0)[0].answer == "a login screen with two fields"


def test_bad_rows_and_too_many_of_them_are_refused(tmp_path: Path) -> None:
    for wrong in ({"kind": "thing"}, {"split": "dev"}, {"file": "../a.png"}, {"file": "/a.png"}, {"answer": ""}):
        with pytest.raises(ValueError, match=r"unknown|outside"):
            Row(
                **(
                    {"file": "a.png", "split": "train", "kind": "sign", "family": "", "name": "n", "answer": "a"}
                    | wrong
                )
            )
    job = few(("exit",))[0]
    with pytest.raises(ValueError, match="same file name"):
        build([job, job], tmp_path, 0)
    with pytest.raises(ValueError, match="at most"):
        build([job] * 40_001, tmp_path, 0)


def test_every_sign_and_every_kind_of_nothing_can_be_drawn() -> None:
    found = [*few(tuple(signs.SIGNS)), *(job for job in nothing.jobs(None, 0, 0.001) if job.row.split == "train")]
    assert len(found) == len(signs.SIGNS) + 4
    for job in found[::9] + found[-4:]:
        picture = job.draw(dice(0, job.row.file))
        assert picture.size == (SIDE, SIDE)
        assert len(job.row.answer.split()) <= 12


def test_an_icon_is_put_where_it_can_be_seen() -> None:
    def draw(longest: int, colour: place.Colour) -> Image.Image:
        icon = Image.new("RGBA", (longest, longest), (0, 0, 0, 0))
        ImageDraw.Draw(icon).ellipse((0, 0, longest - 1, longest - 1), fill=(*colour, 255))
        return icon

    for number, (style, _) in enumerate(place.STYLES):
        pictures = [place.compose(draw, [draw, draw], style, dice(0, number)) for _ in range(2)]
        assert pictures[0].size == (SIDE, SIDE)
        assert pictures[0].tobytes() == pictures[1].tobytes()
        levels = pictures[0].convert("L").getextrema()
        assert levels[1] - levels[0] > 30
    for number in range(200):
        assert place.contrast(*place.theme(dice(0, number))) >= 2


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        ("bar chart", (3, 9, 1), "a bar chart of three bars, the second largest, the last smallest"),
        (
            "sideways bar chart",
            (3, 2, 9),
            "a sideways bar chart of three bars, the bottom largest, the second smallest",
        ),
        ("pie chart", (6, 2, 2), "a pie chart of three slices, the largest more than half"),
        ("line chart", (1, 2, 3, 4, 5, 6), "a line chart: rising"),
        ("line chart", (6, 5, 4, 3, 2, 1), "a line chart: falling"),
        ("line chart", (1, 4, 9, 8, 4, 2), "a line chart: rising then falling"),
        ("line chart", (9, 4, 1, 2, 4, 8), "a line chart: falling then rising"),
        ("line chart", (50, 51, 49, 50, 51, 50), "a line chart: flat"),
    ],
)
def test_the_sentence_of_a_chart_tells_its_values(kind: str, values: tuple[float, ...], said: str) -> None:
    assert charts.Chart(kind, "Sales", tuple("ABCDEF"[: len(values)]), values).sentence() == said


def test_the_sentence_of_a_screen_counts_its_accessible_elements() -> None:
    elements = [{"role": "textbox"}, {"role": "searchbox"}, {"role": "button"}, {"role": "heading"}]
    assert screens.sentence("login", elements) == "a login screen with two fields and one button"
    assert screens.sentence("question", elements) == "a dialog with a question and one button"
    assert screens.sentence("settings", elements) == "a settings screen"
    assert screens.sentence("error message", elements[2:]) == "an error message with one button"


def test_what_a_screen_shows_is_what_the_browser_says_of_it() -> None:
    pytest.importorskip("playwright.sync_api")
    if not shutil.which("chromium"):
        pytest.skip("Chromium is missing. Install it with: apt install chromium")
    studio = screens.Studio()
    try:
        picture = screens.draw(studio, "login", "light", dice(0, "a screen that is not photographed"))
    finally:
        studio.close()
    elements = picture.info["facts"]["elements"]
    assert [one["role"] for one in elements].count("textbox") == 2
    assert picture.info["answer"] == "a login screen with two fields and one button"
    for one in elements:
        x, y, width, height = one["box"]
        assert 0 <= x < x + width <= picture.width and 0 <= y < y + height <= picture.height
    field = next(one for one in elements if one["name"] == "Password")
    x, y, width, height = field["box"]
    levels = picture.crop((x - 2, y - 2, x + width + 2, y + height + 2)).convert("L").getextrema()
    assert levels[1] - levels[0] > 20  # its border is there


def test_the_table_of_sources_names_what_was_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "ICONS", {"train": ("a", "b", "c", "d"), "valid": (), "test": ("e",)})
    monkeypatch.setattr(families, "EMOJI", {"train": ("f",)})
    for prefix in "abcdef":
        package(tmp_path, prefix, "CC-BY-4.0" if prefix == "e" else "MIT")
    with pytest.raises(ValueError, match=r"no index\.jsonl below"):
        sources.write(tmp_path / "out", tmp_path, tmp_path / "table.md")
    row = {"kind": "icon", "family": "e", "split": "test", "source": "@iconify-json/e 1.0.0", "licence": "CC-BY-4.0"}
    (tmp_path / "out" / "names").mkdir(parents=True)
    (tmp_path / "out" / "names" / "index.jsonl").write_text(json.dumps(row) + "\n")
    sources.write(tmp_path / "out", tmp_path, tmp_path / "table.md")
    table = (tmp_path / "table.md").read_text()
    assert "| icon | Some | @iconify-json/e 1.0.0 | CC-BY-4.0 | A | - | - | 1 |" in table
    assert "Under CC BY 4.0" in table and "Some by A" in table


def test_the_command_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", str(tmp_path / "out"), "--sources", str(tmp_path), "--only", "names"]) == 1
    assert f"data fetch {tmp_path}" in capsys.readouterr().err
    assert not (tmp_path / "out" / "names" / "index.jsonl").exists()

"""Taking pictures: a file stands for the camera, a virtual screen for the screen; where there is neither it is said."""

import os
import shutil
import stat
import subprocess
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image, ImageFilter

from assistant import due, settings
from assistant.session import open_session
from assistant.sight import shots
from assistant.tools import load
from assistant.tools.base import ToolContext
from kernels.errors import UserError
from tests.drawing import receipt


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


def context(home: Path, camera: str = "") -> ToolContext:
    settings: Any = SimpleNamespace(home=home, camera=camera)
    store: Any = None
    return ToolContext(settings, store, lambda: datetime.now(UTC))


def test_the_picture_that_was_taken_is_the_picture_of_the_turn(home: Path, tmp_path: Path) -> None:
    shown = tmp_path / "shown.png"
    receipt().save(shown)
    turn = context(home, str(shown))
    result = load()["take_picture"](turn)
    assert result.text == "I took a picture." and turn.pictures == (Path(result.data["picture"]),)
    with Image.open(turn.pictures[0]) as taken:
        assert taken.size == (460, 300) == (result.data["width"], result.data["height"])
    folder = turn.pictures[0].parent
    assert folder == home / shots.FOLDER
    if os.name == "posix":
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(turn.pictures[0].stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("picture", "advice"),
    [
        (Image.new("RGB", (320, 240), "black"), "uncover the lens"),
        (receipt().filter(ImageFilter.GaussianBlur(12)), "hold still"),
    ],
)
def test_a_picture_not_worth_asking_about_is_said_at_once(
    home: Path, tmp_path: Path, picture: Image.Image, advice: str
) -> None:
    picture.save(tmp_path / "bad.png")
    result = load()["take_picture"](context(home, str(tmp_path / "bad.png")))
    assert result.text.startswith("I took a picture. The picture is") and advice in result.text


def test_of_several_frames_the_sharpest_is_kept(home: Path, tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    receipt().save(tmp_path / "sharp.png")
    sharp = cv2.imread(str(tmp_path / "sharp.png"))
    film = cv2.VideoWriter(str(tmp_path / "film.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, sharp.shape[1::-1])
    for index in range(12):
        film.write(sharp if index == 10 else cv2.GaussianBlur(sharp, (31, 31), 0))
    film.release()
    assert not load()["take_picture"](context(home, str(tmp_path / "film.avi"))).data["hints"]


def test_without_a_camera_it_is_said_with_a_remedy(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "none").mkdir()
    monkeypatch.setattr(shots, "CAMERAS", tmp_path / "none")
    monkeypatch.setattr(shots.sys, "platform", "linux")
    with pytest.raises(UserError, match="no camera") as said:
        load()["take_picture"](context(home))
    assert "add a picture" in said.value.remedy and not (home / shots.FOLDER).exists()


def test_cameras_are_told_apart_by_name_and_an_address_is_none(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, name in ((0, "Front Camera"), (1, "Front Camera"), (2, "Desk USB")):
        folder = tmp_path / "cameras" / f"video{number}"
        folder.mkdir(parents=True)
        (folder / "name").write_text(f"{name}\n")
        (folder / "index").write_text("1\n" if number == 1 else "0\n")
    monkeypatch.setattr(shots, "CAMERAS", tmp_path / "cameras")
    monkeypatch.setattr(shots.sys, "platform", "linux")
    assert (shots._camera(""), shots._camera("usb"), shots._camera("7")) == (0, 2, 7)
    with pytest.raises(UserError, match="no camera named http") as said:
        shots.by_camera(home, "http://127.0.0.1/film")
    assert "Front Camera, Desk USB" in said.value.remedy


def test_a_file_that_is_no_picture_is_refused(home: Path, tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("no picture")
    with pytest.raises(UserError, match=r"can't be opened|gave no picture"):
        shots.by_camera(home, str(tmp_path / "words.txt"))


def test_an_old_picture_goes_while_nobody_asks_and_when_the_session_ends(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(due, "TIDY_EVERY_S", 0.02)
    ended = threading.Event()
    old, fresh = (home / shots.FOLDER / f"shot-{name}.png" for name in ("old", "fresh"))

    def age() -> None:
        for file, seconds in ((old, shots.LASTS_S + 5), (fresh, 5)):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"")
            os.utime(file, (time.time() - seconds,) * 2)

    watching = threading.Thread(target=due.watch, args=(home, lambda text: True, ended), daemon=True)
    watching.start()
    for _ in range(2):  # not at the beginning alone
        age()
        end = time.monotonic() + 20
        while old.exists() and time.monotonic() < end:
            time.sleep(0.01)
        assert not old.exists() and fresh.exists()
    ended.set()
    watching.join(20)
    unasked: Any = object()
    with open_session(settings.load({"home": home}), chooser=unasked):
        age()
    assert not old.exists() and fresh.exists()


def test_old_pictures_and_too_many_go_and_all_on_request(home: Path, tmp_path: Path) -> None:
    Image.new("RGB", (40, 30), "white").save(tmp_path / "a.png")
    first = shots.by_camera(home, str(tmp_path / "a.png"))
    os.utime(first, (time.time() - shots.LASTS_S - 5,) * 2)
    for number in range(shots.MOST + 2):
        (first.parent / f"shot-{number}.png").write_bytes(b"")
    shots.tidy(home)
    assert not first.exists() and len(list(first.parent.iterdir())) == shots.MOST
    shots.discard(home)
    assert not list(first.parent.iterdir())
    shots.discard(tmp_path / "never")  # nothing there is nothing to do


def test_without_a_screen_it_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shots.sys, "platform", "linux")
    turn = context(home)
    turn.pictures = (home / "an older one.png",)
    with pytest.raises(UserError, match="no screen here"):
        load()["take_screenshot"](turn)
    assert turn.pictures == ()  # "take a screenshot and read it" must not read something else
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    with pytest.raises(UserError, match="shows its screen to no other"):
        load()["take_screenshot"](context(home))
    monkeypatch.setenv("DISPLAY", ":4321")
    with pytest.raises(UserError, match="could not take a picture of the screen"):
        load()["take_screenshot"](context(home))


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="Xvfb, a screen without a monitor, is not installed")
def test_the_screen_is_taken(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "320x200x24"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        with os.fdopen(read) as numbers:
            monkeypatch.setenv("DISPLAY", f":{numbers.readline().strip()}")
        try:
            turn = context(home)
            result = load()["take_screenshot"](turn)
        finally:
            server.terminate()
    assert result.text.startswith("I took a picture of the screen.")
    assert (result.data["width"], result.data["height"]) == (320, 200) and turn.pictures[0].suffix == ".png"

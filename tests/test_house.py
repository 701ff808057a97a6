"""The house: locks, notices, launchers and the set-up that they run."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from ui import environment

ROOT = Path(__file__).parents[1]
LOCK, TEST_LOCK = (ROOT / name for name in ("requirements.lock", "requirements-test.lock"))
posix = pytest.mark.skipif(os.name == "nt", reason="a POSIX launcher")


def _entries(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==(\S+)", lock.read_text(), re.MULTILINE))


@pytest.mark.parametrize("lock", [LOCK, TEST_LOCK], ids=lambda path: path.name)
def test_locks_are_pinned_hashed_and_without_addresses(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text and "@" not in text
    for entry in re.split(r"\n(?=\S)", text.strip()):
        assert re.match(r"[a-z0-9.-]+==\S+( ; .+)? \\\n", entry), entry[:80]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry[:80]


def test_locks_have_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    def names(wanted: list[str]) -> set[str]:
        return {re.match(r"[\w.-]+", line).group().lower() for line in wanted}  # type: ignore[union-attr]

    locked = set(_entries(LOCK))
    assert names(project["dependencies"]) <= locked
    assert names(project["optional-dependencies"]["test"]) <= locked | set(_entries(TEST_LOCK))
    assert not locked & set(_entries(TEST_LOCK))
    assert not locked & {"transformers", "sentence-transformers", "llm", "llama-cpp-python", "opencv-python"}


def test_every_package_and_model_is_credited() -> None:
    from assistant.model_table import MODELS

    notices = (ROOT / "THIRD_PARTY_NOTICES.md").read_text()
    for name in [*_entries(LOCK), *_entries(TEST_LOCK), *(model.name for model in MODELS)]:
        assert re.search(rf"^\| {re.escape(name)} \|", notices, re.MULTILINE), f"run .ci/notices: {name} is missing"
    assert "Apache License" in (ROOT / "LICENSE").read_text()


def test_the_readme_names_every_room() -> None:
    readme = (ROOT / "README.md").read_text()
    for package in ("kernels", "encoders", "decoder", "assistant", "ui"):
        for source in (ROOT / package).glob("*.py"):
            if source.name != "__init__.py":
                assert re.search(rf"\b{source.name}\b", readme), f"README.md says nothing of {package}/{source.name}"


def test_stamp_means_ready_until_a_lock_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOCK", "TEST_LOCK"):
        path = tmp_path / f"{name}.lock"
        path.write_bytes(b"a==1\nb==2\n")
        monkeypatch.setattr(environment, name, path)
    python = environment.python_in(tmp_path / "env")
    python.parent.mkdir(parents=True)
    python.touch()
    assert not environment.is_ready(tmp_path / "env", testing=False)
    environment.write_stamp(tmp_path / "env", [environment.LOCK])
    assert environment.is_ready(tmp_path / "env", testing=False)
    assert not environment.is_ready(tmp_path / "env", testing=True)
    environment.LOCK.write_bytes(b"a==1\r\nb==2\r\n")  # only the line ends differ
    assert environment.is_ready(tmp_path / "env", testing=False)
    environment.LOCK.write_bytes(b"a==1\nb==3\n")
    assert not environment.is_ready(tmp_path / "env", testing=False)
    environment.stamp_path(tmp_path / "env").write_text("{broken")
    assert not environment.is_ready(tmp_path / "env", testing=False)


def test_set_up_without_disk_is_refused_before_it_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda path: usage._replace(free=10**9))
    with pytest.raises(environment.SetUpError, match=r"1\.0 gigabytes are free .* ANTIGONE_VENV"):
        environment.check_disk(tmp_path / "env")


def test_a_python_without_venv_is_told_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "works", lambda *words: False)
    with pytest.raises(environment.SetUpError, match=r"apt install python3\.\d+-venv"):
        environment.make_environment(tmp_path / "env")


def test_no_network_is_said_with_the_installers_own_words(tmp_path: Path) -> None:
    import uv

    (tmp_path / "wanted").write_text(LOCK.read_text())
    options = ["--target", tmp_path / "target", "--no-deps", "--require-hashes", "-r", tmp_path / "wanted"]
    command = [uv.find_uv_bin(), "pip", "install", *options]
    offline = {**os.environ, "UV_OFFLINE": "1", "UV_CACHE_DIR": str(tmp_path / "cache"), "UV_FIND_LINKS": ""}
    done = subprocess.run(command, capture_output=True, text=True, env=offline)
    assert done.returncode != 0
    (tmp_path / "log").write_text(done.stdout + done.stderr)
    assert "internet" in str(environment.explained(tmp_path / "log"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("error: No space left on device (os error 28)", "disk became full"),
        ("error: Hash mismatch for `numpy==2`", "not the one this version"),
        ("error: something else\n", "something else"),
        ("", "no reason"),
    ],
)
def test_failures_are_said_plainly(tmp_path: Path, words: str, said: str) -> None:
    (tmp_path / "log").write_text(words)
    assert said in str(environment.explained(tmp_path / "log"))


@posix
def test_without_a_python_the_launcher_says_what_to_install(tmp_path: Path) -> None:
    for name in ("readlink", "dirname"):
        (tmp_path / name).symlink_to(shutil.which(name) or "")
    done = subprocess.run(
        [shutil.which("sh") or "/bin/sh", ROOT / "antigone", "--help"],
        env={"PATH": str(tmp_path), "ANTIGONE_VENV": str(tmp_path / "none")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "Antigone needs Python 3.11" in done.stderr and "apt install python3" in done.stderr


def _small_house(folder: Path) -> Path:
    """A copy of the launcher with two small packages to install and a program that tells how it was started."""
    house = folder / "a house with spaces"
    (house / "ui").mkdir(parents=True)
    shutil.copy(ROOT / "antigone", house)
    shutil.copy(ROOT / "ui/environment.py", house / "ui")
    (house / "ui/launch.py").write_text("import os, sys, idna, json\nprint(json.dumps([os.getcwd(), sys.argv[1:]]))\n")
    wanted = {"uv", "idna"}
    entries = [entry for entry in re.split(r"\n(?=\S)", LOCK.read_text()) if entry.partition("==")[0] in wanted]
    (house / "requirements.lock").write_text("\n".join(entries) + "\n")
    return house


def _start(house: Path, place: Path, **extra: str) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("ANTIGONE_VENV", "PYTHONPATH")}
    (place / "ui").mkdir(parents=True, exist_ok=True)  # a folder of the user's that is named like ours
    (place / "ui/launch.py").write_text("raise SystemExit('the wrong module')")
    command = [house / "antigone", "say", "--out", "it.wav"]
    return subprocess.Popen(command, cwd=place, env={**environment, "ANTIGONE_PYTHON": sys.executable, **extra},
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip


@posix
def test_set_up_survives_interruption_and_company_and_starts_at_once_afterwards(tmp_path: Path) -> None:
    house, place = _small_house(tmp_path), tmp_path / "place"
    stopped = _start(house, place)
    assert stopped.stderr is not None
    begun = next(line for line in stopped.stderr if "Step 2" in line)  # in the middle, however fast the machine is
    stopped.send_signal(signal.SIGINT)
    said = begun + stopped.stderr.read()
    stopped.wait(120)
    assert stopped.returncode == 130 and "Start again to go on" in said
    both = [_start(house, place) for _ in range(2)]
    results = [(child.communicate(timeout=240), child.returncode) for child in both]
    errors = "".join(error for (_, error), _ in results)
    if "network did not answer" in errors:
        pytest.skip("no package index can be reached")
    for (output, error), code in results:
        assert code == 0, error
        assert json.loads(output) == [str(place), ["say", "--out", "it.wav"]]
    assert errors.count("Set-up is done") == 1
    assert "\r" not in errors and "\x1b" not in errors
    again = _start(house, place)
    output, error = again.communicate(timeout=60)
    assert json.loads(output) == [str(place), ["say", "--out", "it.wav"]] and error == ""


@posix
def test_a_read_only_folder_is_said(tmp_path: Path) -> None:
    house = _small_house(tmp_path)
    child = _start(house, tmp_path / "place", ANTIGONE_VENV="/proc/nowhere/env")
    _, error = child.communicate(timeout=60)
    assert child.returncode == 2 and "cannot be written to" in error and "ANTIGONE_VENV" in error


def test_a_mistake_of_our_own_is_a_sentence_and_a_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from assistant.cli import app
    from assistant.commands import settings as command

    def broken(as_json: bool) -> None:
        raise ZeroDivisionError("a mistake")

    monkeypatch.setattr(command, "run", broken)
    done = CliRunner().invoke(app, ["settings"])
    assert done.exit_code == 1
    assert "Traceback" not in done.stderr and str(home / "last-error.txt") in done.stderr
    assert "a mistake" in (home / "last-error.txt").read_text()
    if os.name != "nt":
        assert (home / "last-error.txt").stat().st_mode & 0o077 == 0, "it may name what the user asked"


def test_bytes_that_are_no_text_do_no_harm(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant import cli
    from assistant.commands import ask as command

    heard: list[str] = []
    monkeypatch.setattr(command, "run", lambda text, **_: heard.append(text))
    cli.run("ask", text="x\udcff y", audio=None)
    assert heard == ["x? y"]

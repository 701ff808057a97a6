"""Settings: one name in file, environment and command line; the nearest wins; bad values are named."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant import settings
from assistant.cli import app
from kernels.errors import UserError

ROOT = Path(__file__).parents[1]


def test_defaults_without_any_file(home: Path) -> None:
    options = settings.load()
    assert (options.speech_rate_wpm, options.verbosity, options.allow_outside) == (180, "normal", False)
    assert options.home == home == settings.home()


def test_the_nearest_place_wins(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "settings.toml").write_text('speech_rate_wpm = 300\nverbosity = "brief"\nearcons = false\n')
    assert settings.load().speech_rate_wpm == 300
    monkeypatch.setenv("ANTIGONE_SPEECH_RATE_WPM", "320")
    monkeypatch.setenv("ANTIGONE_EARCONS", "")  # empty counts as not given
    assert settings.load().speech_rate_wpm == 320
    options = settings.load({"speech_rate_wpm": 340, "verbosity": None})
    assert (options.speech_rate_wpm, options.verbosity, options.earcons) == (340, "brief", False)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("speech_rate_wpm", "9000", "whole number from 80 to 500"),
        ("speech_rate_wpm", "fast", "whole number from 80 to 500"),
        ("verbosity", "chatty", "one of brief, normal, full"),
        ("allow_outside", "perhaps", "true or false"),
        ("confidence_threshold", "1.5", "number from 0 to 1"),
    ],
)
def test_bad_values_name_the_option_and_what_it_takes(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"ANTIGONE_{name.upper()}", value)
    with pytest.raises(UserError, match=name) as caught:
        settings.load()
    assert said in caught.value.remedy and f"ANTIGONE_{name.upper()}" in caught.value.text
    monkeypatch.delenv(f"ANTIGONE_{name.upper()}")
    (home / "settings.toml").write_text(f'{name} = "{value}"\n')
    with pytest.raises(UserError, match=r"settings\.toml"):
        settings.load()


@pytest.mark.parametrize("content", [b"speech_rate_wpm = ", b"\xff\xfe", b"colour = 1\n"])
def test_a_bad_file_is_named(home: Path, content: bytes) -> None:
    (home / "settings.toml").write_bytes(content)
    with pytest.raises(UserError, match=r"settings\.toml"):
        settings.load()


def test_the_data_folder_is_the_same_for_every_part(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for given, meant in (("kept", tmp_path / "kept"), ("~/kept", Path.home() / "kept")):
        monkeypatch.setenv("ANTIGONE_HOME", given)
        assert settings.load().home == settings.home() == meant


def test_a_folder_in_place_of_the_file(home: Path) -> None:
    (home / "settings.toml").mkdir()
    with pytest.raises(UserError, match="cannot be read"):
        settings.load()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--speech-rate-wpm", "250"], "speech_rate_wpm: 250."),
        (["--speech-rate-wpm=250"], "speech_rate_wpm: 250."),
        (["--no-earcons"], "earcons: False."),
        (["--allow-outside", "--verbosity", "full"], "verbosity: full."),
    ],
)
def test_any_setting_before_a_command(home: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], line: str) -> None:
    for name in ("SPEECH_RATE_WPM", "EARCONS", "ALLOW_OUTSIDE", "VERBOSITY"):
        monkeypatch.setenv(f"ANTIGONE_{name}", "")  # so that what the command sets is undone afterwards
    done = CliRunner().invoke(app, [*words, "settings"])
    assert done.exit_code == 0, done.stderr
    assert line in done.stdout


def test_bad_value_and_unknown_option_on_the_command_line(home: Path) -> None:
    done = CliRunner().invoke(app, ["--verbosity", "loud", "settings"])
    assert done.exit_code == 2 and "one of brief, normal, full" in done.stderr
    done = CliRunner().invoke(app, ["--loudness", "3", "settings"])
    assert done.exit_code == 2 and "loudness" in done.stderr


def test_nothing_is_read_at_import(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("not toml at all")
    code = "import assistant.settings, assistant.models, assistant.cli"
    environment = {"PYTHONPATH": str(ROOT), "ANTIGONE_HOME": str(tmp_path), "ANTIGONE_VERBOSITY": "nonsense"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

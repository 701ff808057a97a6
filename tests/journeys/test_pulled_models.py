"""A model from the hub, as a person uses one: pull it, say its name, hear the same words; break it, and be told."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.cli import app
from assistant.hub import registry
from assistant.hub.registry import Pulled
from tests.hub.support import Repository, running_hub
from tests.whisper_folder import to_folder

NAME = "makers/whisper-tiny.en"


def _run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.stdout, result.stderr


def _words(recording: Path, model: str) -> list[str]:
    code, out, err = _run("transcribe", str(recording), "--model", model, "--json")
    assert code == 0, err
    events = [json.loads(line) for line in out.splitlines()]
    return [event["text"] for event in events if event["event"] == "Segment"]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Speech, spoken by the program's own voice."""
    code, _, err = _run(
        "say", "The appointment is on Tuesday at a quarter to eleven.", "--out", str(tmp_path / "a.wav")
    )
    assert code == 0, err
    return tmp_path / "a.wav"


def test_a_recogniser_from_the_hub_writes_the_same_words(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recording: Path
) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "nothing"))
    folder = to_folder(tmp_path / "published")
    with running_hub() as hub:
        hub.repositories[NAME] = Repository({path.name: path.read_bytes() for path in folder.iterdir()})
        monkeypatch.setenv("ANTIGONE_HUB_ADDRESS", hub.address)
        code, out, err = _run("models", "pull", NAME)
        assert code == 0 and "family whisper, for hearing" in out and "is ready" in out, err
    expected = _words(recording, "tiny.en")
    assert "Tuesday" in " ".join(expected)
    assert _words(recording, NAME) == _words(recording, str(folder)) == expected

    code, _, err = _run("describe", str(recording), "--model", NAME)
    assert code == 2 and "antigone transcribe --model" in err
    model = registry.find(NAME)
    assert isinstance(model, Pulled)
    weights = model.folder / "model.safetensors"
    with weights.open("r+b") as stream:
        stream.seek(-4, 2)
        stream.write(b"\0\0\0\1")
    code, _, err = _run("transcribe", str(recording), "--model", NAME)
    assert code == 2 and "model.safetensors" in err and f"antigone models pull {NAME}" in err

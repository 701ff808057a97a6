"""The commands around pulled models, and what is said while one comes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant import families
from assistant.checks import program as checks
from assistant.cli import app
from assistant.hub import registry
from tests.hub.made import NAME, pull_quietly
from tests.hub.support import COMMIT, Hub, wait_until


def test_pull_list_verify_and_remove_by_command(hub: Hub) -> None:
    runner = CliRunner()
    pulled = runner.invoke(app, ["models", "pull", NAME, "--json"])
    events = [json.loads(line) for line in pulled.stdout.splitlines()]
    kinds = [event["event"] for event in events if event["event"] != "Progress"]
    assert kinds == ["Licence", "Fetching", "Ready"]
    assert events[-1]["commit"] == COMMIT
    rows = [json.loads(line) for line in runner.invoke(app, ["models", "list", "--json"]).stdout.splitlines()]
    assert next(row for row in rows if row["name"] == NAME)["family"] == "llama"
    assert f"{NAME}: here." in runner.invoke(app, ["models", "list"]).stdout
    assert "every file is right (4)" in runner.invoke(app, ["models", "verify", NAME]).stdout
    folder = Path(events[-1]["folder"])
    (folder / "config.json").write_bytes(b"{}")
    verified = runner.invoke(app, ["models", "verify", NAME])
    assert verified.exit_code == 2 and "config.json" in verified.stdout and f"models pull {NAME}" in verified.stderr
    assert runner.invoke(app, ["models", "remove", NAME]).exit_code == 2 and folder.exists()
    assert runner.invoke(app, ["models", "remove", NAME, "--yes"]).exit_code == 0 and not folder.exists()
    unknown = runner.invoke(app, ["models", "pull", "nonsense"])
    assert unknown.exit_code == 2 and "minilm" in unknown.stderr and "OWNER/NAME" in unknown.stderr
    gone = runner.invoke(app, ["models", "remove", NAME, "--yes"])
    assert gone.exit_code == 2 and "not here" in gone.stderr
    assert not [path for path in registry.root().iterdir() if path.is_dir()]


@pytest.mark.parametrize("content", ["", "[]", '{"repository": "makers/small-model"}', "files"])
def test_a_damaged_manifest_is_said_and_mended_by_a_pull(hub: Hub, content: str) -> None:
    pull_quietly()
    manifest = registry.place(NAME) / registry.MANIFEST
    if content == "files":
        content = manifest.read_text().replace("config.json", "../../../config.json")
    manifest.write_text(content)
    listed = CliRunner().invoke(app, ["models", "list"])
    assert listed.exit_code == 0 and f"antigone models pull {NAME}" in listed.stdout
    pull_quietly()
    assert registry.find(NAME) is not None


def test_signs_of_life_come_while_nothing_does(hub: Hub) -> None:
    from assistant.hub.progress import Progress

    said: list[str] = []
    with Progress(said.append, every_s=0.05) as progress:
        progress.doing("Fetching model.safetensors")
        progress.begin(1000, 0)
        progress.add(250)
        wait_until(lambda: len(said) >= 2)
    assert "Still at work. Fetching model.safetensors: 25 percent" in said[0]


def test_percents_come_in_sensible_steps() -> None:
    from assistant.hub import progress as hub_progress

    said: list[str] = []
    progress = hub_progress.Progress(said.append)
    progress.begin(1_000_000, 0)
    for _ in range(1000):
        progress._last -= 0.1  # a tenth of a second each
        progress.add(1000)
    assert [line.partition(" ")[0] for line in said] == ["10", "20", "30", "40", "50", "60", "70", "80", "90", "100"]


@pytest.mark.parametrize("family", families.FAMILIES, ids=lambda family: family.key)
def test_every_family_has_a_loader_and_a_task(family: families.Family) -> None:
    import importlib

    module, _, name = family.loader.partition(":")
    assert callable(getattr(importlib.import_module(module), name)) and family.task in families.COMMANDS


def test_the_list_and_the_doctor_tell_of_damaged_and_begun_models(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "MODELS", ())  # what the set-up brought is another test's
    pull_quietly()
    model = registry.find(NAME)
    assert model is not None
    (model.folder / "config.json").write_bytes(b"{}")
    begun = registry.staging("makers/other-model") / "model.safetensors.part"
    begun.parent.mkdir()
    begun.write_bytes(bytes(2_000_000))
    listed = CliRunner().invoke(app, ["models", "list"]).stdout
    assert f"{NAME}: damaged." in listed and "antigone models pull makers/other-model" in listed
    pulled = [finding for finding in checks.model_files() if "makers/" in finding.text]
    assert [(finding.state, finding.remedy.count("antigone models pull makers/")) for finding in pulled] == [
        ("bad", 1),
        ("note", 1),
    ]
    assert CliRunner().invoke(app, ["models", "remove", "makers/other-model", "--yes"]).exit_code == 0
    assert registry.begun() == []

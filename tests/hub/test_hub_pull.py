"""`models pull OWNER/NAME`: what arrives, pinned and whole, and what is asked for it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.hub import registry
from tests.hub import support as fault
from tests.hub.made import NAME, WEIGHTS, pull_quietly, refused
from tests.hub.support import COMMIT, Hub


def test_what_is_needed_arrives_whole_and_pinned(hub: Hub) -> None:
    said = pull_quietly()
    model = registry.find(NAME.upper())
    assert model is not None and (model.commit, model.family, model.task) == (COMMIT, "llama", "language")
    names = ["LICENSE", "config.json", "model.safetensors", "tokenizer.json"]
    assert sorted(file.path for file in model.files) == names
    assert sorted(path.name for path in model.folder.iterdir()) == sorted([*names, registry.MANIFEST])
    assert (model.folder / "model.safetensors").read_bytes() == WEIGHTS
    manifest = json.loads((model.folder / registry.MANIFEST).read_text())
    assert {file["path"]: file["sha256"] for file in manifest["files"]}["LICENSE"] == fault.sha256(b"MIT")
    assert registry.problems(model) == [] and registry.state(model) == "here"
    assert "Licence of makers/small-model: mit." in said[0] and "of memory" in said[1] and said[-1].endswith("checked.")
    assert not hub.asked("pytorch_model|README|original")
    assert not [path for path in registry.root().iterdir() if path.name.endswith(".pull")]


def test_a_branch_is_pinned_to_its_commit_and_asked_by_it(hub: Hub) -> None:
    pull_quietly(f"{NAME}@refs/pr/1")
    assert hub.asked("revision/refs%2Fpr%2F1")
    assert all(f"/resolve/{COMMIT}/" in path for path, _ in hub.seen if "/resolve/" in path)
    model = registry.find(NAME)
    assert model is not None and model.again == f"antigone models pull {NAME}@refs/pr/1"


def test_a_second_pull_fetches_nothing_and_a_new_commit_only_what_changed(hub: Hub) -> None:
    pull_quietly()
    hub.seen.clear()
    assert "already" in pull_quietly()[-1] and len(hub.seen) == 1
    repository = hub.repositories[NAME]
    repository.commit, repository.files["tokenizer.json"] = "f" * 40, b'{"version": "2.0"}'
    hub.seen.clear()
    pull_quietly()
    model = registry.find(NAME)
    assert model is not None and model.commit == "f" * 40 and registry.problems(model) == []
    assert hub.asked("tokenizer.json") and not hub.asked("safetensors|cdn")


def test_a_damaged_file_is_fetched_again(hub: Hub) -> None:
    pull_quietly()
    model = registry.find(NAME)
    assert model is not None
    (model.folder / "model.safetensors").write_bytes(b"x" * len(WEIGHTS))
    assert "damaged" in registry.problems(model)[0]
    pull_quietly()
    assert registry.problems(model) == []


def test_shards_are_those_the_index_names(hub: Hub) -> None:
    files = hub.repositories[NAME].files
    parts = {f"model-0000{n}-of-00002.safetensors": bytes([n]) * 20_000 for n in (1, 2)}
    index = {"weight_map": {f"tensor.{n}": name for n, name in enumerate(parts)}}
    del files["model.safetensors"]
    files |= {**parts, "model.safetensors.index.json": json.dumps(index).encode(), "other.safetensors": bytes(20_000)}
    pull_quietly()
    model = registry.find(NAME)
    assert model is not None and {file.path for file in model.files} >= set(parts)
    assert not hub.asked(fault.sha256(files["other.safetensors"]))


@pytest.mark.parametrize("place", ["../evil.safetensors", "/etc/evil.safetensors", "a/b.safetensors", "evil.bin", 3])
def test_an_index_cannot_name_other_files(hub: Hub, place: object) -> None:
    files = hub.repositories[NAME].files
    del files["model.safetensors"]
    files["model.safetensors.index.json"] = json.dumps({"weight_map": {"tensor": place}}).encode()
    if place in ("a/b.safetensors", "evil.bin"):
        files[str(place)] = bytes(20_000)
    assert "model.safetensors.index.json" in refused().text


def test_the_hub_of_these_tests_is_one_to_the_hubs_own_client(hub: Hub, tmp_path: Path) -> None:
    """What huggingface_hub fetches from it is what our pull fetches: the protocol is not one of our making."""
    code = """
import sys
from huggingface_hub import HfApi
api = HfApi(endpoint=sys.argv[1])
info = api.model_info(sys.argv[2], revision="main", files_metadata=True)
print(info.sha, [(f.rfilename, f.size, f.lfs.sha256 if f.lfs else f.blob_id) for f in info.siblings])
for file in info.siblings:
    api.hf_hub_download(sys.argv[2], file.rfilename, revision="main", local_dir=sys.argv[3])
"""
    quiet = {
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HOME": str(tmp_path),
    }
    hub.cdn = hub.address.replace("127.0.0.1", "localhost")  # another host: that client knows a CDN by it
    theirs = subprocess.run(
        [sys.executable, "-c", code, hub.address, NAME, str(tmp_path / "theirs")],
        env={**os.environ, **quiet}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert theirs.returncode == 0, theirs.stderr
    assert COMMIT in theirs.stdout and fault.sha256(WEIGHTS) in theirs.stdout
    hub.cdn = ""
    pull_quietly()
    model = registry.find(NAME)
    assert model is not None
    for file in model.files:
        assert (model.folder / file.path).read_bytes() == (tmp_path / "theirs" / file.path).read_bytes()

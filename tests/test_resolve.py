"""What --model means: names, pulled models, folders, GGUF files; wrong ones are told apart and said."""

import json
import os
import sys
import types
from pathlib import Path

import pytest

from assistant import models
from assistant.hub import registry
from assistant.hub import token as hub_token
from assistant.hub.registry import Pulled, PulledFile
from assistant.resolve import alternatives, resolve
from kernels.errors import UserError

NAME = "makers/small-model"


def _folder(place: Path, config: object = None, weights: str | None = "model.safetensors") -> Path:
    place.mkdir(parents=True, exist_ok=True)
    (place / "config.json").write_text(json.dumps({"model_type": "llama"} if config is None else config))
    (place / "tokenizer.json").write_text("{}")
    if weights:
        (place / weights).write_bytes(b"weights")
    return place


@pytest.fixture
def pulled(home: Path) -> Pulled:
    """A language model that was pulled."""
    folder = _folder(registry.place(NAME))
    files = tuple(
        PulledFile(path.name, path.stat().st_size, registry.hash_of(path)) for path in sorted(folder.iterdir())
    )
    model = Pulled(NAME, "main", "0" * 40, "llama", "language", "mit", "http://127.0.0.1", files)
    registry.write(model, folder)
    return model


def _refusal(wanted: object, task: str = "language") -> UserError:
    with pytest.raises(UserError) as caught:
        resolve(str(wanted), task)
    assert caught.value.remedy
    return caught.value


@pytest.mark.parametrize("name", ["whisper-tiny.en", "tiny.en", "TINY.en "])
def test_a_name_of_the_table(name: str) -> None:
    found = resolve(name, "hearing")
    assert found.table is models.find("tiny.en") and found.files["weights"].is_file() and found.gguf is None
    assert resolve("smollm2-135m", "language").gguf is not None


def test_a_pulled_name_in_any_case(pulled: Pulled) -> None:
    found = resolve(NAME.upper(), "language")
    assert (found.folder, found.name) == (pulled.folder, NAME)
    assert found.family is not None and found.family.key == "llama"
    assert NAME in alternatives("language") and NAME not in alternatives("hearing")


@pytest.mark.parametrize("damage", ["flip", "cut", "gone"])
def test_a_damaged_pulled_file_is_named(pulled: Pulled, damage: str) -> None:
    resolve(NAME, "language")
    path = pulled.folder / "model.safetensors"
    path.write_bytes({"flip": b"Weights", "cut": b"w", "gone": b""}[damage])
    if damage == "gone":
        path.unlink()
    error = _refusal(NAME)
    assert "model.safetensors" in error.text and f"antigone models pull {NAME}" in error.remedy


def test_a_hash_is_not_computed_twice(pulled: Pulled, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve(NAME, "language")
    monkeypatch.setattr(registry, "hash_of", lambda path: pytest.fail("it was hashed again"))
    resolve(NAME, "language")


def test_a_folder_and_a_gguf_file_of_ones_own(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _folder(tmp_path / "mine")
    found = resolve(str(folder), "language")
    assert found.folder == folder and found.family is not None and found.task == "language"
    monkeypatch.chdir(tmp_path)
    assert resolve("mine", "language").folder == Path("mine")
    gguf = tmp_path / "model.gguf"
    gguf.write_bytes(b"GGUF and more")
    assert resolve(str(gguf), "language").gguf == gguf


def test_the_wrong_task_says_which_command_it_serves(tmp_path: Path, pulled: Pulled) -> None:
    folder = _folder(tmp_path / "mine")
    gguf = tmp_path / "model.gguf"
    gguf.write_bytes(b"GGUF")
    for wanted in (folder, NAME, gguf, "smollm2-135m"):
        error = _refusal(wanted, "hearing")
        assert "antigone ask --model" in error.text and "whisper-base" in error.remedy
    assert "antigone transcribe --model" in _refusal("base").text


def test_a_name_that_is_nothing_lists_what_there_is(pulled: Pulled) -> None:
    for wanted in ("gpt-9", "makers/other", "", "../x", "\0", "x" * 5000):
        error = _refusal(wanted)
        assert "smollm2-135m" in error.remedy and NAME in error.remedy and "antigone models pull" in error.remedy


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "model.ckpt"])
def test_a_pickle_is_never_opened(tmp_path: Path, home: Path, name: str) -> None:
    folder = _folder(tmp_path / "mine", weights=name)
    (folder / name).chmod(0)
    for wanted in (folder, folder / name):
        assert "pickle" in _refusal(wanted).text


@pytest.mark.parametrize(
    ("config", "said"),
    [({"model_type": "mamba"}, "mamba"), ({}, "model_type"), ([], "JSON object"), ({"model_type": 3}, "model_type")],
)
def test_a_folder_of_an_unknown_family(tmp_path: Path, home: Path, config: object, said: str) -> None:
    assert said in _refusal(_folder(tmp_path / "mine", config)).text


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes in folders there")
def test_a_config_that_would_be_read_without_end(tmp_path: Path, home: Path) -> None:
    os.mkfifo(tmp_path / "config.json")
    with pytest.raises(UserError, match=r"no readable config\.json"):
        resolve(str(tmp_path), "language")
    (tmp_path / "config.json").unlink()
    (tmp_path / "config.json").symlink_to("/dev/zero")
    with pytest.raises(UserError, match=r"no readable config\.json"):
        resolve(str(tmp_path), "language")


def test_a_folder_that_lacks_something(tmp_path: Path, home: Path) -> None:
    folder = _folder(tmp_path / "mine", weights=None)
    assert "model.safetensors" in _refusal(folder).text
    (folder / "model.safetensors").write_bytes(b"")
    (folder / "tokenizer.json").unlink()
    assert "tokenizer.json" in _refusal(folder).text
    (folder / "config.json").unlink()
    assert "config.json" in _refusal(folder).text
    (tmp_path / "text.txt").write_text("hello")
    assert "not a GGUF file" in _refusal(tmp_path / "text.txt").text


class _Ring(types.ModuleType):
    """A keyring in memory."""

    def __init__(self) -> None:
        super().__init__("keyring")
        self.kept: dict[tuple[str, str], str] = {}

    def set_password(self, service: str, user: str, secret: str) -> None:
        self.kept[service, user] = secret

    def get_password(self, service: str, user: str) -> str | None:
        return self.kept.get((service, user))

    def delete_password(self, service: str, user: str) -> None:
        del self.kept[service, user]


def test_the_token_lives_in_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", _Ring())
    hub_token.keep("hf_kept_token")
    assert hub_token.token() == "hf_kept_token"
    assert hub_token.forget() and not hub_token.forget()
    with pytest.raises(UserError, match="no token"):
        hub_token.keep("two words")


def test_without_a_keyring_it_is_said_what_else_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(UserError, match="not installed") as caught:
        hub_token.keep("hf_kept_token")
    assert "HF_TOKEN" in caught.value.remedy and "hf_kept_token" not in str(caught.value)
    assert not hub_token.forget()
    ring = _Ring()
    monkeypatch.setattr(ring, "set_password", lambda *_: (_ for _ in ()).throw(RuntimeError("locked")))
    monkeypatch.setitem(sys.modules, "keyring", ring)
    with pytest.raises(UserError, match="cannot be used"):
        hub_token.keep("hf_kept_token")

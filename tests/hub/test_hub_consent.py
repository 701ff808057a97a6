"""Before anything is fetched: terms, tokens, names, room."""

import os
import shutil
from pathlib import Path

import pytest

from assistant.families import FAMILIES
from assistant.hub import net as hub_net
from assistant.hub import pull as hub_pull
from assistant.hub import registry
from assistant.hub.memory import needed
from kernels.errors import UserError
from tests.hub import support as fault
from tests.hub.made import CONFIG, NAME, left, pull_quietly, refused
from tests.hub.support import Hub, Repository, running_hub


@pytest.fixture
def gated(hub: Hub) -> Repository:
    repository = hub.repositories[NAME]
    repository.gated, repository.licence, repository.token = "manual", "llama3.2", "hf_right_token"
    return repository


def test_a_gated_model_is_not_touched_before_its_terms_are_accepted(hub: Hub, gated: Repository) -> None:
    error = refused()
    assert "--accept-licence llama3.2" in error.remedy
    assert "not llama2" in refused(accept_licence="llama2").text.replace("called llama3.2, ", "")
    assert "not accepted" in refused(ask=lambda question: "no").text
    assert "not accepted" in refused(ask=lambda question: "yeah, maybe").text
    assert not hub.asked("/resolve/")


def test_a_gated_model_comes_with_consent_and_token(
    hub: Hub, gated: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = refused(accept_licence="LLAMA3.2")
    assert "accepted their terms" in error.text and f"{hub.address}/{NAME}" in error.remedy and "login" in error.remedy
    monkeypatch.setenv("HF_TOKEN", "hf_wrong_token")
    assert "hf_wrong_token" not in str(refused(accept_licence="llama3.2"))
    monkeypatch.setenv("HF_TOKEN", gated.token)
    questions: list[str] = []
    said = pull_quietly(ask=lambda question: questions.append(question) or "Yes")  # type: ignore[func-returns-value]
    assert len(questions) == 1 and any(f"{hub.address}/{NAME}" in line for line in said)
    assert gated.token not in "".join(said)
    model = registry.find(NAME)
    assert model is not None and gated.token not in (model.folder / registry.MANIFEST).read_text()


def test_the_token_goes_to_the_hub_alone(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_a_token")
    monkeypatch.setattr(hub_net, "refuse_private", lambda host, port: None)
    with running_hub() as other:
        other.repositories, hub.cdn = hub.repositories, other.address
        pull_quietly()
        assert all(headers.get("authorization") == "Bearer hf_a_token" for _, headers in hub.seen)
        assert other.seen and not [headers for _, headers in other.seen if "authorization" in headers]


def test_where_a_token_is_looked_for(hub: Hub, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    from assistant.hub import token as hub_token

    assert hub_token.token() is None
    (home / "no-token-here").mkdir()
    (home / "no-token-here/token").write_text("hf_from_file\n")
    assert hub_token.token() == "hf_from_file"
    monkeypatch.setenv("HF_TOKEN", "hf_from_environment")
    assert hub_token.token() == "hf_from_environment"
    monkeypatch.setattr("assistant.hub.token._from_keyring", lambda: "hf_from_keyring")
    assert hub_token.token() == "hf_from_keyring"
    monkeypatch.setattr("assistant.hub.token._from_keyring", lambda: "two\nlines: of a header")
    assert hub_token.token() == "hf_from_environment"


@pytest.mark.parametrize(
    ("code", "name", "said"),
    [
        (401, "RepoNotFound", "There is no model"),
        (404, "RevisionNotFound", "no revision"),
        (403, "DisabledRepo", "closed"),
        (403, "", "accepted their terms"),
        (401, "", "token"),
        (418, "", "418"),
    ],
)
def test_refusals_say_what_to_do(hub: Hub, code: int, name: str, said: str) -> None:
    hub.faults["/api/"] = [fault.status(code, name)]
    error = refused()
    assert said in error.text and error.remedy


@pytest.mark.parametrize("name", ["a/b/c", "../x", "a/..", "/x", "a/b@", "a/b@..", "a/b@x y", "a/--b", "a/b@-x", "ä/b"])
def test_names_that_are_none(hub: Hub, name: str) -> None:
    with pytest.raises(UserError) as caught:
        pull_quietly(name)
    assert caught.value.remedy and not hub.seen


@pytest.mark.parametrize("address", ["http://hub.example.org", "hub.example.org", "file:///etc", "https://u:p@h.org"])
def test_a_hub_address_that_may_not_be_used(hub: Hub, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("ANTIGONE_HUB_ADDRESS", address)
    assert "address" in refused().text


def test_offline_means_offline(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "HF_HUB_OFFLINE" in refused().text and not hub.seen


def test_too_little_disk_is_said_before_the_weights(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(hub_pull.shutil, "disk_usage", lambda path: usage._replace(free=10 << 20))
    error = refused()
    assert "10 MB are free" in error.text and not hub.asked("/cdn/")


def test_too_little_memory_is_said_before_the_weights(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTIGONE_MEMORY_LIMIT_MB", "1")
    assert any("it will not load" in line for line in pull_quietly())


def test_memory_is_that_of_the_numbers_it_is_computed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    hearing = next(family for family in FAMILIES if family.task == "hearing")
    assert needed(hearing, {"torch_dtype": "float16"}, 100) == 2 * needed(hearing, {}, 100) == 260
    language = next(family for family in FAMILIES if family.task == "language")
    large = CONFIG | {"hidden_size": 1024, "vocab_size": 100_000, "intermediate_size": 4096}
    monkeypatch.setenv("ANTIGONE_ARITHMETIC", "float32")
    exact = needed(language, large, 1)
    monkeypatch.setenv("ANTIGONE_ARITHMETIC", "int8")
    assert exact > needed(language, large, 1) > 100_000 * 1024


def test_a_full_disk_keeps_the_part(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant.hub import download as hub_download

    real = hub_download._Part.write

    def full(part: hub_download._Part, block: bytes) -> None:
        if part.file.path == "model.safetensors" and part.size >= 100_000:
            raise OSError(28, os.strerror(28))
        real(part, block)

    monkeypatch.setattr(hub_download._Part, "write", full)
    error = refused()
    assert "No space left" in error.text and "kept" in error.remedy and "model.safetensors.part" in left()


def test_one_pull_of_a_model_at_a_time(hub: Hub) -> None:
    with hub_pull.alone(NAME), pytest.raises(UserError, match="already"):
        pull_quietly()

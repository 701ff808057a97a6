"""Hubs that lie, by mistake or on purpose: nothing of it is kept, and it is said what was wrong."""

import json
from pathlib import Path

import pytest

from assistant.hub import net as hub_net
from tests.hub import support as fault
from tests.hub.made import CONFIG, NAME, WEIGHTS, left, refused
from tests.hub.support import COMMIT, Hub, Repository, running_hub


@pytest.mark.parametrize(
    ("pattern", "answer", "said"),
    [
        ("/cdn/", fault.body(b"x" * len(WEIGHTS)), "SHA-256"),
        ("/cdn/", fault.body(b"<html>sign in</html>"), "bytes are offered"),
        ("/cdn/", fault.body(WEIGHTS + b"more", length=len(WEIGHTS) + 4), "bytes are offered"),
        ("/cdn/", fault.body(WEIGHTS, {"Content-Encoding": "gzip"}), "packed"),
        ("/cdn/", fault.body(WEIGHTS, {"X-Repo-Commit": "e" * 40}), "commit"),
        ("config.json", fault.body(json.dumps(CONFIG).encode().replace(b"8", b"9")), "git hash"),
    ],
)
def test_what_is_not_what_was_promised_is_not_kept(hub: Hub, pattern: str, answer: fault.Handler, said: str) -> None:
    hub.faults[pattern] = [answer]
    error = refused()
    assert said in error.text and ("model.safetensors" in error.text or "config.json" in error.text)
    assert not left("*.part*")


def test_more_bytes_than_promised_are_not_written(hub: Hub) -> None:
    def chunked(request: fault.Request) -> None:
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        for _ in range(64):
            request.write(b"10000\r\n" + bytes(1 << 16) + b"\r\n")

    hub.faults["/cdn/"] = [chunked]
    assert "more bytes" in refused().text
    assert not left("*.part*")


@pytest.mark.parametrize("path", ["../../evil.safetensors", "/etc/passwd", "a/../b.json", "a\\b", "", "a//b", "./c", 7])
def test_a_listing_with_names_outside_the_folder_is_refused(hub: Hub, home: Path, path: object) -> None:
    hub.repositories[NAME].extra = [{"rfilename": path, "size": 3, "blobId": "0" * 40}]
    error = refused()
    assert "did not answer as a hub does" in error.text
    assert not hub.asked("/resolve/") and not list(home.rglob("evil*"))


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"size": -1}, "size"),
        ({"size": "many"}, "size"),
        ({"size": 1 << 60}, "size"),
        ({"lfs": {"size": 3, "sha256": "short"}}, "SHA-256"),
    ],
)
def test_a_listing_that_contradicts_itself_is_refused(hub: Hub, entry: dict[str, object], said: str) -> None:
    hub.repositories[NAME].extra = [{"rfilename": "vocab.txt", "size": 3, "blobId": "0" * 40, **entry}]
    assert said in refused().text


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (fault.body(b"<html>Sign in to this hotel's network</html>", {"Content-Type": "text/html"}), "no JSON"),
        (fault.body(b"[" * 200_000), "no JSON"),
        (fault.body(b"[]"), "not an object"),
        (fault.body(b'{"sha": "../..", "siblings": []}'), "sha"),
        (fault.body(b'{"sha": "' + COMMIT.encode() + b'"}'), "siblings"),
        (fault.endless, "too large"),
        (fault.always(fault.redirect("/api/models/again")), "without end"),
        (fault.redirect("ftp://127.0.0.1/x"), "ftp"),
        (fault.redirect("http://hub.example.org/x"), "not encrypted"),
        (fault.redirect("https://user:secret@hub.example.org/x"), "no address"),
        (fault.always(fault.redirect("https://[::1")), "did not answer"),
    ],
    ids=lambda value: value.replace(" ", "-") if isinstance(value, str) else "",
)
def test_an_answer_that_is_no_hubs_is_refused(hub: Hub, answer: fault.Handler, said: str) -> None:
    hub.faults["/api/"] = [answer]
    error = refused()
    assert said in error.text and "secret" not in error.text


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "[::1]", "[fd00::1]",
                                  "[::ffff:10.0.0.1]", "localhost", "100.64.0.1", "0.0.0.0"])  # fmt: skip
def test_a_redirect_into_this_network_is_refused(hub: Hub, host: str) -> None:
    hub.faults["/cdn/"] = [fault.redirect(f"https://{host}/steal")]
    error = refused()
    assert "own network" in error.text


def test_a_name_that_leads_elsewhere_when_it_is_used_is_refused(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def first_public(host: str, port: int) -> None:
        asked.append(host)
        if len(asked) > 1:
            real(host, port)

    real = hub_net.refuse_private
    monkeypatch.setattr(hub_net, "refuse_private", first_public)
    with running_hub() as other:
        other.repositories, hub.cdn = hub.repositories, other.address
        assert "own network" in refused().text
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"pytorch_model.bin": bytes(20_000)}, "pytorch_model.bin"),
        ({"model.Q4.gguf": bytes(20_000)}, "no model.safetensors"),
    ],
)
def test_a_repository_without_safetensors_is_refused(hub: Hub, files: dict[str, bytes], said: str) -> None:
    hub.repositories[NAME] = Repository({"config.json": b"{}", **files})
    assert said in refused().text
    assert not hub.asked("/resolve/")


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (b'{"model_type": "mamba"}', "mamba"),
        (b"{}", "model_type"),
        (b"[]", "not a JSON object"),
        (b"{", "JSON"),
        (json.dumps(CONFIG).replace("vocab_size", "vocab_sighs").encode(), "vocab_size"),
        (json.dumps(CONFIG | {"num_key_value_heads": 3}).encode(), "heads"),
    ],
)
def test_an_unknown_family_or_a_wrong_config_is_refused_before_the_weights(hub: Hub, config: bytes, said: str) -> None:
    hub.repositories[NAME].files["config.json"] = config
    assert said in refused().text
    assert not hub.asked("/cdn/") and not left()


def test_a_missing_tokenizer_is_named_before_the_weights(hub: Hub) -> None:
    del hub.repositories[NAME].files["tokenizer.json"]
    assert "tokenizer.json" in refused().text and not hub.asked("/cdn/")

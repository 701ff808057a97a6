"""`models pull OWNER/NAME` against a hub on loopback: what arrives, what is sent, and what is left when it fails."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save
from typer.testing import CliRunner

from assistant import families
from assistant.cli import app
from assistant.hub import net as hub_net
from assistant.hub import pull as hub_pull
from assistant.hub import registry
from assistant.hub.net import Patience
from assistant.hub.pull import Options, pull
from kernels.errors import UserError
from tests import hub_support as fault
from tests.hub_support import COMMIT, Hub, Repository, running_hub, wait_until

NAME = "makers/small-model"
QUICK = Patience(connect_s=2, read_s=0.4, tries=3, wait_s=0.01, most_wait_s=0.02)
WEIGHTS = save({"model.norm.weight": np.random.default_rng(0).standard_normal(100_000).astype(np.float32)})
CONFIG = {"model_type": "llama", "hidden_size": 8}


def _files() -> dict[str, bytes]:
    return {
        "config.json": json.dumps(CONFIG).encode(),
        "tokenizer.json": b'{"version": "1.0"}',
        "README.md": b"# a card",
        "LICENSE": b"MIT",
        "model.safetensors": WEIGHTS,
        "pytorch_model.bin": b"\x80\x02 a pickle" + bytes(20_000),
        "original/model.safetensors": bytes(20_000),
    }


@pytest.fixture
def hub(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    for name in ("HF_HUB_OFFLINE", "HF_TOKEN", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(home / "no-token-here"))
    monkeypatch.setattr("assistant.hub.token._from_keyring", lambda: None)
    with running_hub() as running:
        running.repositories[NAME] = Repository(_files())
        monkeypatch.setenv("ANTIGONE_HUB_ADDRESS", running.address)
        yield running


def _pull(name: str = NAME, **options: object) -> list[str]:
    said: list[str] = []
    pull(name, said.append, Options(patience=QUICK, **options))  # type: ignore[arg-type]
    return said


def _refused(name: str = NAME, **options: object) -> UserError:
    with pytest.raises(UserError) as caught:
        _pull(name, **options)
    assert registry.find(name.partition("@")[0]) is None
    assert not [one for one in registry.pulled() if one is not None]
    return caught.value


def _left(pattern: str = "*") -> list[str]:
    """Names of the files in the staging folder."""
    folder = registry.staging(NAME)
    return sorted(path.name for path in folder.rglob(pattern) if path.is_file())


def test_what_is_needed_arrives_whole_and_pinned(hub: Hub) -> None:
    said = _pull()
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
    _pull(f"{NAME}@refs/pr/1")
    assert hub.asked("revision/refs%2Fpr%2F1")
    assert all(f"/resolve/{COMMIT}/" in path for path, _ in hub.seen if "/resolve/" in path)
    model = registry.find(NAME)
    assert model is not None and model.again == f"antigone models pull {NAME}@refs/pr/1"


def test_a_second_pull_fetches_nothing_and_a_new_commit_only_what_changed(hub: Hub) -> None:
    _pull()
    hub.seen.clear()
    assert "already" in _pull()[-1] and len(hub.seen) == 1
    repository = hub.repositories[NAME]
    repository.commit, repository.files["tokenizer.json"] = "f" * 40, b'{"version": "2.0"}'
    hub.seen.clear()
    _pull()
    model = registry.find(NAME)
    assert model is not None and model.commit == "f" * 40 and registry.problems(model) == []
    assert hub.asked("tokenizer.json") and not hub.asked("safetensors|cdn")


def test_a_damaged_file_is_fetched_again(hub: Hub) -> None:
    _pull()
    model = registry.find(NAME)
    assert model is not None
    (model.folder / "model.safetensors").write_bytes(b"x" * len(WEIGHTS))
    assert "damaged" in registry.problems(model)[0]
    _pull()
    assert registry.problems(model) == []


def test_shards_are_those_the_index_names(hub: Hub) -> None:
    files = hub.repositories[NAME].files
    parts = {f"model-0000{n}-of-00002.safetensors": bytes([n]) * 20_000 for n in (1, 2)}
    index = {"weight_map": {f"tensor.{n}": name for n, name in enumerate(parts)}}
    del files["model.safetensors"]
    files |= {**parts, "model.safetensors.index.json": json.dumps(index).encode(), "other.safetensors": bytes(20_000)}
    _pull()
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
    assert "model.safetensors.index.json" in _refused().text


# -- broken, slow and resumed downloads ------------------------------------------------------------------------------


def test_a_broken_connection_is_resumed_where_it_broke(hub: Hub) -> None:
    hub.faults["/cdn/"] = [fault.cut_after(150_000), fault.cut_after(100_000)]
    said = _pull()
    starts = [headers.get("range") for headers in hub.asked("/cdn/")]
    assert starts == [None, "bytes=150000-", "bytes=250000-"]
    assert hub.asked("/cdn/")[1]["if-range"] == f'"{fault.sha256(WEIGHTS)}"'
    assert any("Trying again" in line for line in said)


def test_what_came_is_kept_when_it_is_given_up_and_the_next_pull_goes_on(hub: Hub) -> None:
    hub.faults["/cdn/"] = [fault.cut_after(150_000), *[fault.cut_after(0)] * 3]
    error = _refused()
    assert "150,000 of 400" in error.text and "kept" in error.remedy and "Pull again" in error.remedy
    assert "model.safetensors.part" in _left() and "model.safetensors" not in _left()
    hub.seen.clear()
    _pull()
    assert hub.asked("/cdn/")[0]["range"] == "bytes=150000-" and not hub.asked("/resolve/.*/config.json")


@pytest.mark.parametrize("how", ["silent", "drip"])
def test_a_stall_is_tried_again_and_then_said(hub: Hub, how: str) -> None:
    hub.faults["/cdn/"] = [fault.always(getattr(fault, how))]
    error = _refused()
    assert "model.safetensors came only in part" in error.text
    assert len(hub.asked("/cdn/")) >= QUICK.tries


def test_a_busy_hub_is_tried_again(hub: Hub) -> None:
    hub.faults["/api/"] = [fault.status(503), fault.status(429, headers={"Retry-After": "0"})]
    hub.faults["/cdn/"] = [fault.status(500)]
    _pull()
    assert len(hub.asked("/api/")) == 3 and len(hub.asked("/cdn/")) == 2


def test_no_hub_at_all_is_said(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTIGONE_HUB_ADDRESS", "http://127.0.0.1:9")
    error = _refused()
    assert "did not answer" in error.text and "internet" in error.remedy


def test_a_server_that_knows_no_ranges_begins_again(hub: Hub) -> None:
    hub.faults["/cdn/"] = [
        fault.cut_after(150_000),
        lambda request: request.content(WEIGHTS, etag='"y"', ranges=False),
    ]
    _pull()
    assert len(hub.asked("/cdn/")) == 2


def test_a_part_of_changed_content_is_not_gone_on_with(hub: Hub) -> None:
    hub.faults["/cdn/"] = [fault.cut_after(150_000), *[fault.cut_after(0)] * 3]
    _refused()
    part = registry.staging(NAME) / "model.safetensors.part"
    note = part.with_name("model.safetensors.part.json")
    note.write_text(note.read_text().replace(fault.sha256(WEIGHTS), "0" * 64))
    hub.seen.clear()
    _pull()
    assert "range" not in hub.asked("/cdn/")[0]


@pytest.mark.parametrize("how", ["bytes", "etag", "range", "status"])
def test_a_part_that_does_not_fit_is_fetched_from_its_beginning_once(hub: Hub, how: str) -> None:
    hub.faults["/cdn/"] = [fault.cut_after(150_000), *[fault.cut_after(0)] * 3]
    _refused()
    part = registry.staging(NAME) / "model.safetensors.part"
    start = part.stat().st_size
    if how == "bytes":
        part.write_bytes(bytes(start))
    else:
        headers = {"ETag": '"new"', "Content-Range": f"bytes {start}-{len(WEIGHTS) - 1}/{len(WEIGHTS)}"}
        if how == "range":
            headers |= {"ETag": f'"{fault.sha256(WEIGHTS)}"', "Content-Range": f"bytes 0-1/{len(WEIGHTS)}"}
        answer = (416, b"") if how == "status" else (206, WEIGHTS[start:])
        hub.faults["/cdn/"] = [lambda request: request.send(*answer, headers)]
    assert any("from its beginning" in line for line in _pull())


def test_ctrl_c_keeps_the_part_and_says_how_to_go_on(hub: Hub, home: Path) -> None:
    hub.faults["/cdn/"] = [lambda request: (request.send(200, WEIGHTS[:150_000], length=len(WEIGHTS)),
                                            fault.silent(request))]  # fmt: skip
    command = [sys.executable, "-c", "from assistant.cli import app; app()", "models", "pull", NAME]
    child = subprocess.Popen(
        command, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    part = registry.staging(NAME) / "model.safetensors.part"
    wait_until(lambda: part.exists() and part.stat().st_size == 150_000, 60)
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=20)
    assert child.returncode == 130
    assert f"Go on with: antigone models pull {NAME}" in errors and "kept" in errors
    assert part.stat().st_size == 150_000 and registry.find(NAME) is None
    _pull()


# -- lying downloads -------------------------------------------------------------------------------------------------


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
    error = _refused()
    assert said in error.text and ("model.safetensors" in error.text or "config.json" in error.text)
    assert not _left("*.part*")


def test_more_bytes_than_promised_are_not_written(hub: Hub) -> None:
    def chunked(request: fault.Request) -> None:
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        for _ in range(64):
            request.write(b"10000\r\n" + bytes(1 << 16) + b"\r\n")

    hub.faults["/cdn/"] = [chunked]
    assert "more bytes" in _refused().text
    assert not _left("*.part*")


@pytest.mark.parametrize("path", ["../../evil.safetensors", "/etc/passwd", "a/../b.json", "a\\b", "", "a//b", "./c", 7])
def test_a_listing_with_names_outside_the_folder_is_refused(hub: Hub, home: Path, path: object) -> None:
    hub.repositories[NAME].extra = [{"rfilename": path, "size": 3, "blobId": "0" * 40}]
    error = _refused()
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
    assert said in _refused().text


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
    error = _refused()
    assert said in error.text and "secret" not in error.text


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "[::1]", "[fd00::1]",
                                  "[::ffff:10.0.0.1]", "localhost", "100.64.0.1", "0.0.0.0"])  # fmt: skip
def test_a_redirect_into_this_network_is_refused(hub: Hub, host: str) -> None:
    hub.faults["/cdn/"] = [fault.redirect(f"https://{host}/steal")]
    error = _refused()
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
        assert "own network" in _refused().text
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
    assert said in _refused().text
    assert not hub.asked("/resolve/")


@pytest.mark.parametrize(
    ("config", "said"),
    [(b'{"model_type": "mamba"}', "mamba"), (b"{}", "model_type"), (b"[]", "not a JSON object"), (b"{", "JSON")],
)
def test_an_unknown_family_is_refused_before_its_weights(hub: Hub, config: bytes, said: str) -> None:
    hub.repositories[NAME].files["config.json"] = config
    error = _refused()
    assert said in error.text and NAME in error.text
    assert not hub.asked("/cdn/") and not _left()


def test_a_missing_tokenizer_is_named_before_the_weights(hub: Hub) -> None:
    del hub.repositories[NAME].files["tokenizer.json"]
    assert "tokenizer.json" in _refused().text and not hub.asked("/cdn/")


# -- consent, tokens, room -------------------------------------------------------------------------------------------


@pytest.fixture
def gated(hub: Hub) -> Repository:
    repository = hub.repositories[NAME]
    repository.gated, repository.licence, repository.token = "manual", "llama3.2", "hf_right_token"
    return repository


def test_a_gated_model_is_not_touched_before_its_terms_are_accepted(hub: Hub, gated: Repository) -> None:
    error = _refused()
    assert "--accept-licence llama3.2" in error.remedy
    assert "not llama2" in _refused(accept_licence="llama2").text.replace("called llama3.2, ", "")
    assert "not accepted" in _refused(ask=lambda question: "no").text
    assert "not accepted" in _refused(ask=lambda question: "yeah, maybe").text
    assert not hub.asked("/resolve/")


def test_a_gated_model_comes_with_consent_and_token(
    hub: Hub, gated: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = _refused(accept_licence="LLAMA3.2")
    assert "accepted their terms" in error.text and f"{hub.address}/{NAME}" in error.remedy and "login" in error.remedy
    monkeypatch.setenv("HF_TOKEN", "hf_wrong_token")
    assert "hf_wrong_token" not in str(_refused(accept_licence="llama3.2"))
    monkeypatch.setenv("HF_TOKEN", gated.token)
    questions: list[str] = []
    said = _pull(ask=lambda question: questions.append(question) or "Yes")  # type: ignore[func-returns-value]
    assert len(questions) == 1 and any(f"{hub.address}/{NAME}" in line for line in said)
    assert gated.token not in "".join(said)
    model = registry.find(NAME)
    assert model is not None and gated.token not in (model.folder / registry.MANIFEST).read_text()


def test_the_token_goes_to_the_hub_alone(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_a_token")
    monkeypatch.setattr(hub_net, "refuse_private", lambda host, port: None)
    with running_hub() as other:
        other.repositories, hub.cdn = hub.repositories, other.address
        _pull()
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
        (401, "", "token"),
        (418, "", "418"),
    ],
)
def test_refusals_say_what_to_do(hub: Hub, code: int, name: str, said: str) -> None:
    hub.faults["/api/"] = [fault.status(code, name)]
    error = _refused()
    assert said in error.text and error.remedy


@pytest.mark.parametrize("name", ["a/b/c", "../x", "a/..", "/x", "a/b@", "a/b@..", "a/b@x y", "a/--b", "a/b@-x", "ä/b"])
def test_names_that_are_none(hub: Hub, name: str) -> None:
    with pytest.raises(UserError) as caught:
        _pull(name)
    assert caught.value.remedy and not hub.seen


@pytest.mark.parametrize("address", ["http://hub.example.org", "hub.example.org", "file:///etc", "https://u:p@h.org"])
def test_a_hub_address_that_may_not_be_used(hub: Hub, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("ANTIGONE_HUB_ADDRESS", address)
    assert "address" in _refused().text


def test_offline_means_offline(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "HF_HUB_OFFLINE" in _refused().text and not hub.seen


def test_too_little_disk_is_said_before_the_weights(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(hub_pull.shutil, "disk_usage", lambda path: usage._replace(free=10 << 20))
    error = _refused()
    assert "10 MB are free" in error.text and not hub.asked("/cdn/")


def test_too_little_memory_is_said_before_the_weights(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTIGONE_MEMORY_LIMIT_MB", "1")
    assert any("it will not load" in line for line in _pull())


def test_a_full_disk_keeps_the_part(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant.hub import download as hub_download

    real = hub_download._Part.write

    def full(part: hub_download._Part, block: bytes) -> None:
        if part.file.path == "model.safetensors" and part.size >= 100_000:
            raise OSError(28, os.strerror(28))
        real(part, block)

    monkeypatch.setattr(hub_download._Part, "write", full)
    error = _refused()
    assert "No space left" in error.text and "kept" in error.remedy and "model.safetensors.part" in _left()


def test_one_pull_of_a_model_at_a_time(hub: Hub) -> None:
    with hub_pull.alone(NAME), pytest.raises(UserError, match="already"):
        _pull()


# -- the commands ----------------------------------------------------------------------------------------------------


def test_pull_list_verify_and_remove_by_command(hub: Hub) -> None:
    runner = CliRunner()
    pulled = runner.invoke(app, ["models", "pull", NAME, "--json"])
    events = [json.loads(line) for line in pulled.stdout.splitlines()]
    assert [event["event"] for event in events][:2] == ["Licence", "Fetching"] and events[-1]["event"] == "Ready"
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
    gone = runner.invoke(app, ["models", "remove", NAME, "--yes"])
    assert gone.exit_code == 2 and "not here" in gone.stderr
    assert not [path for path in registry.root().iterdir() if path.is_dir()]


@pytest.mark.parametrize("content", ["", "[]", '{"repository": "makers/small-model"}', "files"])
def test_a_damaged_manifest_is_said_and_mended_by_a_pull(hub: Hub, content: str) -> None:
    _pull()
    manifest = registry.place(NAME) / registry.MANIFEST
    if content == "files":
        content = manifest.read_text().replace("config.json", "../../../config.json")
    manifest.write_text(content)
    listed = CliRunner().invoke(app, ["models", "list"])
    assert listed.exit_code == 0 and f"antigone models pull {NAME}" in listed.stdout
    _pull()
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

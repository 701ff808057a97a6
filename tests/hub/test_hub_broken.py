"""Connections that break, stall or come back: what is kept, and where it goes on."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.hub import registry
from tests.hub import support as fault
from tests.hub.made import NAME, QUICK, WEIGHTS, left, pull_quietly, refused
from tests.hub.support import Hub, wait_until


def test_a_broken_connection_is_resumed_where_it_broke(hub: Hub) -> None:
    hub.faults["/cdn/"] = [fault.cut_after(150_000), fault.cut_after(100_000)]
    said = pull_quietly()
    starts = [headers.get("range") for headers in hub.asked("/cdn/")]
    assert starts == [None, "bytes=150000-", "bytes=250000-"]
    assert hub.asked("/cdn/")[1]["if-range"] == f'"{fault.sha256(WEIGHTS)}"'
    assert any("Trying again" in line for line in said)


def test_what_came_is_kept_when_it_is_given_up_and_the_next_pull_goes_on(hub: Hub) -> None:
    hub.faults["/cdn/"] = [fault.cut_after(150_000), *[fault.cut_after(0)] * 3]
    error = refused()
    assert "150,000 of 400" in error.text and "kept" in error.remedy and "Pull again" in error.remedy
    assert "model.safetensors.part" in left() and "model.safetensors" not in left()
    hub.seen.clear()
    pull_quietly()
    assert hub.asked("/cdn/")[0]["range"] == "bytes=150000-" and not hub.asked("/resolve/.*/config.json")


@pytest.mark.parametrize("how", ["silent", "drip"])
def test_a_stall_is_tried_again_and_then_said(hub: Hub, how: str) -> None:
    hub.faults["/cdn/"] = [fault.always(getattr(fault, how))]
    error = refused()
    assert "model.safetensors came only in part" in error.text
    assert len(hub.asked("/cdn/")) >= QUICK.tries


def test_a_busy_hub_is_tried_again(hub: Hub) -> None:
    hub.faults["/api/"] = [fault.status(503), fault.status(429, headers={"Retry-After": "0"})]
    hub.faults["/cdn/"] = [fault.status(500)]
    pull_quietly()
    assert len(hub.asked("/api/")) == 3 and len(hub.asked("/cdn/")) == 2


def test_no_hub_at_all_is_said(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTIGONE_HUB_ADDRESS", "http://127.0.0.1:9")
    error = refused()
    assert "did not answer" in error.text and "internet" in error.remedy


def test_a_server_that_knows_no_ranges_begins_again(hub: Hub) -> None:
    hub.faults["/cdn/"] = [
        fault.cut_after(150_000),
        lambda request: request.content(WEIGHTS, etag='"y"', ranges=False),
    ]
    pull_quietly()
    assert len(hub.asked("/cdn/")) == 2


def test_a_part_of_changed_content_is_not_gone_on_with(hub: Hub) -> None:
    hub.faults["/cdn/"] = [fault.cut_after(150_000), *[fault.cut_after(0)] * 3]
    refused()
    part = registry.staging(NAME) / "model.safetensors.part"
    note = part.with_name("model.safetensors.part.json")
    note.write_text(note.read_text().replace(fault.sha256(WEIGHTS), "0" * 64))
    hub.seen.clear()
    pull_quietly()
    assert "range" not in hub.asked("/cdn/")[0]


@pytest.mark.parametrize("how", ["bytes", "etag", "range", "status"])
def test_a_part_that_does_not_fit_is_fetched_from_its_beginning_once(hub: Hub, how: str) -> None:
    hub.faults["/cdn/"] = [fault.cut_after(150_000), *[fault.cut_after(0)] * 3]
    refused()
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
    assert any("from its beginning" in line for line in pull_quietly())


def test_ctrl_c_keeps_the_part_and_says_how_to_go_on(hub: Hub, home: Path) -> None:
    hub.repositories[NAME].files["config.json"] = b'{"model_type": "whisper"}'  # needs no torch to be weighed
    hub.faults["/cdn/"] = [lambda request: (request.send(200, WEIGHTS[:150_000], length=len(WEIGHTS)),
                                            fault.silent(request))]  # fmt: skip
    command = [sys.executable, "-c", "from assistant.cli import app; app()", "models", "pull", NAME]
    child = subprocess.Popen(
        command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    part = registry.staging(NAME) / "model.safetensors.part"
    wait_until(lambda: part.exists() and part.stat().st_size == 150_000, 60)
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=20)
    assert child.returncode == 130
    assert f"Go on with: antigone models pull {NAME}" in errors and "kept" in errors
    assert part.stat().st_size == 150_000 and registry.find(NAME) is None
    pull_quietly()

"""The page's door: who comes in, what is served, and to whom. Requests are made as an attacker would make them."""

import http.client
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from assistant.settings import Settings
from tests.page_support import SHORT, Scripted, served
from ui.backstage import Backstage
from ui.private_files import PrivateFiles, sweep

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
ROUTES = [
    ("GET", "/"),
    ("GET", "/theme.css"),
    ("GET", "/assets/index.js"),
    ("GET", "/config"),
    ("POST", "/gradio_api/run/predict"),
    ("POST", "/gradio_api/queue/join"),
    ("GET", "/gradio_api/queue/data?session_hash=a"),
    ("GET", "/gradio_api/heartbeat/a"),
    ("POST", "/gradio_api/upload"),
    ("GET", "/gradio_api/file=/etc/passwd"),
    ("GET", "/antigone/events"),
    ("POST", "/antigone/stop"),
    ("POST", "/antigone/consent"),
    ("POST", "/antigone/files"),
    ("GET", "/antigone/files/a/quality"),
    ("POST", "/antigone/ask"),
    ("POST", "/antigone/choices"),
    ("POST", "/antigone/spelling"),
    ("GET", "/antigone/documents"),
    ("POST", "/antigone/documents"),
    ("GET", "/antigone/documents/a/pages"),
    ("POST", "/antigone/documents/a/attach"),
    ("DELETE", "/antigone/documents/a"),
    ("GET", "/antigone/kept"),
    ("GET", "/antigone/kept/search?question=a"),
    ("POST", "/antigone/kept/keep/a"),
    ("POST", "/antigone/kept/remove"),
    ("GET", "/antigone/memory"),
    ("POST", "/antigone/memory/forget"),
    ("POST", "/antigone/memory/bring-back"),
    ("GET", "/antigone/memory/audit"),
    ("GET", "/antigone/data"),
    ("DELETE", "/antigone/data"),
    ("POST", "/antigone/recording"),
    ("POST", "/antigone/speech"),
    ("GET", "/antigone/speech/1.wav"),
    ("GET", "/antigone/static/page.js"),
]
SHUT = [
    "/docs", "/openapi.json", "/redoc", "/config", "/gradio_api/info", "/gradio_api/openapi.json", "/monitoring",
    "/gradio_api/file=/etc/passwd", "/gradio_api/file/etc/passwd", "/gradio_api/proxy=http://example.org/",
    "/gradio_api/queue/data?session_hash=a", "/gradio_api/upload", "/gradio_api/runs", "/gradio_api/vibe-code",
    "/gradio_api/run/send", "/manifest.json", "/static/../app.py", "/antigone/static/..%2fapp.py",
    "/antigone/static/%2e%2e/app.py", "/antigone/static/app.py",
]  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    kept = tmp_path_factory.mktemp("home")
    with served(Scripted, data=Backstage(Settings(home=kept))) as server:
        yield server.page


def ask(address: str, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """One request; header names are given with _ for -."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=10)
    connection.putrequest(method, path, skip_host="host" in headers)
    for name, value in {"content_length": str(len(body)), **headers}.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders(body)
    reply = connection.getresponse()
    got = {name.lower(): value for name, value in reply.getheaders()}
    streaming = got.get("content-type", "").startswith("text/event-stream")
    data = reply.read1(200) if streaming else reply.read()
    connection.close()
    return reply.status, got, data


def visit(address: str) -> str:
    """A new conversation's cookie, as a Cookie header."""
    _, headers, _ = ask(address, "GET", "/")
    return headers["set-cookie"].split(";")[0]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_hostile_host_is_refused_on_every_route(address: str, method: str, path: str) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example:7900", "localhost.evil.example", ""):
        assert ask(address, method, path, host=host)[0] == 400


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_hostile_origin_is_refused_on_every_route(address: str, method: str, path: str) -> None:
    cookie = visit(address)
    for origin in ("http://evil.example", "null", "http://127.0.0.1:1", address.replace("http", "https")):
        assert ask(address, method, path, origin=origin, cookie=cookie)[0] == 403
    assert ask(address, method, path, sec_fetch_site="cross-site", cookie=cookie)[0] == 403
    assert (
        ask(address, method, path, sec_fetch_site="cross-site", sec_fetch_mode="navigate", sec_fetch_dest="iframe")[0]
        == 403
    )


@pytest.mark.parametrize("path", ["/", "/antigone/voice", "/gradio_api/queue/join", "/ws"])
@pytest.mark.parametrize("origin", ["http://evil.example", None])
def test_a_websocket_from_elsewhere_is_refused(address: str, path: str, origin: str | None) -> None:
    place = urlsplit(address)
    lines = [f"GET {path} HTTP/1.1", f"Host: {place.netloc}", "Upgrade: websocket", "Connection: Upgrade",
             "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]  # fmt: skip
    if origin:
        lines.append(f"Origin: {origin}")
    with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        status = connection.recv(200).split()[1]
    assert status in (b"400", b"403", b"404")


@pytest.mark.parametrize("path", SHUT)
def test_what_the_page_does_not_use_is_shut(address: str, path: str) -> None:
    for method in ("GET", "POST"):
        status, _, data = ask(address, method, path, cookie=visit(address))
        assert status in (403, 404, 405), data[:200]
        assert b"root:" not in data and b"import" not in data


def test_it_listens_on_loopback_only(address: str) -> None:
    port = urlsplit(address).port
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for other in others - {"127.0.0.1", "127.0.1.1"}:
        with pytest.raises(OSError):
            socket.create_connection((other, port), timeout=2)


def test_the_policy_allows_no_eval_and_no_other_machine(address: str) -> None:
    status, headers, data = ask(address, "GET", "/")
    policy = headers["content-security-policy"]
    assert status == 200
    assert "unsafe-eval" not in policy and "http" not in policy and "default-src 'none'" in policy
    scripts = next(part for part in policy.split(";") if "script-src" in part)
    assert "unsafe-inline" not in scripts and "sha256-" in scripts
    assert headers["x-frame-options"] == "DENY" and headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    cookie = headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite" in cookie
    assert b"googleapis" not in data and b"<title>Antigone</title>" in data and b'lang="en"' in data
    assert "access-control-allow-origin" not in headers


def test_a_file_is_served_to_its_own_conversation_only(address: str) -> None:
    mine, other = visit(address), visit(address)
    assert mine != other
    assert ask(address, "POST", "/antigone/files?name=letter.png", PNG, cookie=mine)[0] == 200
    key = json.loads(events(address, mine)[0])["pictures"][0][1]
    status, headers, data = ask(address, "GET", f"/antigone/files/{key}", cookie=mine)
    assert (status, data) == (200, PNG)
    assert "sandbox" in headers["content-security-policy"] and headers["cache-control"] == "no-store"
    assert ask(address, "GET", f"/antigone/files/{key}", cookie=other)[0] == 404
    assert ask(address, "GET", f"/antigone/files/{key}")[0] == 403
    assert ask(address, "DELETE", f"/antigone/files/{key}", cookie=other)[0] == 204
    assert ask(address, "GET", f"/antigone/files/{key}", cookie=mine)[0] == 200, "another cannot delete it either"


def test_history_and_speech_belong_to_their_conversation(address: str) -> None:
    mine, other = visit(address), visit(address)
    say(address, mine, "What does the letter say?")
    told = [json.loads(line) for line in events(address, mine, until='"Answer"')]
    answer = next(entry for entry in told if entry.get("event") == "Answer")
    assert answer["text"] == SHORT
    assert ask(address, "GET", f"/antigone/speech/{answer['id']}.wav", cookie=mine)[2][:4] == b"RIFF"
    assert ask(address, "GET", f"/antigone/speech/{answer['id']}.wav", cookie=other)[0] == 404
    assert ask(address, "GET", "/antigone/events")[0] == 403
    assert SHORT not in "".join(events(address, other))


def test_many_visits_do_not_end_the_conversation_that_is_shown(address: str) -> None:
    from ui.sessions import CONVERSATIONS_LIMIT

    mine = visit(address)
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=10)
    connection.request("GET", "/antigone/events", headers={"cookie": mine})
    reply = connection.getresponse()
    reply.readline()
    for _ in range(CONVERSATIONS_LIMIT + 2):
        visit(address)
    assert ask(address, "POST", "/antigone/stop", cookie=mine)[0] == 204
    connection.close()


def test_a_request_without_a_conversation_does_nothing(address: str) -> None:
    for cookie in ("", "antigone=guess", "antigone=" + "A" * 43):
        for method, path in ROUTES:
            if path.startswith("/antigone/") and "static" not in path:
                body = b'{"yes": true}' if "consent" in path else b'{"text": "hello"}'
                status = ask(address, method, path, body, cookie=cookie, content_type="application/json")[0]
                assert status == 403, path


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/antigone/files?name=a.png", b"", 422),
        ("/antigone/files?name=a.png", b"MZ\x90\0" + b"\0" * 60, 422),
        ("/antigone/files?name=../../etc/cron.d/x.png", b"#!/bin/sh", 422),
        ("/antigone/files?name=page.png", b"<html><script>alert(1)</script>", 422),
        ("/antigone/documents?name=a.pdf", b"", 422),
        ("/antigone/documents?name=a.pdf", b"%PDF-1.7 broken", 422),
        ("/antigone/documents?name=a.txt", b"\0\1\2", 422),
        ("/antigone/documents?name=a.png", PNG, 422),
        ("/antigone/memory/forget", b'{"kind": "turns", "identity": 1, "agreed": true}', 422),
        ("/antigone/memory/forget", b'{"kind": "note", "identity": 77, "agreed": true}', 422),
        ("/antigone/memory/bring-back", b'{"said": "no such thing"}', 422),
        ("/antigone/choices", b'{"allow_outside": true}', 422),
        ("/antigone/choices", b'{"home": "/tmp"}', 422),
        ("/antigone/choices", b'{"pitch": 99}', 422),
        ("/antigone/ask", b'{"text": 3}', 422),
        ("/antigone/recording", PNG, 422),
        ("/antigone/recording", b"", 422),
        ("/antigone/consent", b"not json", 422),
        ("/antigone/speech", b'{"text": "a", "rate": 9000, "clause": 0}', 422),
    ],
)
def test_bad_input_is_refused_in_plain_words(address: str, path: str, body: bytes, status: int) -> None:
    got, _, data = ask(address, "POST", path, body, cookie=visit(address), content_type="application/json")
    assert got == status
    assert b"Traceback" not in data and b"/tmp" not in data


def test_what_is_too_large_is_refused(address: str) -> None:
    cookie = visit(address)
    assert ask(address, "POST", "/antigone/files?name=a.png", PNG + bytes(51 * 2**20), cookie=cookie)[0] == 413
    assert ask(address, "POST", "/gradio_api/run/predict", bytes(5 * 2**20), cookie=cookie)[0] == 413
    assert ask(address, "POST", "/antigone/consent", bytes(5 * 2**20), cookie=cookie)[0] == 413


@pytest.mark.parametrize("path", ["files?name=a.png", "documents?name=a.pdf", "recording"])
def test_two_gigabytes_are_refused_at_once(address: str, path: str) -> None:
    """By the header before any of it is read, and as a stream as soon as it is over the limit."""
    place = urlsplit(address)
    cookie = visit(address)
    with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
        head = [f"POST /antigone/{path} HTTP/1.1", f"Host: {place.netloc}", f"Cookie: {cookie}"]
        connection.sendall("\r\n".join([*head, f"Content-Length: {2 * 2**30}", "", ""]).encode())
        reply = connection.recv(2000)  # nothing of the body was sent
    assert reply.split()[1] == b"413"
    sent, chunk = 0, b"100000\r\n" + PNG + bytes(2**20 - len(PNG)) + b"\r\n"
    with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
        connection.sendall("\r\n".join([*head, "Transfer-Encoding: chunked", "", ""]).encode())
        reply = b""
        while not reply and sent < 2048:
            try:
                connection.sendall(chunk)
            except OSError:  # hung up on in the middle
                break
            sent += 1
            connection.setblocking(False)
            try:
                reply = connection.recv(2000)
            except BlockingIOError:
                reply = b""
            finally:
                connection.settimeout(10)
    assert sent < 200 and reply[:12] in (b"HTTP/1.1 413", b"")
    assert ask(address, "POST", "/antigone/stop", cookie=cookie)[0] == 204, "others are served on"


def test_a_name_cannot_leave_the_private_folder(address: str) -> None:
    cookie = visit(address)
    assert ask(address, "POST", "/antigone/files?name=..%2F..%2F..%2Ftmp%2Fevil%0A.png", PNG, cookie=cookie)[0] == 200
    assert json.loads(events(address, cookie)[0])["pictures"][0][0] == "evil.png"


def test_what_a_killed_program_left_behind_is_deleted(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left = tmp_path / f"antigone-page-{dead.pid}-abc"
    (left / "key").mkdir(parents=True)
    mine = PrivateFiles(tmp_path)
    stranger = tmp_path / "antigone-page-notes"
    stranger.mkdir()
    sweep(tmp_path)
    assert not left.exists() and stranger.exists() and mine.folder.exists()
    assert sys.platform == "win32" or mine.folder.stat().st_mode & 0o777 == 0o700
    mine.close()
    assert not mine.folder.exists()


def say(address: str, cookie: str, text: str) -> None:
    """Send a message as the page's script does."""
    body = json.dumps({"text": text}).encode()
    status, _, data = ask(address, "POST", "/antigone/ask", body, cookie=cookie, content_type="application/json")
    assert status == 204, data


def events(address: str, cookie: str, until: str = "caughtup") -> list[str]:
    """The data lines of the event stream up to the one that contains `until`."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=10)
    connection.request("GET", "/antigone/events", headers={"cookie": cookie})
    reply: Any = connection.getresponse()
    assert reply.status == 200
    found = []
    while True:
        line = reply.readline().decode().strip()
        if line.startswith("data:"):
            found.append(line.removeprefix("data:").strip())
        if until in line:
            connection.close()
            return found

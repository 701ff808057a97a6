"""Everything runs with the network closed: no command even tries to reach beyond this machine.

Each command runs in a child whose every connection and name look-up beyond loopback is refused and noted; where the
system allows it, the child has no network at all besides (its own network namespace).
"""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GUARD = """
import os, sys
def _inside(host):
    host = host.decode() if isinstance(host, bytes) else str(host or "")
    return host in ("", "localhost", "::1", "0.0.0.0", "::") or host.startswith("127.")
def _hook(event, arguments):
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        if not isinstance(address, tuple) or _inside(address[0]):
            return
    elif event == "socket.getaddrinfo":
        address = arguments[0]
        if _inside(address):
            return
    else:
        return
    with open(os.environ["NETWORK_ATTEMPTS"], "a") as attempts:
        attempts.write(f"{event} {address} by {sys.argv}\\n")
    raise ConnectionRefusedError("the network is closed")
sys.addaudithook(_hook)
"""


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a child with the network closed."""
    folder = tmp_path_factory.mktemp("closed")
    (folder / "sitecustomize.py").write_text(GUARD)
    environment = {name: value for name, value in os.environ.items() if "PROXY" not in name.upper()}
    path = f"{folder}{os.pathsep}{ROOT}"
    return {**environment, "PYTHONPATH": path, "NETWORK_ATTEMPTS": str(folder / "attempts"), "OMP_NUM_THREADS": "2"}


def _prefix() -> list[str]:
    """Words that start a program without any network but loopback, where that is allowed."""
    unshare, ip = shutil.which("unshare"), shutil.which("ip")
    words = [unshare or "", "-rn", "sh", "-c", f'{ip} link set lo up; exec "$@"' if ip else 'exec "$@"', "sh"]
    works = unshare and subprocess.run([*words, "true"], capture_output=True).returncode == 0
    return words if works else []


def _antigone(closed: dict[str, str], *words: str | Path, timeout: float = 240) -> str:
    command = [*_prefix(), sys.executable, "-P", "-m", "ui.launch", *map(str, words)]
    done = subprocess.run(command, env=closed, capture_output=True, text=True, timeout=timeout, cwd="/")
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-1500:]
    assert _attempts(closed) == ""
    return done.stdout


def _attempts(closed: dict[str, str]) -> str:
    path = Path(closed["NETWORK_ATTEMPTS"])
    return path.read_text() if path.exists() else ""


@pytest.fixture(scope="module")
def letter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture with a line of print."""
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (900, 220), "white")
    font = ImageFont.load_default(size=48)
    ImageDraw.Draw(picture).text((40, 70), "Appointment on 3 December", fill="black", font=font)
    path = tmp_path_factory.mktemp("letter") / "letter.png"
    picture.save(path)
    return path


def test_the_guard_itself_refuses(closed: dict[str, str], tmp_path: Path) -> None:
    environment = {**closed, "NETWORK_ATTEMPTS": str(tmp_path / "attempts")}
    code = "import socket; socket.create_connection(('192.0.2.1', 80), 2)"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode != 0 and "192.0.2.1" in (tmp_path / "attempts").read_text()


def test_transcribe(closed: dict[str, str], speech: Path) -> None:
    assert "what your country can do for you" in _antigone(closed, "transcribe", speech / "jfk.flac").lower()


def test_read_and_describe(closed: dict[str, str], letter: Path) -> None:
    assert "Appointment on 3 December" in _antigone(closed, "read", letter)
    assert _antigone(closed, "describe", letter).strip()


def test_ask(closed: dict[str, str]) -> None:
    lines = _antigone(closed, "ask", "What is 12 times 12?", "--json").splitlines()
    events = [json.loads(line) for line in lines]
    assert "144" in next(event["text"] for event in events if event["event"] == "Answer")


def test_say(closed: dict[str, str], tmp_path: Path) -> None:
    _antigone(closed, "say", "The kettle is on.", "--out", tmp_path / "said.wav")
    with wave.open(str(tmp_path / "said.wav")) as said:
        assert said.getnframes() / said.getframerate() > 0.5


def test_models_and_doctor(closed: dict[str, str]) -> None:
    assert "whisper-tiny.en: here" in _antigone(closed, "models", "list")
    rows = [json.loads(line) for line in _antigone(closed, "doctor", "--json").splitlines()]
    assert {"python", "models", "disk", "processor", "gpu", "network"} <= {row["subject"] for row in rows}
    assert all(row["remedy"] for row in rows if row["state"] != "good")


@pytest.fixture
def page(closed: dict[str, str]) -> Iterator[str]:
    """The page's address while its server runs."""
    port = 7931
    command: Sequence[str] = [sys.executable, "-P", "-m", "ui.launch", "--no-browser", "--port", str(port)]
    server = subprocess.Popen(command, env=closed, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/")
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()
        server.communicate(timeout=30)


def test_the_page_is_served(closed: dict[str, str], page: str) -> None:
    deadline, body = time.monotonic() + 120, ""
    while not body and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(page, timeout=5) as answer:
                body = answer.read().decode()
        except OSError:
            time.sleep(0.5)
    assert "Antigone" in body
    assert _attempts(closed) == ""

"""The start's bad inputs: no browser, no terminal, broken settings, Control and C at any moment."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi import FastAPI

from kernels.errors import UserError
from ui import browser, serve

ROOT = Path(__file__).parents[1]
posix = pytest.mark.skipif(os.name == "nt", reason="POSIX programs and signals")


def _server(tell: serve.Tell) -> serve.Server:
    app = FastAPI()
    app.state.conversations = SimpleNamespace(close=lambda: None)
    return serve.Server(app, 7999, open_browser=True, tell=tell)


def test_without_a_browser_the_address_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert not browser.open_page("http://127.0.0.1:7999")
    told: list[str] = []
    _server(told.append)._show()
    assert told == ["No browser could be opened. Open http://127.0.0.1:7999 yourself."]


def test_a_browser_that_shows_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "open_page", lambda page: True)
    monkeypatch.setattr(serve, "VISIT_S", 0.05)
    told: list[str] = []
    server = _server(told.append)
    server._show()
    assert told == ["The browser has not shown the page yet. Its address is http://127.0.0.1:7999"]
    server.doorbell.visited.set()
    server._show()
    assert len(told) == 1


@posix
def test_the_users_own_browser_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "a browser"
    program.write_text(f'#!/bin/sh\necho "$1" > "{tmp_path}/asked"\n')
    program.chmod(0o755)
    code = "from ui.browser import open_page; print(open_page('http://127.0.0.1:7999'))"
    environment = {**os.environ, "BROWSER": f"'{program}' %s"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout == "True\n", done.stderr
    assert (tmp_path / "asked").read_text() == "http://127.0.0.1:7999\n"


def test_ports_of_the_system_are_told_apart_from_taken_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: socket.socket, address: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refused)
    with pytest.raises(UserError, match="port 80 to no ordinary program") as told:
        serve.free_port(80)
    assert "1024" in told.value.remedy


@posix
def test_a_data_folder_that_cannot_be_written_to_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from ui.launch import app

    (home / "file").write_text("")
    monkeypatch.setenv("ANTIGONE_HOME", str(home / "file" / "data"))
    done = CliRunner().invoke(app, ["--no-browser"])
    assert done.exit_code == 2
    assert f"The data folder {home}/file/data cannot be written to: Not a directory. " in done.stderr
    assert done.stderr.endswith("or set ANTIGONE_HOME to another folder.\n")


def test_gradio_is_imported_without_writing_stubs() -> None:
    code = (
        "import inspect, sys\nusual, stubs = inspect.getfile, []\n"
        "def seen(event, given):\n"
        "    if event == 'open' and str(given[0]).endswith('.pyi'):\n        stubs.append(given)\n"
        "sys.addaudithook(seen)\nfrom ui.gradio_quickly import gradio\n"
        "assert gradio.Textbox and not stubs and inspect.getfile is usual, stubs\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


@posix
@pytest.mark.parametrize(
    ("settings", "said"),
    [("speech = 'maybe'", "The setting speech is 'maybe'"), ("port = 65535", "No port from 65535 to 65535 is free")],
)
def test_from_the_desktop_a_failure_is_said_shown_and_noted(home: Path, settings: str, said: str) -> None:
    programs = home / "bin"
    programs.mkdir()
    for name in ("spd-say", "notify-send"):
        (programs / name).write_text(f'#!/bin/sh\nprintf "%s" "$*" > "{home}/{name}.told"\n')
        (programs / name).chmod(0o755)
    (home / "asound.conf").write_text("pcm.!default { type hw card 99 }")  # no loudspeaker of our own
    (home / "settings.toml").write_text(f"{settings}\n")
    environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PULSE_SERVER": "/nowhere"}
    environment["ALSA_CONFIG_PATH"] = str(home / "asound.conf")
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 65535))
        taken.listen()
        command = [sys.executable, "-m", "ui.launch", "--desktop", "--no-browser"]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    for name in ("spd-say", "notify-send"):
        assert said in (home / f"{name}.told").read_text()
    if "port" in settings:  # the settings could be read, so there is a log
        log = (home / "logs" / "page.log").read_text()
        assert said in log and "Antigone is starting" in log and done.stdout == done.stderr == ""


def test_stopping_from_the_menu_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from ui.desktop import voice
    from ui.launch import app

    said: list[str] = []
    monkeypatch.setattr(voice, "tell_person", said.append)
    for words, heard in ((["stop"], []), (["stop", "--desktop"], ["Antigone is not running."])):
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0 and done.stdout == "Antigone is not running.\n" and said == heard


@posix
def test_control_and_c_at_any_moment_ends_without_a_traceback(home: Path) -> None:
    """From the launcher's last step on, through the imports, up to a page that is just about to be served."""
    code = (
        "import sys; from pathlib import Path; from ui import environment\n"
        "environment.python_in = lambda folder: Path(sys.executable)\n"
        "print('begun', flush=True)\n"
        "environment.start(Path('x'), 'ui.launch', ['--no-browser', '--port', '7960'])\n"
    )
    for delay_s in (0.0, 0.1, 0.3, 0.7, 1.5):
        child = subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert child.stdout is not None and child.stdout.readline() == "begun\n"
        time.sleep(delay_s)
        child.send_signal(signal.SIGINT)
        out, problems = child.communicate(timeout=60)
        if 'File "<string>"' in problems:  # it came before the launcher's last step
            continue
        assert child.returncode == 130, (delay_s, problems)
        assert "Nothing was lost." in out + problems and "Traceback" not in problems, (delay_s, problems)

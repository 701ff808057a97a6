"""Starting the program: what it prints, which port it takes, how it stops, and what it does not load."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = {"gradio", "torch", "pandas", "uvicorn", "fastapi", "onnxruntime", "transformers"}


def launch(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "ui.launch", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


@pytest.mark.parametrize("arguments", [["--help"], ["models", "--help"], ["say", "--help"]])
def test_a_command_does_not_load_the_page(arguments: list[str]) -> None:
    program = (
        "import sys\nfrom ui.launch import main\n"
        f"sys.argv = ['antigone', *{arguments!r}]\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        f"loaded = {HEAVY!r} & set(sys.modules)\nassert not loaded, loaded\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout


def test_help_names_the_page_and_its_options() -> None:
    done = subprocess.run([sys.executable, "-m", "ui.launch", "--help"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0
    assert "--no-browser" in done.stdout and "--port" in done.stdout and "transcribe" in done.stdout


@pytest.mark.parametrize("port", ["0", "70000", "many", ""])
def test_a_wrong_port_is_refused(port: str) -> None:
    from typer.testing import CliRunner

    from ui.launch import app

    done = CliRunner().invoke(app, ["--port", port])
    assert done.exit_code == 2 and done.stdout == ""
    assert done.stderr.endswith("Give a whole number from 1 to 65535.\n") and f"port is {port!r} on" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for another process")
def test_it_says_where_it_is_takes_the_next_port_shows_a_second_start_and_stops_cleanly(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        both = [launch("--port", str(port), "--no-browser") for _ in range(2)]
        deadline = threading.Timer(200, lambda: [each.kill() for each in both])
        deadline.start()
        try:
            while all(each.poll() is None for each in both):  # one wins; the other waits until it is ready, and ends
                time.sleep(0.05)
            program, second = sorted(both, key=lambda each: each.poll() is not None)
            told, problems = second.communicate()
            assert second.returncode == 0, problems
            lines = []
            for line in program.stdout or ():
                lines.append(line.strip())
                if "To stop" in line:
                    break
            said = "\n".join(lines)
            assert lines[0].startswith("Antigone is starting")
            assert f"Port {port} is taken" in said
            address = re.search(r"Ready at (http://127\.0\.0\.1:(\d+))$", said, re.MULTILINE)
            assert address, said + (program.stderr.read() if program.poll() is not None and program.stderr else "")
            assert int(address[2]) != port
            assert f"Antigone is running already at {address[1]}\n" in told
            with urllib.request.urlopen(address[1], timeout=30) as reply:
                assert b"<title>Antigone</title>" in reply.read()
            with urllib.request.urlopen(urllib.request.Request(address[1]), timeout=30) as reply:
                cookie = reply.headers["set-cookie"].split(";")[0]
            events = urllib.request.Request(address[1] + "/antigone/events", headers={"Cookie": cookie})
            with urllib.request.urlopen(events, timeout=30):  # a page that is still open must not hold the program
                program.send_signal(signal.SIGINT)
                out, problems = program.communicate(timeout=60)
        finally:
            deadline.cancel()
            for each in both:
                each.kill()
    assert program.returncode == 0, problems
    assert out.strip() == "Antigone has stopped. Nothing was lost."
    assert problems == ""


def test_a_thread_that_still_loads_does_not_spoil_the_end() -> None:
    """What was registered is closed and what was printed arrives, but no thread is unwound: it could abort the rest."""
    program = (
        "import atexit, sys, threading, time\nfrom ui import launch\n"
        "class Unwound:\n    def __del__(self):\n        print('taken down')\n"
        "whole = Unwound()\n"
        "def command(prog_name):\n"
        "    atexit.register(print, 'closed')\n"
        "    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        "    sys.exit(3)\n"
        "launch.app = command\nlaunch.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (3, "closed\n", "")


def test_no_free_port_is_told_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    from kernels.errors import UserError
    from ui import serve

    monkeypatch.setattr(serve, "PORTS_TRIED", 2)
    with socket.socket() as first:
        first.bind(("127.0.0.1", 0))
        first.listen()
        port = first.getsockname()[1]
        with socket.socket() as second:
            try:
                second.bind(("127.0.0.1", port + 1))
                second.listen()
            except OSError:
                pass  # another program has it, which is as good
            with pytest.raises(UserError, match="--port"):
                serve.free_port(port)

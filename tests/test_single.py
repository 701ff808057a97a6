"""One program a data folder: the second finds the first, whatever became of it, and `antigone stop` ends it."""

import contextlib
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from assistant import running
from assistant.running import Claim, Instance
from kernels.errors import UserError
from ui import single

ROOT = Path(__file__).parents[1]
posix = pytest.mark.skipif(os.name == "nt", reason="Windows cannot stop a process or kill it by a signal")
FIRST = """
import sys
from pathlib import Path
from types import SimpleNamespace
from fastapi import FastAPI
from ui.serve import Server, free_port
from ui.single import enter
held = enter(Path(sys.argv[1]))
listener = free_port(7950)
app = FastAPI()
app.state.conversations = SimpleNamespace(close=lambda: None)
port = listener.getsockname()[1]
def ready():
    held.record(port, ready=True)
    print("up", flush=True)
server = Server(app, port, False, ready, held.token)
server.run(sockets=[listener])
held.release()
"""


@contextlib.contextmanager
def first(home: Path) -> Iterator["subprocess.Popen[str]"]:
    """A program that serves an empty page on this data folder as the real one does."""
    child = subprocess.Popen([sys.executable, "-c", FIRST, home], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        next(line for line in child.stdout if line == "up\n")
        yield child
    finally:
        child.kill()
        child.wait()


def test_the_second_finds_the_first_and_may_end_it(home: Path) -> None:
    with first(home) as child:
        other = single.enter(home)
        assert isinstance(other, Instance) and other.pid == child.pid and other.port >= 7950
        for token in ("", "wrong"):
            assert not single.answers(Instance(other.pid, other.port, token, True)), "the token opens the door"
            assert not single.answers(Instance(other.pid, other.port, token, True), "DELETE")
        assert child.poll() is None
        if os.name != "nt":
            assert stat.S_IMODE((home / running.RECORD).stat().st_mode) == 0o600
        assert isinstance(single.enter(home / "another"), Claim), "another data folder is another program's"
        assert single.stop(home) == "Antigone has stopped. Nothing was lost."
        assert child.wait(20) == 0
    assert single.stop(home) == "Antigone is not running."
    assert running.instance(home) is None


@posix
def test_what_a_killed_one_left_behind_is_noticed(home: Path) -> None:
    with first(home) as child:
        old = running.instance(home)
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert (home / running.RECORD).exists() and running.instance(home) is None
        held = single.enter(home)
        assert isinstance(held, Claim) and old is not None and held.token != old.token
        held.release()


@posix
def test_one_that_hangs_is_told_with_the_remedy_and_ended_by_force(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single, "ANSWER_S", 0.3)
    with first(home) as child:
        child.send_signal(signal.SIGSTOP)
        with pytest.raises(UserError, match=rf"process {child.pid}\) but does not answer") as told:
            single.enter(home)
        assert "antigone stop" in told.value.remedy
        assert "it was ended" in single.stop(home, goodbye_s=0.3)
        assert child.wait(20) == -signal.SIGKILL
    held = single.enter(home)
    assert isinstance(held, Claim)
    held.release()


def test_of_many_starts_at_once_one_wins_and_the_others_wait_for_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single, "answers", lambda other: other.port == 7)
    begin = threading.Barrier(8)

    def start(_: int) -> Claim | Instance:
        begin.wait()
        entered = single.enter(home)
        if isinstance(entered, Claim):
            time.sleep(0.2)  # it takes a while to get ready; the others look meanwhile
            entered.record(7, ready=True)
        return entered

    with ThreadPoolExecutor(8) as pool:
        entered = list(pool.map(start, range(8)))
    (winner,) = [one for one in entered if isinstance(one, Claim)]
    assert {one for one in entered if isinstance(one, Instance)} == {Instance(os.getpid(), 7, winner.token, True)}
    winner.release()


def test_a_start_that_never_gets_ready_is_told_and_one_that_dies_is_replaced(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single, "SIGN_OF_LIFE_S", 0.1)
    held = running.claim(home)
    assert held is not None
    said: list[str] = []
    with pytest.raises(UserError, match="does not get ready") as told:
        single.enter(home, said.append, starting_s=0.5)
    assert "antigone stop" in told.value.remedy and "Waiting for it" in said[0]
    threading.Timer(0.2, held.release).start()
    after = single.enter(home, said.append, starting_s=20)
    assert isinstance(after, Claim)
    after.release()


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"pid": 1}', '{"pid": "x", "port": 1, "token": 2, "ready": 3}'])
def test_a_record_that_is_damaged_is_none(home: Path, broken: str) -> None:
    (home / running.RECORD).write_text(broken)
    assert running.instance(home) is None
    held = single.enter(home)
    assert isinstance(held, Claim)
    held.release()


@posix
def test_a_folder_that_is_a_file_or_whose_disk_is_full_is_told(home: Path) -> None:
    (home / "file").write_text("")
    with pytest.raises(UserError, match=r"cannot be written to: Not a directory") as told:
        single.enter(home / "file" / "data")
    assert "ANTIGONE_HOME" in told.value.remedy
    code = (
        "import resource, sys; from pathlib import Path; from assistant import running; from kernels.errors import *\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "try:\n    running.claim(Path(sys.argv[1]))\nexcept UserError as error:\n    print(error.text, error.remedy)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, home], cwd=ROOT, capture_output=True, text=True)
    assert "cannot be written to: File too large. Free some space" in done.stdout, done.stderr
    held = single.enter(home)
    assert isinstance(held, Claim), "the failed one holds nothing"
    held.release()

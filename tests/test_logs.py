"""The log: private, bounded, and without a word of the user's. Each in a process of its own."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from assistant import logs

ROOT = Path(__file__).parents[1]
SECRET = "my daughter's diagnosis"


def _run(home: Path, body: str, standard: bool = False, limit: int = 2000) -> "subprocess.CompletedProcess[str]":
    code = (
        "import logging, os, sys, threading, structlog; from pathlib import Path; from assistant import logs\n"
        f"SECRET = {SECRET!r}\nlogs.LIMIT_BYTES = {limit}\nlogs.LOOK_EVERY_S = 0.05\n"
        f"file = logs.begin(Path({str(home)!r}), standard={standard})\n{body}"
    )
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_what_goes_wrong_is_noted_without_the_users_words(home: Path) -> None:
    body = """
def wrong(): raise ValueError(SECRET)
log = structlog.get_logger()
try: wrong()
except ValueError as error:
    log.error("turn failed", exc_info=error)
    log.error("turn failed again", exc_info=True)
    logging.getLogger("asyncio").exception("failed on " + SECRET)
    logging.getLogger("asyncio").error("failed on %s", SECRET)
thread = threading.Thread(target=wrong, name="ears"); thread.start(); thread.join()
log.info("ready", port=7860, long="x" * 5000)
wrong()
"""
    done = _run(home, body, limit=100_000)
    log = logs.path(home).read_text()
    assert done.returncode == 1 and SECRET not in log and SECRET not in done.stderr, "nor may a terminal show it"
    assert log.count("kind=ValueError") == 5 and "<string>:7 wrong" in log and "thread=ears" in log
    assert 'library=asyncio at="<string>:13 <module>"' in log and "port=7860" in log
    assert max(map(len, log.splitlines())) < 1000


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_it_is_private_and_stays_within_its_size(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    path = logs.path(home)
    done = _run(home, "for i in range(200): structlog.get_logger().info('event', number=i)")
    assert done.returncode == 0 and done.stderr == ""
    assert [stat.S_IMODE(place.stat().st_mode) for place in (home, path.parent, path)] == [0o700, 0o700, 0o600]
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["page.log", "page.log.1"]
    assert all(entry.stat().st_size < 2200 for entry in path.parent.iterdir())
    assert "number=199" in path.read_text()


@pytest.mark.skipif(os.name == "nt", reason="a terminal is always there")
def test_without_a_terminal_all_that_is_printed_goes_there_and_is_bounded_too(home: Path) -> None:
    body = """
import subprocess, time
print("Ready at home", flush=True)
os.write(2, b"a driver complains\\n")
subprocess.run(["sh", "-c", "echo a child complains >&2"])
assert all(word in logs.path(Path(os.environ["ANTIGONE_HOME"])).read_text() for word in ("Ready", "driver", "child"))
size = lambda: os.fstat(2).st_size
for _ in range(100): os.write(2, b"driver again and again\\n")
until = time.monotonic() + 20
while size() > 2000 and time.monotonic() < until: time.sleep(0.02)
assert size() < 2000
"""
    done = _run(home, body, standard=True)
    assert done.returncode == 0, logs.path(home).read_text()
    assert done.stdout == done.stderr == ""


def test_where_a_file_in_use_cannot_be_moved_the_log_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def held(*_: object) -> None:
        raise PermissionError(13, "used by another process")  # Windows

    monkeypatch.setattr(logs.os, "replace", held)
    monkeypatch.setattr(logs, "LIMIT_BYTES", 1000)
    file = logs.LogFile(logs.path(tmp_path))
    for number in range(100):
        file.write(f"line {number} of many that fill the log\n")
    kept = logs.path(tmp_path).read_text()
    assert kept.endswith("line 99 of many that fill the log\n") and len(kept) < 1100


def test_two_programs_share_it_and_a_folder_that_is_none_costs_only_the_log(home: Path) -> None:
    one, two = logs.LogFile(logs.path(home)), logs.LogFile(logs.path(home))
    one.write("first\n")
    os.replace(logs.path(home), logs.path(home).with_suffix(".moved"))
    two.write("second\n")
    one.write("third\n")
    assert logs.path(home).read_text() == "second\nthird\n"
    (home / "file").write_text("")
    assert logs.begin(home / "file") is None

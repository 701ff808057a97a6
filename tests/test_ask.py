"""`antigone ask` as a person types it: lines of text, JSON events, refusals with exit code 2, Ctrl-C."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.cli import app

ROOT = Path(__file__).parents[1]
RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def own_home(home, monkeypatch):
    monkeypatch.setenv("ANTIGONE_HOME", str(home))
    monkeypatch.setenv("ANTIGONE_NOW", "2026-03-02T09:00")


def test_plain_lines():
    done = RUNNER.invoke(app, ["ask", "what time is it"])
    assert done.exit_code == 0
    assert done.stdout.splitlines() == ["Step: tell time", "It is 9 am."]


def test_one_json_object_a_line():
    done = RUNNER.invoke(app, ["ask", "remind me to ring Zoë tomorrow at ten", "--json"])
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 0 and events[-1]["event"] == "Answer"
    returned = next(event for event in events if event["event"] == "ToolReturned")
    assert returned["result"]["when"].startswith("2026-03-03T10:00") and returned["error"] is None
    assert "Zoë" in events[-1]["text"]


def test_a_change_needs_yes_in_words_or_in_advance(home):
    RUNNER.invoke(app, ["ask", "remind me to ring the vet tomorrow at ten"])
    described = RUNNER.invoke(app, ["ask", "cancel the vet reminder"])
    assert described.exit_code == 0 and "Nothing is changed yet." in described.stdout
    assert "ring the vet" in RUNNER.invoke(app, ["ask", "what are my reminders"]).stdout
    done = RUNNER.invoke(app, ["ask", "cancel the vet reminder", "--yes"])
    assert "Deleted" in done.stdout
    assert "no reminders" in RUNNER.invoke(app, ["ask", "what are my reminders"]).stdout


@pytest.mark.parametrize("arguments", [[], [""], ["  "], ["--image", "none.png", "read this"], ["--audio", "none.wav"],
                                       ["--audio", "."], ["read this", "--image", "."], ["hello", "--audio", "a.wav"],
                                       ["hello", "--speak", "no/such/folder/a.wav"]])  # fmt: skip
def test_bad_input_is_two_sentences_and_exit_code_2(arguments):
    done = RUNNER.invoke(app, ["ask", *arguments])
    assert done.exit_code == 2
    assert done.stderr.count(".") >= 2 and "Traceback" not in done.stderr + done.stdout


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"plain text", b"RIFF\xff\xff\xff\xffWAVEfmt "])
def test_damaged_files_are_refused(tmp_path, content):
    (tmp_path / "bad.png").write_bytes(content)
    (tmp_path / "bad.wav").write_bytes(content)
    for arguments in (["read this", "--image", str(tmp_path / "bad.png")], ["--audio", str(tmp_path / "bad.wav")]):
        done = RUNNER.invoke(app, ["ask", *arguments])
        assert done.exit_code == 2 and "Traceback" not in done.stderr, done.stderr


def test_ctrl_c_leaves_the_database_whole(home):
    environment = {**os.environ, "ANTIGONE_HOME": str(home)}
    words = " then ".join(f"make a note that the cat was fed {n} times" for n in range(6))
    command = [sys.executable, "-c", "from assistant.cli import app; app()", "ask", words]
    child = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert child.stdout is not None and child.stdout.readline()  # the first step has begun
    time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=60)
    assert child.returncode in (0, 130) and "Traceback" not in errors
    with sqlite3.connect(home / "memory.sqlite3") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert RUNNER.invoke(app, ["ask", "read my notes"]).exit_code == 0

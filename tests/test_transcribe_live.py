"""transcribe --live and transcribe -, driven as a person does."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile

from assistant.commands import transcribe
from assistant.commands.transcribe_live import Lines
from encoders.sound_files import SAMPLE_RATE, read_sound
from kernels.errors import UserError

ROOT = Path(__file__).parents[1]
COMMAND = [sys.executable, "-c", "from assistant.cli import app; app()", "transcribe", "-"]


@contextmanager
def _input(data: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Standard input is a pipe into which this is written."""
    out, into = os.pipe()

    def write() -> None:
        with os.fdopen(into, "wb") as pipe:
            pipe.write(data)

    thread = threading.Thread(target=write)
    thread.start()
    with os.fdopen(out, "rb") as pipe:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(pipe))
        yield
    thread.join()


def _said(text: str) -> str:
    return "".join(c for c in text.lower().replace("\n", " ") if c.isalpha() or c == " ")


def test_a_file_is_followed_live(speech: Path, capsys: pytest.CaptureFixture[str]) -> None:
    transcribe.run(speech / "austen-0870.wav", live=True)
    out = capsys.readouterr().out
    assert len(out.splitlines()) > 1 and "leisure to consider how much" in _said(out)
    transcribe.run(speech / "austen-0870.wav", live=True, as_json=True)
    rows = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    kinds = [row["event"] for row in rows]
    assert {"Stable", "Tentative", "Settled"} < set(kinds) and kinds[-1] == "Finished"
    assert "".join(row["text"] for row in rows if row["event"] == "Stable").strip() == rows[-1]["shown"]
    assert _said(out).split() == _said(rows[-1]["shown"]).split()


def test_what_is_piped_is_written_down(
    speech: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = io.BytesIO()
    soundfile.write(file, read_sound(speech / "austen-0890.wav"), SAMPLE_RATE, "PCM_24", format="WAV")
    with _input(file.getvalue(), monkeypatch):
        transcribe.run(Path("-"))
    captured = capsys.readouterr()
    assert "rather selfish is to be illdisposed" in _said(captured.out) and captured.err == "Listening.\n"
    with _input(file.getvalue(), monkeypatch):
        transcribe.run(Path("-"), timestamps=True)
    assert capsys.readouterr().out.startswith("[0:00.0] Unless to be rather")


def test_what_cannot_be_heard_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for data, said in ((b"", "no sound on standard input"), (b"OggS" + bytes(90), "cannot be understood from a pipe")):
        with _input(data, monkeypatch), pytest.raises(UserError, match=said):
            transcribe.run(Path("-"))
    with _input(bytes(2 * SAMPLE_RATE), monkeypatch):
        transcribe.run(Path("-"))
    assert "No speech was heard." in capsys.readouterr().err
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    with pytest.raises(UserError, match="No sound comes") as caught:
        transcribe.run(Path("-"))
    assert "arecord" in caught.value.remedy


@pytest.mark.skipif(os.name == "nt", reason="signals differ on Windows")
def test_control_c_ends_the_sound_and_the_last_words_are_written(speech: Path) -> None:
    spoken = read_sound(speech / "austen-0890.wav")
    samples = np.concatenate((spoken, np.zeros(SAMPLE_RATE, np.float32), spoken[: 2 * SAMPLE_RATE]))
    process = subprocess.Popen(COMMAND, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=False)  # fmt: skip
    assert process.stdin and process.stdout and process.stderr
    assert process.stderr.readline() == b"Listening.\n"
    process.stdin.write((samples * 32_767).astype("<i2").tobytes())
    process.stdin.flush()  # and the pipe stays open, as a microphone's does
    first = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    rest, error = process.stdout.read(), process.stderr.read()
    assert process.wait(60) == 0 and error == b"" and rest  # the last two seconds, which no pause followed
    assert "is to be illdisposed" in _said((first + rest).decode())


def test_lines_end_where_a_voice_would_pause() -> None:
    lines, out = Lines(), list[list[str]]()
    for text in (" And Mr.", " John Dashwood had", " then leisure, to", " pay 3.5 pounds. Yes."):
        out.append(lines.add(text))
    assert out == [[], [], ["And Mr. John Dashwood had then leisure,"], ["to pay 3.5 pounds. Yes."]]
    assert lines.add(" No.") == [] and lines.rest() == ["No."] and lines.rest() == []
    assert lines.add(" word" * 20) == [("word " * 20).strip()]
    assert lines.add("今天天气很好，我们去公园玩，你想一起来吗？好的，我们十点钟出发吧。再见") != []

"""The transcribe and bench commands, driven as a person does."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from assistant.cli import app
from assistant.commands import bench, transcribe
from assistant.commands.transcribe import clock, signs_of_life
from kernels.errors import UserError

ROOT = Path(__file__).parents[1]
COMMAND = [sys.executable, "-c", "from assistant.cli import app; app()", "transcribe"]


def test_words_go_out_line_by_line(speech: Path, capsys: pytest.CaptureFixture[str]) -> None:
    transcribe.run(speech / "jfk.flac")
    out = capsys.readouterr().out
    assert "ask not what your country can do for you" in out and "[" not in out
    transcribe.run(speech / "jfk.flac", timestamps=True)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("[0:00.0] And so") and lines[1].startswith("[0:07.")


def test_json_is_one_object_a_line(speech: Path, capsys: pytest.CaptureFixture[str]) -> None:
    transcribe.run(speech / "austen-0890.wav", model="tiny.en", as_json=True)
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["event"] for row in rows] == ["Segment", "Transcribed"]
    assert rows[0]["language"] == "en" and 0 < rows[0]["confidence"] <= 1 and rows[0]["start_s"] == 0
    assert rows[1] == {"event": "Transcribed", "segments": 1, "end_s": rows[0]["end_s"]}


def test_several_files_are_written_below_their_names(
    speech: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, cut = speech / "austen-0890.wav", speech / "jfk.flac", tmp_path / "cut.flac"
    cut.write_bytes(second.read_bytes()[:150_000])
    with pytest.raises(UserError, match="is damaged and cannot"):  # told before anything is heard
        transcribe.run(first, more=[cut])
    noise = np.random.default_rng(0).normal(0, 0.01, 80 * 16_000)
    soundfile.write(tmp_path / "whole.flac", noise, 16_000)
    cut.write_bytes((tmp_path / "whole.flac").read_bytes()[:-200_000])  # only its second block is
    with pytest.raises(UserError, match="1 of 3 recordings"):
        transcribe.run(first, more=[cut, second], model="tiny.en")
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert [lines.index(f"{file}:") for file in (first, cut, second)] == [0, 2, 3] and "ill-disposed" in lines[1]
    assert "country can do for you" in " ".join(lines[4:]) and "cut.flac" in captured.err
    transcribe.run(first, more=[second], model="tiny.en", as_json=True)
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["file"] for row in rows if row["event"] == "Transcribed"] == [str(first), str(second)]
    with pytest.raises(UserError, match="Several recordings"):
        transcribe.run(first, more=[second], live=True)


def test_the_exact_way_is_asked_for_by_name(speech: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant import hearing

    asked, load = list[bool](), hearing.load

    def noted(name: str, *, exact: bool = False) -> hearing.Hearing:
        asked.append(exact)
        return load(name, exact=exact)

    monkeypatch.setattr(hearing, "load", noted)
    for exact in (False, True):
        transcribe.run(speech / "austen-0890.wav", model="tiny.en", exact=exact)
    assert asked == [False, True]


def test_silence_gives_no_line_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    soundfile.write(tmp_path / "quiet.wav", np.zeros(32_000), 16_000)
    transcribe.run(tmp_path / "quiet.wav")
    captured = capsys.readouterr()
    assert captured.out == "" and "No speech was heard in quiet.wav." in captured.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.wav"], "There is no file missing.wav. Check the name and the folder."),
        (["."], "is a folder, not a recording. Give one sound file inside it."),
        (["missing.wav", "--beam", "0"], "A beam of 0 is not possible. Give a width from 1 to 20."),
        (["missing.wav", "--model", "huge"], "There is no speech recogniser named huge. Use one of these: whisper-"),
    ],
)
def test_bad_input_is_a_sentence_and_exit_code_2(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    done = CliRunner().invoke(app, ["transcribe", *arguments])
    assert done.exit_code == 2 and said in done.stderr and done.stdout == ""
    assert len(done.stderr.splitlines()) == 1 and "Traceback" not in done.stderr


def test_a_process_of_its_own_tells_bad_input_alike() -> None:
    done = subprocess.run([*COMMAND, "pyproject.toml"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and done.stdout == "" and len(done.stderr.splitlines()) == 1
    assert "pyproject.toml is not a sound file this program can read." in done.stderr


def test_a_wrong_file_is_told_without_loading_torch(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom assistant.commands import transcribe\n"
        "try:\n    transcribe.run(Path('none.wav'))\nexcept Exception as error:\n    print(error.text)\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.split("\n")[:2] == ["There is no file none.wav.", "False"]


@pytest.mark.skipif(os.name == "nt", reason="signals differ on Windows")
def test_ctrl_c_stops_cleanly(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 16_000 * 60).astype(np.float32)
    soundfile.write(tmp_path / "hour.wav", np.tile(noise, 60), 16_000)
    process = subprocess.Popen([*COMMAND, tmp_path / "hour.wav"], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    first = process.stderr.readline()  # a sign of life: it is in the middle of its work
    process.send_signal(signal.SIGINT)
    rest = process.stderr.read()
    assert process.wait(60) == 130 and "Still listening" in first
    assert "Stopped. Nothing was lost." in rest and "Traceback" not in rest


def test_clock() -> None:
    assert [clock(s) for s in (0, 7.74, 59.96, 61, 3600, 36_061.25)] == [
        "0:00.0", "0:07.7", "1:00.0", "1:01.0", "1:00:00.0", "10:01:01.2"
    ]  # fmt: skip


def test_signs_of_life_only_while_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with signs_of_life(every_s=0.2) as progress:
        progress.reached(61.0)
        time.sleep(0.7)
    said = capsys.readouterr().err.splitlines()
    assert said and set(said) == {"Still listening, at 1:01.0."}
    time.sleep(0.5)
    assert capsys.readouterr().err == ""


def test_unknown_benchmarks_list_those_there_are() -> None:
    with pytest.raises(UserError, match="no benchmark named 'nothing'") as caught:
        bench.run("nothing")
    assert "cpu" in caught.value.remedy
    with pytest.raises(UserError):
        bench.run("../tests/test_transcribe")

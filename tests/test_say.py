"""antigone say, as it is typed."""

import os
import subprocess
import sys
import wave
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAIN = "from assistant.cli import app; app()"


def say(*arguments: str | bytes, given: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", MAIN, "say", *arguments]
    return subprocess.run(
        command, input=given, capture_output=True, cwd=ROOT, env={**os.environ, **environment}, timeout=120
    )


def seconds(path: Path) -> float:
    with wave.open(str(path)) as file:
        return file.getnframes() / file.getframerate()


def test_writes_a_file(tmp_path: Path) -> None:
    done = say("Good morning.", "--out", str(tmp_path / "a.wav"))
    assert done.returncode == 0, done.stderr
    assert 0.5 < seconds(tmp_path / "a.wav") < 2.5
    assert done.stdout.decode().startswith("Wrote ") and not done.stderr


def test_rate_and_standard_input(tmp_path: Path) -> None:
    text = b"The bus to the station leaves from the other side of the street.\n"
    environment = {"ANTIGONE_VOICE": "en-us"}
    for rate, name in (("120", "slow.wav"), ("400", "fast.wav")):
        done = say("-", "--out", str(tmp_path / name), "--rate", rate, given=text, **environment)
        assert done.returncode == 0, done.stderr
    assert seconds(tmp_path / "slow.wav") > 2.5 * seconds(tmp_path / "fast.wav")


@pytest.mark.parametrize(
    ("arguments", "given", "sentence"),
    [
        (("",), b"", "nothing to say"),
        (("...", "--out", "a.wav"), b"", "nothing to say"),
        (("-",), b"", "nothing to say"),
        (("-",), b"\n \x00\xff\n", "nothing to say"),
        (("hi", "--rate", "20"), b"", "80 to 500"),
        (("hi", "--rate", "501"), b"", "80 to 500"),
        (("hi", "--rate", "fast"), b"", "--rate"),
        (("hi", "--out", "."), b"", "is a folder"),
        (("hi", "--out", "no/such/folder/a.wav"), b"", "does not exist"),
    ],
)
def test_refusals(arguments: tuple[str, ...], given: bytes, sentence: str) -> None:
    done = say(*arguments, given=given)
    assert done.returncode == 2
    assert sentence in done.stderr.decode() and b"Traceback" not in done.stderr
    assert not done.stdout and not (ROOT / "a.wav").exists()


def test_unknown_voice_is_refused() -> None:
    done = say("hi", "--out", os.devnull + "x", ANTIGONE_VOICE="xx-nowhere")
    assert done.returncode == 2 and b"Traceback" not in done.stderr


def test_without_a_loudspeaker_it_says_so_and_names_the_file_option(tmp_path: Path) -> None:
    (tmp_path / "asound.conf").write_text("pcm.!default { type hw card 99 }")  # no such sound card
    done = say("hi", ALSA_CONFIG_PATH=str(tmp_path / "asound.conf"), PULSE_SERVER="/nowhere")
    if done.returncode == 0:
        pytest.skip("this machine plays sound by another way than ALSA")
    assert done.returncode == 2
    assert b"--out" in done.stderr and b"Traceback" not in done.stderr

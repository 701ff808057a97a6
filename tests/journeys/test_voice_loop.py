"""A spoken conversation with real parts: a recording asks through `antigone voice`, the answer is heard back.

The recording stands in a room: what the program plays comes back into the microphone, as from a loudspeaker.
"""

import json
import signal
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soxr
from typer.testing import CliRunner

from assistant import hearing
from assistant.cli import app
from assistant.listening import microphone
from assistant.listening.microphone import Block
from assistant.settings import Settings
from assistant.speaking import reference
from assistant.speech import RATE_HZ, Speaker

ROOT = Path(__file__).parents[2]
QUESTION = "What is fifteen percent of forty eight dollars twenty?"
LEAD_S = 1.5  # of silence, in which the program says that it is ready


@pytest.fixture(scope="module")
def question(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The question as a recording, after a little silence."""
    path = tmp_path_factory.mktemp("voice") / "question.wav"
    with Speaker(Settings(speech_rate_wpm=200)) as speaker:
        spoken_F = np.concatenate([sound.samples_F for sound in speaker.clauses(QUESTION)])
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(np.zeros(int(LEAD_S * RATE_HZ), np.int16).tobytes() + spoken_F.tobytes())
    return path


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts what is played into the microphone again: 20 ms later, at a third of its loudness, with two reflections."""
    played: list[reference.Reference] = []
    make, blocks = reference.Reference.__init__, microphone.FileMicrophone.__iter__

    def remembered(self: reference.Reference, *arguments: int) -> None:
        make(self, *arguments)
        played.append(self)

    def with_echo(self: microphone.FileMicrophone) -> Iterator:
        for item in blocks(self):
            if isinstance(item, Block):
                first = reference.Reference.index(item.at_s)
                paths = ((0.020, 0.3), (0.031, 0.12), (0.047, 0.06))
                echo_S = sum(
                    share * played[-1].read(first - round(late_s * 16000), len(item.samples_S))
                    for late_s, share in paths
                )
                item = Block((item.samples_S + echo_S).astype(np.float32), item.at_s)
            yield item

    monkeypatch.setenv("ANTIGONE_ECHO", "auto")
    monkeypatch.setattr(reference.Reference, "__init__", remembered)
    monkeypatch.setattr(microphone.FileMicrophone, "__iter__", with_echo)


def sounding(path: Path) -> tuple[np.ndarray, int]:
    with wave.open(str(path)) as file:
        samples_F = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        return samples_F.astype(np.float32) / 32768, file.getframerate()


def test_a_spoken_question_is_answered_aloud_once_though_the_room_echoes(
    question: Path, room: None, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = tmp_path / "answer.wav"
    monkeypatch.setenv("ANTIGONE_SPEECH_RATE_WPM", "220")
    done = CliRunner().invoke(app, ["voice", "--input", str(question), "--output", str(answer), "--json"])
    assert done.exit_code == 0, done.output
    events = [json.loads(line) for line in done.stdout.splitlines()]
    names = [event["event"] for event in events]
    heard = [event["text"] for event in events if event["event"] == "Heard"]
    assert len(heard) == 1 and "15" in heard[0] and "48" in heard[0], events
    assert names.count("Answer") == names.count("AnswerBegan") == names.count("AnswerEnded") == 1
    assert "Commanded" not in names and "Failed" not in names
    assert "7.23" in next(event["text"] for event in events if event["event"] == "Answer")
    states = [event["state"] for event in events if event["event"] == "StateChanged"]
    assert states[0] == "starting" and states[-1] == "listening" and "speaking" in states

    samples_F, rate_hz = sounding(answer)
    loud = np.flatnonzero(np.abs(samples_F) > 0.02)
    gaps = np.flatnonzero(np.diff(loud) > 1.5 * rate_hz)  # the answer stands after the silence of the question
    last_F = samples_F[max(0, loud[gaps[-1] + 1] - rate_hz // 4) :]
    said = hearing.load("whisper-tiny.en").hear(soxr.resample(last_F, rate_hz, 16000))[0]
    assert "7.23" in said or "seven" in said.lower(), said


def test_control_c_ends_it_cleanly_even_while_it_starts(question: Path, home: Path, tmp_path: Path) -> None:
    output = tmp_path / "answer.wav"
    command = [sys.executable, "-c", "from assistant.cli import app; app()", "voice",
               "--input", str(question), "--output", str(output)]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None and "Control C" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=60)
    assert (process.returncode, rest, errors) == (0, "Stopped.\n", "")
    assert sounding(output)[1] == RATE_HZ  # whole


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--input", "nothing.wav"], "There is no file nothing.wav"),
        (["--input", "README.md"], "README.md is not a sound file"),
        (["--input", "tests"], "is a folder"),
        (["--input", "QUESTION", "--output", "nowhere/answer.wav"], "does not exist"),
        (["--input", "QUESTION", "--output", "tests"], "tests"),
    ],
)
def test_bad_files_are_a_sentence_and_exit_2(arguments: list[str], said: str, question: Path, home: Path) -> None:
    done = CliRunner().invoke(app, ["voice", *(str(question) if one == "QUESTION" else one for one in arguments)])
    assert done.exit_code == 2 and said in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize("options", [[], ["--push-to-talk"], ["--input", "QUESTION"]])
def test_a_missing_device_is_a_sentence_with_a_remedy(
    options: list[str], question: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sounddevice

    def none(*_: object, **__: object) -> None:
        raise sounddevice.PortAudioError("no device")

    monkeypatch.setattr(sounddevice, "query_devices", none)
    done = CliRunner().invoke(app, ["voice", *(str(question) if one == "QUESTION" else one for one in options)])
    assert done.exit_code == 2 and ("microphone" in done.stderr or "loudspeaker" in done.stderr)
    assert "Connect" in done.stderr

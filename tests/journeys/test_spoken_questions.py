"""The main job, as a person does it: a question spoken into a recording, a picture of print, the answer spoken back.

The letter goes through the program as a process of its own; the others call the same command within this one, so that
the models are loaded once.
"""

import json
import re
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.cli import app
from assistant.memory import Store
from benchmarks.drawing import page

ROOT = Path(__file__).parents[2]
NOW = "2026-03-02T09:00"
LETTER = [
    "Riverside Hospital",
    "Eye Clinic, Level 2",
    "",
    "Dear Mr Jones,",
    "",
    "Your appointment is on Tuesday 17 March 2026",
    "at 10:45 am with Dr Helen Marsh. Please bring your",
    "blue card and a list of your medicines.",
    "",
    "Yours sincerely,",
    "Karen Whitfield",
]
BILL = ["THE HARBOUR CAFE", "Fish and chips 12.50", "Tomato soup 6.00", "Pot of tea 2.50", "TOTAL 21.00"]
MILK = ["Meadow Farm", "Whole Milk 2 pints", "Use by 9 March 2026", "Keep refrigerated"]
LABEL = ["Amoxicillin 500 mg capsules", "Take ONE capsule THREE times a day", "Finish the course", "Mrs A Patel"]


@pytest.fixture(scope="module")
def ear():
    from assistant import hearing

    return hearing.load("whisper-tiny.en")


@pytest.fixture(scope="module")
def voice():
    from assistant import settings
    from assistant.speech import Speaker

    with Speaker(settings.load()) as speaker:
        yield speaker


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """What the first turn found out about the models (their hashes, what is computed once), for the turns after it."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def ask(voice, home, kept, tmp_path, monkeypatch):
    """Speak a question, draw the print, run `ask`; the events. The answer lies in tmp_path/answer.wav."""
    shutil.copytree(kept, home, dirs_exist_ok=True)

    def turn(question: str, lines: list[str], *, own_process: bool = False) -> list[dict]:
        voice.to_file(question, tmp_path / "question.wav")
        page(lines).save(tmp_path / "print.png")
        arguments = ["ask", "--audio", str(tmp_path / "question.wav"), "--image", str(tmp_path / "print.png"),
                     "--speak", str(tmp_path / "answer.wav"), "--json"]  # fmt: skip
        monkeypatch.setenv("ANTIGONE_NOW", NOW)
        return [json.loads(line) for line in (process if own_process else within)(arguments).splitlines()]

    yield turn
    for folder in ("models", "cache"):
        if (home / folder).is_dir():
            shutil.copytree(home / folder, kept / folder, dirs_exist_ok=True)


def process(arguments: list[str]) -> str:
    command = [sys.executable, "-c", "from assistant.cli import app; app()", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def within(arguments: list[str]) -> str:
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.stderr
    return done.stdout


def called(events: list[dict]) -> list[str]:
    return [event["name"] for event in events if event["event"] == "ToolCalled"]


def test_a_letter_read_aloud_and_a_reminder_the_day_before_at_noon(ask, home, tmp_path, ear):
    events = ask("Read this, and remind me the day before at noon.", LETTER, own_process=True)
    assert called(events) == ["read_text", "set_reminder"]
    store = Store(home)
    reminders = store.reminders()
    store.close()
    assert [one.when.replace(tzinfo=None) for one in reminders] == [datetime(2026, 3, 16, 12, 0)]
    assert "appointment" in reminders[0].text.lower()
    said = ear.hear(tmp_path / "answer.wav")[0].lower()
    assert "reminder" in said and "16 march" in said and "noon" in said


def test_the_tip_on_a_bill(ask, tmp_path, ear):
    events = ask("How much is a twenty percent tip on this bill?", BILL)
    assert called(events) == ["read_text", "calculate"]
    assert "4.20" in events[-1]["text"]
    said = ear.hear(tmp_path / "answer.wav")[0].lower()
    assert re.search(r"\b4\.20?\b|\bfour (?:point|dollars|pounds|twenty)\b", said), said


def test_a_use_by_date_and_a_reminder_before_it(ask, home, tmp_path, ear):
    events = ask("When does this milk expire? Remind me the day before at six in the evening.", MILK)
    assert "set_reminder" in called(events) and "9 March" in events[-1]["text"]
    store = Store(home)
    reminders = store.reminders()
    store.close()
    assert [one.when.replace(tzinfo=None) for one in reminders] == [datetime(2026, 3, 8, 18, 0)]
    assert "march" in ear.hear(tmp_path / "answer.wav")[0].lower()


def test_a_medicine_label(ask, tmp_path, ear):
    events = ask("How many capsules should I take a day?", LABEL)
    assert called(events) == ["read_text"]
    assert "Take ONE capsule THREE times a day" in events[-1]["text"]
    assert "three times a day" in ear.hear(tmp_path / "answer.wav")[0].lower()

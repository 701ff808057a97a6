"""The main job, as a person does it: a question spoken into a recording, a picture of print, the answer spoken back."""

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

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


def antigone(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ANTIGONE_HOME": str(home), "ANTIGONE_NOW": NOW}
    command = [sys.executable, "-c", "from assistant.cli import app; app()", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)


def spoken_turn(home: Path, folder: Path, question: str, lines: list[str]) -> list[dict]:
    """Speak the question, draw the print, run `ask`; the events. The answer lies in folder/answer.wav."""
    from assistant import settings
    from assistant.speech import Speaker

    with Speaker(settings.load()) as speaker:
        speaker.to_file(question, folder / "question.wav")
    page(lines).save(folder / "print.png")
    done = antigone(home, "ask", "--audio", str(folder / "question.wav"), "--image", str(folder / "print.png"),
                    "--speak", str(folder / "answer.wav"), "--json")  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def called(events: list[dict]) -> list[str]:
    return [event["name"] for event in events if event["event"] == "ToolCalled"]


def test_a_letter_read_aloud_and_a_reminder_the_day_before_at_noon(home, tmp_path, ear):
    events = spoken_turn(home, tmp_path, "Read this, and remind me the day before at noon.", LETTER)
    assert called(events) == ["read_text", "set_reminder"]
    store = Store(home)
    reminders = store.reminders()
    store.close()
    assert [one.when.replace(tzinfo=None) for one in reminders] == [datetime(2026, 3, 16, 12, 0)]
    assert "appointment" in reminders[0].text.lower()
    said = ear.hear(tmp_path / "answer.wav")[0].lower()
    assert "reminder" in said and "16 march" in said and "noon" in said


def test_the_tip_on_a_bill(home, tmp_path, ear):
    events = spoken_turn(home, tmp_path, "How much is a twenty percent tip on this bill?", BILL)
    assert called(events) == ["read_text", "calculate"]
    assert "4.20" in events[-1]["text"]
    assert "4" in ear.hear(tmp_path / "answer.wav")[0]


def test_a_use_by_date_and_a_reminder_before_it(home, tmp_path, ear):
    events = spoken_turn(
        home, tmp_path, "When does this milk expire? Remind me the day before at six in the evening.", MILK
    )
    assert "set_reminder" in called(events) and "9 March" in events[-1]["text"]
    store = Store(home)
    reminders = store.reminders()
    store.close()
    assert [one.when.replace(tzinfo=None) for one in reminders] == [datetime(2026, 3, 8, 18, 0)]
    assert "march" in ear.hear(tmp_path / "answer.wav")[0].lower()


def test_a_medicine_label(home, tmp_path, ear):
    events = spoken_turn(home, tmp_path, "How many capsules should I take a day?", LABEL)
    assert called(events) == ["read_text"]
    assert "Take ONE capsule THREE times a day" in events[-1]["text"]
    assert "three times a day" in ear.hear(tmp_path / "answer.wav")[0].lower()

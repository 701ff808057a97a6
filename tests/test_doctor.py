"""The doctor: what it finds on a machine as it is and on machines where something is amiss, and what it says aloud."""

import contextlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from assistant import checks, running
from assistant.checks import desktop, machine, program, sound
from assistant.checks.finding import Finding
from assistant.cli import app
from assistant.commands import doctor
from assistant.devices import DeviceLost
from assistant.listening.microphone import Block, FileMicrophone

ROOT = Path(__file__).parents[1]
HERTZ = 16_000


def test_the_doctor_names_what_is_amiss_and_goes_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    def breaks() -> None:
        raise RuntimeError("no such device")

    (home / "settings.toml").write_text("verbosity = 'loud'")
    chosen = (breaks, checks.python_and_settings, checks.disk_and_memory, checks.network)
    monkeypatch.setattr(doctor, "CHECKS", chosen)
    monkeypatch.setattr(doctor, "AUDIBLE", ())
    done = CliRunner().invoke(app, ["doctor"])
    assert done.exit_code == 2
    assert "one of brief, normal, full" in done.stdout and "no such device" in done.stdout
    assert "nothing leaves this machine" in done.stdout
    assert "2 things need mending: breaks, settings." in done.stderr
    rows = [json.loads(line) for line in CliRunner().invoke(app, ["doctor", "--json"]).stdout.splitlines()]
    assert all(row["remedy"] for row in rows if row["state"] == "bad")


def test_the_doctor_sees_that_the_record_of_consent_was_changed(home: Path) -> None:
    from assistant.memory import FILE_NAME, Store

    assert [finding.text for finding in checks.kept()] == ["Nothing is kept yet."]
    store = Store(home)
    store.record("consent refused", {"tool": "cancel_reminder"}, datetime(2026, 11, 21, tzinfo=UTC))
    store.close()
    assert [finding.state for finding in checks.kept()] == ["good"]
    with contextlib.closing(sqlite3.connect(home / FILE_NAME)) as database, database:
        database.execute("UPDATE audit SET kind = 'consent given'")
    assert [finding.state for finding in checks.kept()] == ["note"]


def test_the_doctor_knows_a_full_disk_and_a_missing_model(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant import models
    from assistant.model_table import MODELS

    usage = shutil.disk_usage(home)
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda path: usage._replace(free=1 << 20))
    assert next(checks.disk_and_memory()).state == "bad"
    monkeypatch.setattr(models, "candidates", lambda model, relative: iter(()))
    findings = list(checks.model_files())
    assert {finding.state for finding in findings} == {"bad"}
    assert len(findings) == len([model for model in MODELS if model.default])
    assert all("antigone models pull" in finding.remedy for finding in findings)


# -- microphone and loudspeaker ------------------------------------------------------------------------------------


def _tone(level: float) -> np.ndarray:
    return (level * np.sin(np.arange(2 * HERTZ) * 0.3)).astype(np.float32)


@pytest.mark.parametrize(
    ("samples_S", "state", "said"),
    [
        (np.zeros(0, np.float32), "bad", "no sound"),
        (np.zeros(2 * HERTZ, np.float32), "bad", "muted"),
        (_tone(1e-6), "bad", "muted"),
        (_tone(0.002), "note", "very quiet"),
        (np.clip(_tone(3.0), -1, 1), "note", "too loud"),
        (_tone(0.2), "good", "-14 dB"),
    ],
)
def test_a_recording_tells_of_its_microphone(samples_S: np.ndarray, state: str, said: str) -> None:
    finding = sound.judged(samples_S)
    assert finding.state == state and said in finding.text
    assert bool(finding.remedy) == (state != "good")


class Source:
    """A microphone that gives what it is told to and then nothing until it is closed."""

    def __init__(self, *items: object) -> None:
        self.items = items
        self.closed = False

    def __iter__(self) -> Iterator[object]:
        yield from self.items
        while not self.closed:
            time.sleep(0.01)

    def close(self) -> None:
        self.closed = True


def test_a_microphone_that_is_refused_or_hangs_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound, "PATIENCE_S", 0.2)
    refused = Source(DeviceLost("microphone", "It may not be used.", "Allow it."))
    findings = list(sound.microphone(lambda words: True, refused))
    assert [(finding.state, finding.text, finding.remedy) for finding in findings[1:]] == [
        ("bad", "It may not be used.", "Allow it.")
    ]
    hangs = Source(Block(np.full(512, 0.1, np.float32), 0.0))
    said: list[str] = []
    findings = list(sound.microphone(lambda words: not said.append(words), hangs))
    assert "Please say something now" in said[0] and hangs.closed
    assert findings[-1].state == "bad" and "no sound" in findings[-1].text


def test_the_microphone_is_judged_by_what_is_said_into_it(speech: Path) -> None:
    now = [0.0]
    source = FileMicrophone(
        speech / "jfk.flac", clock=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds)
    )
    assert [finding.state for finding in sound.microphone(lambda words: True, source)] == ["good", "good"]


ALSA = """
pcm.!default {{ type file slave.pcm "nowhere" file "{out}" infile "{into}" format "raw" }}
pcm.nowhere {{ type null }}
"""
ONLY_SOUND = "from assistant.commands import doctor; doctor.CHECKS = (); doctor.run(as_json=False, quiet={quiet})"


@pytest.mark.skipif(sys.platform != "linux", reason="ALSA is Linux's")
def test_it_plays_listens_and_says_its_verdict(tmp_path: Path) -> None:
    """PortAudio and ALSA as on any Linux desktop, with files in the place of the sound card."""
    into, out = tmp_path / "in.raw", tmp_path / "out.raw"
    _tone(0.2).repeat(4).tofile(into)
    (tmp_path / "asound.conf").write_text(ALSA.format(out=out, into=into))
    environment = {**os.environ, "ALSA_CONFIG_PATH": str(tmp_path / "asound.conf"), "ANTIGONE_VOICE": "en-us"}

    def run(quiet: bool) -> str:
        command = [sys.executable, "-c", ONLY_SOUND.format(quiet=quiet)]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert run(quiet=True) == "Antigone is well.\n" and not out.exists()
    said = run(quiet=False)
    if "PortAudio is missing" in said:
        pytest.skip("PortAudio is not installed")
    assert "The microphone works; the loudest moment was -14 dB" in said
    assert "A sentence and the short sound for done were played" in said
    assert np.count_nonzero(np.fromfile(out, np.int16)) > 22050 * 3, "a prompt, an earcon, a prompt and the verdict"


def test_json_and_quiet_make_no_sound_and_what_is_bad_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(doctor._Mouth, "say", lambda mouth, words: bool(mouth._wanted and not said.append(words)))
    monkeypatch.setattr(doctor, "AUDIBLE", (lambda say: iter([Finding("ear", "good", str(say("ping")))]),))
    bad = Finding("lamp", "bad", "It is dark.", "Light it.")
    monkeypatch.setattr(doctor, "CHECKS", (lambda: iter([Finding("house", "note", "Old.", "Mend."), bad]),))
    for words in (["doctor", "--quiet"], ["doctor", "--json"]):
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 2 and "ear" not in done.stdout and said == []
    assert CliRunner().invoke(app, ["doctor"]).exit_code == 2
    assert said == ["ping", "lamp. To mend: It is dark. Light it.", "One thing needs mending: lamp."]
    monkeypatch.setenv("ANTIGONE_SPEECH", "false")
    said.clear()
    assert CliRunner().invoke(app, ["doctor"]).exit_code == 2 and said == []


# -- what is around it ---------------------------------------------------------------------------------------------


def test_the_page_is_found_running_its_port_free_or_taken(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("ANTIGONE_PORT", str(port))
        (finding,) = desktop.page()
        assert finding.state == "note" and str(port) in finding.text and finding.remedy
    (finding,) = desktop.page()
    assert finding.state == "good" and "free" in finding.text
    held = running.claim(home)
    assert held is not None
    held.record(port, ready=True)
    (finding,) = desktop.page()
    assert finding.text == f"The page runs already at http://127.0.0.1:{port}."
    held.release()


def test_a_screen_reader_beside_our_own_voice_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desktop, "_processes", lambda: iter(["bash", "orca"]))
    monkeypatch.setenv("GDK_SCALE", "2")
    (reader, display) = desktop.screen_reader()
    assert reader.state == "note" and "Orca" in reader.text and "2 times" in display.text
    monkeypatch.setenv("ANTIGONE_SPEECH", "false")
    assert next(desktop.screen_reader()).state == "good"


def test_it_says_where_the_log_is_and_that_something_went_wrong(home: Path) -> None:
    assert [finding.state for finding in program.log()] == ["good"]
    (home / "last-error.txt").write_text("Traceback")
    log, wrong = program.log()
    assert str(home / "logs" / "page.log") in log.text
    assert wrong.state == "note" and str(home / "last-error.txt") in wrong.text


def test_offline_is_fine(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desktop.psutil, "net_if_stats", dict)
    assert [finding.state for finding in desktop.network()] == ["good", "good"]

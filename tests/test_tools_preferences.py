"""Spoken settings: what words mean which setting, what is refused, what is written, and that undo puts it back."""

from datetime import datetime
from pathlib import Path

import pytest

from assistant import settings, settings_file
from assistant.memory import Store
from assistant.phrases.preferences import understand
from assistant.phrases.spans import Unclear
from assistant.state import undo
from assistant.tools import load
from assistant.tools.base import ToolContext, ToolResult
from kernels.errors import UserError

NOW = datetime(2026, 11, 21, 10, 0).astimezone()


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ToolContext:
    monkeypatch.setenv("ANTIGONE_HOME", str(tmp_path))
    return ToolContext(settings.load(), Store(tmp_path), lambda: NOW)


def change(context: ToolContext, setting: str = "", value: str = "") -> ToolResult:
    return load()["change_setting"](context, setting=setting, value=value)


@pytest.mark.parametrize(
    ("setting", "value", "name", "wanted"),
    [
        ("speed", "a bit faster", "speech_rate_wpm", 200),
        ("", "speak slower", "speech_rate_wpm", 140),
        ("", "too fast", "speech_rate_wpm", 140),
        ("speed", "two hundred words a minute", "speech_rate_wpm", 200),
        ("speed", "as fast as possible", "speech_rate_wpm", 500),
        ("speed", "900", "speech_rate_wpm", 500),
        ("voice", "faster", "speech_rate_wpm", 220),
        ("volume", "50 percent", "volume", 0.5),
        ("", "a bit quieter", "volume", 0.9),
        ("volume", "0", "volume", 0.05),
        ("sound", "down", "earcons", None),
        ("pitch", "minus 3", "pitch", -3),
        ("voice", "lower", "pitch", -2),
        ("answers", "shorter", "verbosity", "brief"),
        ("", "you talk too much", "verbosity", "brief"),
        ("answers", "more detail", "verbosity", "full"),
        ("", "don't rush me", "patience", "patient"),
        ("", "turn off the beeps", "earcons", False),
        ("language", "Spanish", "language", "es"),
        ("voice", "Scottish", "voice", "en-gb-scotland"),
        ("dates", "month first", "day_first", False),
        ("speech", "off", "speech", False),
    ],
)
def test_words_mean_a_setting_and_a_value(setting: str, value: str, name: str, wanted: object) -> None:
    now = settings.Settings.model_construct(
        speech_rate_wpm=180, volume=1.0, pitch=0, verbosity="normal", patience="normal", earcons=True
    )
    if wanted is None:
        with pytest.raises(Unclear, match="on or off"):
            understand(setting, value, now)
        return
    wish = understand(setting, value, now)
    assert (wish.name, wish.value) == (name, wanted)


@pytest.mark.parametrize(
    "setting", ["allow_outside", "network", "port", "consent", "hub_address", "home", "audit_text", "language_model"]
)
def test_what_guards_the_user_is_not_changed_by_voice(context: ToolContext, setting: str) -> None:
    with pytest.raises(UserError, match="by voice"):
        change(context, setting, "on")
    assert not settings.file().exists()


def test_a_change_is_written_said_and_undone(context: ToolContext, tmp_path: Path) -> None:
    settings.file().write_text('# mine\nvolume = 0.5 # soft\nvoice = "en-us"\n', encoding="utf-8")
    context.settings = settings.load()
    assert load()["change_setting"].say_effect(context, setting="speed", value="300") == (
        "Change the speed from 180 to 300"
    )
    result = change(context, "speed", "300")
    assert result.text == "I speak 300 words a minute."
    assert result.data == {"setting": "speech_rate_wpm", "value": 300, "before": 180}
    assert settings.load().speech_rate_wpm == 300
    change(context, "volume", "80 percent")
    assert settings.file().read_text(encoding="utf-8").startswith("# mine\nvoice")
    undo = load()["undo"]
    assert undo(context).text == "Undone: the volume is 0.5 again." and settings.load().volume == 0.5
    undo(context)
    assert settings.load().speech_rate_wpm == 180 and "speech_rate_wpm" not in settings.file().read_text("utf-8")


def test_a_setting_that_could_not_be_put_back_is_not_changed(
    context: ToolContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise UserError("The disk is full.", "Free some space.")

    monkeypatch.setattr(undo, "write", full)
    with pytest.raises(UserError, match="full"):
        change(context, "speed", "300")
    assert settings.load().speech_rate_wpm == 180


def test_what_is_so_already_is_said_and_what_is_missing_asked(context: ToolContext) -> None:
    assert change(context, "volume", "louder").text == "The volume is 100 percent already."
    asked = change(context, "volume", "")
    assert asked.data["needs"] == "value" and "10 to 100" in asked.text
    assert change(context).text.startswith("What should I change?")
    context.request = "could you speak a bit slower"
    assert change(context, "", "").data["value"] == 160
    assert change(context, "speak", "slower").data["value"] == 160  # "a bit" stood before it
    assert context.store.last_action() is not None


def test_a_broken_settings_file_is_left_as_it_is(context: ToolContext) -> None:
    settings.file().write_text("volume = = 3\n", encoding="utf-8")
    with pytest.raises(UserError, match="isn't valid TOML"):
        settings_file.put("volume", 0.5)
    assert settings.file().read_text(encoding="utf-8") == "volume = = 3\n"


def test_a_setting_stays_out_of_a_table_and_keeps_its_quotes(context: ToolContext) -> None:
    settings.file().write_text("# end", encoding="utf-8")
    settings_file.put("voice", 'a"b\\c')
    assert settings_file.kept("voice") == 'a"b\\c' and settings.file().read_text("utf-8").startswith("# end\n")
    settings_file.put("voice", None)
    assert settings_file.kept("voice") is None and settings.file().read_text("utf-8") == "# end\n"
    with pytest.raises(UserError, match="not allowed"):
        settings_file.put("speech_rate_wpm", 9999)

"""Settings asked for by idiom or complaint: what changes, and that plain wishes and other talk are left alone."""

import pytest

from assistant.phrases.preferences import understand
from assistant.phrases.setting_idioms import meant
from assistant.settings import Settings
from assistant.steps.arguments import fill
from assistant.steps.slots import Material
from tests.test_agent import encode


@pytest.mark.parametrize(
    ("words", "setting", "lower"),
    [
        ("you're roaring at me, the baby's asleep", "volume", True),
        ("lower your voice a notch would you", "volume", True),
        ("would you ever pipe down a bit", "volume", True),
        ("you're rattling it off like an auctioneer", "speech_rate_wpm", True),
        ("nineteen to the dozen you go, ease up", "speech_rate_wpm", True),
        ("you're plodding, get a move on", "speech_rate_wpm", False),
    ],
)
def test_an_idiom_changes_its_setting(words: str, setting: str, lower: bool):
    filled = fill("change_setting", words, Material(encode=encode))
    assert isinstance(filled, dict)
    now = Settings(volume=0.6)
    wish = understand(str(filled["setting"]), str(filled["value"]), now)
    before = getattr(now, setting)
    assert wish.name == setting and isinstance(wish.value, int | float)
    assert (wish.value < before) == lower and wish.value != before


@pytest.mark.parametrize(
    ("words", "setting", "value"),
    [
        ("you do go on, just the short of it from now on", "verbosity", "brief"),
        ("your answers are too clipped for me", "verbosity", "full"),
        ("you come in on top of me before i've it said", "patience", "patient"),
    ],
)
def test_an_idiom_names_a_level(words: str, setting: str, value: str):
    filled = fill("change_setting", words, Material(encode=encode))
    assert isinstance(filled, dict)
    wish = understand(str(filled["setting"]), str(filled["value"]), Settings())
    assert (wish.name, wish.value) == (setting, value)


@pytest.mark.parametrize("words", ["set the pitch to 3", "turn the volume down", "use the scottish voice"])
def test_plain_wishes_are_no_idioms(words: str):
    assert meant(words) == {}

"""Settings asked for in no fixed words: which one, what it is to be, and that other talk is left alone."""

import pytest

from assistant.phrases.preferences import understand
from assistant.phrases.setting_idioms import meant
from assistant.session import _load_encoder
from assistant.settings import Settings
from assistant.steps.arguments import fill
from assistant.steps.clause import Clause
from assistant.steps.planning import Intent
from assistant.steps.setting_wishes import means_setting, with_settings
from assistant.steps.slots import Material
from training.steps.phrases import HERE, read_phrases

NOW = Settings(volume=0.6, speech_rate_wpm=200, verbosity="normal")


@pytest.fixture(scope="module")
def encode():
    return _load_encoder().encode


def _changed(words: str, encode) -> tuple[str, object]:
    filled = fill("change_setting", words, Material(encode=encode))
    assert isinstance(filled, dict)
    wish = understand(str(filled.get("setting", "")), str(filled["value"]), NOW)
    return wish.name, wish.value


@pytest.mark.parametrize(
    ("words", "setting", "lower"),
    [
        ("i can't pick you out over that lawnmower", "volume", False),
        ("i'm off at the cooker, speak up so it carries", "volume", False),
        ("the twins have only now gone over, hush yourself", "volume", True),
        ("you needn't be hollering at me like that", "volume", True),
        ("don't speak so very quickly, i am writing", "speech_rate_wpm", True),
        ("you could be a lot quicker for me, i'm well used to it", "speech_rate_wpm", False),
        ("that pitch is too high for my ears", "pitch", True),
    ],
)
def test_more_or_less_is_read_from_what_people_say(words: str, setting: str, lower: bool, encode):
    name, value = _changed(words, encode)
    assert name == setting and isinstance(value, int | float)
    assert (value < getattr(NOW, setting)) == lower and value != getattr(NOW, setting)


@pytest.mark.parametrize(
    ("words", "setting", "value"),
    [
        ("kindly desist from those jingling noises", "earcons", False),
        ("i miss that bit of a bleep when you'd heard me, give it me back", "earcons", True),
        ("you talk across me every time i draw breath, i've a stutter", "patience", "patient"),
        ("only the gist when you answer, i've no time for a lecture", "verbosity", "brief"),
        ("let me have the works when i ask you things", "verbosity", "full"),
        ("at home in ohio 4/9 means april ninth", "day_first", False),
        ("with me 3/7 is the third of july, not march", "day_first", True),
        ("i've my screen reader at three hundred and twenty, the same from you", "speech_rate_wpm", 320),
        ("i'm well used to 400 words a minute", "speech_rate_wpm", 400),
    ],
)
def test_a_level_a_switch_or_a_number_is_read(words: str, setting: str, value: object, encode):
    assert _changed(words, encode) == (setting, value)


@pytest.mark.parametrize("words", ["more slowly", "less quickly", "not so fast"])
def test_slowly_is_slower_however_it_is_put(words: str):
    wish = understand("speak", words, NOW)
    assert wish.name == "speech_rate_wpm" and isinstance(wish.value, int) and wish.value < 200


def test_an_age_is_no_rate():
    assert meant("mam is eighty nine and can't hear how fast you go") == {}


@pytest.mark.parametrize(
    "words",
    [
        "the pub was fierce loud last night",
        "how fast does a hare run",
        "I'm just in from the bingo, it was ever so noisy",
        "remind me to turn the radio down at ten",
        "my sister never stops talking",
        "what's on my shopping list",
        "read the letter to me",
    ],
)
def test_talk_of_other_things_is_no_setting(words: str, encode):
    assert means_setting(words, encode) < 0.78


def test_a_setting_taken_for_talk_is_a_setting_after_all(encode):
    words = "you're blowing the head off me"
    taken = with_settings([Intent("chat", Clause("stop that bleeping at me"), 0.5)], "stop that bleeping at me", encode)
    assert [one.label for one in taken] == ["change_setting"]
    sure = with_settings([Intent("set_reminder", Clause(words), 0.95)], words, encode)
    assert [one.label for one in sure] == ["set_reminder"]


def test_two_sentences_can_be_one_wish(encode):
    words = ["My talking books go at three hundred.", "Match that when you talk."]
    steps = with_settings([Intent("chat", Clause(one), 0.6) for one in words], " ".join(words), encode)
    assert [one.label for one in steps] == ["change_setting"]
    assert _changed(steps[0].clause.words, encode) == ("speech_rate_wpm", 300)


def test_the_training_clauses_are_one_class_each():
    said = [words for _, words in read_phrases(HERE / "settings.txt")]
    assert len(said) == len(set(said))

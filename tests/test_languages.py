"""The program's own sentences: three catalogues that say the same, all that is asked for, each in a fit voice."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest
from starlette.requests import Request

from assistant import hearing, languages, settings
from assistant.languages import LANGUAGES, PLACEHOLDER, catalogue, text
from assistant.speaking import sound_file
from assistant.speech import RATE_HZ, Speaker
from kernels.errors import UserError
from ui.languages import chooser

ROOT = Path(__file__).parents[1]
SCRIPTS = {path: path.read_text(encoding="utf-8") for path in sorted((ROOT / "ui" / "static").glob("*.js"))}
MARKUP = {path: path.read_text(encoding="utf-8") for path in sorted((ROOT / "ui" / "markup").glob("*.html"))}
PYTHON = {
    path: path.read_text(encoding="utf-8")
    for folder in ("assistant", "ui")
    for path in sorted((ROOT / folder).rglob("*.py"))
}
SECTIONS = {key.split(".")[0] for key in catalogue("en")}
KEY = re.compile(rf"""["'`](({"|".join(sorted(SECTIONS))})\.[a-z0-9_]+)["'`]""")
MADE = re.compile(rf"""["'`](({"|".join(sorted(SECTIONS))})\.[a-z0-9_]*)[$]?\{{""")  # `keys.${name}` and f"keys.{name}"
CALL = re.compile(r"""\bt\(\s*"([a-z_]+\.[a-z0-9_]+)"\s*(,\s*\{)?""")


def _placeholders(key: str, language: str = "en") -> set[str]:
    return set(PLACEHOLDER.findall(catalogue(language)[key]))


def test_all_languages_hold_the_same_sentences_with_the_same_placeholders() -> None:
    english = languages._read("en")
    for language in LANGUAGES[1:]:
        own = languages._read(language)
        assert sorted(own) == sorted(english), f"{language}.toml and en.toml hold different keys"
        for key, said in own.items():
            assert said.strip() == said and said, key
            assert sorted(PLACEHOLDER.findall(said)) == sorted(PLACEHOLDER.findall(english[key])), f"{language} {key}"


def test_sentences_end_alike_in_all_languages() -> None:
    """A full stop tells the voice and the screen reader that a sentence is over; a label has none."""
    differing = [
        (language, key)
        for language in LANGUAGES[1:]
        for key, said in catalogue(language).items()
        if (said[-1] in ".:") != (catalogue("en")[key][-1] in ".:")
    ]
    assert differing == []


def _names(source: str, at: int) -> set[str]:
    """The names of the object literal whose first brace ends at `at`."""
    depth, flat = 1, ""
    while depth:
        depth += {"{": 1, "(": 1, "[": 1, "}": -1, ")": -1, "]": -1}.get(source[at], 0)
        flat += source[at] if depth == 1 else ""
        at += 1
    return {part.split(":")[0].strip(" \n)]}") for part in flat.split(",") if part.strip()}


def _asked_for() -> tuple[set[str], set[str]]:
    """Keys that code and page name, and the beginnings of those they put together."""
    named: set[str] = set()
    begun: set[str] = set()
    for source in (*SCRIPTS.values(), *MARKUP.values(), *PYTHON.values()):
        named.update(found[0] for found in KEY.findall(source))
        begun.update(found[0] for found in MADE.findall(source))
    for source in MARKUP.values():
        named.update(re.findall(r'data-t(?:-[a-z]+)?="([^"]+)"', source))
    return named, begun


def test_every_sentence_that_the_page_asks_for_is_there() -> None:
    files = (".js", ".css", ".html")
    named = {found[0] for source in SCRIPTS.values() for found in KEY.findall(source) if not found[0].endswith(files)}
    named |= {key for source in MARKUP.values() for key in re.findall(r'data-t(?:-[a-z]+)?="([^"]+)"', source)}
    assert sorted(named - set(catalogue("en"))) == []
    for path, source in SCRIPTS.items():
        for call in CALL.finditer(source):
            given = _names(source, call.end()) if call[2] else set()
            assert given == _placeholders(call[1]), f"{path.name}: {call[1]}"


def test_python_asks_for_what_is_there_and_gives_each_sentence_its_values() -> None:
    for path, source in PYTHON.items():
        for node in ast.walk(ast.parse(source)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute)):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            key = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
            if name == "text" and isinstance(key, str) and "." in key and key.split(".")[0] in SECTIONS:
                assert {each.arg for each in node.keywords} == _placeholders(key), f"{path.name}: {key}"
            elif name == "_said" and isinstance(key, str):
                assert key in catalogue("en"), f"{path.name}: {key}"


def test_no_sentence_is_left_that_nobody_asks_for() -> None:
    named, begun = _asked_for()
    gettext = {key for key in catalogue("en") if key not in named and not key.startswith(tuple(begun))}
    assert sorted(gettext) == []


def test_a_sentence_is_filled_in_and_a_missing_value_is_a_mistake() -> None:
    assert text("log.you", "es", number=3) == "Tú, mensaje 3"
    assert text("log.you", "pt", number="{number}") == "Você, mensagem {number}", "values are not filled in again"
    with pytest.raises(KeyError):
        text("log.you", "en")
    with pytest.raises(KeyError):
        text("log.nothing_like_it", "en")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("fr-FR, pt-PT;q=0.7, en;q=0.9", "en"),
        ("de, pt;q=0.5", "pt"),
        ("en;q=0, es;q=0.1", "es"),
        ("de,fr", None),
        ("", None),
        (";;;=,q=1, \x00", None),
        ("espanol", None),
        ("es;q=nan", None),
    ],
)
def test_what_a_browser_asks_for(header: str, language: str | None) -> None:
    assert languages.accepted(header) == language


def test_the_language_is_the_choice_then_the_setting_then_the_browsers_then_the_systems(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "pt_BR.UTF-8")

    def answered(cookie: str, header: str, **given: str) -> str:
        raw = [(b"cookie", cookie.encode()), (b"accept-language", header.encode())]
        return chooser(settings.load(given))(Request({"type": "http", "headers": raw}))

    assert answered("", "de") == "pt"
    assert answered("", "de, en") == "en"
    assert answered("", "en", language="es") == "es"
    assert answered("antigone-language=en", "pt", language="es") == "en"
    assert answered("antigone-language=xx", "de") == "pt", "a cookie of nonsense counts for nothing"
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    assert answered("", "de") == "en"


def test_the_setting_chooses_what_hears_unless_a_model_is_named(home: Path) -> None:
    assert settings.load({"language": "en"}).hearing_model == "whisper-tiny.en"
    assert settings.load({"language": "es"}).hearing_model == "whisper-base"
    assert settings.load({"language": "pt", "hearing_model": "whisper-tiny.en"}).hearing_model == "whisper-tiny.en"
    with pytest.raises(UserError) as caught:
        settings.load({"language": "tlh"})
    assert caught.value.remedy == "Give one of en, es, pt."


def _said(voice: str, sentence: str, language: str | None) -> bytes:
    """The sound of a sentence by the voice of the settings, told which language it is in."""
    with Speaker(settings.load({"voice": voice})) as speaker:
        return b"".join(sound.samples_F.tobytes() for sound in speaker.clauses(sentence, language=language))


@pytest.mark.parametrize(("language", "voice"), [("es", "es"), ("pt", "pt-br")])
def test_each_language_is_spoken_by_a_voice_of_its_own(language: str, voice: str) -> None:
    sentence = text("record.missing", language)
    its_own = _said(voice, sentence, None)
    assert _said("piper-joe", sentence, language) == its_own
    assert _said("en-us", sentence, language) == its_own
    assert _said("en-us", sentence, None) != its_own
    assert _said(voice, sentence, language) == its_own, "a voice of the language stays what the user chose"


def test_english_keeps_an_english_voice_where_the_usual_one_is_spanish(tmp_path: Path) -> None:
    sound = np.frombuffer(_said("es", "No microphone was found.", "en"), np.int16)
    sound_file.write(tmp_path / "said.wav", [sound], RATE_HZ)
    assert hearing.load("whisper-tiny.en").hear(tmp_path / "said.wav")[0].lower().startswith("no microphone was found")


def test_a_language_without_a_voice_is_read_by_the_usual_one() -> None:
    assert _said("en-us", "No microphone.", "xq") == _said("en-us", "No microphone.", None)

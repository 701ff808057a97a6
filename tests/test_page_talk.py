"""Hands-free talking in a real browser: a person asks aloud and hears the answer, by keyboard alone and in every way
that a microphone, a connection or a second tab may fail."""

import base64
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.page_support import SHORT, browser, choose, open_page, playwright, served, until
from tests.talk_support import Place, placed
from tests.test_page import COUNT, FOCUS
from tests.test_page_real import _begin_with_silence
from ui.socket_limits import Limits

pytestmark = pytest.mark.browser

# What the page plays is kept as it goes to the loudspeaker.
SOUNDED = """() => {
  window.sounded = [];
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode && this instanceof AudioWorkletNode) {
      const tap = this.context.createScriptProcessor(1024, 1, 1);
      tap.onaudioprocess = (event) => window.sounded.push(event.inputBuffer.getChannelData(0).slice());
      connect.call(this, tap);
      connect.call(tap, to);
    }
    return connect.call(this, to, ...rest);
  };
}"""
# A microphone that says what the test wants it to, when the test wants it.
MOUTH = """() => {
  let context, out;
  navigator.mediaDevices.getUserMedia = async () => {
    context = new AudioContext({ sampleRate: 16000 });
    out = context.createMediaStreamDestination();
    await context.resume();
    return out.stream;
  };
  window.utter = async (wav) => {
    const data = Uint8Array.from(atob(wav), (letter) => letter.charCodeAt(0)).buffer;
    const source = context.createBufferSource();
    source.buffer = await context.decodeAudioData(data);
    source.connect(out);
    source.start();
    await new Promise((resolve) => { source.onended = resolve; });
  };
}"""
QUIET = "window.sounded.slice(-30).every((piece) => piece.every((sample) => Math.abs(sample) < 0.05))"  # for 1.4 s


@pytest.fixture(scope="module")
def play() -> Iterator[Any]:
    with playwright() as started:
        yield started


def init(context: Any, *scripts: str) -> Any:
    for script in scripts:
        context.add_init_script(f"({script})()")
    return context


def talk(page: Any) -> None:
    page.keyboard.press("Alt+Shift+KeyH")
    page.locator("#microphone", has_text="listening").wait_for()


def sounded(page: Any) -> np.ndarray:
    """(F,) float32 at 22.05 kHz: what the page has played."""
    data = page.evaluate(
        """() => { const all = new Int16Array(window.sounded.reduce((sum, piece) => sum + piece.length, 0)); let at = 0;
        for (const piece of window.sounded) for (const sample of piece) all[at++] = sample * 32767;
        let text = ""; for (const byte of new Uint8Array(all.buffer)) text += String.fromCharCode(byte);
        return btoa(text); }"""
    )
    return np.frombuffer(base64.b64decode(data), "<i2").astype(np.float32) / 32768


def words(samples_F: np.ndarray) -> str:
    import soxr

    from assistant import hearing

    heard = hearing.load("whisper-tiny.en").hear(soxr.resample(samples_F, 22050, 16000).astype(np.float32))
    return str(heard[0]).lower()


# -- with the real ear, agent and voice --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The real server; server.spoken has sentences as WAV files."""
    from assistant import settings
    from assistant.speech import Speaker
    from ui.backstage import Backstage

    folder = tmp_path_factory.mktemp("talk")
    options = settings.load({"home": folder / "home"})
    spoken = {}
    with Speaker(options) as speaker:
        for name, text in {"sum": "What is fifteen percent of two hundred?", "help": "What can you do?",
                           "stop": "Stop."}.items():  # fmt: skip
            spoken[name] = folder / f"{name}.wav"
            speaker.to_file(text, spoken[name])
    _begin_with_silence(spoken["sum"], seconds=3.5)  # the file begins when the microphone opens
    backstage = Backstage(options)
    with served(backstage.open_session, backstage.speak, open_loop=backstage.open_loop) as server:
        server.spoken = spoken
        backstage.open_session()
        yield server
    backstage.close()


@pytest.mark.slow
@pytest.mark.alone
def test_a_person_asks_aloud_and_hears_the_answer(real: Any, play: Any) -> None:
    fake = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    chrome = browser(play, *fake, f"--use-file-for-fake-audio-capture={real.spoken['sum']}%noloop")
    page = open_page(init(chrome.new_context(permissions=["microphone"]), SOUNDED), real.page)
    page.set_default_timeout(60_000)
    page.keyboard.type("a draft")
    talk(page)
    assert page.get_attribute("#talk", "aria-pressed") == "true"
    answer = page.locator("#log .antigone", has_text="30")
    answer.wait_for()
    said = ""
    for _ in range(10):
        until(page, QUIET)
        if "30" in (said := words(sounded(page))) or "thirty" in said:
            break
    else:
        raise AssertionError(f"only this was heard: {said}")
    assert "15" in page.locator("#log .you").first.inner_text() or "fifteen" in page.locator("#log .you").inner_text()
    assert page.evaluate(FOCUS) == "Your message" and page.input_value("#message textarea") == "a draft"
    page.keyboard.press("Escape")
    page.locator("#microphone", has_text="Microphone off").wait_for()
    assert page.complaints == []
    chrome.close()


@pytest.mark.slow
@pytest.mark.alone
def test_speech_stops_when_the_person_speaks(real: Any, play: Any) -> None:
    chrome = browser(play)
    page = open_page(init(chrome.new_context(), SOUNDED, MOUTH), real.page)
    page.set_default_timeout(60_000)
    wav = {name: base64.b64encode(path.read_bytes()).decode() for name, path in real.spoken.items()}
    talk(page)
    page.evaluate("wav => window.utter(wav)", wav["help"])
    page.locator("#log .antigone").wait_for()
    page.locator("#microphone", has_text="speaking").wait_for()
    until(page, "window.sounded.at(-1).some((sample) => Math.abs(sample) > 0.05)")
    page.evaluate("wav => window.utter(wav)", wav["stop"])
    until(page, QUIET)
    ending = page.locator("#log .antigone .text").first.inner_text().lower().strip(".").split()[-2:]
    said = words(sounded(page))
    assert " ".join(ending) not in said, f"{said} was to break off"
    assert page.locator("#log .you").count() == 1, "a command is no message"
    chrome.close()


# -- with a simple loop ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with placed(Limits(), attentive=False) as made:
        yield made


@pytest.fixture(scope="module")
def chrome(play: Any) -> Iterator[Any]:
    opened = browser(play, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    yield opened
    opened.close()


@pytest.fixture
def context(chrome: Any, place: Place) -> Iterator[Any]:
    opened = init(chrome.new_context(permissions=["microphone"]), SOUNDED)
    yield opened
    opened.close()
    for loop in place.loops:
        assert loop.ended.wait(30)
    place.loops.clear()
    place.agents.clear()


@pytest.fixture
def page(context: Any, place: Place) -> Any:
    return open_page(context, place.address)


def test_on_and_off_by_keyboard_with_focus_where_it_was(page: Any, place: Place) -> None:
    assert page.locator("#microphone").inner_text() == "Microphone off"
    page.evaluate(COUNT)
    talk(page)
    assert page.evaluate(FOCUS) == "Your message"
    assert any("microphone is on" in said for said in page.evaluate("window.said"))
    page.keyboard.press("Alt+Shift+KeyH")
    page.locator("#microphone", has_text="Microphone off").wait_for()
    assert page.evaluate("window.said").pop() == "Hands-free is off. The microphone is closed."
    assert page.get_attribute("#talk", "aria-pressed") == "false" and page.evaluate(FOCUS) == "Your message"
    assert place.loops[-1].ended.wait(10)
    page.focus("#talk")
    page.keyboard.press("Enter")
    page.locator("#microphone", has_text="listening").wait_for()
    assert page.evaluate(FOCUS) == "Talk hands-free"
    page.keyboard.press("Escape")
    page.locator("#microphone", has_text="Microphone off").wait_for()
    assert page.evaluate(FOCUS) == "Talk hands-free" and page.complaints == []


@pytest.mark.alone
def test_the_microphone_reaches_the_loop_at_16_khz_and_speech_is_played_as_it_was_made(page: Any, place: Place) -> None:
    talk(page)
    loop = place.loops[-1]
    until(page, "window.sounded.length > 20")
    loop.say()
    until(page, "window.sounded.some((piece) => piece.some((sample) => Math.abs(sample) > 0.2))")
    assert loop.said.wait(10)
    until(page, "window.sounded.at(-1).every((sample) => Math.abs(sample) < 0.01)")
    tone = sounded(page)
    loud = np.flatnonzero(np.abs(tone) > 0.05)
    assert 0.95 < (loud[-1] - loud[0]) / 22050 < 1.1, "one second without gaps"
    assert loop.heard > 16_000 * 0.5
    spectrum = np.abs(np.fft.rfft(np.concatenate(loop.blocks)[-16_000:]))
    assert 300 < spectrum[20:].argmax() + 20 < 1000, "Chromium's microphone beeps at 440 Hz or so"


def test_a_screen_reader_user_hears_each_thing_once(page: Any, place: Place) -> None:
    choose(page, "I use a screen reader")
    talk(page)
    assert place.loops[-1].options["speech"] is False
    assert "Use headphones" in page.locator("#announcer").inner_text()
    page.evaluate(COUNT)
    place.loops[-1].hear("what does the letter say")
    page.locator("#log .antigone", has_text=SHORT).wait_for()
    until(page, f"document.getElementById('announcer').textContent === '{SHORT}'")
    said = page.evaluate("window.said")
    assert len(said) <= 3 and said.count(SHORT) == 1, said
    assert page.locator("#live-words").evaluate("line => line.closest('[aria-live], [role=status]') === null")
    assert any(SHORT in text for text in place.loops[-1].own), "the loop knows these words for the program's own"


def test_the_connection_comes_back_by_itself(page: Any, place: Place) -> None:
    talk(page)
    page.evaluate(COUNT)
    place.drop()
    page.locator("#microphone", has_text="not connected").wait_for()
    page.locator("#microphone", has_text="listening").wait_for()
    said = page.evaluate("window.said")
    assert [text for text in said if "connection" in text] == [
        "The connection is lost. I try again until it is back.", "The connection is back."
    ]  # fmt: skip
    assert len(place.loops) == 1
    place.loops[-1].say()
    assert place.loops[-1].said.wait(10)


def test_a_second_tab_takes_over(context: Any, page: Any, place: Place) -> None:
    talk(page)
    second = open_page(context, place.address)
    talk(second)
    page.locator("#microphone", has_text="Microphone off").wait_for()
    page.locator("#announcer", has_text="another tab").wait_for(state="attached")
    assert len(place.loops) == 1
    second.close()


def test_why_it_cannot_begin_is_told_with_the_remedy(page: Any, place: Place) -> None:
    choose(page, "Full")  # with which the simple loop's ear lacks its model
    page.keyboard.press("Alt+Shift+KeyH")
    page.locator("#announcer", has_text="Hands-free has ended").wait_for(state="attached")
    assert "The ear's model is missing. Run: antigone models pull." in page.locator("#announcer").inner_text()
    assert page.locator("#microphone").inner_text() == "Microphone off"


FAIL = "() => {{ navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', '{}')); }}"


HINDRANCES = [  # each is in the way besides those before it
    (FAIL.format("NotAllowedError"), "Allow it in the browser's site settings"),
    (FAIL.format("NotFoundError"), "No microphone was found"),
    (FAIL.format("NotReadableError"), "held by another program"),
    ("() => { delete window.AudioWorkletNode; }", "Use a newer"),
    ("() => { Object.defineProperty(window, 'isSecureContext', { value: false }); }", "a page of this computer"),
]


def test_what_stands_in_the_way_is_said_with_a_remedy(page: Any, place: Place) -> None:
    for script, told in HINDRANCES:
        page.evaluate(script)
        page.keyboard.press("Alt+Shift+KeyH")
        page.locator("#announcer", has_text=told).wait_for(state="attached")
        assert page.locator("#microphone").inner_text() == "Microphone off"
        assert page.get_attribute("#talk", "aria-pressed") == "false" and page.evaluate(FOCUS) == "Your message"
    assert not place.loops

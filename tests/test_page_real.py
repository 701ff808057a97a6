"""The page with the real assistant behind it: a picture of a letter, a spoken question, a reminder, real speech."""

import io
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.page_support import browser, open_page, playwright, served

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.alone]
LETTER = "Eye clinic, 12 Garden Street\n\nYour appointment is on Friday,\n4 December 2026 at 10:30.\nBring your card."


@pytest.fixture
def page(tmp_path: Path, home: Path) -> Iterator[Any]:
    from assistant import settings
    from assistant.speech import Speaker
    from ui.backstage import Backstage

    options = settings.load()
    spoken = tmp_path / "question.wav"
    with Speaker(options) as speaker:
        speaker.to_file("What is fifteen percent of two hundred?", spoken)
    _begin_with_silence(spoken, seconds=1.5)
    backstage = Backstage(options)
    fake = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    with served(backstage.open_session, backstage.speak) as server, playwright() as play:
        chrome = browser(play, *fake, f"--use-file-for-fake-audio-capture={spoken}%noloop")
        page = open_page(chrome.new_context(permissions=["microphone"]), server.page)
        page.set_default_timeout(90_000)
        yield page
        chrome.close()
    backstage.close()


def _begin_with_silence(path: Path, seconds: float) -> None:
    """The browser plays the file as soon as the microphone opens; a busy machine begins to record a little later."""
    with wave.open(str(path)) as file:
        shape, sound = file.getparams(), file.readframes(file.getnframes())
    with wave.open(str(path), "wb") as file:
        file.setparams(shape)
        file.writeframes(bytes(int(seconds * shape.framerate) * shape.nchannels * shape.sampwidth) + sound)


def test_a_letter_a_question_a_reminder_and_a_spoken_sum(page: Any, tmp_path: Path) -> None:
    picture = Image.new("RGB", (1000, 500), "white")
    font = ImageFont.load_default(36)
    ImageDraw.Draw(picture).multiline_text((50, 50), LETTER, fill="black", font=font, spacing=14)
    picture.save(tmp_path / "letter.png")
    page.set_input_files("#picture", tmp_path / "letter.png")
    page.locator("#attached li").wait_for()
    page.focus("#message textarea")
    page.keyboard.type("When is my appointment?")
    with page.expect_response("**/antigone/speech") as sound:
        page.keyboard.press("Enter")
    answer = page.locator("#log .antigone").nth(0)
    answer.locator(".text", has_text="4 December 2026").wait_for()
    assert page.locator("#announcer").inner_text() == answer.locator(".text").first.inner_text()
    assert sound.value.headers["content-type"] == "audio/wav"
    source = page.url.rstrip("/") + answer.locator("audio").get_attribute("src")
    with wave.open(io.BytesIO(page.request.get(source).body())) as file:
        assert 1 < file.getnframes() / file.getframerate() < 30
    page.keyboard.type("Remind me the day before at noon")
    page.keyboard.press("Enter")
    page.locator("#log .antigone").nth(1).get_by_text("3 December").wait_for()
    page.keyboard.press("Alt+Shift+KeyV")
    page.locator("#microphone", has_text="Microphone on").wait_for()
    page.wait_for_timeout(6000)  # the question is spoken
    page.keyboard.press("Alt+Shift+KeyV")
    page.locator("#log .antigone").nth(2).get_by_text("30").wait_for()
    assert "15" in page.locator("#log .you").nth(2).inner_text()
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Your message"
    assert page.complaints == []

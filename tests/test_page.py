"""The page in a real browser: everything by keyboard, everything announced once, nothing axe objects to."""

import io
import wave
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from assistant import clock
from assistant.memory import Store
from tests.page_support import (
    HOSTILE,
    MORE,
    QUESTION,
    SHORT,
    Scripted,
    browser,
    choose,
    go,
    open_page,
    playwright,
    served,
    until,
)

pytestmark = pytest.mark.browser

MESSAGE = "#message textarea"
FOCUS = "(document.activeElement.getAttribute('aria-label') || document.activeElement.textContent).trim()"
COUNT = """() => { window.said = [];
  for (const region of document.querySelectorAll('[aria-live], [role=status], [role=log], [role=alert]'))
    new MutationObserver(() => region.textContent.trim() && window.said.push(region.textContent))
      .observe(region, {childList: true, subtree: true, characterData: true}); }"""


class Kept:
    """What is remembered, in the place of the real state."""

    deleted = 0

    def export(self, path: Path) -> None:
        path.write_text('{"notes": ["milk"]}')

    def delete_everything(self) -> None:
        Kept.deleted += 1

    def remembered(self, query: str) -> dict[str, Any]:
        return {"items": [], "more": False}

    def kept_documents(self) -> dict[str, Any]:
        return {"items": [], "count": 0, "unfinished": []}


@pytest.fixture(scope="module")
def agents() -> list[Scripted]:
    return []


@pytest.fixture(scope="module")
def server(agents: list[Scripted]) -> Iterator[Any]:
    def open_session() -> Scripted:
        agents.append(Scripted())
        return agents[-1]

    with served(open_session, data=Kept()) as serving:
        yield serving


@pytest.fixture(scope="module")
def address(server: Any) -> str:
    return str(server.page)


@pytest.fixture(scope="module")
def play() -> Iterator[Any]:
    with playwright() as started:
        yield started


@pytest.fixture(scope="module")
def chrome(play: Any) -> Iterator[Any]:
    opened = browser(play)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def context(chrome: Any) -> Iterator[Any]:
    """Shared, so that the browser keeps Gradio's scripts; cookies and choices are each test's own."""
    shared = chrome.new_context()
    yield shared
    shared.close()


@pytest.fixture
def page(context: Any, address: str) -> Iterator[Any]:
    context.clear_cookies()
    opened = open_page(context, address)
    yield opened
    complaints = list(opened.complaints)
    opened.evaluate("localStorage.clear()")
    opened.close()
    assert complaints == []


def say(page: Any, text: str) -> None:
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def wait_for(page: Any, text: str, css: str = "#log .antigone:last-child") -> Any:
    found = page.locator(css, has_text=text)
    found.wait_for()
    return found


def tab_to(page: Any, name: str, most: int = 40) -> None:
    for _ in range(most):
        if page.evaluate(FOCUS) == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} cannot be reached with Tab")


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "white").save(out, "PNG")
    return out.getvalue()


def test_a_conversation_by_keyboard_alone(page: Any, agents: list[Scripted], tmp_path: Any) -> None:
    (tmp_path / "letter.png").write_bytes(png())
    assert page.evaluate(FOCUS) == "Your message"
    page.on("filechooser", lambda chooser: chooser.set_files(tmp_path / "letter.png"))
    tab_to(page, "Add a picture, PDF or text")
    page.wait_for_timeout(200)  # Playwright takes over the file dialog only after a moment
    page.keyboard.press("Enter")
    wait_for(page, "letter.png", "#attached li")
    assert page.evaluate(FOCUS) == "Your message"
    say(page, "What does the letter say?")
    answer = wait_for(page, SHORT)
    assert page.evaluate(FOCUS) == "Your message"
    assert page.input_value(MESSAGE) == ""
    assert page.locator("#attached").is_hidden()
    asked = agents[-1].requests[-1]
    assert asked.text == "What does the letter say?"
    assert asked.pictures[0].read_bytes() == png()
    assert asked.pictures[0].name == "letter.png", "the agent may say the file's name"
    assert not answer.get_by_text("insurance").is_visible()
    page.keyboard.press("Alt+Shift+KeyO")
    assert answer.get_by_text("insurance").is_visible()
    page.keyboard.press("Alt+Shift+KeyL")
    assert page.evaluate(FOCUS) == "Antigone, answer 1"
    assert page.locator("#log img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 64


def test_what_a_screen_reader_is_given(page: Any) -> None:
    say(page, "What does the letter say?")
    wait_for(page, SHORT)
    from playwright.sync_api import expect

    expect(page.locator("#conversation")).to_match_aria_snapshot("""
      - region "Conversation":
        - heading "Conversation" [level=2]
        - article "You, message 1":
          - heading "You, message 1" [level=3]
          - paragraph: What does the letter say?
          - toolbar "What to do with message 1":
            - button "Copy message 1"
            - button "Spell message 1"
        - article "Antigone, answer 1":
          - heading "Antigone, answer 1" [level=3]
          - paragraph: The letter is from Doctor Vogel. Your appointment is on Friday at ten.
          - group: More
          - toolbar "What to do with answer 1":
            - button "Repeat answer 1"
            - button "Copy answer 1"
            - button "Spell answer 1"
            - button "Back a sentence in answer 1"
            - button "Forward a sentence in answer 1"
    """)
    assert page.title() == "Antigone"
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("h1").count() == 1 and page.locator("main").count() == 1


def test_an_answer_is_announced_once(page: Any) -> None:
    page.evaluate(COUNT)
    say(page, "What does the letter say?")
    wait_for(page, SHORT)
    page.wait_for_selector("#state-text:text-is('Ready')")
    assert page.evaluate("window.said") == ["Working on it.", SHORT]
    say(page, "fail please")
    wait_for(page, "too dark")
    assert page.evaluate("window.said.slice(2)") == [
        "Working on it.",
        "That did not work. The picture is too dark to read. Turn on a light and take it again.",
    ]


def test_long_work_gives_a_sign_every_five_seconds(chrome: Any, address: str, agents: list[Scripted]) -> None:
    context = chrome.new_context()
    context.clock.install()
    page = open_page(context, address)
    page.evaluate(COUNT)
    say(page, "slow work")
    page.wait_for_selector("#state-text:text-is('Working: reading page 2 of 9')")
    assert page.locator("#progress").is_visible()
    page.clock.run_for(5100)
    page.clock.run_for(5100)
    still = "Still working: reading page 2 of 9"
    assert [text.strip("\u00a0") for text in page.evaluate("window.said")] == ["Working on it.", still, still]
    agents[-1].go_on.set()
    wait_for(page, SHORT)
    assert page.locator("#progress").is_hidden()
    context.close()


@pytest.mark.parametrize("how", ["Escape", "button"])
def test_stop_ends_the_turn_and_keeps_the_conversation(page: Any, agents: list[Scripted], how: str) -> None:
    say(page, "slow work")
    page.wait_for_selector("#state-text:has-text('Working')")
    if how == "Escape":
        page.keyboard.press("Escape")
    else:
        page.get_by_role("button", name="Stop", exact=True).click()
    page.wait_for_selector("#state-text:text-is('Stopped')")
    assert agents[-1].closed.wait(5)
    page.focus(MESSAGE)
    say(page, "And the letter?")
    wait_for(page, SHORT)
    assert page.locator("#log .you").count() == 2


def test_consent_reads_back_the_effect_and_no_is_the_default(page: Any, agents: list[Scripted]) -> None:
    say(page, "delete the note")
    page.wait_for_selector("#consent[open]")
    dialog = page.get_by_role("alertdialog", name="Shall I do this?")
    assert (
        dialog.evaluate("node => document.getElementById(node.getAttribute('aria-describedby')).textContent")
        == QUESTION
    )
    assert page.evaluate(FOCUS) == "No, leave it"
    page.keyboard.press("Escape")
    page.wait_for_selector("#consent", state="hidden")
    assert page.evaluate(FOCUS) == "Your message"
    wait_for(page, "I left it as it was.")
    assert [request.text for request in agents[-1].requests] == ["delete the note", "no"]
    say(page, "delete the note")
    page.wait_for_selector("#consent[open]")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(FOCUS) == "Yes, do it"
    page.keyboard.press("Enter")
    wait_for(page, "The note is deleted.")
    assert page.evaluate(FOCUS) == "Your message"
    assert [request.text for request in agents[-1].requests[2:]] == ["delete the note", "yes"]


def test_a_question_never_takes_the_place_of_another_under_the_users_finger(page: Any, server: Any) -> None:
    (cookie,) = (each["value"] for each in page.context.cookies() if each["name"] == "antigone")
    before = Kept.deleted
    go(page, "memory")
    tab_to(page, "Delete my data")
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(FOCUS) == "Yes, do it"
    page.evaluate(COUNT)
    server.conversations.get(cookie).ask("delete the note")  # as another tab, or the user's voice, does
    page.wait_for_selector(f"#consent-text:text-is('{QUESTION}')")
    assert page.evaluate(FOCUS) == "No, leave it", "the key that was meant for the other question changes nothing"
    assert "Left as it was." in " ".join(page.evaluate("window.said"))
    page.keyboard.press("Enter")
    page.wait_for_selector("#consent", state="hidden")
    assert page.evaluate(FOCUS) == "Delete my data" and Kept.deleted == before


def test_my_data_can_be_saved_and_deleted(page: Any) -> None:
    say(page, "What does the letter say?")
    wait_for(page, SHORT)
    go(page, "memory")
    tab_to(page, "Save a copy of my data")
    with page.expect_download() as saved:
        page.keyboard.press("Enter")
    assert Path(saved.value.path()).read_text() == '{"notes": ["milk"]}'
    before = Kept.deleted
    tab_to(page, "Delete my data")
    page.keyboard.press("Enter")
    assert "cannot be undone" in page.locator("#consent-text").inner_text()
    page.keyboard.press("Enter")  # the answer that changes nothing has the focus
    page.wait_for_selector("#announcer:has-text('Left as it was')")
    assert Kept.deleted == before
    assert page.evaluate(FOCUS) == "Delete my data"
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#announcer:has-text('Your data is deleted.')")
    assert Kept.deleted == before + 1
    assert page.locator("#log article").count() == 0
    page.complaints.clear()  # the page's stream of events had ended with its conversation


def test_shortcuts_are_listed_by_one_key_and_can_be_turned_off(page: Any) -> None:
    page.keyboard.type("?")
    assert page.input_value(MESSAGE) == "?", "typing a question mark must stay possible"
    page.locator("#state").click()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    assert page.locator("#shortcuts").is_visible()
    assert "Record your voice" in page.locator("#shortcut-list").inner_text()
    page.keyboard.press("Escape")
    assert page.locator("#shortcuts").is_hidden()
    choose(page, "No shortcuts")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    assert page.locator("#shortcuts").is_hidden()


def test_screen_reader_mode_silences_the_voice_and_is_remembered(page: Any) -> None:
    spoken = []
    page.on("request", lambda request: spoken.append(request.url) if "/speech" in request.url else None)
    with page.expect_response("**/antigone/choices"):
        page.get_by_label("I use a screen reader").check()
    page.focus(MESSAGE)
    say(page, "What does the letter say?")
    wait_for(page, SHORT)
    page.keyboard.press("Alt+Shift+KeyR")
    page.wait_for_timeout(300)
    assert spoken == []
    page.reload()
    page.wait_for_selector("#state-text:text-is('Ready')")
    page.wait_for_selector("#screen-reader input:checked")
    assert SHORT in page.locator("#log").inner_text(), "a reload loses nothing"
    with page.expect_response("**/antigone/choices"):
        page.get_by_label("I use a screen reader").uncheck()
    with page.expect_request("**/antigone/speech"):
        page.keyboard.press("Alt+Shift+KeyR")


def test_answers_sound_clause_by_clause_and_stop_at_once(page: Any) -> None:
    played = []
    page.on("response", lambda reply: played.append(reply.status) if reply.url.endswith("/antigone/speech") else None)
    with page.expect_response("**/antigone/speech"):
        say(page, "What does the letter say?")
    sound = wait_for(page, SHORT).locator("audio")
    assert sound.get_attribute("aria-label") == "Answer 1 as sound"
    assert sound.get_attribute("controls") is not None
    data = page.request.get(page.url.rstrip("/") + sound.get_attribute("src"))
    with wave.open(io.BytesIO(data.body())) as file:
        assert file.getnchannels() == 1 and file.getnframes() > 4000
    page.keyboard.press("Escape")
    assert page.evaluate("[...document.querySelectorAll('audio')].every(sound => sound.paused)")


def test_what_the_keyboard_reaches_can_be_named_aloud(page: Any) -> None:
    def named(text: str) -> Any:
        return page.expect_request(lambda each: each.url.endswith("/speech") and text in (each.post_data or ""))

    go(page, "settings")
    with named("Name aloud what I reach with the keyboard, on"):
        page.get_by_label("Name aloud what I reach").check()
    go(page, "conversation")
    page.focus(MESSAGE)
    for name in ("Send, button", "Talk hands-free, button", "Record my voice, button"):
        with named(name):
            page.keyboard.press("Tab")


def test_nothing_in_an_answer_becomes_part_of_the_page(page: Any) -> None:
    say(page, "hostile words")
    wait_for(page, HOSTILE)
    assert page.title() == "Antigone"
    assert page.locator("#log script, #log img").count() == 0


def test_a_crash_is_told_plainly_without_its_details(page: Any) -> None:
    say(page, "crash now")
    failed = wait_for(page, "Something in the program went wrong.")
    assert "secret" not in page.locator("body").inner_text()
    assert "Ask again" in failed.inner_text()
    say(page, "What does the letter say?")
    wait_for(page, SHORT)


def test_a_wrong_file_is_refused_with_a_remedy(page: Any) -> None:
    for name, data in (("virus.exe", b"MZ" + b"\0" * 100), ("empty.png", b"")):
        page.set_input_files("#picture", {"name": name, "mimeType": "image/png", "buffer": data})
        page.wait_for_selector(f"#announcer:has-text('{name}')")
        page.wait_for_selector("#announcer:has-text('Choose')")
    assert page.locator("#attached").is_hidden()
    page.complaints.clear()  # Chromium writes a line for each refused request


def test_an_added_file_can_be_taken_back(page: Any) -> None:
    page.set_input_files("#picture", {"name": "a.png", "mimeType": "image/png", "buffer": png()})
    page.get_by_role("button", name="Remove a.png").press("Enter")
    page.wait_for_selector("#attached", state="hidden")
    assert page.evaluate(FOCUS) == "Add a picture, PDF or text"


def test_words_typed_while_a_message_is_on_its_way_are_kept(page: Any) -> None:
    def slowly(route: Any) -> None:
        reply = route.fetch()
        page.wait_for_timeout(1000)
        route.fulfill(response=reply)

    page.route("**/antigone/ask", slowly)
    page.focus(MESSAGE)
    page.keyboard.type("What does the letter say?")
    page.keyboard.press("Enter")
    page.keyboard.type("and then")
    wait_for(page, SHORT)
    page.wait_for_timeout(1500)
    assert page.input_value(MESSAGE) == "and then"
    page.unroute("**/antigone/ask")
    page.keyboard.type(" fail")
    page.keyboard.press("Enter")
    page.locator("#log .you").nth(1).get_by_text("and then fail").wait_for()


def test_words_typed_right_after_enter_are_the_next_message(page: Any, agents: list[Scripted]) -> None:
    """Without a pause: each Enter ends a message, and nothing of any is lost or sent twice."""
    page.keyboard.type("first line\nsecond line\nthird")
    page.locator("#log .you").nth(1).wait_for()
    page.keyboard.type(" and more")
    wait_for(page, SHORT)
    assert [each.text for each in agents[-1].requests] in (["first line", "second line"], ["second line"])
    assert page.locator("#log .you .text").all_inner_texts() == ["first line", "second line"]
    assert page.input_value(MESSAGE) == "third and more"


def test_the_page_asks_no_other_machine_for_anything(chrome: Any, address: str) -> None:
    context = chrome.new_context()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = open_page(context, address)
    say(page, "What does the letter say?")
    wait_for(page, SHORT)
    assert [url for url in asked if not url.startswith((address, "blob:" + address, "data:"))] == []
    assert page.complaints == []
    context.close()


@pytest.mark.alone
def test_the_microphone_reaches_the_agent(play: Any, address: str, agents: list[Scripted], tmp_path: Any) -> None:
    spoken = tmp_path / "spoken.wav"
    sweep = np.sin(np.cumsum(np.linspace(0.02, 0.2, 96000)))
    with wave.open(str(spoken), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48000)
        file.writeframes((sweep * 20000).astype("<i2").tobytes())
    fake = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    chrome = browser(play, *fake, f"--use-file-for-fake-audio-capture={spoken}")
    page = open_page(chrome.new_context(permissions=["microphone"]), address)
    page.keyboard.press("Alt+Shift+KeyV")
    page.wait_for_selector("#microphone:text-is('Microphone on: recording')")
    page.wait_for_timeout(1500)
    page.keyboard.press("Alt+Shift+KeyV")
    wait_for(page, SHORT)
    assert "what does it say" in page.locator("#log .you").inner_text()
    assert page.complaints == []
    chrome.close()
    with wave.open(str(agents[-1].requests[-1].audio)) as file:
        assert (file.getframerate(), file.getnchannels()) == (16000, 1)
        heard = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert len(heard) > 8000 and np.abs(heard).max() > 2000


def test_without_a_microphone_the_user_is_told_what_to_do(page: Any) -> None:
    page.get_by_role("button", name="Record my voice").press("Enter")
    page.wait_for_selector("#announcer:has-text('type your message')")
    assert page.locator("#microphone").inner_text() == "Microphone off"


def test_a_microphone_asked_for_twice_stays_closed(page: Any) -> None:
    page.evaluate("""() => {
      window.given = [];
      navigator.mediaDevices.getUserMedia = () => new Promise((resolve) => {
        window.allow = () => {
          given.push(new AudioContext().createMediaStreamDestination().stream);
          resolve(given.at(-1));
        };
      });
    }""")
    for keys in ("Alt+Shift+KeyV", "Escape"):  # pressed while the browser still asks for permission
        page.keyboard.press("Alt+Shift+KeyV")
        page.keyboard.press(keys)
        page.wait_for_selector("#announcer:has-text('thrown away')")
        page.evaluate("allow()")
        until(page, "given.every((stream) => stream.getTracks().every((track) => track.readyState === 'ended'))")
        assert page.locator("#microphone").inner_text() == "Microphone off"
    page.keyboard.press("Alt+Shift+KeyV")
    page.evaluate("allow()")
    page.wait_for_selector("#microphone:text-is('Microphone on: recording')")
    page.keyboard.press("Escape")
    page.wait_for_selector("#microphone:text-is('Microphone off')")


def test_a_connection_that_breaks_and_comes_back_is_told_both_times(context: Any, address: str) -> None:
    page = context.new_page()
    broken = 'retry: 500\nevent: caughtup\ndata: {"busy": false}\n\n'
    page.route(
        "**/antigone/events", lambda route: route.fulfill(content_type="text/event-stream", body=broken), times=1
    )
    page.goto(address)
    page.wait_for_selector("#announcer:has-text('Antigone does not answer.')", state="attached")
    page.wait_for_selector("#announcer:has-text('The connection is back.')", state="attached")
    assert page.locator("#state-text").inner_text() == "Ready"
    say(page, "What does the letter say?")
    wait_for(page, SHORT)
    page.close()


def test_the_installed_applications_shortcut_leads_to_talking(context: Any, address: str) -> None:
    page = open_page(context, f"{address}/#talk")
    assert page.evaluate(FOCUS) == "Talk hands-free"
    page.close()


def test_a_reminder_is_told_on_the_page_once(page: Any, home: Path, server: Any) -> None:
    from assistant.due import say_what_is_due

    store = Store(home)
    now = clock.now()
    store.add_reminder("call the doctor", now - timedelta(minutes=1), now - timedelta(hours=1))
    page.evaluate(COUNT)
    say_what_is_due(store, lambda text: False)  # nobody was there
    say_what_is_due(store, server.conversations.remind)
    say_what_is_due(store, server.conversations.remind)
    wait_for(page, "call the doctor", "#log .due")
    assert page.locator("#log .due").count() == 1
    assert page.evaluate("window.said") == ["Reminder: call the doctor"]
    store.close()


def test_more_is_kept_short_first(page: Any) -> None:
    choose(page, "Brief")
    say(page, "What does the letter say?")
    assert "More" not in wait_for(page, SHORT).inner_text()
    choose(page, "Full")
    say(page, "What does the letter say?")
    page.locator("#log .antigone").nth(1).wait_for()
    page.wait_for_selector("#log .antigone:last-child details[open]")
    assert MORE.split("\n")[0] in page.locator("#log .antigone").last.inner_text()


def test_full_says_how_an_answer_came_about(page: Any) -> None:
    choose(page, "Full")
    say(page, "read it")
    wait_for(page, SHORT).get_by_text("How I got this").click()
    assert page.locator("#log .antigone:last-child li").all_inner_texts() == ["read text: Doctor Vogel"]

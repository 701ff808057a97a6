"""The page's views as a person uses them: by keyboard alone, with a camera, documents, the memory and other keys."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from assistant import clock
from assistant.memory import Store
from assistant.messages import Answer, Event, Request, ToolCalled, ToolReturned
from assistant.settings import Settings
from tests.drawing import text_pdf
from tests.page_support import SHORT, Scripted, browser, go, open_page, playwright, served, until

pytestmark = pytest.mark.browser

MESSAGE = "#message textarea"
FOCUS = "(document.activeElement.getAttribute('aria-label') || document.activeElement.textContent).trim()"
SAID = "document.getElementById('announcer').textContent"


def line(text: str, sure: float, left: int, top: int, right: int, bottom: int) -> dict[str, Any]:
    box = [[left, top], [right, top], [right, bottom], [left, bottom]]
    return {"text": text, "confidence": sure, "box": box, "page": 1, "uncertain": sure < 0.85}


LINES = [line("Dr. Vogel", 0.99, 10, 10, 90, 30), line("Fr1day", 0.5, 10, 40, 60, 60)]


class Reader(Scripted):
    """Also reads a picture, as the tool does, and lists reminders."""

    def turn(self, request: Request) -> Iterator[Event]:
        if request.text.startswith("Read"):
            self.requests.append(request)
            yield ToolCalled("read_text", {})
            yield ToolReturned("read_text", {"said": "Dr. Vogel", "found": True, "text": "Dr. Vogel", "lines": LINES})
            yield Answer("Dr. Vogel wrote it. She expects you on Friday at ten.")
            return
        if request.text.startswith("list"):
            due = [{"text": name, "when": "2026-12-03T12:00:00+00:00"} for name in ("bread", "call")]
            yield ToolReturned("list_reminders", {"said": "Two.", "found": True, "reminders": due})
            yield Answer("You have 2 reminders: bread; call.")
            return
        yield from super().turn(request)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    store, now = Store(folder), clock.now()
    store.add_reminder("call the doctor", now + timedelta(days=2), now)
    store.add_timer("eggs", 86_400, now)
    store.add_entry("note", "the plumber is called Rossi", now)
    store.add_entry("fact", "my blood type is O negative", now)
    store.close()
    return folder


@pytest.fixture(scope="module")
def agents() -> list[Reader]:
    return []


@pytest.fixture(scope="module")
def address(home: Path, agents: list[Reader]) -> Iterator[str]:
    from ui.backstage import Backstage

    def open_session() -> Reader:
        agents.append(Reader())
        return agents[-1]

    backstage = Backstage(Settings(home=home))
    with served(open_session, data=backstage) as serving:
        yield serving.page
    backstage.close()


@pytest.fixture(scope="module")
def chrome() -> Iterator[Any]:
    with playwright() as play:
        opened = browser(play, "--use-fake-device-for-media-stream")
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def context(chrome: Any) -> Iterator[Any]:
    shared = chrome.new_context(permissions=["camera", "clipboard-read", "clipboard-write"])
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


def focus(page: Any, name: str) -> None:
    """The focus is, within a moment, on what has this name."""
    until(page, f"name => {FOCUS} === name", name)


def tab_to(page: Any, name: str, key: str = "Tab", most: int = 60) -> None:
    for _ in range(most):
        if page.evaluate(FOCUS) == name:
            return
        page.keyboard.press(key)
    raise AssertionError(f"{name} cannot be reached with {key}; the focus is on {page.evaluate(FOCUS)}")


def said(page: Any, text: str) -> None:
    until(page, f"text => {SAID}.includes(text)", text)


def spoken(page: Any, text: str) -> Any:
    return page.expect_request(lambda each: each.url.endswith("/antigone/speech") and text in (each.post_data or ""))


def png(folder: Path, name: str = "letter.png") -> Path:
    Image.new("RGB", (100, 80), "white").save(folder / name)
    return folder / name


def test_the_whole_journey_by_keyboard_alone(page: Any, agents: list[Reader], home: Path) -> None:
    press = page.keyboard.press
    # a picture by the camera
    tab_to(page, "Pictures", "Shift+Tab")
    press("Enter")
    focus(page, "Pictures")
    assert page.title() == "Pictures – Antigone"
    tab_to(page, "Turn the camera on")
    press("Enter")
    page.wait_for_selector("#camera-state:text-is('Camera on')")
    said(page, "The camera is on.")
    tab_to(page, "Take the picture")
    press("Enter")
    said(page, "Photo 1 is taken and goes with your next message.")
    assert page.evaluate(FOCUS) == "Take the picture"
    tab_to(page, "Take it again")
    first = page.get_attribute("#camera-preview img", "src")
    press("Enter")
    until(page, "first => document.querySelector('#camera-preview img').getAttribute('src') !== first", first)
    until(page, "document.querySelectorAll('#attached li').length === 1")
    said(page, "Photo 1 is taken")
    # asked about, answered, heard
    tab_to(page, "Read it")
    press("Enter")
    focus(page, "Your message")
    page.wait_for_selector("#camera-state:text-is('Camera off')")
    page.locator("#log .antigone .tools").wait_for()
    assert [(one.text, [path.suffix for path in one.pictures]) for one in agents[-1].requests] == [
        ("Read this.", [".jpg"])
    ]
    with spoken(page, "Dr. Vogel wrote it. She"):
        press("Alt+Shift+KeyR")
    with spoken(page, '"Dr. Vogel wrote it."'):
        press("Alt+Shift+Period")
    with spoken(page, '"She expects you on Friday at ten."'):
        press("Alt+Shift+Period")
    assert page.locator(".sentence.now").inner_text() == "She expects you on Friday at ten."
    focus(page, "Your message")
    # spelled
    press("Alt+Shift+KeyS")
    focus(page, "Dr.")
    press("ArrowRight")
    focus(page, "Vogel")
    press("Tab")
    focus(page, "capital V")
    with spoken(page, '"O"'):
        press("ArrowRight")
    press("Escape")
    focus(page, "Your message")
    # the buttons of an answer
    press("Alt+Shift+KeyL")
    focus(page, "Antigone, answer 1")
    tab_to(page, "Repeat answer 1")
    press("ArrowRight")
    focus(page, "Copy answer 1")
    press("Enter")
    said(page, "Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == "Dr. Vogel wrote it. She expects you on Friday at ten."
    # the memory: found, deleted with consent, brought back
    press("Alt+Shift+Digit4")
    focus(page, "Memory")
    said(page, "4 things are remembered.")
    tab_to(page, "")  # the search box has its label outside
    page.keyboard.type("plumber")
    said(page, "1 thing is found.")
    tab_to(page, "Delete: the plumber is called Rossi")
    press("Enter")
    focus(page, "No, leave it")
    assert (
        page.locator("#consent-text").inner_text()
        == "Delete the note: the plumber is called Rossi? You can bring it back."
    )
    press("Enter")
    said(page, "Left as it was.")
    focus(page, "Delete: the plumber is called Rossi")
    press("Enter")
    focus(page, "No, leave it")
    press("Shift+Tab")
    press("Enter")
    said(page, "Deleted: the plumber is called Rossi.")
    focus(page, "Bring it back")
    store = Store(home)
    assert store.entries(("note",)) == []
    press("Enter")
    said(page, "It is back.")
    focus(page, "Memory")
    assert [one.text for one in store.entries(("note",))] == ["the plumber is called Rossi"]
    log = [row["kind"] for row in store.database.rows("SELECT kind FROM audit ORDER BY id DESC LIMIT 5")]
    assert log == ["undone", "deleted", "consent given", "consent asked", "consent refused"]
    store.close()
    # a setting, heard at once and known to the program
    press("Alt+Shift+Digit5")
    focus(page, "Settings")
    for _ in range(40):
        press("Tab")
        if page.evaluate("document.activeElement.matches('#rate input[type=range]')"):
            break
    with page.expect_request("**/antigone/choices") as chosen, spoken(page, "190 words a minute"):
        press("ArrowRight")
    assert chosen.value.post_data_json["speech_rate_wpm"] == 190
    # other keys for an action
    tab_to(page, "Change single keys")
    press("Enter")
    tab_to(page, "Change the keys for: Go to your message")
    press("Enter")
    press("Alt+Shift+KeyR")
    said(page, "Alt Shift R is taken by: Repeat the last answer.")
    press("g")
    said(page, "Hold Control or Alt as well")
    press("Control+KeyT")
    said(page, "belongs to the browser")
    press("Control+Alt+KeyG")
    said(page, "Go to your message: now Control Alt G.")
    focus(page, "Change the keys for: Go to your message")
    press("Alt+Shift+KeyM")
    focus(page, "Change the keys for: Go to your message")
    press("Control+Alt+KeyG")
    focus(page, "Your message")
    # the help and the list of keys on one key
    press("Alt+Shift+Digit6")
    focus(page, "Help")
    press("?")
    page.wait_for_selector("#shortcuts[open]")
    assert "Control Alt G\nGo to your message" in page.locator("#shortcut-list").inner_text()
    press("Escape")
    focus(page, "Help")


VIEWS = {
    "pictures": """
          - heading "Pictures" [level=2]
          - heading "Camera" [level=3]
          - button "Turn the camera on"
          - heading "Other pictures" [level=3]
          - button "Add a picture, PDF or text"
          - button "Picture my screen"
         """,
    "documents": """
          - heading "Documents" [level=2]
          - button "Add a PDF or text"
         """,
    "memory": """
          - heading "Memory" [level=2]
          - search:
            - searchbox "Search what is remembered"
          - button "Show as a table"
          - heading "Reminders, 1" [level=3]
          - list:
            - listitem:
              - paragraph: call the doctor
              - 'button "Delete: call the doctor"'
          - heading "Timers, 1" [level=3]
          - heading "Notes, 1" [level=3]
          - heading "Facts, 1" [level=3]
         """,
    "settings": """
          - heading "Settings" [level=2]
          - group "Language"
          - group "Colours"
          - checkbox "Read answers aloud by themselves" [checked]
          - slider "Speed of my voice, in words a minute": "180"
          - group "How much I say"
          - region "Keyboard shortcuts":
            - heading "Keyboard shortcuts" [level=3]
         """,
    "help": """
          - heading "Help" [level=2]
          - heading "What you can ask" [level=3]
          - heading "Finding your way" [level=3]
          - heading "How far to trust it" [level=3]
          - button "Keyboard shortcuts"
         """,
}


def test_what_a_screen_reader_is_given_of_each_view(page: Any) -> None:
    from playwright.sync_api import expect

    for view, wanted in VIEWS.items():
        go(page, view)
        expect(page.locator(f"#{view}-view")).to_match_aria_snapshot(wanted)
        expect(page.get_by_role("navigation", name="Views").get_by_role("link")).to_have_count(6)
        assert page.locator("#views [aria-current=page]").all_inner_texts() == [view.capitalize()]
        assert page.locator("#stop").is_visible() and page.locator("#state").is_visible()


def test_an_answer_is_announced_once_in_every_view_and_by_every_means(page: Any) -> None:
    page.evaluate("""() => { window.said = [];
      new MutationObserver(() => window.said.push(document.getElementById('announcer').textContent))
        .observe(document.getElementById('announcer'), {childList: true, subtree: true, characterData: true}); }""")
    with page.expect_response("**/antigone/choices"):
        page.get_by_label("I use a screen reader").check()
    page.focus(MESSAGE)
    page.keyboard.type("What does the letter say?")
    page.keyboard.press("Enter")
    page.keyboard.press("Alt+Shift+Digit6")
    said(page, SHORT)
    assert page.evaluate("window.said") == ["Working on it.", SHORT]
    focus(page, "Help")
    page.keyboard.press("Alt+Shift+Period")
    said(page, "The letter is from Doctor Vogel.")
    assert len(page.evaluate("window.said")) == 3


def test_print_is_drawn_over_the_picture_and_told_with_its_sureness(page: Any, tmp_path: Path) -> None:
    page.set_input_files("#picture", png(tmp_path))
    page.locator("#attached li").wait_for()
    page.keyboard.type("Read this")
    page.keyboard.press("Enter")
    toggle = page.get_by_role("button", name="Show where the print stands")
    toggle.press("Enter")
    drawn = page.locator("figure svg")
    assert drawn.get_attribute("viewBox") == "0 0 100 80"
    assert drawn.locator("polygon").evaluate_all("all => all.map(one => one.className.baseVal)") == ["", "unsure"]
    place = "one => [one.getBoundingClientRect().x, one.getBoundingClientRect().width]"
    (picture, width), (frame, _) = (page.locator(css).first.evaluate(place) for css in ("figure img", "polygon"))
    assert abs(frame - picture - width * 0.1) < 2, "the frame lies on the print"
    page.get_by_text("Lines of print: 2, sure of 1").click()
    rows = page.locator("#log table tr").all_inner_texts()
    assert rows == ["Line\tHow sure", "Dr. Vogel\t99 percent", "Fr1day\tnot sure, 50 percent"]
    toggle.press("Enter")
    drawn.wait_for(state="detached")


def test_lists_can_be_looked_at_as_tables(page: Any) -> None:
    page.keyboard.type("list my reminders")
    page.keyboard.press("Enter")
    page.locator("#log summary", has_text="As a table").click()
    assert page.locator("#log table caption").inner_text() == "Reminders"
    assert page.locator("#log tbody th").all_inner_texts() == ["bread", "call"]
    go(page, "memory")
    page.get_by_role("button", name="Show as a table").press("Enter")
    page.locator("#memory-list table tbody tr").nth(3).wait_for()
    assert page.locator("#memory-list thead th").all_inner_texts() == ["What", "Kind", "When", "Delete"]
    page.locator("#audit summary").press("Enter")
    page.locator("#audit-list li").first.wait_for()
    assert page.locator("#audit-state").inner_text().startswith("The record is whole: ")
    assert {"timer started", "note kept"} <= set(page.locator("#audit-list .text").all_inner_texts())


def test_documents_are_read_page_by_page_asked_about_and_removed(
    page: Any, agents: list[Reader], tmp_path: Path
) -> None:
    text_pdf(tmp_path / "letter.pdf", [[(50, 700, "Dear Ms Miller")], [(50, 700, "Second page")]])
    (tmp_path / "list.csv").write_text('thing,price\n"bread, brown",2.40\n')
    (tmp_path / "long.txt").write_text("\n".join(f"line {number}" for number in range(30_000)))
    go(page, "documents")
    page.set_input_files("#documents-file", [tmp_path / name for name in ("letter.pdf", "list.csv", "long.txt")])
    focus(page, "long.txt")
    assert page.locator("#documents-list h3").all_inner_texts() == ["letter.pdf", "list.csv", "long.txt"]
    page.get_by_role("button", name="Read letter.pdf").press("Enter")
    said(page, "letter.pdf is read, 2 pages. Each page has a heading.")
    focus(page, "Reading letter.pdf")
    assert page.locator("#reading-pages h4").all_inner_texts() == ["Page 1", "Page 2"]
    assert page.locator("#reading-pages .text").all_inner_texts() == ["Dear Ms Miller", "Second page"]
    page.get_by_role("button", name="Read list.csv").press("Enter")
    page.locator("#reading-pages table").wait_for()
    assert page.locator("#reading-pages tbody tr").all_inner_texts() == ["bread, brown\t2.40"]
    page.get_by_role("button", name="Read long.txt").press("Enter")
    page.get_by_role("button", name="Stop reading").press("Enter")
    said(page, "Reading stopped. What was read stays here.")
    focus(page, "Reading long.txt")
    assert page.locator("#progress").is_hidden()
    page.get_by_role("button", name="Ask about letter.pdf").press("Enter")
    focus(page, "Your message")
    page.keyboard.type("What does it say?")
    page.keyboard.press("Enter")
    page.locator("#log .antigone .tools").wait_for()
    assert [path.name for path in agents[-1].requests[-1].pictures] == ["letter.pdf"]
    go(page, "documents")
    page.get_by_role("button", name="Remove letter.pdf").press("Enter")
    focus(page, "Add a PDF or text")
    assert page.locator("#documents-list h3").all_inner_texts() == ["list.csv", "long.txt"]


def test_wrong_files_are_refused_and_nothing_is_lost(page: Any, tmp_path: Path) -> None:
    with open(tmp_path / "huge.pdf", "wb") as file:
        file.truncate(60 * 2**20)
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 broken")
    (tmp_path / "empty.txt").touch()
    page.keyboard.type("half a thought")
    go(page, "documents")
    for name, remedy in (("huge.pdf", "Choose a smaller file"), ("broken.pdf", "damaged"), ("empty.txt", "is empty")):
        page.set_input_files("#documents-file", tmp_path / name)
        said(page, remedy)
    assert page.locator("#documents-list li").count() == 0
    page.reload()
    page.wait_for_selector("#state-text:text-is('Ready')")
    page.keyboard.press("Alt+Shift+KeyM")
    assert page.input_value(MESSAGE) == "half a thought", "what was not sent yet survives a reload"
    page.route("**/antigone/ask", lambda route: route.abort())
    page.keyboard.press("Enter")
    said(page, "The message could not be sent.")
    assert page.input_value(MESSAGE) == "half a thought"
    page.complaints.clear()  # Chromium writes a line for each refused request


def test_pictures_are_pasted_dropped_and_taken_of_the_screen(page: Any) -> None:
    page.evaluate("""async () => {
      const canvas = (width, height) => Object.assign(document.createElement('canvas'), {width, height});
      const data = await new Promise((done) => canvas(40, 40).toBlob(done));
      const files = (name) => {
        const all = new DataTransfer();
        all.items.add(new File([data], name, {type: 'image/png'}));
        return all;
      };
      const drag = (kind) => new DragEvent(kind, {dataTransfer: files('dropped.png'), cancelable: true, bubbles: true});
      document.dispatchEvent(new ClipboardEvent('paste', {clipboardData: files('pasted.png')}));
      document.body.dispatchEvent(drag('dragover'));
      const drop = drag('drop');
      document.body.dispatchEvent(drop);
      window.left = !drop.defaultPrevented;
      const screen = canvas(320, 200);
      setInterval(() => screen.getContext('2d').fillRect(0, 0, 9, 9), 50);
      navigator.mediaDevices.getDisplayMedia = async () => (window.shared = screen.captureStream(5));
    }""")
    assert page.evaluate("window.left") is False, "the browser may not leave the page for the file"
    page.locator("#attached li").nth(1).wait_for()
    go(page, "pictures")
    page.get_by_role("button", name="Picture my screen").press("Enter")
    said(page, "Screen 1 is taken and goes with your next message.")
    focus(page, "Picture my screen")
    assert page.evaluate("window.shared.getTracks().every(track => track.readyState === 'ended')")
    assert sorted(page.locator("#attached li span").all_text_contents()) == [
        "Screen 1.jpg",
        "dropped.png",
        "pasted.png",
    ]


def test_a_camera_that_may_not_be_used_is_told_with_a_remedy(chrome: Any, address: str) -> None:
    context = chrome.new_context()
    page = open_page(context, address)
    page.keyboard.press("Alt+Shift+KeyF")
    said(page, "The camera may not be used. Allow it in the browser's site settings, or choose a picture.")
    focus(page, "Turn the camera on")
    assert page.locator("#camera-state").inner_text() == "Camera off"
    page.evaluate(
        "() => { navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotFoundError'); }; }"
    )
    page.keyboard.press("Enter")
    said(page, "No camera was found.")
    context.close()


def test_a_camera_asked_for_twice_is_opened_once(page: Any) -> None:
    page.evaluate("""() => {
      window.opened = [];
      const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = (wanted) => opened[opened.push(open(wanted)) - 1];
    }""")
    go(page, "pictures")
    page.evaluate("const toggle = document.getElementById('camera-toggle'); toggle.click(); toggle.click()")
    said(page, "The camera is on.")  # the second one came before it was on
    page.get_by_role("button", name="Turn the camera off").press("Enter")
    said(page, "The camera is off.")
    ended = (
        "Promise.all(opened).then(all => all.every(each => each.getTracks().every(one => one.readyState === 'ended')))"
    )
    assert page.evaluate(ended) and page.evaluate("opened.length") == 1


def test_shortcuts_can_be_turned_off_and_given_back_their_keys(page: Any) -> None:
    go(page, "settings")
    page.get_by_text("Change single keys").click()
    page.get_by_role("button", name="Change the keys for: Go to the help").press("Enter")
    page.keyboard.press("Control+Alt+KeyH")
    said(page, "Go to the help: now Control Alt H.")
    page.reload()
    page.wait_for_selector("#state-text:text-is('Ready')")
    page.keyboard.press("Control+Alt+KeyH")
    focus(page, "Help")
    go(page, "settings")
    page.get_by_text("Change single keys").click()
    page.get_by_role("button", name="Give all actions their own keys back").press("Enter")
    said(page, "All actions have their own keys again.")
    focus(page, "Keyboard shortcuts")
    with page.expect_response("**/run/predict"):
        page.get_by_label("No shortcuts").check()
    page.locator("#keys-rows td:text-is('Off')").first.wait_for()
    for keys in ("Alt+Shift+Digit6", "Control+Alt+KeyH", "?"):
        page.keyboard.press(keys)
    assert page.locator("#settings-view").is_visible() and page.locator("#shortcuts").is_hidden()

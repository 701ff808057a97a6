"""How the page looks and what language it speaks: each view in each scheme and language, large, narrow and printed."""

import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from assistant.languages import LANGUAGES, TAGS, text
from tests.look_support import CONTROLS, CUT, FOCUS, SMALL, SPACED, TEXT
from tests.page_support import QUESTION, SHORT, Scripted, browser, chromium, go, playwright, served, tone
from tests.talk_support import Place

pytestmark = pytest.mark.browser

VIEWS = ("conversation", "pictures", "documents", "memory", "settings", "help")
SCHEMES = ("light", "dark", "contrast")
TAGS_OF_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
MESSAGE = "#message textarea"
FAKE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


class Kept:
    """What is remembered, in the place of the real state."""

    def remembered(self, query: str) -> dict[str, Any]:
        kept = (("reminder", "call the doctor"), ("note", "the key is under the mat"))
        return {
            "items": [
                {"id": number, "kind": kind, "text": text, "at": "2026-12-03T12:00:00+00:00"}
                for number, (kind, text) in enumerate(kept)
            ],
            "more": False,
        }

    def kept_documents(self) -> dict[str, Any]:
        added = "2026-11-20T12:00:00+00:00"
        return {"items": [{"id": 1, "name": "contract", "pages": 12, "added": added}], "count": 1, "unfinished": []}


spoken: list[tuple[str, str]] = []  # what the page had said: words and their language


def voice(text: str, manner: Any) -> Iterator[tuple[np.ndarray, int]]:
    """Stands in for the voice and notes what it is to say."""
    spoken.append((text, manner.language))
    yield from tone(text, manner)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    place = Place(attentive=False)
    with served(place.open_session, voice, data=Kept(), open_loop=place.open_loop) as server:
        yield str(server.page)


@pytest.fixture(scope="module")
def play() -> Iterator[Any]:
    with playwright() as started:
        yield started


@pytest.fixture(scope="module")
def chrome(play: Any) -> Iterator[Any]:
    opened = browser(play, *FAKE)
    yield opened
    opened.close()


def opened(context: Any, address: str, language: str = "en") -> Any:
    """A page that is ready in a language; its errors on the console are kept."""
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.complaints = []
    page.on("console", lambda line: page.complaints.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto(address)
    page.wait_for_selector(f"#state-text:text-is('{text('page.ready', language)}')")
    return page


@pytest.fixture(scope="module", params=LANGUAGES)
def speaking(request: Any, chrome: Any, address: str) -> Iterator[tuple[str, Any]]:
    """A language and the page in it, with a conversation."""
    context = chrome.new_context(locale=TAGS[request.param], permissions=["microphone", "camera"])
    page = opened(context, address, request.param)
    talk(page)
    yield request.param, page
    assert page.complaints == []
    context.close()


@pytest.fixture
def page(whole: Any) -> Any:
    whole.emulate_media(media="screen", color_scheme="light", contrast=None, forced_colors="none")
    whole.evaluate("document.querySelectorAll('dialog[open]').forEach((dialog) => dialog.close())")
    return whole


@pytest.fixture(scope="module")
def whole(chrome: Any, address: str) -> Iterator[Any]:
    """One page in English for all that changes nothing for others."""
    context = chrome.new_context(permissions=["microphone", "camera"])
    made = opened(context, address)
    yield made
    assert made.complaints == []
    context.close()


def talk(page: Any) -> None:
    """A picture, an answer with more to it, and a failure."""
    say(page, "What does the letter say?")
    page.locator("#log .antigone", has_text=SHORT).last.wait_for()
    out = io.BytesIO()
    Image.new("RGB", (320, 200), "white").save(out, "PNG")
    page.set_input_files("#picture", {"name": "a.png", "mimeType": "image/png", "buffer": out.getvalue()})
    page.wait_for_selector("#attached li")
    say(page, "fail")
    page.wait_for_selector("#log .failed")


def say(page: Any, request: str) -> None:
    go(page, "conversation")
    page.fill(MESSAGE, request)
    page.press(MESSAGE, "Enter")


def paint(page: Any, scheme: str) -> None:
    """Choose the colours as the settings do."""
    page.evaluate(
        "scheme => { localStorage.setItem('antigone-theme', scheme); dispatchEvent(new Event('antigone-theme')); }",
        scheme,
    )
    page.wait_for_selector(f"html[data-scheme={scheme}]")


def violations(page: Any, of_colours: bool = False) -> list[str]:
    """What axe objects to; only in matters of colour where the rest of the page was judged already."""
    from axe_playwright_python.sync_playwright import Axe

    rules = {"type": "rule", "values": COLOUR_RULES} if of_colours else {"type": "tag", "values": TAGS_OF_RULES}
    options = {"runOnly": rules, "resultTypes": ["violations"]}
    if not page.evaluate("() => Boolean(window.axe)"):  # half a megabyte of script: once a page
        page.evaluate(Axe().axe_script)
    found = page.evaluate("options => axe.run(document, options)", options)["violations"]
    return [f"{each['id']}: {[node['html'][:160] for node in each['nodes']]}" for each in found]


def measured(page: Any) -> list[str]:
    """What is too faint, in text, controls and focus."""
    count, poor = page.evaluate(TEXT)
    assert count > 10
    return [*poor, *page.evaluate(CONTROLS), *page.evaluate(FOCUS)]


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_in_every_language_and_scheme(speaking: tuple[str, Any], view: str) -> None:
    language, page = speaking
    go(page, view)
    page.keyboard.press("Shift")  # the keyboard is in use: focus shows
    for scheme in SCHEMES if language == "en" else ["light"]:  # words change no colours
        paint(page, scheme)
        assert measured(page) == [], scheme
        assert violations(page, of_colours=scheme != SCHEMES[0]) == [], scheme
    assert page.evaluate(SMALL) == []
    left = page.evaluate("document.body.innerText.match(/__i18n__|undefined|\\[object|\\b[a-z]+\\.[a-z]+_[a-z_]+\\b/)")
    assert left is None, "a key or a marker stands in the place of words"


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_is_cut_off_narrow_large_or_spaced(speaking: tuple[str, Any], view: str) -> None:
    _, page = speaking
    go(page, view)
    page.set_viewport_size({"width": 320, "height": 640})  # 1280 at 400% (WCAG 1.4.10)
    assert page.evaluate(CUT) == []
    page.set_viewport_size({"width": 1280, "height": 800})
    page.evaluate("document.documentElement.style.fontSize = '225%'")  # twice our 112.5% (1.4.4)
    assert page.evaluate(CUT) == []
    page.evaluate("document.documentElement.style.fontSize = ''")
    page.evaluate(
        "style => { const sheet = new CSSStyleSheet(); sheet.replaceSync(style); "
        "document.adoptedStyleSheets = [sheet]; }",
        SPACED,
    )
    assert page.evaluate(CUT) == []
    page.evaluate("document.adoptedStyleSheets = []")


def judged(page: Any) -> None:
    """Nothing for axe to object to, in the scheme that is the hardest for a state's colours as in the usual one."""
    assert violations(page) == []
    for scheme in ("contrast", "light"):
        paint(page, scheme)
        count, poor = page.evaluate(TEXT)
        assert count > 3 and [*poor, *page.evaluate(CONTROLS)] == [], scheme


def test_every_state(page: Any) -> None:
    judged(page)  # nothing said yet
    say(page, "slow work")
    page.wait_for_selector("#progress:visible")
    judged(page)
    page.keyboard.press("Escape")
    page.wait_for_selector(f"#state-text:text-is('{text('log.stopped', 'en')}')")
    say(page, "delete the note")
    page.wait_for_selector("#consent[open]")
    assert QUESTION in page.locator("#consent").inner_text()
    judged(page)
    page.keyboard.press("Escape")
    page.wait_for_selector("#consent", state="hidden")
    page.keyboard.press("Tab")
    page.keyboard.press("?")
    page.wait_for_selector("#shortcuts[open]")
    judged(page)
    page.keyboard.press("Escape")
    say(page, "What does the letter say?")
    page.locator("#log .antigone", has_text=SHORT).last.wait_for()
    page.locator("#log .antigone").last.locator("summary").first.click()
    judged(page)
    page.locator("#log .antigone").last.get_by_role("button", name=text("actions.spell", "en")).first.click()
    page.wait_for_selector("#spell[open]")
    judged(page)
    page.keyboard.press("Escape")


def test_what_listens_and_looks_is_seen_in_every_scheme(page: Any) -> None:
    go(page, "pictures")
    page.click("#camera-toggle")
    page.wait_for_selector("#camera-state[data-on=true]")
    judged(page)
    page.click("#camera-toggle")
    page.wait_for_selector("#camera-state[data-on=false]")
    go(page, "conversation")
    page.click("#talk")
    page.wait_for_selector("#microphone[data-on=true]")
    judged(page)
    page.click("#talk")
    page.wait_for_selector("#microphone[data-on=false]")


def test_the_systems_wishes_are_followed(page: Any) -> None:
    go(page, "settings")
    scheme = "getComputedStyle(document.body).backgroundColor"
    page.click("#theme input[value=system]")
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector("html[data-scheme=dark]")
    assert page.evaluate(scheme) == "rgb(18, 20, 22)"
    page.click("#theme input[value=contrast]")
    assert page.evaluate(scheme) == "rgb(0, 0, 0)", "what was chosen wins over the system"
    page.click("#theme input[value=system]")
    page.emulate_media(color_scheme="light")
    page.wait_for_selector("html[data-scheme=light]")
    page.emulate_media(contrast="more")
    assert page.evaluate("getComputedStyle(document.querySelector('.hint')).color") == "rgb(26, 28, 30)"
    page.emulate_media(contrast=None, reduced_motion="reduce")
    say(page, "slow work")
    page.wait_for_selector("#progress:visible")
    assert page.evaluate("document.getAnimations().length") == 0
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate("document.getAnimations().length") > 0
    page.keyboard.press("Escape")
    page.wait_for_selector("#progress", state="hidden")


def test_forced_colours_show_what_is_chosen_and_where_controls_end(page: Any) -> None:
    page.emulate_media(forced_colors="active")
    go(page, "settings")
    look = "css => { const style = getComputedStyle(document.querySelector(css)); \
            return [style.backgroundColor, style.borderTopStyle, style.appearance]; }"
    chosen, other = (page.evaluate(look, f"#languages button[lang={lang}]") for lang in ("en", "es"))
    assert chosen[0] != other[0] and chosen[1] == other[1] == "solid"
    assert page.evaluate(look, "#theme input")[2] == "auto", "boxes are drawn by the system"
    assert page.evaluate(look, "#views a[aria-current]")[0] == chosen[0]
    page.emulate_media(forced_colors="none")


def test_paper_shows_the_conversation_and_nothing_to_press(page: Any) -> None:
    go(page, "conversation")
    paint(page, "contrast")
    page.emulate_media(media="print")
    assert page.locator("#log .message").first.is_visible()
    for css in ("#views", "#message", "#stop", "#log button", "#log audio"):
        assert page.locator(css).first.is_hidden(), css
    count, poor = page.evaluate(TEXT)
    assert count > 5 and poor == []
    assert (
        page.evaluate("getComputedStyle(document.querySelector('#log .message')).backgroundColor")
        == "rgb(255, 255, 255)"
    )
    page.emulate_media(media="screen")
    paint(page, "light")


def test_the_chosen_colours_are_there_before_anything_is_drawn(chrome: Any, address: str) -> None:
    context = chrome.new_context(color_scheme="light")
    context.add_init_script("localStorage.setItem('antigone-theme', 'contrast')")
    page = context.new_page()
    page.route("**/assets/**", lambda route: route.abort())  # nothing of Gradio's comes
    page.goto(address, wait_until="commit")
    page.wait_for_selector("link[href$='media.css']", state="attached")
    page.wait_for_load_state("domcontentloaded")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(0, 0, 0)"
    assert page.evaluate("document.querySelector('h1')") is None
    context.close()


def test_the_language_is_changed_without_losing_anything(chrome: Any, address: str) -> None:
    context = chrome.new_context(locale="es-MX")
    page = opened(context, address, "es")
    assert page.locator("html").get_attribute("lang") == "es"
    assert page.evaluate("navigator.language") == "es"
    say(page, "What does the letter say?")
    answer = page.locator("#log .antigone .text").first
    answer.wait_for()
    assert answer.get_attribute("lang") == "en", "an answer keeps its language"
    assert page.locator("#log .antigone h3").inner_text() == "Antigone, respuesta 1"
    page.get_by_role("button", name="Deletrear la respuesta 1").wait_for()
    page.fill(MESSAGE, "and then?")
    go(page, "settings")
    page.get_by_role("button", name="Português").press("Enter")
    page.wait_for_selector("html[lang='pt-BR']")
    page.wait_for_selector("#languages [data-language=pt]:focus")
    assert page.locator("#announcer").inner_text().startswith("A página agora está em português.")
    assert page.locator("#log .antigone h3").text_content() == "Antigone, resposta 1"
    assert page.input_value(MESSAGE) == "and then?"
    assert page.get_by_label("Uso um leitor de tela").count() == 1, "Gradio's labels too"
    assert page.get_by_role("button", name="Português").get_attribute("aria-pressed") == "true"
    page.reload()
    page.wait_for_selector("html[lang='pt-BR']")
    page.wait_for_selector("#state-text:text-is('Pronto')")
    with page.expect_response(lambda reply: "too dark" in (reply.request.post_data or "")):
        say(page, "fail")
    go(page, "memory")
    with page.expect_response(lambda reply: reply.url.endswith("/speech") and "Apagar tudo" in reply.request.post_data):
        page.click("#delete-data")
    page.keyboard.press("Escape")
    assert page.complaints == []
    said = dict(spoken)
    assert said["The picture is too dark to read. Turn on a light and take it again."] == "en"
    assert said[text("data.ask", "pt")] == "pt"
    context.close()


def test_it_can_be_installed(play: Any, address: str, tmp_path: Any) -> None:
    context = play.chromium.launch_persistent_context(  # a private window can't install
        str(tmp_path), executable_path=chromium(), args=["--no-sandbox"], locale="es-ES"
    )
    page = opened(context, address, "es")
    session = context.new_cdp_session(page)
    found = session.send("Page.getAppManifest")
    assert found["errors"] == [] and found["url"].endswith("/antigone/manifest-es.webmanifest")
    assert session.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
    manifest = json.loads(found["data"])
    assert (manifest["lang"], manifest["display"], manifest["start_url"]) == ("es", "standalone", "/")
    for icon in manifest["icons"]:
        data = page.request.get(address + icon["src"]).body()
        if icon["type"] == "image/png":
            assert "{}x{}".format(*Image.open(io.BytesIO(data)).size) == icon["sizes"]
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    context.close()


def test_where_the_program_is_away_a_notice_says_so_and_goes_on_by_itself(chrome: Any) -> None:
    context = chrome.new_context(locale="pt-BR")
    with served(Scripted) as server:
        address = str(server.page)
        page = opened(context, address, "pt")
        say(page, "What does the letter say?")
        page.locator("#log .antigone", has_text=SHORT).last.wait_for()
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.wait_for_timeout(200)
        kept = page.evaluate(
            "async () => (await Promise.all((await caches.keys()).map(async (name) => "
            "(await (await caches.open(name)).keys()).map((one) => new URL(one.url).pathname)))).flat()"
        )
    assert kept and all(path.startswith(("/antigone/away-", "/antigone/static/")) for path in kept)
    page.goto(address)
    assert page.locator("h1").inner_text() == text("app.away", "pt")
    assert page.locator("html").get_attribute("lang") == "pt-BR"
    assert violations(page) == []
    with served(Scripted, port=int(address.rpartition(":")[2])):  # where the page looks for it
        page.wait_for_selector("#state-text", timeout=20_000)
    context.close()

"""Kept documents on the page: taken in from the shelf, asked, removed after a question, brought back, by keyboard."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assistant.memory import Store
from assistant.settings import Settings
from tests.documents_support import FOLDER, Encoder, long_text
from tests.page_support import Scripted, browser, go, open_page, playwright, served

pytestmark = pytest.mark.browser

SAID = "document.getElementById('announcer').textContent"
FOCUS = "(document.activeElement.getAttribute('aria-label') || document.activeElement.textContent).trim()"
WAIT_S = 60  # a machine that does much else
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from ui.backstage import Backstage

    home = tmp_path_factory.mktemp("home")

    class Stage(Backstage):
        """With a state of its own and vectors from words, so that no model is loaded."""

        def open_session(self) -> Any:
            if self._session is None:
                store = Store(home, Encoder())
                self._session = SimpleNamespace(store=store, close=store.close)  # type: ignore[assignment]
            return self._session

    stage = Stage(Settings(home=home))
    with served(Scripted, data=stage) as serving:
        yield serving.page
    stage.close()


def test_a_document_is_kept_asked_removed_and_brought_back(address: str, tmp_path: Path) -> None:
    from axe_playwright_python.sync_playwright import Axe

    def said(words: str) -> None:
        end = time.monotonic() + WAIT_S
        while words not in page.evaluate(SAID):
            assert time.monotonic() < end, page.evaluate(SAID)
            page.wait_for_timeout(50)

    with playwright() as play:
        page = open_page(browser(play).new_context(viewport={"width": 900, "height": 1200}), address)
        go(page, "documents")
        page.wait_for_selector("#kept-count:text-is('No documents are kept yet.')")
        story = long_text(tmp_path / "story.txt", 60)
        page.set_input_files("#documents-file", [FOLDER / "bread_recipe.md", story])
        page.get_by_role("button", name="Keep story.txt").press("Enter")
        said("story is kept. Ask what it says at any time.")
        page.get_by_role("button", name="Keep bread_recipe.md").press("Enter")
        said("bread recipe is kept.")
        assert page.locator("#kept-list h4").all_inner_texts() == ["bread recipe", "story"]
        assert page.locator("#kept-work").is_hidden() and page.evaluate(FOCUS) == "Kept documents"

        page.get_by_label("Ask the kept documents").fill("how long does the bread keep")
        page.keyboard.press("Enter")
        said("bread recipe: The bread keeps for two days and freezes well.")
        assert page.evaluate(FOCUS).endswith("answers.") or page.evaluate(FOCUS).endswith("answer.")
        page.get_by_label("Ask the kept documents").fill("who won the election in Peru")
        page.keyboard.press("Enter")
        said("That is not in your documents.")
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=f"{folder}/documents.png", full_page=True)
        page.evaluate(Axe().axe_script)
        assert page.evaluate("rules => axe.run(document, rules)", RULES)["violations"] == []

        page.get_by_role("button", name="Remove story", exact=True).press("Enter")
        assert "Remove story from the kept documents?" in page.locator("#consent-text").inner_text()
        page.locator("#consent-yes").press("Enter")
        said("Deleted: story.")
        assert page.locator("#kept-list h4").all_inner_texts() == ["bread recipe"]
        assert page.evaluate(FOCUS) == "Bring it back"
        page.keyboard.press("Enter")
        said("It is back.")
        assert page.locator("#kept-list h4").all_inner_texts() == ["bread recipe", "story"]
        assert page.complaints == []

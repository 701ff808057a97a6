"""Screens: made-up pages drawn by Chromium, with the browser's accessible tree as the truth of what is on them."""

import io
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

from PIL import Image

from training.vision.data import place
from training.vision.data.screen_pages import PAGES
from training.vision.data.screen_themes import THEMES, style
from training.vision.data.table import Job, Row, an

COUNTS = {"train": 15, "valid": 4, "test": 6}  # of each kind of screen
ROLES = ("button", "textbox", "searchbox", "checkbox", "switch", "slider", "link", "listitem", "image", "heading",
         "cell", "alertdialog", "dialog", "status")  # fmt: skip
# what is told of a screen besides its kind: role, one, several
TOLD = {
    "login": (("textbox", "field", "fields"), ("button", "button", "buttons")),
    "sign-up": (("textbox", "field", "fields"),),
    "error message": (("button", "button", "buttons"),),
    "question": (("button", "button", "buttons"),),
    "settings": (("switch", "switch", "switches"),),
    "search results": (("link", "link", "links"),),
    "chat": (("listitem", "message", "messages"),),
    "inbox": (("listitem", "message", "messages"),),
    "home screen": (("link", "app", "apps"),),
    "shop": (("image", "product", "products"),),
}
# what a screen is called in a sentence, where "a NAME screen" is not what one says
PHRASES = {
    "error message": "an error message", "question": "a dialog with a question", "home screen": "a home screen",
    "chat": "a chat", "inbox": "an inbox", "calculator": "a calculator", "music player": "a music player",
    "calendar": "a calendar", "article": "an article", "files": "a list of files", "shop": "a shop page",
    "search results": "search results",
}  # fmt: skip
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
            "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty")  # fmt: skip


def jobs(share: float = 1.0) -> Iterator[Job]:
    """A job for each screen; themes of the test are its own."""
    studio = Studio()
    for name, (_, also, _) in PAGES.items():
        for split, count in COUNTS.items():
            for number in range(max(1, round(count * share))):
                theme = THEMES[split][number % len(THEMES[split])]
                file = f"{name.replace(' ', '_')}/{split}-{number}.png"
                row = Row(file, split, "screen", theme, name, sentence(name, []), also, "screen")
                yield Job(row, partial(draw, studio, name, theme))


class Studio:
    """One browser for all pictures, started for the first."""

    def __init__(self) -> None:
        self._page: Any = None

    def page(self) -> Any:
        """A blank page.

        Raises:
            FileNotFoundError: there is no Chromium.
        """
        if self._page is None:
            from playwright.sync_api import sync_playwright

            path = shutil.which("chromium") or shutil.which("google-chrome")
            if not path:
                raise FileNotFoundError("no chromium: install Debian's package chromium to draw the screens")
            self._play = sync_playwright().start()
            browser = self._play.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
            self._page = browser.new_page(java_script_enabled=False)
            self._tree = self._page.context.new_cdp_session(self._page)
        return self._page

    def close(self) -> None:
        """End the browser; a later page starts another."""
        if self._page is not None:
            self._page.context.browser.close()
            self._play.stop()
            self._page = None

    def tree(self) -> list[dict[str, Any]]:
        """Role, name, state and box (x, y, width, height in pixels) of what the page shows, in reading order."""
        found = []
        for node in self._tree.send("Accessibility.getFullAXTree")["nodes"]:
            role = node.get("role", {}).get("value", "").lower()
            role = "cell" if role == "gridcell" else role
            if node.get("ignored") or role not in ROLES or "backendDOMNodeId" not in node:
                continue
            one: dict[str, Any] = {"role": role, "name": str(node.get("name", {}).get("value", ""))[:80]}
            states = {each["name"]: each["value"].get("value") for each in node.get("properties", [])}
            if "checked" in states:
                one["on"] = str(states["checked"]) == "true"
            model = self._tree.send("DOM.getBoxModel", {"backendNodeId": node["backendDOMNodeId"]})["model"]
            one["box"] = [round(model["border"][0]), round(model["border"][1]), model["width"], model["height"]]
            found.append(one)
        return found


def draw(studio: Studio, name: str, theme: str, rng: random.Random) -> Image.Image:
    """One screen; its sentence and its elements travel in the picture's info."""
    builder, _, phone = PAGES[name]
    page = studio.page()
    size = (390, 720) if rng.random() < phone else (860, 600)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.set_content(f"<!doctype html><html><style>{style(theme, rng)}</style><body>{builder(rng)}</body></html>")
    elements = [one for one in studio.tree() if _seen(one, size)]
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    width = 520 if size[0] > 500 else 300
    scale = width / size[0]
    picture = picture.resize((width, round(size[1] * scale)), Image.Resampling.LANCZOS)
    for one in elements:
        one["box"] = [round(part * scale) for part in one["box"]]
    if rng.random() < 0.15:
        picture = place.photographed(picture, rng)
        elements = [{**one, "box": None} for one in elements]
    picture.info = {"answer": sentence(name, elements), "facts": {"elements": elements}}
    return picture


def _seen(one: dict[str, Any], size: tuple[int, int]) -> bool:
    x, y, width, height = one["box"]
    return bool(width > 1 and height > 1 and 0 <= x < size[0] and y >= 0 and y + height / 2 < size[1])


def sentence(name: str, elements: list[dict[str, Any]]) -> str:
    """ "a login screen with two fields and one button"; numbers from the accessible tree."""
    counts = Counter("textbox" if one["role"] == "searchbox" else one["role"] for one in elements)
    told = []
    for role, single, several in TOLD.get(name, ()):
        if 0 < counts[role] < len(_NUMBERS):
            told.append(f"{_NUMBERS[counts[role]]} {single if counts[role] == 1 else several}")
    phrase = PHRASES.get(name, f"{an(name)} screen")
    joint = " and " if " with " in phrase else " with "
    return f"{phrase}{joint}{' and '.join(told)}" if told else phrase

"""Opens the page in the user's browser."""

import os
import sys
import webbrowser

_SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")


def open_page(page: str) -> bool:
    """Ask the system's browser to show an address; False where there is none.

    Without a screen Python would fall back on browsers for terminals, which can't run the page and take the keyboard.
    """
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in _SCREENS):
        return False
    try:
        return webbrowser.open(page)
    except (webbrowser.Error, OSError):
        return False

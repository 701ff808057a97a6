"""The program's own voice for the moments before the page is there, and the system's where that fails."""

import contextlib
import threading

from assistant import settings
from assistant.settings import Settings
from kernels.errors import UserError
from ui.desktop import tell

SAID_S = 30.0


def tell_person(text: str) -> None:
    """Show a text and say it aloud, unless the user's screen reader speaks for us. Waits until it was said."""
    showing = threading.Thread(target=tell.show, args=(text,))
    showing.start()
    try:
        options = settings.load()
    except UserError:  # it may be these that the text is about
        options = None
    if options is None or options.speech:
        spoken = options is not None and _own_voice(text, options)
        if not spoken:
            tell.speak(text)
    showing.join(tell.SHOW_S)


def begun(options: Settings) -> None:
    """A short sound at once: the page takes seconds to come, and silence would say that nothing was pressed."""
    threading.Thread(target=_earcon, args=(options,), name="first sound", daemon=True).start()


def _earcon(options: Settings) -> None:
    from assistant.speaking import earcons

    with contextlib.suppress(UserError):
        sound = earcons.sound("thinking", options)
        if sound is None:
            return
        from assistant.speech import Speaker

        with Speaker(options) as speaker:
            speaker.play(sound).wait(SAID_S)


def _own_voice(text: str, options: Settings) -> bool:
    """Say it with the simpler of our voices, which needs no model; False where it could not be heard."""
    from assistant.speech import Speaker

    try:
        with Speaker(options.model_copy(update={"voice": "en-us"})) as speaker:
            playing = speaker.play(text)
            return playing.wait(SAID_S) and playing.error is None
    except UserError:
        return False

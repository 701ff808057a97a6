"""One turn of the agent: words or a recording in, lines of text, JSON events or a spoken answer out."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.messages import Answer, ConsentAsked, Event, Failed, Heard, Request, ToolCalled
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.settings import Settings


def run(
    text: str | None = None,
    audio: Path | None = None,
    images: list[Path] | None = None,
    speak: Path | None = None,
    yes: bool = False,
    model: str | None = None,
    as_json: bool = False,
) -> None:
    """Take one request through the agent and print what happens as it happens.

    Args:
        model: the language model that weighs steps, in place of the settings': a name, OWNER/NAME, folder or GGUF file.
            It is loaded before the turn, so that one that is not right is refused and not passed over.

    Raises:
        UserError: nothing was asked, a file or the model can't be used, or the turn failed.
    """
    _check(text, audio, images or [], speak)
    options = _options(model)
    if images:
        _expect_pictures()
    from assistant.session import open_session

    request = Request(text or "", audio, tuple(images or []), yes)
    answer: Answer | Failed | None = None
    with open_session(options) as session:
        if model is not None:
            session.warm()
        for event in _closing(session.turn(request)):
            _show(event, as_json)
            if isinstance(event, Answer | Failed):
                answer = event
        if speak is not None and answer is not None:
            _speak(session.settings, answer, speak)
    if isinstance(answer, Failed):
        raise UserError(answer.text, answer.remedy)


def _options(model: str | None) -> "Settings":
    """The settings in force, with this language model; it is looked for before anything is loaded."""
    from assistant import settings

    if model is None:
        return settings.load()
    from assistant.resolve import resolve

    resolve(model, "language")
    return settings.load({"language_model": model, "weigh_steps": True})


def _check(text: str | None, audio: Path | None, images: list[Path], speak: Path | None) -> None:
    """Refuse what can't work before anything is loaded."""
    from encoders.image_input import check_file

    if audio is not None and text is not None and text.strip():
        raise UserError("Both a text and a recording were given.", "Give one of them.")
    if audio is None and not (text or "").strip() and not images:
        raise UserError("There was no request.", 'Say what you want, for example: antigone ask "what time is it".')
    if audio is not None:
        from encoders.sound_files import check_sound

        check_file(audio, "recording")
        check_sound(audio)
    for image in images:
        _open(image)
    if speak is not None and (speak.is_dir() or not speak.absolute().parent.is_dir()):
        raise UserError(f"The answer can't be written to {speak}.", "Give a file name in a folder that exists.")


def _expect_pictures() -> None:
    """Load what looks at pictures beside what plans."""
    from assistant.perception import perception

    perception().expect()


def _open(image: Path) -> None:
    """See that a picture or a document's first page can be opened, before torch is loaded; a picture stays open.

    Raises:
        UserError: it can't.
    """
    from assistant.perception import perception
    from assistant.sight.reading import is_pdf, is_written, page_count
    from assistant.sight.sandbox import sandbox

    page_count(image)
    if is_pdf(image):
        sandbox().pdf_lines(image, 0)
    elif not is_written(image):
        perception().picture(image)


def _closing(events: Iterator[Event]) -> Iterator[Event]:
    """The same events; the turn is closed whatever ends the loop, such as Ctrl-C."""
    try:
        yield from events
    finally:
        close = getattr(events, "close", None)
        if close is not None:
            close()


def _show(event: Event, as_json: bool) -> None:
    if as_json:
        print(json.dumps(event.as_json(), ensure_ascii=False, default=str), flush=True)
        return
    line = _line(event)
    if line:
        print(line.encode("utf-8", "replace").decode("utf-8"), flush=True)


def _line(event: Event) -> str:
    """One short line for those who listen to the terminal; "" for what the answer says anyway."""
    match event:
        case Heard(text=text):
            return f"Heard: {text}"
        case ToolCalled(name=name):
            return f"Step: {' '.join(name.replace('_', ' ').split())}"
        case ConsentAsked():
            return "Nothing is changed yet."
        case Answer(text=text):
            return text
    return ""


def _speak(settings: "Settings", answer: Answer | Failed, path: Path) -> None:
    from assistant.speech import Speaker

    said = answer.text if isinstance(answer, Answer) else f"{answer.text} {answer.remedy}"
    with Speaker(settings) as speaker:
        speaker.to_file(said, path)
    print(f"Spoken to {path}", file=sys.stderr)

"""antigone voice: a spoken conversation in the terminal, by microphone and loudspeaker or by files in their place."""

import contextlib
import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.devices import DeviceLost
from assistant.messages import Event
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.listening.microphone import BlockSource
    from assistant.settings import Settings
    from assistant.speaking.playback import Output
    from assistant.voice import VoiceLoop

STOP = "Press Control C to end."


def run(
    input: Path | None = None, output: Path | None = None, push_to_talk: bool = False, as_json: bool = False
) -> None:
    """Talk until Control C, or until a recording that stands for the microphone is over and answered.

    Args:
        input: a recording in the place of the microphone, heard in real time.
        output: a WAV file in the place of the loudspeaker.
        push_to_talk: Enter begins and ends each turn.

    Raises:
        UserError: microphone, loudspeaker, a file or a model can't be used.
    """
    from assistant import settings
    from assistant.speech import RATE_HZ

    options = settings.load()
    if input is not None and "echo" not in options.model_fields_set:  # nothing that is played gets into a recording
        options = options.model_copy(update={"echo": "headphones"})
    with contextlib.ExitStack() as stack:
        source = _source(input, options)
        opened = _output(output, options, RATE_HZ, stack)
        show = _as_json if as_json else Lines(options.verbosity).show
        try:
            _talk(options, source, opened, push_to_talk, show, stack)
        except KeyboardInterrupt:  # how a conversation ends, and no failure
            if not as_json:
                _print("Stopped.")


def _talk(
    options: "Settings",
    source: "BlockSource",
    opened: "Callable[[int], Output]",
    push_to_talk: bool,
    show: Callable[[Event], None],
    stack: contextlib.ExitStack,
) -> None:
    from assistant import due
    from assistant.session import open_session
    from assistant.speech import Speaker
    from assistant.talking.events import StateChanged
    from assistant.voice import open_loop

    speaker = stack.enter_context(Speaker(options))
    speaker.start()  # loads while we do
    show(starting := StateChanged("starting"))
    session = stack.enter_context(open_session(options))
    loop = open_loop(session, speaker, options, opened, push_to_talk=push_to_talk, terminal=True)
    stack.callback(loop.close)
    ended = threading.Event()
    stack.callback(ended.set)
    watch = threading.Thread(target=due.watch, args=(options.home, loop.remind, ended), name="reminders", daemon=True)
    watch.start()
    if push_to_talk:
        threading.Thread(target=_keys, args=(loop,), name="keys", daemon=True).start()
    with contextlib.closing(loop.run(source)) as events:
        for event in events:
            if isinstance(event, DeviceLost) and event.device == "microphone" and not loop.listened:
                raise UserError(event.text, event.remedy)  # it never worked
            if event != starting:
                show(event)


def _source(input: Path | None, options: "Settings") -> "BlockSource":
    from assistant.listening.microphone import FileMicrophone, Microphone

    if input is not None:
        from encoders.image_input import check_file

        check_file(input, "recording")
        return FileMicrophone(input)
    from assistant.devices import portaudio

    portaudio("recorded", "give a recording with --input FILE").find("microphone", options.microphone)
    return Microphone(options.microphone)


def _output(
    output: Path | None, options: "Settings", rate_hz: int, stack: contextlib.ExitStack
) -> "Callable[[int], Output]":
    if output is not None:
        from assistant.speaking.file_output import FileOutput

        return stack.enter_context(FileOutput(output, rate_hz)).open
    from assistant.speaking.playback import Loudspeaker

    def opened(rate: int) -> "Output":
        return Loudspeaker(rate, options.loudspeaker)

    opened(rate_hz).close()  # one that is missing is said now
    return opened


def _keys(loop: "VoiceLoop") -> None:
    """Enter begins a turn, and ends it."""
    from assistant.talking.events import TalkBegan, TalkEnded

    down = False
    for _ in sys.stdin:
        down = not down
        loop.post(TalkBegan() if down else TalkEnded())


def _as_json(event: Event) -> None:
    _print(json.dumps(event.as_json(), ensure_ascii=False, default=str))


class Lines:
    """Events as lines for those who listen to the terminal; how many is a matter of verbosity."""

    def __init__(self, verbosity: str) -> None:
        self._verbosity = verbosity
        self._asked = ""

    def show(self, event: Event) -> None:
        """Print an event's line, if it has one."""
        if line := self._line(event):
            _print(line)

    def _line(self, event: Event) -> str:
        from assistant.devices import DeviceBack
        from assistant.messages import Answer, Failed, Heard, Thinking, ToolCalled
        from assistant.talking.events import Commanded, Notice, StateChanged

        match event:
            case Heard(text=text):
                return f"You: {text}"
            case Commanded(name=name):
                return f"You: {name.replace('_', ' ')}"
            case Answer(text=text, more=more):
                return f"Antigone: {text} {more}".rstrip() if self._verbosity == "full" else f"Antigone: {text}"
            case Notice(text=text) | DeviceBack(text=text):
                return f"Antigone: {text}"
            case Failed(text=text, remedy=remedy) | DeviceLost(text=text, remedy=remedy):
                return f"Antigone: {text} {remedy}".rstrip()
            case StateChanged(state=state):
                return self._state(state)
            case Thinking(text=text) if self._verbosity == "full" or text != "Thinking.":
                return text
            case ToolCalled(name=name) if self._verbosity == "full":
                return f"Step: {name.replace('_', ' ')}"
        return ""

    def _state(self, state: str) -> str:
        if state == "starting":
            return f"Starting. {STOP}"
        plain = ("paused", "lost") if self._verbosity == "brief" else ("listening", "paused", "lost")
        return f"{state.capitalize()}." if self._verbosity == "full" or state in plain else ""


def _print(line: str) -> None:
    print(line.encode("utf-8", "replace").decode("utf-8"), flush=True)

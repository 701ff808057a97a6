"""antigone say TEXT [--out FILE] [--rate WPM]: speak a text, or write it as sound."""

import contextlib
import io
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.engines.child import Child, EngineFailed
from assistant.engines.rates import checked_rate
from assistant.speaking.sound_file import check_writable
from assistant.speaking.spoken import spoken
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.speech import Speaker

NOTHING = ("There is nothing to say.", 'Give some words, such as: antigone say "Good morning."')


def run(text: str, out: Path | None = None, rate: int | None = None) -> None:
    """Speak `text` ("-": standard input, line by line as it comes) aloud or into the WAV file `out`.

    Raises:
        UserError: nothing to say, a rate outside 80 to 500, a path that cannot be written, no loudspeaker, no voice.
    """
    if rate is not None:
        checked_rate(rate)
    if out is not None:
        check_writable(out)
    words = _standard_input() if text == "-" else text
    if isinstance(words, str) and not spoken(words):
        raise UserError(*NOTHING)
    child = Child("assistant.engines.piper_child")
    with contextlib.suppress(EngineFailed):
        child.start()  # it imports its libraries while we import ours and read the settings
    with contextlib.closing(child):
        from assistant.speech import Speaker

        with Speaker(rate_wpm=rate, child=child) as speaker:
            _speak(speaker, words, out)


def _speak(speaker: "Speaker", words: str | Iterable[str], out: Path | None) -> None:
    speaker.start()
    try:
        if out is None:
            _aloud(speaker, words)
        else:
            seconds = speaker.to_file(words, out)
            print(f"Wrote {seconds:.1f} seconds of speech to {out}.")
    finally:
        for notice in speaker.notices:
            print(f"{notice} ({speaker.trouble})", file=sys.stderr)


def _aloud(speaker: "Speaker", words: str | Iterable[str]) -> None:
    playing = speaker.play(words)
    while not playing.wait(0.2):  # short waits, so that Ctrl-C is heeded on Windows too
        pass
    if playing.error is not None:
        raise playing.error


def _standard_input() -> Iterator[str]:
    """The lines of standard input as they come. Raises UserError when none of them can be said."""
    if sys.stdin is None or sys.stdin.closed:
        raise UserError("There is no standard input to read.", "Give the words after: antigone say.")
    lines = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace")
    first = next((line for line in lines if spoken(line)), None)
    if first is None:
        raise UserError(*NOTHING)
    return chain([first], lines)

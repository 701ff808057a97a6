"""antigone say TEXT [--out FILE] [--rate WPM]: speak a text, or write it as sound."""

import io
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.speech import Speaker


def run(text: str, out: Path | None = None, rate: int | None = None) -> None:
    """Speak `text` ("-": standard input, line by line as it comes) aloud or into the WAV file `out`.

    Raises:
        UserError: nothing to say, a rate outside 80 to 500, a path that cannot be written, no loudspeaker, no voice.
    """
    from assistant import speech

    if rate is not None:
        speech.checked_rate(rate)
    if out is not None:
        speech.check_writable(out)
    words = _standard_input() if text == "-" else text
    if isinstance(words, str) and not speech.spoken(words):
        raise UserError("There is nothing to say.", 'Give some words, such as: antigone say "Good morning."')
    with speech.Speaker(rate_wpm=rate) as speaker:
        speaker.start()
        try:
            if out is not None:
                seconds = speaker.to_file(words, out)
                print(f"Wrote {seconds:.1f} seconds of speech to {out}.")
            else:
                _aloud(speaker, words)
        finally:
            for notice in speaker.notices:
                print(notice, file=sys.stderr)


def _aloud(speaker: "Speaker", words: str | Iterable[str]) -> None:
    playing = speaker.play(words)
    while not playing.wait(0.2):  # short waits, so that Ctrl-C is heeded on Windows too
        pass
    if playing.error is not None:
        raise playing.error


def _standard_input() -> Iterator[str]:
    """The lines of standard input as they come. Raises UserError when none of them can be said."""
    from assistant.spoken import spoken

    if sys.stdin is None or sys.stdin.closed:
        raise UserError("There is no standard input to read.", "Give the words after: antigone say.")
    lines = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace")
    first = next((line for line in lines if spoken(line)), None)
    if first is None:
        raise UserError("There is nothing to say.", 'Give some words, such as: antigone say "Good morning."')
    return chain([first], lines)

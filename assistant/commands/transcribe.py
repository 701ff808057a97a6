"""antigone transcribe FILE ...: what is said in recordings, line by line as it is understood."""

import json
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from assistant import settings
from assistant.hearing_models import check_beam, find_recogniser
from encoders.sound_files import check_sound
from kernels.errors import UserError

SIGN_OF_LIFE_S = 5.0
PIPED = "arecord -f S16_LE -r 16000 | antigone transcribe -"


def run(
    file: Path,
    model: str | None = None,
    language: str | None = None,
    translate: bool = False,
    timestamps: bool = False,
    beam: int = 1,
    as_json: bool = False,
    live: bool = False,
    more: Sequence[Path] = (),
    exact: bool = False,
) -> None:
    """Print the words to standard output; what is uncertain, and signs of life, go to standard error.

    Args:
        file: "-" is what comes on standard input, written down as it comes.
        live: write words down as they would appear while somebody speaks.
        more: further files; all are decoded side by side then, and each is written below its name.
        exact: every window in full and in float32.

    Raises:
        UserError: an unknown model or language, or a file that cannot be heard.
    """
    options = settings.load()
    name = model or options.hearing_model
    find_recogniser(name)
    check_beam(beam)
    piped = str(file) == "-"
    if piped and sys.stdin.isatty():
        raise UserError("No sound comes on standard input.", f"Pipe some into it: {PIPED}")
    if not piped:
        check_sound(file)  # before torch and the model are loaded: a wrong file is told at once
    if more:
        if live or piped or beam > 1:
            raise UserError(
                "Several recordings cannot be heard live, from a pipe or with a beam.", "Give one at a time."
            )
        from assistant.commands import transcribe_many

        transcribe_many.run([file, *more], name, language, translate, timestamps, as_json, exact)
        return
    if live or piped:
        _follow(None if piped else file, name, language, translate, timestamps, beam, as_json, exact)
        return
    _whole(file, name, language, translate, timestamps, beam, as_json, exact, options.confidence_threshold)


def _whole(
    file: Path, name: str, language: str | None, translate: bool, timestamps: bool, beam: int, as_json: bool,
    exact: bool, least: float,
) -> None:  # fmt: skip
    """One recording, a line a segment; below a confidence of `least` it is said that the line is unsure."""
    segments, end_s = 0, 0.0
    with signs_of_life() as progress:
        from assistant import hearing  # brings torch: a second that a wrong file needn't wait for

        recogniser = hearing.load(name, exact=exact)
        for segment in recogniser.transcribe(file, language=language, translate=translate, beam=beam):
            segments, end_s = segments + 1, segment.end_s
            progress.reached(end_s)
            if as_json:
                print(json.dumps({"event": "Segment", **asdict(segment)}, ensure_ascii=False), flush=True)
                continue
            print(f"[{clock(segment.start_s)}] {segment.text}" if timestamps else segment.text, flush=True)
            if segment.confidence < least:
                print("I am not sure of the line above.", file=sys.stderr, flush=True)
    if as_json:
        print(json.dumps({"event": "Transcribed", "segments": segments, "end_s": end_s}), flush=True)
    elif not segments:
        print(f"No speech was heard in {file.name}.", file=sys.stderr)


def _follow(
    file: Path | None, name: str, language: str | None, translate: bool, timestamps: bool, beam: int, as_json: bool,
    exact: bool,
) -> None:  # fmt: skip
    """Words as they come: from a file, or from standard input where there is none."""
    from assistant import hearing
    from assistant.commands import transcribe_live
    from assistant.streaming.transcript import LiveTranscript

    stream = LiveTranscript(hearing.load(name, exact=exact), language=language, translate=translate, beam=beam)
    if file is not None:
        transcribe_live.follow_file(stream, file, as_json, timestamps)
        return
    print("Listening.", file=sys.stderr, flush=True)
    transcribe_live.follow_pipe(stream, sys.stdin.fileno(), as_json, timestamps)


def clock(seconds: float) -> str:
    """Seconds as h:mm:ss.t, the hours only where there are any."""
    tenths = round(seconds * 10)
    hours, minutes, rest = tenths // 36_000, tenths // 600 % 60, tenths % 600
    start = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{start}:{rest // 10:02}.{rest % 10}"


class _Progress:
    """When something was last said, and how far the recording is understood."""

    def __init__(self) -> None:
        self.last, self.end_s = time.monotonic(), 0.0

    def reached(self, end_s: float) -> None:
        self.last, self.end_s = time.monotonic(), end_s


@contextmanager
def signs_of_life(every_s: float = SIGN_OF_LIFE_S) -> Iterator[_Progress]:
    """While the block runs, say on standard error that work goes on whenever nothing was printed for a while."""
    progress, done = _Progress(), threading.Event()

    def speak() -> None:
        while not done.wait(every_s / 5):
            if time.monotonic() - progress.last >= every_s:
                progress.last = time.monotonic()
                print(f"Still listening, at {clock(progress.end_s)}.", file=sys.stderr, flush=True)

    thread = threading.Thread(target=speak, daemon=True)
    thread.start()
    try:
        yield progress
    finally:
        done.set()
        thread.join()

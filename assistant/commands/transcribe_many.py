"""antigone transcribe with several files: decoded side by side, written one below the other in the order given."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from assistant import settings
from assistant.commands import transcribe
from encoders.sound_files import check_sound
from kernels.errors import UserError


def run(
    files: Sequence[Path],
    name: str,
    language: str | None,
    translate: bool,
    timestamps: bool,
    as_json: bool,
    exact: bool,
) -> None:
    """Print each file's name and words; a file that turns out damaged is told in its place, and the others go on.

    Raises:
        UserError: an unknown language, a file that cannot be heard at all (before any is read), or at the end where
            some were damaged further on.
    """
    for file in files:
        check_sound(file)
    with transcribe.signs_of_life() as progress:
        from assistant import hearing
        from assistant.hearing_batch import transcribe_many

        threshold, damaged = settings.load().confidence_threshold, 0
        written = transcribe_many(hearing.load(name, exact=exact), files, language=language, translate=translate)
        for file, result in zip(files, written, strict=True):
            segments = [] if isinstance(result, UserError) else result
            end_s = segments[-1].end_s if segments else 0.0
            progress.reached(end_s)
            if as_json:
                for segment in segments:
                    print(json.dumps({"event": "Segment", "file": str(file), **asdict(segment)}, ensure_ascii=False))
            else:
                print(f"{file}:")
                for segment in segments:
                    print(f"[{transcribe.clock(segment.start_s)}] {segment.text}" if timestamps else segment.text)
            if isinstance(result, UserError):
                damaged += 1
                print(f"{file.name}: {result}", file=sys.stderr)
            elif as_json:
                print(
                    json.dumps({"event": "Transcribed", "file": str(file), "segments": len(segments), "end_s": end_s})
                )
            elif not segments:
                print(f"No speech was heard in {file.name}.", file=sys.stderr)
            elif min(segment.confidence for segment in segments) < threshold:
                print(f"I am not sure of some words in {file.name}.", file=sys.stderr)
            sys.stdout.flush()
    if damaged:
        raise UserError(f"{damaged} of {len(files)} recordings could not be heard.", "The others are written above.")

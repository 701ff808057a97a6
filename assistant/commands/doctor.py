"""`antigone doctor`: tests everything the program needs, says what is amiss and how to mend it, aloud too."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

from assistant.checks import AUDIBLE, CHECKS, Finding
from assistant.checks.finding import in_force
from assistant.languages import text
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.speech import Speaker

SAID_S = 30.0  # for one finding to be spoken


class _Mouth:
    """Says findings aloud where speech is wanted and works; silent from its first failure on, which a check tells."""

    def __init__(self, wanted: bool) -> None:
        self._options = in_force()
        self._wanted = wanted and self._options.speech
        self._speaker: Speaker | None = None

    def say(self, words: str) -> bool:
        """Say it and wait until it was said; False where nobody heard it."""
        if not self._wanted:
            return False
        from assistant.speech import Speaker

        try:
            self._speaker = self._speaker or Speaker(self._options)
            playing = self._speaker.play(words)
            self._wanted = playing.wait(SAID_S) and playing.error is None
        except UserError:
            self._wanted = False
        return self._wanted

    def close(self) -> None:
        if self._speaker is not None:
            self._speaker.close()


def run(as_json: bool, quiet: bool = False) -> None:
    """One line a finding, as soon as it is known; exit code 2 where something keeps the program from working.

    Args:
        as_json: one JSON object a line; makes no sound.
        quiet: make no sound and don't listen.

    Raises:
        UserError: something is bad; each such thing was said before with its remedy.
    """
    mouth = _Mouth(wanted=not (quiet or as_json))
    audible: tuple[Callable[[], Iterator[Finding]], ...] = ()
    if not (quiet or as_json):
        audible = tuple(partial(check, mouth.say) for check in AUDIBLE)
    bad: list[str] = []
    try:
        for check in (*audible, *CHECKS):
            for finding in _findings(check):
                print(json.dumps(asdict(finding)) if as_json else _line(finding), flush=True)
                if finding.state == "bad":
                    bad.append(finding.subject)
                    mouth.say(_line(finding))
        verdict = _verdict(list(dict.fromkeys(bad)))
        mouth.say(verdict)
    finally:
        mouth.close()
    if bad:
        raise UserError(verdict, text("doctor.above", in_force().language))
    if not as_json:
        print(verdict)


def _verdict(bad: list[str]) -> str:
    language = in_force().language
    if not bad:
        return text("doctor.well", language)
    key = "doctor.one" if len(bad) == 1 else "doctor.many"
    return text(key, language, count=len(bad), names=", ".join(bad))


def _findings(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    name = str(getattr(getattr(check, "func", check), "__name__", "check")).replace("_", " ")
    try:
        yield from check()
    except UserError as error:
        yield Finding(name, "bad", error.text, error.remedy)
    except Exception as error:  # one check that breaks must not silence the others
        said = f"This could not be checked: {type(error).__name__}: {error}"
        yield Finding(name, "bad", said, "Tell the makers; the rest was checked all the same.")


def _line(finding: Finding) -> str:
    mark = {"good": "", "note": "Note: ", "bad": "To mend: "}[finding.state]
    return f"{finding.subject}. {mark}{finding.text} {finding.remedy}".rstrip()

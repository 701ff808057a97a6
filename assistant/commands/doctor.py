"""`antigone doctor`: looks at everything the program needs and says what is amiss and how to mend it."""

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict

from assistant import settings
from assistant.checks import CHECKS, Finding
from kernels.errors import UserError


def run(as_json: bool, quiet: bool = False) -> None:
    """One line a finding, as soon as it is known; exit code 2 where something keeps the program from working.

    Raises:
        UserError: something is bad; each such thing was said before with its remedy.
    """
    bad, speaker = [], False
    for check in CHECKS:
        for finding in _findings(check.__name__, check):
            bad += [finding.subject] if finding.state == "bad" else []
            speaker = speaker or (finding.state == "good" and finding.text.startswith("Speaker"))
            print(json.dumps(asdict(finding)) if as_json else _spoken(finding), flush=True)
    many = f"{len(bad)} things need" if len(bad) > 1 else "One thing needs"
    verdict = f"{many} mending: {', '.join(dict.fromkeys(bad))}." if bad else "Antigone is well."
    if speaker and not as_json:
        _say_aloud(verdict)
    if bad:
        raise UserError(verdict, "The lines above say how.")
    if not as_json:
        print(verdict)


def _say_aloud(verdict: str) -> None:
    """Say how it went, where the user wants speech; what keeps it from being said was found above already."""
    with contextlib.suppress(UserError):
        options = settings.load()
        if options.speech:
            from assistant.speech import Speaker

            with Speaker(options) as speaker:
                speaker.play(verdict).wait(30)


def _findings(name: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except UserError as error:
        yield Finding(name.replace("_", " "), "bad", error.text, error.remedy)
    except Exception as error:  # one check that breaks must not silence the others
        said = f"This could not be checked: {type(error).__name__}: {error}"
        yield Finding(name.replace("_", " "), "bad", said, "Tell the makers; the rest was checked all the same.")


def _spoken(finding: Finding) -> str:
    mark = {"good": "", "note": "Note: ", "bad": "To mend: "}[finding.state]
    return f"{finding.subject}. {mark}{finding.text} {finding.remedy}".rstrip()

"""`antigone doctor`: looks at everything the program needs and says what is amiss and how to mend it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict

from assistant.checks import CHECKS, Finding
from kernels.errors import UserError


def run(as_json: bool) -> None:
    """One line a finding, as soon as it is known; exit code 2 where something keeps the program from working.

    Raises:
        UserError: something is bad; each such thing was said before with its remedy.
    """
    bad = []
    for check in CHECKS:
        for finding in _findings(check.__name__, check):
            bad += [finding.subject] if finding.state == "bad" else []
            print(json.dumps(asdict(finding)) if as_json else _spoken(finding), flush=True)
    if bad:
        many = f"{len(bad)} things need" if len(bad) > 1 else "One thing needs"
        raise UserError(f"{many} mending: {', '.join(dict.fromkeys(bad))}.", "The lines above say how.")
    if not as_json:
        print("Antigone is well.")


def _findings(name: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except Exception as error:  # one check that breaks must not silence the others
        said = f"This could not be checked: {type(error).__name__}: {error}"
        yield Finding(name.replace("_", " "), "bad", said, "Tell the makers; the rest was checked all the same.")


def _spoken(finding: Finding) -> str:
    mark = {"good": "", "note": "Note: ", "bad": "To mend: "}[finding.state]
    return f"{finding.subject}. {mark}{finding.text} {finding.remedy}".rstrip()

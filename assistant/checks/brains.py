"""Which brain reads requests, and why that one on this machine."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from assistant.checks.finding import Finding, in_force
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.settings import Settings


def brain() -> Iterator[Finding]:
    """The tuned brain where its model is the one in force; else what stands in for it."""
    from assistant.brains import tuned
    from decoder import adapter

    options = in_force()
    if options.planner != "tuned" and options.weigh_steps:
        yield _other(options)
        return
    why = tuned.why_not(options.language_model)
    if not why:
        try:
            adapter.read(tuned.ADAPTER, base=tuned.base())
        except UserError as error:
            yield Finding("brain", "bad", f"{error.text} Only the step table reads requests.", error.remedy)
            return
        yield Finding("brain", "good", f"Requests are read by {tuned.BASE}, tuned for the tools: {tuned.WHY}.")
    elif not tuned.ADAPTER.is_file():
        yield Finding("brain", "bad", f"Only the step table reads requests: {why}.", "Put the file back.")
    else:
        yield Finding(
            "brain", "note", f"The step table reads requests, and the model weighs close ones: {why}.",
            f"The tuned brain is quicker and better: antigone settings language_model {tuned.BASE}",
        )  # fmt: skip


def _other(options: "Settings") -> Finding:
    """What is to plan in the tuned brain's place."""
    from assistant.brains.planner import chosen

    try:
        found = chosen(options)
    except UserError as error:
        return Finding("brain", "bad", error.text, error.remedy)
    assert found is not None
    leaves = f" Your words leave this machine for {found.host}." if found.host else ""
    text = f"Requests are planned by {found.expert}, beside the step table: {found.why}.{leaves}"
    return Finding(
        "brain", "note", text, "The tuned brain was trained for these tools: antigone settings planner tuned"
    )

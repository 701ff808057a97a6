"""What the tools need beyond the program itself: a camera, and packages that bring tools of their own."""

from collections.abc import Iterator

from assistant.checks.finding import Finding


def camera() -> Iterator[Finding]:
    """Which cameras there are; none is opened."""
    from assistant.sight import shots

    there = shots.cameras()
    if there is None:
        yield Finding("camera", "good", "This system does not tell its cameras; the first one is used.")
    elif there:
        yield Finding("camera", "good", f"Cameras: {', '.join(there.values())}.")
    else:
        yield Finding("camera", "note", "There is no camera, so I can't take pictures.", "Connect one, or add files.")


def plugins() -> Iterator[Finding]:
    """Packages with tools of their own, and why one was left out."""
    from assistant import tools
    from assistant.tools import plugins as joined

    tools.load()
    for problem in joined.problems():
        text = f"The plugin {problem.plugin} was left out: {problem.text}."
        yield Finding("plugins", "note", text, "Mend the package or take it out; all other tools work.")
    if names := joined.names():
        yield Finding("plugins", "good", f"Tools from other packages: {', '.join(names)}.")

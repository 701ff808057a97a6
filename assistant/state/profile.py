"""What is known about the user, as one record and as words: short first, then everything, in groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from assistant.phrases.wording import say_date, say_list, stop
from assistant.state import facts
from assistant.state.records import Entry

SAID_AT_ONCE = 3  # facts
TOLD_OF_MANY = 2  # of more than that


@dataclass(frozen=True)
class Profile:
    """What is known.

    Attributes:
        name: what the user wants to be called; "" where they did not say.
        groups: (heading, facts, newest first), only those with facts.
        counts: how many there are of what is kept besides: {"notes": 3, "reminders": 1, ...}, without zeros.
    """

    name: str
    groups: tuple[tuple[str, tuple[Entry, ...]], ...]
    counts: tuple[tuple[str, int], ...]

    @property
    def facts(self) -> list[Entry]:
        """All facts, newest first."""
        found = [entry for _, entries in self.groups for entry in entries]
        return sorted(found, key=lambda one: (one.at, one.id), reverse=True)


def make(entries: Sequence[Entry], counts: Sequence[tuple[str, int]]) -> Profile:
    """The profile of these facts; the user's name is the one told last."""
    names = [facts.name_in(one.text) for one in sorted(entries, key=lambda one: (one.at, one.id), reverse=True)]
    grouped = []
    for heading in facts.GROUPS:
        own = tuple(one for one in entries if facts.group(one.text) == heading)
        if own:
            grouped.append((heading, own))
    return Profile(next((name for name in names if name), ""), tuple(grouped), tuple(c for c in counts if c[1]))


def say(profile: Profile, now: datetime) -> tuple[str, str]:
    """(short, more)."""
    called = f"You are {profile.name}. " if profile.name else ""
    told = [one for one in profile.facts if not facts.name_in(one.text)]
    counts = [f"{count} {name if count > 1 else name.removesuffix('s')}" for name, count in profile.counts]
    also = f"I also keep {say_list(counts)}." if counts else ""
    if not told:
        nothing = "" if profile.name else "I know nothing about you yet. "
        return f"{called}{nothing}{also}".strip(), ""
    if len(told) <= SAID_AT_ONCE:
        short = f"{called}You told me: {'; '.join(one.text.rstrip('. ') for one in told)}. {also}"
    else:
        about = say_list([f"{len(entries)} about {heading}" for heading, entries in profile.groups])
        lately = "; ".join(one.text.rstrip(". ") for one in told[:TOLD_OF_MANY])
        short = f"{called}I remember {len(profile.facts)} things: {about}."
        short += f" The latest: {lately}. {also} Say more to hear them."
    return " ".join(short.split()), " ".join(listed(profile, now))


def listed(profile: Profile, now: datetime) -> list[str]:
    """All facts with their time and source, one text a group."""
    return [_listed(heading, entries, now) for heading, entries in profile.groups]


def _listed(heading: str, entries: Sequence[Entry], now: datetime) -> str:
    sentences = [stop(f"{one.text.rstrip('. ')}, {_origin(one, now)}") for one in entries]
    return f"{heading.capitalize()}: {' '.join(sentences)}"


def _origin(entry: Entry, now: datetime) -> str:
    when = "today" if entry.at.date() == now.date() else f"on {say_date(entry.at, now)}"
    if entry.source.startswith("document "):
        return f"from {entry.source.removeprefix('document ')}, {when}"
    return f"from your settings, {when}" if entry.source == "setting" else f"you said {when}"

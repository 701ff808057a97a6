"""antigone memory show|forget|export|delete: what is remembered, on the command line."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from assistant import clock, routines, settings
from assistant.memory import FILE_NAME, FORGET_LASTS, Entry, Reminder, Store, Timer
from assistant.phrases.wording import say_list, say_moment, say_span, stop
from assistant.state import profile
from assistant.state.habits import Habit
from assistant.state.records import as_json
from kernels.errors import UserError


def show(as_json_lines: bool) -> None:
    """Everything that is known: facts in groups with their time and source, notes, what waits, routines, documents."""
    now = clock.now()
    with _store() as store:
        known = store.profile(now)
        notes: Sequence[Entry] = store.entries(("note",), -1)
        waiting: list[Reminder | Timer] = [*store.reminders(), *store.timers()]
        habits = store.habits("accepted")
        documents = [kept.name for kept in store.library.all()]
    if as_json_lines:
        for one in [*known.facts, *notes, *waiting]:
            print(json.dumps({"type": type(one).__name__, **as_json(one)}, ensure_ascii=False))
        for habit in habits:
            print(json.dumps({"type": "Routine", "id": habit.id, "text": routines.say(habit)}, ensure_ascii=False))
        for name in documents:
            print(json.dumps({"type": "Document", "name": name}, ensure_ascii=False))
        return
    print(profile.say(known, now)[0].removesuffix(" Say more to hear them."))
    for line in profile.listed(known, now):
        print(line)
    for note in notes:
        print(stop(f"Note of {say_moment(note.at, now)}: {note.text}"))
    for item in waiting:
        print(_waits(item, now))
    for habit in habits:
        print(stop(f"By myself: {routines.say(habit)}"))
    if documents:
        print(stop(f"Documents: {say_list(documents)}"))


def forget(words: str, yes: bool, for_good: bool) -> None:
    """Forget the fact, note or routine that the words mean, after asking.

    Raises:
        UserError: nothing fits, or nobody said yes.
    """
    now = clock.now()
    with _store() as store:
        meant = store.meant(words, now)
        habits = [] if meant else _habits(store, words)
        if not meant and not habits:
            raise UserError(f"I remember nothing about {words[:80]}.", "See what there is: antigone memory show")
        effect = say_list([f"'{one.text}'" for one in meant] or [routines.say(one) for one in habits])
        _agree(f"Forget {effect}", yes, "nothing was forgotten")
        for habit in habits:
            store.set_habit(habit.id, "declined", now, f"I do this by myself again: {routines.say(habit)}")
        if meant:
            store.forget(meant, now, f"I remember again: {effect}", for_good=for_good)
    lasts = "It is gone for good." if for_good else f"Undo brings it back for {say_span(FORGET_LASTS)}."
    print(f"Forgotten: {effect}. {lasts if meant else 'Undo brings it back.'}")


def export(path: Path) -> None:
    """Write everything that is kept, the audit log and the documents' text too, to a new JSON file."""
    with _store() as store:
        count = store.export(path)
    print(f"{count:,} records are in {path}.")


def delete(yes: bool) -> None:
    """Delete everything that is kept, for good, after asking: memory, conversation, documents, routines, audit log.

    Raises:
        UserError: nobody said yes, or another program keeps a file open.
    """
    _agree("Delete everything that is kept, documents too, for good", yes, "nothing was deleted")
    with _store() as store:
        store.delete_all(clock.now())
    print("Everything is deleted. Settings and models are as they were.")


def _waits(item: Reminder | Timer, now: datetime) -> str:
    at = say_moment(item.when if isinstance(item, Reminder) else item.ends, now)
    if isinstance(item, Reminder):
        return stop(f"Reminder for {at}: {item.text}")
    return stop(f"Timer{f' {item.name}' if item.name else ''}, until {at}")


def _habits(store: Store, words: str) -> list[Habit]:
    """The accepted routines that the words name; all of them for "my routines"."""
    wanted = words.casefold()
    accepted = store.habits("accepted")
    if "routine" in wanted or "habit" in wanted:
        return accepted
    return [one for one in accepted if wanted.removeprefix("my ").strip(" .") in routines.say(one).casefold()]


def _agree(effect: str, yes: bool, otherwise: str) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UserError(f"Nobody was asked, so {otherwise}.", "If it may be done, say it again with --yes.")
    if input(f"{effect}? Type yes or no: ").strip().casefold() != "yes":
        raise UserError(f"All right, {otherwise}.", "It stays as it is.")


@contextmanager
def _store() -> Iterator[Store]:
    home = settings.load().home
    if not (home / FILE_NAME).exists():
        raise UserError("Nothing is kept yet.", "Say for example: remember that my key is under the mat.")
    with closing(Store(home)) as store:
        yield store
        store.purge(clock.now())

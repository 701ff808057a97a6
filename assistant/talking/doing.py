"""Spoken commands done: no agent, no model, at any moment of a conversation."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from assistant.messages import Event
from assistant.speaking.playback import Priority
from assistant.talking.commands import Command
from assistant.talking.events import Commanded, Notice
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.talking.dialogue import Dialogue


def do(talk: "Dialogue", command: Command) -> Iterator[Event]:
    """Do a command and say, or let be heard, that it was done."""
    yield Commanded(command.value)
    match command:
        case Command.STOP:
            yield from _stop(talk)
        case Command.WAIT:
            talk.held = talk.player.busy or talk.turn is not None
            talk.go_on()
        case Command.GO_ON:
            yield from _go_on(talk)
        case Command.REPEAT | Command.SAID:
            yield from _repeat(talk, command)
        case Command.SPELL | Command.SPELL_PHONETIC:
            yield from _spell(talk, command is Command.SPELL_PHONETIC)
        case Command.SLOWER | Command.FASTER | Command.LOUDER | Command.QUIETER:
            yield from _voice(talk, command)


def _stop(talk: "Dialogue") -> Iterator[Event]:
    """Silence. What was kept or changed but not told yet is told all the same; a question is answered with no."""
    answer, thinking = talk.answer, talk.turn is not None
    talk.waiting.clear()
    if answer is not None:
        answer.heard()
    if talk.question is not None:
        talk.decide(False)
    elif answer is not None and answer.turn is not None and answer.began_s is None and not answer.turn.cancel():
        talk.mouth.silence()
        answer.say_again()
    else:
        silent = thinking and (answer is None or answer.began_s is None)
        talk.drop()
        if silent:
            yield from talk.notice("voice.stopped")
        else:
            talk.mouth.earcon("done")


def _go_on(talk: "Dialogue") -> Iterator[Event]:
    if talk.held or talk.player.busy or talk.turn is not None:
        talk.held = False
        talk.go_on()
    else:
        yield from talk.notice("voice.nothing_to_go_on")
        talk.go_on()


def _repeat(talk: "Dialogue", command: Command) -> Iterator[Event]:
    talk.held = False
    if command is Command.SAID and talk.last_said != talk.last_answer and talk.answer is None:
        talk.mouth.say(talk.last_said)
    elif not talk.repeat():
        yield from talk.notice("voice.nothing_said")
    elif not talk.options.speech and talk.answer is not None:
        yield Notice(talk.answer.text)  # for the screen reader that speaks in our place
    talk.go_on()


def _spell(talk: "Dialogue", phonetic: bool) -> Iterator[Event]:
    """Spell the clause that was cut, or else the last answer; what was being said goes on afterwards."""
    talk.held = False
    try:
        talk.mouth.spell(talk.mouth.cut() or talk.last_answer, phonetic)
    except UserError:
        yield from talk.notice("voice.nothing_to_spell")
    talk.go_on()


def _voice(talk: "Dialogue", command: Command) -> Iterator[Event]:
    mouth = talk.mouth
    if command in (Command.SLOWER, Command.FASTER):
        changed = mouth.change_rate(command is Command.FASTER)
    else:
        changed = mouth.change_volume(command is Command.LOUDER)
    if changed:
        anew = mouth.anew()
        if talk.answer is not None:
            talk.answer.playings = [anew.get(playing, playing) for playing in talk.answer.playings]
    key = f"voice.{command.value}" if changed else f"voice.{command.value}_no_more"
    yield from talk.notice(key, Priority.NOW, rate=mouth.rate_wpm)
    talk.go_on()

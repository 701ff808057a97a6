"""Spoken commands: what is one, what is a request, and what each does at each moment."""

import pytest

from assistant.messages import Answer
from assistant.talking.commands import Command, recognise
from assistant.talking.events import Commanded, Notice
from tests.voice_support import Room

TIME = ["It is nine.", "The sun is up."]


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("Stop!", "stop"), ("Stop, stop, stop.", "stop"), ("please stop", "stop"), ("Antigone, stop.", "stop"),
        ("Be quiet.", "stop"), ("That's enough.", "stop"), ("Okay, stop talking now, please.", "stop"),
        ("Wait.", "wait"), ("Weight.", "wait"), ("Hold on a second.", "wait"), ("Paws!", "wait"),
        # as whisper-tiny.en hears them
        ("Boss.", "wait"), ("Flour.", "slower"), ("Fast up.", "faster"), ("Quiet up.", "quieter"),
        ("Spellman.", "spell"), ("Repeat now.", "repeat"),
        ("Spell it fanatically.", "spell_phonetic"),
        ("Go on.", "go_on"), ("Continue, please.", "go_on"), ("Carry on", "go_on"),
        ("Repeat.", "repeat"), ("Say that again.", "repeat"), ("Pardon?", "repeat"), ("Again!", "repeat"),
        ("What did you say?", "said"), ("What?", "said"), ("Can you repeat that?", "repeat"),
        ("Slow her.", "slower"), ("Slower, slower.", "slower"), ("A bit slower please.", "slower"),
        ("Faster!", "faster"), ("Speed up.", "faster"), ("Lauder.", "louder"), ("Speak up!", "louder"),
        ("Quiet her.", "quieter"), ("Turn it down.", "quieter"), ("Too loud.", "quieter"),
        ("Spell that.", "spell"), ("Spell.", "spell"), ("How do you spell that?", "spell"),
        ("Spell it phonetically.", "spell_phonetic"), ("Spell that with code words.", "spell_phonetic"),
        ("¡Para!", "stop"), ("Cállate.", "stop"), ("Espera un momento.", "wait"), ("Sigue.", "go_on"),
        ("Repítelo, por favor.", "repeat"), ("¿Qué has dicho?", "said"), ("Más despacio.", "slower"),
        ("Más rápido", "faster"), ("Más alto.", "louder"), ("Más bajo.", "quieter"), ("Deletréalo.", "spell"),
        ("Pare!", "stop"), ("Chega.", "stop"), ("Espere aí.", "wait"), ("Continua.", "go_on"), ("Repete.", "repeat"),
        ("O que você disse?", "said"), ("Mais devagar.", "slower"), ("Mais depressa.", "faster"),
        ("Mais alto!", "louder"), ("Mais baixo.", "quieter"), ("Soletre.", "spell"),
    ],
)  # fmt: skip
def test_whole_short_utterances_are_commands(text: str, command: str) -> None:
    assert recognise(text) == Command(command)


@pytest.mark.parametrize(
    "text",
    [
        "", "...", "Stop the timer.", "Wait, what is 3 times 4?", "Repeat after me.", "Spell hospital.", "Yes.", "No.",
        "What time is it?", "Go on holiday with Tom.", "Louder than what?", "Remind me to slow down.", "Para mi madre.",
        "Don't stop.", "Thank you.", "Read that again tomorrow.", "More.", "stop " * 40 + "now and then",
    ],
)  # fmt: skip
def test_requests_are_no_commands(text: str) -> None:
    assert recognise(text) is None


@pytest.mark.parametrize("text", ["Flour.", "Boss", "Pours!", "Weight."])
def test_a_question_that_waits_for_words_gets_them(text: str) -> None:
    assert recognise(text) is not None and recognise(text, strict=True) is None
    assert recognise("Slower.", strict=True) == Command.SLOWER
    room = Room()
    assert room.asks("Write a note") == ["What should I write down?"]
    assert room.asks(text) == ["Something."]


def test_a_word_that_two_languages_share_follows_the_language() -> None:
    assert recognise("Alto.", "es") == Command.STOP
    assert recognise("Demasiado alto.", "es") == Command.QUIETER


# What they do


def speaking() -> Room:
    room = Room()
    room.says("What time is it?")
    room.answers()
    room.stage.half()
    return room


def test_stop_while_speaking_is_silence_and_nothing_comes_after() -> None:
    room = speaking()
    assert Commanded("stop") in room.says("Stop!")
    assert room.stage.all() == [] and room.pass_s(10) is not None
    assert room.stage.all() == [] and room.state == "listening"


def test_stop_while_thinking_closes_the_turn_and_says_so() -> None:
    room = Room()
    room.says("What time is it?")
    room.thinks(1)
    room.says("Stop.")
    room.answers()
    assert room.agent.closed == ["What time is it?"]
    assert room.stage.all() == ["Stopped."]


def test_stop_after_something_was_kept_still_tells_it() -> None:
    room = Room()
    room.says("Remind me to call Tom")
    room.thinks(2)
    room.says("Stop.")
    room.answers()
    assert room.stage.all() == ["I will remind you."]


def test_stop_forgets_requests_that_wait() -> None:
    room = Room()
    room.says("Remind me to call Tom")
    room.thinks(2)
    room.says("What time is it?")
    room.says("Stop.")
    room.answers()
    room.stage.all()
    room.pass_s(1)
    assert room.asked == ["Remind me to call Tom"]


def test_wait_holds_until_go_on_however_long() -> None:
    room = speaking()
    room.says("Wait.")
    assert room.state == "paused"
    room.pass_s(60)
    room.coughs()
    assert room.stage.all() == []
    room.says("Go on.")
    assert room.stage.all() == TIME


def test_a_request_ends_a_wait() -> None:
    room = speaking()
    room.says("Wait.")
    assert room.asks("Remind me to call Tom") == ["I will remind you."]


def test_wait_while_thinking_holds_the_answer() -> None:
    room = Room()
    room.says("What time is it?")
    room.says("Wait.")
    room.answers()
    assert room.stage.all() == []
    room.says("Continue.")
    assert room.stage.all() == TIME


def test_go_on_and_repeat_with_nothing_said_say_so() -> None:
    room = Room()
    assert Notice("There is nothing to go on with.") in room.says("Go on.")
    assert Notice("I have not said anything yet.") in room.says("Repeat.")
    assert Notice("There is nothing to spell.") in room.says("Spell that.")


def test_repeat_while_speaking_begins_anew_and_after_it_too() -> None:
    room = speaking()
    room.says("Repeat.")
    assert room.stage.all() == TIME
    room.pass_s(1)
    room.says("Say that again.")
    assert room.stage.all() == TIME
    assert len(room.turns) == 1  # no model, no agent


def test_what_did_you_say_means_the_last_thing_said() -> None:
    room = Room()
    room.asks("What time is it?")
    room.put(Notice("Reminder: tea"))
    assert room.stage.all() == ["Reminder: tea"]
    room.pass_s(2)
    room.says("What did you say?")
    assert room.stage.all() == ["Reminder: tea"]
    room.says("Repeat.")
    assert room.stage.all() == TIME


def test_slower_speaks_the_cut_clause_anew_and_slower() -> None:
    room = speaking()
    assert room.voice.rates[-1] == 180
    assert Notice("Slower, 150 words a minute.") in room.says("Slower.")
    assert "".join(room.stage.all()).endswith("".join(TIME)) and room.voice.rates[-1] == 150
    room.says("Faster.")
    room.says("Faster!")
    assert room.loop.mouth.rate_wpm == 220


def test_rates_end_where_no_one_can_follow() -> None:
    room = Room(speech_rate_wpm=480)
    room.says("Faster.")
    room.pass_s(5)
    assert Notice("I can't speak faster than this.") in room.says("Faster.")
    assert room.loop.mouth.rate_wpm == 500


def test_louder_and_quieter_are_heard_and_end_somewhere() -> None:
    room = Room()
    room.asks("What time is it?")
    usual = room.stage.loudest
    room.pass_s(5)
    room.says("Louder.")
    room.stage.all()
    assert room.stage.loudest == pytest.approx(1.41 * usual, rel=0.02)
    for _ in range(9):
        room.pass_s(5)
        room.says("Quieter.")
        room.stage.all()
    assert 0 < room.stage.loudest < 0.2 * usual
    room.pass_s(5)
    assert Notice("I can't speak more quietly than this.") in room.says("Quieter.")


def test_rate_and_volume_are_the_session_s_own() -> None:
    one, other = Room(), Room()
    one.says("Slower.")
    assert (one.loop.mouth.rate_wpm, other.loop.mouth.rate_wpm) == (150, 180)


def test_spelling_is_letter_by_letter_and_speech_goes_on_after_it() -> None:
    room = Room()
    room.says("Who")
    room.agent.turn = lambda request: iter([Answer("Dr Ng, B7.")])
    room.answers()
    room.stage.half()
    room.says("Spell that.")
    assert room.stage.all() == [
        "capital D.", "R.", "space.", "capital N.", "G.", "comma.", "space.", "capital B.", "7.", "dot.", "Dr Ng, B7.",
    ]  # fmt: skip
    room.pass_s(1)
    room.says("Spell it phonetically.")
    assert room.stage.all()[:2] == ["capital D as in Delta.", "R as in Romeo."]

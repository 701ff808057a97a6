"""The rules of a spoken conversation, driven event by event: no sound, no waiting (tests/voice_support.py)."""

import threading

import pytest

from assistant.devices import DeviceBack, DeviceLost
from assistant.listening.events import SpeechPaused, TurnEnded, WordsSoFar
from assistant.listening.microphone import RecordingOver
from assistant.messages import Answer, AnswerPart, Failed, Heard, Request, Thinking, ToolCalled
from assistant.talking.events import AnswerBegan, AnswerEnded, Commanded, Notice, StateChanged, TalkBegan, TalkEnded
from assistant.talking.inbox import Ready, Wake
from assistant.talking.turns import RunningTurn, Told
from kernels.errors import UserError
from tests.voice_support import Room

TIME = ["It is nine.", "The sun is up."]


def kinds(events: list) -> list[type]:
    return [type(event) for event in events]


# A plain exchange


def test_a_question_is_answered_aloud_and_every_step_is_told() -> None:
    room = Room()
    assert room.asks("What time is it?") == TIME
    wanted = [Heard, Answer, AnswerBegan, AnswerEnded]
    assert [kind for kind in kinds(room.told) if kind in wanted] == wanted
    states = [event.state for event in room.told if isinstance(event, StateChanged)]
    assert states[-4:] == ["hearing", "thinking", "speaking", "listening"]


def test_starting_and_ready_are_said() -> None:
    room = Room(ready=False)
    assert room.put() == [StateChanged("starting")]
    told = room.put(Ready())
    assert [event.text for event in told if isinstance(event, Notice)] == room_said(room)
    assert room.state == "listening"


def room_said(room: Room) -> list[str]:
    return [" ".join(room.stage.all())]


def test_what_could_not_be_loaded_is_said_with_its_remedy_and_the_loop_goes_on() -> None:
    room = Room(ready=False)
    told = room.put(Ready(UserError("A model is damaged.", "Run: antigone models verify.")))
    assert Failed("A model is damaged.", "Run: antigone models verify.") in told
    assert room.stage.all()[:2] == ["A model is damaged.", "Run: antigone models verify."]
    assert room.asks("What time is it?") == TIME


def test_a_turn_that_breaks_is_said_and_the_next_one_works() -> None:
    room = Room()

    def broken(request: Request):
        raise UserError("The disk is full.", "Make room.")
        yield

    scripted, room.agent.turn = room.agent.turn, broken
    assert room.asks("What time is it?") == ["The disk is full.", "Make room."]
    room.agent.turn = scripted
    assert room.asks("What time is it?") == TIME


def test_a_recogniser_that_breaks_is_said_and_listening_goes_on() -> None:
    room = Room()
    room.ear.trouble = UserError("The ear broke.", "Ask again.")
    assert Failed("The ear broke.", "Ask again.") in room.begins()
    assert room.stage.all() == ["The ear broke.", "Ask again."]
    room.ear.trouble = UserError("The ear broke.", "Ask again.")  # with the next block: it is not said again and again
    assert Failed("The ear broke.", "Ask again.") not in room.begins()
    assert room.asks("What time is it?") == TIME


# Barge-in at each stage


def test_barge_in_pauses_at_once_and_other_words_end_the_old_speech() -> None:
    room = Room()
    room.says("Tell me a lot")
    room.answers()
    room.stage.half()
    room.pass_s(0.5)
    room.begins()
    assert room.stage.paused and room.stage.clause() is None
    room.pass_s(1)
    room.ends("What time is it?", began_s=room._ear_now() - 1)
    room.answers()
    assert room.stage.all() == TIME


@pytest.mark.parametrize("clauses_before", [1, 2])
def test_a_cough_resumes_from_the_clause_that_was_cut(clauses_before: int) -> None:
    room = Room()
    room.says("What time is it?")
    room.answers()
    heard = [room.stage.half() for _ in range(1)] if clauses_before == 1 else [room.stage.clause(), room.stage.half()]
    room.begins()
    assert room.stage.clause() is None
    room.nothing()
    assert room.stage.all() == TIME[clauses_before - 1 :]
    assert heard == TIME[:clauses_before]
    assert room.asked == ["What time is it?"]


def test_an_answer_that_comes_while_the_user_speaks_waits() -> None:
    room = Room()
    room.says("What time is it?")
    room.begins()
    room.answers()
    assert room.stage.clause() is None
    room.nothing()
    assert room.stage.all() == TIME


def test_a_voice_without_words_holds_our_speech_for_five_seconds_at_most() -> None:
    room = Room()
    room.says("What time is it?")
    room.answers()
    room.begins()  # music
    room.pass_s(4.5)
    assert room.stage.clause() is None
    room.pass_s(1.0)
    assert room.stage.clause() == TIME[0]
    room.ear_tells(WordsSoFar("so"))
    assert room.stage.clause() is None


def test_the_next_turn_may_begin_before_the_last_one_is_recognised() -> None:
    room = Room()
    room.begins()
    room.begins()
    room.ends("What time is it?")
    room.answers()
    assert room.stage.clause() is None  # somebody still speaks
    room.coughs()


# Own words


@pytest.mark.parametrize("echo", ["It is nine.", "it is nine the sun is up"])
def test_our_own_words_make_no_turn_and_speech_goes_on(echo: str) -> None:
    room = Room()
    room.says("What time is it?")
    room.answers()
    first, second = room.stage.clause(), room.stage.half()
    told = room.says(echo)
    assert Heard not in kinds(told) and room.asked == ["What time is it?"]
    assert [first, second, *room.stage.all()] == [*TIME, TIME[1]]


def test_the_same_words_from_the_user_a_while_later_are_a_request() -> None:
    room = Room()
    room.asks("What time is it?")
    room.pass_s(3)
    room.says("It is nine.")
    assert room.asked == ["What time is it?"] and len(room.turns) == 2


def test_stop_is_done_even_where_we_said_the_word() -> None:
    room = Room()
    room.says("Tell me")
    room.agent.turn = lambda request: iter([Answer("Stop. It is over.")])
    room.answers()
    room.stage.half()
    assert Commanded("stop") in room.says("Stop.")


def test_an_echo_of_a_command_s_own_sentence_is_no_command() -> None:
    room = Room()
    room.says("slower")
    room.stage.half()
    assert Heard not in kinds(room.says("Slower 150 words a minute."))
    assert room.loop.mouth.rate_wpm == 150 and room.turns == []


# Words that belong together


def test_words_before_any_sound_join_the_request() -> None:
    room = Room()
    room.says("Remind me.")
    room.thinks(0)
    room.says("To call Tom.")
    room.answers()
    assert room.asked == ["Remind me to call Tom."]
    assert room.stage.all() == ["I will remind you."]


def test_words_after_the_answer_is_made_but_before_it_is_heard_join_too() -> None:
    room = Room()
    room.says("What time")
    room.answers()
    room.says("is it?")
    room.answers()
    assert room.asked == ["What time", "What time is it?"]
    assert room.stage.all() == TIME


def test_who_goes_on_speaking_as_the_answer_begins_was_not_reacting_to_it() -> None:
    room = Room()
    room.says("What time")
    room.answers()
    room.stage.half()
    room.pass_s(0.3)
    began_s = room._ear_now()
    room.begins()
    room.pass_s(1.0)
    room.ends("is it?", began_s=began_s)
    room.answers()
    assert room.asked[-1] == "What time is it?" and room.stage.all() == TIME


def test_a_turn_that_is_taken_back_is_closed_before_its_tool_runs() -> None:
    room = Room()
    room.says("What time is it?")
    room.thinks(1)
    room.says("In Paris?")
    room.answers()
    assert room.agent.closed == ["What time is it?"] and room.agent.ran == []
    assert room.asked[-1] == "What time is it? in Paris?"


def test_a_command_of_its_own_stays_a_sentence_of_its_own() -> None:
    room = Room()
    room.says("What time is it?")
    room.says("Set a timer.")
    room.answers()
    assert room.asked == ["What time is it? Set a timer."]


def test_after_something_was_kept_words_are_a_request_of_their_own() -> None:
    room = Room()
    room.says("Remind me to call Tom")
    room.thinks(2)  # the tool is about to run
    room.says("What time is it?")
    room.answers()
    assert room.stage.all() == ["I will remind you."]  # told first: it was done
    room.pass_s(0.5)
    room.answers()
    assert room.stage.all() == TIME
    assert room.asked == ["Remind me to call Tom", "What time is it?"] and room.agent.closed == []


def test_words_while_the_answer_is_heard_are_a_new_request() -> None:
    room = Room()
    room.says("What time is it?")
    room.answers()
    room.stage.half()
    room.pass_s(0.5)
    room.says("Remind me to call Tom")
    room.answers()
    assert room.asked[-1] == "Remind me to call Tom"
    assert room.stage.all() == ["I will remind you."]


def test_many_quick_turns_lose_none() -> None:
    room = Room()
    for number in range(5):
        room.says(f"Remind me to call Tom{'' if number == 0 else f' and {number}'}")
        if number == 0:
            room.thinks(2)
    for _ in range(6):
        room.answers()
        room.stage.all()
        room.pass_s(0.5)
    assert "".join(room.asked).count("Remind me") == 5


# Consent


def asked_out() -> Room:
    room = Room()
    assert room.asks("Delete my notes") == ["Delete all 3 notes?", "Say yes or no."]
    return room


def test_yes_after_the_question_agrees() -> None:
    room = asked_out()
    room.says("Yes.")
    room.answers()
    assert room.agent.asked[-1] == Request("yes", answers="Delete all 3 notes? Say yes or no.")
    assert room.agent.ran == ["delete_note"]


def test_no_refuses() -> None:
    room = asked_out()
    room.says("No.")
    room.answers()
    assert room.agent.asked[-1].text == "no" and room.agent.ran == []


def test_yes_before_the_question_was_said_out_does_not_count() -> None:
    room = Room()
    room.says("Delete my notes")
    room.answers()
    room.stage.half()
    room.says("Yeah, sure.")
    room.answers()
    assert room.asked == ["Delete my notes"] and room.agent.ran == []
    assert room.stage.all() == ["Please answer when I have finished.", "Delete all 3 notes?", "Say yes or no."]
    room.pass_s(0.5)
    room.says("Yes.")
    room.answers()
    assert room.agent.ran == ["delete_note"]


def test_a_yes_that_began_before_the_question_ended_does_not_count() -> None:
    room = Room()
    room.says("Delete my notes")
    room.answers()
    room.stage.clause()
    began_s = room._ear_now()
    room.begins()
    room.pass_s(6)  # no words yet: speech goes on to its end
    room.stage.all()
    room.pass_s(0.5)
    room.ends("Yeah, sure.", began_s=began_s)
    room.answers()
    assert room.agent.ran == []


@pytest.mark.parametrize("words", ["Yes.", "yes or no", "Say yes or no."])
def test_our_own_question_is_no_answer(words: str) -> None:
    room = Room()
    room.says("Delete my notes")
    room.answers()
    began_s = room._ear_now()
    room.stage.all()
    room.pass_s(0.1)
    room.begins()
    room.ends(words, began_s=began_s)
    room.answers()
    assert room.asked == ["Delete my notes"] and room.agent.ran == []


def test_an_uncertain_yes_is_asked_again() -> None:
    room = asked_out()
    room.says("Yes.", confidence=0.35)
    room.answers()
    assert room.agent.ran == [] and room.stage.all() == ["Please say yes or no."]
    room.pass_s(1)
    room.says("Yes.")
    room.answers()
    assert room.agent.ran == ["delete_note"]


def test_silence_after_the_question_means_no() -> None:
    room = asked_out()
    room.pass_s(21)
    room.answers()
    assert room.asked[-1] == "no" and room.agent.ran == []


def test_stop_during_the_question_means_no() -> None:
    room = Room()
    room.says("Delete my notes")
    room.answers()
    room.stage.half()
    room.says("Stop!")
    room.answers()
    assert room.asked[-1] == "no" and room.agent.ran == []


def test_other_words_let_the_question_lapse() -> None:
    room = asked_out()
    assert room.asks("What time is it?") == TIME
    room.says("Yes.")
    room.answers()
    assert (
        room.agent.asked[-1].answers == "" and room.agent.ran == ["tell_time", "delete_note"][:1] + room.agent.ran[1:]
    )


def test_repeat_says_the_question_again_and_it_counts_from_then_on() -> None:
    room = asked_out()
    room.says("Repeat.")
    assert room.loop.talk.question.said_s is None
    assert room.stage.all() == ["Delete all 3 notes?", "Say yes or no."]
    room.pass_s(1)
    room.says("Yes.")
    room.answers()
    assert room.agent.ran == ["delete_note"]


def test_words_after_a_yes_wait_until_it_is_done() -> None:
    room = asked_out()
    room.says("Yes.")
    room.says("What time is it?")
    room.answers()
    assert room.agent.ran == ["delete_note"]
    room.stage.all()
    room.pass_s(0.5)
    room.answers()
    assert room.stage.all() == TIME


# Signs of life


def test_no_silence_is_longer_than_five_seconds() -> None:
    room = Room()
    room.says("What time is it?")
    room.thinks(1)
    for _ in range(3):
        told = room.pass_s(5.5)
        assert Thinking("Still working.") in told
        assert room.stage.all() == ["Still working."]
    room.answers()
    assert room.stage.all() == TIME


def test_no_sign_comes_between_the_answer_and_its_first_word() -> None:
    room = Room()
    room.says("What time is it?")
    room.thinks(1)
    room.pass_s(6)
    room.answers()
    assert room.stage.all() == TIME


# How much is said


@pytest.mark.parametrize(
    ("verbosity", "said"),
    [
        ("brief", ["Short."]),
        ("normal", ["Short.", "Say more for the rest."]),
        ("full", ["Short.", "And long long long long long long long long long long long long"]),
    ],
)
def test_verbosity(verbosity: str, said: list[str]) -> None:
    room = Room(verbosity=verbosity)
    room.agent.turn = lambda request: iter([Answer("Short.", more="And " + "long " * 12)])
    assert room.asks("Tell me") == said


def test_full_says_the_steps() -> None:
    room = Room(verbosity="full")
    room.says("What time is it?")
    room.thinks(2)
    assert room.stage.all() == ["Tell time."]


def test_a_doubt_is_said_though_speech_began_before_it() -> None:
    room = Room()
    room.agent.turn = lambda request: iter([AnswerPart("It is red."), Answer("I am not sure about this. It is red.")])
    room.says("What colour")
    room.thinks(1)
    assert room.stage.clause() == "It is red."
    room.answers()
    assert room.stage.all() == ["I am not sure about this."]
    room = Room()
    room.agent.turn = lambda request: iter([AnswerPart("It is red."), Answer("I am not sure about this. It is red.")])
    assert room.asks("What colour") == ["I am not sure about this.", "It is red."]


def test_with_speech_off_nothing_is_spoken_and_a_question_still_counts() -> None:
    room = Room(speech=False)
    room.says("Delete my notes")
    room.answers()
    assert room.stage.all() == []
    room.pass_s(1)
    room.says("Please go ahead.")
    room.answers()
    assert room.agent.ran == ["delete_note"]
    assert AnswerEnded in kinds(room.told)


def test_a_hint_at_more_is_no_longer_than_what_it_offers() -> None:
    room = Room()
    room.agent.turn = lambda request: iter([Answer("It is nine.", more="Today is Sunday.")])
    assert room.asks("What time is it?") == ["It is nine."]


# Turns begun by a guess


def pausing(words: str) -> Room:
    room = Room()
    room.begins()
    room.ear_tells(WordsSoFar(words), SpeechPaused(room._ear_now()), WordsSoFar(words))
    for turn in room.turns:
        step_to_the_gate(turn)
    room.put()
    return room


def step_to_the_gate(turn: RunningTurn) -> None:
    """Run a guessed turn in a thread until it waits for its confirmation or has ended."""
    threading.Thread(target=turn.run, daemon=True).start()
    gate = turn._confirmed
    for _ in range(2000):
        if turn.over.is_set() or gate.asked.wait(0.01):
            return


@pytest.fixture
def gates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Events that tell when somebody waits for them."""

    class Gate(threading.Event):
        def __init__(self) -> None:
            super().__init__()
            self.asked = threading.Event()

        def wait(self, timeout: float | None = None) -> bool:
            self.asked.set()
            return super().wait(timeout)

    make = RunningTurn.__init__

    def with_gate(self, *args, **kwargs) -> None:
        make(self, *args, **kwargs)
        gate = Gate()
        if self._confirmed.is_set():
            gate.set()
        self._confirmed = gate

    monkeypatch.setattr(RunningTurn, "__init__", with_gate)


def test_a_guess_that_was_right_is_the_turn(gates) -> None:
    room = pausing("What time is it?")
    assert room.asked == ["What time is it?"] and room.agent.ran == ["tell_time"]
    assert room.stage.all() == [] and Answer not in kinds(room.told)
    room.ends("What time is it.")
    assert room.turns[0].over.wait(60)
    told = room.put()
    assert room.asked == ["What time is it?"] and Answer in kinds(told)
    assert room.stage.all() == TIME


def test_what_a_guess_told_comes_before_what_its_turn_tells_later(gates) -> None:
    room, late = pausing("What time is it?"), Thinking("Later.")
    now = room._ear_now()
    room.ear.events.append(TurnEnded("What time is it?", "en", 0.9, now - 1, now - 0.3, now))
    room.loop.inbox.put(Wake())
    told = room.put(Told(room.turns[0], late))
    assert room.turns[0].over.wait(60)
    assert kinds(told).index(ToolCalled) < told.index(late)
    room.put()


def test_a_guess_that_was_wrong_leaves_no_trace(gates) -> None:
    room = pausing("What time is it?")
    room.ends("What time is it in Paris?")
    assert room.turns[0].over.wait(60) and room.agent.closed == ["What time is it?"]
    room.answers()
    assert room.asked[-1] == "What time is it in Paris?"
    assert room.stage.all() == ["Something."]
    assert [event.text for event in room.told if isinstance(event, Answer)] == ["Something."]


def test_a_guess_keeps_and_changes_nothing(gates) -> None:
    room = pausing("Remind me to call Tom.")
    assert room.asked == ["Remind me to call Tom."] and room.agent.ran == []
    room.nothing()
    assert room.turns[0].over.wait(60) and room.agent.ran == []
    room = pausing("Remind me to call Tom.")
    room.ends("Remind me to call Tom.")
    assert room.turns[0].over.wait(60)
    room.put()
    assert room.agent.ran == ["set_reminder"] and room.stage.all() == ["I will remind you."]


@pytest.mark.parametrize("words", ["Yes.", "Yes, please do.", "Stop it.", "Say that again.", "Hello"])
def test_nothing_is_guessed_from_a_yes_a_command_or_a_single_word(gates, words: str) -> None:
    assert pausing(words).turns == []


def test_stop_said_before_a_request_is_no_part_of_it() -> None:
    room = Room()
    room.says("Tell me")
    room.answers()
    room.stage.half()
    room.says("Stop! Stop. What time is it?")
    room.answers()
    assert room.asked[-1] == "What time is it?" and room.stage.all() == TIME


def test_a_failure_whose_words_were_said_is_not_said_twice() -> None:
    room = Room()
    room.agent.turn = lambda request: iter([AnswerPart("It broke. Mend it."), Failed("It broke.", "Mend it.")])
    assert room.asks("What colour") == ["It broke.", "Mend it."]


# What is due


def test_a_reminder_is_said_after_the_message_and_told_as_heard() -> None:
    room = Room()
    room.says("What time is it?")
    room.answers()
    first = room.stage.clause()
    heard: list[bool] = []
    thread = threading.Thread(target=lambda: heard.append(room.loop.remind("Reminder: tea")))
    thread.start()
    while room.loop.inbox.empty():
        pass
    room.put()
    assert [first, *room.stage.all()] == [*TIME, "Reminder: tea"]
    room.put()
    thread.join(10)
    assert heard == [True]


def test_a_reminder_nobody_heard_is_told_so() -> None:
    room = Room()
    heard: list[bool] = []
    thread = threading.Thread(target=lambda: heard.append(room.loop.remind("Reminder: tea")))
    thread.start()
    while room.loop.inbox.empty():
        pass
    room.put()
    room.loop.close()
    thread.join(10)
    assert heard == [False]


# Devices, push-to-talk, typed requests, the end


def test_a_microphone_that_goes_and_comes_back_is_said_and_no_words_are_lost() -> None:
    room = Room()
    room.begins()
    now = room._ear_now()
    room.ear.flushed = [TurnEnded("What time is it?", "en", 0.9, now - 1, now, now)]
    told = room.put(DeviceLost("microphone", "The microphone has gone.", "Connect it."))
    assert room.state == "lost" and Heard("What time is it?", "en", 0.9) in told
    room.answers()
    assert room.stage.all() == ["The microphone has gone.", "Connect it.", *TIME]
    room.put(DeviceBack("microphone", "The microphone is back."))
    assert room.stage.all() == ["The microphone is back."] and room.state == "listening"


def test_a_loudspeaker_that_has_gone_is_told_and_its_return_said() -> None:
    room = Room()
    lost = DeviceLost("loudspeaker", "The loudspeaker has gone.", "Connect it.")
    assert lost in room.put(lost) and room.stage.all() == []
    room.put(DeviceBack("loudspeaker", "The loudspeaker is back."))
    assert room.stage.all() == ["The loudspeaker is back."] and room.state == "listening"


def test_push_to_talk_listens_only_while_the_key_is_down() -> None:
    room = Room(push_to_talk=True)
    assert room.ear.pushed == 0
    room.put(TalkBegan())
    assert room.state == "hearing"
    room.pass_s(1)
    assert room.ear.pushed > 0
    room.begins()
    now = room._ear_now()
    room.ear.flushed = [TurnEnded("What time is it?", "en", 0.9, now - 1, now, now)]
    room.put(TalkEnded())
    pushed = room.ear.pushed
    room.pass_s(1)
    assert room.ear.pushed == pushed
    room.answers()
    assert room.stage.all() == TIME


def test_push_to_talk_without_words_says_so_and_speech_goes_on() -> None:
    room = Room(push_to_talk=True)
    room.put(Request("What time is it?"))
    room.answers()
    room.stage.half()
    room.put(TalkBegan())
    assert room.stage.clause() is None
    assert Notice("I heard nothing.") in room.put(TalkEnded())
    assert room.stage.all() == ["I heard nothing.", *TIME]


def test_a_typed_request_ends_the_old_speech_and_joins_nothing() -> None:
    room = Room()
    room.says("Tell me")
    room.put(Request("What time is it?"))
    room.answers()
    assert room.asked == ["What time is it?"] and room.stage.all() == TIME


def test_a_pressed_yes_counts_at_once() -> None:
    room = Room()
    room.says("Delete my notes")
    room.answers()
    room.stage.half()
    room.put(Request("yes", answers="Delete all 3 notes? Say yes or no."))
    room.answers()
    assert room.agent.ran == ["delete_note"] and room.stage.all() == ["The notes are deleted."]


def test_a_recording_ends_the_loop_when_the_last_answer_was_said_out() -> None:
    room = Room()
    room.says("What time is it?")
    room.put(RecordingOver(3.0))
    room.pass_s(3)
    assert not room.loop._ended
    room.answers()
    room.pass_s(1)
    assert not room.loop._ended
    assert room.stage.all() == TIME
    room.pass_s(1)
    assert room.loop._ended


def test_a_recording_that_ends_at_a_question_means_no() -> None:
    room = asked_out()
    room.put(RecordingOver(3.0))
    room.pass_s(2)
    room.answers()
    assert room.asked[-1] == "no"
    room.stage.all()
    room.pass_s(1)
    assert room.loop._ended


def test_a_yes_to_nothing_that_was_asked_here_agrees_to_nothing() -> None:
    room = Room()
    room.says("Yes.")
    room.answers()
    assert room.agent.asked[-1].answers  # a question that was asked elsewhere isn't this one


def test_a_yes_agrees_to_nothing_after_a_question_that_lapsed_and_a_turn_that_was_stopped() -> None:
    room = asked_out()
    room.says("What time is it?")
    room.thinks(1)
    room.says("Stop.")
    room.stage.all()
    room.says("Yes.")
    assert room.turns[-1].request.answers not in ("", "Delete all 3 notes? Say yes or no.")


def test_a_recording_that_ends_in_a_pause_is_answered_to_its_end() -> None:
    room = Room()
    room.says("What time is it?")
    room.answers()
    room.stage.half()
    room.says("Wait.")
    room.put(RecordingOver(3.0))
    room.pass_s(2)
    assert room.stage.all() == TIME
    room.pass_s(1)
    assert room.loop._ended


def test_a_voice_that_failed_is_told_once_though_the_turn_goes_on() -> None:
    room = Room()
    room.says("What time is it?")
    room.thinks(4)
    room.loop.talk.answer.playings[0].error = UserError("The voice failed.", "Ask again.")
    room.pass_s(2)
    assert [event.text for event in room.told if isinstance(event, Failed)] == ["The voice failed."]


def test_loading_that_breaks_is_told_and_the_microphone_is_heard_all_the_same() -> None:
    room = Room(ready=False)

    def warm() -> None:
        raise MemoryError

    room.loop._warm = warm
    room.loop._load()
    assert Failed in kinds(room.put())
    assert room.loop._loaded.is_set() and any("MemoryError" in said for said in room.stage.all())


def test_words_that_were_hardly_heard_are_not_acted_on() -> None:
    room = Room()
    told = room.says("Delete my notes", confidence=0.1)
    assert Heard not in kinds(told) and room.turns == []
    assert room.stage.all() == ["I did not understand that.", "Please say it again."]

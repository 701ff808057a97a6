"""What time brings in a conversation: signs of life, answers said out, questions without an answer, and the state."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from assistant.languages import text as sentence
from assistant.messages import Event, Failed, Thinking
from assistant.talking.events import AnswerBegan, AnswerEnded, State, StateChanged

if TYPE_CHECKING:
    from assistant.talking.answers import SpokenAnswer
    from assistant.talking.dialogue import Dialogue

SIGN_EVERY_S = 5.0
EARCON_AFTER_S = 0.8  # an answer that is quicker needs no sign that it is being thought about
CONSENT_WAIT_S = 20.0  # of silence after a question: no answer means no
NOISE_S = 5.0  # of a voice without any words, after which our own speech goes on


def tick(talk: "Dialogue") -> Iterator[Event]:
    """Look what has become of everything; called some thirty times a second."""
    now = talk.clock()
    if talk.answer is not None:
        yield from _answer(talk, talk.answer)
    if talk.speech and not (talk.words or talk.key_down or talk.held) and now - talk.speech[-1] > NOISE_S:
        talk.player.resume()
    if talk.answer is None and talk.turn is None and talk.waiting and not talk.speech:
        talk.ask(talk.waiting.popleft())
    yield from _signs(talk, now)
    said_s = talk.question.said_s if talk.question is not None else None
    if said_s is not None and now - said_s > CONSENT_WAIT_S and not talk.speech:
        talk.decide(False)
    state = _state(talk)
    if state != talk.state:
        talk.state = state
        yield StateChanged(state)


def _answer(talk: "Dialogue", answer: "SpokenAnswer") -> Iterator[Event]:
    """Tell when an answer is first heard, and when it was said out."""
    silent = answer.began_s is None
    answer.heard()
    if silent and answer.began_s is not None:
        yield AnswerBegan(answer.began_s)
    for playing in answer.playings:
        if playing.error is not None:  # told once, though the turn may go on
            error, playing.error = playing.error, None
            yield Failed(error.text, error.remedy)
    if answer.ended_s is None or talk.turn is not None:
        return
    yield AnswerEnded(answer.ended_s)
    if talk.question is not None:
        talk.question.said_s = max(answer.ended_s, talk.clock())
    elif answer.committed:
        talk.mouth.earcon("done")
    talk.answer = None


def _signs(talk: "Dialogue", now: float) -> Iterator[Event]:
    """An earcon for what takes a moment, and words every five seconds."""
    if talk.turn is None or talk.held or talk.speech or talk.key_down:
        return
    if talk.player.busy:
        talk.sign_s = now
    elif not talk.chimed and now - talk.sign_s > EARCON_AFTER_S:
        talk.chimed = True
        talk.mouth.earcon("tool" if talk.answer is not None and talk.answer.tools else "thinking")
    elif now - talk.sign_s > SIGN_EVERY_S:
        talk.sign_s = now
        text = sentence("voice.still_working", talk.options.language)
        talk.sign(text)
        yield Thinking(text)


def _state(talk: "Dialogue") -> State:
    if talk.lost:
        return "lost"
    if talk.starting:
        return "starting"
    if talk.speech or talk.key_down:
        return "hearing"
    if talk.held:
        return "paused"
    if talk.answer is not None and talk.answer.began_s is not None:
        return "speaking"
    return "thinking" if talk.turn is not None or talk.answer is not None else "listening"

"""The rules of a spoken conversation: who may speak, what interrupts what, which words are whose.

Everything happens in the thread that feeds events in; nothing here waits. The rules, each held by a test:

- Whoever begins to speak is listened to: our speech pauses at once, and goes on where it was cut when there were no
  words, or only our own.
- A command (commands.py) is done at any moment, without the agent.
- Words that come before anything of the answer can have been heard belong to the same request, unless a tool has kept
  or changed something: then they wait as a request of their own. No words are lost.
- A change is agreed to by words alone that begin after its question was said out, and that are not our own.
- No silence is longer than five seconds while work goes on.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator

from assistant.languages import text as sentence
from assistant.listening.events import NothingSaid, SpeechBegan, SpeechPaused, TurnEnded, WakeHeard, WordsSoFar
from assistant.messages import Answer, AnswerPart, ConsentAsked, Event, Failed, Heard, Request, ToolCalled
from assistant.settings import Settings
from assistant.speaking.playback import Player, Playing, Priority
from assistant.steps.conversation import yes_or_no
from assistant.talking.answers import Question, SpokenAnswer
from assistant.talking.commands import Command, after_stop, recognise
from assistant.talking.doing import do
from assistant.talking.events import Notice, State
from assistant.talking.guess import Guess
from assistant.talking.mouth import Mouth
from assistant.talking.turns import RunningTurn, Session, Told, in_thread, joined

REACTION_S = 0.4  # who speaks sooner after an answer's first sound hasn't heard it: they were going on
UNSURE = 0.3  # confidence below which words are not acted on
SURE_YES = 0.4  # confidence that a yes needs
NOT_ASKED = "Nothing was asked here."  # as a request's question: its yes is to no change that waits
Start = Callable[[RunningTurn], None]


class Dialogue:
    """The state of a conversation.

    Args:
        session: the agent.
        mouth, player: the voice and where its sound goes.
        options: settings in force.
        post: takes the turns' events to the loop, which hands them to `told`.
        start: runs a turn; in a thread of its own unless given.
    """

    def __init__(
        self,
        session: Session,
        mouth: Mouth,
        player: Player,
        options: Settings,
        post: Callable[[Told], None],
        start: Start = in_thread,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.mouth, self.player, self.options, self.clock = mouth, player, options, clock
        self.answer: SpokenAnswer | None = None  # the newest, until it was said out
        self.question: Question | None = None
        self.waiting: deque[Request] = deque()
        self.held = False  # the user said "wait"
        self.key_down = False  # push-to-talk
        self.lost = False  # the microphone is away
        self.starting = True
        self.last_answer = self.last_said = ""
        self.told_out = False  # the newest turn was told to its end: a bare yes may be the reply to what it offered
        self.turn: RunningTurn | None = None
        self.speech: list[float] = []  # since when somebody speaks; a turn that is still being recognised counts
        self.words = False  # whether that has words
        self.sign_s = 0.0  # when the user last heard from us, or asked
        self.chimed = False  # whether an earcon has said that it is being thought
        self.state: State | None = None
        self.early: deque[Told] = deque()  # what a guessed turn told: before all that is in the inbox
        self.guess = Guess(self._begin_guess, mouth, self.early.append)
        self._session, self._post, self._start = session, post, start
        self._newest: RunningTurn | None = None  # its thread may still run though the turn was taken back
        self._signs: list[Playing] = []

    # -- what the ear tells ---------------------------------------------------------------------------------------

    def heard(self, event: Event, zero_s: float) -> Iterator[Event]:
        """Take an event of the ear.

        Args:
            zero_s: time.monotonic() at which the ear's sample clock was 0.
        """
        yield event
        match event:
            case SpeechBegan():
                self.speech.append(self.clock())
                self.words = False
                self.go_on()
            case WordsSoFar(text=text):
                self.words = True
                self.go_on()
                self._guess(self.guess.words(text))
            case SpeechPaused():
                self._guess(self.guess.pause())
            case NothingSaid():
                del self.speech[:1]
                self.guess.drop()
                self.go_on()
            case TurnEnded():
                del self.speech[:1]
                yield from self._turn_ended(event, zero_s + event.began_s)
            case WakeHeard():
                self.mouth.earcon("listening", Priority.NOW)

    def _turn_ended(self, event: TurnEnded, began_s: float) -> Iterator[Event]:
        command = recognise(event.text, event.language, strict=self.last_answer.endswith("?"))
        if command is not None or event.confidence < UNSURE:
            self.guess.drop()
        if command is not Command.STOP and self.mouth.is_own(event.text, began_s):
            self.guess.drop()
            self.go_on()
            return
        if command is not None and not (command is Command.GO_ON and self.asked() and not self.held):
            yield from do(self, command)
            return
        if event.confidence < UNSURE:
            yield from self.notice("voice.unclear")
            self.go_on()
            return
        words = after_stop(event.text, event.language)
        yield Heard(words, event.language, event.confidence)
        agreed = yes_or_no(words)
        if self.question is None or agreed is None:
            goes_on_s = began_s if words == event.text else None  # "stop" before it: it is no rest of anything
            answers = NOT_ASKED if agreed is not None and not self.told_out else ""
            self.request(Request(words, answers=answers), goes_on_s)
        else:
            yield from self._replied(agreed, event.confidence, began_s)

    # -- consent --------------------------------------------------------------------------------------------------

    def asked(self) -> bool:
        """Whether a question was said out and waits."""
        return self.question is not None and self.question.said_s is not None

    def _replied(self, agreed: bool, confidence: float, began_s: float) -> Iterator[Event]:
        assert self.question is not None
        said_s = self.question.said_s
        if agreed and (said_s is None or began_s < said_s):
            self.repeat()
            yield from self.notice("voice.answer_after")  # the whole effect must have been heard
        elif agreed and confidence < SURE_YES:
            yield from self.notice("voice.yes_or_no")
            self.go_on()
        else:
            self.decide(agreed)

    def decide(self, agreed: bool) -> None:
        """Answer the open question for the user."""
        if self.question is not None:
            text, self.question = self.question.text, None
            self.drop()
            self.ask(Request("yes" if agreed else "no", answers=text))

    # -- requests -------------------------------------------------------------------------------------------------

    def request(self, request: Request, began_s: float | None = None) -> None:
        """Take a request; what it makes of the one before is told above.

        Args:
            began_s: when its first word was spoken (of the clock), so that it may be the rest of what was begun; None
                where it was typed or pressed.
        """
        self.question = None
        answer = self.answer
        if answer is not None:
            running = answer.turn is not None and self.turn is answer.turn
            if answer.turn is not None:
                answer.turn.cancel()
            answer.heard()
            if answer.committed and (running or answer.began_s is None):
                self.waiting.append(request)
                self.held = False
                self.go_on()
                return
            early = began_s is not None and (answer.began_s is None or began_s < answer.began_s + REACTION_S)
            if early and answer.turn is not None:
                request = joined(answer.request, request)
        self.drop()
        self.ask(request)

    def ask(self, request: Request) -> None:
        """Begin a turn, or go on with the one that was begun by a guess."""
        self.held = False
        self.go_on()
        guessed = self.guess.take(request)
        turn = guessed or RunningTurn(self._session, request, self._post, self._newest)
        self.turn = self._newest = turn
        self.answer = SpokenAnswer(turn, self.mouth, self.options)
        self.sign_s, self.chimed, self.told_out = self.clock(), False, False
        if guessed is None:
            self._start(turn)

    def rest(self, wait_s: float) -> None:
        """Wait a moment for the last turn's thread, which ends with its present step."""
        if self._newest is not None and self._start is in_thread:
            self._newest.over.wait(wait_s)

    def _guess(self, text: str) -> None:
        """Begin what is probably asked, where nothing else goes on."""
        busy = self.answer is not None or self.turn is not None or self.question is not None
        if not text or busy or self.held or self.starting or len(self.speech) != 1:
            return
        if recognise(text) is None and not self.mouth.is_own(text, self.speech[0] - 1.0):
            self.guess.make(text)

    def _begin_guess(self, request: Request) -> RunningTurn:
        turn = self._newest = RunningTurn(self._session, request, self._post, self._newest, guessed=True)
        self._start(turn)
        return turn

    def drop(self) -> None:
        """No more of what is being said and done, as far as it can be taken back."""
        if self.turn is not None:
            self.turn.cancel()
        self.turn = self.answer = None
        self.held = False
        self.mouth.silence()
        self.go_on()

    # -- what the turn tells --------------------------------------------------------------------------------------

    def told(self, told: Told) -> Iterator[Event]:
        """Take an event of a turn; those of a turn that was taken back are dropped."""
        if self.guess.told(told) or told.turn is not self.turn or self.answer is None:
            return
        if told.event is None:
            self.turn, self.told_out = None, True
            self.answer.complete = True
            return
        yield told.event
        match told.event:
            case ConsentAsked(text=text) as asked:
                self.answer.question, self.question = asked, Question(text)
                self.mouth.earcon("consent")
            case AnswerPart() as part:
                self._quiet()
                self.answer.part(part)
            case Answer() | Failed() as last:
                self._quiet()
                if isinstance(last, Failed):
                    self.mouth.earcon("error")
                self.answer.finish(last)
                self.last_answer = self.last_said = self.answer.text
            case ToolCalled(name=name):
                self.answer.tools += 1
                if self.options.verbosity == "full":
                    self.sign(name.replace("_", " ").capitalize() + ".")

    # -- what the program says of itself --------------------------------------------------------------------------

    def notice(self, key: str, priority: Priority = Priority.NOW, **values: object) -> Iterator[Event]:
        """Say one of the program's own sentences."""
        text = sentence(key, self.options.language, **values)
        self.mouth.say(text, priority, self.options.language)
        yield Notice(text)

    def remind(self, text: str) -> Playing | None:
        """Say what is due, right after what is being said."""
        self.last_said = text
        return self.mouth.say(text, Priority.NEXT)

    def repeat(self) -> bool:
        """Say the answer again from its beginning; False where there was none."""
        answer = self.answer
        if answer is None or not answer.parts:
            if not self.last_answer:
                return False
            if answer is None:
                answer = self.answer = SpokenAnswer(None, self.mouth, self.options, complete=True)
                answer.parts.append(self.last_answer)
        if self.question is not None:
            self.question.said_s = None
        self.mouth.silence()
        answer.say_again()
        return True

    def go_on(self) -> None:
        """Go on speaking, unless the user is speaking or has said "wait": then our speech waits."""
        if self.held or self.speech or self.key_down:
            self.player.pause()
        else:
            self.player.resume()

    def sign(self, text: str) -> None:
        if (playing := self.mouth.say(text, language=self.options.language)) is not None:
            self._signs.append(playing)

    def _quiet(self) -> None:
        """The answer has come: no more signs of life before it."""
        for playing in self._signs:
            self.mouth.drop(playing)
        self._signs.clear()

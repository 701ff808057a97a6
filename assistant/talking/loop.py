"""The loop itself: one inbox, one thread that decides, and threads of their own for all that takes time."""

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING

from assistant.devices import DeviceBack, DeviceLost
from assistant.listening.microphone import Block, BlockSource, RecordingOver
from assistant.messages import Event, Failed, Request
from assistant.settings import Settings
from assistant.speaking.playback import Player, Priority
from assistant.speech import Speaker
from assistant.talking.commands import Command
from assistant.talking.dialogue import Dialogue
from assistant.talking.doing import do
from assistant.talking.events import AnswerBegan, AnswerEnded, Commanded, Notice, TalkBegan, TalkEnded
from assistant.talking.inbox import Inbox, Item, Listener, Over, Ready, Remind, Wake
from assistant.talking.mouth import Mouth
from assistant.talking.reminders import Reminders
from assistant.talking.turns import Session, Told, in_thread
from assistant.talking.upkeep import tick
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.listening.echo import EchoCanceller
    from assistant.talking.dialogue import Start

TICK_S = 0.05
SOUND_HZ = 16000
AFTER_RECORDING_S = 1.5  # of silence after a recording's end before the loop ends with it
CLOSE_S = 2.0  # for a model's step that can't be interrupted
ENDED_S = 0.5  # between two looks whether the loop has ended, of who waits for something to be heard
ATTEND_S = 8.0  # in which the wake word isn't needed again after an answer
ATTEND_SPEECH_S = 60.0
FAILED_AGAIN_S = 5.0


class VoiceLoop:
    """One user's spoken conversation.

    Args:
        session: the agent.
        speaker, player, ear: the voice, where it is heard, and who listens.
        options: settings in force.
        inbox: where the ear's and the player's `wake` put `Wake()`; a new one unless given.
        canceller: takes our own voice out of what the microphone hears.
        pool: the ear's threads, ended with the loop.
        push_to_talk: sound is listened to between `TalkBegan` and `TalkEnded` alone.
        terminal: the keys of a terminal are named where the loop says how it is used.
        warm: loads what the first turn needs, in a thread of its own; the loop says that it is ready after that.
        start: runs a turn.
        clock: seconds, as time.monotonic().
    """

    def __init__(
        self,
        session: Session,
        speaker: Speaker,
        player: Player,
        ear: Listener,
        options: Settings,
        *,
        inbox: Inbox | None = None,
        canceller: "EchoCanceller | None" = None,
        pool: Executor | None = None,
        push_to_talk: bool = False,
        terminal: bool = False,
        warm: Callable[[], object] | None = None,
        start: "Start" = in_thread,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.inbox: Inbox = queue.SimpleQueue() if inbox is None else inbox
        self.mouth = Mouth(speaker, player, options, clock)
        self.talk = Dialogue(session, self.mouth, player, options, self.inbox.put, start, clock)
        self._player, self._ear, self._canceller, self._clock = player, ear, canceller, clock
        self._pool = pool
        self._push_to_talk, self._warm = push_to_talk, warm
        self._greeting = f"voice.ready{'_talk' if push_to_talk else '_terminal' if terminal else ''}"
        self._open = not push_to_talk
        self._loaded = threading.Event()
        self._pushed = 0  # samples given to the ear
        self._zero_s = clock()  # when the ear's sample clock was 0
        self._failed = ("", 0.0)  # what failed last, and when
        self._over_s: float | None = None  # when the recording that stands for the microphone was over
        self._reminders = Reminders()
        self._ended = False
        self.listened = False  # whether the microphone has given any sound

    def post(self, event: Event | Request) -> None:
        """Put in what comes from elsewhere: a Request, a Commanded, a Notice, TalkBegan. From any thread."""
        self.inbox.put(event)

    def remind(self, text: str) -> bool:
        """Say what is due and wait until it was heard; False where it was not. From any thread but the loop's."""
        heard: Future[bool] = Future()
        if self._ended:
            return False
        self.inbox.put(Remind(text, heard))
        while not self._ended:
            with contextlib.suppress(TimeoutError):
                return heard.result(ENDED_S)
        return heard.done() and heard.result()  # it may have been put in when nobody took it any more

    def run(self, source: BlockSource) -> Generator[Event, None, None]:
        """The conversation, until the source ends or the iterator is closed."""
        threading.Thread(target=self._pump, args=(source,), name="microphone", daemon=True).start()
        threading.Thread(target=self._load, name="warming", daemon=True).start()
        try:
            while not self._ended:
                yield from self.step(TICK_S)
        finally:
            source.close()
            self._end()

    def step(self, wait_s: float = 0.0) -> Iterator[Event]:
        """Take what is in the inbox, waiting at most `wait_s` seconds for the first, and see to what time brings."""
        try:
            item = self.inbox.get(timeout=wait_s) if wait_s else self.inbox.get_nowait()
            yield from self._take(item)
            while self.talk.early:
                yield from self.talk.told(self.talk.early.popleft())
        except queue.Empty:
            pass
        for event in tick(self.talk):
            if isinstance(event, AnswerBegan | AnswerEnded):
                self._ear.attend(ATTEND_SPEECH_S if isinstance(event, AnswerBegan) else ATTEND_S)
            yield event
        self._reminders.look()
        self._see_end()

    def close(self) -> None:
        """End the ear and the player; the session and the speaker belong to whoever opened the loop."""
        self._end()
        self.talk.rest(CLOSE_S)
        self._ear.close()
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        self._player.close()

    # -- the inbox ------------------------------------------------------------------------------------------------

    def _take(self, item: Item) -> Iterator[Event]:
        match item:
            case Block():
                yield from self._listen(item)
            case Told():
                yield from self.talk.told(item)
            case Wake():
                yield from self._heard(self._ear.results)
                for event in self._player.events():
                    yield from self._device(event)
            case Ready():
                yield from self._ready(item)
            case Remind():
                yield from self._reminders.say(item, self.talk)
            case Over():
                self._ended = True
                if item.error is not None:
                    raise item.error
            case TalkBegan() | TalkEnded():
                yield from self._talk(item)
            case DeviceLost() | DeviceBack():
                yield from self._device(item)
            case Commanded(name=name):
                yield from do(self.talk, Command(name))
            case Notice(text=text):
                yield item
                self.talk.remind(text)
            case Request(answers=answers) as request:
                if answers:
                    self.talk.question = None
                self.talk.request(request)
            case RecordingOver():
                self._over_s = self._clock()
                yield item
            case _:
                yield item

    def _listen(self, block: Block) -> Iterator[Event]:
        self.listened = True
        if not self._open:
            return
        self._zero_s = block.at_s - self._pushed / SOUND_HZ
        self._pushed += len(block.samples_S)
        yield from self._heard(lambda: self._ear.push(block.samples_S))

    def _heard(self, hand_over: Callable[[], list[Event]]) -> Iterator[Event]:
        """What the ear tells; a recogniser that fails is said, and listening goes on."""
        try:
            events = hand_over()
        except UserError as error:
            yield from self._fail(error)
            return
        except Exception as error:
            yield from self._fail(UserError(f"Hearing failed ({type(error).__name__}).", "Please say it again."))
            return
        for event in events:
            yield from self.talk.heard(event, self._zero_s)

    def _fail(self, error: UserError) -> Iterator[Event]:
        self.talk.speech.clear()
        self.talk.guess.drop()
        told, self._failed = self._failed, (error.text, self._clock())
        if told[0] == error.text and self._clock() - told[1] < FAILED_AGAIN_S:
            return  # thirty blocks a second may fail
        yield Failed(error.text, error.remedy)
        self.mouth.earcon("error", Priority.NEXT)
        self.mouth.say(f"{error.text} {error.remedy}", Priority.NEXT)
        self.talk.go_on()

    def _talk(self, event: TalkBegan | TalkEnded) -> Iterator[Event]:
        """Push-to-talk: our speech waits while the key is down; letting it go ends the turn."""
        yield event
        if isinstance(event, TalkBegan):
            self._open = self.talk.key_down = True
            self._ear.attend(ATTEND_SPEECH_S)
            self.talk.go_on()
            self.mouth.earcon("listening", Priority.NOW)
            return
        self._open, self.talk.key_down = not self._push_to_talk, False
        yield from self._heard(self._ear.flush)
        if not self._ear.waiting and not self.talk.speech and self.talk.turn is None:
            yield from self.talk.notice("voice.nothing_heard")
        self.talk.go_on()

    def _device(self, event: Event) -> Iterator[Event]:
        """A microphone or loudspeaker has gone or is back: said, where that can be heard."""
        yield event
        if isinstance(event, DeviceLost):
            if event.device == "microphone":
                yield from self._heard(self._ear.flush)
                self.talk.lost = True
            if event.device == "microphone" or not event.remedy:  # a loudspeaker that has gone can't say so
                self.mouth.say(f"{event.text} {event.remedy}".strip(), Priority.NEXT)
        elif isinstance(event, DeviceBack):
            self.talk.lost = self.talk.lost and event.device != "microphone"
            self.mouth.say(event.text, Priority.NEXT)

    def _ready(self, item: Ready) -> Iterator[Event]:
        self.talk.starting = False
        if item.trouble is not None:
            yield from self._fail(item.trouble)
        yield from self.talk.notice(self._greeting, Priority.NORMAL)
        if not self._push_to_talk:
            self.mouth.earcon("listening")

    # -- the end -------------------------------------------------------------------------------------------------

    def _see_end(self) -> None:
        """A recording that is over ends the loop once everything was answered and said; no answer means no."""
        talk = self.talk
        if self._over_s is None or self._clock() - self._over_s < AFTER_RECORDING_S:
            return
        if talk.held:  # nobody is there any more who could say "go on"
            talk.held = False
            talk.go_on()
        if talk.speech or self._ear.waiting or talk.turn is not None or talk.answer is not None or talk.waiting:
            return
        if talk.question is not None:
            talk.decide(False)
        elif not self._player.busy or self._player.paused:
            self._ended = True

    def _end(self) -> None:
        self._ended = True
        self.talk.waiting.clear()
        self.talk.guess.drop()
        self.talk.drop()
        self._reminders.end()

    # -- threads of their own -------------------------------------------------------------------------------------

    def _pump(self, source: BlockSource) -> None:
        """The source's thread: our own voice is taken out of its sound here, so that deciding never waits for that."""
        self._loaded.wait()  # whoever is heard can be answered
        error: Exception | None = None
        try:
            for item in source:
                if isinstance(item, Block) and self._canceller is not None:
                    item = Block(self._canceller.process(item), item.at_s)
                self.inbox.put(item)
        except Exception as broke:
            error = broke
        self.inbox.put(Over(error))

    def _load(self) -> None:
        trouble = None
        try:
            if self._warm is not None:
                self._warm()
        except UserError as error:
            trouble = error
        except Exception as error:  # the microphone waits for this thread
            trouble = UserError(f"Loading failed ({type(error).__name__}).", "Run: antigone doctor")
        self.inbox.put(Ready(trouble))
        self._loaded.set()

"""One user's conversation: settings, state, tools and models put together, each loaded when it is first needed."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from assistant import clock, mcp, settings, tools
from assistant.agent import Agent
from assistant.brains import planner, tuned
from assistant.brains.planner import ChatPlanner
from assistant.brains.router import Router
from assistant.brains.tuned import TunedBrain
from assistant.memory import Store
from assistant.messages import Event, Request
from assistant.settings import Settings
from assistant.sight import shots
from assistant.steps.close_calls import CloseCallChooser, rehearse
from assistant.steps.meanings import Meanings
from assistant.steps.planning import FittedChooser, StepChooser
from kernels.errors import UserError

if TYPE_CHECKING:
    from assistant.language import LanguageModel
    from encoders.text import SentenceEncoder

_LOG = logging.getLogger("antigone.session")

T = TypeVar("T")


class Lazy(Generic[T]):
    """A value made once, by whichever thread asks first; the others wait for it."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: list[T] = []

    def __call__(self) -> T:
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]

    def start(self) -> None:
        """Make it in the background; a failure shows when the value is asked for."""

        def work() -> None:
            with suppress(Exception):  # asked for again by whoever needs it, and raised there
                self()

        threading.Thread(target=work, name="loading", daemon=True).start()


class Session:
    """Turns of one user.

    Args:
        options: settings in force.
        chooser: another step chooser in place of the fitted one; then no language model stands beside it.

    Raises:
        UserError: the state can't be opened.
    """

    def __init__(self, options: Settings, chooser: StepChooser | None = None) -> None:
        self.settings = options
        self._encoder = Lazy(_load_encoder)
        self.encode = Meanings(self._encoder)
        self._model: Lazy[LanguageModel] | None = None
        self._brain: TunedBrain | None = None
        self._planner: TunedBrain | ChatPlanner | None = None
        self.store = Store(options.home, self.encode, audit_text=options.audit_text)
        shots.tidy(options.home)
        self.tools = mcp.joined(tools.load(), options)
        if chooser is None:
            chooser = self._chooser(options)
        self.chooser = chooser
        self.agent = Agent(
            options,
            self.store,
            self.tools,
            chooser,
            self.encode,
            self.hear,
            clock.now,
            planner=self._planner,
            caller=self._brain,
            router=Router(options),
        )

    def _chooser(self, options: Settings) -> StepChooser:
        """The fitted chooser; beside it the tuned brain, or, where the model is another, that model for close calls."""
        from assistant.steps.tagging import StepTagger  # torch, which a session needs only when it is asked

        fitted = FittedChooser(self.encode, tagger=StepTagger(self._encoder))
        if not options.weigh_steps:
            return fitted
        try:
            self._planner = planner.chosen(options)
        except UserError as error:  # doctor says it too; the tuned brain plans meanwhile
            _LOG.warning("%s %s", error.text, error.remedy)
        if self._planner is not None:
            return fitted
        if tuned.serves(options.language_model):
            load = Lazy(lambda: tuned.load(options.arithmetic, options.memory_limit_mb << 20))
            self._planner = self._brain = TunedBrain(load)
            return fitted
        self._model = Lazy(self._language)
        return CloseCallChooser(fitted, self._model)

    def warm(self) -> None:
        """Load what the first question would wait for, the language model too where steps are weighed.

        Raises:
            UserError: a model can't be loaded.
        """
        if self._model is not None:
            rehearse(self._model())
        if self._brain is not None:
            self._brain.warm()
        self.encode(["ready"])

    def _language(self) -> "LanguageModel":
        from assistant import language

        options = self.settings
        return language.load(options.language_model, arithmetic=options.arithmetic, most=options.memory_limit_mb << 20)

    def hear(self, audio: Path) -> tuple[str, str, float]:
        """(words, language code, confidence from 0 to 1); empty words for silence and noise."""
        from assistant import hearing

        self._encoder.start()  # the sentence encoder loads while the recording is heard
        return hearing.load(self.settings.hearing_model).hear(audio)

    def expect_pictures(self) -> None:
        """The next request brings a picture: what looks at it is loaded meanwhile, in the background."""
        from assistant.perception import perception

        perception().expect()

    def turn(self, request: Request) -> Iterator[Event]:
        """Events of one turn; closing the iterator stops it."""
        return self.agent.turn(request)

    def close(self) -> None:
        self.tools.close()
        shots.tidy(self.settings.home)
        with suppress(UserError):  # tried again when the program runs next
            self.store.purge(clock.now())
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_session(options: Settings | None = None, chooser: StepChooser | None = None) -> Session:
    """A session with the settings in force, or those given.

    Raises:
        UserError: a setting is not allowed, or the state can't be opened.
    """
    return Session(options or settings.load(), chooser)


def sentence_encoder() -> Callable[[list[str]], Any]:
    """texts -> (B, 384) unit vectors; the model is loaded when the first text is encoded."""
    encoder = Lazy(_load_encoder)
    return lambda texts: encoder().encode(texts)


def _load_encoder() -> "SentenceEncoder":
    from assistant import models
    from encoders.text import SentenceEncoder

    return SentenceEncoder.load(models.files("minilm"))
